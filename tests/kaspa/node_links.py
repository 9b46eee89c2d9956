"""Scripted nodes over each transport, and their messages.

A script is written in the node's JSON for every transport. For gRPC the simulated network's
translator converts it, which tests/simnet/test_grpc.py checks against grpcio.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar, cast

import pytest
import trio
from attrs import frozen
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, WebSocketServer

from kasgate.kaspa.address import Address, AddressVersion
from kasgate.kaspa.grpc import node as grpc
from kasgate.kaspa.grpc import stream as grpc_stream
from kasgate.kaspa.grpc.node import GrpcNode
from kasgate.kaspa.node import NodeUnavailable
from kasgate.kaspa.protowire import node_pb2 as pb
from kasgate.kaspa.rest import node as rest
from kasgate.kaspa.rest.link import PollingPolicy
from kasgate.kaspa.rest.node import RestNode
from kasgate.kaspa.wrpc import link as wrpc_link
from kasgate.kaspa.wrpc import node as wrpc
from kasgate.kaspa.wrpc.node import WrpcNode
from kasgate.simnet.grpc.calls import GrpcCall, GrpcConnection
from kasgate.simnet.grpc.wire import answer_of, asked_for, kind_of, notification_of
from kasgate.simnet.network import SimulatedNetwork

PREFIX = "kaspasim"
ALICE = Address(PREFIX, AddressVersion.PUBKEY, bytes(range(32)))
BOB = Address(PREFIX, AddressVersion.PUBKEY, bytes(range(32, 64)))
ODD_SCRIPT = "0000" + "6a04deadbeef"
TX = "ab" * 32
BLOCK = "cd" * 32
NEXT_BLOCK = "ce" * 32

T = TypeVar("T")
Json = dict[str, Any]
Link = WrpcNode | GrpcNode | RestNode
HURRIED = PollingPolicy(interval=0, round=0.01, lag=0)
"""For the tests' own servers."""


class Peer(ABC):
    """The node's end of a connection, controlled by a test."""

    babbling: bytes

    def __init__(self, requests: list[Json]) -> None:
        self.requests = requests

    @abstractmethod
    async def take(self) -> Json:
        """The next request: id, method and params."""

    @abstractmethod
    async def send(self, frame: Any) -> None:
        """Send a frame, or raw text or bytes in place of one."""

    @abstractmethod
    async def leave(self) -> None:
        """Close the connection as a node does without a complaint."""

    @abstractmethod
    def be_deaf(self) -> None:
        """Read nothing more from the socket, pings included."""

    @property
    @abstractmethod
    def stream(self) -> trio.SocketStream: ...

    async def babble(self) -> None:
        """Send bytes that are not a frame of the protocol below."""
        await self.stream.send_all(self.babbling)

    async def answer(self, request: Json, params: Json) -> None:
        await self.send({"id": request["id"], "method": request["method"], "params": params})

    async def refuse(self, request: Json, message: str) -> None:
        error = {"code": 0, "message": message, "data": None}
        await self.send({"id": request["id"], "method": request["method"], "error": error})

    async def linger(self) -> None:
        """Read without answering until the client leaves."""
        while True:
            await self.take()

    async def cut(self) -> None:
        """Close the TCP connection without a goodbye."""
        await trio.aclose_forcefully(self.stream)

    async def reset(self) -> None:
        await reset(self.stream)


Script = Callable[[Peer], Awaitable[None]]


class ScriptedNode:
    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Json] = []
        self.farewells: list[str] = []


class Way(ABC):
    """A way to a node."""

    scheme: str

    @abstractmethod
    def connect(self, url: str, **limits: Any) -> AbstractAsyncContextManager[Link]: ...

    @abstractmethod
    def serve(self, network: SimulatedNetwork) -> Callable[..., Awaitable[None]]: ...

    @asynccontextmanager
    async def on_simnet(self) -> AsyncIterator[tuple[SimulatedNetwork, Link]]:
        network = SimulatedNetwork(blocks_per_second=0)
        async with trio.open_nursery() as nursery:
            port = await nursery.start(self.serve(network))
            async with self.connect(f"{self.scheme}://127.0.0.1:{port}") as link:
                yield network, link
            nursery.cancel_scope.cancel()

    @asynccontextmanager
    async def raw(
        self, serve: Callable[[trio.SocketStream], Awaitable[None]]
    ) -> AsyncIterator[str]:
        """A TCP server that need not know the protocol; yields its URL."""
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")

        async def handle(stream: trio.SocketStream) -> None:
            async with stream:
                await serve(stream)

        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, handle, listeners)
            yield f"{self.scheme}://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
            nursery.cancel_scope.cancel()

    async def refused(self, url: str, **limits: Any) -> str:
        with pytest.raises(NodeUnavailable) as told:
            async with self.connect(url, **limits):
                pytest.fail("connected to what is no node")
        assert "can't be reached" in str(told.value)
        return str(told.value)


class Transport(Way):
    """A way to a node that sends notifications, with scripts for its client."""

    farewell: str
    """The node's log entry for a client that leaves."""
    link_module: Any
    """The adapter's module, which has its message limit."""

    @abstractmethod
    def scripted(self, script: Script) -> AbstractAsyncContextManager[ScriptedNode]:
        """A node that plays the script to each client, then waits for the client to leave."""

    @asynccontextmanager
    async def linked(
        self, script: Script, **limits: Any
    ) -> AsyncIterator[tuple[Link, ScriptedNode]]:
        """A node and a link to it. What a node tells at once would end an opening if it is wrong,
        so such a script begins when the link is open."""
        opened = trio.Event()

        async def play(peer: Peer) -> None:
            if isinstance(script, Telling):
                await opened.wait()
            await script(peer)

        async with self.scripted(play) as node, self.connect(node.url, **limits) as link:
            opened.set()
            yield link, node


class WrpcPeer(Peer):
    babbling = b"\xff\xff\xff\xff garbage \x00\x01"

    def __init__(self, socket: WebSocketConnection, requests: list[Json]) -> None:
        super().__init__(requests)
        self.socket = socket

    async def take(self) -> Json:
        request: Json = json.loads(await self.socket.get_message())
        self.requests.append(request)
        return request

    async def send(self, frame: Any) -> None:
        await self.socket.send_message(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def leave(self) -> None:
        await self.socket.aclose()

    def be_deaf(self) -> None:
        self.socket._reader_running = False

    @property
    def stream(self) -> trio.SocketStream:
        return cast("trio.SocketStream", self.socket._stream)


class Wrpc(Transport):
    scheme = "ws"
    farewell = "code 1000"
    link_module = wrpc_link

    def __str__(self) -> str:
        return "wrpc"

    def connect(self, url: str, **limits: Any) -> AbstractAsyncContextManager[Link]:
        return wrpc.connect(url, prefix=PREFIX, **limits)

    def serve(self, network: SimulatedNetwork) -> Callable[..., Awaitable[None]]:
        return network.serve

    @asynccontextmanager
    async def scripted(
        self, script: Script, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[ScriptedNode]:
        async def handle(request: WebSocketRequest) -> None:
            peer = WrpcPeer(await request.accept(), node.requests)
            try:
                await script(peer)
                await peer.linger()
            except ConnectionClosed as closed:
                node.farewells.append(f"code {closed.reason.code}" if closed.reason else "none")

        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        node = ScriptedNode(f"{'wss' if tls else 'ws'}://127.0.0.1:{port}")
        ears = [trio.SSLListener(each, tls) if tls else each for each in listeners]
        async with trio.open_nursery() as nursery:
            server = WebSocketServer(handle, ears, max_message_size=2**24)
            await nursery.start(server.run)
            yield node
            nursery.cancel_scope.cancel()


class GrpcPeer(Peer):
    babbling = b"\x00\x00\x00\x04\x00\x00\x00\x00\x07"  # settings of a stream

    def __init__(self, call: GrpcCall, ears: _Ears, requests: list[Json]) -> None:
        super().__init__(requests)
        self.call = call
        self._ears = ears
        self._kinds: dict[int, str] = {}

    async def take(self) -> Json:
        message = pb.Request.FromString(await self.call.receive())
        method, params = asked_for(message)
        self._kinds[message.id] = kind_of(message)
        request = {"id": message.id, "method": method, "params": params}
        self.requests.append(request)
        return request

    async def send(self, frame: Any) -> None:
        """Bytes are sent as the content of a message."""
        if isinstance(frame, bytes):
            await self.call.send(frame)
        elif "id" in frame:
            kind = self._kinds.get(frame["id"], "getSink")
            answer = answer_of(frame["id"], kind, frame.get("params", {}), frame.get("error"))
            await self.call.send(answer)
        else:
            await self.call.send(notification_of(frame))

    async def leave(self) -> None:
        await self.call.finish()

    def be_deaf(self) -> None:
        self._ears.be_deaf()

    @property
    def stream(self) -> trio.SocketStream:
        return self._ears.stream


class Grpc(Transport):
    scheme = "grpc"
    farewell = "half-closed"
    link_module = grpc_stream

    def __str__(self) -> str:
        return "grpc"

    def connect(self, url: str, **limits: Any) -> AbstractAsyncContextManager[Link]:
        return grpc.connect(url, prefix=PREFIX, **limits)

    def serve(self, network: SimulatedNetwork) -> Callable[..., Awaitable[None]]:
        return network.serve_grpc

    @asynccontextmanager
    async def scripted(self, script: Script) -> AsyncIterator[ScriptedNode]:
        async def handle(stream: trio.SocketStream) -> None:
            ears = _Ears(stream)

            async def converse(call: GrpcCall) -> None:
                await call.accept()
                peer = GrpcPeer(call, ears, node.requests)
                try:
                    await script(peer)
                    await peer.linger()
                finally:
                    node.farewells.append("half-closed" if call.is_half_closed else "none")

            try:
                await GrpcConnection(
                    ears, converse, handshake_seconds=5, max_message_bytes=2**24
                ).run()
            except* (trio.BrokenResourceError, trio.ClosedResourceError):
                pass  # cut, by either side
            finally:
                await trio.aclose_forcefully(stream)

        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        node = ScriptedNode(f"grpc://127.0.0.1:{listeners[0].socket.getsockname()[1]}")
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, handle, listeners)
            yield node
            nursery.cancel_scope.cancel()


class Rest(Way):
    """The responses and requests of REST servers are in test_rest.py."""

    scheme = "http"

    def __str__(self) -> str:
        return "rest"

    def connect(self, url: str, **limits: Any) -> AbstractAsyncContextManager[Link]:
        return rest.connect(url, prefix=PREFIX, polling=HURRIED, **limits)

    def serve(self, network: SimulatedNetwork) -> Callable[..., Awaitable[None]]:
        return network.serve_rest


class _Ears(trio.abc.Stream):
    """A stream that can stop reading."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._is_deaf = False
        self._listening = trio.CancelScope()

    def be_deaf(self) -> None:
        self._is_deaf = True
        self._listening.cancel()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        with trio.CancelScope() as self._listening:
            if not self._is_deaf:
                return await self.stream.receive_some(max_bytes)
        await trio.sleep_forever()
        raise AssertionError

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self.stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self.stream.aclose()


async def hang_up(_: trio.SocketStream) -> None:
    """Close a connection at once."""
    await trio.lowlevel.checkpoint()


async def reset(stream: trio.SocketStream) -> None:
    """Reset the connection: close it without lingering."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await trio.aclose_forcefully(stream)


def serving(**answers: Json | str) -> Script:
    """Answer each method with these params, or refuse it where the value is a text."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.take()
            answer = answers[request["method"]]
            if isinstance(answer, str):
                await peer.refuse(request, answer)
            else:
                await peer.answer(request, answer)

    return script


@frozen
class Telling:
    """A script that sends messages without being asked."""

    frames: tuple[Json | str | bytes, ...]

    async def __call__(self, peer: Peer) -> None:
        for frame in self.frames:
            await peer.send(frame)


def telling(*frames: Json | str | bytes) -> Telling:
    return Telling(frames)


def output(address: str | None = str(ALICE), script: str | None = None, **changes: Any) -> Json:
    """An output as the node writes it (kaspa.md §3.3), with some fields of the entry changed."""
    entry = {
        "amount": 123,
        "scriptPublicKey": script or ALICE.script_public_key,
        "blockDaaScore": 77,
        "isCoinbase": False,
        "covenantId": None,
    }
    outpoint = {"transactionId": TX, "index": 0}
    for name, value in changes.items():
        (outpoint if name in outpoint else entry)[name] = value
    return {"address": address, "outpoint": outpoint, "utxoEntry": entry}


def changed(added: list[Json], removed: list[Json] | None = None) -> Json:
    params = {"UtxosChanged": {"added": added, "removed": removed or []}}
    return {"method": "utxosChangedNotification", "params": params}


def score(number: Any) -> Json:
    params = {"VirtualDaaScoreChanged": {"virtualDaaScore": number}}
    return {"method": "virtualDaaScoreChangedNotification", "params": params}


OVERRIDE = {
    "method": "pruningPointUtxoSetOverrideNotification",
    "params": {"PruningPointUtxoSetOverride": {}},
}
SERVER_INFO = {
    "rpcApiVersion": 1,
    "rpcApiRevision": 0,
    "serverVersion": "2.0.1",
    "networkId": "simnet",
    "hasUtxoIndex": True,
    "isSynced": True,
    "virtualDaaScore": 480000000,
}
CHAIN = {
    "removedChainBlockHashes": [BLOCK],
    "addedChainBlockHashes": [NEXT_BLOCK],
    "chainBlockAcceptedTransactions": [
        {
            "chainBlockHeader": {"hash": NEXT_BLOCK, "daaScore": 5, "timestamp": 1700000000000},
            "acceptedTransactions": [
                {
                    "version": None,
                    "inputs": [{"previousOutpoint": None, "signatureScript": "41"}],
                    "outputs": [
                        {
                            "value": 100000000,
                            "scriptPublicKey": ALICE.script_public_key,
                            "verboseData": {"scriptPublicKeyAddress": str(ALICE)},
                            "covenant": None,
                        },
                        {"value": 5, "scriptPublicKey": ODD_SCRIPT, "verboseData": None},
                        {
                            "value": 7,
                            "scriptPublicKey": BOB.script_public_key,
                            "verboseData": None,
                            "covenant": {"authorizingInput": 0, "covenantId": "ef" * 32},
                        },
                    ],
                    "subnetworkId": None,
                    "verboseData": {"transactionId": TX, "blockTime": 1700000000000},
                }
            ],
        }
    ],
}


async def next_notification(link: Link) -> Any:
    return await anext(aiter(link.notifications()))


async def next_of(link: Link, kind: type[T]) -> T:
    """The next notification of a kind."""
    async for told in link.notifications():
        if isinstance(told, kind):
            return told
    raise AssertionError


async def reason_of_death(link: Link) -> str:
    """Wait until the link is dead, check that every caller sees that, and return the reason."""
    with pytest.raises(NodeUnavailable) as told:
        async for _ in link.notifications():
            pass
    with pytest.raises(NodeUnavailable) as told_later:
        await link.utxos([str(ALICE)])
    assert str(told.value) == str(told_later.value)
    assert link.url in str(told.value)
    return str(told.value)
