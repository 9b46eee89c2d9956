"""How the suite is spread over worker processes (pytest-xdist), where `make test` requests them.

Tests of whole processes wait most of their time; the others compute. The queue alternates between
the two, so that the cores are neither idle nor overloaded. The longest of each kind come first, so
that no worker is left with a long one at the end. Tests that share an expensive fixture stay in one
worker.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

WORKERS: Final = min(max(4, os.cpu_count() or 1), 8)
"""Four on two cores, because about two of them wait at any time."""
NODE: Final = "tests/node/"
"""All of these share a node, which has mined its first rewards."""
BROWSER: Final = "tests/e2e/test_browser.py"
"""The text in brackets begins with the group of stories that run together."""
APART: Final = ("tests/e2e/",)
"""Each test has its own network and gateway, and may run anywhere."""
WAITING: Final = (
    "tests/e2e/test_kill.py",
    BROWSER,
    NODE,
    "tests/e2e/test_rest.py",
    "tests/e2e/test_transports.py",
    "tests/e2e/test_restart.py",
    "tests/cli/",
    "tests/deploy/",
    *APART,
)
COMPUTING: Final = (
    "tests/sessions/test_machine.py",
    "tests/web/contract/test_schemathesis.py",
    "tests/test_release.py",
    "tests/actors/",
    "",
)


def unit_of(nodeid: str) -> str:
    """The unit of a test. One worker runs the tests of a unit one after another."""
    if nodeid.startswith(NODE):
        return NODE
    if nodeid.startswith(BROWSER):
        return nodeid.partition("-")[0]
    return nodeid if nodeid.startswith(APART) else nodeid.partition("::")[0]


def in_turns(nodeids: Sequence[str]) -> list[str]:
    """The units of these tests, in the order in which they begin."""
    kinds: tuple[list[str], list[str]] = ([], [])
    for unit in dict.fromkeys(map(unit_of, nodeids)):
        kinds[not unit.startswith(WAITING)].append(unit)
    placed = []
    for units, longest_first in zip(kinds, (WAITING, COMPUTING), strict=True):
        units.sort(key=lambda unit: [unit.startswith(place) for place in longest_first].index(True))
        placed += [(place / len(units), unit) for place, unit in enumerate(units)]
    return [unit for _, unit in sorted(placed, key=lambda each: each[0])]


class Units(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Assigns the queue unit by unit."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`-n auto`: workers are worth their start for folders, not for a few chosen tests."""
    chosen = config.option.keyword or config.option.markexpr or config.option.lf
    is_folders = not any(".py" in argument for argument in config.args)
    return WORKERS if is_folders and not chosen else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Units:
    """The queue keeps the order of ``pytest_collection_modifyitems``."""
    config.option.loadscopereorder = False
    return Units(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With workers the kinds of units alternate; without workers the order is that of the
    folders."""
    if hasattr(config, "workerinput"):
        places = {unit: place for place, unit in enumerate(in_turns([i.nodeid for i in items]))}
        items.sort(key=lambda item: places[unit_of(item.nodeid)])
