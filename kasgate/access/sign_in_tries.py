"""How often a secret may be tried: some times at once, then ever more slowly.

Tries of a password are counted twice. By login and network of the caller: somebody far away can't
use up the tries of the owner. And by login over all networks from which nobody has signed in under
it yet, so that a thousand networks are not a thousand times as many tries. A network from which
this login succeeded is only counted by itself. Whether there is such a login makes no difference.

A try counts when it begins, so many at once are no way around. Nothing here knows a clock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from math import ceil
from typing import Final

from attrs import frozen

FREE_TRIES: Final = 5
FREE_TRIES_OF_ALL: Final = 50
"""For one login, by all unknown networks together."""
FIRST_WAIT_S: Final = 30.0
"""Before the try after those; doubled for each one more."""
LONGEST_WAIT_S: Final = 900.0
"""A hundred tries a day: with a code of six digits, three of which are right at a time, somebody
who knows the password needs some six years for an even chance."""
FORGET_S: Final = 86_400.0
"""After so long without a try it starts again from nothing."""
MOST_COUNTED: Final = 50_000
"""Counts that are remembered; beyond it the one that was quiet for longest is forgotten."""
MOST_NETWORKS: Final = 16
"""Known networks of one login; one more forgets the one that was quiet for longest."""


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
    """Counts tries by name. Times are seconds of a clock that never goes back."""

    def __init__(self, free: int = FREE_TRIES, most: int = MOST_COUNTED) -> None:
        self._free = free
        self._most = most
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait_s(self, name: str, now: float) -> int:
        """After how many seconds the next try may begin; 0: now."""
        count = self._counts.get(name)
        if count is None or now - count.last_at >= FORGET_S:
            return 0
        return max(0, ceil(count.next_at(self._free) - now))

    def begin(self, name: str, now: float) -> int:
        """Count a try that begins now and return 0, or after how many seconds it may begin, and
        then it costs nothing."""
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
        """One try does not count after all."""
        count = self._counts.get(name)
        if count is None:
            return
        if count.tries > 1:
            self._counts[name] = _Count(count.tries - 1, count.last_at)
        else:
            del self._counts[name]

    def succeeded(self, name: str) -> None:
        """The try was right: none of those before it counts any more."""
        self._counts.pop(name, None)


class SignInTries:
    """Counts tries of passwords by login and network."""

    def __init__(self, most: int = MOST_COUNTED) -> None:
        self._most = most
        self._by_network = Tries(FREE_TRIES, most)
        self._by_login = Tries(FREE_TRIES_OF_ALL, most)
        self._known: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        """Networks from which logins succeeded."""
        self._told: OrderedDict[str, None] = OrderedDict()

    def begin(self, login: str, network: str, now: float) -> int:
        """As Tries.begin."""
        pair = _pair(login, network)
        wait_s = self._by_network.wait_s(pair, now)
        if not wait_s and not self.knows(login, network):
            wait_s = self._by_login.begin(login, now)
        return wait_s or self._by_network.begin(pair, now)

    def held_by_others(self, login: str, network: str, now: float) -> bool:
        """Whether only what other networks tried stands in the way of a try from this one."""
        own = self._by_network.wait_s(_pair(login, network), now)
        return (
            not own and not self.knows(login, network) and bool(self._by_login.wait_s(login, now))
        )

    def take_back(self, login: str, network: str) -> None:
        """A try that had begun was not made."""
        self._by_network.take_back(_pair(login, network))
        if not self.knows(login, network):
            self._by_login.take_back(login)

    def succeeded(self, login: str, network: str) -> None:
        """The try was right. Those of other networks go on counting."""
        self.take_back(login, network)
        self._by_network.succeeded(_pair(login, network))
        self._remember(login, network)

    def knows(self, login: str, network: str) -> bool:
        """Whether this login has succeeded from there."""
        return network in self._known.get(login, ())

    def misses_history(self, login: str) -> bool:
        """Whether nobody has told yet from where this login succeeded before the last restart."""
        return login not in self._told

    def tell_history(self, login: str, networks: Iterable[str]) -> None:
        """From where this login succeeded, oldest first."""
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
        """Nobody signs in under this login any more, or somebody else does."""
        self._known.pop(login, None)


def _pair(login: str, network: str) -> str:
    # A login has no space in it that would count: see kasgate/access/passwords.py.
    return f"{login} {network}"
