"""The cost of reading does not grow with the stored data. It is counted in steps of SQLite's
virtual machine, which other load does not disturb, and checked in query plans."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.rig.past import NOW, make_database, merchant
from kasgate.events import DeliveryState
from kasgate.reports import (
    DAY_MS,
    DeliveryQuery,
    EventQuery,
    Order,
    Period,
    SessionQuery,
    utc_day,
)
from kasgate.search import read_query
from kasgate.sessions.attention import AttentionReason
from kasgate.sessions.session import EventType, PaidState, SessionStatus
from kasgate.store.engine import connect_reader, connect_writer
from kasgate.store.queries import (
    deliveries,
    events,
    figures,
    session_lists,
    session_search,
    sessions,
)

OWNER = merchant(0).id
TODAY = utc_day(NOW)
STEP = 100
"""Machine steps between two counts."""

Ask = Callable[[sqlite3.Connection], object]


def listed(limit: int = 20, **wanted: object) -> Ask:
    query = SessionQuery(limit, **wanted)  # type: ignore[arg-type]
    return lambda connection: session_lists.page(connection, OWNER, query)


def logged(**wanted: object) -> Ask:
    query = DeliveryQuery(20, **wanted)  # type: ignore[arg-type]
    return lambda connection: deliveries.page(connection, OWNER, query)


def found(text: str) -> Ask:
    words = read_query(text)
    query = SessionQuery(20, text=words)
    return lambda connection: session_search.page(connection, OWNER, query)


def deep_page(connection: sqlite3.Connection) -> object:
    row = connection.execute(
        "SELECT id FROM sessions WHERE merchant_id = ? AND rowid > 1000 LIMIT 1", (OWNER,)
    ).fetchone()
    return session_lists.page(connection, OWNER, SessionQuery(20, after=row["id"]))


def payments(connection: sqlite3.Connection) -> object:
    row = connection.execute(
        "SELECT session_id FROM payments JOIN sessions ON sessions.id = session_id"
        " WHERE merchant_id = ? LIMIT 1",
        (OWNER,),
    ).fetchone()
    page = sessions.payment_page(connection, OWNER, row["session_id"], -1, 20)
    assert page.payments
    return page


QUESTIONS: dict[str, Ask] = {
    "a list": listed(),
    "a list by status": listed(status=SessionStatus.CONFIRMED),
    "a list by a status that nothing has": listed(status=SessionStatus.CONFIRMING),
    "a list by order id": listed(order_id="INV-0000100", status=SessionStatus.FAILED),
    "a list of what needs attention": listed(needs_attention=True),
    "a list of what needs attention for a reason": listed(attention=AttentionReason.PARTIAL),
    "a list of a reason that nothing has": listed(attention=AttentionReason.REVERTED),
    "a list of late ones": listed(late=True),
    "a list of part-paid ones": listed(paid_state=PaidState.PARTIAL),
    "a list of overpaid ones": listed(paid_state=PaidState.OVER),
    "a list of cancelled ones": listed(cancelled=True),
    "a list of unpaid ones": listed(paid_state=PaidState.NONE),
    "a list that one index knows in part": listed(
        needs_attention=True, late=False, status=SessionStatus.EXPIRED
    ),
    "a list that nothing matches": listed(paid_state=PaidState.OVER, status=SessionStatus.EXPIRED),
    "a list of a common kind that nothing matches": listed(
        late=False, status=SessionStatus.CONFIRMED, paid_state=PaidState.NONE
    ),
    "a page by cursor": deep_page,
    "the payments of a session": payments,
    "a search by a rare word": found("0000100 "),
    "a search by an id": found("0123abcd-0123"),
    "statistics": lambda connection: figures.totals(connection, OWNER),
    "a week": lambda connection: figures.days(connection, OWNER, TODAY - 13, TODAY),
    "the largest payments of a week": lambda connection: figures.top_payments(
        connection, OWNER, TODAY - 6, TODAY, 10
    ),
    "events": lambda connection: events.page(connection, OWNER, EventQuery(20)),
    "events of a type": lambda connection: events.page(
        connection, OWNER, EventQuery(20, order=Order.NEWEST, type=EventType.EXPIRED)
    ),
    "the webhook log": lambda connection: deliveries.page(
        connection, OWNER, DeliveryQuery(20, state=DeliveryState.FAILED)
    ),
    "the webhook log of the order of a session": logged(order_id="INV-0000100"),
    "the webhook log of amounts that nothing has": logged(amount_from=10**18),
}


@pytest.fixture(autouse=True)
def short_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer rows than both databases have, so that the limit of rows per call applies."""
    monkeypatch.setattr(session_lists, "LOOK_LIMIT", 500)
    monkeypatch.setattr(deliveries, "LOOK_LIMIT", 500)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("reports")
    small, large = folder / "small.db", folder / "large.db"
    make_database(small, 3_000)
    make_database(large, 12_000)
    for path in (small, large):
        spoil(path)
    return small, large


def spoil(path: Path) -> None:
    """Make the newest expired sessions part-paid, and some more late."""
    connection = connect_writer(path)
    for rest, values in enumerate(
        ("received = 1, paid_state = 'partial', attention = 2", "late = 1, attention = 1")
    ):
        connection.execute(
            f"""
            UPDATE sessions SET {values} WHERE id IN (
                SELECT id FROM sessions WHERE status = 'expired' AND merchant_id = ?
                ORDER BY created_at DESC, id LIMIT 40 OFFSET {40 * rest}
            )
            """,
            (OWNER,),
        )
    connection.close()


def steps(path: Path, ask: Ask) -> int:
    """How many hundred steps of SQLite's machine a query takes."""
    connection = connect_reader(path)
    count = 0

    def look() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(look, STEP)
    ask(connection)
    connection.set_progress_handler(None, 0)
    connection.close()
    return count


@pytest.mark.parametrize("question", QUESTIONS)
def test_four_times_the_sessions_cost_no_more_steps(
    question: str, databases: tuple[Path, Path]
) -> None:
    small, large = (steps(path, QUESTIONS[question]) for path in databases)
    # Figures are kept by day and status, and more sessions fill more of these.
    assert large <= small * 1.6 + 5, f"{question}: {small} and {large} hundred steps"


class Listening(sqlite3.Connection):
    """A connection that records its queries."""

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        self.__dict__.setdefault("asked", []).append((sql, values))
        return super().execute(sql, values)


def plans(path: Path, ask: Ask) -> Iterator[str]:
    connection = sqlite3.connect(path, factory=Listening)
    connection.row_factory = sqlite3.Row
    ask(connection)
    for sql, values in connection.__dict__["asked"][:]:
        for row in sqlite3.Connection.execute(connection, f"EXPLAIN QUERY PLAN {sql}", values):
            yield row["detail"]
    connection.close()


MORE: dict[str, Ask] = {
    "a list of some days": listed(created_from=NOW - 9 * DAY_MS, created_to=NOW),
    # Costs by the quarters of an hour of the period, which these databases do not fill.
    "two weeks in a time zone": lambda connection: figures.analytics(
        connection, OWNER, Period(TODAY - 6, TODAY, ZoneInfo("Asia/Kolkata"))
    ),
    "a search by common words": found("inv espresso"),
    "events of a session": lambda connection: events.page(
        connection, OWNER, EventQuery(20, session_id="x")
    ),
    "the webhook log of a session": lambda connection: deliveries.page(
        connection, OWNER, DeliveryQuery(20, session_id="x")
    ),
    "the webhook log of two events": logged(
        events=frozenset({EventType.EXPIRED, EventType.CONFIRMED})
    ),
    "a whole webhook log": lambda connection: deliveries.page(connection, OWNER, DeliveryQuery(20)),
}


@pytest.mark.parametrize("question", [*QUESTIONS, *MORE])
def test_nothing_is_scanned_and_lists_are_not_sorted(
    question: str, databases: tuple[Path, Path]
) -> None:
    ask = (QUESTIONS | MORE)[question]
    found_plans = list(plans(databases[0], ask))
    assert found_plans
    tables = ("sessions", "events", "webhook_logs", "payments", "receipts", "session_words")
    for plan in found_plans:
        words = plan.split()
        assert words[0] != "SCAN" or words[1] not in tables, plan
        is_of_one_session = question.endswith("of a session")
        assert "TEMP B-TREE FOR ORDER BY" not in plan or is_of_one_session, plan


def test_no_search_text_makes_a_query_fail(databases: tuple[Path, Path]) -> None:
    chance = random.Random(5)
    connection = connect_reader(databases[0])
    for _ in range(200):
        text = "".join(chance.choices("aä-0 %_\"'\0\U0001f600f:q", k=chance.randrange(1, 40)))
        try:
            words = read_query(text)
        except ValueError:
            continue
        session_search.page(connection, OWNER, SessionQuery(5, text=words))
    connection.close()
