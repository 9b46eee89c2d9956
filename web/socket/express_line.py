"""One WebSocket of the express lane: its frames, in and out, on a bare socket.

The task that publishes an update writes it to the socket, without waiting. A flusher sends the
bytes that the socket does not take at once; that task exists only while the peer is slow. Updates
that come meanwhile wait as the newest state of each session. The peer's own messages are not read
until it has taken the answers to earlier ones. So at most one frame of each sending task waits for
a peer. When the flusher's time is up, the peer is dropped.

The connection's own task only reads, and is never cancelled: closing the socket ends it. So a quiet
connection costs one task that waits for its socket, and no cancel scope (performance.md §3).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from math import inf
from typing import TYPE_CHECKING, Final, Protocol

import structlog
import trio
from wsproto.events import CloseConnection, Ping

from kasgate.access.client_networks import network_of
from web.connection.wheel import NEVER
from web.socket.conversation import MAX_MESSAGE_BYTES, Conversation
from web.socket.frames import PING, FrameReader, close_frame, pong_frame, text_frame

if TYPE_CHECKING:
    from actors.broker import SessionUpdate
    from actors.gateway import Gateway
    from web.connection.admission import ConnectionLimits, Connections
    from web.connection.wheel import Wheel
    from web.http.credentials import HeaderLookup
    from web.socket.limits import SocketLimits
    from web.socket.messages import SessionMessages

log = structlog.get_logger(__name__)

RECEIVE_BYTES: Final = 8 * 1024
MESSAGES_AT_ONCE: Final = 16
"""Messages that are answered before other connections have their turn."""

UNREAD: Final = "unread"
SILENT: Final = "silent"
"""The reasons to drop a peer: it did not read in time, or it was silent."""


class LineSeat(Protocol):
    """The admitted connection of a line."""

    def becomes(self, line: SocketLine) -> None:
        """The connection is a WebSocket from now on."""
        ...

    def follows(self, something: bool) -> None:
        """Set whether the WebSocket follows something."""
        ...


class LineOwner(Protocol):
    """The lane, as a line sees it."""

    gateway: Gateway
    messages: SessionMessages
    connections: Connections
    wheel: Wheel

    @property
    def limits(self) -> ConnectionLimits:
        """Limits of connections."""
        ...

    @property
    def socket_limits(self) -> SocketLimits:
        """Limits of WebSockets."""
        ...

    @property
    def stop_at(self) -> float:
        """When the server stops, in trio.current_time()."""
        ...

    def start_flushing(self, line: SocketLine) -> None:
        """Start a task that sends the unsent bytes of a slow peer."""
        ...

    def note_dropped(self, why: str) -> None:
        """Count a connection that a limit ended."""
        ...


class SocketLine:
    """The line of a conversation over one socket. It subscribes to the broker itself."""

    __slots__ = (
        *("_beside", "_closing", "_conversation", "_drained", "_flushing", "_heard_at", "_lane"),
        *("_late", "_linger_until", "_lingered", "_pings", "_reader", "_seat", "_socket", "_tasks"),
        *("_unsent", "follows_nothing", "tick"),
    )

    def __init__(
        self,
        lane: LineOwner,
        sock: trio.socket.SocketType,
        headers: HeaderLookup,
        client: str,
        seat: LineSeat | None,
    ) -> None:
        """``headers`` are those of the handshake that authentication may still need. ``client`` is
        the peer's address, ``seat`` the admitted connection."""
        self._lane = lane
        self._socket = sock
        self._reader = FrameReader(MAX_MESSAGE_BYTES)
        self._seat = seat
        self.follows_nothing = True
        """Whether the peer only holds the connection open."""
        self._conversation = Conversation(
            lane.gateway, lane.messages, self, headers, lane.socket_limits, network_of(client)
        )
        self._unsent: bytearray | None = None
        """The bytes that the socket has not taken yet; None while the peer keeps up."""
        self._late: dict[str, SessionUpdate] | None = None
        """The newest update of each session for a slow peer."""
        self._drained: trio.Event | None = None
        """Set when the peer keeps up again, or the connection is over."""
        self._flushing: trio.CancelScope | None = None
        self._closing = False
        """Whether our close frame is sent, or waits to be."""
        self._linger_until: float | None = None
        self._lingered = 0
        self._heard_at = trio.current_time()
        self._pings = 0
        self._beside: Callable[[], Awaitable[None]] | None = None
        """A task to run beside the reading, as soon as there is a nursery."""
        self._tasks: trio.Nursery | None = None
        self.tick = NEVER

    def begin(self, answer: bytes) -> None:
        """Send the answer to the handshake."""
        self._put(answer)

    async def run(self) -> None:
        """Serve the peer until one side ends the connection; the socket is closed then."""
        limits = self._lane.limits
        if self._seat is not None:
            self._seat.becomes(self)
            self._seat.follows(False)
        if self._linger_until is None:
            self._lane.wheel.set(self, self._heard_at + min(limits.ping_after_s, limits.silent_s))
        try:
            await self._listen()
            if self._beside is not None:
                async with trio.open_nursery() as self._tasks:
                    self._tasks.start_soon(self._beside)
                    await self._listen()
                    self._tasks.cancel_scope.cancel()
        finally:
            self._leave()
            self.abort()
            self._lane.wheel.set(self, inf)
            # Else these objects would refer to each other until the next garbage collection.
            self._seat = None
            del self._conversation

    def offer(self, update: SessionUpdate) -> None:
        """Write an update, or keep it while the peer is slow. Called by the broker."""
        if self._closing:
            return
        if self._unsent is None:
            self._tell(update)
            return
        if self._late is None:
            self._late = {}
        session_id = update.view.session.id
        self._late[session_id] = update.after(self._late.pop(session_id, None))

    async def send(self, message: bytes) -> None:
        """Send a text. Returns when the peer keeps up, or the connection is over."""
        self._write(text_frame(message))
        await self._kept_up()

    def close(self, code: int) -> None:
        """Send a close frame after all earlier messages, then read on for ``linger_s``.

        From now on no message is answered and no update is sent."""
        if self._closing:
            return
        self._leave()
        if self._flushing is not None:
            self._flushing.deadline = min(self._flushing.deadline, self._lane.stop_at)
        self._put(close_frame(code))
        self._closing = True
        if self._unsent is None:
            self._half_close()

    def follow(self, session_id: str) -> None:
        """Get updates of a session from now on."""
        if not self._closing:
            self._lane.gateway.broker.add_follower(session_id, self)

    def unfollow(self, session_id: str) -> None:
        """Get no more updates of a session. One that waits for the peer is not sent either."""
        self._lane.gateway.broker.remove_follower(session_id, self)

    def run_beside(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task until it or the connection ends."""
        if self._tasks is not None:
            self._tasks.start_soon(task)
        else:
            self._beside = task

    def attends(self, something: bool) -> None:
        """Set whether the peer follows something."""
        self.follows_nothing = not something
        if self._seat is not None:
            self._seat.follows(something)

    def overdue(self, now: float) -> float:
        """Ping a silent peer, drop one that stays silent, and close the socket after ``linger_s``.
        Called by the wheel."""
        if self._linger_until is not None:
            if now >= self._linger_until:
                self.abort()
                return inf
            return self._linger_until
        if self._closing:
            # Our close frame is not sent yet. The flusher has its own deadline.
            return inf
        limits = self._lane.limits
        silent_at = self._heard_at + limits.silent_s
        if now >= silent_at:
            self._drop(SILENT)
            return inf
        ping_at = self._heard_at + limits.ping_after_s * (self._pings + 1)
        if now >= ping_at:
            self._pings += 1
            ping_at += limits.ping_after_s
            if self._unsent is None:
                self._put(PING)
        return min(ping_at, silent_at)

    async def flush(self) -> None:
        """Send the unsent bytes of a slow peer, or drop it. A task of the lane."""
        with trio.CancelScope(deadline=self._flush_deadline()) as self._flushing:
            while self._unsent is not None and not self._is_over:
                try:
                    await trio.lowlevel.wait_writable(self._socket)
                except trio.ClosedResourceError:
                    break
                self._write_on()
        if self._flushing.cancelled_caught:
            self._drop(UNREAD)
        self._flushing = None
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    async def _listen(self) -> None:
        """Read until the connection is over, or there is a task to run beside the reading."""
        sock = self._socket
        while not self._is_over and (self._beside is None or self._tasks is not None):
            try:
                await trio.lowlevel.wait_readable(sock)
                data = os.read(sock.fileno(), RECEIVE_BYTES)
            except BlockingIOError:
                continue
            except (OSError, trio.ClosedResourceError):
                return
            if not data:
                return
            self._heard_at = trio.current_time()
            self._pings = 0
            await self._take(data)

    async def _take(self, data: bytes) -> None:
        if self._closing:
            self._lingered += len(data)
            if self._lingered > self._lane.limits.linger_bytes:
                self.abort()
            return
        for number, event in enumerate(self._reader.read(data), 1):
            if isinstance(event, CloseConnection):
                self.close(event.code)
            elif isinstance(event, Ping):
                self._write(pong_frame(bytes(event.payload)))
                await self._kept_up()
            else:
                await self._conversation.hear(event)
            if self._closing:
                return
            if number % MESSAGES_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()

    async def _kept_up(self) -> None:
        while self._unsent is not None and not self._is_over:
            if self._drained is None:
                self._drained = trio.Event()
            await self._drained.wait()

    def _tell(self, update: SessionUpdate) -> None:
        """Write an update. An exception ends this connection, and does not reach the publisher."""
        try:
            message = self._conversation.news(update)
            if message is not None:
                self._put(text_frame(message))
        except Exception:
            log.exception("connection failed", session=update.session.id)
            self._lane.connections.failed += 1
            self.abort()

    def _write(self, frame: bytes) -> None:
        if not self._closing:
            self._put(frame)

    def _put(self, frame: bytes) -> None:
        """Write a frame. A flusher sends the bytes that the socket does not take now."""
        if self._unsent is not None:
            self._unsent += frame
            return
        try:
            sent = os.write(self._socket.fileno(), frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abort()
            return
        if sent < len(frame):
            self._unsent = bytearray(frame[sent:])
            if self._flushing is None:
                self._lane.start_flushing(self)

    def _write_on(self) -> None:
        """Write unsent bytes, now that the socket is writable. Called by the flusher."""
        unsent = self._unsent
        if unsent is None:
            return
        try:
            sent = os.write(self._socket.fileno(), unsent)
        except BlockingIOError:
            return
        except OSError:
            self.abort()
            return
        del unsent[:sent]
        if unsent:
            return
        self._unsent = None
        if self._closing:
            self._half_close()
            return
        while self._late and self._unsent is None:
            self._tell(self._late.pop(next(iter(self._late))))
        if self._flushing is not None:
            self._flushing.deadline = self._flush_deadline()

    def _flush_deadline(self) -> float:
        return min(trio.current_time() + self._lane.limits.send_s, self._lane.stop_at)

    def _half_close(self) -> None:
        """Close our direction of the connection, now that the close frame is sent."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.abort()
            return
        lane = self._lane
        self._linger_until = min(trio.current_time() + lane.limits.linger_s, lane.stop_at)
        lane.wheel.set(self, self._linger_until)

    def _drop(self, why: str) -> None:
        if not self._is_over:
            self._lane.note_dropped(why)
            self.abort()

    @property
    def _is_over(self) -> bool:
        return self._socket.fileno() < 0

    def abort(self) -> None:
        """Close the socket at once. The connection's task notices that and ends."""
        if self._is_over:
            return
        self._closing = True
        self._unsent = self._late = None
        self._socket.close()

    def _leave(self) -> None:
        """Unsubscribe from all sessions."""
        self._conversation.end()
