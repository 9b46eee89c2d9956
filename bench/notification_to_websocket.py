"""How long from the node's notification to the WebSocket frame, commit included?

    python -m bench notification_to_websocket [--sessions 1000 10000] [--rate 500] [--runs 3]

A gateway runs as a process of its own on a fresh database. This process is the simulated network
(a real node's wire protocol over a socket), makes the sessions over HTTP, follows each of them over
a WebSocket, and pays them at a fixed rate, whether the gateway keeps up or not. A latency is the
time from the moment at which the network publishes the step with the payment until the frame with
the status "confirming" is read from the socket; both are taken here, so that the node's encoding
and this process's own delays are in it.

Payments come in two patterns: "spread", each in a block of its own, evenly, and "in blocks", ten
blocks a second with a tenth of the rate in each, as the real network does it. Either way a payment
is confirmed a second after it was accepted, which costs the gateway another commit and frame, and
until then its rising confirmations are told four times a second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import trio
from attrs import define, field, frozen

from bench.gateway_client import Caller, Follower
from bench.report import percentile, print_table, spread
from kasgate.cli.demo import DEMO_KEY
from kasgate.simnet import SimulatedNetwork
from tests.e2e.gateway import Gateway, Transport, serving

BRIEF: Final = "-"
ANCESTOR: Final = "1-3 s"
GOAL: Final = "1 / 4"
CALLERS: Final = 48
FOLLOWS_AT_MOST: Final = 200
PATTERNS: Final = ("spread", "in blocks")
BLOCKS_PER_SECOND: Final = 10
LATE_S: Final = 10.0
"""A frame that has not arrived by then is lost."""
AMOUNT: Final = 100_000_000
LATENCY_COLUMNS: Final = (
    *("sessions", "payments/s", "pattern", "p50", "p99", "max", "lost"),
    *("goal p50 / p99", "ancestor", "brief"),
)
COST_COLUMNS: Final = (
    *("sessions", "pattern", "created/s", "creation p50 ms", "p99 ms", "max ms", "unwatched"),
    *("frames/s", "gateway CPU %", "RSS MB", "generator behind ms"),
)


@frozen
class Load:
    """What is asked of a gateway."""

    sessions: int
    followers: int
    rate: int
    """Payments a second."""
    seconds: float
    pattern: str

    @property
    def block(self) -> int:
        """Payments in one block."""
        return 1 if self.pattern == "spread" else max(1, self.rate // BLOCKS_PER_SECOND)

    @property
    def confirmations(self) -> int:
        """As many as there are blocks in a second."""
        return max(1, self.rate // self.block)

    @property
    def payments(self) -> int:
        """Each session is paid once at most."""
        return min(self.sessions, round(self.rate * self.seconds))


@frozen
class Result:
    """What one run came to. Times in milliseconds."""

    latencies: Sequence[float]
    lost: int
    behind: float
    """By how much the latest payment was later than planned."""
    creations: Sequence[float]
    """How long each answer to a new session took."""
    unwatched: int
    """Sessions that were answered before the node had acknowledged the watch."""
    created_per_second: float
    frames_per_second: float
    """Of all kinds, while payments came."""
    cpu_percent: float
    """Of the gateway while payments came; 100 is one core."""
    rss_mb: float


@define(eq=False)
class Clockwork:
    """When payments were published, and when news of them arrived."""

    published: dict[str, int] = field(factory=dict)
    """By session, time.monotonic_ns()."""
    arrived: dict[str, int] = field(factory=dict)
    complete: trio.Event = field(factory=trio.Event)
    expected: int = 0
    frames: int = 0
    """All that arrived, of whatever kind."""

    def confirming(self, session_id: str, at: int) -> None:
        """The frame arrived."""
        self.arrived.setdefault(session_id, at)
        if len(self.arrived) == self.expected:
            self.complete.set()

    @property
    def latencies(self) -> list[float]:
        """Milliseconds, in order of arrival."""
        return [(at - self.published[id_]) / 1e6 for id_, at in self.arrived.items()]


@frozen
class Made:
    """A session of the bench."""

    id: str
    address: str
    token: str


async def measure(load: Load, home: Path, *, pin: bool = False) -> Result:
    """One run against a fresh gateway."""
    network = SimulatedNetwork(blocks_per_second=0, score_jitter=False)
    async with trio.open_nursery() as nursery:
        await nursery.start(network.serve)
        idle = trio.CancelScope()
        nursery.start_soon(_idle, network, idle)
        node = Transport.WRPC.url(network.ports[0])
        async with serving(home, nodes=node, session_ttl="86400", rate_limits="off") as gateway:
            if pin:
                _pin(gateway.process.pid)
            port = int((await gateway.url()).rpartition(":")[2])
            result = await _measure(load, network, gateway, port, idle)
        nursery.cancel_scope.cancel()
    return result


async def _idle(network: SimulatedNetwork, scope: trio.CancelScope) -> None:
    """Blocks without payments, until the payments' own begin."""
    with scope:
        while True:
            network.mine()
            await trio.sleep(1 / BLOCKS_PER_SECOND)


async def _measure(
    load: Load, network: SimulatedNetwork, gateway: Gateway, port: int, idle: trio.CancelScope
) -> Result:
    began = trio.current_time()
    sessions, creations, unwatched = await _create(load, port)
    created_per_second = load.sessions / (trio.current_time() - began)
    clockwork = Clockwork(expected=load.payments)
    async with trio.open_nursery() as nursery:
        await _follow_all(load, sessions, port, clockwork, nursery)
        await trio.sleep(1)
        idle.cancel()
        cpu, frames, began = (
            _cpu_seconds(gateway.process.pid),
            clockwork.frames,
            trio.current_time(),
        )
        behind = await _pay(load, network, sessions[: load.payments], clockwork)
        took = trio.current_time() - began
        cpu_percent = 100 * (_cpu_seconds(gateway.process.pid) - cpu) / took
        frames_per_second = (clockwork.frames - frames) / took
        with trio.move_on_after(LATE_S):
            await clockwork.complete.wait()
        nursery.cancel_scope.cancel()
    return Result(
        latencies=clockwork.latencies,
        lost=load.payments - len(clockwork.arrived),
        behind=behind * 1000,
        creations=creations,
        unwatched=unwatched,
        created_per_second=created_per_second,
        frames_per_second=frames_per_second,
        cpu_percent=cpu_percent,
        rss_mb=_rss_mb(gateway.process.pid),
    )


async def _create(load: Load, port: int) -> tuple[list[Made], list[float], int]:
    """Sessions over HTTP, by some callers at once on connections that stay."""
    made: list[Made] = []
    took: list[float] = []
    unwatched = 0
    numbers = iter(range(load.sessions))
    asked = {"amount": "1", "requiredConfirmations": load.confirmations}
    async with Caller.connected(port) as caller:
        merchant = await caller.post("/api/v1/merchants", {"name": "Bench", "xpub": DEMO_KEY})
    key = merchant["apiKey"]

    async def call() -> None:
        nonlocal unwatched
        async with Caller.connected(port, key) as caller:
            for _ in numbers:
                begin = time.perf_counter()
                answer = await caller.post("/api/v1/sessions", asked)
                took.append((time.perf_counter() - begin) * 1000)
                unwatched += answer["status"] != "pending"
                made.append(Made(answer["id"], answer["address"], answer["subscriptionToken"]))

    async with trio.open_nursery() as nursery:
        for _ in range(min(CALLERS, load.sessions)):
            nursery.start_soon(call)
    return made, took, unwatched


async def _follow_all(
    load: Load,
    sessions: Sequence[Made],
    port: int,
    clockwork: Clockwork,
    nursery: trio.Nursery,
) -> None:
    """Every session is followed by one of the followers when this returns."""
    followers = max(load.followers, -(-len(sessions) // FOLLOWS_AT_MOST))
    for number in range(followers):
        share = sessions[number::followers]
        await nursery.start(_follow, port, share, clockwork)


async def _follow(
    port: int, sessions: Sequence[Made], clockwork: Clockwork, *, task_status: trio.TaskStatus[None]
) -> None:
    async with Follower.connected(port) as follower:
        for session in sessions:
            fields = {"type": "subscribe", "sessionId": session.id, "token": session.token}
            await follower.send(msgspec.json.encode(fields))
        to_come = len(sessions)
        if not to_come:
            task_status.started()
        async for frame, at in follower.frames():
            clockwork.frames += 1
            if b'"status":"confirming"' in frame:
                clockwork.confirming(msgspec.json.decode(frame)["sessionId"], at)
            elif frame.startswith(b'{"type":"session"'):
                to_come -= 1
                if not to_come:
                    task_status.started()
            elif frame.startswith(b'{"type":"error"'):
                raise RuntimeError(frame.decode())


async def _pay(
    load: Load, network: SimulatedNetwork, sessions: Sequence[Made], clockwork: Clockwork
) -> float:
    """Pay them at the rate; by how many seconds the latest was late."""
    begin, behind = trio.current_time(), 0.0
    for first in range(0, len(sessions), load.block):
        due = begin + first / load.rate
        await trio.sleep_until(due)
        behind = max(behind, trio.current_time() - due)
        block = sessions[first : first + load.block]
        for session in block:
            network.pay(session.address, AMOUNT)
        published = time.monotonic_ns()
        for session in block:
            clockwork.published[session.id] = published
        network.mine()
    return behind


def _pin(gateway: int) -> None:
    """The gateway on one core, everything else on the others."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(gateway, cores[-1:])
        os.sched_setaffinity(0, cores[:-1])


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def print_results(results: Sequence[tuple[Load, Sequence[Result]]]) -> None:
    """Two tables: the latencies, and what it took to get there."""
    print("Node notification to WebSocket frame in ms; lowest / median / highest run\n")
    print_table(
        LATENCY_COLUMNS,
        [
            [
                f"{load.sessions:,}",
                f"{load.rate:,}",
                load.pattern,
                *(spread([percentile(r.latencies, p) for r in runs], 2) for p in (50, 99, 100)),
                str(sum(r.lost for r in runs)),
                GOAL,
                ANCESTOR,
                BRIEF,
            ]
            for load, runs in results
        ],
    )
    print("\nOn the way there; the gateway's processor time and memory while payments came\n")
    print_table(
        COST_COLUMNS,
        [
            [
                f"{load.sessions:,}",
                load.pattern,
                spread([r.created_per_second for r in runs]),
                *(spread([percentile(r.creations, p) for r in runs], 1) for p in (50, 99, 100)),
                spread([r.unwatched for r in runs]),
                spread([r.frames_per_second for r in runs]),
                spread([r.cpu_percent for r in runs]),
                spread([r.rss_mb for r in runs]),
                spread([r.behind for r in runs], 1),
            ]
            for load, runs in results
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--followers", type=int, default=200, help="WebSocket connections")
    parser.add_argument("--rate", type=int, default=500, help="payments a second")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pattern", choices=PATTERNS, nargs="+", default=list(PATTERNS))
    parser.add_argument("--pin", action="store_true", help="give the gateway a core of its own")
    wanted = parser.parse_args()
    results: list[tuple[Load, list[Result]]] = []
    for sessions in wanted.sessions:
        for pattern in wanted.pattern:
            load = Load(sessions, wanted.followers, wanted.rate, wanted.seconds, pattern)
            runs: list[Result] = []
            for _ in range(wanted.runs):
                with tempfile.TemporaryDirectory(prefix="kasgate-bench-") as home:
                    runs.append(trio.run(partial(measure, load, Path(home), pin=wanted.pin)))
                p50 = statistics.median(runs[-1].latencies)
                print(f"{sessions:,} sessions {pattern}: p50 {p50:.2f} ms", file=sys.stderr)
            results.append((load, runs))
    print_results(results)


if __name__ == "__main__":
    main()
