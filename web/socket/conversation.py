"""The protocol of ``/ws`` (contract §7), independent of its transport.

A conversation answers the messages of its client and turns the broker's updates into messages. A
client that subscribes to a session gets its present state, then newer states, and never an older
one. A line carries the messages: ``web/socket/plain.py`` has the line of the plain lane,
``web/socket/express_line.py`` that of the express lane.
"""

from __future__ import annotations

from contextlib import suppress
from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
from attrs import define, field

from actors.event_feed import FeedClosed
from kasgate.store.protocol import StoreUnavailable
from web.contract.fields import read_session_id
from web.contract.problems import Problem
from web.http.credentials import HeaderLookup, is_own_origin, same_secret
from web.socket.event_feed import Entrance, entrance_by_cookie, entrance_by_key, push_events
from web.socket.messages import SessionMessages, encoded, error_message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from actors.broker import SessionUpdate, SessionView
    from actors.gateway import Gateway
    from kasgate.sessions.payments import MempoolSighting
    from kasgate.sessions.session import Session
    from web.socket.limits import SocketLimits

MAX_MESSAGE_BYTES: Final = 4096
MAX_SESSIONS: Final = 256
"""Sessions that one connection may follow."""
MAX_RUBBISH: Final = 20
"""The connection is closed after this many messages in a row that lead to errors."""

_MAX_SHOWN: Final = 50
_PONG: Final = encoded({"type": "pong"})


class CloseCode(IntEnum):
    """The reason for closing a connection (RFC 6455 §7.4.1)."""

    GOING_AWAY = 1001
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009


class MessageLine(Protocol):
    """The transport of a conversation."""

    async def send(self, message: bytes) -> None:
        """Send a text after all earlier ones. Returns when the peer is no longer behind."""
        ...

    def close(self, code: int) -> None:
        """End the conversation with this code, after all messages that were sent."""
        ...

    def follow(self, session_id: str) -> None:
        """Get updates of a session from now on. A repeated call changes nothing."""
        ...

    def unfollow(self, session_id: str) -> None:
        """Get no more updates of a session."""
        ...

    def run_beside(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task until it or the conversation ends."""
        ...

    def attends(self, something: bool) -> None:
        """Set whether the client follows something."""
        ...


class Heard(Enum):
    """The result of a message, for the count of errors in a row."""

    WELL = auto()
    """It succeeded with valid credentials. The count starts again."""
    NOTHING = auto()
    """It is harmless but proves no credentials. The count stays."""
    RUBBISH = auto()
    """It led to an error, and counts."""


class Message(msgspec.Struct):
    """A message of a client. Unknown fields are ignored."""

    type: str
    session_id: Any = msgspec.field(default=None, name="sessionId")
    token: Any = None
    api_key: Any = msgspec.field(default=None, name="apiKey")


_MESSAGE: Final = msgspec.json.Decoder(Message)


@define(eq=False)
class _SentState:
    """The last state of a session that was sent to the client, so that no older one follows."""

    version: int = -1
    confirmations: int = -1
    sightings: tuple[MempoolSighting, ...] = ()
    merchant_id: str = ""
    """The merchant of the session."""
    being_read: bool = False
    """Whether a snapshot of the session is being read for the client."""
    aside: SessionUpdate | None = None
    """The newest update that arrived meanwhile. It is sent after the snapshot."""


@define(eq=False)
class Conversation:
    """The conversation with one client."""

    _gateway: Gateway
    _messages: SessionMessages
    _line: MessageLine
    _headers: HeaderLookup
    """The headers of the request that opened the connection."""
    _limits: SocketLimits
    _client: str
    """The address or network by which the client is counted."""
    _followed: dict[str, _SentState] = field(factory=dict)
    """By the id of each session that the client follows."""
    _rubbish: int = 0
    _merchant_id: str | None = None
    """The merchant whose events the client follows, once authenticated."""

    async def hear(self, message: str | bytes | None) -> None:
        """Answer a message; one that is not text is an error. Not to be called concurrently."""
        match await self._answer(message):
            case Heard.WELL:
                self._rubbish = 0
            case Heard.RUBBISH:
                self._rubbish += 1
                if self._rubbish >= MAX_RUBBISH:
                    self._line.close(CloseCode.POLICY_VIOLATION)
            case Heard.NOTHING:
                pass

    def news(self, update: SessionUpdate) -> bytes | None:
        """The message for an update of a session. None if the client has that state already, or is
        about to get a snapshot."""
        session = update.view.session
        sent = self._followed.get(session.id)
        if sent is None or session.version < sent.version:
            return None
        if sent.being_read:
            sent.aside = update.after(sent.aside)
            return None
        confirmations, sightings = update.confirmations, session.sightings
        if (
            confirmations <= sent.confirmations
            and session.version == sent.version
            and sightings == sent.sightings
        ):
            return None
        sent.version, sent.confirmations = session.version, confirmations
        sent.sightings = sightings
        message = update.message
        if message is None:
            message = update.message = self._messages.news(update)
        return message

    def end(self) -> None:
        """Unsubscribe from all sessions, when the connection ends. Repeated calls are harmless."""
        while self._followed:
            self._forget(next(iter(self._followed)))

    async def _answer(self, text: str | bytes | None) -> Heard:
        """Carry out a message."""
        if not self._limits.hears(self._client, self._merchant_id):
            return await self._error("Too many messages. Wait a moment")
        message = _read(text)
        if message is None:
            return await self._error("Invalid message format")
        match message.type:
            case "ping":
                await self._line.send(_PONG)
                return Heard.NOTHING
            case "subscribe":
                return await self._subscribe(message)
            case "unsubscribe":
                return await self._unsubscribe(message)
            case "authenticate":
                return await self._authenticate(message)
            case unknown:
                return await self._error(f"Unknown message type: {unknown[:_MAX_SHOWN]}")

    async def _subscribe(self, message: Message) -> Heard:
        given_id, token = message.session_id, message.token
        if not (isinstance(given_id, str) and given_id and isinstance(token, str) and token):
            return await self._error("Subscription requires sessionId and token")
        try:
            session_id = read_session_id(given_id)
        except Problem:
            return await self._error("Session not found", given_id[:_MAX_SHOWN])
        if self._merchant_id is None and not self._limits.limits.allows("session", session_id):
            return await self._error("Too many subscriptions. Wait a moment", session_id)
        try:
            view = await self._gateway.session(session_id)
            if view is None:
                return await self._error("Session not found", session_id)
            if not self._may_read(view.session, token):
                return await self._wrong_token(view.session, token)
            refusal = self._refusal(view.session)
            if refusal is not None:
                return await self._error(refusal, session_id)
            await self._send_snapshot(session_id, view)
        except StoreUnavailable:
            # Not an error of the client: it may ask again.
            await self._error("Session can't be read now", session_id)
            return Heard.NOTHING
        return Heard.WELL

    async def _wrong_token(self, session: Session, token: str) -> Heard:
        """Refuse a token. An expired token that was valid is not counted as a guess."""
        was_right = self._gateway.vault.check_read_token(token, session.id, 0)
        return await self._refused("Invalid subscription token", session.id, guessed=not was_right)

    async def _refused(
        self, sentence: str, session_id: str | None = None, *, guessed: bool
    ) -> Heard:
        heard = await self._error(sentence, session_id)
        if guessed and not self._limits.may_fail(self._client):
            self._line.close(CloseCode.POLICY_VIOLATION)
        return heard

    def _refusal(self, session: Session) -> str | None:
        """Follow one more session. Returns the reason if that is refused, else None."""
        if session.id in self._followed:
            return None
        if len(self._followed) >= MAX_SESSIONS:
            return f"A connection may follow {MAX_SESSIONS} sessions"
        if not self._limits.subscribe(self._client, session.merchant_id):
            return "Too many sessions are followed from your address, or of this merchant"
        if not self._followed and self._merchant_id is None:
            self._line.attends(True)
        self._followed[session.id] = _SentState(merchant_id=session.merchant_id)
        self._line.follow(session.id)
        return None

    async def _send_snapshot(self, session_id: str, view: SessionView) -> None:
        """Send the state of a session that is followed. Updates that come meanwhile are sent after
        it. Raises StoreUnavailable; a session that was followed before stays followed."""
        sent = self._followed[session_id]
        is_new = sent.version < 0
        sent.being_read = True
        try:
            # Without the database the first view will do: later changes come as updates.
            with suppress(StoreUnavailable):
                view = await self._gateway.session(session_id) or view
            snapshot = await self._messages.snapshot(view)
        except StoreUnavailable:
            if is_new:
                self._forget(session_id)
            raise
        else:
            sent.version = max(sent.version, view.session.version)
            sent.confirmations = snapshot.confirmations
            sent.sightings = view.session.sightings
            sent.being_read = False
            await self._line.send(snapshot.text)
        finally:
            sent.being_read = False
            aside, sent.aside = sent.aside, None
        if aside is not None:
            await self._send_update(aside)

    async def _send_update(self, update: SessionUpdate) -> None:
        text = self.news(update)
        if text is not None:
            await self._line.send(text)

    async def _unsubscribe(self, message: Message) -> Heard:
        if not isinstance(message.session_id, str):
            return await self._error("Invalid message format")
        self._forget(message.session_id.lower())
        return Heard.NOTHING

    def _forget(self, session_id: str) -> None:
        sent = self._followed.pop(session_id, None)
        if sent is None:
            return
        self._line.unfollow(session_id)
        self._limits.unsubscribe(self._client, sent.merchant_id)
        if not self._followed and self._merchant_id is None:
            self._line.attends(False)

    async def _authenticate(self, message: Message) -> Heard:
        """Follow all events of the merchant that the key or the cookie belongs to."""
        if self._merchant_id is not None:
            return await self._error("Already authenticated")
        try:
            entrance = await self._entrance(message.api_key)
        except StoreUnavailable:
            await self._error("The API key can't be checked now")
            return Heard.NOTHING
        if entrance is None:
            return await self._refused("Invalid API key", guessed=message.api_key is not None)
        if not self._limits.feeds.has_room(entrance.merchant_id):
            return await self._error("Too many connections follow the events of this merchant")
        if not self._limits.hears(self._client, entrance.merchant_id):
            return await self._error("Too many messages. Wait a moment")
        self._merchant_id = entrance.merchant_id
        self._line.attends(True)

        async def push() -> None:
            await self._push_events(entrance)

        self._line.run_beside(push)
        return Heard.WELL

    async def _entrance(self, api_key: object) -> Entrance | None:
        """Authenticate by the key in the message or, without one, by the cookie of our own page."""
        if api_key is not None:
            return await entrance_by_key(self._gateway, api_key)
        if not is_own_origin(self._gateway.settings.base_url, self._headers):
            return None
        return await entrance_by_cookie(self._gateway, self._headers)

    async def _push_events(self, entrance: Entrance) -> None:
        feeds = self._limits.feeds
        if not feeds.take(entrance.merchant_id):
            # Other connections took the last places while this one waited.
            self._line.close(CloseCode.POLICY_VIOLATION)
            return
        try:
            await push_events(self._gateway, entrance, self._line.send)
        except FeedClosed:
            self._line.close(CloseCode.POLICY_VIOLATION)
        except StoreUnavailable:
            # Not an error of the client: it may authenticate again.
            self._merchant_id = None
            if not self._followed:
                self._line.attends(False)
            await self._error("Events can't be read now")
        finally:
            feeds.give_back(entrance.merchant_id)

    def _may_read(self, session: Session, token: str) -> bool:
        if same_secret(session.subscription_token, token):
            return True
        return self._gateway.vault.check_read_token(token, session.id, self._gateway.clock())

    async def _error(self, message: str, session_id: str | None = None) -> Heard:
        await self._line.send(error_message(message, session_id))
        return Heard.RUBBISH


def _read(text: str | bytes | None) -> Message | None:
    if not isinstance(text, str):
        return None
    try:
        return _MESSAGE.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
