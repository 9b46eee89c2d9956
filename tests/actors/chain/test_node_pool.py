"""A list of nodes: which one is followed, when it is left, and when the gateway returns to it."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock

from actors.chain.follower import FITNESS_S
from actors.chain.node_pool import (
    LAG_SCORES,
    LOOK_S,
    RETURN_S,
    STALL_S,
    NodeHealth,
    NodeState,
    shown,
)
from kasgate.sessions.session import EventType, SessionStatus
from tests.actors.simulated_chain import ChainNode
from tests.actors.world import NODE, OTHER_NODE, World, a_world, eventually, settled

THIRD_NODE = "grpc://three.test:16510"
ARCHIVE = "https://archive.test"
CONFIRMING, CONFIRMED = SessionStatus.CONFIRMING, SessionStatus.CONFIRMED
PENDING, EXPIRED = SessionStatus.PENDING, SessionStatus.EXPIRED


def followed(world: World) -> str | None:
    return world.gateway.health().node_url


def health_of(world: World, entry: str) -> NodeHealth:
    return next(node for node in world.gateway.health().nodes if node.name == entry)


def take_hours(world: World) -> None:
    """Make blocks rare, so that hours pass quickly."""
    world.chain.beat_s = 4


async def wait_followed(world: World, entry: str, within: float) -> None:
    await wait_followed_url(world, entry, within)
    await world.live()


async def wait_followed_url(world: World, entry: str, within: float) -> None:
    with trio.fail_after(within):
        while followed(world) != entry:  # noqa: ASYNC110 - nothing else tells
            await trio.sleep(0.5 if within > 60 else 0.01)


async def test_health_lists_every_node_and_which_is_followed(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE, THIRD_NODE]) as world:
        world.chain.nodes[OTHER_NODE].claims = {"is_synced": False}
        world.chain.nodes[THIRD_NODE].reachable = False
        await trio.sleep(2 * LOOK_S)
        first, second, third = world.gateway.health().nodes
        assert (first.name, first.state, first.followed) == (NODE, NodeState.FIT, True)
        assert first.daa_score == world.chain.score
        assert (second.state, second.followed) == (NodeState.UNFIT, False)
        assert "not synced" in second.detail
        assert third.state is NodeState.UNREACHABLE
        assert "nobody answers" in third.detail
        assert third.looked_at is not None


async def test_a_node_that_is_not_followed_is_probed_rarely_over_a_short_link(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE, ARCHIVE]) as world:
        take_hours(world)
        await trio.sleep(600)
        other, archive = world.chain.nodes[OTHER_NODE], world.chain.nodes[ARCHIVE]
        assert 30 <= len(other.connected_at) <= 60
        assert len(archive.connected_at) <= 15
        assert not other.links
        assert set(other.asked) == {"server_info"}


async def test_failed_probes_become_rarer(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        take_hours(world)
        world.chain.nodes[OTHER_NODE].reachable = False
        await trio.sleep(3_600)
        looks = world.chain.nodes[OTHER_NODE].connected_at
        assert len(looks) < 30
        assert looks[-1] - looks[-2] > 200


async def test_a_node_that_lags_behind_another_is_left_for_it(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        await trio.sleep(LOOK_S)
        world.node.behind = 30 * LAG_SCORES
        world.chain.mine()
        await wait_followed(world, OTHER_NODE, within=2 * LOOK_S + FITNESS_S)
        lagging = health_of(world, NODE)
        assert lagging.state is NodeState.LAGGING
        assert "blocks behind" in lagging.detail


async def test_while_the_node_lags_no_deadline_passes(autojump_clock: MockClock):
    """A payment made in time lies in blocks that such a node has not reported yet."""
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        paid, unpaid = [await world.create(10, expires_in=60) for _ in range(2)]
        world.chain.nodes[OTHER_NODE].hold("watch")
        await trio.sleep(58)
        world.node.behind, world.node.blind = 30 * LAG_SCORES, True
        world.chain.pay(paid.session.address, 10)
        await wait_followed_url(world, OTHER_NODE, within=20)
        assert await world.status(unpaid) is PENDING
        world.chain.nodes[OTHER_NODE].release("watch")
        await world.becomes(paid, CONFIRMED, within=5)
        await world.becomes(unpaid, EXPIRED, within=5)


async def test_a_node_that_lagged_from_the_first_lets_no_deadline_pass_either(
    autojump_clock: MockClock,
):
    async with a_world(reachable=False, nodes=[NODE, OTHER_NODE]) as world:
        world.node.behind, world.node.blind = 30 * LAG_SCORES, True
        world.node.reachable = True
        await world.live()
        world.chain.nodes[OTHER_NODE].reachable = True
        view = await world.create(10, expires_in=5)
        world.chain.pay(view.session.address, 10)
        await trio.sleep(8)
        assert followed(world) == NODE
        assert world.gateway.feed.pool.lag() > 0
        assert await world.status(view) is PENDING
        await world.becomes(view, CONFIRMED, within=10)
        assert followed(world) == OTHER_NODE


async def test_the_gateway_returns_to_a_failed_node_once_it_has_been_fit_for_a_while(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        take_hours(world)
        await trio.sleep(30)
        world.node.cut(reachable=False)
        await wait_followed(world, OTHER_NODE, within=1)
        await trio.sleep(300)
        world.node.reachable = True
        back_at = trio.current_time()
        await wait_followed(world, NODE, within=900)
        assert trio.current_time() - back_at >= 2 * RETURN_S
        assert health_of(world, OTHER_NODE).state is NodeState.FIT


async def test_a_payment_confirms_once_across_failover_and_return(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        take_hours(world)
        view = await world.create(10, required_confirmations=6_000)
        other = await world.create()
        await world.pay(view)
        world.node.cut(reachable=False)
        await wait_followed(world, OTHER_NODE, within=1)
        world.node.reachable = True
        await wait_followed(world, NODE, within=600)
        await world.pay(other)
        await world.becomes(other, CONFIRMED, within=5)
        await world.becomes(view, CONFIRMED, within=600)
        assert await world.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_the_gateway_returns_to_an_unstable_node_less_and_less_often(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        take_hours(world)
        returns = []
        for _ in range(5):
            await trio.sleep(5)
            world.node.cut(reachable=False)
            await wait_followed(world, OTHER_NODE, within=5)
            world.node.reachable = True
            fell_at = trio.current_time()
            await wait_followed(world, NODE, within=7_200)
            returns.append(trio.current_time() - fell_at)
        assert all(later > 1.5 * earlier for earlier, later in pairwise(returns))


async def test_a_node_is_not_left_for_a_preferred_one_that_has_just_gone(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        take_hours(world)
        world.node.cut(reachable=False)
        await wait_followed(world, OTHER_NODE, within=1)
        other = world.chain.nodes[OTHER_NODE]
        world.node.reachable = True
        pool = world.gateway.feed.pool
        await eventually(lambda: pool.preferred() is not None, within=600)
        world.node.reachable = False
        await trio.sleep(3 * FITNESS_S)
        assert followed(world) == OTHER_NODE
        assert len([at for at in other.connected_at if at > 0]) <= 2
        assert health_of(world, NODE).state is NodeState.UNREACHABLE


async def test_two_nodes_that_break_at_once_are_tried_with_growing_pauses(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        for node in world.chain.nodes.values():
            node.cut(reachable=False)
        await trio.sleep(60)
        assert sum(len(node.connected_at) for node in world.chain.nodes.values()) < 60


async def test_a_score_that_steps_back_on_another_node_confirms_and_expires_nothing(
    autojump_clock: MockClock,
):
    async with a_world(nodes=[NODE, OTHER_NODE], beating=False) as world:
        view = await world.create(10, required_confirmations=50)
        unpaid = await world.create(10, expires_in=60)
        await world.pay(view)
        await world.mine(40)
        assert await world.confirmations(view) == 40
        world.chain.nodes[OTHER_NODE].behind = 20
        world.node.cut(reachable=False)
        await wait_followed(world, OTHER_NODE, within=1)
        assert await world.confirmations(view) == 20
        await trio.sleep(70)
        await world.mine(5)
        await trio.sleep(1)
        await world.live()
        assert await world.status(unpaid) is PENDING, "the chain is not back where it was"
        await world.mine(24)
        assert await world.status(view) is CONFIRMING
        await world.mine(1)
        assert await world.status(view) is CONFIRMED


async def test_a_node_that_reports_none_of_its_blocks_is_connected_again(
    world: World,
):
    await trio.sleep(1)
    world.node.freeze()
    await trio.sleep(STALL_S + 2 * FITNESS_S)
    assert len(world.node.connected_at) >= 2


def hide_everything(node: ChainNode) -> None:
    node.hidden = set(node.chain.coins)


async def test_a_node_with_an_empty_answer_where_there_was_an_output_confirms_nothing(
    autojump_clock: MockClock,
):
    """A failover to a node with a broken index: the payment exists, and gets no confirmations from
    a node that does not have it."""
    async with a_world(nodes=[NODE, OTHER_NODE]) as world:
        await trio.sleep(5)
        view = await world.create(10, required_confirmations=600)
        await world.pay(view)
        hide_everything(world.chain.nodes[OTHER_NODE])
        world.node.cut(reachable=False)
        await wait_followed(world, OTHER_NODE, within=1)
        world.node.reachable = True
        await trio.sleep(90)
        assert await world.status(view) is CONFIRMING
        assert EventType.REVERTED not in await world.events(view)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (NODE, NODE),
        ("wss://node.example/key-8f31c/", "wss://node.example/…"),
        ("https://api.kaspa.org/", "https://api.kaspa.org"),
        ("resolver", "resolver"),
    ],
)
def test_no_secret_of_a_url_is_shown(url: str, name: str):
    assert shown(url) == name


async def test_settled_after_start_nothing_is_looked_at_with_one_node(world: World):
    await settled()
    await trio.sleep(120)
    assert len(world.node.connected_at) == 1
