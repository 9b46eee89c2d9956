"""Checkpoints: a thread copies the write-ahead log into the database file, beside the writer.

Without it, SQLite does this in the commit that makes the log too long, and all later writes wait
for a tenth of a second. Here another connection does most of the work in another thread while
commits continue, and little is left for that commit. If a checkpoint fails here, the commit does
the work as before, so the log stays bounded.

A checkpoint also follows IDLE_S after a commit if no other commit came in between. The main file is
then complete by itself, because people copy that file and forget the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from math import inf
from typing import Final

import structlog
import trio

from kasgate.store.engine import checkpoint
from kasgate.store.protocol import StoreUnavailable

CHANGED_ROWS: Final = 4_000
"""A checkpoint is due after so many changed rows. They fill at most a quarter of the pages after
which a commit makes one."""

IDLE_S: Final = 30.0
"""Seconds after a commit in which the main file is completed in any case."""

_log = structlog.get_logger(__name__)


class Checkpoints:
    """Makes checkpoints on a connection of its own, while ``run`` runs."""

    def __init__(
        self, connection: sqlite3.Connection, complete: Callable[[int], None] | None = None
    ) -> None:
        """``complete`` is called in the checkpoint's thread; see ``engine.checkpoint``."""
        self.made = 0
        self._connection = connection
        self._complete = complete
        self._due_at = inf
        self._changed_rows = 0
        self._done_rows = 0
        self._idle = trio.lowlevel.ParkingLot()
        self._closed = False
        self._thread = trio.CapacityLimiter(1)

    def committed(self, changed_rows: int) -> None:
        """Note a commit; ``changed_rows`` counts the rows changed since the writer was opened."""
        self._changed_rows = changed_rows
        if self._due_at == inf:
            self._due_at = trio.current_time() + IDLE_S
            self._idle.unpark()
        elif self._is_due:
            self._idle.unpark()

    @property
    def _is_due(self) -> bool:
        is_much = self._changed_rows - self._done_rows >= CHANGED_ROWS
        return is_much or trio.current_time() >= self._due_at

    async def run(self) -> None:
        """Make a checkpoint whenever one is due, until closed or cancelled. A checkpoint that has
        begun is not interrupted. Raises CorruptDatabase."""
        while not self._closed:
            if not self._is_due:
                with trio.CancelScope(deadline=self._due_at):
                    await self._idle.park()
                continue
            self._done_rows, self._due_at = self._changed_rows, inf
            try:
                is_all = await trio.to_thread.run_sync(self._checkpoint, limiter=self._thread)
            except StoreUnavailable as error:
                _log.warning("checkpoint failed", error=str(error))
                is_all = False
            else:
                self.made += 1
            if not is_all:  # A reader uses an older state, or the disk is full.
                self._due_at = min(self._due_at, trio.current_time() + IDLE_S)

    def _checkpoint(self) -> bool:
        return checkpoint(self._connection, self._complete)

    def close(self) -> None:
        """Begin no further checkpoint, so that ``run`` returns."""
        self._closed = True
        self._idle.unpark()
