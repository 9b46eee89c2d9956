"""Outputs that leave before they are final: spent or withdrawn, and never decided by a guess."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from actors.chain.missing_outputs import WITHDRAWAL_GRACE_S
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.world import World, a_world, eventually, settled

PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
CONFIRMED = SessionStatus.CONFIRMED


@pytest.fixture
async def followed(world: World) -> World:
    """A world that was followed for a while, so that it has a past to judge by."""
    await trio.sleep(5)
    return world


async def test_an_output_removed_three_seconds_after_detection_is_withdrawn_after_the_grace(
    followed: World,
):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    await trio.sleep(3)
    world.chain.withdraw(outpoint)
    await trio.sleep(WITHDRAWAL_GRACE_S - 1)
    assert await world.status(view) is CONFIRMING
    assert await world.confirmations(view) == 0
    assert await world.events(view) == [EventType.CONFIRMING]

    session = await world.becomes(view, PENDING, within=3)
    assert (session.received, session.tx_id, session.paid_at) == (0, None, None)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.REVERTED]

    await world.pay(view)
    await world.becomes(view, CONFIRMED)


async def test_an_output_that_returns_within_the_grace_makes_no_event(
    followed: World,
):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    await trio.sleep(3)
    coin = world.chain.withdraw(outpoint)
    await trio.sleep(WITHDRAWAL_GRACE_S - 2)
    world.chain.restore(coin)
    await trio.sleep(9)
    assert await world.status(view) is CONFIRMING
    await world.becomes(view, CONFIRMED, within=3)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_a_withdrawn_payment_that_is_accepted_again_counts_again(followed: World):
    world = followed
    view = await world.create()
    outpoint = await world.pay(view)
    coin = world.chain.withdraw(outpoint)
    await world.becomes(view, PENDING)
    world.chain.restore(coin)
    await world.becomes(view, CONFIRMED)
    assert await world.events(view) == [
        EventType.CONFIRMING, EventType.REVERTED, EventType.CONFIRMING, EventType.CONFIRMED,
    ]  # fmt: skip


async def test_a_payment_swept_before_it_is_final_stands_by_proof_and_confirms(followed: World):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    await trio.sleep(1)
    world.chain.sweep(outpoint)
    await trio.sleep(1)
    payment = await world.payment(view)
    assert payment.missing_since is None
    assert payment.spent_evidence is not None
    session = await world.becomes(view, CONFIRMED, within=10)
    assert session.received == session.amount
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_a_swept_payment_whose_transaction_a_reorg_takes_is_withdrawn_all_the_same(
    followed: World,
):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    world.chain.sweep(outpoint)
    await trio.sleep(2)
    world.chain.withdraw(outpoint)
    await world.becomes(view, PENDING)
    assert (await world.payment(view)).state is PaymentState.WITHDRAWN
    assert await world.events(view) == [EventType.CONFIRMING, EventType.REVERTED]


async def test_a_proof_of_acceptance_holds_at_the_score_of_its_request(followed: World):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    world.node.hold("accepted_after")
    asked = world.node.asked["accepted_after"]
    world.chain.sweep(outpoint)
    await eventually(lambda: world.node.asked["accepted_after"] > asked)
    asked_at = world.chain.score
    await trio.sleep(5)
    world.node.release("accepted_after")
    await eventually(lambda: world.node.asked["accepted_after"] > asked + 1)
    await settled()
    evidence = (await world.payment(view)).spent_evidence
    assert evidence is not None
    assert evidence <= asked_at


async def test_a_slow_node_does_not_make_a_payment_look_withdrawn(followed: World):
    """The newest block that it names may be younger than the request for it."""
    world = followed
    world.node.slowness_s["sink"] = 4
    asked = world.node.asked["sink"]
    await eventually(lambda: world.node.asked["sink"] > asked)
    await trio.sleep(2)
    view = await world.create(10, required_confirmations=1_000)
    outpoint = await world.pay(view)
    world.chain.move_score(outpoint, 1)
    await trio.sleep(6)
    world.chain.sweep(outpoint)
    await trio.sleep(WITHDRAWAL_GRACE_S + 2)
    assert await world.status(view) is CONFIRMING
    assert (await world.payment(view)).spent_evidence is not None


async def test_a_payment_before_the_followed_past_is_proven_by_the_node(still_world: World):
    """A payment in the first moments of a first run."""
    world = still_world
    view = await world.create()
    outpoint = await world.pay(view)
    world.chain.sweep(outpoint)
    await trio.sleep(1)
    await world.mine(10)
    await trio.sleep(2)
    await world.mine(10)
    await trio.sleep(2)
    assert await world.status(view) is CONFIRMED


async def test_a_payment_accepted_right_where_the_first_link_began_can_be_withdrawn(
    autojump_clock: MockClock,
):
    async with a_world(reachable=False) as world:
        await trio.sleep(5)
        world.chain.beating = False
        world.node.reachable = True
        await world.live()
        view = await world.create(10, required_confirmations=100)
        # Virtual has a score before the block with that score exists, and the link began then.
        score = world.chain.score
        outpoint = world.chain.pay(view.session.address, 10, block_daa_score=score)
        world.chain.beating = True
        await world.becomes(view, CONFIRMING)
        world.chain.withdraw(outpoint)
        await world.becomes(view, PENDING, within=WITHDRAWAL_GRACE_S + 5)


async def test_a_stale_answer_does_not_resurrect_what_was_removed_once_more(followed: World):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    coin = world.chain.withdraw(outpoint)
    await settled()
    world.node.freeze()
    world.chain.restore(coin)
    world.node.hold("utxos")
    asked = world.node.asked["utxos"]
    await eventually(lambda: world.node.asked["utxos"] > asked)
    world.chain.withdraw(outpoint)
    world.node.thaw()
    await settled()
    world.node.release("utxos")
    await settled()
    assert (await world.payment(view)).is_gone
    await world.becomes(view, PENDING)


async def test_an_open_question_outlives_the_link(followed: World):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    await trio.sleep(1)
    world.node.cut(reachable=False)
    world.chain.sweep(outpoint)
    await trio.sleep(60)
    assert await world.status(view) is CONFIRMING
    world.node.reachable = True
    await world.becomes(view, CONFIRMED)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_an_open_question_outlives_the_process(followed: World):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    world.chain.withdraw(outpoint)
    await trio.sleep(3)
    await world.stop()
    await trio.sleep(3)
    await world.start()
    await world.becomes(view, PENDING)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.REVERTED]


async def test_a_payment_withdrawn_while_the_gateway_was_off_is_withdrawn(followed: World):
    world = followed
    view = await world.create(10, required_confirmations=200)
    outpoint = await world.pay(view)
    await trio.sleep(6)
    await world.stop()
    world.chain.withdraw(outpoint)
    await trio.sleep(60)
    await world.start()
    await world.becomes(view, PENDING)


async def test_without_history_a_vanished_payment_is_neither_confirmed_nor_withdrawn(
    followed: World,
):
    world = followed
    view = await world.create(10, required_confirmations=100)
    outpoint = await world.pay(view)
    world.chain.forget_history()
    world.chain.withdraw(outpoint)
    await trio.sleep(120)
    assert await world.status(view) is CONFIRMING
    assert await world.confirmations(view) == 0
    assert await world.events(view) == [EventType.CONFIRMING]


async def test_a_withdrawn_part_leaves_the_other_part(followed: World):
    world = followed
    view = await world.create(10, required_confirmations=100)
    doomed = await world.pay(view, 4)
    await world.pay(view, 6)
    world.chain.withdraw(doomed)
    session = await world.becomes(view, PENDING)
    assert session.received == 600_000_000
    await world.pay(view, 4)
    await settled()
    await world.becomes(view, CONFIRMED)
