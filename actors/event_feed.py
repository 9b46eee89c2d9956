"""The event feed: delivers each event of a merchant to its subscribers after the commit.

Each subscriber has a bounded queue. When the queue is full, its events are dropped and the
subscriber gets the id of the last event it took; it reads the rest from the event log. A slow
subscriber therefore costs a fixed amount of memory, and loses nothing that it can't read again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import trio
from attrs import frozen

from kasgate.events import Event

QUEUE_LIMIT: Final = 256
"""Events that wait for one subscriber."""


@frozen
class EventsMissed:
    """Events after this id were dropped. The event log has them."""

    after: str | None
    """Id of the last event that the subscriber took, or of the event it began after. None: the log
    was empty when it began."""


class FeedClosed(Exception):
    """The subscriber's credentials ended: it must not read further."""


class EventSubscriber:
    """One subscription to a merchant's events. A context manager; leaving it ends the
    subscription."""

    def __init__(self, feed: EventFeed, merchant_id: str, credentials: frozenset[str]) -> None:
        self.merchant_id = merchant_id
        self.credentials = credentials
        self._feed = feed
        self._events: deque[Event] = deque()
        self._last: str | None = None
        self._missed = False
        self._closed = False
        self._arrived = trio.Event()

    def begin_after(self, event_id: str | None) -> None:
        """Set the newest event of the log that the subscriber already knows. Call it once, before
        the first ``take``."""
        self._last = event_id

    async def take(self) -> list[Event | EventsMissed]:
        """Wait for events and take them, in the order of the log. For one task; cancellation takes
        nothing. Raises FeedClosed."""
        while not (self._events or self._missed or self._closed):
            self._arrived = trio.Event()
            await self._arrived.wait()
        await trio.lowlevel.checkpoint()
        if self._closed:
            raise FeedClosed
        taken: list[Event | EventsMissed] = [EventsMissed(self._last)] if self._missed else []
        taken += self._events
        if self._events:
            self._last = self._events[-1].id
        self._events.clear()
        self._missed = False
        return taken

    def offer(self, event: Event) -> None:
        """For EventFeed only."""
        if self._missed:
            return
        if len(self._events) == QUEUE_LIMIT:
            self._events.clear()
            self._missed = True
        else:
            self._events.append(event)
        self._arrived.set()

    def close(self) -> None:
        """For EventFeed only."""
        self._closed = True
        self._arrived.set()

    def __enter__(self) -> Self:
        self._feed.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._feed.remove(self)


class EventFeed:
    """Delivers committed events to their merchants' subscribers. It has no task: the store calls
    it."""

    def __init__(self) -> None:
        self._followers: dict[str, set[EventSubscriber]] = {}

    @property
    def followers(self) -> int:
        """The number of subscribers of all merchants."""
        return sum(map(len, self._followers.values()))

    def follow(self, merchant_id: str, *credentials: str) -> EventSubscriber:
        """Make a subscriber, to be entered as a context manager. It may read while all its
        credentials are valid: the hash of an API key, and the id of the dashboard session that was
        opened with it."""
        return EventSubscriber(self, merchant_id, frozenset(credentials))

    def publish(self, events: Sequence[Event]) -> None:
        """Deliver events that have just been committed. The store calls this. Never blocks."""
        for event in events:
            for follower in self._followers.get(event.merchant_id, ()):
                follower.offer(event)

    def dismiss(self, merchant_id: str, credential: str) -> None:
        """End every subscription that depends on this key or dashboard session of the merchant."""
        for follower in self._followers.get(merchant_id, ()):
            if credential in follower.credentials:
                follower.close()

    def add(self, follower: EventSubscriber) -> None:
        """For EventSubscriber only."""
        self._followers.setdefault(follower.merchant_id, set()).add(follower)

    def remove(self, follower: EventSubscriber) -> None:
        """For EventSubscriber only."""
        followers = self._followers.get(follower.merchant_id, set())
        followers.discard(follower)
        if not followers:
            self._followers.pop(follower.merchant_id, None)
