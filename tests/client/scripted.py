"""A gateway with scripted responses, without sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
from attrs import define, field

from kasgate.client import AsyncKasGate, KasGate, Retries

Reply = httpx.Response | Exception
AT_ONCE = Retries(first_pause_s=0.0)


def answer(status: int = 200, body: object = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if body is None else body, headers=named)


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    fields = {
        "type": f"urn:kasgate:problem:{code}",
        "title": "No",
        "status": status,
        "detail": "It can't be.",
        "code": code,
        "requestId": "req_0123456789abcdef",
        "error": "NO",
        "message": "It can't be.",
    }
    return answer(status, fields, **headers)


@define(eq=False)
class Scripted:
    """Replies in order, the last one repeatedly."""

    replies: list[Reply]
    requests: list[httpx.Request] = field(factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    async def handle_async(self, request: httpx.Request) -> httpx.Response:
        return self.handle(request)

    def client(self, retries: Retries = AT_ONCE) -> KasGate:
        http = httpx.Client(transport=httpx.MockTransport(self.handle))
        return KasGate("https://pay.example/gate/", "kg_live_k", http=http, retries=retries)

    def async_client(self, retries: Retries = AT_ONCE) -> AsyncKasGate:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.handle_async))
        return AsyncKasGate("https://pay.example/gate/", "kg_live_k", http=http, retries=retries)

    @property
    def keys(self) -> list[str | None]:
        """The Idempotency-Keys received."""
        return [request.headers.get("Idempotency-Key") for request in self.requests]

    def body(self, number: int = -1) -> Any:
        """The decoded body of a request."""
        return json.loads(self.requests[number].content)


Act = Callable[[KasGate], object]

SESSION = {
    "id": "6f1f7a3e-0f5e-4a57-9d5c-000000000001",
    "address": "kaspasim:q",
    "amount": "12.5",
    "amountSompi": "1250000000",
    "status": "pending",
    "qrCode": "data:image/svg+xml;base64,",
    "subscriptionToken": "token",
    "createdAt": "2025-10-09T08:53:20.000Z",
    "expiresAt": "2025-10-09T09:23:20.000Z",
    "explorerUrl": "https://explorer.example",
    "paymentUri": "kaspasim:q?amount=12.5",
    "checkoutUrl": "https://pay.example/pay/6f1f",
    "requiredConfirmations": 10,
    "aMemberOfALaterVersion": {"x": 1},
}
SUMMARY = {
    name: SESSION[name]
    for name in ("id", "address", "amount", "amountSompi", "status", "createdAt", "expiresAt")
} | {"confirmations": 0}
LOG = {
    "id": "whl_1",
    "sessionId": SESSION["id"],
    "event": "payment.confirmed",
    "statusCode": 204,
    "attempts": 1,
    "deliveryId": "evt_1",
    "createdAt": "2025-10-09T08:53:20.000Z",
    "deliveredAt": None,
    "nextRetryAt": None,
    "payload": {},
    "response": None,
}
EVENT = {
    "event": "payment.confirmed",
    "sessionId": SESSION["id"],
    "merchantId": "mer_1",
    "amount": "1250000000",
    "address": "kaspasim:q",
    "confirmations": 10,
    "timestamp": "2025-10-09T08:53:20.000Z",
    "deliveryId": "evt_1",
}
