"""The wire under the wRPC adapter: a WebSocket kept alive, and requests answered by id.

Framing is that of kaspa.md §3.2. Everything that goes wrong, from a refused connection to a frame
that is no JSON, ends the link with a reason in one sentence. Nothing of what trio-websocket,
wsproto, ssl or the operating system raise comes out of here.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from socket import gaierror
from typing import Final, Generic, TypeVar, cast
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

from kasgate.kaspa.node import NodeRefused, NodeUnavailable
from kasgate.kaspa.wrpc_messages import FRAME, Frame, Garbage, decode

T = TypeVar("T")

_MAX_MESSAGE: Final = 64 * 1024 * 1024
_MESSAGE_QUEUE: Final = 1024
_RECEIVE_BUFFER: Final = 65_536
# How long a node may take to say goodbye before the socket is closed under it.
_FAREWELL: Final = 1.0
_LONGEST_QUOTE: Final = 300
_DEFAULT_PORTS: Final = {"ws": 80, "wss": 443}


@frozen
class Patience:
    """How long to wait for what, in seconds."""

    request: float
    """For an answer, from when the node could turn to the request."""
    connect: float
    """For the connection with all its handshakes."""
    silence: float
    """For anything at all to come in, be it the answer to a ping."""
    ping: float
    """Between an answered ping and the next."""


@frozen
class _Target:
    """A URL taken apart."""

    host: str
    port: int
    resource: str
    secure: bool

    @classmethod
    def of(cls, url: str) -> _Target:
        """Raises ValueError for a URL that no WebSocket can be opened to."""
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
    """A stream that remembers when something last came in.

    Until the WebSocket handshake is through, an end of the stream is raised as ConnectionError;
    trio-websocket would wait out the time limit.
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


class Refusal(NodeRefused):
    """NodeRefused, with the node's own words apart from our sentence."""

    def __init__(self, sentence: str, words: str) -> None:
        super().__init__(sentence)
        self.words = words


class _Call(Generic[T]):
    """One request and, later, its answer."""

    __slots__ = (
        "abandoned",
        "answer",
        "decoder",
        "done",
        "method",
        "params",
        "patience",
        "refusal",
    )

    def __init__(
        self,
        method: str,
        params: Mapping[str, object],
        decoder: msgspec.json.Decoder[T],
        patience: float,
    ) -> None:
        self.method = method
        self.params = params
        self.decoder = decoder
        self.patience = patience
        self.done = trio.Event()
        self.answer: T | None = None
        self.refusal: str | None = None
        self.abandoned = False


class Link:
    """One connection to one node: ``hold`` runs it, ``ask`` uses it, ``fail`` ends it.

    Callers never touch the socket: a writer task sends for them, so that cancelling a call can't
    cut a frame in half. A node answers one request after the other (kaspa.md §3.2), therefore the
    time limit is that of the oldest unanswered request and runs from when it became the oldest.
    """

    def __init__(
        self,
        url: str,
        patience: Patience,
        on_notice: Callable[[Frame], Awaitable[None]],
        on_failure: Callable[[], object],
    ) -> None:
        """``on_notice`` is called by the reader with every frame that answers no request, and may
        raise Garbage; ``on_failure`` is called once when the link goes down, and must not wait."""
        self.url = url
        self.settled = trio.Event()
        """Set once the link is open, or has failed to open."""
        self.failure: str | None = None
        """Why the link is down, as a sentence; None while it is not."""
        self._cause: BaseException | None = None
        self._name = _name_of(url)
        self._patience = patience
        self._on_notice = on_notice
        self._on_failure = on_failure
        self._scope = trio.CancelScope()
        # No room in the queue: a caller waits until the writer takes its request.
        self._queue, self._requests = trio.open_memory_channel[_Call[object]](0)
        self._last_id = 0
        self._calls: dict[int, _Call[object]] = {}
        self._due = inf
        self._due_scope = trio.CancelScope()

    def fail(self, clause: str, cause: BaseException | None = None) -> None:
        """Take the link down; ``clause`` goes on after the node's name. The first reason stays.

        Every waiting call raises NodeUnavailable with it.
        """
        if self.failure is not None:
            return
        self.failure = f"{self._name} {clause}."
        self._cause = cause
        for call in self._calls.values():
            call.done.set()
        self._scope.cancel()
        self._requests.close()  # after the writer was cancelled, which may be waiting on it
        self._on_failure()

    def unavailable(self) -> NodeUnavailable:
        """The exception to raise now that the link is down."""
        error = NodeUnavailable(self.failure)
        error.__cause__ = self._cause
        return error

    async def ask(
        self,
        method: str,
        params: Mapping[str, object],
        decoder: msgspec.json.Decoder[T],
        *,
        patience: float = 1,
    ) -> T:
        """Send a request and wait for its answer, at most ``patience`` times the usual.

        Raises NodeUnavailable, and Refusal when the answer is an error. When cancelled, the
        request may have been sent; its answer is thrown away.
        """
        if self.failure is not None:
            raise self.unavailable()
        call = _Call(method, params, decoder, patience * self._patience.request)
        try:
            await self._queue.send(cast("_Call[object]", call))
        except trio.BrokenResourceError:
            raise self.unavailable() from self._cause
        try:
            await call.done.wait()
        except trio.Cancelled:
            call.abandoned = True
            raise
        if call.refusal is not None:
            raise Refusal(f"{self._name} refused {method}: {call.refusal}", call.refusal)
        if call.answer is None:
            raise self.unavailable()
        return call.answer

    async def hold(self) -> None:
        """Open the connection and keep it until it fails or ``fail`` is called. Never raises but
        for cancellation, which closes the socket at once instead of saying goodbye."""
        try:
            deadline = trio.current_time() + self._patience.connect
            with trio.fail_at(deadline):
                stream = _WatchedStream(await _open_stream(_Target.of(self.url)))
            async with stream, trio.open_nursery() as nursery:
                with trio.fail_at(deadline):
                    socket = await self._shake_hands(nursery, stream)
                await self._serve(socket, stream)
                nursery.cancel_scope.cancel()
        except* Exception as errors:  # noqa: BLE001 - hostile bytes raise anything in the layers below
            cause = _first(errors)
            if self.settled.is_set():
                self.fail(f"broke the connection: {_reason(cause)}", cause)
            elif isinstance(cause, trio.TooSlowError):
                self.fail(f"can't be reached: no answer within {self._patience.connect:g} s", cause)
            else:
                self.fail(f"can't be reached: {_reason(cause)}", cause)
        finally:
            self.fail("is not connected any longer")
            self.settled.set()

    async def _shake_hands(
        self, nursery: trio.Nursery, stream: _WatchedStream
    ) -> WebSocketConnection:
        target = _Target.of(self.url)
        socket = await wrap_client_stream(
            nursery,
            # Any Stream will do; only its optional endpoint properties want a socket.
            cast("trio.SocketStream", stream),
            target.host_header,
            target.resource,
            message_queue_size=_MESSAGE_QUEUE,
            max_message_size=_MAX_MESSAGE,
            receive_buffer_size=_RECEIVE_BUFFER,
        )
        stream.is_established = True
        return socket

    async def _serve(self, socket: WebSocketConnection, stream: _WatchedStream) -> None:
        with self._scope:
            async with trio.open_nursery() as tasks:
                tasks.start_soon(self._read, socket)
                tasks.start_soon(self._write, socket)
                tasks.start_soon(self._ping, socket)
                tasks.start_soon(self._watch_silence, stream)
                tasks.start_soon(self._watch_answers)
                self.settled.set()
        with trio.move_on_after(_FAREWELL):
            await socket.aclose()

    async def _read(self, socket: WebSocketConnection) -> None:
        """Decode and dispatch, nothing else."""
        try:
            while True:
                message = await socket.get_message()
                if not isinstance(message, str):
                    raise Garbage("sent a binary message where JSON is spoken")  # noqa: TRY301
                frame = decode(FRAME, message, "a frame")
                if frame.id is not None:
                    self._take_answer(frame.id, frame)
                elif frame.method is not None:
                    await self._on_notice(frame)
                else:
                    raise Garbage("sent a frame with neither id nor method")  # noqa: TRY301
        except Garbage as garbage:
            self.fail(str(garbage), garbage)
        except ConnectionClosed as closed:
            self.fail(_reason(closed), closed)

    def _take_answer(self, number: int, frame: Frame) -> None:
        call = self._calls.get(number)
        if call is None:
            return  # to nobody we know of: harmless
        if frame.error is not None:
            call.refusal = _in_one_line(frame.error.message) or "no reason given"
        elif not call.abandoned:
            call.answer = decode(call.decoder, frame.params, f"an answer to {call.method}")
        was_oldest = next(iter(self._calls)) == number
        del self._calls[number]
        call.done.set()
        if was_oldest:
            self._set_due()

    def _set_due(self) -> None:
        """Start the time of the oldest unanswered request."""
        oldest = next(iter(self._calls.values()), None)
        self._due = inf if oldest is None else trio.current_time() + oldest.patience
        self._due_scope.deadline = self._due

    async def _write(self, socket: WebSocketConnection) -> None:
        async for call in self._requests:
            self._last_id += 1
            self._calls[self._last_id] = call
            if self.failure is not None:
                call.done.set()  # handed over in the very moment of failing
            if len(self._calls) == 1:
                self._set_due()
            request = {"id": self._last_id, "method": call.method, "params": call.params}
            try:
                await socket.send_message(msgspec.json.encode(request).decode())
            except ConnectionClosed as closed:
                self.fail(_reason(closed), closed)

    async def _ping(self, socket: WebSocketConnection) -> None:
        try:
            while True:
                await trio.sleep(self._patience.ping)
                await socket.ping()  # waits for the pong
        except ConnectionClosed as closed:
            self.fail(_reason(closed), closed)

    async def _watch_silence(self, stream: _WatchedStream) -> None:
        while True:
            until = stream.heard_at + self._patience.silence
            if until <= trio.current_time():
                break
            await trio.sleep_until(until)
        self.fail(f"has been silent for {self._patience.silence:g} s")

    async def _watch_answers(self) -> None:
        while True:
            with trio.CancelScope(deadline=self._due) as self._due_scope:
                await trio.sleep_forever()
            # An answer may have come in the same instant.
            if self._calls and self._due <= trio.current_time():
                oldest = next(iter(self._calls.values()))
                self.fail(f"did not answer {oldest.method} within {oldest.patience:g} s")


async def _open_stream(target: _Target) -> trio.abc.Stream:
    """Connect, and for wss shake hands, so that a bad certificate shows here by its name."""
    if not target.secure:
        return await trio.open_tcp_stream(target.host, target.port)
    stream = await trio.open_ssl_over_tcp_stream(
        target.host,
        target.port,
        ssl_context=ssl.create_default_context(),
        https_compatible=True,
    )
    try:
        await stream.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


def _name_of(url: str) -> str:
    """The node for a sentence, without what may be secret in its URL."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"The node at {scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def _first(error: BaseException) -> BaseException:
    """One of the exceptions that a group, however nested, was raised for."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _reason(error: BaseException) -> str:
    """Why the connection failed, for an operator."""
    if isinstance(error, ConnectionRejected):
        return f"it refused the WebSocket handshake with HTTP status {error.status_code}"
    if isinstance(error, ConnectionClosed):
        closed = error.reason
        if closed is None:
            return "is disconnected"
        text = f": {_in_one_line(closed.reason)}" if closed.reason else ""
        return f"is disconnected (code {closed.code}{text})"
    # trio tells of all its attempts to connect, or that a resource broke; the cause says why.
    while error.__cause__ is not None:
        error = _first(error.__cause__)
    text = str(error)
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError | gaierror):
        # Those two have numbers of their own. trio's texts repeat the address.
        text = os.strerror(error.errno) if error.errno else text
    return _in_one_line(text) or type(error).__name__


def _in_one_line(text: str) -> str:
    """Text of a stranger, fit for a log line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST_QUOTE]).split())
    return line + "…" if len(text) > _LONGEST_QUOTE else line
