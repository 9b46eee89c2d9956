"""How long does a node's notification take to the WebSocket frame, commit included?

A latency is the time from the publication of the payment's block by the network until the frame
with the status "confirming" is read from the socket. Both times are from the machine's monotonic
clock, so the node's encoding and the client's reading are included. Payments arrive at a fixed
rate, even if the gateway falls behind: "spread", each in a block of its own, or "in blocks", ten
blocks a second with a tenth of the rate in each, as on the real network. Each paid session has a
WebSocket of its own, and is confirmed a second after it was paid, which costs another commit and
frame.

Every paid session must get exactly one message that it is confirming and exactly one that it is
confirmed; all others must get none. The database must hold each payment and no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import trio

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.load.commands import read_sessions, write_json
from bench.load.websocket import Row
from bench.report.tables import percentile
from bench.rig.filling import AMOUNT
from bench.rig.processes import Remote, check, remote
from bench.rig.resumed import Resumed, resumed

BLOCKS_PER_SECOND: Final = 10
TOLD_S: Final = 60.0
SETTLE_S: Final = 1.0


def payments_of(point: Point) -> int:
    """The number of sessions to pay."""
    return min(whole(point, "sessions"), round(whole(point, "rate") * float(point["seconds"])))


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Pay sessions and read the messages of their WebSockets."""
    rate, count = whole(point, "rate"), payments_of(point)
    block = 1 if point["pattern"] == "spread" else max(1, rate // BLOCKS_PER_SECOND)
    required = max(1, rate // block)
    async with (
        resumed(home, whole(point, "sessions"), confirmations=required) as rig,
        remote("bench.load.websocket") as clients,
    ):
        gateway, paid_file = rig.gateway, str(home / "paid.json")
        await trio.to_thread.run_sync(
            lambda: write_json(paid_file, read_sessions(rig.file)[:count])
        )
        await clients.ask("connect", port=gateway.port, sockets=count, file=paid_file)
        await trio.sleep(SETTLE_S)
        cpu = gateway.cpu_seconds
        paid = await rig.network.ask(
            "pay", file=paid_file, to=str(home / "published.json"), first=0, count=count,
            rate=rate, block=block, amount=AMOUNT,
        )  # fmt: skip
        cpu = gateway.cpu_seconds - cpu
        rows = await _confirmed(rig, clients, count, required, home)
        published = await trio.to_thread.run_sync(_published, home)
        _check_told(rows, published)
        _check_stored(rig, count)
    latencies = [
        (at - published[session]) / 1e6
        for kind, session, _, _, at in rows
        if kind == "status:confirming"
    ]
    return {
        **{f"p{p}_ms": percentile(latencies, p) for p in (50, 99)},
        "most_ms": max(latencies),
        "behind_ms": paid["behind_ms"],
        "cpu": 100 * cpu / paid["seconds"],
    }


def _published(home: Path) -> dict[str, int]:
    return msgspec.json.decode((home / "published.json").read_bytes(), type=dict[str, int])


async def _confirmed(
    rig: Resumed, clients: Remote, count: int, required: int, home: Path
) -> list[Row]:
    """All messages until each session was confirmed."""
    rows: list[Row] = []
    for status, blocks in (("confirming", 0), ("confirmed", required + 1)):
        if blocks:
            await rig.network.ask("mine", blocks=blocks)
        kind, file = f"status:{status}", home / "rows.json"
        missing = count - sum(row[0] == kind for row in rows)
        told = await clients.ask("take", kind=kind, count=missing, wait_s=TOLD_S, file=str(file))
        check(told["came"] == missing, f"{missing - told['came']} did not receive {status}")
        content = await trio.Path(file).read_bytes()
        rows += msgspec.json.decode(content, type=list[Row])
    return rows


def _check_told(rows: list[Row], published: Mapping[str, int]) -> None:
    for status in ("confirming", "confirmed"):
        told = Counter(row[1] for row in rows if row[0] == f"status:{status}")
        check(told.keys() == published.keys(), f"not exactly the paid sessions received {status}")
        twice = sum(number > 1 for number in told.values())
        check(not twice, f"{twice} sessions received {status} twice")


def _check_stored(rig: Resumed, count: int) -> None:
    stored = rig.gateway.rows("SELECT count(*) AS number, sum(amount) AS amount FROM payments")[0]
    check(stored["number"] == count, f"{stored['number']} payments are stored, {count} were made")
    check(stored["amount"] == count * AMOUNT, "the payments' amounts are not those that were paid")
    confirmed = rig.gateway.count("SELECT count(*) FROM sessions WHERE status = 'confirmed'")
    check(confirmed == count, f"{confirmed} sessions are confirmed, {count} were paid")


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("p50_ms", "p50", "ms", digits=2, is_flat=True),
        Quantity("p99_ms", "p99", "ms", digits=2),
        Quantity("most_ms", "slowest", "ms"),
        Quantity("behind_ms", "network behind its plan", "ms"),
        Quantity("cpu", "gateway's CPU", "%"),
    ),
    measure=measure,
    points=(
        *grid(sessions=(1_000, 10_000), rate=500, pattern=("spread", "in blocks"), seconds=8.0),
        *grid(sessions=100_000, rate=(500, 1_000), pattern="spread", seconds=8.0),
        *grid(sessions=1_000_000, rate=1_000, pattern="spread", seconds=8.0),
    ),
    quick=grid(sessions=(50, 500), rate=50, pattern=("spread", "in blocks"), seconds=0.8),
    scale="sessions",
    run_seconds=1_200,
    bytes_needed=lambda point: whole(point, "sessions") * 7_000,
    descriptors_needed=payments_of,
)
