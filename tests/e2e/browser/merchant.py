"""A merchant at the dashboard, from registering to signing out: one story, with a mouse, on a
phone, and only with the keyboard."""

from __future__ import annotations

import csv
import json
import re
import time
from io import StringIO
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.branding.pictures import shop_logo
from tests.e2e.browser.interactions import (
    Interactions,
    InteractionsOf,
    Keyboard,
    Mouse,
    Thumb,
    unfold_the_menu,
)
from tests.e2e.browser.page_assertions import DESKTOP, LOOKS, PHONE, SIGNED_OUT, signed_in
from tests.e2e.browser.setting import Json, Testbed, Wallet
from tests.e2e.browser.stories import story, story_of_a_year
from tests.e2e.browser.visual_checks import PATIENCE_MS, is_fit_to_be_seen, scene, shop_page, visit

EXPECTED: Final = ("401",)
"""The first call has no sign-in yet."""
MANY: Final = 3_000
"""Enough confirmations for a browser to show that they rise."""
AMOUNT: Final = "12.5"
GOODS: Final = "Flat white, table 7"
PREVIEWED: Final = {
    "Waiting": "waiting",
    "Part paid": "partial",
    "Confirming": "confirming",
    "Paid": "paid",
    "Expired": "expired",
    "Cancelled": "cancelled",
}
"""The states of the preview of the branding, and the scenes of the widget."""


@story
def a_merchant_goes_from_registering_to_signing_out(testbed: Testbed) -> None:
    with visit(testbed, harmless=EXPECTED, **DESKTOP) as page:
        Merchant(testbed, page, lambda _: Mouse()).tell()


@story
def a_merchant_does_the_same_on_a_phone(testbed: Testbed) -> None:
    with visit(testbed, harmless=EXPECTED, **PHONE) as page:
        Merchant(testbed, page, lambda _: Thumb()).tell()


@story
def a_merchant_does_the_same_with_the_keyboard_alone(testbed: Testbed) -> None:
    with visit(testbed, harmless=EXPECTED, **DESKTOP) as page:
        Merchant(testbed, page, Keyboard, is_looked_at=False).tell()


@story
def the_widget_s_snippet_works_as_it_is_copied(testbed: Testbed) -> None:
    session = testbed.shop.order()
    visitor = signed_in(testbed)
    allowed = ["clipboard-read", "clipboard-write"]
    with visit(testbed, storage_state=visitor, permissions=allowed, **DESKTOP) as page:
        LOOKS["integration"](testbed, page)
        page.get_by_role("button", name="Widget").click()
        page.get_by_role("button", name="Copy").click()
        page.wait_for_function("navigator.clipboard.readText().then((text) => text !== '')")
        code: str = page.evaluate("navigator.clipboard.readText()")
        assert code == page.get_by_label("Widget", exact=True).inner_text()
        shop_page(testbed, page, code.replace("SESSION", session["id"]))
        scene(page, "waiting")
        testbed.network.pay(session["address"], AMOUNT)
        scene(page, "paid")


@story
def a_shop_s_branding_is_set_with_a_preview(testbed: Testbed) -> None:
    visitor = signed_in(testbed)
    # An image is refused.
    with visit(testbed, harmless=("400",), storage_state=visitor, **DESKTOP) as page:
        page.goto(f"{testbed.shop.url}/dashboard/settings/branding")
        widget = page.locator("kasgate-widget")
        # The preview is the widget itself, in each state, and can't be paid.
        for state, scene_of in PREVIEWED.items():
            page.get_by_role("button", name=state, exact=True).click()
            expect(widget.locator(f'section[data-scene="{scene_of}"]')).to_be_visible()
            is_fit_to_be_seen(page)
        assert page.evaluate("document.querySelector('kasgate-widget').closest('[inert]') !== null")
        page.get_by_role("button", name="Dark", exact=True).click()
        expect(page.locator('kasgate-widget[theme="dark"]')).to_be_visible()

        svg = {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
        page.get_by_label("Choose an image").set_input_files(svg)  # type: ignore[arg-type]
        refusal = page.get_by_role("region", name="Logo").get_by_role("alert")
        expect(refusal).to_contain_text("Export it as a PNG")
        png = {"name": "logo.png", "mimeType": "image/png", "buffer": shop_logo()}
        page.get_by_label("Choose an image").set_input_files(png)  # type: ignore[arg-type]
        shown = page.get_by_role("img", name="Your logo on the light page")
        expect(shown).to_be_visible()
        page.wait_for_function(
            "document.querySelector('.logo.light').naturalWidth === 256"  # It is decoded.
        )

        page.get_by_label("Colour of buttons").fill("#ffd400")
        expect(page.get_by_text("Text on it is black: 14.7 : 1")).to_be_visible()
        expect(page.get_by_text("hard to see on that page")).to_be_visible()
        page.get_by_label("Support e-mail").fill("help@shop.example")
        page.get_by_role("button", name="Save branding").click()
        expect(page.get_by_text("Saved. Open checkouts")).to_be_visible()
        is_fit_to_be_seen(page)
        page.set_viewport_size(PHONE["viewport"])
        is_fit_to_be_seen(page)
        page.set_viewport_size({"width": 360, "height": 640})
        is_fit_to_be_seen(page)
    profile = testbed.shop.profile()
    assert profile["brandColor"] == "#ffd400"
    assert testbed.shop.read(testbed.shop.order())["brand"] == {
        "color": "#ffd400",
        "textColor": "#000000",
        "logoUrl": profile["logoUrl"],
        "supportEmail": "help@shop.example",
    }
    testbed.shop.change(brandColor=None, supportEmail=None)


@story
def every_page_that_a_newcomer_sees_is_fit_to_be_seen(testbed: Testbed) -> None:
    with visit(testbed, harmless=("Failed to load",), **DESKTOP) as page:
        for name in SIGNED_OUT:
            # Sign out the merchant of the previous look.
            page.context.clear_cookies()
            look_closely(testbed, page, name)


@story_of_a_year
def every_page_of_a_busy_shop_is_fit_to_be_seen(testbed: Testbed) -> None:
    visitor = signed_in(testbed)
    with visit(testbed, harmless=("Failed to load",), storage_state=visitor, **DESKTOP) as page:
        for name in LOOKS:
            if name not in SIGNED_OUT:
                look_closely(testbed, page, name)


def look_closely(testbed: Testbed, page: Page, name: str) -> None:
    """Take a look and check it at desktop and at phone size."""
    page.set_viewport_size(DESKTOP["viewport"])
    try:
        LOOKS[name](testbed, page)
        is_fit_to_be_seen(page)
        page.set_viewport_size(PHONE["viewport"])
        is_fit_to_be_seen(page)
    except Exception as error:
        raise AssertionError(f"{name}: {error}") from error


class Merchant:
    """A merchant with a wallet at the dashboard."""

    def __init__(
        self,
        testbed: Testbed,
        page: Page,
        page_actions: InteractionsOf,
        *,
        is_looked_at: bool = True,
    ) -> None:
        self._testbed = testbed
        self._page = page
        self._page_actions: Interactions = page_actions(page)
        # The visual checks take longer than the actions, so not every story repeats them.
        self._is_looked_at = is_looked_at
        self._wallet = Wallet()

    def tell(self) -> None:
        """Run the whole story."""
        key = self._registers()
        self._looks_around()
        self._sets_the_rules()
        session = self._asks_for_a_payment("1001")
        self._is_paid(session)
        self._reads_the_webhooks(session)
        self._exports(session)
        self._signs_out()
        self._signs_in(key)
        self._signs_out()

    def _registers(self) -> str:
        page, page_actions = self._page, self._page_actions
        page.goto(f"{self._testbed.shop.url}/dashboard/")
        page.get_by_role("heading", name="Sign in to KasGate").wait_for()
        self._is_fit_to_be_seen()
        page_actions.press(page.get_by_role("link", name="Register a merchant"))
        page_actions.type(page.get_by_label("Shop name"), "Tea & Sons")
        page_actions.type(page.get_by_label("Extended public key"), self._wallet.kpub)
        page_actions.type(page.get_by_label("Webhook URL"), self._testbed.site.hook_url)
        self._is_fit_to_be_seen()
        page_actions.press(page.get_by_role("button", name="Show wallet addresses"))
        page.get_by_role("heading", name="Compare with your wallet").wait_for()
        expect(page.locator(".addresses li")).to_have_text(self._wallet.addresses)
        self._is_fit_to_be_seen()
        page_actions.press(page.get_by_role("button", name="Confirm and register"))
        page.get_by_role("heading", name="Your API key and webhook secret").wait_for()
        with page.expect_download() as download:
            page_actions.press(page.get_by_role("button", name="Download as a file"))
        kept = dict(line.split("=", 1) for line in text_of(download.value.path()).splitlines())
        assert kept["KASGATE_API_KEY"].startswith("kg_live_")
        assert kept["KASGATE_WEBHOOK_SECRET"].startswith("whsec_")
        for secret in kept.values():
            expect(page.get_by_text(secret)).to_be_visible()
        self._is_fit_to_be_seen()
        page_actions.press(page.get_by_label("I have saved both"))
        page_actions.press(page.get_by_role("button", name="Open dashboard"))
        return kept["KASGATE_API_KEY"]

    def _looks_around(self) -> None:
        page = self._page
        page.get_by_text("Get started").wait_for()
        self._is_fit_to_be_seen()
        for name in ("Payments", "Webhooks", "Integration"):
            self._opens(name)
            self._is_fit_to_be_seen()

    def _sets_the_rules(self) -> None:
        page, page_actions = self._page, self._page_actions
        self._opens("Settings")
        self._is_fit_to_be_seen()
        tabs = page.get_by_role("navigation", name="Settings")
        page_actions.press(tabs.get_by_role("link", name="Payments"))
        self._is_fit_to_be_seen()
        page_actions.type(page.get_by_label("Confirmations", exact=True), str(MANY))
        saved = page.get_by_role("button", name="Save rules")
        with page.expect_response(lambda answer: answer.request.method == "PATCH") as answer:
            page_actions.press(saved)
        assert answer.value.ok, answer.value.text()

    def _asks_for_a_payment(self, order: str) -> Json:
        page, page_actions = self._page, self._page_actions
        self._opens("Payments")
        page_actions.press(page.get_by_role("link", name="New payment"))
        page_actions.type(page.get_by_label("Amount (KAS)"), AMOUNT)
        page_actions.type(page.get_by_label("Order ID"), order)
        page_actions.type(page.get_by_label("Description"), GOODS)
        self._is_fit_to_be_seen()
        page_actions.press(page.get_by_role("button", name="Create payment"))
        page.get_by_role("heading", name=f"Payment {order}", exact=True).wait_for()
        expect(page.get_by_text(GOODS, exact=True)).to_be_visible()
        page.get_by_role("img", name=re.compile("QR code")).wait_for()
        self._is_fit_to_be_seen()
        found: Json = self._testbed.shop.read({"id": page.url.rpartition("/")[2]})
        assert (found["amount"], found["address"]) == (AMOUNT, self._wallet.addresses[0])
        assert found["description"] == GOODS
        return found

    def _is_paid(self, session: Json) -> None:
        """The page follows the payment without a reload."""
        page = self._page
        page.evaluate("window.isTheSame = true")
        self._testbed.network.pay(session["address"], AMOUNT)
        expect(self._badge("confirming")).to_be_visible()
        page.get_by_text(re.compile(rf"^[1-9][0-9]* of {MANY:,} confirmations")).wait_for()
        self._is_fit_to_be_seen()
        self._testbed.network.do("advance", daa=MANY)
        expect(self._badge("confirmed")).to_be_visible()
        for event in ("payment.pending", "payment.confirming", "payment.confirmed"):
            page.get_by_role("region", name="Timeline").get_by_text(event).first.wait_for()
        assert page.evaluate("window.isTheSame")
        self._is_fit_to_be_seen()

    def _reads_the_webhooks(self, session: Json) -> None:
        page, page_actions = self._page, self._page_actions
        self._opens("Webhooks")
        row = page.get_by_role("row").filter(has_text="payment.confirmed")
        expect(row.get_by_text("delivered")).to_be_visible()
        before = self._heard("payment.confirmed", session, at_least=1)
        self._is_fit_to_be_seen()
        page_actions.press(row.get_by_role("button", name="View"))
        dialog = page.get_by_role("dialog", name="payment.confirmed")
        expect(dialog.get_by_label("Request body")).to_contain_text(session["id"])
        self._is_fit_to_be_seen()
        page_actions.press(dialog.get_by_role("button", name="Close"))
        page_actions.press(row.get_by_role("button", name="Redeliver"))
        page.get_by_text("Queued for redelivery.").wait_for()
        again = self._heard("payment.confirmed", session, at_least=len(before) + 1)
        # The same event with the same id, so that a shop can skip it.
        assert all(hook == before[0] for hook in again)
        page_actions.press(page.get_by_role("button", name="Send test event"))
        page.get_by_text("Your server accepted the test event").wait_for()
        self._is_fit_to_be_seen()

    def _exports(self, session: Json) -> None:
        page = self._page
        self._opens("Payments")
        page.get_by_role("link", name="1001").wait_for()
        self._is_fit_to_be_seen()
        wanted = (session["id"], "1001", "confirmed", AMOUNT)
        (row,) = csv.DictReader(StringIO(self._download("Export CSV"), newline=""))
        assert (row["id"], row["orderId"], row["status"], row["amount"]) == wanted
        (one,) = json.loads(self._download("Export JSON"))["sessions"]
        assert (one["id"], one["orderId"], one["status"], one["amount"]) == wanted

    def _signs_out(self) -> None:
        page = self._page
        unfold_the_menu(self._page, self._page_actions)
        self._page_actions.press(page.get_by_role("button", name="Sign out"))
        page.get_by_role("heading", name="Sign in to KasGate").wait_for()
        refused = page.evaluate("fetch('/api/v1/merchants/me').then((answer) => answer.status)")
        assert refused == 401

    def _signs_in(self, key: str) -> None:
        page, page_actions = self._page, self._page_actions
        page_actions.type(page.get_by_label("API key"), key)
        page_actions.press(page.get_by_role("button", name="Sign in", exact=True))
        page.get_by_role("heading", name="Payments", exact=True).wait_for()
        self._opens("Overview")
        page.get_by_text("All time").wait_for()
        page.locator(".chart canvas").wait_for()
        self._is_fit_to_be_seen()

    def _opens(self, name: str) -> None:
        unfold_the_menu(self._page, self._page_actions)
        menu = self._page.get_by_role("navigation", name="Pages")
        self._page_actions.press(menu.get_by_role("link", name=name))
        self._page.get_by_role("heading", name=name, level=1).wait_for()
        expect(self._page.get_by_text(re.compile("^Loading "))).to_have_count(0)

    def _badge(self, state: str) -> Locator:
        return self._page.locator("#page .head .badge").get_by_text(state, exact=True)

    def _download(self, name: str) -> str:
        with self._page.expect_download() as download:
            self._page_actions.press(self._page.get_by_role("link", name=name))
        return text_of(download.value.path())

    def _heard(self, event: str, session: Json, at_least: int) -> list[Json]:
        """The webhooks of an event, once the shop's endpoint received at least so many."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline:
            hooks = [
                hook
                for hook in list(self._testbed.site.hooks)
                if (hook["event"], hook.get("sessionId")) == (event, session["id"])
            ]
            if len(hooks) >= at_least:
                return hooks
            self._page.wait_for_timeout(50)
        raise AssertionError(f"{event} arrived fewer than {at_least} times")

    def _is_fit_to_be_seen(self) -> None:
        if self._is_looked_at:
            is_fit_to_be_seen(self._page)


def text_of(path: Path) -> str:
    """A downloaded file."""
    return path.read_text(encoding="utf-8")
