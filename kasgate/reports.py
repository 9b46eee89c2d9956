"""Lists and figures: what is asked for, what is found, and what the figures mean.

A session belongs to the UTC day on which it was created, wherever it stands today. Money belongs to
the UTC day on which the network accepted the payment that brought it: a session created at 23:59
and paid at 00:01 is a session of the one day and volume of the next. So the volume of a day that is
over never changes again, except by a reorg or by what a node tells late.

Volume is all money that arrived: partial, surplus and late payments included; never the mempool,
never what a reorg took back. Sums are Python's integers, so that no sum overflows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from kasgate.events import Delivery, DeliveryState, Event
from kasgate.money import Sompi
from kasgate.search import TextQuery
from kasgate.sessions.attention import AttentionReason
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import EventType, PaidState, SessionStatus

DAY_MS: Final = 86_400_000
COUNT_LIMIT: Final = 10_000
"""How far is counted what has no figure of its own; see SessionPage.total_is_exact."""
TOP_PAYMENTS: Final = 10
LONGEST_PERIOD_DAYS: Final = 1_096

_EPOCH: Final = date(1970, 1, 1)
_TWO_DECIMALS: Final = Decimal("0.01")


class UnknownCursor(Exception):
    """The place to go on from is not one of this merchant's."""


@frozen
class SessionQuery:
    """Which of a merchant's sessions, newest first."""

    limit: int
    offset: int = 0
    after: str | None = None
    """Id of a session: only those that come after it in the list, which are older."""
    status: SessionStatus | None = None
    order_id: str | None = None
    paid_state: PaidState | None = None
    late: bool | None = None
    cancelled: bool | None = None
    needs_attention: bool | None = None
    text: TextQuery | None = None
    created_from: int | None = None
    """Unix milliseconds, inclusive."""
    created_to: int | None = None
    """Unix milliseconds, inclusive."""
    counted: bool = True
    """Whether anybody wants to know how many there are; else the total is 0 and not exact."""

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than a status and words, so that no kept figure says how many
        there are."""
        asked = (self.order_id, self.created_from, self.created_to)
        return self.marks > 0 or any(value is not None for value in asked)

    @property
    def marks(self) -> int:
        """How many filters ask for what came of a session, beside its status."""
        asked = (self.paid_state, self.late, self.cancelled, self.needs_attention)
        return sum(value is not None for value in asked)


@frozen
class ListedSession:
    """A session as lists show it."""

    id: str
    address: str
    amount: Sompi
    status: SessionStatus
    confirmations: int
    """The required number once confirmed, else 0: progress is known to who follows the chain."""
    tx_id: str | None
    order_id: str | None
    created_at: int
    expires_at: int
    paid_at: int | None
    confirmed_at: int | None
    received: Sompi
    paid_state: PaidState
    late: bool
    cancelled: bool
    attention: tuple[AttentionReason, ...]
    """Why it needs attention; nothing if it needs none."""
    fiat: str | None
    """The price that the amount was made from, as stored: JSON."""
    metadata: str | None
    """As stored: JSON."""


@frozen
class SessionPage:
    """A part of a list."""

    sessions: tuple[ListedSession, ...]
    total: int
    """How many match, on all pages."""
    total_is_exact: bool
    """False: at least so many. Without a filter and by status alone it is always exact; with one
    other filter up to COUNT_LIMIT; with more of them, as with words, if one page holds all."""
    next_cursor: str | None
    """Where the next page begins; None if this is the last one. A page of a search, or of several
    filters at once, may be short, even empty, and still have a next one."""


@frozen
class UsedAddress:
    """An address that was given out for a session."""

    index: int
    address: str
    session_id: str
    received: Sompi
    """All that ever came to it and was not taken back."""


@frozen
class Amounts:
    """So many sessions, and all that was received for them."""

    sessions: int = 0
    received: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.sessions + other.sessions, self.received + other.received)


@frozen
class Totals:
    """All of a merchant's sessions, and all money that arrived."""

    sessions: Mapping[SessionStatus, int]
    received: int
    attention: Mapping[tuple[AttentionReason, ...], Amounts] = field(factory=dict)
    """Sessions that need attention, by all of their reasons."""

    @property
    def needing_attention(self) -> Amounts:
        """All that need it, each once."""
        return sum(self.attention.values(), Amounts())

    def needing_attention_for(self, reason: AttentionReason) -> Amounts:
        """Those with this reason among theirs."""
        found = (amounts for reasons, amounts in self.attention.items() if reason in reasons)
        return sum(found, Amounts())

    @property
    def all_sessions(self) -> int:
        """However they stand."""
        return sum(self.sessions.values())


@frozen
class Day:
    """Figures of one UTC day."""

    number: int
    """Days since 1970-01-01."""
    sessions: Mapping[SessionStatus, int] = field(factory=dict)
    """Those created on this day, by where they stand now."""
    payments: int = 0
    """Accepted on this day."""
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
    """Which of a merchant's webhook deliveries, newest first."""

    limit: int
    offset: int = 0
    after: str | None = None
    """Id of a delivery: only those that come after it in the list, which are older."""
    events: frozenset[EventType] = frozenset()
    """Of these types; of any if there are none."""
    state: DeliveryState | None = None
    session_id: str | None = None
    order_id: str | None = None
    amount_from: int | None = None
    """Of the session's amount in sompi, inclusive."""
    amount_to: int | None = None
    """Of the session's amount in sompi, inclusive."""


@frozen
class LoggedDelivery:
    """A line of the webhook log."""

    delivery: Delivery
    session: ListedSession
    """As it stands now; how it stood then, the delivery's payload says."""


@frozen
class DeliveryPage:
    """A part of the webhook log."""

    deliveries: tuple[LoggedDelivery, ...]
    total: int
    total_is_exact: bool
    """False: at least so many."""
    next_cursor: str | None
    """Where the next page begins; None if this is the last one. A page of a range of amounts may be
    short, even empty, and still have a next one."""


@frozen
class PaymentPage:
    """A part of a session's payments, in the order of their places."""

    payments: tuple[Payment, ...]
    total: int
    """How many the session has, on all pages."""
    next_cursor: int | None
    """The place behind which the next page begins; None if this is the last one."""


class Order(StrEnum):
    """In which direction the event log is read."""

    OLDEST = "oldest"
    NEWEST = "newest"


@frozen
class EventQuery:
    """Which of a merchant's events."""

    limit: int
    after: str | None = None
    """Id of an event: only those behind it in the order asked for."""
    order: Order = Order.OLDEST
    type: EventType | None = None
    session_id: str | None = None


@frozen
class EventPage:
    """A part of the event log, in the order of commits: what is committed later stands behind
    everything that was ever read, so who goes on after the last event misses none."""

    events: tuple[Event, ...]
    next_cursor: str | None
    """The id to go on after: that of the last event, or of the last one that was looked at and was
    not of the type asked for. None if the page is empty and there was nothing to look at."""
    has_more: bool
    """Whether there is more now. A page of one type may be short and still have more behind it."""


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
    """Whole UTC days, by their numbers, both inclusive."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """How many."""
        return self.last - self.first + 1

    @property
    def previous(self) -> Period:
        """As many days right before."""
        return Period(self.first - self.days, self.first - 1)


def utc_day(ms: int) -> int:
    """The number of the UTC day of a unix time in milliseconds."""
    return ms // DAY_MS


def day_of_date(day: date) -> int:
    """The number of a calendar day."""
    return (day - _EPOCH).days


def date_of_day(number: int) -> date:
    """The calendar day of a number."""
    return _EPOCH + timedelta(days=number)


def percent(part: int, whole: int) -> Decimal:
    """A share in per cent with two decimals, halves away from zero; 0 of nothing."""
    return _rounded(Decimal(100 * part) / Decimal(whole)) if whole else Decimal(0)


def change(now: int, before: int) -> Decimal:
    """How much more or less than before, in per cent with two decimals. From nothing to something
    is 100."""
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
        """Created in the period."""
        return sum(self.sessions.values())

    @property
    def confirmed(self) -> int:
        """Those of them that are confirmed."""
        return self.sessions.get(SessionStatus.CONFIRMED, 0)

    @property
    def conversion(self) -> Decimal:
        """Confirmed ones of all, in per cent."""
        return percent(self.confirmed, self.all_sessions)

    @property
    def average_payment(self) -> int:
        """In whole sompi, rounded down; 0 without payments."""
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
    """A period beside the one before."""

    period: Period
    days: tuple[Day, ...]
    """All of the period, also those on which nothing happened."""
    now: Summary
    before: Summary
    top: tuple[TopPayment, ...]

    @property
    def volume_change(self) -> Decimal:
        """In per cent."""
        return change(self.now.volume, self.before.volume)

    @property
    def sessions_change(self) -> Decimal:
        """In per cent."""
        return change(self.now.all_sessions, self.before.all_sessions)

    @property
    def conversion_change(self) -> Decimal:
        """In percentage points."""
        return self.now.conversion - self.before.conversion


def analytics_of(period: Period, found: Iterable[Day], top: Sequence[TopPayment]) -> Analytics:
    """Put together what the store found from the first day of the previous period on."""
    by_number = {day.number: day for day in found}
    days = tuple(
        by_number.get(number) or Day(number) for number in range(period.first, period.last + 1)
    )
    previous = period.previous
    before = (day for number, day in by_number.items() if previous.first <= number <= previous.last)
    return Analytics(period, days, summary_of(days), summary_of(before), tuple(top))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_TWO_DECIMALS, ROUND_HALF_UP)
