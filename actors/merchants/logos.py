"""Uploads of logos: images of strangers, decoded apart from the event loop."""

from __future__ import annotations

from functools import partial
from typing import Final

import trio

from actors.merchants.registry import MerchantRegistry
from kasgate.audit import Principal
from kasgate.branding.logo import Logo, made_logo
from kasgate.limits.fair_share import FairShare
from kasgate.merchant import Merchant

THREADS: Final = 1
"""Images that are decoded at once: one may take 260 MB of memory."""
MOST_WAITING: Final = 16
MOST_WAITING_PER_MERCHANT: Final = 1
WAIT_S: Final = 10.0


class Logos:
    """Makes and stores the logos of merchants."""

    def __init__(self, merchants: MerchantRegistry) -> None:
        self._merchants = merchants
        self._limiter = trio.CapacityLimiter(THREADS)
        self._share = FairShare(
            "uploads of logos",
            slots=THREADS,
            per_tenant=1,
            waiting=MOST_WAITING,
            waiting_per_tenant=MOST_WAITING_PER_MERCHANT,
        )

    async def upload(self, merchant: Merchant, data: bytes, by: Principal | None) -> Merchant:
        """Make a logo of an image file and store it. Returns the changed merchant.

        Raises ImageRefused, ResourceBusy and StoreUnavailable. A cancelled caller waits for the
        thread, which takes up to half a second.
        """
        return await self._merchants.set_logo(merchant, await self._made(merchant.id, data), by)

    async def remove(self, merchant: Merchant, by: Principal | None) -> Merchant:
        """Remove the merchant's logo, if there is one. Raises ResourceBusy, StoreUnavailable."""
        return await self._merchants.set_logo(merchant, None, by)

    async def _made(self, merchant_id: str, data: bytes) -> Logo:
        async with self._share.slot(merchant_id, WAIT_S):
            return await trio.to_thread.run_sync(partial(made_logo, data), limiter=self._limiter)
