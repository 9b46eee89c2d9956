"""The express lane's WebSockets: news written straight to sockets, and peers that are behind."""

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
    """A client that reads when it wants to, at the other end of a socket with little room."""

    stream: trio.SocketStream
    heard: bytes = b""

    async def open(self) -> None:
        while b"\r\n\r\n" not in self.heard:
            self.heard += await self.stream.receive_some()
        head, _, self.heard = self.heard.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")

    async def say(self, message: object) -> None:
        await self.stream.send_all(masked(1, msgspec.json.encode(message)))

    async def subscribe(self, session: Json) -> Json:
        token = session["subscriptionToken"]
        await self.say({"type": "subscribe", "sessionId": session["id"], "token": token})
        return await self.hear()

    async def frame(self) -> tuple[int, bytes]:
        """The next whole frame, by its first byte."""
        with trio.fail_after(30):
            while True:
                length, start = (self.heard[1:2] or b"\0")[0], 2
                if length == 126:
                    length, start = int.from_bytes(self.heard[2:4]), 4
                if len(self.heard) >= max(start, 2) and len(self.heard) >= start + length:
                    kind, payload = self.heard[0], self.heard[start : start + length]
                    self.heard = self.heard[start + length :]
                    return kind, payload
                more = await self.stream.receive_some()
                assert more, f"ended with {self.heard!r}"
                self.heard += more

    async def hear(self) -> Json:
        kind, payload = await self.frame()
        assert kind == 0x81
        message: Json = msgspec.json.decode(payload)
        return message

    async def at_the_end(self) -> bytes:
        """All that still comes, until the server ends the connection."""
        with trio.fail_after(30):
            try:
                async for chunk in self.stream:
                    self.heard += chunk
            except trio.BrokenResourceError:
                pass
        return self.heard


@define
class Harbour:
    """A lane whose sockets have no port between them and their peers."""

    world: World
    lane: SocketLane
    connections: Connections
    nursery: trio.Nursery

    async def peer(self) -> Peer:
        ours, theirs = trio.socket.socketpair()
        # As little room as the system allows, so that a peer is soon behind.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        self.nursery.start_soon(self.lane.serve, ours, head_of())
        peer = Peer(trio.SocketStream(theirs))
        await peer.open()
        return peer

    def publish(self, session: Json, version: int) -> None:
        """News, told apart by the transaction's id, which is so long that the socket takes a part
        of the frame."""
        view = self.world.gateway.active(session["id"])
        assert view is not None
        news = evolve(view.session, version=version, tx_id=f"{version:08000x}")
        self.world.gateway.broker.publish(SessionView(news, view.daa_score))


@asynccontextmanager
async def harbour(world: World, limits: ConnectionLimits = PATIENT) -> AsyncIterator[Harbour]:
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
        yield Harbour(world, lane, connections, nursery)
        nursery.cancel_scope.cancel()


@pytest.fixture
async def port(world: World) -> AsyncIterator[Harbour]:
    async with harbour(world) as open_:
        yield open_


@pytest.fixture
async def session(world: World) -> Json:
    return await world.session(await world.merchant(), requiredConfirmations=3)


def version_of(message: Json) -> int:
    return int(message["txId"], 16)


async def test_a_reader_that_stops_finds_the_newest_state_and_no_half_frame(
    port: Harbour, session: Json
) -> None:
    peer = await port.peer()
    await peer.subscribe(session)
    for version in range(10, 1_010):
        port.publish(session, version)
    heard = [version_of(await peer.hear())]
    while heard[-1] < 1_009:
        heard.append(version_of(await peer.hear()))
    assert heard == sorted(set(heard))
    assert len(heard) < 100, "there was room for nearly everything"
    port.publish(session, 1_010)
    assert version_of(await peer.hear()) == 1_010


async def test_of_two_sessions_a_reader_that_stops_finds_both(port: Harbour, session: Json) -> None:
    other = await port.world.session(await port.world.merchant())
    peer = await port.peer()
    for one in (session, other):
        await peer.subscribe(one)
    for version in range(10, 210):
        port.publish(session, version)
        port.publish(other, version)
    last: dict[str, int] = {}
    while len(last) < 2 or min(last.values()) < 209:
        message = await peer.hear()
        assert last.get(message["sessionId"], 0) < version_of(message)
        last[message["sessionId"]] = version_of(message)


async def test_what_a_slow_reader_no_longer_follows_is_not_told(
    port: Harbour, session: Json
) -> None:
    peer = await port.peer()
    await peer.subscribe(session)
    for version in range(10, 60):
        port.publish(session, version)
    await peer.say({"type": "unsubscribe", "sessionId": session["id"]})
    await eventually(lambda: port.world.gateway.broker.subscriptions == 0)
    await peer.say({"type": "ping"})
    heard = []
    while (message := await peer.hear()) != {"type": "pong"}:
        heard.append(version_of(message))
    assert 59 not in heard


async def test_who_does_not_read_is_dropped_and_holds_nothing_up(
    world: World, session: Json
) -> None:
    async with harbour(world, evolve(PATIENT, send_s=0.3)) as port:
        stalled, reader = await port.peer(), await port.peer()
        for peer in (stalled, reader):
            await peer.subscribe(session)
        for version in range(10, 110):
            port.publish(session, version)
            assert version_of(await reader.hear()) == version
        await eventually(lambda: port.connections.dropped == 1)
        assert dict(world.app.sockets.dropped) == {"unread": 1}
        await eventually(lambda: len(world.app.sockets) == 1)
        port.publish(session, 110)
        assert version_of(await reader.hear()) == 110


async def test_who_asks_without_reading_the_answers_is_not_read_on(
    port: Harbour, session: Json
) -> None:
    """So what waits for a peer is never more than a frame or two."""
    peer = await port.peer()
    sent = 0
    with trio.move_on_after(30) as patience:
        while True:
            with trio.move_on_after(1) as stuck:
                await peer.say({"type": "ping"})
            if stuck.cancelled_caught:
                break
            sent += 1
    assert not patience.cancelled_caught, f"{sent} pings were taken in"


async def test_a_send_that_fails_is_the_business_of_that_peer_alone(
    port: Harbour, session: Json
) -> None:
    peers = [await port.peer() for _ in range(3)]
    for peer in peers:
        await peer.subscribe(session)
    # Its socket is gone, and nobody has noticed: the loop had no turn since.
    peers[1].stream.socket.close()
    port.publish(session, 10)
    for peer in (peers[0], peers[2]):
        assert version_of(await peer.hear()) == 10
    await eventually(lambda: len(port.world.app.sockets) == 2)


async def test_a_bug_in_one_connection_does_not_reach_whoever_publishes(
    port: Harbour, session: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = await port.peer()
    await peer.subscribe(session)

    def broken(_: SessionMessages, update: SessionUpdate) -> bytes:
        raise RuntimeError("a bug")

    with capture_logs() as logs, monkeypatch.context() as patched:
        patched.setattr(SessionMessages, "news", broken)
        port.publish(session, 10)
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["connection failed"]
    assert port.connections.failed == 1
    assert await peer.at_the_end() == b""
    await eventually(lambda: port.world.gateway.broker.subscriptions == 0)


async def test_many_readers_of_one_session_are_all_told_the_newest(
    port: Harbour, session: Json
) -> None:
    peers = [await port.peer() for _ in range(AT_ONCE + 10)]
    for peer in peers:
        await peer.subscribe(session)
    for version in (10, 11, 12):
        port.publish(session, version)
    for peer in peers:
        heard = [version_of(await peer.hear())]
        while heard[-1] < 12:
            heard.append(version_of(await peer.hear()))
        assert heard == sorted(set(heard))


async def test_cancelling_leaves_nothing_behind(world: World, session: Json) -> None:
    async with harbour(world) as port:
        behind, quiet = await port.peer(), await port.peer()
        for peer in (behind, quiet):
            await peer.subscribe(session)
        for version in range(10, 60):
            port.publish(session, version)
        port.nursery.cancel_scope.cancel()
    assert world.gateway.broker.subscriptions == 0
    assert len(world.app.sockets) == 0
    assert len(port.lane.wheel) == 0
    for peer in (behind, quiet):
        assert not (await peer.at_the_end()).endswith(b"\x88\x02\x03\xe9")


async def test_a_shutdown_is_told_after_what_was_sent_before(world: World, session: Json) -> None:
    async with harbour(world) as port:
        behind, quiet = await port.peer(), await port.peer()
        for peer in (behind, quiet):
            await peer.subscribe(session)
        for version in range(10, 60):
            port.publish(session, version)
        world.app.sockets.close_all()
        port.publish(session, 60)
        for peer in (behind, quiet):
            while (found := await peer.frame())[0] == 0x81:
                assert version_of(msgspec.json.decode(found[1])) < 60
            assert found == (0x88, b"\x03\xe9")
            assert await peer.stream.receive_some() == b""
            await peer.stream.aclose()
        await eventually(lambda: len(world.app.sockets) == 0)
        late = await port.peer()
        assert await late.frame() == (0x88, b"\x03\xe9")


async def test_who_never_says_goodbye_is_not_waited_for(world: World) -> None:
    async with harbour(world, evolve(PATIENT, linger_s=0.3)) as port:
        peer = await port.peer()
        world.app.sockets.close_all()
        await eventually(lambda: len(world.app.sockets) == 0)
        assert port.connections.dropped == 0
        await peer.stream.aclose()


async def test_who_closes_is_answered_with_the_same_code(port: Harbour) -> None:
    for payload in (b"", b"\x03\xe8", b"\x0f\xa0because"):
        peer = await port.peer()
        await peer.stream.send_all(masked(8, payload))
        assert await peer.frame() == (0x88, payload[:2])
        assert await peer.at_the_end() == b""
        await peer.stream.aclose()
    await eventually(lambda: len(port.world.app.sockets) == 0)


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
async def test_what_is_no_message_is_told_by_the_close_code(
    port: Harbour, data: bytes, code: int
) -> None:
    peer = await port.peer()
    await peer.stream.send_all(data + masked(1, b'{"type":"ping"}'))
    assert await peer.frame() == (0x88, code.to_bytes(2))
    assert await peer.at_the_end() == b""
    await peer.stream.aclose()


async def test_silence_is_noticed_even_of_a_peer_that_is_behind(
    world: World, session: Json
) -> None:
    limits = evolve(PATIENT, ping_after_s=0.2, silent_s=0.6)
    async with harbour(world, limits) as port:
        behind, quiet = await port.peer(), await port.peer()
        await behind.subscribe(session)
        for version in range(10, 60):
            port.publish(session, version)
        await eventually(lambda: port.connections.dropped == 2)
        assert dict(world.app.sockets.dropped) == {"silent": 2}
        assert set(await quiet.at_the_end()) <= {0x89, 0}
        await eventually(lambda: len(world.app.sockets) == 0)


async def test_a_peer_that_answers_pings_stays(world: World) -> None:
    async with harbour(world, evolve(PATIENT, ping_after_s=0.2)) as port:
        peer = await port.peer()
        for _ in range(4):
            assert await peer.frame() == (0x89, b"")
            await peer.stream.send_all(masked(0xA, b""))
        await peer.say({"type": "ping"})
        while (found := await peer.frame()) == (0x89, b""):
            pass
        assert found == (0x81, b'{"type":"pong"}')
        assert port.connections.dropped == 0


async def test_pings_are_answered_and_pieces_are_put_together(port: Harbour) -> None:
    peer = await port.peer()
    await peer.stream.send_all(masked(9, b"are you there?"))
    assert await peer.frame() == (0x8A, b"are you there?")
    whole = masked(1, b'{"type":', fin=False) + masked(9, b"!") + masked(0, b'"ping"}')
    for at in range(len(whole)):
        await peer.stream.send_all(whole[at : at + 1])
        await wait_all_tasks_blocked()
    assert await peer.frame() == (0x8A, b"!")
    assert await peer.hear() == {"type": "pong"}


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
async def test_a_handshake_that_is_odd_is_left_to_the_plain_lane(port: Harbour, head: Head) -> None:
    assert not port.lane.takes(head)
    assert port.lane.takes(head_of())


async def test_who_opens_too_many_is_left_to_the_plain_lane_which_refuses(world: World) -> None:
    polls = world.gateway.settings.rate_limits
    assert polls is not None
    async with harbour(world) as port:
        taken = sum(port.lane.takes(head_of()) for _ in range(polls.polls))
        assert 0 < taken < polls.polls
        other = evolve_client(head_of(), "192.0.2.7")
        assert port.lane.takes(other)


def evolve_client(head: Head, client: str) -> Head:
    return Head(head.method, head.path, head.query, head.headers, head.keep_alive, client)


async def test_the_socket_is_closed_when_the_conversation_is_over(port: Harbour) -> None:
    ours, theirs = trio.socket.socketpair()
    with closing(theirs):
        theirs.shutdown(socket.SHUT_WR)
        await port.lane.serve(ours, head_of())
        assert ours.fileno() < 0
