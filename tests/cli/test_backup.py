"""`kasgate backup`, `kasgate restore` and `kasgate db check`, as a person runs them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio

from kasgate.access.secrets import Vault
from kasgate.kaspa.extended_key import parse_account_key
from kasgate.store.lock import lock_database
from kasgate.store.marks import AddressMarks
from kasgate.store.sqlite import open_store
from tests.cli.conftest import Kasgate
from tests.store.samples import make_api_key, make_event, make_merchant, make_session
from tests.vectors import vectors

IDENTITY = "1f3c5a7e" * 4
PASSPHRASE = "correct horse battery"


def fill(home: Path, sessions: range = range(3)) -> None:
    async def write() -> None:
        async with open_store(
            home / "kasgate.db", Vault.load_or_create(home / "kasgate.key")
        ) as store:
            await store.claim_network("simnet")
            await store.identity(IDENTITY)
            known = await store.merchants()
            if known:
                merchant = known[0]
            else:
                key = parse_account_key(vectors("kpubs")[0]["kpub"])
                merchant = make_merchant(account_key=key, name="Shop")
                await store.add_merchant(merchant, make_api_key(merchant))
            for index in sessions:
                session = make_session(merchant, index)
                event = make_event(session)
                await store.add_session(session, event, deliver=True)

    trio.run(write)


def count(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM sessions").fetchone()[0])


@pytest.fixture(autouse=True)
def simnet(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("KASGATE_NETWORK", "simnet")
    fill(home)


@pytest.fixture
def backup(kasgate: Kasgate, tmp_path: Path) -> Path:
    code, out, err = kasgate("backup", "--to", str(tmp_path / "backups"), "--json")
    assert (code, err) == (0, "")
    return Path(json.loads(out)["path"])


def test_a_backup_names_the_key_file_that_it_needs(kasgate: Kasgate, home: Path):
    code, out, _ = kasgate("backup")
    assert code == 0
    assert out.startswith(str(home / "backups" / "kasgate-"))
    assert "3 sessions and 1 merchants" in out
    assert f"needs the key file {home / 'kasgate.key'}" in out


def test_without_a_database_there_is_nothing_to_back_up(kasgate: Kasgate, home: Path):
    shutil.rmtree(home)
    code, out, err = kasgate("backup")
    assert (code, out) == (1, "")
    assert "There is no database" in err
    assert not home.exists()


def test_the_list_shows_time_size_version_and_sessions(kasgate: Kasgate, backup: Path, tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    options = ("--passphrase-file", str(file))
    assert kasgate("backup", "--to", str(backup.parent), *options)[0] == 0
    (backup.parent / "kasgate-20200101T000000Z-1f3c5a7e.tar.gz").write_bytes(b"\x1f\x8b broken")
    code, out, _ = kasgate("restore", "--list", str(backup.parent))
    first, second, third = sorted(out.splitlines())
    assert code == 0
    assert "UNUSABLE" in first
    assert "3 sessions  simnet      version 0.1.0" in second
    assert "encrypted; give the passphrase" in third
    listed = kasgate("restore", "--list", str(backup.parent), "--json", *options)[1]
    assert [one.get("sessions") for one in json.loads(listed)["backups"]] == [3, 3, None]


def test_the_present_database_is_kept_aside(kasgate: Kasgate, backup: Path, home: Path):
    fill(home, range(3, 5))
    (home / "kasgate.db-wal").write_bytes(b"")
    code, out, err = kasgate("restore", str(backup), "--json")
    assert (code, err) == (0, "")
    restored = json.loads(out)
    assert count(home / "kasgate.db") == 3
    assert count(Path(restored["aside"])) == 5
    assert restored["passedOver"] == [{"merchant": "Shop", "first": 3, "end": 23}]
    assert not (home / "kasgate.db.restoring").exists()
    listed = json.loads(kasgate("warnings", "--json")[1])["warnings"]
    assert {one["kind"] for one in listed} == {"restored", "forgotten_addresses"}
    assert kasgate("db", "check")[0] == 0
    # A second one keeps both.
    assert kasgate("restore", str(backup))[0] == 0
    assert len(list(home.glob("kasgate.db.before-restore-*"))) == 2


def test_a_log_of_the_old_database_is_kept_with_it_and_not_used(
    kasgate: Kasgate, backup: Path, home: Path
):
    """As after a kill: the log holds a commit that the main file lacks."""
    with closing(sqlite3.connect(home / "kasgate.db", isolation_level=None)) as holding:
        holding.execute("PRAGMA wal_autocheckpoint = 0")
        holding.execute("CREATE TABLE late (n)")
        shutil.copy(home / "kasgate.db-wal", home / "wal")
    shutil.copy(home / "wal", home / "kasgate.db-wal")
    restored = json.loads(kasgate("restore", str(backup), "--json")[1])
    with closing(sqlite3.connect(home / "kasgate.db")) as now:
        assert not now.execute("SELECT 1 FROM sqlite_master WHERE name = 'late'").fetchall()
    with closing(sqlite3.connect(restored["aside"])) as old:
        assert old.execute("SELECT 1 FROM sqlite_master WHERE name = 'late'").fetchall()


def test_with_marks_that_know_more_nothing_is_passed_over(kasgate, backup: Path, home: Path):
    fingerprint = parse_account_key(vectors("kpubs")[0]["kpub"]).fingerprint
    marks = AddressMarks(home / "addresses.marks")
    marks.adopt(IDENTITY, 3)
    marks.note({fingerprint: 7}, 7)
    marks.close()
    restored = json.loads(kasgate("restore", str(backup), "--json")[1])
    assert restored["addressMarks"]
    assert restored["passedOver"] == []
    restored = json.loads(kasgate("restore", str(backup), "--leap", "7", "--json")[1])
    assert restored["passedOver"] == [{"merchant": "Shop", "first": 3, "end": 10}]


@pytest.mark.parametrize("state", ["older than the backup", "of another database", "damaged"])
def test_marks_that_may_know_less_are_not_relied_on(kasgate, backup: Path, home: Path, state: str):
    marks = AddressMarks(home / "addresses.marks")
    commits = 1 if state.startswith("older") else 9
    marks.adopt("ab" * 16 if "another" in state else IDENTITY, commits)
    marks.close()
    if state == "damaged":
        (home / "addresses.marks").write_bytes(b"\xa5" * 8192)
    with closing(sqlite3.connect(home / "kasgate.db")) as connection, connection:
        connection.execute("UPDATE database_identity SET commits = 5")
    made = json.loads(kasgate("backup", "--json")[1])
    restored = json.loads(kasgate("restore", made["path"], "--json")[1])
    assert not restored["addressMarks"]
    assert restored["passedOver"]


def test_a_gateway_that_runs_is_left_alone(kasgate: Kasgate, backup: Path, home: Path):
    with lock_database(home / "kasgate.db"):
        code, _, err = kasgate("restore", str(backup))
    assert code == 1
    assert "Stop that gateway first" in err


def test_a_lost_key_file_is_asked_for_by_its_id(kasgate: Kasgate, backup: Path, home: Path):
    key = Vault.load_or_create(home / "kasgate.key").key_id
    shutil.rmtree(home)
    code, _, err = kasgate("restore", str(backup))
    assert code == 1
    assert f"sealed with key {key}" in err
    assert not (home / "kasgate.db").exists()
    Vault.load_or_create(home / "kasgate.key")
    assert f"needs key {key}" in kasgate("restore", str(backup))[2]


def test_an_encrypted_backup_brings_its_key_back(kasgate: Kasgate, home: Path, tmp_path: Path):
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    file.chmod(0o600)
    options = ("--passphrase-file", str(file))
    to = tmp_path / "backups"
    made = json.loads(kasgate("backup", "--to", str(to), "--with-key", "--json", *options)[1])
    key = (home / "kasgate.key").read_bytes()
    shutil.rmtree(home)
    code, _, err = kasgate("restore", made["path"])
    assert code == 1
    assert "passphrase" in err
    code, out, err = kasgate("restore", made["path"], *options)
    assert (code, err) == (0, "")
    assert (home / "kasgate.key").read_bytes() == key
    assert "was written from the backup" in out
    assert count(home / "kasgate.db") == 3
    file.write_text("another passphrase")
    assert "does not open this backup" in kasgate("restore", made["path"], *options)[2]


def test_another_network_or_no_backup_is_refused(kasgate, backup: Path, home: Path, monkeypatch):
    monkeypatch.setenv("KASGATE_NETWORK", "mainnet")
    assert "is of simnet" in kasgate("restore", str(backup))[2]
    monkeypatch.setenv("KASGATE_NETWORK", "simnet")
    assert "There is no file" in kasgate("restore", str(backup) + "x")[2]
    assert "neither a backup" in kasgate("restore", str(home / "kasgate.key"))[2]
    backup.write_bytes(backup.read_bytes()[:-20])
    assert "damaged" in kasgate("restore", str(backup))[2]
    assert count(home / "kasgate.db") == 3
    assert not list(home.glob("*before*"))
    assert not list(home.glob("*restoring*"))


def test_a_plain_copy_can_be_restored(kasgate: Kasgate, home: Path, tmp_path: Path):
    copy = tmp_path / "copy.db"
    shutil.copy(home / "kasgate.db", copy)
    fill(home, range(3, 5))
    assert kasgate("restore", str(copy))[0] == 0
    assert count(home / "kasgate.db") == 3


def test_the_check_prints_a_line_each_and_fails_with_what_to_do(kasgate: Kasgate, home: Path):
    code, out, err = kasgate("db", "check")
    assert (code, err) == (0, "")
    assert all(line.startswith("ok        ") for line in out.splitlines())
    with closing(sqlite3.connect(home / "kasgate.db")) as connection, connection:
        connection.execute("UPDATE session_days SET sessions = 7")
    code, out, _ = kasgate("db", "check")
    assert code == 1
    assert "FAILED    session counters" in out
    assert "7 created sessions are counted, and there are 3" in out
    assert "→ Reports show wrong figures" in out
    checks = json.loads(kasgate("db", "check", "--json")[1])
    assert not checks["ok"]
    (home / "kasgate.key").unlink()
    assert "skipped   secrets" in kasgate("db", "check")[1]
    assert not (home / "kasgate.key").exists()


COMMANDS = (
    ("serve",),
    ("backup",),
    ("db", "check"),
    ("warnings",),
    ("gaps",),
    ("doctor",),
    ("merchant", "create", "--name", "Ann", "--xpub", vectors("kpubs")[1]["kpub"]),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_newer_database_is_refused_by_every_command(kasgate, home: Path, command, monkeypatch):
    monkeypatch.setenv("KASGATE_PORT", "0")
    monkeypatch.setenv("KASGATE_NODES", "ws://127.0.0.1:1")
    with closing(sqlite3.connect(home / "kasgate.db")) as connection, connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, '0999_new.sql', 'x', 1)")
    before = (home / "kasgate.db").read_bytes()
    code, out, err = kasgate(*command)
    assert code == 1
    assert "schema 999, which is newer than the" in " ".join((out + err).split())
    assert "Traceback" not in err
    assert (home / "kasgate.db").read_bytes() == before


def test_a_newer_backup_is_refused(kasgate: Kasgate, home: Path, tmp_path: Path):
    copy = tmp_path / "copy.db"
    shutil.copy(home / "kasgate.db", copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, '0999_new.sql', 'x', 1)")
    code, _, err = kasgate("restore", str(copy))
    assert code == 1
    assert "newer than the" in err
    assert count(home / "kasgate.db") == 3
