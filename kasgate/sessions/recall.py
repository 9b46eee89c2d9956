"""Recall of shelved payments before the step that concerns them.

A shelved payment (``kasgate.sessions.ledger``) is in the database alone. ``step`` does not know it
and would count its output a second time. So every shelved payment that an observation concerns is
recalled first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from kasgate.evolving import evolve
from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions import ledger as ledgers
from kasgate.sessions.ledger import Ledger
from kasgate.sessions.observations import (
    MempoolSeen,
    Observation,
    OutputSpent,
    OutputWithdrawn,
    ScoreMoved,
)
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import EventType, Session, SessionEvent

DUE_AT_ONCE: Final = 64
"""The most shelved payments that become final in one step; the others follow in the next steps."""

TOLD_ONCE: Final = frozenset(
    {EventType.PARTIAL, EventType.LATE, EventType.OVERPAID, EventType.REVERTED}
)
"""Of these types, only the last event of a commit is sent to merchants, because it includes the
earlier ones. All other types move the session, and each event is sent."""


class PaymentReads(Protocol):
    """Reads of payments in the database. Each may raise StoreUnavailable."""

    async def payments_at(self, session_id: str, outpoints: Sequence[Outpoint]) -> list[Payment]:
        """The session's payments at these outpoints."""
        ...

    async def waiting_payments(self, session_id: str, limit: int) -> list[Payment]:
        """Accepted payments whose output is in the UTXO set, lowest DAA score first."""
        ...

    async def attested_payments(self, session_id: str, limit: int) -> list[Payment]:
        """Accepted payments that a second source has confirmed, spent ones included, lowest DAA
        score first; none whose output is missing."""
        ...

    async def gone_payments(self, session_id: str, limit: int) -> list[Payment]:
        """Accepted payments whose output left the UTXO set; those with an unknown reason come
        first."""
        ...

    async def completing_payment(
        self, session_id: str, enough: int, without: Outpoint | None
    ) -> Payment | None:
        """The payment with which the sum first was enough, else the last one that counts. The
        payment at ``without`` is left out."""
        ...


async def recalled(
    session: Session, observations: Sequence[Observation], reads: PaymentReads
) -> Session:
    """The session with the payments that these observations concern, and with some of those that
    become deep enough through them. Raises StoreUnavailable."""
    ledger = session.ledger
    if not ledger.shelved.total:
        return session
    named = [outpoint for outpoint in _outpoints(observations) if outpoint not in ledger.held]
    if named:
        ledger = ledger.recalled(await reads.payments_at(session.id, named))
    score = _newest_score(observations)
    if score is not None and session.needs_attestation and ledger.shelved.unsettled:
        ledger = await _with_attested(session, ledger, score, reads)
    if score is not None and session.has_due_on_the_shelf(score):
        ledger = await _with_due(session, ledger, score, reads)
    return session if ledger is session.ledger else evolve(session, ledger=ledger)


async def _with_attested(
    session: Session, ledger: Ledger, score: int, reads: PaymentReads
) -> Ledger:
    """With payments that become final now that a second source has confirmed them. They need a
    query of their own, because any number of unattested payments may have lower scores."""
    page = await reads.attested_payments(session.id, len(ledger.held) + DUE_AT_ONCE)
    return ledger.recalled([payment for payment in page if session.is_deep(payment, score)])


async def _with_due(session: Session, ledger: Ledger, score: int, reads: PaymentReads) -> Ledger:
    limit = len(ledger.held) + DUE_AT_ONCE + 1
    page = await reads.waiting_payments(session.id, limit)
    shelved = [payment for payment in page if payment.outpoint not in ledger.held]
    due = [payment for payment in shelved[:DUE_AT_ONCE] if session.is_deep(payment, score)]
    ledger = ledger.recalled(due)
    beyond = shelved[len(due) :]
    return evolve(ledger, earliest=beyond[0].block_daa_score if beyond else None)


async def replenished(session: Session, reads: PaymentReads) -> Session:
    """A session that was just stored, with missing payments in place of spent ones. Only held
    payments are looked up, so some missing ones are always held as long as there are any. Raises
    StoreUnavailable."""
    ledger = session.ledger
    if not ledger.shelved.gone:
        return session
    held = ledger.sums.gone - ledger.shelved.gone
    is_asking = any(payment.missing_since is not None for payment in ledger.held.values())
    are_enough = held >= max(1, ledgers.GONE_HELD // 2)
    if are_enough and is_asking:
        return session
    gone = await reads.gone_payments(session.id, held + ledgers.GONE_HELD)
    fresh = [
        payment
        for payment in gone
        if payment.outpoint not in ledger.held
        and (payment.missing_since is not None or not are_enough)
    ]
    return evolve(session, ledger=ledger.recalled(fresh[: ledgers.GONE_HELD]))


async def completing(
    session: Session, observation: Observation, reads: PaymentReads
) -> Payment | None:
    """The ``completing`` argument of ``step``, where ``needs_completing`` asks for it. All changes
    of the session have to be stored before, because this reads the database. Raises
    StoreUnavailable."""
    without = observation.outpoint if isinstance(observation, OutputWithdrawn) else None
    return await reads.completing_payment(session.id, session.enough, without)


def told(events: Sequence[SessionEvent]) -> list[SessionEvent]:
    """The events of one step that are sent to merchants, in order."""
    last = {event.type: event for event in events if event.type in TOLD_ONCE}
    return [event for event in events if last.get(event.type, event) is event]


def _outpoints(observations: Iterable[Observation]) -> Iterable[Outpoint]:
    for observation in observations:
        if isinstance(observation, MempoolSeen):
            yield from (output.outpoint for output in observation.outputs)
        outpoint = getattr(observation, "outpoint", None)
        if outpoint is not None:
            yield outpoint


def _newest_score(observations: Iterable[Observation]) -> int | None:
    return max(
        (one.daa_score for one in observations if isinstance(one, ScoreMoved | OutputSpent)),
        default=None,
    )
