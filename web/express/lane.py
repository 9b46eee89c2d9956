"""Selects the hot calls and answers them with the endpoints of the plain lane."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import trio
from werkzeug.datastructures import MultiDict

from web.connection.head import HeadReader
from web.connection.wheel import Wheel
from web.contract.answers import JSON, Answer
from web.contract.problems import problem_answer, problem_of, problem_of_status
from web.express.rendering import Rendering
from web.http.edge import log_failed
from web.http.endpoint import Request
from web.socket.express import SocketLane

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from web.app import WebApp
    from web.connection.admission import Connections
    from web.connection.head import Head, Headers
    from web.http.caller import Caller

MAX_BODY_BYTES: Final = 64 * 1024

_SESSIONS: Final = "/api/v1/sessions"
_ONE_SESSION: Final = re.compile(
    _SESSIONS + r"/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(/status)?"
)
_STARTS: Final = (
    "GET {}/api/v1/sessions/",
    "POST {}/api/v1/sessions HTTP/1.1\r\n",
    "GET {}/ws HTTP/1.1\r\n",
)
_JSON: Final = frozenset({JSON, f"{JSON}; charset=utf-8", f"{JSON};charset=utf-8"})
_NO_QUERY: Final[MultiDict[str, str]] = MultiDict()
_ID: Final = slice(len(_SESSIONS) + 1, len(_SESSIONS) + 1 + 36)
"""The place of a session's id in the path."""
_NO_PLACES: Final[dict[str, str]] = {}
_CONNECTION: Final = frozenset({"keep-alive", "close"})
# A cookie may belong to a dashboard session, which is looked up in the database.
_ODD: Final = frozenset({"upgrade", "cookie", "content-encoding"})


class HotCall(StrEnum):
    """The hot calls, by their routes in the plain lane."""

    CREATE = _SESSIONS
    READ = f"{_SESSIONS}/<session_id>"
    STATUS = f"{_SESSIONS}/<session_id>/status"


class ExpressLane:
    """The express lane of one application. ``run`` must run while connections are served."""

    def __init__(self, app: WebApp, connections: Connections) -> None:
        """``connections`` are those of both lanes."""
        self.wheel = Wheel()
        self.sockets = SocketLane(
            app.gateway,
            app.sockets,
            connections=connections,
            callers=app.limits,
            answered=app.edge.answered,
            wheel=self.wheel,
        )
        self._app = app
        self._endpoints = {
            HotCall.CREATE: app.endpoint_of(app.sessions.create),
            HotCall.READ: app.endpoint_of(app.sessions.read),
            HotCall.STATUS: app.endpoint_of(app.sessions.status),
        }
        self._rendering = Rendering(app.edge)
        places = dict.fromkeys(("", app.base.path))
        self._starts = tuple(start.format(at).encode() for at in places for start in _STARTS)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run the wheel of deadlines and the flushers of slow peers, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.wheel.run)
            await nursery.start(self.sockets.run)
            task_status.started()

    def may_begin_with(self, data: bytes) -> bool:
        """Whether a request that begins with these bytes can be a hot call."""
        return any(data.startswith(start) or start.startswith(data) for start in self._starts)

    def heads(self, peer: str) -> HeadReader:
        """The reader of heads for a connection from this address."""
        return HeadReader(self._app.edge.proxies, peer, self._app.base)

    def call_of(self, head: Head) -> HotCall | None:
        """The hot call of a head; None for any other call, and for a request in an unusual form."""
        fitting = head.headers.fitting
        if fitting is None:
            fitting = head.headers.fitting = _fitting(head.headers)
        if head.query or head.method not in fitting:
            return None
        if head.method == "POST":
            is_ours = head.path == _SESSIONS and head.length <= MAX_BODY_BYTES
            return HotCall.CREATE if is_ours else None
        found = _ONE_SESSION.fullmatch(head.path)
        if found is None:
            return None
        return HotCall.STATUS if found[2] else HotCall.READ

    async def answer(self, call: HotCall, head: Head, content: bytes) -> tuple[bytes, bool]:
        """The encoded answer to a call, and whether the connection may stay open."""
        body = _Body(content) if content else _NO_BODY
        app, headers = self._app, head.headers
        edge = app.edge
        caller = edge.begin(head.client, headers.get("Request-Id"))
        try:
            await app.admit(caller, head.method, head.path, headers)
            places = _NO_PLACES if call is HotCall.CREATE else {"session_id": head.path[_ID]}
            request = Request(caller, head.path, _NO_QUERY, places)
            answer = await self._endpoints[call].answer(request, body.read)
        except Exception as error:  # noqa: BLE001 - what is no answer to anybody is logged
            answer = self._of_error(error, call, head, caller)
        edge.answered[answer.status] += 1
        data = self._rendering.write(answer, head, call, caller, unread=body.unread)
        return data, head.keep_alive and not body.unread

    def _of_error(self, error: Exception, call: HotCall, head: Head, caller: Caller) -> Answer:
        problem = problem_of(error)
        if problem is None:
            log_failed(call.value, head.client, error)
            problem = problem_of_status(500)
        instance = self._app.base.public(head.path)
        return problem_answer(problem, instance=instance, request_id=caller.request_id)


class _Body:
    """A request's body, and whether it is still unread."""

    __slots__ = ("_content", "unread")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.unread = bool(content)

    async def read(self) -> bytes:
        self.unread = False
        return self._content


_NO_BODY: Final = _Body(b"")
"""Of all requests without a body; reading it changes nothing."""


def _fitting(headers: Headers) -> AbstractSet[str]:
    """The methods of hot calls that these headers allow."""
    connection = headers.get("Connection")
    if (connection is not None and connection.lower() not in _CONNECTION) or headers.has_any(_ODD):
        return frozenset()
    methods = set()
    if "Content-Length" not in headers:
        methods.add("GET")
    if headers.get("Content-Type") in _JSON:
        methods.add("POST")
    return methods
