"""Deadlines of many connections, on one task.

A cancel scope with a deadline costs three times as much as the wait that it guards, and a request
would need two. A connection's deadline moves with every request but hardly ever passes. So nothing
is done when one moves; when the time comes that was set first, the connection is asked whether it
is meant, and says when to ask again.
"""

from __future__ import annotations

from math import ceil, inf
from typing import Final, Protocol

import trio

TICK_S: Final = 0.1
"""Deadlines pass up to so much too late."""
_IN_ONE_GO: Final = 256


class Timed(Protocol):
    """Something that has a deadline."""

    tick: int
    """For the wheel alone; NEVER at first."""

    def overdue(self, now: float) -> float:
        """Its time may have come: end what has to end. When to ask again, in seconds of
        trio.current_time(); inf for not at all."""
        ...


NEVER: Final = -1


class Wheel:
    """Asks each of its members at its time. `run` has to run for that."""

    def __init__(self) -> None:
        self._slots: dict[int, set[Timed]] = {}
        self._sleep = trio.CancelScope()

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))

    def set(self, timed: Timed, when: float) -> None:
        """Ask it then, in place of any other time; inf takes it away."""
        tick = NEVER if when == inf else ceil(when / TICK_S)
        if tick == timed.tick:
            return
        slot = self._slots.get(timed.tick)
        if slot is not None:
            slot.discard(timed)
        timed.tick = tick
        if tick == NEVER:
            return
        slot = self._slots.get(tick)
        if slot is None:
            slot = self._slots[tick] = set()
            self._sleep.deadline = min(self._sleep.deadline, tick * TICK_S)
        slot.add(timed)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            until = min(self._slots, default=inf) * TICK_S
            with trio.CancelScope(deadline=until) as self._sleep:
                await trio.sleep_forever()
            await self._turn()

    async def _turn(self) -> None:
        now = trio.current_time()
        for tick in sorted(tick for tick in self._slots if tick * TICK_S <= now):
            asked = 0
            # One by one: any of them may leave while others are asked.
            while slot := self._slots[tick]:
                timed = slot.pop()
                timed.tick = NEVER
                self.set(timed, max(timed.overdue(now), now + TICK_S))
                asked += 1
                if asked % _IN_ONE_GO == 0:
                    await trio.lowlevel.checkpoint()
            del self._slots[tick]
