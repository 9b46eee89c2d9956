"""Many idle connections of strangers, against a process with few open files."""

from __future__ import annotations

from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest
import trio

from tests.e2e.rig.gateway import gateway_process
from tests.web.connection.test_guard import UPGRADE

ONE_HEAD = b"GET /health HTTP/1.1\r\nHost: t\r\n"
HELD = {
    "nothing": b"",
    "a request": ONE_HEAD + b"\r\n",
    "half a head": ONE_HEAD + b"X: ",
    "a WebSocket": UPGRADE + b"\r\n",
}


async def connect(port: int, source: str) -> trio.SocketStream:
    sock = trio.socket.socket()
    await sock.bind((source, 0))
    await sock.connect(("127.0.0.1", port))
    return trio.SocketStream(sock)


async def is_served(port: int, source: str) -> bool:
    with trio.fail_after(30):
        async with await connect(port, source) as stream:
            await stream.send_all(ONE_HEAD + b"Connection: close\r\n\r\n")
            answer = b""
            async for chunk in stream:
                answer += chunk
            return answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("said", HELD)
async def test_with_400_files_one_address_and_then_many_shut_nobody_out(tmp_path, said):
    async with gateway_process(tmp_path, open_files=400) as gateway, AsyncExitStack() as held:
        port = urlsplit(await gateway.url()).port
        assert port is not None
        for sources in (["127.0.0.2"], [f"127.0.3.{number}" for number in range(8)]):
            for number in range(300):
                stream = await connect(port, sources[number % len(sources)])
                held.push_async_callback(trio.aclose_forcefully, stream)
                await stream.send_all(HELD[said])
            for number in range(5):
                assert await is_served(port, f"127.0.4.{number}")
                assert await is_served(port, sources[0])
        assert gateway.is_running
        assert gateway.complaints == []


async def test_with_very_few_files_the_log_says_how_many_connections_fit(tmp_path):
    async with gateway_process(tmp_path, open_files=128) as gateway:
        port = urlsplit(await gateway.url()).port
        assert port is not None
        warning = next(line for line in gateway.log if "limit of open files" in line["event"])
        assert (warning["connections"], warning["per_address"]) == (64, 16)
        assert await is_served(port, "127.0.0.2")
