"""A merchant's decisions by hand: accept what arrived, or give the session up."""

from __future__ import annotations

import pytest
from attrs import evolve

from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    DeadlineReached,
    FailRequested,
    OutputMissing,
    OutputWithdrawn,
    ScoreMoved,
    Watched,
)
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import EventType, PaidState, Session, SessionStatus
from tests.sample_sessions import CREATED_AT, TTL_MS, a_session, after, kas, outpoint, seen

DEADLINE = CREATED_AT + TTL_MS
LATER = DEADLINE + 3_600_000


def expired(*before_the_deadline: object) -> Session:
    session, _ = after(a_session(), *before_the_deadline)  # type: ignore[arg-type]
    return after(session, DeadlineReached(), at=DEADLINE)[0]


def test_a_part_paid_session_can_be_accepted_while_it_waits() -> None:
    part_paid, _ = after(a_session(), seen(1, 3, 1_005), seen(2, 3, 1_006))
    session, events = after(part_paid, AcceptRequested(), at=CREATED_AT + 5_000)
    assert events == [EventType.CONFIRMED]
    assert session.status is SessionStatus.CONFIRMED
    assert session.confirmed_at == session.closed_at == CREATED_AT + 5_000
    # The last payment completed what was accepted.
    assert session.tx_id == outpoint(2).transaction_id
    assert session.paid_at == CREATED_AT + 1_000
    # The stored amounts do not change.
    assert (session.received, session.paid_state) == (kas(6), PaidState.PARTIAL)
    assert session.remaining == kas(4)
    assert session.confirmations(None) == session.required_confirmations


def test_payments_of_an_accepted_session_go_on_by_themselves() -> None:
    session, _ = after(a_session(), seen(1, 6, 1_005), AcceptRequested())
    assert session.payments[0].state is PaymentState.ACCEPTED
    assert session.is_active
    deep, events = after(session, ScoreMoved(1_015))
    assert events == []
    assert deep.payments[0].state is PaymentState.CONFIRMED
    assert not deep.is_active
    gone, events = after(session, OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1)))
    assert events == [EventType.REVERTED]
    assert (gone.status, gone.received) == (SessionStatus.CONFIRMED, 0)


def test_money_after_an_acceptance_is_surplus_whatever_was_missing() -> None:
    session, _ = after(a_session(), seen(1, 6, 1_005), AcceptRequested())
    session, events = after(session, seen(2, 4, 1_010))
    assert events == [EventType.OVERPAID]
    assert session.status is SessionStatus.CONFIRMED
    assert not session.late


def test_late_money_can_be_accepted_and_stays_late() -> None:
    session, _ = after(expired(), seen(1, 10, 1_050, at=LATER), at=LATER)
    session, events = after(session, AcceptRequested(), at=LATER + 60_000)
    assert events == [EventType.CONFIRMED]
    assert session.late
    assert session.tx_id == outpoint(1).transaction_id
    assert session.paid_at == LATER
    assert session.confirmed_at == session.closed_at == LATER + 60_000


def test_the_payment_that_was_enough_completed_it_not_what_came_after() -> None:
    money = seen(1, 6, 1_050, at=LATER), seen(2, 5, 1_051, at=LATER), seen(3, 1, 1_052, at=LATER)
    session, _ = after(expired(), *money, AcceptRequested(), at=LATER)
    assert session.tx_id == outpoint(2).transaction_id


def test_an_expired_session_that_was_paid_elsewhere_can_be_accepted() -> None:
    session, events = after(expired(), AcceptRequested(), at=LATER)
    assert events == [EventType.CONFIRMED]
    assert (session.tx_id, session.paid_at) == (None, None)
    assert (session.received, session.paid_state) == (0, PaidState.NONE)


def test_a_cancelled_session_can_be_accepted() -> None:
    session, _ = after(a_session(), CancelRequested(), AcceptRequested())
    assert session.status is SessionStatus.CONFIRMED


def test_a_withdrawn_payment_is_no_part_to_accept() -> None:
    session, _ = after(
        a_session(), seen(1, 6, 1_005), OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1))
    )
    assert after(session, AcceptRequested()) == (session, [])
    session, _ = after(session, DeadlineReached(), AcceptRequested(), at=DEADLINE)
    assert session.status is SessionStatus.CONFIRMED
    assert session.tx_id is None


@pytest.mark.parametrize("status", [SessionStatus.CREATED, SessionStatus.PENDING])
def test_an_unpaid_session_is_not_accepted(status: SessionStatus) -> None:
    session = a_session(status=status)
    assert after(session, AcceptRequested()) == (session, [])


def test_what_confirms_by_itself_is_not_accepted() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005))
    assert after(session, AcceptRequested()) == (session, [])


def test_what_nobody_can_prove_is_accepted_by_the_merchants_word() -> None:
    in_question, _ = after(a_session(), seen(1, 10, 1_005), OutputMissing(outpoint(1)))
    session, events = after(in_question, AcceptRequested())
    assert (session.status, events) == (SessionStatus.CONFIRMED, [EventType.CONFIRMED])
    assert session.tx_id == outpoint(1).transaction_id


def test_what_only_lacks_a_second_source_is_accepted_by_the_merchants_word() -> None:
    large = evolve(a_session(), needs_attestation=True)
    shallow, _ = after(large, seen(1, 10, 1_005), score=1_014)
    assert after(shallow, AcceptRequested(), score=1_014) == (shallow, [])
    session, events = after(shallow, AcceptRequested(), score=1_015)
    assert (session.status, events) == (SessionStatus.CONFIRMED, [EventType.CONFIRMED])


def test_a_confirmed_session_is_neither_accepted_nor_failed() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005), ScoreMoved(1_015))
    assert after(session, AcceptRequested(), FailRequested()) == (session, [])


@pytest.mark.parametrize(
    "paid", [(), (seen(1, 6, 1_005),), (seen(1, 10, 1_005),)], ids=["unpaid", "partial", "covered"]
)
def test_anything_that_is_not_confirmed_can_be_given_up(paid: tuple[object, ...]) -> None:
    open_session, _ = after(a_session(), *paid)  # type: ignore[arg-type]
    session, events = after(open_session, FailRequested(), at=CREATED_AT + 9_000)
    assert events == [EventType.FAILED]
    assert session.status is SessionStatus.FAILED
    assert session.closed_at == CREATED_AT + 9_000
    assert session.confirmed_at is None
    assert not session.late
    assert session.received == open_session.received
    assert session.deadline is None


def test_a_session_that_nobody_watches_yet_can_be_given_up() -> None:
    session, _ = after(a_session(status=SessionStatus.CREATED), FailRequested(), Watched())
    assert session.status is SessionStatus.FAILED


def test_an_expired_session_can_be_given_up() -> None:
    session, events = after(expired(), FailRequested(), at=LATER)
    assert events == [EventType.FAILED]
    assert session.closed_at == LATER


def test_failed_is_final() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_005), FailRequested())
    again = FailRequested(), AcceptRequested(), CancelRequested(), DeadlineReached()
    assert after(session, *again, at=DEADLINE) == (session, [])
    session, events = after(session, ScoreMoved(2_000))
    assert events == []
    assert session.status is SessionStatus.FAILED


def test_money_after_a_failure_is_recorded_as_late() -> None:
    session, _ = after(a_session(), FailRequested())
    session, events = after(session, seen(1, 10, 1_005))
    assert events == [EventType.LATE]
    assert session.late
    assert session.received == kas(10)
    assert session.status is SessionStatus.FAILED
