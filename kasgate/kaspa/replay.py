"""The selected chain block by block, with getBlock: downwards from a block, or with its outputs
from a node that reports accepted transactions by id only.

Before getVirtualChainFromBlockV2 there was a call that returns, for each chain block, the ids of
the transactions it accepted. A chain block accepts transactions out of the blocks that it merges
(kaspa.md §4.1), and getBlock returns their names and contents, so the outputs can be put together.
This is correct only if every accepted id is found in them; otherwise the replay fails.

A ``History`` hides the differences between the transports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from attrs import frozen

from kasgate.kaspa.node import ChainBlock, ChainPlace, ChainSlice, HistoryUnavailable
from kasgate.kaspa.outputs import in_portions
from kasgate.kaspa.refusals import Refusal
from kasgate.kaspa.utxo import Utxo

T = TypeVar("T")

MAX_BLOCKS: Final = 50
"""Chain blocks in one range. Each takes several requests, and the rest follows in the next call."""

_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")
# kaspad got getVirtualChainFromBlockV2 late in its first major version. No kaspad below 2.0 follows
# a public network any longer (kaspa.md §5), so the exact version does not matter.
_SURELY_TELLS_OUTPUTS: Final = (2, 0)
_UNKNOWN_METHOD: Final = re.compile("not implemented|unimplemented|method not found", re.I)


def tells_outputs(server_version: str) -> bool:
    """Whether a node of this version has getVirtualChainFromBlockV2.

    A node without it ends the connection upon the call, without an answer (kaspa.md §3.2), over
    either transport. So it must not be called, and neither on a node of unknown version.
    """
    version = _VERSION.match(server_version)
    return version is not None and tuple(map(int, version.groups())) >= _SURELY_TELLS_OUTPUTS


def is_unknown_method(refusal: Refusal) -> bool:
    """Whether the node reports that it has no such call."""
    return _UNKNOWN_METHOD.search(refusal.words) is not None


@frozen
class Accepted:
    """A chain block and the ids of the transactions that it accepted."""

    block_hash: str
    transaction_ids: tuple[str, ...]


@frozen
class Head:
    """A block without its contents."""

    daa_score: int
    timestamp: int
    merged: tuple[str, ...]
    """The blocks that it merges: its selected parent, then the others."""


class History(Protocol[T]):
    """A transport's requests to an old node; ``T`` is its type of a transaction.

    Its methods raise NodeUnavailable, Refusal, and Garbage.
    """

    async def accepted_after(self, start: str) -> tuple[tuple[str, ...], Sequence[Accepted]]:
        """The blocks that left the chain, and those that were added."""
        ...

    async def head(self, block_hash: str) -> Head: ...

    async def contents(self, block_hash: str) -> Mapping[str, T]:
        """The transactions of a block, by id."""
        ...

    def outputs(self, transaction: T, transaction_id: str, score: int) -> Iterable[Utxo | None]:
        """The outputs of a transaction, accepted at this score; None for a script without an
        address."""
        ...


async def descend(history: History[T], start: str, depth: int) -> ChainPlace:
    """The block ``depth`` selected parents below one, or the lowest that the node still has.

    Raises the errors of ``history``.
    """
    head = await history.head(start)
    place = ChainPlace(start, head.daa_score, head.timestamp)
    for _ in range(depth):
        parent = head.merged[0]
        try:
            head = await history.head(parent)
        except Refusal:
            break  # pruned, or the parent of the genesis block
        place = ChainPlace(parent, head.daa_score, head.timestamp)
    return place


async def replay(history: History[T], url: str, start: str) -> ChainSlice:
    """The outputs that the chain of the node at ``url`` accepted after a block, at most MAX_BLOCKS.

    Raises the errors of ``history``, and HistoryUnavailable if an accepted transaction is missing.
    """
    removed, chain = await history.accepted_after(start)
    blocks = [await _chain_block(history, url, accepted) for accepted in chain[:MAX_BLOCKS]]
    return ChainSlice(removed, tuple(blocks))


async def _chain_block(history: History[T], url: str, accepted: Accepted) -> ChainBlock:
    head = await history.head(accepted.block_hash)
    ids = accepted.transaction_ids
    found = await _find(history, head.merged, set(ids)) if ids else {}
    missing = [transaction_id for transaction_id in ids if transaction_id not in found]
    if missing:
        raise HistoryUnavailable(
            f"The node at {url} is too old to tell outputs of its chain, and transaction"
            f" {missing[0]}, accepted by block {accepted.block_hash}, is in none of the"
            " blocks that this one merged."
        )

    def outputs() -> Iterator[Utxo | None]:
        for transaction_id in ids:
            yield from history.outputs(found[transaction_id], transaction_id, head.daa_score)

    return ChainBlock(
        accepted.block_hash, head.daa_score, head.timestamp, await in_portions(outputs())
    )


async def _find(history: History[T], merged: Sequence[str], wanted: set[str]) -> dict[str, T]:
    """The wanted transactions that these blocks contain."""
    found: dict[str, T] = {}
    for block_hash in dict.fromkeys(merged):
        if len(found) == len(wanted):
            break
        contents = await history.contents(block_hash)
        found |= {each: contents[each] for each in contents.keys() & wanted}
    return found
