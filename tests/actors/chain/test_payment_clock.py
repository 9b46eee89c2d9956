"""A gateway with a wrong clock on a network with a right clock."""

from __future__ import annotations

import pytest
import trio

from kasgate.sessions.session import Session, SessionStatus
from tests.actors.world import NODE, OTHER_NODE, World, a_world, eventually, settled

CONFIRMED, EXPIRED = SessionStatus.CONFIRMED, SessionStatus.EXPIRED
PENDING = SessionStatus.PENDING
TWO_HOURS = 7_200
SURE_S = 40.0
"""A wrong clock is detected and reported within this time."""

either_way = pytest.mark.parametrize("by", [TWO_HOURS, -TWO_HOURS], ids=["ahead", "behind"])


def clock_warnings(world: World) -> list[str]:
    return [text for text in world.gateway.health().warnings if "clock" in text]


async def checked(world: World) -> None:
    """The network has its own time, and the gateway has verified its clock."""
    world.chain.keep_time()
    await trio.sleep(5)


async def open_with_a_wrong_clock(world: World, by: float) -> None:
    """Start a gateway on a machine whose clock is wrong."""
    world.chain.keep_time()
    await world.stop()
    world.clock.jump(by)
    await world.start()
    await world.live()


def is_right(session: Session, world: World, left_s: float) -> bool:
    """Whether the session has so much time left, by the network's time and within a second."""
    return abs(session.expires_at - world.chain.now() - left_s * 1000) < 1_000


@either_way
async def test_a_wrong_clock_is_reported_after_half_a_minute_and_again_when_it_is_right(
    world: World, by: float
):
    await checked(world)
    world.clock.jump(by)
    await trio.sleep(25)
    assert clock_warnings(world) == []
    await trio.sleep(SURE_S - 25)
    (warning,) = clock_warnings(world)
    assert f"7200 s {'ahead of' if by > 0 else 'behind'} the block times" in warning
    assert world.gateway.metrics().clock_skew_s == pytest.approx(by, abs=2)
    assert world.gateway.health().node_ok
    world.clock.jump(-by)
    await trio.sleep(5)
    assert clock_warnings(world) == []
    assert world.gateway.metrics().clock_skew_s == 0
    assert len(world.node.connected_at) == 1


@either_way
async def test_a_jump_of_the_clock_moves_no_deadline(world: World, by: float):
    await checked(world)
    view = await world.create(10, expires_in=300)
    world.clock.jump(by)
    later = await world.create(10, expires_in=300)
    await trio.sleep(290)
    assert await world.status(view) is PENDING
    session = await world.becomes(view, EXPIRED, within=30)
    assert session.closed_at is not None
    assert 0 <= session.closed_at - session.expires_at < 3_000
    assert is_right(session, world, -5) or session.closed_at - world.chain.now() < 3_000
    await world.becomes(later, EXPIRED, within=30)


@either_way
async def test_what_is_paid_in_time_is_in_time_whatever_the_clock_says(world: World, by: float):
    await checked(world)
    views = [await world.create(10, expires_in=300) for _ in range(3)]
    world.clock.jump(by)
    for view, pause in zip(views, (0.5, 20, 250), strict=True):
        await trio.sleep(pause)
        await world.pay(view)
        session = await world.becomes(view, CONFIRMED)
        assert not session.late


@either_way
async def test_sessions_made_by_a_wrong_clock_get_the_time_they_promised(world: World, by: float):
    before = await world.create(10, expires_in=600)
    await open_with_a_wrong_clock(world, by)
    view = await world.create(10, expires_in=300)
    quick = await world.create(10, expires_in=300)
    await world.pay(quick)
    await world.becomes(quick, CONFIRMED)
    await trio.sleep(SURE_S)
    assert is_right(await world.now(view), world, 300 - SURE_S - 1)
    stored = await world.store.session(view.session.id)
    assert stored is not None
    assert stored.expires_at == (await world.now(view)).expires_at
    later = await world.create(10, expires_in=300)
    assert is_right(later.session, world, 300)
    await trio.sleep(200)
    assert await world.status(view) is PENDING
    await world.becomes(view, EXPIRED, within=80)
    assert await world.status(before) is PENDING
    await world.becomes(later, EXPIRED, within=80)
    await world.becomes(before, EXPIRED, within=400)


async def test_sessions_made_while_no_node_was_there_do_not_expire_at_once(world: World):
    world.node.cut(reachable=False)
    world.chain.keep_time()
    await world.stop()
    world.clock.jump(-TWO_HOURS)
    await world.start()
    view = await world.create(10, expires_in=600)
    await trio.sleep(60)
    world.node.reachable = True
    await world.live()
    await trio.sleep(SURE_S + 5)
    assert clock_warnings(world)
    assert await world.status(view) is PENDING
    assert is_right(await world.now(view), world, 600 - 60 - SURE_S - 5) or (
        (await world.now(view)).expires_at > world.chain.now()
    )
    await world.pay(view)
    await world.becomes(view, CONFIRMED)


async def test_nothing_expires_by_a_jump_while_the_node_is_away(world: World):
    await checked(world)
    view = await world.create(10, expires_in=600)
    world.node.cut(reachable=False)
    await trio.sleep(5)
    world.clock.jump(TWO_HOURS)
    await trio.sleep(60)
    world.node.reachable = True
    await world.live()
    await trio.sleep(60)
    assert await world.status(view) is PENDING
    await world.pay(view)
    assert not (await world.becomes(view, CONFIRMED)).late


async def test_a_node_that_lies_about_time_is_contradicted_by_another_and_expires_nothing(
    autojump_clock: object,
):
    async with a_world(nodes=(NODE, OTHER_NODE)) as world:
        await trio.sleep(5)
        view = await world.create(10, expires_in=600)
        world.node.time_shift_ms = TWO_HOURS * 1_000
        await trio.sleep(SURE_S + 15)
        (warning,) = clock_warnings(world)
        assert "another node's block times agree with it" in warning
        assert await world.status(view) is PENDING
        await trio.sleep(500)
        assert await world.status(view) is PENDING
        session = await world.becomes(view, EXPIRED, within=60)
        assert session.closed_at is not None
        assert 0 <= session.closed_at - session.expires_at < 3_000


async def test_two_nodes_that_agree_against_the_clock_are_believed(autojump_clock: object):
    async with a_world(nodes=(NODE, OTHER_NODE)) as world:
        await checked(world)
        world.clock.jump(-TWO_HOURS)
        await trio.sleep(SURE_S + 15)
        (warning,) = clock_warnings(world)
        assert "go by the chain" in warning


async def test_a_chain_that_stands_still_or_has_rare_blocks_says_nothing_about_the_clock(
    autojump_clock: object,
):
    async with a_world(beating=False) as world:
        await trio.sleep(3_600)
        assert clock_warnings(world) == []
        view = await world.create(10, expires_in=60)
        for _ in range(10):
            await trio.sleep(45)
            world.chain.mine()
            await settled()
        assert clock_warnings(world) == []
        assert await world.status(view) is EXPIRED


async def test_after_the_machine_slept_the_clock_is_right_at_once(world: World):
    """The network's time advanced with the wall clock, while the monotonic clock stood still."""
    await trio.sleep(5)
    view = await world.create(10, expires_in=600)
    world.clock.jump(3_600)
    await eventually(lambda: world.gateway.payment_clock() == world.clock(), within=SURE_S)
    assert clock_warnings(world) == []
    await world.becomes(view, EXPIRED, within=90)
