"""Days of time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.store.queries.value_counters import QUARTER_MS
from kasgate.time_zones import UnknownZone, ZoneDays, local_time, start_of_day, zone_named

HOUR_MS = 3_600_000
zones = st.sampled_from(sorted(available_timezones())).filter(lambda name: "/" in name)
days = st.dates(date(2021, 11, 7), date(2040, 1, 1))
"""Since the beginning of Kaspa."""


@given(name=zones, first=days, number=st.integers(1, 40))
def test_days_follow_each_other_without_a_gap(name: str, first: date, number: int) -> None:
    zone = zone_named(name)
    found = list(ZoneDays(first, first + timedelta(days=number - 1), zone))
    assert [day.date for day in found] == [first + timedelta(days=n) for n in range(number)]
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(20 * HOUR_MS <= day.end - day.start <= 28 * HOUR_MS for day in found)
    for day in found:
        assert day.start % QUARTER_MS == 0
        assert local_time(day.start, zone).date() == day.date
        assert local_time(day.end - 1, zone).date() == day.date


def test_a_day_is_longer_or_shorter_when_the_clock_is_changed() -> None:
    berlin = zone_named("Europe/Berlin")
    for day, hours in ((date(2025, 10, 26), 25), (date(2026, 3, 29), 23), (date(2026, 3, 30), 24)):
        (only,) = ZoneDays(day, day, berlin)
        assert only.end - only.start == hours * HOUR_MS


def test_a_day_whose_midnight_is_skipped_begins_with_the_skip() -> None:
    # Clocks in Cairo go from 00:00 to 01:00.
    start = start_of_day(date(2026, 4, 24), ZoneInfo("Africa/Cairo"))
    assert start == datetime(2026, 4, 23, 22, tzinfo=UTC).timestamp() * 1000
    assert local_time(start, ZoneInfo("Africa/Cairo")).hour == 1


NO_ZONES = ("", "Mars", "../UTC", "/etc/passwd", "Europe", "Europe/", "x" * 60, "UTC\0", "\uff35TC")


@pytest.mark.parametrize("name", NO_ZONES)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match="no such time zone"):
        zone_named(name)
