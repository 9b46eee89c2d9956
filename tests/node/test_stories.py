"""A gateway in front of a real node: what a shop sees of payments, over each transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import trio
from attrs import define

from kasgate.money import parse_kas
from tests.e2e.rig.gateway import Gateway, free_port, serving
from tests.e2e.rig.shop import Endpoint, Json, Shop, client_of, eventually, open_shop
from tests.node.kaspad import Kaspad
from tests.node.wallet import ShopKeys, Wallet, sweep

pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120.0


@define(eq=False)
class Business:
    """A gateway that can be stopped and restarted, and a shop that uses it."""

    home: Path
    nodes: str
    xpub: str
    endpoint: Endpoint
    client: httpx.AsyncClient
    _shop: Shop | None = None

    @property
    def shop(self) -> Shop:
        """Available once the gateway was open."""
        assert self._shop is not None
        return self._shop

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Gateway]:
        """Run the gateway and follow the chain while the block runs; then kill it."""
        port = str(self.client.base_url.port)
        async with serving(self.home, nodes=self.nodes, port=port) as gateway:
            if self._shop is None:
                self._shop = await open_shop(
                    self.client, self.endpoint, name="Shop", xpub=self.xpub
                )
            await eventually(self._follows, within=PATIENCE_S)
            yield gateway
            await gateway.kill()

    async def _follows(self) -> bool:
        return (await self.client.get("/health/ready")).status_code == 200

    async def told(self, session: Json, *events: str) -> None:
        """Return once the shop got these events of a session."""
        with trio.fail_after(PATIENCE_S):
            for event in events:
                await self.endpoint.wait_told(session["id"], f"payment.{event}")

    async def shows(self, session: Json, **fields: object) -> bool:
        """Whether the session now has these fields."""
        now = await self.shop.read(session["id"])
        return all(now[name] == value for name, value in fields.items())

    def events_of(self, session: Json) -> list[str]:
        """All its events that the shop got, in order, without repeats."""
        heard = [one.event.removeprefix("payment.") for one in self.endpoint.told(session["id"])]
        return list(dict.fromkeys(heard))


Found = Callable[[Kaspad], Business]


@pytest.fixture
async def found(
    tmp_path: Path, transport: str, keys: ShopKeys, endpoint: Endpoint
) -> AsyncIterator[Found]:
    """Makes a gateway and a shop that follow a node, closed at first."""
    async with client_of(f"http://127.0.0.1:{free_port()}") as client:
        yield lambda node: Business(
            tmp_path / "gateway", node.url(transport), keys.xpub, endpoint, client
        )
    assert endpoint.forged == []


@pytest.fixture
def business(found: Found, node: Kaspad) -> Business:
    """One that follows the shared node."""
    return found(node)


async def test_a_payment_is_confirmed_by_exactly_the_block_that_makes_it_deep_enough(
    business: Business, node: Kaspad, wallet: Wallet
) -> None:
    async with business.open() as gateway:
        session = await business.shop.order("10", requiredConfirmations=10)
        transaction = await wallet.pay((session["address"], parse_kas("10")))
        await node.mine(2, wallet.address)
        await business.told(session, "pending", "confirming")
        await node.mine(9 - await node.depth(session["address"]), wallet.address)
        await eventually(lambda: business.shows(session, confirmations=9))
        assert await business.shows(session, status="confirming")
        await node.mine(1, wallet.address)
        await business.told(session, "confirmed")
        assert await business.shows(session, status="confirmed", txId=transaction)
        assert business.events_of(session) == ["pending", "confirming", "confirmed"]
        assert not gateway.complaints


async def test_a_session_paid_in_two_parts_and_one_paid_too_much(
    business: Business, node: Kaspad, wallet: Wallet
) -> None:
    async with business.open() as gateway, node.mining(wallet.address):
        parts, much = await business.shop.order("10"), await business.shop.order("10")
        await wallet.pay((parts["address"], parse_kas("6")))
        await business.told(parts, "partial")
        assert await business.shows(parts, status="pending", receivedSompi="600000000")
        # The rest comes in one transaction with the other session's money.
        await wallet.pay((parts["address"], parse_kas("4")), (much["address"], parse_kas("12.5")))
        await business.told(parts, "confirming", "confirmed")
        await business.told(much, "overpaid", "confirmed")
        assert await business.shows(parts, paidState="exact", receivedSompi="1000000000")
        assert await business.shows(much, paidState="over", receivedSompi="1250000000")
        assert not gateway.complaints


async def test_a_reward_mined_to_a_session_is_shown_and_not_credited(
    business: Business, node: Kaspad, wallet: Wallet
) -> None:
    async with business.open() as gateway:
        session = await business.shop.order("50")
        await node.mine(1, session["address"])
        await node.mine(20, wallet.address)

        async def payments() -> list[Json]:
            shown: list[Json] = (await business.shop.read(session["id"]))["payments"]
            return shown

        await eventually(payments)
        (payment,) = await payments()
        assert (payment["amountSompi"], payment["credited"]) == ("5000000000", False)
        assert await business.shows(session, status="pending", receivedSompi="0")
        assert not gateway.complaints


async def test_a_node_that_restarts_between_two_payments(found: Found, own: Kaspad) -> None:
    business, wallet = found(own), Wallet(own.wrpc_port)
    async with business.open() as gateway:
        session = await business.shop.order("10")
        async with own.mining(wallet.address):
            await wallet.pay((session["address"], parse_kas("6")))
            await business.told(session, "partial")
        await own.restart()
        async with own.mining(wallet.address):
            await wallet.pay((session["address"], parse_kas("4")))
            await business.told(session, "confirmed")
        assert business.events_of(session) == ["pending", "partial", "confirming", "confirmed"]
        assert not gateway.complaints


async def test_a_killed_gateway_continues_counting_confirmations(
    business: Business, node: Kaspad, wallet: Wallet
) -> None:
    async with business.open():
        session = await business.shop.order("10", requiredConfirmations=100)
        await wallet.pay((session["address"], parse_kas("10")))
        await node.mine(20, wallet.address)
        await business.told(session, "confirming")
    await node.mine(60, wallet.address)
    async with business.open() as gateway:
        await eventually(lambda: business.shows(session, status="confirming"))
        await node.mine(30, wallet.address)
        await business.told(session, "confirmed")
        assert business.events_of(session) == ["pending", "confirming", "confirmed"]
        assert not gateway.complaints


async def test_what_came_and_was_swept_while_the_gateway_was_off_is_found(
    business: Business, node: Kaspad, wallet: Wallet, keys: ShopKeys
) -> None:
    async with business.open(), node.mining(wallet.address):
        session = await business.shop.order("10")
        await trio.sleep(5)  # For the cursor, which is stored three seconds late.
    transaction = await wallet.pay((session["address"], parse_kas("10")))
    await node.mine(15, wallet.address)
    await sweep(node.wrpc_port, keys.key_of(session["address"]), wallet.address)
    await node.mine(15, wallet.address)
    async with business.open() as gateway:
        await node.mine(1, wallet.address)
        await business.told(session, "confirmed")
        assert await business.shows(session, txId=transaction, receivedSompi="1000000000")
        assert not gateway.complaints


async def test_a_payment_that_another_branch_spends_otherwise_is_reverted(
    found: Found, own: Kaspad, other: Kaspad
) -> None:
    business, wallet = found(own), Wallet(own.wrpc_port)
    async with business.open() as gateway:
        session = await business.shop.order("10", requiredConfirmations=30)
        coin = await wallet.coin()
        await wallet.pay((session["address"], parse_kas("10")), coin=coin)
        await own.mine(5, wallet.address)
        await business.told(session, "confirming")

        await Wallet(other.wrpc_port).pay((wallet.address, parse_kas("10")), coin=coin)
        await other.mine(30, wallet.address)
        await other.restart(peer=own.p2p_port)
        async with other.mining(wallet.address):
            await business.told(session, "reverted")
            assert await business.shows(session, status="pending", receivedSompi="0")
            await wallet.pay((session["address"], parse_kas("10")))
            await business.told(session, "confirmed")
        assert not gateway.complaints


async def test_a_payment_is_seen_before_any_block_has_it(
    business: Business, node: Kaspad, wallet: Wallet
) -> None:
    async with business.open() as gateway:
        session = await business.shop.order("10")
        transaction = await wallet.pay((session["address"], parse_kas("10")))

        async def payments() -> list[tuple[str, str]]:
            shown = (await business.shop.read(session["id"]))["payments"]
            return [(payment["txId"], payment["state"]) for payment in shown]

        await eventually(payments)
        assert await payments() == [(transaction, "seen")]
        assert await business.shows(session, status="pending", receivedSompi="0", confirmations=0)
        await node.mine(2, wallet.address)
        await business.told(session, "confirming")
        assert await payments() == [(transaction, "accepted")]
        assert not gateway.complaints
