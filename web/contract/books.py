"""Shapes of answers with a merchant's books, and the query of a period."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, UnsetType

from kasgate.merchant import FieldProblem
from kasgate.reports import LONGEST_PERIOD_DAYS, date_of_day, day_of_date
from kasgate.sessions.session import SessionStatus
from kasgate.time_zones import ZoneDays, local_time, zone_named
from web.contract import fields
from web.contract.fields import Field, Wrong, reader, table_of
from web.contract.problems import invalid
from web.contract.queries import Arguments, read_parameters
from web.contract.sessions import Description, ValueAnswer, ValueSumAnswer
from web.contract.types import Kas, SessionId, Shape, SompiText, Time

LAST_DAY: Final = date(2199, 12, 31)
UTC_ZONE: Final = "UTC"
Day = Annotated[str, Meta(extra_json_schema={"format": "date"}, examples=["2026-11-30"])]


class BookFormat(StrEnum):
    """The format of a file with the books."""

    JOURNAL = "journal"
    KOINLY = "koinly"
    COINTRACKING = "cointracking"


@reader(Annotated[str, Meta(description="A day.", extra_json_schema={"format": "date"})])
def _day(given: str) -> date:
    number = fields.day_text(given)
    if number > day_of_date(LAST_DAY):
        raise Wrong(f"This must not be after {LAST_DAY.isoformat()}.")
    return date_of_day(number)


_PERIOD: Final = (
    Field("from", "first", _day, "The first day; by default the first of the month of `to`."),
    Field("to", "last", _day, "The last day, inclusive; today by default."),
    Field(
        "timeZone",
        "zone",
        fields.time_zone,
        "The time zone of the days; UTC by default.",
    ),
)
STATEMENT_PARAMETERS: Final = table_of(*_PERIOD)
BOOK_PARAMETERS: Final = table_of(
    *_PERIOD,
    Field("format", "format", fields.one_of(BookFormat), "journal by default."),
)


def read_book_query(given: Arguments, now: int) -> tuple[ZoneDays, BookFormat]:
    """Query of ``GET /api/v1/merchants/me/books/export``. Raises Problem."""
    read = read_parameters(given, BOOK_PARAMETERS)
    form = read.pop("format", BookFormat.JOURNAL)
    return _period(read, now), form


def read_statement_query(given: Arguments, now: int) -> ZoneDays:
    """Query of ``GET /api/v1/merchants/me/books/statement``. Raises Problem."""
    return _period(read_parameters(given, STATEMENT_PARAMETERS), now)


def _period(read: dict[str, Any], now: int) -> ZoneDays:
    """The days asked for; without any, those of this month."""
    zone: ZoneInfo = read.get("zone") or zone_named(UTC_ZONE)
    last: date = read.get("last") or local_time(now, zone).date()
    first: date = read.get("first") or last.replace(day=1)
    if first > last:
        sentence = "This is before from." if "last" in read else "This day is still to come."
        raise invalid([FieldProblem("to" if "last" in read else "from", sentence)])
    if last - first >= timedelta(days=LONGEST_PERIOD_DAYS):
        sentence = f"A period has at most {LONGEST_PERIOD_DAYS} days."
        raise invalid([FieldProblem("from", sentence)])
    return ZoneDays(first, last, zone)


class BookSumAnswer(Shape, kw_only=True):
    """What some payments come to."""

    payments: int
    received: Kas
    received_sompi: SompiText
    value: ValueSumAnswer | UnsetType = UNSET


class BookDayAnswer(BookSumAnswer, kw_only=True):
    """One day of a statement."""

    date: Day


class BookLineAnswer(Shape, kw_only=True):
    """A payment in a statement."""

    at: Annotated[Time, Meta(description="When the network accepted it.")]
    date: Annotated[Day, Meta(description="The day in the statement's time zone.")]
    time: Annotated[str, Meta(description="The time of that day.", examples=["14:05:09"])]
    session_id: SessionId
    order_id: str | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    tx_id: str
    index: int
    amount: Kas
    amount_sompi: SompiText
    value: ValueAnswer | UnsetType = UNSET
    status: SessionStatus
    late: bool
    overpaid: Annotated[bool, Meta(description="Whether its session received more than asked.")]
    final: Annotated[bool, Meta(description="false: a reorg could still take it back.")]


class BookPeriodAnswer(Shape, kw_only=True):
    """The days of a statement, both inclusive, and their first and last millisecond."""

    first: Day
    last: Day
    time_zone: str
    start: Time
    end: Time


class StatementAnswer(Shape, kw_only=True):
    """What a merchant received in a period."""

    period: BookPeriodAnswer
    merchant_name: str
    made_at: Time
    before: Annotated[BookSumAnswer, Meta(description="Everything received before the period.")]
    received: Annotated[BookSumAnswer, Meta(description="Everything received in the period.")]
    after: Annotated[BookSumAnswer, Meta(description="Both together.")]
    days: list[BookDayAnswer]
    payments: Annotated[list[BookLineAnswer], Meta(description="At most 1,000, oldest first.")]
    are_all_listed: Annotated[bool, Meta(description="false: the period has more payments.")]
