"""The front: replaces hypercorn's connection, answers hot calls, hands on the rest.

Every connection begins here. As long as each request is a hot call, it is answered in the
connection's task: no further task, no cancel scope, and one send per request. The first other
request moves the whole connection to the plain lane, with every byte read so far.

The time limits are those of the guard; the lane's wheel keeps them. A connection has a phase, which
decides the effect of a passed deadline.
"""

from __future__ import annotations

import os
from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING, Any, Final, cast

import trio

from web.connection.admission import Admitted, HypercornStream
from web.connection.guard import RECEIVE_BYTES, GuardedConfig, GuardedConnection
from web.connection.head import END_OF_HEAD, MAX_HEAD_BYTES
from web.connection.wheel import NEVER

if TYPE_CHECKING:
    from collections.abc import Generator

    from hypercorn.config import Config
    from hypercorn.trio.worker_context import WorkerContext
    from hypercorn.typing import AppWrapper, LifespanState

    from web.connection.head import Head
    from web.express.lane import ExpressLane, HotCall
    from web.socket.express_line import SocketLine

BODY_S: Final = 1.0
"""Timeout for the rest of a body. After it the plain lane waits, and refuses the request if the
body does not arrive."""
_IN_ONE_GO: Final = 16
"""Pipelined requests that are answered before other connections have their turn."""


class Phase(Enum):
    """The state of a connection."""

    IDLE = auto()
    """Between requests."""
    HEAD = auto()
    """A head has begun, or the first one is expected."""
    BODY = auto()
    """The head has been read, its body has not."""
    BUSY = auto()
    """A request is being answered."""
    GOODBYE = auto()
    """We have sent our last bytes and wait for the peer to close."""
    PLAIN = auto()
    """The plain lane serves the connection."""
    SOCKET = auto()
    """The connection is a WebSocket."""


class ExpressConfig(GuardedConfig):
    """hypercorn's configuration plus the values that each connection needs."""

    express: ExpressLane


class ExpressConnection(Admitted):
    """One connection, from its first byte. hypercorn creates and awaits it."""

    __slots__ = (
        "__weakref__",
        "_all",
        "_context",
        "_due",
        "_fd",
        "_head",
        "_head_since",
        "_lane",
        "_line",
        "_phase",
        "_plain",
        "_scope",
        "_sending",
        "_unread",
        "stream",
        "tick",
    )

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        state: LifespanState,
        stream: HypercornStream,
    ) -> None:
        ours = cast(ExpressConfig, config)
        self.stream = stream
        self.tick = NEVER
        self._context = (app, config, context, state)
        self._all = ours.connections
        self._lane = ours.express
        self._fd = stream.socket.fileno()
        self._scope = trio.CancelScope()
        self._sending: trio.CancelScope | None = None
        self._plain: GuardedConnection | None = None
        self._line: SocketLine | None = None
        self._head: Head | None = None
        self._unread = b""
        self._phase = Phase.HEAD
        self._head_since = trio.current_time()
        self._due = self._head_since + self._all.limits.head_s

    def __await__(self) -> Generator[Any]:
        return self.run().__await__()

    async def serve(self, peer: str) -> None:
        """Answer hot calls. The first other request moves the connection to the plain lane."""
        if self._all.stopping:
            return
        self._wait(Phase.HEAD, self._all.limits.head_s)
        try:
            with self._scope:
                await self._answer_hot(peer)
        finally:
            self._lane.wheel.set(self, inf)
        if self._phase is Phase.PLAIN:
            await self._hand_on(peer)
        elif self._phase is Phase.SOCKET:
            await self._lane.sockets.serve(self.stream.socket, self._last_head(), self)

    def stop(self) -> None:
        if self._plain is not None:
            self._plain.stop()
        elif self._phase in (Phase.IDLE, Phase.HEAD):
            self._scope.cancel()
        elif self._sending is not None:
            self._sending.deadline = min(self._sending.deadline, self._all.stop_at)

    @property
    def waits(self) -> bool:
        if self._plain is not None:
            return self._plain.waits
        if self._phase is Phase.SOCKET:
            return self._line is not None and self._line.follows_nothing
        return self._phase is not Phase.BUSY

    def evict(self) -> None:
        if self._plain is not None:
            self._plain.evict()
        elif self._line is not None:
            self._line.abort()
        else:
            # Also do not hand it to the plain lane, if that was about to happen.
            self._phase = Phase.GOODBYE
            self._scope.cancel()

    def becomes(self, line: SocketLine) -> None:
        """Mark the connection as a WebSocket."""
        self._line = line

    def follows(self, something: bool) -> None:
        """Set whether the WebSocket follows something."""
        self._all.follows(self, something)

    def overdue(self, now: float) -> float:
        if self._phase is Phase.BUSY:
            return now + self._all.limits.head_s
        if now < self._due:
            return self._due
        if self._phase is Phase.HEAD:
            self._all.drop("a slow head")
        elif self._phase is Phase.BODY:
            self._phase = Phase.PLAIN
        self._scope.cancel()
        return inf

    async def _answer_hot(self, peer: str) -> None:
        """Answer requests until the connection ends, or until one is for the plain lane (phase
        PLAIN)."""
        lane = self._lane
        heads = lane.heads(peer)
        answered = 0
        while True:
            end = self._unread.find(END_OF_HEAD)
            if end < 0:
                if not await self._read_on_in_head():
                    return
                answered = 0
                continue
            end += len(END_OF_HEAD)
            head = heads.read(self._unread[:end]) if end <= MAX_HEAD_BYTES else None
            call = None if head is None else lane.call_of(head)
            if (
                head is not None
                and call is None
                and end == len(self._unread)
                and lane.sockets.takes(head)
            ):
                self._phase, self._head, self._unread = Phase.SOCKET, head, b""
                return
            if head is None or call is None or not await self._has(end + head.length):
                self._phase = Phase.PLAIN
                return
            body = self._unread[end : end + head.length]
            self._unread = self._unread[end + head.length :]
            if not await self._answer(call, head, body):
                return
            answered += 1
            if answered % _IN_ONE_GO == 0:
                await trio.lowlevel.checkpoint()

    async def _read_on_in_head(self) -> bool:
        """Wait for more of a head. False if the connection has ended or is for the plain lane."""
        unread = self._unread
        if unread:
            if len(unread) >= MAX_HEAD_BYTES or not self._lane.may_begin_with(unread):
                self._phase = Phase.PLAIN
                return False
            if self._phase is Phase.IDLE:
                self._head_since = trio.current_time()
                self._wait(Phase.HEAD, self._all.limits.head_s)
        more = await self._receive()
        if not more:
            if unread:
                self._phase = Phase.PLAIN
            return False
        self._unread = unread + more
        return True

    async def _has(self, size: int) -> bool:
        """Wait until this many bytes have arrived. False if they do not."""
        if len(self._unread) < size:
            self._wait(Phase.BODY, BODY_S)
        while len(self._unread) < size:
            more = await self._receive()
            if not more:
                return False
            self._unread += more
        return True

    async def _answer(self, call: HotCall, head: Head, body: bytes) -> bool:
        """Answer a call. Return whether the connection stays open."""
        self._phase = Phase.BUSY
        data, goes_on = await self._lane.answer(call, head, body)
        if not await self._send(data):
            return False
        if not goes_on or self._all.stopping:
            await self._linger()
            return False
        self._phase = Phase.IDLE
        now = trio.current_time()
        self._all.waits(self, now)
        self._due = now + self._all.limits.keep_alive_s
        return True

    def _wait(self, phase: Phase, seconds: float) -> None:
        """Enter a phase that may last this long."""
        self._phase = phase
        self._due = trio.current_time() + seconds
        self._lane.wheel.set(self, self._due)

    async def _receive(self) -> bytes:
        """Read the next bytes. Empty at the end, and if the connection is broken."""
        while True:
            await trio.lowlevel.wait_readable(self._fd)
            if self._scope.cancel_called:
                # A deadline passed after this task was woken and before its turn came. The deadline
                # still applies; the unread bytes are for the next reader.
                await trio.lowlevel.checkpoint()
            try:
                return os.read(self._fd, RECEIVE_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                return b""

    async def _send(self, data: bytes) -> bool:
        """Send all of it, with one call unless the peer is slow. False if the peer does not read
        it."""
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False
        if sent == len(data):
            return True
        deadline = min(trio.current_time() + self._all.limits.send_s, self._all.stop_at)
        with trio.CancelScope(shield=True, deadline=deadline) as self._sending:
            try:
                await self.stream.send_all(data[sent:])
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return False
        if self._sending.cancelled_caught:
            self._all.drop("a peer that does not read")
            return False
        self._sending = None
        return True

    async def _linger(self) -> None:
        """Close our direction and read until the peer closes. Otherwise bytes that it still sends
        would reset the connection before it has read the answer."""
        limits = self._all.limits
        self._wait(Phase.GOODBYE, limits.linger_s)
        try:
            await self.stream.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        heard = 0
        while heard <= limits.linger_bytes:
            more = await self._receive()
            if not more:
                return
            heard += len(more)

    def _last_head(self) -> Head:
        """The head of the WebSocket's handshake. It is released here, because it is not needed for
        long."""
        head, self._head = self._head, None
        if head is None:
            raise RuntimeError("no head was read")
        return head

    async def _hand_on(self, peer: str) -> None:
        """Move the connection to the plain lane, with the bytes read so far."""
        app, config, context, state = self._context
        unread, self._unread = self._unread, b""
        stream = cast(HypercornStream, Prefixed(self.stream, unread))
        self._plain = GuardedConnection(
            app, config, context, state, stream, head_since=self._head_since, seat=self
        )
        await self._plain.serve(peer)


class Prefixed(trio.abc.HalfCloseableStream):
    """A stream whose first bytes have been read already. It returns them first."""

    def __init__(self, stream: HypercornStream, first: bytes) -> None:
        self.socket = stream.socket
        self._stream = stream
        self._first = first

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if not self._first:
            return await self._stream.receive_some(max_bytes)
        await trio.lowlevel.checkpoint()
        size = len(self._first) if max_bytes is None else max_bytes
        first, self._first = self._first[:size], self._first[size:]
        return first

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        await self._stream.send_eof()

    async def aclose(self) -> None:
        await self._stream.aclose()
