"""Every command of the simulated network has a test that uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.control.server import ControlServer

CONTROLS = sorted(ControlServer(SimulatedNetwork(blocks_per_second=0)).commands)


def named_in(function: ast.AST) -> Iterator[str]:
    """The names that a test calls: methods, or commands over the control port."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call):
            if isinstance(call.func, ast.Attribute):
                yield call.func.attr
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


@pytest.fixture(scope="module")
def used() -> set[str]:
    """The names used by the test functions of this folder. Fixtures and their calls do not
    count."""
    return {
        name
        for file in Path(__file__).parents[1].rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        for name in named_in(node)
    }


@pytest.mark.parametrize("control", CONTROLS)
def test_every_command_is_used_by_a_test(control: str, used: set[str]) -> None:
    assert control in used
