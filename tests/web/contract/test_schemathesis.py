"""Schemathesis against the running server: it sends requests that the description allows and
forbids to every call. The description must list each answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import trio

from tests.web.sandbox import a_sandbox
from tests.web.world import served

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
    "unsupported_method",
)
CONFIGURATION = """
[[operations]]
include-name = "POST /api/v1/sessions"
# Prices in euros, where no rates are fetched, are a 503 by the contract.
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", 503]
"""
LONGEST_S = 600


@pytest.mark.timeout(LONGEST_S + 30)
async def test_every_answer_is_one_that_the_description_names(tmp_path: Path) -> None:
    async with (
        a_sandbox(control_port=False, rate_limits="off") as (world, _),
        served(world) as server,
    ):
        merchant = await world.merchant()
        url = f"http://127.0.0.1:{server.port}"
        (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, "utf-8")
        with trio.move_on_after(LONGEST_S) as in_time:
            found = await trio.run_process(
                [
                    *(sys.executable, "-m", "schemathesis.cli", "run"),
                    *(f"{url}/api/v1/openapi.json", "--url", url, "--no-color"),
                    *("-H", f"X-API-Key: {merchant['apiKey']}", "--seed", "1"),
                    *("--max-examples", "10", "--phases", "examples,coverage,fuzzing"),
                    *("--checks", ",".join(CHECKS), "--suppress-health-check", "all"),
                    # Plain HTTP cannot use a WebSocket; tests/web/socket/test_socket.py does.
                    *("--exclude-path", "/ws", "--generation-database", "none"),
                    # It would revoke the key that the other calls use.
                    *("--exclude-path", "/api/v1/merchants/me/regenerate-api-key"),
                ],
                check=False,
                capture_stdout=True,
                stderr=subprocess.STDOUT,
                cwd=tmp_path,
            )
        assert not in_time.cancelled_caught
        report = (found.stdout or b"").decode()
        assert found.returncode == 0, report[-8_000:]
        assert "Operations:       " in report
