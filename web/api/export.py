"""Downloads a merchant's sessions as a file. The file is streamed: at most one page of it is in
memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from attrs import evolve
from msgspec import UNSET, UnsetType

from kasgate.access.api_keys import Scope
from web.api.reports import listed_fields, received_values
from web.contract.answers import JSON, Answer, download
from web.contract.csv_rows import CSV, csv_line
from web.contract.operations import Auth, described
from web.contract.queries import EXPORT_PARAMETERS, FileFormat, as_described, read_export_query
from web.contract.reports import ListedSessionAnswer
from web.contract.types import Shape
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.merchant import Merchant
    from kasgate.reports import ListedSession, SessionPage, SessionQuery
    from kasgate.sessions.valuation import ValueSum

_COLUMNS: Final = (
    "id",
    "orderId",
    "status",
    "amount",
    "amountSompi",
    "createdAt",
    "expiresAt",
    "paidAt",
    "confirmedAt",
    "confirmations",
    "txId",
    "address",
    "received",
    "receivedSompi",
    "paidState",
    "late",
    "cancelled",
    "needsAttention",
    "attention",
    "fiatValue",
    "fiatCurrency",
    "fiatRate",
    "description",
    "valueCurrency",
    "receivedValue",
    "paymentsWithoutValue",
)
_METADATA: Final = "metadata"


class ExportedSessionAnswer(ListedSessionAnswer, kw_only=True):
    """A session in an exported file."""

    metadata: dict[str, str] | UnsetType = UNSET


class SessionFileAnswer(Shape, kw_only=True):
    """All sessions that match the filters, newest first."""

    sessions: list[ExportedSessionAnswer]


class Export:
    """Writes sessions to a file. Raises StoreUnavailable. After the first page, an error cuts the
    file off without its proper end."""

    def __init__(self, gateway: Gateway, *, with_metadata: bool = False) -> None:
        self._gateway = gateway
        self._with_metadata = with_metadata

    async def csv(self, merchant: Merchant, wanted: SessionQuery) -> AsyncIterator[bytes]:
        """The parts of a CSV file. The first page has been read when this returns."""
        return self._csv(merchant, wanted, await self._page(merchant, wanted))

    async def json(self, merchant: Merchant, wanted: SessionQuery) -> AsyncIterator[bytes]:
        """The parts of a JSON file. The first page has been read when this returns."""
        return self._json(merchant, wanted, await self._page(merchant, wanted))

    async def _csv(
        self, merchant: Merchant, wanted: SessionQuery, first: SessionPage
    ) -> AsyncIterator[bytes]:
        columns = (*_COLUMNS, _METADATA) if self._with_metadata else _COLUMNS
        yield csv_line(columns)
        async for sessions in self._pages(merchant, wanted, first):
            values = await received_values(self._gateway, merchant, sessions)
            rows = (self._cells(session, values.get(session.id)) for session in sessions)
            yield b"".join(csv_line([row.get(name) for name in columns]) for row in rows)

    def _cells(self, session: ListedSession, worth: ValueSum | None) -> dict[str, Any]:
        """A session's fields as cells, by column."""
        fields = listed_fields(self._gateway, session, worth)
        fiat, value = fields.get("fiat", {}), fields.get("receivedValue", {})
        return fields | {
            "attention": " ".join(fields["attention"]),
            "fiatValue": fiat.get("value"),
            "fiatCurrency": fiat.get("currency"),
            "fiatRate": fiat.get("rate"),
            "valueCurrency": value.get("currency"),
            "receivedValue": value.get("amount"),
            "paymentsWithoutValue": value.get("unknownPayments"),
            _METADATA: session.metadata,
        }

    def _object(self, session: ListedSession, worth: ValueSum | None) -> bytes:
        fields = listed_fields(self._gateway, session, worth)
        if self._with_metadata and session.metadata is not None:
            fields[_METADATA] = msgspec.Raw(session.metadata.encode())
        return msgspec.json.encode(fields)

    async def _json(
        self, merchant: Merchant, wanted: SessionQuery, first: SessionPage
    ) -> AsyncIterator[bytes]:
        before = b'{"sessions":['
        async for sessions in self._pages(merchant, wanted, first):
            values = await received_values(self._gateway, merchant, sessions)
            objects = (self._object(session, values.get(session.id)) for session in sessions)
            yield before + b",".join(objects)
            before = b","
        yield b"]}" if before == b"," else before + b"]}"

    async def _pages(
        self, merchant: Merchant, wanted: SessionQuery, page: SessionPage
    ) -> AsyncIterator[Sequence[ListedSession]]:
        """The non-empty pages. A page of a search can be empty and not the last one."""
        while True:
            if page.sessions:
                yield page.sessions
            if page.next_cursor is None:
                return
            page = await self._page(merchant, evolve(wanted, after=page.next_cursor))

    async def _page(self, merchant: Merchant, wanted: SessionQuery) -> SessionPage:
        return await self._gateway.store.session_page(merchant.id, wanted)


class ExportCalls:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @described(
        {200: SessionFileAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(EXPORT_PARAMETERS),
        files=(CSV,),
    )
    async def export(self, request: Request) -> Answer:
        """Download sessions as a file, with the filters of the list.

        CSV or JSON. In CSV, text that a spreadsheet would read as a formula begins with an
        apostrophe. metadata=true adds the metadata of each session, in CSV as JSON text. The file
        is streamed: if an error cuts it off, its proper end is missing.
        """
        merchant = request.caller.merchant
        wanted, form, with_metadata = read_export_query(request.query)
        files = Export(self._gateway, with_metadata=with_metadata)
        if form is FileFormat.CSV:
            return download(await files.csv(merchant, wanted), CSV, "kasgate-sessions.csv")
        return download(await files.json(merchant, wanted), JSON, "kasgate-sessions.json")


def export_routes(gateway: Gateway) -> Routes:
    calls = ExportCalls(gateway)
    return Routes("export", "/api/v1/merchants/me/sessions", (("GET", "/export", calls.export),))
