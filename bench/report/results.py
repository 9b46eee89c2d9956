"""Results as files: one JSON per bench, with the machine, the commit and the settings."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path
from typing import Final

import msgspec

from bench.definition import Bench, Point
from bench.report.goals import GOALS, Goal
from bench.report.tables import markdown_table, number
from bench.rig.machine import Machine

FOLDER: Final = Path(__file__).parents[1]
ROOT: Final = FOLDER.parent
RECORDED: Final = FOLDER / "results"
"""Results of full runs, which are committed."""
PASSING: Final = ROOT / "build" / "bench"
"""Results of quick runs, and of runs at chosen points."""


class Figure(msgspec.Struct, frozen=True):
    """A quantity at a point: one value per run."""

    quantity: str
    unit: str
    at: dict[str, int | float | str]
    values: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)


class Result(msgspec.Struct, frozen=True):
    """A bench's figures."""

    bench: str
    question: str
    commit: str
    """Followed by a plus sign if the tree had changes."""
    at: str
    """ISO 8601."""
    machine: Machine
    settings: dict[str, str]
    figures: list[Figure]

    def find(self, goal: Goal) -> Figure | None:
        """The figure for a goal; None if it was not measured."""
        about = (f for f in self.figures if goal.is_about(self.bench, f.quantity, f.at))
        return next(about, None)


def commit_of(tree: Path) -> str:
    """The commit of a tree; "unknown" outside of git."""
    try:
        commit = _git(tree, "rev-parse", "--short=10", "HEAD")
        return commit + ("+" if _git(tree, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(tree: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=tree, check=True, capture_output=True, text=True
    ).stdout.strip()


def save(result: Result, folder: Path) -> Path:
    """Write a result to its file in the folder; the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.bench}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return path


def load(folder: Path) -> dict[str, Result]:
    """All results of a folder, by bench."""
    found = (
        msgspec.json.decode(path.read_bytes(), type=Result)
        for path in sorted(folder.glob("*.json"))
    )
    return {result.bench: result for result in found}


def goal_of(bench: str, figure: Figure) -> Goal | None:
    """The goal for a figure."""
    about = (g for g in GOALS if g.is_about(bench, figure.quantity, figure.at))
    return next(about, None)


def is_met(goal: Goal, bench: Bench, figure: Figure) -> bool:
    """Whether the median reaches the goal."""
    if bench.quantity(goal.quantity).higher_is_better:
        return figure.median >= goal.goal
    return figure.median <= goal.goal


def table(bench: Bench, result: Result) -> str:
    """A bench's figures and their goals as a Markdown table."""
    names = list(result.figures[0].at)
    rows = []
    for figure in result.figures:
        quantity, goal = bench.quantity(figure.quantity), goal_of(result.bench, figure)
        rows.append(
            [
                *(point_text(figure.at[name]) for name in names),
                f"{quantity.title}, {quantity.unit}",
                number(min(figure.values), quantity.digits),
                number(figure.median, quantity.digits),
                number(max(figure.values), quantity.digits),
                goal_text(goal, bench, figure),
                goal.before if goal else "",
                goal.brief if goal else "",
            ]
        )
    head = [*names, "quantity", "lowest", "median", "highest", "goal", "before", "brief"]
    return markdown_table(head, rows)


def goal_text(goal: Goal | None, bench: Bench, figure: Figure) -> str:
    """The goal, and whether it is met."""
    if goal is None:
        return ""
    sign = "≥" if bench.quantity(goal.quantity).higher_is_better else "≤"
    return f"{sign} {goal.goal:,g} {'met' if is_met(goal, bench, figure) else 'missed'}"


def point_text(value: float | str) -> str:
    """A parameter's value as text."""
    return value if isinstance(value, str) else f"{value:,}"


def at_text(point: Point) -> str:
    """A point as text."""
    return ", ".join(f"{name} {point_text(value)}" for name, value in point.items())
