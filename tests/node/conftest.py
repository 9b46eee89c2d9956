"""Real nodes with money on them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from tests.e2e.rig.shop import Endpoint
from tests.node.kaspad import Kaspad
from tests.node.wallet import COINBASE_MATURITY, ShopKeys, Wallet
from tests.plugins.required_parts import require

REWARDS = 30
"""Coins that may be spent when a test begins."""


@pytest.fixture(scope="session")
def kaspad() -> Path:
    return require("kaspad")


@pytest.fixture(scope="session")
def mined(kaspad: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stopped node, whose first rewards may be spent. Mined once: every test's node
    begins with a copy."""
    home = tmp_path_factory.mktemp("kaspad")

    async def mine() -> None:
        node = Kaspad(kaspad, home)
        async with node.running():
            await node.mine(COINBASE_MATURITY + REWARDS, Wallet(node.wrpc_port).address)
            await node.stop()

    trio.run(mine)
    return home


@pytest.fixture(scope="session")
def node(kaspad: Path, mined: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kaspad]:
    """A node that makes no blocks by itself. Tests that leave it running share it."""
    node = Kaspad(kaspad, copy(mined, tmp_path_factory.mktemp("shared") / "node"))
    try:
        trio.run(node.start)
        yield node
    finally:
        trio.run(node.kill)


@pytest.fixture
async def own(kaspad: Path, mined: Path, tmp_path: Path) -> AsyncIterator[Kaspad]:
    """A node for one test, which may stop it."""
    async with Kaspad(kaspad, copy(mined, tmp_path / "own")).running() as node:
        yield node


@pytest.fixture
async def other(kaspad: Path, mined: Path, tmp_path: Path) -> AsyncIterator[Kaspad]:
    """A second node with the same history, not connected to the first."""
    async with Kaspad(kaspad, copy(mined, tmp_path / "other")).running() as node:
        yield node


def copy(home: Path, to: Path) -> Path:
    """Copy a node's folder."""
    return Path(shutil.copytree(home, to))


@pytest.fixture(scope="session")
def wallet(node: Kaspad) -> Wallet:
    """Pays on the shared node."""
    return Wallet(node.wrpc_port)


@pytest.fixture
def keys() -> ShopKeys:
    """The shop's keys, with unused addresses."""
    return ShopKeys()


@pytest.fixture
async def endpoint(nursery: trio.Nursery) -> Endpoint:
    """The shop's webhook endpoint."""
    endpoint = Endpoint()
    await nursery.start(endpoint.serve)
    return endpoint


@pytest.fixture(params=["grpc", "ws"])
def transport(request: pytest.FixtureRequest) -> str:
    """The transport to the node, named by its URL's scheme."""
    scheme: str = request.param
    return scheme
