"""Reads CHANGELOG.md and holds it to the rules at its head.

``python tools/changelog.py`` prints the newest release and its date. Exit code 1: the file breaks a
rule, or has no release.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

CHANGELOG: Final = Path(__file__).parents[1] / "CHANGELOG.md"
SECTIONS: Final = ("Upgrading", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""The sections of a release, in this order. The first release is grouped by topic instead."""
UNRELEASED: Final = "Unreleased"
_HEADING: Final = re.compile(r"## (?P<version>\d+\.\d+\.\d+) - (?P<date>\d{4}-\d{2}-\d{2})")


class ChangelogError(Exception):
    """The file breaks a rule. The message names the line and the rule."""


class Release(NamedTuple):
    """A part of the changelog."""

    version: str
    """Such as 0.1.0; UNRELEASED for the part at the top."""
    date: date | None
    """None for the part at the top."""
    sections: tuple[str, ...]

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers, for comparisons."""
        return tuple(map(int, self.version.split(".")))


def releases(text: str) -> list[Release]:
    """The releases, newest first, without the unreleased part. Raises ChangelogError."""
    unreleased, *released = parts(text)
    if unreleased.version != UNRELEASED:
        raise ChangelogError(f"The first part must be '## {UNRELEASED}'.")
    for newer, older in pairwise(released):
        if newer.number <= older.number:
            raise ChangelogError(f"{newer.version} must not come before {older.version}.")
        if newer.date is not None and older.date is not None and newer.date < older.date:
            raise ChangelogError(f"{newer.version} is dated before {older.version}.")
    for part in (unreleased, *released[:-1]):
        _check_sections(part)
    if released and not released[-1].sections:
        raise ChangelogError(f"{released[-1].version} has no section.")
    return released


def parts(text: str) -> Iterator[Release]:
    """All parts in their order. Raises ChangelogError for a heading of another form."""
    version, day = "", None
    sections: list[str] = []
    lines = text.splitlines()
    if not lines or lines[0] != "# Changelog":
        raise ChangelogError("The first line must be '# Changelog'.")
    for number, line in enumerate(lines, start=1):
        if line.startswith("### "):
            sections.append(line.removeprefix("### "))
        elif line.startswith("## "):
            if version:
                yield Release(version, day, tuple(sections))
            version, day = _heading(number, line)
            sections = []
    if not version:
        raise ChangelogError("There is no release.")
    yield Release(version, day, tuple(sections))


def _heading(number: int, line: str) -> tuple[str, date | None]:
    if line == f"## {UNRELEASED}":
        return UNRELEASED, None
    found = _HEADING.fullmatch(line)
    if found is None:
        raise ChangelogError(f"Line {number} must be '## 1.2.3 - 2026-12-31', not {line!r}.")
    try:
        return found["version"], date.fromisoformat(found["date"])
    except ValueError:
        raise ChangelogError(f"Line {number} has a date that does not exist.") from None


def _check_sections(part: Release) -> None:
    for section in part.sections:
        if section not in SECTIONS:
            allowed = ", ".join(SECTIONS)
            raise ChangelogError(f"{part.version} has a section {section!r}; allowed: {allowed}.")
    if list(part.sections) != sorted(set(part.sections), key=SECTIONS.index):
        raise ChangelogError(f"The sections of {part.version} are out of order, or come twice.")
    if part.date is not None and not part.sections:
        raise ChangelogError(f"{part.version} has no section.")


def main() -> int:
    try:
        found = releases(CHANGELOG.read_text(encoding="utf-8"))
    except ChangelogError as error:
        print(f"CHANGELOG.md: {error}", file=sys.stderr)
        return 1
    if not found:
        print("CHANGELOG.md: there is no release.", file=sys.stderr)
        return 1
    print(found[0].version, found[0].date)
    return 0


if __name__ == "__main__":
    sys.exit(main())
