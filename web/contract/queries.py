"""What clients may ask for in the query string: each call a table of parameters, each with the rule
that reads it. All that is wrong is said in one answer; a parameter that is not in the table or that
comes twice is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol, TypeVar

from attrs import frozen
from msgspec import Meta

from kasgate.events import DeliveryState
from kasgate.merchant import FieldProblem
from kasgate.money import MAX_SOMPI
from kasgate.reports import (
    DAY_MS,
    LONGEST_PERIOD_DAYS,
    PERIOD_DAYS,
    DeliveryQuery,
    EventQuery,
    Order,
    Period,
    PeriodName,
    SessionQuery,
    day_of_date,
    utc_day,
)
from kasgate.search import TextQuery, read_query
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from web.contract import operations
from web.contract.bodies import MAX_ORDER_ID, Wrong, read_session_id
from web.contract.problems import Problem, invalid
from web.contract.types import Rule, SessionId, Shaped, shape_of, shaped

MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 20
MAX_OFFSET: Final = 2**31 - 1
EXPORTED_AT_ONCE: Final = 500
MAX_SEARCH: Final = 200
MAX_ID: Final = 60

_WHOLE: Final = re.compile(r"[0-9]{1,19}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)

E = TypeVar("E", bound=StrEnum)


class Arguments(Protocol):
    """A query string, taken apart."""

    def lists(self) -> Iterable[tuple[str, list[str]]]:
        """Pairs of a name and all its values."""
        ...


class FileFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    JSON = "json"


@frozen
class QueryParameter:
    """One parameter of a call."""

    name: str
    """In the query string."""
    attribute: str
    """In Python."""
    rule: Rule
    meaning: str


def as_described(table: Mapping[str, QueryParameter]) -> tuple[operations.Parameter, ...]:
    """The parameters for the description of a call."""
    return tuple(
        operations.Parameter(parameter.name, shape_of(parameter.rule), parameter.meaning)
        for parameter in table.values()
    )


def read_parameters(given: Arguments, table: Mapping[str, QueryParameter]) -> dict[str, Any]:
    """The parameters by their Python names; those not sent are left out. Raises Problem."""
    read: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, values in given.lists():
        parameter = table.get(name)
        if parameter is None:
            problems.append(FieldProblem(name[:MAX_ID], "There is no such parameter."))
        elif len(values) != 1:
            problems.append(FieldProblem(name, "This parameter may be given once."))
        else:
            try:
                read[parameter.attribute] = parameter.rule(values[0])
            except Wrong as wrong:
                problems += [FieldProblem(name, text) for _, text in wrong.problems]
    if problems:
        raise invalid(problems)
    return read


def read_session_query(given: Arguments) -> SessionQuery:
    """Of ``GET /api/v1/merchants/me/sessions``. Raises Problem."""
    read = read_parameters(given, SESSION_PARAMETERS)
    return _checked(SessionQuery(**({"limit": DEFAULT_LIMIT} | read)))


def read_export_query(given: Arguments) -> tuple[SessionQuery, FileFormat, bool]:
    """Of ``GET /api/v1/merchants/me/sessions/export``: the filters, to be read ``EXPORTED_AT_ONCE``
    sessions at a time, the form, and whether metadata is wanted. Raises Problem."""
    read = read_parameters(given, EXPORT_PARAMETERS)
    form = read.pop("format", FileFormat.CSV)
    with_metadata = read.pop("metadata", False)
    wanted = SessionQuery(limit=EXPORTED_AT_ONCE, counted=False, **read)
    return _checked(wanted), form, with_metadata


def _checked(wanted: SessionQuery) -> SessionQuery:
    problems = _cursor_problems(wanted.after, wanted.offset)
    if (
        wanted.created_from is not None
        and wanted.created_to is not None
        and wanted.created_from > wanted.created_to
    ):
        problems.append(FieldProblem("createdTo", "This is before createdFrom."))
    if problems:
        raise invalid(problems)
    return wanted


def _cursor_problems(after: str | None, offset: int) -> list[FieldProblem]:
    if after is None or not offset:
        return []
    text = "With startingAfter there is nothing to skip: leave offset out."
    return [FieldProblem("offset", text)]


def read_delivery_query(given: Arguments) -> DeliveryQuery:
    """Of ``GET /api/v1/merchants/me/webhook-logs``. Raises Problem."""
    read = {"limit": DEFAULT_LIMIT} | read_parameters(given, DELIVERY_PARAMETERS)
    wanted = DeliveryQuery(**read)
    problems = _cursor_problems(wanted.after, wanted.offset)
    if (
        wanted.amount_from is not None
        and wanted.amount_to is not None
        and wanted.amount_from > wanted.amount_to
    ):
        problems.append(FieldProblem("amountTo", "This is less than amountFrom."))
    if problems:
        raise invalid(problems)
    return wanted


def read_event_query(given: Arguments) -> EventQuery:
    """Of ``GET /api/v1/events``. Raises Problem."""
    return EventQuery(**({"limit": DEFAULT_LIMIT} | read_parameters(given, EVENT_PARAMETERS)))


def read_audit_query(given: Arguments) -> tuple[str | None, int]:
    """Of ``GET /api/v1/merchants/me/audit``: after which line, and how many. Raises Problem."""
    read = read_parameters(given, AUDIT_PARAMETERS)
    return read.get("after"), read.get("limit", DEFAULT_LIMIT)


def read_address_query(given: Arguments) -> tuple[int, int, FileFormat]:
    """Of ``GET /api/v1/merchants/me/addresses``: after which index, how many, in which form.
    Raises Problem."""
    read = read_parameters(given, ADDRESS_PARAMETERS)
    form = read.get("format", FileFormat.JSON)
    return read.get("after", -1), read.get("limit", DEFAULT_LIMIT), form


def read_payment_query(given: Arguments) -> tuple[int, int]:
    """Of ``GET /api/v1/sessions/{id}/payments``: after which place, how many. Raises Problem."""
    read = read_parameters(given, PAYMENT_PARAMETERS)
    return read.get("after", -1), read.get("limit", DEFAULT_LIMIT)


def read_period(given: Arguments, now: int) -> tuple[Period, str]:
    """Of ``GET /api/v1/merchants/me/analytics`` at a unix time in milliseconds: the days, and how
    they are called. Raises Problem.

    Without dates the last days of the named period, today included. ``endDate`` moves its end,
    ``startDate`` its beginning.
    """
    read = read_parameters(given, PERIOD_PARAMETERS)
    name: PeriodName = read.get("period", PeriodName.WEEK)
    last: int = read.get("end", utc_day(now))
    first: int = read.get("start", last - PERIOD_DAYS[name] + 1)
    if "start" not in read and "end" not in read:
        return Period(first, last), _LABELS[name]
    if first > last:
        text = "This is after endDate." if "end" in read else "This day is still to come."
        raise invalid([FieldProblem("startDate", text)])
    period = Period(first, last)
    if period.days > LONGEST_PERIOD_DAYS:
        text = f"A period has at most {LONGEST_PERIOD_DAYS} days."
        raise invalid([FieldProblem("startDate", text)])
    return period, "Custom"


def read_nothing(given: Arguments) -> None:
    """Of a call that has no parameters. Raises Problem if there are any."""
    read_parameters(given, {})


def _whole(least: int, most: int) -> Rule:
    def rule(text: str) -> int:
        if _WHOLE.fullmatch(text) is None or not least <= int(text) <= most:
            raise Wrong(("", f"This must be a whole number from {least} to {most}."))
        return int(text)

    return Shaped(rule, Annotated[int, Meta(ge=least, le=most)])


@shaped(Annotated[str, Meta(pattern="^[0-9]+$", max_length=19, description="In sompi.")])
def _sompi(text: str) -> int:
    amount: int = _whole(0, MAX_SOMPI)(text)
    return amount


def _one_of(kind: type[E]) -> Rule:
    def rule(text: str) -> E:
        try:
            return kind(text)
        except ValueError:
            raise Wrong(("", f"This must be one of {', '.join(kind)}.")) from None

    return Shaped(rule, kind)


def _some_of(kind: type[E]) -> Rule:
    """Several, with commas between."""
    one = _one_of(kind)

    def rule(text: str) -> frozenset[E]:
        return frozenset(one(part) for part in _text_up_to(MAX_SEARCH)(text).split(","))

    choice = "|".join(map(re.escape, kind))
    shape = Meta(
        pattern=f"^({choice})(,({choice}))*$",
        description=f"One or more of {', '.join(kind)}, with commas between.",
        max_length=MAX_SEARCH,
    )
    return Shaped(rule, Annotated[str, shape])


@shaped(bool)
def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise Wrong(("", "This must be true or false."))
    return text == "true"


def _text_up_to(most: int) -> Rule:
    def rule(text: str) -> str:
        if not 1 <= len(text) <= most:
            raise Wrong(("", f"This must have 1 to {most} characters."))
        return text

    return Shaped(rule, Annotated[str, Meta(min_length=1, max_length=most)])


@shaped(SessionId)
def _session_id(text: str) -> str:
    try:
        return read_session_id(text)
    except Problem as problem:
        raise Wrong(("", problem.detail)) from None


@shaped(Annotated[str, Meta(min_length=1, max_length=MAX_SEARCH)])
def _search(text: str) -> TextQuery:
    try:
        query = read_query(_text_up_to(MAX_SEARCH)(text))
    except ValueError as error:
        raise Wrong(("", str(error))) from None
    if query.is_empty:
        raise Wrong(("", "There is neither a letter nor a digit to search for."))
    return query


@shaped(Annotated[str, Meta(description="A UTC day.", extra_json_schema={"format": "date"})])
def _day(text: str) -> int:
    try:
        # More forms are ISO 8601 than this one.
        day = day_of_date(date.fromisoformat(text if _DATE.fullmatch(text) else ""))
    except ValueError:
        raise Wrong(("", "This must be a day such as 2025-01-31.")) from None
    if day < 0:
        raise Wrong(("", "This must not be before 1970."))
    return day


def _moment(day_offset_ms: int) -> Rule:
    """A moment, or a whole UTC day, of which the first or the last millisecond is meant."""

    def rule(text: str) -> int:
        if _DATE.fullmatch(text) is not None:
            day: int = _day(text)
            return day * DAY_MS + day_offset_ms
        try:
            moment = datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "")
            return (moment - _EPOCH) // _MS
        except (ValueError, OverflowError):
            sentence = "This must be a time such as 2025-01-31T12:00:00Z, or a day (2025-01-31)."
            raise Wrong(("", sentence)) from None

    return Shaped(rule, Annotated[str, Meta(description="A time with its zone, or a UTC day.")])


def _table(*parameters: QueryParameter) -> dict[str, QueryParameter]:
    return {parameter.name: parameter for parameter in parameters}


_LABELS: Final = {
    PeriodName.DAY: "Today",
    PeriodName.WEEK: "Last 7 days",
    PeriodName.MONTH: "Last 30 days",
    PeriodName.YEAR: "Last 365 days",
}
_LIMIT: Final = QueryParameter(
    "limit", "limit", _whole(1, MAX_LIMIT), "How many at most; 20 if not said."
)
_OFFSET: Final = QueryParameter("offset", "offset", _whole(0, MAX_OFFSET), "How many to skip.")
_ORDER_ID: Final = QueryParameter(
    "orderId", "order_id", _text_up_to(MAX_ORDER_ID), "Those of this order."
)

SESSION_PARAMETERS: Final = _table(
    _LIMIT,
    _OFFSET,
    QueryParameter("status", "status", _one_of(SessionStatus), "Those that stand here."),
    _ORDER_ID,
    QueryParameter("paidState", "paid_state", _one_of(PaidState), "Those that were paid so far."),
    QueryParameter("late", "late", _yes_or_no, "Whether money arrived late."),
    QueryParameter("cancelled", "cancelled", _yes_or_no, "Whether they were cancelled."),
    QueryParameter(
        "needsAttention", "needs_attention", _yes_or_no, "Whether somebody has to look."
    ),
    QueryParameter(
        "q",
        "text",
        _search,
        "Words of order ids and metadata, or an id, an address, a transaction.",
    ),
    QueryParameter("createdFrom", "created_from", _moment(0), "Made then or later."),
    QueryParameter("createdTo", "created_to", _moment(DAY_MS - 1), "Made then or before."),
    QueryParameter("startingAfter", "after", _session_id, "Go on behind the session with this id."),
)
EXPORT_PARAMETERS: Final = _table(
    *(
        parameter
        for name, parameter in SESSION_PARAMETERS.items()
        if name not in ("limit", "offset", "startingAfter")
    ),
    QueryParameter("format", "format", _one_of(FileFormat), "csv unless asked otherwise."),
    QueryParameter(
        "metadata", "metadata", _yes_or_no, "Whether metadata is in the file; no if unsaid."
    ),
)
DELIVERY_PARAMETERS: Final = _table(
    _LIMIT,
    _OFFSET,
    QueryParameter("event", "events", _some_of(EventType), "Of these types."),
    QueryParameter("status", "state", _one_of(DeliveryState), "Those that stand here."),
    QueryParameter("sessionId", "session_id", _session_id, "Of this session."),
    _ORDER_ID,
    QueryParameter("amountFrom", "amount_from", _sompi, "Of sessions for so many sompi or more."),
    QueryParameter("amountTo", "amount_to", _sompi, "Of sessions for so many sompi or less."),
    QueryParameter(
        "startingAfter", "after", _text_up_to(MAX_ID), "Go on behind the delivery with this id."
    ),
)
EVENT_PARAMETERS: Final = _table(
    _LIMIT,
    QueryParameter("after", "after", _text_up_to(MAX_ID), "Go on behind the event with this id."),
    QueryParameter("order", "order", _one_of(Order), "Oldest or newest first."),
    QueryParameter("type", "type", _one_of(EventType), "Of this type."),
    QueryParameter("sessionId", "session_id", _session_id, "Of this session."),
)
AUDIT_PARAMETERS: Final = _table(
    _LIMIT,
    QueryParameter("after", "after", _text_up_to(MAX_ID), "Go on behind the line with this id."),
)
ADDRESS_PARAMETERS: Final = _table(
    _LIMIT,
    QueryParameter(
        "after", "after", _whole(0, MAX_OFFSET), "Go on behind the address of this index."
    ),
    QueryParameter("format", "format", _one_of(FileFormat), "csv is a file with all of them."),
)
PAYMENT_PARAMETERS: Final = _table(
    _LIMIT,
    QueryParameter(
        "after", "after", _whole(0, MAX_OFFSET), "Go on behind this, the page before's nextCursor."
    ),
)
PERIOD_PARAMETERS: Final = _table(
    QueryParameter("period", "period", _one_of(PeriodName), "The last days, today included."),
    QueryParameter("startDate", "start", _day, "The first day."),
    QueryParameter("endDate", "end", _day, "The last day."),
)
