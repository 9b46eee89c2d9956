"""How much memory does each active session take, and how busy is a gateway that just holds them?

Each is a supervised task whose address is watched; the network makes ten blocks a second. Memory is
the difference to the process of a gateway with a single session, which has loaded all modules for
it. All sessions must be watched and have an actor.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import trio

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.rig.processes import check
from bench.rig.resumed import resumed


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Hold the sessions for a while."""
    count, seconds = whole(point, "sessions"), float(point["seconds"])
    lonely, crowded = home / "lonely", home / "crowded"
    lonely.mkdir()
    crowded.mkdir()
    async with resumed(lonely, 1) as rig:
        await trio.sleep(float(point["settle"]))
        mb_of_one = rig.gateway.rss_bytes / 2**20
    async with resumed(crowded, count) as rig:
        await trio.sleep(float(point["settle"]))
        cpu = rig.gateway.cpu_seconds
        await trio.sleep(seconds)
        cpu = rig.gateway.cpu_seconds - cpu
        mb = rig.gateway.rss_bytes / 2**20
        numbers = await rig.gateway.metrics()
    for name in ("kasgate_watched_addresses", "kasgate_session_actors"):
        check(numbers[name] == count, f"{name} is {numbers[name]:g}, not {count}")
    return {
        "kb_each": (mb - mb_of_one) * 1024 / (count - 1),
        "idle_cpu": 100 * cpu / seconds,
        "rss_mb": mb,
    }


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("kb_each", "memory each", "KB", digits=2, is_flat=True),
        Quantity("idle_cpu", "CPU while idle", "%", digits=2),
        Quantity("rss_mb", "memory", "MB", digits=0),
    ),
    measure=measure,
    points=grid(sessions=(1_000, 10_000, 100_000, 1_000_000), settle=5.0, seconds=10.0),
    quick=grid(sessions=(500, 5_000), settle=0.5, seconds=1.0),
    scale="sessions",
    run_seconds=1_200,
    bytes_needed=lambda point: whole(point, "sessions") * 7_000,
)
