"""The merchant registry: one merchant per key, and no address given out twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing

from actors.merchants.registry import (
    MOST_CHANGES_WAITING_PER_MERCHANT,
    MerchantRegistry,
    Registered,
)
from kasgate.kaspa.extended_key import parse_account_key
from kasgate.kaspa.networks import Network
from kasgate.limits.fair_share import ResourceBusy
from kasgate.merchant import FieldErrors, Merchant
from kasgate.sessions.session import Session
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import Conflict
from tests.actors.simulated_chain import WallClock
from tests.actors.world import KEYS
from tests.sample_sessions import kas
from tests.store.samples import make_event
from tests.vectors import vectors

FIRST, SECOND = KEYS[:2]


async def _refuse_url(url: str, tenant: str) -> str | None:
    return "this leads inside" if "localhost" in url else None


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def new_book(store: MemoryStore) -> Callable[[], MerchantRegistry]:
    """A registry on the same database, as in another process."""

    def make() -> MerchantRegistry:
        return MerchantRegistry(
            store=store, network=Network.MAINNET, clock=WallClock(), refuse_url=_refuse_url
        )

    return make


@pytest.fixture
def registry(new_book: Callable[[], MerchantRegistry]) -> MerchantRegistry:
    return new_book()


async def register(registry: MerchantRegistry, xpub: str = FIRST, **fields: str) -> Registered:
    fields = {"name": "Bean There", "xpub": xpub} | fields
    return await registry.register(**fields)  # type: ignore[arg-type]


async def indexes(registry: MerchantRegistry, merchant: Merchant, count: int = 1) -> list[int]:
    return [(await registry.next_address(merchant.id))[1] for _ in range(count)]


async def use(
    registry: MerchantRegistry, store: MemoryStore, merchant: Merchant, count: int
) -> None:
    """Store sessions of a merchant."""
    for _ in range(count):
        key, index, address = await registry.next_address(merchant.id)
        session = Session(
            id=address,
            merchant_id=merchant.id,
            account_key=key.fingerprint,
            address=address,
            address_index=index,
            amount=kas(10),
            required_confirmations=10,
            created_at=0,
            expires_at=1,
            created_daa_score=None,
            subscription_token="token",
        )
        await store.add_session(session, make_event(session), deliver=False)


async def test_addresses_are_those_that_the_official_wallet_derives(registry: MerchantRegistry):
    vector = next(v for v in vectors("kpubs") if v["kpub"] == FIRST and v["network"] == "mainnet")
    merchant = (await register(registry)).merchant
    addresses = [(await registry.next_address(merchant.id))[2] for _ in range(5)]
    assert addresses == vector["receive"][:5]


async def test_two_merchants_with_the_same_key_are_refused(
    registry: MerchantRegistry, new_book: Callable[[], MerchantRegistry]
):
    await register(registry)
    for someone in (registry, new_book()):
        with pytest.raises(Conflict) as refused:
            await register(someone, name="Someone else")
        assert refused.value.what == "account_key"
    same_key_otherwise_written = parse_account_key(FIRST).to_text("xpub")
    with pytest.raises(Conflict):
        await register(registry, same_key_otherwise_written)


async def test_two_merchants_with_the_same_email_are_refused(registry: MerchantRegistry):
    await register(registry, email="a@example.com")
    with pytest.raises(Conflict) as refused:
        await register(registry, SECOND, email="a@example.com")
    assert refused.value.what == "email"


async def test_everything_that_is_wrong_is_said_at_once_and_the_key_is_not_repeated(
    registry: MerchantRegistry,
):
    with pytest.raises(FieldErrors) as refused:
        await register(
            registry, FIRST[:-1], name=" ", email="nobody", webhook_url="https://localhost/hook"
        )
    fields = [problem.field for problem in refused.value.details]
    assert sorted(fields) == ["email", "name", "webhookUrl", "xpub"]
    assert FIRST[:-1] not in str(refused.value)
    assert not await registry.exists()


async def test_an_update_with_the_same_key_keeps_the_index(registry: MerchantRegistry):
    merchant = (await register(registry)).merchant
    assert await indexes(registry, merchant, 3) == [0, 1, 2]
    merchant, _ = await registry.update(merchant, {"xpub": FIRST, "name": "Renamed"})
    assert merchant.name == "Renamed"
    assert await indexes(registry, merchant) == [3]
    merchant, _ = await registry.update(
        merchant, {"xpub": parse_account_key(FIRST).to_text("xpub")}
    )
    assert await indexes(registry, merchant) == [4]


async def test_going_back_to_an_earlier_key_goes_on_where_it_was(
    registry: MerchantRegistry, store: MemoryStore
):
    merchant = (await register(registry)).merchant
    await use(registry, store, merchant, 3)
    merchant, _ = await registry.update(merchant, {"xpub": SECOND})
    await use(registry, store, merchant, 2)
    merchant, _ = await registry.update(merchant, {"xpub": FIRST})
    assert await indexes(registry, merchant) == [3]
    merchant, _ = await registry.update(merchant, {"xpub": SECOND})
    assert await indexes(registry, merchant) == [2]


async def test_a_key_of_somebody_else_can_not_be_changed_to(registry: MerchantRegistry):
    await register(registry)
    other = (await register(registry, SECOND)).merchant
    with pytest.raises(Conflict):
        await registry.update(other, {"xpub": FIRST})
    assert await registry.get(other.id) == other
    assert await indexes(registry, other) == [0]


async def test_an_update_clears_what_is_none_and_leaves_what_is_not_named(
    registry: MerchantRegistry,
):
    registered = await register(
        registry, email="a@example.com", webhook_url="https://shop.example/hook"
    )
    merchant, _ = await registry.update(registered.merchant, {"email": None})
    assert (merchant.email, merchant.webhook_url) == (None, "https://shop.example/hook")
    assert await registry.get(merchant.id) == merchant


async def test_a_refused_update_changes_nothing(registry: MerchantRegistry):
    merchant = (await register(registry)).merchant
    with pytest.raises(FieldErrors):
        await registry.update(merchant, {"name": "", "xpub": SECOND})
    assert await registry.get(merchant.id) == merchant


async def test_a_merchant_added_by_another_process_is_found(
    registry: MerchantRegistry, new_book: Callable[[], MerchantRegistry]
):
    registered = await register(new_book())
    assert await registry.exists()
    assert await registry.get(registered.merchant.id) == registered.merchant
    assert await indexes(registry, registered.merchant) == [0]

    by_id = await register(new_book(), SECOND)
    assert await registry.get(by_id.merchant.id) == by_id.merchant


async def test_a_loaded_registry_continues_at_the_stored_index(
    registry: MerchantRegistry, new_book: Callable[[], MerchantRegistry], store: MemoryStore
):
    registered = await register(registry)
    await use(registry, store, registered.merchant, 4)
    restarted = new_book()
    await restarted.load()
    merchant = await restarted.get(registered.merchant.id)
    assert merchant is not None
    assert await indexes(restarted, merchant) == [4]


async def test_many_callers_at_once_never_get_the_same_address(registry: MerchantRegistry):
    merchant = (await register(registry)).merchant
    taken: list[str] = []

    async def take() -> None:
        taken.append((await registry.next_address(merchant.id))[2])

    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(take)
    assert len(set(taken)) == 100


async def test_an_unknown_merchant_has_no_addresses(registry: MerchantRegistry):
    with pytest.raises(LookupError):
        await registry.next_address("mer_nobody")


async def test_a_key_of_another_network_is_taken_with_a_warning(registry: MerchantRegistry):
    other_network = parse_account_key(FIRST).to_text("ktub")
    registered = await register(registry, other_network)
    assert len(registered.warnings) == 1


async def test_a_merchant_who_changes_without_end_does_not_hold_up_another(
    registry: MerchantRegistry, store: MemoryStore
) -> None:
    """The first merchant has the maximum of waiting changes, and the disk is slow."""
    one, other = await register(registry, FIRST), await register(registry, SECOND)
    refused = 0

    async def change(merchant: Merchant, name: str) -> None:
        nonlocal refused
        try:
            await registry.update(merchant, {"name": name})
        except ResourceBusy:
            refused += 1

    store.pause()
    async with trio.open_nursery() as nursery:
        for number in range(MOST_CHANGES_WAITING_PER_MERCHANT + 11):
            nursery.start_soon(change, one.merchant, f"One {number}")
        await trio.testing.wait_all_tasks_blocked()
        assert (store.queued_writes, refused) == (1, 10)
        nursery.start_soon(change, other.merchant, "Other")
        await trio.testing.wait_all_tasks_blocked()
        assert store.queued_writes == 2
        store.resume()
    changed = await store.merchant(other.merchant.id)
    assert changed is not None
    assert changed.name == "Other"
