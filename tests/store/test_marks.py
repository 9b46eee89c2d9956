"""The address marks after a kill, a power failure, a torn write, a damaged file."""

from __future__ import annotations

import errno
import os
from hashlib import sha256
from pathlib import Path

import pytest
import trio

from kasgate.access.secrets import Vault
from kasgate.store import marks as marks_module
from kasgate.store.marks import RESERVED, AddressMarks, MarksUnavailable
from kasgate.store.sqlite import open_store
from tests.store.samples import open_session, open_shop

WALLETS_SCAN = 20
DATABASE = "d0" * 16


def key(number: int = 0) -> str:
    return sha256(str(number).encode()).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "addresses.marks"


@pytest.fixture
def boot(monkeypatch: pytest.MonkeyPatch):
    """Boots the machine again: data that was not synced may be lost."""
    boots = iter(range(1, 10_000))

    def start() -> None:
        number = next(boots)
        monkeypatch.setattr(marks_module, "_boot_id", lambda: number.to_bytes(16))

    start()
    return start


def killed(marks: AddressMarks) -> None:
    os.close(marks._descriptor)


def test_a_clean_stop_gives_the_reservation_back(file: Path, boot):
    marks = AddressMarks(file)
    marks.note({key(): 3}, 3)
    marks.close()
    boot()
    marks = AddressMarks(file)
    assert (marks.given(key()), marks.floor(key())) == (3, 3)
    assert (marks.seen.commits, marks.seen.damaged) == (3, 0)


def test_after_a_kill_the_index_is_exact(file: Path, boot):
    for index in range(1, 100):
        marks = AddressMarks(file)
        assert marks.floor(key()) == index - 1
        marks.note({key(): index}, index)
        killed(marks)


def test_after_a_power_failure_the_gap_is_below_what_wallets_scan(file: Path, boot):
    """Once, or repeatedly with one sale between, or with none."""
    sold = 0
    for _ in range(20):
        marks = AddressMarks(file)
        assert 0 <= marks.floor(key()) - sold <= RESERVED < WALLETS_SCAN
        sold = marks.floor(key()) + 1
        marks.note({key(): sold}, sold)
        killed(marks)
        for _ in range(5):
            boot()
            marks = AddressMarks(file)
            assert marks.floor(key()) == sold + RESERVED
            killed(marks)
            # A kill afterwards does not lower the index either.
            marks = AddressMarks(file)
            assert marks.floor(key()) == sold + RESERVED
            killed(marks)


def test_no_index_is_believed_beyond_what_was_synced(
    file: Path, boot, monkeypatch: pytest.MonkeyPatch
):
    """A power failure never causes an index to be given out twice. It leaves only the part of the
    file that was synced last."""
    synced: list[bytes] = []
    real = os.fdatasync

    def sync(descriptor: int) -> None:
        real(descriptor)
        synced.append(file.read_bytes())

    monkeypatch.setattr(os, "fdatasync", sync)
    marks = AddressMarks(file)
    syncs = 0
    for index in range(1, 150):
        before = len(synced)
        if marks.note({key(): index}, index):
            marks.sync()
        syncs += len(synced) - before
        boot()
        (file.parent / "lost").write_bytes(synced[-1])
        lost = AddressMarks(file.parent / "lost")
        assert lost.floor(key()) >= index
        killed(lost)
        synced.pop()
        synced.pop()
    assert syncs <= 150 / 5, "a sync for some addresses, not for each"


@pytest.mark.parametrize("torn", range(0, 64, 7))
def test_a_write_that_was_torn_loses_one_copy_and_not_both(file: Path, boot, torn: int):
    marks = AddressMarks(file)
    marks.note({key(): 5}, 5)
    before = file.read_bytes()
    marks.note({key(): 6}, 6)
    killed(marks)
    after = file.read_bytes()
    where = next(
        at for at in range(2 * 4096, len(after)) if before[at : at + 1] != after[at : at + 1]
    )
    start = where // 64 * 64
    file.write_bytes(after[: start + torn] + bytes([255] * (64 - torn)) + after[start + 64 :])
    marks = AddressMarks(file)
    assert marks.floor(key()) in (5, 6)
    assert marks.seen.damaged == 0


def test_a_damaged_slot_is_counted_and_its_neighbours_live(file: Path, boot):
    marks = AddressMarks(file)
    marks.note({key(number): number + 1 for number in range(100)}, 1)
    marks.close()
    content = bytearray(file.read_bytes())
    for copy in (2, 3):
        content[copy * 4096 + 10 * 64 : copy * 4096 + 11 * 64] = b"x" * 64
    file.write_bytes(content)
    marks = AddressMarks(file)
    assert marks.seen.damaged == 1
    assert [marks.floor(key(number)) for number in (9, 10, 11, 99)] == [10, 0, 12, 100]
    marks.note({key(10): 7, key(200): 8}, 2)
    marks.close()
    marks = AddressMarks(file)
    assert [marks.floor(key(number)) for number in (9, 10, 11, 99, 200)] == [10, 7, 12, 100, 8]


def test_a_file_that_is_none_of_ours_is_moved_aside(file: Path):
    file.write_bytes(b"something else" * 1000)
    marks = AddressMarks(file)
    assert marks.seen.replaced == file.with_name("addresses.marks.damaged")
    assert marks.seen.replaced.read_bytes().startswith(b"something else")
    assert marks.floor(key()) == 0


def test_ten_thousand_keys_take_some_bytes_each_and_it_never_grows(file: Path):
    marks = AddressMarks(file)
    for index in (1, 2, 50):
        marks.note({key(number): index for number in range(10_000)}, index)
        assert file.stat().st_size <= 10_000 * 128 + 4 * 4096
    marks.close()
    marks = AddressMarks(file)
    assert {marks.floor(key(number)) for number in range(10_000)} == {50}


def test_two_gateways_do_not_share_a_file(file: Path):
    marks = AddressMarks(file)
    with pytest.raises(MarksUnavailable, match="another gateway uses it"):
        AddressMarks(file)
    marks.close()


def test_a_marks_file_that_can_not_be_made_is_an_error(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MarksUnavailable, match="can't be used"):
        AddressMarks(tmp_path / "file" / "addresses.marks")


def test_what_a_full_disk_refused_is_written_with_the_next(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    marks = AddressMarks(file)
    real = os.pwrite

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    marks.note({key(1): 10}, 1)
    assert marks.failure is not None
    assert "No space left" in marks.failure
    monkeypatch.setattr(os, "pwrite", real)
    marks.note({key(2): 20}, 2)
    assert marks.failure is None
    killed(marks)
    marks = AddressMarks(file)
    assert (marks.given(key(1)), marks.given(key(2))) == (10, 20)


async def test_the_store_updates_the_marks_with_its_commits(tmp_path: Path, file: Path):
    marks = AddressMarks(file)
    async with open_store(tmp_path / "kasgate.db", Vault.generate(), marks) as store:
        identity = await store.identity(DATABASE)
        marks.adopt(identity.name, identity.commits)
        merchant = await open_shop(store)
        for index in range(30):
            await open_session(store, merchant, index)
            assert marks.given(merchant.account_key.fingerprint) == index + 1
        with trio.fail_after(30):
            while marks._unsynced:  # noqa: ASYNC110 - it does not report its end
                await trio.sleep(0.001)
        assert (await store.identity(DATABASE)).commits == 30
    marks.close()
    marks = AddressMarks(file)
    assert (marks.seen.database, marks.seen.commits) == (DATABASE, 30)
    assert marks.floor(merchant.account_key.fingerprint) == 30
