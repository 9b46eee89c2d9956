"""The faults that MemoryStore can inject."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from kasgate.sessions.session import Session
from kasgate.store.calls import Store
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import StaleSession, StoreUnavailable
from tests.store.samples import expired, make_event, make_session, open_session, open_shop


async def test_failures_come_in_the_order_asked_for_and_then_end() -> None:
    store: Store = MemoryStore()
    assert isinstance(store, MemoryStore)
    session = await open_session(store, await open_shop(store))
    store.fail_next(StoreUnavailable("disk full"), StaleSession("changed"))

    with pytest.raises(StoreUnavailable):
        await store.save_session(expired(session), (), deliver=False)
    assert (store.healthy, store.detail) == (False, "disk full")
    with pytest.raises(StaleSession):
        await store.save_session(expired(session), (), deliver=False)
    assert await store.session(session.id) == session

    saved = await store.save_session(expired(session), (), deliver=False)
    assert await store.session(session.id) == saved
    assert store.healthy


async def test_virtual_time_stands_still_during_a_write(
    autojump_clock: trio.testing.MockClock,
) -> None:
    store = MemoryStore()
    before = trio.current_time()
    await open_session(store, await open_shop(store))
    assert await store.counts()
    assert trio.current_time() == before


async def test_queued_writes_are_done_in_their_order_on_resume() -> None:
    store = MemoryStore()
    merchant = await open_shop(store)
    done: list[int] = []
    store.on_outbox(lambda told: done.append(int(told[0].payload)))

    async def add(index: int) -> None:
        session = make_session(merchant, index)
        await store.add_session(session, make_event(session, payload=str(index)), deliver=True)

    store.pause()
    async with trio.open_nursery() as nursery:
        for index in range(4):
            nursery.start_soon(add, index)
            await trio.testing.wait_all_tasks_blocked()
        assert store.queued_writes == 4
        assert done == []
        store.resume()
    assert done == [0, 1, 2, 3]


async def test_a_paused_write_outlives_its_caller() -> None:
    store = MemoryStore()
    session = await open_session(store, await open_shop(store))
    store.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_expire, store, session)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert await store.session(session.id) == session
    store.resume()
    stored = await store.session(session.id)
    assert stored is not None
    assert not stored.is_open


async def _expire(store: Store, session: Session) -> None:
    await store.save_session(expired(session), (), deliver=False)
