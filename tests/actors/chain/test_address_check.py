"""Addresses are looked up on the chain before a session gets them."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from actors.broker import SessionView
from actors.chain.address_check import LOOK_WAIT_S
from actors.merchants.accounts import GAP_LIMIT
from kasgate.kaspa.extended_key import ReceiveChain, parse_account_key
from kasgate.sessions.session import SessionStatus
from kasgate.store.protocol import Conflict, StoreUnavailable
from kasgate.warnings import WarningKind
from tests.actors.world import KEYS, NODE, World, a_world, eventually

ARCHIVE = "https://archive.test"


def address(world: World, index: int) -> str:
    return ReceiveChain(world.merchant.account_key, world.settings.network).address(index)


def place(view: SessionView) -> int:
    return view.session.address_index


async def begin_anew(world: World) -> None:
    """Restart, so that no earlier check is known."""
    await world.stop()
    await world.start()
    await world.live()


async def kinds(world: World) -> list[WarningKind]:
    return [warning.kind for warning in await world.store.open_warnings(100)]


async def test_a_key_that_was_used_goes_on_behind_its_last_used_address(world: World):
    """Within a wallet's gap limit, counted again from each used address."""
    for index in (2, 21, 40, 80):
        world.chain.pay(address(world, index), 1)
    await begin_anew(world)
    assert [place(await world.create()) for _ in range(3)] == [41, 42, 43]
    await trio.sleep(1)
    assert await kinds(world) == [WarningKind.USED_ADDRESSES]
    stored = await world.store.merchant(world.merchant.id)
    assert stored is not None
    assert stored.next_address_index == 44


async def test_the_owner_s_wallet_may_use_an_address_meanwhile(world: World):
    """It is skipped, and the addresses before it are not."""
    await world.create()
    world.chain.pay(address(world, GAP_LIMIT + 3), 1)
    places = [place(await world.create()) for _ in range(GAP_LIMIT + 10)]
    assert places == [index for index in range(1, GAP_LIMIT + 12) if index != GAP_LIMIT + 3]
    assert any("number 23" in text for text in world.gateway.health().warnings)


async def test_many_at_once_are_all_looked_up(world: World):
    for index in (150, 180):
        world.chain.pay(address(world, index), 1)
    places: list[int] = []

    async def create() -> None:
        places.append(place(await world.create()))

    async with trio.open_nursery() as nursery:
        for _ in range(300):
            nursery.start_soon(create)
    assert sorted(places) == [index for index in range(302) if index not in (150, 180)]
    assert world.node.asked["utxos"] < 30


async def test_while_no_node_is_there_nothing_waits(autojump_clock: MockClock):
    async with a_world(reachable=False) as world:
        began = trio.current_time()
        view = await world.create()
        assert view.session.status is SessionStatus.CREATED
        assert trio.current_time() - began <= 1.0, "what the watch is waited for, and no more"


async def test_a_node_that_does_not_answer_holds_nothing_up_for_long(world: World):
    await begin_anew(world)
    world.node.hold("utxos")
    began = trio.current_time()
    view = await world.create()
    assert place(view) == 0
    assert trio.current_time() - began <= LOOK_WAIT_S + 1.0
    world.node.release("utxos")
    assert place(await world.create()) == 1


async def test_a_node_that_refuses_the_question_holds_nothing_up(world: World):
    await begin_anew(world)
    world.node.refusals["utxos"] = 1
    began = trio.current_time()
    assert place(await world.create()) == 0
    assert trio.current_time() - began < LOOK_WAIT_S


async def test_what_was_spent_an_archive_tells(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, ARCHIVE]) as world:
        for index in (5, 9):
            world.chain.sweep(world.chain.pay(address(world, index), 1))
        await begin_anew(world)
        assert place(await world.create()) == 0, "the archive is asked in the background"
        await eventually(lambda: any("9" in text for text in world.gateway.health().warnings))
        assert place(await world.create()) == 10
        await trio.sleep(1)
        assert await kinds(world) == [WarningKind.USED_ADDRESSES]


async def test_a_new_key_is_looked_at_by_itself(world: World):
    other = ReceiveChain(parse_account_key(KEYS[1]), world.settings.network)
    world.chain.pay(other.address(0), 1)
    changed, _ = await world.gateway.merchants.update(world.merchant, {"xpub": KEYS[1]})
    await eventually(lambda: any("number 0" in t for t in world.gateway.health().warnings))
    world.merchant = changed
    assert place(await world.create()) == 1


async def test_a_warning_stays_over_restarts_until_it_is_acknowledged(world: World):
    world.chain.pay(address(world, 0), 1)
    await begin_anew(world)
    await world.create()
    await trio.sleep(1)
    (warning,) = await world.store.open_warnings(10)
    assert warning.sentence in world.gateway.health().warnings
    await begin_anew(world)
    assert warning.sentence in world.gateway.health().warnings
    assert await world.store.acknowledge_warning(warning.id, world.clock()) == 1
    await eventually(lambda: world.gateway.health().warnings == ())
    assert await world.store.acknowledge_warning(warning.id, world.clock()) == 0


@pytest.mark.parametrize("conflict", [False, True])
async def test_creations_that_fail_leave_no_gap(conflict: bool, world: World):
    error = Conflict("idempotency_key") if conflict else StoreUnavailable("disk full")
    for _ in range(50):
        world.store.fail_next(error)
        with pytest.raises(type(error)):
            await world.create()
    assert [place(await world.create()) for _ in range(3)] == [0, 1, 2]
