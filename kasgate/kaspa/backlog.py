"""The queue of notifications from a node to its reader, shared by all transports."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import trio

from kasgate.kaspa.node import DaaScoreChanged, NodeUnavailable, Notification, UtxosChanged


class Backlog:
    """Notifications in the node's order, for one reader. It is an endless iterator; unlike an async
    generator it has no frame that a reader who stops midway would have to close.

    The size is bounded: each notification counts one, and one for each output in it. A silently
    lost difference would lose a payment. So beyond the limit everything is dropped, and
    ``on_overflow`` is called with a clause for an operator. It has to end the link, because a new
    connection takes a new snapshot. A single notification larger than the limit is accepted.
    """

    def __init__(
        self,
        limit: int,
        on_overflow: Callable[[str], object],
        ending: Callable[[], NodeUnavailable | None],
    ) -> None:
        """``ending`` returns the error to raise once the link is down, None before."""
        self._limit = limit
        self._on_overflow = on_overflow
        self._ending = ending
        self._waiting: deque[Notification] = deque()
        self._weight = 0
        self._news = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        return len(self._waiting)

    def tell(self, notification: Notification) -> None:
        """Append a notification. A score replaces a score right before it."""
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
            self._on_overflow(f"was faster than the reader, which fell behind by {count} messages")
            return
        self._waiting.append(notification)
        self._weight += weight
        self._news.unpark_all()

    def wake(self) -> None:
        """Wake the reader because the link went down."""
        self._news.unpark_all()

    def __aiter__(self) -> Backlog:
        return self

    async def __anext__(self) -> Notification:
        """The next notification; a checkpoint only if it has to wait. Notifications from before the
        end of the link are still delivered, then NodeUnavailable is raised."""
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
