"""The mempool: transactions that no block contains yet."""

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.transactions import Transaction, UtxoEntry

MAX_TRANSACTIONS: Final = 200_000
"""More are refused, as a node refuses them when its mempool is full."""


class RejectedTransactionError(ValueError):
    """A transaction that the mempool does not take. The message is the reason."""


@attrs.frozen
class MempoolEntry:
    """A transaction waiting for a block."""

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
    """Waiting transactions in order of arrival, indexed by the scripts they touch."""

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
        """The waiting transaction, or None."""
        return self._entries.get(txid)

    def sending(self, script: str) -> list[MempoolEntry]:
        """The transactions that spend coins of this script."""
        return [self._entries[txid] for txid in self._sending.get(script, ())]

    def receiving(self, script: str) -> list[MempoolEntry]:
        """The transactions that pay this script."""
        return [self._entries[txid] for txid in self._receiving.get(script, ())]

    def spender_of(self, outpoint: Outpoint) -> str | None:
        """The id of the waiting transaction that spends this coin, or None."""
        return self._spender.get(outpoint)

    def output(self, outpoint: Outpoint) -> UtxoEntry | None:
        """The coin that a waiting transaction will make, or None; its score is not known yet."""
        entry = self._entries.get(outpoint.transaction_id)
        if entry is None or outpoint.index >= len(entry.transaction.outputs):
            return None
        output = entry.transaction.outputs[outpoint.index]
        return UtxoEntry(output.amount, output.script, 0, False, output.covenant_id)

    def add(self, entry: MempoolEntry, *, hold: bool = False, returning: bool = False) -> None:
        """Take a transaction in; ``hold`` keeps it out of blocks until released.

        One ``returning`` from a block that was undone finds room even when the pool is full.
        Raises RejectedTransactionError if it is here already, spends what another one here
        spends, or the pool is full.
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
        """Let blocks have a held transaction. Raises KeyError if it is not waiting."""
        if txid not in self._entries:
            raise KeyError(txid)
        self._held.discard(txid)

    def remove(self, txid: str) -> MempoolEntry:
        """Take a transaction out. Raises KeyError if it is not waiting."""
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
        """The transactions a block could contain now: not held, and all their coins exist."""
        return [
            entry.transaction
            for txid, entry in self._entries.items()
            if txid not in self._held
            and all(available(spent.outpoint) for spent in entry.transaction.inputs)
        ]

    def evict_orphans(self, available: Callable[[Outpoint], bool]) -> list[str]:
        """Throw out what spends coins that are gone for good; return the ids."""
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
    # A transaction can touch one script with several coins, but is listed once.
    listed = index.get(script)
    if listed is None:
        return
    listed.pop(txid, None)
    if not listed:
        del index[script]
