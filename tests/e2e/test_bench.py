"""Benches in their smallest form: what they measure is all there. Nothing about its speed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.notification_to_websocket import Load, measure, print_results
from bench.report import percentile, spread
from bench.runner import questions
from tests.e2e.gateway import ROOT


@pytest.mark.parametrize("pattern", ["spread", "in blocks"])
async def test_every_payment_is_timed_from_its_notification_to_its_frame(tmp_path, pattern, capsys):
    load = Load(sessions=50, followers=5, rate=50, seconds=0.8, pattern=pattern)
    result = await measure(load, tmp_path)
    assert (len(result.latencies), result.lost) == (40, 0)
    assert all(0 < latency < 30_000 for latency in result.latencies)
    assert len(result.creations) == 50
    assert result.rss_mb > 10
    print_results([(load, [result, result])])
    table = capsys.readouterr().out
    assert f"{percentile(result.latencies, 50):,.2f}" in table
    assert "1 / 4" in table


def test_percentiles_and_spreads_are_of_the_values():
    hundred = [float(number) for number in range(100, 0, -1)]
    assert [percentile(hundred, p) for p in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([7.0], 50) == 7
    assert spread([3, 1, 2.5]) == "1 / 2 / 3"
    assert spread([1234.5, 2.25, 10], 1) == "2.2 / 10.0 / 1,234.5"
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_runner_lists_every_bench_with_its_question_and_hands_arguments_on():
    assert set(questions()) >= {"node_feed", "notification_to_websocket", "store_writes"}
    listed = bench()
    assert listed.returncode == 0
    for name, question in questions().items():
        assert question.endswith("?"), f"{name} does not say what it asks"
        assert f"  {name} " in listed.stdout
        assert question in listed.stdout
    assert "--sessions" in bench("notification_to_websocket", "--help").stdout
    wrong = bench("nonsense")
    assert wrong.returncode == 2
    assert "There is no bench 'nonsense'" in wrong.stderr
