"""What a merchant does about webhooks by hand: try the URL, and send again what was given up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType
from quart import Blueprint, Response, request

from web.contract.answers import Answer, json_answer, without_absent
from web.contract.bodies import RETRY_SHAPE, decoded, read_since
from web.contract.operations import Auth, described
from web.contract.types import Shape
from web.http.credentials import require_merchant
from web.http.idempotency import Idempotency
from web.http.quart_io import body_if_any, json_body, respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.merchant import Merchant
    from web.http.limits import RateLimiter


class TrialAnswer(Shape, kw_only=True):
    """What became of a test event."""

    status_code: int | UnsetType = UNSET
    duration_ms: int
    error: str | UnsetType = UNSET


class QueuedAnswer(Shape, kw_only=True):
    """How many deliveries are sent again."""

    queued: int
    has_more: bool


class WebhookCalls:
    """Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits

    async def test(self, merchant: Merchant) -> Answer:
        """Send a test event now, and say what came of it."""
        self._limits.count("webhook_tests", merchant.id)
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

    async def retry_failed(self, merchant: Merchant, body: bytes) -> Answer:
        """Send again what was given up since a time."""
        self._limits.count("resends", merchant.id)
        queued, has_more = await self._gateway.redelivery.failed_since(merchant, read_since(body))
        return json_answer({"queued": queued, "hasMore": has_more})


def webhook_routes(gateway: Gateway, idempotency: Idempotency, limits: RateLimiter) -> Blueprint:
    """The routes of what is done about webhooks by hand."""
    routes = Blueprint("webhooks", __name__, url_prefix="/api/v1/merchants/me")
    calls = WebhookCalls(gateway, limits)

    @routes.post("/webhook-test")
    @described({200: TrialAnswer}, auth=Auth.KEY, problems=(409,), idempotent=True)
    async def test() -> Response:
        """Send a test event to the webhook URL, now and once.

        Its event is webhook.test, signed as all others. The answer says what the server said.
        At most ten a minute.
        """
        merchant = await require_merchant(gateway, request.headers)
        body = await body_if_any()
        return respond(
            await idempotency.once(merchant, request, partial(calls.test, merchant), body)
        )

    @routes.post("/webhook-logs/retry-failed")
    @described(
        {200: QueuedAnswer}, auth=Auth.KEY, body=RETRY_SHAPE, problems=(409,), idempotent=True
    )
    async def retry_failed() -> Response:
        """Send again what was given up since a time, oldest first.

        At most 500 with one call; hasMore says whether some are left.
        """
        merchant = await require_merchant(gateway, request.headers)
        body = await json_body()
        act = partial(calls.retry_failed, merchant, body)
        return respond(await idempotency.once(merchant, request, act, decoded(body)))

    return routes
