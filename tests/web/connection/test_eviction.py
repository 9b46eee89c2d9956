"""Connections without room for one more: the connections that count together, and the one that
ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from math import inf

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from kasgate.limits.quota import Quota
from tests.web.connection.test_guard import (
    GET,
    PING,
    UPGRADE,
    echo,
    frame,
    next_answer,
    open_websocket,
)
from tests.web.world import Json, Served, World, a_world, eventually, read_all, served
from web.connection.admission import ConnectionLimits, room_for_connections
from web.connection.eviction import WIDE, Idle, Network, Networks

CROWDED = ConnectionLimits(connections=40, head_s=600, keep_alive_s=600)
"""Ten for each address."""
HALF_A_HEAD = b"GET /health HTTP/1.1\r\nX: "
HALF_A_BODY = (
    b"POST /api/v1/merchants HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)


class Seat:
    """A connection that only has a place in the order."""

    def __init__(self) -> None:
        self.networks: tuple[Network, ...] = ()
        self.waits_since = 0.0
        self.waits = True

    def evict(self) -> None:
        raise AssertionError


# The order


def test_the_longest_idle_ends_first_and_waiting_ones_before_idle_sockets() -> None:
    idle, (first, second, quiet) = Idle(), (Seat(), Seat(), Seat())
    idle.follows_nothing(quiet)
    idle.waits(first)
    idle.waits(second)
    assert idle.longest() is first
    idle.waits(first)
    assert idle.longest() is second
    second.waits = False
    assert idle.longest() is first
    assert second.waits_since == -inf
    idle.leave(first)
    assert idle.longest() is quiet
    quiet.waits = False
    assert idle.longest() is None
    idle.waits(second)
    second.waits = True
    assert idle.longest() is second


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("wbfl")), max_size=60))
def test_only_idle_connections_are_found_and_none_is_lost(steps: list[tuple[int, str]]) -> None:
    idle, seats = Idle(), [Seat() for _ in range(6)]
    waiting: list[Seat] = []
    unfollowing: list[Seat] = []
    for number, step in steps:
        seat = seats[number]
        for known in (waiting, unfollowing):
            if seat in known:
                known.remove(seat)
        seat.waits = step != "b"
        match step:
            case "w":
                idle.leave(seat)
                idle.waits(seat)
                waiting.append(seat)
            case "f":
                idle.follows_nothing(seat)
                unfollowing.append(seat)
            case "l":
                idle.leave(seat)
        expected = waiting or unfollowing
        assert idle.longest() is (expected[0] if expected else None)


def test_ipv4_counts_by_address_and_ipv6_by_64_and_48() -> None:
    networks = Networks(10)
    held = [networks.of(address) for address in ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2")]
    for path in held:
        networks.enter(path)
    assert [network.open for network in networks.of("192.0.2.1")] == [1]
    for address in ("2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:3::1"):
        path = networks.of(address)
        networks.enter(path)
        held.append(path)
    assert [(n.open, n.most) for n in networks.of("2001:db8:1:2::9")] == [(2, 10), (3, 10 * WIDE)]
    assert [n.open for n in networks.of("2001:db8:2::1")] == [0, 0]
    for path in held:
        networks.leave(path)
    assert len(networks) == 0


def test_an_address_has_at_most_a_quarter_of_the_connections() -> None:
    assert ConnectionLimits(connections=272).of_one_address == 68
    assert ConnectionLimits(connections=20_000).of_one_address == 1_000
    assert ConnectionLimits(connections=272, per_address=None).of_one_address == 272
    assert ConnectionLimits(connections=2).of_one_address == 1
    for connections in (1, 2, 8, 272, 20_000):
        limits = ConnectionLimits(connections=connections)
        assert 0 < limits.websockets <= connections
        assert connections < 8 or limits.websockets < connections
    assert room_for_connections() > 0


def test_a_quota_counts_by_tenant_and_in_all() -> None:
    quota = Quota(2, 3)
    assert [quota.take("a") for _ in range(3)] == [True, True, False]
    assert [quota.take("b") for _ in range(2)] == [True, False]
    quota.give_back("a")
    assert (quota.held, quota.held_by("a"), quota.held_by("b")) == (2, 1, 1)
    quota.take_anyway("b")
    quota.take_anyway("b")
    assert not quota.has_room("c")
    with pytest.raises(KeyError):
        quota.give_back("c")


# Over sockets, in both lanes


@pytest.fixture(params=["on", "off"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with a_world(express=request.param) as running:
        yield running


@pytest.fixture
async def server(world: World) -> AsyncIterator[Served]:
    async with served(world, CROWDED) as running:
        yield running


@pytest.fixture
async def held() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def hold(
    server: Served, held: AsyncExitStack, count: int, said: bytes, source: str
) -> list[trio.SocketStream]:
    """Open connections from one address that send these bytes and nothing else."""
    streams = []
    for _ in range(count):
        stream = await server.connect(source=source)
        held.push_async_callback(trio.aclose_forcefully, stream)
        if said:
            await stream.send_all(said)
        streams.append(stream)
    return streams


@pytest.mark.parametrize("said", [b"", GET, HALF_A_HEAD, HALF_A_BODY])
async def test_one_address_that_holds_connections_blocks_no_other(
    server: Served, held: AsyncExitStack, said: bytes
) -> None:
    kept = await server.connect(source="127.0.0.3")
    held.push_async_callback(trio.aclose_forcefully, kept)
    await kept.send_all(GET)
    await next_answer(kept)
    streams = await hold(server, held, 60, said, "127.0.0.2")
    with trio.fail_after(30):
        await read_all(streams[0])
    assert len(server.connections) <= 11
    # This affects neither other addresses, nor new connections of this one, nor connections that
    # others hold.
    assert await server.is_well("127.0.0.4")
    assert await server.is_well("127.0.0.2")
    await kept.send_all(GET)
    assert (await next_answer(kept)).startswith(b"HTTP/1.1 200 ")
    assert server.connections.evicted >= 50
    assert server.connections.refused == 0


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD, HALF_A_BODY])
async def test_when_all_places_are_taken_the_longest_idle_ends(
    server: Served, held: AsyncExitStack, said: bytes
) -> None:
    streams = []
    for network in range(4):
        streams += await hold(server, held, 10, said, f"127.0.1.{network}")
    await eventually(lambda: len(server.connections) == 40)
    for number in range(10):
        assert await server.is_well(f"127.0.2.{number}")
    with trio.fail_after(30):
        await read_all(streams[0])
    assert 1 <= server.connections.evicted <= 10
    assert len(server.connections) <= 40


async def subscribe(stream: trio.SocketStream, session: Json) -> None:
    message = {"type": "subscribe", "sessionId": session["id"]}
    message["token"] = session["subscriptionToken"]
    await stream.send_all(frame(1, msgspec.json.encode(message)))
    heard = b""
    with trio.fail_after(30):
        while b'"type":"session"' not in heard:
            heard += await stream.receive_some()


async def test_websockets_that_follow_nothing_end_and_others_stay(
    server: Served, held: AsyncExitStack
) -> None:
    session = await server.world.session(await server.world.merchant())
    following: list[trio.SocketStream] = []
    silent: list[trio.SocketStream] = []
    for number in range(20):
        stream = await open_websocket(server, source=f"127.0.1.{number}")
        held.push_async_callback(trio.aclose_forcefully, stream)
        (following if number % 2 else silent).append(stream)
        if number % 2:
            await subscribe(stream, session)
    # At most 35 of 40 connections are WebSockets.
    for number in range(15):
        stream = await open_websocket(server, source=f"127.0.2.{number}")
        held.push_async_callback(trio.aclose_forcefully, stream)
        await subscribe(stream, session)
    answer = await server.answer_to(UPGRADE + b"\r\n", source="127.0.3.1")
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"too_many_connections" in answer
    await hold(server, held, 10, b"", "127.0.3.2")
    assert await server.is_well("127.0.3.3")
    await eventually(lambda: len(server.connections) <= 40)
    for stream in following:
        await echo(stream)
    # Connections that wait for a request end first, then the quietest WebSockets.
    assert server.connections.refused == 0
    for stream in silent:
        await stream.send_all(PING)


async def test_a_websocket_that_follows_or_unfollows_changes_its_place(
    world: World, held: AsyncExitStack
) -> None:
    session = await world.session(await world.merchant())
    async with served(world, ConnectionLimits(connections=4, per_address=4)) as server:
        first, second = [
            await open_websocket(server, source=f"127.0.1.{number}") for number in range(2)
        ]
        await subscribe(first, session)
        await subscribe(second, session)
        message = {"type": "unsubscribe", "sessionId": session["id"]}
        await second.send_all(frame(1, msgspec.json.encode(message)))
        await echo(second)
        third = await open_websocket(server, source="127.0.1.3")
        await subscribe(third, session)
        for number in range(2):
            assert await server.is_well(f"127.0.2.{number}")
        # One place is left, so no connection has ended. A call that does not end takes it now.
        (busy,) = await hold(server, held, 1, HALF_A_BODY, "127.0.2.9")
        assert await server.is_well("127.0.2.3")
        with trio.fail_after(30):
            await read_all(busy)
        for stream in (first, second, third):
            await echo(stream)
            await trio.aclose_forcefully(stream)


async def test_requests_that_are_being_answered_are_not_ended(
    world: World, held: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = 0, trio.Event()

    async def slow(_: str) -> None:
        nonlocal begun
        begun += 1
        await may_end.wait()

    monkeypatch.setattr(world.gateway, "session", slow)
    path = b"/api/v1/sessions/00000000-0000-4000-8000-000000000000"
    async with served(world, ConnectionLimits(connections=4, per_address=4)) as server:
        streams = []
        for number in range(4):
            said = GET.replace(b"/health", path)
            streams += await hold(server, held, 1, said, f"127.0.1.{number}")
        await eventually(lambda: begun == 4)
        assert await server.answer_to(GET, source="127.0.2.1") == b""
        assert (server.connections.refused, server.connections.evicted) == (1, 0)
        may_end.set()
        for stream in streams:
            assert (await next_answer(stream)).startswith(b"HTTP/1.1 404 ")
        assert await server.is_well("127.0.2.1")


def holds(server: Served, connections: int) -> bool:
    return len(server.connections) == connections


async def test_a_trusted_proxy_is_exempt_and_its_clients_websockets_are_counted() -> None:
    for lane in ("on", "off"):
        async with (
            a_world(express=lane, trusted_proxies="127.0.0.1") as world,
            served(world, CROWDED) as server,
            AsyncExitStack() as held,
        ):
            await hold(server, held, 25, GET, "127.0.0.1")
            await eventually(partial(holds, server, 25))
            assert server.connections.evicted == 0
            of_one = b"X-Forwarded-For: 2001:db8::%d\r\n"
            for number in range(10):
                stream = await open_websocket(server, extra=of_one % number)
                held.push_async_callback(trio.aclose_forcefully, stream)
            answer = await server.answer_to(UPGRADE + of_one % 99 + b"\r\n")
            assert answer.startswith(b"HTTP/1.1 429 ")
            other = await open_websocket(server, extra=b"X-Forwarded-For: 2001:db8:1::1\r\n")
            held.push_async_callback(trio.aclose_forcefully, other)
            assert world.app.sockets.limits.sockets.held == 11
        assert world.app.sockets.limits.sockets.held == 0
