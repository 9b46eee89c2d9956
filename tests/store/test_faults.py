"""A disk that is full, read-only, busy or broken, and a killed process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import structlog.testing
import trio
import trio.testing
from attrs import evolve

from kasgate.access.secrets import Vault
from kasgate.sessions.session import EventType, SessionStatus
from kasgate.store.protocol import (
    CorruptDatabase,
    StaleSession,
    StoreUnavailable,
)
from kasgate.store.sqlite import SqliteStore, open_store
from tests.store.disk import (
    connection_of,
    damage,
    file_size_limit,
    locked,
    write_cursor,
)
from tests.store.samples import (
    expired,
    make_event,
    make_session,
    open_session,
    open_shop,
)

ROOT = Path(__file__).parents[2]


def write_and_be_killed(path: Path, key_file: Path, after: int) -> list[str]:
    """Run the acknowledging writer and kill it after so many sessions; returns all its lines."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.acknowledging_writer", str(path), str(key_file)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(after)]
        process.kill()
        return acknowledged + process.stdout.read().split()


async def test_a_full_database_refuses_writes_whole_and_recovers(store: SqliteStore) -> None:
    merchant = await open_shop(store)
    first = await open_session(store, merchant)
    connection = connection_of(store)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")

    huge = make_session(merchant, 1)
    event = make_event(huge, payload="x" * 100_000)
    with pytest.raises(StoreUnavailable, match="full"):
        await store.add_session(huge, event, deliver=True)
    assert not store.healthy
    assert "full" in store.detail
    assert await store.session(huge.id) is None
    assert await store.session(first.id) == first
    assert await store.merchant(merchant.id) == evolve(merchant, next_address_index=1)

    connection.execute("PRAGMA max_page_count = 1000000")
    await store.add_session(huge, event, deliver=True)
    assert await store.session(huge.id) == huge
    assert (store.healthy, store.detail) == (True, "ok")


async def test_a_read_only_database_refuses_writes_and_recovers(store: SqliteStore) -> None:
    session = await open_session(store, await open_shop(store))
    connection = connection_of(store)
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreUnavailable, match="readonly"):
        await store.save_session(expired(session), (), deliver=False)
    assert await store.session(session.id) == session
    assert not store.healthy

    connection.execute("PRAGMA query_only = OFF")
    saved = await store.save_session(expired(session), (), deliver=False)
    assert await store.session(session.id) == saved
    assert store.healthy


async def test_a_commit_that_the_disk_refuses_is_undone_and_can_be_repeated(
    store: SqliteStore, path: Path
) -> None:
    """The file size limit lets every statement pass, and the commit fails."""
    merchant = await open_shop(store)
    sessions = [make_session(merchant, index) for index in range(5)]
    told: list[object] = []
    store.on_outbox(told.extend)
    errors: list[StoreUnavailable] = []

    async def add(index: int) -> None:
        try:
            session = sessions[index]
            await store.add_session(session, make_event(session), deliver=True)
        except StoreUnavailable as error:
            errors.append(error)

    log = await trio.Path(f"{path}-wal").stat()
    with file_size_limit(log.st_size):
        async with trio.open_nursery() as nursery:
            for index in range(len(sessions)):
                nursery.start_soon(add, index)
    assert len(errors) == len(set(map(id, errors))) == len(sessions)
    assert told == []
    assert not store.healthy
    for session in sessions:
        assert await store.session(session.id) is None

    await add(0)
    assert len(errors) == len(sessions)
    assert await store.session(sessions[0].id) == sessions[0]
    assert len(told) == 1
    assert store.healthy


async def test_a_database_locked_by_another_process_is_unavailable_until_it_lets_go(
    store: SqliteStore, path: Path
) -> None:
    connection_of(store).execute("PRAGMA busy_timeout = 10")
    with locked(path):
        with pytest.raises(StoreUnavailable, match="locked"):
            await write_cursor(store, 1)
        assert await store.cursor() is None
    await write_cursor(store, 1)
    assert store.healthy


async def test_a_corrupt_database_is_refused_at_the_start(path: Path) -> None:
    vault = Vault.generate()
    async with open_store(path, vault) as store:
        await open_session(store, await open_shop(store))
    damage(path)
    with pytest.raises(CorruptDatabase, match="damaged"):
        async with open_store(path, vault):
            pass


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    await trio.Path(path).write_text("Dear diary, " * 100)
    with pytest.raises(CorruptDatabase, match="not a database"):
        async with open_store(path, Vault.generate()):
            pass


async def test_damage_found_by_a_write_ends_the_store_and_wakes_its_caller(path: Path) -> None:
    told: list[str] = []
    with pytest.RaisesGroup(CorruptDatabase):
        async with open_store(path, Vault.generate()) as store:
            merchant = await open_shop(store)
            connection = connection_of(store)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute("PRAGMA shrink_memory")
            damage(path)
            try:
                await open_session(store, merchant)
            except StoreUnavailable:
                told.append(store.detail)
            await trio.sleep_forever()
    assert len(told) == 1
    assert "damaged" in told[0]


@pytest.mark.parametrize("read", ["row", "scan"])
async def test_damage_found_by_a_read_ends_the_store(path: Path, read: str) -> None:
    with pytest.RaisesGroup(CorruptDatabase):
        async with open_store(path, Vault.generate()) as store:
            merchant = await open_shop(store)
            connection_of(store).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            damage(path)
            try:
                await (store.merchant(merchant.id) if read == "row" else store.counts())
            except CorruptDatabase:
                healthy = store.healthy
            await trio.sleep_forever()
    assert not healthy


async def test_a_path_that_cant_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match=r"file/kasgate\.db can't be opened"):
        async with open_store(tmp_path / "file" / "kasgate.db", Vault.generate()):
            pass


@pytest.mark.parametrize("acknowledged_before_the_kill", [1, 300])
async def test_what_was_acknowledged_survives_kill_9(
    path: Path, acknowledged_before_the_kill: int
) -> None:
    key_file = path.with_name("key")
    acknowledged = await trio.to_thread.run_sync(
        write_and_be_killed, path, key_file, acknowledged_before_the_kill
    )

    async with open_store(path, Vault.load_or_create(key_file)) as store:
        for session_id in acknowledged:
            session = await store.session(session_id)
            assert session is not None
            assert session.status is SessionStatus.CONFIRMING
            assert len(session.payments) == 1
        check = connection_of(store)
        assert check.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert check.execute("PRAGMA foreign_key_check").fetchall() == []

        # Acknowledged or not, every session is stored completely or not at all.
        [merchant] = await store.merchants()
        sessions = await store.active_sessions("", 1_000_000)
        assert len(sessions) >= len(acknowledged) >= acknowledged_before_the_kill
        assert merchant.next_address_index > max(session.address_index for session in sessions)
        for session in sessions[:50]:
            told = [event.type for event in await store.events_of_session(session.id)]
            expected = [EventType.PENDING, EventType.CONFIRMING][: 1 + len(session.payments)]
            assert told == expected
        deliveries = sum(1 + len(session.payments) for session in sessions)
        assert (await store.counts()).pending_deliveries == deliveries
        with pytest.raises(StaleSession):
            await store.save_session(evolve(sessions[0], version=99), (), deliver=False)


async def test_a_full_database_is_logged_once_and_when_that_is_over(store: SqliteStore) -> None:
    merchant = await open_shop(store)
    connection = connection_of(store)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    refused = 0
    with structlog.testing.capture_logs() as lines:
        for index in range(1_000):
            try:
                await open_session(store, merchant, index)
            except StoreUnavailable:
                refused += 1
                if refused == 20:
                    break
        connection.execute("PRAGMA max_page_count = 100000")
        await open_session(store, merchant, 1_000)
    assert [line["event"] for line in lines] == [
        "the database can't be written",
        "the database can be written again",
    ]
    assert lines[1]["failed"] == refused == 20
