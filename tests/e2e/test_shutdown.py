"""The gateway's shutdown: in order and in time, whatever is connected, and without loss."""

from __future__ import annotations

import os
import signal
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio
import trio.lowlevel
from trio_websocket import ConnectionClosed, open_websocket_url

from kasgate.money import parse_kas
from tests.e2e.rig.gateway import Gateway, free_port, rows, serving
from tests.e2e.rig.shop import PATIENCE_S, Endpoint, client_of, eventually, open_shop
from tests.receivers import Received, receiving

DRAIN_S = 8.0
STUCK_S = 3.0
MOST_QUESTIONS = 200_000
SLACK_S = 5.0
"""Extra time for a busy machine, and for reaping the process."""


async def never_answer(_request: Received, _stream: trio.abc.Stream) -> None:
    await trio.sleep_forever()


def subscription(session) -> str:
    return msgspec.json.encode(
        {
            "type": "subscribe",
            "sessionId": session["id"],
            "token": session["subscriptionToken"],
        }
    ).decode()


async def test_sigterm_ends_it_in_time_and_what_the_receiver_did_not_answer_comes_again(
    tmp_path, network, nodes, nursery, xpubs
):
    port, endpoint = str(free_port()), Endpoint()
    async with client_of(f"http://127.0.0.1:{port}") as client:
        async with (
            receiving(never_answer) as hanging,
            serving(tmp_path, nodes=nodes, port=port) as gateway,
        ):
            endpoint.url = f"http://127.0.0.1:{hanging.port}/webhooks"
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.order("10")
            await eventually(lambda: hanging.requests)
            async with open_websocket_url(f"ws://127.0.0.1:{port}/ws") as follower:
                await follower.send_message(subscription(session))
                await follower.get_message()
                started = trio.current_time()
                gateway.signal(signal.SIGTERM)
                with pytest.raises(ConnectionClosed) as closed, trio.fail_after(PATIENCE_S):
                    await follower.get_message()
            assert closed.value.reason is not None
            assert closed.value.reason.code == 1001
            assert await gateway.exit_code() == 0
            assert trio.current_time() - started < DRAIN_S + SLACK_S
            assert not gateway.complaints
            (cut,) = hanging.requests
        (event,) = rows(tmp_path, "SELECT * FROM events")
        (delivery,) = rows(tmp_path, "SELECT * FROM webhook_logs")
        assert delivery["state"] == "pending"
        await nursery.start(endpoint.serve, hanging.port)
        async with serving(tmp_path, nodes=nodes, port=port):
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.pending")
            network.pay(session["address"], parse_kas("10"))
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.confirmed")
    assert endpoint.arrivals[0].delivery_id == event["id"]
    assert endpoint.arrivals[0].body == cut.body
    assert endpoint.forged == []


async def test_a_second_signal_ends_it_at_once(tmp_path, nodes, xpubs):
    endpoint = Endpoint()
    async with receiving(never_answer) as hanging, serving(tmp_path, nodes=nodes) as gateway:
        endpoint.url = f"http://127.0.0.1:{hanging.port}/webhooks"
        url = await gateway.url()
        async with client_of(url) as client:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            await shop.order("10")
            await eventually(lambda: hanging.requests)
        gateway.signal(signal.SIGTERM)
        await gateway.logged("ending")
        assert gateway.is_running
        second = trio.current_time()
        gateway.signal(signal.SIGTERM)
        assert await gateway.exit_code() == 128 + signal.SIGTERM
        assert trio.current_time() - second < 1 + SLACK_S
        assert not gateway.complaints
    (delivery,) = rows(tmp_path, "SELECT * FROM webhook_logs")
    assert delivery["state"] == "pending"


async def test_a_websocket_client_that_never_reads_keeps_neither_the_others_nor_the_end_waiting(
    tmp_path, nodes, endpoint, xpubs
):
    async with serving(tmp_path, nodes=nodes) as gateway:
        url = await gateway.url()
        async with client_of(url) as client:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.order("10")
            async with deaf_client(int(url.rpartition(":")[2])) as deaf:
                before = resident_mb(gateway)
                assert await ask_until_stuck(deaf, subscription(session)) > 100
                assert resident_mb(gateway) < before + 20
                async with open_websocket_url(f"ws{url.removeprefix('http')}/ws") as follower:
                    with trio.fail_after(PATIENCE_S):
                        await follower.send_message('{"type":"ping"}')
                        assert await follower.get_message() == '{"type":"pong"}'
                        assert (await client.get("/health/live")).status_code == 200
                started = trio.current_time()
                gateway.signal(signal.SIGTERM)
                assert await gateway.exit_code() == 0
                assert trio.current_time() - started < DRAIN_S + SLACK_S
        assert not gateway.complaints


def resident_mb(gateway: Gateway) -> float:
    """The process's memory in MB."""
    pages = int(Path(f"/proc/{gateway.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@asynccontextmanager
async def deaf_client(port: int) -> AsyncIterator[trio.SocketStream]:
    """A WebSocket whose client reads the handshake's response and nothing after it."""
    connection = trio.socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await connection.connect(("127.0.0.1", port))
    async with trio.SocketStream(connection) as stream:
        await stream.send_all(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += bytes(await stream.receive_some(1))
        assert answer.startswith(b"HTTP/1.1 101"), answer
        yield stream


async def ask_until_stuck(stream: trio.SocketStream, text: str) -> int:
    """Send messages until the gateway, which can't send its responses, reads no more; returns about
    how many it read."""
    payload = text.encode()
    assert len(payload) < 126, "too long for the short form of a frame"
    frame = struct.pack("!BB4x", 0x81, 0x80 | len(payload)) + payload
    taken = 0
    while taken < MOST_QUESTIONS:
        with trio.move_on_after(STUCK_S) as in_time:
            await stream.send_all(frame * 100)
        if in_time.cancelled_caught:
            return taken
        taken += 100
    raise AssertionError("the gateway went on although nobody read its answers")
