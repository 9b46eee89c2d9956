"""Fields of bodies and queries, and the readers of their values.

A reader takes a decoded JSON value, or the text of a query parameter. It returns the value in the
type that the rest of the gateway uses, or raises Wrong. Its shape describes the accepted values in
the OpenAPI document. ``bodies.py`` and ``queries.py`` have a table of fields for each call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from attrs import frozen
from msgspec import Meta

from kasgate.merchant import FieldProblem
from kasgate.money import MAX_SOMPI, AmountError, Sompi, parse_kas
from kasgate.reports import date_of_day, day_of_date
from kasgate.time_zones import MAX_ZONE_NAME, UnknownZone, zone_named
from web.contract.problems import INVALID_SESSION_ID, Problem
from web.contract.types import JsonType, Kas, SessionId, Time, Url

MAX_URL: Final = 2048

_LONGEST_TIME: Final = 40
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NOT_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\\<>\"]")
_DIGITS: Final = re.compile(r"[0-9]{1,19}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_KINDS: Final = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class Wrong(Exception):
    """A reader refuses a value."""

    def __init__(self, sentence: str = "", *, inside: Sequence[tuple[str, str]] = ()) -> None:
        """``sentence`` tells the client why. If the faults are inside an object, ``inside`` has
        them in its place: pairs of a path below the field, such as ``.currency``, and a sentence.
        """
        super().__init__(sentence)
        self.problems = tuple(inside) or (("", sentence),)


@frozen
class Reader(Generic[T]):
    """Reads a value, or raises Wrong."""

    read: Callable[[Any], T]
    shape: JsonType
    """What it accepts."""

    def __call__(self, value: object) -> T:
        """Read a value. Raises Wrong."""
        return self.read(value)


def reader(shape: JsonType) -> Callable[[Callable[[Any], T]], Reader[T]]:
    """Make a function a reader that accepts values of this shape."""

    def decorate(read: Callable[[Any], T]) -> Reader[T]:
        return Reader(read, shape)

    return decorate


@frozen
class Field:
    """A field of a body, or a parameter of a query."""

    name: str
    """In JSON or in the query string."""
    attribute: str
    """In Python."""
    read: Callable[[Any], Any]
    meaning: str = ""
    """Describes a parameter in the OpenAPI document."""
    required: bool = False
    nullable: bool = False
    """Whether null is accepted. The reader does not get it; the value is None."""

    @property
    def shape(self) -> JsonType:
        """What the reader accepts. Raises TypeError if that is a function without a shape."""
        if not isinstance(self.read, Reader):
            raise TypeError(f"The reader of {self.name!r} has no shape: make it a Reader.")
        return self.read.shape

    def take(self, value: object, into: dict[str, Any]) -> list[FieldProblem]:
        """Read a value and store it under the Python name. Returns its problems."""
        try:
            is_null = value is None and self.nullable
            into[self.attribute] = None if is_null else self.read(value)
        except Wrong as wrong:
            return [FieldProblem(f"{self.name}{path}", text) for path, text in wrong.problems]
        return []


Table = Mapping[str, Field]
"""The fields of one call by their names."""


def table_of(*fields: Field) -> dict[str, Field]:
    """These fields by their names."""
    return {field.name: field for field in fields}


def kind_of(value: object) -> str:
    """The JSON type of a decoded value, with its article."""
    return _KINDS[type(value)]


def string(value: object) -> str:
    """A string of any length. Raises Wrong."""
    if not isinstance(value, str):
        raise Wrong(f"This must be a string, not {kind_of(value)}.")
    return value


def text(most: int, *, least: int = 0) -> Reader[str]:
    """Strings of so many characters."""
    sentence = (
        f"This must have {least} to {most} characters."
        if least
        else f"This may have at most {most} characters."
    )

    @reader(Annotated[str, Meta(min_length=least or None, max_length=most)])
    def read(value: object) -> str:
        found = string(value)
        if not least <= len(found) <= most:
            raise Wrong(sentence)
        return found

    return read


def one_of(kind: type[E]) -> Reader[E]:
    """The values of an enum."""

    @reader(kind)
    def read(value: object) -> E:
        try:
            return kind(string(value))
        except ValueError:
            raise Wrong(f"This must be one of {', '.join(kind)}.") from None

    return read


@reader(SessionId)
def session_id(value: object) -> str:
    """A UUID in its canonical form."""
    found = string(value).lower()
    if _UUID.fullmatch(found) is None:
        raise Wrong("A session id is a UUID.")
    return found


def read_session_id(given: str) -> str:
    """A session id from a path, in its canonical form. Raises Problem unless it is a UUID."""
    try:
        return session_id(given)
    except Wrong as wrong:
        raise Problem(INVALID_SESSION_ID, str(wrong)) from None


# Readers of JSON values.


def whole(least: int, most: int) -> Reader[int]:
    """Whole numbers in a range."""

    @reader(Annotated[int, Meta(ge=least, le=most)])
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            kind = "a fraction" if isinstance(value, float) else kind_of(value)
            raise Wrong(f"This must be a whole number, not {kind}.")
        if not least <= value <= most:
            raise Wrong(f"This must be between {least} and {most}.")
        return value

    return read


@reader(Kas)
def kas(value: object) -> Sompi:
    """An amount in KAS."""
    try:
        return parse_kas(string(value))
    except AmountError as error:
        raise Wrong(str(error)) from None


@reader(Annotated[Url, Meta(max_length=MAX_URL)])
def web_url(value: object) -> str:
    """A URL of http or https."""
    url = string(value)
    if len(url) > MAX_URL:
        raise Wrong(f"A URL may have at most {MAX_URL} characters.")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or _NOT_IN_URL.search(url):
        raise Wrong("This must be an http:// or https:// URL.")
    return url


@reader(Time)
def time(value: object) -> int:
    """A time with its zone, as unix milliseconds."""
    found = string(value)
    try:
        moment = datetime.fromisoformat(found if len(found) <= _LONGEST_TIME else "")
        # Not by timestamp(): a float loses a millisecond of some times.
        at = -1 if moment.tzinfo is None else (moment - _EPOCH) // _MS
    except (ValueError, OverflowError):
        at = -1
    if at < 0:
        raise Wrong("This must be a time such as 2026-01-31T12:00:00Z.")
    return at


def array(value: object, most: int) -> list[object]:
    """The items of an array, at most so many. Raises Wrong."""
    if not isinstance(value, list):
        raise Wrong(f"This must be an array, not {kind_of(value)}.")
    if len(value) > most:
        raise Wrong(f"This may have at most {most} items.")
    return value


# Readers of the text of a query parameter.


def whole_text(least: int, most: int) -> Reader[int]:
    """Whole numbers in a range, in digits."""

    @reader(Annotated[int, Meta(ge=least, le=most)])
    def read(given: str) -> int:
        if _DIGITS.fullmatch(given) is None or not least <= int(given) <= most:
            raise Wrong(f"This must be a whole number from {least} to {most}.")
        return int(given)

    return read


sompi_text: Final = Reader(
    whole_text(0, MAX_SOMPI).read,
    Annotated[str, Meta(pattern="^[0-9]+$", max_length=19, description="In sompi.")],
)


@reader(bool)
def boolean_text(given: str) -> bool:
    """``true`` or ``false``."""
    if given not in ("true", "false"):
        raise Wrong("This must be true or false.")
    return given == "true"


@reader(Annotated[str, Meta(description="A UTC day.", extra_json_schema={"format": "date"})])
def day_text(given: str) -> int:
    """A day, as the number of days since 1970."""
    try:
        # fromisoformat accepts more forms of ISO 8601 than this one.
        day = day_of_date(date.fromisoformat(given if _DATE.fullmatch(given) else ""))
    except ValueError:
        raise Wrong("This must be a day such as 2025-01-31.") from None
    if day < 0:
        raise Wrong("This must not be before 1970.")
    return day


@reader(Annotated[str, Meta(description="A time with its zone, or a day.")])
def time_or_day(given: str) -> int | date:
    """A time with its zone, as unix milliseconds, or a day."""
    if _DATE.fullmatch(given) is not None:
        return date_of_day(day_text(given))
    try:
        moment = datetime.fromisoformat(given if _TIME.fullmatch(given) else "")
        return (moment - _EPOCH) // _MS
    except (ValueError, OverflowError):
        sentence = "This must be a time such as 2025-01-31T12:00:00Z, or a day (2025-01-31)."
        raise Wrong(sentence) from None


_ZONE_MEANING: Final = "A name of the IANA time zone database, such as Europe/Berlin."


@reader(Annotated[str, Meta(max_length=MAX_ZONE_NAME, description=_ZONE_MEANING)])
def time_zone(given: str) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return zone_named(given)
    except UnknownZone as error:
        raise Wrong(str(error)) from None
