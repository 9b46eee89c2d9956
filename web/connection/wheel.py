"""A timer wheel: deadlines of many connections on one task.

A cancel scope with a deadline costs three times as much as the wait that it guards, and a request
would need two. A connection's deadline moves with every request but hardly ever passes. So moving a
deadline does nothing. When the time that was set first comes, the wheel asks the connection, which
returns the time of its present deadline.
"""

from __future__ import annotations

from math import ceil, inf
from typing import Final, Protocol

import trio

TICK_S: Final = 0.1
"""Deadlines pass up to this much too late."""
_IN_ONE_GO: Final = 256


class Timed(Protocol):
    """A member of the wheel, with a deadline."""

    tick: int
    """Written by the wheel alone; NEVER at first."""

    def overdue(self, now: float) -> float:
        """End what is due at this time. Returns the time of the next call, in
        trio.current_time(); inf for none."""
        ...


NEVER: Final = -1


class Wheel:
    """Calls ``overdue`` of each member at its time, while ``run`` runs."""

    def __init__(self) -> None:
        self._slots: dict[int, set[Timed]] = {}
        self._sleep = trio.CancelScope()

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))

    def set(self, timed: Timed, when: float) -> None:
        """Call a member at this time in place of any other; inf removes it."""
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
        """Call the members at their times, until cancelled."""
        while True:
            until = min(self._slots, default=inf) * TICK_S
            with trio.CancelScope(deadline=until) as self._sleep:
                await trio.sleep_forever()
            await self._turn()

    async def _turn(self) -> None:
        now = trio.current_time()
        for tick in sorted(tick for tick in self._slots if tick * TICK_S <= now):
            asked = 0
            # One by one: a call may remove other members.
            while slot := self._slots[tick]:
                timed = slot.pop()
                timed.tick = NEVER
                self.set(timed, max(timed.overdue(now), now + TICK_S))
                asked += 1
                if asked % _IN_ONE_GO == 0:
                    await trio.lowlevel.checkpoint()
            del self._slots[tick]
