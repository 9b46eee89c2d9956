"""The one writer: takes whatever is queued, commits it at once, wakes everybody.

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
"""A write of more rows than this is a long one. Short ones do not wait for those."""

LONG_ROWS_IN_GROUP: Final = 64
"""Most rows of long writes in one transaction, some five milliseconds of it, though one long write
always has its place: however many payments come in at once, a sale waits for no more of them."""

QUEUE_LIMIT: Final = 20_000
"""Most writes waiting; a write beyond is refused at once."""

_log = structlog.get_logger(__name__)


@define(eq=False)
class QueuedWrite:
    """A write and the task that waits for it."""

    query: Query[Any]
    news: News
    """To be told if it succeeds."""
    rows: int = 1
    """How many it writes, roughly."""
    _caller: trio.lowlevel.Task | None = None

    async def finished(self) -> object:
        """What the write returned or raised. To be awaited once, by its caller, right after it
        was queued. A caller that is cancelled leaves; the write stays in the queue."""
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
            is_trouble = isinstance(result.error, StoreUnavailable)  # Which is logged by itself.
            say = _log.debug if is_trouble else _log.warning
            say("write of a cancelled caller failed", error=str(result.error))


NoteGiven = Callable[[Mapping[str, int], int], None]
"""Is told one past the highest index that each account key gave out, and the count of commits."""


def _given(group: Sequence[QueuedWrite], results: Sequence[outcome.Outcome[Any]]) -> dict[str, int]:
    given: dict[str, int] = {}
    for write, result in zip(group, results, strict=True):
        if write.news.address is not None and isinstance(result, outcome.Value):
            key, index = write.news.address
            given[key] = max(given.get(key, 0), index + 1)
    return given


class _NoLimit:
    """In a CapacityLimiter's place: there is one writer, which has one commit under way, so that
    there is nothing to count, and no crowd of other threads that it has to wait for. A real one
    takes a turn of the event loop, which everybody who waits for a commit would wait for too."""

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        pass

    def release_on_behalf_of(self, borrower: object) -> None:
        pass


# Trio's documentation takes whatever has these two methods, its annotations don't.
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
        """``note_given`` is told of new sessions' addresses in the writer's thread, after the
        commit and before anybody else hears of it. It must not raise."""
        self.failure: str | None = None
        """What the last group failed with; None if it was committed."""
        self.commits = 0
        """Transactions committed so far."""
        self._connection = connection
        self._on_committed = on_committed
        self._note_given = note_given
        self._queue: deque[QueuedWrite] = deque()
        self._long: deque[QueuedWrite] = deque()
        self._group: list[QueuedWrite] = []
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
        """Writes that wait, or are being committed now."""
        return self._waiting + len(self._group)

    @property
    def _waiting(self) -> int:
        return len(self._queue) + len(self._long)

    async def submit(self, query: Query[T], news: News = NO_NEWS, rows: int = 1) -> T:
        """Queue a write of so many rows; its result once it is committed, or what it raised.

        Short writes are committed in the order in which they came, and so are long ones; a long one
        may be overtaken by a short one.

        Raises StoreUnavailable when it can't be committed now, when QUEUE_LIMIT writes wait
        already or the writer has ended. A caller cancelled before this call queues nothing; one
        cancelled while it waits leaves the write in the queue.
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

        Cancellation does not stop it, only ``close``: what was queued is written, unless a group
        fails after ``close``, which ends the matter for those behind it as well. Raises
        CorruptDatabase, and whatever ``on_committed`` raises; every waiting caller is then told
        that the store is unavailable.
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
        """Take no more writes; ``run`` returns when those already queued are committed."""
        self._closed = True
        self._idle.unpark()

    def condemn(self, error: CorruptDatabase) -> None:
        """Make ``run`` raise: somebody else found the database damaged."""
        self.failure = str(error)
        self._condemned = error
        self._idle.unpark()

    async def _commit_next_group(self) -> None:
        self._group = self._next_group()
        commit = partial(self._commit, self._group)
        try:
            results = await trio.to_thread.run_sync(commit, limiter=_NO_LIMIT)
        except StoreUnavailable as error:
            self.failure = str(error)
            self._trouble.fails(len(self._group), error=self.failure)
            self._refuse_group(self.failure)
            if self._closed:  # Each further try might wait its whole busy time-out.
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
        """What is short, and then of what is long a little."""
        size = min(len(self._queue), GROUP_LIMIT)
        group = [self._queue.popleft() for _ in range(size)]
        room = LONG_ROWS_IN_GROUP
        while self._long and (room == LONG_ROWS_IN_GROUP or self._long[0].rows <= room):
            write = self._long.popleft()
            room -= write.rows
            group.append(write)
        return group

    def _commit(self, group: Sequence[QueuedWrite]) -> list[outcome.Outcome[Any]]:
        """In the writer's thread: one commit, counted if it tells of events."""
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
        """Each caller gets an error of its own, since raising one adds to its traceback."""
        for write in self._group:
            write.finish(outcome.Error(StoreUnavailable(why)))
        self._group = []

    def _refuse_all(self, why: str) -> None:
        self._refuse_group(why)
        self._group = [*self._queue, *self._long]
        self._queue.clear()
        self._long.clear()
        self._refuse_group(why)
