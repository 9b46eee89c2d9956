"""Prices: how they are written, and their amounts in KAS."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.currency import DECIMALS, FiatAmount, PriceError, fiat_amount
from kasgate.money import MAX_SOMPI, AmountError
from kasgate.rates.market import MarketRate, Voice
from kasgate.rates.price import FiatPrice, fiat_price, to_sompi
from tests.rates.answers import NOW

values = st.decimals("0.01", "1000000", places=2)
rates = st.decimals("0.0001", "10000", places=12)


def rate_of(text: str, currency: str = "EUR") -> MarketRate:
    voices = tuple(Voice(name, name, Decimal(text), NOW) for name in ("bybit", "gate", "kraken"))
    return MarketRate(currency, Decimal(text), voices, NOW)


@pytest.mark.parametrize(
    ("value", "currency"), [("19.99", "EUR"), ("5", "USD"), ("0.01", "CHF"), ("1999", "JPY")]
)
def test_a_price_is_kept_as_it_was_written(value, currency):
    assert fiat_amount(value, currency) == FiatAmount(value, currency)


@pytest.mark.parametrize(
    ("value", "currency", "field"),
    [
        ("19.999", "EUR", "value"),
        ("19.9", "JPY", "value"),
        ("-1", "EUR", "value"),
        ("1e3", "EUR", "value"),
        ("1,99", "EUR", "value"),
        (" 1", "EUR", "value"),
        ("٣", "EUR", "value"),
        ("", "EUR", "value"),
        ("1.", "EUR", "value"),
        ("0.00", "EUR", "value"),
        ("9" * 16, "EUR", "value"),
        ("1", "eur", "currency"),
        ("1", "BTC", "currency"),
        ("1", "USDT", "currency"),
    ],
)
def test_what_is_no_price_is_refused_by_its_field(value, currency, field):
    with pytest.raises(PriceError) as caught:
        fiat_amount(value, currency)
    assert caught.value.field == field


def test_the_amount_is_rounded_up_at_the_eighth_decimal():
    assert to_sompi(Decimal(1), Decimal(3)) == 33_333_334
    assert to_sompi(Decimal("19.99"), Decimal("0.02758")) == 72_480_058_014
    assert to_sompi(Decimal(3), Decimal(3)) == 100_000_000, "what comes out even stays"


@given(values, rates)
def test_the_amount_is_the_least_that_is_worth_the_price(value, rate):
    sompi = to_sompi(value, rate)
    worth = Fraction(sompi, 10**8) * Fraction(rate)
    worth_of_one_less = Fraction(sompi - 1, 10**8) * Fraction(rate)
    assert worth_of_one_less < Fraction(value) <= worth


@given(values, values, rates)
def test_a_higher_price_never_asks_for_less(one, other, rate):
    low, high = sorted((one, other))
    assert to_sompi(low, rate) <= to_sompi(high, rate)


def test_a_price_of_more_than_all_coins_is_refused():
    assert to_sompi(Decimal(29), Decimal("0.000000001")) == MAX_SOMPI
    with pytest.raises(AmountError):
        to_sompi(Decimal(30), Decimal("0.000000001"))


def test_a_price_remembers_what_it_was_made_of():
    sompi, price = fiat_price(fiat_amount("19.99", "EUR"), rate_of("0.02758"))
    assert sompi == 72_480_058_014
    assert price == FiatPrice("19.99", "EUR", "0.02758", ("bybit", "gate", "kraken"), NOW)
    assert to_sompi(Decimal(price.value), Decimal(price.rate)) == sompi, "reckoned again"
    assert price.stored() == {
        "value": "19.99",
        "currency": "EUR",
        "rate": "0.02758",
        "sources": ["bybit", "gate", "kraken"],
        "at": NOW,
    }


def test_a_rate_of_another_currency_is_a_bug():
    with pytest.raises(ValueError, match="a rate of EUR for a price in USD"):
        fiat_price(fiat_amount("1", "USD"), rate_of("1"))


def test_no_currency_has_more_decimals_than_a_price_may_have():
    assert set(DECIMALS.values()) <= {0, 1, 2, 3, 4}
