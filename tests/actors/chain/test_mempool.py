"""Zero-conf sightings: what the mempool shows, for which sessions it is polled, and that a sighting
is never money."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from actors.chain.mempool import POLL_S, POLLED_AT_ONCE, YOUNG_S
from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions.session import SIGHTING_LINGER_MS, PaidState, SessionStatus
from tests.actors.world import NODE, OTHER_NODE, World, a_world

ARCHIVE = "https://archive.test"
LEFT_S = SIGHTING_LINGER_MS / 1000
"""A payment that left the mempool counts as on its way for so long."""
PENDING, CONFIRMED = SessionStatus.PENDING, SessionStatus.CONFIRMED


async def seen(world: World, session_id: str) -> list[Outpoint]:
    view = await world.gateway.session(session_id)
    assert view is not None
    return [sighting.outpoint for sighting in view.session.sightings_at(world.clock())]


async def test_a_payment_is_seen_within_a_second_and_is_no_money(still_world: World):
    world = still_world
    view = await world.create()
    with world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        outpoint = world.chain.announce(view.session.address, 10)
        with trio.fail_after(1):
            await slot.take()
    assert await seen(world, view.session.id) == [outpoint]
    session = await world.now(view)
    assert (session.status, session.received, session.paid_state) == (PENDING, 0, PaidState.NONE)
    assert await world.events(view) == []

    world.chain.accept(outpoint)
    await world.mine(10)
    assert await world.status(view) is CONFIRMED
    assert await seen(world, view.session.id) == []


async def test_what_leaves_the_mempool_unaccepted_is_no_longer_shown(still_world: World):
    world = still_world
    view = await world.create()
    outpoint = world.chain.announce(view.session.address, 10)
    await trio.sleep(1)
    assert await seen(world, view.session.id) == [outpoint]
    world.chain.mempool.clear()
    await trio.sleep(1 + LEFT_S)
    assert await seen(world, view.session.id) == []


async def test_the_mempool_is_asked_twice_a_second_at_most_and_once_for_all(world: World):
    for _ in range(20):
        await world.create()
    before = world.node.asked["mempool"]
    await trio.sleep(10)
    assert world.node.asked["mempool"] - before <= 10 / POLL_S


async def test_nobody_asks_where_nothing_waits(world: World):
    view = await world.create()
    await world.pay(view, 4)
    await trio.sleep(1)
    before = world.node.asked["mempool"]
    await trio.sleep(10)
    assert world.node.asked["mempool"] == before


async def test_an_old_session_is_looked_for_only_while_somebody_looks_at_it(
    autojump_clock: MockClock,
):
    async with a_world() as world:
        world.chain.beat_s = 2
        view = await world.create(10, expires_in=7_200)
        await trio.sleep(YOUNG_S + 10)
        before = world.node.asked["mempool"]
        await trio.sleep(60)
        assert world.node.asked["mempool"] == before
        with world.gateway.broker.open_slot() as slot:
            slot.follow(view.session.id)
            outpoint = world.chain.announce(view.session.address, 10)
            await trio.sleep(1)
            assert await seen(world, view.session.id) == [outpoint]


async def test_of_many_sessions_the_youngest_are_asked_for(still_world: World):
    world = still_world
    async with trio.open_nursery() as nursery:
        for _ in range(POLLED_AT_ONCE + 20):
            nursery.start_soon(world.create)
    youngest = await world.create()
    world.chain.announce(youngest.session.address, 10)
    await trio.sleep(1)
    assert await seen(world, youngest.session.id)
    assert world.node.largest["mempool"] == POLLED_AT_ONCE


async def test_it_can_be_turned_off(autojump_clock: MockClock):
    async with a_world(mempool="off") as world:
        view = await world.create()
        world.chain.announce(view.session.address, 10)
        await trio.sleep(2)
        assert await seen(world, view.session.id) == []
        assert world.node.asked["mempool"] == 0


async def test_a_node_that_refuses_to_tell_of_its_mempool_is_followed_all_the_same(world: World):
    world.node.refusals["mempool"] = 1
    view = await world.create()
    await trio.sleep(5)
    assert len(world.node.connected_at) == 1
    await world.pay(view)
    await world.becomes(view, CONFIRMED)


async def test_what_one_node_saw_is_forgotten_with_one_that_sees_no_mempool(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, ARCHIVE]) as world:
        view = await world.create()
        world.chain.announce(view.session.address, 10)
        await trio.sleep(1)
        assert await seen(world, view.session.id)
        world.node.cut(reachable=False)
        await trio.sleep(2 + LEFT_S)
        assert world.gateway.health().node_url == ARCHIVE
        assert await seen(world, view.session.id) == []


async def test_a_sighting_lives_on_over_a_failover(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        view = await world.create()
        outpoint = world.chain.announce(view.session.address, 10)
        await trio.sleep(1)
        world.node.cut(reachable=False)
        await trio.sleep(2)
        assert await seen(world, view.session.id) == [outpoint]
