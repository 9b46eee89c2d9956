"""SQLite as an engine: connections, transactions, and the translation of its errors.

This module holds the pragmas, the locking and the error codes of SQLite. Also specific to SQLite
are ``migrate.py`` with some migrations, and ``sqlite.py`` and ``checkpoints.py``, which run the
connections in threads. The queries take a ``sqlite3.Connection``, but their SQL is nearly plain.
All functions are synchronous. They may be called from any thread, but by only one thread per
connection at a time.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import outcome

from kasgate.store.protocol import Conflict, CorruptDatabase, StoreError, StoreUnavailable

T = TypeVar("T")

Query = Callable[[sqlite3.Connection], T]
"""A read or write in an open transaction; it neither begins nor ends one. A write may be called
again after a rollback, so it must change nothing but the database."""

WRITER_BUSY_TIMEOUT_MS: Final = 5_000
"""How long a commit waits for another process, such as the command line, to finish its own."""

READER_BUSY_TIMEOUT_MS: Final = 2_000
"""How long a reader in a thread waits for a lock; the reader on the event loop does not wait. In
WAL mode a reader waits only while another process recovers a log after a crash, or empties the
log."""

_CHECKPOINT_PAGES: Final = 4_000
_WRITER_CACHE_KIB: Final = 16 * 1024
_READER_CACHE_KIB: Final = 8 * 1024
_WAL_BYTES_KEPT: Final = 64 * 1024 * 1024
_PRIMARY_CODE: Final = 0xFF
_SWITCH_PAUSE_S: Final = 0.01

# Error codes caused by the file, and error codes caused by the statement. All others mean that the
# database can't be used now: full, read-only, busy, or a disk error.
_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_OUR_MISTAKE: Final = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
    }
)
_CONFLICTS: Final = {
    "merchants.id": "merchant",
    "merchants.email": "email",
    "merchants.api_key_hash": "merchant",
    "account_keys.fingerprint": "account_key",
    "sessions.id": "session",
    "sessions.address": "address",
    "sessions.account_key, sessions.address_index": "address",
    "events.id": "event",
    "webhook_logs.delivery_id": "delivery",
    "password_logins.login": "login",
}


def connect_writer(path: Path) -> sqlite3.Connection:
    """The writing connection, in WAL mode, with every commit synced to disk before it returns.

    Creates the file, readable by its owner alone, and its directory if they do not exist. Raises
    StoreUnavailable or CorruptDatabase.
    """
    with translated_errors():
        _create_private(path)
        connection = _connect(path, "rw", WRITER_BUSY_TIMEOUT_MS)
        try:
            _make_durable(connection)
        except BaseException:
            connection.close()
            raise
    return connection


class DatabaseBusy(StoreUnavailable):
    """Another process or connection holds the lock."""


def connect_reader(path: Path, *, waits: bool = True) -> sqlite3.Connection:
    """A read-only connection. Without ``waits`` it raises DatabaseBusy at once for a lock. Raises
    StoreUnavailable or CorruptDatabase."""
    with translated_errors():
        connection = _connect(path, "ro", READER_BUSY_TIMEOUT_MS if waits else 0)
        connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")
        return connection


def connect_checkpoints(path: Path) -> sqlite3.Connection:
    """A connection for ``checkpoint``, beside the writer's. Raises StoreUnavailable or
    CorruptDatabase."""
    with translated_errors():
        connection = _connect(path, "rw", 0)
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def connect_beside(path: Path) -> sqlite3.Connection:
    """A writing connection beside the process that serves the database. It creates no file and does
    not change the database's settings. Raises StoreUnavailable or CorruptDatabase."""
    with translated_errors():
        return _connect(path, "rw", WRITER_BUSY_TIMEOUT_MS)


def connect_memory() -> sqlite3.Connection:
    """A new database in memory; it ends with its connection."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def connect_scratch(path: Path) -> sqlite3.Connection:
    """A connection to a new file that nobody needs after a crash: its writes are not synced. The
    file is readable by its owner alone. Raises StoreUnavailable or CorruptDatabase."""
    with translated_errors():
        _create_private(path)
        connection = _connect(path, "rw", 0)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        return connection


def make_standalone(connection: sqlite3.Connection) -> None:
    """Leave WAL mode, so that the main file is complete and needs no other. Raises StoreUnavailable
    or CorruptDatabase."""
    with translated_errors():
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()


def integrity_problems(connection: sqlite3.Connection, limit: int) -> list[str]:
    """The first problems of pages, indexes and constraints; empty for a sound database. Reads the
    whole file."""
    rows = connection.execute(f"PRAGMA integrity_check({limit})").fetchall()
    return [row[0] for row in rows if row[0] != "ok"]


def broken_references(connection: sqlite3.Connection, limit: int) -> list[str]:
    """The first rows that refer to a row that does not exist, as the names of both tables."""
    rows = connection.execute("PRAGMA foreign_key_check").fetchmany(limit)
    return [f"a row of {row[0]} refers to a missing row of {row[2]}" for row in rows]


def keep_undo_in_memory(connection: sqlite3.Connection) -> None:
    """Keep the rollback data of savepoints in memory, which saves a third of the cost of a write: a
    few pages are not worth a temporary file. Not for migrations, whose sorting may need one."""
    with translated_errors():
        connection.execute("PRAGMA temp_store = MEMORY")


def checkpoint(
    connection: sqlite3.Connection, complete: Callable[[int], None] | None = None
) -> bool:
    """Copy as much of the write-ahead log into the database file as possible without blocking
    others, and sync both. Returns whether that was all of it; if so, ``complete`` is called with
    the number of commits that are certainly in that file. Raises StoreUnavailable or
    CorruptDatabase; no data is lost then."""
    with translated_errors():
        row = connection.execute("SELECT commits FROM database_identity").fetchone()
        busy, logged, carried = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    is_all = not busy and logged == carried
    if is_all and complete is not None and row is not None:
        complete(row["commits"])
    return bool(is_all)


def truncate_wal(connection: sqlite3.Connection) -> None:
    """Copy the write-ahead log into the database file and empty it. Raises StoreUnavailable or
    CorruptDatabase; no data is lost then, and the log stays."""
    with translated_errors():
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def read(connection: sqlite3.Connection, query: Query[T]) -> T:
    """Run a query on one snapshot: all its statements see the same commits."""
    with translated_errors(), transaction(connection, "BEGIN"):
        return query(connection)


def commit_group(
    connection: sqlite3.Connection, writes: Sequence[Query[Any]]
) -> list[outcome.Outcome[Any]]:
    """Run all writes in one transaction and commit it. Returns their outcomes in order.

    A write that raises is rolled back alone, and its error is its outcome. Raises StoreUnavailable
    or CorruptDatabase if the whole transaction fails. No write is kept then, and the connection can
    be used for the next group.
    """
    with translated_errors():
        if connection.in_transaction:  # An earlier rollback failed with the disk.
            connection.execute("ROLLBACK")
        try:
            with transaction(connection, "BEGIN IMMEDIATE"):
                return [outcome.Value(write(connection)) for write in writes]
        except Exception as error:
            if not _concerns_one_write(error):
                raise
        # A write failed, so all are run again, each in a savepoint. Savepoints from the start would
        # add a quarter to the cost of every write for a rare case.
        with transaction(connection, "BEGIN IMMEDIATE"):
            return [_standing_alone(connection, write) for write in writes]


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Begin a transaction; commit it, or roll back if the block or the commit raises."""
    try:
        connection.execute(begin)
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate SQLite's errors into those of the Store protocol, except for our own bugs."""
    try:
        yield
    except sqlite3.Error as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning from error


def meaning_of(error: sqlite3.Error) -> StoreError | None:
    """The Store protocol's error for one of SQLite's; None for a bug in our statements."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & _PRIMARY_CODE in _OUR_MISTAKE:
        return None
    if code & _PRIMARY_CODE in _CORRUPT:
        return CorruptDatabase(f"The database is damaged: {error}.")
    if isinstance(error, sqlite3.IntegrityError):
        what = _CONFLICTS.get(str(error).removeprefix("UNIQUE constraint failed: "))
        return StoreError(str(error)) if what is None else Conflict(what)
    kind = DatabaseBusy if code & _PRIMARY_CODE == sqlite3.SQLITE_BUSY else StoreUnavailable
    return kind(f"The database can't be used now: {error}.")


def _concerns_one_write(error: Exception) -> bool:
    """Whether the rest of a group could be committed without the write that raised this error."""
    meaning = meaning_of(error) if isinstance(error, sqlite3.Error) else error
    return not isinstance(meaning, StoreUnavailable | CorruptDatabase)


def _standing_alone(connection: sqlite3.Connection, write: Query[Any]) -> outcome.Outcome[Any]:
    connection.execute("SAVEPOINT one_write")
    result: outcome.Outcome[Any] = outcome.capture(write, connection)
    if isinstance(result, outcome.Error):
        if isinstance(result.error, sqlite3.Error):
            meaning = meaning_of(result.error)
            if isinstance(meaning, StoreUnavailable | CorruptDatabase):
                raise meaning from result.error
            if meaning is not None:
                meaning.__cause__ = result.error
                result = outcome.Error(meaning)
        connection.execute("ROLLBACK TO one_write")
    connection.execute("RELEASE one_write")
    return result


def _connect(path: Path, mode: str, busy_timeout_ms: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_timeout_ms / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _make_durable(connection: sqlite3.Connection) -> None:
    if _switch_to_wal(connection) != "wal":
        raise StoreUnavailable("The database's file system does not support a write-ahead log.")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")


def _switch_to_wal(connection: sqlite3.Connection) -> str:
    """Switch to WAL and return the journal mode afterwards.

    Processes that open a new file at the same time may conflict here, and SQLite then reports that
    it is busy without waiting.
    """
    until = time.monotonic() + WRITER_BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= until:
                raise
            time.sleep(_SWITCH_PAUSE_S)
        else:
            return mode


def _create_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"The database {path} can't be opened: {error.strerror}.") from error
