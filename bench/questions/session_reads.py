"""How many sessions a second can be read over HTTP, whole and by their status?

A gateway holds so many active sessions. A generator reads them in turn on persistent connections.
Every answer must be 200 and about the session of the request. Then the same generator reads from a
minimal server (``bench/load/bare.py``), which shows the limit of the machine at that time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.rig.processes import remote
from bench.rig.resumed import resumed

_SUFFIXES: Final = {"session": "", "status": "/status"}


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Read for some seconds."""
    async with resumed(home, whole(point, "sessions")) as rig, remote("bench.load.http") as http:
        read = {
            "port": rig.gateway.port,
            "file": rig.file,
            "suffix": _SUFFIXES[str(point["call"])],
            "connections": point["connections"],
        }
        await http.ask("get", seconds=0.5, **read)
        cpu = rig.gateway.cpu_seconds
        figures = await http.ask("get", seconds=float(point["seconds"]), **read)
        cpu = rig.gateway.cpu_seconds - cpu
        async with remote("bench.load.bare", on_gateway_cores=True) as bare:
            read["port"] = (await bare.line())["port"]
            at_most = await http.ask("get", seconds=1.0, **read)
    return {
        "per_second": figures["per_second"],
        "p50_ms": figures["p50_ms"],
        "p99_ms": figures["p99_ms"],
        "cpu_us": cpu / figures["answers"] * 1e6,
        "bare_per_second": at_most["per_second"],
    }


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("per_second", "answers", "1/s", higher_is_better=True, digits=0, is_flat=True),
        Quantity("p50_ms", "p50", "ms", digits=2),
        Quantity("p99_ms", "p99", "ms", digits=2),
        Quantity("cpu_us", "gateway's CPU each", "µs", digits=0, is_flat=True),
        Quantity("bare_per_second", "by a bare server", "1/s", higher_is_better=True, digits=0),
    ),
    measure=measure,
    points=(
        *grid(call=("session", "status"), sessions=1_000, connections=(16, 64), seconds=3.0),
        *grid(call=("session", "status"), sessions=(10_000, 100_000), connections=64, seconds=3.0),
    ),
    quick=grid(call=("session", "status"), sessions=(100, 1_000), connections=16, seconds=0.5),
    scale="sessions",
)
