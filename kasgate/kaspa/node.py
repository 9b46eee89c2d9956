"""The port to a Kaspa node: the gateway's requests in value types, for any transport.

An adapter owns its socket and nothing else. The layer above decides for all transports which
addresses are watched, how a disappearance is interpreted, and how to recover after a disconnection.
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
    """A failure between us and the node; the text is for an operator."""


class NodeUnavailable(NodeError):
    """The link is down, or the node did not answer in time. Connect again."""


class NodeRefused(NodeError):
    """The node answered with an error. Its text is opaque (kaspa.md §3.2)."""


class HistoryUnavailable(NodeRefused):
    """The node can't replay its chain from the given block: pruned, or unknown to it."""


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
    """The node replaced its UTXO set and will send no differences for it: take a new snapshot
    (kaspa.md §4.5)."""


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
    """A block of the selected chain, without its accepted transactions."""

    hash: str
    daa_score: int
    timestamp: int
    """Of its header, unix milliseconds."""


@frozen
class ChainSlice:
    """A range of the selected chain after a block, low to high.

    Empty ``added`` means that the given block is the newest: caught up.
    """

    removed: tuple[str, ...]
    added: tuple[ChainBlock, ...]


@frozen
class AcceptedIds:
    """Like ChainSlice, but only with the ids of accepted transactions, which is cheaper."""

    removed: tuple[str, ...]
    added: tuple[str, ...]
    transaction_ids: frozenset[str]


@frozen
class Acceptance:
    """An archive's answer about one transaction."""

    transaction_id: str
    accepted: bool
    """By the selected chain, as this source knows it. False also for an unknown transaction: an
    archive lags, so False alone never withdraws money."""
    daa_score: int | None
    """Of the accepting block, if known."""
    at: int | None
    """The accepting block's time, unix milliseconds, if known."""


@frozen
class ArchivedOutput:
    """An output that the selected chain once accepted, spent since or not."""

    utxo: Utxo
    """``block_daa_score`` is the accepting block's."""
    accepted_at: int
    """The accepting block's time, unix milliseconds."""


@frozen
class MempoolOutput:
    """An output of a transaction in the node's mempool. It is no money yet: the transaction may be
    replaced, or never accepted (kaspa.md §4.4)."""

    address: str
    outpoint: Outpoint
    amount: Sompi


class Node(Protocol):
    """An open link to one node.

    Every call raises NodeUnavailable if the link is down or the answer is overdue, and NodeRefused
    if the node answers with an error. Every call may be cancelled at any time; a late answer is
    then discarded. After NodeUnavailable the link is unusable.
    """

    @property
    def url(self) -> str: ...

    @property
    def replays_chain(self) -> bool:
        """Whether it can replay the transactions that its selected chain accepted since a block. If
        not, ``sink``, ``below``, ``chain_after`` and ``accepted_after`` raise
        HistoryUnavailable."""
        ...

    @property
    def sees_mempool(self) -> bool:
        """Whether it gives access to a mempool. If not, ``mempool`` raises NodeRefused."""
        ...

    @property
    def delay(self) -> float:
        """Seconds by which its answers may lag behind the network: 0 for a node that sends
        notifications, more for one that is polled. To have seen everything up to a moment, a caller
        waits for so long after it."""
        ...

    def notifications(self) -> AsyncIterator[Notification]:
        """All notifications of the node, in order. Raises NodeUnavailable when the link goes down.
        To be iterated by one task."""
        ...

    async def server_info(self) -> ServerInfo:
        """The node's identity and state. ``is_synced`` is False also in the transitional state of a
        syncing node."""
        ...

    async def subscribe_virtual(self) -> None:
        """Ask for DaaScoreChanged and UtxoSetReplaced from now on."""
        ...

    async def watch(self, addresses: Sequence[str]) -> None:
        """Also subscribe to UtxosChanged of these addresses. An empty sequence sends nothing,
        because on the wire an empty list would mean the whole network."""
        ...

    async def unwatch(self, addresses: Sequence[str]) -> None:
        """Stop UtxosChanged for these addresses."""
        ...

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        """The unspent outputs of these addresses now. An empty answer proves nothing, because the
        node turns its own errors into one (kaspa.md §4.5)."""
        ...

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        """The outputs in the node's mempool for these addresses now, each once, without orphans and
        coins bound by a covenant. It costs the node a search under its mempool's lock (kaspa.md
        §4.4), so ask twice a second at most, and only for addresses that wait for a first payment.
        Most payments are accepted before they are seen here."""
        ...

    async def sink(self) -> str:
        """The hash of the newest block of the selected chain."""
        ...

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        """The block ``depth`` selected parents below this one, or the lowest on the way that the
        node still has. Takes one request per step."""
        ...

    async def chain_after(self, block_hash: str) -> ChainSlice:
        """The outputs that the selected chain accepted after this block, in bounded ranges: call
        again with the last hash until ``added`` is empty. Raises HistoryUnavailable."""
        ...

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        """Like chain_after, with ids alone. Raises HistoryUnavailable."""
        ...

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        """Whether a block of the selected chain with exactly this DAA score accepted the
        transaction (kaspa.md §4.6 c). True is proof; False only says that it was not there."""
        ...

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        """Estimated times of these DAA scores of virtual, unix milliseconds."""
        ...


@runtime_checkable
class Archive(Protocol):
    """A source that remembers transactions for longer than a node keeps blocks.

    Raises NodeUnavailable when it can't be reached, HistoryUnavailable when it has no history, and
    NodeRefused when it answers with an error. Calls may be cancelled at any time.
    """

    async def acceptances(self, transaction_ids: Sequence[str]) -> list[Acceptance]:
        """The acceptance of these transactions, in their order."""
        ...

    async def received(self, address: str, since: int) -> list[ArchivedOutput]:
        """Outputs to this address that the chain accepted since a unix time in milliseconds, spent
        ones included, oldest first. A list is always complete: raises HistoryUnavailable if there
        are too many to fetch."""
        ...
