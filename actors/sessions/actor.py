"""The session actor: one task per active session.

It passes observations of its session to the state machine, commits the result, and only then
publishes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

import structlog
import trio

from actors.broker import Broker, SessionView
from actors.clocks import ConfirmationClock, DeadlineClock
from actors.event_counts import EventCounts
from actors.sessions.decisions import Decision
from actors.sessions.mailbox import Mailbox
from kasgate import webhook
from kasgate.audit import AuditEntry
from kasgate.clock import Clock
from kasgate.events import Event
from kasgate.evolving import evolve
from kasgate.ids import time_sortable
from kasgate.sessions import ledger
from kasgate.sessions.observations import (
    Moment,
    Observation,
    OutputSeen,
    ScoreMoved,
    Watched,
)
from kasgate.sessions.payments import Payment
from kasgate.sessions.recall import completing, recalled, replenished, told
from kasgate.sessions.session import Session, SessionEvent, SessionStatus, numbered
from kasgate.sessions.transitions import needs_completing, step
from kasgate.sessions.valuation import ValueRate
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

TAKEN_AT_ONCE: Final = 32
"""Largest number of observations in one step and one commit: a millisecond or two. Other tasks get
a turn between steps."""
MOST_WAITING: Final = 10_000
"""Largest number of output observations that wait for one session: about 4 MB. Beyond that they are
dropped, and the address is compared with the node once the waiting ones are processed."""
GATHER_S: Final = 1.0
"""Pause between commits of a session with more payments than the API shows. A trickle of dust then
costs one commit a second, not one per output. A merchant's decision ends the pause."""
COMMIT_RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses between attempts to commit while the database can't be written; the last one repeats."""

PROOF_RETRY_SCORES = 10
"""A spent payment whose acceptance must be proven again is checked after this many DAA scores,
about a second."""


class ChainPort(Protocol):
    """The part of the chain feed that session actors use."""

    @property
    def daa_score(self) -> int | None: ...

    def watch(self, session: Session) -> None:
        """Watch the address of a session that has an actor, and compare it with the node."""
        ...

    def go_on_watching(self, session: Session) -> None:
        """Mark a closed session's address as active again, after an observation on it restarted the
        actor. If the address is watched already, it is not compared with the node again."""
        ...

    def stop_watching(self, session: Session) -> None:
        """Stop watching the address of a session that was not created. The address was not shown to
        anybody."""
        ...

    def keep_watching(self, address: str, session_id: str, closed_at: int) -> None:
        """Keep watching the address of a session without an actor, for late money."""
        ...

    def investigate(self, session: Session, payment: Payment) -> None:
        """Find out whether a payment's output was spent or withdrawn, and send the result to the
        session."""
        ...

    def attest(self, session: Session, payment: Payment) -> None:
        """Ask a second, independent source whether the network accepts a payment, and notify the
        session if it does. Repeated calls change nothing."""
        ...

    def at_next_sight(self, session_id: str) -> None:
        """Notify the session that its deadline passed, once everything up to now has been seen."""
        ...


class SessionContext:
    """The services that all session actors share."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        broker: Broker,
        deadlines: DeadlineClock,
        confirmations: ConfirmationClock,
        chain: ChainPort,
        has_webhook: WebhookLookup,
        value_rate: ValueRateLookup,
    ) -> None:
        self.store = store
        self.clock = clock
        self.broker = broker
        self.deadlines = deadlines
        self.confirmations = confirmations
        self.chain = chain
        self.has_webhook = has_webhook
        self.value_rate = value_rate
        self.event_counts = EventCounts()
        self.retrying = 0
        """Actors that hold observations not committed yet."""
        self.behind = 0
        """Actors with more observations than fit into one step."""


ValueRateLookup = Callable[[str], ValueRate | None]
"""The rate at which a new payment of a merchant is valued now, from memory; None if it has none."""


class WebhookLookup(Protocol):
    """Whether a merchant has a webhook URL now."""

    async def __call__(self, merchant_id: str) -> bool: ...


def event_row(event: SessionEvent) -> Event:
    """Make the row of an event: its id and the body of its webhook."""
    event_id = time_sortable("evt", event.at)
    return Event(
        id=event_id,
        type=event.type,
        merchant_id=event.session.merchant_id,
        session_id=event.session.id,
        created_at=event.at,
        payload=webhook.body(event, event.session.merchant_id, event_id),
        sequence=event.sequence,
    )


class SessionActor:
    """Owns one session while it is active."""

    __slots__ = (
        "_context",
        "_decision",
        "_gathering",
        "_has_dropped",
        "_in_hand",
        "_mailbox",
        "session",
    )

    def __init__(self, session: Session, context: SessionContext) -> None:
        self.session = session
        self._context = context
        self._mailbox: Mailbox[Observation | Decision] = Mailbox()
        self._in_hand: list[Observation | Decision] | None = None
        """Taken and not processed. After a failure the next run handles these before the
        mailbox."""
        self._decision: Decision | None = None
        self._gathering: trio.Event | None = None
        """Set while the actor pauses to gather observations. Setting the event ends the pause."""
        self._has_dropped = False
        """Whether observations were dropped since the address was last compared with the node."""

    @property
    def is_behind(self) -> bool:
        """Whether it holds observations that it has taken and not processed."""
        return bool(self._in_hand)

    def observe(self, observation: Observation) -> None:
        """Put an observation into the mailbox. Never blocks. Only the newest of a kind is kept per
        outpoint."""
        outpoint = getattr(observation, "outpoint", None)
        key = (type(observation), outpoint)
        if len(self._mailbox) >= MOST_WAITING and outpoint is not None and key not in self._mailbox:
            if not self._has_dropped:
                log.warning("too many outputs at once, will compare", session=self.session.id)
            self._has_dropped = True
            return
        self._mailbox.put(key, observation)

    def decide(self, decision: Decision) -> Decision | None:
        """Put a merchant's decision into the mailbox. Never blocks. If another decision is in
        progress, nothing is put and that decision is returned."""
        if self._decision is not None and not self._decision.done.is_set():
            return self._decision
        self._decision = decision
        self._mailbox.put((Decision, None), decision)
        if self._gathering is not None:
            self._gathering.set()
        return None

    async def wait_watched(self) -> None:
        """Return once a node watches the address. Creation waits here before it stores the session
        and starts its actor; the actor then processes the other observations received meanwhile.
        Cancellation loses nothing."""
        while self.session.status is SessionStatus.CREATED:
            for observation in await self._mailbox.take():
                if isinstance(observation, Watched):
                    moment = Moment(self._context.clock(), self._context.chain.daa_score)
                    self.session, _ = step(self.session, observation, moment)
                else:
                    self._in_hand = self._in_hand or []
                    self._in_hand.append(observation)

    async def run(self) -> None:
        """Process observations until the session needs no actor. May be called again after a
        failure."""
        self._arrange()
        while self.session.is_active or self._in_hand or len(self._mailbox):
            if not self._in_hand:
                self._compare_if_dropped()
                self._in_hand = await self._mailbox.take()
            version = self.session.version
            await self._take_all(self._in_hand)
            self._in_hand = None
            if self.session.version != version and self.session.payments_total > ledger.SHOWN:
                await self._gather()
        self._compare_if_dropped()
        self._context.deadlines.clear(self.session.id)
        self._context.confirmations.set(self.session.id, None)

    def _compare_if_dropped(self) -> None:
        """Compare the address with the node, for dropped observations. Waits until the mailbox is
        empty and has room for the result."""
        if self._has_dropped and not len(self._mailbox):
            self._has_dropped = False
            self._context.chain.watch(self.session)

    async def _gather(self) -> None:
        self._gathering = trio.Event()
        with trio.move_on_after(GATHER_S):
            await self._gathering.wait()
        self._gathering = None

    async def _take_all(self, in_hand: list[Observation | Decision]) -> None:
        """Process these in steps, and remove each from the list once processed."""
        if len(in_hand) <= TAKEN_AT_ONCE:
            await self._take_in(in_hand)
        if not in_hand:
            return
        self._context.behind += 1
        try:
            while in_hand:
                await trio.lowlevel.checkpoint()
                await self._take_in(in_hand)
        finally:
            self._context.behind -= 1

    async def _take_in(self, in_hand: list[Observation | Decision]) -> None:
        """One step: apply some observations, commit the result, then publish it."""
        context = self._context
        before = self.session
        observations = in_hand[:TAKEN_AT_ONCE]
        moment = self._moment(observations)
        known = await self._recalled(before, observations)
        session, events, audit, taken = await self._step_through(known, observations, moment)
        if events or session != known:
            session = await self._commit(session, events, audit)
            context.event_counts.events.update(event.type for event in events)
            if session.ledger.shelved.gone:
                session = await self._insist(partial(replenished, session, context.store))
        elif known is not before:
            session = evolve(session, ledger=session.ledger.saved())
        self.session = session
        if _is_news(before, session, events):
            context.broker.publish(SessionView(session, context.chain.daa_score))
        del in_hand[:taken]
        for observation in observations[:taken]:
            if isinstance(observation, Decision):
                observation.done.set()
        self._go_on(in_hand, before)
        self._arrange()

    def _moment(self, observations: Sequence[Observation | Decision]) -> Moment:
        """The time of a step, with the rate for payments if there may be new ones."""
        context, rate = self._context, None
        for observation in observations:
            if isinstance(observation, OutputSeen):
                rate = context.value_rate(self.session.merchant_id)
                break
        return Moment(context.clock(), context.chain.daa_score, rate)

    async def _recalled(
        self, session: Session, observations: Sequence[Observation | Decision]
    ) -> Session:
        if not session.ledger.shelved.total:
            return session
        of_outputs = [one for one in observations if not isinstance(one, Decision)]
        return await self._insist(partial(recalled, session, of_outputs, self._context.store))

    def _go_on(self, in_hand: list[Observation | Decision], before: Session) -> None:
        """Only some of very many payments that became deep enough were read: schedule the next
        ones."""
        score = self._context.chain.daa_score
        if score is None or not self.session.has_due_on_the_shelf(score):
            return
        if self.session.ledger.sums.waiting < before.ledger.sums.waiting and not in_hand:
            in_hand.append(ScoreMoved(score))

    async def _step_through(
        self, session: Session, observations: Sequence[Observation | Decision], moment: Moment
    ) -> tuple[Session, list[SessionEvent], list[AuditEntry], int]:
        """Apply observations until one needs the database while earlier changes are not stored yet.
        Returns the session, its events, its audit entries and the number of observations
        applied."""
        events: list[SessionEvent] = []
        audit: list[AuditEntry] = []
        for taken, observation in enumerate(observations):
            before = session
            request = observation.request if isinstance(observation, Decision) else observation
            completes = None
            if needs_completing(before, request):
                if before.ledger.changed:
                    return session, told(events), audit, taken
                ask = partial(completing, before, request, self._context.store)
                completes = await self._insist(ask)
            if isinstance(observation, Decision):
                session, new_events = observation.take(before, moment, completes)
                audit.extend(observation.audit_entries(before, moment))
            else:
                session, new_events = step(before, observation, moment, completes)
            events.extend(new_events)
        return session, told(events), audit, len(observations)

    async def _commit(
        self, session: Session, events: Sequence[SessionEvent], audit: Sequence[AuditEntry]
    ) -> Session:
        """Store the change. Retries while the database can't be written."""
        context = self._context
        session, events = numbered(session, events)
        rows = [event_row(event) for event in events]

        async def save() -> Session:
            deliver = bool(rows) and await context.has_webhook(session.merchant_id)
            return await context.store.save_session(session, rows, deliver, audit)

        return await self._insist(save)

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Run a database call. Retries while the database is unavailable."""
        try:
            return await ask()
        except StoreUnavailable as error:
            self._log_failure(error)
        self._context.retrying += 1
        try:
            tries = 0
            while True:
                await trio.sleep(COMMIT_RETRY_S[min(tries, len(COMMIT_RETRY_S) - 1)])
                tries += 1
                try:
                    return await ask()
                except StoreUnavailable as error:
                    self._log_failure(error)
        finally:
            self._context.retrying -= 1

    def _log_failure(self, error: StoreUnavailable) -> None:
        log.debug("commit failed, will retry", session=self.session.id, error=str(error))

    def _arrange(self) -> None:
        """Set the session's deadlines, and start the checks that its payments need."""
        context, session = self._context, self.session
        deadline = session.deadline
        if deadline is None:
            context.deadlines.clear(session.id)
        else:
            context.deadlines.set(session.id, deadline)
        if not session.payments_total:  # True of nearly all sessions at a start.
            context.confirmations.set(session.id, None)
            return
        score = context.chain.daa_score
        due = session.next_due_score(score)
        for payment in session.ledger.held.values():
            if payment.missing_since is not None:
                context.chain.investigate(session, payment)
        for payment in session.unattested(score):
            context.chain.attest(session, payment)
        if score is not None and due is not None and due <= score:
            unproven = session.unproven(score)
            for payment in unproven:
                context.chain.investigate(session, payment)
            if unproven:
                due = score + PROOF_RETRY_SCORES
        context.confirmations.set(session.id, due)


def _is_news(before: Session, now: Session, events: Sequence[SessionEvent]) -> bool:
    """Whether subscribers get an update: after a transition, or a change in received or seen money.
    Rising confirmations are published separately."""
    return (
        bool(events)
        or now.status is not before.status
        or now.received != before.received
        or now.sightings != before.sightings
    )
