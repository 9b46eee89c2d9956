"""How long until the feed watches 100,000 addresses and has compared them, and what memory?

    python -m bench address_watch [--transport grpc] [--addresses 100000] [--paid 10] [--runs 3]

The simulated network is a process of its own; so is each run: the gateway's chain feed with an
in-memory store and no sessions, that is given the addresses and opens its link. The time is from
the opening to the moment at which scores may confirm: handshake, subscribing in batches of 5,000,
snapshots of 500 addresses, and telling of the outputs found. ``--paid`` is the share of addresses
that hold an output, in percent.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio

from actors.feed import ChainFeed
from bench.report import print_table, spread
from kasgate.clock import system_clock
from kasgate.kaspa import links
from kasgate.kaspa.address import Address, AddressVersion
from kasgate.kaspa.networks import Network
from kasgate.observations import Observation, OutputSeen
from kasgate.session import Session
from kasgate.simnet import SimulatedNetwork
from kasgate.store.memory import MemoryStore

TRANSPORTS: Final = ("ws", "grpc")
PREFIX: Final = Network.SIMNET.address_prefix
PAID_AT_ONCE: Final = 100
SOMPI: Final = 1_000_000_000
_KILOBYTES: Final = 1_024


def addresses(count: int) -> list[str]:
    """Addresses of which nobody has the key."""
    keys = (number.to_bytes(32, "big") for number in range(1, count + 1))
    return [str(Address(PREFIX, AddressVersion.PUBKEY, key)) for key in keys]


async def run_network(count: int, paid_percent: int) -> None:
    """The network's process: pay some of the addresses, then tell the ports."""
    network = SimulatedNetwork()
    every = 100 // paid_percent if paid_percent else count + 1
    paid = [(address, SOMPI) for address in addresses(count)[::every]] if paid_percent else []
    for start in range(0, len(paid), PAID_AT_ONCE):
        network.pay_many(paid[start : start + PAID_AT_ONCE])
        network.mine()
    async with trio.open_nursery() as nursery:
        ports = {
            "ws": await nursery.start(network.serve),
            "grpc": await nursery.start(network.serve_grpc),
        }
        nursery.start_soon(network.run)
        print(json.dumps(ports), flush=True)


class Nobody:
    """No sessions; counts what it is told."""

    def __init__(self) -> None:
        self.seen = 0

    def active(self, session_id: str) -> Session | None:
        """None has an actor."""
        return None

    def observe(self, session_id: str, observation: Observation) -> None:
        """Count the outputs."""
        self.seen += isinstance(observation, OutputSeen)


def resident_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


async def follow(url: str, count: int) -> dict[str, float]:
    """One run, in this process."""
    sessions = Nobody()
    compared = trio.Event()
    feed = ChainFeed(
        network=Network.SIMNET,
        nodes=[url],
        connect=partial(links.connect, prefix=PREFIX),
        store=MemoryStore(),
        clock=system_clock,
        sessions=sessions,
        score_moved=lambda _: compared.set(),
        deadline_passed=lambda _: None,
        may_save_cursor=lambda: True,
        mempool=False,
        looked_at=tuple,
    )
    watched = addresses(count)
    gc.collect()
    before = resident_mb()
    for place, address in enumerate(watched):
        feed.keep_watching(address, f"session-{place}", system_clock())
    begin, cpu = time.perf_counter(), time.process_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(feed.run)
        await compared.wait()
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        nursery.cancel_scope.cancel()
    gc.collect()
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "kept_mb": resident_mb() - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES,
        "outputs": sessions.seen,
    }


def measure(transport: str, options: argparse.Namespace) -> list[dict[str, float]]:
    """All runs over one transport, against one network."""
    network = [sys.executable, "-m", "bench.address_watch", "--network"]
    network += ["--addresses", str(options.addresses), "--paid", str(options.paid)]
    found = []
    with subprocess.Popen(network, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            port = json.loads(serving.stdout.readline())[transport]
            run = [sys.executable, "-m", "bench.address_watch"]
            run += ["--follow", f"{transport}://127.0.0.1:{port}"]
            run += ["--addresses", str(options.addresses)]
            for _ in range(options.runs):
                done = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True)
                found.append(json.loads(done.stdout.splitlines()[-1]))
        finally:
            serving.kill()
    return found


def row(transport: str, runs: Sequence[dict[str, Any]]) -> list[str]:
    """A line of the table."""
    columns = ("seconds", "cpu_seconds", "kept_mb", "peak_mb")
    digits = (2, 2, 0, 0)
    cells = [
        spread([run[column] for run in runs], places)
        for column, places in zip(columns, digits, strict=True)
    ]
    return [transport, *cells, f"{runs[0]['outputs']:,}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transport", choices=TRANSPORTS, help="this one only")
    parser.add_argument("--addresses", type=int, default=100_000)
    parser.add_argument("--paid", type=int, default=10, choices=range(101), metavar="PERCENT")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print the runs for a machine")
    parser.add_argument("--network", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--follow", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.network:
        trio.run(run_network, options.addresses, options.paid)
        return
    if options.follow is not None:
        print(json.dumps(trio.run(follow, options.follow, options.addresses)))
        return
    transports = [options.transport] if options.transport else list(TRANSPORTS)
    results = {transport: measure(transport, options) for transport in transports}
    if options.json:
        print(json.dumps(results, indent=2))
        return
    print(f"{options.addresses:,} addresses watched and compared; lowest / median / highest run\n")
    print_table(
        ["transport", "seconds", "CPU seconds", "memory kept MB", "peak MB", "outputs told"],
        [row(transport, runs) for transport, runs in results.items()],
    )


if __name__ == "__main__":
    main()
