"""How many WebSockets a second can connect and subscribe?

The time is from a connection's first packet until the snapshot of its session. ``at_once``
connections are opened at a time; all must be open at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.rig.processes import check, remote
from bench.rig.resumed import resumed


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Open all connections."""
    count = whole(point, "sockets")
    async with resumed(home, count) as rig, remote("bench.load.websocket") as clients:
        cpu = rig.gateway.cpu_seconds
        figures = await clients.ask(
            "connect",
            port=rig.gateway.port,
            sockets=count,
            file=rig.file,
            at_once=point["at_once"],
            spins=True,
        )
        cpu = rig.gateway.cpu_seconds - cpu
        check(figures["sockets"] == count, f"{figures['sockets']} of {count} are connected")
        followed = (await rig.gateway.metrics())["kasgate_sessions_followed"]
        check(followed == count, f"{followed:g} sessions are followed, not {count}")
    return {
        "per_second": figures["per_second"],
        "p50_ms": figures["p50_ms"],
        "p99_ms": figures["p99_ms"],
        "cpu_us": cpu / count * 1e6,
    }


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("per_second", "connects", "1/s", higher_is_better=True, digits=0, is_flat=True),
        Quantity("p50_ms", "p50", "ms", digits=2),
        Quantity("p99_ms", "p99", "ms", digits=2),
        Quantity("cpu_us", "gateway's CPU each", "µs", digits=0, is_flat=True),
    ),
    measure=measure,
    points=grid(sockets=(1_000, 5_000, 19_500), at_once=64),
    quick=grid(sockets=(50, 200), at_once=16),
    scale="sockets",
    bytes_needed=lambda point: whole(point, "sockets") * 150_000,
    descriptors_needed=lambda point: whole(point, "sockets"),
)
