"""Loop lag: how late the event loop is, and with it everything in the process.

A task sleeps and looks how much longer it took than it asked for. That is the one thing here that
polls: nothing else in a process knows that it was kept waiting.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import trio

BEAT_S: Final = 0.5
REMEMBERED: Final = 120
"""Beats: a minute."""


class LoopLag:
    """Measures the loop while ``run`` runs."""

    def __init__(self) -> None:
        self._lags: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def lag_s(self) -> float:
        """How late the last beat was."""
        return self._lags[-1] if self._lags else 0.0

    @property
    def worst_lag_s(self) -> float:
        """How late the latest beat of the last minute was."""
        return max(self._lags, default=0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        due = trio.current_time()
        while True:
            due = max(due, trio.current_time()) + BEAT_S
            await trio.sleep_until(due)
            self._lags.append(trio.current_time() - due)
