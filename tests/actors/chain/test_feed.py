"""The chain feed: which node it trusts, what it watches, and how far it followed the chain."""

from __future__ import annotations

from itertools import pairwise

import pytest
import structlog.testing
import trio
from trio.testing import MockClock

from actors.chain.cursor import CURSOR_LAG_S
from actors.chain.feed import BACKOFF_S, FRESH_S
from actors.chain.follower import FITNESS_S
from actors.chain.node_pool import STALL_S, NodeState
from actors.sessions.creation import WATCH_WAIT_S
from kasgate.sessions.session import SessionStatus
from tests.actors.world import NODE, OTHER_NODE, World, a_world, eventually, settled

CREATED, PENDING = SessionStatus.CREATED, SessionStatus.PENDING
CONFIRMING, CONFIRMED = SessionStatus.CONFIRMING, SessionStatus.CONFIRMED

LIES: list[tuple[dict[str, object], str]] = [
    ({"network_id": "mainnet"}, "KASGATE_NETWORK"),
    ({"has_utxo_index": False}, "--utxoindex"),
    ({"is_synced": False}, "not synced"),
    ({"rpc_api_version": 2}, "upgrade"),
]
lying = pytest.mark.parametrize(("claims", "hint"), LIES, ids=[next(iter(c)) for c, _ in LIES])


async def test_a_session_is_pending_once_the_node_acknowledged_the_watch(still_world: World):
    world = still_world
    world.node.hold("watch")
    started = trio.current_time()
    view = await world.create()
    assert trio.current_time() - started == pytest.approx(WATCH_WAIT_S)
    assert view.session.status is CREATED

    world.node.release("watch")
    await settled()
    assert await world.status(view) is PENDING
    view = await world.create()
    assert view.session.status is PENDING


async def test_without_a_node_a_session_is_created_within_a_second_and_watched_later(
    autojump_clock: MockClock,
):
    async with a_world(reachable=False) as world:
        started = trio.current_time()
        view = await world.create()
        assert trio.current_time() - started == pytest.approx(WATCH_WAIT_S)
        assert view.session.status is CREATED
        assert view.session.created_daa_score is None
        health = world.gateway.health()
        assert not health.node_ok
        assert "nobody answers" in health.node_detail

        world.node.reachable = True
        await world.becomes(view, PENDING)
        assert view.session.address in world.node.watched
        await eventually(lambda: world.gateway.health().node_ok, within=1)


async def test_new_addresses_are_gathered_into_few_subscribes(still_world: World):
    world = still_world
    before = world.node.asked["watch"]
    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(world.create)
    assert len(world.node.watched) == 100
    assert world.node.asked["watch"] - before <= 3


@lying
async def test_a_node_that_can_not_be_used_is_recognised_reported_and_never_listened_to(
    claims: dict[str, object], hint: str, autojump_clock: MockClock
):
    async with a_world(reachable=False) as world:
        view = await world.create(10, expires_in=30)
        world.node.claims = claims
        world.node.reachable = True
        world.chain.pay(view.session.address, 10)
        await trio.sleep(60)
        assert await world.status(view) is CREATED
        health = world.gateway.health()
        assert not health.node_ok
        assert hint in health.node_detail
        assert NODE in health.node_detail

        world.node.claims = {}
        await world.becomes(view, CONFIRMED, within=10)


@lying
async def test_the_next_node_replaces_one_that_can_not_be_used(
    claims: dict[str, object], hint: str, autojump_clock: MockClock
):
    async with a_world(reachable=False, nodes=[NODE, OTHER_NODE]) as world:
        world.node.claims = claims
        for node in world.chain.nodes.values():
            node.reachable = True
        await world.live()
        assert world.gateway.health().node_url == OTHER_NODE


async def test_a_node_that_becomes_unfit_while_in_use_is_left(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        assert world.gateway.health().node_url == NODE
        world.node.claims = {"is_synced": False}
        await trio.sleep(FITNESS_S + 1)
        assert world.gateway.health().node_url == OTHER_NODE


async def test_after_a_failover_everything_is_watched_again_and_nothing_is_missed(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        views = [await world.create() for _ in range(20)]
        confirming = views[0]
        await world.pay(confirming)
        world.node.cut(reachable=False)
        await trio.sleep(0.1)
        health = world.gateway.health()
        assert (health.node_ok, health.node_url) == (True, OTHER_NODE)
        watched = world.chain.nodes[OTHER_NODE].watched
        assert watched == {view.session.address for view in views}
        await world.pay(views[1])
        for view in views[:2]:
            await world.becomes(view, CONFIRMED)


async def test_a_chain_that_stands_still_is_left_for_another_node(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        await trio.sleep(1)
        world.node.freeze()
        await trio.sleep(FRESH_S + 1)
        health = world.gateway.health()
        assert (health.node_ok, health.node_url) == (False, NODE)
        assert "no block" in health.node_detail
        await trio.sleep(STALL_S + FITNESS_S)
        health = world.gateway.health()
        assert (health.node_ok, health.node_url) == (True, OTHER_NODE)


async def test_a_chain_that_stands_still_everywhere_is_no_reason_to_leave(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE], beating=False) as world:
        await trio.sleep(10 * STALL_S)
        assert len(world.node.connected_at) == 1
        assert world.gateway.health().node_url == NODE
        assert world.gateway.health().nodes[1].state is NodeState.STALLED


async def test_the_only_node_is_kept_though_its_chain_stands_still(still_world: World):
    world = still_world
    await trio.sleep(10 * STALL_S)
    assert len(world.node.connected_at) == 1
    assert not world.gateway.health().node_ok
    world.chain.mine()
    await eventually(lambda: world.gateway.health().node_ok, within=10)


async def test_the_pauses_between_attempts_grow_and_are_bounded(autojump_clock: MockClock):
    async with a_world(reachable=False) as world:
        await trio.sleep(120)
        attempts = world.node.connected_at
        pauses = [later - earlier for earlier, later in pairwise(attempts)]
        for pause, longest in zip(pauses, BACKOFF_S, strict=False):
            assert longest / 2 <= pause <= longest
        assert all(BACKOFF_S[-1] / 2 <= pause <= BACKOFF_S[-1] for pause in pauses[5:])
        assert len(attempts) < 60


async def test_after_a_useful_link_the_pauses_start_over(world: World):
    world.node.cut(reachable=False)
    await trio.sleep(60)
    world.node.reachable = True
    await world.live()
    world.node.cut(reachable=True)
    await settled()
    broken_at = trio.current_time()
    await world.live()
    assert trio.current_time() - broken_at <= BACKOFF_S[0] + 0.05


async def test_a_replaced_utxo_set_is_compared_again(world: World):
    view = await world.create()
    world.node.freeze()
    world.chain.pay(view.session.address, 10)
    world.node.backlog = None
    world.chain.replace_utxo_set()
    await world.becomes(view, CONFIRMED, within=5)
    assert len(world.node.connected_at) == 2


async def test_a_refused_call_costs_the_link_and_nothing_else(world: World):
    view = await world.create()
    world.node.refusals["watch"] = 1
    other = await world.create()
    await world.becomes(other, PENDING)
    await world.pay(view)
    await world.pay(other)
    await world.becomes(view, CONFIRMED)
    await world.becomes(other, CONFIRMED)
    assert world.gateway.health().warnings == ()


async def test_the_cursor_stays_behind_and_goes_on(world: World):
    await trio.sleep(CURSOR_LAG_S - 0.5)
    first = await world.store.cursor()
    assert first is not None, "before there was anything to watch nothing could be missed"
    assert first.block_hash == world.chain.blocks[0].hash
    await trio.sleep(CURSOR_LAG_S)
    cursor = await world.store.cursor()
    assert cursor is not None
    assert CURSOR_LAG_S * 1000 <= world.clock() - cursor.at <= (CURSOR_LAG_S + 2) * 1000
    await trio.sleep(5)
    later = await world.store.cursor()
    assert later is not None
    assert later.daa_score >= cursor.daa_score + 40
    assert later.block_hash in {block.hash for block in world.chain.blocks}


@pytest.mark.parametrize("slowness_s", [0, 1.7])
async def test_the_cursor_stays_while_an_actor_holds_what_could_not_be_committed(
    world: World, slowness_s: float
):
    view = await world.create()
    await trio.sleep(6)
    world.store.full = True
    world.store.slowness_s = slowness_s
    await world.pay(view)
    paid_at = world.clock()
    await trio.sleep(30)
    cursor = await world.store.cursor()
    assert cursor is not None
    assert cursor.at <= paid_at

    world.store.full = False
    await trio.sleep(CURSOR_LAG_S + 2)
    assert await world.status(view) is CONFIRMED
    later = await world.store.cursor()
    assert later is not None
    assert later.at > paid_at + 20_000


async def test_a_restarted_gateway_counts_from_the_stored_score_until_a_node_answers(
    world: World,
):
    view = await world.create(10, required_confirmations=1_000)
    await world.pay(view)
    await trio.sleep(10)
    await world.stop()
    world.node.reachable = False
    await world.start()
    health = world.gateway.health()
    assert health.daa_score is not None
    assert not health.node_ok
    assert await world.confirmations(view) > 30
    await trio.sleep(1)
    view = await world.create()
    assert view.session.created_daa_score is None


async def test_notifications_without_end_leave_room_for_others(still_world: World):
    world = still_world
    view, other = await world.create(), await world.create()
    outpoint = await world.pay(view)
    flood_over = False

    async def look() -> int:
        looks = 0
        while not flood_over:
            looks += 1
            await trio.lowlevel.checkpoint()
        return looks

    looks: list[int] = []

    async def note_looks() -> None:
        looks.append(await look())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(note_looks)
        for _ in range(5_000):
            world.chain.move_score(outpoint, 1)
        world.chain.pay(other.session.address, 10)
        await world.becomes(other, CONFIRMING)
        flood_over = True
    assert looks[0] > 20


async def test_housekeeping_forgets_an_address_when_its_late_window_is_over(
    autojump_clock: MockClock,
):
    async with a_world(late_window="500", beating=False) as world:
        old, young = await world.create(10, expires_in=60), await world.create(10, expires_in=300)
        still_open = await world.create(10, expires_in=86_400)
        await trio.sleep(61)
        await world.mine(1)
        await world.becomes(old, SessionStatus.EXPIRED, within=10)
        await trio.sleep(480)
        await world.mine(1)
        await world.becomes(young, SessionStatus.EXPIRED, within=10)
        assert old.session.address in world.node.watched
        await trio.sleep(60)
        assert world.node.watched == {young.session.address, still_open.session.address}
        await world.pay(old)
        assert (await world.now(old)).payments == ()
        assert world.gateway.health().open_sessions == 1


async def test_a_restart_watches_closed_sessions_within_their_late_window_alone(
    autojump_clock: MockClock,
):
    async with a_world(late_window="100") as world:
        old = await world.create(10, expires_in=1)
        await trio.sleep(2)
        await world.stop()
        await trio.sleep(90)
        await world.start()
        young = await world.create(10, expires_in=1)
        await trio.sleep(2)
        await world.stop()
        await trio.sleep(50)
        await world.start()
        await world.live()
        assert world.node.watched == {young.session.address}
        await world.pay(young)
        assert (await world.now(young)).late
        assert await world.status(old) is SessionStatus.EXPIRED


async def test_a_node_that_is_away_is_logged_once_and_when_it_is_back(world: World):
    with structlog.testing.capture_logs() as lines:
        world.node.cut(reachable=False)
        await trio.sleep(600)
        world.node.reachable = True
        await world.live()
    told = [line for line in lines if line["event"].startswith("node link")]
    assert [line["event"] for line in told] == [
        "node link ended",
        "node link is back",
        "node link live",
    ]
    assert told[1]["failed"] > 50
    assert 600 <= told[1]["seconds"] < 610
