"""A vanished output, judged by every source: mempool, archive, other nodes, anchors."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from actors.chain.missing_outputs import (
    ARCHIVE_GRACE_S,
    CROSS_CHECK_INTERVAL_S,
    MEMPOOL_GRACE_S,
    UNDECIDED_S,
    WITHDRAWAL_GRACE_S,
)
from kasgate.kaspa.node import MempoolOutput
from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.world import NODE, OTHER_NODE, World, a_world, settled

ARCHIVE = "https://archive.test"
PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
CONFIRMED = SessionStatus.CONFIRMED


async def test_what_waits_in_the_mempool_to_be_accepted_again_has_longer(world: World):
    await trio.sleep(5)
    view = await world.create(10, required_confirmations=1_000)
    outpoint = await world.pay(view)
    coin = world.chain.withdraw(outpoint)
    world.chain.mempool[outpoint] = MempoolOutput(coin.address, outpoint, coin.amount)
    await trio.sleep(2 * WITHDRAWAL_GRACE_S)
    assert await world.status(view) is CONFIRMING
    world.chain.accept(outpoint)
    await trio.sleep(1)
    assert await world.confirmations(view) > 0
    assert await world.events(view) == [EventType.CONFIRMING]


async def test_a_mempool_does_not_keep_a_payment_for_ever(world: World):
    await trio.sleep(5)
    view = await world.create(10, required_confirmations=5_000)
    outpoint = await world.pay(view)
    coin = world.chain.withdraw(outpoint)
    world.chain.mempool[outpoint] = MempoolOutput(coin.address, outpoint, coin.amount)
    await world.becomes(view, PENDING, within=MEMPOOL_GRACE_S + 5)


@pytest.mark.parametrize("other", [OTHER_NODE, ARCHIVE])
async def test_a_node_that_lies_can_not_withdraw_what_another_source_has(
    other: str, autojump_clock: MockClock
):
    async with a_world(nodes=[NODE, other]) as world:
        await trio.sleep(5)
        view = await world.create(10, required_confirmations=1_000)
        outpoint = await world.pay(view)
        world.node.hidden.add(outpoint)
        await trio.sleep(UNDECIDED_S + 60)
        assert await world.status(view) is CONFIRMING
        assert await world.confirmations(view) == 0
        (warning,) = world.gateway.health().warnings
        assert other in warning
        assert view.session.id in warning
        world.node.hidden.clear()
        await world.becomes(view, CONFIRMED, within=90)
        assert EventType.REVERTED not in await world.events(view)
        assert world.gateway.health().warnings == ()


@pytest.mark.parametrize("other", [OTHER_NODE, ARCHIVE])
async def test_what_no_source_has_is_withdrawn(other: str, autojump_clock: MockClock):
    async with a_world(nodes=[NODE, other]) as world:
        await trio.sleep(5)
        view = await world.create(10, required_confirmations=1_000)
        outpoint = await world.pay(view)
        world.chain.withdraw(outpoint)
        await world.becomes(view, PENDING, within=WITHDRAWAL_GRACE_S + 5)
        assert await world.events(view) == [EventType.CONFIRMING, EventType.REVERTED]


async def test_a_source_that_can_not_be_reached_keeps_no_withdrawal_waiting(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        await trio.sleep(5)
        world.chain.nodes[OTHER_NODE].reachable = False
        view = await world.create(10, required_confirmations=1_000)
        world.chain.withdraw(await world.pay(view))
        await world.becomes(view, PENDING, within=WITHDRAWAL_GRACE_S + 5)


async def test_where_only_an_archive_is_followed_the_grace_is_longer(autojump_clock: MockClock):
    async with a_world(nodes=[ARCHIVE]) as world:
        await trio.sleep(5)
        view = await world.create(10, required_confirmations=1_000)
        world.chain.withdraw(await world.pay(view))
        await trio.sleep(ARCHIVE_GRACE_S - 2)
        assert await world.status(view) is CONFIRMING
        await world.becomes(view, PENDING, within=15)


async def test_where_only_an_archive_is_followed_what_was_spent_stands(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[ARCHIVE]) as world:
        await trio.sleep(5)
        view = await world.create(10, required_confirmations=600)
        world.chain.sweep(await world.pay(view))
        await world.becomes(view, CONFIRMED, within=120)
        assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_a_payment_older_than_what_the_node_remembers_is_judged_by_the_archive(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, ARCHIVE]) as world:
        view = await world.create(10, required_confirmations=1_500)
        outpoint = await world.pay(view)
        world.node.pruned = True
        world.chain.sweep(outpoint)
        await trio.sleep(3 * CROSS_CHECK_INTERVAL_S)
        assert (await world.payment(view)).spent_evidence is not None
        await world.becomes(view, CONFIRMED, within=300)


async def test_a_payment_that_no_source_can_judge_is_reported_and_stays_as_it_is(world: World):
    view = await world.create(10, required_confirmations=1_000)
    outpoint = await world.pay(view)
    world.node.pruned = True
    world.chain.withdraw(outpoint)
    await trio.sleep(UNDECIDED_S + 5)
    (warning,) = world.gateway.health().warnings
    assert view.session.id in warning
    assert "spent or withdrawn" in warning
    assert await world.status(view) is CONFIRMING
    assert await world.confirmations(view) == 0

    world.node.pruned = False
    await world.becomes(view, PENDING, within=30)
    assert world.gateway.health().warnings == ()


async def test_the_first_moments_of_a_first_run_can_be_judged(still_world: World):
    """An anchor was recorded before any payment, so a payment right after it can be withdrawn."""
    world = still_world
    view = await world.create()
    outpoint = await world.pay(view)
    world.chain.withdraw(outpoint)
    await settled()
    for _ in range(15):
        await world.mine(1)
        await trio.sleep(1)
    assert await world.status(view) is PENDING


async def test_a_payment_of_hours_ago_is_judged_by_an_anchor_of_hours_ago(
    autojump_clock: MockClock,
):
    """Anchors of each second are kept for a quarter of an hour; those of each minute longer."""
    async with a_world() as world:
        world.chain.beat_s = 4
        await trio.sleep(60)
        view = await world.create(10, required_confirmations=100_000)
        outpoint = await world.pay(view)
        await trio.sleep(2 * 3_600)
        await world.stop()
        await world.start()
        await world.live()
        world.chain.withdraw(outpoint)
        await world.becomes(view, PENDING, within=60)
