"""``kasgate listen``: the merchant's events as signed webhooks to a server that is being written.

The gateway can't reach a developer's machine, and need not: this follows the merchant's feed over
the WebSocket and sends each event on, in the form that the gateway itself would.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec
import trio
from attrs import define, field, frozen
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection, open_websocket_url

from kasgate.cli.account import api_key_of, opened
from kasgate.cli.outcome import DONE, USAGE, Failure
from kasgate.client import AsyncKasGate, ConnectionFailed
from kasgate.client.calls import raw_events
from kasgate.clock import system_clock
from kasgate.keys import new_webhook_secret
from kasgate.session import EventType
from kasgate.settings import WEBHOOK_SECRET_VARIABLE
from kasgate.webhook import headers
from kasgate.wire import compact_json

FORWARD_S: Final = 10.0
"""A receiver has as long as it has with the gateway (contract.md §8)."""
HANDSHAKE_S: Final = 10.0
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
REMEMBERED: Final = 1_000
"""Events known by their ids, so that none is forwarded twice around a lost connection."""
MAX_MESSAGE_BYTES: Final = 1024 * 1024
_AROUND_BODY: Final = frozenset({"type", "id", "createdAt"})
_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")

Fields = dict[str, Any]


class FeedRefused(Exception):
    """The gateway does not let us follow its feed. The text is the gateway's."""


@frozen
class Forwarder:
    """Sends events on as webhooks."""

    http: httpx.AsyncClient
    url: str
    secret: str

    async def __call__(self, fields: Fields) -> None:
        """Sign and send one event, and print what came of it. One attempt."""
        event, delivery_id = EventType(fields["event"]), str(fields["deliveryId"])
        body = compact_json(fields).encode()
        started = trio.current_time()
        try:
            with trio.fail_after(FORWARD_S):
                answer = await self.http.post(
                    self.url,
                    content=body,
                    headers=headers([self.secret], event, delivery_id, body, system_clock()),
                )
            told = f"{answer.status_code}{'' if answer.is_success else ' (not a 2xx)'}"
        except trio.TooSlowError:
            told = f"no answer within {FORWARD_S:g} seconds"
        except httpx.HTTPError as error:
            told = f"not delivered: {error or type(error).__name__}"
        took_ms = round((trio.current_time() - started) * 1000)
        now = f"{datetime.now().astimezone():%H:%M:%S}"
        print(
            f"{now}  {event.value:<18}  {delivery_id}  {fields['sessionId']}"
            f"  → {told}, {took_ms} ms",
            flush=True,
        )


@define
class Follower:
    """Follows a merchant's events across lost connections."""

    client: AsyncKasGate
    url: str
    """Of the WebSocket."""
    api_key: str = field(repr=False)
    forward: Callable[[Fields], Awaitable[None]]
    last: str | None = None
    """The id of the newest event that was forwarded."""
    _known: OrderedDict[str, None] = field(factory=OrderedDict)

    async def run(self) -> None:
        """Follow until cancelled. Raises FeedRefused, and what the first connection ends with."""
        pause_s = FIRST_PAUSE_S
        connected = False
        while True:
            try:
                async with open_websocket_url(
                    self.url, connect_timeout=HANDSHAKE_S, max_message_size=MAX_MESSAGE_BYTES
                ) as socket:
                    await self._authenticate(socket)
                    if not connected:
                        print("Listening. Ctrl-C ends it.", flush=True)
                    connected, pause_s = True, FIRST_PAUSE_S
                    await self._catch_up(self.last)
                    await self._follow(socket)
            except (ConnectionClosed, HandshakeError, OSError, ConnectionFailed) as error:
                if not connected:
                    raise ConnectionFailed(f"No answer from {self.url}: {error}") from error
                print(f"The connection was lost; again in {pause_s:g} s.", flush=True)
            await trio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _authenticate(self, socket: WebSocketConnection) -> None:
        message = {"type": "authenticate", "apiKey": self.api_key}
        await socket.send_message(msgspec.json.encode(message).decode())
        while True:
            answer = await _next(socket)
            if answer.get("type") == "authenticated":
                # Where the log stands now; what happened before is not asked for.
                self.last = self.last or answer.get("lastEventId")
                return
            if answer.get("type") == "error":
                raise FeedRefused(str(answer.get("message")))

    async def _catch_up(self, after: str | None) -> None:
        """Forward what the log holds after an event, such as what happened while the connection was
        lost."""
        if after is None:
            return
        async for fields in self.client.go_through(raw_events(after=after)):
            await self._take(fields)

    async def _follow(self, socket: WebSocketConnection) -> None:
        while True:
            message = await _next(socket)
            match message.get("type"):
                case "event":
                    await self._take(message)
                case "missed":
                    await self._catch_up(message.get("after"))

    async def _take(self, fields: Fields) -> None:
        event_id = str(fields["deliveryId"])
        if event_id in self._known:
            return
        self._known[event_id] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        # What stands before the body of the webhook.
        await self.forward({name: fields[name] for name in fields if name not in _AROUND_BODY})
        self.last = event_id


async def _next(socket: WebSocketConnection) -> Fields:
    message: Fields = msgspec.json.decode(await socket.get_message())
    return message


def run(arguments: argparse.Namespace) -> int:
    """Forward events until interrupted. Raises Failure."""
    secret = arguments.secret or os.environ.get(WEBHOOK_SECRET_VARIABLE) or new_webhook_secret()
    if _SECRET.fullmatch(secret) is None:
        raise Failure(
            f"--secret or {WEBHOOK_SECRET_VARIABLE}: a webhook secret is whsec_ and base64.",
            exit_code=USAGE,
        )
    trio.run(_listen, arguments, secret)
    return DONE


async def _listen(arguments: argparse.Namespace, secret: str) -> None:
    async with opened(arguments) as kasgate, httpx.AsyncClient() as http:
        profile = await kasgate.merchants.me()
        print(f"Events of {profile.name} go to {arguments.forward_to}")
        print(f"signed with {secret}", flush=True)
        follower = Follower(
            client=kasgate,
            url=f"{kasgate.url.replace('http', 'ws', 1)}/ws",
            api_key=api_key_of(arguments),
            forward=Forwarder(http, arguments.forward_to, secret),
            last=arguments.after,
        )
        try:
            await follower.run()
        except FeedRefused as refused:
            raise Failure(f"The gateway does not let events be followed: {refused}.") from None
