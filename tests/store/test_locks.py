"""Another process locks the database: which calls wait, and that the event loop does not."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from kasgate.store import engine, sqlite
from kasgate.store.sqlite import SqliteStore
from tests.store.samples import open_session, open_shop

PATIENCE_S = 60.0

RECOVERING = """
import fcntl, sys
with open(sys.argv[1], "r+b", buffering=0) as index:
    # The bytes that SQLite locks for writing, checkpoints and recovery.
    fcntl.lockf(index, fcntl.LOCK_EX, 3, 120)
    header = index.read(96)
    index.seek(0)
    index.write(bytes(96))
    print("locked", flush=True)
    sys.stdin.readline()
    index.seek(0)
    index.write(header)
"""
"""Acts like a process that recovers a log left by another: it holds the locks, and nobody can read
the index meanwhile."""

EXCLUSIVE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1], isolation_level=None) as connection:
    connection.execute("BEGIN EXCLUSIVE")
    print("locked", flush=True)
    sys.stdin.readline()
    connection.execute("COMMIT")
"""


@asynccontextmanager
async def another_process(script: str, path: Path) -> AsyncIterator[trio.Process]:
    """It holds its locks while the block runs, or until it gets a line."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert (await process.stdout.receive_some(100)).startswith(b"locked")
        yield process
    finally:
        assert process.stdin is not None
        await process.stdin.aclose()
        with trio.CancelScope(shield=True):
            await process.wait()


@pytest.fixture
def threads_that_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads in which reads succeeded."""
    found: list[str] = []
    read = engine.read

    def noting(connection: sqlite3.Connection, query: engine.Query[object]) -> object:
        result = read(connection, query)
        found.append(threading.current_thread().name)
        return result

    monkeypatch.setattr(sqlite, "read", noting)
    return found


async def test_a_row_that_has_to_wait_for_a_lock_is_waited_for_in_a_thread(
    store: SqliteStore, path: Path, threads_that_read: list[str]
) -> None:
    session = await open_session(store, await open_shop(store))
    with trio.fail_after(PATIENCE_S):
        async with another_process(RECOVERING, path.with_name("kasgate.db-shm")) as process:
            async with trio.open_nursery() as nursery:
                found: list[object] = []

                async def read() -> None:
                    found.append(await store.session(session.id))

                nursery.start_soon(read)
                # If the event loop were blocked, the lock would never be released.
                await trio.testing.wait_all_tasks_blocked(0.05)
                assert found == []
                assert process.stdin is not None
                await process.stdin.send_all(b"\n")
            assert found == [session]
    assert threads_that_read[-1] != "MainThread"
    assert await store.session(session.id) == session
    assert threads_that_read[-1] == "MainThread"


async def test_readers_do_not_wait_for_a_writer_of_another_process(
    store: SqliteStore, path: Path, threads_that_read: list[str]
) -> None:
    session = await open_session(store, await open_shop(store))
    with trio.fail_after(PATIENCE_S):
        async with another_process(EXCLUSIVE, path):
            assert await store.session(session.id) == session
            assert threads_that_read[-1] == "MainThread"


async def test_while_the_disk_is_slow_rows_are_read_in_threads(
    store: SqliteStore, threads_that_read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await open_session(store, await open_shop(store))
    now = [1_000.0]
    monkeypatch.setattr(sqlite, "monotonic", lambda: now[0])
    read = vars(sqlite)["read"]

    def slowly(connection: sqlite3.Connection, query: engine.Query[object]) -> object:
        now[0] += 2 * sqlite.SLOW_READ_S
        return read(connection, query)

    monkeypatch.setattr(sqlite, "read", slowly)
    assert await store.session(session.id) == session
    assert await store.session(session.id) == session
    monkeypatch.setattr(sqlite, "read", read)
    now[0] += sqlite.SLOW_DISK_S
    assert await store.session(session.id) == session
    assert [name == "MainThread" for name in threads_that_read[-3:]] == [True, False, True]
