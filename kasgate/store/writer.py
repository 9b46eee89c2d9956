"""The one writer: takes all queued writes, commits them together, and wakes their callers.

A sync to the disk costs the same for one write as for hundreds, and so does the hop to a thread;
performance.md §4 has the figures.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar, cast

import outcome
import structlog
import trio
from attrs import define

from kasgate.logs.trouble import Trouble
from kasgate.store.engine import Query, commit_group
from kasgate.store.outbox import NO_NEWS, News
from kasgate.store.protocol import CorruptDatabase, StoreUnavailable
from kasgate.store.queries.warnings import count_commit

T = TypeVar("T")

GROUP_LIMIT: Final = 512
"""Most writes in one transaction; bounds how long the first of them waits for the last."""

LONG_ROWS: Final = 8
"""A write of more rows than this is long. Short writes do not wait for all the long ones."""

LONG_ROWS_IN_GROUP: Final = 64
"""Most rows of long writes in one transaction, which take about five milliseconds of it; one long
write is always admitted. So a new session waits for no more than these, however many payments
arrive at once."""

QUEUE_LIMIT: Final = 20_000
"""Most writes in the queue; a further write is refused at once."""

_log = structlog.get_logger(__name__)


@define(eq=False)
class QueuedWrite:
    """A write and the task that waits for it."""

    query: Query[Any]
    news: News
    """Published if the write succeeds."""
    rows: int = 1
    """About how many rows it writes."""
    _caller: trio.lowlevel.Task | None = None

    async def finished(self) -> object:
        """Return or raise the result of the write. To be awaited once, by its caller, right after
        it was queued. If the caller is cancelled, the write stays in the queue."""
        self._caller = trio.lowlevel.current_task()
        return await trio.lowlevel.wait_task_rescheduled(self._leave)

    def _leave(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        self._caller = None
        return trio.lowlevel.Abort.SUCCEEDED

    def finish(self, result: outcome.Outcome[Any]) -> None:
        """Wake the caller with the result. Without a caller an error goes to the log."""
        if self._caller is not None:
            trio.lowlevel.reschedule(self._caller, result)
            self._caller = None
        elif isinstance(result, outcome.Error):
            is_trouble = isinstance(result.error, StoreUnavailable)  # Logged separately.
            say = _log.debug if is_trouble else _log.warning
            say("write of a cancelled caller failed", error=str(result.error))


NoteGiven = Callable[[Mapping[str, int], int], None]
"""Receives one past the highest index that each account key gave out, and the count of commits."""


def _given(group: Sequence[QueuedWrite], results: Sequence[outcome.Outcome[Any]]) -> dict[str, int]:
    given: dict[str, int] = {}
    for write, result in zip(group, results, strict=True):
        if write.news.address is not None and isinstance(result, outcome.Value):
            key, index = write.news.address
            given[key] = max(given.get(key, 0), index + 1)
    return given


class _NoLimit:
    """Takes the place of a CapacityLimiter. There is one writer with one commit at a time, so there
    is nothing to count, and it does not have to queue behind other threads. A real limiter takes a
    turn of the event loop, which would delay every caller that waits for a commit."""

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        pass

    def release_on_behalf_of(self, borrower: object) -> None:
        pass


# Trio documents that any object with these two methods works; its annotations don't allow it.
_NO_LIMIT: Final = cast(trio.CapacityLimiter, _NoLimit())


class GroupCommitWriter:
    """Owns the writing connection while ``run`` runs; ``submit`` may be called by any task.

    ``on_committed`` is called on the event loop after each commit with the news of the writes that
    succeeded, in their order.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        on_committed: Callable[[Sequence[News]], None],
        note_given: NoteGiven | None = None,
    ) -> None:
        """``note_given`` is called in the writer's thread with the addresses of new sessions, after
        the commit and before any caller is woken. It must not raise."""
        self.failure: str | None = None
        """The error of the last group; None if it was committed."""
        self.commits = 0
        """The number of transactions committed."""
        self._connection = connection
        self._on_committed = on_committed
        self._note_given = note_given
        self._queue: deque[QueuedWrite] = deque()
        self._long: deque[QueuedWrite] = deque()
        self._group: list[QueuedWrite] = []
        self._began_at = 0.0
        self._idle = trio.lowlevel.ParkingLot()
        self._closed = False
        self._condemned: CorruptDatabase | None = None
        self._trouble = Trouble(
            "the database can't be written",
            "the database can be written again",
            trio.current_time,
        )

    @property
    def queued(self) -> int:
        """The number of writes that wait or are being committed."""
        return self._waiting + len(self._group)

    @property
    def writing_s(self) -> float:
        """Seconds that the commit under way has taken so far; 0 without one."""
        return trio.current_time() - self._began_at if self._group else 0.0

    @property
    def _waiting(self) -> int:
        return len(self._queue) + len(self._long)

    async def submit(self, query: Query[T], news: News = NO_NEWS, rows: int = 1) -> T:
        """Queue a write of about so many rows. Returns or raises its result once it is committed.

        Short writes are committed in the order in which they came, and so are long ones; a short
        one may overtake a long one.

        Raises StoreUnavailable if the write can't be committed now, if QUEUE_LIMIT writes are
        waiting already, or if the writer has ended. A caller cancelled before this call queues
        nothing; one cancelled while it waits leaves the write in the queue.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._closed:
            raise StoreUnavailable("The database is closed.")
        if self._waiting >= QUEUE_LIMIT:
            raise StoreUnavailable("Too many writes are waiting for the database.")
        write = QueuedWrite(query, news, rows)
        (self._long if rows > LONG_ROWS else self._queue).append(write)
        self._idle.unpark()
        return cast(T, await write.finished())

    async def run(self) -> None:
        """Commit groups until closed and empty.

        Only ``close`` stops it; cancellation does not. Queued writes are still written, unless a
        group fails after ``close``, when those behind it are refused as well. Raises
        CorruptDatabase, and any error of ``on_committed``; every waiting caller then gets
        StoreUnavailable.
        """
        try:
            with trio.CancelScope(shield=True):
                while self._waiting or not self._closed:
                    if self._condemned is not None:
                        raise CorruptDatabase(str(self._condemned)) from self._condemned
                    if self._waiting:
                        await self._commit_next_group()
                    else:
                        await self._idle.park()
        finally:
            self._closed = True
            self._refuse_all("The database is closed.")

    def close(self) -> None:
        """Accept no more writes; ``run`` returns when the queued ones are committed."""
        self._closed = True
        self._idle.unpark()

    def condemn(self, error: CorruptDatabase) -> None:
        """Make ``run`` raise an error, because another connection found the database damaged."""
        self.failure = str(error)
        self._condemned = error
        self._idle.unpark()

    async def _commit_next_group(self) -> None:
        self._group = self._next_group()
        self._began_at = trio.current_time()
        commit = partial(self._commit, self._group)
        try:
            results = await trio.to_thread.run_sync(commit, limiter=_NO_LIMIT)
        except StoreUnavailable as error:
            self.failure = str(error)
            self._trouble.fails(len(self._group), error=self.failure)
            self._refuse_group(self.failure)
            if self._closed:  # Each further try might wait for its whole timeout.
                self._refuse_all(self.failure)
            return
        except CorruptDatabase as error:
            self.failure = str(error)
            raise
        self.failure = None
        self._trouble.works()
        self.commits += 1
        self._wake(results)

    def _next_group(self) -> list[QueuedWrite]:
        """All short writes, and a limited number of long ones."""
        size = min(len(self._queue), GROUP_LIMIT)
        group = [self._queue.popleft() for _ in range(size)]
        room = LONG_ROWS_IN_GROUP
        while self._long and (room == LONG_ROWS_IN_GROUP or self._long[0].rows <= room):
            write = self._long.popleft()
            room -= write.rows
            group.append(write)
        return group

    def _commit(self, group: Sequence[QueuedWrite]) -> list[outcome.Outcome[Any]]:
        """One commit in the writer's thread, counted if it stores events."""
        queries: list[Query[Any]] = [write.query for write in group]
        if not any(write.news.events for write in group):
            return commit_group(self._connection, queries)
        *results, count = commit_group(self._connection, [*queries, count_commit])
        if self._note_given is not None:
            self._note_given(_given(group, results), count.unwrap())
        return results

    def _wake(self, results: Sequence[outcome.Outcome[Any]]) -> None:
        group, self._group = self._group, []
        committed: list[News] = []
        for write, result in zip(group, results, strict=True):
            write.finish(result)
            if write.news is not NO_NEWS and isinstance(result, outcome.Value):
                committed.append(write.news)
        self._on_committed(committed)

    def _refuse_group(self, why: str) -> None:
        """Refuse each caller with an error of its own, since raising one adds to its traceback."""
        for write in self._group:
            write.finish(outcome.Error(StoreUnavailable(why)))
        self._group = []

    def _refuse_all(self, why: str) -> None:
        self._refuse_group(why)
        self._group = [*self._queue, *self._long]
        self._queue.clear()
        self._long.clear()
        self._refuse_group(why)
