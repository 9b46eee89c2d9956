"""Who is counted together, and whose connection ends when there is no room for another one.

Connections are counted by the address at the other end, IPv6 by its /64, and more widely by its
/48. In each such network, and in all, the connections that nothing would be lost with are kept in
the order of their idleness:

* first those that wait for their peer: for a request, or for the rest of one;
* then WebSockets that follow nothing.

A connection that is taken up again stays in that order until its turn to be ended comes, and is
passed over then; and its place is exact to a second. So most requests cost nothing here.
"""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from typing import Final, Protocol

from kasgate.access.client_networks import network_of, wide_network_of

WIDE: Final = 4
"""How many times as many connections a /48 may have as a single network of it."""


EXACT_S: Final = 1.0
"""A connection that waits again so shortly after it did before keeps its place."""


class Seat(Protocol):
    """A connection that may have to make room."""

    waits_since: float
    """Its place in the order; -inf if it has none."""
    networks: tuple[Network, ...]
    """It is counted in; the narrowest first."""

    @property
    def waits(self) -> bool:
        """Whether nothing would be lost with it now."""
        ...

    def evict(self) -> None:
        """End it at once."""
        ...


class Idle:
    """Connections in the order of their idleness."""

    __slots__ = ("_unfollowing", "_waiting")

    def __init__(self) -> None:
        self._waiting: OrderedDict[Seat, None] | None = None
        self._unfollowing: OrderedDict[Seat, None] | None = None

    def waits(self, seat: Seat) -> None:
        """From now on it waits for its peer."""
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = OrderedDict()
        waiting[seat] = None
        waiting.move_to_end(seat)

    def follows_nothing(self, seat: Seat) -> None:
        """It is a WebSocket that follows nothing from now on."""
        self.leave(seat)
        if self._unfollowing is None:
            self._unfollowing = OrderedDict()
        self._unfollowing[seat] = None

    def leave(self, seat: Seat) -> None:
        """It is not idle, or not there any more."""
        if self._waiting is not None and self._waiting.pop(seat, 0) is None and not self._waiting:
            self._waiting = None
        if self._unfollowing is not None:
            self._unfollowing.pop(seat, None)
            if not self._unfollowing:
                self._unfollowing = None

    def longest(self) -> Seat | None:
        """The one that has been idle for longest; None if none is. Those in front of it that have
        something to do again leave the order, until they wait again."""
        for order in (self._waiting, self._unfollowing):
            while order:
                seat = next(iter(order))
                if seat.waits:
                    return seat
                del order[seat]
                seat.waits_since = -inf
        return None


class Network:
    """One address, or the network of one."""

    __slots__ = ("idle", "most", "name", "open", "path")

    def __init__(self, name: str, most: int, within: tuple[Network, ...] = ()) -> None:
        self.name = name
        self.most = most
        self.open = 0
        self.idle = Idle()
        self.path: tuple[Network, ...] = (self, *within)
        """It, and the wider ones that it belongs to."""


class Networks:
    """All networks that somebody is connected from."""

    def __init__(self, most: int) -> None:
        """``most`` is how many connections one of them may have."""
        self._most = most
        self._by_name: dict[str, Network] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def of(self, address: str) -> tuple[Network, ...]:
        """Where a connection from this address is counted."""
        name = network_of(address)
        found = self._by_name.get(name)
        if found is not None:
            return found.path
        wide = wide_network_of(address)
        within = () if wide is None else self._wide(wide)
        return Network(name, self._most, within).path

    def enter(self, path: tuple[Network, ...]) -> None:
        """One more connection is open there."""
        for network in path:
            network.open += 1
            self._by_name[network.name] = network

    def leave(self, path: tuple[Network, ...]) -> None:
        """One less."""
        for network in path:
            network.open -= 1
            if not network.open:
                del self._by_name[network.name]

    def _wide(self, name: str) -> tuple[Network, ...]:
        found = self._by_name.get(name)
        return Network(name, self._most * WIDE).path if found is None else found.path
