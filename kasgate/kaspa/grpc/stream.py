"""One gRPC stream of messages to a node: HTTP/2 by h2, on a Trio stream.

One task reads and one task writes, for as long as ``message_stream``'s block runs. Data is split
into messages as soon as it arrives, so no received message is lost when the stream ends. Four
things are bounded: the size of a message, the messages that wait for the reader (beyond that,
HTTP/2's flow control stops the node), the windows, and the bytes that wait for the socket.

grpclib has the names of gRPC's status codes and the encoding of its texts. Its connection is for
asyncio, which Trio runs only through trio-asyncio; that does not import on Python 3.14.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

import h2.events
import trio
from grpclib.const import Status
from grpclib.metadata import decode_grpc_message
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes

from kasgate.kaspa.link import FAREWELL, Ended, in_one_line, reason_of
from kasgate.kaspa.outputs import Garbage

METHOD: Final = "/protowire.RPC/MessageStream"
"""The path at which a kaspad serves it (kaspa.md §3.5)."""

_MAX_MESSAGE: Final = 64 * 1024 * 1024
_WINDOW: Final = 16 * 1024 * 1024
_RECEIVE_BYTES: Final = 256 * 1024
# More bytes waiting for the reader stop the node. One window more may still be on its way.
_READY: Final = 4 * 1024 * 1024
# Requests wait while so many bytes wait for the socket, because the node reads too slowly. HTTP/2's
# own answers, mainly pongs, do not wait; beyond the second bound they end the stream.
_FULL: Final = 64 * 1024
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


class MessageStream:
    """An open stream; ``message_stream`` opens it.

    Its public coroutines raise Ended when the stream is over, after all messages from before the
    end were received. ``receive`` is for one task.
    """

    def __init__(self, transport: trio.abc.Stream, authority: str) -> None:
        self.heard_at = trio.current_time()
        self._transport = transport
        self._authority = authority
        self._number = 0
        self._ended: Ended | None = None
        self._answered = trio.Event()
        self._pongs = trio.lowlevel.ParkingLot()
        self._arrivals = trio.lowlevel.ParkingLot()
        self._first_bytes = b""
        self._is_http2 = False
        self._messages: deque[bytes] = deque()
        self._ready = 0
        self._unfinished = bytearray()
        self._garbage: Garbage | None = None
        self._unacknowledged = 0
        self._unsent = bytearray()
        self._being_sent = 0
        self._has_work = trio.lowlevel.ParkingLot()
        self._has_room = trio.lowlevel.ParkingLot()
        self._can_write = True
        self._turn = trio.Lock()
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._h2.update_settings(
            {SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW, SettingCodes.ENABLE_PUSH: 0}
        )
        self._h2.increment_flow_control_window(_WINDOW - _DEFAULT_WINDOW)
        self._greeting = self._h2.data_to_send()

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
        rest = memoryview(_HEAD.pack(0, len(message)) + message)
        async with self._turn:
            while rest:
                if self._ended is not None:
                    raise self._ended
                try:
                    room = self._room()
                    if room > 0:
                        self._h2.send_data(self._number, bytes(rest[:room]))
                        self._flush()
                        rest = rest[room:]
                        continue
                except Exception as error:  # h2's errors after an end all mean the same
                    raise Ended(f"takes no more requests: {reason_of(error)}") from error
                await self._has_room.park()

    async def ping(self) -> None:
        """Send an HTTP/2 ping and wait for the pong, without a time limit."""
        if self._ended is None:
            self._h2.ping(bytes(8))
            self._flush()
            await self._pongs.park()

    async def open(self) -> None:
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
            self._number = self._h2.get_next_available_stream_id()
            self._h2.send_headers(self._number, headers)
            self._flush()
        await self._answered.wait()
        if self._ended is not None:
            raise self._ended

    async def say_goodbye(self) -> None:
        """End the stream and the connection, and wait until everything is sent."""
        if self._ended is None:
            with suppress(Exception):  # it is over anyway
                self._h2.end_stream(self._number)
                self._h2.close_connection()
                self._flush()
        while self._can_write and (self._unsent or self._being_sent):
            await self._has_room.park()

    async def read(self) -> None:
        """Take what the node sends, until the stream is over."""
        clause, cause = "is disconnected", None
        try:
            while data := await self._transport.receive_some(_RECEIVE_BYTES):
                self.take(bytes(data))
                if self._ended is not None:
                    return
        except trio.BrokenResourceError as error:
            cause = error
        if not self._answered.is_set():
            clause = "closed the connection during the handshake"
        self.end(clause + ("" if cause is None else f": {reason_of(cause)}"), cause)

    async def greet(self) -> None:
        """Send HTTP/2's greeting. If that fails, the reader finds out as well."""
        with suppress(trio.BrokenResourceError):
            await self._transport.send_all(self._greeting)

    async def write(self) -> None:
        """Send what waits for the socket, for as long as the connection lasts."""
        try:
            while True:
                while not self._unsent:
                    await self._has_work.park()
                data, self._unsent = self._unsent, bytearray()
                self._being_sent = len(data)
                await self._transport.send_all(data)
                self._being_sent = 0
                self._has_room.unpark_all()
        except trio.BrokenResourceError:
            # The reader finds out as well, after it has taken what arrived before.
            self._can_write = False
            self._has_room.unpark_all()

    def take(self, data: bytes) -> None:
        """Take received bytes."""
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
            self._flush()
        if len(self._unsent) + self._being_sent > _UNSENT:
            self.end("makes us answer more than it reads")

    def end(self, clause: str, cause: BaseException | None = None) -> None:
        """Mark the stream as over, with a reason; the first reason stays."""
        if self._ended is None:
            self._ended = Ended(clause)
            self._ended.__cause__ = cause
            self._answered.set()
            self._arrivals.unpark_all()
            self._has_room.unpark_all()

    def _room(self) -> int:
        """The bytes of a message that may be sent now in one frame."""
        if len(self._unsent) + self._being_sent >= _FULL:
            return 0
        window = self._h2.local_flow_control_window(self._number)
        return min(window, self._h2.max_outbound_frame_size)

    def _flush(self) -> None:
        """Hand what h2 wants to send to the writer."""
        data = self._h2.data_to_send()
        if data:
            self._unsent += data
            self._has_work.unpark_all()

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
            case h2.events.WindowUpdated() | h2.events.RemoteSettingsChanged():
                self._has_room.unpark_all()
            case _:
                pass  # HTTP/2 requires that frames of unknown kinds are ignored.

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
            self._h2.acknowledge_received_data(size, self._number)
            self._flush()


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
    with trio.fail_at(deadline):
        transport = await trio.open_tcp_stream(host, port)
    stream = MessageStream(transport, authority)
    failure: Exception | None = None
    try:
        async with trio.open_nursery() as nursery:
            try:
                with trio.fail_at(deadline):
                    await stream.greet()
                    nursery.start_soon(stream.write)
                    nursery.start_soon(stream.read)
                    await stream.open()
                yield stream
                with trio.move_on_after(FAREWELL):
                    await stream.say_goodbye()
            except Exception as error:  # noqa: BLE001 - raised below, because a nursery wraps it
                failure = error
            nursery.cancel_scope.cancel()
    finally:
        await trio.aclose_forcefully(transport)
    if failure is not None:
        raise failure
