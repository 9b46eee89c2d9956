"""WebSockets as bytes, in both lanes: refused handshakes, and the shutdown of the server."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator

import pytest
import trio
from attrs import evolve

import web.server
from actors.broker import SessionView
from tests.web.connection.test_guard import PING, UPGRADE, open_websocket
from tests.web.socket.test_frames import masked
from tests.web.world import World, a_world, eventually, read_all, served
from web.connection.admission import ConnectionLimits

GOING_AWAY = b"\x88\x02" + struct.pack(">H", 1001)


@pytest.fixture(params=["on", "off"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A gateway with or without the express lane."""
    async with a_world(express=request.param) as running:
        yield running


async def test_a_shutdown_does_not_wait_for_peers_that_do_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.server, "GRACE_S", 0.5)
    session = await world.session(await world.merchant())
    subscribe = (
        f'{{"type":"subscribe","sessionId":"{session["id"]}",'
        f'"token":"{session["subscriptionToken"]}"}}'
    ).encode()
    view = world.gateway.active(session["id"])
    assert view is not None
    async with served(world, ConnectionLimits(send_s=600, linger_s=600)) as server:
        stalled = [await open_websocket(server, receive_buffer=4096) for _ in range(5)]
        for stream in stalled:
            await stream.send_all(masked(1, subscribe))
        await eventually(lambda: len(world.gateway.broker.followed()) == 1)
        reader = await open_websocket(server)
        for version in range(10, 3_000):
            news = evolve(view.session, version=version, tx_id=f"{version:064x}")
            world.gateway.broker.publish(SessionView(news, 1))
            await trio.lowlevel.checkpoint()
        server.shutdown.set()
        with trio.fail_after(30):
            assert await read_all(reader) == GOING_AWAY
            await server.stopped.wait()
        for stream in (*stalled, reader):
            await trio.aclose_forcefully(stream)
    assert len(world.app.sockets) == 0
    assert world.gateway.broker.subscriptions == 0


async def test_bytes_before_the_answer_to_the_handshake_are_refused(world: World) -> None:
    async with served(world) as server:
        answer = await server.answer_to(UPGRADE + b"\r\n" + PING)
        assert answer.startswith(b"HTTP/1.1 400 ")


async def test_too_many_new_connections_of_one_address_are_refused() -> None:
    for lane in ("on", "off"):
        async with a_world(express=lane, rate_limits="polls=60") as world, served(world) as server:
            opened = 0
            while True:
                async with await server.connect() as stream:
                    await stream.send_all(UPGRADE + b"\r\n")
                    with trio.fail_after(10):
                        head = await stream.receive_some()
                if not head.startswith(b"HTTP/1.1 101 "):
                    break
                opened += 1
            assert head.startswith(b"HTTP/1.1 429 ")
            assert b"\r\nretry-after: " in head.lower()
            assert 10 <= opened <= 20
            assert world.app.limits.refused == {"polls": 1}
