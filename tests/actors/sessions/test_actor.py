"""Session actors: commit before publishing, keep observations, wake only when concerned."""

from __future__ import annotations

import json
from collections import Counter

import trio

from actors.sessions.actor import SessionActor, event_row
from kasgate.sessions.observations import Watched
from kasgate.sessions.session import EventType, SessionStatus
from kasgate.sessions.transitions import opened
from kasgate.store.protocol import StoreUnavailable
from tests.actors.world import World, settled, silent
from tests.sample_sessions import a_session, kas, outpoint, seen

PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
CONFIRMED = SessionStatus.CONFIRMED


async def test_a_state_is_told_only_after_its_commit(still_world: World):
    world = still_world
    view = await world.create()
    with world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        world.store.pause()
        await world.pay(view)
        assert await silent(slot)
        assert await world.status(view) is PENDING

        world.store.resume()
        (update,) = await slot.take()
        assert update.status_changed
        assert update.view.session.status is CONFIRMING
        assert await world.store.session(view.session.id) == update.view.session


async def test_a_commit_that_fails_several_times_loses_nothing_and_is_told_once(
    still_world: World,
):
    world = still_world
    view = await world.create(10)
    with world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        world.store.fail_next(*[StoreUnavailable("disk full")] * 4)
        await world.pay(view, 4)
        assert not world.gateway.health().database_ok
        await world.pay(view, 6)
        assert await silent(slot, 0.3)

        await world.becomes(view, CONFIRMING)
        assert len(await slot.take()) == 1
        assert await silent(slot)
    assert await world.events(view) == [EventType.PARTIAL, EventType.CONFIRMING]
    assert world.gateway.health().database_ok
    assert world.gateway.health().restarted_actors == 0


async def test_events_are_numbered_without_gaps_however_often_a_commit_is_tried(
    still_world: World,
):
    world = still_world
    view = await world.create(10)
    for amount in (1, 2, 3):
        world.store.fail_next(*[StoreUnavailable("disk full")] * 3)
        await world.pay(view, amount)
        await trio.sleep(5)
    await world.pay(view, 5)
    await world.becomes(view, CONFIRMING)
    events = await world.store.events_of_session(view.session.id)
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6]
    assert [json.loads(event.payload)["sequence"] for event in events] == [1, 2, 3, 4, 5, 6]
    stored = await world.store.session(view.session.id)
    assert stored is not None
    assert stored.events_told == 6


async def test_two_hundred_sessions_confirm_at_the_same_score(still_world: World):
    world = still_world
    views = [await world.create() for _ in range(200)]
    world.chain.pay_many([(view.session.address, 10) for view in views])
    await settled()
    await world.mine(9)
    assert {await world.status(view) for view in views} == {CONFIRMING}
    await world.mine(1)
    assert {await world.status(view) for view in views} == {CONFIRMED}
    assert world.gateway.health().open_sessions == 0


class ActorSteps(trio.abc.Instrument):
    """Counts how often session actors ran."""

    def __init__(self) -> None:
        self.actors: Counter[trio.lowlevel.Task] = Counter()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if task.name == "session actor":
            self.actors[task] += 1


async def test_a_score_wakes_only_the_actors_that_are_due(still_world: World):
    world = still_world
    waiting = [await world.create() for _ in range(5)]
    first, second = await world.create(), await world.create()
    await world.pay(first)
    await world.mine(4)
    await world.pay(second)
    steps = ActorSteps()
    trio.lowlevel.add_instrument(steps)

    await world.mine(4)
    assert not steps.actors
    await world.mine(1)
    assert len(steps.actors) == 1
    assert await world.status(first) is CONFIRMED
    await world.mine(5)
    assert len(steps.actors) == 2
    assert await world.status(second) is CONFIRMED
    assert {await world.status(view) for view in waiting} == {PENDING}


async def test_many_observations_of_one_output_leave_one_of_each_kind(still_world: World):
    world = still_world
    view = await world.create(10, required_confirmations=100_000)
    outpoint = await world.pay(view)
    actor = world.gateway._supervisor.actor(view.session.id)
    assert actor is not None
    world.store.pause()
    world.chain.move_score(outpoint, 1)
    await settled()

    for _ in range(10_000):
        world.chain.move_score(outpoint, 1)
    await settled()
    assert len(actor._mailbox) == 1
    world.store.resume()
    await settled()
    coin = world.chain.coins[outpoint]
    assert (await world.payment(view)).block_daa_score == coin.block_daa_score


async def test_the_same_outpoint_removed_and_added_at_once_only_moves_its_score(
    still_world: World,
):
    world = still_world
    view = await world.create()
    outpoint = await world.pay(view)
    await world.mine(3)
    world.chain.move_score(outpoint, 2)
    await settled()
    assert await world.confirmations(view) == 1
    assert (await world.payment(view)).missing_since is None
    await world.mine(8)
    assert await world.status(view) is CONFIRMING
    await world.mine(1)
    assert await world.status(view) is CONFIRMED
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_money_that_makes_no_event_is_published_all_the_same(still_world: World):
    """It only fills the gap that the merchant tolerates."""
    world = still_world
    changes = {"underpayment_tolerance": kas(1)}
    world.merchant, _ = await world.gateway.merchants.update(world.merchant, changes)
    view = await world.create(10)
    await world.pay(view, 9.5)
    assert await world.status(view) is CONFIRMING
    with world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        await world.pay(view, 0.5)
        (update,) = await slot.take()
        assert update.view.session.received == kas(10)
    assert await world.events(view) == [EventType.CONFIRMING]
    await world.mine(10)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_what_is_seen_before_the_watch_is_acknowledged_is_kept_for_the_run(
    still_world: World, nursery: trio.Nursery
):
    """No snapshot repeats it here: only the actor has it."""
    context = still_world.gateway._context
    session = a_session(
        merchant_id=still_world.merchant.id,
        account_key=still_world.merchant.account_key.fingerprint,
        status=SessionStatus.CREATED,
    )
    actor = SessionActor(session, context)
    actor.observe(seen(1, 10, 1_001))
    nursery.start_soon(actor.wait_watched)
    await settled()
    assert actor.session.status is SessionStatus.CREATED
    actor.observe(Watched())
    await settled()
    assert actor.session.status is PENDING
    assert not actor.session.payments

    await context.store.add_session(actor.session, event_row(opened(actor.session)), deliver=False)
    nursery.start_soon(actor.run)
    await settled()
    stored = await context.store.session(session.id)
    assert stored is not None
    assert stored.status is CONFIRMING
    assert [payment.outpoint for payment in stored.payments] == [outpoint(1)]
