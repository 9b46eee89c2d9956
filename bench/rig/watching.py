"""The chain feed alone in a process, to measure the cost of watching.

    python -m bench.rig.watching NODE_URL FILE

It has an in-memory store and no sessions, so time and memory are those of the feed. It prints one
line: ``seconds`` from opening the link until scores may confirm, ``cpu_seconds`` of that time,
memory, and the number of outputs reported.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import time
from functools import partial

import structlog
import trio

from actors.chain.cross_check import CrossCheck
from actors.chain.feed import ChainFeed, FeedCallbacks
from actors.chain.node_pool import NodeList
from actors.chain.payment_clock import PaymentClock
from actors.chain.view import ChainView
from bench.load.commands import bound_resources, read_sessions, say
from bench.rig.machine import rss_bytes
from kasgate.clock import system_clock
from kasgate.kaspa import connect as links
from kasgate.kaspa.networks import Network
from kasgate.kaspa.node import Node
from kasgate.sessions.observations import Observation, OutputSeen
from kasgate.sessions.session import Session
from kasgate.store.memory import MemoryStore


class NoSessions:
    """Stands for the sessions: there are none. Counts the outputs reported."""

    def __init__(self) -> None:
        self.seen = 0

    def active(self, session_id: str) -> Session | None:
        return None

    def observe(self, session_id: str, observation: Observation) -> None:
        self.seen += isinstance(observation, OutputSeen)


async def _uncorrected(_: object) -> None:
    """Ignores corrections, because there are no sessions."""


def unchecked_clock() -> PaymentClock:
    """A payment clock that is this machine's clock."""
    return PaymentClock(
        system_clock,
        connect=partial(links.connect, prefix=Network.SIMNET.address_prefix),
        corrected=_uncorrected,
        moved=lambda: None,
    )


async def _nothing(_node: Node, _witnesses: CrossCheck) -> None:
    """Looks no addresses up, because no sessions are created."""


async def follow(url: str, addresses: list[str]) -> dict[str, float]:
    """Watch all addresses once; the figures."""
    sessions = NoSessions()
    compared = trio.Event()
    feed = ChainFeed(
        NodeList(
            Network.SIMNET, [url], partial(links.connect, prefix=Network.SIMNET.address_prefix)
        ),
        store=MemoryStore(),
        clock=unchecked_clock(),
        sessions=sessions,
        view=ChainView(),
        callbacks=FeedCallbacks(
            score_moved=lambda _: compared.set(),
            may_save_cursor=lambda: True,
            followed_sessions=tuple,
            look_ahead=_nothing,
        ),
        mempool=False,
    )
    gc.collect()
    before = rss_bytes(os.getpid())
    for place, address in enumerate(addresses):
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
        "kept_mb": (rss_bytes(os.getpid()) - before) / 2**20,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "outputs": sessions.seen,
    }


def main() -> None:
    bound_resources()
    # Standard output has only the answer.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    url, file = sys.argv[1:]
    say(trio.run(follow, url, [one.address for one in read_sessions(file)]))


if __name__ == "__main__":
    main()
