"""All events of a merchant over the WebSocket ``/ws``, each after its commit.

Whoever follows with an API key is told where the log stands when it begins, then every event, and
after a pause of its own in which too many happened, where to go on reading in ``GET
/api/v1/events``. The words: ``authenticated``, ``event``, ``missed``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from actors.event_feed import FeedClosed, Missed
from kasgate.wire import iso
from web.answers import without_absent
from web.auth import merchant_of_key

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.events import Event


async def push_events(
    gateway: Gateway, merchant_id: str, api_key: str, send: Callable[[str], Awaitable[None]]
) -> None:
    """Send a merchant's events until cancelled. Raises FeedClosed once the key is dead, and
    StoreUnavailable before anything was sent."""
    with gateway.events.follow(merchant_id) as follower:
        # Asked again: the key may have died before there was a follower to be told.
        if await merchant_of_key(gateway, api_key) is None:
            raise FeedClosed
        newest = await gateway.store.newest_event_id(merchant_id)
        follower.begin_after(newest)
        await send(
            _message(
                without_absent(
                    {"type": "authenticated", "merchantId": merchant_id, "lastEventId": newest}
                )
            )
        )
        while True:
            for news in await follower.take():
                await send(_told(news))


def _told(news: Event | Missed) -> str:
    if isinstance(news, Missed):
        return _message({"type": "missed", "after": news.after})
    head = _message({"type": "event", "id": news.id, "createdAt": iso(news.created_at)})
    return f"{head[:-1]},{news.payload[1:]}"


def _message(fields: dict[str, object]) -> str:
    return msgspec.json.encode(fields).decode()
