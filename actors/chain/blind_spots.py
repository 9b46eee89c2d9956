"""Blind spots of a link: periods in which an output could come and go without a notification.

A node reports the outputs of an address from the moment at which it acknowledged the watch, and a
snapshot shows the outputs that exist then. A payment that was accepted and spent before is in
neither. The same holds for a payment that was accepted and spent within one change of the virtual
block, which is a long one after a silence. Only the chain itself shows such payments, so it is
replayed, and the stored cursor waits for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf

import trio

GATHER_S = 1.0
"""Blind spots are gathered for this long into one replay, so that a slow node has one a second at
most."""


class BlindSpots:
    """The blind spots of one link that are still to be replayed."""

    def __init__(self) -> None:
        self._wanted = trio.Event()
        self._waiting = inf
        self._being_replayed = inf

    @property
    def since(self) -> float:
        """The beginning of the oldest, by Trio's clock; infinity if there is none."""
        return min(self._waiting, self._being_replayed)

    def note(self, since: float) -> None:
        """Note a blind spot that began at this time by Trio's clock, and is over."""
        self._waiting = min(self._waiting, since)
        self._wanted.set()

    async def run(self, replay: Callable[[], Awaitable[None]]) -> None:
        """Replay the chain after each blind spot, until cancelled or until the replay raises."""
        while True:
            await self._wanted.wait()
            await trio.sleep(GATHER_S)
            self._wanted = trio.Event()
            self._being_replayed, self._waiting = self._waiting, inf
            await replay()
            self._being_replayed = inf
