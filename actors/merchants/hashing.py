"""Hashing passwords aside: it takes a tenth of a second and much memory on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import trio

from kasgate.access.passwords import PasswordHashing
from kasgate.limits.fair_share import FairShare, ResourceBusy

T = TypeVar("T")

THREADS: Final = 2
"""At a time; each takes a core and the memory that PasswordHashing says. One is for people who are
signed in and one for people who want to, so that neither hold the others up."""
MOST_WAITING: Final = 48
"""For one of them."""
MOST_WAITING_PER_TENANT: Final = 4
"""For one of them, of one network or of one merchant."""
WAIT_S: Final = 10.0


class HashingBusy(Exception):
    """So many passwords wait to be hashed that this one would wait for too long."""


class PasswordHasher:
    """Hashes in threads. Nobody who waits can be cancelled once it began, for that tenth of a
    second."""

    def __init__(self, hashing: PasswordHashing) -> None:
        self._hashing = hashing
        self._of_strangers = _share("password checks")
        self._of_merchants = _share("passwords of people who are signed in")
        self._decoy = hashing.decoy()

    async def hash(self, password: str, merchant_id: str) -> str:
        """For a merchant who is signed in. Raises HashingBusy."""
        return await self._aside(
            lambda: self._hashing.hash(password), self._of_merchants, merchant_id
        )

    async def matches(
        self, password: str, password_hash: str | None, tenant: str, *, inside: bool
    ) -> bool:
        """Whether the hash is this password's; for None, which is nobody's, the answer takes as
        long. ``tenant`` is the merchant of somebody who is signed in, ``inside``, and otherwise the
        network that the request comes from. Raises HashingBusy, before anything was compared."""
        compared = self._decoy if password_hash is None else password_hash
        share = self._of_merchants if inside else self._of_strangers
        return await self._aside(lambda: self._hashing.matches(password, compared), share, tenant)

    async def _aside(self, work: Callable[[], T], share: FairShare, tenant: str) -> T:
        try:
            await share.acquire(tenant, WAIT_S)
        except ResourceBusy as busy:
            raise HashingBusy(str(busy)) from None
        try:
            return await trio.to_thread.run_sync(work)
        finally:
            share.release(tenant)


def _share(name: str) -> FairShare:
    return FairShare(
        name,
        slots=THREADS // 2,
        per_tenant=THREADS // 2,
        waiting=MOST_WAITING,
        waiting_per_tenant=MOST_WAITING_PER_TENANT,
    )
