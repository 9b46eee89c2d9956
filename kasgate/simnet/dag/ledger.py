"""The effect of acceptances on the UTXO set, and how it is undone."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import attrs

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.chain import Acceptance
from kasgate.simnet.dag.transactions import Transaction, UtxoEntry
from kasgate.simnet.dag.utxoset import UtxoSet

MAX_MOVED: Final = 10_000
"""The most moved scores that are remembered; the oldest are dropped."""


class Ledger:
    """The UTXO set of virtual, changed by acceptances."""

    def __init__(self) -> None:
        self.utxos = UtxoSet()
        self._moved: OrderedDict[str, int] = OrderedDict()

    def accept(
        self, transaction: Transaction, score: int, block_hash: str, block_time: int
    ) -> Acceptance | None:
        """Spend and create the coins of a transaction that this block contains.

        The new coins get this DAA score. Returns None and changes nothing if a coin it spends is
        gone.
        """
        if any(spent.outpoint not in self.utxos for spent in transaction.inputs):
            return None
        spent = tuple(
            (source.outpoint, self.utxos.remove(source.outpoint)) for source in transaction.inputs
        )
        for index, output in enumerate(transaction.outputs):
            self.utxos.put(
                Outpoint(transaction.id, index),
                UtxoEntry(
                    output.amount,
                    output.script,
                    score,
                    transaction.is_coinbase,
                    output.covenant_id,
                ),
            )
        return Acceptance(transaction, spent, block_hash, block_time)

    def undo(self, acceptances: Iterable[Acceptance]) -> None:
        """Undo acceptances, newest first; those that build on one must be undone before it."""
        for acceptance in acceptances:
            transaction = acceptance.transaction
            for index in range(len(transaction.outputs)):
                self.utxos.remove(Outpoint(transaction.id, index))
            for outpoint, entry in acceptance.spent:
                self.utxos.put(outpoint, entry)
            self._moved.pop(transaction.id, None)

    def rescore(self, acceptances: Iterable[Acceptance], score: int) -> None:
        """Give the unspent coins of these acceptances another DAA score."""
        for acceptance in acceptances:
            self._moved.pop(acceptance.transaction.id, None)
            for outpoint, entry in self._unspent(acceptance.transaction):
                if entry.daa_score != score:
                    self.utxos.put(outpoint, attrs.evolve(entry, daa_score=score))

    def move(self, transaction: Transaction, by: int) -> bool:
        """Move the score of a transaction's unspent coins; False if none is left.

        Raises ValueError if a score would become negative.
        """
        coins = self._unspent(transaction)
        if not coins:
            return False
        score = coins[0][1].daa_score + by
        if score < 0:
            raise ValueError("A score cannot be negative.")
        for outpoint, entry in coins:
            self.utxos.put(outpoint, attrs.evolve(entry, daa_score=score))
        self._moved[transaction.id] = score
        while len(self._moved) > MAX_MOVED:
            self._moved.popitem(last=False)
        return True

    def moved_score(self, txid: str) -> int | None:
        """The score that ``move`` gave the coins of a transaction; None if it was not moved."""
        return self._moved.get(txid)

    def _unspent(self, transaction: Transaction) -> list[tuple[Outpoint, UtxoEntry]]:
        outpoints = (Outpoint(transaction.id, n) for n in range(len(transaction.outputs)))
        return [(op, entry) for op in outpoints if (entry := self.utxos.get(op)) is not None]
