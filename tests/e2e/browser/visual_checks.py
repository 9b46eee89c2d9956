"""Checks of a page: scenes, texts, the accessibility tree, axe, events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser.setting import Json, Testbed
from tests.e2e.rig.gateway import ROOT

PATIENCE_MS: Final = 60_000
"""Long enough for a busy machine."""
expect.set_options(timeout=PATIENCE_MS)
_AXE: Final = ROOT / "widget/node_modules/axe-core/axe.min.js"
_RUN_AXE: Final = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" | ")}`);
}"""
_KEEP_EVENTS: Final = """
window.told = [];
for (const name of ["status", "paid", "expired", "error"]) {
  document.addEventListener(`kasgate:${name}`, (event) => window.told.push([name, event.detail]));
}
"""


@cache
def _axe() -> str:
    return _AXE.read_text()


@contextmanager
def visit(testbed: Testbed, *, harmless: tuple[str, ...] = (), **context: Any) -> Iterator[Page]:
    """A page in a new browser context. Its errors fail the story, except those that contain one
    of the ``harmless`` texts."""
    made = testbed.browser.new_context(**{"viewport": {"width": 430, "height": 900}, **context})
    page = made.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
    page.add_init_script(_KEEP_EVENTS)
    try:
        yield page
        left = [text for text in complaints if not any(word in text for word in harmless)]
        assert left == [], left
    finally:
        made.close()


def scene(page: Page, name: str, nth: int = 0) -> Locator:
    """Wait until a widget shows this scene; its card."""
    card = page.locator("[part=card]").nth(nth)
    page.locator(f"[part=card][data-scene={name}]").nth(0).wait_for()
    return card


def says(page: Page, text: str) -> None:
    """Wait until the page shows these words."""
    page.locator("[part=card]").get_by_text(text).filter(visible=True).first.wait_for()


def told(page: Page, name: str) -> list[Json]:
    """The details of the events of this name, so far."""
    everything: list[tuple[str, Json]] = page.evaluate("window.told")
    return [detail for what, detail in everything if what == name]


def is_accessible(page: Page) -> None:
    """No violation that axe-core finds, in either theme."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        if not page.evaluate("'axe' in window"):
            page.evaluate(_axe())
        violations = page.evaluate(_RUN_AXE)
        assert violations == [], f"{theme}: " + "\n".join(violations)


def is_fit_to_be_seen(page: Page) -> None:
    """No wider than its window, and nothing that axe-core finds, in either theme."""
    wide, window = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= window, f"{page.url} is {wide} pixels wide in {window}"
    is_accessible(page)


def shop_page(testbed: Testbed, page: Page, html: str, *, policy: str = "") -> None:
    """Open a page of a shop at another origin than the gateway's."""
    testbed.site.html = f"<main><h1>Shop</h1>{html}</main>"
    testbed.site.policy = policy
    page.goto(testbed.site.url)
