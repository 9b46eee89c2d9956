"""The supervisor: a failure of one actor does not spread, and closed sessions get an actor
again."""

from __future__ import annotations

import pytest
import trio

import actors.sessions.supervisor
from actors.sessions.supervisor import SET_ASIDE_AFTER, keep_running
from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.world import World, eventually, settled

CONFIRMING, CONFIRMED = SessionStatus.CONFIRMING, SessionStatus.CONFIRMED
EXPIRED = SessionStatus.EXPIRED


async def test_an_actor_that_fails_starts_again_from_the_database_and_siblings_never_notice(
    world: World,
):
    unlucky, sibling = await world.create(), await world.create()
    world.store.cursed.add(unlucky.session.id)
    world.chain.pay_many([(unlucky.session.address, 10), (sibling.session.address, 10)])
    await settled()
    assert await world.status(sibling) is CONFIRMING
    assert world.gateway.health().restarted_actors == 1

    world.store.cursed.clear()
    await world.becomes(sibling, CONFIRMED)
    await world.becomes(unlucky, CONFIRMED)
    assert await world.events(unlucky) == [EventType.CONFIRMING, EventType.CONFIRMED]
    assert world.gateway.health().failed_actors == 0


async def test_an_actor_that_keeps_failing_is_set_aside_until_it_succeeds(world: World):
    view = await world.create()
    world.store.cursed.add(view.session.id)
    await world.pay(view)
    await eventually(lambda: world.gateway.health().failed_actors == 1)
    assert world.gateway.health().restarted_actors == SET_ASIDE_AFTER
    assert world.gateway.health().open_sessions == 1

    world.store.cursed.clear()
    await world.becomes(view, CONFIRMED)
    await settled()
    assert world.gateway.health().failed_actors == 0


async def test_failures_that_lie_far_apart_do_not_set_an_actor_aside(
    still_world: World, monkeypatch: pytest.MonkeyPatch
):
    world = still_world
    monkeypatch.setattr(actors.sessions.supervisor, "RESTART_S", (0.1, 0.5, 2.0, 10.0))
    view = await world.create(10, expires_in=86_400)
    for count in range(1, SET_ASIDE_AFTER + 2):
        world.store.cursed.add(view.session.id)
        await world.pay(view, 1)
        assert world.gateway.health().restarted_actors == count
        world.store.cursed.clear()
        await trio.sleep(12)
        assert (await world.now(view)).received == count * 100_000_000
    assert world.gateway.health().failed_actors == 0


async def test_what_an_actor_had_seen_when_it_failed_is_not_lost_and_not_overtaken(world: World):
    """A payment in time, then the deadline, while the actor can process neither."""
    view = await world.create(10, expires_in=60)
    await trio.sleep(30)
    world.store.cursed.add(view.session.id)
    outpoint = await world.pay(view)
    await trio.sleep(10)
    world.chain.sweep(outpoint)
    await trio.sleep(30)
    world.store.cursed.clear()
    await world.becomes(view, CONFIRMED, within=100)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_a_session_that_another_process_changed_is_read_again(still_world: World):
    world = still_world
    view = await world.create()
    stored = await world.store.session(view.session.id)
    assert stored is not None
    await world.store.save_session(stored, [], deliver=False)
    await world.pay(view)
    await world.becomes(view, CONFIRMING)
    assert world.gateway.health().restarted_actors == 1


async def test_a_late_payment_gives_a_closed_session_an_actor_until_it_is_deep(world: World):
    view = await world.create(10, expires_in=60)
    await world.becomes(view, EXPIRED, within=70)
    assert world.gateway.health().open_sessions == 0

    await world.pay(view)
    assert world.gateway.health().open_sessions == 1
    session = await world.now(view)
    assert (session.status, session.late, session.received) == (EXPIRED, True, session.amount)
    await trio.sleep(2)
    assert world.gateway.health().open_sessions == 0
    assert await world.events(view) == [EventType.EXPIRED, EventType.LATE]


async def test_a_late_payment_waits_while_the_database_can_not_be_read(world: World):
    view = await world.create(10, expires_in=60)
    await world.becomes(view, EXPIRED, within=70)
    world.store.unreadable = True
    first, second = await world.pay(view, 4), await world.pay(view, 5)
    await trio.sleep(5)
    world.store.unreadable = False
    await trio.sleep(1)
    assert {p.outpoint for p in (await world.now(view)).payments} == {first, second}
    # Both at once, so published once.
    assert await world.events(view) == [EventType.EXPIRED, EventType.LATE]


async def test_waiting_closed_sessions_are_bounded_and_the_next_snapshot_finds_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(actors.sessions.supervisor, "REVIVALS_WAITING", 2)
    views = [await world.create(10, expires_in=10) for _ in range(4)]
    for view in views:
        await world.becomes(view, EXPIRED, within=20)
    world.store.unreadable = True
    for view in views:
        await world.pay(view)
    assert len(world.gateway._supervisor._reviving) == 2

    world.store.unreadable = False
    await trio.sleep(1)
    world.node.cut(reachable=True)
    await trio.sleep(1)
    assert all([(await world.now(view)).late for view in views])


async def test_a_part_of_the_gateway_that_fails_is_run_again_with_pauses_that_grow(
    autojump_clock: trio.testing.MockClock,
):
    started: list[float] = []
    failed: list[str] = []

    async def part() -> None:
        started.append(trio.current_time())
        if len(started) == 2:
            return
        raise RuntimeError("a fault in our code")

    with trio.move_on_after(10):
        await keep_running("some part", part, failed=failed.append)
    assert started == pytest.approx([0, 0.1, 0.6, 2.6])
    assert failed == ["some part"] * 4
