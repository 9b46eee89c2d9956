"""`kasgate serve` as a process, which a test may stop, kill and restart."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from enum import Enum
from itertools import cycle, islice
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest
import trio

from kasgate.simnet import SimulatedNetwork

ROOT = Path(__file__).parents[3]
START_S = 120.0
END_S = 60.0
FIRST_PORT = 12_000
PORTS_EACH = 2_500
WORKERS_WITH_PORTS = 8


class Gateway:
    """A running process. A test can read its log lines and wait for them."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self.log: list[dict[str, Any]] = []
        self.out: list[str] = []
        self.plain: list[str] = []
        """Lines of standard error that are not log lines."""
        self._news = trio.Event()

    async def read(self) -> None:
        """Keep the process's output until it closes its pipes."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read, self.process.stdout, self._keep_out)
            nursery.start_soon(self._read, self.process.stderr, self._keep_err)
        self._tell()

    async def _read(self, stream: trio.abc.ReceiveStream, keep: Any) -> None:
        rest = b""
        async for data in stream:
            *lines, rest = (rest + bytes(data)).split(b"\n")
            for line in lines:
                keep(line.decode())
            self._tell()

    def _keep_out(self, line: str) -> None:
        self.out.append(line)

    def _keep_err(self, line: str) -> None:
        if line.startswith("{"):
            self.log.append(json.loads(line))
        else:
            self.plain.append(line)

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def logged(self, event: str, within: float = START_S) -> dict[str, Any]:
        """The first log line of this event; waits up to ``within`` seconds."""
        with trio.move_on_after(within):
            while True:
                news = self._news
                for line in self.log:
                    if line["event"] == event:
                        return line
                if self.process.returncode is not None:
                    break
                await news.wait()
        raise AssertionError(f"{event!r} was not logged: {self.plain} {self.log}")

    @property
    def complaints(self) -> list[dict[str, Any]]:
        """Its log lines of level error."""
        return [line for line in self.log if line["level"] in {"error", "critical"}]

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    async def url(self, within: float = START_S) -> str:
        """Its URL once it serves; waits up to ``within`` seconds."""
        url: str = (await self.logged("gateway ready", within))["url"]
        return url

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def exit_code(self) -> int:
        """Wait for its end."""
        with trio.fail_after(END_S):
            return await self.process.wait()

    async def kill(self) -> None:
        """Kill it: for the process, the same as a power cut."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def gateway_process(
    home: Path, *, open_files: int | None = None, **settings: Any
) -> AsyncIterator[Gateway]:
    """A gateway on the simnet with its data in ``home``, killed at the end of the block if it still
    runs. Settings are named like their variables without KASGATE_, in lower case. ``open_files`` is
    its limit of open files."""
    limit = f"ulimit -n {open_files}; " if open_files is not None else ""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
    clean["KASGATE_CONFIG"] = "off"  # Not the settings file of this machine.
    environ = {
        "KASGATE_DATA_DIR": str(home),
        "KASGATE_NETWORK": "simnet",
        "KASGATE_NODES": "ws://127.0.0.1:1",
        "KASGATE_PORT": "0",
        "KASGATE_REGISTRATION": "open",
        "KASGATE_WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
        "KASGATE_LOG": "json",
        **{f"KASGATE_{name.upper()}": value for name, value in settings.items()},
    }
    process = await trio.lowlevel.open_process(
        ["sh", "-c", limit + 'exec "$0" -m kasgate serve', sys.executable],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**clean, **environ},
    )
    gateway = Gateway(process)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gateway.read)
        try:
            yield gateway
        finally:
            with trio.CancelScope(shield=True):
                await gateway.kill()


@asynccontextmanager
async def serving(home: Path, **settings: Any) -> AsyncIterator[Gateway]:
    """A gateway_process that serves when the block begins."""
    async with gateway_process(home, **settings) as gateway:
        await gateway.url()
        yield gateway


@contextmanager
def database(home: Path) -> Iterator[sqlite3.Connection]:
    """The gateway's database, read-only. It may be read while the gateway serves it."""
    with closing(sqlite3.connect(f"file:{home / 'kasgate.db'}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def rows(home: Path, query: str, values: Mapping[str, object] = {}) -> list[dict[str, Any]]:
    """The rows of a query in the gateway's database."""
    with database(home) as connection:
        return [dict(row) for row in connection.execute(query, values)]


def _ports() -> Iterator[int]:
    """Ports of this worker, none returned twice until all were.

    They lie below the ephemeral ports of systems (32768 on Linux, 49152 elsewhere), so that no
    connection takes one while a process that will listen there starts or restarts.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST_PORT + worker % WORKERS_WITH_PORTS * PORTS_EACH
    mine = list(range(first, first + PORTS_EACH))
    SystemRandom().shuffle(mine)
    return cycle(mine)


_free_ports = _ports()


def free_port() -> int:
    """A port that nothing listens on now, and that is returned to no other caller."""
    for port in islice(_free_ports, PORTS_EACH):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("every port of this worker is in use")


class Transport(Enum):
    """The protocol between the gateway and the simulated network."""

    WRPC = "ws"
    GRPC = "grpc"
    REST = "http"

    def url(self, port: int) -> str:
        """A node on this port, in the form of KASGATE_NODES."""
        return f"{self.value}://127.0.0.1:{port}"

    def serve(self, network: SimulatedNetwork) -> Callable[..., Awaitable[None]]:
        """The function that serves a node of the network."""
        match self:
            case Transport.WRPC:
                return network.serve
            case Transport.GRPC:
                return network.serve_grpc
            case Transport.REST:
                return network.serve_rest


over_every_transport = pytest.mark.parametrize(
    "transport", list(Transport), ids=lambda transport: transport.name.lower(), indirect=True
)
