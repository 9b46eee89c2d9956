"""Which sessions a merchant has to look at, and why.

A session needs attention while there is something about its money that the gateway can't decide:
money that arrived late, a part of the price on a session that is closed, more than the price, or a
payment that was withdrawn after the session began to confirm. It needs none any more once the
merchant accepted it, failed it after it had expired, or dismissed the matter with a note. What
happens after that decision counts anew.

    expired, failed   ``late``, ``partial`` and ``overpaid``, if more money is there than when the
                      merchant last decided; ``reverted``, if it was marked
    confirmed         ``overpaid`` for money beyond the price, or beyond what the merchant took as
                      the price; ``reverted`` if less is left than the confirmation rested on
    open              ``reverted``, if it was marked: it may still be paid

A session is marked when a payment is withdrawn while it confirms. The mark means nothing once the
session is confirmed after all, and goes with the merchant's next decision.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import evolve

from kasgate.money import NOTHING, Sompi
from kasgate.sessions.session import Session, SessionStatus


class AttentionReason(StrEnum):
    """Why somebody has to look at a session."""

    LATE = "late"
    """Money arrived after it had expired or failed."""
    PARTIAL = "partial"
    """It is closed, and less than its amount is there."""
    OVERPAID = "overpaid"
    """More is there than was asked for, or than the merchant accepted."""
    REVERTED = "reverted"
    """A payment was withdrawn after the session began to confirm."""


_BITS: Final = {reason: 1 << place for place, reason in enumerate(AttentionReason)}


def reasons(session: Session) -> tuple[AttentionReason, ...]:
    """Why the session needs attention; nothing if it needs none."""
    match session.status:
        case SessionStatus.CONFIRMED:
            return _of_confirmed(session)
        case SessionStatus.EXPIRED | SessionStatus.FAILED:
            marked = (AttentionReason.REVERTED,) if session.reverted else ()
            return (*_of_closed(session), *marked)
        case _:
            return (AttentionReason.REVERTED,) if session.reverted else ()


def _of_closed(session: Session) -> tuple[AttentionReason, ...]:
    received = session.received
    if received <= (session.attended or NOTHING):
        return ()
    held = {
        AttentionReason.LATE: session.late,
        AttentionReason.PARTIAL: received < session.amount,
        AttentionReason.OVERPAID: received > session.amount,
    }
    return tuple(reason for reason, holds in held.items() if holds)


def _of_confirmed(session: Session) -> tuple[AttentionReason, ...]:
    received = session.received
    taken = session.amount if session.attended is None else session.attended
    if received > taken:
        return (AttentionReason.OVERPAID,)
    return (AttentionReason.REVERTED,) if received < min(taken, session.enough) else ()


def decided(before: Session, now: Session) -> Session:
    """The session right after its merchant accepted, failed or dismissed it.

    The money that is there is dealt with, unless the decision left a session open or closed an open
    one unpaid: what was paid on it is then to be given back.
    """
    is_dealt_with = now.status is SessionStatus.CONFIRMED or not before.is_open
    attended = now.received if is_dealt_with else now.attended
    return evolve(now, attended=attended, reverted=False)


def withdrawn(before: Session, now: Session) -> Session:
    """The session right after a payment that counted was withdrawn."""
    if before.status is SessionStatus.CONFIRMING:
        return evolve(now, reverted=True)
    if now.attended is None or now.received >= now.attended:
        return now
    # Other money of the same sum is not what the merchant decided about. What a confirmation
    # rested on stays, so that its loss shows.
    rested_on = min(now.attended, now.amount) if now.status is SessionStatus.CONFIRMED else NOTHING
    return evolve(now, attended=Sompi(max(now.received, rested_on)))


def bits(session: Session) -> int:
    """The reasons as one number, 0 for none: late 1, partial 2, overpaid 4, reverted 8."""
    return sum(_BITS[reason] for reason in reasons(session))


def reasons_of_bits(number: int) -> tuple[AttentionReason, ...]:
    """What ``bits`` made of them."""
    return tuple(reason for reason, bit in _BITS.items() if number & bit)
