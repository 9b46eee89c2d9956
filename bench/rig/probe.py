"""``kasgate serve`` with a clock beside its event loop, for benches that ask how long it stalls.

    BENCH_STALLS=FILE python -m bench.rig.probe serve

A stall is the time between two looks at sockets and timers: whoever has news meanwhile waits so
long. Each of at least a millisecond is written to the file as a line of when it ended and how long
it took, both in nanoseconds of time.monotonic_ns(). That costs a hundredth of a turn of the loop.
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
    """Writes down how long the loop was away."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._back_at: int | None = None

    def after_io_wait(self, timeout: float) -> None:
        """The loop has seen what there is to see and begins to work."""
        self._back_at = time.monotonic_ns()

    def before_io_wait(self, timeout: float) -> None:
        """It has worked, and looks again."""
        now = time.monotonic_ns()
        if self._back_at is not None and now - self._back_at >= SHORTEST_NS:
            self._file.write(f"{now} {now - self._back_at}\n")


def stalls(path: Path, *, since_ns: int = 0, until_ns: int) -> list[float]:
    """Those that ended between the two, in milliseconds."""
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return [int(took) / 1e6 for ended, took in lines if since_ns <= int(ended) <= until_ns]


if __name__ == "__main__":
    with Path(os.environ[VARIABLE]).open("w", buffering=1, encoding="ascii") as opened:
        run = partial(trio.run, instruments=[StallClock(opened)])
        setattr(trio, "run", run)  # noqa: B010 - the entry point has no place for it
        sys.exit(main())
