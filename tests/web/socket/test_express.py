"""The express lane's WebSockets: updates written directly to sockets, and peers that read too
slowly."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import msgspec
import pytest
import trio
from attrs import define, evolve
from structlog.testing import capture_logs
from trio.testing import wait_all_tasks_blocked

from actors.broker import AT_ONCE, SessionUpdate, SessionView
from tests.web.socket.test_frames import masked
from tests.web.world import Json, World, eventually
from web.connection.admission import ConnectionLimits, Connections
from web.connection.head import Head, Headers
from web.connection.wheel import Wheel
from web.socket.express import SocketLane
from web.socket.messages import SessionMessages

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = {
    "host": "t",
    "upgrade": "websocket",
    "connection": "keep-alive, Upgrade",
    "sec-websocket-key": KEY,
    "sec-websocket-version": "13",
}
PATIENT = ConnectionLimits(send_s=60, ping_after_s=60, silent_s=120, linger_s=60)


def head_of(path: str = "/ws", method: str = "GET", **changes: str | None) -> Head:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    headers = {name: value for name, value in (UPGRADE | named).items() if value is not None}
    return Head(method, path, "", Headers(headers), True, "127.0.0.1")


@define
class Peer:
    """A client that reads on demand, with small socket buffers."""

    stream: trio.SocketStream
    received: bytes = b""

    async def open(self) -> None:
        while b"\r\n\r\n" not in self.received:
            self.received += await self.stream.receive_some()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")

    async def send(self, message: object) -> None:
        await self.stream.send_all(masked(1, msgspec.json.encode(message)))

    async def subscribe(self, session: Json) -> Json:
        token = session["subscriptionToken"]
        await self.send({"type": "subscribe", "sessionId": session["id"], "token": token})
        return await self.receive()

    async def frame(self) -> tuple[int, bytes]:
        """The next complete frame: its first byte and its payload."""
        with trio.fail_after(30):
            while True:
                length, start = (self.received[1:2] or b"\0")[0], 2
                if length == 126:
                    length, start = int.from_bytes(self.received[2:4]), 4
                if len(self.received) >= max(start, 2) and len(self.received) >= start + length:
                    kind, payload = self.received[0], self.received[start : start + length]
                    self.received = self.received[start + length :]
                    return kind, payload
                more = await self.stream.receive_some()
                assert more, f"ended with {self.received!r}"
                self.received += more

    async def receive(self) -> Json:
        kind, payload = await self.frame()
        assert kind == 0x81
        message: Json = msgspec.json.decode(payload)
        return message

    async def read_to_end(self) -> bytes:
        """All bytes until the server ends the connection."""
        with trio.fail_after(30):
            try:
                async for chunk in self.stream:
                    self.received += chunk
            except trio.BrokenResourceError:
                pass
        return self.received


@define
class SocketPairs:
    """A lane whose sockets are connected to their peers directly."""

    world: World
    lane: SocketLane
    connections: Connections
    nursery: trio.Nursery

    async def peer(self) -> Peer:
        ours, theirs = trio.socket.socketpair()
        # The smallest buffer that the system allows, so that a peer soon falls behind.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        self.nursery.start_soon(self.lane.serve, ours, head_of())
        peer = Peer(trio.SocketStream(theirs))
        await peer.open()
        return peer

    def publish(self, session: Json, version: int) -> None:
        """Publish an update. Its transaction id contains the version, and is so long that the
        socket accepts only a part of the frame."""
        view = self.world.gateway.active(session["id"])
        assert view is not None
        news = evolve(view.session, version=version, tx_id=f"{version:08000x}")
        self.world.gateway.broker.publish(SessionView(news, view.daa_score))


@asynccontextmanager
async def socket_pairs(
    world: World, limits: ConnectionLimits = PATIENT
) -> AsyncIterator[SocketPairs]:
    connections, wheel = Connections(limits), Wheel()
    lane = SocketLane(
        world.gateway,
        world.app.sockets,
        connections=connections,
        callers=world.app.limits,
        answered=world.app.edge.answered,
        wheel=wheel,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wheel.run)
        await nursery.start(lane.run)
        yield SocketPairs(world, lane, connections, nursery)
        nursery.cancel_scope.cancel()


@pytest.fixture
async def pairs(world: World) -> AsyncIterator[SocketPairs]:
    async with socket_pairs(world) as open_:
        yield open_


@pytest.fixture
async def session(world: World) -> Json:
    return await world.session(await world.merchant(), requiredConfirmations=3)


def version_of(message: Json) -> int:
    return int(message["txId"], 16)


async def test_a_reader_that_stopped_gets_the_newest_state_in_whole_frames(
    pairs: SocketPairs, session: Json
) -> None:
    peer = await pairs.peer()
    await peer.subscribe(session)
    for version in range(10, 1_010):
        pairs.publish(session, version)
    received = [version_of(await peer.receive())]
    while received[-1] < 1_009:
        received.append(version_of(await peer.receive()))
    assert received == sorted(set(received))
    assert len(received) < 100, "there was room for nearly everything"
    pairs.publish(session, 1_010)
    assert version_of(await peer.receive()) == 1_010


async def test_a_reader_that_stopped_gets_the_newest_state_of_both_sessions(
    pairs: SocketPairs, session: Json
) -> None:
    other = await pairs.world.session(await pairs.world.merchant())
    peer = await pairs.peer()
    for one in (session, other):
        await peer.subscribe(one)
    for version in range(10, 210):
        pairs.publish(session, version)
        pairs.publish(other, version)
    last: dict[str, int] = {}
    while len(last) < 2 or min(last.values()) < 209:
        message = await peer.receive()
        assert last.get(message["sessionId"], 0) < version_of(message)
        last[message["sessionId"]] = version_of(message)


async def test_a_slow_reader_gets_no_updates_after_unsubscribing(
    pairs: SocketPairs, session: Json
) -> None:
    peer = await pairs.peer()
    await peer.subscribe(session)
    for version in range(10, 60):
        pairs.publish(session, version)
    await peer.send({"type": "unsubscribe", "sessionId": session["id"]})
    await eventually(lambda: pairs.world.gateway.broker.subscriptions == 0)
    await peer.send({"type": "ping"})
    received = []
    while (message := await peer.receive()) != {"type": "pong"}:
        received.append(version_of(message))
    assert 59 not in received


async def test_a_peer_that_does_not_read_is_dropped_and_delays_no_other(
    world: World, session: Json
) -> None:
    async with socket_pairs(world, evolve(PATIENT, send_s=0.3)) as pairs:
        stalled, reader = await pairs.peer(), await pairs.peer()
        for peer in (stalled, reader):
            await peer.subscribe(session)
        for version in range(10, 110):
            pairs.publish(session, version)
            assert version_of(await reader.receive()) == version
        await eventually(lambda: pairs.connections.dropped == 1)
        assert dict(world.app.sockets.dropped) == {"unread": 1}
        await eventually(lambda: len(world.app.sockets) == 1)
        pairs.publish(session, 110)
        assert version_of(await reader.receive()) == 110


async def test_no_more_is_read_from_a_peer_that_reads_no_answers(
    pairs: SocketPairs, session: Json
) -> None:
    """The bytes that wait for a peer are never more than a frame or two."""
    peer = await pairs.peer()
    sent = 0
    with trio.move_on_after(30) as patience:
        while True:
            with trio.move_on_after(1) as stuck:
                await peer.send({"type": "ping"})
            if stuck.cancelled_caught:
                break
            sent += 1
    assert not patience.cancelled_caught, f"{sent} pings were taken in"


async def test_a_failed_send_affects_only_that_peer(pairs: SocketPairs, session: Json) -> None:
    peers = [await pairs.peer() for _ in range(3)]
    for peer in peers:
        await peer.subscribe(session)
    # The socket is closed and nothing has noticed, because the loop has not run since.
    peers[1].stream.socket.close()
    pairs.publish(session, 10)
    for peer in (peers[0], peers[2]):
        assert version_of(await peer.receive()) == 10
    await eventually(lambda: len(pairs.world.app.sockets) == 2)


async def test_a_bug_in_one_connection_does_not_reach_the_publisher(
    pairs: SocketPairs, session: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = await pairs.peer()
    await peer.subscribe(session)

    def broken(_: SessionMessages, update: SessionUpdate) -> bytes:
        raise RuntimeError("a bug")

    with capture_logs() as logs, monkeypatch.context() as patched:
        patched.setattr(SessionMessages, "news", broken)
        pairs.publish(session, 10)
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["connection failed"]
    assert pairs.connections.failed == 1
    assert await peer.read_to_end() == b""
    await eventually(lambda: pairs.world.gateway.broker.subscriptions == 0)


async def test_many_readers_of_one_session_all_get_the_newest_state(
    pairs: SocketPairs, session: Json
) -> None:
    peers = [await pairs.peer() for _ in range(AT_ONCE + 10)]
    for peer in peers:
        await peer.subscribe(session)
    for version in (10, 11, 12):
        pairs.publish(session, version)
    for peer in peers:
        received = [version_of(await peer.receive())]
        while received[-1] < 12:
            received.append(version_of(await peer.receive()))
        assert received == sorted(set(received))


async def test_cancelling_leaves_nothing_behind(world: World, session: Json) -> None:
    async with socket_pairs(world) as pairs:
        behind, quiet = await pairs.peer(), await pairs.peer()
        for peer in (behind, quiet):
            await peer.subscribe(session)
        for version in range(10, 60):
            pairs.publish(session, version)
        pairs.nursery.cancel_scope.cancel()
    assert world.gateway.broker.subscriptions == 0
    assert len(world.app.sockets) == 0
    assert len(pairs.lane.wheel) == 0
    for peer in (behind, quiet):
        assert not (await peer.read_to_end()).endswith(b"\x88\x02\x03\xe9")


async def test_a_shutdown_closes_after_all_earlier_messages(world: World, session: Json) -> None:
    async with socket_pairs(world) as pairs:
        behind, quiet = await pairs.peer(), await pairs.peer()
        for peer in (behind, quiet):
            await peer.subscribe(session)
        for version in range(10, 60):
            pairs.publish(session, version)
        world.app.sockets.close_all()
        pairs.publish(session, 60)
        for peer in (behind, quiet):
            while (found := await peer.frame())[0] == 0x81:
                assert version_of(msgspec.json.decode(found[1])) < 60
            assert found == (0x88, b"\x03\xe9")
            assert await peer.stream.receive_some() == b""
            await peer.stream.aclose()
        await eventually(lambda: len(world.app.sockets) == 0)
        late = await pairs.peer()
        assert await late.frame() == (0x88, b"\x03\xe9")


async def test_a_peer_that_never_closes_is_not_waited_for(world: World) -> None:
    async with socket_pairs(world, evolve(PATIENT, linger_s=0.3)) as pairs:
        peer = await pairs.peer()
        world.app.sockets.close_all()
        await eventually(lambda: len(world.app.sockets) == 0)
        assert pairs.connections.dropped == 0
        await peer.stream.aclose()


async def test_a_close_is_answered_with_the_same_code(pairs: SocketPairs) -> None:
    for payload in (b"", b"\x03\xe8", b"\x0f\xa0because"):
        peer = await pairs.peer()
        await peer.stream.send_all(masked(8, payload))
        assert await peer.frame() == (0x88, payload[:2])
        assert await peer.read_to_end() == b""
        await peer.stream.aclose()
    await eventually(lambda: len(pairs.world.app.sockets) == 0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x01x", 1002),
        (b"\xc1\x80\0\0\0\0", 1002),
        (masked(3, b""), 1002),
        (masked(9, b"", fin=False), 1002),
        (masked(0, b"x"), 1002),
        (masked(8, b"\x03"), 1002),
        (masked(8, b"\x03\xe7"), 1002),
        (masked(1, b"\xff"), 1007),
        (masked(1, b"\xff", fin=False) + masked(0, b"x"), 1007),
        (masked(1, b"x" * 4097), 1009),
        (masked(1, b"x" * 4096, fin=False) + masked(0, b"x"), 1009),
    ],
)
async def test_an_invalid_message_gets_a_close_code(
    pairs: SocketPairs, data: bytes, code: int
) -> None:
    peer = await pairs.peer()
    await peer.stream.send_all(data + masked(1, b'{"type":"ping"}'))
    assert await peer.frame() == (0x88, code.to_bytes(2))
    assert await peer.read_to_end() == b""
    await peer.stream.aclose()


async def test_a_slow_peer_that_is_silent_is_dropped(world: World, session: Json) -> None:
    limits = evolve(PATIENT, ping_after_s=0.2, silent_s=0.6)
    async with socket_pairs(world, limits) as pairs:
        behind, quiet = await pairs.peer(), await pairs.peer()
        await behind.subscribe(session)
        for version in range(10, 60):
            pairs.publish(session, version)
        await eventually(lambda: pairs.connections.dropped == 2)
        assert dict(world.app.sockets.dropped) == {"silent": 2}
        assert set(await quiet.read_to_end()) <= {0x89, 0}
        await eventually(lambda: len(world.app.sockets) == 0)


async def test_a_peer_that_answers_pings_stays_connected(world: World) -> None:
    async with socket_pairs(world, evolve(PATIENT, ping_after_s=0.2)) as pairs:
        peer = await pairs.peer()
        for _ in range(4):
            assert await peer.frame() == (0x89, b"")
            await peer.stream.send_all(masked(0xA, b""))
        await peer.send({"type": "ping"})
        while (found := await peer.frame()) == (0x89, b""):
            pass
        assert found == (0x81, b'{"type":"pong"}')
        assert pairs.connections.dropped == 0


async def test_pings_are_answered_and_pieces_are_put_together(pairs: SocketPairs) -> None:
    peer = await pairs.peer()
    await peer.stream.send_all(masked(9, b"are you there?"))
    assert await peer.frame() == (0x8A, b"are you there?")
    whole = masked(1, b'{"type":', fin=False) + masked(9, b"!") + masked(0, b'"ping"}')
    for at in range(len(whole)):
        await peer.stream.send_all(whole[at : at + 1])
        await wait_all_tasks_blocked()
    assert await peer.frame() == (0x8A, b"!")
    assert await peer.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    "head",
    [
        head_of(method="POST"),
        head_of("/ws/"),
        head_of(upgrade=None),
        head_of(upgrade="h2c"),
        head_of(connection="keep-alive"),
        head_of(sec_websocket_version="8"),
        head_of(sec_websocket_key=None),
        head_of(sec_websocket_key="short"),
        head_of(sec_websocket_protocol="chat"),
    ],
)
async def test_an_unusual_handshake_is_left_to_the_plain_lane(
    pairs: SocketPairs, head: Head
) -> None:
    assert not pairs.lane.takes(head)
    assert pairs.lane.takes(head_of())


async def test_too_many_connections_are_left_to_the_plain_lane_to_refuse(world: World) -> None:
    polls = world.gateway.settings.rate_limits
    assert polls is not None
    async with socket_pairs(world) as pairs:
        taken = sum(pairs.lane.takes(head_of()) for _ in range(polls.polls))
        assert 0 < taken < polls.polls
        other = evolve_client(head_of(), "192.0.2.7")
        assert pairs.lane.takes(other)


def evolve_client(head: Head, client: str) -> Head:
    return Head(head.method, head.path, head.query, head.headers, head.keep_alive, client)


async def test_the_socket_is_closed_when_the_conversation_is_over(pairs: SocketPairs) -> None:
    ours, theirs = trio.socket.socketpair()
    with closing(theirs):
        theirs.shutdown(socket.SHUT_WR)
        await pairs.lane.serve(ours, head_of())
        assert ours.fileno() < 0
