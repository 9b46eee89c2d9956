"""A small shop that sells coffee beans for KAS, with KasGate's Python client.

    export KASGATE_URL=http://127.0.0.1:3001
    export KASGATE_API_KEY=kg_live_… KASGATE_WEBHOOK_SECRET=whsec_…
    python examples/shop.py 8000

Register the merchant with the webhook URL http://127.0.0.1:8000/webhooks. The gateway needs
KASGATE_WEBHOOK_ALLOW_PRIVATE=127.0.0.0/8 to reach it. Alternatively, forward the events with
`kasgate listen --forward-to http://127.0.0.1:8000/webhooks`. Orders are in memory; a real shop has
a database.
"""

from __future__ import annotations

import html
import os
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from uuid import uuid4

from kasgate.client import Event, KasGate, KasGateError, WebhookRefused, verify_webhook

PRICES = {"Yirgacheffe": "12.5", "Antigua": "9"}
"""In KAS. With rates switched on, Price("4.90", "EUR") works too."""
MAX_BODY_BYTES = 256 * 1024


OPENING = {"payment.pending", "payment.partial", "payment.confirming"}
CLOSING = {"payment.expired", "payment.failed", "payment.late"}


@dataclass
class Payment:
    """The state of one payment, from its webhooks."""

    sequence: int = -1
    """The number of the newest event that opened or closed it."""
    is_closed: bool = False
    is_confirmed: bool = False
    """Final: no other event changes it."""


class Orders:
    """All orders and their payments.

    Each webhook is handled in a thread of its own. Webhooks may arrive twice, and an older one may
    arrive after a newer one (docs/webhooks.md).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._payments: dict[str, dict[str, Payment]] = {}

    def open(self) -> str:
        """Make an order and return its number."""
        number = f"ORDER-{uuid4().hex[:8]}"
        with self._lock:
            self._payments[number] = {}
        return number

    def state(self, number: str) -> str | None:
        """``paid``, ``closed`` or ``unpaid``; None for an unknown order. An order may have several
        payments, and one confirmed payment pays it."""
        with self._lock:
            payments = self._payments.get(number)
            if payments is None:
                return None
            if any(payment.is_confirmed for payment in payments.values()):
                return "paid"
            is_closed = payments and all(payment.is_closed for payment in payments.values())
            return "closed" if is_closed else "unpaid"

    def take(self, event: Event) -> None:
        """Apply a webhook to its order."""
        with self._lock:
            payments = self._payments.get(event.order_id or "")
            if payments is None:
                return
            payment = payments.setdefault(event.session_id, Payment())
            if event.event == "payment.confirmed":
                payment.is_confirmed = True
            elif event.event in OPENING | CLOSING and event.sequence > payment.sequence:
                payment.sequence = event.sequence
                payment.is_closed = event.event in CLOSING


class Shop(BaseHTTPRequestHandler):
    """The front page, an order's state, the purchase and the webhook endpoint."""

    kasgate: KasGate
    orders = Orders()
    webhook_secret: str

    def do_GET(self) -> None:
        """The front page, and the state of an order."""
        if self.path == "/":
            forms = "".join(
                f'<form method="post" action="/buy"><button name="beans" value="{name}">'
                f"{html.escape(name)}, {price} KAS</button></form>"
                for name, price in PRICES.items()
            )
            self._answer(200, f"<!doctype html><title>Bean There</title>{forms}", "text/html")
            return
        state = self.orders.state(self.path.removeprefix("/orders/"))
        self._answer(200 if state else 404, state or "no such order")

    def do_POST(self) -> None:
        """An order, or a webhook."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MAX_BODY_BYTES))
        if self.path == "/webhooks":
            self._take_webhook(body)
        elif self.path == "/buy":
            self._sell(parse_qs(body.decode()).get("beans", [""])[0])
        else:
            self._answer(404, "no such page")

    def _sell(self, beans: str) -> None:
        if beans not in PRICES:
            self._answer(400, "no such beans")
            return
        number = self.orders.open()
        back = f"http://{self.headers['Host']}/orders/{number}"
        try:
            # The order's number is the key, so a repeated call creates no second session.
            session = self.kasgate.sessions.create(
                PRICES[beans],
                order_id=number,
                description=f"A bag of {beans}",
                redirect_url=back,
                idempotency_key=number,
            )
        except KasGateError as error:
            print(error, file=sys.stderr)
            self._answer(503, "Payments are not possible now.")
            return
        self._answer(303, session.checkout_url, Location=session.checkout_url)

    def _take_webhook(self, body: bytes) -> None:
        try:
            event = verify_webhook(body, dict(self.headers), self.webhook_secret)
        except WebhookRefused as refused:
            self._answer(400, str(refused))
            return
        self.orders.take(event)
        self._answer(204, "")

    def _answer(
        self, status: int, text: str, content_type: str = "text/plain", **headers: str
    ) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve on the port given, 8000 by default, until interrupted."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    Shop.webhook_secret = os.environ["KASGATE_WEBHOOK_SECRET"]
    with KasGate() as kasgate, ThreadingHTTPServer(("127.0.0.1", port), Shop) as server:
        Shop.kasgate = kasgate
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
