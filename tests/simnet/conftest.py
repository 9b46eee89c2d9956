"""A network that changes only when a test acts, and a client of one of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kasgate.simnet import SimulatedNetwork
from tests.simnet.wire_client import WireClient, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import trio


@pytest.fixture
def net() -> SimulatedNetwork:
    return SimulatedNetwork(blocks_per_second=0, clock=lambda: 1_700_000_000_000)


@pytest.fixture
async def port(net: SimulatedNetwork, nursery: trio.Nursery) -> int:
    port: int = await nursery.start(net.serve)
    return port


@pytest.fixture
async def client(port: int) -> AsyncIterator[WireClient]:
    async with connect(port) as client:
        yield client
