"""The commands of docs/start.md, run against `kasgate demo`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.cli.processes import running
from tests.e2e.rig.gateway import free_port

PAGE = Path(__file__).parents[2] / "docs" / "start.md"
ADDRESS = "http://localhost:3001"
PAUSE = "\nsleep 2\n"
PATIENT_PAUSE = """
until curl -s $URL/api/v1/sessions/$ID/status | grep -q '"confirmed"'; do sleep 0.1; done
"""
"""On an idle machine ten confirmations take a second. Here the other tests run too."""


def lines_under(heading: str) -> str:
    """The one block of shell under a heading."""
    section = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    (body,) = [part for part in section if part.startswith(heading)]
    (block,) = re.findall(r"```sh\n(.*?)```", body, re.DOTALL)
    assert isinstance(block, str)
    return block


def test_with_curl_alone_a_shop_registers_sells_is_paid_and_sees_it(tmp_path: Path) -> None:
    lines = lines_under("With curl alone")
    assert lines.startswith(f"URL={ADDRESS}\n")
    assert PAUSE in lines
    lines = lines.replace(PAUSE, PATIENT_PAUSE)
    port = free_port()
    with running("demo", "--port", str(port)) as demo:
        demo.line("The gateway keeps running")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines.replace(ADDRESS, f"http://localhost:{port}")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 0, done.stderr
    assert '"paidState":"exact"' in done.stdout
    assert '"orderId":"ORDER-123"' in done.stdout
    assert '"status":"confirmed","confirmations":10' in done.stdout
