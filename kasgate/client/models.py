"""The gateway's answers as typed objects (contract.md §§4, 5, 8).

Fields of a newer gateway that are missing here are left out. Amounts are whole sompi (``…_sompi``)
and the gateway's text in KAS; times are aware datetimes in UTC. States are text, because a newer
gateway may have more of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from kasgate.money import NOTHING, Sompi

T = TypeVar("T")


class Price(msgspec.Struct, frozen=True):
    """An amount in a currency, such as ``Price("19.99", "EUR")``. The gateway converts it to KAS
    when the session is created (docs/fiat.md)."""

    value: str
    currency: str


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names in JSON are camelCase."""


class Fiat(_Answer, frozen=True, kw_only=True):
    """The price that a session's amount was computed from, and the rate."""

    value: str
    currency: str
    rate: str
    """The price of one KAS."""
    sources: tuple[str, ...] = ()
    at: datetime


class PaymentValue(_Answer, frozen=True, kw_only=True):
    """The value of a payment in the merchant's display currency, at the market rate when the
    gateway first credited it."""

    currency: str
    rate: str
    """The price of one KAS."""
    amount: str
    at: datetime
    """The rate is not older than this."""


class Payment(_Answer, frozen=True, kw_only=True):
    """One output that pays a session."""

    tx_id: str
    index: int
    amount: str
    amount_sompi: Sompi
    confirmations: int | None = None
    """None in a webhook's body while the payment is not settled."""
    state: str
    """``seen``, ``accepted``, ``confirmed`` or ``withdrawn``."""
    late: bool = False
    credited: bool = True
    """False if it is not plain money; such a payment never counts."""
    seen_at: datetime | None = None
    value: PaymentValue | None = None
    """None if it is not known, and without the owner's key."""


class ValueSum(_Answer, frozen=True, kw_only=True):
    """The values of some payments in the merchant's display currency."""

    currency: str
    amount: str | None = None
    """The value of all of them; None if one is not known."""
    known_amount: str
    """The value of those whose value is known."""
    known_payments: int
    unknown_payments: int


class NewSession(_Answer, frozen=True, kw_only=True):
    """A session right after its creation."""

    id: str
    address: str
    amount: str
    amount_sompi: Sompi
    status: str
    order_id: str | None = None
    description: str | None = None
    qr_code: str
    """A data URI of an image of the payment link."""
    subscription_token: str | None = None
    """Lets a page follow the session; None if an ``Idempotency-Key`` was repeated."""
    created_at: datetime
    expires_at: datetime
    explorer_url: str
    payment_uri: str
    checkout_url: str
    """The hosted checkout page; send the shopper here."""
    required_confirmations: int
    fiat: Fiat | None = None


class Brand(_Answer, frozen=True, kw_only=True):
    """A merchant's branding on the checkout."""

    color: str | None = None
    """``#rrggbb``."""
    text_color: str | None = None
    """The readable colour of text on it."""
    logo_url: str | None = None
    """The path of the logo, below the address of the gateway."""
    support_url: str | None = None
    support_email: str | None = None


class Session(_Answer, frozen=True, kw_only=True):
    """The current state of a session."""

    id: str
    address: str
    amount: str
    amount_sompi: Sompi
    status: str
    """``created``, ``pending``, ``confirming``, ``confirmed``, ``expired`` or ``failed``."""
    confirmations: int
    required_confirmations: int
    tx_id: str | None = None
    """The transaction that completed the amount."""
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None = None
    confirmed_at: datetime | None = None
    explorer_url: str
    payment_uri: str | None = None
    checkout_url: str | None = None
    redirect_url: str | None = None
    received: str
    received_sompi: Sompi
    remaining_sompi: Sompi
    due_sompi: Sompi | None = None
    """The amount that ``qr_code`` and ``payment_uri`` ask for now: what remains, but at least 0.1
    KAS, because wallets can't send less. None from a gateway that is older than this field."""
    due_surplus_sompi: Sompi | None = None
    """How much more that is than what remains."""
    paid_state: str
    """``none``, ``partial``, ``exact`` or ``over``."""
    late: bool
    payments: tuple[Payment, ...] = ()
    payments_total: int | None = None
    """The number of all payments, if ``payments`` does not have all of them."""
    description: str | None = None
    """What the payment is for, in the words that the shopper sees."""
    order_id: str | None = None
    """Only with the owner's API key, like ``metadata``."""
    metadata: dict[str, str] | None = None
    needs_attention: bool | None = None
    """Whether its owner has to look at it; ``attention`` has the reasons. Only with the owner's
    key."""
    attention: tuple[str, ...] = ()
    cancelled: bool = False
    fiat: Fiat | None = None
    merchant_name: str | None = None
    brand: Brand | None = None
    """The merchant's branding on the checkout, if there is any."""
    network: str | None = None
    delayed: bool = False
    """Whether the gateway has no node now, so that updates may be late."""

    @property
    def is_final(self) -> bool:
        """Whether its status changes only by the merchant's own decision."""
        return self.status in FINAL


FINAL = frozenset({"confirmed", "expired", "failed"})


class SessionStatus(_Answer, frozen=True, kw_only=True):
    """The status of a session with the fewest fields."""

    id: str
    status: str
    confirmations: int
    required_confirmations: int
    tx_id: str | None = None


class SessionSummary(_Answer, frozen=True, kw_only=True):
    """A session in a list."""

    id: str
    address: str
    amount: str
    amount_sompi: Sompi
    status: str
    confirmations: int
    tx_id: str | None = None
    order_id: str | None = None
    description: str | None = None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None = None
    confirmed_at: datetime | None = None
    received: str = "0"
    received_sompi: Sompi = NOTHING
    paid_state: str | None = None
    """``none``, ``partial``, ``exact`` or ``over``."""
    late: bool = False
    cancelled: bool = False
    needs_attention: bool = False
    attention: tuple[str, ...] = ()
    """The reasons: ``late``, ``partial``, ``overpaid``, ``reverted``."""
    fiat: Fiat | None = None
    received_value: ValueSum | None = None
    """None without a display currency, if nothing was received, and for more than 200 payments."""


class Decision(_Answer, frozen=True, kw_only=True):
    """The result of cancelling, accepting, failing or dismissing a session."""

    id: str
    status: str
    message: str | None = None


class Token(_Answer, frozen=True, kw_only=True):
    """A read-only token for a session's WebSocket."""

    token: str
    expires_at: datetime


class NewMerchant(_Answer, frozen=True, kw_only=True):
    """A merchant right after its creation; the key and the secret are shown only here."""

    id: str
    name: str
    email: str | None = None
    api_key: str
    webhook_url: str | None = None
    webhook_secret: str
    created_at: datetime
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"NewMerchant(id={self.id!r}, name={self.name!r})"


class Tier(_Answer, frozen=True, kw_only=True):
    """The confirmations that amounts below a limit need."""

    below: str | None = None
    """In KAS; None for the last tier."""
    confirmations: int


class Profile(_Answer, frozen=True, kw_only=True):
    """The current profile of a merchant."""

    id: str
    name: str
    email: str | None = None
    webhook_url: str | None = None
    required_confirmations: int | None = None
    confirmation_tiers: tuple[Tier, ...] = ()
    underpayment_tolerance: str = "0"
    """In KAS."""
    session_lifetime: int | None = None
    """Seconds; None means the gateway's setting."""
    accept_late_payments_for: int = 0
    """Seconds after a session's expiry in which money that covers it still pays it."""
    display_currency: str | None = None
    """The currency shown beside KAS, in which payments are valued."""
    embed_origins: tuple[str, ...] = ()
    brand_color: str | None = None
    """``#rrggbb``."""
    support_url: str | None = None
    support_email: str | None = None
    logo_url: str | None = None
    """The path of the logo, below the address of the gateway."""
    next_address_index: int
    created_at: datetime
    updated_at: datetime
    warnings: tuple[str, ...] = ()


class Amounts(_Answer, frozen=True, kw_only=True):
    """A number of sessions, and the sum of what they received."""

    count: int = 0
    received: str = "0"
    received_sompi: int = 0


class Attention(Amounts, frozen=True, kw_only=True):
    """Sessions that need attention, each counted once."""

    reasons: dict[str, Amounts] = {}
    """By reason; a session with several reasons counts for each."""


class Unaccounted(_Answer, frozen=True, kw_only=True):
    """Addresses that may have received money and that no session has."""

    text: str
    """What happened, and what to do about it."""
    since: datetime


class Stats(_Answer, frozen=True, kw_only=True):
    """Totals over all sessions of a merchant."""

    total_sessions: int
    pending_sessions: int
    confirming_sessions: int
    confirmed_sessions: int
    expired_sessions: int
    failed_sessions: int = 0
    total_received: str
    total_received_sompi: int
    """May count a coin that was received twice, so it is not a Sompi."""
    needs_attention: Attention = Attention()
    unaccounted: tuple[Unaccounted, ...] = ()


class Period(_Answer, frozen=True, kw_only=True):
    """The first and the last time of figures."""

    start: datetime
    end: datetime
    time_zone: str = "UTC"
    label: str


class Summary(_Answer, frozen=True, kw_only=True):
    """The figures of a period."""

    total_sessions: int
    confirmed_sessions: int
    total_volume: str
    total_volume_sompi: int
    conversion_rate: float
    """Percent."""
    average_payment: str
    average_payment_sompi: int
    total_value: ValueSum | None = None
    """The value of the volume; None without a display currency."""


class Comparison(_Answer, frozen=True, kw_only=True):
    """Comparison with the period before; changes in percent."""

    volume_change: float
    sessions_change: float
    conversion_change: float
    previous_volume: str
    previous_volume_sompi: int
    previous_value: ValueSum | None = None
    previous_sessions: int


class Day(_Answer, frozen=True, kw_only=True):
    """The figures of one day in UTC."""

    date: str
    sessions: int
    confirmed: int
    expired: int
    volume: str
    volume_sompi: int
    value: ValueSum | None = None
    """The value of the volume; None without a display currency."""


class TopPayment(_Answer, frozen=True, kw_only=True):
    """One of the largest payments of a period."""

    id: str
    amount: str
    amount_sompi: Sompi
    order_id: str | None = None
    confirmed_at: datetime | None = None


class Analytics(_Answer, frozen=True, kw_only=True):
    """The figures of a merchant's payments in a period."""

    period: Period
    summary: Summary
    comparison: Comparison
    status_distribution: dict[str, int]
    daily_breakdown: tuple[Day, ...]
    top_payments: tuple[TopPayment, ...]


class BookSum(_Answer, frozen=True, kw_only=True):
    """What some payments come to."""

    payments: int
    received: str
    received_sompi: int
    value: ValueSum | None = None
    """None without a display currency."""


class BookDay(BookSum, frozen=True, kw_only=True):
    """One day of a statement."""

    date: str


class BookLine(_Answer, frozen=True, kw_only=True):
    """A payment in a statement."""

    at: datetime
    """When the network accepted it."""
    date: str
    """In the statement's time zone, as ``time`` is."""
    time: str
    session_id: str
    order_id: str | None = None
    description: str | None = None
    tx_id: str
    index: int
    amount: str
    amount_sompi: Sompi
    value: PaymentValue | None = None
    status: str
    late: bool
    overpaid: bool
    final: bool
    """Whether no reorg can take it back."""


class BookPeriod(_Answer, frozen=True, kw_only=True):
    """The days of a statement, both inclusive."""

    first: str
    last: str
    time_zone: str
    start: datetime
    end: datetime


class Statement(_Answer, frozen=True, kw_only=True):
    """What a merchant received in a period."""

    period: BookPeriod
    merchant_name: str
    made_at: datetime
    before: BookSum
    """Everything received before the period."""
    received: BookSum
    after: BookSum
    """Both together."""
    days: tuple[BookDay, ...]
    payments: tuple[BookLine, ...]
    """The first 1,000 payments of the period, oldest first."""
    are_all_listed: bool


class Event(_Answer, frozen=True, kw_only=True):
    """An event of a session, with the same fields as a webhook's body."""

    event: str
    """``payment.confirmed`` and so on (contract.md §8)."""
    session_id: str
    merchant_id: str
    amount: Sompi
    """In sompi."""
    address: str
    tx_id: str | None = None
    confirmations: int
    order_id: str | None = None
    metadata: dict[str, str] | None = None
    timestamp: datetime
    delivery_id: str
    """The event's id; a repeated delivery has the same."""
    sequence: int = 0
    """Its number among the events of its session, from 1; 0 for an event that is older than the
    numbers. A receiver that has already handled this number of the session, or a higher one, can
    ignore it."""
    received_sompi: Sompi | None = None
    paid_state: str | None = None
    late: bool = False
    payments: tuple[Payment, ...] = ()
    payments_total: int | None = None
    """The number of all payments, if ``payments`` does not have all of them."""

    @property
    def id(self) -> str:
        """``evt_…``, sorts by time."""
        return self.delivery_id


class WebhookLog(_Answer, frozen=True, kw_only=True):
    """The delivery of an event."""

    id: str
    session_id: str
    event: str
    status_code: int | None
    attempts: int
    delivery_id: str
    created_at: datetime
    delivered_at: datetime | None
    next_retry_at: datetime | None
    response: str | None
    """The first 500 characters of the last answer, or the network error."""
    order_id: str | None = None
    amount: str | None = None
    """The amount of the session in KAS. The session's fields show its current state."""
    amount_sompi: Sompi | None = None
    received: str | None = None
    received_sompi: Sompi | None = None
    paid_state: str | None = None
    late: bool = False
    cancelled: bool = False


class SourceRate(_Answer, frozen=True, kw_only=True):
    """The price of KAS according to one source."""

    name: str
    rate: str
    age_seconds: int


class Rate(_Answer, frozen=True, kw_only=True):
    """The price of one KAS."""

    currency: str
    rate: str
    at: datetime
    age_seconds: int
    sources: tuple[SourceRate, ...]


class Rates(_Answer, frozen=True, kw_only=True):
    """The rates of all currencies that have one now."""

    enabled: bool
    currencies: tuple[str, ...] = ()
    """The currencies of the gateway's sources, with a rate now or without."""
    rates: tuple[Rate, ...]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list, with the cursor of the next part."""

    items: tuple[T, ...]
    next: str | None
    """The cursor of the next page; None at the end."""
