"""A merchant's books: every payment that counts, one line each, and what they come to.

The sums are those of the figures (``kasgate.reports``): all money that arrived, partial, surplus
and late payments included, on the day on which the network accepted it. They leave out the mempool
and payments that a reorg withdrew.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from attrs import frozen

from kasgate.sessions.payments import Payment
from kasgate.sessions.session import PaidState, SessionStatus
from kasgate.sessions.valuation import ValueSum

LINES_AT_ONCE: Final = 500
"""The most lines of one page of an exported file."""
LINES_OF_STATEMENT: Final = 1_000
"""The most payments that a statement lists. Its sums cover all of them."""

LinePlace = tuple[int, str, int]
"""The place of a line: the time of acceptance, the transaction, the index of the output."""


@frozen
class BookLine:
    """One payment in the books."""

    payment: Payment
    session_id: str
    order_id: str | None
    description: str | None
    """What the shopper paid for, in the merchant's words."""
    address: str
    status: SessionStatus
    """The present state of the payment's session."""
    paid_state: PaidState
    """What the session received in all, compared with what it asked for."""

    @property
    def place(self) -> LinePlace:
        """Where it stands in the order of time."""
        outpoint = self.payment.outpoint
        return self.payment.accepted_at, outpoint.transaction_id, outpoint.index


@frozen
class LinePage:
    """Some lines in the order of time."""

    lines: tuple[BookLine, ...]
    next_place: LinePlace | None
    """The next page begins after this place; None on the last page."""


@frozen
class BookSum:
    """What some payments come to."""

    payments: int
    received: int
    """In sompi. It may count the same coin twice, so it is not a Sompi."""
    value: ValueSum | None
    """None without a display currency."""

    def __add__(self, other: BookSum) -> BookSum:
        """Both sums; their values have to be in one currency."""
        value = None if self.value is None or other.value is None else self.value + other.value
        return BookSum(self.payments + other.payments, self.received + other.received, value)


@frozen
class BookDay:
    """One day of a statement."""

    date: date
    sum: BookSum


@frozen
class Statement:
    """What a merchant received in a period."""

    before: BookSum
    """All payments that were accepted before the period."""
    days: tuple[BookDay, ...]
    """Every day of the period, those without payments included."""
    lines: tuple[BookLine, ...]
    """The first LINES_OF_STATEMENT payments."""

    @property
    def received(self) -> BookSum:
        """The sum of the period."""
        first, *others = (day.sum for day in self.days)
        return sum(others, first)
