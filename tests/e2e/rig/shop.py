"""A shop from the gateway's view: its calls over HTTP and its webhook endpoint."""

from __future__ import annotations

import hashlib
import hmac
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from random import Random
from typing import Any

import httpx
import trio
from attrs import define, field, frozen
from standardwebhooks import Webhook, WebhookVerificationError

from kasgate.cli.developer.receiver import Received, WebhookReceiver
from kasgate.client import WebhookRefused, verify_webhook

Json = dict[str, Any]
PATIENCE_S = 120.0
"""Timeout for what takes seconds on an idle machine."""
PAUSE_S = 0.25


@frozen
class Delivered:
    """One received webhook."""

    delivery_id: str
    event: str
    session_id: str
    body: bytes
    answered: int


@define(eq=False)
class Endpoint:
    """The shop's webhook endpoint. It checks both signatures of every webhook."""

    secret: str = ""
    url: str = ""
    arrivals: list[Delivered] = field(factory=list)
    forged: list[str] = field(factory=list)
    """Webhooks with a wrong signature, and the problem of each."""
    failing_random: Random | None = None
    """If set, one first attempt in ten gets a 500."""
    _seen: set[str] = field(factory=set)
    _news: dict[str, trio.Event] = field(factory=dict)

    async def serve(
        self, port: int = 0, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Listen on loopback until cancelled."""
        async with trio.open_nursery() as nursery:
            bound: int = await nursery.start(WebhookReceiver(self._take).serve, port)
            self.url = f"http://127.0.0.1:{bound}/webhooks"
            task_status.started(bound)

    def _take(self, received: Received) -> int:
        wrong = self._what_is_wrong(received)
        if wrong is not None:
            self.forged.append(wrong)
            return 400
        fields = received.fields
        delivery_id = fields["deliveryId"]
        is_first = delivery_id not in self._seen
        self._seen.add(delivery_id)
        refuse = is_first and self.failing_random is not None and self.failing_random.random() < 0.1
        answer = 500 if refuse else 204
        self.arrivals.append(
            Delivered(delivery_id, fields["event"], fields["sessionId"], received.body, answer)
        )
        news = self._news.pop(fields["sessionId"], None)
        if news is not None:
            news.set()
        return answer

    def _what_is_wrong(self, received: Received) -> str | None:
        """Check with the receivers' official package, with the client, and by hand as the
        ancestor's merchants do."""
        headers, fields = received.headers, received.fields
        try:
            Webhook(self.secret).verify(received.body, dict(headers))
            verify_webhook(received.body, headers, self.secret)
        except (WebhookVerificationError, WebhookRefused) as error:
            return f"{fields}: {error}"
        mac = hmac.new(self.secret.encode(), received.body, hashlib.sha256).hexdigest()
        if headers.get("x-kasgate-signature") != mac:
            return f"{fields}: X-KasGate-Signature"
        ids = {fields["deliveryId"], headers["webhook-id"], headers["x-kasgate-delivery-id"]}
        if len(ids) != 1 or headers["x-kasgate-event"] != fields["event"]:
            return f"{fields}: headers and body disagree: {headers}"
        return None

    def told(self, session_id: str) -> list[Delivered]:
        """A session's webhooks in order of arrival, repeats included."""
        return [one for one in self.arrivals if one.session_id == session_id]

    async def wait_told(self, session_id: str, event: str) -> None:
        """Return once this event of this session has arrived."""
        while not any(one.event == event for one in self.told(session_id)):
            await self._news.setdefault(session_id, trio.Event()).wait()


@define(eq=False)
class Shop:
    """A merchant's server. It repeats its calls while the gateway is away."""

    client: httpx.AsyncClient
    merchant: Json
    endpoint: Endpoint
    lost_answers: int = 0
    """Requests for a session without a response; the gateway may have created them."""
    answered_orders: set[str] = field(factory=set)
    patience_s: float = PATIENCE_S
    """How long a gateway may be away."""
    _orders: count[int] = field(factory=count)

    @property
    def _key(self) -> dict[str, str]:
        return {"X-API-Key": self.merchant["apiKey"]}

    async def order(self, amount: str, **fields: Any) -> Json:
        """Create a session, until the answer is 201."""
        while True:
            order_id = f"{self.merchant['name']}-{next(self._orders)}"
            body = {"amount": amount, "orderId": order_id, **fields}
            try:
                answer = await self.client.post("/api/v1/sessions", json=body, headers=self._key)
            except httpx.TransportError:
                self.lost_answers += 1
            else:
                if answer.status_code == 201:
                    self.answered_orders.add(order_id)
                    made: Json = answer.json()
                    return made
                assert answer.status_code == 503, answer.text
            await trio.sleep(PAUSE_S)

    async def read(self, session_id: str) -> Json:
        """A session as its owner sees it."""
        path = f"/api/v1/sessions/{session_id}"
        answer = await self._patiently("GET", path)
        assert answer.status_code == 200, answer.text
        fields: Json = answer.json()
        return fields

    async def watched_order(self, amount: str, **fields: Any) -> Json:
        """A session whose address the node watches. On a busy machine that takes longer than
        creation waits."""
        session = await self.order(amount, **fields)

        async def watched() -> bool:
            return bool((await self.read(session["id"]))["status"] == "pending")

        await eventually(watched)
        return session

    async def cancel(self, session_id: str) -> None:
        """Cancel a session. If the response is lost, the next one may be that the session is closed
        already."""
        answer = await self._patiently("POST", f"/api/v1/sessions/{session_id}/cancel")
        if answer.status_code != 200:
            assert (await self.read(session_id))["status"] == "expired", answer.text

    async def _patiently(self, method: str, path: str) -> httpx.Response:
        with trio.fail_after(self.patience_s):
            while True:
                try:
                    answer = await self.client.request(method, path, headers=self._key)
                except httpx.TransportError:
                    await trio.sleep(PAUSE_S)
                    continue
                if answer.status_code != 503:
                    return answer
                await trio.sleep(PAUSE_S)


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway at this URL."""
    limits = httpx.Limits(max_connections=24)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
        yield client


async def open_shop(client: httpx.AsyncClient, endpoint: Endpoint, *, name: str, xpub: str) -> Shop:
    """Register a merchant whose webhooks go to this endpoint, which need not run yet."""
    body = {"name": name, "xpub": xpub}
    if endpoint.url:
        body["webhookUrl"] = endpoint.url
    answer = await client.post("/api/v1/merchants", json=body)
    assert answer.status_code == 201, answer.text
    merchant: Json = answer.json()
    endpoint.secret = merchant["webhookSecret"]
    return Shop(client, merchant, endpoint)


async def eventually(
    condition: Callable[[], object], within: float = PATIENCE_S, every: float = 0.05
) -> None:
    """Wait until a condition holds that another process causes. The condition may be a coroutine
    function. Raises trio.TooSlowError."""
    with trio.fail_after(within):
        while True:
            answer = condition()
            if await answer if inspect.isawaitable(answer) else answer:
                return
            await trio.sleep(every)
