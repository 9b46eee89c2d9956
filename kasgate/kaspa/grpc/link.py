"""The wire of the gRPC adapter: requests and responses in protobuf over one stream.

Ids match answers with requests. A node works on requests of different kinds at the same time, so
answers may overtake each other (kaspa.md §3.5).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from attrs import frozen

from kasgate.kaspa.grpc.messages import parse
from kasgate.kaspa.grpc.stream import MessageStream, message_stream
from kasgate.kaspa.link import Call, NodeLink, Timeouts, in_one_line
from kasgate.kaspa.outputs import Garbage
from kasgate.kaspa.protowire import node_pb2 as pb

T = TypeVar("T")

NOTICES: Final = frozenset(
    {
        "pruning_point_utxo_set_override",
        "sink_blue_score_changed",
        "utxos_changed",
        "virtual_chain_changed",
        "virtual_daa_score_changed",
    }
)
"""The payloads of Response that are notifications."""


@frozen
class GrpcWire:
    """An open stream as a LinkTransport."""

    stream: MessageStream

    @property
    def heard_at(self) -> float:
        return self.stream.heard_at

    async def send(self, number: int, call: Call[Any]) -> None:
        request = cast("pb.Request", call.request)
        request.id = number
        await self.stream.send_message(request.SerializeToString())

    async def ping(self) -> None:
        await self.stream.ping()


class GrpcLink(NodeLink[GrpcWire]):
    """One connection to one node: ``hold`` runs it, ``ask`` uses it, ``fail`` ends it."""

    def __init__(
        self,
        url: str,
        patience: Timeouts,
        on_notice: Callable[[pb.Response], Awaitable[None]],
        on_failure: Callable[[], object],
    ) -> None:
        """The reader calls ``on_notice`` with every notification; it may raise Garbage."""
        super().__init__(url, patience, on_failure)
        self._on_notice = on_notice

    async def ask(
        self, request: pb.Request, read: Callable[[pb.Response], T], *, patience: float = 1
    ) -> T:
        """Send a request, without an id, and ``read`` its answer. The time limit is ``patience``
        times the usual one.

        The answer has the request's kind and is no error. Raises NodeUnavailable, and Refusal for
        an error. If the call is cancelled, the request may have been sent; its answer is discarded.
        """
        return await self._answer_to(_method_of(request), request, read, patience)

    async def _converse(self, deadline: float) -> None:
        host, port = target_of(self.url)
        async with message_stream(host, port, deadline) as stream:
            await self._serve(GrpcWire(stream))

    async def _read(self, wire: GrpcWire) -> None:
        """Decode and dispatch messages."""
        while True:
            response = parse(await wire.stream.receive())
            kind = cast("str | None", response.WhichOneof("payload"))
            if response.id:
                self._take_answer(response.id, _Filler(kind, response))
            elif kind in NOTICES:
                await self._on_notice(response)
            elif kind is not None:
                raise Garbage("does not number its answers, as only very old nodes do")


@frozen
class _Filler:
    """Fills in the answer of a call."""

    kind: str | None
    response: pb.Response

    def __call__(self, call: Call[Any]) -> None:
        request = cast("pb.Request", call.request)
        if self.kind is None or self.kind != request.WhichOneof("payload"):
            raise Garbage(f"answered {call.method} with something else")
        payload = getattr(self.response, self.kind)
        if payload.HasField("error"):
            call.refusal = in_one_line(payload.error.message) or "no reason given"
        elif not call.abandoned:
            call.answer = call.read(self.response)


def target_of(url: str) -> tuple[str, int]:
    """Host and port. Raises ValueError unless the URL is grpc://host:port."""
    parts = urlsplit(url)
    if parts.scheme != "grpc" or not parts.hostname or not parts.port:
        raise ValueError("it is not of the form grpc://host:port")
    return parts.hostname, parts.port


def _method_of(request: pb.Request) -> str:
    """The name of a request's method, as in wRPC."""
    first, *rest = cast("str", request.WhichOneof("payload")).split("_")
    return first + "".join(word.capitalize() for word in rest)
