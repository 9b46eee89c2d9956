"""The single writer: groups, its queue, and callers that are cancelled."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import evolve
from structlog.testing import capture_logs

from kasgate.access.secrets import Vault
from kasgate.sessions.session import Session
from kasgate.store import writer as writer_module
from kasgate.store.calls import Store
from kasgate.store.protocol import Conflict, StoreUnavailable
from kasgate.store.sqlite import SqliteStore, open_store
from tests.sample_sessions import holding
from tests.store.disk import (
    connection_of,
    locked,
    write_cursor,
    write_nothing,
)
from tests.store.samples import (
    make_event,
    make_payment,
    make_session,
    open_session,
    open_shop,
)


async def test_what_is_queued_together_is_committed_together(store: SqliteStore) -> None:
    merchant = await open_shop(store)
    before = store.commits
    stored: list[str] = []

    async def add(index: int) -> None:
        session = await open_session(store, merchant, index)
        assert await store.session(session.id) == session
        stored.append(session.id)

    async with trio.open_nursery() as nursery:
        for index in range(200):
            nursery.start_soon(add, index)
    assert len(stored) == 200
    assert store.commits - before <= 3
    assert (await store.counts()).pending_deliveries == 200


async def test_a_group_has_a_limit(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "GROUP_LIMIT", 10)
    before = store.commits
    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(write_cursor, store, number)
    assert store.commits - before == 10


async def test_a_sale_does_not_wait_for_many_payments_that_came_before_it(
    store: SqliteStore, path: Path
) -> None:
    merchant = await open_shop(store)
    paid = [await open_session(store, merchant, index) for index in range(20)]
    ended: list[str] = []

    async def pay(session: Session) -> None:
        payments = [make_payment() for _ in range(30)]
        await store.save_session(holding(session, *payments), (), deliver=False)
        ended.append(session.id)

    async def sell() -> None:
        ended.append((await open_session(store, merchant, 20)).id)

    before = store.commits
    async with trio.open_nursery() as nursery:
        with locked(path):
            nursery.start_soon(write_nothing, store)
            await trio.testing.wait_all_tasks_blocked()
            for session in paid:
                nursery.start_soon(pay, session)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(sell)
            await trio.testing.wait_all_tasks_blocked()
            assert store.queued_writes == 22
    others = [place for place, id_ in enumerate(ended) if id_ not in {each.id for each in paid}]
    assert others[0] <= 2, "it is committed with the first of them"
    # One transaction has room for two writes of 31 rows.
    assert store.commits - before == 1 + 10
    for session in paid:
        stored = await store.session(session.id)
        assert stored is not None
        assert (stored.payments_total, stored.version) == (30, 1)


async def test_a_long_write_has_its_place_however_long_it_is(store: SqliteStore) -> None:
    merchant = await open_shop(store)
    session = await open_session(store, merchant)
    payments = [make_payment() for _ in range(writer_module.LONG_ROWS_IN_GROUP + 1)]
    saved = await store.save_session(holding(session, *payments), (), deliver=False)
    assert await store.session(session.id) == saved


async def test_a_failed_write_does_not_fail_others_of_its_group(
    store: SqliteStore, path: Path
) -> None:
    """The group is then repeated, each write in a savepoint, and all except the failed one are
    kept."""
    merchant = await open_shop(store)
    first = await open_session(store, merchant, 0)
    refused: list[str] = []
    told: list[str] = []
    store.on_events(lambda events: told.extend(event.session_id for event in events))
    before = store.commits
    made = [make_session(merchant, index) for index in range(1, 9)]

    async def add(session: Session) -> None:
        try:
            await store.add_session(session, make_event(session), deliver=True)
        except Conflict as conflict:
            refused.append(conflict.what)

    async with trio.open_nursery() as nursery:
        with locked(path):
            for session in (*made[:4], evolve(made[0], id=first.id), *made[4:]):
                nursery.start_soon(add, session)
            await trio.testing.wait_all_tasks_blocked()
    assert len(refused) == 1
    assert store.commits - before < 9
    for session in made:
        events = await store.events_of_session(session.id)
        assert len(events) == 1
    assert sorted(told) == sorted(session.id for session in made)
    assert await store.session(first.id) == first


async def test_commits_are_synced_to_the_disk(store: SqliteStore) -> None:
    connection = connection_of(store)
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


async def test_a_full_queue_refuses_at_once_and_drops_nothing(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "QUEUE_LIMIT", 3)
    monkeypatch.setattr(writer_module, "GROUP_LIMIT", 1)
    before = store.commits
    async with trio.open_nursery() as nursery:
        with locked(path):
            nursery.start_soon(write_cursor, store, 0)  # Waits in the thread.
            await trio.testing.wait_all_tasks_blocked()
            for number in range(3):
                nursery.start_soon(write_cursor, store, number)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(StoreUnavailable, match="Too many"):
                await write_cursor(store, 4)
    assert store.commits - before == 4


async def test_a_write_outlives_its_cancelled_caller(store: SqliteStore, path: Path) -> None:
    async with trio.open_nursery() as nursery:
        with locked(path):
            nursery.start_soon(write_cursor, store, 7)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
    await write_nothing(store)
    cursor = await store.cursor()
    assert cursor is not None
    assert cursor.daa_score == 7


async def test_a_cancelled_callers_failure_is_logged(store: SqliteStore, path: Path) -> None:
    session = make_session(await open_shop(store))

    async def save_unknown() -> None:
        await store.save_session(session, (), deliver=False)

    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            with locked(path):
                nursery.start_soon(save_unknown)
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
        await write_nothing(store)
    assert [entry["event"] for entry in logs] == ["write of a cancelled caller failed"]


async def test_a_caller_cancelled_beforehand_writes_nothing(store: SqliteStore) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        await write_cursor(store, 1)
    assert scope.cancelled_caught
    await write_nothing(store)
    assert await store.cursor() is None


async def test_what_was_queued_is_written_before_the_store_closes(path: Path) -> None:
    vault = Vault.generate()
    async with trio.open_nursery() as outside, open_store(path, vault) as store:
        for number in range(50):
            outside.start_soon(write_cursor, store, number)
        merchant = await open_shop(store)
        session = make_session(merchant)
        with locked(path):
            outside.start_soon(write_cursor, store, 50)  # Waits in the thread.
            await trio.testing.wait_all_tasks_blocked()
            outside.start_soon(store.add_session, session, make_event(session), True)
            await trio.testing.wait_all_tasks_blocked()
    async with open_store(path, vault) as store:
        assert await store.session(session.id) == session
        assert await store.merchants() == [evolve(merchant, next_address_index=1)]


async def test_cancelling_the_block_drains_it_too(path: Path) -> None:
    vault = Vault.generate()
    with trio.CancelScope() as scope:
        async with open_store(path, vault) as store:
            with locked(path):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(write_cursor, store, 8)  # Waits in the thread.
                    await trio.testing.wait_all_tasks_blocked()
                    nursery.start_soon(write_cursor, store, 9)  # Waits in the queue.
                    await trio.testing.wait_all_tasks_blocked()
                    scope.cancel()
    async with open_store(path, vault) as store:
        cursor = await store.cursor()
    assert cursor is not None
    assert cursor.daa_score == 9


async def test_a_disk_that_fails_while_it_closes_is_not_tried_for_every_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt may take seconds, and there may be many groups."""
    monkeypatch.setattr(writer_module, "GROUP_LIMIT", 1)
    refused = 0

    async def write(store: Store) -> None:
        nonlocal refused
        try:
            await write_cursor(store, 1)
        except StoreUnavailable:
            refused += 1

    async with trio.open_nursery() as outside:
        with ExitStack() as stack:
            async with open_store(path, Vault.generate()) as store:
                statements: list[str] = []
                connection = connection_of(store)
                connection.execute("PRAGMA busy_timeout = 100")
                connection.set_trace_callback(statements.append)
                stack.enter_context(locked(path))
                for _ in range(10):
                    outside.start_soon(write, store)
                await trio.testing.wait_all_tasks_blocked()
    assert refused == 10
    assert statements.count("BEGIN IMMEDIATE") == 1


async def test_a_listener_that_fails_ends_the_store_loudly(path: Path) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    with pytest.RaisesGroup(ZeroDivisionError):
        async with open_store(path, Vault.generate()) as store:
            store.on_outbox(fail)
            await open_session(store, await open_shop(store))
            await trio.sleep_forever()
