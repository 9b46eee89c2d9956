"""A virtual DAG in memory: chain, mempool and the UTXO set of virtual, without clock or socket.

The order of events is that of the real network (kaspa.md §4.1, §4.2). A block contains transactions
of the mempool. Virtual accepts them at once and gives their coins its own next DAA score. The next
chain block accepts them for good and gives them *its* score. With ``score_jitter`` that is lower by
one, because virtual merges one parallel block more than the chain block did. So a payment is seen
with one block, and its score usually moves by one with the next.

Everything is determined by the seed and the order of calls; time is passed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

import attrs

from kasgate.simnet.dag.chain import (
    MAX_BLOCKS,
    MAX_TRANSACTIONS,
    Acceptance,
    Block,
    Chain,
    HistoryTooShortError,
)
from kasgate.simnet.dag.ledger import Ledger
from kasgate.simnet.dag.mempool import Mempool, MempoolEntry, RejectedTransactionError
from kasgate.simnet.dag.transactions import Transaction, UtxoEntry
from kasgate.simnet.dag.utxoset import UtxoChanges

FIRST_DAA_SCORE: Final = 100_000
"""The score at which the virtual network starts; well above zero, which is a special case."""
_ROOT_PARENT: Final = "00" * 32


class UnknownTransactionError(LookupError):
    """The transaction is not here. The message is a sentence for the user."""


@attrs.frozen
class Step:
    """The changes of one resolution of virtual; the source of all notifications (kaspa.md §4.1)."""

    changes: UtxoChanges
    virtual_daa_score: int
    sink_blue_score: int
    removed_chain: tuple[str, ...] = ()
    """Hashes, high to low."""
    added_chain: tuple[Block, ...] = ()
    """Low to high."""
    new_blocks: tuple[Block, ...] = ()


class VirtualDag:
    """The state of one network, shared by all its nodes."""

    def __init__(
        self,
        *,
        seed: int = 0,
        now: int = 0,
        score_jitter: bool = True,
        max_blocks: int = MAX_BLOCKS,
        max_transactions: int = MAX_TRANSACTIONS,
    ) -> None:
        self._seed = f"kasgate-simnet-{seed}".encode()
        self._counter = 0
        self.score_jitter = score_jitter
        lead = 1 if score_jitter else 0
        root = Block(
            self.new_id("root"),
            _ROOT_PARENT,
            FIRST_DAA_SCORE - 1 - lead,
            FIRST_DAA_SCORE - 1 - lead,
            now,
        )
        self.chain = Chain(root, max_blocks=max_blocks, max_transactions=max_transactions)
        self.mempool = Mempool()
        self._ledger = Ledger()
        self.utxos = self._ledger.utxos
        self.virtual_daa_score = FIRST_DAA_SCORE
        self._pending: list[Acceptance] = []  # accepted by virtual alone
        self._beside: list[Block] = []  # parallel blocks that no chain block has merged
        self._surplus_blues = 0  # blues merged by virtual without a block kept for each

    def new_id(self, kind: str) -> str:
        """64 hex digits that are unique here and the same in every run."""
        self._counter += 1
        text = f"{kind}-{self._counter}".encode()
        return blake2b(text, digest_size=32, key=self._seed[:64]).hexdigest()

    @property
    def pending(self) -> Sequence[Acceptance]:
        """The acceptances of virtual alone."""
        return self._pending

    @property
    def parallel_tips(self) -> list[str]:
        """Hashes of the blocks beside the sink that virtual merges and no chain block has
        merged."""
        return [block.hash for block in self._beside]

    # Transactions into the mempool

    def submit(self, transaction: Transaction) -> None:
        """Add an outside transaction to the mempool, as submitTransaction does.

        Its coins must exist, in the UTXO set or as outputs in the mempool, and must not be spent
        by another transaction of the mempool; it must not pay more than it spends. Signatures,
        masses and maturity are not checked. Raises RejectedTransactionError with the reason.
        """
        if not transaction.inputs or not transaction.outputs:
            raise RejectedTransactionError("transaction has no inputs or no outputs")
        if len({spent.outpoint for spent in transaction.inputs}) != len(transaction.inputs):
            raise RejectedTransactionError("transaction has duplicate inputs")
        spends: list[UtxoEntry] = []
        for spent in transaction.inputs:
            coin = self.utxos.get(spent.outpoint) or self.mempool.output(spent.outpoint)
            if coin is None:
                raise RejectedTransactionError(
                    "transaction is an orphan where orphan is disallowed"
                )
            spends.append(coin)
        if any(output.amount <= 0 for output in transaction.outputs):
            raise RejectedTransactionError("transaction output has zero value")
        paid = sum(output.amount for output in transaction.outputs)
        if paid > sum(coin.amount for coin in spends):
            raise RejectedTransactionError("transaction spends more than its inputs")
        self.mempool.add(MempoolEntry(transaction, tuple(spends)))

    def release(self, txid: str) -> None:
        """Allow a held transaction into blocks. Raises UnknownTransactionError."""
        if txid not in self.mempool:
            raise UnknownTransactionError("The mempool has no such transaction.")
        self.mempool.release(txid)

    def drop_from_mempool(self, txid: str) -> None:
        """Drop a transaction and those that build on it from the mempool.

        Raises UnknownTransactionError if it is not there.
        """
        if txid not in self.mempool:
            raise UnknownTransactionError("The mempool has no such transaction.")
        self.mempool.remove(txid)
        self.mempool.evict_orphans(self.utxos.__contains__)

    # Blocks

    def extend(self, now: int) -> Step:
        """Add a chain block at this time (unix milliseconds).

        It accepts the acceptances of virtual, contains the mempool's ready transactions, and raises
        the virtual DAA score by one.
        """
        parent = self.chain.sink
        score = self.virtual_daa_score - (1 if self.score_jitter else 0)
        score = max(score, parent.daa_score + 1)
        blues = [parent.hash, *(block.hash for block in self._beside if not block.red)]
        block = Block(
            self.new_id("block"),
            parent.hash,
            score,
            parent.blue_score + len(blues) + self._surplus_blues,
            max(now, parent.timestamp + 1),
            acceptances=tuple(self._pending),
            merged_blues=tuple(blues),
            merged_reds=tuple(block.hash for block in self._beside if block.red),
        )
        block.transactions = tuple(self.mempool.ready(self.utxos.__contains__))
        self._ledger.rescore(self._pending, score)
        self._pending = []
        self._beside = []
        self._surplus_blues = 0
        self.chain.append(block)
        self.virtual_daa_score += 1
        self._contain(block)
        return self._step(added_chain=(block,), new_blocks=(block,))

    def widen(self, now: int, *, red: bool = False) -> Step:
        """Add a block parallel to the sink, merged by virtual but not yet by a chain block.

        The virtual DAA score rises by one, and so do the scores of coins that only virtual has
        accepted. A ``red`` block does not count for the blue score.
        """
        sink = self.chain.sink
        block = Block(
            self.new_id("block"),
            sink.parent,
            sink.daa_score,
            sink.blue_score,
            max(now, sink.timestamp),
            red=red,
        )
        fresh = {acceptance.transaction.id for acceptance in self._pending}
        block.transactions = tuple(
            transaction
            for transaction in self.mempool.ready(self.utxos.__contains__)
            if not transaction.is_coinbase
            and not any(spent.outpoint.transaction_id in fresh for spent in transaction.inputs)
        )
        self._beside.append(block)
        self.chain.add_beside(block)
        self.virtual_daa_score += 1
        self._ledger.rescore(self._pending, self.virtual_daa_score)
        self._contain(block)
        return self._step(new_blocks=(block,))

    def skip(self, blocks: int) -> None:
        """Raise the virtual DAA score as if virtual had merged this many more blue blocks.

        It takes effect with the next step.
        """
        self.virtual_daa_score += blocks
        self._surplus_blues += blocks
        self._ledger.rescore(self._pending, self.virtual_daa_score)

    def _contain(self, block: Block) -> None:
        """Let virtual accept the transactions of a new block."""
        for transaction in block.transactions:
            self.mempool.remove(transaction.id)
            self._accept(transaction, block.hash, block.timestamp)

    def _accept(self, transaction: Transaction, block_hash: str, block_time: int) -> None:
        acceptance = self._ledger.accept(
            transaction, self.virtual_daa_score, block_hash, block_time
        )
        if acceptance is not None:
            self._pending.append(acceptance)

    def _step(
        self,
        removed_chain: tuple[str, ...] = (),
        added_chain: tuple[Block, ...] = (),
        new_blocks: tuple[Block, ...] = (),
    ) -> Step:
        return Step(
            self.utxos.take_changes(),
            self.virtual_daa_score,
            self.chain.sink.blue_score,
            removed_chain,
            added_chain,
            new_blocks,
        )

    # Reorgs

    def rebuild(
        self,
        depth: int,
        now: int,
        exchange: Mapping[str, Transaction | None],
        *,
        replace: bool,
    ) -> tuple[Step, list[Acceptance]]:
        """Undo the last chain blocks and accept their transactions again.

        With ``replace``, as many new blocks take their place, each with scores higher by one;
        otherwise the transactions go back to the mempool. Those in ``exchange`` are replaced by
        another transaction, or removed. The second result has the acceptances that could not be
        repeated, because they built on a replaced transaction.

        Raises ValueError for a depth below one, HistoryTooShortError for one beyond the history.
        """
        if depth < 1:
            raise ValueError("A reorganisation replaces at least one block.")
        if depth >= len(self.chain):
            raise HistoryTooShortError(
                f"Only {len(self.chain) - 1} blocks can be replaced: older history is not kept."
            )
        pending, self._pending = self._pending, []
        self._ledger.undo(reversed(pending))
        old: list[Block] = []
        for _ in range(depth):
            block = self.chain.pop()
            self._ledger.undo(reversed(block.acceptances))
            old.append(block)
        removed = tuple(block.hash for block in old)
        old.reverse()
        added: list[Block] = []
        lost: list[Acceptance] = []
        if replace:
            self.virtual_daa_score += 1
            added = [self._rebuild_block(block, now, exchange, lost) for block in old]
            self._pending = self._accept_again(pending, exchange, self.virtual_daa_score, lost)
        else:
            undone = [*(a for block in old for a in block.acceptances), *pending]
            self._back_to_mempool(undone, exchange)
        self.mempool.evict_orphans(self.utxos.__contains__)
        return self._step(removed, tuple(added), tuple(added)), lost

    def _rebuild_block(
        self,
        old: Block,
        now: int,
        exchange: Mapping[str, Transaction | None],
        lost: list[Acceptance],
    ) -> Block:
        parent = self.chain.sink
        contained = (exchange.get(transaction.id, transaction) for transaction in old.transactions)
        block = Block(
            self.new_id("block"),
            parent.hash,
            old.daa_score + 1,
            old.blue_score + 1,
            max(now, parent.timestamp + 1),
            transactions=tuple(transaction for transaction in contained if transaction is not None),
            merged_blues=(parent.hash, *old.merged_blues[1:]),
            merged_reds=old.merged_reds,
        )
        block.acceptances = tuple(
            self._accept_again(old.acceptances, exchange, block.daa_score, lost)
        )
        self.chain.append(block)
        return block

    def _accept_again(
        self,
        acceptances: Iterable[Acceptance],
        exchange: Mapping[str, Transaction | None],
        score: int,
        lost: list[Acceptance],
    ) -> list[Acceptance]:
        """Repeat, on top of the sink, the acceptances of a removed block or of the old virtual."""
        sink = self.chain.sink
        again: list[Acceptance] = []
        for was in acceptances:
            transaction = exchange.get(was.transaction.id, was.transaction)
            if transaction is None:
                continue
            # The new block in the place of a removed block contains the same transactions.
            stays = self.chain.is_on_chain(was.block_hash) or was.block_hash in sink.merged_blues
            home = (was.block_hash, was.block_time) if stays else (sink.hash, sink.timestamp)
            acceptance = self._ledger.accept(transaction, score, *home)
            if acceptance is None:
                lost.append(was)
            else:
                again.append(acceptance)
        return again

    def _back_to_mempool(
        self, undone: Iterable[Acceptance], exchange: Mapping[str, Transaction | None]
    ) -> None:
        for was in undone:
            transaction = exchange.get(was.transaction.id, was.transaction)
            if transaction is not None:
                spends = tuple(entry for _, entry in was.spent)
                self.mempool.add(MempoolEntry(transaction, spends), returning=True)

    # Scores

    def move_score(self, txid: str, by: int) -> Step:
        """Give the unspent coins of an accepted transaction another score, and change nothing else.

        A client sees this when the accepting block changes (kaspa.md §4.2). The block keeps its own
        score; ``return_script`` uses the new one. Raises UnknownTransactionError if none of its
        coins is left, ValueError for a score below zero or a move by zero.
        """
        if by == 0:
            raise ValueError("A score cannot move by zero.")
        if not self._ledger.move(self.accepted_within(self.depth_of(txid))[txid].transaction, by):
            raise UnknownTransactionError("All coins of this transaction are spent.")
        return self._step()

    def depth_of(self, txid: str) -> int:
        """The number of chain blocks to remove to undo this transaction: 0 if only virtual has it.

        Raises UnknownTransactionError if nothing in the retained history accepted it.
        """
        if any(acceptance.transaction.id == txid for acceptance in self._pending):
            return 0
        for depth, block in enumerate(reversed(self.chain.blocks), start=1):
            if any(acceptance.transaction.id == txid for acceptance in block.acceptances):
                return depth
        raise UnknownTransactionError("No such transaction was accepted in the retained history.")

    def accepted_within(self, depth: int) -> dict[str, Acceptance]:
        """The acceptances of virtual and the last ``depth`` chain blocks, by transaction id."""
        blocks = self.chain.blocks[-depth:] if depth else ()
        acceptances = (*(a for block in blocks for a in block.acceptances), *self._pending)
        return {acceptance.transaction.id: acceptance for acceptance in acceptances}

    def return_script(self, txid: str, daa_score: int) -> str | None:
        """The script that paid for a transaction that a chain block with this score accepted.

        None for a coinbase, which spends nothing. Raises UnknownTransactionError if no chain block
        with exactly this score accepted it (kaspa.md §4.6c).
        """
        moved = self._ledger.moved_score(txid)
        block = self.chain.at_score(daa_score)
        if block is None and moved != daa_score:
            raise UnknownTransactionError("Transaction not found at given accepting daa score")
        accepted: Sequence[Acceptance] = () if block is None else block.acceptances
        if moved is not None:
            accepted = (
                (self.accepted_within(self.depth_of(txid))[txid],) if moved == daa_score else ()
            )
        for acceptance in accepted:
            if acceptance.transaction.id == txid:
                return acceptance.spent[0][1].script if acceptance.spent else None
        raise UnknownTransactionError(
            f"Did not find queried transactions in acceptance data: [{txid}]"
        )
