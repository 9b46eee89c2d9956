"""The limit on a merchant's open sessions holds for concurrent calls and after restarts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import MockClock

import actors.sessions.supervisor
from actors.sessions.supervisor import TooManyOpenSessions
from kasgate.sessions.session import SessionStatus
from kasgate.store.protocol import Conflict, StoreUnavailable
from tests.actors.world import KEYS, World, a_world, settled

CONFIRMED = SessionStatus.CONFIRMED
MOST = 3


@pytest.fixture
async def narrow(autojump_clock: MockClock) -> AsyncIterator[World]:
    async with a_world(open_sessions=str(MOST)) as world:
        yield world


def count_of(world: World) -> int:
    return world.gateway._supervisor.open_of(world.merchant.id)


async def test_a_session_beyond_the_limit_is_refused_and_other_merchants_are_not_affected(
    narrow: World,
):
    for _ in range(MOST):
        await narrow.create()
    with pytest.raises(TooManyOpenSessions):
        await narrow.create()
    other = await narrow.gateway.merchants.register(name="Tea", xpub=KEYS[1])
    before, narrow.merchant = narrow.merchant, other.merchant
    await narrow.create()
    narrow.merchant = before
    with pytest.raises(TooManyOpenSessions):
        await narrow.create()


async def test_concurrent_calls_do_not_exceed_the_limit(narrow: World):
    refused = 0

    async def create() -> None:
        nonlocal refused
        try:
            await narrow.create()
        except TooManyOpenSessions:
            refused += 1

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(create)
    assert (count_of(narrow), refused) == (MOST, 20 - MOST)
    # The refused call used up no address.
    merchant = await narrow.store.merchant(narrow.merchant.id)
    assert merchant is not None
    assert narrow.gateway.merchants.with_next_index(merchant).next_address_index == MOST


async def test_a_session_that_ends_in_any_way_makes_room(narrow: World):
    paid, cancelled = await narrow.create(), await narrow.create()
    await narrow.create(expires_in=60)
    await narrow.pay(paid)
    await narrow.becomes(paid, CONFIRMED)
    await narrow.gateway.cancel_session(cancelled.session.id)
    await trio.sleep(200)
    assert count_of(narrow) == 0


async def test_a_session_that_could_not_be_stored_does_not_count(
    narrow: World, monkeypatch: pytest.MonkeyPatch
):
    for error in (StoreUnavailable("full"), Conflict("idempotency_key")):

        async def refusing(*_: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(narrow.store, "add_session", refusing)
            for _ in range(MOST + 1):
                with pytest.raises(type(error)):
                    await narrow.create()
        assert count_of(narrow) == 0


async def test_a_restart_counts_what_is_open_and_late_money_does_not_count(narrow: World):
    closed = await narrow.create(expires_in=60)
    await trio.sleep(200)
    for _ in range(MOST):
        await narrow.create(expires_in=86_400)
    await narrow.stop()
    await narrow.start()
    await narrow.live()
    assert count_of(narrow) == MOST
    with pytest.raises(TooManyOpenSessions):
        await narrow.create()
    await narrow.pay(closed)
    assert count_of(narrow) == MOST
    await trio.sleep(60)
    await settled()
    assert count_of(narrow) == MOST


async def test_all_merchants_together_have_a_limit_too(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(actors.sessions.supervisor, "MOST_OPEN_SESSIONS", 2)
    async with a_world() as world:
        for _ in range(2):
            await world.create()
        with pytest.raises(StoreUnavailable):
            await world.create()


async def test_without_the_setting_there_is_no_bound(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(actors.sessions.supervisor, "MOST_OPEN_SESSIONS", 2)
    async with a_world(open_sessions="off") as world:
        for _ in range(5):
            await world.create()
        assert count_of(world) == 5
