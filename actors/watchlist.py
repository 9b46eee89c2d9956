"""Which addresses are watched, for whom, and which of their outputs moved lately."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from attrs import define, frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.observations import Observation
from kasgate.session import Session

CHANGES_REMEMBERED = 50_000
"""Enough to outlast any request that is under way; the oldest is forgotten."""


class Sessions(Protocol):
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


@frozen
class Anchor:
    """A block of the selected chain and about the DAA score at which it was the newest."""

    block_hash: str
    daa_score: int
    at: int


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

    def __iter__(self) -> Iterator[str]:
        """All addresses: those of active sessions first, since they can't wait."""
        late: list[str] = []
        for address, watch in tuple(self._watches.items()):
            if watch.closed_at is None:
                yield address
            else:
                late.append(address)
        yield from late

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


Warn = Callable[[str], None]
"""Takes a sentence for the operator that stands until the process ends."""
