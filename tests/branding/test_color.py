"""Colours: the readable text on them, and how they stand out on a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kasgate.branding.color import (
    BLACK,
    DARK_PAGE,
    LEAST_CONTRAST,
    LIGHT_PAGE,
    WHITE,
    ColorRefused,
    color_hint,
    contrast,
    page_color,
    read_color,
    text_color,
)

STYLES = Path(__file__).parents[2] / "widget" / "src" / "styles.ts"
AA = 4.5

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Figures of the WCAG's own examples and of well known checkers.
        (BLACK, WHITE, 21.0),
        (WHITE, WHITE, 1.0),
        ("#777777", WHITE, 4.48),
        ("#767676", WHITE, 4.54),
        ("#ff0000", WHITE, 4.00),
        ("#0000ff", WHITE, 8.59),
        ("#49eacb", BLACK, 13.91),
    ],
)
def test_the_contrast_of_known_pairs(first: str, second: str, expected: float) -> None:
    assert contrast(first, second) == pytest.approx(expected, abs=0.01)


@given(colors, colors)
def test_contrast_has_no_direction_and_stays_in_its_bounds(first: str, second: str) -> None:
    assert contrast(first, second) == contrast(second, first)
    assert 1 <= contrast(first, second) <= 21 + 1e-9


@given(colors)
@example("#757575")
@example("#767676")
def test_the_text_on_any_color_is_readable(color: str) -> None:
    chosen = text_color(color)
    assert chosen in (BLACK, WHITE)
    assert contrast(color, chosen) == max(contrast(color, BLACK), contrast(color, WHITE)) > AA


@pytest.mark.parametrize(
    ("color", "text"),
    [("#ffd400", BLACK), ("#49eacb", BLACK), (WHITE, BLACK), ("#0a7468", WHITE), (BLACK, WHITE)],
)
def test_the_text_on_usual_colors(color: str, text: str) -> None:
    assert text_color(color) == text


def test_a_color_is_kept_in_lower_case() -> None:
    assert read_color("#0A7468") == "#0a7468"


@pytest.mark.parametrize(
    "text", ["", "#fff", "0a7468", "#0a746", "#0a74688", "#0a746g", "red", "#0a7468\n", " #0a7468"]
)
def test_what_is_no_color_is_refused(text: str) -> None:
    with pytest.raises(ColorRefused, match="six hexadecimal digits"):
        page_color(text)


@given(colors, colors, colors)
@example("#808080", "#999999", "#666666")
def test_a_color_that_stands_out_on_no_page_is_refused(color: str, light: str, dark: str) -> None:
    best = max(contrast(color, light), contrast(color, dark))
    if best >= LEAST_CONTRAST:
        assert page_color(color, light, dark) == color
    else:
        with pytest.raises(ColorRefused, match="Choose a clearly darker or a clearly lighter"):
            page_color(color, light, dark)


@given(colors)
def test_todays_pages_are_far_enough_apart_for_every_color(color: str) -> None:
    assert page_color(color) == color


@given(colors)
def test_a_color_that_is_hard_to_see_on_one_page_is_accepted_with_a_hint(color: str) -> None:
    hint = color_hint(color)
    on_light, on_dark = contrast(color, LIGHT_PAGE), contrast(color, DARK_PAGE)
    if on_light < LEAST_CONTRAST:
        assert hint is not None
        assert "light page" in hint
        assert "darker" in hint
    elif on_dark < LEAST_CONTRAST:
        assert hint is not None
        assert "dark page" in hint
        assert "lighter" in hint
    else:
        assert hint is None


def test_the_pages_are_those_of_the_checkout() -> None:
    papers = re.findall(r"--paper: var\(--kasgate-background, (#[0-9a-f]{6})\)", STYLES.read_text())
    assert set(papers) == {LIGHT_PAGE, DARK_PAGE}
