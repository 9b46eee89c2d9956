"""The feed of all events of a merchant over the WebSocket ``/ws``, each after its commit.

An authenticated client gets the id of the newest event (``authenticated``), then every new event
(``event``). If it reads too slowly and events are skipped, it gets the id after which to read on in
``GET /api/v1/events`` (``missed``).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import trio
from attrs import field, frozen

from actors.event_feed import EventsMissed, FeedClosed
from kasgate.json_text import iso
from web.contract.answers import without_absent
from web.http.credentials import HeaderLookup, merchant_of_key, signed_in_of
from web.socket.messages import encoded

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.events import Event


@frozen
class Entrance:
    """The right to follow a merchant's events."""

    merchant_id: str
    is_open: Callable[[], Awaitable[bool]] = field(repr=False)
    """Whether the right still holds. Raises StoreUnavailable."""
    credentials: tuple[str, ...] = field(repr=False)
    """The credentials that it ends with: the hash of the API key, and the id of the dashboard
    session, if there is one."""
    lasts_s: float = math.inf


async def entrance_by_key(gateway: Gateway, api_key: object) -> Entrance | None:
    """The entrance of an API key; None if it is not valid. Raises StoreUnavailable."""
    holder = await merchant_of_key(gateway, api_key)

    async def is_open() -> bool:
        return await merchant_of_key(gateway, api_key) is not None

    if holder is None:
        return None
    return Entrance(holder.merchant.id, is_open, (holder.key.key_hash,))


async def entrance_by_cookie(gateway: Gateway, headers: HeaderLookup) -> Entrance | None:
    """The entrance of a dashboard session, by its cookie; None without one. Raises
    StoreUnavailable."""
    signed_in = await signed_in_of(gateway, headers)

    async def is_open() -> bool:
        return await signed_in_of(gateway, headers) is not None

    if signed_in is None:
        return None
    lasts_s = (signed_in.session.expires_at - gateway.clock()) / 1000
    credentials = (
        signed_in.session.id,
        *(() if signed_in.key is None else (signed_in.key.key_hash,)),
    )
    return Entrance(signed_in.merchant.id, is_open, credentials, lasts_s)


async def push_events(
    gateway: Gateway, entrance: Entrance, send: Callable[[bytes], Awaitable[None]]
) -> None:
    """Send a merchant's events until cancelled. Raises FeedClosed when the entrance ends, and
    StoreUnavailable if the store fails before the first message."""
    with trio.move_on_after(entrance.lasts_s):
        await _push(gateway, entrance, send)
    raise FeedClosed


async def _push(
    gateway: Gateway, entrance: Entrance, send: Callable[[bytes], Awaitable[None]]
) -> None:
    merchant_id = entrance.merchant_id
    with gateway.events.follow(merchant_id, *entrance.credentials) as follower:
        # Checked again: the entrance may have ended before the follower was there to be notified.
        if not await entrance.is_open():
            raise FeedClosed
        newest = await gateway.store.newest_event_id(merchant_id)
        follower.begin_after(newest)
        await send(
            encoded(
                without_absent(
                    {"type": "authenticated", "merchantId": merchant_id, "lastEventId": newest}
                )
            )
        )
        while True:
            for news in await follower.take():
                await send(_feed_message(news))


def _feed_message(news: Event | EventsMissed) -> bytes:
    if isinstance(news, EventsMissed):
        return encoded({"type": "missed", "after": news.after})
    head = encoded({"type": "event", "id": news.id, "createdAt": iso(news.created_at)})
    return b"%b,%b" % (head[:-1], news.payload[1:].encode())
