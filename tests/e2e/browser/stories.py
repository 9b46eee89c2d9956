"""The stories of shoppers. Each story has its own session."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from playwright.sync_api import expect

from tests.e2e.browser.setting import Testbed, demo
from tests.e2e.browser.visual_checks import (
    PATIENCE_MS,
    is_accessible,
    says,
    scene,
    shop_page,
    told,
    visit,
)
from tests.e2e.rig.gateway import ROOT

Story = Callable[[Testbed], None]
STORIES: Final[dict[str, Story]] = {}
REFUSED: Final = ("Failed to load resource", "WebSocket connection", "net::ERR")
"""The console errors of a browser that cannot reach the server."""


OF_A_YEAR: Final[set[str]] = set()
"""The stories of a shop that has a year of orders behind it (tests/year)."""


def story_of_a_year(tell: Story) -> Story:
    """Register a story of such a shop by its name."""
    OF_A_YEAR.add(tell.__name__)
    return story(tell)


def story(tell: Story) -> Story:
    """Register a story by its name."""
    STORIES[tell.__name__] = tell
    return tell


@story
def a_payment_passes_from_waiting_to_paid(testbed: Testbed) -> None:
    session = testbed.shop.order(requiredConfirmations=40)
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        is_accessible(page)
        testbed.network.pay(session["address"], "12.5")
        scene(page, "confirming")
        expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuemax", "40")
        is_accessible(page)
        scene(page, "paid")
        is_accessible(page)
        assert len(told(page, "paid")) == 1
        counts = [d["confirmations"] for d in told(page, "status") if d["status"] == "confirming"]
        assert counts == sorted(counts), counts


@story
def a_part_payment_asks_for_the_rest_and_takes_it(testbed: Testbed) -> None:
    session = testbed.shop.order("12.5")
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        drawn = page.locator("[part~=qr] path").get_attribute("d")
        testbed.network.pay(session["address"], "4")
        scene(page, "partial")
        says(page, "4 KAS arrived. Please send the remaining 8.5 KAS")
        link = page.get_by_role("link", name="Open wallet")
        expect(link).to_have_attribute("href", f"{session['address']}?amount=8.5")
        assert page.locator("[part~=qr] path").get_attribute("d") != drawn
        is_accessible(page)
        testbed.network.pay(session["address"], "8.5")
        scene(page, "paid")


@story
def a_payment_in_the_mempool_is_seen_and_stops_the_clock(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        held = testbed.network.pay(session["address"], "12.5", hold=True)
        scene(page, "seen")
        says(page, "Please do not pay twice")
        expect(page.get_by_role("timer")).to_be_hidden()
        expect(page.get_by_role("link", name="Open wallet")).to_be_hidden()
        is_accessible(page)
        testbed.network.do("release", txid=held)
        scene(page, "paid")


@story
def a_surplus_is_told(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        testbed.network.pay(session["address"], "25")
        scene(page, "over")
        says(page, "You sent 12.5 KAS more than requested")
        is_accessible(page)


@story
def a_withdrawn_payment_is_explained(testbed: Testbed) -> None:
    session = testbed.shop.order(requiredConfirmations=1000)
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        paid = testbed.network.pay(session["address"], "12.5")
        scene(page, "confirming")
        testbed.network.do("withdraw", txid=paid)
        scene(page, "waiting")
        says(page, "The network withdrew a payment")
        is_accessible(page)


@story
def an_expired_payment_hides_its_address_and_late_money_is_told(testbed: Testbed) -> None:
    session = testbed.shop.order(expiresIn=60)
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        says(page, "left to pay")
        is_accessible(page)
        page.locator("[part=card][data-scene=expired]").wait_for(timeout=60_000 + PATIENCE_MS)
        expect(page.locator("[part=address]")).to_be_hidden()
        expect(page.locator("[part~=qr]")).to_be_hidden()
        is_accessible(page)
        page.get_by_role("button", name="I have paid").click()
        says(page, "No further payment has been found")
        testbed.network.pay(session["address"], "12.5")
        scene(page, "late")
        is_accessible(page)
        assert len(told(page, "expired")) == 1


@story
def a_payment_that_is_not_there_says_so(testbed: Testbed) -> None:
    with visit(testbed, harmless=("404",)) as page:
        page.goto(f"{testbed.shop.url}/pay/00000000-0000-4000-8000-000000000000")
        page.get_by_role("heading", name="This payment cannot be found").last.wait_for()
        is_accessible(page)
        embed = '<script src="{0}/widget/kasgate.js"></script><kasgate-widget session-id="{1}">'
        shop_page(
            testbed, page, embed.format(testbed.shop.url, "00000000-0000-4000-8000-000000000000")
        )
        scene(page, "error")
        assert len(told(page, "error")) == 1
        is_accessible(page)


@story
def a_cancelled_payment_says_so(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        testbed.shop.act(session, "cancel")
        scene(page, "cancelled")
        is_accessible(page)


@story
def a_payment_that_the_shop_closed_says_so(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        testbed.shop.act(session, "fail", note="out of stock")
        scene(page, "failed")
        expect(page.locator("[part=address]")).to_be_hidden()
        is_accessible(page)


@story
def only_a_site_that_the_merchant_named_may_frame_it_and_is_told(testbed: Testbed) -> None:
    session = testbed.shop.order()
    origin = testbed.site.url.rstrip("/")
    frame = f'<iframe title=Checkout width=400 height=700 src="{session["checkoutUrl"]}"></iframe>'
    with visit(testbed, harmless=("frame-ancestors", "Framing")) as page:
        shop_page(testbed, page, frame)
        expect(page.frame_locator("iframe").locator("[part=card]")).to_have_count(0)
        testbed.shop.change(embedOrigins=[origin])
        page.goto(testbed.site.url)
        page.evaluate(
            "window.heard = [];"
            " window.addEventListener('message', (event) => window.heard.push(event.data))"
        )
        card = page.frame_locator("iframe").locator("[part=card]")
        expect(card).to_have_attribute("data-scene", "waiting", timeout=PATIENCE_MS)
        testbed.network.pay(session["address"], "12.5")
        expect(card).to_have_attribute("data-scene", "paid", timeout=PATIENCE_MS)
        heard = page.evaluate("window.heard.map((one) => one.type)")
        assert heard.count("kasgate:paid") == 1, heard
        testbed.shop.change(embedOrigins=[])


@story
def a_gateway_that_restarts_is_found_again_with_what_was_paid_meanwhile(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed, harmless=REFUSED) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        # Settled first: a reconnect is shown once both ways are known to be down.
        expect(page.get_by_text("Connection lost").filter(visible=True)).to_have_count(0)
        testbed.gateway.stop()
        says(page, "Connection lost. Your payment is safe.")
        expect(page.locator("[part~=qr]")).to_be_visible()
        is_accessible(page)
        testbed.network.pay(session["address"], "12.5")
        testbed.gateway.start()
        page.locator("[part=card][data-scene=paid]").wait_for(timeout=2 * PATIENCE_MS)
        expect(page.get_by_text("Connection lost").filter(visible=True)).to_have_count(0)


@story
def a_browser_that_was_offline_catches_up(testbed: Testbed) -> None:
    session = testbed.shop.order(requiredConfirmations=1000)
    with visit(testbed, harmless=REFUSED) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        page.context.set_offline(True)
        says(page, "Connection lost")
        testbed.network.pay(session["address"], "12.5")
        page.context.set_offline(False)
        scene(page, "confirming")


@story
def a_page_that_slept_catches_up(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed, harmless=REFUSED) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        tools = page.context.new_cdp_session(page)
        tools.send("Page.setWebLifecycleState", {"state": "frozen"})
        testbed.network.pay(session["address"], "12.5")
        testbed.shop.becomes(session, status="confirmed")
        tools.send("Page.setWebLifecycleState", {"state": "active"})
        scene(page, "paid")


@story
def two_widgets_on_a_strict_page_do_not_mind_each_other(testbed: Testbed) -> None:
    first, second = testbed.shop.order("1"), testbed.shop.order("2")
    url = testbed.shop.url
    policy = (
        f"default-src 'none'; script-src {url}; connect-src {url} {url.replace('http', 'ws', 1)};"
        " require-trusted-types-for 'script'"
    )
    html = f'<script src="{url}/widget/kasgate.js"></script>' + "".join(
        f'<kasgate-widget session-id="{one}" api-url="{url}" theme="{theme}"></kasgate-widget>'
        for one, theme in ((first["id"], "light"), (second["id"], "dark"))
    )
    with visit(testbed) as page:
        shop_page(testbed, page, html, policy=policy)
        scene(page, "waiting")
        testbed.network.pay(second["address"], "2")
        cards = page.locator("[part=card]")
        expect(cards.nth(1)).to_have_attribute("data-scene", "paid", timeout=PATIENCE_MS)
        expect(cards.nth(0)).to_have_attribute("data-scene", "waiting")
        is_accessible(page)
        # Another session in the same element: the old connection ends, the new one begins.
        third = testbed.shop.order("3")
        page.locator("kasgate-widget").nth(0).evaluate(
            "(widget, id) => widget.setAttribute('session-id', id)", third["id"]
        )
        says(page, "3")
        testbed.network.pay(third["address"], "3")
        expect(cards.nth(0)).to_have_attribute("data-scene", "paid", timeout=PATIENCE_MS)
        assert [detail["sessionId"] for detail in told(page, "paid")] == [second["id"], third["id"]]


@story
def the_embedding_of_the_ancestors_document_works_as_written(testbed: Testbed) -> None:
    session = testbed.shop.order()
    written = (ROOT / "tests/data/ancestor/embed.html").read_text()
    html = written.replace("https://kasgate.example.com", testbed.shop.url)
    with visit(testbed) as page:
        shop_page(testbed, page, html.replace("uuid-from-server", session["id"]))
        scene(page, "waiting")
        testbed.network.pay(session["address"], "12.5")
        scene(page, "paid")


@story
def the_demo_shop_sells_coffee_in_three_ways(testbed: Testbed) -> None:
    with demo() as printed, visit(testbed, viewport={"width": 1280, "height": 900}) as page:
        shop = printed["shop"]
        page.goto(shop)
        press = page.get_by_role("button")
        press.filter(has_text="Pay here").click()
        scene(page, "waiting")
        is_accessible(page)
        press.filter(has_text="Pay half").click()
        scene(page, "partial")
        press.get_by_text("Pay", exact=True).click()
        scene(page, "confirming")
        scene(page, "paid")
        page.get_by_role("link", name="Return to Demo shop").click()
        page.get_by_role("heading", name="Thank you!").wait_for()
        page.goto(shop)
        press.filter(has_text="Pay in a window").click()
        scene(page, "waiting")
        press.get_by_text("Pay with Demo wallet").click()
        scene(page, "paid")
        page.keyboard.press("Escape")
        press.filter(has_text="Pay in a window").click()
        scene(page, "waiting")
        page.keyboard.press("Escape")
        press.filter(has_text="Let it expire").click()
        expect(page.locator("#done")).to_contain_text("closed first")
        with page.context.expect_page() as opened:
            press.filter(has_text="Pay on the gateway").click()
        scene(opened.value, "waiting")


@story
def the_demo_leads_from_its_first_page_to_a_dashboard_with_orders(testbed: Testbed) -> None:
    with (
        demo() as printed,
        visit(testbed, harmless=REFUSED, viewport={"width": 1280, "height": 900}) as page,
    ):
        page.goto(printed["start"])
        expect(page.get_by_role("status")).to_contain_text("takes payments")
        is_accessible(page)
        for name in ("Demo shop", "Dashboard", "Documentation", "Health"):
            expect(page.get_by_role("link", name=name)).to_be_visible()
        page.goto(printed["dashboard"])
        page.get_by_role("heading", name="Overview").wait_for()
        assert "#" not in page.url
        expect(page.get_by_text("Needs attention")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="Sign in to KasGate").wait_for()
        # The link works once.
        page.goto("about:blank")
        page.goto(printed["dashboard"])
        expect(page.get_by_text("was used before")).to_be_visible()


@story
def the_modal_keeps_the_focus_and_gives_it_back(testbed: Testbed) -> None:
    session = testbed.shop.order()
    url = testbed.shop.url
    html = f'<script src="{url}/widget/kasgate.js"></script><button id=pay>Pay</button>'
    with visit(testbed) as page:
        shop_page(testbed, page, html)
        page.evaluate(
            """(id) => document.querySelector("#pay").addEventListener("click", () => {
              window.paid = 0;
              KasGate.open(id, { lang: "en", onPaid: () => { window.paid += 1; } });
            })""",
            session["id"],
        )
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        scene(page, "waiting")
        is_accessible(page)
        inside = "document.activeElement.dataset.kasgate === 'modal' || document.activeElement"
        for _ in range(14):
            page.keyboard.press("Tab")
            # The browser lets the focus leave a modal for its own controls, never for the page.
            assert page.evaluate(f"{inside} === document.body")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.evaluate("document.activeElement.id") == "pay"
        page.keyboard.press("Enter")
        scene(page, "waiting")
        testbed.network.pay(session["address"], "12.5")
        scene(page, "paid")
        assert page.evaluate("window.paid") == 1


@story
def everything_is_reached_by_the_keyboard_alone(testbed: Testbed) -> None:
    session = testbed.shop.order("1234.5")
    with visit(testbed, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        focused = "document.activeElement.shadowRoot?.activeElement"
        reached: list[str] = []
        copied: dict[str, str] = {}
        for _ in range(8):
            page.keyboard.press("Tab")
            part = page.evaluate(f"{focused}?.getAttribute('part') ?? {focused}?.localName")
            if part is None:
                break
            reached.append(part.split()[-1])
            if "copy-" in part:
                page.keyboard.press("Enter")
                says(page, "Copied")
                copied[reached[-1]] = page.evaluate("navigator.clipboard.readText()")
        assert reached == ["wallet", "qr", "copy-amount", "copy-address", "copy-link", "summary"]
        assert copied == {
            "copy-amount": "1234.5",
            "copy-address": session["address"],
            "copy-link": f"{session['address']}?amount=1234.5",
        }
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        says(page, session["id"])


@story
def a_screen_reader_hears_names_and_changes(testbed: Testbed) -> None:
    session = testbed.shop.order("10.5")
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        tree = scene(page, "waiting").aria_snapshot()
        for line in (
            'heading "Waiting for your payment" [level=2]',
            "timer: Time left",
            'link "Open wallet"',
            'button "QR code of the payment link; amount and address follow as text.',
            'heading "Address" [level=3]',
            'button "Copy amount"',
            'button "Copy address"',
            'button "Copy payment link"',
            "status: Waiting for your payment.",
        ):
            assert line in tree, f"{line} is not in:\n{tree}"
        testbed.network.pay(session["address"], "10.5")
        card = scene(page, "paid")
        expect(card.get_by_role("status")).to_have_text(re.compile("^Paid. Thank you."))
        assert 'heading "Paid" [level=2]' in card.aria_snapshot()


@story
def kasware_is_asked_for_the_exact_amount(testbed: Testbed) -> None:
    session = testbed.shop.order("12.34567891")
    with visit(testbed) as page:
        page.add_init_script(
            """window.asked = [];
            window.kasware = {
              requestAccounts: async () => [window.account],
              sendKaspa: async (...given) => window.asked.push(given),
            };"""
        )
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        page.evaluate("window.account = 'kaspa:qqmainnet'")
        page.get_by_role("button", name="Pay with KasWare").click()
        says(page, "Switch KasWare to the network")
        is_accessible(page)
        assert page.evaluate("window.asked") == []
        page.evaluate("window.account = 'kaspasim:qq'")
        page.get_by_role("button", name="Pay with KasWare").click()
        page.wait_for_function("window.asked.length === 1")
        assert page.evaluate("window.asked") == [[session["address"], 1_234_567_891]]


@story
def a_paid_shopper_is_brought_back_to_the_shop(testbed: Testbed) -> None:
    testbed.site.html = "<h1>Thanks</h1>"
    session = testbed.shop.order(redirectUrl=f"{testbed.site.url}thanks?order=7")
    with visit(testbed) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        testbed.network.pay(session["address"], "12.5")
        scene(page, "paid")
        says(page, "Returning to the shop in")
        page.get_by_role("button", name="Stay here").wait_for()
        is_accessible(page)
        page.wait_for_url(f"{testbed.site.url}thanks?order=7&sessionId={session['id']}")


@story
def the_checkout_fits_small_screens_and_wide_spacing(testbed: Testbed) -> None:
    session = testbed.shop.order("28700000000.00000001")
    spaced = """() => { for (const card of document.querySelectorAll("kasgate-widget")) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important;"
        + " word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }");
      card.shadowRoot.adoptedStyleSheets.push(sheet);
    } }"""
    with visit(testbed, viewport={"width": 320, "height": 640}) as page:
        for language in ("en", "de", "ru", "ar"):
            page.goto(f"{session['checkoutUrl']}?lang={language}")
            scene(page, "waiting")
            page.evaluate(spaced)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 320, f"{language} is {wide} pixels wide"
            for control in page.locator("[part=card]").locator("a, button, summary").all():
                box = control.bounding_box() if control.is_visible() else None
                assert box is None or min(box["width"], box["height"]) >= 44, control.inner_text()
    with visit(testbed, viewport={"width": 360, "height": 640}, has_touch=True) as page:
        page.goto(session["checkoutUrl"])
        scene(page, "waiting")
        box = page.locator("[part~=qr]").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 640, box
        assert box["width"] >= 200, box


@story
def the_checkout_is_read_without_a_script(testbed: Testbed) -> None:
    session = testbed.shop.order("10.5")
    with visit(testbed, java_script_enabled=False, locale="de-DE") as page:
        page.goto(session["checkoutUrl"])
        card = page.frame_locator("iframe")
        card.get_by_role("heading", name="Warten auf Ihre Zahlung").wait_for()
        expect(card.locator(".address")).to_have_text(session["address"])
        expect(card.locator(".figure")).to_have_text("10.5")
        assert card.get_by_role("img").evaluate("image => image.naturalWidth") > 0
        testbed.network.pay(session["address"], "10.5")
        testbed.shop.becomes(session, status="confirmed")
        card.get_by_role("heading", name="Bezahlt").wait_for()


@story
def the_hosted_page_is_light_and_asks_nobody_else(testbed: Testbed) -> None:
    session = testbed.shop.order()
    with visit(testbed) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        sizes: list[float] = []
        tools.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
        started = time.monotonic()
        page.goto(session["checkoutUrl"], wait_until="commit")
        page.locator("img.modules, [part~=qr] path").first.wait_for(state="attached")
        first_code = time.monotonic() - started
        scene(page, "waiting")
        drawn = time.monotonic() - started
        page.wait_for_timeout(500)
        foreign = [url for url in asked if not url.startswith((testbed.shop.url, "data:"))]
        # The card's frame names the page's own style sheet, which the browser has by then.
        own = {url for url in asked if url.startswith(testbed.shop.url)}
        assert foreign == []
        assert len(own) <= 4, own
        assert sum(sizes) < 50_000, sizes
        print(
            f"hosted page: {len(own)} requests, {sum(sizes):.0f} bytes,"
            f" QR code after {first_code * 1000:.0f} ms, widget after {drawn * 1000:.0f} ms"
        )
