"""The key ring: authenticates API keys, and creates, renames and ends them.

A key that was used before is found in memory, without a query. A key that was not used yet may come
from another process (the command line), so the database is queried before it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
import trio
from attrs import define, evolve, frozen

from actors.merchants.registry import MerchantRegistry
from kasgate.access.api_keys import (
    MAX_KEY_NAME,
    USE_NOTED_MS,
    ApiKey,
    KeyEnded,
    NoSuchKey,
    Scope,
    new_key,
)
from kasgate.access.secrets import hash_api_key, new_api_key
from kasgate.audit import AuditAction, AuditEntry, Principal
from kasgate.clock import Clock
from kasgate.merchant import FieldErrors, FieldProblem, Merchant
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

FLUSH_S = 60.0
"""How long uses are gathered before one transaction writes them."""


@frozen
class KeyHolder:
    """The merchant and key of an authenticated caller."""

    merchant: Merchant
    key: ApiKey

    @property
    def scope(self) -> Scope:
        return self.key.scope


@define(eq=False)
class _Live:
    """A live key and the time of its last use."""

    key: ApiKey
    used_at: int


class KeyRing:
    """The live keys of all merchants. All calls raise StoreUnavailable.

    ``ended`` is called with the merchant's id and the key's hash once the end of a key is
    committed.
    """

    def __init__(
        self,
        *,
        store: Store,
        merchants: MerchantRegistry,
        clock: Clock,
        ended: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._merchants = merchants
        self._clock = clock
        self._ended = ended
        self._live: dict[str, _Live] = {}
        self._endings = 0
        self._uses: dict[str, int] = {}
        """Uses to be written: at most one per live key."""
        self._used = trio.Event()

    async def load(self) -> None:
        """Read all live keys."""
        for key in await self._store.api_keys():
            self._live[key.key_hash] = _Live(key, key.last_used_at or 0)

    async def authenticate(self, api_key: str) -> KeyHolder | None:
        """The holder of a live key; None for any other key. The use is noted, and written later."""
        key_hash = hash_api_key(api_key)
        known = self._live.get(key_hash)
        if known is None:
            known = await self._look_up(key_hash)
            if known is None:
                return None
        merchant = await self._merchants.get(known.key.merchant_id)
        if merchant is None:
            return None
        self._note_use(known)
        return KeyHolder(merchant, known.key)

    async def live(self, key_hash: str) -> ApiKey | None:
        """The live key with this hash."""
        known = self._live.get(key_hash) or await self._look_up(key_hash)
        return None if known is None else known.key

    async def _look_up(self, key_hash: str) -> _Live | None:
        while True:
            endings = self._endings
            key = await self._store.api_key(key_hash)
            # A key that ended during the query must not come back: read it again.
            if endings == self._endings:
                break
        if key is None:
            return None
        return self._live.setdefault(key_hash, _Live(key, key.last_used_at or 0))

    async def keys(self, merchant: Merchant) -> list[ApiKey]:
        """A merchant's live keys, oldest first, with their last uses to the minute."""
        return [self._as_used(key) for key in await self._store.api_keys_of(merchant.id)]

    async def create(
        self, merchant: Merchant, name: str, scope: Scope, by: Principal
    ) -> tuple[ApiKey, str]:
        """Create a key. Returns it with its text, which can't be shown again. Raises FieldErrors,
        TooManyKeys."""
        _check_name(name)
        now, text = self._clock(), new_api_key()
        key = new_key(merchant.id, name, scope, text, now)
        audit = _lines(by, key, AuditAction.API_KEY_CREATED, now, {"scope": scope.value})
        await self._store.add_api_key(key, audit)
        return key, text

    async def rename(self, merchant: Merchant, key_id: str, name: str, by: Principal) -> ApiKey:
        """Rename a merchant's key. Raises FieldErrors, NoSuchKey, KeyEnded."""
        _check_name(name)
        key = await self._own(merchant, key_id)
        renamed = evolve(key, name=name)
        before = {"before": key.name}
        audit = _lines(by, renamed, AuditAction.API_KEY_RENAMED, self._clock(), before)
        with trio.CancelScope(shield=True):
            with _if_it_ended_meanwhile():
                await self._store.rename_api_key(key, name, audit)
            known = self._live.get(key.key_hash)
            if known is not None:
                known.key = renamed
        return self._as_used(renamed)

    async def revoke(self, merchant: Merchant, key_id: str, by: Principal) -> None:
        """End a merchant's key; it is refused once this returns. Raises NoSuchKey, KeyEnded,
        LastManageKey."""
        key = await self._own(merchant, key_id)
        now = self._clock()
        audit = _lines(by, key, AuditAction.API_KEY_REVOKED, now, {"scope": key.scope.value})
        with trio.CancelScope(shield=True):
            with _if_it_ended_meanwhile():
                await self._store.revoke_api_key(key, now, audit)
            self._forget(key)

    async def replace(self, old: ApiKey, by: Principal) -> tuple[ApiKey, str]:
        """Replace a key by one with the same name and scope. Returns the new key and its text.
        Raises KeyEnded if the old one has ended already, and StoreUnavailable, after which the old
        one stays valid."""
        now, text = self._clock(), new_api_key()
        key = new_key(old.merchant_id, old.name, old.scope, text, now)
        audit = _lines(by, key, AuditAction.API_KEY_REGENERATED, now, {"scope": key.scope.value})
        with trio.CancelScope(shield=True):
            with _if_it_ended_meanwhile():
                await self._store.replace_api_key(old, key, audit)
            self._forget(old)
        return key, text

    async def run(self) -> None:
        """Write the last uses of keys in batches until cancelled."""
        while True:
            await self._used.wait()
            await trio.sleep(FLUSH_S)
            await self.write_uses()

    async def write_uses(self) -> None:
        """Write the gathered uses. If that fails, they are written with the next use."""
        uses, self._uses = self._uses, {}
        self._used = trio.Event()
        if not uses:
            return
        try:
            await self._store.note_key_uses(uses)
        except StoreUnavailable as error:
            self._uses = uses | self._uses
            log.debug("the last uses of keys wait for another round", error=str(error))

    def _note_use(self, known: _Live) -> None:
        now = self._clock()
        if now - known.used_at >= USE_NOTED_MS:
            known.used_at = now
            self._uses[known.key.id] = now
            self._used.set()

    def _as_used(self, key: ApiKey) -> ApiKey:
        known = self._live.get(key.key_hash)
        return (
            key if known is None or not known.used_at else evolve(key, last_used_at=known.used_at)
        )

    async def _own(self, merchant: Merchant, key_id: str) -> ApiKey:
        for key in await self._store.api_keys_of(merchant.id):
            if key.id == key_id:
                return key
        raise NoSuchKey

    def _forget(self, key: ApiKey) -> None:
        self._endings += 1
        self._live.pop(key.key_hash, None)
        self._uses.pop(key.id, None)
        self._ended(key.merchant_id, key.key_hash)


@contextmanager
def _if_it_ended_meanwhile() -> Iterator[None]:
    """Raise KeyEnded where another call ended the key since it was read."""
    try:
        yield
    except NoSuchKey:
        raise KeyEnded from None


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_KEY_NAME:
        raise FieldErrors(
            [FieldProblem("name", f"A key's name has 1 to {MAX_KEY_NAME} characters.")]
        )


def _lines(
    by: Principal, key: ApiKey, action: AuditAction, at: int, details: Mapping[str, str]
) -> tuple[AuditEntry, ...]:
    about = {"keyId": key.id, "name": key.name}
    return (by.entry(key.merchant_id, action, at, {**about, **details}),)
