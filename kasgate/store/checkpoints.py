"""Checkpoints beside the writer: what the write-ahead log holds is carried over into the database.

SQLite would have the commit that makes the log too long do that, and everybody behind it would wait
for a tenth of a second. Here another connection does most of it in another thread, while commits
go on; what is left for that one commit is little. If nothing comes of it here, it is all done there
as before, so the log stays bounded.

A checkpoint also comes IDLE_S after a commit that none followed up, so that the database's main
file alone is complete then: people copy that file and forget the log.
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
"""After so many a checkpoint is made. They take a quarter of the pages after which a commit would
make one, or less."""

IDLE_S: Final = 30.0
"""So long after a commit the main file holds it in any case."""

_log = structlog.get_logger(__name__)


class Checkpoints:
    """Makes checkpoints on a connection of its own while ``run`` runs."""

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
        """The writer has committed, and changed so many rows since it was opened."""
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
        """Make a checkpoint whenever one is due, until closed or cancelled; not interruptible in
        one. Raises CorruptDatabase."""
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
            if not is_all:  # A reader holds on to an older state, or the disk is full.
                self._due_at = min(self._due_at, trio.current_time() + IDLE_S)

    def _checkpoint(self) -> bool:
        return checkpoint(self._connection, self._complete)

    def close(self) -> None:
        """Begin no more; ``run`` returns."""
        self._closed = True
        self._idle.unpark()
