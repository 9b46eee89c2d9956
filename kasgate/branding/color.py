"""The colour of a merchant's checkout: the text that is readable on it, and its contrast to pages.

The contrast of two colours is that of WCAG 2.2: from 1 (equal) to 21 (black on white). The better
one of black and white text has at least 4.58 on any colour, which passes level AA.
"""

from __future__ import annotations

import re
from typing import Final

LIGHT_PAGE: Final = "#ffffff"
"""The background of the checkout's card in the light theme (widget/src/styles.ts)."""
DARK_PAGE: Final = "#131e24"
"""Its background in the dark theme."""
BLACK: Final = "#000000"
WHITE: Final = "#ffffff"
LEAST_CONTRAST: Final = 3.0
"""Of a control to its page (WCAG 2.2, 1.4.11)."""
COLOR_PATTERN: Final = "^#[0-9a-fA-F]{6}$"

_COLOR: Final = re.compile("#[0-9a-f]{6}")


class ColorRefused(ValueError):
    """The text is no colour, or a colour that can't be used. The message says what to do."""


def read_color(text: str) -> str:
    """A colour as ``#rrggbb`` in lower case. Raises ColorRefused."""
    color = text.lower()
    if _COLOR.fullmatch(color) is None:
        raise ColorRefused("This must be a colour: # and six hexadecimal digits, such as #0a7468.")
    return color


def text_color(color: str) -> str:
    """Black or white: the one that has more contrast on this colour."""
    return BLACK if contrast(color, BLACK) >= contrast(color, WHITE) else WHITE


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def page_color(text: str, light: str = LIGHT_PAGE, dark: str = DARK_PAGE) -> str:
    """A colour that stands out on at least one of both pages. Raises ColorRefused."""
    color = read_color(text)
    if max(contrast(color, light), contrast(color, dark)) < LEAST_CONTRAST:
        raise ColorRefused(
            f"This colour is hard to see on the light and on the dark page: its contrast is"
            f" {contrast(color, light):.1f} and {contrast(color, dark):.1f}, and one of them must"
            f" be {LEAST_CONTRAST:.0f} or more. Choose a clearly darker or a clearly lighter one."
        )
    return color


def color_hint(color: str, light: str = LIGHT_PAGE, dark: str = DARK_PAGE) -> str | None:
    """A sentence for the merchant if the colour is hard to see on one of both pages."""
    for name, page, better in (("light", light, "darker"), ("dark", dark, "lighter")):
        found = contrast(color, page)
        if found < LEAST_CONTRAST:
            return (
                f"On the {name} page the colour {color} has a contrast of only {found:.1f}, so its"
                f" shape is hard to see there; the text on it stays readable. A {better} colour"
                f" with a contrast of {LEAST_CONTRAST:.0f} or more stands out on both pages."
            )
    return None


def _luminance(color: str) -> float:
    """The relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    """The inverse of sRGB's transfer function (IEC 61966-2-1)."""
    near_black = 0.04045
    return share / 12.92 if share <= near_black else float(((share + 0.055) / 1.055) ** 2.4)
