"""Scheduled backups on a virtual clock: when they are made, and what is shown while they fail."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import structlog.testing
import trio
from attrs import define, evolve, field
from trio.testing import MockClock

from actors.backup_maker import BackupMaker
from actors.backups import AFTER_START_S, RETRY_S, Backups
from kasgate.access.secrets import Vault
from kasgate.clock import system_clock
from kasgate.settings.loading import load_settings
from kasgate.settings.model import Settings
from kasgate.store.backup import making
from kasgate.store.backup.archive import Manifest, Stop
from kasgate.store.backup.errors import BackupFailed, BackupStopped
from kasgate.store.backup.files import BackupFile
from kasgate.store.backup.making import MadeBackup
from kasgate.store.sqlite import open_store
from tests.actors.simulated_chain import WallClock

DAY_S = 86_400


@define
class ScriptedMaker:
    """Notes when backups are made, and fails on request."""

    clock: WallClock
    kept: BackupFile | None = None
    failure: str | None = None
    not_removed: str | None = None
    takes_s: float = 0
    made: list[int] = field(factory=list)
    tried: list[float] = field(factory=list)

    async def newest(self) -> BackupFile | None:
        if self.failure is not None:
            raise BackupFailed(self.failure)
        return self.kept

    async def make(self) -> MadeBackup:
        at = self.clock()
        self.tried.append(trio.current_time())
        await trio.sleep(self.takes_s)
        if self.failure is not None:
            raise BackupFailed(self.failure)
        self.made.append(at)
        manifest = Manifest(
            made_at=at, version="1", schema=1, network=None, database="", commits=0,
            merchants=0, sessions=0, key_id=None, size=1, sha256="",
        )  # fmt: skip
        return MadeBackup(
            path=Path("one"), size=len(self.made), manifest=manifest, not_removed=self.not_removed
        )


@pytest.fixture
def maker(autojump_clock: MockClock) -> ScriptedMaker:
    return ScriptedMaker(WallClock())


def backups_of(maker: ScriptedMaker) -> Backups:
    return Backups(maker, every_s=DAY_S, clock=maker.clock)


def kept(clock: WallClock, age_s: float) -> BackupFile:
    return BackupFile(clock() - round(age_s * 1000), Path("old"), "0" * 8, 7, False)


async def run_for(backups: Backups, seconds: float) -> None:
    with trio.move_on_after(seconds):
        await backups.run()


async def test_the_first_one_comes_soon_after_the_start_then_one_a_day(maker: ScriptedMaker):
    backups = backups_of(maker)
    began = trio.current_time()
    await run_for(backups, 3 * DAY_S + 100)
    assert [at - began for at in maker.tried] == [
        pytest.approx(AFTER_START_S + day * DAY_S) for day in range(4)
    ]
    state = backups.state
    assert state is not None
    assert (state.is_well, state.made, state.size, state.last_success_at) == (
        True,
        4,
        4,
        maker.made[-1],
    )
    assert backups.sentences() == ()


@pytest.mark.parametrize(("age_s", "first_s"), [(DAY_S / 2, DAY_S / 2), (5 * DAY_S, AFTER_START_S)])
async def test_after_a_restart_the_interval_goes_on_and_a_missed_one_is_made(
    maker: ScriptedMaker, age_s: float, first_s: float
):
    maker.kept = kept(maker.clock, age_s)
    backups = backups_of(maker)
    began = trio.current_time()
    await run_for(backups, DAY_S)
    assert maker.tried[0] - began == pytest.approx(first_s, abs=1)


async def test_a_missed_one_is_overdue_until_it_is_made(maker: ScriptedMaker):
    maker.kept = kept(maker.clock, 5 * DAY_S)
    backups = backups_of(maker)
    await run_for(backups, AFTER_START_S / 2)
    (sentence,) = backups.sentences()
    assert "older than twice KASGATE_BACKUP_EVERY" in sentence
    await run_for(backups, AFTER_START_S + 1)
    assert backups.sentences() == ()


async def test_a_failure_is_repeated_and_logged_once_at_its_begin_and_end(maker: ScriptedMaker):
    maker.failure = "no space left on that disk"
    backups = backups_of(maker)
    with structlog.testing.capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(backups.run)
            await trio.sleep(AFTER_START_S + 5 * RETRY_S + 1)
            assert len(maker.tried) == 6
            assert backups.sentences() == ("Backups need attention: no space left on that disk",)
            assert backups.state is not None
            assert backups.state.failed == 7  # With the look at the newest one.
            maker.failure = None
            await trio.sleep(RETRY_S)
            assert backups.sentences() == ()
            nursery.cancel_scope.cancel()
    told = [line["event"] for line in logs if line["log_level"] != "debug"]
    assert told == ["backup failed", "backups work again"]


async def test_old_backups_that_stay_are_shown_and_cause_no_repetition(maker: ScriptedMaker):
    maker.not_removed = "Older backups can't be removed."
    backups = backups_of(maker)
    await run_for(backups, DAY_S / 2)
    assert len(maker.tried) == 1
    assert backups.sentences() == ("Backups need attention: Older backups can't be removed.",)


async def test_a_clock_that_is_set_back_or_forward_starves_nothing(maker: ScriptedMaker):
    backups = backups_of(maker)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(backups.run)
        await trio.sleep(AFTER_START_S + 1)
        maker.clock.jump(-30 * DAY_S)
        await trio.sleep(4_000)
        assert len(maker.tried) == 2
        maker.clock.jump(30 * DAY_S)
        await trio.sleep(4_000)
        assert len(maker.tried) == 3
        nursery.cancel_scope.cancel()


async def test_without_a_directory_nothing_is_made_or_shown(autojump_clock: MockClock):
    backups = Backups(None, every_s=DAY_S, clock=WallClock())
    await run_for(backups, 10 * DAY_S)
    assert backups.state is None
    assert backups.sentences() == ()


async def test_the_real_maker_backs_up_beside_the_store_and_knows_the_newest(tmp_path: Path):
    settings = settings_of(tmp_path)
    async with open_store(settings.database, Vault.generate()) as store:
        await store.identity("1f3c5a7e" * 4)
        maker = maker_of(settings)
        assert await maker.newest() is None
        made = await maker.make()
        newest = await maker.newest()
        assert newest is not None
        assert newest.path == made.path
        assert newest.identity == "1f3c5a7e"
        (tmp_path / "passphrase").write_text("correct horse battery")
        (tmp_path / "passphrase").chmod(0o600)
        secret = evolve(settings, backup_passphrase_file=tmp_path / "passphrase")
        assert (await maker_of(secret).make()).path.suffix == ".age"
        gone = evolve(settings, backup_passphrase_file=tmp_path / "nothing")
        with pytest.raises(BackupFailed, match="can't be read"):
            await maker_of(gone).make()


async def test_a_cancelled_backup_returns_at_once_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As at the end of the process, which may take eight seconds."""
    reached, ended = trio.Event(), threading.Event()
    token = trio.lowlevel.current_trio_token()

    def slow(_database: Path, stop: Stop) -> None:
        token.run_sync_soon(reached.set)
        while not stop():
            ended.wait(0.01)
        ended.set()
        raise BackupStopped("stopped")

    settings = settings_of(tmp_path)
    async with open_store(settings.database, Vault.generate()):
        monkeypatch.setattr(making, "verify_database", slow)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(maker_of(settings).make)
            await reached.wait()
            nursery.cancel_scope.cancel()
        assert await trio.to_thread.run_sync(ended.wait, 5)
    assert list((tmp_path / "backups").iterdir()) == []


def settings_of(home: Path) -> Settings:
    folders = {"data_dir": str(home), "backup_dir": str(home / "backups")}
    return load_settings({}, overrides=folders)


def maker_of(settings: Settings) -> BackupMaker:
    assert settings.backup_dir is not None
    return BackupMaker(settings, settings.backup_dir, system_clock)
