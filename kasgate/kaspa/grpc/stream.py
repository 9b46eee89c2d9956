"""One gRPC stream of messages to a node: grpclib's HTTP/2 under trio-asyncio, used from Trio.

The asyncio loop lives exactly as long as ``message_stream``'s block, and nothing waits in it. Data
is split into messages as soon as it arrives, so no received message is lost when the end of the
stream cancels a task. The reader takes messages as a Trio task. Three things are bounded: the size
of a message, the messages that wait for the reader (beyond that, HTTP/2's flow control stops the
node), and the windows.
"""

from __future__ import annotations

import socket
import struct
import warnings
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import h2.events
import trio
from grpclib.config import Configuration
from grpclib.const import Status
from grpclib.metadata import decode_grpc_message
from grpclib.protocol import AbstractHandler, Connection, EventsProcessor, H2Protocol, Stream
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes

from kasgate.kaspa.link import FAREWELL, Ended, in_one_line, reason_of
from kasgate.kaspa.outputs import Garbage

with warnings.catch_warnings():
    # On Python 3.12 the import itself warns about a feature that 3.14 removes.
    warnings.simplefilter("ignore", DeprecationWarning)
    import trio_asyncio  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from asyncio import BaseTransport, Transport

METHOD: Final = "/protowire.RPC/MessageStream"
"""The path at which a kaspad serves it (kaspa.md §3.5)."""

_MAX_MESSAGE: Final = 64 * 1024 * 1024
_WINDOW: Final = 16 * 1024 * 1024
# More bytes waiting for the reader stop the node. One window more may still be on its way.
_READY: Final = 4 * 1024 * 1024
# Requests wait while the node reads too slowly (asyncio's limit is 64 KiB), but HTTP/2's own
# answers, mainly pongs, do not.
_UNSENT: Final = 1024 * 1024
_DEFAULT_WINDOW: Final = 65_535
_HEAD: Final = struct.Struct(">BI")
# An HTTP/2 server sends a settings frame first. The first bytes of another protocol look like a
# huge frame, and h2 would wait for the rest of it.
_FRAME_HEAD: Final = 9
_FRAME_TYPE: Final = 3
_SETTINGS: Final = 4
_USER_AGENT: Final = "kasgate"
_STATUS_NAMES: Final = {str(status.value): status.name for status in Status}

Headers = Mapping[str, str]


class _NoCallsBack(AbstractHandler):
    """grpclib reports streams that the peer opens here; our settings forbid them."""

    def accept(self, stream: Stream, headers: object, release_stream: Callable[[], None]) -> None:
        release_stream()

    def cancel(self, stream: Stream) -> None:
        pass

    def close(self) -> None:
        pass


class MessageStream(H2Protocol):
    """An open stream; ``message_stream`` opens it.

    Its public coroutines are for Trio tasks. They raise Ended when the stream is over, after all
    messages from before the end were received; ``receive`` is for one task. The methods that
    asyncio calls have the names that asyncio prescribes.
    """

    def __init__(self, authority: str) -> None:
        super().__init__(
            _NoCallsBack(),
            Configuration(http2_connection_window_size=_WINDOW, http2_stream_window_size=_WINDOW),
            H2Configuration(client_side=True, header_encoding="utf-8"),
        )
        self.heard_at = trio.current_time()
        self._authority = authority
        self._ended: Ended | None = None
        self._answered = trio.Event()
        self._lost = trio.Event()
        self._pongs = trio.lowlevel.ParkingLot()
        self._arrivals = trio.lowlevel.ParkingLot()
        self._first_bytes = b""
        self._is_http2 = False
        self._messages: deque[bytes] = deque()
        self._ready = 0
        self._unfinished = bytearray()
        self._garbage: Garbage | None = None
        self._unacknowledged = 0

    # For Trio

    async def receive(self) -> bytes:
        """The next message, as bytes. Raises Garbage for an invalid message head."""
        while not self._messages:
            if self._garbage is not None:
                raise self._garbage
            if self._ended is not None:
                raise self._ended
            await self._arrivals.park()
        message = self._messages.popleft()
        self._ready -= len(message)
        self._acknowledge()
        return message

    async def send_message(self, message: bytes) -> None:
        """Send one message; waits while the node accepts no more. After a cancellation midway the
        stream is unusable."""
        try:
            await trio_asyncio.aio_as_trio(self._stream.send_data)(
                _HEAD.pack(0, len(message)) + message
            )
        except Exception as error:  # h2's errors after an end all mean the same
            raise self._ended or Ended(f"takes no more requests: {reason_of(error)}") from error

    async def ping(self) -> None:
        """Send an HTTP/2 ping and wait for the pong, without a time limit."""
        if self._ended is None:
            self._h2.ping(bytes(8))
            self.connection.flush()
            await self._pongs.park()

    async def _open(self) -> None:
        """Send the head of the request, and wait for the head of the response."""
        headers = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", METHOD),
            (":authority", self._authority),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("user-agent", _USER_AGENT),
        ]
        if self._ended is not None:
            raise self._ended
        with self._ends_it():
            self._stream = self.connection.create_stream()
            await trio_asyncio.aio_as_trio(self._stream.send_request)(
                headers, _processor=self.processor
            )
        await self._answered.wait()
        if self._ended is not None:
            raise self._ended

    async def _say_goodbye(self) -> None:
        if self._ended is None:
            with suppress(Exception):  # it is over anyway
                await trio_asyncio.aio_as_trio(self._stream.end)()
                self._h2.close_connection()
                self.connection.flush()
        self._transport.close()
        await self._lost.wait()

    async def _close_now(self) -> None:
        self._transport.abort()
        with trio.CancelScope(shield=True):  # waits only for a queued callback
            await self._lost.wait()

    # For asyncio

    def connection_made(self, transport: BaseTransport) -> None:
        self._transport: Transport = transport  # type: ignore[assignment]
        self._h2 = H2Connection(self.h2_config)
        self._h2.initiate_connection()
        self._h2.update_settings(
            {SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW, SettingCodes.ENABLE_PUSH: 0}
        )
        self._h2.increment_flow_control_window(_WINDOW - _DEFAULT_WINDOW)
        self.connection = Connection(self._h2, self._transport, config=self.config)
        self.processor = EventsProcessor(self.handler, self.connection)
        self.connection.flush()

    def data_received(self, data: bytes) -> None:
        self.heard_at = trio.current_time()
        if self._ended is not None:
            return
        if not self._is_http2:
            self._first_bytes += data
            if len(self._first_bytes) < _FRAME_HEAD:
                return
            if self._first_bytes[_FRAME_TYPE] != _SETTINGS:
                self.end("speaks no HTTP/2")
                return
            data, self._is_http2 = self._first_bytes, True
        with self._ends_it():
            for event in self._h2.receive_data(data):
                self._take(event)
                if self._ended is not None:
                    return
            self._acknowledge()
            self.connection.flush()
        if self._transport.get_write_buffer_size() > _UNSENT:
            self.end("makes us answer more than it reads")

    def connection_lost(self, exc: BaseException | None) -> None:
        clause = "is disconnected"
        if not self._answered.is_set():
            clause = "closed the connection during the handshake"
        self.end(clause + ("" if exc is None else f": {reason_of(exc)}"), exc)
        super().connection_lost(exc)
        self._lost.set()

    def end(self, clause: str, cause: BaseException | None = None) -> None:
        """Mark the stream as over, with a reason; the first reason stays."""
        if self._ended is None:
            self._ended = Ended(clause)
            self._ended.__cause__ = cause
            self._answered.set()
            self._arrivals.unpark_all()

    @contextmanager
    def _ends_it(self) -> Iterator[None]:
        """Untrusted bytes may raise any error in the layers below."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - see above
            self.end(f"does not speak HTTP/2 as it should: {reason_of(error)}", error)

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.DataReceived():
                self._unacknowledged += event.flow_controlled_length or 0
                self._gather(event.data or b"")
            case h2.events.ResponseReceived():
                self._take_head(_mapping(event.headers))
            case h2.events.TrailersReceived():
                self.end(_farewell(_mapping(event.headers)))
            case h2.events.StreamEnded():
                self.end("ended the stream without saying why")
            case h2.events.StreamReset():
                self.end(f"reset the stream (HTTP/2 error {event.error_code})")
            case h2.events.ConnectionTerminated():
                text = in_one_line((event.additional_data or b"").decode(errors="replace"))
                self.end(
                    f"ended the connection (HTTP/2 error {event.error_code}"
                    + (f": {text})" if text else ")")
                )
            case h2.events.PingAckReceived():
                self._pongs.unpark_all()
            case _:
                # HTTP/2 requires that frames of unknown kinds are ignored; grpclib raises for them.
                with suppress(NotImplementedError):
                    self.processor.process(event)

    def _take_head(self, headers: Headers) -> None:
        status, kind = headers.get(":status", ""), headers.get("content-type", "")
        if "grpc-status" in headers:
            self.end(_farewell(headers))
        elif status != "200":
            self.end(f"refused the stream with HTTP status {in_one_line(status)}")
        elif kind.partition(";")[0].partition("+")[0].strip() != "application/grpc":
            self.end(f"speaks no gRPC: its content type is {in_one_line(kind) or 'not given'}")
        else:
            self._answered.set()

    def _gather(self, data: bytes) -> None:
        """Split received data into messages."""
        if self._garbage is not None:
            return
        unfinished = self._unfinished
        unfinished += data
        begin = 0
        while self._garbage is None and len(unfinished) - begin >= _HEAD.size:
            compressed, length = _HEAD.unpack_from(unfinished, begin)
            if compressed:
                self._refuse("sent a compressed message without being asked")
            elif length > _MAX_MESSAGE:
                self._refuse(f"sent a message beyond the maximum message size ({length} bytes)")
            elif len(unfinished) - begin - _HEAD.size < length:
                break
            else:
                begin += _HEAD.size
                self._messages.append(bytes(memoryview(unfinished)[begin : begin + length]))
                self._ready += length
                begin += length
        if begin:
            del unfinished[:begin]
            self._arrivals.unpark_all()

    def _refuse(self, clause: str) -> None:
        self._garbage = Garbage(clause)
        self._arrivals.unpark_all()

    def _acknowledge(self) -> None:
        """Let the node send as much again as it has sent, unless too much waits for the reader."""
        if self._unacknowledged and self._ready <= _READY and self._ended is None:
            size, self._unacknowledged = self._unacknowledged, 0
            self._h2.acknowledge_received_data(size, self._stream.id or 0)
            self.connection.flush()


def _mapping(headers: Iterable[tuple[Any, Any]] | None) -> Headers:
    """Headers as h2 decoded them: text, because we set an encoding."""
    return dict(headers or ())


def _farewell(headers: Headers) -> str:
    """The reason for the end in the head or the trailers of a response, as a clause."""
    code = headers.get("grpc-status", "")
    if code == "0":
        return "ended the stream"
    name = _STATUS_NAMES.get(code) or in_one_line(code) or "missing"
    text = in_one_line(decode_grpc_message(headers.get("grpc-message", "")))
    return f"ended the stream with gRPC status {name}" + (f": {text}" if text else "")


@asynccontextmanager
async def message_stream(host: str, port: int, deadline: float) -> AsyncIterator[MessageStream]:
    """Connect in plain text and open the stream, for as long as the block runs.

    Raises Ended, OSError, or trio.TooSlowError at the deadline (by Trio's clock) if the connection
    fails. Leaving the block closes the connection properly, for a second at most; cancelling it
    closes the socket at once.
    """
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    async with trio_asyncio.open_loop() as loop:
        with trio.fail_at(deadline):
            plain = _plain_socket(await trio.open_tcp_stream(host, port))
            stream = MessageStream(authority)
            # Otherwise an exception in a callback of the transport would go unnoticed.
            loop.set_exception_handler(lambda _, context: stream.end(_mishap(context)))
            try:
                await trio_asyncio.aio_as_trio(loop.create_connection)(lambda: stream, sock=plain)
            except BaseException:
                plain.close()
                raise
        try:
            with trio.fail_at(deadline):
                await stream._open()
            yield stream
            with trio.move_on_after(FAREWELL):
                await stream._say_goodbye()
        finally:
            await stream._close_now()


def _plain_socket(stream: trio.SocketStream) -> socket.socket:
    """The socket of a stream that is no longer used, as asyncio needs it."""
    family, kind, protocol = stream.socket.family, stream.socket.type, stream.socket.proto
    plain = socket.socket(family, kind, protocol, fileno=stream.socket.detach())
    plain.setblocking(False)
    return plain


def _mishap(context: dict[str, Any]) -> str:
    error = context.get("exception")
    text = reason_of(error) if error is not None else in_one_line(str(context.get("message")))
    return f"broke the connection: {text}"
