"""Shapes of answers with lists, statistics and events."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from kasgate.events import DeliveryState
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from web.contract.sessions import (
    Description,
    FiatAnswer,
    NeedsAttention,
    Reasons,
    ValueSumAnswer,
)
from web.contract.types import Kas, SessionId, Shape, SompiText, Time

Percent = Annotated[float, Meta(description="A percentage with two decimals.")]
Total = Annotated[int, Meta(description="The number of matches; see totalIsExact.")]
Late = Annotated[
    bool, Meta(description="Whether money arrived after the session had closed unpaid.")
]
PeriodValue = Annotated[
    ValueSumAnswer, Meta(description="The value of the volume, in the display currency.")
]
Exact = Annotated[bool, Meta(description="false: total is a lower bound.")]


class ListedSessionAnswer(Shape, kw_only=True):
    """A session in a list."""

    id: SessionId
    address: str
    amount: Kas
    amount_sompi: SompiText
    status: SessionStatus
    confirmations: int
    tx_id: str | UnsetType = UNSET
    order_id: str | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    created_at: Time
    expires_at: Time
    paid_at: Time | UnsetType = UNSET
    confirmed_at: Time | UnsetType = UNSET
    received: Kas
    received_sompi: SompiText
    paid_state: PaidState
    late: Late
    cancelled: bool
    needs_attention: NeedsAttention
    attention: Reasons
    fiat: FiatAnswer | UnsetType = UNSET
    received_value: Annotated[
        ValueSumAnswer | UnsetType,
        Meta(
            description="The value of what it received, in the display currency. Absent if it"
            " received nothing, or more than 200 payments."
        ),
    ] = UNSET


class SessionListAnswer(Shape, kw_only=True):
    """A page of a merchant's sessions, newest first."""

    sessions: list[ListedSessionAnswer]
    total: Total
    total_is_exact: Exact
    limit: int
    offset: int
    next_cursor: str | UnsetType = UNSET


class AmountsAnswer(Shape, kw_only=True):
    """A number of sessions, and the sum received for them."""

    count: int
    received: Kas
    received_sompi: SompiText


class ReasonsAnswer(Shape, kw_only=True):
    """The sessions that need attention, by reason. One with several reasons counts in each."""

    late: AmountsAnswer
    partial: AmountsAnswer
    overpaid: AmountsAnswer
    reverted: AmountsAnswer


class AttentionAnswer(AmountsAnswer, kw_only=True):
    """The sessions that need attention. Each counts once."""

    reasons: ReasonsAnswer


class UnaccountedAnswer(Shape, kw_only=True):
    """Addresses that may have received money and that no session here has."""

    text: Annotated[str, Meta(description="What happened, and what to do about it.")]
    since: Time


class StatsAnswer(Shape, kw_only=True):
    """Totals of all sessions."""

    total_sessions: int
    pending_sessions: int
    confirming_sessions: int
    confirmed_sessions: int
    expired_sessions: int
    failed_sessions: int
    total_received: Kas
    total_received_sompi: SompiText
    needs_attention: AttentionAnswer
    unaccounted: Annotated[
        list[UnaccountedAnswer] | UnsetType,
        Meta(description="Absent if there is none. The operator acknowledges them."),
    ] = UNSET


class PeriodAnswer(Shape, kw_only=True):
    """A period of days, including the first and the last."""

    start: Time
    end: Time
    time_zone: Annotated[str, Meta(description="The time zone of the days.")]
    label: str


class SummaryAnswer(Shape, kw_only=True):
    """Totals of the period."""

    total_sessions: int
    confirmed_sessions: int
    total_volume: Kas
    total_volume_sompi: SompiText
    conversion_rate: Percent
    average_payment: Kas
    average_payment_sompi: SompiText
    total_value: PeriodValue | UnsetType = UNSET


class ComparisonAnswer(Shape, kw_only=True):
    """The change against the same number of days before."""

    volume_change: Percent
    sessions_change: Percent
    conversion_change: Percent
    previous_volume: Kas
    previous_volume_sompi: SompiText
    previous_value: PeriodValue | UnsetType = UNSET
    previous_sessions: int


class DistributionAnswer(Shape, kw_only=True):
    """The numbers of the period's sessions by their present status."""

    pending: int
    confirming: int
    confirmed: int
    expired: int
    failed: int


class DayAnswer(Shape, kw_only=True):
    """One day of the period."""

    date: str
    sessions: int
    confirmed: int
    expired: int
    volume: Kas
    volume_sompi: SompiText
    value: PeriodValue | UnsetType = UNSET


class TopPaymentAnswer(Shape, kw_only=True):
    """One of the largest payments."""

    id: SessionId
    tx_id: str
    amount: Kas
    amount_sompi: SompiText
    order_id: str | UnsetType = UNSET
    confirmed_at: Time | UnsetType = UNSET


class AnalyticsAnswer(Shape, kw_only=True):
    """A period, compared with the one before."""

    period: PeriodAnswer
    summary: SummaryAnswer
    comparison: ComparisonAnswer
    status_distribution: DistributionAnswer
    daily_breakdown: list[DayAnswer]
    top_payments: list[TopPaymentAnswer]


class DeliveryAnswer(Shape, kw_only=True):
    """A delivery in the webhook log."""

    id: str
    session_id: SessionId
    event: EventType
    status: DeliveryState
    status_code: int | None
    attempts: int
    delivery_id: str
    created_at: Time
    delivered_at: Time | None
    next_retry_at: Time | None
    payload: Annotated[dict[str, Any], Meta(description="The body that was sent.")]
    response: str | None
    order_id: str | UnsetType = UNSET
    amount: Annotated[Kas, Meta(description="The amount that the session asks for.")]
    amount_sompi: SompiText
    received: Annotated[Kas, Meta(description="The amount that the session has received so far.")]
    received_sompi: SompiText
    paid_state: PaidState
    late: Late
    cancelled: bool


class DeliveryListAnswer(Shape, kw_only=True):
    """A page of the webhook log, newest first."""

    logs: list[DeliveryAnswer]
    total: Total
    total_is_exact: Exact
    limit: int
    offset: int
    next_cursor: str | UnsetType = UNSET


class RetryAnswer(Shape, kw_only=True):
    """A delivery that is sent again."""

    message: str
    log_id: str


class ResendAnswer(Shape, kw_only=True):
    """An event that is sent again."""

    message: str
    event_id: str
    log_id: str


class EventAnswer(Shape, kw_only=True, forbid_unknown_fields=False):
    """An event: id, type and createdAt, then the fields of the webhook's body."""

    id: str
    type: EventType
    created_at: Time
    session_id: SessionId
    merchant_id: str
    amount: SompiText
    address: str
    tx_id: str | UnsetType = UNSET
    confirmations: int
    order_id: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    sequence: (
        Annotated[
            int,
            Meta(
                ge=1,
                description=(
                    "The event's number within its session: 1, 2, 3 and so on. Absent in events"
                    " that are older than this field."
                ),
            ),
        ]
        | UnsetType
    ) = UNSET
    received_sompi: SompiText
    paid_state: PaidState
    late: bool


class EventListAnswer(Shape, kw_only=True):
    """A page of the event log."""

    events: list[EventAnswer]
    has_more: bool
    next_cursor: str | UnsetType = UNSET
