"""Reorgs that withdraw transactions, and the restoring of these."""

from collections import OrderedDict
from collections.abc import Collection
from typing import Final

import attrs

from kasgate.simnet.dag.chain import Acceptance
from kasgate.simnet.dag.dag import Step, UnknownTransactionError, VirtualDag
from kasgate.simnet.dag.mempool import MempoolEntry, RejectedTransactionError
from kasgate.simnet.dag.payments import FEE
from kasgate.simnet.dag.transactions import Transaction, TxInput, TxOutput, UtxoEntry, build

MAX_REMEMBERED: Final = 10_000
"""The most withdrawn transactions that are remembered; the oldest can't be restored."""


@attrs.frozen
class _Revoked:
    transaction: Transaction
    spends: tuple[UtxoEntry, ...]
    replaced_by: str | None


class Revocations:
    """Withdraws accepted transactions of a DAG and restores them."""

    def __init__(self, dag: VirtualDag) -> None:
        self._dag = dag
        self._revoked: OrderedDict[str, _Revoked] = OrderedDict()

    def reorg(
        self, depth: int, now: int, *, drop: Collection[str] = (), replace: bool = True
    ) -> Step:
        """Replace the last ``depth`` chain blocks (see VirtualDag.rebuild).

        The transactions in ``drop``, and those that build on them, are not accepted again: a
        conflicting spend takes their place (a coinbase simply disappears).

        Raises ValueError for a depth below one, HistoryTooShortError for one beyond the retained
        history, UnknownTransactionError if one to drop was not accepted within the depth.
        """
        accepted = self._dag.accepted_within(depth) if drop else {}
        exchange: dict[str, Transaction | None] = {}
        for txid in sorted(drop):  # the order of a set differs between processes
            if txid not in accepted:
                raise UnknownTransactionError(
                    f"Transaction {txid} was not accepted by the blocks to be replaced."
                )
            exchange[txid] = self._conflict_with(accepted[txid])
        step, lost = self._dag.rebuild(depth, now, exchange, replace=replace)
        for txid, conflict in exchange.items():
            self._remember(accepted[txid], None if conflict is None else conflict.id)
        for acceptance in lost:
            self._remember(acceptance, None)
        return step

    def withdraw(self, txid: str, now: int) -> Step | None:
        """Withdraw a transaction, with the shallowest reorg that does it.

        One that is only in the mempool is dropped from it, and None is returned. Raises
        UnknownTransactionError if nothing in the retained history accepted it.
        """
        waiting = self._dag.mempool.get(txid)
        if waiting is None:
            return self.reorg(max(1, self._dag.depth_of(txid)), now, drop=(txid,))
        self._dag.drop_from_mempool(txid)
        self._keep(_Revoked(waiting.transaction, waiting.spends, None))
        return None

    def restore(self, txid: str, now: int) -> Step | None:
        """Accept a withdrawn transaction again.

        A reorg removes the transaction that took its place. If there is none, the transaction goes
        back into the mempool, and None is returned.

        Raises UnknownTransactionError if it was not withdrawn, RejectedTransactionError if its
        coins have been spent by another transaction.
        """
        revoked = self._revoked.get(txid)
        if revoked is None:
            raise UnknownTransactionError("No such transaction was withdrawn.")
        if revoked.replaced_by is None:
            self._back_to_mempool(revoked)
            del self._revoked[txid]
            return None
        depth = max(1, self._dag.depth_of(revoked.replaced_by))
        exchange = {revoked.replaced_by: revoked.transaction}
        step, lost = self._dag.rebuild(depth, now, exchange, replace=True)
        del self._revoked[txid]
        for acceptance in lost:
            self._remember(acceptance, None)
        return step

    def _back_to_mempool(self, revoked: _Revoked) -> None:
        for spent in revoked.transaction.inputs:
            known = spent.outpoint in self._dag.utxos or self._dag.mempool.output(spent.outpoint)
            if not known:
                raise RejectedTransactionError("the coins it spends are spent or gone")
        self._dag.mempool.add(MempoolEntry(revoked.transaction, revoked.spends))

    def _conflict_with(self, acceptance: Acceptance) -> Transaction | None:
        """A transaction that sends the same coins back to the payer."""
        if acceptance.transaction.is_coinbase:
            return None
        total = sum(entry.amount for _, entry in acceptance.spent)
        return build(
            [TxInput(outpoint) for outpoint, _ in acceptance.spent],
            [TxOutput(max(1, total - 2 * FEE), acceptance.spent[0][1].script)],
            payload=self._dag.new_id("conflict"),
        )

    def _remember(self, acceptance: Acceptance, replaced_by: str | None) -> None:
        spends = tuple(entry for _, entry in acceptance.spent)
        self._keep(_Revoked(acceptance.transaction, spends, replaced_by))

    def _keep(self, revoked: _Revoked) -> None:
        self._revoked[revoked.transaction.id] = revoked
        while len(self._revoked) > MAX_REMEMBERED:
            self._revoked.popitem(last=False)
