"""Expiry: exact to the block in virtual time, and never by a guess while no node is followed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.world import NODE, World, a_world

PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
CONFIRMED, EXPIRED = SessionStatus.CONFIRMED, SessionStatus.EXPIRED
BLOCK_MS = 100


async def test_sessions_expire_with_the_first_block_after_their_deadline(world: World):
    views = [await world.create(10, expires_in=seconds) for seconds in (60, 60, 1, 61, 7)]
    await world.pay(views[0], 4)
    for view in views:
        session = await world.becomes(view, EXPIRED, within=70)
        assert session.closed_at is not None
        assert 0 <= session.closed_at - session.expires_at <= BLOCK_MS
    assert await world.events(views[0]) == [EventType.PARTIAL, EventType.EXPIRED]
    assert await world.events(views[1]) == [EventType.EXPIRED]


async def test_late_money_pays_by_the_merchants_rule_and_the_address_was_watched(world: World):
    changes = {"late_acceptance": 3_600}
    world.merchant, _ = await world.gateway.merchants.update(world.merchant, changes)
    view = await world.create(10, expires_in=60)
    await world.becomes(view, EXPIRED, within=70)
    await trio.sleep(1_800)
    await world.pay(view)
    session = await world.becomes(view, CONFIRMED)
    assert session.late
    assert await world.events(view) == [
        EventType.EXPIRED, EventType.LATE, EventType.CONFIRMING, EventType.CONFIRMED,
    ]  # fmt: skip
    assert await world.store.session(view.session.id) == session


async def test_a_late_payment_that_the_network_takes_back_expires_the_session_again(world: World):
    changes = {"late_acceptance": 3_600}
    world.merchant, _ = await world.gateway.merchants.update(world.merchant, changes)
    view = await world.create(10, expires_in=60, required_confirmations=900)
    await world.becomes(view, EXPIRED, within=70)
    outpoint = await world.pay(view)
    assert await world.status(view) is CONFIRMING
    world.chain.withdraw(outpoint)
    await world.becomes(view, EXPIRED, within=120)
    assert await world.events(view) == [
        EventType.EXPIRED, EventType.LATE, EventType.CONFIRMING, EventType.REVERTED,
        EventType.EXPIRED,
    ]  # fmt: skip


async def test_what_was_paid_in_time_is_in_time_when_it_comes_back_hours_later(world: World):
    view = await world.create(10, expires_in=60, required_confirmations=600)
    coin = world.chain.withdraw(await world.pay(view))
    await trio.sleep(60 + 300)
    await world.stop()
    await world.start()
    await trio.sleep(290)
    assert await world.status(view) is PENDING
    session = await world.becomes(view, EXPIRED, within=12)
    assert session.closed_at is not None
    assert 600_000 <= session.closed_at - session.expires_at <= 600_000 + BLOCK_MS
    await trio.sleep(7_200)
    world.chain.restore(coin)
    session = await world.becomes(view, CONFIRMED, within=70)
    assert not session.late
    assert await world.events(view) == [
        EventType.CONFIRMING, EventType.REVERTED, EventType.EXPIRED, EventType.CONFIRMING,
        EventType.CONFIRMED,
    ]  # fmt: skip
    assert await world.store.session(view.session.id) == session


async def test_a_wall_clock_set_forward_expires_within_a_minute(world: World):
    view = await world.create(10, expires_in=7200)
    world.clock.jump(7200)
    assert await world.status(view) is PENDING
    await world.becomes(view, EXPIRED, within=61)


async def test_a_wall_clock_set_back_expires_nothing_early(world: World):
    view = await world.create(10, expires_in=60)
    await trio.sleep(50)
    world.clock.jump(-120)
    await trio.sleep(125)
    assert await world.status(view) is PENDING
    session = await world.becomes(view, EXPIRED, within=10)
    assert session.closed_at is not None
    assert 0 <= session.closed_at - session.expires_at <= BLOCK_MS


async def test_the_deadline_does_not_matter_while_a_payment_confirms(world: World):
    view = await world.create(10, expires_in=30, required_confirmations=900)
    await world.pay(view)
    await trio.sleep(60)
    assert await world.status(view) is CONFIRMING
    await world.becomes(view, CONFIRMED)


async def test_a_node_that_may_be_behind_has_that_time_to_tell_of_payments(world: World):
    world.node.delay = 8
    in_time, unpaid = [await world.create(10, expires_in=60) for _ in range(2)]
    await trio.sleep(58)
    world.node.freeze()
    await world.pay(in_time)
    await trio.sleep(6)
    world.node.thaw()
    await world.becomes(in_time, CONFIRMED, within=5)
    session = await world.becomes(unpaid, EXPIRED, within=20)
    assert session.closed_at is not None
    assert 8_000 <= session.closed_at - session.expires_at <= 8_000 + BLOCK_MS


async def test_silence_within_a_nodes_own_delay_does_not_restart_the_link(world: World):
    world.node.delay = 12
    await trio.sleep(1)
    world.chain.beating = False
    await trio.sleep(16)
    assert world.gateway.feed.health().ok
    await trio.sleep(6)
    assert not world.gateway.feed.health().ok
    world.chain.beating = True
    await trio.sleep(1)
    assert len(world.node.connected_at) == 1


Blindness = Callable[[World], Awaitable[None]]


async def no_link(world: World) -> None:
    world.node.cut(reachable=False)


async def not_reconciled(world: World) -> None:
    world.node.hold("utxos")
    world.node.cut(reachable=True)


async def not_replayed(world: World) -> None:
    world.node.hold("chain_after")
    world.node.cut(reachable=True)


async def see_again(world: World) -> None:
    world.node.reachable = True
    for method in tuple(world.node.held):
        world.node.release(method)


blind = pytest.mark.parametrize("go_blind", [no_link, not_reconciled, not_replayed])


@blind
async def test_nothing_expires_while_blind_and_what_was_paid_in_time_is_confirmed(
    world: World, go_blind: Blindness
):
    paid = await world.create(10, expires_in=60)
    unpaid = await world.create(10, expires_in=60)
    await trio.sleep(30)
    await go_blind(world)
    await trio.sleep(20)
    await world.pay(paid)
    await trio.sleep(120)
    assert await world.status(unpaid) is PENDING
    assert await world.status(paid) is not EXPIRED

    await see_again(world)
    await world.becomes(paid, CONFIRMED, within=10)
    await world.becomes(unpaid, EXPIRED, within=10)
    assert await world.events(paid) == [EventType.CONFIRMING, EventType.CONFIRMED]


@blind
async def test_what_was_paid_too_late_while_blind_is_late(world: World, go_blind: Blindness):
    view = await world.create(10, expires_in=60)
    await trio.sleep(30)
    await go_blind(world)
    await trio.sleep(60)
    assert await world.status(view) is PENDING
    await trio.sleep(2)
    world.chain.pay(view.session.address, 10)
    await trio.sleep(60)

    await see_again(world)
    session = await world.becomes(view, EXPIRED, within=10)
    assert session.late
    assert session.received == session.amount
    assert await world.events(view) == [EventType.EXPIRED, EventType.LATE]


async def test_within_the_grace_for_rough_clocks_a_payment_found_afterwards_is_in_time(
    world: World,
):
    view = await world.create(10, expires_in=60)
    await trio.sleep(30)
    await no_link(world)
    await trio.sleep(58)
    await world.pay(view)
    await trio.sleep(60)
    await see_again(world)
    await world.becomes(view, CONFIRMED, within=10)


async def test_while_the_chain_stands_still_nothing_expires(still_world: World):
    world = still_world
    view = await world.create(10, expires_in=60)
    await trio.sleep(120)
    assert await world.status(view) is PENDING
    assert not world.gateway.health().node_ok
    world.chain.mine()
    await world.becomes(view, EXPIRED, within=10)


async def test_without_any_node_since_the_start_nothing_expires(autojump_clock: MockClock):
    async with a_world(reachable=False) as world:
        paid = await world.create(10, expires_in=60)
        unpaid = await world.create(10, expires_in=60)
        await trio.sleep(30)
        world.chain.pay(paid.session.address, 10)
        await trio.sleep(90)
        assert await world.status(unpaid) is SessionStatus.CREATED
        world.chain.nodes[NODE].reachable = True
        await world.becomes(paid, CONFIRMED, within=10)
        await world.becomes(unpaid, EXPIRED, within=10)


async def test_payments_that_a_hung_node_reports_late_keep_their_acceptance_time(world: World):
    view = await world.create(10, expires_in=60)
    await trio.sleep(30)
    world.node.freeze()
    await trio.sleep(20)
    await world.pay(view)
    await trio.sleep(120)
    world.node.thaw()
    await world.becomes(view, CONFIRMED, within=10)
