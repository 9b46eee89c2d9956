"""Signing in to the dashboard with a password instead of the API key, on a phone."""

from __future__ import annotations

import time
from typing import Final

from playwright.sync_api import Page, expect

from kasgate.access.passwords import STEP_MS, totp_code
from tests.e2e.browser.interactions import Thumb, unfold_the_menu
from tests.e2e.browser.merchant import text_of
from tests.e2e.browser.page_assertions import PHONE
from tests.e2e.browser.setting import Testbed
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import is_fit_to_be_seen, visit

EXPECTED: Final = ("400", "401")
"""The first call has no sign-in yet, and some input is wrong on purpose."""
LOGIN: Final = "owner@tea.example"
PASSWORD: Final = "a pot of green tea"


@story
def a_merchant_signs_in_with_a_password_instead_of_the_key(testbed: Testbed) -> None:
    with visit(testbed, harmless=EXPECTED, **PHONE) as page:
        Owner(testbed, page).tell()


class Owner:
    """A merchant with an authenticator. Recovery codes save waiting for its next code."""

    def __init__(self, testbed: Testbed, page: Page) -> None:
        self._testbed = testbed
        self._page = page
        self._page_actions = Thumb()

    def tell(self) -> None:
        """Set up the password, sign in with it, authenticate again, and remove it."""
        self._signs_in_with_the_key()
        codes = self._sets_a_password_up()
        unfold_the_menu(self._page, self._page_actions)
        leave = self._page.get_by_role("banner").get_by_role("button", name="Sign out")
        self._page_actions.press(leave)
        self._signs_in_with_the_password(codes[0])
        self._makes_new_recovery_codes(codes[1])
        self._removes_it()

    def _signs_in_with_the_key(self) -> None:
        self._page.goto(f"{self._testbed.shop.url}/dashboard/settings/sign-in")
        self._type("API key", self._testbed.shop.merchant["apiKey"])
        self._press("Sign in")
        self._page.get_by_role("heading", name="Settings", level=1).wait_for()

    def _sets_a_password_up(self) -> list[str]:
        self._press("Set up a password…")
        self._type("Login", LOGIN)
        self._type("Password", PASSWORD)
        self._type("Repeat the password", PASSWORD)
        is_fit_to_be_seen(self._page)
        self._press("Continue")
        self._type("API key", self._testbed.shop.merchant["apiKey"])
        self._press("Continue")
        self._page.get_by_role("img", name="QR code").wait_for()
        is_fit_to_be_seen(self._page)
        secret = self._page.locator("dialog .secret code").inner_text().replace(" ", "")
        self._type("First code", "000 00")
        self._press("Confirm")
        self._page.get_by_text("This is not the current code").first.wait_for()
        self._type("First code", totp_code(secret, int(time.time() * 1000) // STEP_MS))
        self._press("Confirm")
        codes = self._keeps_the_codes()
        self._page.get_by_role("status").get_by_text("You can now sign in").wait_for()
        is_fit_to_be_seen(self._page)
        return codes

    def _keeps_the_codes(self) -> list[str]:
        page = self._page
        page.get_by_role("heading", name="Your recovery codes").wait_for()
        is_fit_to_be_seen(page)
        codes = page.locator(".codes li").all_inner_texts()
        with page.expect_download() as download:
            self._press("Download as a file")
        kept = text_of(download.value.path()).split()
        assert len(codes) == 10
        assert set(codes) <= set(kept)
        self._press("I have saved them")
        return codes

    def _signs_in_with_the_password(self, code: str) -> None:
        self._press("Password")
        is_fit_to_be_seen(self._page)
        self._type("Login", LOGIN.upper())
        self._type("Password", PASSWORD)
        self._type("Code", "no such code")
        self._press("Sign in")
        self._page.get_by_role("alert").wait_for()
        self._type("Code", code.upper())
        self._press("Sign in")
        browsers = self._page.get_by_role("region", name="Signed-in browsers")
        browsers.get_by_text("with the password").wait_for()

    def _makes_new_recovery_codes(self, code: str) -> None:
        self._press("Create new recovery codes…")
        self._page.get_by_role("heading", name="Enter your password").wait_for()
        expect(self._page.get_by_role("textbox", name="Password", exact=True)).to_be_focused()
        is_fit_to_be_seen(self._page)
        self._type("Password", PASSWORD)
        self._type("Code", code)
        self._press("Continue")
        self._keeps_the_codes()

    def _removes_it(self) -> None:
        self._press("Remove password…")
        # The authentication for the recovery codes still counts.
        self._page.get_by_role("heading", name="Confirm this change").wait_for()
        self._press("Continue")
        self._page.get_by_role("status").get_by_text("The password was removed.").wait_for()
        self._page.get_by_role("button", name="Set up a password…").wait_for()

    def _press(self, name: str) -> None:
        self._page_actions.press(self._page.get_by_role("button", name=name, exact=True).last)

    def _type(self, label: str, text: str) -> None:
        self._page_actions.type(
            self._page.get_by_role("textbox", name=label, exact=True).last, text
        )
