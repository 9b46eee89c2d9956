"""Admission of connections: limits, counts, and the choice of the connection that makes room.

Each connection is admitted when it opens and counted until it ends. An exception that it raises
ends that connection alone.
"""

from __future__ import annotations

import resource
from abc import ABC, abstractmethod
from math import inf
from typing import Any, Final, cast

import h11
import structlog
import trio
import wsproto.utilities
from attrs import field, frozen

from web.connection.eviction import EXACT_S, Idle, Network, Networks
from web.http.proxies import TrustedProxies

log = structlog.get_logger(__name__)

HypercornStream = trio.SSLStream[trio.SocketStream]
"""The type that hypercorn gives a stream. Connections of this server never use TLS."""

MOST_CONNECTIONS: Final = 20_000
CONNECTIONS_PER_ADDRESS: Final = 1_000
RESERVED_DESCRIPTORS: Final = 128
"""Descriptors for the database, the node, webhooks and other files."""
_SHARE: Final = 4
"""An address has at most one in so many of all connections."""
_MOST_KEPT_FOR_REQUESTS: Final = 256
_KEPT_FOR_REQUESTS: Final = 8
"""One connection in so many is never a WebSocket."""


def room_for_connections() -> int:
    """The number of connections that fit into the process's limit of file descriptors. If that is
    very low, half of the descriptors stay reserved for the rest of the gateway."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    reserved = min(RESERVED_DESCRIPTORS, allowed // 2)
    return max(1, min(MOST_CONNECTIONS, allowed - reserved))


@frozen
class ConnectionLimits:
    """Limits of connections, in seconds and bytes."""

    connections: int = field(factory=room_for_connections)
    """Open at once. One more ends the longest idle one; if none is idle, the new one is refused."""
    per_address: int | None = CONNECTIONS_PER_ADDRESS
    """Open at once from one address or /64. WebSockets through a trusted proxy count as well. None
    for no limit. A /48 may have four times as many."""
    head_s: float = 10
    """From the first byte of a request's head (or the start of the connection) to its end."""
    keep_alive_s: float = 65
    """Idle time between two requests."""
    send_s: float = 10
    """Time in which the peer has to take what one send writes."""
    ping_after_s: float = 20
    """A WebSocket's peer is pinged whenever it has been silent for this long."""
    silent_s: float = 60
    """A WebSocket's peer that has been silent for this long is dropped."""
    linger_s: float = 2
    """Time to read on after our last byte."""
    linger_bytes: int = 1024 * 1024
    """Bytes that the peer may send in that time."""
    half_closed_s: float = 10
    """Time to finish an answer for a peer that has closed its own direction."""

    @property
    def of_one_address(self) -> int:
        """Connections of one address: ``per_address``, but at most a quarter of all."""
        if self.per_address is None:
            return self.connections
        return max(1, min(self.per_address, self.connections // _SHARE))

    @property
    def websockets(self) -> int:
        """WebSockets open at once. Other connections are for requests, such as health checks."""
        kept = min(_MOST_KEPT_FOR_REQUESTS, self.connections // _KEPT_FOR_REQUESTS)
        return self.connections - kept


class Connections:
    """All connections of a server, with their limits and counters of how they ended."""

    def __init__(self, limits: ConnectionLimits, proxies: TrustedProxies | None = None) -> None:
        """``proxies`` are exempt from the limits per address: each carries many clients."""
        self.limits = limits
        self.refused = 0
        """Closed at once, because there was no room."""
        self.evicted = 0
        """Ended while idle, to make room for new ones."""
        self.failed = 0
        """Ended by an exception, mostly for bytes that are neither HTTP nor WebSocket."""
        self.dropped = 0
        """Ended by a deadline: a slow head, a peer that does not read or is silent."""
        self.stop_at = inf
        """When the server stops, in trio.current_time(). No send continues after that."""
        self._open: set[Admitted] = set()
        self._idle = Idle()
        self._networks = Networks(limits.of_one_address)
        self._proxies = TrustedProxies(()) if proxies is None else proxies

    def __len__(self) -> int:
        return len(self._open)

    @property
    def stopping(self) -> bool:
        """Whether each connection ends after its current request."""
        return self.stop_at < inf

    def admit(self, connection: Admitted, peer: str) -> bool:
        """Count a connection from this address, if there is room or an idle one can end for it.
        Returns whether it was admitted."""
        counted = self.limits.per_address is not None and not self._proxies.trusts(peer)
        path = self._networks.of(peer) if counted else ()
        if self.stopping or not self._make_room(path):
            self.refused += 1
            return False
        connection.networks = path
        connection.waits_since = -inf
        self._networks.enter(path)
        self._open.add(connection)
        self.waits(connection, trio.current_time())
        return True

    def leave(self, connection: Admitted) -> None:
        """Stop counting a connection. Without effect if it is not counted."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        for idle in self._orders_of(connection):
            idle.leave(connection)
        self._networks.leave(connection.networks)

    def waits(self, connection: Admitted, now: float) -> None:
        """A connection waits for its peer from now on, until its ``waits`` is false."""
        if now - connection.waits_since < EXACT_S:
            return
        connection.waits_since = now
        if connection in self._open:
            self._idle.waits(connection)
            for network in connection.networks:
                network.idle.waits(connection)

    def follows(self, connection: Admitted, something: bool) -> None:
        """A WebSocket follows something from now on, or nothing."""
        if connection not in self._open:
            return
        for idle in self._orders_of(connection):
            if something:
                idle.leave(connection)
            else:
                idle.follows_nothing(connection)

    def drop(self, why: str) -> None:
        """Count and log a connection that a deadline ends."""
        self.dropped += 1
        log.info("connection dropped", reason=why)

    def stop(self, within_s: float) -> None:
        """End idle connections now and the others after their request, all within this time."""
        self.stop_at = trio.current_time() + within_s
        for connection in tuple(self._open):
            connection.stop()

    def _orders_of(self, connection: Admitted) -> tuple[Idle, ...]:
        return (self._idle, *(network.idle for network in connection.networks))

    def _make_room(self, path: tuple[Network, ...]) -> bool:
        for network in path:
            if network.open >= network.most and not self._evict(network.idle):
                return False
        return len(self._open) < self.limits.connections or self._evict(self._idle)

    def _evict(self, idle: Idle) -> bool:
        longest = cast("Admitted | None", idle.longest())
        if longest is None:
            return False
        self.leave(longest)
        longest.evict()
        self.evicted += 1
        return True


class Admitted(ABC):
    """A connection that is counted while it lasts. An exception that it raises ends it alone."""

    __slots__ = ("networks", "waits_since")

    stream: HypercornStream
    networks: tuple[Network, ...]
    waits_since: float
    _all: Connections

    async def run(self) -> None:
        """Serve the connection until it ends. Raises nothing but cancellation."""
        try:
            peer: str = self.stream.socket.getpeername()[0]
        except OSError:
            # The peer has gone already.
            await trio.aclose_forcefully(self.stream)
            return
        if not self._all.admit(self, peer):
            await trio.aclose_forcefully(self.stream)
            return
        try:
            await self.serve(peer)
        except* (OSError, h11.ProtocolError, wsproto.utilities.ProtocolError) as group:
            # The peer went away or violates the protocol. This is no bug, so no traceback.
            self._all.failed += 1
            log.info("connection failed", errors=_kinds(group))
        except* Exception as group:
            self._all.failed += 1
            log.exception("connection failed", errors=_kinds(group))
        finally:
            self._all.leave(self)
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(self.stream)

    @property
    @abstractmethod
    def waits(self) -> bool:
        """Whether ending it now loses nothing: it waits for its peer, or follows nothing."""

    @abstractmethod
    async def serve(self, peer: str) -> None:
        """Serve the admitted connection, whose peer has this address, until it ends."""

    @abstractmethod
    def stop(self) -> None:
        """End the connection now, or after the request that is being served, before ``stop_at``."""

    @abstractmethod
    def evict(self) -> None:
        """End the connection now, to make room for another one."""


def _kinds(group: BaseExceptionGroup[Any]) -> list[str]:
    kinds: set[str] = set()
    for error in group.exceptions:
        kinds.update(
            _kinds(error) if isinstance(error, BaseExceptionGroup) else [type(error).__qualname__]
        )
    return sorted(kinds)
