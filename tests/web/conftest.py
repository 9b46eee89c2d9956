"""Fixtures for the web side."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.web.world import World, a_world, served

LANES = ("framework", "express")
"""The application without sockets, or a port with the express lane in front of it."""

# The modules with tests of the hot calls. They run in both lanes.
_ASKED_BY_BOTH = {
    "test_bodies",
    "test_caller",
    "test_decisions",
    "test_errors",
    "test_every_call",
    "test_fixes",
    "test_headers",
    "test_idempotency",
    "test_limits",
    "test_logos",
    "test_policy",
    "test_sessions",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of the hot calls in both lanes."""
    module = metafunc.module.__name__.rpartition(".")[2]
    if "lane" in metafunc.fixturenames and module in _ASKED_BY_BOTH:
        metafunc.parametrize("lane", LANES, indirect=True)


@pytest.fixture
def lane(request: pytest.FixtureRequest) -> str:
    """The lane of this test's requests."""
    lane: str = getattr(request, "param", LANES[0])
    return lane


@pytest.fixture
async def world(lane: str) -> AsyncIterator[World]:
    """A gateway on the simnet with its web application."""
    async with a_world() as running:
        if lane == "framework":
            yield running
        else:
            async with served(running) as server:
                running.port = server.port
                yield running
