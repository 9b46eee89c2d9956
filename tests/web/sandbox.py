"""A gateway that follows a simulated network over its socket, behind the web application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from actors.build import build_gateway
from kasgate.access.secrets import Vault
from kasgate.settings.loading import load_settings
from kasgate.simnet import SimulatedNetwork
from kasgate.store.memory import MemoryStore
from tests.web.world import ScriptedNode, World, eventually
from web.app import create_app


@asynccontextmanager
async def a_sandbox(
    *, control_port: bool = True, **environment: str
) -> AsyncIterator[tuple[World, SimulatedNetwork]]:
    """A world and its network. With ``control_port`` the gateway may control the network in test
    mode."""
    network = SimulatedNetwork(blocks_per_second=20)
    async with trio.open_nursery() as nursery:
        node = await nursery.start(network.serve)
        control = await nursery.start(network.serve_control)
        await nursery.start(network.run)
        settings = load_settings(
            {
                "KASGATE_NETWORK": "simnet",
                "KASGATE_NODES": f"ws://127.0.0.1:{node}",
                "KASGATE_SIMNET_CONTROL": f"127.0.0.1:{control}" if control_port else "",
                "KASGATE_REGISTRATION": "open",
                **{f"KASGATE_{name.upper()}": value for name, value in environment.items()},
            }
        )
        vault = Vault.generate()
        store = MemoryStore(vault)
        gateway = build_gateway(settings, store, vault)
        await nursery.start(gateway.run)
        await eventually(lambda: gateway.health().node_ok)
        yield World(gateway, create_app(gateway), ScriptedNode(), store), network
        nursery.cancel_scope.cancel()
