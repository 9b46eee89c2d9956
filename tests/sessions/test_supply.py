"""A session never receives more than the supply, however many outputs a node reports."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kasgate.money import MAX_SOMPI, Sompi
from kasgate.sessions.observations import OutputMissing, OutputSeen, OutputWithdrawn
from kasgate.sessions.session import EventType, SessionStatus
from tests.sample_sessions import CREATED_AT, a_session, after, kas, outpoint, seen


def all_there_is(number: int, *, less: int = 0) -> OutputSeen:
    return OutputSeen(outpoint(number), Sompi(MAX_SOMPI - less), 1_005, CREATED_AT + 1_000)


def test_what_would_be_more_than_the_supply_is_listed_and_not_counted() -> None:
    session, events = after(a_session(), all_there_is(1), all_there_is(2), seen(3, 1, 1_005))
    assert events == [EventType.CONFIRMING, EventType.OVERPAID]
    assert session.received == MAX_SOMPI
    assert [payment.credited for payment in session.payments] == [True, False, False]


def test_a_session_is_covered_by_honest_money_whatever_else_is_told() -> None:
    session, _ = after(a_session(amount=kas(10)), seen(1, 4, 1_005), all_there_is(2))
    assert (session.status, session.received) == (SessionStatus.PENDING, kas(4))
    session, events = after(session, seen(3, 6, 1_006))
    assert (events, session.received) == ([EventType.CONFIRMING], kas(10))


def test_what_was_withdrawn_makes_room() -> None:
    gone = OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1))
    session, _ = after(a_session(), all_there_is(1), *gone, all_there_is(2), all_there_is(1))
    assert session.received == MAX_SOMPI


@given(st.lists(st.integers(0, MAX_SOMPI), max_size=12))
def test_no_sum_is_ever_more_than_the_supply(amounts: list[int]) -> None:
    told = [
        OutputSeen(outpoint(number), Sompi(amount), 1_005, CREATED_AT)
        for number, amount in enumerate(amounts)
    ]
    session, _ = after(a_session(), *told)
    assert session.received <= MAX_SOMPI
    assert sorted(payment.amount for payment in session.payments) == sorted(amounts)
