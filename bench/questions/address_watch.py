"""How long does the feed take to watch and compare all addresses, and with how much memory?

The gateway's chain feed runs alone (``bench/rig/watching.py``), with a simulated network that holds
an output on every tenth address. The time is from the opening of the link until scores may confirm:
handshake, subscribing in batches, snapshots, and reporting the outputs. Each output must be
reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import trio

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.load.commands import Made, write_json
from bench.load.node import address_number
from bench.rig.processes import check, network_process, remote

PAID_EVERY: Final = 10
WATCHED_S: Final = 600.0


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Watch the addresses once."""
    count = whole(point, "addresses")
    everything, paid = str(home / "all.json"), str(home / "paid.json")
    made = await trio.to_thread.run_sync(_made, count, everything, paid)
    async with network_process(str(point["transport"])) as (network, node):
        await network.ask("pay_all", file=paid)
        async with remote("bench.rig.watching", node, everything, on_gateway_cores=True) as feed:
            with trio.fail_after(WATCHED_S):
                took = await feed.line()
    check(took["outputs"] == made, f"{took['outputs']} outputs were reported, {made} are there")
    return {
        "seconds": took["seconds"],
        "us_each": took["seconds"] / count * 1e6,
        "cpu_seconds": took["cpu_seconds"],
        "kb_each": took["kept_mb"] * 1024 / count,
        "peak_mb": took["peak_mb"],
    }


def _made(count: int, everything: str, paid: str) -> int:
    addresses = [Made("", str(address_number(number)), "") for number in range(1, count + 1)]
    write_json(everything, addresses)
    write_json(paid, addresses[::PAID_EVERY])
    return len(addresses[::PAID_EVERY])


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("seconds", "until compared", "s", digits=2),
        Quantity("us_each", "time each", "µs", digits=0, is_flat=True),
        Quantity("cpu_seconds", "CPU", "s", digits=2),
        Quantity("kb_each", "memory each", "KB", digits=2, is_flat=True),
        Quantity("peak_mb", "most memory", "MB", digits=0),
    ),
    measure=measure,
    points=grid(transport=("ws", "grpc"), addresses=(1_000, 10_000, 100_000)),
    quick=grid(transport=("ws", "grpc"), addresses=(100, 2_000)),
    scale="addresses",
    bytes_needed=lambda point: whole(point, "addresses") * 7_000,
)
