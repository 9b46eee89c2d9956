"""Lists and figures of sessions, payments, deliveries and events.

A session belongs to the day of its creation, whatever its state today. Money belongs to the day on
which the network accepted the payment. So a session that is created at 23:59 and paid at 00:01
counts as a session of the first day and as volume of the second. Days are those of UTC, or of the
time zone that is asked for. The volume of a past day changes only by a reorg, or when a node
reports a payment late.

Volume is all money that arrived, partial, surplus and late payments included. It leaves out the
mempool and payments that a reorg withdrew. Sums are Python integers, so none overflows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from attrs import field, frozen

from kasgate.events import Delivery, DeliveryState, Event
from kasgate.money import Sompi
from kasgate.search import TextQuery
from kasgate.sessions.attention import AttentionReason
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from kasgate.time_zones import start_of_day

DAY_MS: Final = 86_400_000
COUNT_LIMIT: Final = 10_000
"""How far matches are counted that have no stored count; see SessionPage.total_is_exact."""
TOP_PAYMENTS: Final = 10
LONGEST_PERIOD_DAYS: Final = 1_096

_EPOCH: Final = date(1970, 1, 1)
_TWO_DECIMALS: Final = Decimal("0.01")


class UnknownCursor(Exception):
    """The cursor is no entry of this merchant's list."""


@frozen
class SessionQuery:
    """A selection of a merchant's sessions, newest first."""

    limit: int
    offset: int = 0
    after: str | None = None
    """Id of a session: only those that follow it in the list, which are older."""
    status: SessionStatus | None = None
    order_id: str | None = None
    paid_state: PaidState | None = None
    late: bool | None = None
    cancelled: bool | None = None
    needs_attention: bool | None = None
    attention: AttentionReason | None = None
    """Sessions that have this reason, perhaps among others."""
    text: TextQuery | None = None
    created_from: int | None = None
    """Unix milliseconds, inclusive."""
    created_to: int | None = None
    """Unix milliseconds, inclusive."""
    counted: bool = True
    """Whether to count the matches; if not, the total is 0 and not exact."""

    @property
    def narrows(self) -> bool:
        """Whether it filters by more than a status and words, so that no stored count answers
        it."""
        asked = (self.order_id, self.created_from, self.created_to)
        return self.marks > 0 or any(value is not None for value in asked)

    @property
    def marks(self) -> int:
        """How many filters it has on a session's outcome, apart from its status."""
        asked = (
            self.paid_state, self.late, self.cancelled, self.needs_attention, self.attention
        )  # fmt: skip
        return sum(value is not None for value in asked)


@frozen
class ListedSession:
    """A session in a list."""

    id: str
    address: str
    amount: Sompi
    status: SessionStatus
    confirmations: int
    """The required number once confirmed, else 0. The progress is known to the chain feed alone."""
    tx_id: str | None
    order_id: str | None
    description: str | None
    created_at: int
    expires_at: int
    paid_at: int | None
    confirmed_at: int | None
    received: Sompi
    paid_state: PaidState
    late: bool
    cancelled: bool
    attention: tuple[AttentionReason, ...]
    """Why it needs attention; empty if it does not."""
    fiat: str | None
    """The price in another currency that the amount was computed from, as stored: JSON."""
    metadata: str | None
    """As stored: JSON."""


@frozen
class SessionPage:
    """A part of a list."""

    sessions: tuple[ListedSession, ...]
    total: int
    """The number of matches on all pages."""
    total_is_exact: bool
    """If False, there are at least that many. The total is exact without a filter, and by status
    alone. With one other filter it is exact up to COUNT_LIMIT. With several filters, or with words,
    it is exact if one page holds all matches."""
    next_cursor: str | None
    """Where the next page begins; None on the last page. With words or several filters a page may
    be short, even empty, and still have a next one."""


@frozen
class UsedAddress:
    """An address that was assigned to a session."""

    index: int
    address: str
    session_id: str
    received: Sompi
    """The sum of all payments to it that were not withdrawn."""


@frozen
class Amounts:
    """A number of sessions, and the sum of what they received."""

    sessions: int = 0
    received: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.sessions + other.sessions, self.received + other.received)


@frozen
class Totals:
    """All sessions of a merchant, and all money that arrived."""

    sessions: Mapping[SessionStatus, int]
    received: int
    attention: Mapping[tuple[AttentionReason, ...], Amounts] = field(factory=dict)
    """Sessions that need attention, by the combination of their reasons."""

    @property
    def needing_attention(self) -> Amounts:
        """All sessions that need attention, each counted once."""
        return sum(self.attention.values(), Amounts())

    def needing_attention_for(self, reason: AttentionReason) -> Amounts:
        """The sessions that have this reason, perhaps among others."""
        found = (amounts for reasons, amounts in self.attention.items() if reason in reasons)
        return sum(found, Amounts())

    @property
    def all_sessions(self) -> int:
        """The number of sessions in any state."""
        return sum(self.sessions.values())


@frozen
class Day:
    """Figures of one day."""

    number: int
    """Days since 1970-01-01."""
    sessions: Mapping[SessionStatus, int] = field(factory=dict)
    """Sessions created on this day, by their state now."""
    payments: int = 0
    """The number of payments accepted on this day."""
    volume: int = 0
    """Their sum in sompi."""


@frozen
class TopPayment:
    """One of the largest payments of a period."""

    session_id: str
    transaction_id: str
    amount: Sompi
    order_id: str | None
    confirmed_at: int | None
    """When its session was confirmed."""


@frozen
class DeliveryQuery:
    """A selection of a merchant's webhook deliveries, newest first."""

    limit: int
    offset: int = 0
    after: str | None = None
    """Id of a delivery: only those that follow it in the list, which are older."""
    events: frozenset[EventType] = frozenset()
    """Only these types; empty means any type."""
    state: DeliveryState | None = None
    session_id: str | None = None
    order_id: str | None = None
    amount_from: int | None = None
    """Of the session's amount in sompi, inclusive."""
    amount_to: int | None = None
    """Of the session's amount in sompi, inclusive."""


@frozen
class LoggedDelivery:
    """An entry of the webhook log."""

    delivery: Delivery
    session: ListedSession
    """As it is now; the delivery's payload has its state at the time of the event."""


@frozen
class DeliveryPage:
    """A page of the webhook log."""

    deliveries: tuple[LoggedDelivery, ...]
    total: int
    total_is_exact: bool
    """If False, there are at least that many."""
    next_cursor: str | None
    """Where the next page begins; None on the last page. With a range of amounts a page may be
    short, even empty, and still have a next one."""


@frozen
class PaymentPage:
    """A page of a session's payments, ordered by their places."""

    payments: tuple[Payment, ...]
    total: int
    """The number of the session's payments on all pages."""
    next_cursor: int | None
    """The next page begins after this place; None on the last page."""


class Order(StrEnum):
    """The direction in which the event log is read."""

    OLDEST = "oldest"
    NEWEST = "newest"


@frozen
class EventQuery:
    """A selection of a merchant's events."""

    limit: int
    after: str | None = None
    """Id of an event: only those after it in the given order."""
    order: Order = Order.OLDEST
    type: EventType | None = None
    session_id: str | None = None


@frozen
class EventPage:
    """A page of the event log, in the order of commits. An event that is committed later follows
    all events that were read before, so a reader that continues after the last one misses none."""

    events: tuple[Event, ...]
    next_cursor: str | None
    """The id to continue after: the last event of the page, or the last one that was examined and
    had another type, or else the ``after`` of the query."""
    has_more: bool
    """Whether there is more now. With a filter by type a page may be short and still have a next
    one."""


class PeriodName(StrEnum):
    """The periods that have a name."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


PERIOD_DAYS: Final = {
    PeriodName.DAY: 1,
    PeriodName.WEEK: 7,
    PeriodName.MONTH: 30,
    PeriodName.YEAR: 365,
}


@frozen
class Period:
    """A range of days by number, both ends inclusive."""

    first: int
    last: int
    zone: ZoneInfo | None = None
    """The time zone of the days; None for UTC."""

    @property
    def days(self) -> int:
        """The number of days in the period."""
        return self.last - self.first + 1

    @property
    def previous(self) -> Period:
        """The period of the same length right before this one."""
        return Period(self.first - self.days, self.first - 1, self.zone)

    @property
    def start(self) -> int:
        """When the first day begins; unix milliseconds."""
        return day_start(self.first, self.zone)

    @property
    def end(self) -> int:
        """When the last day ends, which belongs to the day after; unix milliseconds."""
        return day_start(self.last + 1, self.zone)

    def bounds(self) -> Iterator[tuple[int, int, int]]:
        """The number of each day, when it begins and when the next one begins."""
        start = self.start
        for number in range(self.first, self.last + 1):
            end = day_start(number + 1, self.zone)
            yield number, start, end
            start = end


def utc_day(ms: int) -> int:
    """The number of the UTC day that contains a unix time in milliseconds."""
    return ms // DAY_MS


def day_of_date(day: date) -> int:
    """The number of a calendar day."""
    return (day - _EPOCH).days


def date_of_day(number: int) -> date:
    """The calendar day of a number."""
    return _EPOCH + timedelta(days=number)


def day_start(number: int, zone: ZoneInfo | None = None) -> int:
    """When a day begins in a time zone, UTC without one; unix milliseconds."""
    return number * DAY_MS if zone is None else start_of_day(date_of_day(number), zone)


def percent(part: int, whole: int) -> Decimal:
    """A share in per cent with two decimals, halves rounded away from zero; 0 if ``whole`` is 0."""
    return _rounded(Decimal(100 * part) / Decimal(whole)) if whole else Decimal(0)


def change(now: int, before: int) -> Decimal:
    """The difference to an earlier value in per cent, with two decimals. A rise from 0 counts as
    100."""
    if before == 0:
        return Decimal(100) if now else Decimal(0)
    return percent(now - before, before)


@frozen
class Summary:
    """The figures of one period."""

    sessions: Mapping[SessionStatus, int]
    payments: int
    volume: int

    @property
    def all_sessions(self) -> int:
        """The number of sessions created in the period."""
        return sum(self.sessions.values())

    @property
    def confirmed(self) -> int:
        """How many of them are confirmed."""
        return self.sessions.get(SessionStatus.CONFIRMED, 0)

    @property
    def conversion(self) -> Decimal:
        """The share of confirmed sessions in per cent."""
        return percent(self.confirmed, self.all_sessions)

    @property
    def average_payment(self) -> int:
        """Whole sompi, rounded down; 0 without payments."""
        return self.volume // self.payments if self.payments else 0


def summary_of(days: Iterable[Day]) -> Summary:
    """The sum of some days."""
    sessions: dict[SessionStatus, int] = {}
    payments = volume = 0
    for day in days:
        for status, count in day.sessions.items():
            sessions[status] = sessions.get(status, 0) + count
        payments += day.payments
        volume += day.volume
    return Summary(sessions, payments, volume)


@frozen
class Analytics:
    """A period compared with the one before it."""

    period: Period
    days: tuple[Day, ...]
    """Every day of the period, days without activity included."""
    now: Summary
    before: Summary
    top: tuple[TopPayment, ...]

    @property
    def volume_change(self) -> Decimal:
        """Per cent."""
        return change(self.now.volume, self.before.volume)

    @property
    def sessions_change(self) -> Decimal:
        """Per cent."""
        return change(self.now.all_sessions, self.before.all_sessions)

    @property
    def conversion_change(self) -> Decimal:
        """Percentage points."""
        return self.now.conversion - self.before.conversion


def analytics_of(period: Period, found: Iterable[Day], top: Sequence[TopPayment]) -> Analytics:
    """Combine the days that the store found since the start of the previous period."""
    by_number = {day.number: day for day in found}
    days = tuple(
        by_number.get(number) or Day(number) for number in range(period.first, period.last + 1)
    )
    previous = period.previous
    before = (day for number, day in by_number.items() if previous.first <= number <= previous.last)
    return Analytics(period, days, summary_of(days), summary_of(before), tuple(top))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_TWO_DECIMALS, ROUND_HALF_UP)
