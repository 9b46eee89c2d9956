"""The port to a Kaspa node: what the gateway asks of it, in value types, whatever the transport.

An adapter owns its socket and nothing else. Which addresses are watched, what a disappearance
means and what to do after an absence is decided above it, once for all transports.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from attrs import frozen

from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.money import Sompi

__all__ = [
    "Acceptance",
    "AcceptedIds",
    "Archive",
    "ArchivedOutput",
    "ChainBlock",
    "ChainSlice",
    "DaaScoreChanged",
    "HistoryUnavailable",
    "MempoolOutput",
    "Node",
    "NodeError",
    "NodeRefused",
    "NodeUnavailable",
    "Notification",
    "Outpoint",
    "ServerInfo",
    "Utxo",
    "UtxoSetReplaced",
    "UtxosChanged",
]


class NodeError(Exception):
    """Something between us and the node went wrong; the text is for an operator."""


class NodeUnavailable(NodeError):
    """The link is down, or the node did not answer in time. Connect again."""


class NodeRefused(NodeError):
    """The node answered with an error. Its text is opaque (kaspa.md §3.2)."""


class HistoryUnavailable(NodeRefused):
    """The node can't replay its chain from the block asked for: pruned, or unknown to it."""


@frozen
class ServerInfo:
    """Answer to the handshake (kaspa.md §4.5, step 2)."""

    network_id: str
    server_version: str
    rpc_api_version: int
    has_utxo_index: bool
    is_synced: bool
    virtual_daa_score: int


@frozen
class UtxosChanged:
    """One step of virtual. Apply ``removed`` first, then ``added`` (kaspa.md §4.2)."""

    added: tuple[Utxo, ...]
    removed: tuple[Utxo, ...]


@frozen
class DaaScoreChanged:
    """Virtual's DAA score after a step; sent for every step, about ten a second."""

    score: int


@frozen
class UtxoSetReplaced:
    """The node replaced its UTXO set by another and will send no differences for it: take a
    new snapshot (kaspa.md §4.5)."""


Notification = UtxosChanged | DaaScoreChanged | UtxoSetReplaced


@frozen
class ChainBlock:
    """A block of the selected chain and the outputs of the transactions that it accepted."""

    hash: str
    daa_score: int
    timestamp: int
    """Of its header, unix milliseconds."""
    outputs: tuple[Utxo, ...]
    """Only outputs with a standard script; ``block_daa_score`` is this block's."""


@frozen
class ChainPlace:
    """A block of the selected chain, without what it accepted."""

    hash: str
    daa_score: int
    timestamp: int
    """Of its header, unix milliseconds."""


@frozen
class ChainSlice:
    """A stretch of the selected chain after a block, low to high.

    Empty ``added`` means that the block asked about is the newest: caught up.
    """

    removed: tuple[str, ...]
    added: tuple[ChainBlock, ...]


@frozen
class AcceptedIds:
    """As ChainSlice, but with the ids of accepted transactions alone, which costs the node less."""

    removed: tuple[str, ...]
    added: tuple[str, ...]
    transaction_ids: frozenset[str]


@frozen
class Acceptance:
    """What an archive knows of one transaction."""

    transaction_id: str
    accepted: bool
    """By the selected chain, as this source knows it. False also for a transaction that it never
    heard of: an archive lags, so that False alone never takes money away."""
    daa_score: int | None
    """Of the accepting block, if known."""
    at: int | None
    """The accepting block's time, unix milliseconds, if known."""


@frozen
class ArchivedOutput:
    """An output that the selected chain accepted at some time, spent since or not."""

    utxo: Utxo
    """``block_daa_score`` is the accepting block's."""
    accepted_at: int
    """The accepting block's time, unix milliseconds."""


@frozen
class MempoolOutput:
    """An output of a transaction that waits in the node's mempool. It is no money yet: the
    transaction may be replaced, or never accepted (kaspa.md §4.4)."""

    address: str
    outpoint: Outpoint
    amount: Sompi


class Node(Protocol):
    """An open link to one node.

    Every call raises NodeUnavailable when the link is down or the answer is overdue, NodeRefused
    when the node answers with an error, and may be cancelled at any time (a late answer is then
    thrown away). After NodeUnavailable the link is of no further use.
    """

    @property
    def url(self) -> str: ...

    @property
    def replays_chain(self) -> bool:
        """Whether it can tell what its selected chain accepted since a block. Where it can't,
        ``sink``, ``below``, ``chain_after`` and ``accepted_after`` raise HistoryUnavailable."""
        ...

    @property
    def sees_mempool(self) -> bool:
        """Whether it has a mempool to look into. Where not, ``mempool`` raises NodeRefused."""
        ...

    @property
    def delay(self) -> float:
        """Seconds by which what it tells may be behind the network: 0 where a node notifies of
        its own accord, more where it has to be asked. Whoever needs to have seen everything up to
        a moment waits for so long after it."""
        ...

    def notifications(self) -> AsyncIterator[Notification]:
        """Everything the node tells of its own accord, in its order. Ends with NodeUnavailable
        raised when the link goes down. To be iterated by one task."""
        ...

    async def server_info(self) -> ServerInfo:
        """Who answers. ``is_synced`` also covers the transitional state of a syncing node."""
        ...

    async def subscribe_virtual(self) -> None:
        """Ask for DaaScoreChanged and UtxoSetReplaced from now on."""
        ...

    async def watch(self, addresses: Sequence[str]) -> None:
        """Ask for UtxosChanged of these addresses as well. An empty sequence asks nothing (on the
        wire an empty list would mean the whole network)."""
        ...

    async def unwatch(self, addresses: Sequence[str]) -> None:
        """Stop UtxosChanged for these addresses."""
        ...

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        """The unspent outputs of these addresses now. An empty answer proves nothing: the node
        turns its own errors into one (kaspa.md §4.5)."""
        ...

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        """What waits in the node's mempool for these addresses now, without orphans and coins
        bound by a covenant; each output once. To be asked twice a second at most and only for
        addresses that wait for a first sight: it costs the node a search under the lock of its
        mempool (kaspa.md §4.4). Most payments are accepted before anyone asks."""
        ...

    async def sink(self) -> str:
        """The hash of the newest block of the selected chain."""
        ...

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        """The block so many selected parents below this one, or the lowest on the way that the
        node still has. One request for each step."""
        ...

    async def chain_after(self, block_hash: str) -> ChainSlice:
        """What the selected chain accepted after this block, in bounded stretches: call again
        with the last hash until ``added`` is empty. Raises HistoryUnavailable."""
        ...

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        """As chain_after, ids alone. Raises HistoryUnavailable."""
        ...

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        """Whether a block of the selected chain with exactly this DAA score accepted the
        transaction (kaspa.md §4.6 c). True is proof; False only says that it was not there."""
        ...

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        """Estimates, unix milliseconds, of when virtual had these DAA scores."""
        ...


@runtime_checkable
class Archive(Protocol):
    """A source that remembers transactions for longer than a node keeps blocks.

    Raises NodeUnavailable when it can't be reached, HistoryUnavailable when it has no history, and
    NodeRefused when it answers with an error. Calls may be cancelled at any time.
    """

    async def acceptances(self, transaction_ids: Sequence[str]) -> list[Acceptance]:
        """What became of these transactions, in their order."""
        ...

    async def received(self, address: str, since: int) -> list[ArchivedOutput]:
        """Outputs to this address that the chain accepted since a unix time in milliseconds,
        spent ones included, oldest first. Raises HistoryUnavailable if there are more than it is
        reasonable to fetch, so that a list is always whole."""
        ...
