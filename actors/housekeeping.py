"""Housekeeping: what must be done now and then, and hurries nobody."""

from __future__ import annotations

import gc

import structlog
import trio

from actors.feed import ChainFeed
from actors.merchants import MerchantBook
from kasgate.clock import Clock
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

ROUND_S = 600.0
FORGET_AT_ONCE = 1_000
"""Addresses forgotten between two checkpoints."""


class Housekeeping:
    """Lets go of addresses whose late window is over, and of secrets that no longer sign."""

    def __init__(
        self, *, feed: ChainFeed, merchants: MerchantBook, clock: Clock, late_window_s: int
    ) -> None:
        self._feed = feed
        self._merchants = merchants
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

    async def forget_old_watches(self) -> None:
        """Stop watching addresses of sessions closed longer ago than the late window."""
        old = self._feed.watchlist.closed_before(self.late_since)
        for count, address in enumerate(old, start=1):
            self._feed.forget(address)
            if count % FORGET_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        if old:
            log.info("late windows ended", addresses=len(old))


def settle_memory() -> None:
    """After a mass load: collect once, then exempt what survived from later collections, which
    would stop everything for 0.2 s per 100,000 sessions (performance.md §1)."""
    gc.collect()
    gc.freeze()
