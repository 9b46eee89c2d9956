"""One HTTP/1.1 connection to a checked address: a POST, its answer, and perhaps the next one."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Final, Self

import h11
import trio

from kasgate.egress.answer import KEPT_BYTES, HttpAnswer, read_whole, shown
from kasgate.egress.policy import IPAddress, Target
from kasgate.egress.wire import HttpSocket

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 64 * 1024
"""The most bytes of an answer that are read; its status counts even if it is longer."""
MAX_INTERIM_ANSWERS: Final = 10
"""The most 1xx answers before the real one."""

_READ_BYTES: Final = 16 * 1024
_NEVER_IN_A_HEADER: Final = re.compile(r"[\r\n\0]")
# The request as the answer parser knows it. The sent request is written here, because h11 would
# spend more time on checking our own headers than on everything else.
_ANY_POST: Final = h11.Request(
    method="POST", target="/", headers=[("Host", "any"), ("Content-Length", "0")]
)


class DeliveryFailed(Exception):
    """There was no answer. The message is a sentence for the merchant's webhook log."""


class WentStale(Exception):
    """A kept connection was dead before the first byte of the answer; a new one may work."""


class Connection:
    """A connection, used by one request at a time."""

    def __init__(self, wire: HttpSocket) -> None:
        self._wire = wire
        self._served = 0
        self.may_go_on = True
        """Whether it can carry another request, as far as is known."""
        self.opened_at = trio.current_time()

    @classmethod
    async def open(
        cls, target: Target, addresses: Sequence[IPAddress], tls: ssl.SSLContext | None
    ) -> Self:
        """Connect to the first of the addresses that answers. With ``tls``, do the TLS handshake
        for the target's host. Raises OSError or trio.BrokenResourceError."""
        return cls(await HttpSocket.open(addresses, target.port, target.host, tls))

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Send a POST and read its answer.

        Raises WentStale, trio.BrokenResourceError or h11.RemoteProtocolError, and ValueError for
        invalid headers. After each of them, and after cancellation, the connection is closed.
        """
        try:
            return await self._post(target, headers, body)
        except BaseException:
            self.close()
            raise

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        message = _request_head(target, headers, len(body)) + body
        try:
            await self._wire.send_all(message)
            first = await self._wire.receive(_READ_BYTES)
        except trio.BrokenResourceError as error:
            if self._served:
                raise WentStale from error
            raise
        if self._served and not first:
            raise WentStale
        answer, self.may_go_on = read_whole(first) or await _Reading(self._wire, first).answer()
        self._served += 1
        return answer

    @property
    def is_quiet(self) -> bool:
        """Whether an idle connection is still open and has no unread data. Data from before the
        request can't be its answer."""
        return self._wire.is_quiet

    def close(self) -> None:
        """Close the connection at once. May be called again."""
        self._wire.close()


class _Reading:
    """Reads an answer that comes in pieces, or in a form that only h11 tolerates."""

    def __init__(self, wire: HttpSocket, first: bytes) -> None:
        self._wire = wire
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._http.send(_ANY_POST)
        self._http.send(h11.EndOfMessage())
        self._http.receive_data(first)

    async def answer(self) -> tuple[HttpAnswer, bool]:
        """The answer, and whether its connection may carry another request. Raises
        trio.BrokenResourceError or h11.RemoteProtocolError."""
        response = await self._head()
        text = await self._body()
        names_and_values = (
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in response.headers
        )
        nothing_behind = self._http.trailing_data == (b"", False)
        may_go_on = self._http.their_state is h11.DONE and nothing_behind
        return HttpAnswer(response.status_code, dict(names_and_values), text), may_go_on

    async def _head(self) -> h11.Response:
        for _ in range(MAX_INTERIM_ANSWERS):
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the connection was closed without an answer")
        raise h11.RemoteProtocolError("too many interim answers")

    async def _body(self) -> str:
        kept = bytearray()
        size = 0
        while isinstance(event := await self._event(), h11.Data):
            size += len(event.data)
            kept += event.data[: max(0, KEPT_BYTES - len(kept))]
            if size > MAX_BODY_BYTES:
                break
        return shown(bytes(kept))

    async def _event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            # The end of the stream goes to the parser as well, as no bytes.
            self._http.receive_data(await self._wire.receive(_READ_BYTES))
        return event


def _request_head(target: Target, headers: Mapping[str, str], length: int) -> bytes:
    """A request up to its body. Raises ValueError for a header with a line break."""
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.host_header}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if _NEVER_IN_A_HEADER.search("".join(lines)):
        raise ValueError("a header contains a line break")
    return "\r\n".join((*lines, f"Content-Length: {length}", "", "")).encode("latin-1")
