"""The sessions that need a merchant's attention, and the reasons.

A session needs attention while the gateway can't decide something about its money: money that
arrived late, less than the price on a closed session, more than the price, or a payment that was
withdrawn after the session began to confirm. The need ends when the merchant accepts the session,
fails it after it expired, or dismisses the matter with a note. Later changes count again.

    expired, failed   ``late``, ``partial`` and ``overpaid``, if more money is there than at the
                      merchant's last decision; ``reverted``, if the session is marked
    confirmed         ``overpaid`` for money beyond the price, or beyond the sum that the merchant
                      accepted as the price; ``reverted`` if less is left than the confirmation
                      rested on
    open              ``reverted``, if the session is marked: it may still be paid

A session is marked when a payment is withdrawn while it confirms. The mark is ignored once the
session is confirmed, and the merchant's next decision clears it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kasgate.evolving import evolve
from kasgate.money import NOTHING, Sompi
from kasgate.sessions.session import Session, SessionStatus


class AttentionReason(StrEnum):
    """Why a session needs attention."""

    LATE = "late"
    """Money arrived after the session had expired or failed."""
    PARTIAL = "partial"
    """The session is closed, and received less than its amount."""
    OVERPAID = "overpaid"
    """It received more than its amount, or more than the merchant accepted."""
    REVERTED = "reverted"
    """A payment was withdrawn after the session began to confirm."""


_BITS: Final = {reason: 1 << place for place, reason in enumerate(AttentionReason)}
_ANY: Final = sum(_BITS.values())


def reasons(session: Session) -> tuple[AttentionReason, ...]:
    """Why the session needs attention; empty if it does not."""
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

    The money received so far is settled by the decision. Two decisions settle nothing: one that
    leaves the session open, and one that closes an open session unpaid, because the money paid on
    it then has to be returned.
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
    # New money of the same sum is not covered by the merchant's decision. The sum that a
    # confirmation rested on stays, so that its loss shows.
    rested_on = min(now.attended, now.amount) if now.status is SessionStatus.CONFIRMED else NOTHING
    return evolve(now, attended=Sompi(max(now.received, rested_on)))


def bits(session: Session) -> int:
    """The reasons as one number, 0 for none: late 1, partial 2, overpaid 4, reverted 8."""
    return sum(_BITS[reason] for reason in reasons(session))


def reasons_of_bits(number: int) -> tuple[AttentionReason, ...]:
    """The reasons in a number that ``bits`` returned."""
    return tuple(reason for reason, bit in _BITS.items() if number & bit)


def numbers_with(reason: AttentionReason | None) -> tuple[int, ...]:
    """All numbers of ``bits`` that have a reason; without one, all that have any."""
    wanted = _ANY if reason is None else _BITS[reason]
    return tuple(number for number in range(1, _ANY + 1) if number & wanted)
