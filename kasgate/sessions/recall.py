"""What a step needs of the payments that are not held in memory, read before it is taken.

A shelved payment (``kasgate.sessions.ledger``) is in the database alone. ``step`` does not know it
and would count its output a second time. So every shelved payment that an observation concerns is
recalled first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from attrs import evolve

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
"""Shelved payments that become final in one step, at most; the others follow in the next."""

TOLD_ONCE: Final = frozenset(
    {EventType.PARTIAL, EventType.LATE, EventType.OVERPAID, EventType.REVERTED}
)
"""Of these, merchants are told once for all that is committed together: the last one says it all.
The others move the session, and each is told."""


class PaymentReads(Protocol):
    """Payments as the database has them. Every call may raise StoreUnavailable."""

    async def payments_at(self, session_id: str, outpoints: Sequence[Outpoint]) -> list[Payment]:
        """Those of a session's payments that are at these outpoints."""
        ...

    async def waiting_payments(self, session_id: str, limit: int) -> list[Payment]:
        """Accepted payments whose output is where it ought to be, lowest DAA score first."""
        ...

    async def attested_payments(self, session_id: str, limit: int) -> list[Payment]:
        """Accepted payments that a second source has confirmed, spent ones too, lowest DAA score
        first; none whose output is missing."""
        ...

    async def gone_payments(self, session_id: str, limit: int) -> list[Payment]:
        """Accepted payments whose output left the UTXO set, first those of which nobody knows
        why."""
        ...

    async def completing_payment(
        self, session_id: str, enough: int, without: Outpoint | None
    ) -> Payment | None:
        """The payment with which the sum first was enough, else the last one that counts; as if
        the one at ``without`` did not count."""
        ...


async def recalled(
    session: Session, observations: Sequence[Observation], reads: PaymentReads
) -> Session:
    """The session with the payments that these observations concern, and with some of those that
    become deep enough by them. Raises StoreUnavailable."""
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
    """With what becomes final now that a second source has confirmed it. It is looked for by
    itself: what no second source knows yet may be any number of payments at lower scores."""
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
    """A session that was just stored, with payments whose output is gone in place of those about
    which it is known why. Some of those about which it is not known are always held, as long as
    there are any: only held ones are asked about. Raises StoreUnavailable."""
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
    """What ``step`` is to be told where ``needs_completing`` says so. Nothing of the session may
    wait to be stored: the database is asked. Raises StoreUnavailable."""
    without = observation.outpoint if isinstance(observation, OutputWithdrawn) else None
    return await reads.completing_payment(session.id, session.enough, without)


def told(events: Sequence[SessionEvent]) -> list[SessionEvent]:
    """Of the events of one step, those that merchants are told, in their order."""
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
