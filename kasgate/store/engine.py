"""SQLite as an engine: connections, transactions, and what its errors mean.

Everything that only SQLite understands is here and in the migrations; the queries are plain SQL.
All functions are synchronous and may be called from any thread, one thread per connection at a
time.
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
again after what it did was undone, so it changes nothing but the database."""

WRITER_BUSY_TIMEOUT_MS: Final = 5_000
"""How long a commit waits for another process, such as the command line, to finish its own."""

READER_BUSY_TIMEOUT_MS: Final = 2_000
"""Readers hardly ever wait in WAL mode: while another process takes up a log that was left behind,
or empties one. This is for those with a thread; the one on the event loop does not wait."""

_CHECKPOINT_PAGES: Final = 4_000
_WRITER_CACHE_KIB: Final = 16 * 1024
_READER_CACHE_KIB: Final = 8 * 1024
_WAL_BYTES_KEPT: Final = 64 * 1024 * 1024
_PRIMARY_CODE: Final = 0xFF
_SWITCH_PAUSE_S: Final = 0.01

# Codes that blame the file, and codes that blame the statement. What blames neither says that the
# database can't be used just now: full, read-only, busy, an error of the disk.
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
    """The writing connection: WAL, every commit synced to the disk before it is believed.

    Makes the file, readable by its owner alone, and its directory if they are not there. Raises
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
    """Another process or connection holds a lock that is needed."""


def connect_reader(path: Path, *, waits: bool = True) -> sqlite3.Connection:
    """A connection that can't write, and that raises DatabaseBusy at once unless it ``waits`` for
    locks. Raises StoreUnavailable or CorruptDatabase."""
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
    """A connection that can write, beside whoever serves the database: it makes no file and leaves
    the database's own settings alone. Raises StoreUnavailable or CorruptDatabase."""
    with translated_errors():
        return _connect(path, "rw", WRITER_BUSY_TIMEOUT_MS)


def connect_memory() -> sqlite3.Connection:
    """A fresh database in memory, gone with its connection."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def keep_undo_in_memory(connection: sqlite3.Connection) -> None:
    """Spare each write a third of its cost: what its savepoint may have to undo, some pages, is not
    worth a temporary file. Not for migrations, whose sorting may need one."""
    with translated_errors():
        connection.execute("PRAGMA temp_store = MEMORY")


def checkpoint(
    connection: sqlite3.Connection, complete: Callable[[int], None] | None = None
) -> bool:
    """Carry as much of the write-ahead log over into the database file as can be without anybody
    waiting for it, and sync both. Whether that was all of it; then ``complete`` is told how many
    commits are surely in that file now. Raises StoreUnavailable or CorruptDatabase; nothing is lost
    then."""
    with translated_errors():
        row = connection.execute("SELECT commits FROM database_identity").fetchone()
        busy, logged, carried = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    is_all = not busy and logged == carried
    if is_all and complete is not None and row is not None:
        complete(row["commits"])
    return bool(is_all)


def truncate_wal(connection: sqlite3.Connection) -> None:
    """Carry the write-ahead log over into the database file and empty it. Raises StoreUnavailable
    or CorruptDatabase; nothing is lost then, the log just stays."""
    with translated_errors():
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def read(connection: sqlite3.Connection, query: Query[T]) -> T:
    """Run a query on one snapshot: all its statements see the same commits."""
    with translated_errors(), transaction(connection, "BEGIN"):
        return query(connection)


def commit_group(
    connection: sqlite3.Connection, writes: Sequence[Query[Any]]
) -> list[outcome.Outcome[Any]]:
    """Run all writes in one transaction and commit it; what each of them came to, in their order.

    A write that raises is undone alone, and its error is its outcome. Raises StoreUnavailable or
    CorruptDatabase when the transaction as a whole fails: then nothing of any write was kept, and
    the connection is fit for the next group.
    """
    with translated_errors():
        if connection.in_transaction:  # A rollback that failed with the disk.
            connection.execute("ROLLBACK")
        try:
            with transaction(connection, "BEGIN IMMEDIATE"):
                return [outcome.Value(write(connection)) for write in writes]
        except Exception as error:
            if not _concerns_one_write(error):
                raise
        # One of them fails, so all are made again, each in a savepoint. To have savepoints from
        # the start would cost every write a quarter of its time for what hardly ever happens.
        with transaction(connection, "BEGIN IMMEDIATE"):
            return [_standing_alone(connection, write) for write in writes]


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Begin, and commit; or roll back if the block or the commit raises."""
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
    """Raise SQLite's errors as those of the Store protocol, except for our own mistakes."""
    try:
        yield
    except sqlite3.Error as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning from error


def meaning_of(error: sqlite3.Error) -> StoreError | None:
    """The Store protocol's word for an error of SQLite; None for a mistake in our statements."""
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
    """Whether the others of a group would have been committed without the write that raised it."""
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
    """The journal mode as it then is.

    Processes that open a fresh file at once may get in each other's way here, and then SQLite says
    that it is busy without waiting for anybody.
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
