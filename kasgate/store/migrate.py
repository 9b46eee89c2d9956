"""Migrations to the current schema: numbered files, each applied once, all missing ones together.

A released migration is never edited; the database stores its checksum to detect that. It also
stores the version that applied the last one, as SQLite's ``user_version``.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Final

from attrs import frozen

import kasgate
from kasgate.clock import Clock, system_clock
from kasgate.search import session_words_json
from kasgate.store.engine import transaction, translated_errors
from kasgate.store.protocol import StoreError

_THREE_NUMBERS: Final = re.compile(r"^(\d+)\.(\d+)\.(\d+)")
_PART: Final = 1_000
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
    before: Callable[[int], None] | None = None,
) -> int:
    """Apply all missing migrations in one transaction. Returns their number.

    So the database has the old schema or the new one, whenever the process ends. ``before`` is
    called first, under the lock, with the number of the present schema, unless the database is new;
    if it raises, nothing is changed. Two processes may migrate at the same time.

    Raises SchemaError for a database that is newer than this version, that has a past migration
    with another text, or that belongs to another program. Raises StoreUnavailable or
    CorruptDatabase.
    """
    known = shipped_migrations() if migrations is None else migrations
    with translated_errors():
        if _next_missing(connection, known) is None:
            return 0
        connection.create_function("search_words", 2, session_words_json, deterministic=True)
        with transaction(connection, "BEGIN IMMEDIATE"):
            # Checked again under the lock, because another process may have been faster.
            missing = _missing(connection, known)
            if before is not None and missing and missing[0].number > 1:
                before(missing[0].number - 1)
            for migration in missing:
                _apply(connection, migration, clock())
            if missing:
                connection.execute(f"PRAGMA user_version = {_packed(kasgate.__version__)}")
    return len(missing)


def missing_migrations(connection: sqlite3.Connection) -> tuple[Migration, ...]:
    """The migrations that ``migrate`` would apply. Only reads; raises the same errors."""
    with translated_errors():
        return _missing(connection, shipped_migrations())


def _missing(connection: sqlite3.Connection, known: Sequence[Migration]) -> tuple[Migration, ...]:
    first = _next_missing(connection, known)
    if first is None:
        return ()
    return tuple(migration for migration in known if migration.number >= first.number)


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
        raise SchemaError(_is_newer(connection, max(applied), newest))
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


def _is_newer(connection: sqlite3.Connection, schema: int, newest: int) -> str:
    packed: int = connection.execute("PRAGMA user_version").fetchone()[0]
    maker = f"KasGate {_unpacked(packed)}" if packed else "a newer KasGate"
    return (
        f"The database has schema {schema}, which is newer than the {newest} that KasGate"
        f" {kasgate.__version__} knows: {maker} made it. Nothing was changed. Install"
        f" {maker}, or go back with the copy that the upgrade left beside the database"
        " (docs/upgrade.md)."
    )


def _packed(version: str) -> int:
    """A version as one number: 1.2.3 is 1002003. What follows the three numbers is left out."""
    major, minor, patch = (int(part) for part in _THREE_NUMBERS.findall(version)[0])
    return (major * _PART + minor) * _PART + patch


def _unpacked(number: int) -> str:
    above, patch = divmod(number, _PART)
    major, minor = divmod(above, _PART)
    return f"{major}.{minor}.{patch}"


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
