"""The table of goals with the measured results, and its place in a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.definition import Bench
from bench.report.goals import GOALS
from bench.report.results import Result, at_text, is_met
from bench.report.tables import markdown_table, number

BEGIN: Final = "<!-- goals: begin (make bench-table writes this) -->"
END: Final = "<!-- goals: end -->"
HEAD: Final = ("quantity", "brief", "before", "goal", "median", "lowest to highest", "runs", "")


class NoPlace(Exception):
    """The document has no markers for the table."""


def goal_table(results: Mapping[str, Result], benches: Mapping[str, Bench]) -> str:
    """All goals with their results, and the machines and commits of these."""
    rows = []
    for goal in GOALS:
        bench, result = benches[goal.bench], results.get(goal.bench)
        quantity = bench.quantity(goal.quantity)
        sign = "≥" if quantity.higher_is_better else "≤"
        row = [goal.title, goal.brief, goal.before, f"{sign} {goal.goal:,g}"]
        figure = result.find(goal) if result is not None else None
        if figure is None:
            rows.append([*row, "not measured", "", "", ""])
            continue
        spread = (
            number(value, quantity.digits) for value in (min(figure.values), max(figure.values))
        )
        rows.append(
            [
                *row,
                f"**{number(figure.median, quantity.digits)}**",
                " to ".join(spread),
                str(len(figure.values)),
                "met" if is_met(goal, bench, figure) else "missed",
            ]
        )
    return "\n\n".join([markdown_table(HEAD, rows), *_provenance(results)])


def _provenance(results: Mapping[str, Result]) -> list[str]:
    """A sentence for each machine and commit."""
    groups: dict[tuple[str, str], list[str]] = {}
    for result in results.values():
        one = result.machine
        about = (
            f"{one.cores} cores of {one.processor}, {one.memory_gb:g} GB, {one.system},"
            f" Python {one.python}"
        )
        if result.settings:
            about += f"; {at_text(result.settings)}"
        groups.setdefault((result.commit, about), []).append(result.bench)
    return [
        f"Commit {commit}, {about}: {', '.join(sorted(names))}."
        for (commit, about), names in groups.items()
    ]


def put_into(document: Path, table: str) -> None:
    """Write the table between the markers. Raises NoPlace."""
    text = document.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise NoPlace(f"{document} has no line {BEGIN!r} and {END!r}.")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
