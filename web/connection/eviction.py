"""Counts of connections by network, and the idle connection that ends when there is no room.

Connections are counted by the peer's address, IPv6 by its /64 and also by its /48. For each such
network, and for all together, idle connections are kept in the order in which they became idle:

* first those that wait for their peer: for a request, or for the rest of one;
* then WebSockets that follow nothing.

A connection that becomes busy keeps its place. It is skipped when its turn to end comes. Places are
exact to a second. So most requests cost nothing here.
"""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from typing import Final, Protocol

from kasgate.access.client_networks import network_of, wide_network_of

WIDE: Final = 4
"""A /48 may have this many times the connections of a single network in it."""
EXACT_S: Final = 1.0
"""A connection that waits again within this time keeps its place."""


class Seat(Protocol):
    """A connection that may have to end for another one."""

    waits_since: float
    """Its place in the order, in trio.current_time(); -inf without a place."""
    networks: tuple[Network, ...]
    """The networks that count it, the narrowest first."""

    @property
    def waits(self) -> bool:
        """Whether ending it now loses nothing."""
        ...

    def evict(self) -> None:
        """End the connection at once."""
        ...


class Idle:
    """Idle connections, the longest idle one first."""

    __slots__ = ("_unfollowing", "_waiting")

    def __init__(self) -> None:
        self._waiting: OrderedDict[Seat, None] | None = None
        self._unfollowing: OrderedDict[Seat, None] | None = None

    def waits(self, seat: Seat) -> None:
        """A connection waits for its peer from now on."""
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = OrderedDict()
        waiting[seat] = None
        waiting.move_to_end(seat)

    def follows_nothing(self, seat: Seat) -> None:
        """A WebSocket follows nothing from now on."""
        self.leave(seat)
        if self._unfollowing is None:
            self._unfollowing = OrderedDict()
        self._unfollowing[seat] = None

    def leave(self, seat: Seat) -> None:
        """Forget a connection that is not idle any more, or has ended."""
        if self._waiting is not None and self._waiting.pop(seat, 0) is None and not self._waiting:
            self._waiting = None
        if self._unfollowing is not None:
            self._unfollowing.pop(seat, None)
            if not self._unfollowing:
                self._unfollowing = None

    def longest(self) -> Seat | None:
        """The longest idle connection, or None. Connections before it that are busy again lose
        their place until they wait again."""
        for order in (self._waiting, self._unfollowing):
            while order:
                seat = next(iter(order))
                if seat.waits:
                    return seat
                del order[seat]
                seat.waits_since = -inf
        return None


class Network:
    """The network of an address: its open connections, and those of them that are idle."""

    __slots__ = ("idle", "most", "name", "open", "path")

    def __init__(self, name: str, most: int, within: tuple[Network, ...] = ()) -> None:
        self.name = name
        self.most = most
        self.open = 0
        self.idle = Idle()
        self.path: tuple[Network, ...] = (self, *within)
        """This network, and the wider ones around it."""


class Networks:
    """All networks with open connections."""

    def __init__(self, most: int) -> None:
        """``most`` is the limit of connections of one network."""
        self._most = most
        self._by_name: dict[str, Network] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def of(self, address: str) -> tuple[Network, ...]:
        """The networks that count a connection from this address, the narrowest first."""
        name = network_of(address)
        found = self._by_name.get(name)
        if found is not None:
            return found.path
        wide = wide_network_of(address)
        within = () if wide is None else self._wide(wide)
        return Network(name, self._most, within).path

    def enter(self, path: tuple[Network, ...]) -> None:
        """Count a connection that opens in these networks."""
        for network in path:
            network.open += 1
            self._by_name[network.name] = network

    def leave(self, path: tuple[Network, ...]) -> None:
        """Count a connection that ends in these networks."""
        for network in path:
            network.open -= 1
            if not network.open:
                del self._by_name[network.name]

    def _wide(self, name: str) -> tuple[Network, ...]:
        found = self._by_name.get(name)
        return Network(name, self._most * WIDE).path if found is None else found.path
