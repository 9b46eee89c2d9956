"""Pictures of the dashboard: ``python -m tests.e2e.browser.dashboard_pictures CHROMIUM FOLDER
README [LOOK ...]``, with a year of orders, in both themes, on a desktop and on a phone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from tests.e2e.browser.page_assertions import DESKTOP, LOOKS, SIGNED_OUT, Visitor, signed_in
from tests.e2e.browser.setting import Testbed, a_testbed
from tests.e2e.browser.visual_checks import visit

ORDERS: Final = 1_500
SIZES: Final = {"desktop": (1280, 860), "phone": (390, 844)}
README: Final = {"overview-month": "light", "session-confirming": "dark"}
HARMLESS: Final = ("Failed to load resource", "net::ERR")


def draw(page: Page, name: str, folder: Path, readme: Path) -> None:
    """The page in both themes at both sizes."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            # The chart is redrawn in the new colours and width.
            page.wait_for_timeout(300)
            # A dialog covers only the window, so a full page picture would be wrong.
            is_whole = page.get_by_role("dialog").count() == 0
            page.screenshot(path=folder / f"{name}-{theme}-{size}.png", full_page=is_whole)
            if size == "desktop" and README.get(name) == theme:
                page.screenshot(path=readme / f"dashboard-{name}.png")


def show(on: Testbed, name: str, visitor: Visitor, folder: Path, readme: Path) -> bool:
    """Draw one look; whether that worked."""
    who = None if name in SIGNED_OUT else visitor
    with visit(on, harmless=HARMLESS, storage_state=who, **DESKTOP) as page:
        try:
            LOOKS[name](on, page)
            page.wait_for_load_state("networkidle")
        except Exception as error:  # noqa: BLE001 - go on with the other pictures
            print(f"{name}: not drawn: {error}", file=sys.stderr)
            return False
        draw(page, name, folder, readme)
    return True


def main(chromium: str, folder: str, readme: str, *names: str) -> int:
    """Draw these looks, or all. Return 1 if one could not be drawn, else 0."""
    target, chosen = Path(folder), Path(readme)
    target.mkdir(parents=True, exist_ok=True)
    chosen.mkdir(parents=True, exist_ok=True)
    with a_testbed(chromium, orders=ORDERS) as on:
        visitor = signed_in(on)
        drawn = [show(on, name, visitor, target, chosen) for name in names or LOOKS]
    return int(not all(drawn))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
