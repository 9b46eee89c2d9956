"""Files to download, sent while they are read: tables that a spreadsheet opens without harm."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Final

from quart import Response

CSV: Final = "text/csv"

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_line(cells: Sequence[object]) -> bytes:
    """One line (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in front
    (security.md, Input); numbers are left alone."""
    line = io.StringIO()
    csv.writer(line).writerow([_safe(cell) for cell in cells])
    return line.getvalue().encode()


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(_DANGEROUS):
        return f"'{cell}"
    return "" if cell is None else cell


def download(parts: AsyncIterator[bytes], content_type: str, name: str) -> Response:
    """A file, part by part: as slow as whoever takes it, which the guard watches."""
    response = Response(parts, content_type=f"{content_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.timeout = None
    return response
