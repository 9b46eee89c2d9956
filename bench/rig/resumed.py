"""A gateway that starts with a database full of active sessions, and the time until all of them are
watched."""

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
"""The time limit for comparing all sessions with the node."""


@define(eq=False)
class Resumed:
    """A gateway whose sessions are all watched and compared with the node."""

    gateway: Served
    network: Remote
    shop: Shop
    file: str
    """The path of the list of its sessions."""
    watched_s: float
    """From the start of its process until all sessions were compared, in seconds."""


async def prepare(
    home: Path, node: str, count: int, *, confirmations: int = 10
) -> tuple[Shop, str]:
    """Make a database with one merchant and so many active sessions; the merchant, and the path of
    the list of sessions."""
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
    """Fill a database and start a gateway with it."""
    async with network_process() as (network, node):
        shop, file = await prepare(home, node, count, confirmations=confirmations)
        began = trio.current_time()
        async with served(home, node, module=module, environment=environment) as gateway:
            await gateway.logged("node link live", within=LIVE_S)
            took = trio.current_time() - began
            yield Resumed(gateway, network, shop, file, took)
