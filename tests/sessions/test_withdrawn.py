"""A payment keeps the time of its first acceptance, whatever a reorg does to it later."""

from __future__ import annotations

import pytest
from attrs import evolve

from kasgate.sessions.observations import (
    CancelRequested,
    DeadlineBroughtForward,
    DeadlineReached,
    FailRequested,
    OutputMissing,
    OutputWithdrawn,
    ScoreMoved,
)
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import WITHDRAWN_PATIENCE_MS, EventType, Session, SessionStatus
from tests.sample_sessions import CREATED_AT, TTL_MS, a_session, after, outpoint, seen

END = CREATED_AT + TTL_MS
IN_TIME = CREATED_AT + 1_000
GIVEN_UP = END + WITHDRAWN_PATIENCE_MS
HOUR = 3_600_000
PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
EXPIRED = SessionStatus.EXPIRED


def withdrawn(session: Session, *numbers: int, at: int = IN_TIME + 15_000) -> Session:
    for number in numbers:
        gone = OutputMissing(outpoint(number)), OutputWithdrawn(outpoint(number))
        session, _ = after(session, *gone, at=at)
    return session


def covered_in_time_and_withdrawn(**terms: int) -> Session:
    session, _ = after(a_session(**terms), seen(1, 10, 1_005))
    session = withdrawn(session, 1)
    assert session.status is PENDING
    return session


def test_a_session_that_was_covered_in_time_waits_ten_minutes_for_what_was_withdrawn() -> None:
    session = covered_in_time_and_withdrawn()
    assert session.deadline == GIVEN_UP
    session, events = after(session, DeadlineReached(), at=GIVEN_UP - 1)
    assert (session.status, events) == (PENDING, [])
    _, events = after(session, seen(1, 10, 6_000, GIVEN_UP - 1), at=GIVEN_UP - 1, score=6_001)
    assert events == [EventType.CONFIRMING]
    session, events = after(session, DeadlineReached(), at=GIVEN_UP)
    assert (session.status, events) == (EXPIRED, [EventType.EXPIRED])


@pytest.mark.parametrize("back_at", [GIVEN_UP + 1, END + 20 * HOUR])
def test_a_withdrawn_payment_that_returns_later_is_in_time_and_the_session_continues(
    back_at: int,
) -> None:
    session, _ = after(covered_in_time_and_withdrawn(), DeadlineReached(), at=GIVEN_UP)
    session, events = after(session, seen(1, 10, 9_000, back_at), at=back_at, score=9_001)
    assert (session.status, events) == (CONFIRMING, [EventType.CONFIRMING])
    assert (session.late, session.closed_at, session.paid_at) == (False, None, back_at)
    (payment,) = session.payments
    assert (payment.accepted_at, payment.seen_at) == (IN_TIME, IN_TIME)
    session, events = after(session, ScoreMoved(9_010), at=back_at + 1_000, score=9_010)
    assert events == [EventType.CONFIRMED]


def test_a_second_reorg_changes_nothing_about_its_time() -> None:
    session = covered_in_time_and_withdrawn()
    for back_at in (END - 60_000, END + 300_000, GIVEN_UP + 60_000):
        session, _ = after(session, DeadlineReached(), at=back_at)
        session, _ = after(session, seen(1, 10, 9_000, back_at), at=back_at, score=9_001)
        assert (session.status, session.late) == (CONFIRMING, False)
        session = withdrawn(session, 1, at=back_at + 15_000)
    session, events = after(session, DeadlineReached(), at=GIVEN_UP + 80_000)
    assert (session.status, events) == (EXPIRED, [EventType.EXPIRED])


def test_a_part_that_came_in_time_is_not_waited_for_and_is_not_late() -> None:
    session, _ = after(a_session(), seen(1, 6, 1_005))
    session = withdrawn(session, 1)
    assert session.deadline == END
    session, _ = after(session, DeadlineReached(), at=END)
    session, events = after(session, seen(1, 6, 9_000, END + 60_000), at=END + 60_000)
    assert (session.status, events, session.late) == (EXPIRED, [EventType.PARTIAL], False)


def test_what_is_back_of_several_counts_only_with_what_else_was_in_time() -> None:
    session, _ = after(a_session(), seen(1, 6, 1_005), seen(2, 4, 1_006))
    session, _ = after(withdrawn(session, 1, 2), DeadlineReached(), at=GIVEN_UP)
    back_at = GIVEN_UP + 1_000
    session, events = after(session, seen(3, 4, 9_000, back_at), at=back_at)
    assert (session.status, events) == (EXPIRED, [EventType.LATE])
    session, events = after(session, seen(1, 6, 9_001, back_at), at=back_at)
    assert (session.status, events) == (EXPIRED, [EventType.PARTIAL])
    session, events = after(session, seen(2, 4, 9_002, back_at), at=back_at)
    assert events == [EventType.CONFIRMING, EventType.OVERPAID]
    assert session.late


def test_with_late_money_it_counts_where_the_merchant_takes_that() -> None:
    session, _ = after(a_session(late_acceptance_ms=HOUR), seen(1, 6, 1_005))
    session, _ = after(withdrawn(session, 1), DeadlineReached(), at=END)
    session, _ = after(session, seen(2, 4, 9_000, END + HOUR), at=END + HOUR)
    assert session.status is EXPIRED
    session, events = after(session, seen(1, 6, 9_500, END + 2 * HOUR), at=END + 2 * HOUR)
    assert (session.status, events) == (CONFIRMING, [EventType.CONFIRMING])


def test_a_surplus_that_came_after_the_end_stands_in_for_nothing_that_was_in_time() -> None:
    session, _ = after(a_session(), seen(1, 6, 1_005), seen(2, 4, 1_005))
    session, _ = after(session, seen(3, 9, 9_000, END + 120_000), at=END + 120_000)
    session, _ = after(withdrawn(session, 1, 2), DeadlineReached(), at=GIVEN_UP)
    assert session.status is EXPIRED
    session, events = after(session, seen(1, 6, 9_100, GIVEN_UP + 1), at=GIVEN_UP + 1)
    assert (session.status, events) == (EXPIRED, [EventType.PARTIAL])


@pytest.mark.parametrize("request_", [CancelRequested(), FailRequested()])
def test_what_the_merchant_closed_meanwhile_stays_closed(
    request_: CancelRequested | FailRequested,
) -> None:
    session, _ = after(covered_in_time_and_withdrawn(), request_)
    status = session.status
    session, events = after(session, seen(1, 10, 9_000, END - 1), at=END - 1)
    assert (session.status, events, session.late) == (status, [EventType.LATE], True)


def test_what_was_late_the_first_time_is_late_the_second_time() -> None:
    session, _ = after(a_session(), DeadlineReached(), at=END)
    session, _ = after(session, seen(1, 10, 9_000, END + 60_000), at=END + 60_000)
    session = withdrawn(session, 1, at=END + 90_000)
    session, events = after(session, seen(1, 10, 9_900, END + 120_000), at=END + 120_000)
    assert (session.status, events, session.late) == (EXPIRED, [EventType.LATE], True)


def test_a_deadline_that_is_over_is_not_brought_forward_to_a_later_time() -> None:
    session = covered_in_time_and_withdrawn()
    same, _ = after(session, DeadlineBroughtForward(END + 1), at=END + 1)
    assert same is session


def test_what_is_no_plain_money_is_not_waited_for() -> None:
    bound = evolve(seen(1, 10, 1_005), credited=False)
    session = withdrawn(after(a_session(), bound)[0], 1)
    assert session.payments[0].state is PaymentState.WITHDRAWN
    assert session.deadline == END
