"""A client for KasGate's API, for shops written in Python.

``KasGate`` is for ordinary code, ``AsyncKasGate`` for asyncio and trio; both have the same calls::

    from kasgate.client import KasGate, Price, verify_webhook

    with KasGate("https://pay.example", "kg_live_…") as kasgate:
        session = kasgate.sessions.create("12.5", order_id="A-1001")
        other = kasgate.sessions.create(Price("19.99", "EUR"))

Answers are typed objects; fields that this version does not know are left out. Errors are
exceptions (``KasGateError``). Calls are retried where that is safe. Of the gateway's own code only
the parts for amounts and signatures are imported. See docs/client.md.
"""

from kasgate.client.asynchronous import AsyncKasGate
from kasgate.client.errors import (
    Conflict,
    ConnectionFailed,
    FieldProblem,
    Forbidden,
    InvalidRequest,
    KasGateError,
    NotFound,
    ProblemError,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
    WebhookRefused,
)
from kasgate.client.models import (
    Analytics,
    Brand,
    Decision,
    Event,
    Fiat,
    NewMerchant,
    NewSession,
    Page,
    Payment,
    PaymentValue,
    Price,
    Profile,
    Rate,
    Rates,
    Session,
    SessionStatus,
    SessionSummary,
    Statement,
    Stats,
    Token,
    ValueSum,
    WebhookLog,
)
from kasgate.client.retrying import Retries
from kasgate.client.sync import KasGate
from kasgate.client.webhooks import verify_webhook
from kasgate.money import Sompi, format_kas, parse_kas

__all__ = [
    "Analytics",
    "AsyncKasGate",
    "Brand",
    "Conflict",
    "ConnectionFailed",
    "Decision",
    "Event",
    "Fiat",
    "FieldProblem",
    "Forbidden",
    "InvalidRequest",
    "KasGate",
    "KasGateError",
    "NewMerchant",
    "NewSession",
    "NotFound",
    "Page",
    "Payment",
    "PaymentValue",
    "Price",
    "ProblemError",
    "Profile",
    "Rate",
    "Rates",
    "Retries",
    "Session",
    "SessionStatus",
    "SessionSummary",
    "Sompi",
    "Statement",
    "Stats",
    "Token",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "ValueSum",
    "WebhookLog",
    "WebhookRefused",
    "format_kas",
    "parse_kas",
    "verify_webhook",
]
