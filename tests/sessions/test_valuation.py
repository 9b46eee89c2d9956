"""Values of payments: the arithmetic, and what the state machine keeps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kasgate.currency import DECIMALS
from kasgate.money import MAX_SOMPI, SOMPI_PER_KAS, Sompi
from kasgate.rates.market import plain
from kasgate.sessions.observations import Moment, OutputMissing, OutputWithdrawn
from kasgate.sessions.session import Session
from kasgate.sessions.transitions import step
from kasgate.sessions.valuation import (
    MOST_MINOR,
    VALUED_WITHIN_MS,
    PaymentValue,
    ValueRate,
    ValueSum,
    minor_text,
    value_of,
)
from tests.sample_sessions import CREATED_AT, a_session, kas, outpoint, seen

RATE = ValueRate("EUR", "0.02758", 2, CREATED_AT)
OTHER = ValueRate("USD", "0.5", 2, CREATED_AT + 9)
AT = CREATED_AT + 1_000

rates = st.decimals("0.000000001", "1000000000", allow_nan=False, places=9)


@given(
    amount=st.integers(1, MAX_SOMPI).map(Sompi),
    rate=rates,
    decimals=st.sampled_from(sorted(set(DECIMALS.values()))),
)
def test_a_value_is_within_half_a_unit_of_the_exact_one(
    amount: Sompi, rate: object, decimals: int
) -> None:
    text = plain(rate)  # type: ignore[arg-type]
    exact = Fraction(amount, SOMPI_PER_KAS) * Fraction(text) * 10**decimals
    value = value_of(amount, ValueRate("EUR", text, decimals, 1))
    if value is None:
        assert exact >= MOST_MINOR
    else:
        assert Fraction(-1, 2) < value.minor - exact <= Fraction(1, 2)
        assert (value.rate, value.at) == (text, 1)


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [(1999, 2, "19.99"), (5, 2, "0.05"), (0, 2, "0.00"), (1999, 0, "1999"), (120, 2, "1.20")],
)
def test_a_value_is_written_with_all_decimals(minor: int, decimals: int, text: str) -> None:
    assert minor_text(minor, decimals) == text


def test_halves_are_rounded_up() -> None:
    half = value_of(Sompi(SOMPI_PER_KAS), ValueRate("EUR", "0.125", 2, 1))
    assert half == PaymentValue("EUR", "0.125", 13, 1)


def first(session: Session, rate: ValueRate | None, at: int = AT, **changes: object) -> Session:
    output = evolve(seen(1, 4, 1_005, at=AT), **changes)  # type: ignore[arg-type]
    session, _ = step(session, output, Moment(at, 1_005, rate))
    return session


def value_in(session: Session) -> PaymentValue | None:
    (payment,) = session.payments
    return payment.value


def test_a_payment_has_the_value_at_the_rate_of_its_time() -> None:
    assert value_in(first(a_session(), RATE)) == PaymentValue("EUR", "0.02758", 11, CREATED_AT)
    assert value_in(first(a_session(), None)) is None


def test_the_rate_of_the_price_is_not_that_of_the_payment() -> None:
    priced = a_session(fiat={"value": "1.00", "currency": "EUR", "rate": "0.1"})
    value = value_in(first(priced, RATE))
    assert value is not None
    assert value.rate == "0.02758"


def test_a_payment_that_is_found_too_late_has_no_value() -> None:
    assert value_in(first(a_session(), RATE, at=AT + VALUED_WITHIN_MS)) is not None
    assert value_in(first(a_session(), RATE, at=AT + VALUED_WITHIN_MS + 1)) is None


def test_an_output_that_never_counts_has_no_value() -> None:
    assert value_in(first(a_session(), RATE, credited=False)) is None


def test_a_value_never_changes() -> None:
    session = first(a_session(), RATE)
    known = value_in(session)
    again = seen(1, 4, 1_009, at=AT + 5_000)
    for observation in (again, OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1)), again):
        session, _ = step(session, observation, Moment(AT + 5_000, 1_009, OTHER))
        assert value_in(session) == known
    assert session.received == kas(4)


def test_a_currency_set_later_values_nothing_that_came_before() -> None:
    session = first(a_session(), None)
    session, _ = step(session, seen(1, 4, 1_006, at=AT), Moment(AT + 1, 1_006, RATE))
    assert value_in(session) is None


def test_sums_tell_what_they_leave_out() -> None:
    assert ValueSum("EUR", 5, 1, 2) + ValueSum("EUR", 7, 2, 0) == ValueSum("EUR", 12, 3, 2)
