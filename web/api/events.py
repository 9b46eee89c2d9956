"""A merchant's event log over HTTP: read events, and send one again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from kasgate.access.api_keys import Scope
from kasgate.json_text import iso
from kasgate.reports import UnknownCursor
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.problems import EVENT_NOT_FOUND, Problem, unknown_cursor
from web.contract.queries import EVENT_PARAMETERS, as_described, read_event_query
from web.contract.reports import EventAnswer, EventListAnswer, ResendAnswer
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.events import Event
    from web.http.limits import RateLimiter


class EventCalls:
    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits

    @described(
        {200: EventListAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(EVENT_PARAMETERS),
    )
    async def list_(self, request: Request) -> Answer:
        """List events, oldest first by default.

        For the next page, pass nextCursor as after.
        """
        wanted = read_event_query(request.query)
        try:
            page = await self._gateway.store.event_page(request.caller.merchant.id, wanted)
        except UnknownCursor:
            raise unknown_cursor("after", "You have no event with this id.") from None
        return json_answer(
            without_absent(
                {
                    "events": [msgspec.Raw(event_json(event)) for event in page.events],
                    "hasMore": page.has_more,
                    "nextCursor": page.next_cursor,
                }
            )
        )

    @described({200: EventAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def read(self, request: Request) -> Answer:
        """Read an event."""
        event = await self._gateway.store.event(request.places["event_id"])
        if event is None or event.merchant_id != request.caller.merchant.id:
            raise _not_found()
        return Answer(200, event_json(event))

    @described({200: ResendAnswer}, auth=Auth.KEY, problems=(409,), idempotent=True)
    async def resend(self, request: Request) -> Answer:
        """Send an event to the webhook URL again."""
        merchant, event_id = request.caller.merchant, request.places["event_id"]
        self._limits.count("resends", request.caller, merchant.id)
        delivery = await self._gateway.redelivery.event(merchant, event_id)
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
    """An event as JSON: ``id``, ``type`` and ``createdAt``, then the webhook's body byte for
    byte."""
    head = msgspec.json.encode(
        {"id": event.id, "type": event.type.value, "createdAt": iso(event.created_at)}
    )
    body = event.payload.encode()
    return head[:-1] + (b"}" if body == b"{}" else b"," + body[1:])


def event_routes(gateway: Gateway, limits: RateLimiter) -> Routes:
    """The routes under ``/api/v1/events``."""
    calls = EventCalls(gateway, limits)
    return Routes(
        "events",
        "/api/v1/events",
        (
            ("GET", "", calls.list_),
            ("GET", "/<event_id>", calls.read),
            ("POST", "/<event_id>/resend", calls.resend),
        ),
    )


def _not_found() -> Problem:
    return Problem(EVENT_NOT_FOUND, "There is no event with this id.")
