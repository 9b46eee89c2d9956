"""What a node has told of its own accord and nobody has taken yet, the same for every transport."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import trio

from kasgate.kaspa.node import DaaScoreChanged, NodeUnavailable, Notification, UtxosChanged


class Backlog:
    """Notifications in the node's order, for one reader; an endless iterator without a frame of
    its own, unlike an async generator, which would have to be closed by whoever stops midway.

    Bounded: each notification counts one, and one for each output that it names. To lose a
    difference silently would lose a payment, so that beyond the limit everything is dropped and
    ``on_overflow`` is called with a clause for an operator: it is to end the link, since whoever
    connects again takes a snapshot. A single notification larger than the limit is let in.
    """

    def __init__(
        self,
        limit: int,
        on_overflow: Callable[[str], object],
        ending: Callable[[], NodeUnavailable | None],
    ) -> None:
        """``ending`` gives what to raise once the link is down, or None while it is not."""
        self._limit = limit
        self._on_overflow = on_overflow
        self._ending = ending
        self._waiting: deque[Notification] = deque()
        self._weight = 0
        self._news = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._waiting)

    def tell(self, notification: Notification) -> None:
        """Append. A score replaces the one just before it, and nothing else."""
        if isinstance(notification, DaaScoreChanged) and self._waiting:
            newest = self._waiting[-1]
            if isinstance(newest, DaaScoreChanged):
                self._waiting[-1] = notification
                return
        weight = _weight(notification)
        if self._waiting and self._weight + weight > self._limit:
            count = len(self._waiting)
            self._waiting.clear()
            self._weight = 0
            self._on_overflow(f"was faster than we are: the reader fell behind by {count} messages")
            return
        self._waiting.append(notification)
        self._weight += weight
        self._news.unpark_all()

    def wake(self) -> None:
        """Let the reader look again, since the link went down."""
        self._news.unpark_all()

    def __aiter__(self) -> Backlog:
        return self

    async def __anext__(self) -> Notification:
        """The next notification; a checkpoint only where it has to wait. What came before the
        link went down is still delivered, then NodeUnavailable is raised."""
        while not self._waiting:
            error = self._ending()
            if error is not None:
                raise error
            await self._news.park()
        notification = self._waiting.popleft()
        self._weight -= _weight(notification)
        return notification


def _weight(notification: Notification) -> int:
    if isinstance(notification, UtxosChanged):
        return 1 + len(notification.added) + len(notification.removed)
    return 1
