"""The two clocks of the gateway: one for wall-clock deadlines, one for DAA scores.

Neither wakes every session. A score or a second concerns few sessions, and finding those takes
microseconds, where waking a hundred thousand tasks takes most of a second (performance.md §1).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import trio

from kasgate.clock import Clock

LONGEST_SLEEP_S = 60.0
"""Longest single sleep, so that a change of the system's clock is noticed."""


class DeadlineClock:
    """One heap of named wall-clock deadlines.

    A name has one deadline; setting it again moves it. Entries that were moved or cleared stay in
    the heap until they reach its top or make up most of it.
    """

    def __init__(self, clock: Clock, passed: Callable[[str], None]) -> None:
        """``passed`` is called with each name that is due, on the event loop. It must not block and
        must not raise. There is one callback for all names: a closure for each of a million names
        would add a tenth to the memory of their sessions."""
        self._clock = clock
        self._passed = passed
        self._heap: list[tuple[int, str]] = []
        self._due: dict[str, int] = {}
        self._changed = trio.Event()

    def set(self, name: str, at: int) -> None:
        """Make a name due once, at a unix time in milliseconds or soon after."""
        if self._due.get(name) == at:
            return
        self._due[name] = at
        heapq.heappush(self._heap, (at, name))
        if len(self._heap) > 64 + 2 * len(self._due):
            self._heap = [(at, name) for name, at in self._due.items()]
            heapq.heapify(self._heap)
        if self._heap[0] == (at, name):
            self._changed.set()

    def clear(self, name: str) -> None:
        """Remove a deadline; does nothing if there is none."""
        self._due.pop(name, None)

    def look_again(self) -> None:
        """Check the deadlines again, because the clock may have jumped."""
        self._changed.set()

    def __len__(self) -> int:
        return len(self._due)

    async def run(self) -> None:
        """Call ``passed`` for due names until cancelled."""
        while True:
            self._changed = trio.Event()
            next_at = self._fire()
            wait = LONGEST_SLEEP_S
            if next_at is not None:
                wait = min(wait, max(0.0, (next_at - self._clock()) / 1000))
            with trio.move_on_after(wait):
                await self._changed.wait()

    def _fire(self) -> int | None:
        """Call ``passed`` for each due name. Returns the time of the next deadline."""
        now = self._clock()
        while self._heap:
            at, name = self._heap[0]
            if self._due.get(name) != at:
                heapq.heappop(self._heap)
            elif at > now:
                return at
            else:
                heapq.heappop(self._heap)
                del self._due[name]
                self._passed(name)
        return None


class ConfirmationClock:
    """Sessions by the DAA score at which their next payment is deep enough."""

    def __init__(self) -> None:
        self._buckets: dict[int, set[str]] = {}
        self._scores: dict[str, int] = {}
        self._heap: list[int] = []

    def set(self, session_id: str, due_score: int | None) -> None:
        """Set the score at which a session is due, in place of an earlier one; None for never."""
        previous = self._scores.pop(session_id, None)
        if previous is not None:
            bucket = self._buckets[previous]
            bucket.discard(session_id)
            if not bucket:
                del self._buckets[previous]
        if due_score is None:
            return
        self._scores[session_id] = due_score
        bucket_at_due = self._buckets.get(due_score)
        if bucket_at_due is None:
            self._buckets[due_score] = {session_id}
            heapq.heappush(self._heap, due_score)
        else:
            bucket_at_due.add(session_id)

    def due(self, daa_score: int) -> list[str]:
        """Take the sessions that are due at or below this score."""
        ready: list[str] = []
        while self._heap and self._heap[0] <= daa_score:
            bucket = self._buckets.pop(heapq.heappop(self._heap), None)
            if bucket is not None:
                ready.extend(bucket)
        for session_id in ready:
            del self._scores[session_id]
        return ready

    def __len__(self) -> int:
        return len(self._scores)
