"""`kasgate openapi` describes the API without a gateway, and always with the same bytes."""

from __future__ import annotations

import json
import os
import sys

import trio

from kasgate import __version__
from tests.cli.conftest import Kasgate
from tests.web.world import a_world
from web.openapi import document


def test_it_prints_the_description_whatever_the_settings_are(kasgate: Kasgate, monkeypatch):
    monkeypatch.setenv("KASGATE_NETWORK", "no such network")
    code, out, err = kasgate("openapi")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["openapi"], found["info"]["version"]) == ("3.1.0", __version__)
    assert "/api/v1/sessions/{session_id}" in found["paths"]
    assert not any(path.startswith("/api/v1/test/") for path in found["paths"])


async def test_it_is_what_a_gateway_says_of_itself() -> None:
    command = [sys.executable, "-m", "kasgate", "openapi"]
    async with a_world() as world:
        served = document(world.app, world.app.base_url)
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        printed = await trio.run_process(command, env=environment, capture_stdout=True)
        assert json.loads(printed.stdout) == served
