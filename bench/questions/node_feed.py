"""How many notifications a second come through each adapter to a node?

A sender process repeats notifications over a loopback socket. The adapter of this process reads
them as the chain feed does, so the figure includes reading the frame, decoding it, checking each
output's script and building the value types. Each notification must have the outputs that were
sent, all at addresses of the network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.load.node import PREFIX
from bench.rig.processes import WrongResult, check, remote
from kasgate.kaspa.grpc import node as grpc
from kasgate.kaspa.node import Node, NodeUnavailable, UtxosChanged
from kasgate.kaspa.wrpc import node as wrpc

Connect = Callable[..., AbstractAsyncContextManager[Node]]
ADAPTERS: Final[Mapping[str, Connect]] = {"ws": wrpc.connect, "grpc": grpc.connect}


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Take notifications for some seconds."""
    transport, outputs = str(point["transport"]), whole(point, "outputs")
    async with remote("bench.load.node", transport, str(outputs), str(point["addresses"])) as node:
        url = f"{transport}://127.0.0.1:{(await node.line())['port']}"
        try:
            rate, cpu = await _receive(ADAPTERS[transport], url, outputs, float(point["seconds"]))
        except NodeUnavailable as error:
            raise WrongResult(f"the link ended: {error}") from error
    return {"per_second": rate, "cpu_us": cpu, "cpu_us_each": cpu / outputs}


async def _receive(connect: Connect, url: str, outputs: int, seconds: float) -> tuple[float, float]:
    """Messages a second, and CPU microseconds for each."""
    async with connect(url, prefix=PREFIX) as node:
        told = aiter(node.notifications())
        await anext(told)
        count = 0
        begin, cpu = time.perf_counter(), time.process_time()
        until = begin + seconds
        while (now := time.perf_counter()) < until:
            notification = await anext(told)
            count += 1
            check(
                isinstance(notification, UtxosChanged) and len(notification.added) == outputs,
                f"a notification is not what was sent: {notification!r:.200}",
            )
        check(count > 0, "no notification came")
        return count / (now - begin), (time.process_time() - cpu) / count * 1e6


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("per_second", "notifications", "1/s", higher_is_better=True, digits=0),
        Quantity("cpu_us", "CPU each", "µs", digits=0),
        Quantity("cpu_us_each", "CPU for each output", "µs", digits=2),
    ),
    measure=measure,
    points=grid(
        transport=("ws", "grpc"), outputs=(2, 1_000), addresses=("known", "fresh"), seconds=2.0
    ),
    quick=grid(
        transport=("ws", "grpc"), outputs=(2, 100), addresses=("known", "fresh"), seconds=0.2
    ),
    scale="outputs",
    runs=5,
    run_seconds=120,
)
