"""The part of the Store protocol that is about API keys, over the queries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from kasgate.api_keys import ApiKey
from kasgate.audit import AuditEntry
from kasgate.store.engine import Query
from kasgate.store.outbox import NO_NEWS, News
from kasgate.store.queries import api_keys

T = TypeVar("T")

_KEYS_PER_READ: Final = 1_000


class SqlKeys(ABC):
    """Merchants' API keys; SqlStore says more of what subclasses provide."""

    @abstractmethod
    async def _write(self, query: Query[T], news: News = NO_NEWS) -> T: ...

    @abstractmethod
    async def _read(self, query: Query[T]) -> T: ...

    @abstractmethod
    async def _scan(self, query: Query[T]) -> T: ...

    async def api_key(self, key_hash: str) -> ApiKey | None:
        return await self._read(partial(api_keys.by_hash, key_hash=key_hash))

    async def api_keys(self) -> list[ApiKey]:
        """All live ones by id, read some at a time."""
        found: list[ApiKey] = []
        while True:
            after = found[-1].id if found else ""
            page = await self._scan(partial(api_keys.page, after=after, limit=_KEYS_PER_READ))
            found += page
            if len(page) < _KEYS_PER_READ:
                return found

    async def api_keys_of(self, merchant_id: str) -> list[ApiKey]:
        return await self._scan(partial(api_keys.live, merchant_id=merchant_id))

    async def add_api_key(self, key: ApiKey, audit: Sequence[AuditEntry]) -> None:
        await self._write(partial(api_keys.add, key=key, audit=audit))

    async def replace_api_key(self, old: ApiKey, new: ApiKey, audit: Sequence[AuditEntry]) -> None:
        await self._write(partial(api_keys.replace, old=old, new=new, audit=audit))

    async def rename_api_key(self, key: ApiKey, name: str, audit: Sequence[AuditEntry]) -> None:
        await self._write(partial(api_keys.rename, key=key, name=name, audit=audit))

    async def revoke_api_key(self, key: ApiKey, at: int, audit: Sequence[AuditEntry]) -> None:
        await self._write(partial(api_keys.revoke, key=key, at=at, audit=audit))

    async def note_key_uses(self, uses: Mapping[str, int]) -> None:
        await self._write(partial(api_keys.note_uses, uses=uses))
