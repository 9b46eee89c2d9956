"""Stored figures against an independent recomputation from the rows."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kasgate.access.secrets import Vault
from kasgate.merchant import Merchant
from kasgate.money import MAX_SOMPI, Sompi
from kasgate.reports import (
    DAY_MS,
    TOP_PAYMENTS,
    Amounts,
    Day,
    Period,
    analytics_of,
    day_of_date,
    utc_day,
)
from kasgate.search import session_words
from kasgate.sessions.attention import AttentionReason, reasons
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import Session, SessionStatus
from kasgate.store.engine import commit_group, connect_memory
from kasgate.store.migrate import migrate, shipped_migrations
from kasgate.store.queries import addresses, events, figures, merchants, sessions
from kasgate.store.sealing import seal_merchant
from tests.sample_sessions import holding
from tests.store.samples import (
    NOW,
    make_api_key,
    make_event,
    make_merchant,
    make_payment,
    make_session,
)

FIRST_DAY = utc_day(NOW) - 3
LAST_DAY = utc_day(NOW) + 3


class ExpectedSessions:
    """A database, and the sessions expected in it."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        shops: int = 2,
        *,
        are_decided: bool = True,
        largest: int = 10**10,
    ) -> None:
        self.connection = connection
        self.largest = largest
        self.are_decided = are_decided
        """Whether merchants decide about some of the sessions."""
        self.shops = [make_merchant() for _ in range(shops)]
        self.sessions: dict[str, Session] = {}
        vault = Vault.generate()
        for shop in self.shops:
            self.write(
                lambda c, shop=shop: merchants.add(
                    c, seal_merchant(shop, vault), make_api_key(shop)
                )
            )

    def write(self, query) -> object:
        (result,) = commit_group(self.connection, [query])
        return result.unwrap()

    def open(self, chance: random.Random) -> None:
        shop = chance.choice(self.shops)
        at = chance.choice([NOW, NOW - DAY_MS, NOW + DAY_MS, utc_day(NOW) * DAY_MS])
        session = make_session(
            shop,
            len(self.sessions),
            created_at=at + chance.randrange(-1, 2),
            order_id=chance.choice([None, "A 1", "b-2 b"]),
            description=chance.choice([None, "B cup", "a"]),
            metadata=chance.choice([None, {"k": "Zoë x"}]),
        )
        self.write(lambda c: sessions.add(c, session, make_event(session), ()))
        self.sessions[session.id] = session

    def change(self, chance: random.Random) -> None:
        """A random change of a session and its payments, possible or not."""
        session = self.sessions[chance.choice(sorted(self.sessions))]
        payments = list(session.payments)
        if payments and chance.random() < 0.7:
            index = chance.randrange(len(payments))
            payments[index] = evolve(
                payments[index],
                state=chance.choice(list(PaymentState)),
                credited=chance.random() < 0.8,
                accepted_at=payments[index].accepted_at + chance.choice([0, 0, -DAY_MS, DAY_MS]),
                amount=Sompi(payments[index].amount + chance.choice([0, 0, 7])),
            )
        else:
            payments.append(
                make_payment(
                    chance.choice([1, self.largest, chance.randrange(1, self.largest)]),
                    accepted_at=NOW + chance.choice([0, DAY_MS, -2 * DAY_MS]),
                    state=chance.choice(list(PaymentState)),
                    credited=chance.random() < 0.8,
                )
            )
        changed = evolve(holding(session, *payments), status=chance.choice(list(SessionStatus)))
        if self.are_decided and chance.random() < 0.4:
            attended = chance.choice([None, Sompi(0), changed.received, changed.amount])
            changed = evolve(changed, attended=attended, reverted=chance.random() < 0.5)
        if chance.random() < 0.1:  # A write that fails leaves no trace in the figures.
            stale = evolve(changed, version=changed.version + 5)
            commit_group(self.connection, [lambda c: sessions.save(c, stale, (), ())])
            return
        saved = self.write(lambda c: sessions.save(c, changed, (), ()))
        assert isinstance(saved, Session)
        self.sessions[session.id] = saved

    def forget_descriptions(self) -> None:
        """As in a database that is older than they are."""
        self.sessions = {
            session_id: evolve(session, description=None)
            for session_id, session in self.sessions.items()
        }

    def of(self, shop: Merchant) -> list[Session]:
        return [session for session in self.sessions.values() if session.merchant_id == shop.id]

    def check(self) -> None:
        """The figures match the sessions."""
        for shop in self.shops:
            own = self.of(shop)
            totals = figures.totals(self.connection, shop.id)
            assert {s: n for s, n in totals.sessions.items() if n} == Counter(
                session.status for session in own
            )
            assert totals.received == sum(session.received for session in own)
            assert totals.attention == attention_of(own)
            assert figures.days(self.connection, shop.id, FIRST_DAY, LAST_DAY) == days_of(own)
            top = figures.top_payments(self.connection, shop.id, FIRST_DAY, LAST_DAY, 3)
            assert [payment.amount for payment in top] == largest(own, 3)
            for zone in ZONES:
                check_zoned(self.connection, shop.id, own, zone)
        words = self.connection.execute("SELECT session_id, word FROM session_words").fetchall()
        assert {tuple(row) for row in words} == {
            (session.id, word)
            for session in self.sessions.values()
            for word in session_words(session.order_id, session.description, session.metadata)
        }


ZONES = [
    ZoneInfo(name)
    for name in ("Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns")
]


def check_zoned(
    connection: sqlite3.Connection, merchant_id: str, own: Iterable[Session], zone: ZoneInfo
) -> None:
    """The figures by the days of a time zone match the sessions."""
    period = Period(utc_day(NOW) - 1, utc_day(NOW), zone)

    def day_of(ms: int) -> int:
        return day_of_date(datetime.fromtimestamp(ms // 1_000, zone).date())

    sessions: dict[int, Counter[SessionStatus]] = defaultdict(Counter)
    amounts: dict[int, list[int]] = defaultdict(list)
    for session in own:
        sessions[day_of(session.created_at)][session.status] += 1
        for payment in session.payments:
            if payment.counts:
                amounts[day_of(payment.accepted_at)].append(payment.amount)
    found = figures.analytics(connection, merchant_id, period)
    assert [day.number for day in found.days] == [period.first, period.last]
    for day in found.days:
        assert day.sessions == sessions[day.number]
        assert (day.payments, day.volume) == (len(amounts[day.number]), sum(amounts[day.number]))
    before = (period.previous.first, period.previous.last)
    assert found.before.volume == sum(sum(amounts[number]) for number in before)
    assert [payment.amount for payment in found.top] == sorted(
        amounts[period.first] + amounts[period.last], reverse=True
    )[:TOP_PAYMENTS]


def attention_of(own: Iterable[Session]) -> dict[tuple[AttentionReason, ...], Amounts]:
    found: dict[tuple[AttentionReason, ...], Amounts] = {}
    for session in own:
        if why := reasons(session):
            # These histories ignore the supply, which bounds the stored sum.
            stored = min(session.received, MAX_SOMPI)
            found[why] = found.get(why, Amounts()) + Amounts(1, stored)
    return found


def days_of(own: Iterable[Session]) -> list[Day]:
    statuses: dict[int, Counter[SessionStatus]] = defaultdict(Counter)
    amounts: dict[int, list[int]] = defaultdict(list)
    for session in own:
        statuses[session.created_at // DAY_MS][session.status] += 1
        for payment in session.payments:
            if payment.counts:
                amounts[payment.accepted_at // DAY_MS].append(payment.amount)
    return [
        Day(day, dict(statuses[day]), len(amounts[day]), sum(amounts[day]))
        for day in sorted({*statuses, *amounts})
        if FIRST_DAY <= day <= LAST_DAY
    ]


def largest(own: Iterable[Session], count: int) -> list[int]:
    amounts: list[int] = [
        payment.amount
        for session in own
        for payment in session.payments
        if payment.counts and FIRST_DAY <= payment.accepted_at // DAY_MS <= LAST_DAY
    ]
    return sorted(amounts, reverse=True)[:count]


@hypothesis_settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    steps=st.integers(1, 40),
    largest=st.sampled_from([10**10, 10**18, MAX_SOMPI, 2**62]),
)
def test_the_figures_match_any_history_of_sessions(seed: int, steps: int, largest: int) -> None:
    chance = random.Random(seed)
    connection = connect_memory()
    migrate(connection)
    expected = ExpectedSessions(connection, largest=largest)
    for _ in range(steps):
        if not expected.sessions or chance.random() < 0.3:
            expected.open(chance)
        else:
            expected.change(chance)
    expected.check()
    assert kinds_of(connection) <= {"integer"}
    connection.close()


def kinds_of(connection: sqlite3.Connection) -> set[str]:
    """The kinds of stored money figures."""
    columns = {
        "receipt_days": ("payments", "amount", "carried"),
        "receipts": ("amount",),
        "payments": ("amount",),
        "sessions": ("amount", "received"),
    }
    return {
        kind
        for table, names in columns.items()
        for name in names
        for (kind,) in connection.execute(f"SELECT DISTINCT typeof({name}) FROM {table}")
    }


DAYS_BEFORE_WHOLE_SUMS = """
    DROP TRIGGER receipt_is_counted;
    DROP TRIGGER receipt_is_taken_back;
    DROP TABLE receipt_days;
    CREATE TABLE receipt_days AS
        SELECT merchant_id, day, count(*) AS payments, total(amount) AS amount
        FROM receipts GROUP BY merchant_id, day;
    CREATE TRIGGER receipt_is_counted AFTER INSERT ON receipts BEGIN SELECT 1; END;
    CREATE TRIGGER receipt_is_taken_back AFTER DELETE ON receipts BEGIN SELECT 1; END;
"""
"""The sums of days as a database older than whole sums has them: above 64 bits they are REAL."""


def test_a_day_that_had_become_a_float_is_whole_again() -> None:
    connection = connect_memory()
    whole = next(one for one in shipped_migrations() if "whole_sums" in one.name)
    migrate(connection)
    expected = ExpectedSessions(connection, shops=1)
    (shop,) = expected.shops
    for index in range(7):
        session = make_session(shop, index)
        expected.write(lambda c, s=session: sessions.add(c, s, make_event(s), ()))
        paid = holding(session, make_payment(MAX_SOMPI - index, accepted_at=NOW))
        expected.write(lambda c, s=paid: sessions.save(c, s, (), ()))
    connection.executescript(DAYS_BEFORE_WHOLE_SUMS)
    (kind,) = connection.execute("SELECT typeof(amount) FROM receipt_days").fetchone()
    assert kind == "real"
    for statement in whole.statements():
        connection.execute(statement)
    assert kinds_of(connection) == {"integer"}
    assert figures.totals(connection, shop.id).received == 7 * MAX_SOMPI - sum(range(7))
    (day,) = figures.days(connection, shop.id, FIRST_DAY, LAST_DAY)
    assert (day.payments, day.volume) == (7, 7 * MAX_SOMPI - sum(range(7)))
    # From here on it stays so.
    one = sessions.by_id(connection, paid.id)
    assert one is not None
    gone = holding(one, evolve(one.payments[0], state=PaymentState.WITHDRAWN))
    expected.write(lambda c: sessions.save(c, gone, (), ()))
    assert figures.totals(connection, shop.id).received == 6 * MAX_SOMPI - sum(range(6))


def test_a_session_that_was_told_of_more_than_there_is_can_be_stored_and_read() -> None:
    """An older version could store such a session; the present one counts no more than the
    supply."""
    connection = connect_memory()
    known = shipped_migrations()
    sums = next(n for n, migration in enumerate(known) if "session_sums" in migration.name)
    migrate(connection)
    expected = ExpectedSessions(connection, shops=1)
    session = make_session(expected.shops[0], 0)
    expected.write(lambda c: sessions.add(c, session, make_event(session), ()))
    payments = tuple(make_payment(2**63 - 1, accepted_at=NOW) for _ in range(3))
    paid = holding(session, *payments)
    expected.write(lambda c: sessions.save(c, paid, (), ()))
    row = connection.execute("SELECT received, paid_state, typeof(received) FROM sessions")
    assert tuple(row.fetchone()) == (MAX_SOMPI, "over", "integer")
    (used,) = addresses.page(connection, session.account_key, -1, 10)
    assert used.received == 3 * (2**63 - 1)
    # The migration that fills the column has the same result.
    for statement in known[sums].statements():
        if "UPDATE sessions" in statement:
            connection.execute("UPDATE sessions SET received = 0, paid_state = 'none'")
            connection.execute(statement)
    row = connection.execute("SELECT received, paid_state, typeof(received) FROM sessions")
    assert tuple(row.fetchone()) == (MAX_SOMPI, "over", "integer")


@pytest.mark.parametrize("seed", range(5))
def test_figures_of_an_existing_database_are_built_by_its_migration(seed: int) -> None:
    """A database older than the reports: made by undoing their migration."""
    chance = random.Random(seed)
    connection = connect_memory()
    migrate(connection)
    expected = ExpectedSessions(connection, are_decided=False)
    for _ in range(60):
        if not expected.sessions or chance.random() < 0.4:
            expected.open(chance)
        else:
            expected.change(chance)
    before = connect_memory()
    known = shipped_migrations()
    reports = next(n for n, migration in enumerate(known) if "reports" in migration.name)
    migrate(before, known[:reports])
    before.execute("PRAGMA foreign_keys = OFF")
    expected.forget_descriptions()
    for table in ("merchants", "account_keys", "sessions", "payments", "events"):
        columns = [row[1] for row in before.execute(f"PRAGMA table_info({table})")]
        names = ", ".join(columns)
        rows = connection.execute(f"SELECT {names} FROM {table} ORDER BY rowid").fetchall()
        places = ", ".join("?" * len(columns))
        before.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})", [tuple(row) for row in rows]
        )
    assert migrate(before, known) == len(known) - reports
    expected.connection = before
    expected.check()
    for shop in expected.shops:
        log = before.execute(
            "SELECT id, place FROM events WHERE merchant_id = ? ORDER BY rowid", (shop.id,)
        ).fetchall()
        assert [row["place"] for row in log] == list(range(1, len(log) + 1))
        newest = log[-1]["id"] if log else None
        assert events.newest_id(before, shop.id) == newest


def test_a_year_of_all_the_money_there_is_does_not_overflow() -> None:
    connection = connect_memory()
    migrate(connection)
    expected = ExpectedSessions(connection, shops=1)
    (shop,) = expected.shops
    for index in range(5):
        session = make_session(shop, index)
        payment = make_payment(MAX_SOMPI, accepted_at=NOW - index * DAY_MS)
        expected.write(lambda c, s=session: sessions.add(c, s, make_event(s), ()))
        paid = evolve(holding(session, payment), status=SessionStatus.EXPIRED)
        expected.write(lambda c, s=paid: sessions.save(c, s, (), ()))
    assert 5 * MAX_SOMPI > 2**63
    assert figures.totals(connection, shop.id).received == 5 * MAX_SOMPI
    today = utc_day(NOW)
    found = figures.days(connection, shop.id, today - 364, today)
    analytics = analytics_of(Period(today - 364, today), found, ())
    assert analytics.now.volume == 5 * MAX_SOMPI
    assert analytics.now.average_payment == MAX_SOMPI
    assert kinds_of(connection) == {"integer"}
    needing = figures.totals(connection, shop.id).needing_attention
    assert needing == Amounts(5, 5 * MAX_SOMPI)
