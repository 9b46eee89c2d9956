"""Every goal has a bench that measures it, and every bench has a full and a small form."""

from __future__ import annotations

import pytest

from bench.report.goals import GOALS
from bench.running import Plan, bench_named, questions

NAMES = sorted(questions())


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.title)
def test_each_goal_is_measured_at_one_point_of_its_bench(goal):
    bench = bench_named(goal.bench)
    assert goal.quantity in {quantity.name for quantity in bench.quantities}
    about = [point for point in bench.points if goal.is_about(goal.bench, goal.quantity, point)]
    # Two ways in which payments arrive share a goal only if it names neither.
    assert len(about) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_bench_asks_a_question_in_full_and_in_small_form_alike(name):
    bench = bench_named(name)
    assert bench.question.endswith("?")
    assert bench.question == questions()[name]
    assert {frozenset(point) for point in (*bench.points, *bench.quick)} == {
        frozenset(bench.points[0])
    }
    assert bench.scale is None or bench.scale in bench.points[0]
    assert len({quantity.name for quantity in bench.quantities}) == len(bench.quantities)


def test_points_may_be_chosen_by_the_values_of_their_parameters():
    bench = bench_named("session_reads")
    plan = Plan(quick=True, only={"sessions": ["7"], "call": ["status"], "sockets": ["1"]})
    assert plan.points("session_reads", bench) == [
        {"call": "status", "sessions": 7, "connections": 16, "seconds": 0.5}
    ]
    assert plan.runs_of(bench) == 1
    assert Plan(runs=4).runs_of(bench) == 4


def test_the_points_of_the_goals_may_be_run_alone():
    bench = bench_named("session_reads")
    points = Plan(goals=True).points("session_reads", bench)
    assert {(p["call"], p["sessions"], p["connections"]) for p in points} == {
        ("session", 1_000, 64),
        ("status", 1_000, 64),
    }
    assert Plan(goals=True).points("node_feed", bench_named("node_feed")) == []
