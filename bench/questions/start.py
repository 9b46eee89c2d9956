"""How long does a start with many active sessions take, until all are watched again?

The time is from the start of the process, with that of the interpreter, until the node has
acknowledged every address and every session was compared with it. The longest stall of the event
loop in that time is measured too (``bench/rig/probe.py``). Afterwards each session must be pending,
watched and have an actor, and a payment to one of them must arrive.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import trio

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.load.commands import read_sessions, write_json
from bench.rig import probe
from bench.rig.processes import check, remote
from bench.rig.resumed import Resumed, resumed

TOLD_S: Final = 60.0


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Start once."""
    count, file = whole(point, "sessions"), home / "stalls"
    async with resumed(
        home, count, module="bench.rig.probe", environment={probe.VARIABLE: str(file)}
    ) as rig:
        now = time.monotonic_ns()
        line = await rig.gateway.logged("sessions resumed")
        rss = rig.gateway.rss_bytes
        check(line["active"] == count, f"{line['active']} sessions were resumed, not {count}")
        await _check_all(rig, count, home)
        stalls = await trio.to_thread.run_sync(lambda: probe.stalls(file, until_ns=now))
    return {
        "watched_s": rig.watched_s,
        "resumed_s": line["seconds"],
        "stall_ms": max(stalls, default=0.0),
        "us_each": rig.watched_s / count * 1e6,
        "rss_mb": rss / 2**20,
    }


async def _check_all(rig: Resumed, count: int, home: Path) -> None:
    numbers = await rig.gateway.metrics()
    for name in ("kasgate_watched_addresses", "kasgate_session_actors"):
        check(numbers[name] == count, f"{name} is {numbers[name]:g}, not {count}")
    last = str(home / "last.json")
    write_json(last, read_sessions(rig.file)[-1:])
    async with remote("bench.load.websocket") as client:
        await client.ask("connect", port=rig.gateway.port, sockets=1, file=last)
        await rig.network.ask("pay_all", file=last)
        told = await client.ask(
            "take", kind="status:confirming", count=1, wait_s=TOLD_S, file=str(home / "rows")
        )
    check(told["came"] == 1, "a session that was resumed did not receive its payment")


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("watched_s", "until all are watched", "s", digits=2),
        Quantity("resumed_s", "reading and starting actors", "s", digits=2),
        Quantity("stall_ms", "longest stall", "ms"),
        Quantity("us_each", "time each", "µs", is_flat=True),
        Quantity("rss_mb", "memory", "MB", digits=0),
    ),
    measure=measure,
    points=grid(sessions=(1_000, 10_000, 100_000, 1_000_000)),
    quick=grid(sessions=(100, 2_000)),
    scale="sessions",
    run_seconds=1_200,
    bytes_needed=lambda point: whole(point, "sessions") * 7_000,
)
