"""A consistent copy of a SQLite database that is being written, and its verification.

The pages are copied with SQLite's backup interface, inside one read transaction. Without the
transaction, each commit of the gateway would start the copy again. Between two steps the copy
pauses, so that the disk is free for the gateway's commits, and it can be stopped there. ``VACUUM
INTO`` can't pause. While the copy lasts, the write-ahead log grows, and no longer: all other work
is done on the copy.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from attrs import frozen

from kasgate.store.backup.archive import Stop, never
from kasgate.store.backup.errors import BackupFailed, BackupStopped, UnusableBackup
from kasgate.store.engine import (
    broken_references,
    connect_reader,
    connect_scratch,
    integrity_problems,
    make_standalone,
    read,
    transaction,
    translated_errors,
)
from kasgate.store.migrate import missing_migrations, shipped_migrations
from kasgate.store.protocol import CorruptDatabase, StoreError
from kasgate.store.queries import audit, merchants, sessions, warnings
from kasgate.store.queries.chain import network_name

PAGES_A_STEP: Final = 1024
"""4 MiB: a step takes some milliseconds on a common disk."""
REST: Final = 0.5
"""The pause after a step, as a part of the time that the step took."""
_LOOK_EVERY: Final = 100_000
"""Instructions of SQLite between two looks whether to stop: some milliseconds."""


@frozen(kw_only=True)
class Facts:
    """The facts about a sound database."""

    schema: int
    missing: int
    """How many migrations it lacks."""
    network: str | None
    database: str
    commits: int
    merchants: int
    sessions: int
    key_id: str | None


def copy_database(source: Path, target: Path, stop: Stop = never) -> None:
    """Copy a database, also beside the process that serves it. The copy is one file by itself.
    Raises BackupStopped, StoreUnavailable and CorruptDatabase."""

    began = time.monotonic()

    def step(_status: int, remaining: int, _total: int) -> None:
        nonlocal began
        if stop():
            raise BackupStopped("The backup was stopped.")
        if remaining:
            time.sleep((time.monotonic() - began) * REST)
        began = time.monotonic()

    with (
        closing(connect_reader(source)) as reader,
        closing(connect_scratch(target)) as writer,
        translated_errors(),
    ):
        with transaction(reader, "BEGIN"):
            # The first statement takes the snapshot.
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            began = time.monotonic()
            reader.backup(writer, pages=PAGES_A_STEP, progress=step)
        make_standalone(writer)


def verify_database(path: Path, stop: Stop = never) -> Facts:
    """Open a database and check all of it: every page and index, the references between rows, the
    audit log, and that this version knows its schema. Raises UnusableBackup, SchemaError and
    BackupStopped."""
    with closing(connect_reader(path)) as connection:
        connection.set_progress_handler(stop, _LOOK_EVERY)
        try:
            return read(connection, _verified)
        except CorruptDatabase as error:
            raise UnusableBackup(f"The copy is damaged: {error}") from error
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise BackupStopped("The backup was stopped.") from error
            raise UnusableBackup(f"The copy can't be read: {error}.") from error
        except StoreError as error:
            if stop():
                raise BackupStopped("The backup was stopped.") from error
            raise


def _verified(connection: sqlite3.Connection) -> Facts:
    missing = len(missing_migrations(connection))
    problems = integrity_problems(connection, 1) or broken_references(connection, 1)
    if problems:
        raise UnusableBackup(f"The copy is damaged: {problems[0]}.")
    schema = shipped_migrations()[-1].number - missing
    if missing:
        name, commits = "", 0
    else:
        broken = audit.first_break(connection)
        if broken is not None:
            raise UnusableBackup(f"Entry {broken} of the audit log was changed by hand.")
        name, commits = warnings.name(connection), warnings.commits(connection)
    return Facts(
        schema=schema,
        missing=missing,
        network=network_name(connection),
        database=name,
        commits=commits,
        merchants=merchants.count(connection),
        sessions=sessions.count(connection),
        key_id=merchants.sealing_key_id(connection),
    )


def identity_of(path: Path) -> str:
    """The identity of a database, empty if it was never served. Raises StoreError."""
    with closing(connect_reader(path)) as connection:
        if read(connection, missing_migrations):
            return ""
        return read(connection, warnings.name)


def require_database(path: Path) -> None:
    """Raises BackupFailed if there is no database to copy."""
    if not path.is_file():
        raise BackupFailed(f"There is no database {path} to back up. See KASGATE_DATA_DIR.")
