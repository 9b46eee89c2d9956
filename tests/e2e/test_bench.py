"""Benches in their smallest form, with the gateway as a process: all measurements are there. Its
speed is not tested."""

from __future__ import annotations

import subprocess
import sys

import pytest
import trio

from bench.definition import Point
from bench.questions import (
    dust,
    notification_to_websocket,
    soak,
    socket_messages,
    start,
    store_writes,
    webhooks,
)
from bench.rig.processes import RIGGING, Pin
from tests.e2e.rig.gateway import ROOT

pytestmark = pytest.mark.timeout(600)


async def test_every_payment_is_timed_from_its_notification_to_its_frame(tmp_path):
    point: Point = {"sessions": 30, "rate": 40, "pattern": "in blocks", "seconds": 0.5}
    values = await notification_to_websocket.measure(point, tmp_path)
    assert 0 < values["p50_ms"] <= values["p99_ms"] <= values["most_ms"]


async def test_a_block_is_told_to_every_socket_once(tmp_path):
    values = await socket_messages.measure({"sockets": 12, "bursts": 1}, tmp_path)
    assert values["per_second"] > 0


async def test_webhooks_are_delivered_once_and_logged(tmp_path):
    point: Point = {"merchants": 3, "receivers": "tls", "deliveries": 20}
    values = await webhooks.measure(point, tmp_path)
    assert values["per_second"] > 0


async def test_a_start_is_timed_until_all_sessions_are_watched(tmp_path):
    values = await start.measure({"sessions": 50}, tmp_path)
    assert values["watched_s"] > values["resumed_s"] > 0
    assert values["stall_ms"] > 0


@pytest.mark.parametrize("pattern", ["one block", "trickle"])
async def test_dust_is_counted_to_the_last_output(tmp_path, pattern, monkeypatch):
    monkeypatch.setattr(dust, "ENOUGH_OUTPUTS", 40)
    monkeypatch.setattr(dust, "CREATIONS", 20)
    values = await dust.measure({"outputs": 20, "pattern": pattern}, tmp_path)
    assert values["bytes"] > 0
    assert values["p99_ratio"] > 0


@pytest.mark.parametrize("write", sorted(store_writes.KINDS))
async def test_writes_are_counted_when_they_are_in_the_file(tmp_path, write):
    point: Point = {"write": write, "callers": 4, "writes": 20}
    values = await store_writes.measure(point, tmp_path)
    assert 1 <= values["per_commit"] <= 4


async def test_a_soak_checks_every_session_payment_message_and_webhook(tmp_path):
    load = soak.Load(minutes=0.1, held=12, sockets=4, rate=10, merchants=2, wave_seconds=1.0)
    with trio.fail_after(500):
        verdict = await soak.soak(load, tmp_path)
    assert verdict.paid >= 4 + load.wave
    assert verdict.webhooks >= 3 * load.wave
    assert "every check holds" in verdict.sentences()


@pytest.fixture(autouse=True)
def cores_for_all(monkeypatch):
    """Other tests run at the same time."""
    monkeypatch.setattr(RIGGING, "pin", Pin.NONE)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_command_line_lists_every_bench_and_refuses_strangers():
    listed = bench()
    assert listed.returncode == 0
    for name in ("session_reads", "start", "webhooks"):
        assert f"  {name} " in listed.stdout
    wrong = bench("run", "nonsense")
    assert wrong.returncode != 0
    assert "There is no bench 'nonsense'" in wrong.stderr


def test_results_of_a_run_are_kept(tmp_path):
    done = bench(
        *("run", "store_writes", "--quick", "--at", "write=attempt", "--to", str(tmp_path))
    )
    assert done.returncode == 0, done.stderr
    assert "writes, 1/s" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"store_writes.json"}
    told = bench("table", "--from", str(tmp_path))
    assert "durable writes/s" in told.stdout
