"""Loop lag: how late the event loop runs its tasks.

A task sleeps and measures how much longer it slept than it asked. This is the only polling of its
kind: nothing else in the process notices a blocked event loop.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import trio

BEAT_S: Final = 0.5
REMEMBERED: Final = 120
"""Beats that are kept: one minute."""


class LoopLag:
    """Measures the loop's lag while ``run`` runs."""

    def __init__(self) -> None:
        self._lags: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def lag_s(self) -> float:
        """Seconds by which the last beat was late."""
        return self._lags[-1] if self._lags else 0.0

    @property
    def worst_lag_s(self) -> float:
        """The largest lag of the last minute, in seconds."""
        return max(self._lags, default=0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        due = trio.current_time()
        while True:
            due = max(due, trio.current_time()) + BEAT_S
            await trio.sleep_until(due)
            self._lags.append(trio.current_time() - due)
