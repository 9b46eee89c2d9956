"""Stories of single sessions."""

from __future__ import annotations

import pytest

from kasgate.sessions.observations import (
    CancelRequested,
    DeadlineBroughtForward,
    DeadlineReached,
    Moment,
    OutputMissing,
    OutputSeen,
    OutputSpent,
    OutputWithdrawn,
    ScoreMoved,
    Watched,
)
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from kasgate.sessions.transitions import opened, step
from tests.sample_sessions import CREATED_AT, TTL_MS, a_session, after, kas, outpoint, seen

DEADLINE = CREATED_AT + TTL_MS
GRACE = 30_000


def test_a_watched_session_waits_for_payment() -> None:
    session, events = after(a_session(status=SessionStatus.CREATED), Watched())
    assert session.status is SessionStatus.PENDING
    assert events == []
    assert opened(session).type is EventType.PENDING


def test_an_exact_payment_is_confirmed_at_the_tenth_score_after_its_own() -> None:
    session, events = after(a_session(), seen(1, 10, 1_005))
    assert session.status is SessionStatus.CONFIRMING
    assert session.tx_id == outpoint(1).transaction_id
    assert events == [EventType.CONFIRMING]
    session, events = after(session, ScoreMoved(1_014))
    assert events == []
    assert session.confirmations(1_014) == 9
    session, events = after(session, ScoreMoved(1_015))
    assert events == [EventType.CONFIRMED]
    assert session.status is SessionStatus.CONFIRMED
    assert session.payments[0].state is PaymentState.CONFIRMED


def test_a_high_score_known_before_the_payment_does_not_confirm_it() -> None:
    session, events = after(a_session(), seen(1, 10, 1_005), score=9_999)
    assert session.status is SessionStatus.CONFIRMING
    assert EventType.CONFIRMED not in events


def test_six_and_four_make_ten_and_count_from_the_younger() -> None:
    session, events = after(a_session(), seen(1, 6, 1_005))
    assert events == [EventType.PARTIAL]
    assert session.paid_state is PaidState.PARTIAL
    assert session.remaining == kas(4)
    session, events = after(session, seen(2, 4, 1_050))
    assert events == [EventType.CONFIRMING]
    assert session.tx_id == outpoint(2).transaction_id
    session, events = after(session, ScoreMoved(1_059))
    assert session.confirmations(1_059) == 9
    assert events == []
    session, events = after(session, ScoreMoved(1_060))
    assert events == [EventType.CONFIRMED]


def test_one_transaction_may_pay_twice() -> None:
    first = OutputSeen(outpoint(1, 0), kas(5), 1_005, CREATED_AT)
    second = OutputSeen(outpoint(1, 1), kas(5), 1_005, CREATED_AT)
    session, _ = after(a_session(), first, second, first, second)
    assert session.received == kas(10)
    assert session.status is SessionStatus.CONFIRMING


def test_surplus_is_recorded_before_and_after_confirmation() -> None:
    session, events = after(a_session(), seen(1, 11, 1_005))
    assert events == [EventType.CONFIRMING, EventType.OVERPAID]
    session, events = after(session, ScoreMoved(1_015), seen(2, 1, 1_016))
    assert events == [EventType.CONFIRMED, EventType.OVERPAID]
    assert session.status is SessionStatus.CONFIRMED
    assert session.received == kas(12)
    assert not session.late


def test_confirmations_count_the_deepest_payments_that_cover() -> None:
    """A later surplus does not delay what was paid in full before."""
    session, _ = after(a_session(), seen(1, 10, 1_005), seen(2, 3, 1_012))
    assert session.confirmations(1_014) == 9
    session, events = after(session, ScoreMoved(1_015))
    assert events == [EventType.CONFIRMED]
    assert session.is_active
    session, _ = after(session, ScoreMoved(1_022))
    assert not session.is_active


def test_the_same_outpoint_removed_and_added_only_moves_its_score() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005))
    moved, events = after(session, seen(1, 10, 1_007))
    assert events == []
    assert moved.payments[0].block_daa_score == 1_007
    assert moved.next_due_score(1_006) == 1_017


def test_old_coins_on_the_address_are_none_of_its_money() -> None:
    session = a_session()
    assert after(session, seen(1, 10, 999)) == (session, [])
    assert after(session, seen(1, 10, 1_000))[0].received == kas(10)


def test_without_a_node_at_creation_the_time_of_acceptance_decides() -> None:
    session = a_session(created_daa_score=None)
    assert after(session, seen(1, 10, 5_000, at=CREATED_AT - 1)) == (session, [])
    assert after(session, seen(1, 10, 5, at=CREATED_AT))[0].received == kas(10)


def test_an_output_that_is_not_plain_money_is_shown_and_not_counted() -> None:
    bound = OutputSeen(outpoint(1), kas(10), 1_005, CREATED_AT, credited=False)
    session, events = after(a_session(), bound)
    assert events == []
    assert session.received == 0
    assert [payment.amount for payment in session.payments] == [kas(10)]


def test_a_missing_output_holds_confirmation_until_somebody_knows_why() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005), OutputMissing(outpoint(1)))
    session, events = after(session, ScoreMoved(2_000))
    assert events == []
    assert session.status is SessionStatus.CONFIRMING
    assert session.confirmations(2_000) == 0
    session, events = after(session, seen(1, 10, 1_005), ScoreMoved(2_001))
    assert events == [EventType.CONFIRMED]


def test_a_payment_that_was_spent_stands_as_deep_as_its_acceptance_is_proven() -> None:
    session, _ = after(
        a_session(), seen(1, 10, 1_005), OutputMissing(outpoint(1)), OutputSpent(outpoint(1), 1_008)
    )
    assert session.confirmations(2_000) == 3
    assert after(session, ScoreMoved(2_000))[1] == []
    assert [payment.outpoint for payment in session.unproven(2_000)] == [outpoint(1)]
    session, events = after(session, OutputSpent(outpoint(1), 2_000))
    assert events == [EventType.CONFIRMED]


def test_a_payment_withdrawn_by_a_reorg_goes_back_to_waiting() -> None:
    session, events = after(
        a_session(), seen(1, 10, 1_005), OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1))
    )
    assert events == [EventType.CONFIRMING, EventType.REVERTED]
    assert session.status is SessionStatus.PENDING
    assert (session.received, session.tx_id, session.paid_at) == (0, None, None)
    session, events = after(session, seen(1, 10, 1_020))
    assert events == [EventType.CONFIRMING]
    assert session.received == kas(10)


def test_an_answer_that_came_too_late_withdraws_nothing() -> None:
    session, _ = after(
        a_session(), seen(1, 10, 1_005), OutputMissing(outpoint(1)), seen(1, 10, 1_006)
    )
    assert after(session, OutputWithdrawn(outpoint(1))) == (session, [])


def test_nothing_withdraws_a_confirmed_payment() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005), ScoreMoved(1_015))
    gone = OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1)), OutputSpent(outpoint(1), 1)
    assert after(session, *gone) == (session, [])


def test_a_session_expires_at_its_deadline_and_not_before() -> None:
    session = a_session()
    assert after(session, DeadlineReached(), at=DEADLINE - 1) == (session, [])
    session, events = after(session, DeadlineReached(), at=DEADLINE)
    assert events == [EventType.EXPIRED]
    assert session.status is SessionStatus.EXPIRED


@pytest.mark.parametrize("status", [SessionStatus.CREATED, SessionStatus.PENDING])
def test_created_and_part_paid_sessions_expire_too(status: SessionStatus) -> None:
    session, _ = after(a_session(status=status), seen(1, 6, 1_005))
    session, events = after(session, DeadlineReached(), at=DEADLINE)
    assert events == [EventType.EXPIRED]
    assert session.received == kas(6)


def test_a_payment_seen_in_time_never_expires_while_it_confirms() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005))
    assert after(session, DeadlineReached(), at=DEADLINE + 10_000) == (session, [])
    assert session.deadline is None


def test_money_after_expiry_is_recorded_as_late() -> None:
    session, _ = after(a_session(), DeadlineReached(), at=DEADLINE)
    session, events = after(session, seen(1, 10, 1_050, at=DEADLINE + 1), at=DEADLINE + 1)
    assert events == [EventType.LATE]
    assert session.status is SessionStatus.EXPIRED
    assert session.late
    assert session.received == kas(10)
    assert session.is_active
    session, events = after(session, ScoreMoved(1_060), at=DEADLINE + 1_000)
    assert events == []
    assert not session.is_active


def test_what_was_paid_in_time_counts_however_late_it_is_seen() -> None:
    long_after = DEADLINE + 3_600_000
    in_time = seen(1, 10, 1_050, at=DEADLINE + GRACE)
    session, events = after(a_session(), in_time, at=long_after)
    assert events == [EventType.CONFIRMING]
    too_late = seen(1, 10, 1_050, at=DEADLINE + GRACE + 1)
    session, events = after(a_session(), too_late, at=long_after)
    assert events == [EventType.EXPIRED, EventType.LATE]
    assert session.status is SessionStatus.EXPIRED


def test_the_event_of_an_expiry_does_not_show_the_payment_that_came_after() -> None:
    session, events = step(
        a_session(), seen(1, 10, 1_050, at=DEADLINE * 2), Moment(DEADLINE * 2, 1_060)
    )
    expired, late = events
    assert expired.session.received == 0
    assert late.session == session


@pytest.mark.parametrize("status", [SessionStatus.CREATED, SessionStatus.PENDING])
def test_an_unpaid_session_can_be_cancelled(status: SessionStatus) -> None:
    session, events = after(a_session(status=status), CancelRequested())
    assert events == [EventType.EXPIRED]
    assert session.cancelled
    assert after(session, seen(1, 10, 1_005))[1] == [EventType.LATE]


def test_a_covered_session_can_not_be_cancelled() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005))
    assert after(session, CancelRequested()) == (session, [])
    session, _ = after(session, ScoreMoved(1_015))
    assert after(session, CancelRequested()) == (session, [])


def test_a_settled_payment_wakes_nobody() -> None:
    """A session that stays active for another payment is not woken for final ones."""
    session, _ = after(a_session(), seen(1, 10, 1_005), seen(2, 3, 1_012), ScoreMoved(1_015))
    assert session.next_due_score(1_015) == 1_022


def test_a_confirmed_payment_that_is_seen_again_changes_nothing() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005), ScoreMoved(1_015))
    assert after(session, seen(1, 10, 1_009)) == (session, [])


def test_a_deadline_is_brought_forward_and_never_put_off() -> None:
    """Only test mode on a simulated network does this; the expiry itself is like any other."""
    session, events = after(a_session(), DeadlineBroughtForward(DEADLINE - 60_000))
    assert (session.deadline, events) == (DEADLINE - 60_000, [])
    session, _ = after(session, DeadlineBroughtForward(DEADLINE + 60_000))
    assert session.deadline == DEADLINE - 60_000
    _, events = after(session, DeadlineReached(), at=DEADLINE - 60_001)
    assert events == []
    session, events = after(session, DeadlineReached(), at=DEADLINE - 60_000)
    assert events == [EventType.EXPIRED]
    assert after(session, DeadlineBroughtForward(CREATED_AT))[0] is session
