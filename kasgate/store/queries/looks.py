"""Looking row by row for what no index says, as far as one call may."""

from __future__ import annotations

from collections.abc import Iterable


def look(rows: Iterable[tuple[str, bool]], enough: int, limit: int) -> tuple[list[str], str | None]:
    """The ids of the first ``enough`` rows that are found, and where the next call goes on: behind
    that id, or None if every row was seen. ``rows`` are ids in order, each with whether it is
    found; ``limit`` of them are looked at."""
    found: list[str] = []
    for number, (row_id, is_found) in enumerate(rows, start=1):
        if is_found:
            if len(found) == enough:
                return found, found[-1]
            found.append(row_id)
        if number == limit:
            return found, row_id
    return found, None
