"""A whole gateway on virtual time: the real actors, the in-memory store and a chain in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import trio
from trio.testing import wait_all_tasks_blocked

from actors.broker import SessionView, Slot
from actors.build import build_gateway
from actors.gateway import Gateway
from actors.sessions.creation import SessionTerms
from kasgate.access.secrets import Vault
from kasgate.audit import AuditEntry
from kasgate.events import Event
from kasgate.kaspa.node import Node
from kasgate.kaspa.utxo import Outpoint
from kasgate.merchant import Merchant
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import EventType, Session, SessionStatus
from kasgate.settings.loading import load_settings
from kasgate.settings.model import Settings
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import StoreUnavailable
from tests.actors.simulated_chain import Chain, ChainNode, WallClock
from tests.sample_sessions import kas
from tests.vectors import vectors

NODE = "ws://one.test:18510"
OTHER_NODE = "ws://two.test:18510"

KEYS: list[str] = list(dict.fromkeys(vector["kpub"] for vector in vectors("kpubs")))
"""Extended public keys, all different."""


class SickStore(MemoryStore):
    """A store that fails for sessions only."""

    def __init__(self, vault: Vault) -> None:
        super().__init__(vault)
        self.full = False
        """Changes of sessions fail."""
        self.slowness_s = 0.0
        """How long such a failure takes."""
        self.unreadable = False
        """Sessions can't be read."""
        self.cursed: set[str] = set()
        """Sessions whose changes raise an unexpected exception."""

    async def save_session(
        self,
        session: Session,
        events: Sequence[Event],
        deliver: bool,
        audit: Sequence[AuditEntry] = (),
    ) -> Session:
        if session.id in self.cursed:
            raise RuntimeError("a fault in our code")
        if self.full:
            await trio.sleep(self.slowness_s)
            raise StoreUnavailable("database or disk is full")
        return await super().save_session(session, events, deliver, audit)

    async def session(self, session_id: str) -> Session | None:
        if self.unreadable:
            raise StoreUnavailable("database is locked")
        return await super().session(session_id)


class World:
    """A gateway that can be stopped and restarted, and its chain."""

    merchant: Merchant
    gateway: Gateway
    _life: trio.CancelScope

    def __init__(self, nursery: trio.Nursery, settings: Settings) -> None:
        self._nursery = nursery
        self.settings = settings
        self.clock = WallClock()
        self.chain = Chain(self.clock)
        for url in settings.nodes:
            self.chain.add_node(url)
        self.vault = Vault.generate()
        self.store = SickStore(self.vault)

    @property
    def node(self) -> ChainNode:
        """The first node of the list."""
        return self.chain.nodes[self.settings.nodes[0]]

    def connect(self, url: str) -> AbstractAsyncContextManager[Node]:
        return self.chain.nodes[url].connect()

    def new_gateway(self) -> Gateway:
        return build_gateway(
            self.settings, self.store, self.vault, clock=self.clock, connect=self.connect
        )

    async def start(self) -> None:
        """Start a new gateway on the store's contents."""
        self.gateway = self.new_gateway()
        self._life = await self._nursery.start(self._live, self.gateway)
        self._stopped = trio.Event()

    async def _live(self, gateway: Gateway, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                await nursery.start(gateway.run)
                task_status.started(scope)
        self._stopped.set()

    async def stop(self) -> None:
        """Stop as a kill would: nothing is finished."""
        self._life.cancel()
        await self._stopped.wait()

    async def live(self) -> None:
        """Wait until sessions were compared with the node."""
        await eventually(lambda: self.gateway.feed.live_daa_score is not None)

    async def create(self, amount: float = 10, **terms: Any) -> SessionView:
        """Create a session for so many KAS, watched by the node if there is one."""
        return await self.gateway.create_session(self.merchant, SessionTerms(kas(amount), **terms))

    async def pay(self, view: SessionView, amount: float = 10) -> Outpoint:
        """Pay a session, and let the gateway process the payment."""
        outpoint = self.chain.pay(view.session.address, amount)
        await settled()
        return outpoint

    async def mine(self, blocks: int) -> None:
        """Make blocks, one after the other."""
        for _ in range(blocks):
            self.chain.mine()
            await settled()

    async def now(self, view: SessionView) -> Session:
        """A session as the gateway returns it."""
        found = await self.gateway.session(view.session.id)
        assert found is not None
        return found.session

    async def status(self, view: SessionView) -> SessionStatus:
        return (await self.now(view)).status

    async def confirmations(self, view: SessionView) -> int:
        found = await self.gateway.session(view.session.id)
        assert found is not None
        return found.confirmations

    async def payment(self, view: SessionView) -> Payment:
        """The session's only payment."""
        (payment,) = (await self.now(view)).payments
        return payment

    async def becomes(
        self, view: SessionView, status: SessionStatus, within: float = 60
    ) -> Session:
        """Wait until the broker publishes a status."""
        with trio.fail_after(within), self.gateway.broker.open_slot() as slot:
            slot.follow(view.session.id)
            while await self.status(view) is not status:
                await slot.take()
        return await self.now(view)

    async def events(self, view: SessionView) -> list[EventType]:
        """A session's events for merchants, after the first one."""
        first, *later = await self.store.events_of_session(view.session.id)
        assert first.type is EventType.PENDING
        return [event.type for event in later]


async def silent(slot: Slot, seconds: float = 1) -> bool:
    """Whether no update arrives for a while."""
    with trio.move_on_after(seconds) as waiting:
        await slot.take()
    return waiting.cancelled_caught


async def settled() -> None:
    """Let every task run as far as it can without time passing."""
    await wait_all_tasks_blocked()


async def eventually(condition: Callable[[], bool], within: float = 60) -> None:
    """Let virtual time pass until a condition holds."""
    with trio.fail_after(within):
        while not condition():  # noqa: ASYNC110 - no event marks it, and virtual time is cheap
            await trio.sleep(0.01)


@asynccontextmanager
async def a_world(
    *, beating: bool = True, reachable: bool = True, nodes: Sequence[str] = (NODE,), **set_: str
) -> AsyncIterator[World]:
    """A gateway with one merchant, following the chain unless no node is reachable.

    Without ``beating`` only the test makes blocks.
    """
    environment = {
        "KASGATE_NETWORK": "simnet",
        **{f"KASGATE_{name.upper()}": value for name, value in set_.items()},
    }
    async with trio.open_nursery() as nursery:
        settings = load_settings(environment, overrides={"nodes": tuple(nodes)})
        world = World(nursery, settings)
        world.chain.beating = beating
        for node in world.chain.nodes.values():
            node.reachable = reachable
        nursery.start_soon(world.chain.beat)
        await world.start()
        registered = await world.gateway.merchants.register(name="Bean There", xpub=KEYS[0])
        world.merchant = registered.merchant
        if reachable:
            await world.live()
        yield world
        nursery.cancel_scope.cancel()
