"""A merchant's day: what needs a decision, the payments of a period, and the own time zone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.browser.page_assertions import DESKTOP, PHONE, settled, signed_in
from tests.e2e.browser.setting import Json, Testbed
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import is_fit_to_be_seen, visit

ZONE = "Pacific/Kiritimati"
"""No browser of these tests is in it."""


def late(testbed: Testbed, order: str) -> Json:
    """A payment that was paid after it had been cancelled."""
    session = testbed.shop.order("12.5", orderId=order)
    testbed.shop.act(session, "cancel")
    testbed.shop.becomes(session, status="expired")
    testbed.network.pay(session["address"], "12.5")
    return testbed.shop.becomes(session, late=True)


def overview(testbed: Testbed, page: Page, query: str = "") -> None:
    page.goto(f"{testbed.shop.url}/dashboard/{query}")
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    settled(page)


@story
def a_late_payment_is_accepted_from_the_overview_in_two_clicks(testbed: Testbed) -> None:
    session = late(testbed, "TEA-LATE")
    visitor = signed_in(testbed)
    with visit(testbed, storage_state=visitor, **DESKTOP) as page:
        overview(testbed, page)
        inbox = page.get_by_role("region", name="Needs attention")
        row = inbox.get_by_role("listitem").filter(has_text="TEA-LATE")
        expect(row).to_contain_text("12.5 KAS of 12.5 KAS received.")
        is_fit_to_be_seen(page)
        row.get_by_role("button", name="Accept as paid").click()
        page.get_by_role("dialog").wait_for()
        is_fit_to_be_seen(page)
        page.get_by_role("dialog").get_by_role("button", name="Accept as paid").click()
        expect(row).to_have_count(0)
        testbed.shop.becomes(session, status="confirmed")


@story
def a_late_payment_is_found_by_its_reason_on_a_phone(testbed: Testbed) -> None:
    late(testbed, "TEA-REASON")
    visitor = signed_in(testbed)
    with visit(testbed, storage_state=visitor, **PHONE) as page:
        overview(testbed, page)
        is_fit_to_be_seen(page)
        inbox = page.get_by_role("region", name="Needs attention")
        inbox.get_by_role("link", name=re.compile("^Paid late")).click()
        page.get_by_role("heading", name="Payments", level=1).wait_for()
        expect(page).to_have_url(re.compile(r"/sessions\?attention=late$"))
        row = page.get_by_role("row").filter(has_text="TEA-REASON")
        expect(row.locator(".badge")).to_have_text(["cancelled", "late"])
        for width in (360, 430, 768, 1024, 1366):
            page.set_viewport_size({"width": width, "height": 800})
            is_fit_to_be_seen(page)
        page.get_by_label("Needs attention").select_option("Underpaid")
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page).to_have_url(re.compile(r"/sessions\?attention=partial$"))
        expect(row).to_have_count(0)


@story
def the_days_are_those_of_the_chosen_time_zone(testbed: Testbed) -> None:
    testbed.shop.order("3", orderId="TEA-ZONE")
    visitor = signed_in(testbed)
    with visit(testbed, storage_state=visitor, **DESKTOP) as page:
        overview(testbed, page)
        page.get_by_label("Time zone", exact=True).select_option(ZONE)
        page.get_by_text(f"in days of {ZONE}").wait_for()
        settled(page)
        today = page.evaluate(
            "zone => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date())", ZONE
        )
        page.get_by_label("From").fill(today)
        page.get_by_label("To", exact=True).fill(today)
        page.get_by_role("button", name="Show", exact=True).click()
        page.get_by_text(f"{today} \N{EN DASH} {today}, in days of {ZONE}").wait_for()
        is_fit_to_be_seen(page)
        # The states keep the period, and the list has the zone's day.
        page.locator(".states").get_by_role("link", name=re.compile("^pending")).click()
        page.get_by_role("heading", name="Payments", level=1).wait_for()
        expect(page.get_by_label("From")).to_have_value(today)
        page.get_by_role("link", name="TEA-ZONE").wait_for()
        is_fit_to_be_seen(page)
