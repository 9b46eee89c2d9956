"""The selected chain of the virtual DAG: its blocks, their acceptances, and removed blocks."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import attrs

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.transactions import Transaction, UtxoEntry

MAX_BLOCKS: Final = 20_000
"""The most chain blocks; older ones are pruned (half an hour at ten blocks per second)."""
MAX_TRANSACTIONS: Final = 200_000
"""The most accepted transactions; a chain with more is pruned earlier."""
MAX_FORGOTTEN: Final = 200_000
"""Hashes of pruned blocks that are remembered, to distinguish them from unknown hashes."""
# Pruning moves the whole list, so it starts only when the limit is exceeded by this much.
_PRUNING_SLACK: Final = 512


class UnknownBlockError(LookupError):
    """The block was never known."""


class NotRetainedError(LookupError):
    """The block is older than the retained history (kaspa.md §4.5)."""


class HistoryTooShortError(ValueError):
    """A reorg deeper than the retained history. The message is a sentence for the user."""


@attrs.frozen
class Acceptance:
    """A transaction that virtual or a chain block accepted."""

    transaction: Transaction
    spent: tuple[tuple[Outpoint, UtxoEntry], ...]
    """The spent coins, to restore if the acceptance is undone."""
    block_hash: str
    """The block that contains the transaction; never the one that accepts it."""
    block_time: int
    """Unix milliseconds."""


@attrs.define(eq=False)
class Block:
    """A block of the DAG. Only a chain block has acceptances and merged blocks."""

    hash: str
    parent: str
    """Hash of the selected parent."""
    daa_score: int
    blue_score: int
    timestamp: int
    """Unix milliseconds."""
    transactions: tuple[Transaction, ...] = attrs.field(default=(), repr=False)
    """The transactions that the block contains."""
    acceptances: tuple[Acceptance, ...] = attrs.field(default=(), repr=False)
    """The acceptances of a chain block, from the blocks that it merges."""
    merged_blues: tuple[str, ...] = ()
    merged_reds: tuple[str, ...] = ()
    red: bool = False
    """Whether the block will be, or was, merged as red."""
    merged: bool = False
    """Whether a chain block has merged it, which decides its colour."""


class Chain:
    """Chain blocks from the oldest retained to the sink, and blocks that left the chain.

    Bounded by MAX_BLOCKS and MAX_TRANSACTIONS.
    """

    def __init__(
        self, root: Block, *, max_blocks: int = MAX_BLOCKS, max_transactions: int = MAX_TRANSACTIONS
    ) -> None:
        self._max_blocks = max_blocks
        self._max_transactions = max_transactions
        self._blocks = [root]
        self._first_height = 0
        self._height = {root.hash: 0}
        self._beside: OrderedDict[str, Block] = OrderedDict()
        self._forgotten: OrderedDict[str, None] = OrderedDict()
        self._transactions = 0

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def sink(self) -> Block:
        """The newest chain block."""
        return self._blocks[-1]

    @property
    def oldest(self) -> Block:
        """The oldest retained chain block."""
        return self._blocks[0]

    @property
    def blocks(self) -> Sequence[Block]:
        """All retained chain blocks, oldest first. Read-only."""
        return self._blocks

    def block(self, block_hash: str) -> Block | None:
        """A block on the chain or beside it; None if it is unknown or pruned."""
        height = self._height.get(block_hash)
        if height is not None:
            return self._blocks[height - self._first_height]
        return self._beside.get(block_hash)

    def child_of(self, block_hash: str) -> Block | None:
        """The chain block after this chain block, or None."""
        height = self._height.get(block_hash)
        if height is None or height + 1 - self._first_height >= len(self._blocks):
            return None
        return self._blocks[height + 1 - self._first_height]

    def is_on_chain(self, block_hash: str) -> bool:
        """Whether this is a retained chain block."""
        return block_hash in self._height

    def at_score(self, daa_score: int) -> Block | None:
        """The chain block with exactly this DAA score, or None."""
        place = self._place_of_score(daa_score)
        if place < len(self._blocks) and self._blocks[place].daa_score == daa_score:
            return self._blocks[place]
        return None

    def before_score(self, daa_score: int) -> tuple[Block | None, Block | None]:
        """The last chain block below the score, and the first at or above it."""
        place = self._place_of_score(daa_score)
        below = self._blocks[place - 1] if place > 0 else None
        above = self._blocks[place] if place < len(self._blocks) else None
        return below, above

    def _place_of_score(self, daa_score: int) -> int:
        low, high = 0, len(self._blocks)
        while low < high:
            middle = (low + high) // 2
            if self._blocks[middle].daa_score < daa_score:
                low = middle + 1
            else:
                high = middle
        return low

    def append(self, block: Block) -> None:
        """Make a block the sink, colour the blocks it merges, and prune old history."""
        for merged in (*block.merged_blues, *block.merged_reds):
            below = self.block(merged)
            if below is not None:
                below.merged = True
        self._height[block.hash] = self._first_height + len(self._blocks)
        self._blocks.append(block)
        self._transactions += len(block.acceptances)
        if (
            len(self._blocks) > self._max_blocks + _PRUNING_SLACK
            or self._transactions > self._max_transactions
        ):
            self._shrink()

    def add_beside(self, block: Block) -> None:
        """Add a block that is not on the chain."""
        self._beside[block.hash] = block
        while len(self._beside) > self._max_blocks:
            self._forget(self._beside.popitem(last=False)[0])

    def pop(self) -> Block:
        """Remove the sink from the chain; it stays known as a block beside it.

        Raises HistoryTooShortError if it is the last retained block.
        """
        if len(self._blocks) == 1:
            raise HistoryTooShortError("The retained history is not that deep.")
        block = self._blocks.pop()
        del self._height[block.hash]
        self._transactions -= len(block.acceptances)
        for merged in (*block.merged_blues, *block.merged_reds):
            below = self.block(merged)
            if below is not None:
                below.merged = False
        self.add_beside(block)
        return block

    def prune(self, keep: int) -> None:
        """Drop all chain blocks except the newest ``keep``, at least one."""
        surplus = len(self._blocks) - max(1, keep)
        if surplus <= 0:
            return
        for block in self._blocks[:surplus]:
            del self._height[block.hash]
            self._transactions -= len(block.acceptances)
            self._forget(block.hash)
            for merged in (*block.merged_blues, *block.merged_reds):
                if self._beside.pop(merged, None) is not None:
                    self._forget(merged)
        del self._blocks[:surplus]
        self._first_height += surplus

    def _shrink(self) -> None:
        keep = min(len(self._blocks), self._max_blocks)
        excess = self._transactions - self._max_transactions
        if excess > 0:
            # Some room on top, so that not every following block prunes again.
            excess += self._max_transactions // 10
            for place, block in enumerate(self._blocks):
                if excess <= 0:
                    break
                excess -= len(block.acceptances)
                keep = min(keep, len(self._blocks) - place - 1)
        self.prune(keep)

    def _forget(self, block_hash: str) -> None:
        self._forgotten[block_hash] = None
        while len(self._forgotten) > MAX_FORGOTTEN:
            self._forgotten.popitem(last=False)

    def path_from(self, block_hash: str) -> tuple[list[str], list[Block]]:
        """The path from a block to the sink: hashes left (high to low), blocks gained (low to
        high).

        Raises NotRetainedError if the path starts before the retained history, UnknownBlockError if
        the block was never known.
        """
        removed: list[str] = []
        current = block_hash
        while (height := self._height.get(current)) is None:
            block = self._beside.get(current)
            if block is None:
                if current in self._forgotten:
                    raise NotRetainedError(block_hash)
                raise UnknownBlockError(block_hash)
            removed.append(current)
            current = block.parent
        return removed, self._blocks[height + 1 - self._first_height :]
