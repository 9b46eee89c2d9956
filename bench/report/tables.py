"""How figures are printed: tables, and numbers with as many digits as they deserve."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: float, digits: int = 0) -> str:
    """With thousands apart."""
    return f"{value:,.{digits}f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed. Raises ValueError if
    there is none at all."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(place) - 1)]


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that is also readable as it is."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
