"""A gap that no node can replay: an archive finds the missed payment, or a person has to check."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from actors.chain.gaps import RELOAD_S, RETRY_S, SETTLE_S
from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.world import NODE, World, a_world, eventually

ARCHIVE = "https://archive.test"
PENDING, CONFIRMED, EXPIRED = SessionStatus.PENDING, SessionStatus.CONFIRMED, SessionStatus.EXPIRED


async def miss_a_payment(world: World, address: str) -> None:
    """A payment that arrives and is spent while the gateway is off for longer than history
    lasts."""
    await trio.sleep(10)
    await world.stop()
    await trio.sleep(30)
    world.chain.sweep(world.chain.pay(address, 10))
    await trio.sleep(30)
    world.node.pruned = True
    await world.start()
    await world.live()


async def test_what_was_paid_and_swept_beyond_the_nodes_history_is_found_in_the_archive(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, ARCHIVE]) as world:
        view = await world.create(10, expires_in=600)
        await miss_a_payment(world, view.session.address)
        session = await world.becomes(view, CONFIRMED, within=60)
        assert session.received == session.amount
        assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]
        assert world.gateway.health().node_url == NODE
        await trio.sleep(SETTLE_S + RELOAD_S)
        assert await world.store.open_gaps() == []
        assert world.gateway.health().warnings == ()


async def test_nothing_expires_before_the_archive_was_asked(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, ARCHIVE]) as world:
        view = await world.create(10, expires_in=60)
        world.chain.nodes[ARCHIVE].hold("received")
        await miss_a_payment(world, view.session.address)
        await trio.sleep(15)
        assert await world.status(view) is PENDING
        world.chain.nodes[ARCHIVE].release("received")
        assert (await world.becomes(view, CONFIRMED, within=30)).status is CONFIRMED
        assert EventType.EXPIRED not in await world.events(view)


async def test_a_late_payment_in_the_gap_is_found_as_well(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, ARCHIVE]) as world:
        view = await world.create(10, expires_in=5)
        await world.becomes(view, EXPIRED, within=20)
        await miss_a_payment(world, view.session.address)
        await trio.sleep(SETTLE_S + 10)
        assert (await world.now(view)).late
        assert await world.events(view) == [EventType.EXPIRED, EventType.LATE]


async def test_without_an_archive_the_gap_stands_in_health_until_it_is_acknowledged(world: World):
    view = await world.create(10, expires_in=80)
    await miss_a_payment(world, view.session.address)
    await trio.sleep(1)
    (warning,) = world.gateway.health().warnings
    assert "compare with your wallet" in warning
    assert "no REST server is configured" in warning
    (gap,) = await world.store.open_gaps()
    assert gap.id in warning
    assert "retention root" in gap.reason
    assert gap.from_daa_score < gap.to_daa_score
    # A session without a known payment expires; the gap warns that this may be wrong.
    await world.becomes(view, EXPIRED, within=60)

    await world.stop()
    world.node.pruned = False
    await world.start()
    await world.live()
    await eventually(lambda: world.gateway.health().warnings == (warning,), within=10)

    assert await world.store.acknowledge_gap(gap.id, world.clock())
    assert not await world.store.acknowledge_gap(gap.id, world.clock())
    await trio.sleep(SETTLE_S + RETRY_S)
    assert world.gateway.health().warnings == ()


async def test_an_archive_that_fails_is_asked_again_and_the_gap_stays_until_then(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, ARCHIVE]) as world:
        view = await world.create(10, expires_in=3_600)
        archive = world.chain.nodes[ARCHIVE]
        archive.reachable = False
        await miss_a_payment(world, view.session.address)
        await trio.sleep(30)
        assert world.gateway.health().warnings != ()
        assert await world.status(view) is PENDING
        archive.reachable = True
        await world.becomes(view, CONFIRMED, within=SETTLE_S + 2 * RETRY_S)
        await trio.sleep(RELOAD_S)
        assert world.gateway.health().warnings == ()


async def test_a_gap_that_could_not_be_recorded_is_recorded_by_the_next_link(world: World):
    view = await world.create(10, expires_in=3_600)
    await trio.sleep(10)
    await world.stop()
    await trio.sleep(60)
    world.node.pruned = True
    world.node.hold("chain_after")
    await world.start()
    await world.live()
    world.store.pause()
    world.node.release("chain_after")
    await trio.sleep(1)
    await world.stop()
    world.store.resume()
    await world.start()
    await world.live()
    await trio.sleep(1)
    assert len(await world.store.open_gaps()) == 1, "however often it was tried"
    assert await world.status(view) is PENDING


async def test_a_node_that_is_a_little_behind_replays_from_an_earlier_block(world: World):
    """Another node may not know the newest block that was followed; that is no gap."""
    view = await world.create()
    await trio.sleep(60)
    await world.stop()
    cursors = await world.store.cursors()
    world.chain.sweep(world.chain.pay(view.session.address, 10))
    world.node.unknown = {cursor.block_hash for cursor in cursors[-10:]}
    await world.start()
    await world.becomes(view, CONFIRMED, within=10)
    assert world.gateway.health().warnings == ()


async def test_an_absence_while_only_an_archive_is_followed_is_searched_there(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[ARCHIVE]) as world:
        view = await world.create(10, expires_in=3_600)
        await trio.sleep(10)
        await world.stop()
        await trio.sleep(60)
        world.chain.sweep(world.chain.pay(view.session.address, 10))
        await trio.sleep(60)
        await world.start()
        await world.becomes(view, CONFIRMED, within=60)
        await trio.sleep(SETTLE_S + RELOAD_S)
        assert world.gateway.health().warnings == ()


@pytest.mark.parametrize("gone_s", [3, 300])
async def test_after_every_break_of_a_link_to_an_archive_missed_payments_are_queried(
    gone_s: float, autojump_clock: MockClock
):
    async with a_world(nodes=[ARCHIVE]) as world:
        view = await world.create(10, expires_in=3_600)
        await trio.sleep(10)
        world.node.cut(reachable=False)
        await trio.sleep(gone_s)
        world.chain.sweep(world.chain.pay(view.session.address, 10))
        world.node.reachable = True
        await world.becomes(view, CONFIRMED, within=60)
