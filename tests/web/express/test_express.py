"""The express lane: the requests that it answers, those that it leaves to the plain lane, and its
deadlines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
import trio
from structlog.testing import capture_logs

from tests.web.connection.test_guard import QUICK
from tests.web.shape import assert_problem
from tests.web.world import Json, Served, a_world, eventually, served
from web.connection.admission import ConnectionLimits
from web.connection.guard import GuardedConnection
from web.express import front
from web.express.front import ExpressConnection, Phase

HEALTH = b"GET /health HTTP/1.1\r\nHost: t\r\n\r\n"


@pytest.fixture
def limits() -> ConnectionLimits:
    """Timeouts so long that they do not matter."""
    return ConnectionLimits()


@pytest.fixture
async def server(limits: ConnectionLimits) -> AsyncIterator[Served]:
    async with a_world() as world, served(world, limits) as running:
        yield running


in_a_hurry = pytest.mark.parametrize("limits", [QUICK])


@pytest.fixture
async def session(server: Served) -> Json:
    merchant = await server.world.merchant()
    return await server.world.session(merchant) | {"apiKey": merchant["apiKey"]}


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch) -> list[GuardedConnection]:
    """The connections that were handed to the plain lane."""
    connections: list[GuardedConnection] = []
    serve = GuardedConnection.serve

    async def noted(self: GuardedConnection, peer: str) -> None:
        connections.append(self)
        await serve(self, peer)

    monkeypatch.setattr(GuardedConnection, "serve", noted)
    return connections


def status(session: Json, *headers: bytes) -> bytes:
    path = f"/api/v1/sessions/{session['id']}/status".encode()
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: t", *headers, b"", b""])


def create(session: Json, body: bytes, length: int | None = None) -> bytes:
    return (
        b"POST /api/v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
        b"X-API-Key: %s\r\nContent-Length: %d\r\n\r\n"
        % (session["apiKey"].encode(), len(body) if length is None else length)
    ) + body


def phases(server: Served) -> list[Phase]:
    """The phases of the express lane's connections."""
    connections = tuple(server.connections._open)
    return [held._phase for held in connections if isinstance(held, ExpressConnection)]


async def heads(stream: trio.SocketStream, count: int) -> list[bytes]:
    """The first lines of the next answers. Reads each answer completely."""
    lines: list[bytes] = []
    data = b""
    with trio.fail_after(60):
        while len(lines) < count:
            head, end, rest = data.partition(b"\r\n\r\n")
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            if end and len(rest) >= length:
                lines.append(head.partition(b"\r\n")[0])
                data = rest[length:]
                continue
            chunk = await stream.receive_some()
            assert chunk, "the connection has ended"
            data += chunk
    return lines


async def test_hot_calls_are_answered_without_the_framework(
    server: Served, session: Json, handed_on: list[GuardedConnection]
) -> None:
    read = status(session).replace(b"/status", b"")
    async with await server.connect() as stream:
        for request, expected in (
            (status(session), b"200"),
            (read, b"200"),
            (create(session, b'{"amount":"10"}'), b"201"),
            (create(session, b'{"amount":"-1"}'), b"400"),
            (status(session).replace(b"GET /api/v1/sessions/", b"GET /api/v1/sessions/0"), b"400"),
        ):
            if expected == b"400":
                assert handed_on == []
            await stream.send_all(request)
            assert await heads(stream, 1) == [b"HTTP/1.1 " + expected + b" "]
    # The last request has a malformed id, which only the plain lane handles.
    assert len(handed_on) == 1


@pytest.mark.parametrize(
    "change",
    [
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"GET", b"HEAD"),
        (b"/status", b"/status?a=1"),
        (b"/status", b"/status/"),
        (b"GET /", b"GET http://t/"),
        (b"Host: t", b"Host: t\r\nHost: t"),
        (b"Host: t", b"Host: t\r\nX: a\r\n b"),
        (b"Host: t", b"Host: t\r\nX: \xff"),
        (b"Host: t", b"Host: t\r\nX:\ta"),
        (b"Host: t", b"Host: [::1]"),
        (b"Host: t", b"Host: t\r\nCookie: kg=1"),
        (b"Host: t", b"Host: t\r\nContent-Length: 0"),
        (b"Host: t", b"Host: t\r\nTransfer-Encoding: chunked"),
        (b"Host: t", b"Host: t\r\nExpect: 100-continue"),
        (b"Host: t", b"Host: t\r\nUpgrade: h2c"),
        (b"Host: t", b"Host: t\r\nConnection: keep-alive, TE"),
        (b"Host: t", b"Host: t\r\nX: " + b"x" * 16_384),
    ],
)
async def test_requests_in_an_unusual_form_are_left_to_the_plain_lane(
    server: Served,
    session: Json,
    handed_on: list[GuardedConnection],
    change: tuple[bytes, bytes],
) -> None:
    async with await server.connect() as stream:
        await stream.send_all(status(session).replace(*change))
        await eventually(lambda: len(handed_on) == 1, within=60)


async def test_a_body_of_more_than_64_kib_is_left_to_the_plain_lane(
    server: Served, session: Json, handed_on: list[GuardedConnection]
) -> None:
    async with await server.connect() as stream:
        await stream.send_all(create(session, b'{"amount":"10"}'.ljust(64 * 1024)))
        assert await heads(stream, 1) == [b"HTTP/1.1 201 "]
        assert handed_on == []
        await stream.send_all(create(session, b'{"amount":"10"}'.ljust(64 * 1024 + 1)))
        assert await heads(stream, 1) == [b"HTTP/1.1 201 "]
        assert len(handed_on) == 1


async def test_after_the_first_other_request_answers_stay_in_order(
    server: Served, session: Json, handed_on: list[GuardedConnection]
) -> None:
    """For any number of requests at once, of either lane."""
    missing = status(session).replace(session["id"].encode(), b"nothing")
    requests = [status(session)] * 20 + [HEALTH, status(session), missing, status(session)]
    expected = [b"200"] * 22 + [b"400", b"200"]
    async with await server.connect() as stream:
        await stream.send_all(b"".join(requests))
        answered = await heads(stream, len(requests))
    assert answered == [b"HTTP/1.1 %s " % code for code in expected]
    assert len(handed_on) == 1
    assert len(server.connections) <= 1


async def test_the_lane_waits_for_a_late_body(
    server: Served,
    session: Json,
    handed_on: list[GuardedConnection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(front, "BODY_S", 60)
    whole = create(session, b'{"amount":"10"}')
    async with await server.connect() as stream:
        for part in (whole[:60], whole[60:-5], whole[-5:]):
            await stream.send_all(part)
            await trio.sleep(0.02)
        assert await heads(stream, 1) == [b"HTTP/1.1 201 "]
    assert handed_on == []


async def test_a_slow_body_is_left_to_the_plain_lane(
    server: Served,
    session: Json,
    handed_on: list[GuardedConnection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(front, "BODY_S", 0.2)
    server.world.app.config["BODY_TIMEOUT"] = 0.2
    async with await server.connect() as stream:
        await stream.send_all(create(session, b"{", length=100))
        assert await heads(stream, 1) == [b"HTTP/1.1 408 "]
    assert len(handed_on) == 1


async def test_a_deadline_that_passes_while_the_rest_arrives_loses_nothing(
    server: Served,
    session: Json,
    handed_on: list[GuardedConnection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The deadline passes after a connection is woken and before it runs."""
    wait_readable = trio.lowlevel.wait_readable

    async def wait_too_long(fd: int) -> None:
        await wait_readable(fd)
        for connection in tuple(server.connections._open):
            if isinstance(connection, ExpressConnection) and connection._phase is Phase.BODY:
                connection.overdue(trio.current_time() + 1_000)

    monkeypatch.setattr(trio.lowlevel, "wait_readable", wait_too_long)
    whole = create(session, b'{"amount":"10"}')
    async with await server.connect() as stream:
        await stream.send_all(whole[:-5])
        await eventually(lambda: phases(server) == [Phase.BODY], within=60)
        await stream.send_all(whole[-5:])
        assert await heads(stream, 1) == [b"HTTP/1.1 201 "]
    assert len(handed_on) == 1


@in_a_hurry
async def test_a_head_that_does_not_end_is_dropped(
    server: Served, session: Json, handed_on: list[GuardedConnection]
) -> None:
    async with await server.connect() as stream:
        await stream.send_all(status(session)[:-2])
        with trio.fail_after(60):
            assert await stream.receive_some() == b""
    assert server.connections.dropped == 1
    assert handed_on == []


@in_a_hurry
async def test_an_idle_connection_is_closed_without_an_answer(
    server: Served, session: Json
) -> None:
    async with await server.connect() as stream:
        await stream.send_all(status(session))
        await heads(stream, 1)
        with trio.fail_after(60):
            assert await stream.receive_some() == b""
    assert server.connections.dropped == 0


@in_a_hurry
async def test_a_peer_that_never_reads_is_dropped(server: Served, session: Json) -> None:
    read = status(session).replace(b"/status", b"")
    async with await server.connect(receive_buffer=4096) as stream:
        with trio.move_on_after(60) as patience:
            try:
                while True:
                    await stream.send_all(read * 100)
            except trio.BrokenResourceError:
                pass
        assert not patience.cancelled_caught
    await eventually(lambda: server.connections.dropped == 1, within=60)
    assert await server.is_well()


async def test_a_bug_is_a_500_and_the_connection_stays_open(
    server: Served, session: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: str) -> None:
        raise RuntimeError("secret")

    async with await server.connect() as stream:
        with capture_logs() as logs, monkeypatch.context() as patched:
            patched.setattr(server.world.gateway, "session", broken)
            await stream.send_all(status(session, b"Request-Id: shop-0001"))
            with trio.fail_after(60):
                answer = await stream.receive_some()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 500 ")
        assert b"request-id: shop-0001" in head
        assert_problem(msgspec.json.decode(body), 500)
        assert b"secret" not in answer
        [line] = [line for line in logs if line["log_level"] == "error"]
        assert line["rule"] == "/api/v1/sessions/<session_id>/status"
        assert line["request_id"] == "shop-0001"
        await stream.send_all(status(session))
        assert await heads(stream, 1) == [b"HTTP/1.1 200 "]


async def test_answers_of_both_lanes_are_counted(server: Served, session: Json) -> None:
    answered = server.world.app.edge.answered
    before = answered[200]
    async with await server.connect() as stream:
        await stream.send_all(status(session) + HEALTH)
        await heads(stream, 2)
    assert answered[200] == before + 2


async def test_the_lane_can_be_switched_off(handed_on: list[GuardedConnection]) -> None:
    async with a_world(express="off") as world, served(world) as server:
        merchant = await world.merchant()
        session = await world.session(merchant)
        async with await server.connect() as stream:
            await stream.send_all(status(session))
            assert await heads(stream, 1) == [b"HTTP/1.1 200 "]
    assert len(handed_on) == 1


async def test_each_request_of_a_connection_uses_its_own_headers(
    server: Served, session: Json
) -> None:
    """The meaning of the last headers is cached. The cache only applies to identical bytes."""
    mine = b"Request-Id: shop-request-1"
    other = b"Request-Id: shop-request-2"
    key = b"X-API-Key: " + session["apiKey"].encode()
    whole = status(session, key).replace(b"/status ", b" ", 1)
    rounds = [
        status(session, mine),
        status(session, mine),
        status(session, other),
        status(session, mine),
        whole,
        status(session),
        status(session, b"X-API-Key: kg_live_wrong"),
        status(session, b"Connection: close"),
    ]
    answers = (await server.answer_to(b"".join(rounds))).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200"] * 8
    ids = [answer.partition(b"request-id: ")[2].partition(b"\r\n")[0] for answer in answers]
    assert ids[:4] == [b"shop-request-1", b"shop-request-1", b"shop-request-2", b"shop-request-1"]
    assert len(set(ids[4:])) == 4
    assert all(found.startswith(b"req_") for found in ids[4:])
    assert b"connection: close" not in answers[6].lower()
    assert b"connection: close" in answers[7].lower()
