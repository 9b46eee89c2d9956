"""A merchant's books: an accountant's export of a month, its statement on paper, and a payment
whose price is in euros."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from io import StringIO
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser.interactions import Mouse, unfold_the_menu
from tests.e2e.browser.merchant import text_of
from tests.e2e.browser.page_assertions import DESKTOP, PHONE, settled
from tests.e2e.browser.setting import Json, Shop, Testbed, Wallet
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import is_fit_to_be_seen, visit

RATE: Final = Decimal("0.0276")
"""Of the sources of the testbed: euros for one KAS, within a percent."""
PAPERS: Final = ("A4", "Letter")
_PAGES: Final = re.compile(rb"/Type\s*/Page[^s]")


@story
def an_accountant_gets_a_month(testbed: Testbed) -> None:
    shop = a_new_shop(testbed)
    with visit(testbed, harmless=("401",), accept_downloads=True, **DESKTOP) as page:
        accountant = Accountant(testbed, page, shop)
        accountant.signs_in()
        accountant.sells("B-1", "12.5")
        accountant.chooses_euros()
        for order, amount in (("B-2", "100"), ("B-3", "2.12345678")):
            accountant.sells(order, amount)
        accountant.looks_at_the_payments()
        accountant.looks_at_the_overview()
        accountant.exports()
        accountant.prints_the_statement()


@story
def a_payment_is_created_in_euros(testbed: Testbed) -> None:
    shop = a_new_shop(testbed)
    with visit(testbed, harmless=("401",), **PHONE) as page:
        accountant = Accountant(testbed, page, shop)
        accountant.signs_in()
        accountant.chooses_euros()
        accountant.creates_in_euros()


def a_new_shop(testbed: Testbed) -> Shop:
    body = {"name": "Tea & Sums", "xpub": Wallet().kpub}
    answer = testbed.shop.client.post("/api/v1/merchants", json=body)
    assert answer.status_code == 201, answer.text
    return Shop(testbed.shop.client, answer.json())


class Accountant:
    """A person at the dashboard of a shop."""

    def __init__(self, testbed: Testbed, page: Page, shop: Shop) -> None:
        self._testbed, self._page, self._shop = testbed, page, shop

    def signs_in(self) -> None:
        page = self._page
        page.goto(f"{self._shop.url}/dashboard/")
        page.get_by_label("API key").fill(self._shop.merchant["apiKey"])
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("heading", name="Overview", level=1).wait_for()

    def sells(self, order: str, amount: str) -> Json:
        """A payment that is received and final."""
        session = self._shop.order(amount, orderId=order)
        self._testbed.network.pay(session["address"], amount)
        self._testbed.network.do("advance", daa=1_000)
        return self._shop.becomes(session, status="confirmed")

    def chooses_euros(self) -> None:
        page = self._page
        self._opens("Settings")
        tabs = page.get_by_role("navigation", name="Settings")
        tabs.get_by_role("link", name="Payments").click()
        page.get_by_label("Currency shown beside KAS").select_option("EUR")
        with page.expect_response(lambda answer: answer.request.method == "PATCH") as answer:
            page.get_by_role("button", name="Save currency").click()
        assert answer.value.ok, answer.value.text()
        expect(page.get_by_label("Currency shown beside KAS")).to_have_value("EUR")

    def looks_at_the_payments(self) -> None:
        page = self._page
        self._opens("Payments")
        row = self._row("B-2")
        expect(row.get_by_text(re.compile(r"^€2\.7[0-9]$"))).to_be_visible()
        expect(self._row("B-1").get_by_text("unknown")).to_be_visible()
        # Rounded, with the exact figure on demand: by the keyboard too.
        rounded = self._row("B-3").get_by_title("Exactly 2.12345678 KAS").first
        expect(rounded).to_have_text("2.12 KAS")
        rounded.focus()
        page.keyboard.press("Enter")
        expect(rounded).to_have_text("2.12345678 KAS")
        is_fit_to_be_seen(page)

    def looks_at_the_overview(self) -> None:
        page = self._page
        self._opens("Overview")
        page.locator(".chart canvas").wait_for()
        expect(page.locator(".tile").first).to_contain_text("without a value")
        chart = page.get_by_role("group", name="Currency of the chart")
        chart.get_by_role("button", name="EUR").click()
        expect(chart.get_by_role("button", name="EUR")).to_have_attribute("aria-pressed", "true")
        page.locator(".chart canvas").wait_for()
        is_fit_to_be_seen(page)

    def exports(self) -> None:
        page = self._page
        self._opens("Exports")
        page.locator("label.field select").select_option("UTC")
        page.get_by_role("button", name="This month").click()
        is_fit_to_be_seen(page)
        lines = self._downloaded()
        assert [line["orderId"] for line in lines] == ["B-1", "B-2", "B-3"]
        assert [line["amountKas"] for line in lines] == [
            "12.50000000",
            "100.00000000",
            "2.12345678",
        ]
        assert [line["currency"] for line in lines] == ["", "EUR", "EUR"]
        for line in lines[1:]:
            assert abs(Decimal(line["rate"]) / RATE - 1) < Decimal("0.01")
            exact = Decimal(line["amountKas"]) * Decimal(line["rate"])
            assert abs(Decimal(line["value"]) - exact) <= Decimal("0.005")
        page.get_by_label("Koinly").check()
        koinly = self._downloaded()
        assert [line["Received Amount"] for line in koinly] == [line["amountKas"] for line in lines]
        assert [line["Net Worth Amount"] for line in koinly] == [line["value"] for line in lines]

    def prints_the_statement(self) -> None:
        page = self._page
        page.get_by_role("link", name="Open statement").click()
        page.get_by_role("heading", name="By day").wait_for()
        totals = page.get_by_role("row").filter(has_text="Received in this period")
        expect(totals).to_contain_text("114.62345678 KAS")
        expect(totals).to_contain_text("+ 1 without a value")
        is_fit_to_be_seen(page)
        page.emulate_media(media="print", color_scheme="light")
        expect(page.get_by_role("button", name="Print")).to_be_hidden()
        expect(page.get_by_role("navigation")).to_be_hidden()
        expect(page.get_by_text("114.62345678 KAS").first).to_be_visible()
        for paper in PAPERS:
            assert len(_PAGES.findall(page.pdf(format=paper))) == 1, paper

    def creates_in_euros(self) -> None:
        page = self._page
        self._opens("Payments")
        page.get_by_role("link", name="New payment").click()
        page.get_by_label("Currency").select_option("EUR")
        page.get_by_label("Amount (EUR)").fill("19.99")
        preview = page.get_by_role("status").filter(has_text="One KAS is")
        said = preview.inner_text()
        asked = Decimal(re.sub("[^0-9.]", "", said.split("KAS")[0]))
        assert abs(asked * RATE / Decimal("19.99") - 1) < Decimal("0.01"), said
        is_fit_to_be_seen(page)
        page.get_by_label("Order ID").fill("EUR-1")
        page.get_by_role("button", name="Create payment").click()
        page.get_by_role("heading", name=re.compile("EUR-1"), level=1).wait_for()
        session = self._shop.read({"id": page.url.rpartition("/")[2]})
        assert (session["fiat"]["value"], session["fiat"]["currency"]) == ("19.99", "EUR")
        assert abs(Decimal(session["amount"]) - asked) < asked / 100
        self._testbed.network.pay(session["address"], session["amount"])
        worth = page.get_by_text("Value when received")
        worth.wait_for()
        expect(page.get_by_text("€19.99").first).to_be_visible()
        is_fit_to_be_seen(page)

    def _downloaded(self) -> list[dict[str, str]]:
        with self._page.expect_download() as download:
            self._page.get_by_role("link", name="Download file").click()
        return list(csv.DictReader(StringIO(text_of(download.value.path()), newline="")))

    def _row(self, order: str) -> Locator:
        return self._page.get_by_role("row").filter(has_text=order)

    def _opens(self, name: str) -> None:
        unfold_the_menu(self._page, Mouse())
        menu = self._page.get_by_role("navigation", name="Pages")
        menu.get_by_role("link", name=name).click()
        self._page.get_by_role("heading", name=name, level=1).wait_for()
        settled(self._page)
