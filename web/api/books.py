"""A merchant's books over HTTP: files for accountants, and the statement of a period."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from kasgate.access.api_keys import Scope
from kasgate.books import LINES_AT_ONCE, BookLine, BookSum
from kasgate.json_text import iso, value_fields
from kasgate.money import format_kas
from web.contract.answers import Answer, download, json_answer, without_absent
from web.contract.book_lines import FILES, BookFile, clock_text, is_final, is_overpaid
from web.contract.books import (
    BOOK_PARAMETERS,
    STATEMENT_PARAMETERS,
    StatementAnswer,
    read_book_query,
    read_statement_query,
)
from web.contract.csv_rows import CSV, csv_line
from web.contract.operations import Auth, described
from web.contract.queries import as_described
from web.contract.session_fields import value_sum_fields
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from datetime import tzinfo

    from actors.gateway import Gateway
    from kasgate.books import LinePage, LinePlace, Statement
    from kasgate.merchant import Merchant
    from kasgate.time_zones import ZoneDays


class BookCalls:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @described(
        {200: CSV},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(BOOK_PARAMETERS),
    )
    async def export(self, request: Request) -> Answer:
        """Download every payment of a period, one line each, oldest first.

        A journal, or a file for Koinly or CoinTracking. Text that a spreadsheet would read as a
        formula begins with an apostrophe. The file is streamed: if an error cuts it off, its proper
        end is missing.
        """
        days, form = read_book_query(request.query, self._gateway.clock())
        merchant, file = request.caller.merchant, FILES[form]
        first = await self._page(merchant, days, None)
        name = f"kasgate-{form.value}-{days.first}-{days.last}.csv"
        return download(self._parts(merchant, days, file, first), CSV, name)

    @described(
        {200: StatementAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(STATEMENT_PARAMETERS),
    )
    async def statement(self, request: Request) -> Answer:
        """Read what was received in a period, day by day.

        With the payments, at most 1,000 of them; the sums cover all. Without a period, this month.
        """
        now, merchant = self._gateway.clock(), request.caller.merchant
        days = read_statement_query(request.query, now)
        found = await self._gateway.store.statement(merchant.id, days, merchant.display_currency)
        head = {"merchantName": merchant.name, "madeAt": iso(now)}
        return json_answer(_period_fields(days) | head | _statement_fields(found, days.zone))

    async def _parts(
        self, merchant: Merchant, days: ZoneDays, file: BookFile, page: LinePage
    ) -> AsyncIterator[bytes]:
        yield csv_line(file.columns)
        while True:
            if page.lines:
                yield b"".join(csv_line(file.cells(line, days.zone)) for line in page.lines)
            if page.next_place is None:
                return
            page = await self._page(merchant, days, page.next_place)

    async def _page(self, merchant: Merchant, days: ZoneDays, after: LinePlace | None) -> LinePage:
        start, end = days.start, days.end
        return await self._gateway.store.book_lines(merchant.id, start, end, after, LINES_AT_ONCE)


def _period_fields(days: ZoneDays) -> dict[str, Any]:
    return {
        "period": {
            "first": days.first.isoformat(),
            "last": days.last.isoformat(),
            "timeZone": days.zone.key,
            "start": iso(days.start),
            "end": iso(days.end - 1),
        }
    }


def _statement_fields(found: Statement, zone: tzinfo) -> dict[str, Any]:
    received = found.received
    return {
        "before": _sum_fields(found.before),
        "received": _sum_fields(received),
        "after": _sum_fields(found.before + received),
        "days": [{"date": day.date.isoformat()} | _sum_fields(day.sum) for day in found.days],
        "payments": [_line_fields(line, zone) for line in found.lines],
        "areAllListed": len(found.lines) == received.payments,
    }


def _sum_fields(sum_: BookSum) -> dict[str, Any]:
    return without_absent(
        {
            "payments": sum_.payments,
            "received": format_kas(sum_.received),
            "receivedSompi": str(sum_.received),
            "value": value_sum_fields(sum_.value),
        }
    )


def _line_fields(line: BookLine, zone: tzinfo) -> dict[str, Any]:
    payment = line.payment
    date, _, time = clock_text(payment.accepted_at, zone).partition(" ")
    return without_absent(
        {
            "at": iso(payment.accepted_at),
            "date": date,
            "time": time,
            "sessionId": line.session_id,
            "orderId": line.order_id,
            "description": line.description,
            "txId": payment.outpoint.transaction_id,
            "index": payment.outpoint.index,
            "amount": format_kas(payment.amount),
            "amountSompi": str(payment.amount),
            "value": None if payment.value is None else value_fields(payment.value),
            "status": line.status.value,
            "late": payment.late,
            "overpaid": is_overpaid(line),
            "final": is_final(line),
        }
    )


def book_routes(gateway: Gateway) -> Routes:
    """The routes under ``/api/v1/merchants/me/books``."""
    calls = BookCalls(gateway)
    return Routes(
        "books",
        "/api/v1/merchants/me/books",
        (("GET", "/export", calls.export), ("GET", "/statement", calls.statement)),
    )
