"""Pictures of how cost grows with the number of items: one SVG for each bench that has a scale.

A picture has a panel for each quantity that must not depend on the number, and a line for each
combination of the other parameters. Dots are medians, bars the lowest and highest run. A dashed
line is the goal, if there is one. The aim is a flat line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from bench.definition import Bench, Quantity
from bench.report.results import Figure, Result, goal_of, point_text

WIDTH: Final = 760
PANEL: Final = 210
LEFT: Final = 70
RIGHT: Final = 190
TOP: Final = 34
BOTTOM: Final = 40
HEADROOM: Final = 1.12
TICKS: Final = 4
LINE_HEIGHT: Final = 15
# Distinct for colour-blind people, on white (Okabe and Ito).
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STEPS: Final = (1, 2, 2.5, 5, 10)


def picture(bench: Bench, result: Result) -> str | None:
    """The SVG; None if there is nothing to compare."""
    if bench.scale is None:
        return None
    flat = [(quantity, _of(result, quantity)) for quantity in bench.quantities if quantity.is_flat]
    panels = [
        (quantity, figures)
        for quantity, figures in flat
        if len({figure.at[bench.scale] for figure in figures}) > 1
    ]
    if not panels:
        return None
    height = TOP + len(panels) * PANEL
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' font-family="system-ui, sans-serif" font-size="12" role="img">',
        f"<title>{escape(result.question)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="600">{escape(result.bench)}</text>',
    ]
    for place, (quantity, figures) in enumerate(panels):
        parts += _panel(bench.scale, result.bench, quantity, figures, TOP + place * PANEL)
    return "\n".join([*parts, "</svg>", ""])


def draw(bench: Bench, result: Result, folder: Path) -> Path | None:
    """Write the picture beside the results; its path, or None without a picture."""
    drawn = picture(bench, result)
    if drawn is None:
        return None
    path = folder / f"{result.bench}.svg"
    path.write_text(drawn, encoding="utf-8")
    return path


def _of(result: Result, quantity: Quantity) -> list[Figure]:
    return [figure for figure in result.figures if figure.quantity == quantity.name]


def _lines(scale: str, figures: Sequence[Figure]) -> Mapping[str, list[Figure]]:
    """The figures with equal parameters except for the scale, by the parameters that differ."""
    varying = [
        name for name in figures[0].at if name != scale and len({f.at[name] for f in figures}) > 1
    ]
    lines: dict[str, list[Figure]] = {}
    for figure in sorted(figures, key=lambda figure: float(figure.at[scale])):
        name = ", ".join(
            point_text(value) if isinstance(value := figure.at[one], str) else f"{one} {value:,}"
            for one in varying
        )
        lines.setdefault(name, []).append(figure)
    return lines


def nice_step(most: float) -> float:
    """A round distance between marks, so that some of them reach this value."""
    raw = most / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in _STEPS if step * power >= raw)


def _panel(
    scale: str, bench: str, quantity: Quantity, figures: Sequence[Figure], top: int
) -> list[str]:
    numbers = sorted({float(figure.at[scale]) for figure in figures})
    known = (goal_of(bench, figure) for figure in figures)
    limits = sorted({goal.goal for goal in known if goal is not None})
    most = max([max(figure.values) for figure in figures] + limits) * HEADROOM or 1.0
    low, high = (math.log10(max(number, 1)) for number in (numbers[0], numbers[-1]))
    bottom, width = top + PANEL - BOTTOM, WIDTH - LEFT - RIGHT

    def x(number: float) -> float:
        return LEFT + width * (math.log10(max(number, 1)) - low) / (high - low)

    def y(value: float) -> float:
        return bottom - (PANEL - BOTTOM - 24) * value / most

    title = f"{quantity.title}, {quantity.unit}".rstrip(", ")
    parts = [f'<text x="{LEFT}" y="{top + 14}" fill="#333">{escape(title)}</text>']
    step = nice_step(most)
    for mark in range(int(most / step) + 1):
        at = y(mark * step)
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{at:.1f}" y2="{at:.1f}" stroke="#e4e4e4"/>'
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end" fill="#555">'
            f"{mark * step:,g}</text>"
        )
    for number in numbers:
        parts.append(
            f'<text x="{x(number):.1f}" y="{bottom + 16}" text-anchor="middle" fill="#555">'
            f"{number:,.0f}</text>"
        )
    parts.append(
        f'<text x="{LEFT + width + 44}" y="{bottom + 16}" fill="#555">{escape(scale)}</text>'
    )
    for limit in limits:
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{y(limit):.1f}" y2="{y(limit):.1f}"'
            ' stroke="#333" stroke-dasharray="5 4"/>'
            # Inside the panel, because the names of the lines are beside it.
            f'<text x="{LEFT + width / 2:.0f}" y="{y(limit) - 5:.1f}" text-anchor="middle"'
            f' fill="#333" stroke="#fff" stroke-width="3" paint-order="stroke">'
            f"goal {limit:,g}</text>"
        )
    for place, (name, line) in enumerate(_lines(scale, figures).items()):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(f"{x(float(f.at[scale])):.1f},{y(f.median):.1f}" for f in line)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        for figure in line:
            at = x(float(figure.at[scale]))
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y(min(figure.values)):.1f}"'
                f' y2="{y(max(figure.values)):.1f}" stroke="{colour}"/>'
                f'<circle cx="{at:.1f}" cy="{y(figure.median):.1f}" r="3.5" fill="{colour}">'
                f"<title>{figure.median:,.{quantity.digits}f}</title></circle>"
            )
        if name:
            parts.append(
                f'<text x="{LEFT + width + 12}" y="{top + 30 + place * LINE_HEIGHT}"'
                f' fill="{colour}">{escape(name)}</text>'
            )
    return parts
