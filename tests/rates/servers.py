"""The sources of rates as one server on loopback, each at its own path, at the present time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import h11
import trio
from attrs import define, field

from kasgate.clock import system_clock
from kasgate.rates.sources import SOURCES
from tests.rates import answers
from tests.rates.answers import ANSWERS


def sources_at(port: int) -> str:
    """The value of KASGATE_RATE_SOURCES that points to this port on loopback."""
    return ",".join(f"{name}=http://127.0.0.1:{port}/{name}" for name in SOURCES)


@define(eq=False)
class RateServers:
    """One server in place of all sources."""

    port: int = 0
    down: set[str] = field(factory=set)
    """Sources that answer with a 503."""
    asked: list[str] = field(factory=list)
    """The sources requested, in order."""

    @property
    def setting(self) -> str:
        """The value of KASGATE_RATE_SOURCES that points here."""
        return sources_at(self.port)

    async def serve(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        task_status.started()
        await trio.serve_listeners(self._converse, listeners)

    async def _converse(self, stream: trio.SocketStream) -> None:
        connection = h11.Connection(h11.SERVER)
        async with stream:
            while not isinstance(event := connection.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    connection.receive_data(await stream.receive_some(65_536))
                elif isinstance(event, h11.Request):
                    target = event.target.decode()
                elif isinstance(event, h11.ConnectionClosed):
                    return
            status, body = self._answer(target)
            length = str(len(body))
            head = h11.Response(
                status_code=status, headers=[("Content-Length", length), ("Connection", "close")]
            )
            parts = (head, h11.Data(data=body), h11.EndOfMessage())
            await stream.send_all(b"".join(connection.send(part) or b"" for part in parts))

    def _answer(self, target: str) -> tuple[int, bytes]:
        name, body = answer_of_now(target)
        self.asked.append(name)
        if name in self.down:
            return 503, b"down for maintenance"
        return 200, body


def answer_of_now(target: str) -> tuple[str, bytes]:
    """The source whose path this is, and its answer at the present time."""
    name, _, rest = target.removeprefix("/").partition("/")
    assert f"/{rest}" == SOURCES[name].path
    now = system_clock()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    of_now = {
        "kucoin": answers.kucoin(at=now),
        "bybit": answers.bybit(at=now),
        "coingecko": answers.coingecko(at=now),
        "ecb": answers.ecb(day=f"{yesterday:%Y-%m-%d}"),
    }
    return name, of_now.get(name) or ANSWERS[name]()


@asynccontextmanager
async def rate_servers() -> AsyncIterator[RateServers]:
    """Serve while the block runs."""
    servers = RateServers()
    async with trio.open_nursery() as nursery:
        await nursery.start(servers.serve)
        yield servers
        nursery.cancel_scope.cancel()
