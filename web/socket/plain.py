"""WebSockets of the plain lane: ``/ws`` over Quart, where the express lane does not answer.

Two tasks serve a connection. One always reads, because a handler that only sends does not notice
when its client leaves. The other waits at the broker's slot and sends. The slot holds the newest
state of each session, so a slow reader only misses intermediate states. If a send takes too long,
the guard (``web/connection/guard.py``) drops the connection and ends these tasks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Protocol

import trio
from attrs import define, field
from quart import Blueprint, Websocket, websocket
from quart.globals import websocket_ctx

from kasgate.access.client_networks import network_of
from web.connection.guard import CONNECTION
from web.contract.operations import described
from web.contract.problems import TOO_MANY_CONNECTIONS, Problem
from web.socket.conversation import MAX_MESSAGE_BYTES, CloseCode, Conversation
from web.socket.messages import SessionMessages

if TYPE_CHECKING:
    from actors.broker import Slot
    from actors.gateway import Gateway
    from web.socket.limits import SocketLimits


_NO_ROOM: Final = (
    "Too many WebSockets are open from your address, or in all. Poll the session's status instead."
)


class Closable(Protocol):
    """An open connection."""

    def close(self, code: int) -> None: ...


class OpenSockets:
    """The open WebSockets of both lanes, so that a shutdown can close them properly."""

    def __init__(self, limits: SocketLimits) -> None:
        self.limits = limits
        self.dropped: Counter[str] = Counter()
        """Counts of connections of the express lane that a limit ended, by the limit."""
        self._open: set[Closable] = set()
        self._closing = False

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: Closable) -> None:
        """Register a connection that opens. It is closed at once during a shutdown."""
        self._open.add(connection)
        if self._closing:
            connection.close(CloseCode.GOING_AWAY)

    def leave(self, connection: Closable) -> None:
        """Remove a connection that has ended."""
        self._open.discard(connection)

    def close_all(self) -> None:
        """Close all connections, and each that opens later, with 1001."""
        self._closing = True
        for connection in tuple(self._open):
            connection.close(CloseCode.GOING_AWAY)


@define(eq=False)
class QuartLine:
    """The line of a conversation over a WebSocket of Quart."""

    _socket: Websocket
    _slot: Slot
    _limits: SocketLimits
    _client: str
    """The client's address."""
    _close_code: int | None = None
    _scope: trio.CancelScope = field(factory=trio.CancelScope)
    # Keeps messages of the different tasks in order.
    _sending: trio.Lock = field(factory=trio.Lock)
    _nursery: trio.Nursery | None = None

    async def run(self, gateway: Gateway, messages: SessionMessages) -> None:
        """Serve the client until it leaves or ``close`` is called. Cancellation ends it at once."""
        conversation = Conversation(
            gateway, messages, self, self._socket.headers, self._limits, network_of(self._client)
        )
        self.attends(False)
        try:
            with self._scope:
                async with trio.open_nursery() as self._nursery:
                    self._nursery.start_soon(self._push, conversation)
                    await self._listen(conversation)
        finally:
            conversation.end()
        if self._close_code is not None:
            await self._socket.close(self._close_code)

    async def send(self, message: bytes) -> None:
        """Send a text after all earlier ones."""
        async with self._sending:
            await self._socket.send(message.decode())

    def close(self, code: int) -> None:
        """End the conversation with this close code, at the next checkpoint of its tasks."""
        if self._close_code is None:
            self._close_code = code
        self._scope.cancel()

    def follow(self, session_id: str) -> None:
        """Get updates of a session from now on."""
        self._slot.follow(session_id)

    def unfollow(self, session_id: str) -> None:
        """Get no more updates of a session."""
        self._slot.unfollow(session_id)

    def run_beside(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task until it or the conversation ends."""
        if self._nursery is not None:
            self._nursery.start_soon(task)

    def attends(self, something: bool) -> None:
        """Set whether the client follows something."""
        connection = CONNECTION.get()
        if connection is not None:
            connection.follows(something)

    async def _push(self, conversation: Conversation) -> None:
        while True:
            for update in await self._slot.take():
                message = conversation.news(update)
                if message is not None:
                    await self.send(message)

    async def _listen(self, conversation: Conversation) -> None:
        while True:
            text = await self._socket.receive()
            if isinstance(text, str) and len(text.encode()) > MAX_MESSAGE_BYTES:
                self.close(CloseCode.TOO_BIG)
            else:
                await conversation.hear(text)


def socket_routes(gateway: Gateway, sockets: OpenSockets) -> Blueprint:
    """The route ``/ws``."""
    routes = Blueprint("socket", __name__)
    messages = SessionMessages(gateway)

    @routes.websocket("/ws")
    @described({101: None}, problems=(400, 426))
    async def ws() -> None:
        """Follow sessions on a WebSocket.

        Send {"type": "subscribe", "sessionId": …, "token": …}: the server pushes each change of the
        session. docs/api.md has every message.
        """
        client = websocket.remote_addr or ""
        if not sockets.limits.has_room(client):
            raise Problem(TOO_MANY_CONNECTIONS, _NO_ROOM, headers=(("Retry-After", "30"),))
        with sockets.limits.open(client), gateway.broker.open_slot() as slot:
            await websocket.accept()
            line = QuartLine(websocket_ctx.websocket, slot, sockets.limits, client)
            sockets.enter(line)
            try:
                await line.run(gateway, messages)
            finally:
                sockets.leave(line)

    return routes
