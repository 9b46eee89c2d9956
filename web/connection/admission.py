"""Which connections a server holds: their number, their limits, and which ones end for new ones.

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
"""As hypercorn types it. Ours never are TLS."""

MOST_CONNECTIONS: Final = 20_000
CONNECTIONS_PER_ADDRESS: Final = 1_000
RESERVED_DESCRIPTORS: Final = 128
"""For the database, the node, webhooks and whatever else needs a file."""
_SHARE: Final = 4
"""An address never has more than one in so many of all connections."""
_MOST_KEPT_FOR_REQUESTS: Final = 256
_KEPT_FOR_REQUESTS: Final = 8
"""One connection in so many is never a WebSocket."""


def room_for_connections() -> int:
    """How many connections the process may hold without running out of descriptors. Where there
    are very few, half of them are for the rest of the gateway."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    reserved = min(RESERVED_DESCRIPTORS, allowed // 2)
    return max(1, min(MOST_CONNECTIONS, allowed - reserved))


@frozen
class ConnectionLimits:
    """What a connection may cost. Seconds and bytes."""

    connections: int = field(factory=room_for_connections)
    """Open at once. For one more the longest idle one ends; if none is idle, the new one does."""
    per_address: int | None = CONNECTIONS_PER_ADDRESS
    """Of them, from one address or /64, WebSockets through a trusted proxy as well; None for no
    bound. A /48 may have four times as many."""
    head_s: float = 10
    """From the first byte of a request's head (or from the connection's begin) to its end."""
    keep_alive_s: float = 65
    """Idle between two requests."""
    send_s: float = 10
    """For the peer to take what is sent."""
    ping_after_s: float = 20
    """Silence of a WebSocket's peer after which it is pinged, and again."""
    silent_s: float = 60
    """Silence of a WebSocket's peer after which it is dropped."""
    linger_s: float = 2
    linger_bytes: int = 1024 * 1024
    """What the peer may still send after our last word."""
    half_closed_s: float = 10
    """For an answer to a peer that has already said its last word."""

    @property
    def of_one_address(self) -> int:
        """Connections of one address, whatever the setting says no more than a quarter of all."""
        if self.per_address is None:
            return self.connections
        return max(1, min(self.per_address, self.connections // _SHARE))

    @property
    def websockets(self) -> int:
        """Open at once. The rest is for requests, health among them."""
        kept = min(_MOST_KEPT_FOR_REQUESTS, self.connections // _KEPT_FOR_REQUESTS)
        return self.connections - kept


class Connections:
    """All connections of a server: their number, their limits, and what became of them."""

    def __init__(self, limits: ConnectionLimits, proxies: TrustedProxies | None = None) -> None:
        """``proxies`` may have any number of connections: each carries many clients."""
        self.limits = limits
        self.refused = 0
        """Closed at once, because there were too many."""
        self.evicted = 0
        """Ended while they were idle, for new ones."""
        self.failed = 0
        """Ended by an exception, mostly bytes that are no HTTP and no WebSocket."""
        self.dropped = 0
        """Ended by a deadline: a slow head, a peer that does not read or says nothing."""
        self.stop_at = inf
        """When the server stops, by trio.current_time(); no send goes on after that."""
        self._open: set[Admitted] = set()
        self._idle = Idle()
        self._networks = Networks(limits.of_one_address)
        self._proxies = TrustedProxies(()) if proxies is None else proxies

    def __len__(self) -> int:
        return len(self._open)

    @property
    def stopping(self) -> bool:
        """Whether connections end after the request they are at."""
        return self.stop_at < inf

    def admit(self, connection: Admitted, peer: str) -> bool:
        """Count a connection from this address in, if there is room or can be made."""
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
        """Count a connection out, if it still counts."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        for idle in self._orders_of(connection):
            idle.leave(connection)
        self._networks.leave(connection.networks)

    def waits(self, connection: Admitted, now: float) -> None:
        """A connection waits for its peer from now on, until its ``waits`` says otherwise."""
        if now - connection.waits_since < EXACT_S:
            return
        connection.waits_since = now
        if connection in self._open:
            self._idle.waits(connection)
            for network in connection.networks:
                network.idle.waits(connection)

    def follows(self, connection: Admitted, something: bool) -> None:
        """A connection is a WebSocket, which follows something from now on, or nothing."""
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
        """End idle connections now, others after their request, none later than this."""
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
    """A connection that is counted while it lasts, and whose faults are its own."""

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
            # It has gone already.
            await trio.aclose_forcefully(self.stream)
            return
        if not self._all.admit(self, peer):
            await trio.aclose_forcefully(self.stream)
            return
        try:
            await self.serve(peer)
        except* (OSError, h11.ProtocolError, wsproto.utilities.ProtocolError) as group:
            # The peer went, or does not keep to the protocol: nothing of ours to look into.
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
        """Whether nothing would be lost with it now: it waits for its peer, or follows nothing."""

    @abstractmethod
    async def serve(self, peer: str) -> None:
        """What it does once it is admitted, for a peer with this address."""

    @abstractmethod
    def stop(self) -> None:
        """End the connection now, or if a request is being served, after that and in time."""

    @abstractmethod
    def evict(self) -> None:
        """End the connection now: another one needs its place."""


def _kinds(group: BaseExceptionGroup[Any]) -> list[str]:
    kinds: set[str] = set()
    for error in group.exceptions:
        kinds.update(
            _kinds(error) if isinstance(error, BaseExceptionGroup) else [type(error).__qualname__]
        )
    return sorted(kinds)
