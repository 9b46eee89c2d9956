"""The systemd unit, judged by systemd's own tool. No service manager needs to run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kasgate.cli.serve import EXIT_SECONDS
from tests.e2e.rig.gateway import ROOT

UNIT = ROOT / "deploy/systemd/kasgate.service"
MOST_EXPOSED = 20
"""In tenths: systemd's scale is 0.0 (nothing can be reached) to 10.0."""
NEWER_KEYS = ("RestartSteps", "RestartMaxDelaySec")
"""systemd before 254 ignores these, with a warning each."""


def analyze(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on the unit, with a program in it that exists on this machine."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not here: it comes with systemd")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/kasgate", "/bin/true"))
    command = [program, *arguments, str(unit)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_systemd_understands_every_line(tmp_path):
    done = analyze(tmp_path, "verify")
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    unknown = [line for line in complaints if not any(key in line for key in NEWER_KEYS)]
    assert (done.returncode, unknown) == (0, [])


def test_it_may_touch_little(tmp_path):
    done = analyze(tmp_path, "security", "--offline=yes", f"--threshold={MOST_EXPOSED}")
    assert done.returncode == 0, done.stdout[-3000:]


def test_its_times_fit_those_of_the_gateway():
    lines = UNIT.read_text().splitlines()
    (stop,) = (line for line in lines if line.startswith("TimeoutStopSec="))
    assert float(stop.partition("=")[2].removesuffix("s")) > EXIT_SECONDS
    assert "Type=notify" in lines
    assert "ExecStart=/usr/bin/kasgate serve" in lines
