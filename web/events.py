"""The event log over HTTP: what happened to a merchant's sessions, to be read again and resent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from quart import Blueprint, Response, request

from kasgate.reports import UnknownCursor
from kasgate.wire import iso
from web.answers import Answer, json_answer, without_absent
from web.auth import require_merchant
from web.http import drop_body, respond
from web.problems import EVENT_NOT_FOUND, Problem, unknown_cursor
from web.query_parameters import Arguments, read_event_query

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.events import Event
    from kasgate.merchant import Merchant


class EventCalls:
    """What may be asked about events. Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def list(self, merchant: Merchant, given: Arguments) -> Answer:
        """A part of the log, oldest first unless asked otherwise."""
        wanted = read_event_query(given)
        try:
            page = await self._gateway.store.event_page(merchant.id, wanted)
        except UnknownCursor:
            raise unknown_cursor("after", "There is no event of yours with this id.") from None
        return json_answer(
            without_absent(
                {
                    "events": [msgspec.Raw(event_json(event)) for event in page.events],
                    "hasMore": page.has_more,
                    "nextCursor": page.next_cursor,
                }
            )
        )

    async def read(self, merchant: Merchant, event_id: str) -> Answer:
        """One event."""
        event = await self._gateway.store.event(event_id)
        if event is None or event.merchant_id != merchant.id:
            raise _not_found()
        return Answer(200, event_json(event))

    async def resend(self, merchant: Merchant, event_id: str) -> Answer:
        """Send an event to the merchant's webhook URL again."""
        delivery = await self._gateway.resender.event(merchant, event_id)
        if delivery is None:
            raise _not_found()
        return json_answer(
            {
                "message": "The webhook is being sent again.",
                "eventId": event_id,
                "logId": delivery.id,
            }
        )


def event_json(event: Event) -> bytes:
    """An event: the webhook's body, byte for byte, behind ``id``, ``type`` and ``createdAt``."""
    head = msgspec.json.encode(
        {"id": event.id, "type": event.type.value, "createdAt": iso(event.created_at)}
    )
    body = event.payload.encode()
    return head[:-1] + (b"}" if body == b"{}" else b"," + body[1:])


def event_routes(gateway: Gateway) -> Blueprint:
    """The routes under ``/api/v1/events``."""
    routes = Blueprint("events", __name__, url_prefix="/api/v1/events")
    calls = EventCalls(gateway)

    @routes.get("")
    async def list_() -> Response:
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.list(merchant, request.args))

    @routes.get("/<event_id>")
    async def read(event_id: str) -> Response:
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.read(merchant, event_id))

    @routes.post("/<event_id>/resend")
    async def resend(event_id: str) -> Response:
        merchant = await require_merchant(gateway, request.headers)
        await drop_body()
        return respond(await calls.resend(merchant, event_id))

    return routes


def _not_found() -> Problem:
    return Problem(EVENT_NOT_FOUND, "There is no event with this id.")
