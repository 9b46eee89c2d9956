"""The output of runs: files, tables, charts, and the comparison of two commits."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from attrs import evolve

from bench.definition import Bench, Quantity, grid
from bench.report.comparing import comparison
from bench.report.goal_table import BEGIN, END, NoPlace, goal_table, put_into
from bench.report.goals import GOALS
from bench.report.pictures import draw, nice_step, picture
from bench.report.results import Figure, Result, load, save, table
from bench.report.tables import percentile
from bench.rig.machine import Machine
from bench.running import bench_named, questions

MACHINE = Machine("a processor", 2, 4.0, "Linux 6", "3.11.7")


async def never(_point, _home):
    raise AssertionError("nothing is run here")


BENCH = Bench(
    question="How many?",
    quantities=(
        Quantity("per_second", "answers", "1/s", higher_is_better=True, digits=0, is_flat=True),
        Quantity("p99_ms", "p99", "ms", digits=2),
    ),
    measure=never,
    points=grid(call=("session", "status"), connections=64, sessions=(1_000, 10_000)),
    quick=(),
    scale="sessions",
)


def a_result(factor: float = 1.0, commit: str = "0123456789") -> Result:
    figures = [
        Figure(q.name, q.unit, dict(point), [factor * value for value in (20_000, 26_000, 24_000)])
        for point in BENCH.points
        for q in BENCH.quantities
    ]
    return Result(
        "session_reads", BENCH.question, commit, "2026-11-23T08:00:00Z", MACHINE, {}, figures
    )


def test_percentiles_are_of_the_values():
    hundred = [float(number) for number in range(100, 0, -1)]
    assert [percentile(hundred, p) for p in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([7.0], 50) == 7
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_results_are_kept_as_they_are(tmp_path):
    save(a_result(), tmp_path / "results")
    assert load(tmp_path / "results") == {"session_reads": a_result()}


def test_the_table_puts_the_median_beside_the_goal():
    lines = table(BENCH, a_result()).splitlines()
    (line,) = (line for line in lines if "session" in line and "| 1,000" in line and "1/s" in line)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[-6:-2] == ["20,000", "24,000", "26,000", "≥ 25,000 missed"]
    assert "≥ 25,000 met" in table(BENCH, a_result(factor=1.1))


def test_the_goals_table_says_what_was_measured_what_was_not_and_on_what():
    benches = {name: bench_named(name) for name in questions()}
    text = goal_table({"session_reads": a_result()}, benches)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(GOALS)
    (row,) = (row for row in rows if "GET session/s" in row)
    assert "**24,000**" in row
    assert "20,000 to 26,000" in row
    assert row.rstrip("| ").endswith("missed")
    assert sum("not measured" in row for row in rows) == len(GOALS) - 2
    assert "Commit 0123456789, 2 cores of a processor, 4 GB" in text


def test_the_goals_table_is_written_between_its_markers_and_nowhere_else(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        put_into(document, "| new |")
    assert document.read_text(encoding="utf-8") == f"before\n{BEGIN}\n| new |\n{END}\nafter\n"
    document.write_text("no markers", encoding="utf-8")
    with pytest.raises(NoPlace):
        put_into(document, "| new |")


def test_a_picture_has_a_line_for_each_way_of_asking_and_a_dot_for_each_number(tmp_path):
    drawn = draw(BENCH, a_result(), tmp_path)
    assert drawn is not None
    tree = ET.parse(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert len(tree.findall(f".//{space}polyline")) == 2
    assert len(tree.findall(f".//{space}circle")) == 4
    texts = {element.text for element in tree.iter(f"{space}text")}
    assert {"session", "status", "1,000", "10,000", "goal 25,000"} <= texts
    assert picture(evolve(BENCH, scale=None), a_result()) is None


@pytest.mark.parametrize(
    ("most", "step"), [(1.0, 0.25), (7, 2), (100, 25), (25_000, 10_000), (0.03, 0.01)]
)
def test_marks_of_an_axis_are_round(most, step):
    assert nice_step(most) == pytest.approx(step)


def test_a_comparison_gives_a_verdict_only_where_runs_do_not_overlap():
    slow, fast = a_result(commit="slow"), a_result(factor=2, commit="fast")
    lines = comparison(BENCH, slow, fast).splitlines()
    assert "slow" in lines[0]
    assert "fast" in lines[0]
    for line in lines[2:]:
        assert "2.00" in line
        assert ("worse" in line) == ("p99" in line)
        assert ("better" in line) == ("answers" in line)
    like = comparison(BENCH, slow, a_result(factor=1.1, commit="like"))
    assert "better" not in like
    assert "worse" not in like
