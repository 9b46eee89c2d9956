"""The lines of the files with a merchant's books: one a payment, in each format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Final

from attrs import frozen

from kasgate.books import BookLine
from kasgate.json_text import iso, money_text
from kasgate.money import SOMPI_PER_KAS
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import PaidState
from kasgate.time_zones import local_time
from web.contract.books import BookFormat

Cells = Sequence[object]

COIN: Final = "KAS"


def kas_text(sompi: int) -> str:
    """An amount in KAS with all of its eight decimals, so that a column has one width."""
    whole, fraction = divmod(sompi, SOMPI_PER_KAS)
    return f"{whole}.{fraction:08d}"


def is_overpaid(line: BookLine) -> bool:
    """Whether the payment's session received more than it asked for."""
    return line.paid_state is PaidState.OVER


def is_final(line: BookLine) -> bool:
    """Whether no reorg can take the payment back."""
    return line.payment.state is PaymentState.CONFIRMED


def clock_text(ms: int, zone: tzinfo) -> str:
    """A time on a zone's clock, to the second: ``2026-11-30 14:05:09``."""
    return local_time(ms, zone).strftime("%Y-%m-%d %H:%M:%S")


@frozen
class BookFile:
    """A format: the first line, and the cells of a payment."""

    columns: tuple[str, ...]
    cells: Callable[[BookLine, tzinfo], Cells]


def _journal(line: BookLine, zone: tzinfo) -> Cells:
    payment, value = line.payment, line.payment.value
    return (
        clock_text(payment.accepted_at, zone),
        iso(payment.accepted_at),
        line.order_id,
        line.description,
        line.session_id,
        payment.outpoint.transaction_id,
        payment.outpoint.index,
        kas_text(payment.amount),
        value and value.currency,
        value and value.rate,
        value and money_text(value.minor, value.currency),
        line.address,
        line.status.value,
        payment.late,
        is_overpaid(line),
        is_final(line),
    )


def _koinly(line: BookLine, _zone: tzinfo) -> Cells:
    payment, value = line.payment, line.payment.value
    return (
        f"{clock_text(payment.accepted_at, UTC)} UTC",
        *("", "", kas_text(payment.amount), COIN, "", ""),
        value and money_text(value.minor, value.currency),
        value and value.currency,
        "income",
        _description(line),
        payment.outpoint.transaction_id,
    )


def _cointracking(line: BookLine, zone: tzinfo) -> Cells:
    payment, value = line.payment, line.payment.value
    return (
        *("Income", kas_text(payment.amount), COIN, "", "", "", "", "KasGate", ""),
        _description(line),
        clock_text(payment.accepted_at, zone),
        payment.outpoint.transaction_id,
        value and money_text(value.minor, value.currency),
        "",
    )


def _description(line: BookLine) -> str:
    name = f"Payment {line.session_id}" if line.order_id is None else f"Order {line.order_id}"
    return name if line.description is None else f"{name}: {line.description}"


FILES: Final = {
    BookFormat.JOURNAL: BookFile(
        (
            *(
                "date",
                "dateUtc",
                "orderId",
                "description",
                "sessionId",
                "txId",
                "output",
                "amountKas",
            ),
            *("currency", "rate", "value", "address", "status", "late", "overpaid", "final"),
        ),
        _journal,
    ),
    BookFormat.KOINLY: BookFile(
        (
            *("Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"),
            *("Fee Amount", "Fee Currency", "Net Worth Amount", "Net Worth Currency", "Label"),
            *("Description", "TxHash"),
        ),
        _koinly,
    ),
    BookFormat.COINTRACKING: BookFile(
        (
            *("Type", "Buy Amount", "Buy Currency", "Sell Amount", "Sell Currency", "Fee"),
            *("Fee Currency", "Exchange", "Trade-Group", "Comment", "Date", "Tx-ID"),
            *("Buy Value in Account Currency", "Sell Value in Account Currency"),
        ),
        _cointracking,
    ),
}
"""Each format. Koinly's times are in UTC; the others are on the clock of the chosen zone."""
