"""Browsers and networks that lack something: the server's card stays, and stays current."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.browser.setting import Json, Testbed
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import PATIENCE_MS, scene, shop_page

DONE_WITHOUT: Final = {
    "new CSSStyleSheet()": "window.CSSStyleSheet = class { constructor() { throw TypeError() } }",
    "CSSStyleSheet": "delete window.CSSStyleSheet",
    "replaceSync": "delete CSSStyleSheet.prototype.replaceSync",
    "adoptedStyleSheets": """for (const { prototype } of [Document, ShadowRoot]) {
        delete prototype.adoptedStyleSheets; }""",
    "AbortController": "delete window.AbortController",
    "WebSocket": "delete window.WebSocket",
    "matchMedia": "delete window.matchMedia",
    "wakeLock": "delete Navigator.prototype.wakeLock",
    "Clipboard": "delete Navigator.prototype.clipboard",
    "dialog": "delete HTMLDialogElement.prototype.showModal",
    "ResizeObserver": "delete window.ResizeObserver",
    "structuredClone": "delete window.structuredClone",
    "crypto.randomUUID": "delete Crypto.prototype.randomUUID",
    "Intl.RelativeTimeFormat": "delete Intl.RelativeTimeFormat",
    "Intl.Segmenter": "delete Intl.Segmenter",
    "navigation timing": "performance.getEntriesByType = () => []",
    "replaceAll": "delete String.prototype.replaceAll",
    "Array.prototype.at": "delete Array.prototype.at",
}
"""Features with a fallback, by the script that removes them."""
NEEDED: Final = {
    "customElements": "delete window.customElements",
    "attachShadow": "delete Element.prototype.attachShadow",
    "replaceChildren": "delete Element.prototype.replaceChildren",
    "fetch": "delete window.fetch",
    "Intl": "delete window.Intl",
    "Intl.NumberFormat": "delete Intl.NumberFormat",
    "Intl.DateTimeFormat": "delete Intl.DateTimeFormat",
    "Intl.PluralRules": "delete Intl.PluralRules",
    "formatToParts": "delete Intl.NumberFormat.prototype.formatToParts",
    "BigInt": "delete window.BigInt",
    "queueMicrotask": "delete window.queueMicrotask",
    "TextEncoder": "delete window.TextEncoder",
    "URLSearchParams": "delete window.URLSearchParams",
}
"""Required features. Without one, the widget leaves the page alone."""
AT_ONCE: Final = 5
"""Browsers that wait for a refresh together. More would slow each other down."""
SCRIPTS: Final = "**/widget/kasgate*.js"


@story
def the_widget_does_without_what_it_can(testbed: Testbed) -> None:
    for name, script in DONE_WITHOUT.items():
        session = testbed.shop.order("12.5")
        with _visit(testbed, script) as page:
            page.goto(session["checkoutUrl"])
            _asks_for_the_payment(page, session, name, is_live=True)
            testbed.network.pay(session["address"], "12.5")
            _says_paid(page, name, is_live=True)


@story
def a_browser_that_lacks_something_still_shows_that_it_is_paid(testbed: Testbed) -> None:
    lacking = list(NEEDED.items())
    for first in range(0, len(lacking), AT_ONCE):
        with ExitStack() as stack:
            opened = []
            for name, script in lacking[first : first + AT_ONCE]:
                page = stack.enter_context(_visit(testbed, script))
                session = testbed.shop.order("12.5")
                page.goto(session["checkoutUrl"])
                _asks_for_the_payment(page, session, name, is_live=False)
                testbed.network.pay(session["address"], "12.5")
                opened.append((page, name))
            for page, name in opened:
                _says_paid(page, name, is_live=False)


@story
def a_script_that_does_not_come_leaves_a_page_that_refreshes_itself(testbed: Testbed) -> None:
    held: list[Route] = []
    ways = {
        "blocked": lambda route: route.abort("blockedbyclient"),
        "unreachable": lambda route: route.abort("failed"),
        "not found": lambda route: route.fulfill(status=404, body="{}"),
        "cut off": lambda route: route.fulfill(body="var KasGate = (() => {"),
        "slow": lambda route: held.append(route),  # noqa: PLW0108 - playwright marks its handlers
    }
    with ExitStack() as stack:
        opened = []
        for name, answer in ways.items():
            page = stack.enter_context(_visit(testbed))
            page.route(SCRIPTS, answer)
            session = testbed.shop.order("12.5")
            page.goto(session["checkoutUrl"], wait_until="commit")
            _asks_for_the_payment(page, session, name, is_live=False)
            opened.append((page, session, name))
        for _, session, _ in opened:
            testbed.network.pay(session["address"], "12.5")
        for page, _, name in opened:
            _says_paid(page, name, is_live=False)
        slow, _, _ = opened[-1]
        (route,) = held
        route.continue_()
        # The page's data is old by now, so the late script must not show it.
        expect(slow.locator("iframe")).to_have_count(0, timeout=PATIENCE_MS)
        expect(slow.locator("[part=card]")).to_have_attribute("data-scene", "paid")


@story
def a_script_that_fails_at_its_start_leaves_the_page_alone(testbed: Testbed) -> None:
    broken = "Object.defineProperty(window, 'customElements', { get() { throw Error('broken'); } })"
    session = testbed.shop.order("12.5")
    with _visit(testbed, broken) as page:
        page.goto(session["checkoutUrl"])
        _asks_for_the_payment(page, session, "a broken script", is_live=False)
        testbed.network.pay(session["address"], "12.5")
        _says_paid(page, "a broken script", is_live=False)


@story
def the_widget_ends_the_refreshing_when_it_takes_over(testbed: Testbed) -> None:
    session = testbed.shop.order("12.5")
    with _visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("framenavigated", lambda frame: asked.append(frame.url))
        # Longer than the card's refresh: no request for the server's page may follow.
        page.wait_for_timeout(13_000)
        assert [url for url in asked if "/pay/" in url] == []
        assert len(page.frames) == 1


@story
def a_shops_page_shows_a_link_where_the_widget_cannot_run(testbed: Testbed) -> None:
    session = testbed.shop.order("12.5")
    url = testbed.shop.url
    script = f'<script src="{url}/widget/kasgate.js"></script>'
    bare = f'{script}<kasgate-widget session-id="{session["id"]}"></kasgate-widget>'
    own = bare.replace("></k", f'><a href="{url}/pay/{session["id"]}">Pay here</a></k')
    for name in ("attachShadow", "customElements", "Intl"):
        with _visit(testbed, NEEDED[name]) as page:
            shop_page(testbed, page, own)
            expect(page.get_by_role("link")).to_have_text("Pay here")
            shop_page(testbed, page, bare)
            page.get_by_role("link", name="Kaspa payment").click()
            page.wait_for_url(session["checkoutUrl"])
    with _visit(testbed) as page:
        page.route(SCRIPTS, lambda route: route.abort("failed"))
        shop_page(testbed, page, own)
        expect(page.get_by_role("link")).to_have_text("Pay here")
    for name in ("CSSStyleSheet", "AbortController", "WebSocket"):
        with _visit(testbed, DONE_WITHOUT[name]) as page:
            shop_page(testbed, page, own)
            card = scene(page, "waiting")
            assert card.evaluate("card => getComputedStyle(card).display") == "grid"
            expect(page.get_by_text("Pay here")).to_be_hidden()


@story
def a_browser_without_dialogs_is_sent_to_the_hosted_page(testbed: Testbed) -> None:
    session = testbed.shop.order("12.5")
    script = f'<script src="{testbed.shop.url}/widget/kasgate.js"></script>'
    for taken in (DONE_WITHOUT["dialog"], NEEDED["attachShadow"]):
        with _visit(testbed, taken) as page:
            shop_page(testbed, page, script)
            page.evaluate("id => void KasGate.open(id)", session["id"])
            page.wait_for_url(session["checkoutUrl"])
    with _visit(testbed, DONE_WITHOUT["CSSStyleSheet"]) as page:
        shop_page(testbed, page, script)
        page.evaluate("id => void KasGate.open(id)", session["id"])
        scene(page, "waiting")
        expect(page.get_by_role("dialog")).to_be_visible()


@story
def a_dashboard_that_cannot_start_says_so(testbed: Testbed) -> None:
    url = f"{testbed.shop.url}/dashboard/sessions"
    said = "The dashboard is loading. If this text stays"
    with _visit(testbed, java_script_enabled=False) as page:
        page.goto(url)
        expect(page.locator("noscript p")).to_contain_text("The dashboard needs JavaScript")
        expect(page.locator("noscript p")).to_be_visible()
    with _visit(testbed) as page:
        page.route("**/dashboard/assets/*.js", lambda route: route.abort("failed"))
        page.goto(url)
        page.get_by_text(said).wait_for()
    for taken in ("delete window.Intl", "delete window.AbortController", "delete window.fetch"):
        with _visit(testbed, taken) as page:
            page.goto(url)
            sentence = page.get_by_text(said).or_(page.get_by_text("could not be shown"))
            sentence.or_(page.get_by_text("cannot be reached")).first.wait_for()


def _asks_for_the_payment(page: Page, session: Json, name: str, *, is_live: bool) -> None:
    """Check amount, address, QR code and wallet link, in the widget's card or the server's."""
    shown = page if is_live else page.frame_locator("iframe")
    card = shown.locator("[part=card]" if is_live else ".card")
    expect(card, name).to_have_attribute("data-scene", "waiting", timeout=PATIENCE_MS)
    expect(card.locator(".address"), name).to_have_text(session["address"])
    expect(card.locator(".figure"), name).to_have_text("12.5")
    link = card.get_by_role("link", name="Open wallet")
    expect(link, name).to_have_attribute("href", f"{session['address']}?amount=12.5")
    box = card.locator(".qr").bounding_box()
    assert box is not None, name
    assert box["width"] >= 200, (name, box)


def _says_paid(page: Page, name: str, *, is_live: bool) -> None:
    shown = page if is_live else page.frame_locator("iframe")
    card = shown.locator("[part=card]" if is_live else ".card")
    expect(card, name).to_have_attribute("data-scene", "paid", timeout=PATIENCE_MS)
    expect(card.get_by_role("heading", name="Paid"), name).to_be_visible()
    expect(card.locator(".address").filter(visible=True), name).to_have_count(0)


@contextmanager
def _visit(testbed: Testbed, taken: str = "", **context: object) -> Iterator[Page]:
    """A page in a browser without a feature. Its console errors are expected."""
    viewport = {"width": 430, "height": 900}
    made: BrowserContext = testbed.browser.new_context(viewport=viewport, locale="en", **context)  # type: ignore[arg-type]
    try:
        if taken:
            made.add_init_script(taken)
        page = made.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page
    finally:
        made.close()
