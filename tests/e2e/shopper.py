"""A shopper in a real browser, in a process of its own: Playwright wants asyncio as it is, and
trio-asyncio, which a gRPC node needs, changes it for the process that it is in.

    python -m tests.e2e.shopper CHROMIUM URL pay ADDRESS CONTROL_PORT   watch a payment pass
    python -m tests.e2e.shopper CHROMIUM URL read ADDRESS               read without a script

Exits with 0 if the page said what it should; an exception tells what it did not.
"""

from __future__ import annotations

import sys

from playwright.sync_api import Browser, Page, sync_playwright

from kasgate.money import parse_kas
from kasgate.simnet.control import call

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE_MS = 30_000


def says(page: Page, text: str) -> None:
    """Wait until the page shows this text, inside of the widget or outside."""
    page.get_by_text(text).first.wait_for(timeout=PATIENCE_MS)


def watch_a_payment(browser: Browser, url: str, address: str, control_port: str) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
    page.goto(url)
    says(page, "Waiting for your payment")
    call("127.0.0.1", int(control_port), "pay", address=address, sompi=int(parse_kas("10")))
    says(page, "the network is confirming it")
    says(page, "Paid")
    if complaints:
        raise AssertionError(complaints)


def read_without_a_script(browser: Browser, url: str, address: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(url)
    says(page, address)
    says(page, "10 KAS")
    page.get_by_alt_text("QR code of the payment link").first.wait_for(timeout=PATIENCE_MS)


def main(chromium: str, url: str, what: str, *rest: str) -> None:
    visit = {"pay": watch_a_payment, "read": read_without_a_script}[what]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *QUIET])
        try:
            visit(browser, url, *rest)  # type: ignore[operator]
        finally:
            browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
