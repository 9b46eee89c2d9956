"""The table of sentences names tests that exist."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.web.contract.sentences import CONTRACT

TESTS = Path(__file__).parents[2]


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the tests in a file, in the form of the table."""
    folder, _, name = file.rpartition("/")
    tree = ast.parse((TESTS / folder / f"test_{name}.py").read_text("utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize("section", CONTRACT)
def test_every_sentence_names_tests_that_exist(section: str) -> None:
    for sentence, tests in CONTRACT[section].items():
        assert tests, sentence
        for test in tests:
            file, _, name = test.partition(":")
            assert f"test_{name}" in names_in(file), f"{sentence}: {test}"
