"""Readers of setting values, from text or from a value of a TOML file.

A reader takes either and returns the value in its own type, or raises WrongValue. The table of
settings describes the allowed values once; a reader adds a sentence only if that does not explain
the refusal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address
from ipaddress import ip_network as parse_network
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import SplitResult, urlsplit

import attrs

from kasgate.limits.rate_limits import RateLimits
from kasgate.money import AmountError, Sompi, parse_kas
from kasgate.rates.market import LEAST_ORIGINS
from kasgate.rates.sources import SOURCES, Source
from kasgate.sessions.policy import MOST_CONFIRMATIONS, PolicyError, Tier, checked_tiers

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
Reader = Callable[[object], T]

WILDCARD_HOSTS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised, not bound
_LIST_LIMIT: Final = 64
_WHOLE: Final = re.compile(r"[0-9]{1,12}")
_DURATION: Final = re.compile(r"([0-9]{1,12})([smhd]?)")
_UNIT_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"[!-~]{16,200}")
# With two slashes any word is a scheme. Without them only known schemes count, because a file name
# may contain a colon.
_SCHEME: Final = re.compile(
    r"([a-z][a-z0-9+.-]+)://|(file|sqlite3?|postgres(?:ql)?|mysql|mariadb|mongodb|redis|https?):",
    re.IGNORECASE,
)
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,8}")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_RATE_NAMES: Final = tuple(field.name for field in attrs.fields(RateLimits))
_NODES: Final = ("grpc", "ws", "wss")
_EMAIL: Final = re.compile(r"[^\s@:/,<>]+@[^\s@:/,<>]+\.[^\s@:/,<>]+")
_CONTACTS: Final = {
    "mailto": re.compile(r"[^\s@,<>]+@[^\s@,<>]+"),
    "https": re.compile(r"//[^\s/,<>]+(/[^\s,<>]*)?"),
    "tel": re.compile(r"\+?[0-9().-]+"),
}
_RESOLVER: Final = "resolver"
_OWN_NAMES: Final = re.compile(r"[^.]+|.*\.(localhost|local|internal|home\.arpa)")


class WrongValue(ValueError):
    """An invalid value of a setting. The text, if any, is a sentence with the reason; it never
    repeats a secret."""


def text(value: object) -> str:
    """Text without surrounding spaces; not empty, no control characters."""
    if not isinstance(value, str):
        raise WrongValue("It has to be written as text.")
    stripped = value.strip()
    if not stripped or not stripped.isprintable():
        raise WrongValue
    return stripped


def one_of(kind: type[E]) -> Reader[E]:
    """A member of an enum, by its value, in any case."""

    def read(value: object) -> E:
        name = text(value).lower()
        try:
            return kind(name)
        except ValueError:
            raise WrongValue from None

    return read


def whole(low: int, high: int) -> Reader[int]:
    """A whole number from ``low`` to ``high``."""

    def read(value: object) -> int:
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            number = int(value.strip())
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            raise WrongValue
        if not low <= number <= high:
            raise WrongValue
        return number

    return read


def whole_or_off(low: int, high: int) -> Reader[int | None]:
    """A whole number, or None for ``off``."""

    def read(value: object) -> int | None:
        if isinstance(value, str) and value.strip().lower() == "off":
            return None
        return whole(low, high)(value)

    return read


def duration(low: int, high: int) -> Reader[int]:
    """Seconds from ``low`` to ``high``, as a plain number or with a unit: 90, 90s, 5m, 2h, 30d."""

    def read(value: object) -> int:
        match = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
        if match is not None:
            value = int(match[1]) * _UNIT_SECONDS[match[2]]
        return whole(low, high)(value)

    return read


def list_of(read_item: Reader[T], at_least: int = 0) -> Reader[tuple[T, ...]]:
    """Items separated by commas, or a TOML list; a few dozen at most."""

    def read(value: object) -> tuple[T, ...]:
        if isinstance(value, str):
            items: list[object] = [item for item in value.split(",") if item.strip()]
        elif isinstance(value, list):
            items = value
        else:
            raise WrongValue("It has to be a list.")
        if len(items) > _LIST_LIMIT:
            raise WrongValue(f"There are more than {_LIST_LIMIT}.")
        if len(items) < at_least:
            raise WrongValue("The list is empty.")
        return tuple(read_item(item) for item in items)

    return read


def list_or_off(read_item: Reader[T]) -> Reader[tuple[T, ...]]:
    """Like list_of; ``off`` is the empty list."""
    read_list = list_of(read_item)

    def read(value: object) -> tuple[T, ...]:
        if isinstance(value, str) and value.strip().lower() == "off":
            return ()
        return read_list(value)

    return read


def on_or_off(value: object) -> bool:
    """``on`` or ``off``, or a boolean of TOML."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    if word not in {"on", "off"}:
        raise WrongValue
    return word == "on"


def confirmation_tiers(value: object) -> tuple[Tier, ...]:
    """Tiers as ``100:10,10000:100,*:600``: a limit in KAS, ``*`` for none, and confirmations."""
    try:
        return checked_tiers(list_of(_tier)(value))
    except PolicyError as error:
        raise WrongValue(str(error)) from None


def _tier(value: object) -> Tier:
    limit, colon, number = text(value).partition(":")
    if not colon:
        raise WrongValue
    below = None if limit.strip() == "*" else kas_above_zero(limit)
    return Tier(below, whole(1, MOST_CONFIRMATIONS)(number))


def rate_limits(value: object) -> RateLimits | None:
    """``on``, ``off`` (None), or some of the limits by name."""
    if isinstance(value, bool):
        return RateLimits() if value else None
    if isinstance(value, str) and value.strip().lower() in ("on", "off"):
        return RateLimits() if value.strip().lower() == "on" else None
    return RateLimits(**dict(list_of(_rate)(value)))


def _rate(value: object) -> tuple[str, int]:
    name, _, number = text(value).partition("=")
    name = name.strip().lower()
    if name not in _RATE_NAMES:
        raise WrongValue(f"{name!r} is not limited by itself. There are {', '.join(_RATE_NAMES)}.")
    return name, whole(1, 1_000_000)(number)


def rates_text(rates: RateLimits) -> str:
    """The limits in a form that can be read again."""
    return ",".join(f"{name}={getattr(rates, name)}" for name in _RATE_NAMES)


def path(value: object) -> Path:
    """A path, with ``~`` for the home directory. URLs and the like are refused, because they would
    otherwise become files of that name."""
    found = text(value)
    scheme = _SCHEME.match(found)
    if scheme is not None:
        raise WrongValue(f"That is a URL ({scheme[0].lower()}), not a path.")
    if found.startswith(":"):
        raise WrongValue(f"There is no {found} here: everything is kept in a file.")
    try:
        return Path(found).expanduser()
    except RuntimeError:
        raise WrongValue("There is no such home directory.") from None


def database_path(value: object) -> Path:
    """The path of the SQLite file; a refusal says what to write instead of a database URL."""
    try:
        return path(value)
    except WrongValue as wrong:
        raise WrongValue(
            f"{wrong} KasGate keeps its data in one SQLite file and has no other engine: write"
            " the path of that file, such as /var/lib/kasgate/kasgate.db."
        ) from None


def host(value: object) -> str:
    """An IP address or a host name."""
    name = text(value)
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    # Text of only digits and dots is a mistyped address, never a name.
    if _HOST_NAME.fullmatch(name) is None or not re.search("[a-z]", name, re.IGNORECASE):
        raise WrongValue
    return name.lower()


def host_and_port(value: object) -> tuple[str, int]:
    """``127.0.0.1:18599``, ``[::1]:18599`` or ``localhost:18599``."""
    name, colon, port = text(value).rpartition(":")
    if not colon or not name:
        raise WrongValue("The port is missing.")
    if ":" in name and not (name.startswith("[") and name.endswith("]")):
        raise WrongValue("An IPv6 address has to be in brackets.")
    return host(name.strip("[]")), whole(1, 65_535)(port)


def token(value: object) -> str:
    """A secret that may be sent in a header."""
    found = text(value)
    if _TOKEN.fullmatch(found) is None:
        raise WrongValue("It is too short, too long, or has other characters.")
    return found


def contact(value: object) -> str:
    """A URI of a contact in ``security.txt`` (RFC 9116 §2.5.3); an e-mail address gets its
    ``mailto:``."""
    found = text(value)
    if _EMAIL.fullmatch(found) is not None:
        return f"mailto:{found}"
    scheme, _, rest = found.partition(":")
    if scheme.lower() not in _CONTACTS or _CONTACTS[scheme.lower()].fullmatch(rest) is None:
        raise WrongValue
    return f"{scheme.lower()}:{rest}"


def kas_above_zero(value: object) -> Sompi:
    """An amount in KAS. TOML decimals are read as Decimal, never as float."""
    if isinstance(value, Decimal):
        value = format(value, "f")
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    try:
        amount = parse_kas(text(value))
    except AmountError as error:
        raise WrongValue(str(error)) from None
    if amount == 0:
        raise WrongValue
    return amount


def ip_network(value: object) -> IPv4Network | IPv6Network:
    """A network in CIDR form, or one address."""
    found = text(value)
    try:
        return parse_network(found)
    except ValueError:
        pass
    try:
        meant = parse_network(found, strict=False)
    except ValueError:
        raise WrongValue(f"{found!r} is no network.") from None
    raise WrongValue(f"{found!r} lies within the network {meant}; write that, or the address.")


def node_url(value: object) -> str:
    """The URL of a node with gRPC or wRPC JSON, or of a REST server; or ``resolver``."""
    found = text(value)
    if found.lower() == _RESOLVER:
        return _RESOLVER
    parts = _split_url(found)
    if parts.scheme == "http" and not is_own(parts.hostname or ""):
        raise WrongValue("Beyond this machine and private networks it has to be https://.")
    if parts.scheme in _DEFAULT_PORTS:
        return found.rstrip("/")
    if parts.scheme not in _NODES:
        raise WrongValue
    if parts.port is None:
        raise WrongValue("The port is missing.")
    return found.rstrip("/")


def is_own(name: str) -> bool:
    """Whether a host is this machine or in a private network, by its address or by a name that
    can't be public."""
    try:
        return not ip_address(name).is_global
    except ValueError:
        return _OWN_NAMES.fullmatch(name.lower()) is not None


def base_url(value: object) -> str:
    """A public URL, without a slash at its end. Its path becomes part of pages, headers and
    cookies, so only characters with the same meaning in all of them are allowed."""
    found = web_url(value)
    if _PATH.fullmatch(_split_url(found).path) is None:
        raise WrongValue("A path is made of letters, digits, '-', '_' and '.', such as /kasgate.")
    return found


def web_url(value: object) -> str:
    """A URL of http or https, without a slash at its end."""
    found = text(value)
    if _split_url(found).scheme not in _DEFAULT_PORTS:
        raise WrongValue
    return found.rstrip("/")


def origin(value: object) -> str:
    """An origin in the form of browsers: scheme and host in lower case, no default port."""
    found = text(value)
    parts = _split_url(found)
    if parts.scheme not in _DEFAULT_PORTS:
        raise WrongValue
    if parts.path not in {"", "/"}:
        raise WrongValue("An origin has no path.")
    name = (parts.hostname or "").lower()
    if ":" in name:
        name = f"[{name}]"
    if parts.port in {None, _DEFAULT_PORTS[parts.scheme]}:
        return f"{parts.scheme}://{name}"
    return f"{parts.scheme}://{name}:{parts.port}"


def rate_sources(value: object) -> tuple[Source, ...]:
    """Sources of rates by name, each optionally with another URL: ``kraken=https://…``."""
    found = list_of(_rate_source, at_least=1)(value)
    if len({source.name for source in found}) < len(found):
        raise WrongValue("A source is listed twice.")
    if len({source.origin for source in found if source.prices_coin}) < LEAST_ORIGINS:
        raise WrongValue("There are too few independent sources.")
    return found


def _rate_source(value: object) -> Source:
    name, equals, place = text(value).partition("=")
    source = SOURCES.get(name.strip().lower())
    if source is None:
        raise WrongValue(f"There is no source {name.strip()[:40]!r}.")
    return attrs.evolve(source, base_url=web_url(place)) if equals else source


def _split_url(url: str) -> SplitResult:
    """The parts of a URL with a host and without user, query and fragment."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
    except ValueError:
        raise WrongValue from None
    if not name or port == 0 or any(character.isspace() or character == "\\" for character in url):
        raise WrongValue
    host(name)
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise WrongValue("It must not have a user, a query or a fragment.")
    return parts
