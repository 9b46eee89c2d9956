"""How many durable writes a second does the store commit, by many callers and by one?

The store has a new file and no gateway. Each caller makes its next write when its last one is
committed and synced to the disk. The kinds of write are those of the gateway. An "attempt" is the
outcome of a webhook (one row). A "session" is a new session (its row, its merchant's index, an
event and an outbox row). A "payment" is a session that was paid (its row, a payment, an event and
an outbox row). Afterwards every write must be in the file, read by another connection.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import trio
from attrs import evolve

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.report.tables import percentile
from bench.rig.processes import check
from kasgate.access.secrets import Vault
from kasgate.events import DeliveryState
from kasgate.sessions.ledger import ledger_of
from kasgate.sessions.session import EventType, Session, SessionStatus
from kasgate.store.sqlite import SqliteStore, open_store
from tests.store.samples import make_event, make_payment, make_session, open_shop

PAYLOAD: Final = '{"event":"payment.pending",' + '"filler":"' + "x" * 400 + '"}'
_FILLERS: Final = 256

Write = Callable[[], Awaitable[object]]


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Make so many writes."""
    count, callers, kind = whole(point, "writes"), whole(point, "callers"), str(point["write"])
    path, latencies = home / "bench.db", [0.0] * 0
    async with open_store(path, Vault.generate()) as store:
        writes = iter(await KINDS[kind](store, count))

        async def call() -> None:
            for write in writes:
                begin = time.perf_counter()
                await write()
                latencies.append(time.perf_counter() - begin)

        commits, began = store.commits, time.perf_counter()
        cpu = time.process_time()
        async with trio.open_nursery() as nursery:
            for _ in range(callers):
                nursery.start_soon(call)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        commits = store.commits - commits
        _check_there(path, kind, count)
    return {
        "per_second": count / took,
        "p50_ms": percentile(latencies, 50) * 1e3,
        "p99_ms": percentile(latencies, 99) * 1e3,
        "per_commit": count / commits,
        "cpu_us": cpu / count * 1e6,
    }


async def _new_sessions(store: SqliteStore, count: int) -> Sequence[Write]:
    return [
        partial(store.add_session, session, make_event(session, payload=PAYLOAD), deliver=True)
        for session in await _sessions(store, count)
    ]


async def _sessions(store: SqliteStore, count: int) -> list[Session]:
    merchant = await open_shop(store)
    return [make_session(merchant, index) for index in range(count)]


async def _stored_sessions(store: SqliteStore, count: int) -> list[Session]:
    made = await _sessions(store, count)
    to_come = iter(made)

    async def add() -> None:
        for session in to_come:
            event = make_event(session, payload=PAYLOAD)
            await store.add_session(session, event, deliver=True)

    async with trio.open_nursery() as nursery:
        for _ in range(_FILLERS):
            nursery.start_soon(add)
    return made


async def _paid_sessions(store: SqliteStore, count: int) -> Sequence[Write]:
    writes: list[Write] = []
    for session in await _stored_sessions(store, count):
        payment = make_payment(int(session.amount))
        paid = evolve(
            session,
            status=SessionStatus.CONFIRMING,
            ledger=ledger_of((payment,)),
            tx_id=payment.outpoint.transaction_id,
            paid_at=payment.accepted_at,
        )
        event = make_event(session, EventType.CONFIRMING, payload=PAYLOAD)
        writes.append(partial(store.save_session, paid, [event], deliver=True))
    return writes


async def _attempts(store: SqliteStore, count: int) -> Sequence[Write]:
    await _stored_sessions(store, count)
    writes: list[Write] = []
    after = ""
    while page := await store.pending_deliveries(after, 1_000):
        after = page[-1].id
        for delivery in page:
            done = evolve(
                delivery,
                state=DeliveryState.DELIVERED,
                attempts=1,
                next_attempt_at=None,
                status_code=200,
                response="ok",
                delivered_at=delivery.created_at + 1,
            )
            writes.append(partial(store.save_delivery, done))
    return writes


KINDS: Final[Mapping[str, Callable[[SqliteStore, int], Awaitable[Sequence[Write]]]]] = {
    "attempt": _attempts,
    "session": _new_sessions,
    "payment": _paid_sessions,
}
_THERE: Final = {
    "attempt": "SELECT count(*) FROM webhook_logs WHERE state = 'delivered' AND attempts = 1",
    "session": "SELECT count(*) FROM sessions JOIN events ON events.session_id = sessions.id",
    "payment": "SELECT count(*) FROM payments JOIN sessions ON sessions.id = payments.session_id"
    " WHERE status = 'confirming'",
}


def _check_there(path: Path, kind: str, count: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        there = connection.execute(_THERE[kind]).fetchone()[0]
    check(there == count, f"{there} of {count} writes are there")


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("per_second", "writes", "1/s", higher_is_better=True, digits=0),
        Quantity("p50_ms", "p50", "ms", digits=2),
        Quantity("p99_ms", "p99", "ms", digits=2),
        Quantity("per_commit", "writes in a commit", "", higher_is_better=True),
        Quantity("cpu_us", "CPU each", "µs", digits=0),
    ),
    measure=measure,
    points=(
        *grid(write=("attempt", "session", "payment"), callers=256, writes=20_000),
        *grid(write=("attempt", "session", "payment"), callers=1, writes=1_000),
    ),
    quick=grid(write=("attempt", "session", "payment"), callers=(1, 32), writes=200),
    runs=5,
)
