"""The server side of gRPC calls over one connection: HTTP/2 by h2, on a Trio stream.

It has only the features that a node's interface needs: messages both ways, flow control, a status
at the end. It shares no code with the adapter that it is tested with, so that both can't have the
same mistake.
"""

import struct
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

import h2.events
import trio
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import H2Error
from h2.settings import SettingCodes

MAX_CALLS: Final = 16
"""Calls of one connection at a time."""

_HEAD: Final = struct.Struct(">BI")
_RECEIVE_BYTES: Final = 64 * 1024
_WINDOW: Final = 1024 * 1024
_DEFAULT_WINDOW: Final = 65_535
_MESSAGES_AHEAD: Final = 16


class CallOver(Exception):
    """The client ended the call, or violated the protocol."""


class GrpcCall:
    """One call of a client. Its methods raise CallOver once it is over."""

    def __init__(
        self,
        connection: "GrpcConnection",
        number: int,
        headers: Mapping[str, str],
        max_message_bytes: int,
    ) -> None:
        self.headers = headers
        self._connection = connection
        self._number = number
        self._max_message_bytes = max_message_bytes
        self._received: deque[bytes] = deque()
        self._unfinished = bytearray()
        self._unacknowledged = 0
        self._is_over = False
        self.is_half_closed = False
        """Whether the client has finished sending."""
        self._changed = trio.lowlevel.ParkingLot()

    async def accept(self) -> None:
        """Send the head of the response, before any message."""
        await self._send_headers({":status": "200", "content-type": "application/grpc"})

    async def receive(self) -> bytes:
        """The next message of the client, without its head. Raises CallOver also when the client
        has finished sending."""
        while not self._received:
            if self._is_over or self.is_half_closed:
                raise CallOver
            await self._changed.park()
        message = self._received.popleft()
        await self._acknowledge()
        return message

    async def send(self, message: bytes) -> None:
        """Send a message; waits while the client accepts no more."""
        rest = memoryview(_HEAD.pack(0, len(message)) + message)
        while rest:
            window = self._connection.room_for(self._number) if not self._is_over else 0
            if self._is_over:
                raise CallOver
            if window <= 0:
                await self._changed.park()
                continue
            piece, rest = rest[:window], rest[window:]
            await self._connection.do(lambda h2, p=piece: h2.send_data(self._number, bytes(p)))  # type: ignore[misc]

    async def finish(self, status: int = 0, message: str = "") -> None:
        """End the call with a gRPC status."""
        trailers = {"grpc-status": str(status)} | ({"grpc-message": message} if message else {})
        await self._send_headers(trailers, end=True)
        self._is_over = True

    async def refuse(self, http_status: int, status: int, message: str) -> None:
        """End the call before accepting it."""
        headers = {
            ":status": str(http_status),
            "content-type": "application/grpc",
            "grpc-status": str(status),
            "grpc-message": message,
        }
        await self._send_headers(headers, end=True)
        self._is_over = True

    async def _send_headers(self, headers: Mapping[str, str], *, end: bool = False) -> None:
        if self._is_over:
            raise CallOver
        fields = list(headers.items())
        await self._connection.do(lambda h2: h2.send_headers(self._number, fields, end_stream=end))

    async def _acknowledge(self) -> None:
        size = self._unacknowledged
        if size and len(self._received) < _MESSAGES_AHEAD and not self._is_over:
            self._unacknowledged = 0
            await self._connection.do(lambda h2: h2.acknowledge_received_data(size, self._number))

    # For the connection

    async def take_data(self, data: bytes, size: int) -> None:
        """Take received data that used so much of the window. Raises CallOver for a message that is
        compressed or too large."""
        self._unacknowledged += size
        self._unfinished += data
        while len(self._unfinished) >= _HEAD.size:
            compressed, length = _HEAD.unpack_from(self._unfinished)
            if compressed or length > self._max_message_bytes:
                raise CallOver
            end = _HEAD.size + length
            if len(self._unfinished) < end:
                break
            self._received.append(bytes(self._unfinished[_HEAD.size : end]))
            del self._unfinished[:end]
        self._changed.unpark_all()
        await self._acknowledge()

    def take_end(self, *, of_everything: bool) -> None:
        """Note that the client has finished sending, or that the whole call is over."""
        self.is_half_closed = True
        self._is_over = self._is_over or of_everything
        self._changed.unpark_all()

    def look_again(self) -> None:
        """Check again whether the window has grown."""
        self._changed.unpark_all()


class GrpcConnection:
    """One client's connection. ``run`` serves each call in a task until the client leaves."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        serve: Callable[[GrpcCall], Awaitable[None]],
        *,
        handshake_seconds: float,
        max_message_bytes: int,
    ) -> None:
        self._stream = stream
        self._serve = serve
        self._handshake_seconds = handshake_seconds
        self._max_message_bytes = max_message_bytes
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._calls: dict[int, GrpcCall] = {}
        self._sending = trio.Lock()
        self._is_cut = False

    async def run(self) -> None:
        """Serve until the client leaves or breaks HTTP/2. The caller closes the stream.

        A client that begins no call within the time limit of the handshake is disconnected.
        """
        self._h2.initiate_connection()
        self._h2.update_settings(
            {
                SettingCodes.MAX_CONCURRENT_STREAMS: MAX_CALLS,
                SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
            }
        )
        self._h2.increment_flow_control_window(_WINDOW - _DEFAULT_WINDOW)
        with trio.move_on_after(self._handshake_seconds) as handshake:
            async with trio.open_nursery() as nursery:
                with suppress(CallOver):
                    await self._flush()
                    while data := await self._stream.receive_some(_RECEIVE_BYTES):
                        await self._take(bytes(data), nursery, handshake)
                nursery.cancel_scope.cancel()

    async def _take(self, data: bytes, nursery: trio.Nursery, handshake: trio.CancelScope) -> None:
        try:
            events = self._h2.receive_data(data)
        except Exception as error:  # hostile bytes raise other errors than h2's
            await self._flush()  # sends the reason, if h2 knows it
            raise CallOver from error
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                handshake.deadline = trio.current_time() + 10**9
                self._begin(event, nursery)
            else:
                await self._dispatch(event)
        await self._flush()

    def _begin(self, event: h2.events.RequestReceived, nursery: trio.Nursery) -> None:
        number = event.stream_id or 0
        headers = {str(name): str(value) for name, value in event.headers or ()}
        call = GrpcCall(self, number, headers, self._max_message_bytes)
        self._calls[number] = call
        nursery.start_soon(self._run_call, number, call, nursery.cancel_scope)

    async def _run_call(self, number: int, call: GrpcCall, connection: trio.CancelScope) -> None:
        try:
            with suppress(CallOver):
                await self._serve(call)
        finally:
            del self._calls[number]
            if self._is_cut:
                connection.cancel()

    async def _dispatch(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.DataReceived():
                size = event.flow_controlled_length or 0
                call = self._calls.get(event.stream_id or 0)
                if call is None:
                    stream_id = event.stream_id or 0
                    await self.do(lambda h2: h2.acknowledge_received_data(size, stream_id))
                    return
                try:
                    await call.take_data(event.data or b"", size)
                except CallOver:
                    self._h2.reset_stream(event.stream_id or 0, ErrorCodes.PROTOCOL_ERROR)
                    call.take_end(of_everything=True)
            case h2.events.StreamEnded() | h2.events.StreamReset():
                if call := self._calls.get(event.stream_id or 0):
                    call.take_end(of_everything=isinstance(event, h2.events.StreamReset))
            case h2.events.WindowUpdated() | h2.events.RemoteSettingsChanged():
                for call in self._calls.values():
                    call.look_again()
            case h2.events.ConnectionTerminated():
                raise CallOver

    def room_for(self, number: int) -> int:
        """Bytes of a call that may be sent now in one frame."""
        try:
            window = self._h2.local_flow_control_window(number)
        except H2Error:
            raise CallOver from None
        return min(window, self._h2.max_outbound_frame_size)

    async def do(self, action: Callable[[H2Connection], None]) -> None:
        """Let h2 act and send the resulting bytes. Raises CallOver if that fails."""
        try:
            action(self._h2)
        except H2Error as error:
            raise CallOver from error
        await self._flush()

    async def _flush(self) -> None:
        async with self._sending:
            data = self._h2.data_to_send()
            if not data:
                return
            if self._is_cut:
                raise CallOver
            self._is_cut = True  # after a cancelled write, later bytes have no meaning
            try:
                await self._stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                raise CallOver from None
            self._is_cut = False
