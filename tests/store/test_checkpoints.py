"""Checkpoints beside the writer: when they run, and that nothing waits for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from kasgate.access.secrets import Vault
from kasgate.store import checkpoints as checkpoints_module
from kasgate.store.engine import checkpoint
from kasgate.store.protocol import StoreUnavailable
from kasgate.store.sqlite import SqliteStore, open_store
from tests.store.disk import write_cursor

PATIENCE_S = 60.0


async def write_until_checkpoints(store: SqliteStore, wanted: int) -> int:
    """Write one after the other until there were so many checkpoints; returns the number of
    writes."""
    number = 0
    with trio.fail_after(PATIENCE_S):
        while store.checkpoints < wanted:
            number += 1
            await write_cursor(store, number)
    return number


async def test_what_was_written_is_carried_over_while_the_store_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints_module, "CHANGED_ROWS", 20)
    path = tmp_path / "kasgate.db"
    async with open_store(path, Vault.generate()) as store:
        assert await write_until_checkpoints(store, 2) >= 20
        # In immutable mode, SQLite reads the file without its log.
        alone = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)
        with closing(alone):
            (score,) = alone.execute("SELECT max(daa_score) FROM chain_cursor").fetchone()
        assert score >= 10


async def test_few_changes_make_no_checkpoint(tmp_path: Path) -> None:
    async with open_store(tmp_path / "kasgate.db", Vault.generate()) as store:
        for number in range(20):
            await write_cursor(store, number)
        await trio.testing.wait_all_tasks_blocked()
        assert store.checkpoints == 0


async def test_a_failed_checkpoint_is_logged_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints_module, "CHANGED_ROWS", 20)
    failures = iter(range(1))

    def fail_first(connection: sqlite3.Connection, _complete: object) -> bool:
        if next(failures, None) is not None:
            raise StoreUnavailable("the disk is full")
        return checkpoint(connection)

    monkeypatch.setattr(checkpoints_module, "checkpoint", fail_first)
    with capture_logs() as logs:
        async with open_store(tmp_path / "kasgate.db", Vault.generate()) as store:
            await write_until_checkpoints(store, 1)
    assert [line["event"] for line in logs] == ["checkpoint failed"]


async def test_after_a_pause_the_main_file_alone_has_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if a reader held an older state during the first checkpoint."""
    monkeypatch.setattr(checkpoints_module, "IDLE_S", 0.05)
    path = tmp_path / "kasgate.db"
    async with open_store(path, Vault.generate()) as store:
        await write_cursor(store, 1)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM chain_cursor").fetchall()
            await write_cursor(store, 2)
            with trio.fail_after(PATIENCE_S):
                while store.checkpoints < 3:  # noqa: ASYNC110 - nothing tells
                    await trio.sleep(0.01)
            # A checkpoint in progress may make it look damaged.
            assert newest_alone(path) != 2
            reader.execute("COMMIT")
        with trio.fail_after(PATIENCE_S):
            while newest_alone(path) != 2:  # noqa: ASYNC110 - nothing tells
                await trio.sleep(0.01)
        made = store.checkpoints
        await trio.sleep(0.3)
        assert store.checkpoints <= made + 2, "and then no more of them"


def newest_alone(path: Path) -> int:
    """The newest score in the main file, without its log; -1 while the file is inconsistent."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as alone:
        try:
            (score,) = alone.execute("SELECT max(daa_score) FROM chain_cursor").fetchone()
        except sqlite3.DatabaseError:
            return -1
    return int(score or 0)
