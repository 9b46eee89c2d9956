"""The wire of the wRPC adapter: a WebSocket kept alive, and requests answered by id.

Framing follows kaspa.md §3.2. Every failure, from a refused connection to a frame that is not JSON,
ends the link with a reason in one sentence. Errors of trio-websocket, wsproto, ssl or the operating
system are not passed on.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
import trio
from attrs import frozen
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    WebSocketConnection,
    wrap_client_stream,
)

from kasgate.kaspa.link import FAREWELL, Call, Ended, NodeLink, Timeouts, in_one_line, reason_of
from kasgate.kaspa.outputs import Garbage
from kasgate.kaspa.wrpc.messages import FRAME, Frame, decode

T = TypeVar("T")

_MAX_MESSAGE: Final = 64 * 1024 * 1024
_MESSAGE_QUEUE: Final = 1024
_RECEIVE_BUFFER: Final = 65_536
_DEFAULT_PORTS: Final = {"ws": 80, "wss": 443}


@frozen
class _Target:
    """The parts of a URL."""

    host: str
    port: int
    resource: str
    secure: bool

    @classmethod
    def of(cls, url: str) -> _Target:
        """Raises ValueError for a URL that is no WebSocket URL."""
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ValueError("it is not of the form ws://host:port or wss://host:port")
        resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return cls(parts.hostname, port, resource, parts.scheme == "wss")

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port in _DEFAULT_PORTS.values() else f"{host}:{self.port}"


class _WatchedStream(trio.abc.Stream):
    """A stream that notes when data last came in.

    Until the end of the WebSocket handshake, an end of the stream is raised as ConnectionError;
    trio-websocket would wait for the whole time limit.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self.is_established = False
        self.heard_at = trio.current_time()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        with self._loud_handshake():
            await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        with self._loud_handshake():
            data = await self._stream.receive_some(max_bytes)
        if not data and not self.is_established:
            raise ConnectionAbortedError("it closed the connection during the handshake")
        self.heard_at = trio.current_time()
        return data

    @contextmanager
    def _loud_handshake(self) -> Iterator[None]:
        try:
            yield
        except trio.BrokenResourceError as broken:
            if self.is_established:
                raise
            raise ConnectionResetError("it cut the connection during the handshake") from broken

    async def aclose(self) -> None:
        await self._stream.aclose()


@frozen
class _WebSocket:
    """An open WebSocket as a LinkTransport."""

    socket: WebSocketConnection
    stream: _WatchedStream

    @property
    def heard_at(self) -> float:
        return self.stream.heard_at

    async def receive(self) -> str | bytes:
        with _ends_told():
            return await self.socket.get_message()

    async def send(self, number: int, call: Call[Any]) -> None:
        request = {"id": number, "method": call.method, "params": call.request}
        with _ends_told():
            await self.socket.send_message(msgspec.json.encode(request).decode())

    async def ping(self) -> None:
        with _ends_told():
            await self.socket.ping()  # waits for the pong


@contextmanager
def _ends_told() -> Iterator[None]:
    try:
        yield
    except ConnectionClosed as closed:
        raise Ended(_reason(closed)) from closed


class Link(NodeLink[_WebSocket]):
    """One connection to one node: ``hold`` runs it, ``ask`` uses it, ``fail`` ends it."""

    def __init__(
        self,
        url: str,
        patience: Timeouts,
        on_notice: Callable[[Frame], Awaitable[None]],
        on_failure: Callable[[], object],
    ) -> None:
        """The reader calls ``on_notice`` with every frame that answers no request; it may raise
        Garbage."""
        super().__init__(url, patience, on_failure)
        self._on_notice = on_notice

    async def ask(
        self,
        method: str,
        params: Mapping[str, object],
        decoder: msgspec.json.Decoder[T],
        *,
        patience: float = 1,
    ) -> T:
        """Send a request and wait for its answer. The time limit is ``patience`` times the usual
        one.

        Raises NodeUnavailable, and Refusal for an error. If the call is cancelled, the request may
        have been sent; its answer is discarded.
        """

        def read(content: msgspec.Raw) -> T:
            return decode(decoder, content, f"an answer to {method}")

        return await self._answer_to(method, params, read, patience)

    async def _converse(self, deadline: float) -> None:
        with trio.fail_at(deadline):
            stream = _WatchedStream(await _open_stream(_Target.of(self.url)))
        async with stream, trio.open_nursery() as nursery:
            with trio.fail_at(deadline):
                socket = await self._shake_hands(nursery, stream)
            await self._serve(_WebSocket(socket, stream))
            with trio.move_on_after(FAREWELL):
                await socket.aclose()
            nursery.cancel_scope.cancel()

    async def _shake_hands(
        self, nursery: trio.Nursery, stream: _WatchedStream
    ) -> WebSocketConnection:
        target = _Target.of(self.url)
        socket = await wrap_client_stream(
            nursery,
            # Any Stream works; only its optional endpoint properties need a socket.
            cast("trio.SocketStream", stream),
            target.host_header,
            target.resource,
            message_queue_size=_MESSAGE_QUEUE,
            max_message_size=_MAX_MESSAGE,
            receive_buffer_size=_RECEIVE_BUFFER,
        )
        stream.is_established = True
        return socket

    def _reason(self, error: BaseException) -> str:
        return _reason(error)

    async def _read(self, wire: _WebSocket) -> None:
        """Decode and dispatch frames."""
        while True:
            message = await wire.receive()
            if not isinstance(message, str):
                raise Garbage("sent a binary message where JSON is spoken")
            frame = decode(FRAME, message, "a frame")
            if frame.id is not None:
                self._take_answer(frame.id, _filler(frame))
            elif frame.method is not None:
                await self._on_notice(frame)
            else:
                raise Garbage("sent a frame with neither id nor method")


def _filler(frame: Frame) -> Callable[[Call[Any]], None]:
    """A function that fills in the answer of a call."""

    def fill(call: Call[Any]) -> None:
        if frame.error is not None:
            call.refusal = in_one_line(frame.error.message) or "no reason given"
        elif not call.abandoned:
            call.answer = call.read(frame.params)

    return fill


async def _open_stream(target: _Target) -> trio.abc.Stream:
    """Connect, and for wss do the TLS handshake, so that a bad certificate is reported as such."""
    if not target.secure:
        return await trio.open_tcp_stream(target.host, target.port)
    # In a thread, because it reads the certificates that Python trusts from the disk.
    tls = await trio.to_thread.run_sync(ssl.create_default_context)
    stream = await trio.open_ssl_over_tcp_stream(
        target.host,
        target.port,
        ssl_context=tls,
        https_compatible=True,
    )
    try:
        await stream.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


def _reason(error: BaseException) -> str:
    """Why the connection failed, for an operator."""
    if isinstance(error, ConnectionRejected):
        return f"it refused the WebSocket handshake with HTTP status {error.status_code}"
    if isinstance(error, ConnectionClosed):
        closed = error.reason
        if closed is None:
            return "is disconnected"
        text = f": {in_one_line(closed.reason)}" if closed.reason else ""
        return f"is disconnected (code {closed.code}{text})"
    return reason_of(error)
