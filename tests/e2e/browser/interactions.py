"""The ways to operate a page: with a mouse, with a thumb, or only with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from attrs import frozen
from playwright.sync_api import Locator, Page, expect

_MOST_TABS: Final = 200
_IS_FOCUSED: Final = "element => element === document.activeElement"
_SHOWS_FOCUS: Final = "element => getComputedStyle(element).outlineStyle !== 'none'"


class Interactions(Protocol):
    """A person's actions on a page."""

    def press(self, control: Locator) -> None:
        """Press a button, follow a link, check a box."""
        ...

    def type(self, field: Locator, text: str) -> None:
        """Replace the text of a field."""
        ...


def unfold_the_menu(page: Page, actions: Interactions) -> None:
    """Show the dashboard's menu, which is folded on a phone."""
    fold = page.get_by_role("button", name="Menu")
    if fold.is_visible() and fold.get_attribute("aria-expanded") == "false":
        actions.press(fold)


@frozen
class Mouse:
    """Clicks."""

    def press(self, control: Locator) -> None:
        control.click()

    def type(self, field: Locator, text: str) -> None:
        field.fill(text)


@frozen
class Thumb:
    """Taps."""

    def press(self, control: Locator) -> None:
        control.tap()

    def type(self, field: Locator, text: str) -> None:
        field.tap()
        field.fill(text)


@frozen
class Keyboard:
    """Reaches controls by Tab; each must show the focus."""

    page: Page

    def press(self, control: Locator) -> None:
        self._reach(control)
        kind = control.evaluate("element => element.type")
        self.page.keyboard.press("Space" if kind == "checkbox" else "Enter")

    def type(self, field: Locator, text: str) -> None:
        self._reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def _reach(self, control: Locator) -> None:
        expect(control).to_be_enabled()
        for _ in range(_MOST_TABS):
            if control.evaluate(_IS_FOCUSED):
                assert control.evaluate(_SHOWS_FOCUS), f"{control} does not show the focus"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{control} is not reached by Tab")


InteractionsOf = Callable[[Page], Interactions]
