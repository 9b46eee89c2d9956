"""How many WebSocket messages a second go out, each about a session of its own?

Each socket follows one session, and each session is paid but far from confirmed. A block raises all
confirmations, so the gateway has a message for every socket at once. A burst lasts from the block
until the last socket has been read. Each socket must get exactly one message, with the number of
confirmations after the block.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import trio

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.load.websocket import Row
from bench.rig.processes import Remote, check, remote
from bench.rig.resumed import Resumed, resumed

REQUIRED: Final = 50_000
"""Required confirmations, so many that no session is confirmed."""
TOLD_S: Final = 120.0
REST_S: Final = 0.5
"""The pause between bursts: confirmations are sent four times a second at most."""


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Measure some bursts to all sockets."""
    count = whole(point, "sockets")
    async with (
        resumed(home, count, confirmations=REQUIRED) as rig,
        remote("bench.load.websocket") as clients,
    ):
        await rig.network.ask("tick", rate=0)
        await clients.ask("connect", port=rig.gateway.port, sockets=count, file=rig.file)
        await rig.network.ask("pay_all", file=rig.file)
        file = str(home / "rows.json")
        told = await clients.ask(
            "take", kind="status:confirming", count=count, wait_s=TOLD_S, file=file
        )
        check(told["came"] == count, f"{told['came']} of {count} received their payment")
        await _burst(rig, clients, count, file)
        cpu = rig.gateway.cpu_seconds
        bursts = [await _burst(rig, clients, count, file) for _ in range(whole(point, "bursts"))]
        cpu = rig.gateway.cpu_seconds - cpu
    return {
        "per_second": count / statistics.median(bursts),
        "slowest": count / max(bursts),
        "cpu_us": cpu / count / len(bursts) * 1e6,
    }


async def _burst(rig: Resumed, clients: Remote, count: int, file: str) -> float:
    """Seconds from the block to the last message."""
    await trio.sleep(REST_S)
    mined: Mapping[str, Any] = await rig.network.ask("mine", blocks=1)
    told = await clients.ask(
        "take", kind="confirmations", count=count, wait_s=TOLD_S, file=file, spins=True
    )
    check(told["came"] == count, f"{told['came']} messages came, not {count}")
    rows = msgspec.json.decode(await trio.Path(file).read_bytes(), type=list[Row])
    sessions = {row[1] for row in rows}
    numbers = {row[3] for row in rows}
    check(len(sessions) == count, f"{len(sessions)} sessions had a message, not {count}")
    check(len(numbers) == 1, f"after one block the numbers were {sorted(map(str, numbers))[:5]}")
    return (max(row[4] for row in rows) - int(mined["at"])) / 1e9


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("per_second", "messages", "1/s", higher_is_better=True, digits=0, is_flat=True),
        Quantity("slowest", "slowest burst", "1/s", higher_is_better=True, digits=0),
        Quantity("cpu_us", "gateway's CPU each", "µs", is_flat=True),
    ),
    measure=measure,
    points=grid(sockets=(1_000, 5_000, 19_500), bursts=9),
    quick=grid(sockets=(50, 200), bursts=2),
    scale="sockets",
    bytes_needed=lambda point: whole(point, "sockets") * 150_000,
    descriptors_needed=lambda point: whole(point, "sockets"),
)
