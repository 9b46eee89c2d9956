"""hypercorn's HTTP/1.1, and nothing but HTTP/1.1.

Differences: what hypercorn refuses by itself (bytes that are no HTTP, a head that is too large, a
WebSocket handshake that is none) is answered in our one shape of error, with a request id; and
there is no way from here to HTTP/2, which would bring other code, other faults and less speed
(performance.md §2, §3). Whoever wants HTTP/2 has a reverse proxy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

import h11
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.protocol.events import Body, Response
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.protocol.ws_stream import ASGIWebsocketState, WSStream
from hypercorn.typing import (
    AppWrapper,
    ConnectionState,
    H11SendableEvent,
    TaskGroup,
    WorkerContext,
)
from wsproto.extensions import Extension

from web.contract.answers import Answer
from web.contract.problems import Problem, problem_answer, problem_of_status
from web.http.headers import common_headers, new_request_id

_SUPPORTED: Final = frozenset({b"1.0", b"1.1"})
_REQUEST_ID: Final = b"request-id"
_FIRST_ERROR: Final = 400
ONCE_ONLY: Final = frozenset(
    {
        *(b"authorization", b"content-type", b"cookie", b"host", b"idempotency-key", b"origin"),
        *(b"sec-fetch-site", b"x-api-key", b"x-kasgate-csrf", b"x-kasgate-reauth"),
        b"x-kasgate-setup-code",
    }
)
"""Headers that say who calls, from where, and what a body is. Of two, a proxy or log may have read
one and we the other."""

RawHeaders = list[tuple[bytes, bytes]]


class NotHttp1(Exception):
    """The peer speaks HTTP/2 or something newer; it was told that we do not."""


class WithoutCompression(Extension):
    """Stands in for permessage-deflate and declines it: it costs 100 KB a connection."""

    name = "permessage-deflate"

    def offer(self) -> bool:
        """Nothing to offer."""
        return False


class StrictHttp(h11.Connection):
    """h11 with two differences.

    What follows a request that said it was the last one is not looked at. h11 takes it for an
    error, for which the answer that is on its way would be given up or cut short. And a head that
    another parser could read differently is refused: h11 lets ``Transfer-Encoding`` win over
    ``Content-Length``, and takes most headers twice.
    """

    refusal: str | None = None
    """A sentence that says why a head was refused; None for what h11 refuses by itself."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """As of h11."""
        if self.had_the_last and self.trailing_data[0]:
            return h11.NEED_DATA
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.refusal = ambiguity([name for name, _ in event.headers])
            if self.refusal is not None:
                raise h11.RemoteProtocolError(self.refusal, error_status_hint=400)
        return event

    @property
    def had_the_last(self) -> bool:
        """Whether no request is to follow."""
        return self.their_state is h11.MUST_CLOSE


class PlainHttp(H11Protocol):
    """The protocol of one connection."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        task_group: TaskGroup,
        connection_state: ConnectionState,
        *,
        client: tuple[str, int] | None,
        server: tuple[str, int] | None,
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        super().__init__(
            app, config, context, task_group, connection_state, False, client, server, send
        )
        limit = config.h11_max_incomplete_size
        self.connection = StrictHttp(h11.SERVER, max_incomplete_event_size=limit)

    async def _check_protocol(self, event: h11.Request) -> None:
        """hypercorn would change to HTTP/2 here; an offer to upgrade is simply not taken."""
        if event.http_version not in _SUPPORTED:
            await self._send_error_response(505)
            raise NotHttp1

    async def handle(self, event: Event) -> None:
        """Take bytes of the peer. Those that come before a WebSocket is open are nothing that a
        client may send; those after its last request are dropped."""
        if isinstance(event, RawData) and event.data:
            if self._opening_websocket() is not None:
                await self._refuse_early_bytes()
                return
            if self._had_the_last():
                return
        await super().handle(event)

    async def _create_stream(self, request: h11.Request) -> None:
        try:
            await super()._create_stream(request)
        except UnicodeDecodeError:
            # wsproto reads the headers of a handshake as ASCII.
            self.stream = None
            await self._send_error_response(400)
            await self.send(Closed())
            return
        if isinstance(self.connection, H11WSConnection) and self.connection.buffer:
            await self._refuse_early_bytes()

    @property
    def awaits_body(self) -> bool:
        """Whether a request has begun whose body is not here yet."""
        connection = self.connection
        return isinstance(connection, h11.Connection) and connection.their_state is h11.SEND_BODY

    def _had_the_last(self) -> bool:
        return isinstance(self.connection, StrictHttp) and self.connection.had_the_last

    def _opening_websocket(self) -> WSStream | None:
        if (
            isinstance(self.stream, WSStream)
            and self.stream.state is ASGIWebsocketState.HANDSHAKE
            and not self.stream.closed
        ):
            return self.stream
        return None

    async def _refuse_early_bytes(self) -> None:
        """hypercorn refuses them as well, but while the application goes on to accept, and two
        answers to one request are an error of ours. So the application is left out of it first."""
        stream = self._opening_websocket()
        if stream is not None:
            stream.closed = True
            await stream._send_error_response(400)
            await self.send(Closed())

    async def _send_error_response(self, status_code: int) -> None:
        headers, body = _refusal(status_code, self._path(), self._refusal_sentence())
        events: list[H11SendableEvent] = [
            h11.Response(
                status_code=status_code,
                headers=list(chain(headers, self.config.response_headers("h11"))),
            )
        ]
        if not self._is_head():
            events.append(h11.Data(data=body))
        events.append(h11.EndOfMessage())
        # In one piece: an application that is at work on its answer could put it in between.
        await self.send(RawData(data=b"".join(map(self.connection.send, events))))

    async def stream_send(self, event: StreamEvent) -> None:
        """Whatever a stream answers; an error without request id did not come from our side."""
        if (
            isinstance(event, Response)
            and event.status_code >= _FIRST_ERROR
            and all(name.lower() != _REQUEST_ID for name, _ in event.headers)
        ):
            headers, body = _refusal(event.status_code, self._path())
            if event.status_code == 400 and isinstance(self.stream, WSStream):  # noqa: PLR2004
                headers.append((b"sec-websocket-version", b"13"))
            await super().stream_send(replace(event, headers=headers))
            if not self._is_head():
                await super().stream_send(Body(stream_id=STREAM_ID, data=body))
        else:
            await super().stream_send(event)

    def _refusal_sentence(self) -> str | None:
        return self.connection.refusal if isinstance(self.connection, StrictHttp) else None

    def _path(self) -> str:
        return self.stream.scope["path"] if self.stream is not None else ""

    def _is_head(self) -> bool:
        return isinstance(self.stream, HTTPStream) and self.stream.scope["method"] == "HEAD"


def ambiguity(names: Sequence[bytes]) -> str | None:
    """Why a head with these headers, in lower case, can be read in two ways; None if it can't."""
    if b"transfer-encoding" in names and b"content-length" in names:
        return "A request has Content-Length or Transfer-Encoding, never both."
    if len(set(names)) == len(names):
        return None
    for name in sorted(ONCE_ONLY):
        if names.count(name) > 1:
            return f"The header {name.decode()} came more than once. Send it once."
    return None


def _refusal(status: int, path: str, sentence: str | None = None) -> tuple[RawHeaders, bytes]:
    request_id = new_request_id()
    problem = problem_of_status(status)
    if sentence is not None:
        problem = Problem(problem.kind, sentence)
    answer: Answer = problem_answer(problem, instance=path, request_id=request_id)
    headers: RawHeaders = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
    ]
    common = common_headers(path, None, request_id=request_id, origins=frozenset(), https=False)
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in common]
    return headers, answer.body
