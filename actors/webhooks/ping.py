"""A test event, sent immediately to check that a merchant's server answers."""

from __future__ import annotations

from typing import Final

import trio
from attrs import field, frozen

from actors.webhooks.redelivery import require_webhook_url
from kasgate.clock import Clock
from kasgate.egress import DeliveryFailed, Post, UrlRefused
from kasgate.ids import time_sortable
from kasgate.json_text import compact_json, iso
from kasgate.limits.fair_share import FairShare
from kasgate.merchant import Merchant
from kasgate.webhook import headers, is_success, signing_secrets

TEST_EVENT: Final = "webhook.test"
NO_SESSION: Final = "00000000-0000-0000-0000-000000000000"
TRIALS: Final = 32
"""Concurrent test events."""
TRIALS_PER_MERCHANT: Final = 2
SLOT_WAIT_S: Final = 15.0
"""The longest time that a test event waits to be sent."""


def _slots() -> FairShare:
    return FairShare(
        "test events",
        slots=TRIALS,
        per_tenant=TRIALS_PER_MERCHANT,
        waiting=4 * TRIALS,
        waiting_per_tenant=4 * TRIALS_PER_MERCHANT,
    )


@frozen
class PingResult:
    """The result of a test event."""

    status_code: int | None
    """None if there was no answer."""
    duration_ms: int
    error: str | None
    """The reason why the test event failed."""


@frozen
class WebhookPing:
    """Sends test events. They are not logged and not retried."""

    post: Post
    clock: Clock
    _slots: FairShare = field(factory=_slots)

    async def send(self, merchant: Merchant) -> PingResult:
        """Send a test event, signed like every webhook, to the current URL. Raises NoWebhookUrl,
        and ResourceBusy if it could not be sent. A failed request is an outcome, not an error."""
        url = require_webhook_url(merchant)
        async with self._slots.slot(merchant.id, SLOT_WAIT_S):
            return await self._send(merchant, url)

    async def _send(self, merchant: Merchant, url: str) -> PingResult:
        now = self.clock()
        event_id = time_sortable("evt", now)
        body = compact_json(
            {
                "event": TEST_EVENT,
                "type": TEST_EVENT,
                # It belongs to no session, but has every field that a receiver may expect.
                "sessionId": NO_SESSION,
                "merchantId": merchant.id,
                "amount": "0",
                "address": "",
                "confirmations": 0,
                "timestamp": iso(now),
                "deliveryId": event_id,
                "sequence": 0,
            }
        ).encode()
        signed = headers(signing_secrets(merchant, now), TEST_EVENT, event_id, body, now)
        began = trio.current_time()
        status, error = None, None
        try:
            status = (await self.post(url, signed, body, merchant.id)).status
            if not is_success(status):
                error = (
                    f"Your server answered {status}. A webhook is delivered when the status is 2xx."
                )
        except (UrlRefused, DeliveryFailed) as failed:
            error = str(failed)
        return PingResult(status, round((trio.current_time() - began) * 1000), error)
