"""Runs benches. All points run in rounds, so that a busy minute of the machine disturbs all points
and not one."""

from __future__ import annotations

import ast
import importlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import trio
from attrs import frozen

from bench.definition import Bench, Point
from bench.report.goals import is_a_goal
from bench.report.results import FOLDER, ROOT, Figure, Result, at_text, commit_of
from bench.rig.machine import available_bytes, descriptors, this_machine
from bench.rig.processes import RIGGING, WrongResult

_SPARE_DESCRIPTORS: Final = 300
_SPARE_BYTES: Final = 2**30


@frozen
class Plan:
    """The points and the number of runs, as the command line chose them."""

    quick: bool = False
    runs: int | None = None
    only: Mapping[str, Sequence[str]] = {}
    """The chosen values by parameter."""
    goals: bool = False
    """Only the points of the goals."""

    def points(self, name: str, bench: Bench) -> list[Point]:
        """The points to run. A value that no point of the bench has makes a new point."""
        points = list(bench.quick if self.quick else bench.points)
        if self.goals:
            points = [point for point in points if is_a_goal(name, point)]
        for parameter, texts in self.only.items():
            if not points or parameter not in points[0]:
                continue
            kind = type(points[0][parameter])
            values = [kind(text.replace("_", "")) for text in texts]
            points = _unique({**point, parameter: value} for point in points for value in values)
        return points

    def runs_of(self, bench: Bench) -> int:
        """The number of runs at each point."""
        return self.runs or (1 if self.quick else bench.runs)


def _unique(points: Iterator[Point]) -> list[Point]:
    found: list[Point] = []
    for point in points:
        if point not in found:
            found.append(point)
    return found


def questions() -> dict[str, str]:
    """The question of each bench by its name. Imports none of them."""
    found: dict[str, str] = {}
    for file in sorted((FOLDER / "questions").glob("*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        names = [
            target.id
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        if "BENCH" in names:
            found[file.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return found


def bench_named(name: str) -> Bench:
    bench: Bench = importlib.import_module(f"bench.questions.{name}").BENCH
    return bench


def run(name: str, plan: Plan) -> Result:
    """Run all points of a bench. Raises WrongResult at the first wrong outcome."""
    bench = bench_named(name)
    points = [point for point in plan.points(name, bench) if _is_possible(bench, point)]
    found: dict[tuple[int, str], list[float]] = {}
    for turn in range(plan.runs_of(bench)):
        for place, point in enumerate(points):
            values = _run_once(name, bench, point)
            for quantity in bench.quantities:
                found.setdefault((place, quantity.name), []).append(values[quantity.name])
            told = "  ".join(f"{q.title} {values[q.name]:,.{q.digits}f}" for q in bench.quantities)
            print(f"{name} {turn + 1}: {at_text(point)}: {told}", file=sys.stderr, flush=True)
    if not found:
        raise WrongResult(f"{name}: no point is possible on this machine")
    figures = [
        Figure(quantity.name, quantity.unit, dict(point), found[place, quantity.name])
        for place, point in enumerate(points)
        for quantity in bench.quantities
    ]
    return Result(
        bench=name,
        question=bench.question,
        commit=commit_of(ROOT),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=this_machine(),
        settings=dict(RIGGING.settings),
        figures=figures,
    )


def _is_possible(bench: Bench, point: Point) -> bool:
    lacks = []
    if bench.descriptors_needed(point) + _SPARE_DESCRIPTORS > descriptors():
        lacks.append(f"{bench.descriptors_needed(point):,} descriptors of {descriptors():,}")
    if (needed := bench.bytes_needed(point)) + _SPARE_BYTES > available_bytes():
        lacks.append(f"{needed / 2**30:.1f} GB of memory")
    if lacks:
        print(f"left out: {at_text(point)} needs {' and '.join(lacks)}", file=sys.stderr)
    return not lacks


def _run_once(name: str, bench: Bench, point: Point) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(prefix="kasgate-bench-") as home:

        async def bounded() -> Mapping[str, float]:
            with trio.fail_after(bench.run_seconds):
                return await bench.measure(point, Path(home))

        try:
            return trio.run(bounded)
        except* trio.TooSlowError:
            problem = f"more than {bench.run_seconds:.0f} s"
        except* WrongResult as group:
            problem = "; ".join(str(error) for error in _leaves(group))
        raise WrongResult(f"{name} at {at_text(point)}: {problem}")


def _leaves(group: BaseExceptionGroup[WrongResult]) -> Iterator[WrongResult]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
