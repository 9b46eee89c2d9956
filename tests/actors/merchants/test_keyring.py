"""API keys: which ones are accepted, which end at once, and when they were last used. No race
revives a key."""

from __future__ import annotations

import pytest
import trio
from attrs import define, field

from actors.merchants.keyring import FLUSH_S, KeyRing
from actors.merchants.registry import MerchantRegistry, Registered
from kasgate.access.api_keys import (
    MAX_KEY_NAME,
    MOST_KEYS,
    USE_NOTED_MS,
    ApiKey,
    LastManageKey,
    NoSuchKey,
    Scope,
    TooManyKeys,
)
from kasgate.access.secrets import hash_api_key
from kasgate.audit import AuditAction, Principal
from kasgate.kaspa.networks import Network
from kasgate.merchant import FieldErrors
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import StoreUnavailable
from tests.actors.world import KEYS, World, settled
from tests.store.samples import NOW

ANN = Principal("dashboard", "192.0.2.7", "First key")


async def nothing_refused(url: str, tenant: str) -> str | None:
    return None


@define
class Process:
    """A gateway's registry and key ring after a start, with the endings that it reported."""

    registry: MerchantRegistry
    ring: KeyRing
    ended: list[tuple[str, str]]


@define
class House:
    """One database and the processes on it, with a controlled clock."""

    store: MemoryStore = field(factory=MemoryStore)
    now: int = NOW

    async def process(self) -> Process:
        registry = MerchantRegistry(
            store=self.store,
            network=Network.MAINNET,
            clock=lambda: self.now,
            refuse_url=nothing_refused,
        )
        ended: list[tuple[str, str]] = []
        ring = KeyRing(
            store=self.store,
            merchants=registry,
            clock=lambda: self.now,
            ended=lambda merchant_id, key_hash: ended.append((merchant_id, key_hash)),
        )
        await registry.load()
        await ring.load()
        return Process(registry, ring, ended)

    async def key(self, key_id: str, merchant_id: str) -> ApiKey:
        """A live key as it is stored."""
        stored = await self.store.api_keys_of(merchant_id)
        return next(key for key in stored if key.id == key_id)


@pytest.fixture
def house() -> House:
    return House()


async def register(process: Process, number: int = 0) -> Registered:
    return await process.registry.register(name="Bean There", xpub=KEYS[number])


async def opens(process: Process, text: str) -> Scope | None:
    """The scope of a key; None if it is refused."""
    holder = await process.ring.authenticate(text)
    return None if holder is None else holder.scope


async def test_registration_gives_a_key_that_manages_and_nothing_else_opens(house: House) -> None:
    here = await house.process()
    registered = await register(here)
    holder = await here.ring.authenticate(registered.api_key)
    assert holder is not None
    assert holder.merchant == registered.merchant
    assert (holder.key.name, holder.scope) == ("First key", Scope.MANAGE)
    assert holder.key.hint == registered.api_key[-4:]
    assert registered.api_key not in repr(holder)
    assert hash_api_key(registered.api_key) not in repr(holder)
    assert await opens(here, registered.api_key + "x") is None


async def test_a_key_that_another_process_made_opens_here(house: House) -> None:
    here, command_line = await house.process(), await house.process()
    registered = await register(command_line)
    assert await opens(here, registered.api_key) is Scope.MANAGE


async def test_further_keys_open_what_their_scope_says_also_after_a_restart(house: House) -> None:
    here = await house.process()
    merchant = (await register(here)).merchant
    made = [await here.ring.create(merchant, f"A {scope}", scope, ANN) for scope in Scope]
    for process in (here, await house.process()):
        assert [await opens(process, text) for _, text in made] == list(Scope)
    assert [key.name for key in await here.ring.keys(merchant)] == [
        "First key", "A read", "A create", "A manage",
    ]  # fmt: skip


def test_scopes_cover_those_before_them() -> None:
    scopes = list(Scope)
    for have in scopes:
        for need in scopes:
            assert have.covers(need) is (scopes.index(have) >= scopes.index(need))


async def test_a_revoked_key_is_dead_in_this_process_and_the_next(house: House) -> None:
    here = await house.process()
    merchant = (await register(here)).merchant
    key, text = await here.ring.create(merchant, "Till", Scope.CREATE, ANN)
    assert await opens(here, text) is Scope.CREATE
    await here.ring.revoke(merchant, key.id, ANN)
    assert here.ended == [(merchant.id, key.key_hash)]
    for process in (here, await house.process()):
        assert await opens(process, text) is None
        assert await process.ring.live(key.key_hash) is None
    with pytest.raises(NoSuchKey):
        await here.ring.revoke(merchant, key.id, ANN)


async def test_a_look_up_that_began_before_does_not_bring_a_key_back(house: House) -> None:
    """Its row was read before the key ended, and returned after."""
    here = await house.process()
    merchant = (await register(here)).merchant
    key, text = await here.ring.create(merchant, "Till", Scope.CREATE, ANN)
    read = house.store.api_key
    found: list[object] = []

    async def slow(key_hash: str) -> ApiKey | None:
        row = await read(key_hash)
        await slowly.wait()
        return row

    slowly = trio.Event()
    house.store.api_key = slow  # type: ignore[method-assign]

    async def look_up() -> None:
        found.append(await here.ring.authenticate(text))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look_up)
        await settled()
        await here.ring.revoke(merchant, key.id, ANN)
        slowly.set()
    assert found == [None]
    assert await opens(here, text) is None


async def test_a_replaced_key_keeps_name_and_scope_and_the_others_live(house: House) -> None:
    here = await house.process()
    registered = await register(here)
    _, other = await here.ring.create(registered.merchant, "Till", Scope.CREATE, ANN)
    holder = await here.ring.authenticate(registered.api_key)
    assert holder is not None
    new, text = await here.ring.replace(holder.key, ANN)
    assert (new.name, new.scope) == ("First key", Scope.MANAGE)
    for process in (here, await house.process()):
        keys = (registered.api_key, text, other)
        assert [await opens(process, one) for one in keys] == [None, Scope.MANAGE, Scope.CREATE]
    with pytest.raises(NoSuchKey):
        await here.ring.replace(holder.key, ANN)


async def test_a_caller_cancelled_during_the_commit_leaves_no_old_key_behind(
    house: House,
) -> None:
    here = await house.process()
    registered = await register(here)
    holder = await here.ring.authenticate(registered.api_key)
    assert holder is not None
    house.store.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(here.ring.replace, holder.key, ANN)
        await settled()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await settled()
        house.store.resume()
    assert await opens(here, registered.api_key) is None


async def test_a_key_that_could_not_be_replaced_or_revoked_lives_on(house: House) -> None:
    here = await house.process()
    registered = await register(here)
    holder = await here.ring.authenticate(registered.api_key)
    assert holder is not None
    key, text = await here.ring.create(registered.merchant, "Till", Scope.READ, ANN)
    for change in (
        lambda: here.ring.replace(holder.key, ANN),
        lambda: here.ring.revoke(registered.merchant, key.id, ANN),
    ):
        house.store.fail_next(StoreUnavailable("disk full"))
        with pytest.raises(StoreUnavailable):
            await change()
    assert await opens(here, registered.api_key) is Scope.MANAGE
    assert await opens(here, text) is Scope.READ
    assert here.ended == []


async def test_the_last_key_that_manages_stays(house: House) -> None:
    here = await house.process()
    registered = await register(here)
    merchant = registered.merchant
    (first,) = await here.ring.keys(merchant)
    await here.ring.create(merchant, "Till", Scope.CREATE, ANN)
    with pytest.raises(LastManageKey):
        await here.ring.revoke(merchant, first.id, ANN)
    assert await opens(here, registered.api_key) is Scope.MANAGE
    second, _ = await here.ring.create(merchant, "Boss", Scope.MANAGE, ANN)
    await here.ring.revoke(merchant, first.id, ANN)
    with pytest.raises(LastManageKey):
        await here.ring.revoke(merchant, second.id, ANN)
    actions = [entry.action for entry in await house.store.audit_page(merchant.id, None, 10)]
    assert actions == [
        AuditAction.API_KEY_REVOKED, AuditAction.API_KEY_CREATED, AuditAction.API_KEY_CREATED,
    ]  # fmt: skip


async def test_keys_are_counted_and_named(house: House) -> None:
    here = await house.process()
    merchant = (await register(here)).merchant
    for number in range(MOST_KEYS - 1):
        await here.ring.create(merchant, f"Key {number}", Scope.READ, ANN)
    with pytest.raises(TooManyKeys):
        await here.ring.create(merchant, "One more", Scope.READ, ANN)
    for name in ("", "  ", "x" * (MAX_KEY_NAME + 1)):
        with pytest.raises(FieldErrors):
            await here.ring.create(merchant, name, Scope.READ, ANN)


async def test_a_key_is_renamed_and_the_log_says_by_whom(house: House) -> None:
    here = await house.process()
    registered = await register(here)
    (key,) = await here.ring.keys(registered.merchant)
    await here.ring.rename(registered.merchant, key.id, "Office", ANN)
    holder = await here.ring.authenticate(registered.api_key)
    assert holder is not None
    assert holder.key.name == "Office"
    (entry,) = await house.store.audit_page(registered.merchant.id, None, 10)
    assert entry.action is AuditAction.API_KEY_RENAMED
    assert dict(entry.details) == {
        "keyId": key.id,
        "name": "Office",
        "before": "First key",
        "ip": "192.0.2.7",
        "key": "First key",
    }


async def test_nobody_touches_another_merchants_key(house: House) -> None:
    here = await house.process()
    shop, other = await register(here), await register(here, 1)
    (key,) = await here.ring.keys(shop.merchant)
    with pytest.raises(NoSuchKey):
        await here.ring.revoke(other.merchant, key.id, ANN)
    with pytest.raises(NoSuchKey):
        await here.ring.rename(other.merchant, key.id, "Mine", ANN)
    assert await opens(here, shop.api_key) is Scope.MANAGE


async def test_key_uses_show_at_once_and_are_written_once_a_minute(house: House) -> None:
    here = await house.process()
    registered = await register(here)
    merchant_id = registered.merchant.id
    (key,) = await here.ring.keys(registered.merchant)
    assert key.last_used_at is None
    commits = house.store.commits
    for _ in range(100):
        await here.ring.authenticate(registered.api_key)
        house.now += USE_NOTED_MS // 200
    (shown,) = await here.ring.keys(registered.merchant)
    assert shown.last_used_at == NOW
    assert house.store.commits == commits, "a call with a key writes nothing"

    await here.ring.write_uses()
    assert (await house.key(key.id, merchant_id)).last_used_at == NOW
    await here.ring.write_uses()
    assert house.store.commits == commits + 1, "without a new use there is nothing to write"

    house.now = NOW + USE_NOTED_MS
    await here.ring.authenticate(registered.api_key)
    house.store.fail_next(StoreUnavailable("disk full"))
    await here.ring.write_uses()
    assert (await house.key(key.id, merchant_id)).last_used_at == NOW
    await here.ring.write_uses()
    assert (await house.key(key.id, merchant_id)).last_used_at == house.now


async def test_the_gateway_writes_uses_by_itself(world: World) -> None:
    merchant = world.merchant
    (key,) = await world.gateway.keys.keys(merchant)
    till, text = await world.gateway.keys.create(merchant, "Till", Scope.READ, ANN)
    await world.gateway.keys.authenticate(text)
    await trio.sleep(FLUSH_S + 1)
    stored = {one.id: one.last_used_at for one in await world.store.api_keys_of(merchant.id)}
    assert stored[key.id] is None
    assert stored[till.id] is not None
