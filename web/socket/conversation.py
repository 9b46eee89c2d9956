"""What is said on ``/ws`` (contract §7), whatever carries it.

A conversation answers what its client says, and makes of the broker's news what the client is to be
told: each client hears of a session how it stands, then what is newer, and never anything older.
How the words travel is the line's business: ``web/socket/plain.py`` has the plain lane's,
``web/socket/express_line.py`` the express lane's.
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
"""That one connection may follow."""
MAX_RUBBISH: Final = 20
"""Messages in a row that lead to nothing but an error; then the connection is closed."""

_MAX_SHOWN: Final = 50
_PONG: Final = encoded({"type": "pong"})


class CloseCode(IntEnum):
    """Why a connection is closed (RFC 6455 §7.4.1)."""

    GOING_AWAY = 1001
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009


class MessageLine(Protocol):
    """What carries a conversation."""

    async def send(self, message: bytes) -> None:
        """Send a text, after all that was sent before. Returns once the peer keeps up."""
        ...

    def close(self, code: int) -> None:
        """End the conversation with this code, after what was sent."""
        ...

    def follow(self, session_id: str) -> None:
        """Have news of a session from now on; doing so again changes nothing."""
        ...

    def unfollow(self, session_id: str) -> None:
        """Have no more news of a session."""
        ...

    def run_beside(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run something until it ends or the conversation does."""
        ...

    def attends(self, something: bool) -> None:
        """The client follows something from now on, or nothing."""
        ...


class Heard(Enum):
    """What came of a message."""

    WELL = auto()
    """It led somewhere."""
    NOTHING = auto()
    """It did no harm, and showed no right to be here."""
    RUBBISH = auto()


class Message(msgspec.Struct):
    """What a client sends. Fields of other kinds than these are none of ours."""

    type: str
    session_id: Any = msgspec.field(default=None, name="sessionId")
    token: Any = None
    api_key: Any = msgspec.field(default=None, name="apiKey")


_MESSAGE: Final = msgspec.json.Decoder(Message)


@define(eq=False)
class _Told:
    """What a client was last told of a session, so that it never hears older news after newer."""

    version: int = -1
    confirmations: int = -1
    sightings: tuple[MempoolSighting, ...] = ()
    merchant_id: str = ""
    """Whose session it is."""
    being_read: bool = False
    """Whether it is about to be told how the session stands."""
    aside: SessionUpdate | None = None
    """The newest news that came meanwhile, to be told after that."""


@define(eq=False)
class Conversation:
    """One client's."""

    _gateway: Gateway
    _messages: SessionMessages
    _line: MessageLine
    _headers: HeaderLookup
    """Of the request that opened the connection."""
    _limits: SocketLimits
    _client: str
    """Address or network that the client is counted by."""
    _told: dict[str, _Told] = field(factory=dict)
    """Of the sessions that it follows."""
    _rubbish: int = 0
    _merchant_id: str | None = None
    """Whose events it follows, once authenticated."""

    async def hear(self, message: str | bytes | None) -> None:
        """Answer a message. One at a time; what is no text is rubbish."""
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
        """What to send for news of a session; None if the client knows as much already, or is about
        to be told how it stands."""
        session = update.view.session
        told = self._told.get(session.id)
        if told is None or session.version < told.version:
            return None
        if told.being_read:
            told.aside = update.after(told.aside)
            return None
        confirmations, sightings = update.confirmations, session.sightings
        if (
            confirmations <= told.confirmations
            and session.version == told.version
            and sightings == told.sightings
        ):
            return None
        told.version, told.confirmations = session.version, confirmations
        told.sightings = sightings
        message = update.message
        if message is None:
            message = update.message = self._messages.news(update)
        return message

    def end(self) -> None:
        """The client follows nothing any more. To be called when the connection is over; more than
        once does no harm."""
        while self._told:
            self._forget(next(iter(self._told)))

    async def _answer(self, text: str | bytes | None) -> Heard:
        """Do what a message says."""
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
            # No fault of the client's: it may ask again.
            await self._error("Session can't be read now", session_id)
            return Heard.NOTHING
        return Heard.WELL

    async def _wrong_token(self, session: Session, token: str) -> Heard:
        """A token that was right an hour ago is no guess."""
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
        """Why the client can't follow one more session; None if it can, and then it does."""
        if session.id in self._told:
            return None
        if len(self._told) >= MAX_SESSIONS:
            return f"A connection may follow {MAX_SESSIONS} sessions"
        if not self._limits.subscribe(self._client, session.merchant_id):
            return "Too many sessions are followed from your address, or of this merchant"
        if not self._told and self._merchant_id is None:
            self._line.attends(True)
        self._told[session.id] = _Told(merchant_id=session.merchant_id)
        self._line.follow(session.id)
        return None

    async def _send_snapshot(self, session_id: str, view: SessionView) -> None:
        """Tell how a session that is followed stands: what changes in between is told after that.
        Raises StoreUnavailable, and what was followed before is followed still."""
        told = self._told[session_id]
        is_new = told.version < 0
        told.being_read = True
        try:
            # Without the database: it was read a moment ago, and changes since come as news.
            with suppress(StoreUnavailable):
                view = await self._gateway.session(session_id) or view
            snapshot = await self._messages.snapshot(view)
        except StoreUnavailable:
            if is_new:
                self._forget(session_id)
            raise
        else:
            told.version = max(told.version, view.session.version)
            told.confirmations = snapshot.confirmations
            told.sightings = view.session.sightings
            told.being_read = False
            await self._line.send(snapshot.text)
        finally:
            told.being_read = False
            aside, told.aside = told.aside, None
        if aside is not None:
            await self._tell(aside)

    async def _tell(self, update: SessionUpdate) -> None:
        text = self.news(update)
        if text is not None:
            await self._line.send(text)

    async def _unsubscribe(self, message: Message) -> Heard:
        if not isinstance(message.session_id, str):
            return await self._error("Invalid message format")
        self._forget(message.session_id.lower())
        return Heard.NOTHING

    def _forget(self, session_id: str) -> None:
        told = self._told.pop(session_id, None)
        if told is None:
            return
        self._line.unfollow(session_id)
        self._limits.unsubscribe(self._client, told.merchant_id)
        if not self._told and self._merchant_id is None:
            self._line.attends(False)

    async def _authenticate(self, message: Message) -> Heard:
        """Follow all events of the merchant whose key or cookie this is, beside sessions."""
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
        """By the key in the message or, without one, by the cookie of our own page."""
        if api_key is not None:
            return await entrance_by_key(self._gateway, api_key)
        if not is_own_origin(self._gateway, self._headers):
            return None
        return await entrance_by_cookie(self._gateway, self._headers)

    async def _push_events(self, entrance: Entrance) -> None:
        feeds = self._limits.feeds
        if not feeds.take(entrance.merchant_id):
            # Others came while this one waited for its turn.
            self._line.close(CloseCode.POLICY_VIOLATION)
            return
        try:
            await push_events(self._gateway, entrance, self._line.send)
        except FeedClosed:
            self._line.close(CloseCode.POLICY_VIOLATION)
        except StoreUnavailable:
            # No fault of the client's: it may authenticate again.
            self._merchant_id = None
            if not self._told:
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
