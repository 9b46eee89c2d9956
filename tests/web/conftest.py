"""Fixtures for the web side."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.web.world import World, a_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A gateway on the simnet with its web application, without sockets."""
    async with a_world() as running:
        yield running
