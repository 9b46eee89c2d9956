"""A scripted REST server: prepared answers by path, and a record of its requests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import h11
import trio
from attrs import define, field, frozen

from kasgate.kaspa.rest import node as rest
from kasgate.kaspa.rest.link import PollingPolicy
from kasgate.kaspa.rest.node import RestNode
from tests.kaspa.node_links import ALICE, BLOCK, HURRIED, PREFIX, TX

Json = Any
NOW = 1_760_000_000_000
SCORE = 480_000_000


@frozen
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json
    at: float


@frozen
class Answer:
    """Status, body and headers of an answer; text is sent as it is."""

    body: Json = None
    status: int = 200
    headers: dict[str, str] = field(factory=dict)


Route = Answer | list[Answer] | Callable[[Asked], Answer]


@define(eq=False)
class RestServer:
    """Returns the answer prepared for a path; of a list the next, and the last one repeatedly."""

    routes: dict[str, Route]
    url: str = ""
    asked: list[Asked] = field(factory=list)

    def of(self, path: str) -> list[Asked]:
        """The requests for a path."""
        return [each for each in self.asked if each.path == path]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        route = self.routes.get(asked.path, Answer({"detail": "Not Found"}, 404))
        if isinstance(route, list):
            return route.pop(0) if len(route) > 1 else route[0]
        return route if isinstance(route, Answer) else route(asked)

    async def converse(self, stream: trio.SocketStream) -> None:
        http = h11.Connection(h11.SERVER)
        request, body = None, bytearray()
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(bytes(await stream.receive_some()))
            elif isinstance(event, h11.Request):
                request, body = event, bytearray()
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                await stream.send_all(_sent(http, self.answer(_asked(request, bytes(body)))))
                http.start_next_cycle()
            else:
                return


def _asked(request: h11.Request, body: bytes) -> Asked:
    target = urlsplit(request.target.decode())
    return Asked(
        request.method.decode(),
        target.path,
        dict(parse_qsl(target.query)),
        {name.decode(): value.decode() for name, value in request.headers},
        json.loads(body) if body else None,
        trio.current_time(),
    )


def _sent(http: h11.Connection, answer: Answer) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = {"content-length": str(len(body)), **answer.headers}
    head = h11.Response(status_code=answer.status, headers=list(headers.items()))
    parts = (http.send(head), http.send(h11.Data(body)), http.send(h11.EndOfMessage()))
    return b"".join(part for part in parts if part)


@asynccontextmanager
async def served(routes: Mapping[str, Route] = {}) -> AsyncIterator[RestServer]:
    """A server on loopback; routes by path, which begins with a slash."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    server = RestServer(
        {"/info/blockdag": dag(), "/info/health": health(), "/addresses/utxos": Answer([])}
        | dict(routes)
    )
    server.url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"

    async def handle(stream: trio.SocketStream) -> None:
        async with stream:
            with suppress(trio.BrokenResourceError, h11.RemoteProtocolError):  # The client left.
                await server.converse(stream)

    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, handle, listeners)
        yield server
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def linked(
    routes: Mapping[str, Route] = {}, *, polling: PollingPolicy = HURRIED, path: str = ""
) -> AsyncIterator[tuple[RestNode, RestServer]]:
    """A link to such a server, with a frozen wall clock."""
    async with (
        served(routes) as server,
        rest.connect(server.url + path, prefix=PREFIX, polling=polling, clock=lambda: NOW) as node,
    ):
        yield node, server


def dag(score: Json = str(SCORE), name: str = "kaspa-simnet", **more: Json) -> Answer:
    return Answer({"networkName": name, "virtualDaaScore": score, "tipHashes": [], **more})


def health(*, synced: bool = True, indexed: bool = True, status: int = 200) -> Answer:
    kaspad = {
        "kaspadHost": "KASPAD_HOST_1",
        "serverVersion": "2.0.1",
        "isUtxoIndexed": indexed,
        "isSynced": synced,
        "p2pId": "00",
        "blueScore": 1,
    }
    return Answer({"kaspadServers": [kaspad], "database": {"isSynced": False}}, status)


def coin(address: Json = str(ALICE), **changes: Json) -> Json:
    """An output as the server writes it (kaspa.md §6), with some fields changed."""
    entry = {
        "amount": "123",
        "scriptPublicKey": {"scriptPublicKey": ALICE.script_public_key[4:]},
        "blockDaaScore": str(SCORE + 5),
        "isCoinbase": False,
    }
    outpoint = {"transactionId": TX, "index": 0}
    for name, value in changes.items():
        (outpoint if name in outpoint else entry)[name] = value
    return {"address": address, "outpoint": outpoint, "utxoEntry": entry}


def transaction(txid: str = TX, **changes: Json) -> Json:
    """A row of full-transactions that pays ALICE 123 sompi."""
    row = {
        "subnetwork_id": "00" * 20,
        "transaction_id": txid,
        "block_time": NOW - 60_000,
        "is_accepted": True,
        "accepting_block_hash": BLOCK,
        "outputs": [
            {
                "index": 0,
                "amount": 123,
                "script_public_key": ALICE.script_public_key[4:],
                "script_public_key_address": str(ALICE),
            }
        ],
    }
    return row | changes


def block(block_hash: str = BLOCK, score: Json = "77", at: Json = str(NOW - 50_000)) -> Answer:
    header = {"daaScore": score, "timestamp": at, "version": 1}
    return Answer({"header": header, "transactions": None, "verboseData": {"hash": block_hash}})
