"""CSV lines that are safe to open in a spreadsheet.

A spreadsheet reads a cell as a formula if it begins with ``=``, ``+``, ``-`` or ``@``, also in full
width, and in some programs also after spaces or invisible characters. A program that separates
cells by semicolons or tabs, or that ignores quotes, may split one of our cells into several. So an
apostrophe, which marks a cell as text, is written before each possible beginning of a formula: at
the beginning of a text, and after each separator in it. Numbers and other texts stay unchanged.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

CSV: Final = "text/csv"

SIGNS: Final = (
    "=+-@"
    "\uff1d\uff0b\uff0d\uff20"  # Full width.
    "\ufe66\ufe62\ufe63\ufe6b"  # Small.
    "\u207c\u207a\u207b\u208c\u208a\u208b"  # Superscript and subscript.
    "\u2212\ufb29"  # Minus sign, Hebrew alternative plus sign.
)
"""The characters that formulas begin with, in every form and width."""
SEPARATORS: Final = ",;|\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029"
"""Separators of cells and of lines, for a character class of a regular expression."""
UNSEEN: Final = (
    r"\s\x00-\x20\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    r"\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e01ef"
)
"""Characters that programs may ignore: blanks, control and formatting characters. For a character
class, as SEPARATORS."""

# Separators and quotes may also stand between the beginning and the sign.
_TO_A_SIGN: Final = f'["{SEPARATORS}{UNSEEN}]*[{re.escape(SIGNS)}]'
_AT_BEGINNING: Final = re.compile(rf"[\t\r\n]|{_TO_A_SIGN}")
_BEHIND_SEPARATOR: Final = re.compile(rf"[{SEPARATORS}](?={_TO_A_SIGN})")


def csv_line(cells: Sequence[object]) -> bytes:
    """One CSV line (RFC 4180). An apostrophe precedes texts that a spreadsheet would read as
    formulas (security.md, Input). Numbers stay unchanged."""
    line = io.StringIO()
    csv.writer(line).writerow([_safe(cell) for cell in cells])
    return line.getvalue().encode()


def _safe(cell: object) -> object:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            beginning = "'" if _AT_BEGINNING.match(cell) else ""
            return beginning + _BEHIND_SEPARATOR.sub(r"\g<0>'", cell)
        case _:
            return cell
