"""The merchants' book: one key, one merchant, and no address given twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing

from actors.merchants.registry import MOST_CHANGES_WAITING_PER_MERCHANT, MerchantBook, Registered
from kasgate.kaspa.extended_key import parse_account_key
from kasgate.kaspa.networks import Network
from kasgate.limits.fair_share import ResourceBusy
from kasgate.merchant import FieldErrors, Merchant
from kasgate.session import Session
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import Conflict
from tests.actors.simulated_chain import WallClock
from tests.actors.world import KEYS
from tests.sessions import kas
from tests.store.samples import make_event
from tests.vectors import vectors

FIRST, SECOND = KEYS[:2]


async def _refuse_url(url: str, tenant: str) -> str | None:
    return "this leads inside" if "localhost" in url else None


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def new_book(store: MemoryStore) -> Callable[[], MerchantBook]:
    """Books of the same database, one for each process."""

    def make() -> MerchantBook:
        return MerchantBook(
            store=store, network=Network.MAINNET, clock=WallClock(), refuse_url=_refuse_url
        )

    return make


@pytest.fixture
def book(new_book: Callable[[], MerchantBook]) -> MerchantBook:
    return new_book()


async def register(book: MerchantBook, xpub: str = FIRST, **fields: str) -> Registered:
    fields = {"name": "Bean There", "xpub": xpub} | fields
    return await book.register(**fields)  # type: ignore[arg-type]


async def indexes(book: MerchantBook, merchant: Merchant, count: int = 1) -> list[int]:
    return [(await book.next_address(merchant.id))[1] for _ in range(count)]


async def use(book: MerchantBook, store: MemoryStore, merchant: Merchant, count: int) -> None:
    """Sessions of a merchant, stored."""
    for _ in range(count):
        key, index, address = await book.next_address(merchant.id)
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


async def test_addresses_are_those_that_the_official_wallet_derives(book: MerchantBook):
    vector = next(v for v in vectors("kpubs") if v["kpub"] == FIRST and v["network"] == "mainnet")
    merchant = (await register(book)).merchant
    addresses = [(await book.next_address(merchant.id))[2] for _ in range(5)]
    assert addresses == vector["receive"][:5]


async def test_two_merchants_with_the_same_key_are_refused(
    book: MerchantBook, new_book: Callable[[], MerchantBook]
):
    await register(book)
    for someone in (book, new_book()):
        with pytest.raises(Conflict) as refused:
            await register(someone, name="Someone else")
        assert refused.value.what == "account_key"
    same_key_otherwise_written = parse_account_key(FIRST).to_text("xpub")
    with pytest.raises(Conflict):
        await register(book, same_key_otherwise_written)


async def test_two_merchants_with_the_same_email_are_refused(book: MerchantBook):
    await register(book, email="a@example.com")
    with pytest.raises(Conflict) as refused:
        await register(book, SECOND, email="a@example.com")
    assert refused.value.what == "email"


async def test_everything_that_is_wrong_is_said_at_once_and_the_key_is_not_repeated(
    book: MerchantBook,
):
    with pytest.raises(FieldErrors) as refused:
        await register(
            book, FIRST[:-1], name=" ", email="nobody", webhook_url="https://localhost/hook"
        )
    fields = [problem.field for problem in refused.value.details]
    assert sorted(fields) == ["email", "name", "webhookUrl", "xpub"]
    assert FIRST[:-1] not in str(refused.value)
    assert not await book.exists()


async def test_an_update_with_the_same_key_keeps_the_index(book: MerchantBook):
    merchant = (await register(book)).merchant
    assert await indexes(book, merchant, 3) == [0, 1, 2]
    merchant, _ = await book.update(merchant, {"xpub": FIRST, "name": "Renamed"})
    assert merchant.name == "Renamed"
    assert await indexes(book, merchant) == [3]
    merchant, _ = await book.update(merchant, {"xpub": parse_account_key(FIRST).to_text("xpub")})
    assert await indexes(book, merchant) == [4]


async def test_going_back_to_an_earlier_key_goes_on_where_it_was(
    book: MerchantBook, store: MemoryStore
):
    merchant = (await register(book)).merchant
    await use(book, store, merchant, 3)
    merchant, _ = await book.update(merchant, {"xpub": SECOND})
    await use(book, store, merchant, 2)
    merchant, _ = await book.update(merchant, {"xpub": FIRST})
    assert await indexes(book, merchant) == [3]
    merchant, _ = await book.update(merchant, {"xpub": SECOND})
    assert await indexes(book, merchant) == [2]


async def test_a_key_of_somebody_else_can_not_be_changed_to(book: MerchantBook):
    await register(book)
    other = (await register(book, SECOND)).merchant
    with pytest.raises(Conflict):
        await book.update(other, {"xpub": FIRST})
    assert await book.get(other.id) == other
    assert await indexes(book, other) == [0]


async def test_an_update_clears_what_is_none_and_leaves_what_is_not_named(book: MerchantBook):
    registered = await register(
        book, email="a@example.com", webhook_url="https://shop.example/hook"
    )
    merchant, _ = await book.update(registered.merchant, {"email": None})
    assert (merchant.email, merchant.webhook_url) == (None, "https://shop.example/hook")
    assert await book.get(merchant.id) == merchant


async def test_a_refused_update_changes_nothing(book: MerchantBook):
    merchant = (await register(book)).merchant
    with pytest.raises(FieldErrors):
        await book.update(merchant, {"name": "", "xpub": SECOND})
    assert await book.get(merchant.id) == merchant


async def test_a_merchant_added_by_another_process_is_found(
    book: MerchantBook, new_book: Callable[[], MerchantBook]
):
    registered = await register(new_book())
    assert await book.exists()
    assert await book.get(registered.merchant.id) == registered.merchant
    assert await indexes(book, registered.merchant) == [0]

    by_id = await register(new_book(), SECOND)
    assert await book.get(by_id.merchant.id) == by_id.merchant


async def test_a_book_that_was_loaded_goes_on_at_the_stored_index(
    book: MerchantBook, new_book: Callable[[], MerchantBook], store: MemoryStore
):
    registered = await register(book)
    await use(book, store, registered.merchant, 4)
    restarted = new_book()
    await restarted.load()
    merchant = await restarted.get(registered.merchant.id)
    assert merchant is not None
    assert await indexes(restarted, merchant) == [4]


async def test_many_callers_at_once_never_get_the_same_address(book: MerchantBook):
    merchant = (await register(book)).merchant
    taken: list[str] = []

    async def take() -> None:
        taken.append((await book.next_address(merchant.id))[2])

    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(take)
    assert len(set(taken)) == 100


async def test_nobody_has_no_addresses(book: MerchantBook):
    with pytest.raises(LookupError):
        await book.next_address("mer_nobody")


async def test_a_key_of_another_network_is_taken_with_a_warning(book: MerchantBook):
    other_network = parse_account_key(FIRST).to_text("ktub")
    registered = await register(book, other_network)
    assert len(registered.warnings) == 1


async def test_a_merchant_who_changes_without_end_does_not_hold_up_another(
    book: MerchantBook, store: MemoryStore
) -> None:
    """The first has as many changes waiting as one may, and the disk is slow."""
    one, other = await register(book, FIRST), await register(book, SECOND)
    refused = 0

    async def change(merchant: Merchant, name: str) -> None:
        nonlocal refused
        try:
            await book.update(merchant, {"name": name})
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
