"""Pictures of the checkout: ``python -m tests.e2e.browser.screenshots CHROMIUM FOLDER README``.

Each scene is reached by really paying, or not paying, on the simulated network, and then drawn in
both themes at three widths. The README's four come from the same scenes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from tests.e2e.browser.setting import Json, Testbed, a_testbed
from tests.e2e.browser.visual_checks import scene, visit

WIDTHS: Final = (360, 768, 1280)
HEIGHTS: Final = {360: 740, 768: 1000, 1280: 860}
README: Final = {
    "waiting": ("light", 420),
    "partial": ("dark", 420),
    "confirming": ("light", 420),
    "paid": ("dark", 420),
}
Drama = Callable[[Testbed, Page, Json], str]


def waiting(testbed: Testbed, page: Page, session: Json) -> str:
    return "waiting"


def partial(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.network.pay(session["address"], "5")
    return "partial"


def details(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.network.pay(session["address"], "5")
    scene(page, "partial")
    page.locator("[part=details] summary").click()
    return "partial"


def seen(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.network.pay(session["address"], "12.5", hold=True)
    return "seen"


def confirming(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.network.pay(session["address"], "12.5")
    scene(page, "confirming")
    testbed.network.do("advance", daa=420)
    page.get_by_text("of 1000").filter(visible=True).wait_for()
    page.wait_for_timeout(1000)
    return "confirming"


def reverted(testbed: Testbed, page: Page, session: Json) -> str:
    paid = testbed.network.pay(session["address"], "12.5")
    scene(page, "confirming")
    testbed.network.do("withdraw", txid=paid)
    return "waiting"


def paid(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.network.pay(session["address"], "12.5")
    scene(page, "confirming")
    testbed.network.do("advance", daa=1000)
    scene(page, "paid")
    page.get_by_role("button", name="Stay here").click()
    return "paid"


def over(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.network.pay(session["address"], "14")
    scene(page, "confirming")
    testbed.network.do("advance", daa=1000)
    scene(page, "over")
    page.get_by_role("button", name="Stay here").click()
    return "over"


def expired(testbed: Testbed, page: Page, session: Json) -> str:
    return "expired"


def late(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.network.pay(session["address"], "12.5")
    return "late"


def cancelled(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.shop.act(session, "cancel")
    return "cancelled"


def failed(testbed: Testbed, page: Page, session: Json) -> str:
    testbed.shop.act(session, "fail", note="out of stock")
    return "failed"


def offline(testbed: Testbed, page: Page, session: Json) -> str:
    page.context.set_offline(True)
    page.locator("[part=banner]", has_text="Connection lost").wait_for()
    return "waiting"


def arabic(testbed: Testbed, page: Page, session: Json) -> str:
    page.goto(f"{session['checkoutUrl']}?lang=ar")
    return "waiting"


DRAMAS: Final[tuple[Drama, ...]] = (
    *(waiting, partial, details, seen, confirming, reverted, paid, over),
    *(cancelled, failed, offline, arabic),
)


def draw(page: Page, name: str, folder: Path) -> None:
    """The page in both themes at all widths."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)


def main(chromium: str, folder: str, readme: str) -> None:
    """Draw everything."""
    target, chosen = Path(folder), Path(readme)
    target.mkdir(parents=True, exist_ok=True)
    chosen.mkdir(parents=True, exist_ok=True)
    with a_testbed(chromium) as on:
        late_session = on.shop.order(expiresIn=60)
        for drama in DRAMAS:
            play(on, drama, target, chosen)
        on.shop.becomes(late_session, status="expired")
        for drama in (expired, late):
            play(on, drama, target, chosen, late_session)


def play(
    on: Testbed, drama: Drama, folder: Path, readme: Path, session: Json | None = None
) -> None:
    """One scene, drawn."""
    name = drama.__name__
    thanks = f"{on.site.url}thanks"
    session = session or on.shop.order(requiredConfirmations=1000, redirectUrl=thanks)
    with visit(on, harmless=("Failed to load", "WebSocket", "net::ERR")) as page:
        page.goto(session["checkoutUrl"])
        page.locator("[part=card]").wait_for()
        try:
            scene(page, drama(on, page, session))
        except Exception as error:  # noqa: BLE001 - go on with the other pictures
            print(f"{name}: not drawn: {error}", file=sys.stderr)
            return
        page.wait_for_timeout(400)
        draw(page, name, folder)
        if name in README:
            theme, width = README[name]
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 300})
            page.screenshot(path=readme / f"checkout-{name}.png", full_page=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
