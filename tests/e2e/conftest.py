"""What the tests of whole processes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kasgate.simnet import SimulatedNetwork
from tests.e2e.gateway import node_of
from tests.e2e.shop import Endpoint
from tests.vectors import vectors

if TYPE_CHECKING:
    import trio


@pytest.fixture
async def network(nursery: trio.Nursery) -> SimulatedNetwork:
    """A network that makes ten blocks a second and has one node."""
    network = SimulatedNetwork()
    await nursery.start(network.serve)
    await nursery.start(network.run)
    return network


@pytest.fixture
def nodes(network: SimulatedNetwork) -> str:
    """Its node, as KASGATE_NODES wants it."""
    return node_of(network)


@pytest.fixture
async def control(network: SimulatedNetwork, nursery: trio.Nursery) -> int:
    """The port of its control door, for another process to move it."""
    port: int = await nursery.start(network.serve_control)
    return port


@pytest.fixture
async def endpoint(nursery: trio.Nursery) -> Endpoint:
    """A webhook endpoint that answers."""
    endpoint = Endpoint()
    await nursery.start(endpoint.serve)
    return endpoint


@pytest.fixture(scope="session")
def xpubs() -> list[str]:
    """Extended public keys, all different."""
    return list(dict.fromkeys(vector["kpub"] for vector in vectors("kpubs")))
