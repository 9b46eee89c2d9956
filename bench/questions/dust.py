"""What does a stranger's output to a session's address cost, and how long do others wait for it?

Sessions receive many small outputs, all in one block, or in blocks of 50 ten times a second, as on
the network. The processor time of an output is that of the gateway from the first output until all
of them are committed. It is compared with the time of a creation in the same run. The longest stall
of the event loop in that time is measured too (``bench/rig/probe.py``). Then the same happens again
while sessions are created, one after the other on each connection. The time of these creations is
compared with that of the quiet ones before.

Afterwards the database must hold each output once, and every session the sum of its outputs; the
link to the node must be the first one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.load.commands import read_sessions, write_json
from bench.rig import probe
from bench.rig.processes import Rig, Shop, check, rigged

SPECK: Final = 20_000_000
"""Sompi of an output: the smallest output that a wallet sends."""
PRICE: Final = "1000000"
"""In KAS; more than the sum of all outputs."""
ENOUGH_OUTPUTS: Final = 1_000
"""The smallest number of outputs in a run, which decides the number of sessions."""
BLOCK: Final = 50
RATE: Final = 500.0
STORED_S: Final = 300.0
CREATIONS: Final = 400
_AT_ONCE: Final = 1e9


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Measure creations alone, outputs alone, and both at once."""
    outputs, stalls_file = whole(point, "outputs"), home / "stalls"
    addresses = max(1, ENOUGH_OUTPUTS // outputs)
    total = outputs * addresses
    environment = {probe.VARIABLE: str(stalls_file)}
    async with rigged(home, module="bench.rig.probe", environment=environment) as rig:
        shop = await rig.gateway.register()
        await rig.create(shop, CREATIONS, connections=4)
        cpu = rig.gateway.cpu_seconds
        _, quiet = await rig.create(shop, CREATIONS, connections=4)
        creation_us = (rig.gateway.cpu_seconds - cpu) / CREATIONS * 1e6
        first = await _victims(rig, shop, addresses, "first")
        second = await _victims(rig, shop, addresses, "second")

        size, began = _size(rig), time.monotonic_ns()
        cpu = rig.gateway.cpu_seconds
        await _send(rig, first, outputs, str(point["pattern"]))
        await _stored(rig, total)
        output_us = (rig.gateway.cpu_seconds - cpu) / total * 1e6
        size = _size(rig) - size
        ended = time.monotonic_ns()
        stalls = partial(probe.stalls, stalls_file, since_ns=began, until_ns=ended)
        took = max(await trio.to_thread.run_sync(stalls), default=0.0)

        beside: dict[str, Any] = {}
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_send, rig, second, outputs, str(point["pattern"]))
            beside = (await rig.create(shop, CREATIONS, connections=4))[1]
        await _stored(rig, 2 * total)
        _check(rig, outputs, 2 * addresses)
    return {
        "output_us": output_us,
        "creation_us": creation_us,
        "of_a_creation": 100 * output_us / creation_us,
        "stall_ms": took,
        "bytes": size / total,
        "quiet_p99_ms": quiet["p99_ms"],
        "dust_p99_ms": beside["p99_ms"],
        "p99_ratio": beside["p99_ms"] / quiet["p99_ms"],
    }


async def _victims(rig: Rig, shop: Shop, count: int, name: str) -> str:
    file, _ = await rig.create(shop, count, connections=1, body={"amount": PRICE})
    kept = str(rig.home / f"{name}.json")
    write_json(kept, read_sessions(file))
    return kept


async def _send(rig: Rig, file: str, outputs: int, pattern: str) -> None:
    in_one_block = pattern == "one block"
    for number, session in enumerate(read_sessions(file)):
        repeated = str(rig.home / f"to-{number}.json")
        write_json(repeated, [session] * outputs)
        await rig.network.ask(
            "pay", file=repeated, to=str(rig.home / "published.json"), first=0, count=outputs,
            rate=_AT_ONCE if in_one_block else RATE, block=outputs if in_one_block else BLOCK,
            amount=SPECK,
        )  # fmt: skip


async def _stored(rig: Rig, count: int) -> None:
    """Wait until all outputs are stored. The query costs the gateway nothing: it has its own
    connection to the database."""
    found = 0
    with trio.move_on_after(STORED_S):
        while found < count:
            await trio.sleep(0.1)
            found = rig.gateway.count("SELECT count(*) FROM payments")
    check(found == count, f"{found} outputs are stored, {count} were sent")


def _size(rig: Rig) -> int:
    return rig.gateway.count(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    )


def _check(rig: Rig, outputs: int, sessions: int) -> None:
    sums = rig.gateway.rows(
        "SELECT received, payments_total FROM sessions WHERE payments_total > 0"
    )
    check(len(sums) == sessions, f"{len(sums)} sessions were paid, not {sessions}")
    for row in sums:
        told = (row["received"], row["payments_total"])
        check(told == (outputs * SPECK, outputs), f"a session received {told}")
    links = sum(line["event"] == "node link live" for line in rig.gateway.process.log)
    check(links <= 1, f"the link to the node was begun {links} times")


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("output_us", "gateway's CPU for an output", "µs", digits=0, is_flat=True),
        Quantity("creation_us", "for a creation", "µs", digits=0),
        Quantity("of_a_creation", "output against creation", "%", digits=0),
        Quantity("stall_ms", "longest stall", "ms"),
        Quantity("bytes", "database for an output", "bytes", digits=0, is_flat=True),
        Quantity("quiet_p99_ms", "creation when quiet, p99", "ms"),
        Quantity("dust_p99_ms", "beside dust, p99", "ms"),
        Quantity("p99_ratio", "dust against quiet", "times", digits=2),
    ),
    measure=measure,
    points=grid(outputs=(10, 100, 1_000, 10_000), pattern=("one block", "trickle")),
    quick=grid(outputs=(10, 1_000), pattern=("one block", "trickle")),
    scale="outputs",
)
