"""How long do lists, search, statistics and analytics take at a million sessions?

Each query runs many times through the store, thread hop included, for the merchant with half of all
sessions, in a database of more than a year (``bench/rig/past.py``). That database is made once and
kept in ``build/bench/databases``. Lists, searches and counts must equal the results of plain SQL.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio
from attrs import define, evolve

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.report.results import PASSING
from bench.report.tables import percentile
from bench.rig import past
from bench.rig.past import DAYS, NOW, VAULT_KEY, make_database, merchant
from bench.rig.processes import check
from kasgate.access.secrets import Vault
from kasgate.events import DeliveryState
from kasgate.money import MAX_SOMPI
from kasgate.reports import (
    DAY_MS,
    PERIOD_DAYS,
    DeliveryQuery,
    EventQuery,
    Order,
    Period,
    PeriodName,
    SessionPage,
    SessionQuery,
    Totals,
    utc_day,
)
from kasgate.search import read_query
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from kasgate.store.migrate import shipped_migrations
from kasgate.store.sqlite import SqliteStore, open_store

DATABASES: Final = PASSING / "databases"
OWNER: Final = merchant(0).id
TODAY: Final = utc_day(NOW)
FIRST: Final = SessionQuery(limit=20)
QUESTIONS: Final = {
    "list": (
        *("first page", "by status", "by order id", "30 days", "deep page by cursor"),
        *("needs attention", "part-paid and failed", "unpaid", "filters that fit nothing"),
    ),
    "search": (
        *("rare word", "common word", "beginning of a word", "one letter", "two common words"),
        *("rare and common word", "beginning of an id", "transaction"),
    ),
    "statistics": ("totals",),
    "analytics": ("week", "year"),
    "log": (
        *("events after a cursor", "events of a rare type", "deliveries", "failed deliveries"),
        *("deliveries of an order", "deliveries of amounts"),
    ),
}
"""By the call that answers them. A call's figure is that of its slowest question."""


@define(eq=False)
class Asker:
    """Asks the questions, each time about a random session."""

    store: SqliteStore
    some: list[Any]
    """Rows of paid sessions: id, order id, transaction id and metadata."""
    events: list[str]
    chance: random.Random

    def any_session(self) -> Any:  # noqa: ANN401 - a row
        return self.chance.choice(self.some)

    def customer(self) -> str:
        """The customer of a random session: a word that few sessions have."""
        name: str = json.loads(self.any_session()[3])["customer"]
        return name

    async def listed(self, **values: Any) -> SessionPage:  # noqa: ANN401 - of a SessionQuery
        """A page of sessions."""
        return await self.store.session_page(OWNER, evolve(FIRST, **values))

    async def found(self, text: str) -> SessionPage:
        """The first page of a search."""
        return await self.listed(text=read_query(text))

    async def analysed(self, name: PeriodName) -> object:
        """The figures of a period that ends today."""
        return await self.store.analytics(OWNER, Period(TODAY - PERIOD_DAYS[name] + 1, TODAY))

    async def totals(self) -> Totals:
        """The figures of all time."""
        return await self.store.totals(OWNER)

    async def told(self, **values: Any) -> object:  # noqa: ANN401 - of an EventQuery
        """A page of events."""
        return await self.store.event_page(OWNER, EventQuery(**values))

    async def sent(self, **values: Any) -> object:  # noqa: ANN401 - of a DeliveryQuery
        """A page of deliveries."""
        return await self.store.delivery_page(OWNER, DeliveryQuery(20, **values))

    def questions(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        """The questions by name. Each can be asked repeatedly."""
        chance, session = self.chance, self.any_session
        return {
            "first page": self.listed,
            "by status": lambda: self.listed(status=chance.choice(list(SessionStatus))),
            "by order id": lambda: self.listed(order_id=session()[1]),
            "30 days": lambda: self.listed(created_from=NOW - chance.randrange(30, DAYS) * DAY_MS),
            "deep page by cursor": lambda: self.listed(limit=100, after=session()[0]),
            "needs attention": lambda: self.listed(needs_attention=True),
            "part-paid and failed": lambda: self.listed(
                paid_state=PaidState.PARTIAL, status=SessionStatus.FAILED
            ),
            "unpaid": lambda: self.listed(paid_state=PaidState.NONE),
            "filters that fit nothing": lambda: self.listed(
                paid_state=PaidState.NONE, status=SessionStatus.CONFIRMED
            ),
            "rare word": lambda: self.found(f"{self.customer()} "),
            "common word": partial(self.found, "espresso "),
            "beginning of a word": partial(self.found, "inv-00123"),
            "one letter": partial(self.found, "c"),
            "two common words": partial(self.found, "inv cold b"),
            "rare and common word": lambda: self.found(f"grinder {self.customer()}"),
            "beginning of an id": lambda: self.found(session()[0][:13]),
            "transaction": lambda: self.found(session()[2]),
            "totals": self.totals,
            "week": partial(self.analysed, PeriodName.WEEK),
            "year": partial(self.analysed, PeriodName.YEAR),
            "events after a cursor": lambda: self.told(limit=100, after=chance.choice(self.events)),
            "events of a rare type": partial(
                self.told, limit=20, type=EventType.REVERTED, order=Order.NEWEST
            ),
            "deliveries": self.sent,
            "failed deliveries": partial(self.sent, state=DeliveryState.FAILED),
            "deliveries of an order": lambda: self.sent(order_id=session()[1]),
            "deliveries of amounts": partial(self.sent, amount_from=MAX_SOMPI),
        }


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Ask every question so many times."""
    path = await trio.to_thread.run_sync(database, whole(point, "sessions"))
    with closing(sqlite3.connect(path)) as connection:
        async with open_store(path, Vault(VAULT_KEY)) as store:
            asker = Asker(store, *_known(connection), chance=random.Random(1))
            await _check(asker, connection)
            questions = asker.questions()
            took = {
                name: await _timed(questions[name], whole(point, "calls"))
                for names in QUESTIONS.values()
                for name in names
            }
    return {
        **{
            f"{call}_p99_ms": max(percentile(took[name], 99) for name in names)
            for call, names in QUESTIONS.items()
        },
        **{f"{name} p50": percentile(times, 50) for name, times in took.items()},
        **{f"{name} p99": percentile(times, 99) for name, times in took.items()},
    }


def database(count: int) -> Path:
    """The path of the database with so many sessions at the current schema. It is made if needed,
    and replaces one with another schema."""
    made_of = Path(past.__file__).read_bytes() + repr(shipped_migrations()).encode()
    path = DATABASES / f"{count}-{hashlib.sha256(made_of).hexdigest()[:12]}.db"
    if not path.exists():
        DATABASES.mkdir(parents=True, exist_ok=True)
        for other in DATABASES.glob(f"{count}-*"):
            other.unlink()
        # It gets its name only when it is complete.
        unfinished = path.with_suffix(".making")
        make_database(unfinished, count)
        unfinished.rename(path)
    return path


def _known(connection: sqlite3.Connection) -> tuple[list[Any], list[str]]:
    every = max(1, connection.execute("SELECT max(rowid) FROM sessions").fetchone()[0] // 1_000)
    some = connection.execute(
        "SELECT id, order_id, tx_id, metadata FROM sessions"
        " WHERE merchant_id = ? AND tx_id IS NOT NULL AND rowid % ? = 0",
        (OWNER, every),
    )
    events = connection.execute(
        "SELECT id FROM events WHERE merchant_id = ? AND rowid % ? = 0", (OWNER, every)
    )
    return list(some), [row[0] for row in events]


async def _timed(ask: Callable[[], Awaitable[object]], calls: int) -> list[float]:
    took: list[float] = []
    for _ in range(calls):
        started = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - started) * 1e3)
    return took


async def _check(asker: Asker, connection: sqlite3.Connection) -> None:
    """Check that lists, searches and figures equal the results of plain SQL."""
    newest = connection.execute(
        "SELECT id FROM sessions WHERE merchant_id = ? ORDER BY created_at DESC LIMIT 20", (OWNER,)
    )
    page = await asker.listed()
    check([one.id for one in page.sessions] == [row[0] for row in newest], "the list is wrong")
    customer = asker.customer()
    having = connection.execute(
        "SELECT id FROM sessions WHERE merchant_id = ? AND metadata LIKE ?",
        (OWNER, f'%"{customer}"%'),
    )
    page = await asker.found(f"{customer} ")
    found, there = {one.id for one in page.sessions}, {row[0] for row in having}
    check(found == there, f"the search for {customer} found {len(found)} of {len(there)}")
    by_status = dict(
        connection.execute(
            "SELECT status, count(*) FROM sessions WHERE merchant_id = ? GROUP BY status", (OWNER,)
        )
    )
    totals = await asker.totals()
    counted = {status.value: number for status, number in totals.sessions.items() if number}
    check(counted == by_status, f"the figures say {counted}, the sessions {by_status}")
    amounts = connection.execute(
        "SELECT payments.amount FROM payments JOIN sessions ON sessions.id = session_id"
        " WHERE merchant_id = ?",
        (OWNER,),
    )
    check(totals.received == sum(row[0] for row in amounts), "the sum received is wrong")


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        *(
            Quantity(f"{call}_p99_ms", f"{call}, slowest question's p99", "ms", is_flat=True)
            for call in QUESTIONS
        ),
        *(
            Quantity(f"{name} {p}", f"{call}, {name}, {p}", "ms")
            for call, names in QUESTIONS.items()
            for name in names
            for p in ("p50", "p99")
        ),
    ),
    measure=measure,
    points=grid(sessions=(10_000, 100_000, 1_000_000), calls=200),
    quick=grid(sessions=(1_000, 5_000), calls=5),
    scale="sessions",
    run_seconds=1_800,
)
