"""The guard, over real sockets: a peer can only end its own connection."""

from __future__ import annotations

import inspect
import socket
import struct
from collections.abc import AsyncIterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import hypercorn.protocol.h11
import hypercorn.trio.run
import msgspec
import pytest
import trio
from attrs import evolve
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.trio.tcp_server import TCPServer
from structlog.testing import capture_logs

import web.server
from tests.web.shape import assert_problem
from tests.web.world import Served, World, a_world, eventually, read_all, served
from web.connection import guard
from web.connection.admission import ConnectionLimits
from web.connection.guard import GuardedConnection
from web.connection.http1 import ONCE_ONLY
from web.express.front import ExpressConnection

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
GET = b"GET /health HTTP/1.1\r\nHost: t\r\n\r\n"
LAST_GET = b"GET /health HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + b"\x07" * 192
H2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
QUICK = ConnectionLimits(
    head_s=0.3,
    keep_alive_s=0.6,
    send_s=0.4,
    linger_s=0.3,
    half_closed_s=0.5,
)
IMPATIENT = evolve(QUICK, ping_after_s=0.2, silent_s=1)


def frame(opcode: int, payload: bytes, *, masked: bool = True, fin: bool = True) -> bytes:
    """A WebSocket frame of a client. The mask is zero, so the payload is readable."""
    head = bytes([(0x80 if fin else 0) | opcode])
    mask_bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([mask_bit | len(payload)])
    elif len(payload) < 65_536:
        head += bytes([mask_bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([mask_bit | 127]) + struct.pack(">Q", len(payload))
    return head + (b"\0\0\0\0" if masked else b"") + payload


PING = frame(1, b'{"type":"ping"}')

# Bytes that a peer sends at once, each on a connection of its own.
HOSTILE = {
    "nothing": b"",
    "one byte": b"G",
    "a newline": b"\r\n",
    "binary": bytes(range(256)) * 8,
    "zeros": b"\0" * 4096,
    "a TLS hello": TLS_HELLO,
    "an HTTP/2 preface": H2_PREFACE,
    "an HTTP/2 preface and garbage": H2_PREFACE + b"\xff" * 4096,
    "an HTTP/2 preface and frames": H2_PREFACE + b"\0\0\0\4\0\0\0\0\0" + b"\0\0\4\x08" * 4,
    "an upgrade to h2c": GET[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" + H2_PREFACE,
    "a newer HTTP": b"GET / HTTP/3.0\r\nHost: t\r\n\r\n",
    "no version": b"GET /health\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\nHost: t\r\n\r\n",
    "a target that is a query": b"GET ?x=1 HTTP/1.1\r\nHost: t\r\n\r\n",
    "a target that is a broken URL": b"GET http://[ HTTP/1.1\r\nHost: t\r\n\r\n",
    "a target in absolute form": b"GET http://t/health HTTP/1.1\r\nHost: t\r\n\r\n",
    "a target that is a star": b"OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n",
    "a tunnel": b"CONNECT t:443 HTTP/1.1\r\nHost: t\r\n\r\n",
    "two slashes": b"GET //health HTTP/1.1\r\nHost: t\r\n\r\n",
    "escapes that are no UTF-8": b"GET /%ff%fe/%00 HTTP/1.1\r\nHost: t\r\n\r\n",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a malformed host": b"GET /health HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "a host of 300 letters": b"GET /health HTTP/1.1\r\nHost: " + b"a" * 300 + b"\r\n\r\n",
    "a host of bytes": b"GET /health HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    "HTTP/1.0": b"GET /health HTTP/1.0\r\n\r\n",
    "a header without colon": b"GET /health HTTP/1.1\r\nHost\r\n\r\n",
    "a folded header": b"GET /health HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n",
    "a header of bytes": b"GET /health HTTP/1.1\r\nHost: t\r\nX-API-Key: \xff\xfe\r\n\r\n",
    "a head of 20 KB": b"GET /health HTTP/1.1\r\nHost: t\r\nX: " + b"x" * 20_000,
    "a head of 1 MB": b"GET /health HTTP/1.1\r\nHost: t\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "a target of 20 KB": b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: t\r\n\r\n",
    "10,000 headers": b"GET /health HTTP/1.1\r\nHost: t\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    "two lengths": b"POST /api/v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "a negative length": b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
    "length and chunks": b"POST /api/v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "malformed chunks": b"POST /api/v1/merchants HTTP/1.1\r\nHost: t\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "bytes after an answered error": b"GET / HTTP/9\r\n\r\n" + b"x" * 100_000,
    "bytes after a request": GET + b"garbage\r\n\r\n",
    "pipelined requests": GET * 50,
    "requests after connection: close": LAST_GET + GET * 50,
    "a websocket without key": UPGRADE.replace(b"Sec-WebSocket-Key: dGhl", b"X: dGhl") + b"\r\n",
    "a websocket of another version": UPGRADE.replace(b"Version: 13", b"Version: 8") + b"\r\n",
    "a websocket elsewhere": UPGRADE.replace(b"/ws", b"/health") + b"\r\n",
    "a websocket nowhere": UPGRADE.replace(b"/ws", b"/nope") + b"\r\n",
    "a websocket over HTTP/1.0": UPGRADE.replace(b"1.1", b"1.0") + b"\r\n",
    "bad subprotocols": UPGRADE + b"Sec-WebSocket-Protocol: , ,\xff\r\n\r\n",
    "a stray byte after an upgrade": UPGRADE + b"\r\nx",
    "a frame before the handshake ended": UPGRADE + b"\r\n" + PING,
    "garbage after an upgrade": UPGRADE + b"\r\n" + b"\xff" * 8192,
    "a request after an upgrade": UPGRADE + b"\r\n" + GET,
    "an upgrade with a body": UPGRADE + b"Content-Length: 5\r\n\r\nhello",
}

# Frames that a peer sends on an open WebSocket.
HOSTILE_FRAMES = {
    "a frame without mask": frame(1, b"x", masked=False),
    "reserved bits": b"\xf1\x80\0\0\0\0",
    "an unknown opcode": frame(0x3, b"x"),
    "a control frame in pieces": frame(0x9, b"x", fin=False),
    "a control frame that is too long": frame(0x9, b"x" * 126),
    "a continuation of nothing": frame(0x0, b"x"),
    "text that is no UTF-8": frame(1, b"\xff\xfe"),
    "a close frame of one byte": frame(8, b"\x03"),
    "an invalid close code": frame(8, struct.pack(">H", 999)),
    "a close reason that is no UTF-8": frame(8, struct.pack(">H", 1000) + b"\xff"),
    "frames after close": frame(8, struct.pack(">H", 1000)) + PING * 100,
    "a frame of 1 MB": frame(1, b"x" * 1_000_000),
    "a frame that claims 2^62 bytes": b"\x81\xff" + struct.pack(">Q", 2**62) + b"\0\0\0\0" + b"x",
    "a frame that claims 2^62 bytes and begins": b"\x81\xff"
    + struct.pack(">Q", 2**62)
    + b"\0\0\0\0"
    + b"x" * 500_000,
    "endless pieces": frame(1, b"x", fin=False) + frame(0, b"x" * 100, fin=False) * 1_000,
    "HTTP": GET,
    "a flood of pings": frame(9, b"x") * 2_000,
    "a flood of messages": PING * 2_000,
}


@pytest.fixture(params=["on", "off"])
def express(request: pytest.FixtureRequest) -> str:
    """Whether the express lane is in front of the plain one. The results are the same."""
    setting: str = request.param
    return setting


@pytest.fixture
async def world(express: str) -> AsyncIterator[World]:
    async with a_world(express=express) as running:
        yield running


@pytest.fixture
async def server(world: World) -> AsyncIterator[Served]:
    async with served(world, QUICK) as running:
        yield running


@pytest.fixture
async def impatient_server(world: World) -> AsyncIterator[Served]:
    """A server that pings after 0.2 s of silence and drops the peer after 1 s."""
    async with served(world, IMPATIENT) as running:
        yield running


async def next_answer(stream: trio.SocketStream) -> bytes:
    """Read one answer from a connection that stays open."""
    answer = b""
    with trio.fail_after(60):
        while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
            chunk = await stream.receive_some()
            assert chunk, "the connection has ended"
            answer += chunk
    return answer


async def open_websocket(
    server: Served,
    receive_buffer: int | None = None,
    extra: bytes = b"",
    source: str = "127.0.0.1",
) -> trio.SocketStream:
    stream = await server.connect(receive_buffer, source)
    await stream.send_all(UPGRADE + extra + b"\r\n")
    with trio.fail_after(60):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await stream.receive_some(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"extensions" not in head.lower()
    return stream


async def echo(stream: trio.SocketStream) -> bytes:
    """Ping over an open WebSocket and wait for the pong, ignoring other messages."""
    await stream.send_all(PING)
    heard = b""
    with trio.fail_after(60):
        while b'{"type":"pong"}' not in heard:
            chunk = await stream.receive_some()
            assert chunk, "the connection has ended"
            heard += chunk
    return heard


async def assert_undisturbed(server: Served, held: trio.SocketStream) -> None:
    """Assert that others are served, and that the held connection is the only one left."""
    assert await server.is_well()
    await echo(held)
    assert not server.stopped.is_set()


@pytest.mark.parametrize("last_word", ["listen", "half-close", "reset"])
async def test_hostile_bytes_only_end_their_own_connection(
    server: Served, last_word: str, caplog: pytest.LogCaptureFixture
) -> None:
    answers: dict[str, bytes] = {}

    async def send(name: str) -> None:
        answers[name] = await answer_to_hostile(server, HOSTILE[name], last_word)

    held = await open_websocket(server)
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            for name in HOSTILE:
                nursery.start_soon(send, name)
        await eventually(lambda: len(server.connections) == 1)
    # A peer's fault is not ours: nothing is logged for the operator.
    assert [line for line in logs if line["log_level"] in ("error", "critical")] == []
    assert caplog.records == []
    await assert_undisturbed(server, held)
    await held.aclose()
    await eventually(lambda: len(server.connections) == 0)
    for name, answer in answers.items():
        assert_errors_have_their_shape(name, answer)


@pytest.mark.parametrize("leave", [False, True])
async def test_hostile_frames_only_end_their_own_connection(
    server: Served, leave: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def send(data: bytes) -> None:
        async with await open_websocket(server) as stream:
            # The server may close the connection while the peer still sends.
            try:
                await stream.send_all(data)
                if not leave:
                    with trio.move_on_after(1):
                        await read_all(stream)
            except trio.BrokenResourceError:
                pass

    held = await open_websocket(server)
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            for data in HOSTILE_FRAMES.values():
                nursery.start_soon(send, data)
        await eventually(lambda: len(server.connections) == 1)
    assert [line for line in logs if line["log_level"] in ("error", "critical")] == []
    assert caplog.records == []
    await assert_undisturbed(server, held)
    await held.aclose()
    await eventually(lambda: len(server.connections) == 0)


@pytest.mark.parametrize(
    "extensions",
    [
        b"permessage-deflate; server_max_window_bits=99, ;,;",
        b"permessage-deflate; client_max_window_bits",
        b"x-webkit-deflate-frame",
    ],
)
async def test_no_extension_is_negotiated(server: Served, extensions: bytes) -> None:
    header = b"Sec-WebSocket-Extensions: " + extensions + b"\r\n"
    async with await open_websocket(server, extra=header) as stream:
        await echo(stream)


async def answer_to_hostile(server: Served, data: bytes, last_word: str) -> bytes:
    """Send the bytes and then listen, stop sending, or reset. Return the answer."""
    stream = await server.connect()
    try:
        await stream.send_all(data)
        if last_word == "reset":
            reset(stream)
            return b""
        if last_word == "half-close":
            await stream.send_eof()
        with trio.fail_after(60):
            return await read_all(stream)
    except trio.BrokenResourceError:
        # The server closed the connection before everything was sent.
        return b""
    finally:
        await trio.aclose_forcefully(stream)


def reset(stream: trio.SocketStream) -> None:
    """End the connection with RST instead of FIN."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


def assert_errors_have_their_shape(name: str, answer: bytes) -> None:
    if not answer.startswith(b"HTTP/1.1 "):
        assert answer == b"", name
        return
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head[9:12])
    assert status < 500 or status == 505, name
    assert b"hypercorn" not in head
    if status >= 400:
        assert b"request-id: " in head, name
        length = next(
            int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
        )
        assert_problem(msgspec.json.decode(body[:length]), status)


async def test_an_absolute_target_and_a_half_closed_peer_are_answered(server: Served) -> None:
    answer = await server.answer_to(
        b"GET http://t/health HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    async with await server.connect() as stream:
        await stream.send_all(GET)
        await stream.send_eof()
        assert (await read_all(stream)).startswith(b"HTTP/1.1 200 ")


ROUTES = {
    "a hot call": b"POST /api/v1/sessions",
    "a cold call": b"POST /api/v1/merchants",
    "a read": b"GET /health",
    "a page": b"GET /pay/1",
    "nowhere": b"DELETE /nowhere",
    "a WebSocket": b"GET /ws",
}


@pytest.mark.parametrize("route", ROUTES)
async def test_an_ambiguous_head_is_refused_on_every_route(server: Served, route: str) -> None:
    twice = {name: name + b": a\r\n" + name.title() + b": a\r\n" for name in ONCE_ONLY}
    both = {b"never both": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"}
    for said, headers in (twice | both).items():
        host = b"" if said == b"host" else b"Host: t\r\n"
        head = ROUTES[route] + b" HTTP/1.1\r\n" + host + headers + b"\r\n"
        # The second request is already in the connection. It must not be read as a request.
        answer = await server.answer_to(head + b"0\r\n\r\n" + GET)
        assert answer.count(b"HTTP/1.1 ") == 1, said
        assert_errors_have_their_shape(route, answer)
        assert answer.startswith(b"HTTP/1.1 400 "), said
        assert b"connection: close" in answer.lower()
        assert said in answer or said == b"host"


@pytest.mark.parametrize("path", [b"/health/", b"/HEALTH", b"/dashboard//", b"/api/v1//sessions"])
async def test_a_nearly_correct_path_is_not_redirected(server: Served, path: bytes) -> None:
    answer = await server.answer_to(LAST_GET.replace(b"/health", path))
    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_that_is_too_large_is_refused_while_it_arrives(
    server: Served, chunked: bool
) -> None:
    key = (await server.world.merchant())["apiKey"].encode()
    size = 600 * 1024
    head = (
        b"POST /api/v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
        b"X-API-Key: " + key + b"\r\n"
    )
    if chunked:
        chunk = b"%x\r\n" % 8192 + b" " * 8192 + b"\r\n"
        request = (
            head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * (size // 8192) + b"0\r\n\r\n"
        )
    else:
        request = head + b"Content-Length: %d\r\n\r\n" % size + b" " * size
    answer = await server.answer_to(request)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert_errors_have_their_shape("a large body", answer)


async def test_an_answer_before_the_body_ends_the_connection(server: Served) -> None:
    """Otherwise the rest of the body would be read as the next request."""
    answer = await server.answer_to(
        b"POST /nope HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n" + GET
    )
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer.lower()


async def test_a_connection_serves_one_request_after_another(server: Served) -> None:
    post = b"POST /api/v1/sessions/x/token HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}"
    async with await server.connect() as stream:
        for request, status in ((GET, b"200"), (post, b"400"), (GET, b"200"), (GET, b"200")):
            await stream.send_all(request)
            assert (await next_answer(stream)).startswith(b"HTTP/1.1 " + status)


async def test_pipelined_requests_are_all_answered(server: Served) -> None:
    answer = await server.answer_to(GET * 20 + LAST_GET)
    assert answer.count(b"HTTP/1.1 200 ") == 21
    async with await server.connect() as stream:
        await stream.send_all(GET * 20)
        await stream.send_eof()
        with trio.fail_after(60):
            assert (await read_all(stream)).count(b"HTTP/1.1 200 ") == 20


async def test_a_slow_body_times_out(server: Served) -> None:
    server.world.app.config["BODY_TIMEOUT"] = 0.3
    answer = await server.answer_to(
        b"POST /api/v1/merchants HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n{"
    )
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert_errors_have_their_shape("a slow body", answer)


async def test_expect_100_continue_is_answered(server: Served) -> None:
    async with await server.connect() as stream:
        await stream.send_all(
            b"POST /api/v1/merchants HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        with trio.fail_after(60):
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 100 ")
        await stream.send_all(b"{}")
        assert (await next_answer(stream)).startswith(b"HTTP/1.1 400 ")


async def test_http2_is_refused(server: Served) -> None:
    answer = await server.answer_to(HOSTILE["an HTTP/2 preface and garbage"])
    assert answer.startswith(b"HTTP/1.1 505 ")
    assert_errors_have_their_shape("HTTP/2", answer)


async def test_a_slow_head_times_out(server: Served) -> None:
    held = await open_websocket(server)
    async with await server.connect() as stream:
        with trio.fail_after(60):
            try:
                for byte in GET[:-1]:
                    await stream.send_all(bytes([byte]))
                    await trio.sleep(0.05)
                pytest.fail("the whole head was waited for")
            except trio.BrokenResourceError:
                pass
    assert server.connections.dropped == 1
    await assert_undisturbed(server, held)
    await held.aclose()


async def test_the_timeout_of_a_second_head_starts_with_its_first_byte(world: World) -> None:
    patient = evolve(QUICK, keep_alive_s=30)
    async with served(world, patient) as server, await server.connect() as stream:
        for _ in range(2):
            await stream.send_all(GET)
            assert (await next_answer(stream)).startswith(b"HTTP/1.1 200 ")
            await trio.sleep(patient.head_s * 1.3)


async def test_an_idle_connection_is_closed_after_a_while(server: Served) -> None:
    async with await server.connect() as stream:
        await stream.send_all(GET)
        with trio.fail_after(60):
            await read_all(stream)
    assert server.connections.dropped == 0


async def test_a_silent_websocket_is_pinged_then_dropped(impatient_server: Served) -> None:
    server = impatient_server
    begun = trio.current_time()
    async with await open_websocket(server) as stream:
        with trio.fail_after(60):
            heard = await read_all(stream)
    assert heard.count(b"\x89\x00") >= 1
    assert trio.current_time() - begun > 0.95 * IMPATIENT.silent_s
    assert server.connections.dropped == 1


async def test_a_websocket_that_answers_pings_is_kept(impatient_server: Served) -> None:
    server = impatient_server
    async with await open_websocket(server) as stream:
        with trio.move_on_after(1.5):
            while True:
                if b"\x89\x00" in await stream.receive_some():
                    await stream.send_all(frame(0xA, b""))
        await echo(stream)
    assert server.connections.dropped == 0


async def test_a_websocket_that_never_reads_is_dropped(server: Served) -> None:
    held = await open_websocket(server)
    stalled = await open_websocket(server, receive_buffer=4096)
    with trio.move_on_after(60) as patience:
        try:
            while True:
                await stalled.send_all(PING * 100)
        except trio.BrokenResourceError:
            pass
    assert not patience.cancelled_caught
    await eventually(lambda: server.connections.dropped == 1)
    await assert_undisturbed(server, held)
    await held.aclose()
    await trio.aclose_forcefully(stalled)


@pytest.fixture
async def server_of_a_large_file(tmp_path: Path, express: str) -> AsyncIterator[Served]:
    widget = tmp_path / "widget"
    widget.mkdir()
    (widget / "kasgate.js").write_bytes(bytes(8_000_000))
    async with (
        a_world(static=tmp_path, express=express) as world,
        served(world, QUICK) as running,
    ):
        yield running


LARGE = b"GET /widget/kasgate.js HTTP/1.1\r\nHost: t\r\n\r\n"


async def test_a_client_that_never_reads_is_dropped(server_of_a_large_file: Served) -> None:
    server = server_of_a_large_file
    held = await open_websocket(server)
    async with await server.connect() as stalled:
        await stalled.send_all(LARGE)
        await eventually(lambda: server.connections.dropped == 1)
        await assert_undisturbed(server, held)
    await held.aclose()


async def test_a_client_that_never_reads_does_not_delay_the_shutdown(tmp_path: Path) -> None:
    widget = tmp_path / "widget"
    widget.mkdir()
    (widget / "kasgate.js").write_bytes(bytes(8_000_000))
    async with a_world(static=tmp_path) as world, served(world) as server:
        stalled = [await server.connect() for _ in range(3)]
        for stream in stalled:
            await stream.send_all(LARGE)
        await trio.sleep(0.3)
        server.shutdown.set()
        with trio.fail_after(60):
            await server.stopped.wait()
        for stream in stalled:
            await stream.aclose()


async def test_a_bug_in_a_connection_is_logged_and_ends_that_connection(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await open_websocket(server)

    def broken(_: GuardedConnection) -> None:
        raise RuntimeError("a bug")

    with capture_logs() as logs, monkeypatch.context() as patched:
        patched.setattr(GuardedConnection, "_heard", broken)
        assert await server.answer_to(GET) == b""
    assert [line["errors"] for line in logs if line["log_level"] == "error"] == [["RuntimeError"]]
    assert server.connections.failed == 1
    await assert_undisturbed(server, held)
    await held.aclose()


async def test_shutdown_ends_idle_connections_and_closes_websockets_with_1001(
    world: World,
) -> None:
    async with served(world) as server:
        idle, fresh = await server.connect(), await server.connect()
        await idle.send_all(GET)
        await next_answer(idle)
        sockets = [await open_websocket(server) for _ in range(5)]
        server.shutdown.set()
        with trio.fail_after(60):
            assert await read_all(idle) == b""
            assert await read_all(fresh) == b""
            for stream in sockets:
                heard = await read_all(stream)
                assert heard == b"\x88\x02" + struct.pack(">H", 1001)
                await stream.aclose()
            await server.stopped.wait()
        with pytest.raises(ConnectionRefusedError):
            await server.connect()


async def test_shutdown_lets_a_request_finish(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = trio.Event(), trio.Event()

    async def slow(_: str) -> None:
        begun.set()
        await may_end.wait()

    monkeypatch.setattr(world.gateway, "session", slow)
    path = b"/api/v1/sessions/00000000-0000-4000-8000-000000000000"
    async with served(world) as server:
        async with await server.connect() as stream:
            # The second request is refused and does not delay the shutdown.
            await stream.send_all(GET.replace(b"/health", path) + GET)
            await begun.wait()
            server.shutdown.set()
            await trio.sleep(0.2)
            assert not server.stopped.is_set()
            may_end.set()
            with trio.fail_after(60):
                answer = await read_all(stream)
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert answer.count(b"HTTP/1.1 ") == 1
        with trio.fail_after(60):
            await server.stopped.wait()


async def test_shutdown_cuts_a_request_that_does_not_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(_: str) -> None:
        await trio.sleep_forever()

    monkeypatch.setattr(world.gateway, "session", endless)
    monkeypatch.setattr(web.server, "GRACE_S", 0.5)
    path = b"/api/v1/sessions/00000000-0000-4000-8000-000000000000"
    async with served(world) as server, await server.connect() as stream:
        await stream.send_all(GET.replace(b"/health", path))
        await trio.sleep(0.1)
        server.shutdown.set()
        with trio.fail_after(60):
            await server.stopped.wait()


async def test_a_port_in_use_is_an_immediate_error(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        on_it = partial(web.server.serve, world.app, *taken.getsockname(), shutdown=trio.Event())
        with pytest.raises(OSError, match="in use"):
            await on_it()


def test_hypercorn_has_the_parts_that_the_guard_relies_on() -> None:
    assert version("hypercorn").startswith("0.18.")
    for connection in (GuardedConnection, ExpressConnection):
        guard.install(connection)
        assert vars(hypercorn.trio.run)["TCPServer"] is connection
    # hypercorn finds the class by this name and calls it with these arguments.
    assert "TCPServer" in hypercorn.trio.run.worker_serve.__code__.co_names or any(
        "TCPServer" in constant.co_names
        for constant in hypercorn.trio.run.worker_serve.__code__.co_consts
        if inspect.iscode(constant)
    )
    assert list(inspect.signature(TCPServer).parameters) == [
        *("app", "config", "context", "state", "stream")
    ]
    # The parts of hypercorn that the guard reads or replaces.
    assert "WSStream" in hypercorn.protocol.h11.H11Protocol._create_stream.__code__.co_names
    for name in ("_check_protocol", "_send_error_response", "stream_send", "_maybe_recycle"):
        assert inspect.iscoroutinefunction(getattr(hypercorn.protocol.h11.H11Protocol, name))
    assert "PerMessageDeflate" in hypercorn.protocol.ws_stream.Handshake.accept.__code__.co_names
    names = WSStream.__init__.__code__.co_names
    assert {"buffer", "closed", "state"} <= set(names)
    assert {"length", "max_length"} <= set(
        hypercorn.protocol.ws_stream.WebsocketBuffer.__init__.__code__.co_names
    )
