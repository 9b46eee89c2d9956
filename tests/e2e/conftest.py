"""Fixtures for the tests of whole processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kasgate.simnet import SimulatedNetwork
from tests.e2e.rig.gateway import Transport
from tests.e2e.rig.shop import Endpoint
from tests.vectors import vectors

if TYPE_CHECKING:
    import trio


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> Transport:
    """The gateway's transport to the network: wRPC JSON, unless a test is
    ``over_every_transport``."""
    chosen: Transport = getattr(request, "param", Transport.WRPC)
    return chosen


@pytest.fixture
async def network(nursery: trio.Nursery, transport: Transport) -> SimulatedNetwork:
    """A network that makes ten blocks a second and has one node."""
    network = SimulatedNetwork()
    await nursery.start(transport.serve(network))
    await nursery.start(network.run)
    return network


@pytest.fixture
def nodes(network: SimulatedNetwork, transport: Transport) -> str:
    """Its node, in the form of KASGATE_NODES."""
    return transport.url(network.ports[0])


@pytest.fixture
async def control(network: SimulatedNetwork, nursery: trio.Nursery) -> int:
    """Its control port, for commands from another process."""
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
