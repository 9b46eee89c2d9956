"""A node that lies or lags (security.md, Reliability 7), over real links to the simulated network.

The gateway detects and reports each fault; nothing expires or confirms because of it. A second node
takes over where there is one, and after the fault everything continues. In real time, with shorter
waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import frozen

from actors.broker import SessionView
from actors.build import build_gateway
from actors.chain import feed, follower, gaps, missing_outputs, node_pool
from actors.gateway import Gateway
from actors.sessions.creation import SessionTerms
from kasgate.access.secrets import Vault
from kasgate.merchant import Merchant
from kasgate.sessions.session import EventType, SessionStatus
from kasgate.settings.loading import load_settings
from kasgate.simnet.network import SimulatedNetwork
from kasgate.store.memory import MemoryStore
from tests.actors.world import KEYS
from tests.sample_sessions import kas

CONFIRMED, EXPIRED = SessionStatus.CONFIRMED, SessionStatus.EXPIRED
PATIENCE_S = 60.0
SOON_S = 4
"""When short sessions expire. A busy machine finishes a test's earlier steps before that too."""
OPEN = {SessionStatus.CREATED, SessionStatus.PENDING, SessionStatus.CONFIRMING}


@frozen
class Fault:
    """A fault of the node on a port, and how an operator learns of it."""

    name: str
    begin: Callable[[SimulatedNetwork, int], None]
    end: Callable[[SimulatedNetwork, int], None]
    told: str


def _leave(network: SimulatedNetwork, port: int) -> None:
    network.refuse_connections(True, port=port)
    network.disconnect_all(port=port)


WRONG_NETWORK = Fault(
    "wrong network",
    lambda net, port: net.set_network_id("testnet-11", port=port),
    lambda net, port: net.set_network_id("simnet", port=port),
    "KASGATE_NETWORK",
)
NO_UTXO_INDEX = Fault(
    "no UTXO index",
    lambda net, port: net.set_utxoindex(False, port=port),
    lambda net, port: net.set_utxoindex(True, port=port),
    "--utxoindex",
)
NOT_SYNCED = Fault(
    "not synced",
    lambda net, port: net.set_synced(False, port=port),
    lambda net, port: net.set_synced(True, port=port),
    "not synced",
)
GONE = Fault(
    "gone",
    _leave,
    lambda net, port: net.refuse_connections(False, port=port),
    "",
)
NOTIFICATIONS_LOST = Fault(
    "a score that stands still, since nothing is told",
    lambda net, port: net.drop_notifications(True, port=port),
    lambda net, port: net.drop_notifications(False, port=port),
    "no block",
)
NOTIFICATIONS_LATE = Fault(
    "notifications that come late",
    lambda net, port: net.lag(30, port=port),
    lambda net, port: net.lag(0, port=port),
    "no block",
)
EMPTY_ANSWERS = Fault(
    "empty answers where there are outputs",
    lambda net, port: net.answer_empty(10_000, port=port),
    lambda net, port: net.answer_empty(0, port=port),
    "",
)
GARBAGE = Fault(
    "garbage",
    lambda net, port: net.garbage(5, port=port),
    lambda net, port: None,
    "",
)
UNFIT = (WRONG_NETWORK, NO_UTXO_INDEX, NOT_SYNCED)
WHILE_IN_USE = (*UNFIT, GONE, NOTIFICATIONS_LOST, NOTIFICATIONS_LATE, GARBAGE)


def faults(*chosen: Fault) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", chosen, ids=[fault.name for fault in chosen])


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in [
        (follower, "FITNESS_S", 0.2),
        (follower, "STALL_S", 1.5),
        (follower, "RESNAPSHOT_S", 1.0),
        (node_pool, "STALL_S", 1.5),
        (node_pool, "FIRST_LOOK_S", 0.1),
        (node_pool, "LOOK_S", 0.3),
        (feed, "FRESH_S", 0.8),
        (missing_outputs, "WITHDRAWAL_GRACE_S", 1.0),
        (gaps, "SETTLE_S", 0.5),
    ]:
        monkeypatch.setattr(module, name, seconds)


class Shop:
    """A gateway that follows nodes of one simulated network."""

    merchant: Merchant

    def __init__(self, network: SimulatedNetwork, ports: list[int], gateway: Gateway) -> None:
        self.network = network
        self.ports = ports
        self.gateway = gateway

    @property
    def first(self) -> int:
        return self.ports[0]

    async def create(self, expires_in: int = 600, confirmations: int = 10) -> SessionView:
        terms = SessionTerms(kas(10), expires_in=expires_in, required_confirmations=confirmations)
        return await self.gateway.create_session(self.merchant, terms)

    def pay(self, view: SessionView) -> str:
        return self.network.pay(view.session.address, kas(10))

    async def status(self, view: SessionView) -> SessionStatus:
        found = await self.gateway.session(view.session.id)
        assert found is not None
        return found.session.status

    async def becomes(
        self, view: SessionView, status: SessionStatus, within: float = PATIENCE_S
    ) -> None:
        with trio.fail_after(within), self.gateway.broker.open_slot() as slot:
            slot.follow(view.session.id)
            while await self.status(view) is not status:
                await slot.take()

    async def events(self, view: SessionView) -> list[EventType]:
        events = await self.gateway.store.events_of_session(view.session.id)
        return [event.type for event in events[1:]]

    async def says(self, condition: Callable[[], bool], within: float = PATIENCE_S) -> None:
        with trio.fail_after(within):
            while not condition():  # noqa: ASYNC110 - health must be polled
                await trio.sleep(0.02)


@asynccontextmanager
async def a_shop(*schemes: str) -> AsyncIterator[Shop]:
    """A gateway with nodes of these schemes, in this order of preference."""
    async with trio.open_nursery() as nursery:
        network = SimulatedNetwork(blocks_per_second=30)
        await nursery.start(network.run)
        ports = []
        for scheme in schemes:
            serve = network.serve if scheme == "ws" else network.serve_grpc
            ports.append(await nursery.start(serve))
        urls = [f"{s}://127.0.0.1:{port}" for s, port in zip(schemes, ports, strict=True)]
        settings = load_settings({"KASGATE_NETWORK": "simnet", "KASGATE_NODES": ",".join(urls)})
        gateway = build_gateway(settings, MemoryStore(), Vault.generate())
        shop = Shop(network, ports, gateway)
        await nursery.start(gateway.run)
        registered = await gateway.merchants.register(name="Bean There", xpub=KEYS[0])
        shop.merchant = registered.merchant
        yield shop
        nursery.cancel_scope.cancel()


@faults(*UNFIT)
@pytest.mark.parametrize("scheme", ["ws", "grpc"])
async def test_the_only_node_can_not_be_used_and_nothing_expires_or_confirms(
    scheme: str, fault: Fault
):
    async with a_shop(scheme) as shop:
        await shop.says(lambda: shop.gateway.health().node_ok)
        paid, unpaid = [await shop.create(expires_in=SOON_S) for _ in range(2)]
        expired = trio.current_time() + SOON_S
        fault.begin(shop.network, shop.first)
        await shop.says(lambda: shop.gateway.health().nodes[0].state is node_pool.NodeState.UNFIT)
        health = shop.gateway.health()
        assert not health.node_ok
        assert fault.told in health.nodes[0].detail
        shop.pay(paid)
        await trio.sleep_until(expired + 0.5)
        assert {await shop.status(paid), await shop.status(unpaid)} <= OPEN

        fault.end(shop.network, shop.first)
        await shop.becomes(paid, CONFIRMED)
        await shop.becomes(unpaid, EXPIRED)
        assert await shop.events(paid) == [EventType.CONFIRMING, EventType.CONFIRMED]


@faults(*WHILE_IN_USE)
@pytest.mark.parametrize("schemes", [("ws", "grpc"), ("grpc", "ws")], ids=["ws", "grpc"])
async def test_another_node_takes_over_and_no_payment_is_missed_or_told_twice(
    schemes: tuple[str, str], fault: Fault
):
    async with a_shop(*schemes) as shop:
        await shop.says(lambda: shop.gateway.health().node_ok)
        before, after = await shop.create(confirmations=40), await shop.create()
        shop.pay(before)
        await shop.becomes(before, SessionStatus.CONFIRMING)
        fault.begin(shop.network, shop.first)
        shop.pay(after)
        await shop.becomes(after, CONFIRMED)
        await shop.becomes(before, CONFIRMED)
        for view in (before, after):
            assert await shop.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]
        assert shop.gateway.health().warnings == ()


@faults(NOTIFICATIONS_LOST, NOTIFICATIONS_LATE)
@pytest.mark.parametrize("scheme", ["ws", "grpc"])
async def test_what_was_paid_while_the_score_stood_still_does_not_expire(scheme: str, fault: Fault):
    async with a_shop(scheme) as shop:
        await shop.says(lambda: shop.gateway.health().node_ok)
        fault.begin(shop.network, shop.first)
        view = await shop.create(expires_in=SOON_S, confirmations=20)
        expired = trio.current_time() + SOON_S
        shop.pay(view)
        await shop.says(lambda: fault.told in shop.gateway.health().node_detail)
        await trio.sleep_until(expired + 0.5)
        fault.end(shop.network, shop.first)
        shop.network.disconnect_all(port=shop.first)
        await shop.becomes(view, CONFIRMED)
        assert await shop.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


@pytest.mark.parametrize("scheme", ["ws", "grpc"])
async def test_a_chain_that_stands_still_expires_and_confirms_nothing(scheme: str):
    async with a_shop(scheme) as shop:
        await shop.says(lambda: shop.gateway.health().node_ok)
        paid, unpaid = await shop.create(confirmations=120), await shop.create(expires_in=SOON_S)
        expired = trio.current_time() + SOON_S
        shop.pay(paid)
        await shop.becomes(paid, SessionStatus.CONFIRMING)
        shop.network.stall()
        await shop.says(lambda: "no block" in shop.gateway.health().node_detail)
        await trio.sleep_until(expired + 0.5)
        assert {await shop.status(paid), await shop.status(unpaid)} <= OPEN
        shop.network.resume()
        await shop.becomes(paid, CONFIRMED)
        await shop.becomes(unpaid, EXPIRED)


@pytest.mark.parametrize("scheme", ["ws", "grpc"])
async def test_empty_answers_where_there_was_an_output_withdraw_and_confirm_nothing(scheme: str):
    """At a reconnect every snapshot is wrong: the payment waits until the node returns the
    truth."""
    async with a_shop(scheme) as shop:
        await shop.says(lambda: shop.gateway.health().node_ok)
        view = await shop.create(confirmations=30)
        shop.pay(view)
        await shop.becomes(view, SessionStatus.CONFIRMING)
        EMPTY_ANSWERS.begin(shop.network, shop.first)
        shop.network.disconnect_all(port=shop.first)
        await trio.sleep(2.5)
        assert EventType.REVERTED not in await shop.events(view)
        EMPTY_ANSWERS.end(shop.network, shop.first)
        await shop.becomes(view, CONFIRMED)
        assert await shop.events(view) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_a_node_that_hangs_is_left_and_loses_nothing():
    async with a_shop("ws", "grpc") as shop:
        await shop.says(lambda: shop.gateway.health().node_ok)
        views = [await shop.create() for _ in range(5)]
        shop.network.hang(port=shop.first)
        shop.network.drop_notifications(True, port=shop.first)
        for view in views:
            shop.pay(view)
        for view in views:
            await shop.becomes(view, CONFIRMED)
        assert shop.gateway.health().nodes[1].followed
