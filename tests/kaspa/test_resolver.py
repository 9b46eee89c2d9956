"""Public resolvers: asked in random order, limited in tries and time, and not trusted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from kasgate.kaspa.networks import RESOLVER, Network
from kasgate.kaspa.node import NodeUnavailable
from kasgate.kaspa.resolver import PUBLIC_RESOLVERS, TRIES, Resolver, connect
from kasgate.simnet.network import SimulatedNetwork

NODE = "wss://node.kaspa.test/kaspa/mainnet/wrpc/json"


class Service:
    """A web server with one answer, which records its requests."""

    def __init__(self, answer: bytes, *, slow: bool) -> None:
        self._answer = answer
        self._slow = slow
        self.asked: list[str] = []
        self.base = ""

    async def serve(self, stream: trio.SocketStream) -> None:
        async with stream:
            head = bytearray()
            while b"\r\n\r\n" not in head:
                chunk = await stream.receive_some(4_096)
                if not chunk:
                    return
                head += chunk
            self.asked.append(head.split(b" ")[1].decode())
            if self._slow:
                await trio.sleep_forever()
            await stream.send_all(self._answer)


def answer(status: int, body: object) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} Status\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + content


@asynccontextmanager
async def services(*answers: bytes, slow: bool = False) -> AsyncIterator[list[Service]]:
    """A resolver for each answer."""
    async with trio.open_nursery() as nursery:
        made = []
        for given in answers:
            service = Service(given, slow=slow)
            listeners = await nursery.start(
                partial(trio.serve_tcp, service.serve, 0, host="127.0.0.1")
            )
            port = listeners[0].socket.getsockname()[1]
            service.base = f"http://127.0.0.1:{port}"
            made.append(service)
        yield made
        nursery.cancel_scope.cancel()


def resolver_of(*made: Service, network: Network = Network.MAINNET) -> Resolver:
    return Resolver(network, bases=[service.base for service in made])


async def test_the_resolver_is_asked_for_a_node_with_json_over_tls():
    async with services(answer(200, {"uid": "1", "url": NODE})) as (one,):
        assert await resolver_of(one, network=Network.TESTNET_10).find() == NODE
    assert one.asked == ["/v2/kaspa/testnet-10/tls/wrpc/json"]


async def test_a_resolver_that_elected_none_is_followed_by_the_next():
    none, found = answer(404, {}), answer(200, {"url": NODE})
    async with services(none, none, none, found) as made:
        assert await resolver_of(*made).find() == NODE


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(404, {}), "no node that speaks JSON"),
        (answer(503, {}), "answered 503"),
        (answer(302, {}), "answered 302"),
        (answer(200, b"<html>"), "did not answer with a node"),
        (answer(200, {"uid": "1"}), "did not answer with a node"),
        (answer(200, {"url": 7}), "did not answer with a node"),
        (answer(200, {"url": "x" * 10_000}), "did not answer with a node"),
        (answer(200, {"url": "ws://node.kaspa.test"}), "no public node"),
        (answer(200, {"url": "wss://127.0.0.1:17110"}), "no public node"),
        (answer(200, {"url": "wss://[::1]:17110"}), "no public node"),
        (answer(200, {"url": "wss://169.254.169.254"}), "no public node"),
        (answer(200, {"url": "wss://localhost"}), "no public node"),
        (answer(200, {"url": "wss://me:secret@node.kaspa.test"}), "no public node"),
        (answer(200, {"url": "wss://node.kaspa.test:99999"}), "no public node"),
        (answer(200, {"url": "wss://node.kaspa.test/\r\nX: y"}), "no public node"),
        (b"not http at all", "can't be asked"),
    ],
)
async def test_an_answer_that_is_no_node_is_refused_with_the_reason(given: bytes, reason: str):
    async with services(given) as (one,):
        with pytest.raises(NodeUnavailable, match=reason):
            await resolver_of(one).find()


async def test_a_resolver_that_says_nothing_is_not_waited_for_long():
    async with services(b"", slow=True) as (one,):
        slow = Resolver(Network.MAINNET, bases=[one.base], try_s=0.1)
        with trio.fail_after(30), pytest.raises(NodeUnavailable, match="did not answer within"):
            await slow.find()


async def test_only_some_resolvers_are_asked_at_once_and_not_always_the_same():
    async with services(*[answer(404, {})] * 16) as made:
        resolver = resolver_of(*made)
        for _ in range(8):
            with pytest.raises(NodeUnavailable):
                await resolver.find()
        asked = [len(service.asked) for service in made]
        assert sum(asked) == 8 * TRIES
        assert sum(map(bool, asked)) > TRIES


@pytest.mark.parametrize("network", [Network.SIMNET, Network.DEVNET])
async def test_no_resolver_is_asked_for_a_network_without_public_nodes(network: Network):
    async with services(answer(200, {"url": NODE})) as (one,):
        with pytest.raises(NodeUnavailable, match="no public nodes"):
            await resolver_of(one, network=network).find()
    assert one.asked == []


def test_the_public_resolvers_are_those_of_the_node_software():
    assert len(set(PUBLIC_RESOLVERS)) == 16
    assert all(base.startswith("https://") for base in PUBLIC_RESOLVERS)


async def test_the_entry_opens_a_link_to_the_node_that_was_named():
    async with trio.open_nursery() as nursery:
        port = await nursery.start(SimulatedNetwork(blocks_per_second=0).serve)
        named = f"ws://127.0.0.1:{port}"
        async with services(answer(200, {"url": named})) as (one,):
            resolver = Resolver(Network.SIMNET, bases=[one.base], tls="any")
            async with connect(RESOLVER, resolver=resolver, prefix="kaspasim") as node:
                assert node.url == named
                assert (await node.server_info()).network_id == "simnet"
            async with connect(named, resolver=resolver, prefix="kaspasim") as node:
                assert node.url == named
            assert len(one.asked) == 1
        nursery.cancel_scope.cancel()
