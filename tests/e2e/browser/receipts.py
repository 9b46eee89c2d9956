"""A shopper's receipt: on the screen without scripts, on sheets and on the rolls of a till."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import Page, expect

from tests.e2e.browser.setting import Json, Testbed
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import is_fit_to_be_seen, scene, visit

SHEETS: Final = ("A4", "Letter")
ROLLS_MM: Final = (58, 80)
_ROLL_LENGTH: Final = "220mm"
_PIXELS_PER_MM: Final = 96 / 25.4
_PAGES: Final = re.compile(rb"/Type\s*/Page[^s]")
BEANS: Final = "Two bags of Guji, ground for a filter"


@story
def a_paid_shopper_prints_a_receipt(testbed: Testbed) -> None:
    session = an_order(testbed)
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        testbed.network.pay(session["address"], "6")
        scene(page, "partial")
        second = testbed.network.pay(session["address"], "6.5")
        scene(page, "paid")
        expect(page).to_have_title(re.compile("^Paid · 12.5 KAS"))
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Receipt").click()
        receipt = opened.value
        expect(receipt.get_by_role("heading", level=1)).to_have_text("Receipt")
        for text in ("B-1042", BEANS, "12.5 KAS", second, session["id"]):
            expect(receipt.get_by_text(text).first).to_be_visible()
    for language in ("en", "ar"):
        with visit(testbed, java_script_enabled=False) as page:
            page.goto(f"{session['checkoutUrl']}/receipt?lang={language}")
            fits_on_paper(page)
        with visit(testbed, viewport={"width": 360, "height": 640}) as page:
            page.goto(f"{session['checkoutUrl']}/receipt?lang={language}")
            is_fit_to_be_seen(page)
            fits_in_width_on_rolls(page)


@story
def an_open_payment_has_no_receipt(testbed: Testbed) -> None:
    session = an_order(testbed)
    with visit(testbed) as page:
        page.goto(f"{session['checkoutUrl']}/receipt")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("This payment is not complete, so this page is not a receipt.")
        is_fit_to_be_seen(page)
        page.get_by_role("link", name="Back to the payment").click()
        scene(page, "waiting")


def an_order(testbed: Testbed) -> Json:
    return testbed.shop.order("12.5", orderId="B-1042", description=BEANS)


def fits_on_paper(page: Page) -> None:
    """The receipt is one sheet, or one piece of a roll."""
    for sheet in SHEETS:
        assert len(_PAGES.findall(page.pdf(format=sheet))) == 1, sheet
    for width in ROLLS_MM:
        paper = page.pdf(width=f"{width}mm", height=_ROLL_LENGTH)
        assert len(_PAGES.findall(paper)) == 1, width


def fits_in_width_on_rolls(page: Page) -> None:
    """Nothing is cut at the side, and the buttons are not printed."""
    page.emulate_media(media="print")
    for width in ROLLS_MM:
        page.set_viewport_size({"width": int((width - 6) * _PIXELS_PER_MM), "height": 800})
        wide, window = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= window, f"{width} mm"
        assert page.locator(".receipt .button:visible").count() == 0
        lines = page.locator(".receipt dd").all()
        assert len(lines) > 1
        assert {line.evaluate("line => getComputedStyle(line).textAlign") for line in lines} == {
            "start"
        }
