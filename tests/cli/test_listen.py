"""`kasgate listen` on connections that go silent, or break before anything arrived."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import define, field

from kasgate.cli.developer import listen
from kasgate.cli.developer.listen import EventStream, Fields
from kasgate.client import AsyncKasGate
from kasgate.kaspa.link import first_of
from tests.e2e.conftest import endpoint, network, nodes, transport, xpubs  # noqa: F401 - fixtures
from tests.e2e.rig.gateway import free_port, serving

PATIENCE_S = 60.0


@define(eq=False)
class Proxy:
    """Forwards connections. It may stop forwarding without closing any, and may break them."""

    target: int
    port: int = 0
    silent: bool = False
    opened: int = 0
    _carried: set[trio.CancelScope] = field(factory=set)

    async def serve(self, *, task_status: trio.TaskStatus[None]) -> None:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listener.socket.getsockname()[1]
        task_status.started()
        await trio.serve_listeners(self._carry, [listener])

    async def _carry(self, near: trio.SocketStream) -> None:
        self.opened += 1
        with trio.CancelScope() as scope:
            self._carried.add(scope)
            try:
                far = await trio.open_tcp_stream("127.0.0.1", self.target)
            except OSError:
                return
            async with far, trio.open_nursery() as nursery:
                nursery.start_soon(self._copy, near, far)
                await self._copy(far, near)
                nursery.cancel_scope.cancel()

    async def _copy(self, here: trio.SocketStream, there: trio.SocketStream) -> None:
        try:
            async for data in here:
                if not self.silent:
                    await there.send_all(data)
        except trio.BrokenResourceError:
            pass

    def cut(self) -> None:
        for scope in self._carried:
            scope.cancel()


@define(eq=False)
class Receiver:
    """The server that events are forwarded to."""

    got: list[Fields] = field(factory=list)
    slowness_s: float = 0.0
    _news: trio.Event = field(factory=trio.Event)

    async def __call__(self, fields: Fields) -> None:
        await trio.sleep(self.slowness_s)
        self.got.append(fields)
        self._news.set()
        self._news = trio.Event()

    async def has(self, count: int) -> list[str]:
        """The sessions of the events received, once there are so many."""
        with trio.fail_after(PATIENCE_S):
            while len(self.got) < count:
                await self._news.wait()
        return [fields["sessionId"] for fields in self.got]


@define
class Line:
    """A gateway, a proxy in front of it, and a listener behind the proxy."""

    kasgate: AsyncKasGate
    proxy: Proxy
    receiver: Receiver
    follower: EventStream

    async def sell(self, count: int = 1) -> list[str]:
        return [(await self.kasgate.sessions.create("3")).id for _ in range(count)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "PING_S", 0.2)
    monkeypatch.setattr(listen, "PONG_S", 1.0)
    monkeypatch.setattr(listen, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(listen, "LONGEST_PAUSE_S", 0.2)


@pytest.fixture
async def line(tmp_path, nursery, xpubs) -> AsyncIterator[Line]:  # noqa: F811
    port = free_port()
    async with serving(tmp_path, port=str(port)), a_line(port, nursery, xpubs[0]) as made:
        yield made


@asynccontextmanager
async def a_line(port: int, nursery: trio.Nursery, xpub: str) -> AsyncIterator[Line]:
    url = f"http://127.0.0.1:{port}"
    proxy, receiver = Proxy(port), Receiver()
    await nursery.start(proxy.serve)
    async with AsyncKasGate(url) as stranger:
        merchant = await stranger.merchants.create("Bean There", xpub)
    async with AsyncKasGate(url, merchant.api_key) as kasgate:
        follower = EventStream(
            client=kasgate,
            url=f"ws://127.0.0.1:{proxy.port}/ws",
            api_key=merchant.api_key,
            forward=receiver,
        )
        yield Line(kasgate, proxy, receiver, follower)


async def listened(capfd: pytest.CaptureFixture[str], word: str) -> str:
    """The printed output, once it contains this."""
    out = ""
    with trio.fail_after(PATIENCE_S):
        while word not in out:
            out += capfd.readouterr().out
            await trio.sleep(0.01)
    return out


async def test_a_line_that_goes_silent_is_left_and_nothing_is_lost(line: Line, nursery, capfd):
    nursery.start_soon(line.follower.run)
    await listened(capfd, listen.LISTENING)
    sold = await line.sell()
    assert await line.receiver.has(1) == sold
    line.proxy.silent = True
    sold += await line.sell(3)
    await listened(capfd, "no message for 1 s")
    line.proxy.silent = False
    assert await line.receiver.has(4) == sold
    sold += await line.sell()
    assert await line.receiver.has(5) == sold


async def test_a_line_that_breaks_before_the_first_event_loses_none(line: Line, nursery, capfd):
    """Whether the event log was empty when it began or not."""
    nursery.start_soon(line.follower.run)
    await listened(capfd, listen.LISTENING)
    line.proxy.silent = True
    sold = await line.sell(3)
    line.proxy.cut()
    line.proxy.silent = False
    assert await line.receiver.has(3) == sold

    other = EventStream(
        client=line.kasgate,
        url=line.follower.url,
        api_key=line.follower.api_key,
        forward=(receiver := Receiver()),
    )
    nursery.start_soon(other.run)
    await listened(capfd, listen.LISTENING)
    line.proxy.silent = True
    later = await line.sell(2)
    line.proxy.cut()
    line.proxy.silent = False
    assert await receiver.has(2) == later, "and none of those from before it began"


async def test_a_slow_receiver_gets_everything_once_however_often_the_line_breaks(
    line: Line, nursery, capfd
):
    line.receiver.slowness_s = 0.02
    nursery.start_soon(line.follower.run)
    await listened(capfd, listen.LISTENING)
    sold: list[str] = []
    for _ in range(5):
        sold += await line.sell(10)
        line.proxy.cut()
    assert await line.receiver.has(50) == sold
    await trio.sleep(0.2)
    assert len(line.receiver.got) == 50


async def test_what_the_inbox_can_not_hold_is_read_from_the_log(
    line: Line, nursery, capfd, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listen, "INBOX", 3)
    line.receiver.slowness_s = 0.05
    nursery.start_soon(line.follower.run)
    await listened(capfd, listen.LISTENING)
    sold = await line.sell(20)
    assert await line.receiver.has(20) == sold


async def test_a_gateway_that_never_answers_the_key_is_given_up(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listen, "HANDSHAKE_S", 0.5)

    async def says_nothing(_: object) -> None:
        await trio.sleep_forever()

    monkeypatch.setattr(listen, "_next", says_nothing)
    with pytest.raises(ExceptionGroup) as raised:
        await line.follower.run()
    assert "did not answer the API key" in str(first_of(raised.value))


async def test_a_refused_key_ends_it(line: Line):
    line.follower.api_key = "kg_live_nobody"
    with pytest.raises(ExceptionGroup) as raised:
        await line.follower.run()
    assert "Invalid API key" in str(first_of(raised.value))
