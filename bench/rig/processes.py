"""The processes of a bench: a gateway, a simulated network and load generators, each a process of
its own. The generators share one core."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx
import msgspec
import trio
from attrs import define, field, frozen

from bench.rig.machine import cpu_seconds, gateway_cores, generator_core, rss_bytes
from kasgate.cli.demo.key import DEMO_KEY
from tests.e2e.rig.gateway import ROOT, Gateway, free_port, rows

ANSWER_S: Final = 600.0
OPERATOR_TOKEN: Final = "operator-of-the-benches"
SETTINGS: Final = {
    "network": "simnet",
    "registration": "open",
    "webhook_allow_private": "127.0.0.0/8",
    "log": "json",
    "session_ttl": "86400",
    "rate_limits": "off",
    "connections_per_address": "off",
    "open_sessions": "off",
    "operator_token": OPERATOR_TOKEN,
}
_RECEIVE_BYTES: Final = 64 * 1024


class WrongResult(Exception):
    """The gateway gave a wrong result, or a load could not be made, so there is no figure."""


def check(holds: bool, sentence: str) -> None:
    """Raise WrongResult with the sentence unless it holds."""
    if not holds:
        raise WrongResult(sentence)


@define(eq=False)
class Remote:
    """A process that takes commands: a load generator, or the network."""

    module: str
    process: trio.Process
    _data: bytes = b""
    _turn: trio.Lock = field(factory=trio.Lock)

    async def ask(self, do: str, **values: object) -> dict[str, Any]:
        """Run a command and return its answer. Raises WrongResult for an error or no answer."""
        assert self.process.stdin is not None
        async with self._turn:
            line = msgspec.json.encode({"do": do, **values}) + b"\n"
            try:
                with trio.fail_after(ANSWER_S):
                    await self.process.stdin.send_all(line)
                    answer = await self.line()
            except trio.TooSlowError:
                raise WrongResult(f"{self.module} {do}: no answer within {ANSWER_S:g} s") from None
            except trio.BrokenResourceError:
                raise WrongResult(f"{self.module} has ended") from None
        if "error" in answer:
            raise WrongResult(f"{self.module} {answer['error']}")
        return answer

    async def line(self) -> dict[str, Any]:
        """The next line that it prints. Raises WrongResult if it has ended."""
        assert self.process.stdout is not None
        while (end := self._data.find(b"\n")) < 0:
            more = await self.process.stdout.receive_some(_RECEIVE_BYTES)
            if not more:
                raise WrongResult(f"{self.module} has ended; its last output is above")
            self._data += bytes(more)
        line, self._data = self._data[:end], self._data[end + 1 :]
        fields: dict[str, Any] = msgspec.json.decode(line)
        return fields


@asynccontextmanager
async def remote(
    module: str, *arguments: str, on_gateway_cores: bool = False
) -> AsyncIterator[Remote]:
    """A generator on the generators' core, or a part of the gateway on the gateway's cores. The
    process is killed at the end of the block."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    if RIGGING.pin is not Pin.NONE:
        cores = gateway_cores() if on_gateway_cores else generator_core()
        os.sched_setaffinity(process.pid, cores)
    try:
        yield Remote(module, process)
    finally:
        with trio.CancelScope(shield=True):
            process.kill()
            await process.wait()


@asynccontextmanager
async def network_process(transport: str | None = None) -> AsyncIterator[tuple[Remote, str]]:
    """A simulated network with ten blocks a second, and the URL of its node."""
    spoken = transport or RIGGING.transport
    async with remote("bench.load.network") as network:
        ports = (await network.line())["ports"]
        yield network, f"{spoken}://127.0.0.1:{ports[spoken]}"


class Pin(StrEnum):
    """The assignment of processes to cores."""

    GENERATORS = "generators"
    """All other processes share the last core; the gateway may use all cores."""
    APART = "apart"
    """The gateway may not use the last core."""
    NONE = "none"


@define(eq=False)
class Rigging:
    """The options of the command line for every rig."""

    settings: dict[str, str] = field(factory=dict)
    """Settings of the gateway, in addition to those of the benches."""
    transport: str = "ws"
    """Between the gateway and the network: ws or grpc."""
    pin: Pin = Pin.GENERATORS
    watcher: Callable[[Served], Awaitable[None]] | None = None
    """Runs for each gateway while it serves."""


RIGGING: Final = Rigging()


@frozen
class Shop:
    """A merchant of the bench."""

    id: str
    key: str
    webhook_secret: str


@define(eq=False)
class Served:
    """A running gateway."""

    home: Path
    process: Gateway
    port: int

    @property
    def pid(self) -> int:
        return self.process.process.pid

    @property
    def cpu_seconds(self) -> float:
        """Its processor time in seconds."""
        return cpu_seconds(self.pid)

    @property
    def rss_bytes(self) -> int:
        """Its resident memory in bytes."""
        return rss_bytes(self.pid)

    async def register(self, **fields: str) -> Shop:
        """Register a merchant over HTTP. Raises WrongResult if it is refused."""
        body = {"name": "Bench", "xpub": DEMO_KEY, **fields}
        async with httpx.AsyncClient(timeout=ANSWER_S) as client:
            answer = await client.post(f"{self._url}/api/v1/merchants", json=body)
        check(answer.status_code == 201, f"a merchant was answered with {answer.text}")
        made = answer.json()
        return Shop(made["id"], made["apiKey"], made["webhookSecret"])

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query on its database."""
        return rows(self.home, query)

    def count(self, query: str) -> int:
        """The single number of a query on its database."""
        (row,) = self.rows(query)
        (value,) = row.values()
        return int(value)

    async def metrics(self) -> Mapping[str, float]:
        """Its metrics, by their names with labels. Raises WrongResult if it refuses them."""
        headers = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}
        async with httpx.AsyncClient(timeout=ANSWER_S) as client:
            answer = await client.get(f"{self._url}/metrics", headers=headers)
        check(answer.status_code == 200, f"/metrics was answered with {answer.text}")
        lines = (line.rpartition(" ") for line in answer.text.splitlines() if line[0] != "#")
        return {name: float(value) for name, _, value in lines}

    async def logged(self, event: str, *, within: float = ANSWER_S) -> Mapping[str, Any]:
        """Wait for the first line of its log with this event."""
        return await self.process.logged(event, within)

    async def end(self) -> None:
        """Stop it in order. Raises WrongResult for an exit code other than 0."""
        self.process.signal(signal.SIGTERM)
        code = await self.process.exit_code()
        check(code == 0, f"the gateway ended with {code}")

    def check_log(self) -> None:
        """Raise WrongResult if it logged an error."""
        complaints = self.process.complaints
        check(not complaints, f"the gateway logged errors: {complaints[:3]}")

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def served(
    home: Path,
    node: str,
    *,
    module: str = "kasgate",
    environment: Mapping[str, str] = MappingProxyType({}),
    **settings: str,
) -> AsyncIterator[Served]:
    """A gateway that serves during the block. Raises WrongResult at the end if it logged an error.
    ``module`` runs with the argument ``serve``, with ``environment`` and the settings.
    """
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
    clean["KASGATE_CONFIG"] = "off"  # Not the settings file of this machine.
    chosen = {
        **SETTINGS,
        **settings,
        **RIGGING.settings,
        "data_dir": str(home),
        "nodes": node,
        # Not 0: a client could take the free port before the gateway listens on it.
        "port": str(free_port()),
    }
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", module, "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={
            **clean,
            **environment,
            **{f"KASGATE_{name.upper()}": text for name, text in chosen.items()},
        },
    )
    if RIGGING.pin is Pin.APART:
        os.sched_setaffinity(process.pid, gateway_cores())
    gateway = Gateway(process)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gateway.read)
        try:
            port = int((await gateway.url(ANSWER_S)).rpartition(":")[2])
            one = Served(home, gateway, port)
            async with trio.open_nursery() as watching:
                if RIGGING.watcher is not None:
                    watching.start_soon(RIGGING.watcher, one)
                yield one
                watching.cancel_scope.cancel()
            one.check_log()
        finally:
            with trio.CancelScope(shield=True):
                await gateway.kill()
        nursery.cancel_scope.cancel()


@define(eq=False)
class Rig:
    """A new gateway, its network and a generator of HTTP calls."""

    home: Path
    gateway: Served
    network: Remote
    http: Remote

    async def create(
        self, shop: Shop, count: int, *, connections: int = 48, body: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Create sessions over HTTP; the path of the file that lists them, and the figures."""
        file = str(self.home / "sessions.json")
        figures = await self.http.ask(
            "create",
            port=self.gateway.port,
            keys=[shop.key],
            count=count,
            file=file,
            connections=connections,
            body=body,
        )
        return file, figures


@asynccontextmanager
async def rigged(
    home: Path,
    *,
    module: str = "kasgate",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Rig]:
    """A rig with an empty database; ``module`` and ``environment`` as for ``served``."""
    async with (
        network_process() as (network, node),
        remote("bench.load.http") as http,
        served(home, node, module=module, environment=environment) as gateway,
    ):
        yield Rig(home, gateway, network, http)
