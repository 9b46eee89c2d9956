"""Rules for late money: which of it pays an expired session, and which waits for a person."""

from __future__ import annotations

import pytest

from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    DeadlineReached,
    FailRequested,
    OutputMissing,
    OutputWithdrawn,
    ScoreMoved,
)
from kasgate.sessions.session import EventType, Session, SessionStatus
from tests.sample_sessions import CREATED_AT, TTL_MS, a_session, after, kas, outpoint, seen

END = CREATED_AT + TTL_MS
HOUR = 3_600_000
LATE, CONFIRMING = EventType.LATE, EventType.CONFIRMING


def expired(**terms: int) -> Session:
    session, _ = after(a_session(**terms), DeadlineReached(), at=END)
    assert session.status is SessionStatus.EXPIRED
    return session


def test_late_money_that_covers_it_soon_enough_pays_it() -> None:
    session, events = after(
        expired(late_acceptance_ms=HOUR), seen(1, 10, 1_005, END + HOUR), at=END + HOUR
    )
    assert events == [LATE, CONFIRMING]
    assert session.status is SessionStatus.CONFIRMING
    assert session.late
    assert (session.closed_at, session.confirmed_at) == (None, None)
    assert (session.tx_id, session.paid_at) == (f"{1:064x}", END + HOUR)
    session, events = after(session, ScoreMoved(1_015), at=END + HOUR + 1_000, score=1_015)
    assert events == [EventType.CONFIRMED]
    assert (session.status, session.late) == (SessionStatus.CONFIRMED, True)


@pytest.mark.parametrize(
    ("terms", "accepted_at"),
    [
        ({}, END + 31_000),
        ({}, END),
        ({"late_acceptance_ms": HOUR}, END + HOUR + 1),
    ],
)
def test_without_the_rule_or_too_late_for_it_a_person_decides(
    terms: dict[str, int], accepted_at: int
) -> None:
    session, events = after(expired(**terms), seen(1, 10, 1_005, accepted_at), at=accepted_at)
    assert (session.status, events) == (SessionStatus.EXPIRED, [LATE])
    session, events = after(session, AcceptRequested(), at=accepted_at + 1)
    assert (session.status, events) == (SessionStatus.CONFIRMED, [EventType.CONFIRMED])


def test_a_part_is_not_enough_and_the_rest_of_it_is() -> None:
    session, _ = after(a_session(late_acceptance_ms=HOUR), seen(1, 4, 1_002))
    session, _ = after(session, DeadlineReached(), at=END)
    session, events = after(session, seen(2, 5, 1_004, END + 60_000), at=END + 60_000)
    assert (session.status, events) == (SessionStatus.EXPIRED, [LATE])
    session, events = after(session, seen(3, 2, 1_005, END + 90_000), at=END + 90_000)
    assert events == [LATE, CONFIRMING, EventType.OVERPAID]
    assert (session.status, session.received) == (SessionStatus.CONFIRMING, kas(11))
    assert session.tx_id == f"{3:064x}"


def test_what_the_merchant_closed_stays_closed() -> None:
    for closed, request in (
        (SessionStatus.EXPIRED, CancelRequested()),
        (SessionStatus.FAILED, FailRequested()),
    ):
        session, _ = after(a_session(late_acceptance_ms=HOUR), request)
        session, events = after(session, seen(1, 10, 1_005, CREATED_AT + 2_000))
        assert (session.status, events) == (closed, [LATE])


def test_money_that_is_too_late_on_a_session_not_yet_closed_closes_and_pays_it() -> None:
    """The gateway followed no node when the deadline passed."""
    session, events = after(
        a_session(late_acceptance_ms=HOUR), seen(1, 10, 1_005, END + HOUR), at=END + 2 * HOUR
    )
    assert events == [EventType.EXPIRED, LATE, CONFIRMING]
    assert session.status is SessionStatus.CONFIRMING


def test_a_late_payment_that_a_reorg_takes_back_leaves_an_expired_session() -> None:
    at = END + 60_000
    session, _ = after(expired(late_acceptance_ms=HOUR), seen(1, 10, 1_005, at), at=at)
    session, events = after(
        session, OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1)), at=at
    )
    assert (session.status, events) == (SessionStatus.PENDING, [EventType.REVERTED])
    assert session.deadline is not None
    assert session.deadline <= at
    session, events = after(session, DeadlineReached(), at=at)
    assert (session.status, events) == (SessionStatus.EXPIRED, [EventType.EXPIRED])
    session, events = after(session, seen(1, 10, 1_006, at + 500), at=at + 500)
    assert (session.status, events) == (SessionStatus.CONFIRMING, [LATE, CONFIRMING])
