"""The event log over HTTP: what happened to a merchant's sessions, to be read again and resent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from quart import Blueprint, Response, request

from kasgate.access.api_keys import Scope
from kasgate.json_text import iso
from kasgate.reports import UnknownCursor
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.problems import EVENT_NOT_FOUND, Problem, unknown_cursor
from web.contract.queries import EVENT_PARAMETERS, Arguments, as_described, read_event_query
from web.contract.reports import EventAnswer, EventListAnswer, ResendAnswer
from web.http.credentials import require_merchant
from web.http.idempotency import Idempotency
from web.http.quart_io import body_if_any, respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.events import Event
    from kasgate.merchant import Merchant
    from web.http.limits import RateLimiter


class EventCalls:
    """What may be asked about events. Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits

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
        self._limits.count("resends", merchant.id)
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
    """An event: the webhook's body, byte for byte, behind ``id``, ``type`` and ``createdAt``."""
    head = msgspec.json.encode(
        {"id": event.id, "type": event.type.value, "createdAt": iso(event.created_at)}
    )
    body = event.payload.encode()
    return head[:-1] + (b"}" if body == b"{}" else b"," + body[1:])


def event_routes(gateway: Gateway, idempotency: Idempotency, limits: RateLimiter) -> Blueprint:
    """The routes under ``/api/v1/events``."""
    routes = Blueprint("events", __name__, url_prefix="/api/v1/events")
    calls = EventCalls(gateway, limits)

    @routes.get("")
    @described(
        {200: EventListAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(EVENT_PARAMETERS),
    )
    async def list_() -> Response:
        """List events, oldest first unless asked otherwise.

        Go on with after and the nextCursor of the page before.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.list(merchant, request.args))

    @routes.get("/<event_id>")
    @described({200: EventAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def read(event_id: str) -> Response:
        """Read an event."""
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.read(merchant, event_id))

    @routes.post("/<event_id>/resend")
    @described({200: ResendAnswer}, auth=Auth.KEY, problems=(409,), idempotent=True)
    async def resend(event_id: str) -> Response:
        """Send an event to the webhook URL again."""
        merchant = await require_merchant(gateway, request.headers)
        act = partial(calls.resend, merchant, event_id)
        return respond(await idempotency.once(merchant, request, act, await body_if_any()))

    return routes


def _not_found() -> Problem:
    return Problem(EVENT_NOT_FOUND, "There is no event with this id.")
