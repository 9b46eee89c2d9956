"""Payments that came and went where no notification and no snapshot of the node shows them."""

from __future__ import annotations

from math import inf

import pytest
import trio
from trio.testing import MockClock

from actors.chain.blind_spots import GATHER_S, BlindSpots
from actors.chain.cursor import CURSOR_LAG_S
from actors.chain.follower import SILENCE_S
from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.world import World

CONFIRMED = SessionStatus.CONFIRMED


@pytest.mark.parametrize("slowness_s", [1.2, 3, 14])
async def test_a_payment_that_came_and_went_before_its_address_was_watched_stands(
    world: World, slowness_s: float
):
    await trio.sleep(10)
    world.node.slowness_s["watch"] = slowness_s
    view = await world.create()
    outpoint = world.chain.pay(view.session.address, 10)
    world.chain.sweep(outpoint)
    session = await world.becomes(view, CONFIRMED, within=slowness_s + GATHER_S + 5)
    assert session.tx_id == outpoint.transaction_id
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]
    assert world.gateway.health().warnings == ()


async def test_the_cursor_waits_for_addresses_that_are_not_watched_yet(world: World):
    """A kill in this time loses nothing: the next start replays from before."""
    await trio.sleep(10)
    world.node.slowness_s["watch"] = 60
    view = await world.create()
    created_at = world.clock()
    world.chain.sweep(world.chain.pay(view.session.address, 10))
    await trio.sleep(50)
    cursor = await world.store.cursor()
    assert cursor is not None
    assert cursor.at <= created_at

    await world.stop()
    world.node.slowness_s.clear()
    await world.start()
    await world.becomes(view, CONFIRMED)


async def test_the_cursor_goes_on_after_the_replay(world: World):
    await trio.sleep(10)
    world.node.slowness_s["watch"] = 20
    await world.create()
    world.node.slowness_s.clear()
    await trio.sleep(20 + GATHER_S + CURSOR_LAG_S + 2)
    cursor = await world.store.cursor()
    assert cursor is not None
    assert world.clock() - cursor.at <= (CURSOR_LAG_S + 2) * 1000


async def test_a_payment_that_came_and_went_within_one_change_of_the_virtual_block_stands(
    world: World,
):
    view = await world.create()
    await trio.sleep(10)
    world.node.freeze()
    world.chain.sweep(world.chain.pay(view.session.address, 10))
    await trio.sleep(SILENCE_S + 1)
    world.node.thaw_at_once()
    await world.becomes(view, CONFIRMED, within=GATHER_S + 5)
    assert world.gateway.health().warnings == ()


async def test_many_blind_spots_are_gathered_into_a_replay_a_second(autojump_clock: MockClock):
    spots, replayed = BlindSpots(), list[float]()

    async def replay() -> None:
        replayed.append(spots.since)
        await trio.sleep(0.5)
        assert spots.since == replayed[-1], "the cursor waits for the end of the replay"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(spots.run, replay)
        for _ in range(100):
            await trio.sleep(0.1)
            spots.note(trio.current_time() - 0.3)
        await trio.sleep(3)
        nursery.cancel_scope.cancel()
    assert 6 <= len(replayed) <= 10 / GATHER_S
    assert spots.since == inf


async def test_a_node_that_watches_in_time_is_asked_for_no_replay(world: World):
    await trio.sleep(10)
    before = world.node.asked["chain_after"]
    for _ in range(20):
        await world.create()
    await trio.sleep(5)
    assert world.node.asked["chain_after"] == before
