"""A session's own terms: its tolerance, and whether it needs a second source."""

from __future__ import annotations

import pytest

from kasgate.sessions.observations import (
    OutputMissing,
    OutputSpent,
    OutputWithdrawn,
    PaymentAttested,
    ScoreMoved,
)
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import EventType, PaidState, Session, SessionStatus
from tests.sample_sessions import a_session, after, kas, outpoint, seen

# Tolerance


def tolerant(tolerance: float) -> Session:
    return a_session(tolerance=kas(tolerance))


def test_what_is_tolerated_need_not_be_paid() -> None:
    session, events = after(tolerant(0.1), seen(1, 9.9, 1_005))
    assert events == [EventType.CONFIRMING]
    assert session.remaining == 0
    session, events = after(session, ScoreMoved(1_015))
    assert events == [EventType.CONFIRMED]
    assert session.confirmations(1_015) == 10


def test_the_books_say_what_came_all_the_same() -> None:
    session, _ = after(tolerant(0.1), seen(1, 9.95, 1_005))
    assert session.paid_state is PaidState.PARTIAL
    assert session.received == kas(9.95)


def test_a_sompi_less_than_tolerated_asks_for_the_whole_rest() -> None:
    session, events = after(tolerant(0.1), seen(1, 9.89999999, 1_005))
    assert events == [EventType.PARTIAL]
    assert session.remaining == kas(0.10000001)


def test_confirmations_count_from_the_payment_that_was_enough() -> None:
    session, _ = after(tolerant(1), seen(1, 5, 1_005), seen(2, 4, 1_008), seen(3, 1, 1_014))
    assert session.tx_id == outpoint(2).transaction_id
    assert session.confirmations(1_016) == 8
    assert after(session, ScoreMoved(1_018))[1] == [EventType.CONFIRMED]


def test_filling_the_tolerated_gap_is_no_overpayment() -> None:
    session, _ = after(tolerant(1), seen(1, 9, 1_005))
    filled, events = after(session, seen(2, 1, 1_006))
    assert events == []
    assert filled.paid_state is PaidState.EXACT
    over, events = after(filled, seen(3, 1, 1_007))
    assert events == [EventType.OVERPAID]
    assert over.paid_state is PaidState.OVER


def test_after_the_confirmation_all_money_is_told() -> None:
    session, _ = after(tolerant(1), seen(1, 9, 1_005), ScoreMoved(1_015))
    assert after(session, seen(2, 1, 1_020))[1] == [EventType.OVERPAID]


def test_a_reorg_that_leaves_enough_changes_no_state() -> None:
    session, _ = after(tolerant(1), seen(1, 1, 1_005), seen(2, 9, 1_006))
    session, events = after(session, OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1)))
    assert events == [EventType.REVERTED]
    assert session.status is SessionStatus.CONFIRMING
    assert session.tx_id == outpoint(2).transaction_id


@pytest.mark.parametrize("tolerance", [10, 11])
def test_nothing_at_all_is_never_enough(tolerance: float) -> None:
    session = tolerant(tolerance)
    assert session.enough == 1
    assert not session.is_covered


# A second source


def big() -> Session:
    session, _ = after(a_session(needs_attestation=True), seen(1, 10, 1_005))
    return session


def test_a_deep_payment_waits_for_the_second_source() -> None:
    session, events = after(big(), ScoreMoved(1_015), score=1_015)
    assert events == []
    assert session.status is SessionStatus.CONFIRMING
    assert session.payments[0].state is PaymentState.ACCEPTED
    assert session.confirmations(1_015) == 10
    assert [p.outpoint for p in session.unattested(1_015)] == [outpoint(1)]
    # No score can confirm it now.
    assert session.next_due_score(1_015) is None

    session, events = after(session, PaymentAttested(outpoint(1)), score=1_016)
    assert events == []
    assert session.unattested(1_016) == ()
    session, events = after(session, ScoreMoved(1_017), score=1_017)
    assert events == [EventType.CONFIRMED]


def test_every_payment_that_is_needed_has_to_be_attested() -> None:
    session, _ = after(a_session(needs_attestation=True), seen(1, 6, 1_005), seen(2, 4, 1_006))
    session, _ = after(session, PaymentAttested(outpoint(1)), ScoreMoved(1_020), score=1_020)
    assert session.status is SessionStatus.CONFIRMING
    assert session.payments[0].state is PaymentState.CONFIRMED
    session, events = after(session, PaymentAttested(outpoint(2)), ScoreMoved(1_021), score=1_021)
    assert events == [EventType.CONFIRMED]


def test_a_word_about_a_payment_that_is_not_deep_is_no_answer() -> None:
    session = big()
    assert after(session, PaymentAttested(outpoint(1)), score=1_014) == (session, [])
    assert after(session, PaymentAttested(outpoint(2)), score=1_020) == (session, [])


def test_a_payment_that_moved_has_to_be_attested_again() -> None:
    session, _ = after(big(), PaymentAttested(outpoint(1)), score=1_015)
    same_place, _ = after(session, seen(1, 10, 1_005))
    assert same_place.payments[0].attested
    moved, _ = after(session, seen(1, 10, 1_007))
    assert not moved.payments[0].attested
    assert after(moved, ScoreMoved(1_020), score=1_020)[1] == []


def test_a_withdrawn_payment_that_comes_back_has_to_be_attested_again() -> None:
    session, _ = after(big(), PaymentAttested(outpoint(1)), score=1_015)
    gone, _ = after(session, OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1)))
    assert not gone.payments[0].attested
    back, _ = after(gone, seen(1, 10, 1_005), ScoreMoved(1_030), score=1_030)
    assert back.status is SessionStatus.CONFIRMING


def test_a_spent_payment_is_asked_about_once_its_depth_is_proven() -> None:
    session, _ = after(big(), OutputMissing(outpoint(1)), OutputSpent(outpoint(1), 1_010))
    assert session.unattested(1_020) == ()
    assert session.next_due_score(1_020) == 1_015
    session, _ = after(session, OutputSpent(outpoint(1), 1_016), score=1_016)
    assert len(session.unattested(1_016)) == 1
    session, events = after(session, PaymentAttested(outpoint(1)), ScoreMoved(1_017), score=1_017)
    assert events == [EventType.CONFIRMED]


def test_small_sessions_need_nobodys_word() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005))
    assert session.unattested(2_000) == ()
    assert after(session, PaymentAttested(outpoint(1)), score=2_000) == (session, [])


def test_attestation_is_no_confirmation_of_a_missing_output() -> None:
    session, _ = after(big(), PaymentAttested(outpoint(1)), score=1_015)
    session, events = after(session, OutputMissing(outpoint(1)), ScoreMoved(1_030), score=1_030)
    assert events == []
    assert session.status is SessionStatus.CONFIRMING
