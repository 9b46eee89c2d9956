"""A complete gateway behind the web application: the real actors, the in-memory store, and a
scripted node."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from quart.wrappers import Response

from actors.build import build_gateway
from actors.chain import feed
from actors.gateway import Gateway
from kasgate.access.passwords import PasswordHashing
from kasgate.access.secrets import Vault
from kasgate.clock import system_clock
from kasgate.kaspa.node import (
    AcceptedIds,
    ChainPlace,
    ChainSlice,
    DaaScoreChanged,
    MempoolOutput,
    NodeUnavailable,
    Notification,
    ServerInfo,
    Utxo,
    UtxosChanged,
)
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import parse_kas
from kasgate.settings.loading import load_settings
from kasgate.store.memory import MemoryStore
from tests.vectors import vectors
from tests.web.described import assert_as_described
from tests.web.over_sockets import request_over
from web.app import WebApp, create_app
from web.connection.admission import ConnectionLimits, Connections
from web.pages.static_files import STATIC
from web.server import serve

Json = dict[str, Any]
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
CHEAP = PasswordHashing(memory_kib=8, passes=1)
"""Password parameters that are cheap to check."""


def account_keys() -> list[str]:
    """Valid extended public keys, all different."""
    return list(dict.fromkeys(vector["kpub"] for vector in vectors("kpubs")))


class ScriptedNode:
    """A simnet node that answers at once and sends what a test tells it to."""

    url = "ws://scripted.test:18510"
    replays_chain = True
    sees_mempool = True
    delay = 0.0

    def __init__(self) -> None:
        self.score = 1_000
        self.reachable = True
        self._coins: dict[str, list[Utxo]] = {}
        self._said, self._heard = trio.open_memory_channel[Notification](1_000)
        self._payments = 0

    async def pay(self, address: str, kas: str) -> str:
        """Pay an address. Return the transaction id."""
        self._payments += 1
        outpoint = Outpoint(f"{self._payments:064x}", 0)
        coin = Utxo(address, outpoint, parse_kas(kas), self.score)
        self._coins.setdefault(address, []).append(coin)
        await self._said.send(UtxosChanged((coin,), ()))
        return outpoint.transaction_id

    async def lose(self, address: str) -> None:
        """Report that all coins of an address are gone, without a reason."""
        await self._said.send(UtxosChanged((), tuple(self._coins.pop(address))))

    async def advance(self, blocks: int) -> None:
        """Raise the virtual DAA score."""
        self.score += blocks
        await self._said.send(DaaScoreChanged(self.score))

    @asynccontextmanager
    async def connect(self, _url: str) -> AsyncIterator[ScriptedNode]:
        if not self.reachable:
            raise NodeUnavailable("nobody answers")
        yield self

    async def notifications(self) -> AsyncIterator[Notification]:
        async for notification in self._heard:
            yield notification

    async def server_info(self) -> ServerInfo:
        return ServerInfo("simnet", "1.1.0", 1, True, True, self.score)

    async def subscribe_virtual(self) -> None:
        await self.advance(1)

    async def watch(self, addresses: Sequence[str]) -> None: ...

    async def unwatch(self, addresses: Sequence[str]) -> None: ...

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        return [coin for address in addresses for coin in self._coins.get(address, [])]

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        return []

    async def sink(self) -> str:
        return f"{self.score:064x}"

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        return ChainPlace(f"{self.score - depth:064x}", self.score - depth, system_clock())

    async def chain_after(self, block_hash: str) -> ChainSlice:
        return ChainSlice((), ())

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        return AcceptedIds((), (), frozenset())

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        return False

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        return [0 for _ in daa_scores]


@dataclass
class World:
    """A running gateway, its application and its surroundings."""

    gateway: Gateway
    app: WebApp
    node: ScriptedNode
    store: MemoryStore
    keys: list[str] = field(default_factory=account_keys)
    port: int | None = None
    """The port for requests. Without it requests go to the application without sockets."""

    async def request(
        self, method: str, path: str, *, within: float = 30, **options: Any
    ) -> Response:
        """Make one request, in the lane of this world."""
        with trio.fail_after(within):
            if self.port is None:
                response = await self.app.test_client().open(path, method=method, **options)
            else:
                async with await trio.open_tcp_stream("127.0.0.1", self.port) as connection:
                    response = await request_over(connection, method, path, **options)
        assert isinstance(response, Response)
        await assert_as_described(self.app, method, path, response)
        return response

    async def merchant(self, **fields: Any) -> Json:
        """Register a merchant. Return the gateway's answer."""
        body = {"name": "Bean There", "xpub": self.keys.pop(0)} | fields
        response = await self.request("POST", "/api/v1/merchants", json=body)
        assert response.status_code == 201, await response.get_data()
        return await json_of(response)

    async def session(self, merchant: Json, **fields: Any) -> Json:
        """Create a session. Return the gateway's answer."""
        body = {"amount": "10"} | fields
        response = await self.request(
            "POST", "/api/v1/sessions", json=body, headers=key_of(merchant)
        )
        assert response.status_code == 201, await response.get_data()
        return await json_of(response)

    async def read(self, session: Json, **options: Any) -> Json:
        """The public view of a session."""
        return await json_of(
            await self.request("GET", f"/api/v1/sessions/{session['id']}", **options)
        )


def key_of(merchant: Json) -> dict[str, str]:
    return {"X-API-Key": merchant["apiKey"]}


async def bytes_of(response: Response) -> bytes:
    return await response.get_data(as_text=False)


async def json_of(response: Response) -> Json:
    decoded: Json = msgspec.json.decode(await bytes_of(response))
    return decoded


async def eventually(condition: Callable[[], bool], within: float = 30) -> None:
    """Wait for a condition that sends no notification, such as the end of a socket."""
    with trio.fail_after(within):
        while True:
            if condition():
                return
            await trio.sleep(0.01)


@asynccontextmanager
async def a_world(
    *, static: Path = STATIC, reachable: bool = True, **environment: str
) -> AsyncIterator[World]:
    """A running gateway on the simnet, with open registration by default."""
    settings = load_settings(
        {
            "KASGATE_NETWORK": "simnet",
            "KASGATE_NODES": ScriptedNode.url,
            "KASGATE_REGISTRATION": "open",
            # A webhook address that needs no name lookup.
            "KASGATE_WEBHOOK_ALLOW_PRIVATE": "127.0.0.2/32",
            **{f"KASGATE_{name.upper()}": value for name, value in environment.items()},
        }
    )
    node = ScriptedNode()
    node.reachable = reachable
    vault = Vault.generate()
    store = MemoryStore(vault)
    gateway = build_gateway(settings, store, vault, connect=node.connect, hashing=CHEAP)
    # The scripted node sends a block only when a test tells it to, so its silence is normal.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feed, "FRESH_S", 3_600.0)
        async with trio.open_nursery() as nursery:
            await nursery.start(gateway.run)
            if reachable:
                await eventually(lambda: gateway.health().node_ok)
            yield World(gateway, create_app(gateway, static=static), node, store)
            nursery.cancel_scope.cancel()


@dataclass
class Served:
    """A world that listens on a loopback port."""

    world: World
    port: int
    shutdown: trio.Event
    stopped: trio.Event
    connections: Connections

    async def connect(
        self, receive_buffer: int | None = None, source: str = "127.0.0.1"
    ) -> trio.SocketStream:
        """Open a connection from this loopback address."""
        sock = trio.socket.socket()
        await sock.bind((source, 0))
        if receive_buffer is not None:
            sock.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, receive_buffer)
        await sock.connect(("127.0.0.1", self.port))
        return trio.SocketStream(sock)

    async def answer_to(
        self, request: bytes, within: float = 30, source: str = "127.0.0.1"
    ) -> bytes:
        """Send bytes on a new connection. Return everything received until its end."""
        with trio.fail_after(within):
            async with await self.connect(source=source) as stream:
                await stream.send_all(request)
                return await read_all(stream)

    async def is_well(self, source: str = "127.0.0.1") -> bool:
        """Whether the server answers a health check from this address."""
        answer = await self.answer_to(
            b"GET /health HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", source=source
        )
        return answer.startswith(b"HTTP/1.1 200 ")


async def read_all(stream: trio.SocketStream) -> bytes:
    """Read until the end of the stream, or until it is reset."""
    data = bytearray()
    try:
        async for chunk in stream:
            data += chunk
    except trio.BrokenResourceError:
        pass
    return bytes(data)


@asynccontextmanager
async def served(world: World, limits: ConnectionLimits | None = None) -> AsyncIterator[Served]:
    """Serve a world on a loopback port."""
    shutdown, stopped = trio.Event(), trio.Event()
    connections = Connections(limits or ConnectionLimits(), world.app.proxies)

    async def run(task_status: trio.TaskStatus[int]) -> None:
        await serve(
            world.app,
            "127.0.0.1",
            0,
            shutdown=shutdown,
            connections=connections,
            task_status=task_status,
        )
        stopped.set()

    async with trio.open_nursery() as nursery:
        port: int = await nursery.start(run)
        yield Served(world, port, shutdown, stopped, connections)
        nursery.cancel_scope.cancel()
