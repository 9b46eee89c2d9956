"""The Store in memory, without threads, for tests on a virtual clock.

Trio's autojump clock does not wait for threads, so virtual time would run ahead of a store that
uses one. The queries, the schema and the transactions are the same as in SqliteStore.
"""

from __future__ import annotations

from collections import deque
from typing import TypeVar, cast

import outcome
import trio

from kasgate.access.secrets import Vault
from kasgate.store.calls import Store
from kasgate.store.engine import Query, commit_group, connect_memory, read
from kasgate.store.migrate import migrate
from kasgate.store.outbox import NO_NEWS, News
from kasgate.store.protocol import CorruptDatabase, StoreUnavailable
from kasgate.store.writer import QueuedWrite

T = TypeVar("T")


class MemoryStore(Store):
    """Runs every call inline, after one checkpoint.

    It needs no opening or closing. ``fail_next`` and ``pause`` inject faults.
    """

    def __init__(self, vault: Vault | None = None) -> None:
        super().__init__(Vault.generate() if vault is None else vault)
        self._connection = connect_memory()
        migrate(self._connection)
        self._failure: str | None = None
        self._commits = 0
        self._faults: deque[Exception] = deque()
        self._paused = False
        self._paused_at = 0.0
        self._queue: deque[QueuedWrite] = deque()

    def fail_next(self, *errors: Exception) -> None:
        """Make the next writes fail, each with the next one of these errors."""
        self._faults.extend(errors)

    def pause(self) -> None:
        """Hold writes back, like a slow disk, until ``resume``."""
        self._paused = True
        self._paused_at = trio.current_time()

    def resume(self) -> None:
        """Run the waiting writes in order, including those of cancelled callers."""
        self._paused = False
        while self._queue:
            write = self._queue.popleft()
            write.finish(outcome.capture(self._write_now, write.query, write.news))

    @property
    def commits(self) -> int:
        """The number of transactions committed since the store was made."""
        return self._commits

    @property
    def queued_writes(self) -> int:
        """The number of writes that wait for ``resume``."""
        return len(self._queue)

    @property
    def writing_s(self) -> float:
        """The time since ``pause``, if a write waits."""
        return trio.current_time() - self._paused_at if self._queue else 0.0

    async def _write(self, query: Query[T], news: News = NO_NEWS, rows: int = 1) -> T:
        await trio.lowlevel.checkpoint()
        if not self._paused:
            return self._write_now(query, news)
        write = QueuedWrite(query, news)
        self._queue.append(write)
        return cast(T, await write.finished())

    def _write_now(self, query: Query[T], news: News) -> T:
        try:
            if self._faults:
                raise self._faults.popleft()
            result: outcome.Outcome[T] = commit_group(self._connection, [query])[0]
        except (StoreUnavailable, CorruptDatabase) as error:
            self._failure = str(error)
            raise
        self._failure = None
        self._commits += 1
        value = result.unwrap()
        self._tell((news,))
        return value

    async def _read(self, query: Query[T]) -> T:
        await trio.lowlevel.checkpoint()
        return read(self._connection, query)

    async def _scan(self, query: Query[T], tenant: str = "") -> T:
        return await self._read(query)

    def _write_failure(self) -> str | None:
        return self._failure
