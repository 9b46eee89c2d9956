"""The wall clock as a port, so that tests can set the time."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives the wall time in unix milliseconds."""


def system_clock() -> int:
    """The machine's wall time, unix milliseconds."""
    return time.time_ns() // 1_000_000
