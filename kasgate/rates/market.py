"""One rate from many sources, ignoring those that are too old, deviate, or are too few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import Final, TypeVar

from attrs import frozen

from kasgate.currency import DOLLAR, TETHER
from kasgate.rates.quotes import COIN, Reading

T = TypeVar("T")

LEAST_ORIGINS: Final = 3
"""A rate is the median of at least so many independent sources."""

FARTHEST: Final = Decimal("0.10")
"""A price of KAS further than this from the median of all, as a fraction of it, counts as a mistake
of its source. Exchanges usually differ by a percent at most, in volatile times by a few."""

FARTHEST_EXCHANGE: Final = Decimal("0.02")
"""The same for rates between currencies, which may include a central bank's daily rate."""

PEG: Final = (Decimal("0.9"), Decimal("1.1"))
"""Outside this range, in dollars, tether does not stand for a dollar."""

RATE_DIGITS: Final = 12
"""Significant digits of a rate. Amounts are computed with the rounded rate, so that anybody can
compute them again."""

_EXACT: Final = Context(prec=50, rounding=ROUND_HALF_EVEN)
_ROUNDED: Final = Context(prec=RATE_DIGITS, rounding=ROUND_HALF_EVEN)


class Missing(StrEnum):
    """The reasons for a missing rate."""

    OFF = "off"
    CURRENCY = "currency"
    """No source has the value of a dollar in this currency, or the sources contradict each
    other."""
    TOO_FEW = "too_few"
    """Fewer than three independent sources have a recent price."""
    DISAGREE = "disagree"
    """There are enough prices, but fewer than three that agree, or no majority of them."""


_SENTENCES: Final = {
    Missing.OFF: "Prices in {0} are switched off on this gateway.",
    Missing.CURRENCY: "No reliable source gives the value of {0} now.",
    Missing.TOO_FEW: "Fewer than three independent sources have a recent price of KAS in {0}.",
    Missing.DISAGREE: "The sources of the price of KAS in {0} contradict each other.",
}


class RatesUnavailable(Exception):
    """There is no rate to convert a price to KAS. A retry may succeed later."""

    def __init__(self, currency: str, why: Missing) -> None:
        super().__init__(_SENTENCES[why].format(currency))
        self.currency = currency
        self.why = why


@frozen
class Voice:
    """The price of KAS in a currency according to one source."""

    source: str
    origin: str
    price: Decimal
    at: int
    """The time of the price according to the source; unix milliseconds."""

    @property
    def text(self) -> str:
        """The price in plain digits, rounded as rates are."""
        return plain(_ROUNDED.plus(self.price))


@frozen
class MarketRate:
    """The price of one KAS: the median of voices that agree."""

    currency: str
    rate: Decimal
    """At most RATE_DIGITS significant digits, above zero."""
    voices: tuple[Voice, ...]
    """The prices that it is computed from, by name; one of each origin."""
    at: int
    """The time of the oldest of them, so that the rate is at least as new. Unix milliseconds."""

    @property
    def text(self) -> str:
        """The rate in plain digits."""
        return plain(self.rate)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the sources of the rate."""
        return tuple(voice.source for voice in self.voices)


def market_rate(currency: str, readings: Iterable[Reading], now: int) -> MarketRate:
    """The rate of a currency at a unix time in milliseconds, from the newest reading of each
    source. Raises RatesUnavailable.

    Each price of KAS is converted to the currency, directly if its source quotes it, else through
    the dollar. Of each origin only the newest price counts. Prices further than FARTHEST from the
    median of all are left out. The rest must be at least three prices, and the majority.
    """
    good = [reading for reading in readings if reading.at <= now <= reading.good_until]
    exchange = _exchange(good)
    voices = _independent(_voices(currency, good, exchange))
    if len(voices) < LEAST_ORIGINS:
        known = exchange(DOLLAR, currency) is not None
        raise RatesUnavailable(currency, Missing.TOO_FEW if known else Missing.CURRENCY)
    agreeing = _agreeing(voices, FARTHEST, lambda voice: voice.price)
    if len(agreeing) < LEAST_ORIGINS or 2 * len(agreeing) <= len(voices):
        raise RatesUnavailable(currency, Missing.DISAGREE)
    return MarketRate(
        currency=currency,
        rate=_ROUNDED.plus(median([voice.price for voice in agreeing])),
        voices=tuple(sorted(agreeing, key=lambda voice: voice.source)),
        at=min(voice.at for voice in agreeing),
    )


def median(prices: Sequence[Decimal]) -> Decimal:
    """The middle price, or the mean of the two middle ones. Raises ValueError if there are none."""
    if not prices:
        raise ValueError("there is no median of nothing")
    ordered = sorted(prices)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return _EXACT.divide(_EXACT.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def plain(number: Decimal) -> str:
    """A number in plain digits, without exponent and trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_Exchange = Callable[[str, str], Decimal | None]


def _exchange(readings: Sequence[Reading]) -> _Exchange:
    """The price of one unit of a currency in another, for the pairs that are needed; None if it is
    unknown, or if the sources contradict each other."""
    known: dict[tuple[str, str], Decimal | None] = {}

    def rate(base: str, currency: str) -> Decimal | None:
        if base == currency:
            return Decimal(1)
        pair = (base, currency)
        if pair not in known:
            known[pair] = _agreed_exchange(base, currency, readings)
        return known[pair]

    return rate


def _agreed_exchange(base: str, currency: str, readings: Sequence[Reading]) -> Decimal | None:
    prices = [price for one in readings if (price := one.price(base, currency)) is not None]
    if not prices or len(_agreeing(prices, FARTHEST_EXCHANGE, lambda price: price)) < len(prices):
        return None
    agreed = median(prices)
    if base == TETHER and not PEG[0] <= agreed <= PEG[1]:
        return None
    return agreed


def _voices(currency: str, readings: Iterable[Reading], exchange: _Exchange) -> list[Voice]:
    found = []
    for reading in readings:
        price = reading.price(COIN, currency)
        if price is None:
            dollars = _in_dollars(reading, exchange)
            per_dollar = exchange(DOLLAR, currency)
            if dollars is None or per_dollar is None:
                continue
            price = _EXACT.multiply(dollars, per_dollar)
        found.append(Voice(reading.source, reading.origin, price, reading.at))
    return found


def _in_dollars(reading: Reading, exchange: _Exchange) -> Decimal | None:
    dollars = reading.price(COIN, DOLLAR)
    if dollars is not None:
        return dollars
    tethers, per_tether = reading.price(COIN, TETHER), exchange(TETHER, DOLLAR)
    if tethers is None or per_tether is None:
        return None
    return _EXACT.multiply(tethers, per_tether)


def _independent(voices: Iterable[Voice]) -> list[Voice]:
    """The newest price of each origin."""
    newest: dict[str, Voice] = {}
    for voice in voices:
        known = newest.get(voice.origin)
        if known is None or (voice.at, voice.source) > (known.at, known.source):
            newest[voice.origin] = voice
    return list(newest.values())


def _agreeing(items: Sequence[T], farthest: Decimal, price_of: Callable[[T], Decimal]) -> list[T]:
    """The items whose price differs from the median by at most this fraction of it."""
    middle = median([price_of(item) for item in items])
    reach = _EXACT.multiply(middle, farthest)
    return [item for item in items if abs(_EXACT.subtract(price_of(item), middle)) <= reach]
