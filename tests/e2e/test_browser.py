"""What a shopper sees in a real browser: the hosted checkout and its widget, on a real gateway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from playwright.sync_api import Browser, Page, sync_playwright

from kasgate.money import parse_kas
from tests.e2e.gateway import free_port, serving
from tests.e2e.shop import client_of, open_shop
from tests.plugins.required_parts import require

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE_MS = 30_000


def in_browser(chromium: Path, visit: Callable[[Browser], None]) -> None:
    """Visit with a headless browser, in the calling thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium), args=[*ARGUMENTS, *QUIET]
        )
        try:
            visit(browser)
        finally:
            browser.close()


def says(page: Page, text: str) -> None:
    """Wait until the page shows this text, inside of the widget or outside."""
    page.get_by_text(text).first.wait_for(timeout=PATIENCE_MS)


@pytest.mark.timeout(120)
async def test_a_shopper_sees_the_payment_pass_from_waiting_to_paid(
    tmp_path, network, nodes, endpoint, xpubs
):
    chromium = require("chromium")
    require("widget")
    port = str(free_port())
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port),
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        session = await shop.order("10", requiredConfirmations=30)

        def pay() -> None:
            trio.from_thread.run_sync(network.pay, session["address"], parse_kas("10"))

        def visit(browser: Browser) -> None:
            page = browser.new_page()
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
            page.goto(session["checkoutUrl"])
            says(page, "Waiting for your payment")
            pay()
            says(page, "the network is confirming it")
            says(page, "Paid")
            assert complaints == []

        await trio.to_thread.run_sync(in_browser, chromium, visit)


@pytest.mark.timeout(120)
async def test_the_checkout_can_be_read_without_a_script(tmp_path, network, nodes, endpoint, xpubs):
    chromium = require("chromium")
    port = str(free_port())
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port),
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        session = await shop.order("12.5")

        def visit(browser: Browser) -> None:
            page = browser.new_context(java_script_enabled=False).new_page()
            page.goto(session["checkoutUrl"])
            says(page, session["address"])
            says(page, "12.5 KAS")
            page.get_by_alt_text("QR code of the payment link").first.wait_for(timeout=PATIENCE_MS)

        await trio.to_thread.run_sync(in_browser, chromium, visit)
