"""The rules of figures: shares, changes, periods."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kasgate.money import MAX_SOMPI
from kasgate.reports import (
    DAY_MS,
    Day,
    Period,
    Summary,
    analytics_of,
    change,
    date_of_day,
    day_of_date,
    percent,
    utc_day,
)
from kasgate.sessions.session import SessionStatus


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 16, "6.25"),
        (1, 20_000, "0.01"),
        (1, 20_001, "0.00"),
        (-1, 20_000, "-0.01"),
        (0, 5, "0"),
        (5, 0, "0"),
        (365 * MAX_SOMPI, 1, str(36_500 * MAX_SOMPI)),
    ],
)
def test_percentages_have_two_decimals_and_halves_go_up(
    part: int, whole: int, expected: str
) -> None:
    assert percent(part, whole) == Decimal(expected)


def test_changes() -> None:
    assert change(3, 2) == 50
    assert change(1, 3) == Decimal("-66.67")
    assert change(0, 7) == -100
    assert change(7, 0) == 100
    assert change(0, 0) == 0


def test_days_begin_at_midnight_utc() -> None:
    midnight = 20_000 * DAY_MS
    assert (utc_day(midnight - 1), utc_day(midnight)) == (19_999, 20_000)
    assert day_of_date(date_of_day(20_000)) == 20_000
    assert date_of_day(20_000).isoformat() == "2024-10-04"


def test_a_period_beside_the_one_before() -> None:
    confirmed, expired = SessionStatus.CONFIRMED, SessionStatus.EXPIRED
    period = Period(107, 113)
    assert (period.days, period.previous) == (7, Period(100, 106))
    found = [
        Day(100, {confirmed: 1, expired: 1}, payments=1, volume=10),
        Day(106, {expired: 2}),
        Day(107, {confirmed: 3, expired: 1}, payments=2, volume=25),
        Day(113, {}, payments=1, volume=5),
    ]
    analytics = analytics_of(period, found, ())
    assert [day.number for day in analytics.days] == list(range(107, 114))
    assert analytics.days[1] == Day(108)
    assert analytics.now == Summary({confirmed: 3, expired: 1}, payments=3, volume=30)
    assert analytics.before == Summary({confirmed: 1, expired: 3}, payments=1, volume=10)
    assert analytics.now.conversion == Decimal(75)
    assert analytics.before.conversion == Decimal(25)
    assert analytics.volume_change == 200
    assert analytics.sessions_change == 0
    assert analytics.conversion_change == 50
    assert analytics.now.average_payment == 10
    assert Summary({}, 0, 0).average_payment == 0
