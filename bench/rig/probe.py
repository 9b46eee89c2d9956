"""``kasgate serve`` with an instrument that records the stalls of its event loop.

    BENCH_STALLS=FILE python -m bench.rig.probe serve

A stall is the time between two polls for sockets and timers; new input waits for its end. Each
stall of at least a millisecond is a line of the file: the time of its end and its length, both in
nanoseconds of time.monotonic_ns(). Recording costs a hundredth of a turn of the loop.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final, TextIO

import trio

from kasgate.cli import main

SHORTEST_NS: Final = 1_000_000
VARIABLE: Final = "BENCH_STALLS"


class StallClock(trio.abc.Instrument):
    """Writes the length of each stall to a file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._back_at: int | None = None

    def after_io_wait(self, timeout: float) -> None:
        """The loop has polled and begins to run tasks."""
        self._back_at = time.monotonic_ns()

    def before_io_wait(self, timeout: float) -> None:
        """The loop has run tasks and polls again."""
        now = time.monotonic_ns()
        if self._back_at is not None and now - self._back_at >= SHORTEST_NS:
            self._file.write(f"{now} {now - self._back_at}\n")


def stalls(path: Path, *, since_ns: int = 0, until_ns: int) -> list[float]:
    """The stalls that ended between the two times, in milliseconds."""
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return [int(took) / 1e6 for ended, took in lines if since_ns <= int(ended) <= until_ns]


if __name__ == "__main__":
    with Path(os.environ[VARIABLE]).open("w", buffering=1, encoding="ascii") as opened:
        run = partial(trio.run, instruments=[StallClock(opened)])
        setattr(trio, "run", run)  # noqa: B010 - the entry point has no place for it
        sys.exit(main())
