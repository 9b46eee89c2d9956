"""Housekeeping: periodic cleanup without a deadline."""

from __future__ import annotations

import gc

import structlog
import trio

from actors.chain.feed import ChainFeed
from actors.merchants.registry import MerchantRegistry
from kasgate.clock import Clock
from kasgate.idempotency import KEPT_MS
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

ROUND_S = 600.0
FORGET_AT_ONCE = 1_000
"""Addresses removed from the watchlist between two checkpoints."""
KEYS_AT_ONCE = 2_000
"""Idempotency keys removed in one transaction."""
SETTLE_EVERY = 4_000
"""Sessions created between two rounds of the garbage collector. One round over them takes 20 ms."""
KEY_ROUNDS = 500
"""Such transactions in one round. The next round removes the remaining keys."""


class Housekeeping:
    """Stops watching addresses after their late window, removes secrets that no longer sign, and
    removes idempotency keys after a day."""

    def __init__(
        self,
        *,
        feed: ChainFeed,
        merchants: MerchantRegistry,
        store: Store,
        clock: Clock,
        late_window_s: int,
    ) -> None:
        self._feed = feed
        self._merchants = merchants
        self._store = store
        self._clock = clock
        self._late_window_ms = late_window_s * 1000

    @property
    def late_since(self) -> int:
        """Sessions closed before this unix time in milliseconds are no longer watched."""
        return self._clock() - self._late_window_ms

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await trio.sleep(ROUND_S)
            await self.forget_old_watches()
            try:
                await self._merchants.forget_old_secrets()
            except StoreUnavailable as error:
                log.warning("old webhook secrets stay until the next round", error=str(error))
            await self.forget_old_calls()

    async def forget_old_watches(self) -> None:
        """Stop watching addresses of sessions that closed before the late window began."""
        old = self._feed.watchlist.closed_before(self.late_since)
        for count, address in enumerate(old, start=1):
            self._feed.forget(address)
            if count % FORGET_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        if old:
            log.info("late windows ended", addresses=len(old))

    async def forget_old_calls(self) -> None:
        """Remove idempotency keys older than a day, in batches."""
        until = self._clock() - KEPT_MS
        try:
            for _ in range(KEY_ROUNDS):
                if await self._store.forget_idempotent_calls(until, KEYS_AT_ONCE) < KEYS_AT_ONCE:
                    return
        except StoreUnavailable as error:
            log.warning("old idempotency keys stay for another round", error=str(error))


class Settling:
    """Exempts sessions from the garbage collector, some thousand at a time.

    A collection visits every object that is not exempt. Without this, a full collection would stop
    the process for 0.3 s per 100,000 sessions created since the start (performance.md §1). An
    exempt object is freed as soon as nothing refers to it, but cycles among exempt objects never
    are. Cycles are therefore collected first, while there is little to visit.
    """

    def __init__(self) -> None:
        self._since = 0

    def session_made(self) -> None:
        """Count one new session. Every SETTLE_EVERY calls, this takes some ten milliseconds."""
        self._since += 1
        if self._since >= SETTLE_EVERY:
            self._since = 0
            gc.collect()
            gc.freeze()
