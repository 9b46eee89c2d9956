"""The mempool: transactions that are in no block yet."""

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.transactions import Transaction, UtxoEntry

MAX_TRANSACTIONS: Final = 200_000
"""The most transactions; more are refused, as by a node with a full mempool."""


class RejectedTransactionError(ValueError):
    """The mempool refuses a transaction. The message is the reason."""


@attrs.frozen
class MempoolEntry:
    """A transaction in the mempool."""

    transaction: Transaction
    spends: tuple[UtxoEntry, ...]
    """The coins it spends, in the order of its inputs."""

    @property
    def fee(self) -> int:
        """Sompi."""
        if self.transaction.is_coinbase:
            return 0
        paid = sum(output.amount for output in self.transaction.outputs)
        return sum(entry.amount for entry in self.spends) - paid


class Mempool:
    """The transactions of the mempool in order of arrival, indexed by their scripts."""

    def __init__(self) -> None:
        self._entries: dict[str, MempoolEntry] = {}
        self._held: set[str] = set()
        self._spender: dict[Outpoint, str] = {}
        self._sending: dict[str, dict[str, None]] = {}
        self._receiving: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, txid: str) -> bool:
        return txid in self._entries

    def __iter__(self) -> Iterator[MempoolEntry]:
        return iter(self._entries.values())

    def get(self, txid: str) -> MempoolEntry | None:
        """The transaction in the mempool, or None."""
        return self._entries.get(txid)

    def sending(self, script: str) -> list[MempoolEntry]:
        """The transactions that spend coins of this script."""
        return [self._entries[txid] for txid in self._sending.get(script, ())]

    def receiving(self, script: str) -> list[MempoolEntry]:
        """The transactions that pay this script."""
        return [self._entries[txid] for txid in self._receiving.get(script, ())]

    def spender_of(self, outpoint: Outpoint) -> str | None:
        """The id of the transaction in the mempool that spends this coin, or None."""
        return self._spender.get(outpoint)

    def output(self, outpoint: Outpoint) -> UtxoEntry | None:
        """The coin that a transaction in the mempool will create, or None; it has no score yet."""
        entry = self._entries.get(outpoint.transaction_id)
        if entry is None or outpoint.index >= len(entry.transaction.outputs):
            return None
        output = entry.transaction.outputs[outpoint.index]
        return UtxoEntry(output.amount, output.script, 0, False, output.covenant_id)

    def add(self, entry: MempoolEntry, *, hold: bool = False, returning: bool = False) -> None:
        """Add a transaction; ``hold`` keeps it out of blocks until it is released.

        A ``returning`` one, from an undone block, is added even if the pool is full. Raises
        RejectedTransactionError if it is there already, spends the same coin as another one, or
        the pool is full.
        """
        transaction = entry.transaction
        if transaction.id in self._entries:
            raise RejectedTransactionError("transaction is already in the mempool")
        if len(self._entries) >= MAX_TRANSACTIONS and not returning:
            raise RejectedTransactionError("the mempool is full")
        for spent in transaction.inputs:
            if spent.outpoint in self._spender:
                raise RejectedTransactionError(
                    f"output {spent.outpoint.transaction_id}:{spent.outpoint.index}"
                    " already spent in the mempool"
                )
        self._entries[transaction.id] = entry
        for spent in transaction.inputs:
            self._spender[spent.outpoint] = transaction.id
        for coin in entry.spends:
            self._sending.setdefault(coin.script, {})[transaction.id] = None
        for output in transaction.outputs:
            self._receiving.setdefault(output.script, {})[transaction.id] = None
        if hold:
            self._held.add(transaction.id)

    def release(self, txid: str) -> None:
        """Allow a held transaction into blocks. Raises KeyError if it is not in the mempool."""
        if txid not in self._entries:
            raise KeyError(txid)
        self._held.discard(txid)

    def remove(self, txid: str) -> MempoolEntry:
        """Remove a transaction. Raises KeyError if it is not in the mempool."""
        entry = self._entries.pop(txid)
        self._held.discard(txid)
        for spent in entry.transaction.inputs:
            del self._spender[spent.outpoint]
        for coin in entry.spends:
            _discard(self._sending, coin.script, txid)
        for output in entry.transaction.outputs:
            _discard(self._receiving, output.script, txid)
        return entry

    def ready(self, available: Callable[[Outpoint], bool]) -> list[Transaction]:
        """The transactions that a block could contain now: not held, and all their coins exist."""
        return [
            entry.transaction
            for txid, entry in self._entries.items()
            if txid not in self._held
            and all(available(spent.outpoint) for spent in entry.transaction.inputs)
        ]

    def evict_orphans(self, available: Callable[[Outpoint], bool]) -> list[str]:
        """Remove transactions that spend coins that are gone for good; return the ids."""
        evicted: list[str] = []
        while True:
            orphans = [
                txid
                for txid, entry in self._entries.items()
                if not all(
                    available(spent.outpoint) or self.output(spent.outpoint) is not None
                    for spent in entry.transaction.inputs
                )
            ]
            if not orphans:
                return evicted
            for txid in orphans:
                self.remove(txid)
            evicted += orphans


def _discard(index: dict[str, dict[str, None]], script: str, txid: str) -> None:
    # A transaction may have several coins of one script, but is listed once.
    listed = index.get(script)
    if listed is None:
        return
    listed.pop(txid, None)
    if not listed:
        del index[script]
