"""Query strings: the table of parameters of each call, and the functions that read them.

One answer has everything that is wrong with a query. A parameter that the table does not have, or
that is sent twice, is refused by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Meta

from kasgate.events import DeliveryState
from kasgate.merchant import FieldProblem
from kasgate.reports import (
    LONGEST_PERIOD_DAYS,
    PERIOD_DAYS,
    DeliveryQuery,
    EventQuery,
    Order,
    Period,
    PeriodName,
    SessionQuery,
    date_of_day,
    day_of_date,
    day_start,
)
from kasgate.search import TextQuery, read_query
from kasgate.sessions.attention import AttentionReason
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from kasgate.time_zones import local_time
from web.contract import fields, operations
from web.contract.bodies import MAX_ORDER_ID
from web.contract.fields import Field, Reader, Table, Wrong, reader, table_of
from web.contract.problems import invalid

MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 20
MAX_OFFSET: Final = 2**31 - 1
EXPORTED_AT_ONCE: Final = 500
MAX_SEARCH: Final = 200
MAX_ID: Final = 60

E = TypeVar("E", bound=StrEnum)


class Arguments(Protocol):
    """A parsed query string."""

    def lists(self) -> Iterable[tuple[str, list[str]]]:
        """Pairs of a name and all its values."""
        ...


class FileFormat(StrEnum):
    """The format of a table."""

    CSV = "csv"
    JSON = "json"


_short_text: Final = fields.text(MAX_SEARCH, least=1)
_id: Final = fields.text(MAX_ID, least=1)
_index: Final = fields.whole_text(0, MAX_OFFSET)


def as_described(table: Table) -> tuple[operations.Parameter, ...]:
    """The parameters for the description of a call."""
    return tuple(
        operations.Parameter(parameter.name, parameter.shape, parameter.meaning)
        for parameter in table.values()
    )


def read_parameters(given: Arguments, table: Table) -> dict[str, Any]:
    """Read a query: the parameters that were sent, by their Python names. Raises Problem."""
    read: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, values in given.lists():
        parameter = table.get(name)
        if parameter is None:
            problems.append(FieldProblem(name[:MAX_ID], "There is no such parameter."))
        elif len(values) != 1:
            problems.append(FieldProblem(name, "This parameter may be given once."))
        else:
            problems += parameter.take(values[0], read)
    if problems:
        raise invalid(problems)
    return read


def read_session_query(given: Arguments) -> SessionQuery:
    """Query of ``GET /api/v1/merchants/me/sessions``. Raises Problem."""
    read = read_parameters(given, SESSION_PARAMETERS)
    return _session_query({"limit": DEFAULT_LIMIT} | read)


def read_export_query(given: Arguments) -> tuple[SessionQuery, FileFormat, bool]:
    """Query of ``GET /api/v1/merchants/me/sessions/export``: the filters, with pages of
    ``EXPORTED_AT_ONCE`` sessions, the format, and whether to include metadata. Raises Problem."""
    read = read_parameters(given, EXPORT_PARAMETERS)
    form = read.pop("format", FileFormat.CSV)
    with_metadata = read.pop("metadata", False)
    wanted = _session_query({"limit": EXPORTED_AT_ONCE, "counted": False} | read)
    return wanted, form, with_metadata


def _session_query(read: dict[str, Any]) -> SessionQuery:
    """The query of the parameters that were read. A day is one of the time zone."""
    zone: ZoneInfo | None = read.pop("zone", None)
    for name, days_later, ms in (("created_from", 0, 0), ("created_to", 1, -1)):
        if isinstance(read.get(name), date):
            number = _early_enough(name, day_of_date(read[name]), zone)
            read[name] = day_start(number + days_later, zone) + ms
    wanted = SessionQuery(**read)
    problem = FieldProblem("createdTo", "This is before createdFrom.")
    _refuse_contradictions(wanted, wanted.created_from, wanted.created_to, problem)
    return wanted


def read_delivery_query(given: Arguments) -> DeliveryQuery:
    """Query of ``GET /api/v1/merchants/me/webhook-logs``. Raises Problem."""
    read = read_parameters(given, DELIVERY_PARAMETERS)
    wanted = DeliveryQuery(**({"limit": DEFAULT_LIMIT} | read))
    problem = FieldProblem("amountTo", "This is less than amountFrom.")
    _refuse_contradictions(wanted, wanted.amount_from, wanted.amount_to, problem)
    return wanted


def _refuse_contradictions(
    wanted: SessionQuery | DeliveryQuery, low: int | None, high: int | None, problem: FieldProblem
) -> None:
    """Raise Problem for an offset beside a cursor, and with this problem for a range that ends
    before it begins."""
    problems: list[FieldProblem] = []
    if wanted.after is not None and wanted.offset:
        sentence = "With startingAfter there is nothing to skip: leave offset out."
        problems.append(FieldProblem("offset", sentence))
    if low is not None and high is not None and low > high:
        problems.append(problem)
    if problems:
        raise invalid(problems)


def read_event_query(given: Arguments) -> EventQuery:
    """Query of ``GET /api/v1/events``. Raises Problem."""
    return EventQuery(**({"limit": DEFAULT_LIMIT} | read_parameters(given, EVENT_PARAMETERS)))


def read_audit_query(given: Arguments) -> tuple[str | None, int]:
    """Query of ``GET /api/v1/merchants/me/audit``: the id of the line before the first, and the
    limit. Raises Problem."""
    read = read_parameters(given, AUDIT_PARAMETERS)
    return read.get("after"), read.get("limit", DEFAULT_LIMIT)


def read_address_query(given: Arguments) -> tuple[int, int, FileFormat]:
    """Query of ``GET /api/v1/merchants/me/addresses``: the index before the first, the limit, and
    the format. Raises Problem."""
    read = read_parameters(given, ADDRESS_PARAMETERS)
    form = read.get("format", FileFormat.JSON)
    return read.get("after", -1), read.get("limit", DEFAULT_LIMIT), form


def read_payment_query(given: Arguments) -> tuple[int, int]:
    """Query of ``GET /api/v1/sessions/{id}/payments``: cursor and limit. Raises Problem."""
    read = read_parameters(given, PAYMENT_PARAMETERS)
    return read.get("after", -1), read.get("limit", DEFAULT_LIMIT)


def read_period(given: Arguments, now: int) -> tuple[Period, str]:
    """Query of ``GET /api/v1/merchants/me/analytics`` at a unix time in milliseconds: the days, and
    a label for them. Raises Problem.

    The days are those of ``timeZone``, or of UTC.

    Without dates, the days are the last ones of the named period, including today. ``endDate``
    moves the end of the period, ``startDate`` its beginning.
    """
    read = read_parameters(given, PERIOD_PARAMETERS)
    name: PeriodName = read.get("period", PeriodName.WEEK)
    zone: ZoneInfo | None = read.get("zone")
    today = day_of_date(local_time(now, UTC if zone is None else zone).date())
    last: int = _early_enough("endDate", read.get("end", today), zone)
    first: int = read.get("start", last - PERIOD_DAYS[name] + 1)
    if "start" not in read and "end" not in read:
        return Period(first, last, zone), _LABELS[name]
    if first > last:
        text = "This is after endDate." if "end" in read else "This day is still to come."
        raise invalid([FieldProblem("startDate", text)])
    period = Period(first, last, zone)
    if period.days > LONGEST_PERIOD_DAYS:
        text = f"A period has at most {LONGEST_PERIOD_DAYS} days."
        raise invalid([FieldProblem("startDate", text)])
    return period, "Custom"


def _early_enough(name: str, day: int, zone: ZoneInfo | None) -> int:
    """The day. The rules of a time zone are not known so far ahead as days can be written."""
    if zone is not None and day > _LAST_ZONED_DAY:
        latest = date_of_day(_LAST_ZONED_DAY).isoformat()
        raise invalid(
            [FieldProblem(_QUERY_NAMES.get(name, name), f"This must not be after {latest}.")]
        )
    return day


def read_nothing(given: Arguments) -> None:
    """Query of a call without parameters. Raises Problem if it has any."""
    read_parameters(given, {})


def _some_of(kind: type[E]) -> Reader[frozenset[E]]:
    """Values of an enum, with commas between them."""
    one = fields.one_of(kind)
    choice = "|".join(map(re.escape, kind))
    shape = Meta(
        pattern=f"^({choice})(,({choice}))*$",
        description=f"One or more of {', '.join(kind)}, with commas between.",
        max_length=MAX_SEARCH,
    )

    @reader(Annotated[str, shape])
    def read(value: object) -> frozenset[E]:
        return frozenset(one(part) for part in _short_text(value).split(","))

    return read


@reader(_short_text.shape)
def _search(value: object) -> TextQuery:
    try:
        query = read_query(_short_text(value))
    except ValueError as error:
        raise Wrong(str(error)) from None
    if query.is_empty:
        raise Wrong("There is neither a letter nor a digit to search for.")
    return query


_LAST_ZONED_DAY: Final = day_of_date(date(2199, 12, 31))
_QUERY_NAMES: Final = {"created_from": "createdFrom", "created_to": "createdTo"}
_LABELS: Final = {
    PeriodName.DAY: "Today",
    PeriodName.WEEK: "Last 7 days",
    PeriodName.MONTH: "Last 30 days",
    PeriodName.YEAR: "Last 365 days",
}
_LIMIT: Final = Field(
    "limit", "limit", fields.whole_text(1, MAX_LIMIT), "The most items to return; 20 by default."
)
_OFFSET: Final = Field("offset", "offset", _index, "The number of items to skip.")
_ORDER_ID: Final = Field(
    "orderId", "order_id", fields.text(MAX_ORDER_ID, least=1), "Of the order with this id."
)
_TIME_ZONE: Final = Field(
    "timeZone", "zone", fields.time_zone, "The time zone of days; UTC by default."
)

SESSION_PARAMETERS: Final = table_of(
    _LIMIT,
    _OFFSET,
    Field("status", "status", fields.one_of(SessionStatus), "Sessions with this status."),
    _ORDER_ID,
    Field("paidState", "paid_state", fields.one_of(PaidState), "Sessions with this paid state."),
    Field("late", "late", fields.boolean_text, "Whether money arrived late."),
    Field("cancelled", "cancelled", fields.boolean_text, "Whether they were cancelled."),
    Field("needsAttention", "needs_attention", fields.boolean_text, "Whether they need attention."),
    Field(
        "attention",
        "attention",
        fields.one_of(AttentionReason),
        "Sessions that need attention for this reason, perhaps among others.",
    ),
    Field(
        "q",
        "text",
        _search,
        "Words of order ids and metadata, or a session id, an address, a transaction id.",
    ),
    Field("createdFrom", "created_from", fields.time_or_day, "Created from this time on."),
    Field("createdTo", "created_to", fields.time_or_day, "Created up to this time."),
    _TIME_ZONE,
    Field("startingAfter", "after", fields.session_id, "Start after the session with this id."),
)
EXPORT_PARAMETERS: Final = table_of(
    *(
        parameter
        for name, parameter in SESSION_PARAMETERS.items()
        if name not in ("limit", "offset", "startingAfter")
    ),
    Field("format", "format", fields.one_of(FileFormat), "The format of the file; csv by default."),
    Field("metadata", "metadata", fields.boolean_text, "Whether to include it; false by default."),
)
DELIVERY_PARAMETERS: Final = table_of(
    _LIMIT,
    _OFFSET,
    Field("event", "events", _some_of(EventType), "Deliveries of these types of events."),
    Field("status", "state", fields.one_of(DeliveryState), "Deliveries with this status."),
    Field("sessionId", "session_id", fields.session_id, "Of this session."),
    _ORDER_ID,
    Field("amountFrom", "amount_from", fields.sompi_text, "Of sessions for this much or more."),
    Field("amountTo", "amount_to", fields.sompi_text, "Of sessions for this much or less."),
    Field("startingAfter", "after", _id, "Start after the delivery with this id."),
)
EVENT_PARAMETERS: Final = table_of(
    _LIMIT,
    Field("after", "after", _id, "Start after the event with this id."),
    Field("order", "order", fields.one_of(Order), "Oldest or newest first."),
    Field("type", "type", fields.one_of(EventType), "Of this type."),
    Field("sessionId", "session_id", fields.session_id, "Of this session."),
)
AUDIT_PARAMETERS: Final = table_of(
    _LIMIT,
    Field("after", "after", _id, "Start after the line with this id."),
)
ADDRESS_PARAMETERS: Final = table_of(
    _LIMIT,
    Field("after", "after", _index, "Start after the address of this index."),
    Field("format", "format", fields.one_of(FileFormat), "json for a page, csv for all."),
)
PAYMENT_PARAMETERS: Final = table_of(
    _LIMIT,
    Field("after", "after", _index, "The nextCursor of the page before."),
)
PERIOD_PARAMETERS: Final = table_of(
    Field("period", "period", fields.one_of(PeriodName), "The last days, including today."),
    Field("startDate", "start", fields.day_text, "The first day."),
    Field("endDate", "end", fields.day_text, "The last day."),
    _TIME_ZONE,
)
