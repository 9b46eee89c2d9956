"""Example orders and their shoppers' actions, made from a seed: times, amounts, and the
observations of each. Pure: no clock, no store."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, unique
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID

from attrs import field, frozen

from kasgate.currency import DECIMALS
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import SOMPI_PER_KAS, Sompi
from kasgate.rates.price import FiatPrice, to_sompi
from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    DeadlineReached,
    FailRequested,
    Observation,
    OutputSeen,
    OutputWithdrawn,
    ScoreMoved,
    Watched,
)
from kasgate.sessions.valuation import ValueRate

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
TIME_TO_PAY: Final = 30 * MINUTE
CONFIRMATIONS: Final = 10
SCORE_MS: Final = 100
"""Milliseconds per point of the DAA score, at ten blocks a second."""

_GOODS: Final = (
    ("House blend, 250 g", "9.90", 34),
    ("House blend, 1 kg", "32.50", 22),
    ("Ethiopia Guji, 250 g", "13.80", 18),
    ("Subscription, one month", "24.90", 14),
    ("Filter papers, 100 pieces", "6.20", 8),
    ("Hand grinder", "89.00", 3),
    ("Espresso machine Vesuvio, with water tank, portafilter and a bag of beans", "649.00", 1),
)
_TIPS: Final = (5, 10, 25, 50, 100)
_HOURS: Final = (1, 1, 1, 1, 1, 2, 5, 9, 12, 12, 11, 10, 11, 10, 9, 9, 10, 12, 13, 14, 13, 9, 5, 2)
_WEEKEND: Final = 1.5
_DECEMBER: Final = 1.7
_QUIET_DAYS: Final = (41, 42, 201)
"""Days, counted from the first, on which the shop was closed."""
_TODAY: Final = 6
_GROWTH_DAYS: Final = 365
_WITHDRAWN_WAIT: Final = 11 * MINUTE
"""A little longer than a session waits beyond its deadline for a payment that was withdrawn."""
CURRENCY: Final = "EUR"
"""Of the prices, and of the values of payments."""
_SOURCES: Final = ("coingecko", "kraken", "mexc")


@unique
class Fate(Enum):
    """The outcome of an order. The value is its share in a thousand; all values differ."""

    PAID = 777
    PAID_TOO_MUCH = 30
    PAID_IN_PARTS = 38
    NEVER_PAID = 88
    PART_NEVER_PAID = 16
    PAID_LATE = 13
    LATE_AND_ACCEPTED = 15
    CANCELLED = 12
    FAILED = 6
    TAKEN_BACK = 5


@frozen
class Seen:
    """An observation of an order, at a time in unix milliseconds."""

    at: int
    observation: Observation
    note: str = ""
    """The merchant's, where it is a decision."""


@frozen
class Order:
    """An order and its later observations in order of time."""

    id: str
    at: int
    amount: Sompi
    order_id: str | None
    description: str | None
    metadata: Mapping[str, str] | None
    fiat: Mapping[str, Any] | None
    rate: ValueRate
    """The price of one KAS in CURRENCY on its day: made up, as the prices are."""
    seen: tuple[Seen, ...] = field(repr=False)


def score_at(at: int) -> int:
    """The virtual DAA score at a time, on a network older than the shop."""
    return at // SCORE_MS - 16_000_000_000


def orders(seed: int, count: int, until: int, days: int) -> Iterator[Order]:
    """That many orders of the days before a time, in order. Equal arguments give equal orders."""
    random = Random(seed)
    first_day = until // DAY - days + 1
    weights = [_busyness(random, day, first_day) for day in range(first_day, first_day + days)]
    times = sorted(_moments(random, first_day, weights, count, until))
    price = _rates(random, first_day, days)
    for number, at in enumerate(times):
        yield _order(random, at, number, price(at), until)


def _busyness(random: Random, day: int, first_day: int) -> float:
    """A day's share of the business: it grows, with weekends and a holiday season."""
    passed = day - first_day
    if passed in _QUIET_DAYS:
        return 0.0
    date = datetime.fromtimestamp(day * DAY / SECOND, UTC)
    growth = 0.35 + 1.3 * passed / _GROWTH_DAYS
    weekend = _WEEKEND if date.isoweekday() >= 6 else 1.0
    season = _DECEMBER if date.month == 12 else 1.0
    return growth * weekend * season * random.uniform(0.55, 1.45)


def _moments(
    random: Random, first_day: int, weights: list[float], count: int, until: int
) -> Iterator[int]:
    days, hours = list(accumulate(weights)), list(accumulate(_HOURS))
    # The last day has some orders too, at any time of day.
    made = min(count, _TODAY)
    for _ in range(made):
        yield until - random.randrange(5 * MINUTE, 5 * HOUR)
    while made < count:
        day = bisect(days, random.random() * days[-1])
        hour = bisect(hours, random.random() * hours[-1])
        at = (first_day + day) * DAY + hour * HOUR + random.randrange(HOUR)
        if at < until:
            made += 1
            yield at


def _rates(random: Random, first_day: int, days: int) -> Callable[[int], Decimal]:
    """The price of a KAS on each day, in euros: a random walk."""
    rates, rate = [], 0.078
    for _ in range(days):
        rate = min(0.16, max(0.035, rate * random.uniform(0.955, 1.05)))
        rates.append(Decimal(f"{rate:.5f}"))
    return lambda at: rates[at // DAY - first_day]


def _order(random: Random, at: int, number: int, rate: Decimal, until: int) -> Order:
    goods, price, _ = random.choices(_GOODS, [share for _, _, share in _GOODS])[0]
    pieces = random.choices((1, 2, 3), (8, 3, 1))[0]
    fiat: Mapping[str, Any] | None = None
    order_id: str | None = f"BT-{10_000 + number}"
    basket = f"{pieces} × {goods}"  # noqa: RUF001
    description: str | None = basket
    metadata: dict[str, str] | None = {"basket": basket}
    if random.random() < 0.12:
        # A tip, created by hand.
        amount = Sompi(random.choice(_TIPS) * SOMPI_PER_KAS)
        order_id, description, metadata = None, None, None
    else:
        value = str(Decimal(price) * pieces)
        amount = to_sompi(Decimal(value), rate)
        fiat = FiatPrice(value, CURRENCY, str(rate), _SOURCES, at - 20 * SECOND).stored()
    fate = random.choices(list(Fate), [fate.value for fate in Fate])[0]
    seen = tuple(one for one in _life(random, fate, at, amount) if one.at < until)
    return Order(
        id=str(UUID(int=random.getrandbits(128), version=4)),
        at=at,
        amount=amount,
        order_id=order_id,
        description=description,
        metadata=metadata,
        fiat=fiat,
        rate=ValueRate(CURRENCY, str(rate), DECIMALS[CURRENCY], at - 20 * SECOND),
        seen=seen,
    )


def _life(random: Random, fate: Fate, at: int, amount: Sompi) -> Iterator[Seen]:
    """The observations of an order, in order."""

    def paid(when: int, sompi: int) -> Seen:
        outpoint = Outpoint(f"{random.getrandbits(256):064x}", random.randrange(2))
        return Seen(when, OutputSeen(outpoint, Sompi(sompi), score_at(when), when))

    def deep(when: int) -> Seen:
        later = when + (CONFIRMATIONS + 2) * SCORE_MS
        return Seen(later, ScoreMoved(score_at(later)))

    end = at + TIME_TO_PAY
    soon = at + random.randrange(20 * SECOND, 9 * MINUTE)
    late = end + random.randrange(5 * MINUTE, 5 * HOUR)
    yield Seen(at + 150, Watched())
    match fate:
        case Fate.PAID:
            yield from (paid(soon, amount), deep(soon))
        case Fate.PAID_TOO_MUCH:
            surplus = random.randrange(1, 5) * SOMPI_PER_KAS
            yield from (paid(soon, amount + surplus), deep(soon))
        case Fate.PAID_IN_PARTS:
            part, rest = amount * 2 // 3, soon + random.randrange(MINUTE, 12 * MINUTE)
            yield from (paid(soon, part), paid(rest, amount - part), deep(rest))
        case Fate.NEVER_PAID:
            yield Seen(end, DeadlineReached())
        case Fate.PART_NEVER_PAID:
            yield from (paid(soon, amount // 2), deep(soon), Seen(end, DeadlineReached()))
        case Fate.PAID_LATE | Fate.LATE_AND_ACCEPTED:
            yield from (Seen(end, DeadlineReached()), paid(late, amount), deep(late))
            if fate is Fate.LATE_AND_ACCEPTED:
                yield Seen(late + 2 * HOUR, AcceptRequested(), "Paid late, shipped all the same")
        case Fate.CANCELLED:
            yield Seen(soon, CancelRequested())
        case Fate.FAILED:
            yield Seen(soon, FailRequested(), "The customer called: ordered twice")
        case Fate.TAKEN_BACK:
            outpoint = Outpoint(f"{random.getrandbits(256):064x}", 0)
            yield Seen(soon, OutputSeen(outpoint, amount, score_at(soon), soon))
            yield Seen(soon + 3 * SCORE_MS, OutputWithdrawn(outpoint))
            yield Seen(end + _WITHDRAWN_WAIT, DeadlineReached())
