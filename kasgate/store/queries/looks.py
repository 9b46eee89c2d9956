"""Bounded search row by row, for conditions that no index answers."""

from __future__ import annotations

from collections.abc import Iterable


def look(rows: Iterable[tuple[str, bool]], enough: int, limit: int) -> tuple[list[str], str | None]:
    """The ids of the first ``enough`` matching rows, and the id after which the next call
    continues, or None if every row was examined. ``rows`` are ids in order, each with whether it
    matches. At most ``limit`` of them are examined."""
    found: list[str] = []
    for number, (row_id, is_found) in enumerate(rows, start=1):
        if is_found:
            if len(found) == enough:
                return found, found[-1]
            found.append(row_id)
        if number == limit:
            return found, row_id
    return found, None
