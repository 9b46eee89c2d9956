"""A quorum of two: from a certain amount, one node alone confirms nothing."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from actors.chain.attestation import WAITS_LONG_S
from kasgate.kaspa.networks import Network
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.sessions.session import SessionStatus
from tests.actors.world import NODE, OTHER_NODE, a_world
from tests.sample_sessions import kas

ARCHIVE = "https://archive.test"
CONFIRMING, CONFIRMED = SessionStatus.CONFIRMING, SessionStatus.CONFIRMED

others = pytest.mark.parametrize("other", [OTHER_NODE, ARCHIVE])


@others
async def test_a_large_payment_is_confirmed_once_another_source_has_it(
    other: str, autojump_clock: MockClock
):
    async with a_world(nodes=[NODE, other], quorum_amount="100") as world:
        small, large = await world.create(10), await world.create(100)
        source = world.chain.nodes[other]
        source.reachable = False
        await world.pay(small)
        await world.pay(large, 100)
        await world.becomes(small, CONFIRMED, within=3)
        await trio.sleep(WAITS_LONG_S + 5)
        assert await world.status(large) is CONFIRMING
        (warning,) = world.gateway.health().warnings
        assert large.session.id in warning
        assert "no other source" in warning

        source.reachable = True
        await world.becomes(large, CONFIRMED, within=60)
        assert (await world.payment(large)).attested
        assert world.gateway.health().warnings == ()


@others
async def test_what_the_followed_node_invented_is_not_confirmed(
    other: str, autojump_clock: MockClock
):
    async with a_world(nodes=[NODE, other], quorum_amount="100") as world:
        await trio.sleep(2)
        view = await world.create(100)
        world.node.invented.append(
            Utxo(view.session.address, Outpoint("f" * 64, 0), kas(100), world.chain.score)
        )
        world.gateway.feed.watch(await world.now(view))
        await world.becomes(view, CONFIRMING, within=5)
        await trio.sleep(WAITS_LONG_S + 60)
        assert await world.status(view) is CONFIRMING
        (warning,) = world.gateway.health().warnings
        assert other in warning
        assert view.session.id in warning


async def test_another_amount_at_the_same_outpoint_attests_nothing(autojump_clock: MockClock):
    """The followed node turns a small real payment into a large one."""
    async with a_world(nodes=[NODE, OTHER_NODE], quorum_amount="100") as world:
        view = await world.create(100)
        world.node.blind = True
        outpoint = await world.pay(view, 1)
        world.node.invented.append(evolve(world.chain.coins[outpoint], amount=kas(100)))
        world.gateway.feed.watch(await world.now(view))
        await world.becomes(view, CONFIRMING, within=5)
        await trio.sleep(60)
        assert await world.status(view) is CONFIRMING


@others
async def test_a_large_payment_that_was_swept_is_attested_by_history(
    other: str, autojump_clock: MockClock
):
    """The exact output must match, since an accepted transaction need not pay the session."""
    async with a_world(nodes=[NODE, other], quorum_amount="100") as world:
        await trio.sleep(5)
        view = await world.create(100, required_confirmations=60)
        world.chain.sweep(await world.pay(view, 100))
        await world.becomes(view, CONFIRMED, within=60)
        assert (await world.payment(view)).attested


async def test_a_source_that_lags_attests_nothing(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE], quorum_amount="100") as world:
        source = world.chain.nodes[OTHER_NODE]
        source.behind, source.blind = 90, True
        view = await world.create(100)
        await world.pay(view, 100)
        await trio.sleep(8)
        assert await world.status(view) is CONFIRMING
        assert world.gateway.health().warnings == ()
        source.behind, source.blind = 0, False
        await world.becomes(view, CONFIRMED, within=40)


async def test_a_source_of_another_network_attests_nothing(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE], quorum_amount="100") as world:
        world.chain.nodes[OTHER_NODE].claims = {"network_id": "mainnet"}
        view = await world.create(100)
        await world.pay(view, 100)
        await trio.sleep(60)
        assert await world.status(view) is CONFIRMING


async def test_an_attestation_is_asked_for_again_after_a_restart(autojump_clock: MockClock):
    async with a_world(nodes=[NODE, OTHER_NODE], quorum_amount="100") as world:
        source = world.chain.nodes[OTHER_NODE]
        source.claims = {"is_synced": False}
        view = await world.create(100)
        await world.pay(view, 100)
        await trio.sleep(10)
        await world.stop()
        source.claims = {}
        await world.start()
        await world.becomes(view, CONFIRMED, within=60)


async def test_on_a_public_network_another_port_of_the_same_machine_is_no_second_source(
    autojump_clock: MockClock,
):
    same = "grpc://one.test:16510"
    async with a_world(nodes=[NODE, same, OTHER_NODE], quorum_amount="100") as world:
        world.gateway.feed.cross_check._network = Network.MAINNET
        for node in world.chain.nodes.values():
            node.claims = {"network_id": "mainnet"} if node.url != NODE else {}
        world.chain.nodes[OTHER_NODE].reachable = False
        view = await world.create(100)
        await world.pay(view, 100)
        await trio.sleep(60)
        assert await world.status(view) is CONFIRMING
        world.chain.nodes[OTHER_NODE].reachable = True
        await world.becomes(view, CONFIRMED, within=60)
