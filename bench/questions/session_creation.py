"""How many sessions a second can be created over HTTP, each committed and watched by the node?

Each caller has a persistent connection and creates its next session when the last is answered.
Afterwards every session, its first event and its address must be in the database, and every address
must be watched.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.rig.processes import check, remote
from bench.rig.resumed import resumed

_WARM_UP: Final = 50


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Create sessions and check the database and the watch."""
    held, count = whole(point, "sessions"), whole(point, "created")
    async with resumed(home, held) as rig, remote("bench.load.http") as http:
        gateway = rig.gateway
        asked = {"port": gateway.port, "keys": [rig.shop.key], "file": str(home / "created.json")}
        connections = whole(point, "connections")
        await http.ask("create", count=_WARM_UP, connections=connections, **asked)
        cpu = gateway.cpu_seconds
        figures = await http.ask("create", count=count, connections=connections, **asked)
        cpu = gateway.cpu_seconds - cpu
        made = held + count + _WARM_UP
        stored = gateway.count("SELECT count(*) FROM sessions")
        check(stored == made, f"{stored} sessions are stored, {made} were answered")
        events = gateway.count("SELECT count(DISTINCT session_id) FROM events")
        check(events == count + _WARM_UP, f"{events} of them have an event")
        watched = (await gateway.metrics())["kasgate_watched_addresses"]
        check(watched == made, f"{watched:g} addresses are watched, not {made}")
    return {
        "per_second": figures["per_second"],
        "p50_ms": figures["p50_ms"],
        "p99_ms": figures["p99_ms"],
        "unwatched": figures["unwatched"],
        "cpu_us": cpu / count * 1e6,
    }


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("per_second", "sessions", "1/s", higher_is_better=True, digits=0, is_flat=True),
        Quantity("p50_ms", "p50", "ms", digits=2),
        Quantity("p99_ms", "p99", "ms", digits=2),
        Quantity("unwatched", "answered before the watch", "sessions", digits=0),
        Quantity("cpu_us", "gateway's CPU each", "µs", digits=0, is_flat=True),
    ),
    measure=measure,
    points=(
        *grid(sessions=0, connections=(16, 64), created=10_000),
        *grid(sessions=(10_000, 100_000), connections=64, created=10_000),
    ),
    quick=grid(sessions=(0, 1_000), connections=16, created=200),
    scale="sessions",
)
