"""Migrations to the current schema: numbered files, each applied once and as a whole.

A released migration is never edited; the database stores its checksum to detect that.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Final

from attrs import frozen

from kasgate.clock import Clock, system_clock
from kasgate.search import session_words_json
from kasgate.store.engine import transaction, translated_errors
from kasgate.store.protocol import StoreError

_LEDGER: Final = """
    CREATE TABLE schema_migrations (
        number BIGINT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        checksum TEXT NOT NULL,
        applied_at BIGINT NOT NULL
    )
"""


class SchemaError(StoreError):
    """This version of the program can't work with the database. The message gives the reason; the
    database was not changed."""


@frozen
class Migration:
    """One numbered change of the schema."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of its text in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def statements(self) -> Iterator[str]:
        """Its statements one by one; a trigger is one statement. Raises SchemaError if the last one
        is incomplete."""
        statement = ""
        for line in self.sql.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
        if statement.strip():
            raise SchemaError(f"Migration {self.name} ends in the middle of a statement.")


@cache
def shipped_migrations() -> tuple[Migration, ...]:
    """The migrations that come with this version, in order."""
    folder = resources.files("kasgate.store") / "migrations"
    return tuple(
        Migration(int(file.name.partition("_")[0]), file.name, file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    )


def migrate(
    connection: sqlite3.Connection,
    migrations: Sequence[Migration] | None = None,
    clock: Clock = system_clock,
) -> int:
    """Apply the missing migrations, each in a transaction of its own. Returns their number.

    Two processes may do this at the same time. Raises SchemaError for a database that is newer than
    this version, that has a past migration with another text, or that belongs to another program.
    Raises StoreUnavailable or CorruptDatabase.
    """
    known = shipped_migrations() if migrations is None else migrations
    connection.create_function("search_words", 2, session_words_json, deterministic=True)
    count = 0
    with translated_errors():
        while _next_missing(connection, known) is not None:
            with transaction(connection, "BEGIN IMMEDIATE"):
                # Checked again under the lock, because another process may have been faster.
                missing = _next_missing(connection, known)
                if missing is None:
                    break
                _apply(connection, missing, clock())
                count += 1
    return count


def missing_migrations(connection: sqlite3.Connection) -> tuple[Migration, ...]:
    """The migrations that ``migrate`` would apply. Only reads; raises the same errors."""
    with translated_errors():
        first = _next_missing(connection, shipped_migrations())
    if first is None:
        return ()
    return tuple(one for one in shipped_migrations() if one.number >= first.number)


def _apply(connection: sqlite3.Connection, migration: Migration, now: int) -> None:
    if "schema_migrations" not in _tables(connection):
        connection.execute(_LEDGER)
    for statement in migration.statements():
        connection.execute(statement)
    connection.execute(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
        (migration.number, migration.name, migration.checksum, now),
    )


def _next_missing(connection: sqlite3.Connection, known: Sequence[Migration]) -> Migration | None:
    applied = _applied(connection)
    newest = known[-1].number
    if applied and max(applied) > newest:
        raise SchemaError(
            f"The database has schema {max(applied)}, which is newer than the {newest} that this"
            " version of KasGate knows. Install the version that made it, or a newer one."
        )
    for migration in known:
        checksum = applied.get(migration.number)
        if checksum is None:
            return migration
        if checksum != migration.checksum:
            raise SchemaError(
                f"The database was made with another text of migration {migration.name} than the"
                " one that came with this version of KasGate."
            )
    return None


def _applied(connection: sqlite3.Connection) -> dict[int, str]:
    tables = _tables(connection)
    if "schema_migrations" in tables:
        rows = connection.execute("SELECT number, checksum FROM schema_migrations").fetchall()
        return {row[0]: row[1] for row in rows}
    if tables:
        raise SchemaError("The database holds the tables of another program.")
    return {}


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {row[0] for row in rows}
