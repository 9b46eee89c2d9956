"""The audit log's hash chain shows manual changes."""

from __future__ import annotations

import sqlite3

import pytest

from kasgate.audit import AuditAction, Principal
from kasgate.store.engine import connect_memory
from kasgate.store.migrate import migrate
from kasgate.store.queries import audit

BY_HAND = Principal("api_key", "192.0.2.7", "Till")
LINES = 5


@pytest.fixture
def log() -> sqlite3.Connection:
    """A log with entries of two merchants, without the protection against changes."""
    connection = connect_memory()
    migrate(connection)
    connection.execute("PRAGMA foreign_keys = OFF")
    for number in range(LINES):
        entry = BY_HAND.entry(
            f"mer_{number % 2}", AuditAction.SESSION_FAILED, number, {"status": "pending"}, note="é"
        )
        audit.add(connection, (entry,))
    connection.execute("DROP TRIGGER audit_log_is_not_changed")
    connection.execute("DROP TRIGGER audit_log_is_not_removed")
    return connection


def line_at(log: sqlite3.Connection, place: int) -> str:
    found: str = log.execute("SELECT id FROM audit_log WHERE place = ?", (place,)).fetchone()[0]
    return found


def test_a_log_that_nobody_touched_is_whole(log: sqlite3.Connection) -> None:
    assert audit.count(log) == LINES
    assert audit.first_break(log) is None
    assert audit.first_break(connect_with_nothing()) is None


def connect_with_nothing() -> sqlite3.Connection:
    connection = connect_memory()
    migrate(connection)
    return connection


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_log SET note = 'never mind' WHERE place = 3",
        "UPDATE audit_log SET details = '{}' WHERE place = 3",
        "UPDATE audit_log SET created_at = created_at + 1 WHERE place = 3",
        "UPDATE audit_log SET merchant_id = 'mer_2' WHERE place = 3",
        "UPDATE audit_log SET chain = 'made up' WHERE place = 3",
    ],
)
def test_a_changed_line_is_found(log: sqlite3.Connection, change: str) -> None:
    changed = line_at(log, 3)
    log.execute(change)
    assert audit.first_break(log) == changed


def test_a_removed_line_shows_in_the_next_one(log: sqlite3.Connection) -> None:
    after = line_at(log, 4)
    log.execute("DELETE FROM audit_log WHERE place = 3")
    assert audit.first_break(log) == after
    log.execute("UPDATE audit_log SET place = place - 1 WHERE place > 3")
    assert audit.first_break(log) == after


def test_two_lines_do_not_change_places(log: sqlite3.Connection) -> None:
    last = line_at(log, LINES)
    log.execute("UPDATE audit_log SET place = 99 WHERE place = 3")
    log.execute("UPDATE audit_log SET place = 3 WHERE place = 5")
    log.execute("UPDATE audit_log SET place = 5 WHERE place = 99")
    assert audit.first_break(log) == last


def test_lines_from_before_the_chain_are_left_alone(log: sqlite3.Connection) -> None:
    log.execute(
        "INSERT INTO audit_log VALUES ('aud_0', 'm', NULL, 'a', 'me', NULL, '{}', 0, NULL, NULL)"
    )
    assert audit.first_break(log) is None
