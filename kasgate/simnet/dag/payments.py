"""Payments and sweeps: transactions that the simulated network makes itself."""

from collections.abc import Sequence
from typing import Final

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.dag import UnknownTransactionError, VirtualDag
from kasgate.simnet.dag.mempool import MempoolEntry
from kasgate.simnet.dag.rewards import payload_of
from kasgate.simnet.dag.transactions import (
    COINBASE_SUBNETWORK,
    Transaction,
    TxInput,
    TxOutput,
    UtxoEntry,
    build,
    storage_mass,
)

FEE: Final = 203_600
"""Fee of an ordinary payment in sompi (kaspa.md §4.7)."""


class Payments:
    """Adds transactions to the mempool of a DAG."""

    def __init__(self, dag: VirtualDag) -> None:
        self._dag = dag
        self.faucet_script = f"000020{dag.new_id('faucet')}ac"
        """The source of payments; the coins of double-spent payments go back to it."""
        self.cold_script = f"000020{dag.new_id('cold')}ac"
        """The default receiver of sweeps."""

    def pay(
        self, outputs: Sequence[TxOutput], *, coinbase: bool = False, hold: bool = False
    ) -> Transaction:
        """Create these coins.

        An ordinary payment spends a coin of the faucet, which is created as if it had always been
        there. A coinbase spends nothing, and no mempool shows it. Raises RejectedTransactionError
        if the mempool is full.
        """
        if coinbase:
            reward = build(
                (),
                outputs,
                version=1,
                subnetwork_id=COINBASE_SUBNETWORK,
                payload=payload_of(self._dag.new_id("coinbase")),
            )
            self._dag.mempool.add(MempoolEntry(reward, ()), hold=hold)
            return reward
        coin = UtxoEntry(sum(output.amount for output in outputs) + FEE, self.faucet_script, 0)
        outpoint = Outpoint(self._dag.new_id("coin"), 0)
        payment = build(
            (TxInput(outpoint),),
            outputs,
            version=1 if any(output.covenant_id for output in outputs) else 0,
            storage_mass=storage_mass([coin.amount], [output.amount for output in outputs]),
        )
        self._dag.mempool.add(MempoolEntry(payment, (coin,)), hold=hold)
        self._dag.utxos.put(outpoint, coin, quietly=True)
        return payment

    def sweep(self, script: str, to: str) -> Transaction:
        """Spend all coins of a script that the mempool does not spend yet, into one output.

        The fee is that of an ordinary payment, or none if the coins are worth less. Raises
        UnknownTransactionError if there is nothing to sweep, RejectedTransactionError if the
        mempool is full.
        """
        mempool = self._dag.mempool
        coins = [
            coin
            for coin in self._dag.utxos.of_script(script)
            if mempool.spender_of(coin[0]) is None
        ]
        if not coins:
            raise UnknownTransactionError("There is nothing to sweep at this address.")
        total = sum(entry.amount for _, entry in coins)
        swept = TxOutput(total - FEE if total > FEE else total, to)
        transaction = build(
            [TxInput(outpoint) for outpoint, _ in coins],
            [swept],
            storage_mass=storage_mass([entry.amount for _, entry in coins], [swept.amount]),
        )
        mempool.add(MempoolEntry(transaction, tuple(entry for _, entry in coins)))
        return transaction
