"""One rate from many sources."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kasgate.currency import DECIMALS
from kasgate.rates.market import (
    FARTHEST,
    MarketRate,
    Missing,
    RatesUnavailable,
    market_rate,
    median,
    plain,
)
from kasgate.rates.quotes import Quote, Reading
from kasgate.rates.sources import SOURCES
from tests.rates.answers import ANSWERS, NOW

prices = st.decimals("0.00001", "1000", places=6)


def said(
    source: str, *quotes: tuple[str, str, str], origin: str = "", at: int = NOW, good_s: int = 300
) -> Reading:
    parts = tuple(Quote(base, currency, Decimal(price)) for base, currency, price in quotes)
    return Reading(source, origin or source, parts, at, at + good_s * 1000)


def dollars(source: str, price: str, **more: int | str) -> Reading:
    return said(source, ("KAS", "USD", price), **more)  # type: ignore[arg-type]


def everybody() -> list[Reading]:
    """The readings of all sources on an ordinary day."""
    found = []
    for name, source in SOURCES.items():
        parsed = source.parse(ANSWERS[name]())
        at = NOW if parsed.at is None else parsed.at
        good_until = at + source.good_for_s * 1000
        found.append(Reading(name, source.origin, parsed.quotes, at, good_until))
    return found


def why_not(currency: str, readings: list[Reading], now: int = NOW) -> Missing:
    with pytest.raises(RatesUnavailable) as caught:
        market_rate(currency, readings, now)
    assert currency in str(caught.value)
    return caught.value.why


def test_on_an_ordinary_day_six_sources_make_the_rate():
    rate = market_rate("USD", everybody(), NOW)
    # kaspa and coingecko have one origin and count once; of equals the later name is used.
    assert rate.sources == ("bybit", "gate", "kaspa", "kraken", "kucoin", "mexc")
    assert Decimal("0.0319") < rate.rate < Decimal("0.0321")
    assert rate.at == NOW


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("EUR", "0.02758"), ("GBP", "0.0239"), ("JPY", "4.886"), ("CHF", "0.02566"), ("SEK", "0.303")],
)
def test_other_currencies_come_directly_or_by_way_of_the_dollar(currency, expected):
    rate = market_rate(currency, everybody(), NOW)
    assert abs(rate.rate / Decimal(expected) - 1) < Decimal("0.003")
    assert len(rate.voices) >= 5


def test_a_currency_that_nobody_knows_has_no_rate():
    assert why_not("NOK", everybody()) is Missing.CURRENCY
    assert why_not("XXX", everybody()) is Missing.CURRENCY


def test_three_independent_sources_are_enough_and_two_are_not():
    three = [dollars("a", "3"), dollars("b", "1"), dollars("c", "1.05")]
    two = three[1:]
    assert why_not("USD", two) is Missing.TOO_FEW
    assert why_not("USD", three) is Missing.DISAGREE, "the third is thrice as dear"
    assert market_rate("USD", [*two, dollars("d", "1.1")], NOW).rate == Decimal("1.05")


def test_sources_of_one_origin_count_once_with_the_newest_reading():
    copy = dollars("copy", "1.02", origin="b", at=NOW - 1)
    readings = [dollars("a", "1"), dollars("b", "1.01"), copy]
    assert why_not("USD", readings) is Missing.TOO_FEW
    rate = market_rate("USD", [*readings, dollars("c", "1.03")], NOW)
    assert rate.sources == ("a", "b", "c")


def test_what_is_too_old_does_not_count():
    readings = [dollars(name, "1") for name in "abc"]
    assert market_rate("USD", readings, NOW + 300_000).rate == 1
    assert why_not("USD", readings, NOW + 300_001) is Missing.TOO_FEW


def test_what_is_said_to_come_from_the_future_does_not_count():
    assert why_not("USD", [dollars(name, "1") for name in "abc"], NOW - 1) is Missing.TOO_FEW


def test_the_rate_is_as_old_as_its_oldest_voice():
    readings = [dollars("a", "1"), dollars("b", "1", at=NOW - 9_000), dollars("c", "1")]
    assert market_rate("USD", readings, NOW).at == NOW - 9_000


def test_an_absurd_price_among_four_changes_nothing():
    sane = [dollars("a", "0.0320"), dollars("b", "0.0321"), dollars("c", "0.0322")]
    rate = market_rate("USD", [*sane, dollars("d", "32")], NOW)
    assert rate.rate == Decimal("0.0321")
    assert rate.sources == ("a", "b", "c")


def test_two_equal_groups_of_sources_make_no_rate():
    low = [dollars(name, "1") for name in "abc"]
    high = [dollars(name, "2") for name in "def"]
    assert why_not("USD", [*low, *high]) is Missing.DISAGREE


def test_three_sources_that_agree_are_not_enough_against_four_that_do_not():
    agreed = [dollars(name, "1") for name in "abc"]
    others = [dollars(name, price) for name, price in zip("defg", "5689", strict=True)]
    low = [dollars(name, f"0.{digit}") for name, digit in zip("de", "56", strict=True)]
    high = [dollars(name, price) for name, price in zip("fg", ("2", "2.2"), strict=True)]
    assert why_not("USD", [*agreed, *low, *high]) is Missing.DISAGREE
    assert market_rate("USD", [*agreed, *low], NOW).rate == 1
    assert why_not("USD", [*agreed, *others]) is Missing.DISAGREE


def test_a_tether_off_its_peg_excludes_the_sources_that_quote_it():
    exchanges = [said(name, ("KAS", "USDT", "0.032")) for name in "abc"]
    fine = said("peg", ("USDT", "USD", "0.999"))
    assert market_rate("USD", [*exchanges, fine], NOW).rate == Decimal("0.031968")
    broken = said("peg", ("USDT", "USD", "0.6"))
    assert why_not("USD", [*exchanges, broken]) is Missing.TOO_FEW
    assert why_not("USD", exchanges) is Missing.TOO_FEW, "a dollar is never assumed"
    argument = said("other", ("USDT", "USD", "1.06"))
    assert why_not("USD", [*exchanges, fine, argument]) is Missing.TOO_FEW


def test_exchange_rates_that_contradict_each_other_are_not_used():
    coins = [dollars(name, "1") for name in "abc"]
    bank = said("bank", ("USD", "EUR", "0.86"))
    assert market_rate("EUR", [*coins, bank], NOW).rate == Decimal("0.86")
    other = said("other", ("USD", "EUR", "0.91"))
    assert why_not("EUR", [*coins, bank, other]) is Missing.CURRENCY
    assert market_rate("USD", [*coins, bank, other], NOW).rate == 1, "the dollar goes on"


def test_a_rate_has_twelve_digits_at_most():
    readings = [dollars("a", "0.1"), dollars("b", "0.1000000000000123"), dollars("c", "0.10001")]
    assert market_rate("USD", readings, NOW).text == "0.1"


def test_plain_digits():
    assert [plain(Decimal(text)) for text in ("1E+3", "0.0320", "1E-7", "5.00", "100")] == [
        "1000", "0.032", "0.0000001", "5", "100",
    ]  # fmt: skip


@given(st.lists(prices, min_size=1, max_size=9))
def test_the_median_has_as_many_below_as_above(values):
    middle = median(values)
    below = sum(value < middle for value in values)
    above = sum(value > middle for value in values)
    assert below <= len(values) / 2
    assert above <= len(values) / 2
    assert min(values) <= middle <= max(values)


@given(st.lists(prices, min_size=1, max_size=9))
def test_the_median_is_that_of_exact_numbers(values):
    ordered = sorted(map(Fraction, values))
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    assert Fraction(median(values)) == (low + high) / 2


@given(st.lists(prices, min_size=3, max_size=8), st.randoms(use_true_random=False))
def test_a_rate_does_not_depend_on_the_order_of_the_voices(values, random):
    readings = [dollars(f"s{number}", str(value)) for number, value in enumerate(values)]
    shuffled = random.sample(readings, len(readings))

    def outcome(some: list[Reading]) -> MarketRate | Missing:
        try:
            return market_rate("USD", some, NOW)
        except RatesUnavailable as error:
            return error.why

    assert outcome(readings) == outcome(shuffled)


@given(
    st.lists(st.decimals("0.0315", "0.0325", places=5), min_size=4, max_size=8),
    st.one_of(st.decimals("0.000001", "0.02", places=6), st.decimals("0.05", "1000", places=3)),
)
def test_one_wrong_source_can_not_move_the_rate_beyond_the_others(honest, lie):
    readings = [dollars(f"s{number}", str(value)) for number, value in enumerate(honest)]
    rate = market_rate("USD", [*readings, dollars("liar", str(lie))], NOW)
    assert min(honest) <= rate.rate <= max(honest)
    assert "liar" not in rate.sources


@given(st.lists(st.decimals("0.9", "1.25", places=4), min_size=3, max_size=8))
def test_every_source_in_the_rate_is_near_the_median_of_all(values):
    readings = [dollars(f"s{number}", str(value)) for number, value in enumerate(values)]
    try:
        rate = market_rate("USD", readings, NOW)
    except RatesUnavailable:
        assume(False)
    middle = median(values)
    assert all(abs(voice.price - middle) <= FARTHEST * middle for voice in rate.voices)
    assert len(rate.voices) >= 3


def test_all_currencies_are_capital_letters_of_iso_4217():
    assert all(len(code) == 3 and code.isupper() for code in DECIMALS)
