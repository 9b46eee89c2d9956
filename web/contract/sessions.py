"""Shapes of answers about sessions."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from kasgate.kaspa.networks import Network
from kasgate.sessions.attention import AttentionReason
from kasgate.sessions.session import PaidState, SessionStatus
from web.contract.types import Kas, SessionId, Shape, SompiText, Time, Url

NeedsAttention = Annotated[
    bool, Meta(description="Whether its owner has to look at it (docs/payments.md).")
]
Reasons = Annotated[list[AttentionReason], Meta(description="Why it needs attention.")]


class StatusAnswer(Shape, kw_only=True):
    """Where a session stands."""

    id: SessionId
    status: SessionStatus
    confirmations: int
    required_confirmations: int
    tx_id: str | UnsetType = UNSET


class ClosedAnswer(Shape, kw_only=True):
    """A session that was closed."""

    id: SessionId
    status: SessionStatus
    message: str


class TokenAnswer(Shape, kw_only=True):
    """A read token for the WebSocket."""

    token: str
    expires_at: Time


class PaymentAnswer(Shape, kw_only=True):
    """One output that pays a session."""

    tx_id: str
    index: int
    amount: Kas
    amount_sompi: SompiText
    confirmations: int
    state: Annotated[
        Literal["seen", "accepted", "confirmed", "withdrawn"],
        Meta(description="seen is in the mempool alone, and never counted."),
    ]
    late: bool
    credited: Annotated[bool, Meta(description="False: no plain money; never counted.")]
    seen_at: Time


class PaymentListAnswer(Shape, kw_only=True):
    """A part of a session's payments, in the order in which they were credited."""

    payments: list[PaymentAnswer]
    payments_total: Annotated[int, Meta(description="How many the session has, on all pages.")]
    next_cursor: int | UnsetType = UNSET


class FiatAnswer(Shape, kw_only=True):
    """The price that a session's amount was made of (docs/fiat.md)."""

    value: str
    currency: str
    rate: Annotated[str, Meta(description="What one KAS cost.", examples=["0.02758"])]
    sources: Annotated[list[str], Meta(description="Those that the rate rests on.")]
    at: Annotated[Time, Meta(description="The rate is at least as new as this.")]


class NewSessionAnswer(Shape, kw_only=True):
    """A session that was just made."""

    id: SessionId
    address: str
    amount: Kas
    amount_sompi: SompiText
    status: SessionStatus
    order_id: str | UnsetType = UNSET
    qr_code: str
    subscription_token: str
    created_at: Time
    expires_at: Time
    explorer_url: Url
    payment_uri: Url
    checkout_url: Url
    required_confirmations: int
    fiat: FiatAnswer | UnsetType = UNSET


class SessionAnswer(Shape, kw_only=True):
    """A session with everything that was paid on it."""

    id: SessionId
    address: str
    amount: Kas
    amount_sompi: SompiText
    status: SessionStatus
    confirmations: int
    required_confirmations: int
    tx_id: str | UnsetType = UNSET
    qr_code: str
    created_at: Time
    expires_at: Time
    paid_at: Time | UnsetType = UNSET
    confirmed_at: Time | UnsetType = UNSET
    explorer_url: Url
    payment_uri: Url
    checkout_url: Url
    received: Kas
    received_sompi: SompiText
    remaining_sompi: SompiText
    due_sompi: Annotated[
        SompiText,
        Meta(description="What qrCode and paymentUri ask for now; 0 once nothing is asked for."),
    ]
    due_surplus_sompi: Annotated[
        SompiText,
        Meta(
            description="By how much dueSompi exceeds remainingSompi: wallets can't send less than"
            " 0.1 KAS. It goes to the merchant."
        ),
    ]
    paid_state: PaidState
    late: bool
    cancelled: bool
    payments: Annotated[list[PaymentAnswer], Meta(description="At most 100: the newest.")]
    payments_total: Annotated[
        int | UnsetType, Meta(description="How many there are, where not all are shown.")
    ] = UNSET
    delayed: Annotated[bool, Meta(description="The gateway's node is down: news may be late.")]
    merchant_name: str | UnsetType = UNSET
    network: Network
    redirect_url: Url | UnsetType = UNSET
    fiat: FiatAnswer | UnsetType = UNSET
    server_time: Time
    order_id: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    needs_attention: NeedsAttention | UnsetType = UNSET
    attention: Reasons | UnsetType = UNSET
