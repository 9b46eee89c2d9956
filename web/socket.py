"""The WebSocket ``/ws``: what becomes of sessions, pushed to whoever holds a token (contract §7).

Two tasks serve a connection. One reads, always, because a handler that only sends is never told
that its client has gone; the other waits at the broker's slot and sends. The slot holds the newest
state of each session, so a slow reader costs nothing but its own freshness; when a send takes too
long the guard (``web/guard.py``) drops the connection, and with it these tasks.
"""

from __future__ import annotations

from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec
import trio
from attrs import Factory, define, field
from quart import Blueprint, Websocket, websocket
from quart.globals import websocket_ctx

from actors.event_feed import FeedClosed
from kasgate.store.protocol import StoreUnavailable
from kasgate.wire import iso
from web.answers import without_absent
from web.auth import is_own_origin, same_secret
from web.event_feed import Entrance, entrance_by_cookie, entrance_by_key, push_events
from web.operations import described
from web.problems import Problem
from web.schemas import read_session_id
from web.session_fields import SessionFields

if TYPE_CHECKING:
    from actors.broker import SessionUpdate, SessionView, Slot
    from actors.gateway import Gateway
    from kasgate.payments import MempoolSighting
    from kasgate.session import Session

MAX_FRAME_BYTES: Final = 4096
MAX_SESSIONS: Final = 256
"""That one connection may follow."""
MAX_PAYMENTS: Final = 100
"""Told of one session in one message: the newest. Anybody may send dust to an address."""
MAX_RUBBISH: Final = 20
"""Messages in a row that lead to nothing but an error; then the connection is closed."""

_MAX_SHOWN_TYPE: Final = 50


class CloseCode(IntEnum):
    """Why a connection is closed (RFC 6455 §7.4.1)."""

    GOING_AWAY = 1001
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009


class Message(msgspec.Struct):
    """What a client sends. Fields of other kinds than these are none of ours."""

    type: str
    session_id: Any = msgspec.field(default=None, name="sessionId")
    token: Any = None
    api_key: Any = msgspec.field(default=None, name="apiKey")


_MESSAGE: Final = msgspec.json.Decoder(Message)


class OpenSockets:
    """The connections that are open, so that a shutdown can close them properly."""

    def __init__(self) -> None:
        self._open: set[Conversation] = set()
        self._closing = False

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, conversation: Conversation) -> None:
        """A connection begins."""
        self._open.add(conversation)
        if self._closing:
            conversation.close(CloseCode.GOING_AWAY)

    def leave(self, conversation: Conversation) -> None:
        """A connection has ended."""
        self._open.discard(conversation)

    def close_all(self) -> None:
        """Close each, present and future, with 1001."""
        self._closing = True
        for conversation in tuple(self._open):
            conversation.close(CloseCode.GOING_AWAY)


@define
class _Told:
    """What a client was last told of a session, so that it never hears older news after newer."""

    version: int = -1
    confirmations: int = -1
    sightings: tuple[MempoolSighting, ...] = ()


@define(eq=False)
class Conversation:
    """One connection."""

    _gateway: Gateway
    _socket: Websocket
    _slot: Slot
    _fields: SessionFields = field(
        init=False, default=Factory(lambda self: SessionFields(self._gateway), takes_self=True)
    )
    _told: dict[str, _Told] = field(factory=dict)
    _rubbish: int = 0
    _nursery: trio.Nursery | None = None
    _merchant_id: str | None = None
    """Whose events it follows, once authenticated."""
    _close_code: CloseCode | None = None
    _scope: trio.CancelScope = field(factory=trio.CancelScope)

    async def run(self) -> None:
        """Converse until the client leaves or somebody closes. Cancellation just ends it."""
        with self._scope:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._push)
                await self._listen()
        if self._close_code is not None:
            await self._socket.close(self._close_code)

    def close(self, code: CloseCode) -> None:
        """End the conversation with this close code, at the next opportunity."""
        if self._close_code is None:
            self._close_code = code
        self._scope.cancel()

    async def _push(self) -> None:
        while True:
            for update in await self._slot.take():
                message = self._news(update)
                if message is not None:
                    await self._send(message)

    async def _listen(self) -> None:
        while True:
            text = await self._socket.receive()
            if isinstance(text, str) and len(text.encode()) > MAX_FRAME_BYTES:
                self.close(CloseCode.TOO_BIG)
            elif await self._answer(text):
                self._rubbish = 0
            else:
                self._rubbish += 1
                if self._rubbish >= MAX_RUBBISH:
                    self.close(CloseCode.POLICY_VIOLATION)

    async def _answer(self, text: str | bytes | None) -> bool:
        """Do what a message says. False if it led to an error."""
        message = _read(text)
        if message is None:
            return await self._error("Invalid message format")
        match message.type:
            case "ping":
                await self._send({"type": "pong"})
                return True
            case "subscribe":
                return await self._subscribe(message)
            case "unsubscribe":
                return await self._unsubscribe(message)
            case "authenticate":
                return await self._authenticate(message)
            case unknown:
                return await self._error(f"Unknown message type: {unknown[:_MAX_SHOWN_TYPE]}")

    async def _subscribe(self, message: Message) -> bool:
        given_id, token = message.session_id, message.token
        if not (isinstance(given_id, str) and given_id and isinstance(token, str) and token):
            return await self._error("Subscription requires sessionId and token")
        try:
            session_id = read_session_id(given_id)
        except Problem:
            return await self._error("Session not found", given_id[:_MAX_SHOWN_TYPE])
        try:
            view = await self._gateway.session(session_id)
        except StoreUnavailable:
            # No fault of the client's: it may ask again.
            await self._error("Session can't be read now", session_id)
            return True
        if view is None:
            return await self._error("Session not found", session_id)
        if not self._may_read(view.session, token):
            return await self._error("Invalid subscription token", session_id)
        if session_id not in self._told and self._slot.followed >= MAX_SESSIONS:
            return await self._error(f"A connection may follow {MAX_SESSIONS} sessions", session_id)
        await self._send_snapshot(session_id, view)
        return True

    async def _send_snapshot(self, session_id: str, view: SessionView) -> None:
        """Follow, then tell how it stands: what changes in between comes as news."""
        self._slot.follow(session_id)
        # Without the database: it was read a moment ago, and changes since then come as news.
        with suppress(StoreUnavailable):
            view = await self._gateway.session(session_id) or view
        fields = await self._fields.of(view, most_payments=MAX_PAYMENTS)
        told = self._told.setdefault(session_id, _Told())
        told.version = max(told.version, view.session.version)
        told.confirmations = view.confirmations
        told.sightings = view.session.sightings
        await self._send(_snapshot(view) | fields)

    async def _unsubscribe(self, message: Message) -> bool:
        if not isinstance(message.session_id, str):
            return await self._error("Invalid message format")
        session_id = message.session_id.lower()
        self._slot.unfollow(session_id)
        self._told.pop(session_id, None)
        return True

    async def _authenticate(self, message: Message) -> bool:
        """Follow all events of the merchant whose key or cookie this is, beside sessions."""
        if self._merchant_id is not None:
            return await self._error("Already authenticated")
        try:
            entrance = await self._entrance(message.api_key)
        except StoreUnavailable:
            await self._error("The API key can't be checked now")
            return True
        if entrance is None or self._nursery is None:
            return await self._error("Invalid API key")
        self._merchant_id = entrance.merchant_id
        self._nursery.start_soon(self._push_events, entrance)
        return True

    async def _entrance(self, api_key: object) -> Entrance | None:
        """By the key in the message or, without one, by the cookie of our own page."""
        if api_key is not None:
            return await entrance_by_key(self._gateway, api_key)
        headers = self._socket.headers
        if not is_own_origin(self._gateway, headers):
            return None
        return await entrance_by_cookie(self._gateway, headers)

    async def _push_events(self, entrance: Entrance) -> None:
        try:
            await push_events(self._gateway, entrance, self._send_text)
        except FeedClosed:
            self.close(CloseCode.POLICY_VIOLATION)
        except StoreUnavailable:
            # No fault of the client's: it may authenticate again.
            self._merchant_id = None
            await self._error("Events can't be read now")

    def _may_read(self, session: Session, token: str) -> bool:
        if same_secret(session.subscription_token, token):
            return True
        return self._gateway.vault.check_read_token(token, session.id, self._gateway.clock())

    def _news(self, update: SessionUpdate) -> dict[str, Any] | None:
        """The message for an update; None if the client knows as much already."""
        session = update.view.session
        told = self._told.get(session.id)
        if told is None or session.version < told.version:
            return None
        confirmations = update.view.confirmations
        is_known = session.version == told.version and session.sightings == told.sightings
        if is_known and confirmations <= told.confirmations:
            return None
        told.version, told.confirmations = session.version, confirmations
        told.sightings = session.sightings
        if update.status_changed:
            return _status_message(update.view) | self._fields.money(
                update.view, most_payments=MAX_PAYMENTS
            )
        return {
            "type": "confirmations",
            "sessionId": session.id,
            "confirmations": confirmations,
            "required": session.required_confirmations,
        }

    async def _error(self, message: str, session_id: str | None = None) -> bool:
        await self._send(
            without_absent({"type": "error", "message": message, "sessionId": session_id})
        )
        return False

    async def _send(self, fields: dict[str, Any]) -> None:
        await self._send_text(msgspec.json.encode(fields).decode())

    async def _send_text(self, text: str) -> None:
        await self._socket.send(text)


def socket_routes(gateway: Gateway, sockets: OpenSockets) -> Blueprint:
    """The route ``/ws``."""
    routes = Blueprint("socket", __name__)

    @routes.websocket("/ws")
    @described({101: None}, problems=(400, 426))
    async def ws() -> None:
        """Follow sessions on a WebSocket.

        Send {"type": "subscribe", "sessionId": …, "token": …}; what becomes of the session is
        pushed. docs/api.md has every message.
        """
        await websocket.accept()
        with gateway.broker.open_slot() as slot:
            conversation = Conversation(gateway, websocket_ctx.websocket, slot)
            sockets.enter(conversation)
            try:
                await conversation.run()
            finally:
                sockets.leave(conversation)

    return routes


def _read(text: str | bytes | None) -> Message | None:
    if not isinstance(text, str):
        return None
    try:
        return _MESSAGE.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _snapshot(view: SessionView) -> dict[str, Any]:
    session = view.session
    return without_absent(
        {
            "type": "session",
            "id": session.id,
            "status": session.status.value,
            "confirmations": view.confirmations,
            "requiredConfirmations": session.required_confirmations,
            "address": session.address,
            "amount": str(session.amount),
            "expiresAt": iso(session.expires_at),
            "txId": session.tx_id,
        }
    )


def _status_message(view: SessionView) -> dict[str, Any]:
    session = view.session
    return without_absent(
        {
            "type": "status",
            "sessionId": session.id,
            "status": session.status.value,
            "confirmations": view.confirmations,
            "requiredConfirmations": session.required_confirmations,
            "txId": session.tx_id,
        }
    )
