"""The edge around every request: request id, common headers, and the answer to a crash.

It is between hypercorn and Quart, so it also covers Quart's own answers and failures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from attrs import field, frozen
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    WebsocketScope,
)
from werkzeug.exceptions import HTTPException

from kasgate.access.client_networks import network_of
from web.contract.answers import Answer
from web.contract.problems import problem_answer, problem_of_status
from web.http.base_path import BasePath
from web.http.caller import CALLER, Caller
from web.http.headers import REQUEST_ID, common_headers, new_request_id
from web.http.limits import rate_headers
from web.http.proxies import TrustedProxies

log = structlog.get_logger(__name__)

RawHeaders = list[tuple[bytes, bytes]]

_ACCEPT = "websocket.accept"
_STARTS = ("http.response.start", "websocket.http.response.start")
_NO_ADDRESS = "<local>"
"""Quart's placeholder for the address of a request without a socket."""


Failure = BaseException | tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]


def log_failed(rule: str | None, client: str | None, failure: Failure) -> None:
    """Log an unexpected error with its traceback and its route, without other data from the
    client."""
    log.error(
        "request failed",
        rule=rule,
        request_id=REQUEST_ID.get(),
        client=client,
        exc_info=failure,
    )


@frozen
class Edge:
    """Serves one request through the application inside."""

    origins: frozenset[str]
    https: bool
    """Whether the public address uses https."""
    proxies: TrustedProxies
    base: BasePath
    """The path of the public address."""
    answered: Counter[int] = field(factory=Counter)
    """Counts of answers by status; a WebSocket counts as 101."""

    async def serve(
        self,
        inner: ASGIFramework,
        scope: HTTPScope | WebsocketScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        """Run the application for one request. An error before the answer began becomes a 500. A
        later one is raised again, and the server ends the connection."""
        self.proxies.apply(scope)
        request = _Request(self, scope, receive, send)
        try:
            if request.normalise_path():
                await inner(scope, request.receive, request.send)
            else:
                await request.answer_problem(400)
        except Exception as error:
            if request.started:
                raise
            status = _refused_with(error)
            if status is None:
                log.exception(
                    "request failed outside of its handler",
                    request_id=request.id,
                    client=request.client,
                )
            await request.answer_problem(status or 500)

    def begin(self, client: str, proposed_id: str | None) -> Caller:
        """Begin a request from this address in the current task: set its id and an unidentified
        caller."""
        request_id = new_request_id(proposed_id)
        caller = Caller(network_of(client), client, request_id)
        REQUEST_ID.set(request_id)
        CALLER.set(caller)
        return caller

    def completed(
        self,
        given: Iterable[tuple[bytes, bytes]],
        caller: Caller,
        *,
        path: str,
        origin: str | None,
        secure: bool,
        unread: bool,
    ) -> RawHeaders:
        """The headers of an answer plus the common ones, which do not replace its own. ``secure``
        means that the request came over TLS. ``unread`` means that its body was not read: then the
        connection ends, because the rest of the body would be read as a new request."""
        headers = list(given)
        names = {name.lower() for name, _ in headers}
        common = common_headers(
            path,
            origin,
            request_id=caller.request_id,
            origins=self.origins,
            https=self.https or secure,
        )
        if caller.verdict is not None:
            common += rate_headers(caller.verdict)
        for name, value in common:
            key = name.lower().encode()
            if key == b"vary" or key not in names:
                headers.append((key, value.encode("latin-1")))
        if b"cache-control" not in names:
            headers.append((b"cache-control", b"no-store"))
        if unread:
            headers.append((b"connection", b"close"))
        return headers


class _Request:
    def __init__(
        self,
        edge: Edge,
        scope: HTTPScope | WebsocketScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        self._edge = edge
        self._scope = scope
        self._receive = receive
        self._send = send
        self._origin = _header(scope["headers"], b"origin")
        self._body_awaited = scope["type"] == "http" and _has_body(scope["headers"])
        client = scope.get("client")
        self.client = client[0] if client is not None else _NO_ADDRESS
        self.caller = edge.begin(self.client, _header(scope["headers"], b"request-id"))
        self.id = self.caller.request_id
        self.started = False

    def normalise_path(self) -> bool:
        """Reduce an absolute request target to its path, without the base path. False for a target
        without a path, on which Quart would fail."""
        path = self._scope["path"]
        if not path.startswith("/"):
            try:
                path = urlsplit(path).path
            except ValueError:
                path = ""
        self._scope["path"] = self._edge.base.own(path) or "/"
        return path.startswith("/")

    async def receive(self) -> ASGIReceiveEvent:
        event = await self._receive()
        if event["type"] == "http.request" and not event.get("more_body", False):
            self._body_awaited = False
        return event

    async def send(self, event: ASGISendEvent) -> None:
        if event["type"] in _STARTS:
            self.started = True
            start = cast(dict[str, Any], event)
            self._edge.answered[start["status"]] += 1
            start["headers"] = self._completed(start["headers"])
        elif event["type"] == _ACCEPT:
            self.started = True
            accept = cast(dict[str, Any], event)
            self._edge.answered[101] += 1
            accept["headers"] = [*accept["headers"], (b"request-id", self.id.encode())]
        await self._send(event)

    def _completed(self, given: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        return self._edge.completed(
            given,
            self.caller,
            path=self._scope["path"],
            origin=self._origin,
            secure=self._scope["scheme"] in ("https", "wss"),
            unread=self._body_awaited,
        )

    async def answer_problem(self, status: int) -> None:
        instance = self._edge.base.public(self._scope["path"])
        answer = problem_answer(problem_of_status(status), instance=instance, request_id=self.id)
        await send_answer(answer, self._scope["type"] == "websocket", self.send)


def _refused_with(error: Exception) -> int | None:
    """The status, if Quart refused the request before its handlers, for example for a malformed
    Host. Quart's nursery wraps the error in a group."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error.code if isinstance(error, HTTPException) else None


async def send_answer(answer: Answer, websocket: bool, send: ASGISendCallable) -> None:
    """Send a whole answer as ASGI events. A WebSocket request gets it instead of being accepted."""
    prefix = "websocket.http" if websocket else "http"
    headers = own_headers(answer)
    start = {"type": f"{prefix}.response.start", "status": answer.status, "headers": headers}
    body = {"type": f"{prefix}.response.body", "body": answer.body, "more_body": False}
    await send(cast(ASGISendEvent, start))
    await send(cast(ASGISendEvent, body))


def own_headers(answer: Answer) -> RawHeaders:
    """The headers of the answer itself, encoded."""
    return [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers),
    ]


def _header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str | None:
    for name, value in headers:
        if name.lower() == wanted:
            return value.decode("latin-1")
    return None


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    length = _header(headers, b"content-length")
    return _header(headers, b"transfer-encoding") is not None or length not in (None, "0")
