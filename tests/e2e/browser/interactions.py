"""How a merchant works a page: with a mouse, with a thumb, or with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from attrs import frozen
from playwright.sync_api import Locator, Page, expect

_MOST_TABS: Final = 200
_IS_FOCUSED: Final = "element => element === document.activeElement"
_SHOWS_FOCUS: Final = "element => getComputedStyle(element).outlineStyle !== 'none'"


class Interactions(Protocol):
    """What a person does to a page."""

    def press(self, control: Locator) -> None:
        """Press a button, follow a link, check a box."""
        ...

    def type(self, field: Locator, text: str) -> None:
        """Put a text in a field, in place of what is there."""
        ...


@frozen
class Mouse:
    """Clicks."""

    def press(self, control: Locator) -> None:
        control.click()

    def type(self, field: Locator, text: str) -> None:
        field.fill(text)


@frozen
class Thumb:
    """Taps, on what is large enough to be tapped."""

    def press(self, control: Locator) -> None:
        control.tap()

    def type(self, field: Locator, text: str) -> None:
        field.tap()
        field.fill(text)


@frozen
class Keyboard:
    """Tab until it is there, and it has to show that it is."""

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
