"""Every page of the dashboard, for a merchant with a year of orders, and the pages that only a new
merchant sees. Each look opens one page or dialog and leaves it open."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page, StorageState, expect

from tests.branding.pictures import shop_logo
from tests.e2e.browser.setting import Json, Testbed, Wallet
from tests.e2e.browser.visual_checks import visit

Look = Callable[[Testbed, Page], None]
Visitor = StorageState
DESKTOP: Final[Json] = {"viewport": {"width": 1280, "height": 860}}
PHONE: Final[Json] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
LOOKS: Final[dict[str, Look]] = {}
"""By name, in the order of the menu. Those before ``overview-day`` are a new merchant's."""
UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"


def look(take: Look) -> Look:
    """Register a look by its name."""
    LOOKS[take.__name__.replace("_", "-")] = take
    return take


def signed_in(testbed: Testbed) -> Visitor:
    """The browser's state after the shop's merchant has signed in."""
    with visit(testbed, harmless=("401",), **DESKTOP) as page:
        page.goto(f"{testbed.shop.url}/dashboard/")
        page.get_by_label("API key").fill(testbed.shop.merchant["apiKey"])
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("heading", name="Overview", level=1).wait_for()
        return page.context.storage_state()


def settled(page: Page) -> None:
    """Wait until nothing is loading."""
    expect(page.get_by_text(re.compile("^Loading "))).to_have_count(0)


def _open(testbed: Testbed, page: Page, path: str, heading: str | re.Pattern[str]) -> None:
    page.goto(f"{testbed.shop.url}/dashboard{path}")
    page.get_by_role("heading", name=heading, level=1).wait_for()
    settled(page)


@look
def login(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/", "Sign in to KasGate")


@look
def login_refused(testbed: Testbed, page: Page) -> None:
    login(testbed, page)
    page.get_by_label("API key").fill("kg_live_of-somebody-else")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("alert").wait_for()


@look
def login_by_password(testbed: Testbed, page: Page) -> None:
    login(testbed, page)
    page.get_by_role("button", name="Password", exact=True).click()
    page.get_by_label("Code").wait_for()


@look
def register(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/register", "Register a merchant")


@look
def register_compare(testbed: Testbed, page: Page) -> None:
    register(testbed, page)
    page.get_by_label("Shop name").fill("Leaves & Sons")
    page.get_by_label("Extended public key").fill(Wallet().kpub)
    page.get_by_role("button", name="Show wallet addresses").click()
    page.get_by_role("heading", name="Compare with your wallet").wait_for()


@look
def register_secrets(testbed: Testbed, page: Page) -> None:
    register_compare(testbed, page)
    page.get_by_role("button", name="Confirm and register").click()
    page.get_by_role("heading", name="Your API key and webhook secret").wait_for()


@look
def overview_empty(testbed: Testbed, page: Page) -> None:
    register_secrets(testbed, page)
    page.get_by_label("I have saved both").check()
    page.get_by_role("button", name="Open dashboard").click()
    page.get_by_text("Get started").wait_for()
    settled(page)


@look
def sessions_empty(testbed: Testbed, page: Page) -> None:
    overview_empty(testbed, page)
    page.get_by_role("navigation").get_by_role("link", name="Payments").click()
    page.get_by_text("No payments yet").wait_for()
    settled(page)


@look
def webhooks_empty(testbed: Testbed, page: Page) -> None:
    overview_empty(testbed, page)
    page.get_by_role("navigation").get_by_role("link", name="Webhooks").click()
    page.get_by_text("No webhook URL is set").wait_for()
    settled(page)


def _overview(testbed: Testbed, page: Page, period: str) -> None:
    _open(testbed, page, f"/?period={period}", "Overview")
    page.locator(".chart canvas").wait_for()


@look
def overview_day(testbed: Testbed, page: Page) -> None:
    _overview(testbed, page, "day")


@look
def overview_week(testbed: Testbed, page: Page) -> None:
    _overview(testbed, page, "week")


@look
def overview_month(testbed: Testbed, page: Page) -> None:
    _overview(testbed, page, "month")


@look
def overview_year(testbed: Testbed, page: Page) -> None:
    _overview(testbed, page, "year")


@look
def overview_table(testbed: Testbed, page: Page) -> None:
    _overview(testbed, page, "month")
    page.get_by_text("Show as table").click()


@look
def sessions(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/sessions", "Payments")
    page.locator("tbody tr").first.wait_for()


@look
def sessions_found(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/sessions?q=subscription&status=expired", "Payments")


@look
def sessions_none_found(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/sessions?q=unheard-of", "Payments")
    page.get_by_text("No payments match").wait_for()


@look
def sessions_needing_attention(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/sessions?needsAttention=true", "Payments")
    page.locator("tbody tr").first.wait_for()


@look
def new_payment(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/sessions/new", "New payment")


@look
def new_payment_refused(testbed: Testbed, page: Page) -> None:
    new_payment(testbed, page)
    page.get_by_label("Amount (KAS)").fill("0.00000001")
    page.get_by_label("Return URL").fill("ftp://shop.example")
    page.get_by_role("button", name="Create payment").click()
    page.locator(".wrong").first.wait_for()


def _session(testbed: Testbed, page: Page, session: Json) -> None:
    _open(testbed, page, f"/sessions/{session['id']}", session.get("orderId") or "Payment")


@look
def session_waiting(testbed: Testbed, page: Page) -> None:
    long = {"gift": "Happy birthday! " * 20, "customer": "C-1", "x" * 50: "y" * 100}
    session = testbed.shop.order("28700000000.00000001", orderId="W" * 100, metadata=long)
    _session(testbed, page, session)
    page.get_by_role("img", name=re.compile("QR code")).wait_for()


@look
def session_part_paid(testbed: Testbed, page: Page) -> None:
    session = testbed.shop.order("12.5", orderId="BT-20001")
    testbed.network.pay(session["address"], "5")
    testbed.shop.becomes(session, paidState="partial")
    _session(testbed, page, session)


@look
def session_confirming(testbed: Testbed, page: Page) -> None:
    session = testbed.shop.order("12.5", orderId="BT-20002", requiredConfirmations=10_000)
    testbed.network.pay(session["address"], "12.5")
    testbed.shop.becomes(session, status="confirming")
    testbed.network.do("advance", daa=4_200)
    _session(testbed, page, session)
    page.locator("#page .head .badge").get_by_text("confirming").wait_for()


def _found(testbed: Testbed, page: Page, query: str) -> None:
    """Open the newest of the year's payments that match."""
    _open(testbed, page, f"/sessions?{query}", "Payments")
    page.locator("tbody a").first.click()
    page.get_by_role("heading", name="Timeline").wait_for()
    settled(page)


@look
def session_confirmed(testbed: Testbed, page: Page) -> None:
    _found(testbed, page, "status=confirmed&q=blend")


@look
def session_expired(testbed: Testbed, page: Page) -> None:
    _found(testbed, page, "status=expired")


@look
def session_decision(testbed: Testbed, page: Page) -> None:
    session_expired(testbed, page)
    page.get_by_role("button", name="Mark as failed").click()
    page.get_by_role("dialog").wait_for()


@look
def session_dismissal(testbed: Testbed, page: Page) -> None:
    _found(testbed, page, "needsAttention=true")
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_role("dialog").wait_for()


@look
def session_nowhere(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, f"/sessions/{UNKNOWN}", "Payment not found")


@look
def webhooks(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/webhooks", "Webhooks")
    page.locator("tbody tr").first.wait_for()


@look
def webhooks_failed(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/webhooks?status=failed", "Webhooks")


@look
def webhooks_found(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/webhooks?event=payment.late,payment.expired&from=1", "Webhooks")
    page.locator("tbody tr").first.wait_for()


@look
def webhooks_delivery(testbed: Testbed, page: Page) -> None:
    webhooks(testbed, page)
    page.get_by_role("button", name="View").first.click()
    page.get_by_role("dialog").wait_for()


@look
def webhooks_redeliver(testbed: Testbed, page: Page) -> None:
    webhooks(testbed, page)
    page.get_by_role("button", name="Redeliver failed").click()
    page.get_by_role("dialog").wait_for()


@look
def exports(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/exports", "Exports")


@look
def statement(testbed: Testbed, page: Page) -> None:
    exports(testbed, page)
    page.get_by_role("link", name="Open statement").click()
    page.get_by_role("heading", name="By day").wait_for()
    settled(page)


@look
def integration(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/integration", "Integration")


@look
def settings(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/settings", "Settings")


def _settings(testbed: Testbed, page: Page, tab: str, heading: str) -> None:
    _open(testbed, page, f"/settings/{tab}", "Settings")
    page.get_by_role("heading", name=heading, level=2).wait_for()


@look
def settings_branding(testbed: Testbed, page: Page) -> None:
    testbed.shop.change(
        brandColor="#8a1f5c",
        supportUrl="https://shop.example/help",
        supportEmail="help@shop.example",
    )
    testbed.shop.upload(shop_logo())
    _settings(testbed, page, "branding", "Preview")
    page.locator("kasgate-widget").wait_for()


@look
def settings_branding_weak(testbed: Testbed, page: Page) -> None:
    _settings(testbed, page, "branding", "Preview")
    page.get_by_label("Colour of buttons").fill("#FFD400")
    page.get_by_role("button", name="Part paid").click()
    page.get_by_text("hard to see").wait_for()


@look
def settings_payments(testbed: Testbed, page: Page) -> None:
    _settings(testbed, page, "payments", "Confirmations and tolerance")


@look
def settings_audit(testbed: Testbed, page: Page) -> None:
    _settings(testbed, page, "audit", "Audit log")


@look
def settings_new_key(testbed: Testbed, page: Page) -> None:
    _settings(testbed, page, "keys", "API keys")
    page.get_by_role("button", name="New API key").click()
    page.get_by_role("dialog").wait_for()


@look
def settings_new_password(testbed: Testbed, page: Page) -> None:
    _settings(testbed, page, "sign-in", "Password sign-in")
    page.get_by_role("button", name="Set up a password").click()
    page.get_by_role("dialog").wait_for()


@look
def settings_another_wallet(testbed: Testbed, page: Page) -> None:
    _settings(testbed, page, "wallet", "Wallet")
    page.get_by_label("New extended public key").fill(Wallet().kpub)
    page.get_by_role("button", name="Show addresses").click()
    page.get_by_role("dialog").wait_for()


@look
def nowhere(testbed: Testbed, page: Page) -> None:
    _open(testbed, page, "/no-such-page", "Page not found")


SIGNED_OUT: Final = tuple(LOOKS)[: tuple(LOOKS).index("overview-day")]
