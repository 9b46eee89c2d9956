"""Which addresses are watched, for whom, and which of their outputs moved lately."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

import trio
from attrs import define

from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions.observations import Observation
from kasgate.sessions.session import Session

WATCH_GATHER_S = 0.003
"""New addresses are collected for this long into one subscribe."""
ORDERED_AT_ONCE = 5_000
"""Addresses taken from the watchlist for a node that is new before others get a turn."""
WATCH_BATCH = 5_000
"""Addresses per subscribe (kaspa.md §4.5)."""
CHANGES_REMEMBERED = 50_000
"""Enough to outlast any request that is under way; the oldest is forgotten."""


class SessionPort(Protocol):
    """Where observations go: the session supervisor, as the chain feed sees it."""

    def active(self, session_id: str) -> Session | None:
        """The session as its actor holds it; None without an actor."""
        ...

    def observe(self, session_id: str, observation: Observation) -> None:
        """Bring an observation to a session's actor, starting one if need be. Never blocks."""
        ...


@define
class Watch:
    """A watched address."""

    session_id: str
    closed_at: int | None = None
    """Unix milliseconds at which its session no longer needed an actor; None while it does."""


class Watchlist:
    """Addresses by watch, and a count of what notifications changed.

    The answer to a request and the notifications around it reach us by different ways. An answer
    may thus show an output as it was before a notification that is already taken in; the count
    tells which entries of an answer are out of date.
    """

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._changes: dict[Outpoint, int] = {}
        self._change_count = 0

    def add(self, address: str, session_id: str, closed_at: int | None = None) -> bool:
        """Watch an address; whether it was not watched before."""
        known = self._watches.get(address)
        if known is None:
            self._watches[address] = Watch(session_id, closed_at)
            return True
        known.closed_at = closed_at
        return False

    def remove(self, address: str) -> None:
        """Stop watching an address."""
        self._watches.pop(address, None)

    def get(self, address: str) -> Watch | None:
        """The watch of an address."""
        return self._watches.get(address)

    def __len__(self) -> int:
        return len(self._watches)

    def __contains__(self, address: str) -> bool:
        return address in self._watches

    def __iter__(self) -> Iterator[str]:
        """All addresses that are watched now, in the order in which they came. Others may come and
        go meanwhile."""
        return iter(list(self._watches))

    def active_addresses(self) -> list[str]:
        """Addresses of sessions that have an actor."""
        return [address for address, watch in self._watches.items() if watch.closed_at is None]

    def closed_before(self, moment: int) -> list[str]:
        """Addresses of sessions closed before a unix time in milliseconds."""
        return [
            address
            for address, watch in self._watches.items()
            if watch.closed_at is not None and watch.closed_at < moment
        ]

    @property
    def change_count(self) -> int:
        """Take it before a request, for ``changed_since`` after it."""
        return self._change_count

    def note_changed(self, outpoint: Outpoint) -> None:
        """A notification told of this output."""
        self._change_count += 1
        self._changes.pop(outpoint, None)
        self._changes[outpoint] = self._change_count
        if len(self._changes) > CHANGES_REMEMBERED:
            del self._changes[next(iter(self._changes))]

    def changed_since(self, outpoint: Outpoint, count: int) -> bool:
        """Whether a notification told of it after ``change_count`` was ``count``."""
        return self._changes.get(outpoint, 0) > count


class PendingWatches:
    """Addresses that the node which is followed has yet to be told of."""

    def __init__(self) -> None:
        self._to_watch: dict[str, None] = {}
        self._to_unwatch: dict[str, None] = {}
        self._given = trio.Event()

    async def begin_anew(self, watchlist: Watchlist) -> None:
        """A node that knows of no address yet is to watch all these: those of active sessions
        first, since they can't wait."""
        self._to_watch.clear()
        self._to_unwatch.clear()
        late: list[str] = []
        for count, address in enumerate(watchlist, start=1):
            if count % ORDERED_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
            watch = watchlist.get(address)
            if watch is not None and watch.closed_at is None:
                self._to_watch[address] = None
            else:
                late.append(address)
        for start in range(0, len(late), ORDERED_AT_ONCE):
            await trio.lowlevel.checkpoint()
            some = late[start : start + ORDERED_AT_ONCE]
            self._to_watch.update((address, None) for address in some if address in watchlist)

    def watch(self, address: str) -> None:
        """Have an address watched, and what is on it compared with what its session knows."""
        self._to_watch[address] = None
        self._given.set()

    def unwatch(self, address: str) -> None:
        """Have it watched no more."""
        self._to_watch.pop(address, None)
        self._to_unwatch[address] = None
        self._given.set()

    async def wait(self) -> None:
        """Return when there is an order, and others that come with it have had time to."""
        self._given = trio.Event()
        if not self._to_watch and not self._to_unwatch:
            await self._given.wait()
            await trio.sleep(WATCH_GATHER_S)

    def take_unwatch(self) -> list[str]:
        """All addresses to be watched no more; they count as told."""
        gone, self._to_unwatch = self._to_unwatch, {}
        return list(gone)

    def next_batch(self) -> list[str]:
        """Some of the addresses to be watched. They stay ordered until they are ``done``."""
        return list(islice(self._to_watch, WATCH_BATCH))

    def done(self, address: str) -> None:
        """The node acknowledged the watch of an address."""
        self._to_watch.pop(address, None)
