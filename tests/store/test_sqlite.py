"""The Store on a file: reads, the file's content, and closing."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import evolve

from kasgate.access.secrets import Vault, VaultError
from kasgate.reports import SessionQuery
from kasgate.store.protocol import StoreBusy, StoreUnavailable
from kasgate.store.sqlite import SCANS_WAITING_PER_TENANT, SqliteStore, open_store
from tests.sample_sessions import holding
from tests.store.disk import (
    write_cursor,
)
from tests.store.samples import (
    make_merchant,
    make_payment,
    open_session,
    open_shop,
)


async def test_reads_never_see_half_a_commit(store: SqliteStore) -> None:
    """A session and its payments come from one snapshot while they are being rewritten."""
    session = await open_session(store, await open_shop(store))
    reads = 0

    async def read(stop: trio.Event) -> None:
        nonlocal reads
        while not stop.is_set():
            seen = await store.session(session.id)
            assert seen is not None
            assert len(seen.payments) == seen.version
            reads += 1

    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(read, stop)
        newest = session
        for _ in range(30):
            newest = await store.save_session(
                holding(newest, *newest.payments, make_payment()), (), deliver=False
            )
        stop.set()
    assert reads > 0


async def test_closing_waits_for_a_scan_that_runs(path: Path) -> None:
    may_end = threading.Event()
    found: list[int] = []

    def slow(connection: sqlite3.Connection) -> int:
        may_end.wait()
        number: int = connection.execute("SELECT count(*) FROM merchants").fetchone()[0]
        return number

    async def scan(store: SqliteStore) -> None:
        found.append(await store._scan(slow))

    async def let_it_end_once_the_store_waits() -> None:
        await trio.testing.wait_all_tasks_blocked(0.05)
        may_end.set()

    async with trio.open_nursery() as outside, open_store(path, Vault.generate()) as store:
        await open_shop(store)
        outside.start_soon(scan, store)
        await trio.testing.wait_all_tasks_blocked()
        outside.start_soon(let_it_end_once_the_store_waits)
    assert found == [1]


async def test_a_merchant_who_reads_without_end_does_not_hold_up_anothers_list(
    store: SqliteStore,
) -> None:
    """The first merchant has fifty reports in progress, each of unlimited duration."""
    one, other = await open_shop(store), await open_shop(store)
    may_end = threading.Event()
    running = 0

    def report(_: sqlite3.Connection) -> None:
        nonlocal running
        running += 1
        may_end.wait()

    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(store._scan, report, one.id)
        try:
            await eventually_true(lambda: running == 1)
            with trio.fail_after(60):
                page = await store.session_page(other.id, SessionQuery(10))
                assert page.sessions == ()
                await store.totals(other.id)
                await store.counts()
            assert running == 1
            for _ in range(1 + SCANS_WAITING_PER_TENANT - 50):
                nursery.start_soon(store._scan, report, one.id)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(StoreBusy):
                await store.totals(one.id)
        finally:
            may_end.set()


async def eventually_true(condition: Callable[[], bool]) -> None:
    """Wait for the effect of a thread."""
    with trio.fail_after(60):
        while True:
            if condition():
                return
            await trio.sleep(0.01)


async def test_a_closed_store_says_so_and_leaves_one_private_file(path: Path) -> None:
    async with open_store(path, Vault.generate()) as store:
        session = await open_session(store, await open_shop(store))
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["kasgate.db"]

    with pytest.raises(StoreUnavailable, match="closed"):
        await store.session(session.id)
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.counts()
    with pytest.raises(StoreUnavailable, match="closed"):
        await write_cursor(store, 1)


async def test_a_second_store_on_the_file_sees_what_the_first_commits(
    store: SqliteStore, path: Path
) -> None:
    vault = store._vault
    async with open_store(path, vault) as command_line:
        merchant = await open_shop(command_line)
    assert await store.merchant(merchant.id) == merchant


async def test_secrets_cant_be_read_in_the_file(path: Path) -> None:
    vault = Vault.generate()
    async with open_store(path, vault) as store:
        merchant = await open_shop(store)
        moved = await store.update_merchant(
            evolve(merchant, account_key=make_merchant().account_key)
        )
    raw = await trio.Path(path).read_bytes()
    assert merchant.name.encode() in raw
    for key in (merchant.account_key, moved.account_key):
        assert key.to_text().encode() not in raw
        assert key.chain_code not in raw
        assert key.public_key not in raw
    assert merchant.webhook_secret.encode() not in raw
    assert merchant.webhook_secret.removeprefix("whsec_").encode() not in raw
    async with open_store(path, vault) as store:
        assert await store.merchants() == [moved]


async def test_another_key_file_is_noticed_at_the_start(path: Path) -> None:
    async with open_store(path, Vault.generate()) as store:
        await open_shop(store)
    with pytest.raises(VaultError, match="right key file"):
        async with open_store(path, Vault.generate()):
            pass


async def test_a_sealed_secret_moved_to_another_merchant_is_refused(path: Path) -> None:
    vault = Vault.generate()
    async with open_store(path, vault) as store:
        first, second = await open_shop(store), await open_shop(store)
    with sqlite3.connect(path) as intruder:
        intruder.execute(
            """
            UPDATE merchants
            SET webhook_secret = (SELECT webhook_secret FROM merchants WHERE id = ?)
            WHERE id = ?
            """,
            (first.id, second.id),
        )
    async with open_store(path, vault) as store:
        assert await store.merchant(first.id) == first
        with pytest.raises(VaultError, match="changed or moved"):
            await store.merchant(second.id)
