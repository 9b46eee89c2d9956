"""The books over HTTP: the journal, the files for Koinly and CoinTracking, and the statement."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kasgate import books
from kasgate.merchant import Merchant
from kasgate.money import parse_kas
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.session import Session
from kasgate.sessions.valuation import PaymentValue
from tests.sample_sessions import holding
from tests.store.samples import make_event, make_payment, make_session
from tests.web.api.test_rates import a_priced_world
from tests.web.api.test_sessions import becomes
from tests.web.api.test_values import choose
from tests.web.shape import problem_in
from tests.web.world import Json, World, bytes_of, json_of, key_of
from web.contract import book_lines

BOOKS = "/api/v1/merchants/me/books"
BERLIN = "Europe/Berlin"
MONTH = f"from=2025-11-01&to=2025-11-30&timeZone={BERLIN}"


def at(text: str) -> int:
    """A time on the clock of Berlin, in unix milliseconds."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))
    return round(moment.timestamp() * 1000)


async def read(world: World, merchant: Json, path: str) -> Any:
    return await json_of(await world.request("GET", f"{BOOKS}/{path}", headers=key_of(merchant)))


async def rows(world: World, merchant: Json, query: str) -> list[dict[str, str]]:
    answer = await world.request("GET", f"{BOOKS}/export?{query}", headers=key_of(merchant))
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert "kasgate-" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO((await bytes_of(answer)).decode(), newline="")))


class Shop:
    """A merchant with sessions of a past month, put into the store as they would be."""

    def __init__(self, world: World, merchant: Json, account: Merchant) -> None:
        self.world, self.merchant, self.account = world, merchant, account
        self.sold = 0

    async def sell(self, when: str, amount: str, value: str | None = "0.5", **changes: Any) -> str:
        """A payment at a time on the clock of Berlin, at a price in euros. Returns the session."""
        session = make_session(
            self.account,
            self.sold,
            amount=parse_kas(changes.pop("asked", amount)),
            order_id=changes.pop("order_id", f"A-{self.sold}"),
            description=changes.pop("description", None),
            address=f"kaspasim:{self.sold}",
        )
        self.sold += 1
        await self.world.store.add_session(session, make_event(session), deliver=False)
        paid = self.paid(session, when, amount, value, changes)
        await self.world.store.save_session(paid, [], deliver=False)
        return session.id

    def paid(
        self, session: Session, when: str, amount: str, value: str | None, changes: Any
    ) -> Session:
        sompi, worth = parse_kas(amount), None
        if value is not None:
            minor = int(sompi * Decimal(value) * 100 / 10**8)
            worth = PaymentValue("EUR", value, minor, at(when))
        fields = {"state": PaymentState.CONFIRMED, "accepted_at": at(when), "value": worth}
        return holding(session, make_payment(sompi, **(fields | changes)))


async def a_shop(world: World) -> Shop:
    merchant = await world.merchant()
    account = await world.gateway.merchants.get(merchant["id"])
    assert account is not None
    return Shop(world, merchant, account)


async def test_the_journal_has_one_line_for_each_payment_of_the_month(world: World) -> None:
    shop = await a_shop(world)
    await shop.sell("2025-10-31 23:59:59.999", "1")
    first = await shop.sell("2025-11-01 00:00:00", "12.5", late=True)
    await shop.sell(
        "2025-11-03 14:05:09", "2", None, asked="1", order_id="=1+1;-2", description="@cups, 2"
    )
    await shop.sell("2025-11-04 10:00:00", "3", state=PaymentState.WITHDRAWN)
    await shop.sell("2025-11-05 10:00:00", "3", credited=False)
    await shop.sell("2025-11-30 23:59:59.999", "0.00000001", state=PaymentState.ACCEPTED)
    await shop.sell("2025-12-01 00:00:00", "1")

    found = await rows(world, shop.merchant, MONTH)
    assert [row["amountKas"] for row in found] == ["12.50000000", "2.00000000", "0.00000001"]
    assert [row["date"] for row in found] == [
        "2025-11-01 00:00:00",
        "2025-11-03 14:05:09",
        "2025-11-30 23:59:59",
    ]
    assert found[0]["dateUtc"] == "2025-10-31T23:00:00.000Z"
    assert found[0]["orderId"] == "A-1"
    assert (found[0]["sessionId"], found[0]["output"]) == (first, "0")
    assert (found[0]["currency"], found[0]["rate"], found[0]["value"]) == ("EUR", "0.5", "6.25")
    assert [row["late"] for row in found] == ["true", "false", "false"]
    assert [row["overpaid"] for row in found] == ["false", "true", "false"]
    assert [row["final"] for row in found] == ["true", "true", "false"]
    assert [row["currency"] for row in found] == ["EUR", "", "EUR"]
    assert found[1]["orderId"] == "'=1+1;'-2"
    assert [row["description"] for row in found] == ["", "'@cups, 2", ""]
    assert len(await rows(world, shop.merchant, "from=2025-10-31&to=2025-12-01")) == 5
    assert await rows(world, await world.merchant(), MONTH) == []


async def test_koinly_gets_utc_and_the_net_worth(world: World) -> None:
    shop = await a_shop(world)
    session = await shop.sell("2025-11-03 14:05:09", "12.5")
    await shop.sell("2025-11-03 14:05:10", "2", None, order_id=None, description="2 cups")
    first, second = await rows(world, shop.merchant, f"{MONTH}&format=koinly")
    stored = await world.store.session(session)
    assert stored is not None
    (payment,) = stored.payments
    assert first == {
        "Date": "2025-11-03 13:05:09 UTC",
        "Sent Amount": "",
        "Sent Currency": "",
        "Received Amount": "12.50000000",
        "Received Currency": "KAS",
        "Fee Amount": "",
        "Fee Currency": "",
        "Net Worth Amount": "6.25",
        "Net Worth Currency": "EUR",
        "Label": "income",
        "Description": "Order A-0",
        "TxHash": payment.outpoint.transaction_id,
    }
    assert (second["Net Worth Amount"], second["Net Worth Currency"]) == ("", "")
    assert second["Description"].startswith("Payment ")
    assert second["Description"].endswith(": 2 cups")


async def test_cointracking_gets_the_clock_of_the_zone(world: World) -> None:
    shop = await a_shop(world)
    await shop.sell("2025-11-03 14:05:09", "12.5")
    (row,) = await rows(world, shop.merchant, f"{MONTH}&format=cointracking")
    assert (row["Type"], row["Buy Amount"], row["Buy Currency"]) == ("Income", "12.50000000", "KAS")
    assert row["Date"] == "2025-11-03 14:05:09"
    assert (row["Comment"], row["Exchange"]) == ("Order A-0", "KasGate")
    assert row["Buy Value in Account Currency"] == "6.25"
    assert len(row["Tx-ID"]) == 64


async def test_every_line_has_the_cells_of_its_columns(world: World) -> None:
    line = books.BookLine(
        payment=make_payment(),
        session_id="s",
        order_id=None,
        description=None,
        address="a",
        status=make_session((await a_shop(world)).account).status,
        paid_state=make_session((await a_shop(world)).account).paid_state,
    )
    for file in book_lines.FILES.values():
        assert len(file.cells(line, UTC)) == len(file.columns)


async def test_the_file_is_read_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.api.books.LINES_AT_ONCE", 3)
    shop = await a_shop(world)
    for number in range(10):
        await shop.sell(f"2025-11-{number % 4 + 1:02} 10:00:00", f"{number + 1}")
    found = await rows(world, shop.merchant, MONTH)
    assert len(found) == 10
    assert [row["date"] for row in found] == sorted(row["date"] for row in found)
    assert {row["amountKas"] for row in found} == {f"{n + 1}.00000000" for n in range(10)}


async def test_the_statement_sums_the_month(world: World) -> None:
    shop = await a_shop(world)
    await shop.sell("2025-10-31 23:59:59", "1")
    await shop.sell("2025-11-01 00:00:00", "12.5", description="A teapot")
    await shop.sell("2025-11-01 09:00:00", "2", late=True)
    await shop.sell("2025-11-30 09:00:00", "0.5", None)
    found = await read(world, shop.merchant, f"statement?{MONTH}")
    assert found["period"] == {
        "first": "2025-11-01",
        "last": "2025-11-30",
        "timeZone": BERLIN,
        "start": "2025-10-31T23:00:00.000Z",
        "end": "2025-11-30T22:59:59.999Z",
    }
    assert found["before"] == {"payments": 1, "received": "1", "receivedSompi": "100000000"}
    assert found["received"] == {"payments": 3, "received": "15", "receivedSompi": "1500000000"}
    assert found["after"]["received"] == "16"
    assert len(found["days"]) == 30
    assert [day["date"] for day in found["days"] if day["payments"]] == ["2025-11-01", "2025-11-30"]
    assert found["days"][0]["received"] == "14.5"
    assert [line["orderId"] for line in found["payments"]] == ["A-1", "A-2", "A-3"]
    assert found["payments"][1]["late"] is True
    first = found["payments"][0]
    assert first["description"] == "A teapot"
    assert (first["date"], first["time"]) == ("2025-11-01", "00:00:00")
    assert found["areAllListed"] is True


async def test_values_are_summed_only_where_all_are_known() -> None:
    async with a_priced_world() as (world, _):
        shop = await a_shop(world)
        await choose(world, shop.merchant, "EUR")
        await shop.sell("2025-11-01 00:00:00", "12.5")
        await shop.sell("2025-11-02 00:00:00", "2")
        await shop.sell("2025-11-02 00:00:01", "0.5", None)
        found = await read(world, shop.merchant, f"statement?{MONTH}")
        assert found["days"][0]["value"] == {
            "currency": "EUR", "amount": "6.25", "knownAmount": "6.25",
            "knownPayments": 1, "unknownPayments": 0,
        }  # fmt: skip
        assert found["received"]["value"] == {
            "currency": "EUR", "knownAmount": "7.25", "knownPayments": 2, "unknownPayments": 1
        }  # fmt: skip
        assert found["before"]["value"]["amount"] == "0.00"

        headers = key_of(shop.merchant)
        path = "/api/v1/merchants/me/analytics?startDate=2025-11-01&endDate=2025-11-02"
        overview = await json_of(await world.request("GET", path, headers=headers))
        # In UTC the first payment is of October.
        assert overview["comparison"]["previousValue"]["amount"] == "6.25"
        assert overview["summary"]["totalValue"] == {
            "currency": "EUR", "knownAmount": "1.00", "knownPayments": 1, "unknownPayments": 1
        }  # fmt: skip
        assert [day["value"]["knownAmount"] for day in overview["dailyBreakdown"]] == [
            "1.00",
            "0.00",
        ]

        listed = await world.request("GET", "/api/v1/merchants/me/sessions", headers=headers)
        sessions = (await json_of(listed))["sessions"]
        worth = {one["orderId"]: one["receivedValue"] for one in sessions}
        assert worth["A-0"]["amount"] == "6.25"
        assert "amount" not in worth["A-2"]
        assert worth["A-2"]["unknownPayments"] == 1
        path = "/api/v1/merchants/me/sessions/export?orderId="
        for order, cells in (("A-0", ["EUR", "6.25", "0"]), ("A-2", ["EUR", "", "1"])):
            answer = await world.request("GET", path + order, headers=headers)
            (row,) = csv.DictReader(io.StringIO((await bytes_of(answer)).decode(), newline=""))
            names = ("valueCurrency", "receivedValue", "paymentsWithoutValue")
            assert [row[name] for name in names] == cells


async def test_without_a_period_it_is_this_month() -> None:
    async with a_priced_world() as (world, _):
        merchant = await world.merchant()
        await choose(world, merchant, "EUR")
        session = await world.session(merchant)
        await world.node.pay(session["address"], "9")
        await becomes(world, session, "paidState", "partial")
        found = await read(world, merchant, "statement")
        today = datetime.fromtimestamp(world.gateway.clock() / 1000, UTC).date()
        period = found["period"]
        assert (period["first"], period["last"]) == (str(today.replace(day=1)), str(today))
        assert found["received"]["received"] == "9"
        assert found["received"]["value"]["amount"] == "0.25"
        (row,) = await rows(world, merchant, "")
        assert (row["amountKas"], row["value"], row["final"]) == ("9.00000000", "0.25", "false")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2025-11-02&to=2025-11-01", "to"),
        ("from=2999-01-01", "from"),
        ("from=2020-01-01&to=2025-11-01", "from"),
        ("to=1969-12-31", "to"),
        ("from=2025-11-01T00:00:00Z", "from"),
        ("timeZone=Mars/Olympus", "timeZone"),
        ("timeZone=../../etc/passwd", "timeZone"),
        ("timeZone=", "timeZone"),
        ("format=xml", "format"),
    ],
)
async def test_a_wrong_period_is_refused(world: World, query: str, field: str) -> None:
    merchant = await world.merchant()
    answer = await world.request("GET", f"{BOOKS}/export?{query}", headers=key_of(merchant))
    problem = await problem_in(answer, 400, "validation_failed")
    assert [detail["field"] for detail in problem["details"]] == [field]
