"""A merchant's decisions: through the actor, with its commit, and each with an audit entry."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve

from actors.gateway import CancelOvertaken
from actors.sessions.decisions import DecisionOvertaken, DecisionRefused
from kasgate.audit import AuditAction, Principal
from kasgate.reports import Amounts
from kasgate.sessions.attention import AttentionReason, reasons
from kasgate.sessions.session import EventType, SessionStatus
from kasgate.store.protocol import StoreUnavailable
from tests.actors.world import World, eventually, settled, silent

ME = Principal("me", "192.0.2.7", "Till")
PENDING, CONFIRMED = SessionStatus.PENDING, SessionStatus.CONFIRMED
EXPIRED, FAILED = SessionStatus.EXPIRED, SessionStatus.FAILED


async def actions(world: World, session_id: str) -> list[AuditAction]:
    return [entry.action for entry in await world.store.audit_of_session(session_id)]


async def test_a_part_paid_session_is_accepted_told_and_logged(still_world: World):
    world = still_world
    view = await world.create(10)
    await world.pay(view, 6)
    with world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        accepted = await world.gateway.accept_session(view.session.id, "the rest in cash", ME)
        (update,) = await slot.take()
    assert update.view.session == accepted.session == await world.store.session(view.session.id)
    assert accepted.session.status is CONFIRMED
    assert await world.events(view) == [EventType.PARTIAL, EventType.CONFIRMED]
    (entry,) = await world.store.audit_of_session(view.session.id)
    assert (entry.actor, entry.note) == ("me", "the rest in cash")
    assert (entry.details["ip"], entry.details["key"]) == ("192.0.2.7", "Till")
    assert entry.details["status"] == "pending"
    assert entry.created_at == accepted.session.confirmed_at
    # Its payment continues until it is final.
    assert world.gateway.health().open_sessions == 1
    await world.mine(10)
    assert world.gateway.health().open_sessions == 0


async def test_a_session_without_an_actor_gets_one_for_the_decision(world: World):
    view = await world.create(10, expires_in=30)
    await world.becomes(view, EXPIRED)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    accepted = await world.gateway.accept_session(view.session.id, "paid in the shop", ME)
    assert accepted.session.status is CONFIRMED
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    # Its address is still watched, from now on for surplus.
    await world.pay(view, 1)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    assert await world.events(view) == [
        EventType.EXPIRED,
        EventType.CONFIRMED,
        EventType.OVERPAID,
    ]


async def test_money_after_a_failure_finds_the_session(world: World):
    view = await world.create(10)
    await world.gateway.fail_session(view.session.id, "sold out", ME)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    await world.pay(view, 10)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    session = await world.now(view)
    assert (session.status, session.late) == (FAILED, True)
    assert await world.events(view) == [EventType.FAILED, EventType.LATE]


async def test_a_dismissal_is_stored_and_logged_and_makes_no_event(world: World):
    view = await world.create(10, expires_in=30)
    await world.pay(view, 6)
    await world.becomes(view, EXPIRED)
    await world.mine(20)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    told = await world.events(view)
    assert reasons(await world.now(view)) == (AttentionReason.PARTIAL,)
    dismissed = await world.gateway.dismiss_session(view.session.id, "paid back", ME)
    assert dismissed.session == await world.store.session(view.session.id)
    assert (dismissed.session.status, reasons(dismissed.session)) == (EXPIRED, ())
    assert await world.events(view) == told
    (entry,) = await world.store.audit_of_session(view.session.id)
    assert (entry.action, entry.note) == (AuditAction.SESSION_DISMISSED, "paid back")
    with pytest.raises(DecisionRefused, match="needs attention"):
        await world.gateway.dismiss_session(view.session.id, "again", ME)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    # Its address is still watched.
    await world.pay(view, 1)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    needing = (AttentionReason.LATE, AttentionReason.PARTIAL)
    assert reasons(await world.now(view)) == needing
    totals = await world.store.totals(view.session.merchant_id)
    assert totals.attention == {needing: Amounts(1, 7 * 10**8)}


async def test_a_refused_decision_leaves_nothing_behind(still_world: World):
    world = still_world
    view = await world.create(10)
    before = await world.store.session(view.session.id)
    with pytest.raises(DecisionRefused, match="pending"):
        await world.gateway.accept_session(view.session.id, "please", ME)
    assert await world.store.session(view.session.id) == before
    assert await actions(world, view.session.id) == []
    assert await world.events(view) == []
    with pytest.raises(LookupError):
        await world.gateway.fail_session("no such session", "x", ME)


async def test_refusing_a_closed_session_leaves_no_actor_behind(world: World):
    view = await world.create(10)
    await world.gateway.fail_session(view.session.id, "sold out", ME)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    with pytest.raises(DecisionRefused, match="final"):
        await world.gateway.fail_session(view.session.id, "again", ME)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    assert await actions(world, view.session.id) == [AuditAction.SESSION_FAILED]


async def test_of_two_concurrent_decisions_one_learns_the_others_result(still_world: World):
    world = still_world
    view = await world.create(10)
    await world.pay(view, 6)
    outcomes: list[str] = []

    async def decide(accept: bool) -> None:
        gateway = world.gateway
        try:
            if accept:
                await gateway.accept_session(view.session.id, "yes", ME)
            else:
                await gateway.fail_session(view.session.id, "no", ME)
            outcomes.append("done")
        except DecisionOvertaken as overtaken:
            outcomes.append(overtaken.status.value)

    world.store.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(decide, True)
        await settled()
        nursery.start_soon(decide, False)
        await settled()
        assert outcomes == []
        world.store.resume()
    assert sorted(outcomes) == ["confirmed", "done"]
    assert await world.status(view) is CONFIRMED
    assert await actions(world, view.session.id) == [AuditAction.SESSION_ACCEPTED]


async def test_a_deadline_that_comes_first_overtakes_a_cancellation(world: World):
    view = await world.create(10, expires_in=30)
    await trio.sleep(29.95)
    world.store.pause()
    await trio.sleep(0.2)  # The session expires, and that can't be stored yet.
    async with trio.open_nursery() as nursery:

        async def cancel() -> None:
            with pytest.raises(CancelOvertaken) as overtaken:
                await world.gateway.cancel_session(view.session.id)
            assert overtaken.value.status is EXPIRED

        nursery.start_soon(cancel)
        await trio.sleep(0.1)
        world.store.resume()
    assert not (await world.now(view)).cancelled


async def test_a_decision_waits_for_the_database_and_then_happens_once(still_world: World):
    world = still_world
    view = await world.create(10)
    await world.pay(view, 6)
    world.store.full = True
    with pytest.raises(StoreUnavailable, match="could not be stored yet"):
        await world.gateway.accept_session(view.session.id, "yes", ME)
    assert await world.status(view) is PENDING
    assert await actions(world, view.session.id) == []
    world.store.full = False
    await world.becomes(view, CONFIRMED)
    assert await actions(world, view.session.id) == [AuditAction.SESSION_ACCEPTED]


async def test_a_decision_outlives_a_failure_of_its_actor(still_world: World):
    world = still_world
    view = await world.create(10)
    await world.pay(view, 6)
    stored = await world.store.session(view.session.id)
    assert stored is not None
    # Another process wrote the row: the actor fails, and resumes from the stored row.
    await world.store.save_session(evolve(stored, order_id="moved"), (), deliver=False)
    accepted = await world.gateway.accept_session(view.session.id, "yes", ME)
    assert accepted.session.status is CONFIRMED
    assert world.gateway.health().restarted_actors == 1
    assert await actions(world, view.session.id) == [AuditAction.SESSION_ACCEPTED]


async def test_an_actor_decides_from_what_it_holds(still_world: World):
    world = still_world
    view = await world.create(10)
    await world.pay(view, 6)
    world.store.unreadable = True
    accepted = await world.gateway.accept_session(view.session.id, "yes", ME)
    assert accepted.session.status is CONFIRMED


async def test_an_unreadable_database_decides_nothing(world: World):
    view = await world.create(10)
    await world.gateway.fail_session(view.session.id, "sold out", ME)
    await eventually(lambda: world.gateway.health().open_sessions == 0)
    world.store.unreadable = True
    with pytest.raises(StoreUnavailable):
        await world.gateway.accept_session(view.session.id, "yes", ME)


async def test_a_caller_who_leaves_does_not_undo_the_decision(still_world: World):
    world = still_world
    view = await world.create(10)
    world.store.pause()
    with trio.move_on_after(1):
        await world.gateway.fail_session(view.session.id, "bye", ME)
    world.store.resume()
    await settled()
    assert await world.status(view) is FAILED
    assert await actions(world, view.session.id) == [AuditAction.SESSION_FAILED]


async def test_a_decision_at_the_time_of_a_payment_comes_before_or_after_all_of_it(
    still_world: World,
):
    """Whichever comes first, the stored session has both."""
    world = still_world
    view = await world.create(10)
    await world.pay(view, 6)
    world.store.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.gateway.accept_session, view.session.id, "yes", ME)
        await settled()
        world.chain.pay(view.session.address, 4)
        await settled()
        world.store.resume()
    await settled()
    session = await world.now(view)
    assert session.status is CONFIRMED
    assert session.received == session.amount
    assert await world.events(view) == [
        EventType.PARTIAL,
        EventType.CONFIRMED,
        EventType.OVERPAID,
    ]


async def test_a_decision_is_not_published_before_its_commit(still_world: World):
    world = still_world
    view = await world.create(10)
    with world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        world.store.pause()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.gateway.fail_session, view.session.id, "bye", ME)
            assert await silent(slot)
            assert await actions(world, view.session.id) == []
            world.store.resume()
            (update,) = await slot.take()
            assert update.view.session.status is FAILED
            assert await actions(world, view.session.id) == [AuditAction.SESSION_FAILED]
