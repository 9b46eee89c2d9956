"""A gateway that starts on a database full of active sessions, and when it looks after them all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

import trio
from attrs import define

from bench.rig.filling import fill_sessions
from bench.rig.processes import Remote, Served, Shop, network_process, served

LIVE_S = 300.0
"""A gateway that has not compared its sessions with the node by then is given up."""


@define(eq=False)
class Resumed:
    """A gateway that holds sessions, all of them watched and compared with the node."""

    gateway: Served
    network: Remote
    shop: Shop
    file: str
    """Lists its sessions."""
    watched_s: float
    """From the start of its process until then."""


async def prepare(
    home: Path, node: str, count: int, *, confirmations: int = 10
) -> tuple[Shop, str]:
    """A database with one merchant and so many active sessions, and the file that lists them."""
    async with served(home, node) as gateway:
        shop = await gateway.register()
        await gateway.end()
    fill = partial(fill_sessions, home, shop.id, count, confirmations=confirmations)
    return shop, await trio.to_thread.run_sync(fill)


@asynccontextmanager
async def resumed(
    home: Path,
    count: int,
    *,
    confirmations: int = 10,
    module: str = "kasgate",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Resumed]:
    """Fill a database and start a gateway on it."""
    async with network_process() as (network, node):
        shop, file = await prepare(home, node, count, confirmations=confirmations)
        began = trio.current_time()
        async with served(home, node, module=module, environment=environment) as gateway:
            await gateway.logged("node link live", within=LIVE_S)
            took = trio.current_time() - began
            yield Resumed(gateway, network, shop, file, took)
