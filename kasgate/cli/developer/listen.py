"""``kasgate listen``: forwards the merchant's events as signed webhooks to a local server.

The gateway can't reach a developer's machine. So this command follows the merchant's event feed
over the WebSocket and forwards each event in the same form as the gateway's webhooks.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec
import trio
from attrs import define, field, frozen
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection, open_websocket_url

from kasgate.access.secrets import new_webhook_secret
from kasgate.cli.developer.account import api_key_of, opened
from kasgate.cli.outcome import DONE, USAGE, Failure, leaves
from kasgate.client import AsyncKasGate, ConnectionFailed, ProblemError, UnexpectedAnswer
from kasgate.client.calls import raw_events
from kasgate.clock import system_clock
from kasgate.json_text import compact_json
from kasgate.sessions.session import EventType
from kasgate.settings.model import WEBHOOK_SECRET_VARIABLE
from kasgate.webhook import headers

FORWARD_S: Final = 10.0
"""The timeout of a webhook, the same as the gateway's (contract.md §8)."""
HANDSHAKE_S: Final = 10.0
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
STEADY_S: Final = 10.0
"""After a connection of at least this length the backoff starts again at its shortest pause."""
PING_S: Final = 10.0
"""Between an answered ping and the next one."""
PONG_S: Final = 10.0
"""Timeout of the answer to a ping; without one the connection counts as dead."""
INBOX: Final = 1_000
"""The most events that wait to be forwarded; further ones are read from the log later."""
REMEMBERED: Final = 2 * INBOX
"""How many event ids are remembered, so that none is forwarded twice around a reconnection."""
SERVER_ERROR: Final = 500
LISTENING: Final = "Listening. Ctrl-C ends it."
CONNECTED_AGAIN: Final = "Connected again; the events missed meanwhile follow."
MAX_MESSAGE_BYTES: Final = 1024 * 1024
_AROUND_BODY: Final = frozenset({"type", "id", "createdAt"})
_PASSING: Final = frozenset({408, 425, 429})
_PASSES: Final = frozenset({"The API key can't be checked now", "Events can't be read now"})
_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")

Fields = dict[str, Any]


@frozen
class Forwarder:
    """Forwards events as webhooks."""

    http: httpx.AsyncClient
    url: str
    secret: str

    async def __call__(self, fields: Fields) -> None:
        """Sign and send one event, in a single attempt, and print the result."""
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


class _Lost(Exception):
    """The connection is unusable. The text is appended to "The connection was lost: "."""


@define
class EventStream:
    """Follows a merchant's events across lost connections.

    Events from the socket wait in an inbox to be forwarded, so that a slow receiver does not delay
    pings and pongs. The log is read from the last forwarded event on after each reconnection, and
    whenever the inbox or the gateway could not hold all events. So no event is lost or forwarded
    twice.
    """

    client: AsyncKasGate
    url: str
    """URL of the WebSocket."""
    api_key: str = field(repr=False)
    forward: Callable[[Fields], Awaitable[None]]
    last: str | None = None
    """The last forwarded event, or the newest one at the start; None if the log was empty then, so
    that all of its events are to be forwarded."""
    _inbox: deque[Fields | None] = field(factory=deque)
    """Events to forward; None means that the log has to be read."""
    _arrived: trio.Event = field(factory=trio.Event)
    _known: OrderedDict[str, None] = field(factory=OrderedDict)
    _knows_beginning: bool = False
    """Whether ``last`` is set, possibly to None."""

    async def run(self) -> None:
        """Follow until cancelled. Raises Failure, and the error of the first connection, in a
        group."""
        if self.last is not None:
            self._knows_beginning = True
            self._leave(None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._forward_all)
            await self._stay_connected()

    async def _stay_connected(self) -> None:
        pause_s, connected = FIRST_PAUSE_S, False
        while True:
            began = trio.current_time()
            try:
                async with open_websocket_url(
                    self.url, connect_timeout=HANDSHAKE_S, max_message_size=MAX_MESSAGE_BYTES
                ) as socket:
                    with _in_time(HANDSHAKE_S, "it did not answer the API key"):
                        await self._authenticate(socket)
                    print(CONNECTED_AGAIN if connected else LISTENING, flush=True)
                    connected = True
                    await self._read(socket)
            except* (ConnectionClosed, HandshakeError, OSError, _Lost) as group:
                error = next(leaves(group))
                if not connected:
                    raise ConnectionFailed(
                        f"No answer from {self.url}: {_reason(error)}"
                    ) from error
                if trio.current_time() - began >= STEADY_S:
                    pause_s = FIRST_PAUSE_S
                print(
                    f"The connection was lost: {_reason(error)}. Trying again in {pause_s:g} s.",
                    flush=True,
                )
            await trio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _authenticate(self, socket: WebSocketConnection) -> None:
        """Authenticate and follow from the newest event, or after the last forwarded one. Raises
        _Lost, and Failure for a permanent refusal."""
        message = {"type": "authenticate", "apiKey": self.api_key}
        await socket.send_message(msgspec.json.encode(message).decode())
        while True:
            answer = await _next(socket)
            match answer.get("type"):
                case "authenticated":
                    if self._knows_beginning:
                        self._leave(None)
                    else:
                        self.last, self._knows_beginning = answer.get("lastEventId"), True
                    return
                case "error":
                    raise _refusal(str(answer.get("message")))

    async def _read(self, socket: WebSocketConnection) -> None:
        """Read messages until the connection is lost or silent, a missing pong included."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_ping, socket)
            while True:
                message = await _next(socket)
                match message.get("type"):
                    case "event":
                        self._leave(message)
                    case "missed":
                        self._leave(None)
                    case "error":
                        raise _refusal(str(message.get("message")))

    def _leave(self, message: Fields | None) -> None:
        if len(self._inbox) >= INBOX:
            self._inbox.clear()
            message = None  # The log has all events.
        self._inbox.append(message)
        self._arrived.set()

    async def _forward_all(self) -> None:
        while True:
            while not self._inbox:
                self._arrived = trio.Event()
                await self._arrived.wait()
            message = self._inbox.popleft()
            if message is None:
                await self._catch_up()
            else:
                await self._take(message)

    async def _catch_up(self) -> None:
        """Forward the log's events after the last one, retrying while the gateway is away."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async for fields in self.client.go_through(raw_events(after=self.last)):
                    await self._take(fields)
            except ProblemError as error:
                if error.status < SERVER_ERROR and error.status not in _PASSING:
                    raise
                reason = str(error)
            except (ConnectionFailed, UnexpectedAnswer) as error:
                reason = str(error)
            else:
                return
            print(f"The log can't be read: {reason} Trying again in {pause_s:g} s.", flush=True)
            await trio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _take(self, fields: Fields) -> None:
        event_id = str(fields["deliveryId"])
        if event_id in self._known:
            return
        # Without the fields that precede the webhook's body.
        await self.forward({name: fields[name] for name in fields if name not in _AROUND_BODY})
        self.last = event_id
        self._known[event_id] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


async def _next(socket: WebSocketConnection) -> Fields:
    try:
        return msgspec.json.decode(await socket.get_message(), type=Fields)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _Lost(f"a message is not KasGate's ({error})") from None


async def _ping(socket: WebSocketConnection) -> None:
    while True:
        await trio.sleep(PING_S)
        with _in_time(PONG_S, f"no message for {PONG_S:g} s"):
            await socket.ping()


@contextmanager
def _in_time(seconds: float, otherwise: str) -> Iterator[None]:
    try:
        with trio.fail_after(seconds):
            yield
    except trio.TooSlowError:
        raise _Lost(otherwise) from None


def _refusal(message: str) -> Exception:
    if message in _PASSES:
        return _Lost(f"the gateway reports: {message}")
    return Failure(f"The gateway refuses to send events: {message}.")


def _reason(error: BaseException) -> str:
    if isinstance(error, ConnectionClosed):
        return f"it was closed ({error.reason.code})" if error.reason is not None else "it broke"
    return str(error) or type(error).__name__


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
        follower = EventStream(
            client=kasgate,
            url=f"{kasgate.url.replace('http', 'ws', 1)}/ws",
            api_key=api_key_of(arguments),
            forward=Forwarder(http, arguments.forward_to, secret),
            last=arguments.after,
        )
        await follower.run()
