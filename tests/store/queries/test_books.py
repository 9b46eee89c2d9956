"""The books against the figures, over any history: to the sompi, and to the smallest unit of the
currency, in several time zones."""

from __future__ import annotations

import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kasgate.books import LINES_OF_STATEMENT, BookLine, BookSum
from kasgate.merchant import Merchant
from kasgate.money import Sompi
from kasgate.reports import Period, date_of_day, day_of_date
from kasgate.sessions import ledger as ledgers
from kasgate.sessions.payments import Payment, PaymentState
from kasgate.sessions.session import Session
from kasgate.sessions.valuation import MOST_MINOR, PaymentValue, ValueSum
from kasgate.store.engine import commit_group, connect_memory
from kasgate.store.migrate import migrate
from kasgate.store.queries import books, checks, figures, sessions, values
from kasgate.time_zones import ZoneDays, start_of_day, zone_named
from tests.sample_sessions import holding
from tests.store.queries.test_figures import ExpectedSessions
from tests.store.samples import NOW, make_event, make_payment, make_session

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
)
FIRST, LAST = date(2025, 10, 25), date(2025, 10, 28)
"""So few days that many payments share a moment. Clocks are changed in Berlin on 2025-10-26."""
BOUNDARIES = [
    start_of_day(FIRST + timedelta(days=number), zone_named(name))
    for name in ZONES
    for number in range((LAST - FIRST).days + 2)
]


class History(ExpectedSessions):
    """Sessions whose payments come around the midnights of several zones."""

    def payment(self, chance: random.Random) -> Payment:
        at = chance.choice(BOUNDARIES) + chance.choice([-1, 0, 0, 1, 7_200_000])
        amount = chance.choice([1, 10**9, self.largest, chance.randrange(1, self.largest)])
        return make_payment(
            amount,
            accepted_at=at,
            state=chance.choice(list(PaymentState)),
            credited=chance.random() < 0.9,
            late=chance.random() < 0.3,
            # Swept before it was final, or for a reason not known yet.
            missing_since=chance.choice([None, at]),
            spent_evidence=chance.choice([None, 9_000]),
            value=self.value(chance, at),
        )

    def value(self, chance: random.Random, at: int) -> PaymentValue | None:
        if chance.random() < 0.3:
            return None
        minor = chance.choice([0, 1, 1999, MOST_MINOR, chance.randrange(10**9)])
        return PaymentValue(chance.choice(["EUR", "EUR", "USD"]), "0.0275", minor, at)

    def change(self, chance: random.Random) -> None:
        session = self.sessions[chance.choice(sorted(self.sessions))]
        payments = list(session.payments)
        if payments and chance.random() < 0.4:
            index = chance.randrange(len(payments))
            payments[index] = evolve(
                payments[index],
                state=chance.choice(list(PaymentState)),
                credited=chance.random() < 0.9,
            )
        else:
            payments.append(self.payment(chance))
        self.save(holding(session, *payments))

    def save(self, changed: Session) -> None:
        saved = self.write(lambda c: sessions.save(c, changed, (), ()))
        assert isinstance(saved, Session)
        self.sessions[saved.id] = saved

    def received(self, shop: Merchant) -> list[tuple[Session, Payment]]:
        """Every payment of a merchant that counts, in the order of the books."""
        found = [(one, p) for one in self.of(shop) for p in one.payments if p.counts]
        return sorted(found, key=lambda pair: place_of(pair[1]))


def place_of(payment: Payment) -> tuple[int, str, int]:
    return payment.accepted_at, payment.outpoint.transaction_id, payment.outpoint.index


def sum_of(payments: Iterable[Payment], currency: str | None) -> BookSum:
    counted = list(payments)
    worth = [p.value.minor for p in counted if p.value and p.value.currency == currency]
    return BookSum(
        len(counted),
        sum(p.amount for p in counted),
        currency and ValueSum(currency, sum(worth), len(worth), len(counted) - len(worth)),  # type: ignore[arg-type]
    )


def read_lines(
    connection: sqlite3.Connection, shop: Merchant, start: int, end: int, limit: int
) -> Iterator[BookLine]:
    place = None
    while True:
        page = books.lines(connection, shop.id, start, end, place, limit)
        assert len(page.lines) <= limit
        yield from page.lines
        place = page.next_place
        if place is None:
            return


@hypothesis_settings(max_examples=100)
@given(
    seed=st.integers(0, 2**32),
    steps=st.integers(1, 60),
    largest=st.sampled_from([10**10, 10**18]),
    currency=st.sampled_from(["EUR", "USD", "JPY", None]),
)
def test_the_books_and_the_figures_agree_on_any_history(
    seed: int, steps: int, largest: int, currency: str | None
) -> None:
    chance = random.Random(seed)
    connection = connect_memory()
    migrate(connection)
    history = History(connection, largest=largest)
    for _ in range(steps):
        if not history.sessions or chance.random() < 0.2:
            history.open(chance)
        else:
            history.change(chance)
    for shop in history.shops:
        check(connection, history, shop, currency, chance)
    assert checks.value_counters(connection) == []
    connection.close()


def check(
    connection: sqlite3.Connection,
    history: History,
    shop: Merchant,
    currency: str | None,
    chance: random.Random,
) -> None:
    received = history.received(shop)
    everything = list(read_lines(connection, shop, 0, 1 << 52, chance.randint(1, 5)))
    assert [line.payment for line in everything] == [payment for _, payment in received]
    assert [line.session_id for line in everything] == [session.id for session, _ in received]
    assert sum(p.amount for _, p in received) == figures.totals(connection, shop.id).received
    for name in ZONES:
        first = FIRST + timedelta(days=chance.randint(-1, 3))
        days = ZoneDays(first, first + timedelta(days=chance.randint(0, 4)), zone_named(name))
        statement = books.statement(connection, shop.id, days, currency)
        inside = [p for _, p in received if days.start <= p.accepted_at < days.end]
        assert [line.payment for line in statement.lines] == inside
        assert list(read_lines(connection, shop, days.start, days.end, 3)) == [*statement.lines]
        assert statement.received == sum_of(inside, currency)
        earlier = (p for _, p in received if p.accepted_at < days.start)
        assert statement.before == sum_of(earlier, currency)
        by_date: dict[date, list[Payment]] = defaultdict(list)
        for payment in inside:
            (day,) = (d for d in days if d.start <= payment.accepted_at < d.end)
            by_date[day.date].append(payment)
        assert [(day.date, day.sum) for day in statement.days] == [
            (day.date, sum_of(by_date[day.date], currency)) for day in days
        ]
        check_overview(connection, shop, days, currency)


def check_overview(
    connection: sqlite3.Connection, shop: Merchant, days: ZoneDays, currency: str | None
) -> None:
    """The statement has the sums of the overview, day by day."""
    statement = books.statement(connection, shop.id, days, currency)
    zone = None if days.zone.key == "UTC" else days.zone
    period = Period(day_of_date(days.first), day_of_date(days.last), zone)
    overview = figures.analytics(connection, shop.id, period)
    assert overview.now.volume == statement.received.received
    assert overview.now.payments == statement.received.payments
    assert [(date_of_day(day.number), day.volume, day.payments) for day in overview.days] == [
        (day.date, day.sum.received, day.sum.payments) for day in statement.days
    ]
    if currency is not None:
        by_day = values.by_day(connection, shop.id, currency, period)
        assert by_day == {
            day_of_date(day.date): day.sum.value for day in statement.days if day.sum.payments
        }


def save(connection: sqlite3.Connection, changed: Session) -> Session:
    (saved,) = commit_group(connection, [lambda c: sessions.save(c, changed, (), ())])
    stored = saved.unwrap()
    assert isinstance(stored, Session)
    return stored


def test_payments_beyond_memory_are_in_the_books() -> None:
    connection = connect_memory()
    migrate(connection)
    history = History(connection, shops=1)
    (shop,) = history.shops
    session = make_session(shop)
    history.write(lambda c: sessions.add(c, session, make_event(session), ()))
    number, stored = 3 * ledgers.most_held(), session
    for index in range(number):
        paid = make_payment(index + 1, accepted_at=NOW + index, state=PaymentState.CONFIRMED)
        stored = evolve(stored, ledger=stored.ledger.credited(paid))
        if index % 50 == 0:
            stored = save(connection, stored)
    assert len(save(connection, stored).payments) < number
    amounts = [line.payment.amount for line in read_lines(connection, shop, 0, 1 << 52, 77)]
    assert amounts == [Sompi(index + 1) for index in range(number)]
    assert values.of_sessions(connection, shop.id, [session.id], "EUR") == {}


def test_a_statement_lists_the_first_payments_and_sums_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert LINES_OF_STATEMENT == 1_000
    monkeypatch.setattr(books, "LINES_OF_STATEMENT", 2)
    connection = connect_memory()
    migrate(connection)
    history = History(connection, shops=1)
    (shop,) = history.shops
    session = make_session(shop)
    history.write(lambda c: sessions.add(c, session, make_event(session), ()))
    history.sessions[session.id] = session
    at = start_of_day(FIRST, zone_named("UTC"))
    history.save(holding(session, *(make_payment(5, accepted_at=at + n) for n in range(3))))
    days = ZoneDays(FIRST, FIRST, zone_named("UTC"))
    statement = books.statement(connection, shop.id, days, None)
    assert len(statement.lines) == 2
    assert statement.received == BookSum(3, 15, None)


def test_values_of_sessions_are_those_of_what_counts() -> None:
    connection = connect_memory()
    migrate(connection)
    history = History(connection, shops=2)
    shop, other = history.shops
    session = make_session(shop)
    history.write(lambda c: sessions.add(c, session, make_event(session), ()))
    history.sessions[session.id] = session
    euro = PaymentValue("EUR", "0.5", 200, NOW)
    assert values.of_sessions(connection, shop.id, [session.id], "EUR") == {}
    history.save(
        holding(
            session,
            make_payment(value=euro),
            make_payment(value=euro, state=PaymentState.WITHDRAWN),
            make_payment(value=evolve(euro, currency="USD")),
            make_payment(),
        )
    )
    found = values.of_sessions(connection, shop.id, [session.id, "nobody"], "EUR")
    assert found == {session.id: ValueSum("EUR", 200, 1, 2)}
    assert values.of_sessions(connection, other.id, [session.id], "EUR") == {}
