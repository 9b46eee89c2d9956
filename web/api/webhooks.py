"""Webhooks by hand: test the URL, and send failed deliveries again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from web.contract.answers import Answer, json_answer, without_absent
from web.contract.bodies import RETRY_SHAPE, read_since
from web.contract.operations import Auth, described
from web.contract.types import Shape
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from web.http.limits import RateLimiter


class TrialAnswer(Shape, kw_only=True):
    """The result of a test event."""

    status_code: int | UnsetType = UNSET
    duration_ms: int
    error: str | UnsetType = UNSET


class QueuedAnswer(Shape, kw_only=True):
    """The number of deliveries that are sent again."""

    queued: int
    has_more: bool


class WebhookCalls:
    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits

    @described({200: TrialAnswer}, auth=Auth.KEY, problems=(409,), idempotent=True)
    async def test(self, request: Request) -> Answer:
        """Send a test event to the webhook URL.

        The event is webhook.test. It is sent immediately, only once, and is signed like every
        webhook. The answer has the status that your server returned. At most ten calls a minute.
        """
        merchant = request.caller.merchant
        self._limits.count("webhook_tests", request.caller, merchant.id)
        ping = await self._gateway.webhook_ping.send(merchant)
        return json_answer(
            without_absent(
                {
                    "statusCode": ping.status_code,
                    "durationMs": ping.duration_ms,
                    "error": ping.error,
                }
            )
        )

    @described(
        {200: QueuedAnswer}, auth=Auth.KEY, body=RETRY_SHAPE, problems=(409,), idempotent=True
    )
    async def retry_failed(self, request: Request) -> Answer:
        """Send all failed deliveries since a time again, oldest first.

        At most 500 a call. hasMore is true if some are left.
        """
        merchant = request.caller.merchant
        self._limits.count("resends", request.caller, merchant.id)
        since = read_since(request.body)
        queued, has_more = await self._gateway.redelivery.failed_since(merchant, since)
        return json_answer({"queued": queued, "hasMore": has_more})


def webhook_routes(gateway: Gateway, limits: RateLimiter) -> Routes:
    """The routes under ``/api/v1/merchants/me`` about webhooks."""
    calls = WebhookCalls(gateway, limits)
    return Routes(
        "webhooks",
        "/api/v1/merchants/me",
        (
            ("POST", "/webhook-test", calls.test),
            ("POST", "/webhook-logs/retry-failed", calls.retry_failed),
        ),
    )
