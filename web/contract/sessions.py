"""Shapes of answers about sessions."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from kasgate.kaspa.networks import Network
from kasgate.sessions.attention import AttentionReason
from kasgate.sessions.session import PaidState, SessionStatus
from web.contract.brand import BrandAnswer
from web.contract.types import Kas, SessionId, Shape, SompiText, Time, Url

NeedsAttention = Annotated[
    bool, Meta(description="Whether the merchant must review it (docs/payments.md).")
]
Description = Annotated[str, Meta(description="What the shopper pays for; shown to the shopper.")]
Reasons = Annotated[list[AttentionReason], Meta(description="The reasons why it needs attention.")]


class StatusAnswer(Shape, kw_only=True):
    """The status of a session."""

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


class ValueAnswer(Shape, kw_only=True):
    """The value of a payment at the market rate when the gateway first credited it."""

    currency: Annotated[str, Meta(description="The merchant's display currency at that time.")]
    rate: Annotated[str, Meta(description="The price of one KAS.", examples=["0.02758"])]
    amount: Annotated[str, Meta(description="Rounded to the currency.", examples=["19.99"])]
    at: Annotated[Time, Meta(description="The rate is not older than this.")]


class ValueSumAnswer(Shape, kw_only=True):
    """The values of some payments in the display currency (docs/fiat.md)."""

    currency: str
    amount: Annotated[
        str | UnsetType, Meta(description="The value of all of them. Absent if some is not known.")
    ] = UNSET
    known_amount: Annotated[str, Meta(description="The value of those whose value is known.")]
    known_payments: int
    unknown_payments: Annotated[int, Meta(description="How many have no value in this currency.")]


class PaymentAnswer(Shape, kw_only=True):
    """A transaction output that pays a session."""

    tx_id: str
    index: int
    amount: Kas
    amount_sompi: SompiText
    confirmations: int
    state: Annotated[
        Literal["seen", "accepted", "confirmed", "withdrawn"],
        Meta(description="seen: only in the mempool, and not counted."),
    ]
    late: bool
    credited: Annotated[bool, Meta(description="false: not a plain payment; never counted.")]
    seen_at: Time
    value: Annotated[
        ValueAnswer | UnsetType,
        Meta(description="Only for the owner, and only if it is known (docs/fiat.md)."),
    ] = UNSET


class PaymentListAnswer(Shape, kw_only=True):
    """A page of a session's payments, in the order in which they were credited."""

    payments: list[PaymentAnswer]
    payments_total: Annotated[int, Meta(description="The number of payments on all pages.")]
    next_cursor: int | UnsetType = UNSET


class FiatAnswer(Shape, kw_only=True):
    """The price from which a session's amount was computed (docs/fiat.md)."""

    value: str
    currency: str
    rate: Annotated[str, Meta(description="The price of one KAS.", examples=["0.02758"])]
    sources: Annotated[list[str], Meta(description="The sources of the rate.")]
    at: Annotated[Time, Meta(description="The rate is not older than this.")]


class NewSessionAnswer(Shape, kw_only=True):
    """A new session."""

    id: SessionId
    address: str
    amount: Kas
    amount_sompi: SompiText
    status: SessionStatus
    order_id: str | UnsetType = UNSET
    description: Description | UnsetType = UNSET
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
    """A session with its payments."""

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
        Meta(description="The amount that qrCode and paymentUri ask for; 0 when nothing is due."),
    ]
    due_surplus_sompi: Annotated[
        SompiText,
        Meta(
            description="The amount by which dueSompi exceeds remainingSompi: wallets cannot send"
            " less than 0.1 KAS. The merchant receives it."
        ),
    ]
    paid_state: PaidState
    late: bool
    cancelled: bool
    payments: Annotated[list[PaymentAnswer], Meta(description="The newest payments, at most 100.")]
    payments_total: Annotated[
        int | UnsetType, Meta(description="The number of all payments, if some are not listed.")
    ] = UNSET
    delayed: Annotated[bool, Meta(description="The gateway's node is down: updates may be late.")]
    merchant_name: str | UnsetType = UNSET
    brand: BrandAnswer | UnsetType = UNSET
    network: Network
    description: Description | UnsetType = UNSET
    redirect_url: Url | UnsetType = UNSET
    fiat: FiatAnswer | UnsetType = UNSET
    server_time: Time
    order_id: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    needs_attention: NeedsAttention | UnsetType = UNSET
    attention: Reasons | UnsetType = UNSET
    held_up: Annotated[
        bool | UnsetType,
        Meta(
            description="true: more blocks alone may never confirm it, so the merchant may accept"
            " it (docs/payments.md)."
        ),
    ] = UNSET
