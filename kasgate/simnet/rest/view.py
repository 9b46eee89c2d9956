"""One REST server's view of the simulated network: a node's state and a database, both delayed by
the server's lag.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

import attrs

from kasgate.simnet.dag.chain import Acceptance, Block
from kasgate.simnet.dag.dag import Step, VirtualDag
from kasgate.simnet.dag.transactions import Transaction
from kasgate.simnet.dag.utxoset import Coin, UtxoSet

MAX_TRANSACTIONS: Final = 200_000
"""The most transactions in the database; the oldest are dropped."""
MAX_BEHIND: Final = 100_000
"""The most steps that a server can lag behind; beyond it the oldest come early."""


@attrs.define
class Row:
    """A transaction in the database."""

    transaction: Transaction
    block_hash: str
    """The block that contains it."""
    block_time: int
    scripts: tuple[str, ...]
    """The scripts whose coins it created or spent."""
    accepted_by: Block | None = None


class Database:
    """Every transaction that a chain block ever accepted, with its present accepting block, if it
    has one. Unlike a node it prunes nothing."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, Row] = OrderedDict()
        self._by_script: dict[str, dict[str, None]] = {}
        self._by_block: dict[str, tuple[Block, list[str]]] = {}

    def add(self, block: Block) -> None:
        """Note that a block joined the selected chain."""
        if not block.acceptances:
            return
        ids = [acceptance.transaction.id for acceptance in block.acceptances]
        self._by_block[block.hash] = (block, ids)
        for acceptance in block.acceptances:
            row = self._rows.get(acceptance.transaction.id) or self._insert(acceptance)
            row.accepted_by = block
        while len(self._rows) > MAX_TRANSACTIONS:
            self._forget(next(iter(self._rows)))

    def remove(self, block_hash: str) -> None:
        """Note that a block left the selected chain, so that its transactions are not accepted any
        more."""
        for txid in self._by_block.pop(block_hash, (None, ()))[1]:
            row = self._rows.get(txid)
            accepted_by = None if row is None else row.accepted_by
            if row is not None and accepted_by is not None and accepted_by.hash == block_hash:
                row.accepted_by = None

    def get(self, txid: str) -> Row | None:
        """The row of a transaction."""
        return self._rows.get(txid)

    def block(self, block_hash: str) -> Block | None:
        """A chain block that accepted something."""
        found = self._by_block.get(block_hash)
        return None if found is None else found[0]

    def of_script(self, script: str, limit: int, offset: int) -> list[Row]:
        """Rows that concern a script, newest first."""
        ids = self._by_script.get(script, {})
        newest = sorted((self._rows[txid] for txid in ids), key=lambda row: -row.block_time)
        return list(islice(newest, offset, offset + limit))

    def _insert(self, acceptance: Acceptance) -> Row:
        transaction = acceptance.transaction
        made = (output.script for output in transaction.outputs)
        spent = (entry.script for _, entry in acceptance.spent)
        scripts = tuple(dict.fromkeys((*made, *spent)))
        row = Row(transaction, acceptance.block_hash, acceptance.block_time, scripts)
        self._rows[transaction.id] = row
        for script in scripts:
            self._by_script.setdefault(script, {})[transaction.id] = None
        return row

    def _forget(self, txid: str) -> None:
        row = self._rows.pop(txid)
        for script in row.scripts:
            ids = self._by_script[script]
            ids.pop(txid, None)
            if not ids:
                del self._by_script[script]
        if row.accepted_by is not None:
            _, ids_of_block = self._by_block.get(row.accepted_by.hash, (None, []))
            if txid in ids_of_block:
                ids_of_block.remove(txid)
            if not ids_of_block:
                self._by_block.pop(row.accepted_by.hash, None)


class RestView:
    """The network as this server saw it ``lag`` seconds ago."""

    def __init__(self, dag: VirtualDag) -> None:
        self._dag = dag
        self._utxos = UtxoSet()
        for outpoint, entry in dag.utxos:
            self._utxos.put(outpoint, entry, quietly=True)
        self.virtual_daa_score = dag.virtual_daa_score
        self.database = Database()
        for block in dag.chain.blocks:
            self.database.add(block)
        self._coming: deque[tuple[float, Step]] = deque()

    def follow(self, step: Step, due: float) -> None:
        """Queue a step of the network until it is due."""
        self._coming.append((due, step))
        if len(self._coming) > MAX_BEHIND:
            self._take_in(self._coming.popleft()[1])

    def catch_up(self, now: float) -> None:
        """Apply the steps that are due."""
        while self._coming and self._coming[0][0] <= now:
            self._take_in(self._coming.popleft()[1])

    def coins(self, script: str) -> Sequence[Coin]:
        """The unspent coins of a script."""
        return self._utxos.of_script(script)

    def block(self, block_hash: str) -> Block | None:
        """A block, from the node or else from the database."""
        return self._dag.chain.block(block_hash) or self.database.block(block_hash)

    def is_on_chain(self, block_hash: str) -> bool:
        """Whether a block is on the selected chain, or was when the node pruned it."""
        return self._dag.chain.is_on_chain(block_hash) or self._dag.chain.block(block_hash) is None

    def _take_in(self, step: Step) -> None:
        for outpoint, _ in step.changes.removed:
            if outpoint in self._utxos:
                self._utxos.remove(outpoint, quietly=True)
        for outpoint, entry in step.changes.added:
            self._utxos.put(outpoint, entry, quietly=True)
        for block_hash in step.removed_chain:
            self.database.remove(block_hash)
        for block in step.added_chain:
            self.database.add(block)
        self.virtual_daa_score = step.virtual_daa_score
