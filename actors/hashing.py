"""Hashing passwords aside: it takes a tenth of a second and much memory on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import trio

from kasgate.passwords import PasswordHashing

T = TypeVar("T")

THREADS: Final = 2
"""At a time; each takes a core and the memory that PasswordHashing says."""
MOST_WAITING: Final = 16
"""Beyond it whoever comes is sent away at once."""


class HashingBusy(Exception):
    """So many passwords wait to be hashed that this one would wait for too long."""


class PasswordHasher:
    """Hashes in threads. Nobody who waits can be cancelled once it began, for that tenth of a
    second."""

    def __init__(self, hashing: PasswordHashing) -> None:
        self._hashing = hashing
        self._limiter = trio.CapacityLimiter(THREADS)
        self._decoy = hashing.decoy()

    def require_room(self) -> None:
        """Raises HashingBusy if a call made now, before the next checkpoint, would."""
        if self._limiter.statistics().tasks_waiting >= MOST_WAITING:
            raise HashingBusy("too many passwords are being checked")

    async def hash(self, password: str) -> str:
        """Raises HashingBusy."""
        return await self._aside(lambda: self._hashing.hash(password))

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the hash is this password's; for None, which is nobody's, the answer takes as
        long. Raises HashingBusy."""
        compared = self._decoy if password_hash is None else password_hash
        return await self._aside(lambda: self._hashing.matches(password, compared))

    async def _aside(self, work: Callable[[], T]) -> T:
        self.require_room()
        return await trio.to_thread.run_sync(work, limiter=self._limiter)
