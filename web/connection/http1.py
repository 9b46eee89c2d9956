"""hypercorn's HTTP/1.1, without HTTP/2.

Requests that hypercorn refuses by itself (bytes that are not HTTP, a head that is too large, an
invalid WebSocket handshake) get our one shape of error, with a request id. An upgrade to HTTP/2 is
not possible: that is other code with other faults, and slower (performance.md §2, §3). A reverse
proxy can offer HTTP/2.
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
"""Headers that identify the caller, the origin and the type of a body. If one of them came twice, a
proxy could use one value and we the other."""

RawHeaders = list[tuple[bytes, bytes]]


class NotHttp1(Exception):
    """The peer speaks HTTP/2 or newer. It was answered with 505."""


class WithoutCompression(Extension):
    """Replaces permessage-deflate and declines it: compression costs 100 KB a connection."""

    name = "permessage-deflate"

    def offer(self) -> bool:
        """Offer nothing."""
        return False


class StrictHttp(h11.Connection):
    """h11 with two differences.

    It ignores bytes after a request that declared itself the last one. h11 reports them as an
    error, and the answer that is being sent would be abandoned or cut short. And it refuses a head
    that another parser could read differently: h11 prefers ``Transfer-Encoding`` to
    ``Content-Length``, and accepts most headers twice.
    """

    refusal: str | None = None
    """The reason for which a head was refused; None if h11 refused it by itself."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """The next event of h11. Raises RemoteProtocolError for an ambiguous head as well."""
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
        """Whether no further request will be read."""
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
        """Refuse other versions. hypercorn would change to HTTP/2 here; an offer to upgrade is
        ignored instead."""
        if event.http_version not in _SUPPORTED:
            await self._send_error_response(505)
            raise NotHttp1

    async def handle(self, event: Event) -> None:
        """Handle bytes of the peer. Bytes that come before its WebSocket is open are refused; bytes
        after its last request are dropped."""
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
        """Answer 400 to bytes that come before the WebSocket is open.

        hypercorn does this too, but the application could still accept the WebSocket, and a second
        answer is an error. So the stream is closed to the application first."""
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
        # In one piece: else the application could send its own answer in between.
        await self.send(RawData(data=b"".join(map(self.connection.send, events))))

    async def stream_send(self, event: StreamEvent) -> None:
        """Send an event of a stream. An error without request id is hypercorn's own: it gets our
        shape of error instead."""
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
    """The reason why a head with these headers is ambiguous, or None. Names in lower case."""
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
