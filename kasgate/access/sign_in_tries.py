"""Limits of sign-in attempts: some at once, then with growing waits.

Attempts with a password are counted twice. The count by login and network of the caller keeps
distant callers from using up the owner's attempts. The count by login over all networks without an
earlier success keeps a thousand networks from having a thousand times as many attempts. A network
from which this login has succeeded is counted only by itself. The counts do not depend on whether
the login exists.

An attempt counts when it begins, so parallel attempts do not evade the limit. Nothing here knows a
clock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from math import ceil
from typing import Final

from attrs import frozen

FREE_TRIES: Final = 5
FREE_TRIES_OF_ALL: Final = 50
"""Attempts at one login by all unknown networks together."""
FIRST_WAIT_S: Final = 30.0
"""The wait after the free attempts; each further attempt doubles it."""
LONGEST_WAIT_S: Final = 900.0
"""Allows a hundred attempts a day. With a code of six digits, three of which are valid at a time,
an attacker who knows the password needs about six years for an even chance."""
FORGET_S: Final = 86_400.0
"""After so long without an attempt, a count is dropped."""
MOST_COUNTED: Final = 50_000
"""The most counts in memory; beyond it the least recently used one is dropped."""
MOST_NETWORKS: Final = 16
"""The most known networks of one login; beyond it the least recently used one is dropped."""


@frozen
class _Count:
    tries: int
    last_at: float

    def next_at(self, free: int) -> float:
        if self.tries < free:
            return self.last_at
        doubled = FIRST_WAIT_S * (1 << min(self.tries - free, 16))
        return self.last_at + min(doubled, LONGEST_WAIT_S)


class Tries:
    """Counts attempts by name. Times are seconds of a monotonic clock."""

    def __init__(self, free: int = FREE_TRIES, most: int = MOST_COUNTED) -> None:
        self._free = free
        self._most = most
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait_s(self, name: str, now: float) -> int:
        """Seconds until the next attempt may begin; 0 for now."""
        count = self._counts.get(name)
        if count is None or now - count.last_at >= FORGET_S:
            return 0
        return max(0, ceil(count.next_at(self._free) - now))

    def begin(self, name: str, now: float) -> int:
        """Count an attempt that begins now and return 0; or return the seconds until it may begin,
        without counting it."""
        wait_s = self.wait_s(name, now)
        if wait_s:
            return wait_s
        count = self._counts.get(name)
        if count is None or now - count.last_at >= FORGET_S:
            count = _Count(0, now)
        self._counts[name] = _Count(count.tries + 1, now)
        self._counts.move_to_end(name)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return 0

    def take_back(self, name: str) -> None:
        """Uncount one attempt."""
        count = self._counts.get(name)
        if count is None:
            return
        if count.tries > 1:
            self._counts[name] = _Count(count.tries - 1, count.last_at)
        else:
            del self._counts[name]

    def succeeded(self, name: str) -> None:
        """Drop the count after a success."""
        self._counts.pop(name, None)


class SignInTries:
    """Counts attempts with a password, by login and network."""

    def __init__(self, most: int = MOST_COUNTED) -> None:
        self._most = most
        self._by_network = Tries(FREE_TRIES, most)
        self._by_login = Tries(FREE_TRIES_OF_ALL, most)
        self._known: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        """Networks from which each login has succeeded."""
        self._told: OrderedDict[str, None] = OrderedDict()

    def begin(self, login: str, network: str, now: float) -> int:
        """Like Tries.begin."""
        pair = _pair(login, network)
        wait_s = self._by_network.wait_s(pair, now)
        if not wait_s and not self.knows(login, network):
            wait_s = self._by_login.begin(login, now)
        return wait_s or self._by_network.begin(pair, now)

    def held_by_others(self, login: str, network: str, now: float) -> bool:
        """Whether an attempt from this network is held up only by the attempts of other
        networks."""
        own = self._by_network.wait_s(_pair(login, network), now)
        return (
            not own and not self.knows(login, network) and bool(self._by_login.wait_s(login, now))
        )

    def take_back(self, login: str, network: str) -> None:
        """Uncount an attempt that began but was not made."""
        self._by_network.take_back(_pair(login, network))
        if not self.knows(login, network):
            self._by_login.take_back(login)

    def succeeded(self, login: str, network: str) -> None:
        """Note a success. The counts of other networks stay."""
        self.take_back(login, network)
        self._by_network.succeeded(_pair(login, network))
        self._remember(login, network)

    def knows(self, login: str, network: str) -> bool:
        """Whether this login has succeeded from this network."""
        return network in self._known.get(login, ())

    def misses_history(self, login: str) -> bool:
        """Whether the networks of successes before the last restart are still to be loaded."""
        return login not in self._told

    def tell_history(self, login: str, networks: Iterable[str]) -> None:
        """Load the networks from which this login has succeeded, oldest first."""
        before: Iterable[str] = self._known.pop(login, ())
        for network in (*networks, *before):
            self._remember(login, network)
        self._told[login] = None
        if len(self._told) > self._most:
            self._told.popitem(last=False)

    def _remember(self, login: str, network: str) -> None:
        known = self._known.setdefault(login, OrderedDict())
        self._known.move_to_end(login)
        known[network] = None
        known.move_to_end(network)
        if len(known) > MOST_NETWORKS:
            known.popitem(last=False)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, login: str) -> None:
        """Drop a login that no longer exists, or that now belongs to another merchant."""
        self._known.pop(login, None)


def _pair(login: str, network: str) -> str:
    # A login contains no space: see kasgate/access/passwords.py.
    return f"{login} {network}"
