from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from kasgate.cli import main

Kasgate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of its own, and no setting or settings file from outside."""
    for name in list(os.environ):
        if name.startswith("KASGATE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KASGATE_CONFIG", "off")
    monkeypatch.setenv("KASGATE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def kasgate(home: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Kasgate]:
    """Runs a command in this process. Returns its exit code, standard output and error."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return (code, *capfd.readouterr())

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
