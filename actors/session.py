"""The session actor: one task per active session.

It takes what was observed of its session, asks the state machine what that means, has the outcome
committed, and only then tells anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import structlog
import trio

from actors.broker import Broker, SessionView
from actors.clocks import ConfirmationClock, DeadlineClock
from actors.decisions import Decision
from actors.mailbox import Mailbox
from actors.tallies import Tallies
from kasgate import webhook
from kasgate.audit import AuditEntry
from kasgate.clock import Clock
from kasgate.events import Event
from kasgate.ids import time_sortable
from kasgate.observations import Moment, Observation, Watched
from kasgate.payments import Payment
from kasgate.session import Session, SessionEvent, SessionStatus, numbered
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable
from kasgate.transitions import step

log = structlog.get_logger(__name__)

COMMIT_RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between tries to commit while the database can't be written; the last one repeats."""

PROOF_RETRY_SCORES = 10
"""A spent payment whose acceptance must be proven anew is looked at again after this many DAA
scores, about a second."""


class Sight(Protocol):
    """What a session actor asks of the chain feed."""

    @property
    def daa_score(self) -> int | None: ...

    def watch(self, session: Session) -> None:
        """Watch the address of a session that has an actor, and compare it with the node."""
        ...

    def stop_watching(self, session: Session) -> None:
        """Forget the address of a session that there will not be; nobody was told of it."""
        ...

    def keep_watching(self, address: str, session_id: str, closed_at: int) -> None:
        """The session has no actor any more; watch its address for late money."""
        ...

    def investigate(self, session: Session, payment: Payment) -> None:
        """Find out what became of a payment's output, and tell the session."""
        ...

    def attest(self, session: Session, payment: Payment) -> None:
        """Ask a second, independent source whether the network accepts a payment, and tell the
        session if it does. Asking again changes nothing."""
        ...

    def at_next_sight(self, session_id: str) -> None:
        """Tell the session that its deadline passed, once everything up to now has been seen."""
        ...


class Office:
    """What all session actors share: where to store, whom to tell, what to look at."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        broker: Broker,
        deadlines: DeadlineClock,
        confirmations: ConfirmationClock,
        sight: Sight,
        has_webhook: WebhookLookup,
    ) -> None:
        self.store = store
        self.clock = clock
        self.broker = broker
        self.deadlines = deadlines
        self.confirmations = confirmations
        self.sight = sight
        self.has_webhook = has_webhook
        self.tallies = Tallies()
        self.retrying = 0
        """How many actors hold observations that could not be committed yet."""


class WebhookLookup(Protocol):
    """Whether a merchant wants webhooks, now."""

    async def __call__(self, merchant_id: str) -> bool: ...


def event_row(event: SessionEvent) -> Event:
    """An event as it is stored: with its id and the body that it will be told by."""
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

    __slots__ = ("_decision", "_in_hand", "_mailbox", "_office", "session")

    def __init__(self, session: Session, office: Office) -> None:
        self.session = session
        self._office = office
        self._mailbox: Mailbox[Observation | Decision] = Mailbox()
        self._in_hand: Sequence[Observation | Decision] = ()
        """Taken and not dealt with: what a failure leaves to the next run, ahead of the mailbox."""
        self._decision: Decision | None = None

    @property
    def is_behind(self) -> bool:
        """Whether it took observations that it has not dealt with yet."""
        return bool(self._in_hand)

    def observe(self, observation: Observation) -> None:
        """Leave an observation; never blocks. The newest of a kind counts, per outpoint."""
        outpoint = getattr(observation, "outpoint", None)
        self._mailbox.put((type(observation), outpoint), observation)

    def decide(self, decision: Decision) -> bool:
        """Leave a merchant's decision; never blocks. False if another one is still under way."""
        if self._decision is not None and not self._decision.done.is_set():
            return False
        self._decision = decision
        self._mailbox.put((Decision, None), decision)
        return True

    async def wait_watched(self) -> None:
        """Return once a node watches the address: for whoever makes the session, before it is
        stored and its actor runs. What else is observed until then is left to that. Cancellation
        loses nothing.
        """
        while self.session.status is SessionStatus.CREATED:
            for observation in await self._mailbox.take():
                if isinstance(observation, Watched):
                    moment = Moment(self._office.clock(), self._office.sight.daa_score)
                    self.session, _ = step(self.session, observation, moment)
                else:
                    self._in_hand = (*self._in_hand, observation)

    async def run(self) -> None:
        """Work until the session needs no actor. May be called again after a failure."""
        self._arrange()
        while self.session.is_active or self._in_hand or len(self._mailbox):
            if not self._in_hand:
                self._in_hand = await self._mailbox.take()
            await self._take_in(self._in_hand)
            self._in_hand = ()
        self._office.deadlines.clear(self.session.id)
        self._office.confirmations.set(self.session.id, None)

    async def _take_in(self, observations: Sequence[Observation | Decision]) -> None:
        office = self._office
        moment = Moment(office.clock(), office.sight.daa_score)
        before = self.session
        session, events, audit = self._step_through(observations, moment)
        if events or session != before:
            session = await self._commit(session, events, audit)
            office.tallies.events.update(event.type for event in events)
        self.session = session
        if _is_news(before, session, events):
            office.broker.publish(SessionView(session, office.sight.daa_score))
        for observation in observations:
            if isinstance(observation, Decision):
                observation.done.set()
        self._arrange()

    def _step_through(
        self, observations: Sequence[Observation | Decision], moment: Moment
    ) -> tuple[Session, list[SessionEvent], list[AuditEntry]]:
        session = self.session
        events: list[SessionEvent] = []
        audit: list[AuditEntry] = []
        for observation in observations:
            before = session
            if isinstance(observation, Decision):
                session, new_events = observation.take(before, moment)
                if observation.was_allowed:
                    audit.append(observation.audit_entry(before, moment))
            else:
                session, new_events = step(before, observation, moment)
            events.extend(new_events)
        return session, events, audit

    async def _commit(
        self, session: Session, events: Sequence[SessionEvent], audit: Sequence[AuditEntry]
    ) -> Session:
        """Store the change; while the database can't be written, keep it and try again."""
        session, events = numbered(session, events)
        rows = [event_row(event) for event in events]
        saved = await self._try_to_save(session, rows, audit)
        if saved is not None:
            return saved
        self._office.retrying += 1
        try:
            tries = 0
            while saved is None:
                await trio.sleep(COMMIT_RETRY_S[min(tries, len(COMMIT_RETRY_S) - 1)])
                saved = await self._try_to_save(session, rows, audit)
                tries += 1
            return saved
        finally:
            self._office.retrying -= 1

    async def _try_to_save(
        self, session: Session, rows: Sequence[Event], audit: Sequence[AuditEntry]
    ) -> Session | None:
        """The session as stored; None while the database can't be written."""
        office = self._office
        try:
            deliver = bool(rows) and await office.has_webhook(session.merchant_id)
            return await office.store.save_session(session, rows, deliver, audit)
        except StoreUnavailable as error:
            log.debug("commit failed, will retry", session=session.id, error=str(error))
            return None

    def _arrange(self) -> None:
        """Say when to be woken, and have open questions looked into."""
        office, session = self._office, self.session
        deadline = session.deadline
        if deadline is None:
            office.deadlines.clear(session.id)
        else:
            office.deadlines.set(session.id, deadline)
        if not session.payments:  # As nearly all of them at a start.
            office.confirmations.set(session.id, None)
            return
        score = office.sight.daa_score
        due = session.next_due_score(score)
        for payment in session.payments:
            if payment.missing_since is not None:
                office.sight.investigate(session, payment)
        for payment in session.unattested(score):
            office.sight.attest(session, payment)
        if score is not None and due is not None and due <= score:
            unproven = session.unproven(score)
            for payment in unproven:
                office.sight.investigate(session, payment)
            if unproven:
                due = score + PROOF_RETRY_SCORES
        office.confirmations.set(session.id, due)


def _is_news(before: Session, now: Session, events: Sequence[SessionEvent]) -> bool:
    """Whether there is something new for those who follow a session: a transition, or other money
    than before, if only in sight. Mere depth they are told as it rises."""
    return (
        bool(events)
        or now.status is not before.status
        or now.received != before.received
        or now.sightings != before.sightings
    )
