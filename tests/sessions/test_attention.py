"""Sessions that need a merchant's attention: each reason, when it ends, and any history."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.sessions.attention import AttentionReason, bits, reasons, reasons_of_bits
from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    DeadlineReached,
    DismissRequested,
    FailRequested,
    Moment,
    Observation,
    OutputMissing,
    OutputWithdrawn,
    ScoreMoved,
)
from kasgate.sessions.session import EventType, PaidState, Session, SessionStatus
from kasgate.sessions.transitions import step
from tests.sample_sessions import CREATED_AT, TTL_MS, a_session, after, kas, outpoint, seen

LATE, PARTIAL, OVERPAID, REVERTED = AttentionReason
DEADLINE = CREATED_AT + TTL_MS
AFTERWARDS = DEADLINE + 3_600_000


def later(session: Session, *observations: Observation, score: int = 1_005) -> Session:
    """An hour past its deadline."""
    return after(session, *observations, at=AFTERWARDS, score=score)[0]


def withdrawal(number: int) -> tuple[Observation, Observation]:
    return OutputMissing(outpoint(number)), OutputWithdrawn(outpoint(number))


def late(number: int, amount: float) -> Observation:
    return seen(number, amount, 1_005, at=AFTERWARDS)


def expired(*money: Observation, **terms: object) -> Session:
    return later(after(a_session(**terms), *money)[0], DeadlineReached())


PART = seen(1, 4, 1_005)
WHOLE = seen(1, 10, 1_005)
SURPLUS = seen(2, 1, 1_005)


def confirmed(*money: Observation, **terms: object) -> Session:
    session = after(a_session(**terms), *money, ScoreMoved(1_020), score=1_020)[0]
    assert session.status is SessionStatus.CONFIRMED
    return session


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (a_session(), ()),
        (after(a_session(), PART)[0], ()),
        (after(a_session(), WHOLE, SURPLUS)[0], ()),
        (expired(), ()),
        (expired(PART), (PARTIAL,)),
        (after(a_session(), PART, CancelRequested())[0], (PARTIAL,)),
        (after(a_session(), PART, FailRequested())[0], (PARTIAL,)),
        (later(expired(), late(1, 4)), (LATE, PARTIAL)),
        (later(expired(), late(1, 10)), (LATE,)),
        (later(expired(PART), late(2, 9)), (LATE, OVERPAID)),
        (confirmed(WHOLE), ()),
        (confirmed(seen(1, 9.9, 1_005), tolerance=kas(0.2)), ()),
        (confirmed(WHOLE, SURPLUS), (OVERPAID,)),
        (later(confirmed(WHOLE), late(2, 1)), (OVERPAID,)),
        (after(a_session(), WHOLE, *withdrawal(1))[0], (REVERTED,)),
        (later(after(a_session(), WHOLE, *withdrawal(1))[0], DeadlineReached()), (REVERTED,)),
        (expired(PART, *withdrawal(1)), ()),
    ],
)
def test_each_reason_for_attention_is_found(
    session: Session, expected: tuple[AttentionReason, ...]
) -> None:
    assert reasons(session) == expected
    assert reasons_of_bits(bits(session)) == expected


@pytest.mark.parametrize(
    "decision", [AcceptRequested(), FailRequested(), DismissRequested()], ids=str
)
def test_a_decision_is_the_end_of_it_until_more_happens(decision: Observation) -> None:
    session = later(expired(PART), late(2, 1), decision)
    assert reasons(session) == ()
    # The payment is known already; the same observation again is not news.
    assert reasons(later(session, late(2, 1), ScoreMoved(2_000))) == ()
    assert reasons(later(session, late(3, 1))) != ()
    assert reasons(later(session, late(3, 1), DismissRequested())) == ()


def test_money_that_was_dismissed_and_withdrawn_does_not_hide_other_money() -> None:
    dismissed = later(expired(), late(1, 6), DismissRequested())
    gone = later(dismissed, *withdrawal(1))
    assert reasons(gone) == ()
    assert reasons(later(gone, late(2, 2))) == (LATE, PARTIAL)


def test_what_is_dismissed_while_it_is_open_still_counts_when_it_closes() -> None:
    reverted = after(a_session(), PART, seen(2, 6, 1_005), *withdrawal(2))[0]
    dismissed = after(reverted, DismissRequested())[0]
    assert dismissed.status is SessionStatus.PENDING
    assert reasons(dismissed) == ()
    assert reasons(later(dismissed, DeadlineReached())) == (PARTIAL,)


def test_a_payment_that_comes_back_and_confirms_needs_nobody() -> None:
    reverted = after(a_session(), WHOLE, *withdrawal(1))[0]
    again = after(reverted, WHOLE)[0]
    assert reasons(again) == (REVERTED,)
    assert reasons(after(again, ScoreMoved(1_020), score=1_020)[0]) == ()


def test_late_money_that_the_merchants_rule_takes_is_a_payment_like_any() -> None:
    patient = expired(PART, late_acceptance_ms=2 * 3_600_000)
    dismissed = later(patient, DismissRequested())
    paid = later(dismissed, late(2, 6))
    assert paid.status is SessionStatus.CONFIRMING
    final = later(paid, ScoreMoved(1_020), score=1_020)
    assert (final.status, reasons(final)) == (SessionStatus.CONFIRMED, ())
    assert reasons(later(final, late(3, 1))) == (OVERPAID,)


def test_an_accepted_part_that_is_withdrawn_is_told_and_heals() -> None:
    accepted = after(a_session(), PART, AcceptRequested())[0]
    assert reasons(accepted) == ()
    reverted = after(accepted, *withdrawal(1))[0]
    assert reasons(reverted) == (REVERTED,)
    assert reasons(after(reverted, PART)[0]) == ()
    assert reasons(after(reverted, DismissRequested())[0]) == ()


def test_a_surplus_that_is_withdrawn_after_it_was_dismissed_is_nothing_new() -> None:
    session = later(confirmed(WHOLE), late(2, 1), DismissRequested(), *withdrawal(2))
    assert reasons(session) == ()
    assert reasons(later(session, late(3, 1))) == (OVERPAID,)


def test_where_nothing_needs_attention_there_is_nothing_to_dismiss() -> None:
    for session in (a_session(), after(a_session(), PART)[0], confirmed(WHOLE), expired()):
        assert after(session, DismissRequested()) == (session, [])
    dismissed, events = after(expired(PART), DismissRequested())
    assert events == []
    assert dismissed.status is SessionStatus.EXPIRED
    assert after(dismissed, DismissRequested()) == (dismissed, [])


NUMBERS = st.integers(1, 4)
OBSERVATIONS = st.one_of(
    st.builds(
        lambda number, amount, is_late: (late if is_late else at_once)(number, amount),
        NUMBERS,
        st.sampled_from([1, 4, 6, 10, 12]),
        st.booleans(),
    ).map(lambda one: (one,)),
    NUMBERS.map(withdrawal),
    st.integers(1_000, 1_030).map(lambda score: (ScoreMoved(score),)),
    st.sampled_from(
        [
            (DeadlineReached(),),
            (CancelRequested(),),
            (AcceptRequested(),),
            (FailRequested(),),
            (DismissRequested(),),
        ]
    ),
)


def at_once(number: int, amount: float) -> Observation:
    return seen(number, amount, 1_005)


@given(
    st.lists(OBSERVATIONS, max_size=25),
    st.sampled_from([0, 0, kas(0.5)]),
    st.sampled_from([0, 2 * 3_600_000]),
)
def test_in_any_history_nothing_is_missed_and_decisions_hold(
    history: list[tuple[Observation, ...]], tolerance: int, patience: int
) -> None:
    session = a_session(tolerance=tolerance, late_acceptance_ms=patience)
    was_decided = False
    for observation in (one for some in history for one in some):
        before = session
        session, events = step(before, observation, Moment(AFTERWARDS, 1_010))
        types = [event.type for event in events]
        why = reasons(session)
        assert reasons_of_bits(bits(session)) == why
        is_decision = isinstance(observation, AcceptRequested | FailRequested | DismissRequested)
        if is_decision and session is not before:
            was_decided = True
            is_given_up = isinstance(observation, FailRequested) and before.is_open
            assert set(why) <= ({LATE, PARTIAL, OVERPAID} if is_given_up else set())
        if session.status in (SessionStatus.EXPIRED, SessionStatus.FAILED):
            if types[-1:] == [EventType.LATE]:
                assert LATE in why
            if not was_decided:
                assert (LATE in why) == session.late
                assert (PARTIAL in why) == (session.paid_state is PaidState.PARTIAL)
                assert (OVERPAID in why) == (session.paid_state is PaidState.OVER)
        if session.status is SessionStatus.CONFIRMED and not was_decided:
            assert (OVERPAID in why) == (session.received > session.amount)
        if EventType.REVERTED in types and before.status is SessionStatus.CONFIRMING:
            assert REVERTED in why
        if session.is_open:
            assert set(why) <= {REVERTED}
