"""The guard between a socket and hypercorn, one for each connection of the plain lane.

hypercorn's own connection class ends the whole server when one connection fails, sends under a
shield without a time limit, waits for a head for as long as a connection may idle, and has no limit
of connections (performance.md §3, known faults). The guard replaces that class, which
``hypercorn.trio.run`` looks up by name. It keeps hypercorn's protocols and changes this:

* an exception ends its own connection alone, and is counted (``web/connection/admission.py``);
* a send that takes too long drops the connection, and so does a head that does not arrive;
* a WebSocket whose peer is silent is pinged, then dropped;
* after an answer that ends the connection, the guard reads on for a short time: unread bytes of the
  peer would reset the connection before the peer has read the answer;
* HTTP/2 and compressed WebSockets are not offered: their cost exceeds their use here.

One task reads, and keeps all deadlines of its connection. hypercorn's own tasks for idle periods
and pings are not started.
"""

from __future__ import annotations

from contextvars import ContextVar
from math import inf
from typing import Final, cast

import hypercorn.protocol.ws_stream
import hypercorn.trio.run
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.ws_stream import ASGIWebsocketState, WSStream
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState, LifespanState
from hypercorn.utils import parse_socket_addr
from wsproto.events import Ping

from web.connection.admission import Admitted, Connections, HypercornStream
from web.connection.http1 import NotHttp1, PlainHttp, WithoutCompression

RECEIVE_BYTES: Final = 16 * 1024


class GuardedConfig(Config):
    """hypercorn's configuration, which it passes to each connection."""

    connections: Connections


class GuardedConnection(Admitted, TCPServer):
    """A connection of the plain lane. hypercorn constructs it and awaits it."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        state: LifespanState,
        stream: HypercornStream,
        *,
        head_since: float | None = None,
        seat: Admitted | None = None,
    ) -> None:
        """``head_since`` is the time at which the first head began, if before now. ``seat`` is the
        admitted connection, if that is another one: the express lane hands connections over."""
        TCPServer.__init__(self, app, config, context, state, stream)
        self._all = cast(GuardedConfig, config).connections
        self._seat: Admitted = self if seat is None else seat
        self._follows_nothing = False
        self._http: PlainHttp | None = None
        self._limits = self._all.limits
        self._nursery: trio.Nursery | None = None
        self._reading = trio.CancelScope()
        self._handling = trio.CancelScope()
        self._sending = trio.CancelScope()
        self._ended = trio.Event()
        now = trio.current_time()
        self._busy = False
        self._idle_since = now
        self._head_since: float | None = now if head_since is None else head_since
        self._heard_at = now
        self._pings = 0
        self._linger_until: float | None = None
        self._lingered = 0

    def stop(self) -> None:
        """End the connection now, or after the request that is being served."""
        self._sending.deadline = min(self._sending.deadline, self._all.stop_at)
        if not self._busy:
            self._abandon()

    def evict(self) -> None:
        """End the connection now, to make room for another one."""
        self._abandon()

    @property
    def waits(self) -> bool:
        """Whether it waits for its peer, or is a WebSocket that follows nothing."""
        if self._open_websocket() is not None:
            return self._follows_nothing
        return not self._busy or (self._http is not None and self._http.awaits_body)

    def follows(self, something: bool) -> None:
        """The WebSocket on this connection follows something from now on, or nothing."""
        self._follows_nothing = not something
        self._all.follows(self._seat, something)

    async def serve(self, peer: str) -> None:
        """Serve the connection with hypercorn's protocols until it ends."""
        CONNECTION.set(self)
        sock = self.stream.socket
        client = parse_socket_addr(sock.family, sock.getpeername())
        server = parse_socket_addr(sock.family, sock.getsockname())
        # Not entered as hypercorn enters a task group: that lets a cancellation of the connection's
        # nursery escape into the server's nursery, which ends the server.
        async with trio.open_nursery() as self._nursery:
            tasks = TaskGroup()
            tasks._nursery = self._nursery
            if self._all.stopping:
                self._abandon()
            self._http = PlainHttp(
                self.app,
                self.config,
                self.context,
                tasks,
                ConnectionState(self.state),
                client=client,
                server=server,
                send=self.protocol_send,
            )
            await self._read_data()
            # The peer is gone: end the tasks that still run for this connection.
            self._abandon()

    def _abandon(self) -> None:
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()

    def _drop(self, why: str) -> None:
        self._all.drop(why)
        self._abandon()

    async def _read_data(self) -> None:
        """Read until the peer or a deadline ends the connection."""
        http = cast(PlainHttp, self._http)
        while True:
            with trio.CancelScope(deadline=self._read_deadline()) as self._reading:
                try:
                    data = bytes(await self.stream.receive_some(RECEIVE_BYTES))
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    return
            if self._reading.cancelled_caught:
                if not await self._survive_deadline():
                    return
                continue
            if self._linger_until is not None:
                self._lingered += len(data)
                if not data or self._lingered > self._limits.linger_bytes:
                    return
                continue
            self._heard()
            with trio.CancelScope() as self._handling:
                try:
                    await http.handle(RawData(data))
                except NotHttp1:
                    await self._say_goodbye()
            if not data:
                await self._finish_half_closed()
                return
            if self._is_spent():
                await self._say_goodbye()

    def _heard(self) -> None:
        self._heard_at = trio.current_time()
        self._pings = 0
        if not self._busy and self._head_since is None:
            self._head_since = self._heard_at

    def _read_deadline(self) -> float:
        limits = self._limits
        if self._linger_until is not None:
            return self._linger_until
        if self._open_websocket() is not None:
            ping_at = self._heard_at + limits.ping_after_s * (self._pings + 1)
            return min(ping_at, self._heard_at + limits.silent_s)
        if self._busy:
            return inf
        if self._head_since is not None:
            return self._head_since + limits.head_s
        return self._idle_since + limits.keep_alive_s

    def _reset_read_deadline(self) -> None:
        """Apply a new deadline to a reader that waits already."""
        deadline = self._read_deadline()
        if self._reading.deadline != deadline:
            self._reading.deadline = deadline

    async def _survive_deadline(self) -> bool:
        """Act on a passed deadline. Returns whether to read on."""
        now = trio.current_time()
        if now < self._read_deadline():
            # The deadline was moved while it passed.
            return True
        if self._linger_until is not None:
            return False
        websocket = self._open_websocket()
        if websocket is not None:
            if now >= self._heard_at + self._limits.silent_s:
                self._drop("a silent WebSocket")
                return False
            self._pings += 1
            await websocket._send_wsproto_event(Ping())
            return True
        if self._head_since is not None:
            self._drop("a slow head")
        return False

    def _websocket(self) -> WSStream | None:
        stream = None if self._http is None else self._http.stream
        return stream if isinstance(stream, WSStream) else None

    def _open_websocket(self) -> WSStream | None:
        websocket = self._websocket()
        if websocket is None or websocket.state is not ASGIWebsocketState.CONNECTED:
            return None
        return websocket

    def _is_spent(self) -> bool:
        """Whether hypercorn is done with this WebSocket without closing the connection: it refused
        the handshake, or it sent a close frame because a message is too long and would go on
        buffering that message."""
        websocket = self._websocket()
        return websocket is not None and (
            websocket.closed or websocket.buffer.length > websocket.buffer.max_length
        )

    async def _finish_half_closed(self) -> None:
        """Let the answer finish: the peer has closed its direction but may still read."""
        if self._busy and self._open_websocket() is None:
            with trio.move_on_after(self._limits.half_closed_s):
                await self._ended.wait()

    async def _say_goodbye(self) -> None:
        """Close our direction of the connection. The reader reads on for ``linger_s``.

        The reader may be inside hypercorn's protocol, waiting to pass on a pipelined request that
        will not be served any more. That wait is cancelled.
        """
        if self._linger_until is not None:
            return
        self._linger_until = trio.current_time() + self._limits.linger_s
        self._ended.set()
        # Shielded: hypercorn first notifies the application of the end, and the application's
        # nursery then cancels the task that calls this.
        with trio.CancelScope(shield=True, deadline=self._linger_until) as closing:
            async with self.send_lock:
                try:
                    await self.stream.send_eof()
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self._abandon()
        if closing.cancelled_caught:
            self._abandon()
        self._handling.cancel()
        self._reset_read_deadline()

    async def protocol_send(self, event: Event) -> None:
        """Handle an event of hypercorn's protocol: bytes to send, the end, or a change of state."""
        if isinstance(event, RawData):
            if event.data and self._linger_until is None:
                await self._send(event.data)
                self._reset_read_deadline()
        elif isinstance(event, Closed):
            await self._say_goodbye()
        elif isinstance(event, Updated):
            self._busy = not event.idle
            self._head_since = None
            self._idle_since = trio.current_time()
            if event.idle:
                self._all.waits(self._seat, self._idle_since)
                if self._all.stopping:
                    await self._say_goodbye()
            self._reset_read_deadline()

    async def _send(self, data: bytes) -> None:
        """Send all of it or end the connection.

        Shielded, because the peer cannot read half a frame followed by another one. The shield ends
        with the limit of a send, and when the server stops.
        """
        async with self.send_lock:
            deadline = min(trio.current_time() + self._limits.send_s, self._all.stop_at)
            with trio.CancelScope(shield=True, deadline=deadline) as self._sending:
                try:
                    await self.stream.send_all(data)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self._abandon()
            if self._sending.cancelled_caught:
                self._drop("a peer that does not read")


CONNECTION: ContextVar[GuardedConnection | None] = ContextVar("kasgate_connection", default=None)
"""The connection of the plain lane that the current task serves."""


def install(connection: type[Admitted] = GuardedConnection) -> None:
    """Replace hypercorn's class of connections by a guarded one, and disable compression."""
    hypercorn.trio.run.TCPServer = connection  # type: ignore[attr-defined,assignment]
    hypercorn.protocol.ws_stream.PerMessageDeflate = WithoutCompression  # type: ignore[attr-defined,assignment]
