"""The findings of ``kasgate doctor``, and how they are printed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

WIDTH: Final = 96
_INDENT: Final = " " * 10


class State(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"
    """Payments work nevertheless."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not checked, because an earlier check failed."""


@frozen
class Finding:
    """The result of one check with its explanation."""

    check: str
    """The subject of the check, in a few words."""
    state: State
    detail: str
    """A sentence."""
    mend: str | None = None
    """How to repair it."""
    items: tuple[str, ...] = ()
    """Lines to compare with another source, such as addresses."""


def ok(check: str, detail: str, items: Iterable[str] = ()) -> Finding:
    return Finding(check, State.OK, detail, items=tuple(items))


def warning(check: str, detail: str, mend: str) -> Finding:
    """Something to look at."""
    return Finding(check, State.WARNING, detail, mend)


def failed(check: str, detail: str, mend: str) -> Finding:
    """A problem that needs repair."""
    return Finding(check, State.FAILED, detail, mend)


def skipped(check: str, detail: str) -> Finding:
    """A check that could not be made."""
    return Finding(check, State.SKIPPED, detail)


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing needs repair."""
    return all(finding.state is not State.FAILED for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """All findings as one JSON object."""
    checks = [
        {
            name: value
            for name, value in (
                ("check", finding.check),
                ("state", finding.state.value),
                ("detail", finding.detail),
                ("mend", finding.mend),
                ("items", list(finding.items) or None),
            )
            if value is not None
        }
        for finding in findings
    ]
    return json.dumps({"ok": is_well(findings), "checks": checks}, ensure_ascii=False)


def for_a_person(findings: Sequence[Finding]) -> str:
    """A few lines per check; problems are in capitals."""
    lines = [line for finding in findings for line in lines_of(finding)]
    failures = sum(finding.state is State.FAILED for finding in findings)
    verdict = "All is well." if not failures else f"{failures} to fix."
    return "\n".join([*lines, "", verdict])


def lines_of(finding: Finding, width: int = WIDTH) -> list[str]:
    """One finding as lines of at most ``width`` columns."""
    is_bad = finding.state is State.FAILED
    state = finding.state.value.upper() if is_bad else finding.state.value
    lines = _wrapped(f"{finding.check}: {finding.detail}", f"{state:<8}  ", width)
    lines += [f"{_INDENT}  {item}" for item in finding.items]
    if finding.mend is not None:
        lines += _wrapped(f"→ {finding.mend}", _INDENT, width)
    return lines


def _wrapped(text: str, start: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=start,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
