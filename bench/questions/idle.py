"""How much memory and processor time does an idle gateway take?

There are no merchants, sessions or connections; the network makes ten blocks a second. The gateway
has only the packages of its installation (``bench/rig/as_installed.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import trio

from bench.definition import Bench, Point, Quantity, grid
from bench.rig.processes import network_process, served


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Measure it for a while."""
    async with (
        network_process() as (_, node),
        served(home, node, module="bench.rig.as_installed") as gateway,
    ):
        await gateway.logged("node link live")
        await trio.sleep(float(point["settle"]))
        cpu = gateway.cpu_seconds
        await trio.sleep(float(point["seconds"]))
        cpu = gateway.cpu_seconds - cpu
        rss = gateway.rss_bytes
    return {"rss_mb": rss / 2**20, "cpu": 100 * cpu / float(point["seconds"])}


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(Quantity("rss_mb", "memory", "MB"), Quantity("cpu", "CPU", "%", digits=2)),
    measure=measure,
    points=grid(settle=3.0, seconds=10.0),
    quick=grid(settle=0.5, seconds=1.0),
)
