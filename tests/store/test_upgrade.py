"""An upgrade: the copy that is kept before it, and every way in which it may be interrupted."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import trio

import kasgate
from kasgate.access.secrets import Vault
from kasgate.store.engine import connect_writer
from kasgate.store.kept_copies import COPIES_KEPT, kept_copies
from kasgate.store.lock import lock_database
from kasgate.store.migrate import SchemaError, migrate, shipped_migrations
from kasgate.store.protocol import StoreUnavailable
from kasgate.store.sqlite import open_store
from tests.released.gateway import released_versions, restore_into
from tests.store.disk import file_size_limit
from tests.store.upgraded import MANY, next_version

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data directory of the newest release, with the schema of this version."""
    restore_into(released_versions()[-1], tmp_path)
    connection = connect_writer(tmp_path / "kasgate.db")
    try:
        migrate(connection)
    finally:
        connection.close()
    return tmp_path


def schema_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT max(number) FROM schema_migrations").fetchone()
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    number: int = found[0]
    return number


async def opened(folder: Path) -> int:
    """Open the database with the version of the moment. Returns the number of its merchants."""
    vault = Vault.load_or_create(folder / "kasgate.key")
    async with open_store(folder / "kasgate.db", vault) as store:
        return len(await store.merchants())


async def test_an_upgrade_keeps_a_copy_that_the_older_version_serves(folder: Path) -> None:
    path = folder / "kasgate.db"
    merchants, old = await opened(folder), shipped_migrations()[-1].number
    with next_version("9.0.0"):
        assert await opened(folder) == merchants
        assert await opened(folder) == merchants
    assert schema_of(path) == old + 1
    (copy,) = kept_copies(path)
    assert copy.name == "kasgate.db.before-9.0.0"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert schema_of(copy) == old
    with pytest.raises(SchemaError, match=r"KasGate 9\.0\.0 made it"):
        await opened(folder)
    copy.replace(path)
    assert await opened(folder) == merchants


async def test_only_the_newest_copies_stay(folder: Path) -> None:
    for number in range(1, COPIES_KEPT + 3):
        with next_version(f"9.{number}.0", numbers=number):
            await opened(folder)
    names = [copy.name for copy in kept_copies(folder / "kasgate.db")]
    newest = COPIES_KEPT + 2
    assert names == [f"kasgate.db.before-9.{newest - n}.0" for n in range(COPIES_KEPT)]


async def test_a_new_database_and_a_current_one_leave_no_copy(tmp_path: Path) -> None:
    for _ in range(2):
        await opened(tmp_path)
    assert kept_copies(tmp_path / "kasgate.db") == []


async def test_without_room_for_the_copy_nothing_is_changed(folder: Path) -> None:
    path = folder / "kasgate.db"
    merchants, old = await opened(folder), path.read_bytes()
    with (
        file_size_limit(len(old) // 2),
        next_version(),
        pytest.raises(StoreUnavailable, match=r"can't be copied to .*Nothing was changed"),
    ):
        await opened(folder)
    assert path.read_bytes() == old
    assert all("before" not in name for name in os.listdir(folder))
    assert await opened(folder) == merchants


async def test_a_disk_that_fills_during_the_upgrade_leaves_the_old_database(folder: Path) -> None:
    path = folder / "kasgate.db"
    merchants = await opened(folder)
    limit = path.stat().st_size + 200_000
    with file_size_limit(limit), next_version(rows=MANY), pytest.raises(StoreUnavailable):
        await opened(folder)
    assert schema_of(path) == shipped_migrations()[-1].number
    assert await opened(folder) == merchants
    with next_version(rows=MANY):
        assert await opened(folder) == merchants


async def test_an_upgrade_that_is_killed_leaves_the_old_database(folder: Path) -> None:
    path, log = folder / "kasgate.db", folder / "kasgate.db-wal"
    merchants = await opened(folder)
    command = [sys.executable, "-m", "tests.store.upgraded", str(folder)]
    process = await trio.lowlevel.open_process(command, cwd=ROOT)
    with trio.fail_after(PATIENCE_S):
        while not (kept_copies(path) and log.exists() and log.stat().st_size > 2**20):
            assert process.poll() is None
            await trio.sleep(0.01)
    process.kill()
    await process.wait()
    assert schema_of(path) == shipped_migrations()[-1].number
    assert await opened(folder) == merchants
    with next_version():
        assert await opened(folder) == merchants


async def test_a_command_does_not_migrate_under_a_running_gateway(folder: Path) -> None:
    path = folder / "kasgate.db"
    merchants = await opened(folder)
    other = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(other, fcntl.LOCK_EX)
    with next_version(), pytest.raises(SchemaError, match="Restart that gateway"):
        await opened(folder)
    assert await opened(folder) == merchants
    os.close(other)
    assert kept_copies(path) == []
    with lock_database(path), next_version():
        assert await opened(folder) == merchants


def test_serve_refuses_a_newer_database_in_a_sentence(folder: Path) -> None:
    path = folder / "kasgate.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (99, '0099_later.sql', 'x', 1)")
        connection.execute("PRAGMA user_version = 9008007")
        connection.commit()
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
    settings = {"KASGATE_DATA_DIR": str(folder), "KASGATE_NETWORK": "simnet", "KASGATE_PORT": "0"}
    ended = subprocess.run(
        [sys.executable, "-m", "kasgate", "serve"],
        env=clean | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1
    assert "KasGate 9.8.7 made it. Nothing was changed. Install KasGate 9.8.7" in ended.stderr
    assert f"KasGate {kasgate.__version__} knows" in ended.stderr
    assert "Traceback" not in ended.stderr
