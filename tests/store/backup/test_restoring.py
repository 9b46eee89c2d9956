"""Restores that end early, and backups of an older schema."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import trio

from kasgate.access.secrets import Vault
from kasgate.store.backup.making import BackupOrder, make_backup
from kasgate.store.backup.restoring import Restored, RestoreOrder, restore
from kasgate.store.engine import connect_writer
from kasgate.store.migrate import migrate, shipped_migrations
from kasgate.store.sqlite import open_store
from tests.store.samples import open_session, open_shop


def order(home: Path, file: Path) -> RestoreOrder:
    return RestoreOrder(
        file=file,
        database=home / "kasgate.db",
        key_file=home / "kasgate.key",
        marks_file=home / "addresses.marks",
        network="simnet",
    )


def count(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM sessions").fetchone()[0])


async def _sell(home: Path, sessions: range) -> None:
    async with open_store(home / "kasgate.db", Vault.load_or_create(home / "kasgate.key")) as store:
        await store.claim_network("simnet")
        known = await store.merchants()
        merchant = known[0] if known else await open_shop(store)
        for index in sessions:
            await open_session(store, merchant, index)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    trio.run(_sell, tmp_path / "home", range(3))
    return tmp_path / "home"


@pytest.fixture
def backup(home: Path, tmp_path: Path) -> Path:
    made = make_backup(BackupOrder(database=home / "kasgate.db", folder=tmp_path / "backups"))
    trio.run(_sell, home, range(3, 5))
    return made.path


def test_due_deliveries_keep_their_ids_and_numbers_rise(home: Path, backup: Path):
    query = "SELECT delivery_id FROM webhook_logs WHERE state = 'pending' ORDER BY 1"
    with closing(sqlite3.connect(home / "kasgate.db")) as old:
        due = old.execute(query).fetchall()
    restore(order(home, backup))
    with closing(sqlite3.connect(home / "kasgate.db")) as now:
        again = now.execute(query).fetchall()
        assert len(again) == 3
        assert set(again) < set(due)
        assert now.execute("SELECT DISTINCT events_told FROM sessions").fetchall() == [(10_001,)]


_CUT = """
import os, sys
from pathlib import Path
from kasgate.store.backup import restoring

from tests.store.backup.test_restoring import order
which = sys.argv[1]
real = getattr(restoring.os, which)
def cut(*given):
    if not str(given[-1]).endswith("restoring"):
        os._exit(9)
    real(*given)
setattr(restoring.os, which, cut)
restoring.restore(order(Path(sys.argv[2]), Path(sys.argv[3])))
"""


@pytest.mark.parametrize("which", ["link", "replace"])
def test_a_process_that_ends_early_leaves_the_old_database(home: Path, backup: Path, which: str):
    done = subprocess.run([sys.executable, "-c", _CUT, which, str(home), str(backup)], check=False)
    assert done.returncode == 9
    assert count(home / "kasgate.db") == 5
    restored = restore(order(home, backup))
    assert count(home / "kasgate.db") == 3
    assert restored.aside is not None
    assert count(restored.aside) == 5
    assert not list(home.glob("*restoring*"))


def test_without_hard_links_the_old_database_is_renamed(
    home: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
):
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    restored: Restored = restore(order(home, backup))
    assert count(home / "kasgate.db") == 3
    assert restored.aside is not None
    assert count(restored.aside) == 5


def test_a_database_of_an_older_schema_is_backed_up_and_restored(tmp_path: Path):
    home = tmp_path / "home"
    with closing(connect_writer(home / "kasgate.db")) as connection:
        migrate(connection, shipped_migrations()[:9])
    made = make_backup(BackupOrder(database=home / "kasgate.db", folder=tmp_path))
    assert made.manifest.schema == 9
    shutil.rmtree(home)
    restored = restore(order(home, made.path))
    assert restored.facts.schema == shipped_migrations()[-1].number
    assert os.stat(home / "kasgate.db").st_mode & 0o777 == 0o600
