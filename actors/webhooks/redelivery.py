"""Redelivery: sends webhooks again on request, including those that were never sent."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from actors.webhooks.dispatcher import WebhookDispatcher
from kasgate.clock import Clock
from kasgate.events import Delivery
from kasgate.merchant import Merchant
from kasgate.store.calls import Store
from kasgate.store.outbox import deliveries_of
from kasgate.store.protocol import Conflict

MOST_AT_ONCE: Final = 500
"""The most deliveries that one call sends again."""


class NoWebhookUrl(Exception):
    """The merchant has no webhook URL, so nothing can be sent to it."""


@frozen
class Redelivery:
    """Gives deliveries to the dispatcher again. All calls raise NoWebhookUrl and StoreUnavailable,
    and return None for an id that is not the merchant's."""

    store: Store
    dispatcher: WebhookDispatcher
    clock: Clock

    async def delivery(self, merchant: Merchant, log_id: str) -> Delivery | None:
        """Send a delivery again, now. ``log_id`` is its id in the webhook log."""
        delivery = await self.store.delivery(log_id)
        if delivery is None or delivery.merchant_id != merchant.id:
            return None
        require_webhook_url(merchant)
        await self.dispatcher.resend(delivery)
        return delivery

    async def failed_since(self, merchant: Merchant, since: int) -> tuple[int, bool]:
        """Send failed deliveries again whose event is not older than ``since`` (unix milliseconds),
        at most MOST_AT_ONCE, oldest first. Return their number and whether there are more."""
        require_webhook_url(merchant)
        failed = await self.store.failed_deliveries(merchant.id, since, MOST_AT_ONCE + 1)
        for delivery in failed[:MOST_AT_ONCE]:
            await self.dispatcher.resend(delivery)
        return min(len(failed), MOST_AT_ONCE), len(failed) > MOST_AT_ONCE

    async def event(self, merchant: Merchant, event_id: str) -> Delivery | None:
        """Send an event again, or for the first time if there was no webhook URL when it
        occurred."""
        event = await self.store.event(event_id)
        if event is None or event.merchant_id != merchant.id:
            return None
        require_webhook_url(merchant)
        delivery = await self.store.delivery_of_event(event_id)
        if delivery is not None:
            await self.dispatcher.resend(delivery)
            return delivery
        (delivery,) = deliveries_of((event,), at=self.clock())
        try:
            await self.store.add_delivery(delivery)
        except Conflict:  # Another call asked for the same at the same time.
            return await self.store.delivery_of_event(event_id)
        return delivery


def require_webhook_url(merchant: Merchant) -> str:
    """A merchant's webhook URL. Raises NoWebhookUrl."""
    if merchant.webhook_url is None:
        raise NoWebhookUrl(merchant.id)
    return merchant.webhook_url
