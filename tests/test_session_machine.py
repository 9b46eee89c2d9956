"""Random histories of one session, against a short oracle that shares no code with the core.

The oracle keeps, per outpoint, the last thing it was told, and finds confirmations by trying every
number from the required one down. It is told exactly what the session is told: duplicates, stale
answers and reordered notifications included.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kasgate.events import Event
from kasgate.money import Sompi
from kasgate.observations import (
    CancelRequested,
    DeadlineReached,
    Moment,
    Observation,
    OutputMissing,
    OutputSeen,
    OutputSpent,
    OutputWithdrawn,
    ScoreMoved,
    Watched,
)
from kasgate.session import EventType, Session
from kasgate.store.engine import connect_memory
from kasgate.store.migrate import migrate
from kasgate.store.queries import merchants, sessions
from kasgate.store.sealing import SealedMerchant
from kasgate.transitions import step
from tests.sessions import CREATED_AT, CREATED_SCORE, TTL_MS, a_session, outpoint

AMOUNT = 100
GRACE = 30_000


@dataclass
class Standing:
    """What the oracle was last told of one output."""

    amount: int
    score: int
    place: str = "here"  # here, missing, spent, withdrawn
    proof: int = 0
    final: bool = False

    def depth(self, at: int) -> int:
        if self.place == "missing":
            return 0
        return max(0, (min(at, self.proof) if self.place == "spent" else at) - self.score)


@dataclass
class Oracle:
    """What a careful shopkeeper with a sheet of paper would hold of the session."""

    required: int
    knew_score: bool
    status: str = "created"
    outputs: dict[int, Standing] = field(default_factory=dict)
    late: set[int] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)

    def received(self) -> int:
        return sum(o.amount for o in self.outputs.values() if o.place != "withdrawn")

    def settle_open(self) -> None:
        if self.status not in ("confirmed", "expired"):
            if self.received() >= AMOUNT:
                self.status = "confirming"
            elif self.status == "confirming":
                self.status = "pending"

    def expire(self) -> None:
        self.status = "expired"
        self.told["payment.expired"] += 1

    def arrives(self, number: int, amount: int, score: int, accepted_at: int) -> None:
        if self.status in ("created", "pending") and accepted_at > CREATED_AT + TTL_MS + GRACE:
            self.expire()
        self.outputs[number] = Standing(amount, score)
        self.late.discard(number)
        if self.status == "expired":
            self.late.add(number)
            self.told["payment.late"] += 1
        elif self.status in ("confirming", "confirmed"):
            self.told["payment.overpaid"] += 1
        elif self.received() < AMOUNT:
            self.status = "pending"
            self.told["payment.partial"] += 1
        else:
            self.status = "confirming"
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
            self.outputs[number] = Standing(amount, score)

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
            known.place, known.proof = "withdrawn", 0
            self.told["payment.reverted"] += 1
            self.settle_open()

    def deepest_cover(self, at: int) -> int:
        for n in range(self.required, 0, -1):
            deep = (
                o.amount
                for o in self.outputs.values()
                if o.place != "withdrawn" and (o.final or o.depth(at) >= n)
            )
            if sum(deep) >= AMOUNT:
                return n
        return 0

    def score(self, at: int) -> None:
        covered = self.deepest_cover(at)
        for output in self.outputs.values():
            if output.place != "withdrawn" and output.depth(at) >= self.required:
                output.final = True
        if self.status == "confirming" and covered >= self.required:
            self.status = "confirmed"
            self.told["payment.confirmed"] += 1


def a_database(session: Session) -> sqlite3.Connection:
    """A database in memory that holds this session, newly made."""
    connection = connect_memory()
    migrate(connection)
    merchant = SealedMerchant(
        id=session.merchant_id,
        name="Shop",
        email=None,
        xpub="sealed",
        account_key=session.account_key,
        api_key_hash="hash",
        webhook_url=None,
        webhook_secret="sealed",
        next_address_index=0,
        created_at=CREATED_AT,
        updated_at=CREATED_AT,
    )
    merchants.add(connection, merchant)
    event = Event("evt_1", EventType.PENDING, session.merchant_id, session.id, CREATED_AT, "{}")
    sessions.add(connection, session, event, ())
    return connection


class SessionHistory(RuleBasedStateMachine):
    """One session's life, as the network, the clock and the merchant make it."""

    @initialize(required=st.integers(1, 12), knew_score=st.booleans())
    def open(self, required: int, knew_score: bool) -> None:
        self.session = a_session(
            amount=Sompi(AMOUNT),
            required_confirmations=required,
            created_daa_score=CREATED_SCORE if knew_score else None,
        )
        self.database = a_database(self.session)
        self.oracle = Oracle(required, knew_score, status="pending")
        self.now = CREATED_AT
        self.virtual = CREATED_SCORE
        self.amounts: dict[int, int] = {}
        self.told: Counter[str] = Counter()
        self.past: list[Observation] = []

    def tell(self, observation: Observation) -> None:
        """Bring one observation to both, and see that telling it again changes nothing."""
        moment = Moment(self.now, self.virtual)
        before = self.session
        self.session, events = step(before, observation, moment)
        self.told.update(event.type.value for event in events)
        again, no_events = step(self.session, observation, moment)
        assert again is self.session
        assert no_events == ()
        self.past.append(observation)
        match observation:
            case OutputSeen(out, amount, score, accepted_at):
                self.oracle.seen(int(out.transaction_id, 16), amount, score, accepted_at)
            case OutputMissing(out):
                self.oracle.missing(int(out.transaction_id, 16))
            case OutputSpent(out, proof):
                self.oracle.spent(int(out.transaction_id, 16), proof)
            case OutputWithdrawn(out):
                self.oracle.withdrawn(int(out.transaction_id, 16))
            case ScoreMoved(score):
                self.oracle.score(score)
            case DeadlineReached():
                due = self.now >= CREATED_AT + TTL_MS
                if self.oracle.status in ("created", "pending") and due:
                    self.oracle.expire()
            case CancelRequested():
                if self.oracle.status in ("created", "pending"):
                    self.oracle.expire()
            case Watched():
                pass

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
        """Something lies on the address that nobody saw arrive: old coins, or a blind hour."""
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

    @rule(by=st.sampled_from([100, 10_000, TTL_MS, -60_000, -TTL_MS, TTL_MS + GRACE + 1]))
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
        """What the database gives back is the session itself."""
        saved = sessions.save(self.database, self.session, (), ())
        restored = sessions.by_id(self.database, saved.id)
        assert restored == saved
        self.session = restored

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
        oracle, session = self.oracle, self.session
        assert session.status.value == oracle.status
        assert session.received == oracle.received()
        assert {int(p.outpoint.transaction_id, 16): p.amount for p in session.payments} == {
            number: output.amount for number, output in oracle.outputs.items()
        }
        assert len({p.outpoint for p in session.payments}) == len(session.payments)
        assert session.late == any(oracle.outputs[n].place != "withdrawn" for n in oracle.late)
        assert +self.told == +oracle.told
        if oracle.status != "confirmed":
            assert session.confirmations(self.virtual) == oracle.deepest_cover(self.virtual)

    @invariant()
    def what_is_due_is_never_missed(self) -> None:
        """Nothing becomes final between now and the next score that the session wakes for."""
        if not hasattr(self, "session"):
            return
        due = self.session.next_due_score(self.virtual)
        quiet_until = self.virtual + 100 if due is None else min(due - 1, self.virtual + 100)
        moment = Moment(self.now, quiet_until)
        assert step(self.session, ScoreMoved(quiet_until), moment)[0] is self.session


def test_random_histories_agree_with_the_oracle() -> None:
    run_state_machine_as_test(SessionHistory)
