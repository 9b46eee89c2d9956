"""The REST server of the simulated network: HTTP/1.1 over each client's stream."""

from collections import OrderedDict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
import h11
import trio

from kasgate.simnet.dag.dag import VirtualDag
from kasgate.simnet.node.answers import Answers
from kasgate.simnet.node.faults import Faults
from kasgate.simnet.node.node import HANDSHAKE_SECONDS, SimulatedNode
from kasgate.simnet.node.subscriptions import Event, StepFrames
from kasgate.simnet.node.wire import AddressBook
from kasgate.simnet.rest.answers import Reply, RestAnswers
from kasgate.simnet.rest.view import RestView

MAX_BODY_BYTES: Final = 200_000
"""Largest request, as on the real server."""
IDLE_SECONDS: Final = 60.0
"""The longest time between two requests of a client."""
CACHE_CONTROL: Final = "public, max-age=8"
"""The header of every answer to a GET, as on the real server."""

_RECEIVE_BYTES: Final = 64 * 1024
_MAX_CACHED: Final = 1_000


@attrs.frozen
class _Request:
    method: str
    target: str
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> Mapping[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))


class RestSimulatedNode(SimulatedNode):
    """Accepts clients and answers them; sends no notifications.

    ``lag`` puts all its answers this far behind the network, ``garbage`` replaces its next answers,
    and faults of notifications have no effect.
    """

    def __init__(
        self, answers: Answers, faults: Faults, dag: VirtualDag, book: AddressBook
    ) -> None:
        super().__init__(answers, faults)
        self._view = RestView(dag)
        self._rest = RestAnswers(self._view, book, faults)
        self._clients: set[trio.CancelScope] = set()
        self._garbage: list[str] = []
        self._cached: OrderedDict[_Request, tuple[float, Reply]] = OrderedDict()

    @property
    def connections(self) -> int:
        return len(self._clients)

    def notify(self, frames: StepFrames) -> None:
        """Learn of a step, when it is due."""
        now = trio.current_time()
        self._view.follow(frames.step, now + self.faults.lag)
        self._view.catch_up(now)

    def push(self, frames: list[str]) -> None:
        """Send these instead of the next answers."""
        self._garbage += frames

    def push_event(self, event: Event, frame: str) -> None:
        """Do nothing, because there are no events here."""

    def disconnect_all(self) -> None:
        for scope in self._clients:
            scope.cancel()

    async def _serve_client(self, stream: trio.SocketStream) -> None:
        with trio.CancelScope() as scope:
            self._clients.add(scope)
            try:
                await self._converse(h11.Connection(h11.SERVER), stream)
            except (h11.RemoteProtocolError, trio.TooSlowError):
                pass  # it does not speak HTTP, or sent nothing
            finally:
                self._clients.discard(scope)

    async def _converse(self, http: h11.Connection, stream: trio.SocketStream) -> None:
        while True:
            with trio.fail_after(IDLE_SECONDS):
                request = await _read_request(http, stream)
            if request is None:
                return
            await self.faults.answering.wait()
            await self._respond(http, stream, request)
            if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
                return
            http.start_next_cycle()

    async def _respond(
        self, http: h11.Connection, stream: trio.SocketStream, request: _Request
    ) -> None:
        headers = [("content-type", "application/json")]
        refusal = self.faults.take_refusal()
        if refusal is not None:
            reply = Reply(429, b'{"detail":"Too Many Requests"}')
            headers.append(("retry-after", str(refusal)))
        elif self._garbage:
            reply = Reply(200, self._garbage.pop(0).encode())
        else:
            reply = self._reply(request)
        if request.method == "GET":
            headers.append(("cache-control", CACHE_CONTROL))
        headers.append(("content-length", str(len(reply.body))))
        reason = HTTPStatus(reply.status).phrase
        head = h11.Response(status_code=reply.status, headers=headers, reason=reason)
        parts = (http.send(head), http.send(h11.Data(reply.body)), http.send(h11.EndOfMessage()))
        with trio.fail_after(HANDSHAKE_SECONDS):
            await stream.send_all(b"".join(part for part in parts if part is not None))

    def _reply(self, request: _Request) -> Reply:
        """An answer, or a cached one."""
        now = trio.current_time()
        cached = self._cached.get(request)
        if cached is not None and now < cached[0] + self.faults.cache_s(request.method):
            return cached[1]
        self._view.catch_up(now)
        reply = self._rest.reply(request.method, request.path, request.query, request.body)
        if self.faults.cache_s(request.method):
            self._cached[request] = now, reply
            self._cached.move_to_end(request)
            if len(self._cached) > _MAX_CACHED:
                self._cached.popitem(last=False)
        return reply


async def _read_request(http: h11.Connection, stream: trio.SocketStream) -> _Request | None:
    """The next request; None if the client left. Raises h11.RemoteProtocolError."""
    method = target = ""
    body = bytearray()
    while True:
        event = http.next_event()
        match event:
            case h11.NEED_DATA:
                http.receive_data(bytes(await stream.receive_some(_RECEIVE_BYTES)))
            case h11.Request():
                method, target = event.method.decode(), event.target.decode("latin-1")
            case h11.Data():
                body += event.data
                if len(body) > MAX_BODY_BYTES:
                    raise h11.RemoteProtocolError("the body is too large")
            case h11.EndOfMessage():
                return _Request(method, target, bytes(body))
            case h11.ConnectionClosed():
                return None
            case _:
                raise h11.RemoteProtocolError("not a request")
