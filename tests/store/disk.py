"""The database file under a store, and its faults."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kasgate.store.calls import Store
from kasgate.store.protocol import ChainCursor
from kasgate.store.sqlite import SqliteStore
from tests.store.samples import (
    NOW,
)


def connection_of(store: SqliteStore) -> sqlite3.Connection:
    return store._writer._connection


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock it, as another process does during a write."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def damage(path: Path) -> None:
    """Overwrite everything but the first page, which holds the schema."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Limit the size of every file of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def write_cursor(store: Store, number: int) -> None:
    await store.save_cursor(ChainCursor(f"{number:064x}", number, NOW))


async def write_nothing(store: SqliteStore) -> None:
    """Wait for the writes queued before."""
    await store._write(lambda _: None)
