"""One HTTP/1.1 connection to a checked address: a POST, its answer, and perhaps the next one."""

from __future__ import annotations

import re
import select
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Final, Self

import h11
import trio
from attrs import frozen

from kasgate.egress.policy import IPAddress, Target

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 64 * 1024
"""More of an answer is not read; its status counts all the same."""
MAX_TEXT_CHARACTERS: Final = 500
"""How much of an answer's body is kept and shown to the merchant."""
MAX_INTERIM_ANSWERS: Final = 10
"""Answers of the 1xx kind before the real one."""
CONNECT_SHARE_S: Final = 3.0
"""How long one of several addresses is tried before the next one."""
MAX_ADDRESSES_TRIED: Final = 4

_READ_BYTES: Final = 16 * 1024
_NEVER_IN_A_HEADER: Final = re.compile(r"[\r\n\0]")
# What the parser of answers is told of each request. What is sent is put together here, because
# h11 spends more time on checking our own headers than on everything else.
_ANY_POST: Final = h11.Request(
    method="POST", target="/", headers=[("Host", "any"), ("Content-Length", "0")]
)
# No character takes more than four bytes.
_KEPT_BYTES: Final = 4 * MAX_TEXT_CHARACTERS


class DeliveryFailed(Exception):
    """No answer came. The message is a sentence for the merchant's webhook log."""


class WentStale(Exception):
    """A kept connection was dead before a byte of the answer came: a new one may do better."""


@frozen
class Answer:
    """What a receiver answered."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; of several with one name the last."""
    body_text: str
    """The first 500 characters of the body."""

    @property
    def retry_after(self) -> str | None:
        """The value of ``Retry-After``."""
        return self.headers.get("retry-after")


class Connection:
    """A connection that belongs to one request at a time."""

    def __init__(self, stream: trio.abc.Stream, transport: trio.SocketStream) -> None:
        self._stream = stream
        self._socket = transport.socket
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._served = 0
        self.opened_at = trio.current_time()

    @classmethod
    async def open(
        cls, target: Target, addresses: Sequence[IPAddress], tls: ssl.SSLContext | None
    ) -> Self:
        """Connect to the first of the addresses that answers, and with ``tls`` shake hands in the
        name of the target's host. Raises OSError or trio.BrokenResourceError."""
        transport = await _connect_to_one(addresses[:MAX_ADDRESSES_TRIED], target.port)
        if tls is None:
            return cls(transport, transport)
        stream = trio.SSLStream(transport, tls, server_hostname=target.host, https_compatible=True)
        try:
            await stream.do_handshake()
        except BaseException:
            transport.socket.close()
            raise
        return cls(stream, transport)

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a POST and read its answer.

        Raises WentStale, OSError, trio.BrokenResourceError or h11.RemoteProtocolError, and
        ValueError for headers that can't be sent; on each of them, and on cancellation, the
        connection is closed.
        """
        try:
            return await self._post(target, headers, body)
        except BaseException:
            self.close()
            raise

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        message = _request_head(target, headers, len(body)) + body
        self._http.send(_ANY_POST)
        self._http.send(h11.EndOfMessage())
        try:
            await self._stream.send_all(message)
            first = await self._stream.receive_some(_READ_BYTES)
        except (OSError, trio.BrokenResourceError) as error:
            if self._served:
                raise WentStale from error
            raise
        if self._served and not first:
            raise WentStale
        self._http.receive_data(bytes(first))
        response = await self._head()
        text = await self._body()
        self._served += 1
        names_and_values = (
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in response.headers
        )
        return Answer(response.status_code, dict(names_and_values), text)

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
            kept += event.data[: max(0, _KEPT_BYTES - len(kept))]
            if size > MAX_BODY_BYTES:
                break
        text = kept.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return text[:MAX_TEXT_CHARACTERS]

    async def _event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            # The end of the stream is fed to the parser as well: no bytes.
            self._http.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))
        return event

    def renew(self) -> bool:
        """Make ready for another request; False if this connection is not good for one."""
        if self._http.trailing_data[0]:
            return False
        try:
            self._http.start_next_cycle()
        except h11.LocalProtocolError:
            return False
        return True

    def is_quiet(self) -> bool:
        """Whether an idle connection is still open, and nothing came that nobody asked for: what is
        there before the question can't be its answer."""
        poll = select.poll()
        poll.register(self._socket.fileno(), select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Drop the connection at once. May be called again."""
        self._socket.close()


def _request_head(target: Target, headers: Mapping[str, str], length: int) -> bytes:
    """A request up to its body. Raises ValueError for a header that would be more than one."""
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.host_header}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any(_NEVER_IN_A_HEADER.search(line) for line in lines):
        raise ValueError("a header contains a line break")
    return "\r\n".join((*lines, f"Content-Length: {length}", "", "")).encode("latin-1")


async def _connect_to_one(addresses: Sequence[IPAddress], port: int) -> trio.SocketStream:
    failure: OSError = TimeoutError("no address could be reached")
    for address in addresses[:-1]:
        with trio.move_on_after(CONNECT_SHARE_S):
            try:
                return await _connect(address, port)
            except OSError as error:
                failure = error
    if not addresses:
        raise failure
    return await _connect(addresses[-1], port)


async def _connect(address: IPAddress, port: int) -> trio.SocketStream:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    connecting = trio.socket.socket(family, socket.SOCK_STREAM)
    try:
        await connecting.connect((str(address), port))
        return trio.SocketStream(connecting)
    except BaseException:
        connecting.close()
        raise
