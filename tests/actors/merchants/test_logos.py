"""Uploads of logos: one thread, bounded queues, and a cancelled caller."""

from __future__ import annotations

import threading

import pytest
import trio
import trio.testing

from actors.merchants.logos import MOST_WAITING_PER_MERCHANT, Logos
from actors.merchants.registry import MerchantRegistry
from kasgate.branding.logo import Logo
from kasgate.kaspa.networks import Network
from kasgate.limits.fair_share import ResourceBusy
from kasgate.merchant import Merchant
from kasgate.store.memory import MemoryStore
from tests.actors.simulated_chain import WallClock
from tests.actors.world import KEYS
from tests.store.samples import open_shop


async def _refuse_nothing(url: str, tenant: str) -> str | None:
    return None


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def registry(store: MemoryStore) -> MerchantRegistry:
    return MerchantRegistry(
        store=store, network=Network.MAINNET, clock=WallClock(), refuse_url=_refuse_nothing
    )


class Decoder:
    """Stands in for the decoder; each image waits until it is released."""

    def __init__(self) -> None:
        self.begun = 0
        self.started = threading.Semaphore(0)
        self.release = threading.Semaphore(0)

    def __call__(self, data: bytes) -> Logo:
        self.begun += 1
        self.started.release()
        assert self.release.acquire(timeout=30)
        return Logo(data.hex() * 8, data)


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> Decoder:
    made = Decoder()
    monkeypatch.setattr("actors.merchants.logos.made_logo", made)
    return made


async def begun(decoder: Decoder) -> None:
    """Wait until an image is being decoded."""
    assert await trio.to_thread.run_sync(lambda: decoder.started.acquire(timeout=30))


async def test_one_image_is_decoded_at_a_time_and_a_merchants_third_call_is_refused(
    registry: MerchantRegistry, store: MemoryStore, decoder: Decoder
) -> None:
    logos = Logos(registry)
    shop, other = await open_shop(store), await open_shop(store)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(logos.upload, shop, b"1111", None)
        await begun(decoder)
        for _ in range(MOST_WAITING_PER_MERCHANT):
            nursery.start_soon(logos.upload, shop, b"2222", None)
        nursery.start_soon(logos.upload, other, b"3333", None)
        await trio.testing.wait_all_tasks_blocked(0.05)
        with pytest.raises(ResourceBusy):
            await logos.upload(shop, b"4444", None)
        assert decoder.begun == 1
        for _ in range(3):
            decoder.release.release()
    stored = await store.merchant(shop.id)
    assert stored is not None
    assert await store.logo(b"2222".hex() * 8) == b"2222"
    assert await store.logo(b"1111".hex() * 8) is None
    assert await store.logo(b"3333".hex() * 8) == b"3333"


async def test_a_cancelled_upload_stores_nothing_and_frees_its_turn(
    registry: MerchantRegistry, store: MemoryStore, decoder: Decoder
) -> None:
    logos = Logos(registry)
    shop = await open_shop(store)

    async def cancelled() -> None:
        with trio.CancelScope() as scope:
            scopes.append(scope)
            await logos.upload(shop, b"1111", None)

    scopes: list[trio.CancelScope] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancelled)
        await begun(decoder)
        scopes[0].cancel()
        decoder.release.release()
    decoder.release.release()
    changed: Merchant = await logos.upload(shop, b"2222", None)
    assert changed.logo == b"2222".hex() * 8


async def test_a_logo_that_can_not_be_stored_is_not_shown(
    registry: MerchantRegistry, store: MemoryStore, decoder: Decoder
) -> None:
    registered = await registry.register(name="Shop", xpub=KEYS[0])
    store.fail_next(RuntimeError("a broken disk"))
    decoder.release.release()
    with pytest.raises(RuntimeError):
        await Logos(registry).upload(registered.merchant, b"1111", None)
    kept = await registry.get(registered.merchant.id)
    assert kept is not None
    assert kept.logo is None
