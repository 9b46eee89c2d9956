"""A network in memory, without sockets or threads, for tests on a virtual clock.

Tests drive the `Chain`. Every `ChainNode` shows the same chain, with its own faults. A `Link` is
the gateway's connection to a node. A chain block accepts a payment at once. Notifications go out in
the order UtxosChanged, DaaScoreChanged, one pair for each block.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import trio
from attrs import define, evolve, field, frozen

from kasgate.clock import Clock
from kasgate.kaspa.node import (
    Acceptance,
    AcceptedIds,
    ArchivedOutput,
    ChainBlock,
    ChainPlace,
    ChainSlice,
    DaaScoreChanged,
    HistoryUnavailable,
    MempoolOutput,
    NodeRefused,
    NodeUnavailable,
    Notification,
    ServerInfo,
    Utxo,
    UtxosChanged,
    UtxoSetReplaced,
)
from kasgate.kaspa.utxo import Outpoint
from tests.sample_sessions import kas

T = TypeVar("T")

FIRST_SCORE = 100_000
SLICE = 7
"""Blocks in one response about the chain; a few, so that every replay takes several requests."""


class WallClock:
    """Wall time that advances with Trio's. A test may set it forward or back."""

    def __init__(self) -> None:
        self._offset = 1_760_000_000_000

    def __call__(self) -> int:
        return self._offset + round(trio.current_time() * 1000)

    def jump(self, seconds: float) -> None:
        self._offset += round(seconds * 1000)


@frozen(eq=False)
class Block:
    hash: str
    parent: Block | None
    daa_score: int
    timestamp: int
    transactions: dict[str, tuple[Utxo, ...]]

    def without(self, transaction_id: str) -> dict[str, tuple[Utxo, ...]]:
        return {id_: made for id_, made in self.transactions.items() if id_ != transaction_id}


class Chain:
    """The selected chain and the UTXO set, driven by a test."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0
        self._known: dict[str, Block] = {}
        self.nodes: dict[str, ChainNode] = {}
        self.coins: dict[Outpoint, Utxo] = {}
        self.mempool: dict[Outpoint, MempoolOutput] = {}
        self.score = FIRST_SCORE
        self.beating = True
        self.beat_s = 0.1
        self.blocks = [self._new_block(None, self.score, {})]

    def keep_time(self) -> None:
        """From now on the network's time is right, whatever happens to the gateway's clock."""
        self._clock = WallClock()

    def now(self) -> int:
        """The network's time."""
        return self._clock()

    def add_node(self, url: str) -> ChainNode:
        return self.nodes.setdefault(url, ChainNode(url, self))

    async def beat(self) -> None:
        """Make ten blocks a second, unless a test pauses them. A test of hours combines ten into
        one."""
        while True:
            await trio.sleep(self.beat_s)
            if self.beating:
                self.mine(round(10 * self.beat_s))

    def mine(self, rise: int = 1) -> None:
        """Make a block that raises the DAA score by this much."""
        self._extend({}, rise)

    def pay(self, address: str, amount: float, **changes: Any) -> Outpoint:
        """Pay an address, in KAS, in a block of its own."""
        return self.pay_many([(address, amount)], **changes)[0]

    def pay_many(self, payments: Iterable[tuple[str, float]], **changes: Any) -> list[Outpoint]:
        """Pay several addresses, by one transaction each, in one block; ``changes`` are applied to
        the coins."""
        coins = [
            Utxo(address, Outpoint(self._new_id(), 0), kas(amount), self.score + 1)
            for address, amount in payments
        ]
        coins = [evolve(coin, **changes) for coin in coins]
        self.coins |= {coin.outpoint: coin for coin in coins}
        self._extend({coin.outpoint.transaction_id: (coin,) for coin in coins}, 1, added=coins)
        return [coin.outpoint for coin in coins]

    def announce(self, address: str, amount: float) -> Outpoint:
        """Put a payment into the mempool."""
        outpoint = Outpoint(self._new_id(), 0)
        self.mempool[outpoint] = MempoolOutput(address, outpoint, kas(amount))
        return outpoint

    def accept(self, outpoint: Outpoint) -> None:
        """Accept a payment from the mempool in a block."""
        waiting = self.mempool.pop(outpoint)
        coin = Utxo(waiting.address, outpoint, waiting.amount, self.score + 1)
        self.restore(coin)

    def sweep(self, *outpoints: Outpoint) -> None:
        """Spend coins; the transactions that made them stay accepted."""
        gone = [self.coins.pop(outpoint) for outpoint in outpoints]
        self._extend({self._new_id(): ()}, 1, removed=gone)

    def withdraw(self, outpoint: Outpoint) -> Utxo:
        """Reorganise from the block that accepted a payment, spent or not. The new blocks do not
        accept it."""
        id_ = outpoint.transaction_id
        place = next(n for n, block in enumerate(self.blocks) if id_ in block.transactions)
        old, self.blocks = self.blocks[place:], self.blocks[:place]
        for block in old:
            again = self._new_block(self.blocks[-1], block.daa_score, block.without(id_))
            self.blocks.append(again)
        coin = self.coins.pop(outpoint, None)
        self._extend({}, 1, removed=[coin] if coin is not None else [])
        return next(made for made in old[0].transactions[id_] if made.outpoint == outpoint)

    def restore(self, coin: Utxo) -> None:
        """Accept a withdrawn payment again, in a new block."""
        coin = evolve(coin, block_daa_score=self.score + 1)
        self.coins[coin.outpoint] = coin
        self._extend({coin.outpoint.transaction_id: (coin,)}, 1, added=[coin])

    def move_score(self, outpoint: Outpoint, by: int) -> None:
        """Accept a payment in another block: removed and added in one notification."""
        old = self.coins[outpoint]
        new = self.coins[outpoint] = evolve(old, block_daa_score=old.block_daa_score + by)
        self._tell(UtxosChanged((new,), (old,)))

    def replace_utxo_set(self) -> None:
        self._tell(UtxoSetReplaced())

    def forget_history(self) -> None:
        """Nodes can no longer replay from the blocks that exist now."""
        self._known.clear()

    def _extend(
        self,
        transactions: dict[str, tuple[Utxo, ...]],
        rise: int,
        added: Sequence[Utxo] = (),
        removed: Sequence[Utxo] = (),
    ) -> None:
        self.score += rise
        self.blocks.append(self._new_block(self.blocks[-1], self.score, transactions))
        if added or removed:
            self._tell(UtxosChanged(tuple(added), tuple(removed)))
        self._tell(DaaScoreChanged(self.score))

    def _tell(self, notification: Notification) -> None:
        for node in self.nodes.values():
            node.tell(notification)

    def _new_id(self) -> str:
        self._count += 1
        return f"{self._count:064x}"

    def _new_block(
        self, parent: Block | None, score: int, transactions: dict[str, tuple[Utxo, ...]]
    ) -> Block:
        block = Block(self._new_id(), parent, score, self._clock(), transactions)
        self._known[block.hash] = block
        return block

    def after(self, block_hash: str) -> tuple[tuple[str, ...], list[Block]]:
        """The blocks removed since a block, and those added, at most a slice."""
        if block_hash not in self._known:
            raise HistoryUnavailable("the block does not have retention root on its chain")
        block: Block | None = self._known[block_hash]
        places = {kept: place for place, kept in enumerate(self.blocks)}
        removed = []
        while block is not None and block not in places:
            removed.append(block.hash)
            block = block.parent
        assert block is not None
        start = places[block] + 1
        return tuple(removed), self.blocks[start : start + SLICE]

    def timestamp(self, daa_score: int) -> int:
        earlier = [block for block in self.blocks if block.daa_score <= daa_score]
        return earlier[-1].timestamp if earlier else self.blocks[0].timestamp


@define(eq=False)
class ChainNode:
    """A node and its faults."""

    url: str
    chain: Chain
    reachable: bool = True
    time_shift_ms: int = 0
    """Added to the times of blocks."""
    backlog: list[Notification] | None = None
    """Notifications that a hanging node has not sent yet; it still answers requests."""
    claims: dict[str, Any] = field(factory=dict)
    """Fields of its handshake that differ from the truth."""
    empty_answers: int = 0
    """How many of the next snapshots are empty."""
    refusals: Counter[str] = field(factory=Counter)
    """How many of the next calls of a method it refuses."""
    asked: Counter[str] = field(factory=Counter)
    largest: Counter[str] = field(factory=Counter)
    """The largest number of addresses in one request, by method."""
    connected_at: list[float] = field(factory=list)
    links: set[Link] = field(factory=set)
    held: dict[str, trio.Event] = field(factory=dict)
    delay: float = 0
    """How many seconds it may be behind the network, by its own account."""
    slowness_s: dict[str, float] = field(factory=dict)
    """The seconds that a request takes to reach it, by method."""
    behind: int = 0
    """By how many blocks its score lags."""
    pruned: bool = False
    """Whether it has pruned the blocks of the past."""
    hidden: set[Outpoint] = field(factory=set)
    """Outputs that it denies."""
    unknown: set[str] = field(factory=set)
    """Blocks that it does not have when one of them is first requested."""
    blind: bool = False
    """Whether it shows no coins at all."""
    invented: list[Utxo] = field(factory=list)
    """Outputs that no other node has."""

    @property
    def score(self) -> int:
        return self.chain.score - self.behind

    @property
    def is_archive(self) -> bool:
        """Whether it is a REST server, by its URL."""
        return self.url.startswith("https://")

    def shows(self, coins: Iterable[Utxo]) -> tuple[Utxo, ...]:
        """The part of these coins that it shows."""
        return tuple(c for c in coins if not self.blind and c.outpoint not in self.hidden)

    def blocks_after(self, block_hash: str) -> tuple[tuple[str, ...], list[Block]]:
        if self.pruned:
            raise HistoryUnavailable("the block does not have retention root on its chain")
        if block_hash in self.unknown:
            self.unknown.clear()
            raise HistoryUnavailable("cannot find header")
        removed, added = self.chain.after(block_hash)
        denied = {outpoint.transaction_id for outpoint in self.hidden}
        return removed, [
            evolve(
                block, transactions={i: t for i, t in block.transactions.items() if i not in denied}
            )
            for block in added
        ]

    @property
    def watched(self) -> set[str]:
        return {address for link in self.links for address in link.watched}

    def hold(self, method: str) -> None:
        """Hold the responses of a method. They show the state at the time of the request."""
        self.held[method] = trio.Event()

    def release(self, method: str) -> None:
        self.held.pop(method).set()

    def cut(self, *, reachable: bool) -> None:
        """Break the links."""
        self.reachable = reachable
        for link in tuple(self.links):
            link.cut()

    def freeze(self) -> None:
        """Send nothing until ``thaw``."""
        self.backlog = []

    def thaw(self) -> None:
        """Send everything that was held."""
        backlog, self.backlog = self.backlog, None
        for notification in backlog or ():
            self.tell(notification)

    def thaw_at_once(self) -> None:
        """Send the net change of everything that was held, as one change of the virtual block."""
        backlog, self.backlog = self.backlog or [], None
        changes = [change for change in backlog if isinstance(change, UtxosChanged)]
        added = {coin.outpoint: coin for change in changes for coin in change.added}
        removed = {coin.outpoint: coin for change in changes for coin in change.removed}
        self.tell(
            UtxosChanged(
                tuple(coin for outpoint, coin in added.items() if outpoint not in removed),
                tuple(coin for outpoint, coin in removed.items() if outpoint not in added),
            )
        )
        self.tell(DaaScoreChanged(self.score))

    def tell(self, notification: Notification) -> None:
        if self.backlog is not None:
            self.backlog.append(notification)
            return
        for link in self.links:
            link.tell(notification)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Link]:
        self.connected_at.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if not self.reachable:
            raise NodeUnavailable("nobody answers")
        link = ArchiveLink(self) if self.is_archive else Link(self)
        self.links.add(link)
        try:
            yield link
        finally:
            self.links.discard(link)


class Link:
    """An open link: the `Node` that the gateway uses."""

    def __init__(self, node: ChainNode) -> None:
        self._node = node
        self._chain = node.chain
        self._said, self._heard = trio.open_memory_channel[Notification](math.inf)
        self._cut = False
        self._virtual = False
        self.watched: set[str] = set()

    @property
    def url(self) -> str:
        return self._node.url

    @property
    def replays_chain(self) -> bool:
        return True

    @property
    def sees_mempool(self) -> bool:
        return True

    @property
    def delay(self) -> float:
        return self._node.delay

    def cut(self) -> None:
        self._cut = True
        self._said.close()

    def tell(self, notification: Notification) -> None:
        if self._cut:
            return
        match notification:
            case UtxosChanged(added, removed):
                added = self._node.shows(coin for coin in added if coin.address in self.watched)
                removed = tuple(coin for coin in removed if coin.address in self.watched)
                if added or removed:
                    self._said.send_nowait(UtxosChanged(added, removed))
            case DaaScoreChanged() if self._virtual:
                self._said.send_nowait(DaaScoreChanged(self._node.score))
            case _ if self._virtual:
                self._said.send_nowait(notification)

    async def notifications(self) -> AsyncIterator[Notification]:
        """Notifications that arrived together are returned without a pause, as from one frame of a
        real link."""
        async for notification in self._heard:
            yield notification
            for _ in range(self._heard.statistics().current_buffer_used):
                yield self._heard.receive_nowait()
        raise NodeUnavailable("the link is down")

    async def server_info(self) -> ServerInfo:
        truth = ServerInfo("simnet", "1.1.0", 1, True, True, self._node.score)
        return await self._answer("server_info", lambda: evolve(truth, **self._node.claims))

    async def subscribe_virtual(self) -> None:
        self._virtual = True
        await self._answer("subscribe_virtual", lambda: None)

    async def watch(self, addresses: Sequence[str]) -> None:
        await self._answer("watch", lambda: self.watched.update(addresses))

    async def unwatch(self, addresses: Sequence[str]) -> None:
        self.watched.difference_update(addresses)
        await self._answer("unwatch", lambda: None)

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        return await self._answer("utxos", lambda: self._utxos(set(addresses)))

    def _utxos(self, addresses: set[str]) -> list[Utxo]:
        if self._node.empty_answers:
            self._node.empty_answers -= 1
            return []
        coins = [*self._node.shows(self._chain.coins.values()), *self._node.invented]
        return [coin for coin in coins if coin.address in addresses]

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        waiting = self._chain.mempool
        largest = self._node.largest
        largest["mempool"] = max(largest["mempool"], len(addresses))
        return await self._answer(
            "mempool", lambda: [out for out in waiting.values() if out.address in set(addresses)]
        )

    async def sink(self) -> str:
        return await self._answer("sink", lambda: self._chain.blocks[-1].hash)

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        return await self._answer("below", lambda: self._below(block_hash, depth))

    def _below(self, block_hash: str, depth: int) -> ChainPlace:
        blocks = self._chain.blocks
        at = next(i for i, block in enumerate(blocks) if block.hash == block_hash)
        found = blocks[max(0, at - depth)]
        return ChainPlace(found.hash, found.daa_score, found.timestamp + self._node.time_shift_ms)

    async def chain_after(self, block_hash: str) -> ChainSlice:
        return await self._answer("chain_after", lambda: self._slice(block_hash))

    def _slice(self, block_hash: str) -> ChainSlice:
        removed, added = self._node.blocks_after(block_hash)
        return ChainSlice(removed, tuple(_chain_block(block) for block in added))

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        return await self._answer("accepted_after", lambda: self._accepted_ids(block_hash))

    def _accepted_ids(self, block_hash: str) -> AcceptedIds:
        removed, added = self._node.blocks_after(block_hash)
        ids = frozenset(id_ for block in added for id_ in block.transactions)
        return AcceptedIds(removed, tuple(block.hash for block in added), ids)

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        return await self._answer(
            "accepted_at",
            lambda: (
                any(
                    block.daa_score == block_daa_score and transaction_id in block.transactions
                    for block in self._chain.blocks
                    if not self._node.pruned
                )
                and transaction_id not in {hidden.transaction_id for hidden in self._node.hidden}
            ),
        )

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        return await self._answer(
            "timestamps", lambda: [self._chain.timestamp(score) for score in daa_scores]
        )

    async def _answer(self, method: str, find: Callable[[], T]) -> T:
        node = self._node
        node.asked[method] += 1
        if node.refusals[method]:
            node.refusals[method] -= 1
            raise NodeRefused("an opaque text")
        await trio.sleep(node.slowness_s.get(method, 0))
        answer = find()
        if method in node.held:
            await node.held[method].wait()
        if self._cut:
            raise NodeUnavailable("the link is down")
        return answer


class ArchiveLink(Link):
    """A link to a REST server: no history of blocks, no mempool, all transactions of all times."""

    @property
    def replays_chain(self) -> bool:
        return False

    @property
    def sees_mempool(self) -> bool:
        return False

    async def sink(self) -> str:
        raise HistoryUnavailable("a REST server replays no chain")

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        raise HistoryUnavailable("a REST server replays no chain")

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        raise NodeRefused("a REST server shows no mempool")

    def _slice(self, block_hash: str) -> ChainSlice:
        raise HistoryUnavailable("a REST server replays no chain")

    def _accepted_ids(self, block_hash: str) -> AcceptedIds:
        raise HistoryUnavailable("a REST server replays no chain")

    async def acceptances(self, transaction_ids: Sequence[str]) -> list[Acceptance]:
        return await self._answer(
            "acceptances", lambda: [self._acceptance(id_) for id_ in transaction_ids]
        )

    def _acceptance(self, transaction_id: str) -> Acceptance:
        denied = transaction_id in {hidden.transaction_id for hidden in self._node.hidden}
        for block in self._chain.blocks:
            if transaction_id in block.transactions and not denied:
                return Acceptance(transaction_id, True, block.daa_score, block.timestamp)
        return Acceptance(transaction_id, False, None, None)

    async def received(self, address: str, since: int) -> list[ArchivedOutput]:
        return await self._answer("received", lambda: self._received(address, since))

    def _received(self, address: str, since: int) -> list[ArchivedOutput]:
        return [
            ArchivedOutput(coin, block.timestamp)
            for block in self._chain.blocks
            if block.timestamp >= since
            for made in block.transactions.values()
            for coin in self._node.shows(made)
            if coin.address == address
        ]


def _chain_block(block: Block) -> ChainBlock:
    coins = tuple(coin for made in block.transactions.values() for coin in made)
    return ChainBlock(block.hash, block.daa_score, block.timestamp, coins)
