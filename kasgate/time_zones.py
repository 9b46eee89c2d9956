"""Days of a time zone: where each begins and ends on the clock of the gateway.

A day begins at its midnight. If the zone's clock skips midnight, the day begins with the skip. A
day lasts 24 hours, or an hour more or less when the clock is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

MAX_ZONE_NAME: Final = 50
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)


class UnknownZone(ValueError):
    """There is no time zone of this name. The message is a sentence for the user."""


def zone_named(name: str) -> ZoneInfo:
    """A time zone by its name in the IANA database, such as ``Europe/Berlin``. Raises UnknownZone.
    The first call for a name reads a file of a few kilobytes."""
    unknown = UnknownZone("There is no such time zone. An example of one is Europe/Berlin.")
    if len(name) > MAX_ZONE_NAME or _NAME.fullmatch(name) is None:
        raise unknown
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # LookupError: ZoneInfoNotFoundError.
        raise unknown from None


def start_of_day(day: date, zone: ZoneInfo) -> int:
    """When a day begins in a zone; unix milliseconds."""
    return (datetime.combine(day, time.min, zone) - _EPOCH) // _MS


def local_time(ms: int, zone: tzinfo) -> datetime:
    """A unix time in milliseconds on the zone's clock."""
    return (_EPOCH + ms * _MS).astimezone(zone)


@frozen
class ZoneDay:
    """One day of a zone. Times are unix milliseconds; the end belongs to the next day."""

    date: date
    start: int
    end: int


@frozen
class ZoneDays:
    """Some days in a row, both ends inclusive."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> int:
        """When the first day begins; unix milliseconds."""
        return start_of_day(self.first, self.zone)

    @property
    def end(self) -> int:
        """When the last day ends, which belongs to the day after; unix milliseconds."""
        return start_of_day(self.last + _DAY, self.zone)

    @property
    def number(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[ZoneDay]:
        start = self.start
        for number in range(self.number):
            day = self.first + number * _DAY
            end = start_of_day(day + _DAY, self.zone)
            yield ZoneDay(day, start, end)
            start = end
