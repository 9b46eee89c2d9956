"""Random histories of one session, against a short oracle that shares no code with the core.

The oracle keeps the last observation of each outpoint, and finds confirmations by trying every
number from the required one down. It gets exactly the session's observations: duplicates, stale
answers and reordered notifications included.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol, TypeVar

import pytest
from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kasgate.access.api_keys import Scope, new_key
from kasgate.events import Event
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import NOTHING, Sompi
from kasgate.sessions import ledger, recall
from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    DeadlineReached,
    FailRequested,
    MempoolSeen,
    Moment,
    Observation,
    OutputMissing,
    OutputSeen,
    OutputSpent,
    OutputWithdrawn,
    PaymentAttested,
    ScoreMoved,
)
from kasgate.sessions.payments import MempoolSighting, Payment
from kasgate.sessions.recall import completing, recalled, replenished
from kasgate.sessions.session import EventType, Session
from kasgate.sessions.transitions import SIGHTINGS_KEPT, needs_completing, step
from kasgate.store.engine import connect_memory
from kasgate.store.migrate import migrate
from kasgate.store.queries import merchants, sessions
from kasgate.store.queries.rows import payment_of
from kasgate.store.sealing import SealedMerchant
from tests.sample_sessions import CREATED_AT, CREATED_SCORE, TTL_MS, a_session, outpoint

T = TypeVar("T")

AMOUNT = 100
GRACE = 30_000
END = CREATED_AT + TTL_MS
JUMPS = [100, 10_000, TTL_MS - 30_000, TTL_MS, TTL_MS + GRACE + 1, -60_000, -TTL_MS]


class OfAnOutput(Protocol):
    @property
    def outpoint(self) -> Outpoint: ...


def number_of(told: OfAnOutput) -> int:
    """The oracle identifies outputs by numbers."""
    return int(told.outpoint.transaction_id, 16)


@dataclass
class Standing:
    """The oracle's last observation of one output."""

    amount: int
    score: int
    accepted_at: int
    """When it was accepted for the first time."""
    in_time: bool = False
    """Whether it was in time then."""
    place: str = "here"  # here, missing, spent, withdrawn
    proof: int = 0
    final: bool = False
    vouched: bool = False
    """Whether a second source confirmed it, at this score."""

    def depth(self, at: int) -> int:
        if self.place == "missing":
            return 0
        return max(0, (min(at, self.proof) if self.place == "spent" else at) - self.score)


@dataclass
class Oracle:
    """An independent model of the session: what a careful shopkeeper would note on paper."""

    required: int
    knew_score: bool
    tolerated: int
    big: bool
    patience: int
    """How long after the end covering money still pays the session."""
    status: str = "created"
    cancelled: bool = False
    outputs: dict[int, Standing] = field(default_factory=dict)
    late: set[int] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    mempool: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    """Sightings: since when, and when each left the mempool."""
    settled_by: int | None = None
    """The output that filled the amount, or the last one when the merchant accepted."""

    def received(self) -> int:
        return sum(o.amount for o in self.outputs.values() if o.place != "withdrawn")

    def suffices(self, sum_: int) -> bool:
        return sum_ + self.tolerated >= AMOUNT

    def filler(self) -> int | None:
        """The first output, in order of arrival, at which the amount was covered."""
        standing = [n for n, o in self.outputs.items() if o.place != "withdrawn"]
        for end, number in enumerate(standing, 1):
            if self.suffices(sum(self.outputs[n].amount for n in standing[:end])):
                return number
        return None

    def waits(self) -> bool:
        return self.status in ("created", "pending")

    def settle_open(self) -> None:
        if self.status == "confirming":
            self.settled_by = self.filler()
            if self.settled_by is None:
                self.status = "pending"

    def close(self, status: str) -> None:
        self.status = status
        self.told[f"payment.{status}"] += 1
        self.mempool = {}

    def ends_at(self) -> int:
        latest = END
        for since, gone in self.mempool.values():
            if since <= END:
                until = since + 60_000 if gone is None else min(since + 60_000, gone + 5_000)
                latest = max(latest, until)
        if self.suffices(sum(o.amount for o in self.outputs.values() if o.in_time)):
            latest = max(latest, END + 10 * 60_000)
        return latest

    def out_of_time(self, now: int) -> bool:
        return self.waits() and now >= self.ends_at()

    def accept(self, virtual: int) -> None:
        part_paid = self.status == "pending" and self.received()
        # Missing for an unknown reason, or deep enough and waiting for the second source.
        doubtful = self.status == "confirming" and any(
            o.place == "missing"
            or (
                (self.big and o.place != "withdrawn" and not o.vouched)
                and o.depth(virtual) >= self.required
            )
            for o in self.outputs.values()
            if not o.final
        )
        if self.status == "expired" or part_paid or doubtful:
            standing = [n for n, o in self.outputs.items() if o.place != "withdrawn"]
            self.settled_by = self.filler() or (standing[-1] if standing else None)
            self.close("confirmed")

    def fail(self) -> None:
        if self.status not in ("confirmed", "failed"):
            self.close("failed")

    def in_the_mempool(self, shown: dict[int, int], now: int) -> None:
        if not self.waits():
            return
        for number, (since, gone) in tuple(self.mempool.items()):
            if number not in shown:
                self.mempool[number] = since, now if gone is None else gone
                if gone is not None and now >= gone + 5_000:
                    del self.mempool[number]
        for number, since in shown.items():
            known = self.mempool.get(number)
            self.mempool[number] = min(since, known[0]) if known else since, None
        for number, output in self.outputs.items():
            if output.place != "withdrawn":
                self.mempool.pop(number, None)

    def arrives(self, number: int, amount: int, score: int, accepted_at: int) -> None:
        promised = self.mempool.pop(number, None)
        before = self.outputs.pop(number, None)
        if before is not None:  # Withdrawn since: its payment time stays.
            accepted_at = before.accepted_at
        kept_promise = (
            promised is not None and promised[0] <= END and accepted_at <= promised[0] + 60_000
        )
        came_back = before is not None and before.in_time
        in_time = accepted_at <= END + GRACE or kept_promise or came_back
        if self.waits() and not in_time:
            self.close("expired")
        ran_out = self.status == "expired" and not self.cancelled
        is_late = self.status in ("expired", "failed") and not (came_back and ran_out)
        new = Standing(amount, score, accepted_at)
        new.in_time = in_time and not is_late
        self.outputs[number] = new
        self.late.discard(number)
        if is_late:
            self.late.add(number)
            self.told["payment.late"] += 1
            if ran_out and self.is_within_patience(accepted_at) and self.suffices(self.received()):
                self.begin_confirming()
        elif self.status == "expired":
            if self.may_go_on():
                self.begin_confirming()
            else:
                self.told["payment.partial"] += 1
        elif self.status == "confirmed":
            self.told["payment.overpaid"] += 1
        elif self.status == "confirming":
            self.told["payment.overpaid"] += self.received() > AMOUNT
        elif not self.suffices(self.received()):
            self.status = "pending"
            self.told["payment.partial"] += 1
        else:
            self.begin_confirming()

    def is_within_patience(self, accepted_at: int) -> bool:
        return self.patience > 0 and accepted_at <= END + self.patience

    def may_go_on(self) -> bool:
        """Whether money in time, together with late money that is not too late, is enough."""
        return self.suffices(
            sum(
                o.amount
                for o in self.outputs.values()
                if o.place != "withdrawn" and (o.in_time or self.is_within_patience(o.accepted_at))
            )
        )

    def begin_confirming(self) -> None:
        self.status, self.mempool = "confirming", {}
        self.settled_by = self.filler()
        self.told["payment.confirming"] += 1
        self.told["payment.overpaid"] += self.received() > AMOUNT

    def seen(self, number: int, amount: int, score: int, accepted_at: int) -> None:
        known = self.outputs.get(number)
        if known is None:
            old = score < CREATED_SCORE if self.knew_score else accepted_at < CREATED_AT
            if not old:
                self.arrives(number, amount, score, accepted_at)
        elif known.place == "withdrawn":
            self.arrives(number, amount, score, accepted_at)
        elif not known.final:
            vouched = known.vouched and known.score == score
            self.outputs[number] = replace(
                known, score=score, place="here", proof=0, vouched=vouched
            )

    def missing(self, number: int) -> None:
        known = self.outputs.get(number)
        if known and not known.final and known.place == "here":
            known.place = "missing"

    def spent(self, number: int, proof: int) -> None:
        known = self.outputs.get(number)
        if known and not known.final and known.place in ("missing", "spent"):
            newest = max(proof, known.proof)
            if known.place == "missing" or newest > known.proof:
                known.place, known.proof = "spent", newest
                self.score(newest)

    def withdrawn(self, number: int) -> None:
        known = self.outputs.get(number)
        if known and not known.final and known.place in ("missing", "spent"):
            known.place, known.proof, known.vouched = "withdrawn", 0, False
            self.told["payment.reverted"] += 1
            self.settle_open()

    def hear(self, observation: Observation, moment: Moment) -> None:
        match observation:
            case MempoolSeen(outputs):
                shown = {number_of(output): output.seen_at for output in outputs}
                self.in_the_mempool(shown, moment.at)
            case OutputSeen(_, amount, score, accepted_at):
                self.seen(number_of(observation), amount, score, accepted_at)
            case OutputMissing():
                self.missing(number_of(observation))
            case OutputSpent(_, proof):
                self.spent(number_of(observation), proof)
            case OutputWithdrawn():
                self.withdrawn(number_of(observation))
            case PaymentAttested():
                self.vouch(number_of(observation), moment.daa_score or 0)
            case ScoreMoved(score):
                self.score(score)
            case _:
                self.hear_of_the_clock_or_the_merchant(observation, moment)

    def hear_of_the_clock_or_the_merchant(self, observation: Observation, moment: Moment) -> None:
        match observation:
            case DeadlineReached() if self.out_of_time(moment.at):
                self.close("expired")
            case CancelRequested() if self.waits():
                self.cancelled = True
                self.close("expired")
            case AcceptRequested():
                self.accept(moment.daa_score or 0)
            case FailRequested():
                self.fail()

    def vouch(self, number: int, virtual: int) -> None:
        known = self.outputs.get(number)
        if self.big and known and not known.final and known.place != "withdrawn":
            known.vouched = known.vouched or known.depth(virtual) >= self.required

    def deepest_cover(self, at: int, *, vouched_only: bool = False) -> int:
        for n in range(self.required, 0, -1):
            deep = (
                o.amount
                for o in self.outputs.values()
                if o.place != "withdrawn"
                and (o.final or (o.depth(at) >= n and (o.vouched or not vouched_only)))
            )
            if self.suffices(sum(deep)):
                return n
        return 0

    def score(self, at: int) -> None:
        covered = self.deepest_cover(at, vouched_only=self.big)
        for output in self.outputs.values():
            if output.place != "withdrawn" and output.depth(at) >= self.required:
                output.final = output.final or output.vouched or not self.big
        if self.status == "confirming" and covered >= self.required:
            self.close("confirmed")


@cache
def an_empty_database() -> bytes:
    """A database with every table, to be copied: creating the tables takes longer than a whole
    history."""
    with closing(connect_memory()) as connection:
        migrate(connection)
        return connection.serialize()


def a_database(session: Session) -> sqlite3.Connection:
    """A database in memory that holds this new session."""
    connection = connect_memory()
    connection.deserialize(an_empty_database())
    merchant = SealedMerchant(
        id=session.merchant_id,
        name="Shop",
        email=None,
        xpub="sealed",
        account_key=session.account_key,
        webhook_url=None,
        webhook_secret="sealed",
        next_address_index=0,
        created_at=CREATED_AT,
        updated_at=CREATED_AT,
        required_confirmations=None,
        confirmation_tiers=(),
        underpayment_tolerance=NOTHING,
        embed_origins=(),
    )
    key = new_key(merchant.id, "Key", Scope.MANAGE, "kg_live_test", CREATED_AT)
    merchants.add(connection, merchant, key)
    event = Event("evt_1", EventType.PENDING, session.merchant_id, session.id, CREATED_AT, "{}")
    sessions.add(connection, session, event, ())
    return connection


class SessionHistory(RuleBasedStateMachine):
    """One session's history: actions of the network, the clock and the merchant."""

    @initialize(
        required=st.integers(1, 12),
        knew_score=st.booleans(),
        tolerated=st.sampled_from([0, 0, 1, 10, 50]),
        big=st.booleans(),
        patience=st.sampled_from([0, 0, 1, TTL_MS, 3 * TTL_MS]),
    )
    def open(
        self, required: int, knew_score: bool, tolerated: int, big: bool, patience: int
    ) -> None:
        self.session = a_session(
            amount=Sompi(AMOUNT),
            required_confirmations=required,
            created_daa_score=CREATED_SCORE if knew_score else None,
            tolerance=Sompi(tolerated),
            needs_attestation=big,
            late_acceptance_ms=patience,
        )
        self.database = a_database(self.session)
        self.oracle = Oracle(required, knew_score, tolerated, big, patience, status="pending")
        self.now = CREATED_AT
        self.virtual = CREATED_SCORE
        self.amounts: dict[int, int] = {}
        self.told: Counter[str] = Counter()
        self.past: list[Observation] = []

    def tell(self, observation: Observation) -> None:
        """Apply one observation to both, and check that repeating it changes nothing."""
        moment = Moment(self.now, self.virtual)
        before = self.session
        self.session, events = step(before, observation, moment)
        self.told.update(event.type.value for event in events)
        again, no_events = step(self.session, observation, moment)
        assert again is self.session
        assert no_events == ()
        self.past.append(observation)
        self.oracle.hear(observation, moment)

    def appear(self, amount: int, score: int, accepted_at: int) -> None:
        number = len(self.amounts) + 1
        self.amounts[number] = amount
        self.tell(OutputSeen(outpoint(number), Sompi(amount), score, accepted_at))

    @rule()
    def pay(self) -> None:
        self.appear(AMOUNT, self.virtual, self.now)

    @rule(amount=st.integers(1, AMOUNT - 1))
    def pay_a_part(self, amount: int) -> None:
        self.appear(amount, self.virtual, self.now)

    @rule(surplus=st.integers(1, 50))
    def pay_too_much(self, surplus: int) -> None:
        self.appear(AMOUNT + surplus, self.virtual, self.now)

    @rule(age=st.integers(1, 50), accepted_ago=st.integers(0, 3 * TTL_MS))
    def find_in_a_snapshot(self, age: int, accepted_ago: int) -> None:
        """A snapshot shows an output that was never notified: an old coin, or one from an hour
        without a node."""
        self.appear(AMOUNT // 2, self.virtual - age, self.now - accepted_ago)

    @rule(by=st.integers(1, 15))
    def score_moves(self, by: int) -> None:
        self.virtual += by
        self.tell(ScoreMoved(self.virtual))

    @rule(data=st.data(), by=st.integers(-3, 3))
    def block_score_moves(self, data: st.DataObject, by: int) -> None:
        """Removed and added in one notification: kaspa.md §4.2."""
        if number := self.some_output(data):
            known = self.oracle.outputs.get(number)
            score = (known.score if known else self.virtual) + by
            self.tell(OutputSeen(outpoint(number), Sompi(self.amounts[number]), score, self.now))

    @rule(data=st.data())
    def output_leaves(self, data: st.DataObject) -> None:
        if number := self.some_output(data):
            self.tell(OutputMissing(outpoint(number)))

    @rule(data=st.data(), stale=st.integers(0, 5))
    def swept(self, data: st.DataObject, stale: int) -> None:
        if number := self.some_output(data):
            self.tell(OutputMissing(outpoint(number)))
            self.tell(OutputSpent(outpoint(number), self.virtual - stale))

    @rule(data=st.data())
    def reorged(self, data: st.DataObject) -> None:
        if number := self.some_output(data):
            self.tell(OutputMissing(outpoint(number)))
            self.tell(OutputWithdrawn(outpoint(number)))

    @precondition(lambda self: any(o.place == "withdrawn" for o in self.oracle.outputs.values()))
    @rule(data=st.data(), after=st.sampled_from([100, 60_000, 599_000, 601_000, TTL_MS]))
    def accepted_again(self, data: st.DataObject, after: int) -> None:
        """A payment withdrawn by a reorg is accepted again, before or after the session's deadline
        is applied."""
        withdrawn = [n for n, o in self.oracle.outputs.items() if o.place == "withdrawn"]
        number = data.draw(st.sampled_from(withdrawn))
        self.now += after
        if data.draw(st.booleans()):
            self.tell(DeadlineReached())
        amount = Sompi(self.amounts[number])
        self.tell(OutputSeen(outpoint(number), amount, self.virtual, self.now))

    @rule(data=st.data())
    def answer_nobody_waits_for(self, data: st.DataObject) -> None:
        if number := self.some_output(data):
            self.tell(OutputWithdrawn(outpoint(number)))

    @rule()
    def deadline(self) -> None:
        self.tell(DeadlineReached())

    @rule()
    def cancel(self) -> None:
        self.tell(CancelRequested())

    @rule()
    def accept(self) -> None:
        self.tell(AcceptRequested())

    @rule()
    def give_up(self) -> None:
        self.tell(FailRequested())

    @rule(data=st.data())
    def second_source_agrees(self, data: st.DataObject) -> None:
        if number := self.some_output(data):
            self.tell(PaymentAttested(outpoint(number)))

    @rule(fresh=st.integers(0, 2), data=st.data())
    def mempool_is_looked_at(self, fresh: int, data: st.DataObject) -> None:
        """It holds some earlier sightings, some accepted since, and some new ones."""
        known = st.sampled_from(sorted(self.amounts)) if self.amounts else st.nothing()
        held = set(data.draw(st.lists(known, max_size=3 if self.amounts else 0)))
        # Of more than SIGHTINGS_KEPT the first are shown; other tests check that.
        for _ in range(min(fresh, SIGHTINGS_KEPT - len(self.oracle.mempool) - len(held))):
            held.add(len(self.amounts) + 1)
            self.amounts[len(self.amounts) + 1] = AMOUNT // 2
        self.tell(
            MempoolSeen(
                tuple(
                    MempoolSighting(outpoint(number), Sompi(AMOUNT // 2), self.now)
                    for number in sorted(held)
                )
            )
        )

    @rule(data=st.data(), after=st.sampled_from([100, 40_000, TTL_MS]))
    def one_of_the_mempool_is_accepted(self, data: st.DataObject, after: int) -> None:
        if self.oracle.mempool:
            number = data.draw(st.sampled_from(sorted(self.oracle.mempool)))
            self.now += after
            amount = Sompi(self.amounts[number])
            self.tell(OutputSeen(outpoint(number), amount, self.virtual, self.now))

    @rule(by=st.sampled_from(JUMPS))
    def clock_jumps(self, by: int) -> None:
        self.now += by

    @precondition(lambda self: self.past)
    @rule(data=st.data())
    def told_again(self, data: st.DataObject) -> None:
        """A duplicate, however old it is."""
        self.tell(data.draw(st.sampled_from(self.past)))

    @rule(amount=st.integers(1, AMOUNT), seed=st.integers(0, 2**16))
    def reordered(self, amount: int, seed: int) -> None:
        """One step's notifications, in any order."""
        number = len(self.amounts) + 1
        self.amounts[number] = amount
        self.virtual += 1
        step_of_virtual: list[Observation] = [
            OutputSeen(outpoint(number), Sompi(amount), self.virtual, self.now),
            OutputMissing(outpoint(number)),
            OutputSeen(outpoint(number), Sompi(amount), self.virtual - 1, self.now),
            ScoreMoved(self.virtual),
        ]
        random.Random(seed).shuffle(step_of_virtual)
        for observation in step_of_virtual:
            self.tell(observation)

    @rule()
    def restart(self) -> None:
        """The database returns the same session."""
        saved = sessions.save(self.database, self.session, (), ())
        restored = sessions.by_id(self.database, saved.id)
        assert restored == saved
        assert restored.sightings == ()
        self.session = restored
        self.oracle.mempool = {}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    def some_output(self, data: st.DataObject) -> int | None:
        if not self.amounts:
            return None
        return data.draw(st.sampled_from(sorted(self.amounts)))

    @invariant()
    def both_agree(self) -> None:
        if not hasattr(self, "session"):
            return
        assert {number_of(p): p.amount for p in self.session.payments} == {
            number: output.amount for number, output in self.oracle.outputs.items()
        }
        self.agrees(self.session)

    def agrees(self, session: Session) -> None:
        oracle = self.oracle
        assert session.status.value == oracle.status
        assert session.received == oracle.received()
        assert {number_of(s): (s.seen_at, s.left_at) for s in session.sightings} == oracle.mempool
        if oracle.settled_by is not None and oracle.status in ("confirming", "confirmed"):
            assert session.tx_id == f"{oracle.settled_by:064x}"
            assert session.paid_at is not None
        elif oracle.status != "failed":
            assert (session.tx_id, session.paid_at) == (None, None)
        assert (session.confirmed_at is not None) == (oracle.status == "confirmed")
        assert (session.closed_at is None) == session.is_open
        is_enough = oracle.suffices(oracle.received())
        assert session.remaining == (0 if is_enough else AMOUNT - oracle.received())
        assert {number_of(p): (p.accepted_at, p.was_in_time) for p in session.payments} == {
            number: (output.accepted_at, output.in_time)
            for number, output in oracle.outputs.items()
        }
        assert self.session.deadline == (oracle.ends_at() if oracle.waits() else None)
        assert session.late == any(oracle.outputs[n].place != "withdrawn" for n in oracle.late)
        assert +self.told == +oracle.told
        if oracle.status != "confirmed":
            assert session.confirmations(self.virtual) == oracle.deepest_cover(self.virtual)

    @invariant()
    def what_is_due_is_never_missed(self) -> None:
        """Nothing becomes final between now and the next score that wakes the session."""
        if not hasattr(self, "session"):
            return
        due = self.session.next_due_score(self.virtual)
        quiet_until = self.virtual + 100 if due is None else min(due - 1, self.virtual + 100)
        moment = Moment(self.now, quiet_until)
        assert step(self.session, ScoreMoved(quiet_until), moment)[0] is self.session


class DustedHistory(SessionHistory):
    """The same with more payments than memory holds. Each step is stored, and the rest is only in
    the database."""

    def tell(self, observation: Observation) -> None:
        moment = Moment(self.now, self.virtual)
        reads = Reads(self.database)
        known = done(recalled(self.session, [observation], reads))
        completes = None
        if needs_completing(known, observation):
            completes = done(completing(known, observation, reads))
        session, events = step(known, observation, moment, completes)
        self.told.update(event.type.value for event in events)
        again, no_events = step(session, observation, moment, completes)
        assert again is session
        assert no_events == ()
        self.session = self.stored(session)
        self.past.append(observation)
        match observation:
            case ScoreMoved(score):
                self.go_on(score)
            case OutputSpent(_, score) if session is not known:  # If it changed anything.
                self.go_on(score)
        self.oracle.hear(observation, moment)

    def stored(self, session: Session) -> Session:
        saved = sessions.save(self.database, session, (), ())
        return done(replenished(saved, Reads(self.database)))

    def go_on(self, score: int) -> None:
        """Payments that are deep enough are read in batches."""
        for _ in range(1 + len(self.amounts)):
            if not self.session.has_due_on_the_shelf(score):
                return
            reads = Reads(self.database)
            known = done(recalled(self.session, [ScoreMoved(score)], reads))
            session, events = step(known, ScoreMoved(score), Moment(self.now, self.virtual))
            self.told.update(event.type.value for event in events)
            self.session = self.stored(session)

    @rule(amount=st.integers(1, 30), number=st.integers(2, 12), spread=st.integers(0, 6))
    def dust(self, amount: int, number: int, spread: int) -> None:
        for place in range(number):
            self.appear(amount, self.virtual - min(spread, place), self.now)

    @rule()
    def swept_clean(self) -> None:
        """All outputs leave at once, for an unknown reason."""
        for number in sorted(self.amounts):
            self.tell(OutputMissing(outpoint(number)))

    @rule()
    def restart(self) -> None:
        restored = sessions.by_id(self.database, self.session.id)
        assert restored is not None
        assert evolve(restored, ledger=self.session.ledger) == self.session
        assert restored.sightings == ()
        assert restored.ledger.sums == self.session.ledger.sums
        assert restored.ledger.next_place == self.session.ledger.next_place
        assert len(restored.payments) <= ledger.most_held()
        self.session = restored
        self.oracle.mempool = {}

    def all_payments(self) -> dict[Outpoint, Payment]:
        rows = self.database.execute("SELECT * FROM payments ORDER BY position")
        return {payment.outpoint: payment for payment in map(payment_of, rows)}

    @invariant()
    def both_agree(self) -> None:
        if not hasattr(self, "session"):
            return
        everything = self.all_payments()
        held = self.session.ledger.held
        of_all = evolve(self.session, ledger=ledger.loaded([*everything.values()]))
        assert {number_of(p): p.amount for p in everything.values()} == {
            number: output.amount for number, output in self.oracle.outputs.items()
        }
        shelved = [p for outpoint, p in everything.items() if outpoint not in held]
        assert self.session.ledger.shelved == ledger.sums_of_all(shelved)
        assert self.session.ledger.sums == of_all.ledger.sums
        assert all(everything[outpoint] == payment for outpoint, payment in held.items())
        assert len(held) <= ledger.most_held() + ledger.GONE_HELD
        newest = self.session.ledger.newest(ledger.SHOWN)
        assert newest == [*everything.values()][-ledger.SHOWN :]
        self.agrees(of_all)
        assert self.session.confirmations(self.virtual) <= of_all.confirmations(self.virtual)
        if not shelved:
            assert self.session.confirmations(self.virtual) == of_all.confirmations(self.virtual)

    @invariant()
    def what_is_due_is_never_missed(self) -> None:
        if not hasattr(self, "session"):
            return
        super().what_is_due_is_never_missed()
        due = self.session.next_due_score(self.virtual)
        for payment in self.all_payments().values():
            if payment.is_expected and payment.outpoint not in self.session.ledger.held:
                assert due is not None
                assert due <= payment.block_daa_score + self.session.required_confirmations

    @invariant()
    def somebody_is_asked_about(self) -> None:
        """If outputs are missing for an unknown reason, some of them are held in memory."""
        if not hasattr(self, "session"):
            return
        missing = [p for p in self.all_payments().values() if p.missing_since is not None]
        held = [p for p in self.session.payments if p.missing_since is not None]
        assert bool(held) == bool(missing)


def done(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    result: T = stop.value.value
    return result


class Reads:
    """The database, read synchronously."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    async def payments_at(self, session_id: str, outpoints: Sequence[Outpoint]) -> list[Payment]:
        return sessions.payments_at(self.database, session_id, outpoints)

    async def waiting_payments(self, session_id: str, limit: int) -> list[Payment]:
        return sessions.waiting_payments(self.database, session_id, limit)

    async def attested_payments(self, session_id: str, limit: int) -> list[Payment]:
        return sessions.attested_payments(self.database, session_id, limit)

    async def gone_payments(self, session_id: str, limit: int) -> list[Payment]:
        return sessions.gone_payments(self.database, session_id, limit)

    async def completing_payment(
        self, session_id: str, enough: int, without: Outpoint | None
    ) -> Payment | None:
        return sessions.completing_payment(self.database, session_id, enough, without)


def test_random_histories_agree_with_the_oracle() -> None:
    run_state_machine_as_test(SessionHistory)


def test_histories_with_more_payments_than_are_held_agree_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger, "SHOWN", 2)
    monkeypatch.setattr(ledger, "WAITING_HELD", 1)
    monkeypatch.setattr(ledger, "GONE_HELD", 2)
    monkeypatch.setattr(recall, "DUE_AT_ONCE", 2)
    run_state_machine_as_test(DustedHistory)


def scripted(big: bool, required: int) -> DustedHistory:
    """A history with chosen steps."""
    history = DustedHistory()
    history.open(required=required, knew_score=True, tolerated=0, big=big, patience=0)
    return history


@pytest.fixture
def few_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "SHOWN", 2)
    monkeypatch.setattr(ledger, "WAITING_HELD", 1)
    monkeypatch.setattr(ledger, "GONE_HELD", 2)
    monkeypatch.setattr(recall, "DUE_AT_ONCE", 2)


@pytest.mark.usefixtures("few_held")
def test_what_is_missing_is_asked_about_though_what_was_spent_fills_its_places() -> None:
    history = scripted(big=False, required=10)
    for score in (1_003, 1_002, 1_001, 1_001, 1_001, 1_001, 1_001):
        history.appear(10, score, history.now)
    for number in (1, 3, 4):
        history.tell(OutputMissing(outpoint(number)))
    history.tell(OutputSpent(outpoint(4), 1_004))
    history.tell(OutputWithdrawn(outpoint(3)))
    missing = [p for p in history.session.payments if p.missing_since is not None]
    assert [number_of(payment) for payment in missing] == [1]
    history.teardown()


@pytest.mark.usefixtures("few_held")
def test_dust_that_nobody_attests_does_not_hold_up_what_is_attested() -> None:
    history = scripted(big=True, required=2)
    history.virtual = 1_009
    history.appear(AMOUNT, 1_009, history.now)
    for score in (1_008, 1_007, 1_006, 1_005, 1_004, 1_004):
        history.appear(1, score, history.now)
    history.virtual = 1_020
    history.tell(PaymentAttested(outpoint(1)))
    history.appear(1, 1_018, history.now)
    history.appear(1, 1_018, history.now)
    history.virtual = 1_026
    history.tell(ScoreMoved(1_026))
    assert history.session.status.value == "confirmed"
    history.teardown()


@pytest.mark.usefixtures("few_held")
def test_what_was_spent_and_is_attested_counts_at_the_next_score() -> None:
    history = scripted(big=True, required=1)
    for amount in (1, 1, AMOUNT, 1, 1, 1):
        history.appear(amount, 1_000, history.now)
    history.virtual = 1_005
    history.tell(ScoreMoved(1_005))
    for number in (1, 2, 3):
        history.tell(OutputMissing(outpoint(number)))
        history.tell(OutputSpent(outpoint(number), 1_005))
    history.appear(1, 1_005, history.now)
    history.tell(PaymentAttested(outpoint(3)))
    history.virtual = 1_006
    history.tell(ScoreMoved(1_006))
    assert history.session.status.value == history.oracle.status == "confirmed"
    history.teardown()
