"""Password hashing in threads: it takes a tenth of a second and much memory by design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import trio

from kasgate.access.passwords import PasswordHashing
from kasgate.limits.fair_share import FairShare, ResourceBusy

T = TypeVar("T")

THREADS: Final = 2
"""Threads at a time; each uses one core and the memory that PasswordHashing states. One thread is
for signed-in people and one for sign-ins, so that neither can delay the other."""
MOST_WAITING: Final = 48
"""Calls that may wait for one thread."""
MOST_WAITING_PER_TENANT: Final = 4
"""Calls of one network or one merchant that may wait for one thread."""
WAIT_S: Final = 10.0


class HashingBusy(Exception):
    """Too many passwords wait to be hashed."""


class PasswordHasher:
    """Hashes in threads. A running hash can't be cancelled; it takes a tenth of a second."""

    def __init__(self, hashing: PasswordHashing) -> None:
        self._hashing = hashing
        self._of_strangers = _share("password checks")
        self._of_merchants = _share("passwords of people who are signed in")
        self._decoy = hashing.decoy()

    async def hash(self, password: str, merchant_id: str) -> str:
        """Hash a password for a signed-in merchant. Raises HashingBusy."""
        return await self._aside(
            lambda: self._hashing.hash(password), self._of_merchants, merchant_id
        )

    async def matches(
        self, password: str, password_hash: str | None, tenant: str, *, inside: bool
    ) -> bool:
        """Whether the hash belongs to this password. None stands for an unknown login: the answer
        is False and takes as long. ``tenant`` is the merchant if the caller is signed in
        (``inside``), otherwise the request's network. Raises HashingBusy before anything is
        compared."""
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
