"""How much memory does each WebSocket take, and how busy is a gateway that just holds them?

Each follows a session of its own. Memory is that of the gateway's process (the kernel needs some
4 KB more for each socket). It is measured when all are connected, and again after each has received
the message of a payment, which must arrive on each.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import trio

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.rig.processes import check, remote
from bench.rig.resumed import resumed

SETTLE_S: Final = 2.0
TOLD_S: Final = 120.0


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Hold them for a while."""
    count, seconds = whole(point, "sockets"), float(point["seconds"])
    async with resumed(home, count) as rig, remote("bench.load.websocket") as clients:
        gateway = rig.gateway
        await trio.sleep(SETTLE_S)
        before = gateway.rss_bytes
        await clients.ask("connect", port=gateway.port, sockets=count, file=rig.file)
        await trio.sleep(SETTLE_S)
        held = gateway.rss_bytes
        cpu = gateway.cpu_seconds
        await trio.sleep(seconds)
        cpu = gateway.cpu_seconds - cpu
        numbers = await gateway.metrics()
        for name in ("kasgate_websockets", "kasgate_sessions_followed"):
            check(numbers[name] == count, f"{name} is {numbers[name]:g}, not {count}")
        await rig.network.ask("pay_all", file=rig.file)
        told = await clients.ask(
            "take", kind="status:confirming", count=count, wait_s=TOLD_S, file=str(home / "rows")
        )
        check(told["came"] == count, f"{told['came']} of {count} received their payment")
        await trio.sleep(SETTLE_S)
        used = gateway.rss_bytes
    return {
        "kb_each": (held - before) / count / 1024,
        "kb_after": (used - before) / count / 1024,
        "idle_cpu": 100 * cpu / seconds,
    }


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("kb_each", "memory each", "KB", is_flat=True),
        Quantity("kb_after", "memory each after messages", "KB", is_flat=True),
        Quantity("idle_cpu", "CPU while idle", "%"),
    ),
    measure=measure,
    points=grid(sockets=(1_000, 5_000, 19_500), seconds=10.0),
    quick=grid(sockets=(50, 200), seconds=1.0),
    scale="sockets",
    bytes_needed=lambda point: whole(point, "sockets") * 150_000,
    descriptors_needed=lambda point: whole(point, "sockets"),
)
