"""A merchant's lists and figures: sessions, statistics, webhook log (contract.md §4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from attrs import frozen
from msgspec.json import decode

from kasgate.access.api_keys import Scope
from kasgate.json_text import iso
from kasgate.money import format_kas
from kasgate.reports import Period, UnknownCursor, date_of_day
from kasgate.sessions.attention import AttentionReason
from kasgate.sessions.session import SessionStatus
from kasgate.sessions.valuation import ValueSum
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.problems import DELIVERY_NOT_FOUND, Problem, unknown_cursor
from web.contract.queries import (
    DELIVERY_PARAMETERS,
    PERIOD_PARAMETERS,
    SESSION_PARAMETERS,
    as_described,
    read_delivery_query,
    read_nothing,
    read_period,
    read_session_query,
)
from web.contract.reports import (
    AnalyticsAnswer,
    DeliveryListAnswer,
    RetryAnswer,
    SessionListAnswer,
    StatsAnswer,
)
from web.contract.session_fields import attention_fields, fiat_fields, value_sum_fields
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actors.gateway import Gateway
    from kasgate.merchant import Merchant
    from kasgate.reports import (
        Amounts,
        Analytics,
        Day,
        ListedSession,
        LoggedDelivery,
        Summary,
        TopPayment,
    )
    from web.http.limits import RateLimiter


SHOWN_WARNINGS: Final = 20
"""Of a merchant's open warnings, the oldest."""


class ReportCalls:
    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits

    @described(
        {200: SessionListAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(SESSION_PARAMETERS),
    )
    async def sessions(self, request: Request) -> Answer:
        """List sessions, newest first.

        For the next page, pass nextCursor as startingAfter.
        """
        wanted, merchant = read_session_query(request.query), request.caller.merchant
        try:
            page = await self._gateway.store.session_page(merchant.id, wanted)
        except UnknownCursor:
            raise unknown_cursor("startingAfter", "You have no session with this id.") from None
        values = await received_values(self._gateway, merchant, page.sessions)
        return json_answer(
            without_absent(
                {
                    "sessions": [
                        listed_fields(self._gateway, session, values.get(session.id))
                        for session in page.sessions
                    ],
                    "total": page.total,
                    "totalIsExact": page.total_is_exact,
                    "limit": wanted.limit,
                    "offset": wanted.offset,
                    "nextCursor": page.next_cursor,
                }
            )
        )

    @described({200: StatsAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def stats(self, request: Request) -> Answer:
        """Read the totals of all sessions, and of those that need attention."""
        read_nothing(request.query)
        merchant_id = request.caller.merchant.id
        totals = await self._gateway.store.totals(merchant_id)
        unaccounted = [
            {"text": warning.account, "since": iso(warning.since)}
            for warning in self._gateway.warnings.open
            if warning.merchant_id == merchant_id
        ][:SHOWN_WARNINGS]
        fields = {
            f"{name}Sessions": count for name, count in _distribution(totals.sessions).items()
        }
        return json_answer(
            {"totalSessions": totals.all_sessions}
            | fields
            | {
                "totalReceived": format_kas(totals.received),
                "totalReceivedSompi": str(totals.received),
                "needsAttention": _amounts_fields(totals.needing_attention)
                | {
                    "reasons": {
                        reason.value: _amounts_fields(totals.needing_attention_for(reason))
                        for reason in AttentionReason
                    }
                },
            }
            | ({"unaccounted": unaccounted} if unaccounted else {})
        )

    @described(
        {200: AnalyticsAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(PERIOD_PARAMETERS),
    )
    async def analytics(self, request: Request) -> Answer:
        """Compare a period with the one before."""
        period, label = read_period(request.query, self._gateway.clock())
        merchant, store = request.caller.merchant, self._gateway.store
        found = await store.analytics(merchant.id, period)
        if (currency := merchant.display_currency) is None:
            return json_answer(analytics_fields(found, label))
        both = Period(period.previous.first, period.last, period.zone)
        by_day = await store.value_days(merchant.id, currency, both)
        return json_answer(analytics_fields(found, label, DayValues(currency, by_day)))

    @described(
        {200: DeliveryListAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(DELIVERY_PARAMETERS),
    )
    async def webhook_logs(self, request: Request) -> Answer:
        """List webhook deliveries, newest first.

        The fields about the session have its current values. The payload has those at the time of
        the event. For the next page, pass nextCursor as startingAfter.
        """
        wanted = read_delivery_query(request.query)
        try:
            page = await self._gateway.store.delivery_page(request.caller.merchant.id, wanted)
        except UnknownCursor:
            raise unknown_cursor(
                "startingAfter", "You have no webhook delivery with this id."
            ) from None
        return json_answer(
            without_absent(
                {
                    "logs": [delivery_fields(logged) for logged in page.deliveries],
                    "total": page.total,
                    "totalIsExact": page.total_is_exact,
                    "limit": wanted.limit,
                    "offset": wanted.offset,
                    "nextCursor": page.next_cursor,
                }
            )
        )

    @described({200: RetryAnswer}, auth=Auth.KEY, problems=(409,), idempotent=True)
    async def retry(self, request: Request) -> Answer:
        """Send a delivery again, also if it succeeded before."""
        merchant = request.caller.merchant
        self._limits.count("resends", request.caller, merchant.id)
        delivery = await self._gateway.redelivery.delivery(merchant, request.places["log_id"])
        if delivery is None:
            raise Problem(DELIVERY_NOT_FOUND, "There is no webhook delivery with this id.")
        return json_answer({"message": "The webhook is being sent again.", "logId": delivery.id})


@frozen
class DayValues:
    """The values of payments by day; days without payments are left out."""

    currency: str
    days: Mapping[int, ValueSum]

    def of(self, period: Period) -> dict[str, Any] | None:
        """The field with the values of a period."""
        found = (self.days.get(day) for day in range(period.first, period.last + 1))
        known = (value for value in found if value is not None)
        return value_sum_fields(sum(known, ValueSum(self.currency)))


async def received_values(
    gateway: Gateway, merchant: Merchant, sessions: Sequence[ListedSession]
) -> Mapping[str, ValueSum]:
    """The values of what these sessions received, by their ids; none without a display currency.
    Raises StoreUnavailable."""
    paid = [session.id for session in sessions if session.received]
    if merchant.display_currency is None or not paid:
        return {}
    currency = merchant.display_currency
    return await gateway.store.values_of_sessions(merchant.id, paid, currency)


def listed_fields(
    gateway: Gateway, session: ListedSession, value: ValueSum | None = None
) -> dict[str, Any]:
    """A session's fields, with current confirmations if its payment is confirming. ``value`` is
    that of what it received, if it is known."""
    view = gateway.active(session.id)
    is_same = view is not None and view.session.status is session.status
    return without_absent(
        {
            "id": session.id,
            "address": session.address,
            "amount": format_kas(session.amount),
            "amountSompi": str(session.amount),
            "status": session.status.value,
            "confirmations": view.confirmations
            if view is not None and is_same
            else session.confirmations,
            "txId": session.tx_id,
            "orderId": session.order_id,
            "description": session.description,
            "createdAt": iso(session.created_at),
            "expiresAt": iso(session.expires_at),
            "paidAt": _iso_if_any(session.paid_at),
            "confirmedAt": _iso_if_any(session.confirmed_at),
            **_came_fields(session),
            **attention_fields(session.attention),
            "fiat": None if session.fiat is None else fiat_fields(decode(session.fiat)),
            "receivedValue": value_sum_fields(value),
        }
    )


def _came_fields(session: ListedSession) -> dict[str, Any]:
    """The fields about the money received for a session."""
    return {
        "received": format_kas(session.received),
        "receivedSompi": str(session.received),
        "paidState": session.paid_state.value,
        "late": session.late,
        "cancelled": session.cancelled,
    }


def delivery_fields(logged: LoggedDelivery) -> dict[str, Any]:
    """An entry of the webhook log."""
    delivery, session = logged.delivery, logged.session
    of_order = {} if session.order_id is None else {"orderId": session.order_id}
    return {
        "id": delivery.id,
        "sessionId": delivery.session_id,
        "event": delivery.event.value,
        "status": delivery.state.value,
        "statusCode": delivery.status_code,
        "attempts": delivery.attempts,
        "deliveryId": delivery.delivery_id,
        "createdAt": iso(delivery.created_at),
        "deliveredAt": _iso_if_any(delivery.delivered_at),
        "nextRetryAt": _iso_if_any(delivery.next_attempt_at),
        "payload": msgspec.Raw(delivery.payload.encode()),
        "response": delivery.response,
        **of_order,
        "amount": format_kas(session.amount),
        "amountSompi": str(session.amount),
        **_came_fields(session),
    }


def analytics_fields(
    found: Analytics, label: str, values: DayValues | None = None
) -> dict[str, Any]:
    """The fields of ``GET /api/v1/merchants/me/analytics``. kasgate/reports.py defines the
    figures."""
    now, before = found.now, found.before
    period, previous = found.period, found.period.previous
    return {
        "period": {
            "start": iso(found.period.start),
            "end": iso(found.period.end - 1),
            "timeZone": "UTC" if found.period.zone is None else found.period.zone.key,
            "label": label,
        },
        "summary": _summary_fields(now) | _value_field("totalValue", values, period),
        "comparison": {
            "volumeChange": _number(found.volume_change),
            "sessionsChange": _number(found.sessions_change),
            "conversionChange": _number(found.conversion_change),
            "previousVolume": format_kas(before.volume),
            "previousVolumeSompi": str(before.volume),
            "previousSessions": before.all_sessions,
        }
        | _value_field("previousValue", values, previous),
        "statusDistribution": _distribution(now.sessions),
        "dailyBreakdown": [
            _day_fields(day) | _value_field("value", values, Period(day.number, day.number))
            for day in found.days
        ],
        "topPayments": [_top_fields(payment) for payment in found.top],
    }


def _value_field(name: str, values: DayValues | None, period: Period) -> dict[str, Any]:
    return {} if values is None else {name: values.of(period)}


def report_routes(gateway: Gateway, limits: RateLimiter) -> Routes:
    """The routes of lists and figures under ``/api/v1/merchants/me``."""
    calls = ReportCalls(gateway, limits)
    return Routes(
        "reports",
        "/api/v1/merchants/me",
        (
            ("GET", "/sessions", calls.sessions),
            ("GET", "/stats", calls.stats),
            ("GET", "/analytics", calls.analytics),
            ("GET", "/webhook-logs", calls.webhook_logs),
            ("POST", "/webhook-logs/<log_id>/retry", calls.retry),
        ),
    )


def _amounts_fields(amounts: Amounts) -> dict[str, Any]:
    return {
        "count": amounts.sessions,
        "received": format_kas(amounts.received),
        "receivedSompi": str(amounts.received),
    }


def _distribution(sessions: Mapping[SessionStatus, int]) -> dict[str, int]:
    """Sessions by the statuses of the contract. A session that is not watched yet counts as
    pending."""
    counts = {status.value: sessions.get(status, 0) for status in SessionStatus}
    counts["pending"] += counts.pop("created")
    return counts


def _summary_fields(summary: Summary) -> dict[str, Any]:
    return {
        "totalSessions": summary.all_sessions,
        "confirmedSessions": summary.confirmed,
        "totalVolume": format_kas(summary.volume),
        "totalVolumeSompi": str(summary.volume),
        "conversionRate": _number(summary.conversion),
        "averagePayment": format_kas(summary.average_payment),
        "averagePaymentSompi": str(summary.average_payment),
    }


def _day_fields(day: Day) -> dict[str, Any]:
    return {
        "date": date_of_day(day.number).isoformat(),
        "sessions": sum(day.sessions.values()),
        "confirmed": day.sessions.get(SessionStatus.CONFIRMED, 0),
        "expired": day.sessions.get(SessionStatus.EXPIRED, 0),
        "volume": format_kas(day.volume),
        "volumeSompi": str(day.volume),
    }


def _top_fields(payment: TopPayment) -> dict[str, Any]:
    return without_absent(
        {
            "id": payment.session_id,
            "txId": payment.transaction_id,
            "amount": format_kas(payment.amount),
            "amountSompi": str(payment.amount),
            "orderId": payment.order_id,
            "confirmedAt": _iso_if_any(payment.confirmed_at),
        }
    )


def _number(value: Decimal) -> float:
    """A percentage as a JSON number. Amounts are strings."""
    return float(value)


def _iso_if_any(at: int | None) -> str | None:
    return None if at is None else iso(at)
