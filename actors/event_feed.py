"""The merchants' feed: every event of a merchant, brought to whoever follows it, after its commit.

A follower has a queue that is bounded. When it is full, what is in it is dropped and the follower
is told after which event it missed some: the event log has them all. So a slow follower costs a
fixed amount of memory, and loses nothing that it can't read again.
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
"""Events that wait for one follower."""


@frozen
class EventsMissed:
    """Events were dropped; the log has them, after this one."""

    after: str | None
    """Id of the last event that the follower has taken, or of the one it began behind; None: it
    began with an empty log."""


class FeedClosed(Exception):
    """The follower may no longer follow: the key that it came with has ended."""


class EventSubscriber:
    """One follower's place. A context manager; leaving it ends the following."""

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
        """Say what the follower knows already: the newest event of the log when it came. To be
        called once, before the first ``take``."""
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
        """For EventFeed alone."""
        if self._missed:
            return
        if len(self._events) == QUEUE_LIMIT:
            self._events.clear()
            self._missed = True
        else:
            self._events.append(event)
        self._arrived.set()

    def close(self) -> None:
        """For EventFeed alone."""
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
    """Hands committed events to their merchants' followers. Has no task: the store tells it."""

    def __init__(self) -> None:
        self._followers: dict[str, set[EventSubscriber]] = {}

    @property
    def followers(self) -> int:
        """How many there are, of all merchants."""
        return sum(map(len, self._followers.values()))

    def follow(self, merchant_id: str, *credentials: str) -> EventSubscriber:
        """A place for one follower, to be entered; the credentials are all that lets it follow: the
        hash of an API key, and the id of the dashboard session that was opened with it."""
        return EventSubscriber(self, merchant_id, frozenset(credentials))

    def publish(self, events: Sequence[Event]) -> None:
        """Events that have just been committed: the store's listener. Never blocks."""
        for event in events:
            for follower in self._followers.get(event.merchant_id, ()):
                follower.offer(event)

    def dismiss(self, merchant_id: str, credential: str) -> None:
        """A key or dashboard session of the merchant ended: who follows by it has to leave."""
        for follower in self._followers.get(merchant_id, ()):
            if credential in follower.credentials:
                follower.close()

    def add(self, follower: EventSubscriber) -> None:
        """For Follower alone."""
        self._followers.setdefault(follower.merchant_id, set()).add(follower)

    def remove(self, follower: EventSubscriber) -> None:
        """For Follower alone."""
        followers = self._followers.get(follower.merchant_id, set())
        followers.discard(follower)
        if not followers:
            self._followers.pop(follower.merchant_id, None)
