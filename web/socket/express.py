"""WebSockets of the express lane: ``/ws`` without a framework.

This lane answers an ordinary handshake. The plain lane answers any other one, and those that a
limit refuses. The protocol is the same in both lanes (``web/socket/conversation.py``).
"""

from __future__ import annotations

import re
from collections import Counter
from time import time
from typing import TYPE_CHECKING, Final
from wsgiref.handlers import format_date_time

import structlog
import trio
from wsproto.utilities import generate_accept_token

from kasgate.access.client_networks import network_of
from web.connection.head import Head, Headers
from web.http.headers import new_request_id
from web.socket.express_line import LineSeat, SocketLine
from web.socket.messages import SessionMessages

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from web.connection.admission import ConnectionLimits, Connections
    from web.connection.wheel import Wheel
    from web.http.limits import RateLimiter
    from web.socket.limits import SocketLimits
    from web.socket.plain import OpenSockets

log = structlog.get_logger(__name__)

# Sixteen bytes in base64 (RFC 6455 §4.1).
_KEY: Final = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")
_VERSION: Final = "13"
# The headers that authenticate a dashboard session later on.
_KEPT: Final = ("cookie", "origin", "sec-fetch-site", "host")
_NONE_KEPT: Final = Headers({})


class SocketLane:
    """All WebSockets of the express lane. ``run`` has to run while any is served."""

    def __init__(
        self,
        gateway: Gateway,
        sockets: OpenSockets,
        *,
        connections: Connections,
        callers: RateLimiter,
        answered: Counter[int],
        wheel: Wheel,
    ) -> None:
        """``connections`` has the limits and counts how connections end. ``callers`` limits
        handshakes by address, ``answered`` counts them. ``wheel`` keeps the deadlines."""
        self.gateway = gateway
        self.messages = SessionMessages(gateway)
        self.connections = connections
        self.wheel = wheel
        self._sockets = sockets
        self._callers = callers
        self._answered = answered
        self._flushers: trio.Nursery | None = None

    @property
    def limits(self) -> ConnectionLimits:
        """Limits of connections."""
        return self.connections.limits

    @property
    def socket_limits(self) -> SocketLimits:
        """Limits of WebSockets."""
        return self._sockets.limits

    @property
    def stop_at(self) -> float:
        """When the server stops, in trio.current_time(); inf until that is decided."""
        return self.connections.stop_at

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run the flushers of slow peers, until cancelled."""
        async with trio.open_nursery() as self._flushers:
            task_status.started()
            await trio.sleep_forever()

    def takes(self, head: Head) -> bool:
        """Whether this lane answers: the head is an ordinary handshake for ``/ws`` and within the
        caller's limits, against which it is counted. If not, the plain lane answers."""
        headers = head.headers
        if head.method != "GET" or head.path != "/ws" or head.length:
            return False
        if (headers.get("Upgrade") or "").lower() != "websocket":
            return False
        wanted = (headers.get("Connection") or "").lower().split(",")
        if "upgrade" not in map(str.strip, wanted):
            return False
        if headers.get("Sec-WebSocket-Version") != _VERSION:
            return False
        if _KEY.fullmatch(headers.get("Sec-WebSocket-Key") or "") is None:
            return False
        if "Sec-WebSocket-Protocol" in headers:
            return False
        client = head.client
        return self._sockets.limits.has_room(client) and self._callers.admits(
            "polls", network_of(client)
        )

    async def serve(
        self, sock: trio.socket.SocketType, head: Head, seat: LineSeat | None = None
    ) -> None:
        """Open the WebSocket and serve it until it ends; the socket is closed then. Nothing that
        the peer does raises; an exception is a bug. ``seat`` is the admitted connection."""
        headers, client = head.headers, head.client
        answer = _handshake(headers)
        line = SocketLine(self, sock, _kept(headers), client, seat)
        # Else a waiting connection would keep the whole request in memory.
        del head, headers
        self._answered[101] += 1
        with self._sockets.limits.open(client):
            line.begin(answer)
            self._sockets.enter(line)
            try:
                await line.run()
            finally:
                self._sockets.leave(line)

    def start_flushing(self, line: SocketLine) -> None:
        """Start a task that sends the unsent bytes of a slow peer."""
        if self._flushers is None:
            raise RuntimeError("the lane's WebSockets are served while it does not run")
        self._flushers.start_soon(line.flush)

    def note_dropped(self, why: str) -> None:
        """Count and log a connection that a limit ended."""
        self.connections.dropped += 1
        self._sockets.dropped[why] += 1
        log.info("connection dropped", reason=f"{why} WebSocket")


def _handshake(headers: Headers) -> bytes:
    """The answer to a handshake, as the plain lane writes it."""
    key = headers.get("Sec-WebSocket-Key") or ""
    return (
        b"HTTP/1.1 101 \r\nsec-websocket-accept: %b\r\nupgrade: WebSocket\r\n"
        b"connection: Upgrade\r\nrequest-id: %b\r\ndate: %b\r\n\r\n"
    ) % (
        generate_accept_token(key.encode()),
        new_request_id(headers.get("Request-Id")).encode(),
        format_date_time(time()).encode(),
    )


def _kept(headers: Headers) -> Headers:
    if headers.get("Cookie") is None:
        return _NONE_KEPT
    found = ((name, headers.get(name)) for name in _KEPT)
    return Headers({name: value for name, value in found if value is not None})
