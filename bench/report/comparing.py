"""Compares two commits: the same benches run in turn, so that a busy minute slows both.

Each commit is checked out into a git worktree in a temporary folder. The benches, and the tests
that they use, are those of the current tree, so that only the gateway differs. The dashboard's
build is not in git, so the gateway runs without it.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.definition import Bench
from bench.report.results import ROOT, Figure, Result, load, point_text
from bench.report.tables import markdown_table, number
from bench.rig.processes import WrongResult

OURS: Final = ("bench", "tests")


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """A worktree of a commit with our benches. Raises WrongResult for an unknown commit."""
    tree = folder / commit.replace("/", "-")
    command = ["git", "worktree", "add", "--quiet", "--detach", str(tree), commit]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise WrongResult(f"there is no commit {commit!r} to compare")
    try:
        for name in OURS:
            shutil.rmtree(tree / name, ignore_errors=True)
            shutil.copytree(
                ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "results")
            )
        yield tree
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=False)


def compare(
    commits: Sequence[str], names: Sequence[str], options: Sequence[str], rounds: int
) -> Mapping[str, Mapping[str, Result]]:
    """Run so many rounds of the benches, each on both commits; the results by commit and bench.
    Raises WrongResult if a run fails."""
    with tempfile.TemporaryDirectory(prefix="kasgate-compare-") as folder:
        first, second = commits
        with (
            checked_out(first, Path(folder)) as tree,
            checked_out(second, Path(folder)) as other,
        ):
            rounds_of: dict[str, list[Mapping[str, Result]]] = {first: [], second: []}
            for turn in range(rounds):
                pair = [(first, tree), (second, other)]
                # The first run has the cooler machine.
                for commit, place in pair if turn % 2 == 0 else reversed(pair):
                    to = Path(folder, "results", str(turn), place.name)
                    _run(place, names, options, to)
                    rounds_of[commit].append(load(to))
    return {commit: _merged(results) for commit, results in rounds_of.items()}


def _run(tree: Path, names: Sequence[str], options: Sequence[str], to: Path) -> None:
    command = [sys.executable, "-m", "bench", "run", *names, *options]
    command += ["--runs", "1", "--to", str(to)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    with subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            code = process.wait()
        except BaseException:
            # On SIGINT it ends its gateway and its generators.
            process.send_signal(signal.SIGINT)
            raise
    if code:
        raise WrongResult(f"the benches failed in {tree}; their output is above")


def _merged(results: Sequence[Mapping[str, Result]]) -> Mapping[str, Result]:
    """The runs of all rounds in one result."""
    merged = dict(results[0])
    for name, result in merged.items():
        others = [one[name] for one in results]
        figures = [
            Figure(f.quantity, f.unit, f.at, [v for one in others for v in one.figures[i].values])
            for i, f in enumerate(result.figures)
        ]
        merged[name] = Result(
            result.bench, result.question, result.commit, result.at, result.machine,
            result.settings, figures,
        )  # fmt: skip
    return merged


def comparison(bench: Bench, before: Result, after: Result) -> str:
    """A table of a bench's medians, and the second commit's as a multiple of the first's."""
    rows = []
    for old, new in zip(before.figures, after.figures, strict=True):
        quantity = bench.quantity(old.quantity)
        ratio = new.median / old.median if old.median else float("nan")
        rows.append(
            [
                *map(point_text, old.at.values()),
                f"{quantity.title}, {quantity.unit}",
                _spread(old, quantity.digits),
                _spread(new, quantity.digits),
                number(ratio, 2),
                _verdict(ratio, old, new, higher_is_better=quantity.higher_is_better),
            ]
        )
    head = [*before.figures[0].at, "quantity", before.commit, after.commit, "ratio", ""]
    return markdown_table(head, rows)


def _spread(figure: Figure, digits: int) -> str:
    values = min(figure.values), statistics.median(figure.values), max(figure.values)
    return " / ".join(number(value, digits) for value in values)


def _verdict(ratio: float, old: Figure, new: Figure, *, higher_is_better: bool) -> str:
    """``better``, ``worse``, or empty if the runs of the two overlap."""
    if max(min(old.values), min(new.values)) <= min(max(old.values), max(new.values)):
        return ""
    return "better" if (ratio > 1) == higher_is_better else "worse"
