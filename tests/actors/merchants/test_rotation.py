"""New webhook secrets: the previous one signs for a day, and no race restores an old one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
import trio
from attrs import define
from standardwebhooks import Webhook

from actors.merchants.registry import SECRET_OVERLAP_MS, MerchantRegistry, Registered
from actors.webhooks.attempt import DeliveryAttempt
from kasgate.egress import HttpAnswer
from kasgate.kaspa.networks import Network
from kasgate.merchant import Merchant
from kasgate.sessions.session import EventType
from kasgate.store.memory import MemoryStore
from kasgate.store.outbox import deliveries_of
from kasgate.webhook import kasgate_signature, signing_secrets
from tests.actors.world import KEYS, World, settled
from tests.store.samples import NOW, make_event, make_session

BODY = '{"a":1}'


@define
class House:
    """A merchant registry with a controlled clock and URL check."""

    store: MemoryStore
    now: int = NOW
    look: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint

    def registry(self) -> MerchantRegistry:
        """The registry of a process that has just started."""
        return MerchantRegistry(
            store=self.store,
            network=Network.MAINNET,
            clock=lambda: self.now,
            refuse_url=self._refusal,
        )

    async def _refusal(self, url: str, tenant: str) -> str | None:
        await self.look()
        return None


@pytest.fixture
def house() -> House:
    return House(MemoryStore())


async def headers_of(
    registry: MerchantRegistry, house: House, merchant: Merchant
) -> dict[str, str]:
    """The headers of a delivery sent now."""
    sent: list[dict[str, str]] = []

    async def post(_url: str, headers: object, _body: bytes, _tenant: str) -> HttpAnswer:
        await trio.lowlevel.checkpoint()
        sent.append(dict(headers))  # type: ignore[call-overload]
        return HttpAnswer(200, {}, "")

    sender = DeliveryAttempt(post, registry.get, lambda: house.now, (), lambda: 0.0)
    event = make_event(make_session(merchant), EventType.CONFIRMED, payload=BODY)
    (delivery,) = deliveries_of((event,))
    await sender.attempt(delivery)
    return sent[0]


def is_signed_by(secret: str, headers: dict[str, str]) -> bool:
    """Whether the official package of Standard Webhooks verifies one of the signatures."""
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = Webhook(secret).sign(headers["webhook-id"], moment, BODY)
    return expected in headers["webhook-signature"].split(" ")


async def register(registry: MerchantRegistry) -> Registered:
    return await registry.register(
        name="Bean There", xpub=KEYS[0], webhook_url="https://shop.example/hook"
    )


async def test_for_a_day_both_secrets_sign_and_then_the_new_one_alone(house: House) -> None:
    registry = house.registry()
    merchant = (await register(registry)).merchant
    old = merchant.webhook_secret
    new = await registry.regenerate_webhook_secret(merchant)

    house.now += SECRET_OVERLAP_MS - 1
    restarted = house.registry()
    await restarted.load()
    for after_and_before_a_restart in (restarted, registry):
        headers = await headers_of(after_and_before_a_restart, house, merchant)
        assert is_signed_by(new, headers)
        assert is_signed_by(old, headers)
        assert headers["X-KasGate-Signature"] == kasgate_signature(new, BODY.encode())

    house.now += 1
    headers = await headers_of(restarted, house, merchant)
    assert is_signed_by(new, headers)
    assert not is_signed_by(old, headers)


async def test_of_three_secrets_the_first_is_gone_at_once(house: House) -> None:
    registry = house.registry()
    merchant = (await register(registry)).merchant
    first = merchant.webhook_secret
    second = await registry.regenerate_webhook_secret(merchant)
    house.now += 1_000
    third = await registry.regenerate_webhook_secret(merchant)
    headers = await headers_of(registry, house, merchant)
    assert [is_signed_by(secret, headers) for secret in (first, second, third)] == [
        False, True, True,
    ]  # fmt: skip
    house.now += SECRET_OVERLAP_MS - 1
    assert is_signed_by(second, await headers_of(registry, house, merchant))


async def test_a_secret_that_no_longer_signs_leaves_the_database(house: House) -> None:
    registry = house.registry()
    merchant = (await register(registry)).merchant
    new = await registry.regenerate_webhook_secret(merchant)
    await registry.forget_old_secrets()
    stored = await house.store.merchant(merchant.id)
    assert stored is not None
    assert stored.previous_webhook_secret == merchant.webhook_secret
    house.now += SECRET_OVERLAP_MS
    await registry.forget_old_secrets()
    stored = await house.store.merchant(merchant.id)
    assert stored is not None
    assert (stored.previous_webhook_secret, stored.previous_secret_until) == (None, None)
    assert signing_secrets(stored, house.now) == (new,)


async def test_housekeeping_removes_expired_secrets(world: World) -> None:
    await world.gateway.merchants.regenerate_webhook_secret(world.merchant)
    world.clock.jump(SECRET_OVERLAP_MS / 1000)
    await trio.sleep(1_300)
    stored = await world.store.merchant(world.merchant.id)
    assert stored is not None
    assert stored.previous_webhook_secret is None


async def test_a_change_of_the_profile_that_began_before_does_not_bring_the_secret_back(
    house: House,
) -> None:
    """A URL check may take seconds. What is stored meanwhile stays stored."""
    registry = house.registry()
    registered = await register(registry)
    looked = trio.Event()
    house.look = looked.wait
    async with trio.open_nursery() as nursery:
        changes = {"webhook_url": "https://new.example/hook", "name": "Bean Here"}
        nursery.start_soon(registry.update, registered.merchant, changes)
        await settled()
        new_secret = await registry.regenerate_webhook_secret(registered.merchant)
        looked.set()
    merchant = await registry.get(registered.merchant.id)
    assert merchant is not None
    assert merchant.webhook_secret == new_secret
    assert (merchant.name, merchant.webhook_url) == ("Bean Here", "https://new.example/hook")
