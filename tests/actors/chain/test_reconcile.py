"""Reconciliation: the node's outputs against the sessions' payments, after every interruption."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from actors.chain.follower import RESNAPSHOT_S
from kasgate.kaspa.extended_key import ReceiveChain
from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.simulated_chain import SLICE
from tests.actors.world import World, a_world, eventually, settled

PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
CONFIRMED, EXPIRED = SessionStatus.CONFIRMED, SessionStatus.EXPIRED


async def test_created_stopped_paid_started_is_confirmed(world: World):
    view = await world.create()
    await world.stop()
    world.chain.pay(view.session.address, 10)
    await trio.sleep(60)
    await world.start()
    await world.becomes(view, CONFIRMED)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_after_a_restart_confirmations_go_on_from_the_accepting_block(still_world: World):
    world = still_world
    view = await world.create()
    await world.pay(view)
    await world.mine(4)
    await world.stop()
    await world.mine(3)
    await world.start()
    await world.live()
    assert await world.confirmations(view) == 7
    await world.mine(2)
    assert await world.status(view) is CONFIRMING
    await world.mine(1)
    assert await world.status(view) is CONFIRMED


async def test_a_session_that_became_due_while_the_gateway_was_off_is_confirmed_at_once(
    still_world: World,
):
    world = still_world
    view = await world.create()
    await world.pay(view)
    await world.stop()
    await world.mine(50)
    await world.start()
    await world.live()
    await world.becomes(view, CONFIRMED, within=1)


async def test_a_payment_that_came_and_was_swept_while_the_gateway_was_off_stands(world: World):
    view = await world.create()
    await trio.sleep(10)
    await world.stop()
    await trio.sleep(60)
    outpoint = world.chain.pay(view.session.address, 10)
    await trio.sleep(3)
    world.chain.sweep(outpoint)
    await trio.sleep(60)

    await world.start()
    session = await world.becomes(view, CONFIRMED)
    assert session.tx_id == outpoint.transaction_id
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]
    assert world.gateway.health().warnings == ()


async def test_a_spent_payment_found_by_replay_confirms_by_proof_and_not_by_snapshots(
    world: World,
):
    view = await world.create(10, required_confirmations=10_000)
    await trio.sleep(10)
    await world.stop()
    world.chain.sweep(world.chain.pay(view.session.address, 10))
    await world.start()
    await trio.sleep(5)
    assert (await world.payment(view)).spent_evidence is not None


async def test_a_late_payment_that_came_and_was_swept_while_the_link_was_down_is_recorded(
    world: World,
):
    view = await world.create(10, expires_in=10)
    await world.becomes(view, EXPIRED, within=20)
    world.node.cut(reachable=False)
    await trio.sleep(60)
    outpoint = world.chain.pay(view.session.address, 10)
    world.chain.sweep(outpoint)
    await trio.sleep(60)
    world.node.reachable = True
    await trio.sleep(10)
    assert (await world.now(view)).late
    assert await world.events(view) == [EventType.EXPIRED, EventType.LATE]


async def test_a_reorg_during_the_absence_does_not_confuse_the_replay(world: World):
    kept, lost = await world.create(), await world.create()
    await trio.sleep(10)
    await world.stop()
    await trio.sleep(10)
    swept = world.chain.pay(kept.session.address, 10)
    doomed = world.chain.pay(lost.session.address, 10)
    world.chain.sweep(swept)
    await trio.sleep(10)
    world.chain.withdraw(doomed)
    await trio.sleep(10)
    await world.start()
    await world.becomes(kept, CONFIRMED)
    assert await world.status(lost) is PENDING
    assert await world.events(lost) == []


async def test_a_reorg_during_the_replay_takes_back_what_was_replayed(world: World):
    view = await world.create()
    await trio.sleep(10)
    await world.stop()
    doomed = world.chain.pay(view.session.address, 10)
    world.chain.sweep(doomed)
    await trio.sleep(10)
    world.chain.beating = False
    world.node.slowness_s["chain_after"] = 1
    await world.start()
    await eventually(lambda: world.node.asked["chain_after"] > 40 / SLICE)
    world.chain.withdraw(doomed)
    await trio.sleep(60)
    assert await world.events(view) == []


async def test_before_the_comparison_is_done_no_score_confirms_anything(world: World):
    view = await world.create()
    await trio.sleep(5)
    outpoint = await world.pay(view)
    await world.stop()
    world.chain.withdraw(outpoint)
    world.node.hold("utxos")
    await world.start()
    await trio.sleep(20)
    assert await world.status(view) is CONFIRMING
    world.node.release("utxos")
    await world.becomes(view, PENDING)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.REVERTED]


async def test_history_that_is_not_there_any_more_is_a_warning_in_health(world: World):
    view = await world.create()
    await trio.sleep(10)
    await world.stop()
    outpoint = world.chain.pay(view.session.address, 10)
    world.chain.sweep(outpoint)
    other = await world.store.session(view.session.id)
    world.chain.forget_history()
    await world.start()
    await world.live()
    await trio.sleep(1)
    (warning,) = world.gateway.health().warnings
    assert "compare with your wallet" in warning
    assert await world.store.session(view.session.id) == other
    assert world.gateway.health().node_ok


async def test_an_empty_answer_once_where_there_was_an_output_changes_nothing(world: World):
    view = await world.create(10, required_confirmations=1_000)
    await world.pay(view)
    before = await world.now(view)
    world.node.empty_answers = 1
    await trio.sleep(RESNAPSHOT_S + 1)
    assert world.node.empty_answers == 0
    assert await world.now(view) == before


async def test_an_output_that_two_answers_lack_but_is_there_gets_its_confirmations_back(
    world: World,
):
    view = await world.create(10, required_confirmations=600)
    await world.pay(view)
    world.node.empty_answers = 3
    await trio.sleep(RESNAPSHOT_S + 1)
    assert world.node.empty_answers == 0
    await world.becomes(view, CONFIRMED)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_a_stale_snapshot_does_not_resurrect_an_output_removed_meanwhile(world: World):
    view = await world.create(10, required_confirmations=10_000)
    await trio.sleep(10)
    outpoint = await world.pay(view)
    world.node.hold("utxos")
    asked = world.node.asked["utxos"]
    await eventually(lambda: world.node.asked["utxos"] > asked)
    world.chain.withdraw(outpoint)
    await settled()
    gone_since = (await world.payment(view)).missing_since
    assert gone_since is not None

    world.node.release("utxos")
    await settled()
    assert (await world.payment(view)).missing_since == gone_since
    await world.becomes(view, PENDING)


async def test_a_stale_snapshot_does_not_make_an_output_missing_that_came_meanwhile(world: World):
    view = await world.create(10, required_confirmations=10_000)
    world.node.hold("utxos")
    asked = world.node.asked["utxos"]
    await eventually(lambda: world.node.asked["utxos"] > asked)
    await world.pay(view)
    before = await world.now(view)
    world.node.release("utxos")
    await settled()
    assert world.node.asked["utxos"] == asked + 1
    assert await world.now(view) == before


async def test_the_regular_snapshot_finds_an_output_that_was_never_notified(world: World):
    view = await world.create()
    world.node.freeze()
    world.chain.pay(view.session.address, 10)
    world.node.backlog = None
    await trio.sleep(5)
    assert await world.status(view) is PENDING
    await world.becomes(view, CONFIRMED, within=RESNAPSHOT_S)


async def test_without_times_from_the_node_an_unknown_output_waits_for_the_next_snapshot(
    world: World,
):
    view = await world.create()
    world.node.freeze()
    world.chain.pay(view.session.address, 10)
    world.node.backlog = None
    world.node.refusals["timestamps"] = 1
    await eventually(lambda: not world.node.refusals["timestamps"])
    assert await world.status(view) is PENDING
    await world.becomes(view, CONFIRMED, within=RESNAPSHOT_S + 2)


@pytest.mark.parametrize("reachable", [True, False])
async def test_coins_that_lay_on_the_address_before_are_never_counted(
    reachable: bool, autojump_clock: MockClock
):
    async with a_world(reachable=reachable) as world:
        await world.create()  # With a node, the next addresses are checked along with it.
        key = world.merchant.account_key
        next_address = ReceiveChain(key, world.settings.network).address(1)
        world.chain.pay(next_address, 10)
        await trio.sleep(5)
        view = await world.create()
        assert view.session.address == next_address
        await trio.sleep(5)
        world.node.reachable = True
        await trio.sleep(RESNAPSHOT_S + 1)
        assert (await world.now(view)).payments == ()
        await world.pay(view)
        await world.becomes(view, CONFIRMED)


async def test_an_old_coin_whose_score_moves_is_an_old_coin_still(autojump_clock: MockClock):
    async with a_world(reachable=False) as world:
        address = ReceiveChain(world.merchant.account_key, world.settings.network).address(0)
        old = world.chain.pay(address, 10)
        await trio.sleep(5)
        view = await world.create()
        world.node.reachable = True
        await world.live()
        world.chain.move_score(old, 1)
        await settled()
        assert (await world.now(view)).payments == ()
