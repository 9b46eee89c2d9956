"""The watchlist: the watched addresses, their sessions, and recent changes of their outputs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import inf
from typing import Protocol

import trio
from attrs import define

from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions.observations import Observation
from kasgate.sessions.session import Session

WATCH_GATHER_S = 0.003
"""New addresses are gathered for this long into one request."""
ORDERED_AT_ONCE = 5_000
"""Addresses copied from the watchlist for a new node between two checkpoints."""
WATCH_BATCH = 5_000
"""Addresses per subscription request (kaspa.md §4.5)."""
CHANGES_REMEMBERED = 50_000
"""Enough to outlast any request in progress; the oldest is forgotten."""


class SessionPort(Protocol):
    """The session supervisor as the chain feed sees it."""

    def active(self, session_id: str) -> Session | None:
        """The session as its actor holds it; None without an actor."""
        ...

    def observe(self, session_id: str, observation: Observation) -> None:
        """Pass an observation to a session's actor, which is started if needed. Never blocks."""
        ...


@define
class Watch:
    session_id: str
    closed_at: int | None = None
    """Unix milliseconds at which the session no longer needed an actor; None while it does."""


class Watchlist:
    """The watched addresses, and a count of changes by notifications.

    The answer to a request and the notifications around it arrive separately. An answer may show an
    output as it was before a notification that was already processed. The count shows which entries
    of an answer are out of date.
    """

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._changes: dict[Outpoint, int] = {}
        self._change_count = 0

    def add(self, address: str, session_id: str, closed_at: int | None = None) -> bool:
        """Watch an address. Returns False if it was watched already."""
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
        """All watched addresses in the order in which they were added. The watchlist may change
        meanwhile."""
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
        """Read this before a request, and pass it to ``changed_since`` after it."""
        return self._change_count

    def note_changed(self, outpoint: Outpoint) -> None:
        """Note that a notification changed this output."""
        self._change_count += 1
        self._changes.pop(outpoint, None)
        self._changes[outpoint] = self._change_count
        if len(self._changes) > CHANGES_REMEMBERED:
            del self._changes[next(iter(self._changes))]

    def changed_since(self, outpoint: Outpoint, count: int) -> bool:
        """Whether a notification changed this output since ``change_count`` was ``count``."""
        return self._changes.get(outpoint, 0) > count


class PendingWatches:
    """Addresses that the followed node has yet to watch or unwatch."""

    def __init__(self) -> None:
        self._to_watch: dict[str, float] = {}
        """Since when each waits, by Trio's clock, oldest first."""
        self._to_unwatch: dict[str, None] = {}
        self._given = trio.Event()

    async def begin_anew(self, watchlist: Watchlist) -> None:
        """Queue all addresses for a new node: those of active sessions first, since these can't
        wait."""
        self._to_watch.clear()
        self._to_unwatch.clear()
        now = trio.current_time()
        late: list[str] = []
        for count, address in enumerate(watchlist, start=1):
            if count % ORDERED_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
            watch = watchlist.get(address)
            if watch is not None and watch.closed_at is None:
                self._to_watch.setdefault(address, now)
            else:
                late.append(address)
        for start in range(0, len(late), ORDERED_AT_ONCE):
            await trio.lowlevel.checkpoint()
            some = late[start : start + ORDERED_AT_ONCE]
            for address in some:
                if address in watchlist:
                    self._to_watch.setdefault(address, now)

    def watch(self, address: str) -> None:
        """Queue an address to be watched and compared with its session."""
        self._to_watch.setdefault(address, trio.current_time())
        self._given.set()

    def unwatch(self, address: str) -> None:
        """Queue an address to be unwatched."""
        self._to_watch.pop(address, None)
        self._to_unwatch[address] = None
        self._given.set()

    @property
    def since(self) -> float:
        """Since when the first address waits, by Trio's clock; infinity if none does."""
        return next(iter(self._to_watch.values()), inf)

    async def wait(self) -> None:
        """Wait until addresses are queued, and a moment longer for others to join them."""
        self._given = trio.Event()
        if not self._to_watch and not self._to_unwatch:
            await self._given.wait()
            await trio.sleep(WATCH_GATHER_S)

    def take_unwatch(self) -> list[str]:
        """Take all addresses to be unwatched."""
        gone, self._to_unwatch = self._to_unwatch, {}
        return list(gone)

    def next_batch(self) -> list[str]:
        """Some of the addresses to be watched. They stay queued until they are ``done``."""
        return list(islice(self._to_watch, WATCH_BATCH))

    def done(self, address: str) -> None:
        """Note that the node acknowledged the watch of an address."""
        self._to_watch.pop(address, None)
