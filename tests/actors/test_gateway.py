"""Stories of sessions through the whole gateway, on virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from actors.gateway import CANCEL_WAIT_S, CancelRefused, GatewayDraining
from actors.sessions.creation import ADDRESS_TRIES, WATCH_WAIT_S, SessionTerms
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from kasgate.store.protocol import StoreUnavailable
from tests.actors.world import KEYS, World, a_world, eventually, settled
from tests.sample_sessions import kas

PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
CONFIRMED, EXPIRED = SessionStatus.CONFIRMED, SessionStatus.EXPIRED


async def test_a_payment_is_confirmed(still_world: World):
    world = still_world
    view = await world.create(10)
    assert view.session.status is PENDING

    outpoint = await world.pay(view, 10)
    session = await world.now(view)
    assert (session.status, session.paid_state) == (CONFIRMING, PaidState.EXACT)
    assert session.tx_id == outpoint.transaction_id
    await world.mine(9)
    assert await world.confirmations(view) == 9
    await world.mine(1)

    assert await world.status(view) is CONFIRMED
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]
    assert world.gateway.health().open_sessions == 0


@pytest.mark.parametrize("in_one_block", [True, False])
async def test_parts_add_up_in_one_block_and_in_two(world: World, in_one_block: bool):
    view = await world.create(10)
    address = view.session.address
    if in_one_block:
        world.chain.pay_many([(address, 6), (address, 4)])
    else:
        await world.pay(view, 6)
        assert (await world.now(view)).remaining == kas(4)
        await world.pay(view, 4)
    await world.becomes(view, CONFIRMED)
    assert await world.events(view) == [
        EventType.PARTIAL, EventType.CONFIRMING, EventType.CONFIRMED,
    ]  # fmt: skip


async def test_an_overpayment_makes_an_event_and_later_money_is_recorded(world: World):
    view = await world.create(10)
    await world.pay(view, 11)
    await world.becomes(view, CONFIRMED)
    await world.pay(view, 1)
    session = await world.now(view)
    assert (session.status, session.received) == (CONFIRMED, kas(12))
    assert await world.events(view) == [
        EventType.CONFIRMING, EventType.OVERPAID, EventType.CONFIRMED, EventType.OVERPAID,
    ]  # fmt: skip


@pytest.mark.parametrize("what", [{"is_coinbase": True}, {"covenant_id": "ab" * 32}])
async def test_what_is_not_plain_money_is_recorded_and_not_counted(
    world: World, what: dict[str, object]
):
    view = await world.create(10)
    world.chain.pay_many([(view.session.address, 10)], **what)
    await settled()
    session = await world.now(view)
    assert (session.status, session.received, len(session.payments)) == (PENDING, 0, 1)


async def test_a_payment_reaches_only_its_own_session(world: World):
    views = [await world.create(10) for _ in range(3)]
    assert len({view.session.address for view in views}) == 3
    await world.pay(views[1])
    await world.becomes(views[1], CONFIRMED)
    assert [await world.status(view) for view in views] == [PENDING, CONFIRMED, PENDING]


async def test_a_merchant_cancels_and_money_that_comes_then_is_late(world: World):
    view = await world.create(10)
    cancelled = await world.gateway.cancel_session(view.session.id)
    assert (cancelled.session.status, cancelled.session.cancelled) == (EXPIRED, True)
    await world.pay(view)
    assert (await world.now(view)).late
    assert await world.events(view) == [EventType.EXPIRED, EventType.LATE]


async def test_a_cancellation_that_a_payment_overtakes_is_refused(world: World):
    view = await world.create(10)
    world.store.pause()
    await world.pay(view)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(expect_refusal, world.gateway.cancel_session, view.session.id)
        await settled()
        world.store.resume()
    await world.becomes(view, CONFIRMED)
    assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def expect_refusal(cancel: Callable[[str], Awaitable[object]], session_id: str) -> None:
    with pytest.raises(CancelRefused):
        await cancel(session_id)


async def test_a_payment_that_a_cancellation_overtakes_is_late(world: World):
    view = await world.create(10)
    world.store.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.gateway.cancel_session, view.session.id)
        await settled()
        await world.pay(view)
        world.store.resume()
    await settled()
    assert (await world.now(view)).late
    assert await world.events(view) == [EventType.EXPIRED, EventType.LATE]


async def test_only_what_waits_for_payment_can_be_cancelled(world: World):
    part_paid, confirming = await world.create(10), await world.create(10)
    await world.pay(part_paid, 4)
    await world.pay(confirming)
    assert (await world.gateway.cancel_session(part_paid.session.id)).session.cancelled
    for session_id in (confirming.session.id, part_paid.session.id, "no such session"):
        await expect_refusal(world.gateway.cancel_session, session_id)


async def test_a_cancellation_that_can_not_be_stored_says_so_and_happens_later(world: World):
    view = await world.create(10)
    world.store.full = True
    with pytest.raises(StoreUnavailable):
        await world.gateway.cancel_session(view.session.id)
    world.store.full = False
    assert (await world.becomes(view, EXPIRED, within=CANCEL_WAIT_S)).cancelled


async def test_while_the_database_is_full_no_session_is_made_and_no_address_lost(world: World):
    world.store.fail_next(StoreUnavailable("disk full"))
    with pytest.raises(StoreUnavailable):
        await world.create(10)
    assert world.gateway.health().open_sessions == 0
    view = await world.create(10)
    assert view.session.address_index == 0, "nobody was shown it"
    assert world.gateway.health().database_ok


async def test_the_address_of_a_session_that_was_not_stored_is_forgotten(still_world: World):
    world = still_world
    world.store.fail_next(StoreUnavailable("disk full"))
    with pytest.raises(StoreUnavailable):
        await world.create(10)
    await eventually(lambda: not world.node.watched)
    assert len(world.gateway.feed.watchlist) == 0


async def test_a_new_session_takes_one_commit(still_world: World):
    world = still_world
    before = world.store.commits
    view = await world.create(10)
    await settled()
    assert view.session.status is PENDING
    assert world.store.commits == before + 1
    assert await world.store.session(view.session.id) == view.session


async def test_what_is_seen_on_an_address_before_its_session_is_stored_is_not_lost(
    still_world: World,
):
    """The address was not shown to anybody, but wallets give addresses out as well."""
    world = still_world
    world.store.pause()
    world.node.hold("watch")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.create)
        await eventually(lambda: len(world.node.watched) == 1)
        (address,) = world.node.watched
        world.chain.pay(address, 4)
        await settled()
        world.node.release("watch")
        await settled()
        world.chain.pay(address, 6)
        await settled()
        assert world.gateway.health().open_sessions == 0
        world.store.resume()
    await settled()
    (stored,) = await world.store.active_sessions("", 10)
    assert stored.status is CONFIRMING
    assert [payment.amount for payment in stored.payments] == [kas(4), kas(6)]


async def test_a_session_that_no_node_watches_in_time_is_stored_all_the_same(still_world: World):
    world = still_world
    world.node.hold("watch")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.create)
        await trio.sleep(WATCH_WAIT_S / 2)
        assert await world.store.active_sessions("", 10) == []
    (stored,) = await world.store.active_sessions("", 10)
    assert stored.status is SessionStatus.CREATED
    world.node.release("watch")
    await settled()
    (stored,) = await world.store.active_sessions("", 10)
    assert stored.status is PENDING


async def test_a_gateway_that_drains_makes_no_sessions_and_goes_on_with_the_others(world: World):
    view = await world.create(10)
    world.gateway.begin_drain()
    with pytest.raises(GatewayDraining):
        await world.create(10)
    await world.pay(view)
    await world.becomes(view, CONFIRMED)


async def test_a_caller_who_leaves_in_the_middle_leaves_a_session_with_an_actor(world: World):
    caller = trio.CancelScope()

    async def call() -> None:
        with caller:
            await world.create()

    world.store.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(call)
        await settled()
        caller.cancel()
        await settled()
        assert world.gateway.health().open_sessions == 0
        world.store.resume()
    assert caller.cancelled_caught
    await trio.sleep(0.1)

    (stored,) = await world.store.active_sessions("", 10)
    assert stored.status is PENDING
    assert world.gateway.health().open_sessions == 1
    world.chain.pay(stored.address, 10)
    await trio.sleep(2)
    found = await world.gateway.session(stored.id)
    assert found is not None
    assert found.session.status is CONFIRMED


async def test_addresses_that_another_process_took_are_passed_over(still_world: World):
    world = still_world
    other_process = world.new_gateway()
    async with trio.open_nursery() as nursery:
        await nursery.start(other_process.run)
        theirs = [
            await other_process.create_session(world.merchant, SessionTerms(kas(1)))
            for _ in range(ADDRESS_TRIES + 5)
        ]
        ours = await world.create(1)
        nursery.cancel_scope.cancel()
    assert [view.session.address_index for view in theirs] == list(range(25))
    assert ours.session.address_index == 25


async def test_after_a_change_of_key_new_sessions_use_it_and_old_ones_go_on(world: World):
    old = await world.create(10)
    world.merchant, _ = await world.gateway.merchants.update(world.merchant, {"xpub": KEYS[1]})
    new = await world.create(10)
    assert new.session.address_index == 0
    assert new.session.account_key != old.session.account_key
    await world.pay(old)
    await world.pay(new)
    await world.becomes(old, CONFIRMED)
    await world.becomes(new, CONFIRMED)


async def test_a_sessions_own_terms_override_the_settings(autojump_clock: MockClock):
    async with a_world(session_ttl="600", confirmations="25") as world:
        usual = (await world.create(10)).session
        assert usual.expires_at - usual.created_at == 600_000
        assert usual.required_confirmations == 25
        special = await world.create(10, expires_in=60, required_confirmations=3, order_id="<b>")
        assert special.session.expires_at - special.session.created_at == 60_000
        assert special.session.required_confirmations == 3
        assert await world.now(special) == await world.store.session(special.session.id)


async def test_everything_at_once_ends_as_it_should(world: World):
    """Sixty sessions with every outcome, with a restart and a lost link in the middle."""
    paid = [await world.create(10, expires_in=120) for _ in range(20)]
    unpaid = [await world.create(10, expires_in=120) for _ in range(20)]
    part = [await world.create(10, expires_in=120) for _ in range(20)]
    world.chain.pay_many([(view.session.address, 4) for view in paid + part])
    await trio.sleep(5)
    world.node.cut(reachable=True)
    world.chain.pay_many([(view.session.address, 5) for view in paid])
    await trio.sleep(5)
    await world.stop()
    world.chain.pay_many([(view.session.address, 1) for view in paid])
    await trio.sleep(5)
    await world.start()
    await trio.sleep(120)

    assert {await world.status(view) for view in paid} == {CONFIRMED}
    assert {await world.status(view) for view in unpaid + part} == {EXPIRED}
    for view in paid:
        assert await world.events(view) == [
            EventType.PARTIAL, EventType.PARTIAL, EventType.CONFIRMING, EventType.CONFIRMED,
        ]  # fmt: skip
    assert world.gateway.health().open_sessions == 0
    assert await world.gateway.counts() == await world.store.counts()


async def test_a_part_of_the_gateway_that_fails_is_a_warning_in_health_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    view = await world.create(10)

    def fail(_session_ids: object) -> None:
        monkeypatch.undo()
        raise RuntimeError("a fault in our code")

    monkeypatch.setattr(world.gateway._context.confirmations, "due", fail)
    await eventually(lambda: world.gateway.health().warnings != ())
    (warning,) = world.gateway.health().warnings
    assert "chain feed" in warning
    await world.pay(view)
    await world.becomes(view, CONFIRMED)


async def test_health_says_how_things_are(world: World):
    await world.create(10)
    await trio.sleep(1)
    health = world.gateway.health()
    assert health.node_ok
    assert health.node_url == world.node.url
    assert health.daa_score == world.chain.score
    assert health.last_block_at is not None
    assert world.clock() - health.last_block_at <= 100
    assert health.database_ok
    assert (health.open_sessions, health.failed_actors, health.restarted_actors) == (1, 0, 0)
    assert health.warnings == ()


async def test_an_unknown_session_is_none(world: World):
    assert await world.gateway.session("no such session") is None
