"""A request's head, read by the express lane only where no two parsers could differ about it.

The plain lane reads heads with h11, this one with llhttp, and a request that the two understand
differently is how requests are smuggled. So a head is taken only in the form that all clients
write: printable ASCII, CRLF, a path as target, no header twice, a length in digits or none. For
anything else there is no Head, and the plain lane reads the very same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from web.proxies import TrustedProxies

MAX_HEAD_BYTES: Final = 16 * 1024
END_OF_HEAD: Final = b"\r\n\r\n"

_UNMISTAKABLE: Final = re.compile(
    rb"(?:GET|POST) /[!-~]*+ HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[ -~]*+\r\n)++\r\n"
)
_HOST: Final = re.compile(
    rb"[A-Za-z0-9][A-Za-z0-9.-]{0,199}(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?"
)
_LENGTH: Final = re.compile(rb"[0-9]{1,8}")
# Of a body whose end is not where Content-Length says, or that waits to be asked for.
_ODD: Final = frozenset({b"transfer-encoding", b"expect", b"trailer", b"te"})


class Headers:
    """A request's headers by name, in whatever case it is asked for."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[bytes, bytes]) -> None:
        """``values`` by their names in lower case."""
        self._values = values

    def get(self, name: str, /) -> str | None:
        """The value of a header; None if it did not come."""
        value = self._values.get(name.lower().encode())
        return None if value is None else value.decode("ascii")

    def items(self) -> Iterator[tuple[str, str]]:
        """All of them, names in lower case."""
        for name, value in self._values.items():
            yield name.decode("ascii"), value.decode("ascii")

    def __contains__(self, name: str) -> bool:
        return name.lower().encode() in self._values

    def has_any(self, names: AbstractSet[bytes]) -> bool:
        """Whether one of these came; names in lower case."""
        return not names.isdisjoint(self._values)


class Head(msgspec.Struct, frozen=True):
    """One request, up to its body."""

    method: str
    """GET or POST."""
    path: str
    """As it was written, escapes and all, without the query."""
    query: str
    """Empty if there is none."""
    headers: Headers
    keep_alive: bool
    client: str
    """The address at the other end, or what a trusted proxy says of it."""
    length: int = 0
    """Bytes of its body."""
    secure: bool = False
    """Whether a trusted proxy says that it came over TLS."""


class HeadReader:
    """Reads heads for a server whose proxies are known."""

    def __init__(self, proxies: TrustedProxies) -> None:
        self._proxies = proxies

    def read(self, data: bytes, peer: str) -> Head | None:
        """The head that is these bytes, from the first to the empty line at its end; None for one
        that is better left to the plain lane. ``peer`` is the address of the other end."""
        if _UNMISTAKABLE.fullmatch(data) is None:
            return None
        found = _Parsed()
        parser = HttpRequestParser(found)
        try:
            parser.feed_data(data)
        except HttpParserUpgrade:
            # A WebSocket, or so it says; whoever takes the head looks at that.
            pass
        except HttpParserError:
            return None
        headers = found.headers
        if len(headers) != found.count or not _ODD.isdisjoint(headers):
            return None
        length = headers.get(b"content-length", b"0")
        if not _LENGTH.fullmatch(length):
            return None
        client, secure = peer, False
        seen = self._proxies.seen(peer, headers.items())
        if seen is not None:
            client, secure = seen.client, seen.secure is True
            if seen.host is not None:
                headers[b"host"] = seen.host
        if not _HOST.fullmatch(headers.get(b"host", b"")):
            return None
        path, _, query = found.target.partition(b"?")
        return Head(
            parser.get_method().decode("ascii"),
            path.decode("ascii"),
            query.decode("ascii"),
            Headers(headers),
            b"close" not in headers.get(b"connection", b"").lower(),
            client,
            int(length),
            secure,
        )


class _Parsed:
    """What llhttp tells of a head, which it does with these names."""

    __slots__ = ("count", "headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: dict[bytes, bytes] = {}
        self.count = 0

    def on_url(self, target: bytes) -> None:
        self.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value.rstrip(b" ")
        self.count += 1
