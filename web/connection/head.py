"""Heads of requests in the express lane, which reads only what every parser reads alike.

The plain lane reads heads with h11, this lane with llhttp. A request that two parsers understand
differently can smuggle another request. So this lane accepts only the form that all clients write:
printable ASCII, CRLF, a path as target, no header twice, a length in digits or none. For any other
head there is no Head, and the plain lane reads the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from web.http.base_path import AT_THE_ROOT, BasePath
from web.http.proxies import TrustedProxies

MAX_HEAD_BYTES: Final = 16 * 1024
END_OF_HEAD: Final = b"\r\n\r\n"

_REQUEST_LINE: Final = re.compile(rb"(GET|POST) (/[!-~]*+) HTTP/1\.1\r\n")
_UNMISTAKABLE: Final = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[ -~]*+\r\n)++\r\n")
_HOST: Final = re.compile(
    rb"[A-Za-z0-9][A-Za-z0-9.-]{0,199}(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?"
)
_LENGTH: Final = re.compile(rb"[0-9]{1,8}")
# Headers of a body that ends elsewhere than Content-Length says, or that waits for a 100.
_ODD: Final = frozenset({b"transfer-encoding", b"expect", b"trailer", b"te"})


class Headers:
    """A request's headers by name, in any case."""

    __slots__ = ("_values", "fitting")

    def __init__(self, values: Mapping[str, str]) -> None:
        """The keys of ``values`` are in lower case."""
        self._values = values
        self.fitting: AbstractSet[str] | None = None
        """The methods of hot calls that the lane serves with these headers. None until the lane has
        checked, which it does once for all requests with the same headers."""

    def get(self, name: str, /) -> str | None:
        """The value of a header; None without it."""
        return self._values.get(name.lower())

    def items(self) -> Iterable[tuple[str, str]]:
        """All headers, names in lower case."""
        return self._values.items()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def has_any(self, names: AbstractSet[str]) -> bool:
        """Whether the request has one of these headers; names in lower case."""
        return not names.isdisjoint(self._values)


class Head(msgspec.Struct, frozen=True):
    """A request without its body."""

    method: str
    """GET or POST."""
    path: str
    """The path below our base path, as the client wrote it, with escapes and without the query."""
    query: str
    """Empty if there is none."""
    headers: Headers
    keep_alive: bool
    client: str
    """The address of the peer, or the one that a trusted proxy names."""
    length: int = 0
    """Bytes of the body."""
    secure: bool = False
    """Whether a trusted proxy received it over TLS."""


class HeadReader:
    """Reads the heads of one connection.

    A client sends the same headers with each of its requests. So the last headers are cached, and
    the same bytes are not parsed again.
    """

    __slots__ = ("_base", "_bytes", "_meant", "_peer", "_proxies")

    def __init__(self, proxies: TrustedProxies, peer: str, base: BasePath = AT_THE_ROOT) -> None:
        """``peer`` is the address of the peer, ``base`` a path that may precede ours."""
        self._base = base if base.path else None
        self._proxies = proxies
        self._peer = peer
        self._bytes = b""
        self._meant: _Meaning | None = None

    def read(self, data: bytes) -> Head | None:
        """Parse the bytes of a whole head, up to and with the empty line. None for a head that the
        plain lane has to read."""
        line = _REQUEST_LINE.match(data)
        if line is None:
            return None
        rest = data[line.end() :]
        if rest != self._bytes:
            self._meant, self._bytes = self._meaning(data, rest), rest
        meant = self._meant
        if meant is None:
            return None
        method, target = line.groups()
        path, _, query = target.decode("ascii").partition("?")
        if self._base is not None:
            path = self._base.own(path)
        return Head(
            method.decode("ascii"),
            path,
            query,
            meant.headers,
            meant.keep_alive,
            meant.client,
            meant.length,
            meant.secure,
        )

    def _meaning(self, data: bytes, rest: bytes) -> _Meaning | None:
        """Parse the headers, which are the ``rest`` of the head. None if the plain lane has to."""
        if _UNMISTAKABLE.fullmatch(rest) is None:
            return None
        found = _Parsed()
        parser = HttpRequestParser(found)
        try:
            parser.feed_data(data)
        except HttpParserUpgrade:
            # It may be the handshake of a WebSocket; the caller checks that.
            pass
        except HttpParserError:
            return None
        headers = found.headers
        if len(headers) != found.count or not _ODD.isdisjoint(headers):
            return None
        length = headers.get(b"content-length", b"0")
        if not _LENGTH.fullmatch(length):
            return None
        client, secure = self._peer, False
        seen = self._proxies.seen(self._peer, headers.items())
        if seen is not None:
            client, secure = seen.client, seen.secure is True
            if seen.host is not None:
                headers[b"host"] = seen.host
        if not _HOST.fullmatch(headers.get(b"host", b"")):
            return None
        keep_alive = b"close" not in headers.get(b"connection", b"").lower()
        text = {name.decode("ascii"): value.decode("ascii") for name, value in headers.items()}
        return _Meaning(Headers(text), keep_alive, client, int(length), secure)


class _Meaning(msgspec.Struct, frozen=True):
    """The part of a Head that depends on the headers alone."""

    headers: Headers
    keep_alive: bool
    client: str
    length: int
    secure: bool


class _Parsed:
    """The headers that llhttp reports. It calls methods of these names."""

    __slots__ = ("count", "headers")

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.count = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value.rstrip(b" ")
        self.count += 1
