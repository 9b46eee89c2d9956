"""Conditions that the gateway's process must survive: hostile bytes, a full disk, a database locked
by another process, invalid settings."""

from __future__ import annotations

import os
import resource
import socket
import sqlite3
from contextlib import closing, contextmanager, suppress
from random import Random

import pytest
import trio

from kasgate.money import parse_kas
from tests.e2e.rig.gateway import Gateway, gateway_process, rows, serving
from tests.e2e.rig.shop import PATIENCE_S, client_of, eventually, open_shop

HOSTILE = {
    "nothing": b"",
    "noise": Random(0).randbytes(4096),
    "zeros": bytes(65_536),
    "a TLS greeting": bytes.fromhex("16030100a5010000a10303") + bytes(160),
    "the HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(64),
    "an upgrade to h2c": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    "a byte that no header has": b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\xff\r\n\r\n",
    "a line without end": b"GET /" + b"a" * 200_000,
    "headers without end": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 30_000,
    "a negative length": b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "a chunk of nonsense": b"POST /api/v1/merchants HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk of astronomic size": b"POST /api/v1/merchants HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "a path out of the house": b"GET /widget/../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path that is no text": b"GET /%ff%fe%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a websocket of the wrong version": b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 99\r\n\r\n",
    "noise on a websocket": b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n" + Random(1).randbytes(512),
    "a body that never comes": b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 200000\r\n\r\n{",
}


async def test_no_bytes_whatsoever_end_the_process(tmp_path):
    async with serving(tmp_path) as gateway:
        url = await gateway.url()
        port = int(url.rpartition(":")[2])
        async with client_of(url) as client:
            for name, data in HOSTILE.items():
                for politely in (True, False):
                    await send_and_leave(port, data, politely=politely)
                    answer = await client.get("/health/live")
                    assert answer.json() == {"alive": True}, name
        assert gateway.is_running
        assert gateway.complaints == []


async def send_and_leave(port: int, data: bytes, *, politely: bool) -> None:
    """Send some data. Then read for a moment, or reset the connection."""
    with trio.move_on_after(5):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            with suppress(trio.BrokenResourceError):  # It may close before the end.
                await stream.send_all(data)
                if politely:
                    with trio.move_on_after(0.1):
                        await stream.receive_some()
            if not politely:
                linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@contextmanager
def full_disk(gateway: Gateway):
    """Forbid every file of the gateway to grow, which is what a process sees of a full disk.

    The limit is set on the running process. CI runs as root, for which files are never read-only,
    and this needs no mount.
    """
    pid = gateway.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


async def test_with_a_full_disk_nothing_is_created_and_nothing_lost_and_then_all_goes_on(
    tmp_path, network, nodes, endpoint, xpubs
):
    async with serving(tmp_path, nodes=nodes) as gateway:
        async with client_of(await gateway.url()) as client:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.watched_order("10")
            key = {"X-API-Key": shop.merchant["apiKey"]}
            with full_disk(gateway):
                for _ in range(3):
                    answer = await client.post(
                        "/api/v1/sessions", json={"amount": "1"}, headers=key
                    )
                    assert answer.status_code == 503, answer.text
                    assert answer.headers["content-type"] == "application/problem+json"
                txid = network.pay(session["address"], parse_kas("10"))
                await eventually(lambda: network.utxos(session["address"]))
                await gateway.logged("the database can't be written")
                assert (await shop.read(session["id"]))["receivedSompi"] == "0"
                assert (await client.get("/health/ready")).status_code == 503
                assert (await client.get("/health/detailed")).json()["status"] == "unhealthy"
            again = await shop.order("1")
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.confirmed")
            assert (await shop.read(session["id"]))["txId"] == txid
            assert (await client.get("/health/ready")).status_code == 200
            over = await gateway.logged("the database can be written again")
            assert over["failed"] >= 3
        assert gateway.complaints == []
        began = [line for line in gateway.log if line["event"] == "the database can't be written"]
        assert len(began) == 1
    stored = {row["id"] for row in rows(tmp_path, "SELECT * FROM sessions")}
    assert stored == {session["id"], again["id"]}
    assert rows(tmp_path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]


async def test_a_database_that_somebody_else_holds_delays_and_loses_nothing(
    tmp_path, network, nodes, endpoint, xpubs
):
    async with serving(tmp_path, nodes=nodes) as gateway:
        async with client_of(await gateway.url()) as client:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.watched_order("10")
            with closing(sqlite3.connect(tmp_path / "kasgate.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                network.pay(session["address"], parse_kas("10"))
                answer = await client.post(
                    "/api/v1/sessions",
                    json={"amount": "1"},
                    headers={"X-API-Key": shop.merchant["apiKey"]},
                )
                assert answer.status_code == 503, answer.text
                assert (await shop.read(session["id"]))["status"] == "pending"
                other.execute("ROLLBACK")
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.confirmed")
            await shop.order("1")
        assert gateway.complaints == []


async def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with gateway_process(tmp_path, port=port) as gateway:
            assert await gateway.exit_code() == 1
            await eventually(lambda: gateway.plain)
            (sentence,) = gateway.plain
    assert f"port {port}: another program listens there" in sentence


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("network", "bitcoin"),
        ("nodes", "http//nowhere"),
        ("port", "99999"),
        ("confirmations", "none"),
        ("session_ttl", "1"),
        ("late_window", "for ever"),
    ],
)
async def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path, setting, value):
    async with gateway_process(tmp_path, **{setting: value}) as gateway:
        assert await gateway.exit_code() == 2
        await eventually(lambda: gateway.plain)
        (sentence,) = gateway.plain
    assert sentence.startswith("kasgate: ")
    assert f"KASGATE_{setting.upper()}" in sentence
    assert "Allowed: " in sentence
    assert not os.listdir(tmp_path), "it made files before it looked at its settings"
