"""A real node with money on it, for each test its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from tests.e2e.shop import Endpoint
from tests.node.kaspad import Kaspad
from tests.node.wallet import COINBASE_MATURITY, ShopKeys, Wallet
from tests.plugins.required_parts import require

REWARDS = 30
"""Coins that may be spent when a test begins."""


@pytest.fixture(scope="session")
def kaspad() -> Path:
    """The program."""
    return require("kaspad")


@pytest.fixture(scope="session")
def mined(kaspad: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that has stopped, whose first rewards may be spent. Mined once: every
    test's node begins with a copy."""
    home = tmp_path_factory.mktemp("kaspad")

    async def mine() -> None:
        node = Kaspad(kaspad, home)
        async with node.running():
            await node.mine(COINBASE_MATURITY + REWARDS, Wallet(node.wrpc_port).address)
            await node.stop()

    trio.run(mine)
    return home


@pytest.fixture
async def node(kaspad: Path, mined: Path, tmp_path: Path) -> AsyncIterator[Kaspad]:
    """A node that runs and makes no blocks by itself."""
    async with Kaspad(kaspad, copy(mined, tmp_path / "node")).running() as node:
        yield node


@pytest.fixture
async def other(kaspad: Path, mined: Path, tmp_path: Path) -> AsyncIterator[Kaspad]:
    """Another with the same history, which does not know the first."""
    async with Kaspad(kaspad, copy(mined, tmp_path / "other")).running() as node:
        yield node


def copy(home: Path, to: Path) -> Path:
    """A node's folder once more."""
    return Path(shutil.copytree(home, to))


@pytest.fixture
def wallet(node: Kaspad) -> Wallet:
    """Who can pay on that node."""
    return Wallet(node.wrpc_port)


@pytest.fixture(scope="session")
def keys() -> ShopKeys:
    """The shop's."""
    return ShopKeys()


@pytest.fixture
async def endpoint(nursery: trio.Nursery) -> Endpoint:
    """The shop's webhook endpoint."""
    endpoint = Endpoint()
    await nursery.start(endpoint.serve)
    return endpoint


@pytest.fixture(params=["grpc", "ws"])
def node_url(request: pytest.FixtureRequest, node: Kaspad) -> str:
    """Where the node is reached, over each transport in turn."""
    return node.grpc_url if request.param == "grpc" else node.wrpc_url
