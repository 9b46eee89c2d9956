"""The Store on a SQLite file.

Writes go to the one writer. A row by its key is read inline on the event loop: this takes a few
microseconds, a thread hop a hundred. Scans are read in one of two threads. So is a single row that
has to wait for a lock or for the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

import structlog
import trio
from attrs import frozen

import kasgate
from kasgate.access.secrets import Vault
from kasgate.limits.fair_share import FairShare, ResourceBusy
from kasgate.store.calls import Store
from kasgate.store.checkpoints import Checkpoints
from kasgate.store.engine import (
    DatabaseBusy,
    Query,
    connect_checkpoints,
    connect_reader,
    connect_writer,
    keep_undo_in_memory,
    read,
    truncate_wal,
)
from kasgate.store.kept_copies import keep_copy
from kasgate.store.lock import is_served_elsewhere
from kasgate.store.marks import AddressMarks
from kasgate.store.migrate import SchemaError, migrate
from kasgate.store.outbox import NO_NEWS, News
from kasgate.store.protocol import CorruptDatabase, StoreBusy, StoreUnavailable
from kasgate.store.queries import merchants
from kasgate.store.queries.warnings import commits
from kasgate.store.sealing import unseal_merchant
from kasgate.store.writer import GroupCommitWriter

T = TypeVar("T")

SCANNERS: Final = 2
"""Read-only connections for scans, each with a thread; more would only compete for the GIL."""
SCANS_PER_TENANT: Final = 1
"""Concurrent scans of one tenant, so that other tenants always find a free thread."""
SCANS_WAITING: Final = 1_000
SCANS_WAITING_PER_TENANT: Final = 64
SCAN_WAIT_S: Final = 20.0

SLOW_READ_S: Final = 0.05
"""A single row whose read took so long on the event loop had to wait: for the disk, or for a lock
inside SQLite."""
SLOW_DISK_S: Final = 5.0
"""For so long after a slow read, single rows are read in a thread as well."""

_log = structlog.get_logger(__name__)


@frozen
class _Connections:
    writer: sqlite3.Connection
    checkpoints: sqlite3.Connection
    reader: sqlite3.Connection
    scanners: tuple[sqlite3.Connection, ...]
    kept_copy: Path | None


class SqliteStore(Store):
    """Created by ``open_store``. Several may be open on one file, in several processes."""

    def __init__(
        self, connections: _Connections, vault: Vault, marks: AddressMarks | None = None
    ) -> None:
        super().__init__(vault)
        self.kept_copy = connections.kept_copy
        """The copy from before the upgrade that this opening made; None if it made none."""
        self._marks = marks
        self._marks_to_sync = trio.lowlevel.ParkingLot()
        self._wants_sync = False
        self._reader = connections.reader
        self._free_scanners = list(connections.scanners)
        self._scan_threads = trio.CapacityLimiter(len(connections.scanners))
        self._scans = FairShare(
            "readings of the database",
            slots=SCANNERS,
            per_tenant=SCANS_PER_TENANT,
            waiting=SCANS_WAITING,
            waiting_per_tenant=SCANS_WAITING_PER_TENANT,
        )
        self._writing_connection = connections.writer
        self._writer = GroupCommitWriter(
            connections.writer, self._committed, None if marks is None else self._note_given
        )
        self._checkpoints = Checkpoints(
            connections.checkpoints, None if marks is None else marks.note_complete
        )
        self._closed = False
        self._inline_again = 0.0
        """Until this time, by time.monotonic, the disk counts as slow."""

    @property
    def commits(self) -> int:
        """The number of transactions committed since the store was opened."""
        return self._writer.commits

    @property
    def checkpoints(self) -> int:
        """The number of checkpoints made beside the writer since the store was opened."""
        return self._checkpoints.made

    @property
    def queued_writes(self) -> int:
        """The number of writes that wait for the writer."""
        return self._writer.queued

    @property
    def writing_s(self) -> float:
        return self._writer.writing_s

    async def _write(self, query: Query[T], news: News = NO_NEWS, rows: int = 1) -> T:
        return await self._writer.submit(query, news, rows)

    async def _read(self, query: Query[T]) -> T:
        await trio.lowlevel.checkpoint()
        self._require_open()
        began = monotonic()
        if began < self._inline_again:
            return await self._in_thread(query)
        try:
            return self._read_inline(query, began)
        except DatabaseBusy:
            return await self._in_thread(query)
        except CorruptDatabase as error:
            self._writer.condemn(error)
            raise

    def _read_inline(self, query: Query[T], began: float) -> T:
        try:
            return read(self._reader, query)
        finally:
            ended = monotonic()
            if ended - began > SLOW_READ_S:
                self._inline_again = ended + SLOW_DISK_S

    async def _scan(self, query: Query[T], tenant: str = "") -> T:
        """Not interruptible once it began: a cancelled caller returns when the query is done."""
        self._require_open()
        try:
            await self._scans.acquire(tenant, SCAN_WAIT_S)
        except ResourceBusy as busy:
            raise StoreBusy(str(busy)) from None
        try:
            return await self._in_thread(query)
        finally:
            self._scans.release(tenant)

    async def _in_thread(self, query: Query[T]) -> T:
        def scan() -> T:
            # The limiter admits as many threads as there are connections.
            connection = self._free_scanners.pop()
            try:
                return read(connection, query)
            finally:
                self._free_scanners.append(connection)

        self._require_open()
        try:
            return await trio.to_thread.run_sync(scan, limiter=self._scan_threads)
        except CorruptDatabase as error:
            self._writer.condemn(error)
            raise

    def _require_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("The database is closed.")

    def _write_failure(self) -> str | None:
        return self._writer.failure

    def _note_given(self, given: Mapping[str, int], commits: int) -> None:
        """Runs in the writer's thread."""
        if self._marks is not None and self._marks.note(given, commits):
            self._wants_sync = True

    async def _sync_marks(self) -> None:
        """Sync reservations to the disk before they are needed, until closed."""
        while self._marks is not None and not self._closed:
            if not self._wants_sync:
                await self._marks_to_sync.park()
                continue
            self._wants_sync = False
            await trio.to_thread.run_sync(self._marks.sync)

    def _committed(self, news: Sequence[News]) -> None:
        if self._wants_sync:
            self._marks_to_sync.unpark()
        self._checkpoints.committed(self._writing_connection.total_changes)
        self._tell(news)

    async def _run(self) -> None:
        await self._writer.run()

    async def _make_checkpoints(self) -> None:
        await self._checkpoints.run()

    def _close(self) -> None:
        self._closed = True
        self._marks_to_sync.unpark()
        self._checkpoints.close()
        self._writer.close()

    async def _scans_ended(self) -> None:
        """Wait for the last scan; none begins once the store is closed."""
        for _ in range(SCANNERS):
            await self._scan_threads.acquire_on_behalf_of(object())


@asynccontextmanager
async def open_store(
    path: Path, vault: Vault, marks: AddressMarks | None = None
) -> AsyncIterator[SqliteStore]:
    """Migrate the database to the current schema and serve it while the block runs. An older
    database is copied first (kasgate/store/kept_copies.py).

    The file is created (mode 0600) if it does not exist. However the block ends, queued writes are
    committed, then the write-ahead log is merged into the file. ``marks`` are updated with the
    commits.

    Raises StoreUnavailable, CorruptDatabase, SchemaError, and VaultError if the secrets in the
    database were sealed with another key. As with any nursery, an error raised inside the block
    leaves it in an ExceptionGroup. A CorruptDatabase that is found later cancels the block and
    leaves it in the same way.
    """
    connections, close = await trio.to_thread.run_sync(_open_connections, path, vault)
    store = SqliteStore(connections, vault, marks)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store._run)
            nursery.start_soon(store._make_checkpoints)
            nursery.start_soon(store._sync_marks)
            try:
                yield store
            finally:
                store._close()
    finally:
        with trio.CancelScope(shield=True):
            await store._scans_ended()
            await trio.to_thread.run_sync(_close_connections, connections, close, marks)


def _open_connections(path: Path, vault: Vault) -> tuple[_Connections, ExitStack]:
    with ExitStack() as stack:
        writer = stack.enter_context(closing(connect_writer(path)))
        kept_copy = _upgrade(writer, path)
        keep_undo_in_memory(writer)
        _require_right_key(writer, vault)
        checkpoints = stack.enter_context(closing(connect_checkpoints(path)))
        reader = stack.enter_context(closing(connect_reader(path, waits=False)))
        scanners = tuple(
            stack.enter_context(closing(connect_reader(path))) for _ in range(SCANNERS)
        )
        connections = _Connections(writer, checkpoints, reader, scanners, kept_copy)
        return connections, stack.pop_all()


def _upgrade(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Migrate the database. If it is not new, keep a copy of it first and return its path."""
    kept: Path | None = None

    def copy(_schema: int) -> None:
        nonlocal kept
        if is_served_elsewhere(path):
            raise SchemaError(
                f"KasGate {kasgate.__version__} needs another schema of the database {path}, which"
                " a gateway of an older version serves now. Restart that gateway with this version"
                " first."
            )
        kept = keep_copy(path, kasgate.__version__)

    migrate(connection, before=copy)
    return kept


def _require_right_key(connection: sqlite3.Connection, vault: Vault) -> None:
    """Check the key at the start, so that a wrong one does not fail at the first webhook."""
    for sealed in read(connection, lambda connection: merchants.page(connection, "", 1)):
        unseal_merchant(sealed, vault)


def _close_connections(
    connections: _Connections, close: ExitStack, marks: AddressMarks | None
) -> None:
    with close:
        for other in (connections.checkpoints, connections.reader, *connections.scanners):
            other.close()
        try:
            truncate_wal(connections.writer)
            if marks is not None:
                marks.note_complete(read(connections.writer, commits))
        except (StoreUnavailable, CorruptDatabase) as error:
            # No data is lost: the next opening replays the log.
            _log.warning("write-ahead log left behind", error=str(error))
