"""Housekeeping: what must be done now and then, and hurries nobody."""

from __future__ import annotations

import gc

import structlog
import trio

from actors.feed import ChainFeed
from actors.merchants import MerchantBook
from kasgate.clock import Clock
from kasgate.idempotency import KEPT_MS
from kasgate.store.protocol import Store, StoreUnavailable

log = structlog.get_logger(__name__)

ROUND_S = 600.0
FORGET_AT_ONCE = 1_000
"""Addresses forgotten between two checkpoints."""
KEYS_AT_ONCE = 2_000
"""Idempotency keys removed in one transaction."""
KEY_ROUNDS = 500
"""Such transactions in one round; what is older still goes in the next."""


class Housekeeping:
    """Lets go of addresses whose late window is over, of secrets that no longer sign, and of
    idempotency keys after their day."""

    def __init__(
        self,
        *,
        feed: ChainFeed,
        merchants: MerchantBook,
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
        """Work until cancelled."""
        while True:
            await trio.sleep(ROUND_S)
            await self.forget_old_watches()
            try:
                await self._merchants.forget_old_secrets()
            except StoreUnavailable as error:
                log.warning("old webhook secrets stay until the next round", error=str(error))
            await self.forget_old_calls()

    async def forget_old_watches(self) -> None:
        """Stop watching addresses of sessions closed longer ago than the late window."""
        old = self._feed.watchlist.closed_before(self.late_since)
        for count, address in enumerate(old, start=1):
            self._feed.forget(address)
            if count % FORGET_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        if old:
            log.info("late windows ended", addresses=len(old))

    async def forget_old_calls(self) -> None:
        """Remove idempotency keys older than a day, some at a time."""
        until = self._clock() - KEPT_MS
        try:
            for _ in range(KEY_ROUNDS):
                if await self._store.forget_idempotent_calls(until, KEYS_AT_ONCE) < KEYS_AT_ONCE:
                    return
        except StoreUnavailable as error:
            log.warning("old idempotency keys stay for another round", error=str(error))


def settle_memory() -> None:
    """After a mass load: collect once, then exempt what survived from later collections, which
    would stop everything for 0.2 s per 100,000 sessions (performance.md §1)."""
    gc.collect()
    gc.freeze()
