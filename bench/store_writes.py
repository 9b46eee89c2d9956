"""How many durable writes a second does the store commit, in groups and one by one?

    python -m bench store_writes [--seconds 2] [--rounds 5] [--callers 256]

Each caller stores the next session when its last one is committed: a session, its merchant's
index, an event and an outbox row in one transaction, synced to the disk. "One by one" is the same
store with groups of one. Rounds alternate, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from typing import Final

import coincurve
import trio
from attrs import frozen

from bench.report import print_table, spread
from kasgate.clock import system_clock
from kasgate.events import Event
from kasgate.ids import time_sortable
from kasgate.kaspa.extended_key import AccountKey
from kasgate.keys import Vault, new_subscription_token, new_webhook_secret
from kasgate.merchant import Merchant
from kasgate.money import Sompi
from kasgate.session import EventType, Session
from kasgate.store import writer
from kasgate.store.sqlite import SqliteStore, open_store

WAYS: Final = {"group commit": writer.GROUP_LIMIT, "one by one": 1}
PAYLOAD: Final = '{"event":"payment.pending",' + '"filler":"' + "x" * 400 + '"}'


@frozen
class Round:
    """What one round came to."""

    writes_per_second: float
    writes_per_commit: float
    p50_ms: float
    p99_ms: float


def make_merchant() -> Merchant:
    now = system_clock()
    key = AccountKey(
        coincurve.PrivateKey(b"\1" * 32).public_key.format(), b"\2" * 32, 1 << 31, bytes(4), "kpub"
    )
    return Merchant(
        time_sortable("mer", now), "Bench", key, "0" * 64, new_webhook_secret(), now, now
    )


def make_session(merchant: Merchant, index: int) -> tuple[Session, Event]:
    now = system_clock()
    session = Session(
        id=str(uuid.uuid4()),
        merchant_id=merchant.id,
        account_key=merchant.account_key.fingerprint,
        address=f"kaspasim:{index:061d}",
        address_index=index,
        amount=Sompi(1_000_000_000),
        required_confirmations=10,
        created_at=now,
        expires_at=now + 1_800_000,
        created_daa_score=1,
        subscription_token=new_subscription_token(),
        order_id=f"order {index}",
    )
    event_id = time_sortable("evt", now)
    return session, Event(event_id, EventType.PENDING, merchant.id, session.id, now, PAYLOAD)


async def call_until(
    deadline: float,
    store: SqliteStore,
    merchant: Merchant,
    indices: itertools.count[int],
    latencies: list[float],
) -> None:
    while (start := time.perf_counter()) < deadline:
        session, event = make_session(merchant, next(indices))
        await store.add_session(session, event, deliver=True)
        latencies.append(time.perf_counter() - start)


async def run_round(path: Path, group_limit: int, callers: int, seconds: float) -> Round:
    writer.GROUP_LIMIT = group_limit  # type: ignore[misc]
    latencies: list[float] = []
    async with open_store(path, Vault.generate()) as store:
        merchant = make_merchant()
        await store.add_merchant(merchant)
        commits, start = store.commits, time.perf_counter()
        indices = itertools.count()
        async with trio.open_nursery() as nursery:
            for _ in range(callers):
                nursery.start_soon(call_until, start + seconds, store, merchant, indices, latencies)
        took = time.perf_counter() - start
        commits = store.commits - commits
    percentiles = statistics.quantiles(latencies, n=100)
    return Round(
        len(latencies) / took,
        len(latencies) / commits,
        percentiles[49] * 1e3,
        percentiles[98] * 1e3,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--callers", type=int, default=256)
    wanted = parser.parse_args()
    results: dict[str, list[Round]] = {way: [] for way in WAYS}
    for _ in range(wanted.rounds):
        for way, group_limit in WAYS.items():
            with tempfile.TemporaryDirectory() as directory:
                path = Path(directory, "bench.db")
                results[way].append(
                    trio.run(run_round, path, group_limit, wanted.callers, wanted.seconds)
                )
    print(
        f"{wanted.callers} callers, {wanted.rounds} rounds of {wanted.seconds:g} s;"
        " lowest / median / highest round\n"
    )
    print_table(
        ["way", "sessions/s", "per commit", "p50 ms", "p99 ms"],
        [
            [
                way,
                spread([one.writes_per_second for one in rounds]),
                spread([one.writes_per_commit for one in rounds], 1),
                spread([one.p50_ms for one in rounds], 1),
                spread([one.p99_ms for one in rounds], 1),
            ]
            for way, rounds in results.items()
        ],
    )


if __name__ == "__main__":
    main()
