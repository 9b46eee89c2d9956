"""Backups beside a store that is written to: complete, verified and private, none broken."""

from __future__ import annotations

import errno
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
import trio

from kasgate.access.secrets import Vault
from kasgate.store.backup import making
from kasgate.store.backup.archive import read_manifest, unpack
from kasgate.store.backup.errors import BackupFailed, BackupStopped, UnusableBackup
from kasgate.store.backup.files import backups_in
from kasgate.store.backup.making import BackupOrder, make_backup, read_passphrase
from kasgate.store.protocol import StoreError
from kasgate.store.sqlite import open_store
from tests.store.disk import damage, file_size_limit
from tests.store.samples import make_event, make_session, open_session, open_shop

PASSPHRASE = "correct horse battery"
IDENTITY = "1f3c5a7e" * 4


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data directory with a merchant and three sessions."""

    async def fill() -> None:
        vault = Vault.load_or_create(tmp_path / "home" / "kasgate.key")
        async with open_store(tmp_path / "home" / "kasgate.db", vault) as store:
            await store.claim_network("simnet")
            await store.identity(IDENTITY)
            merchant = await open_shop(store)
            for index in range(3):
                await open_session(store, merchant, index)

    trio.run(fill)
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def order(home: Path, folder: Path, **more: object) -> BackupOrder:
    return BackupOrder(database=home / "kasgate.db", folder=folder, **more)  # type: ignore[arg-type]


def rest(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_complete_private_and_says_what_is_in_it(home: Path, folder: Path) -> None:
    made = make_backup(order(home, folder))
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.path.name.endswith("-1f3c5a7e.tar.gz")
    manifest = read_manifest(made.path, None)
    assert (manifest.sessions, manifest.merchants, manifest.network) == (3, 1, "simnet")
    assert manifest.key_id == Vault.load_or_create(home / "kasgate.key").key_id
    assert rest(folder) == [made.path.name]
    assert not list(home.glob("*.backup-copy*"))
    with tarfile.open(made.path) as tar:
        assert tar.getnames() == ["manifest.json", "kasgate.db"]
        tar.extract("kasgate.db", folder, filter="data")
    with closing(sqlite3.connect(folder / "kasgate.db")) as copy:
        assert copy.execute("SELECT count(*) FROM sessions").fetchone() == (3,)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


async def test_beside_a_busy_store_it_is_one_state(home: Path, folder: Path) -> None:
    vault = Vault.load_or_create(home / "kasgate.key")
    async with open_store(home / "kasgate.db", vault) as store:
        (merchant,) = await store.merchants()
        done = trio.Event()
        written = 3

        async def write() -> None:
            nonlocal written
            while not done.is_set():
                session = make_session(merchant, written)
                await store.add_session(session, make_event(session), deliver=True)
                written += 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            await trio.sleep(0.1)
            before = written
            made = await trio.to_thread.run_sync(make_backup, order(home, folder))
            after = written
            done.set()
    # In one state the sessions, their events and the next index agree; the verification saw that.
    assert before <= made.manifest.sessions <= after
    assert before < after
    with closing(sqlite3.connect(":memory:")) as loaded, tarfile.open(made.path) as tar:
        member = tar.extractfile("kasgate.db")
        assert member is not None
        loaded.deserialize(member.read())
        (sessions,) = loaded.execute("SELECT count(*) FROM sessions").fetchone()
        assert loaded.execute("SELECT count(*) FROM events").fetchone() == (sessions,)
        next_ = loaded.execute("SELECT next_address_index FROM merchants").fetchone()
        assert next_ == (sessions,)


def test_an_encrypted_one_may_hold_the_key(home: Path, folder: Path) -> None:
    key = home / "kasgate.key"
    made = make_backup(order(home, folder, passphrase=PASSPHRASE, key_file=key))
    assert made.path.name.endswith(".tar.gz.age")
    assert unpack(made.path, PASSPHRASE, None).key == key.read_bytes()
    with pytest.raises(UnusableBackup, match="no passphrase"):
        unpack(made.path, None, None)
    with pytest.raises(BackupFailed, match="only into an encrypted"):
        make_backup(order(home, folder, key_file=key))


def test_it_keeps_the_newest_and_removes_only_its_own(home: Path, folder: Path) -> None:
    folder.mkdir()
    foreign = folder / "kasgate-20200101T000000Z-1f3c5a7e.tar.gz"
    foreign.write_text("a person's notes, under an unlucky name")
    other = folder / "kasgate-20200101T000000Z-deadbeef.tar.gz"
    other.write_bytes(b"\x1f\x8b of another gateway")
    (folder / "notes.txt").write_text("mine")
    at = 1_790_000_000_000
    for number in range(4):
        made = make_backup(
            order(home, folder, keep=2),
            clock=lambda now=at + number * 60_000: now,  # type: ignore[misc]
        )
    assert [path.name[:23] for path in made.removed] == ["kasgate-20260921T141420"]
    own = [file for file in backups_in(folder, IDENTITY) if file.path != foreign]
    assert len(own) == 2
    assert foreign.exists()
    assert other.exists()
    assert (folder / "notes.txt").exists()


def test_a_damaged_database_gives_no_backup(home: Path, folder: Path) -> None:
    damage(home / "kasgate.db")
    with pytest.raises(StoreError, match="damaged"):
        make_backup(order(home, folder))
    assert rest(folder) == []
    assert not list(home.glob("*.backup-copy*"))


def test_a_full_disk_gives_a_sentence_and_no_file(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(making, "write_archive", full)
        with pytest.raises(BackupFailed, match="no space left on that disk"):
            make_backup(order(home, folder))
    assert rest(folder) == []
    # And a real limit, which SQLite meets while it copies.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with file_size_limit(100_000), pytest.raises(BackupFailed, match="Copying"):
        make_backup(order(home, folder))
    assert rest(folder) == []
    assert not list(home.glob("*.backup-copy*"))


def test_it_ends_soon_on_request(home: Path, folder: Path) -> None:
    with pytest.raises(BackupStopped):
        make_backup(order(home, folder), stop=lambda: True)
    assert rest(folder) == []


def test_only_one_at_a_time(home: Path, folder: Path) -> None:
    with making._alone(home / "kasgate.db"), pytest.raises(BackupFailed, match="Another backup"):
        make_backup(order(home, folder))


def test_a_changed_backup_is_noticed(home: Path, folder: Path) -> None:
    made = make_backup(order(home, folder))
    whole = made.path.read_bytes()
    for at in (len(whole) // 2, len(whole) - 5):
        made.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StoreError):
            unpack(made.path, None, None)
    made.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableBackup, match="damaged"):
        unpack(made.path, None, None)


_SLOW = """
import sys, time
from pathlib import Path
from kasgate.store.backup import making
from kasgate.store.backup.making import BackupOrder, make_backup
where, home, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
real = getattr(making, where)
def slow(*given, **more):
    if where != "copy_database":
        real(*given, **more)
    print("here", flush=True)
    time.sleep(60)
setattr(making, where, slow)
make_backup(BackupOrder(database=home / "kasgate.db", folder=folder, passphrase="correct horse"))
"""


@pytest.mark.parametrize(
    "where", ["copy_database", "verify_database", "write_archive", "_read_back"]
)
def test_a_kill_leaves_nothing_under_a_final_name(home: Path, folder: Path, where: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SLOW, where, str(home), str(folder)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGKILL)
    assert backups_in(folder) == []
    # The next one removes what is left, and works.
    made = make_backup(order(home, folder))
    assert rest(folder) == [made.path.name]
    assert not list(home.glob("*.backup-copy*"))


def test_a_passphrase_file_is_private_and_long_enough(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    with pytest.raises(BackupFailed, match="can't be read"):
        read_passphrase(file)
    file.write_text(f"{PASSPHRASE}\nand a note\n")
    file.chmod(0o644)
    with pytest.raises(BackupFailed, match="chmod 600"):
        read_passphrase(file)
    file.chmod(0o600)
    assert read_passphrase(file) == PASSPHRASE
    file.write_text("short\n")
    with pytest.raises(BackupFailed, match="shorter than 12"):
        read_passphrase(file)


async def test_a_plain_copy_of_an_idle_database_is_complete(home: Path, tmp_path: Path) -> None:
    """After a checkpoint, as IDLE_S seconds after the last write, ``cp`` of the one file is enough.
    tests/e2e/test_restores.py waits for the real time."""
    vault = Vault.load_or_create(home / "kasgate.key")
    async with open_store(home / "kasgate.db", vault) as store:
        (merchant,) = await store.merchants()
        await open_session(store, merchant, 9)
        assert store._checkpoints._checkpoint()
        copy = tmp_path / "copy.db"
        await trio.run_process(["cp", str(home / "kasgate.db"), str(copy)])
    with closing(sqlite3.connect(copy)) as alone:
        assert alone.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert alone.execute("SELECT count(*) FROM sessions").fetchone() == (4,)
