"""In any history, the UTXO set is the result of the accepted transactions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.dag import UnknownTransactionError, VirtualDag
from kasgate.simnet.dag.mempool import RejectedTransactionError
from kasgate.simnet.dag.payments import Payments
from kasgate.simnet.dag.revocations import Revocations
from kasgate.simnet.dag.transactions import TxOutput, UtxoEntry
from tests.simnet.addresses import script

if TYPE_CHECKING:
    from kasgate.simnet.dag.dag import Step

SCRIPTS = [script(number) for number in range(3)]
scripts = st.sampled_from(SCRIPTS)


class SimulatedDag(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.dag = VirtualDag()
        self.payments = Payments(self.dag)
        self.revocations = Revocations(self.dag)
        self.now = 0
        self.withdrawn: list[str] = []
        self.observed: dict[Outpoint, UtxoEntry] = {}
        self.observed_chain: list[str] = [self.dag.chain.oldest.hash]

    def observe(self, step: Step | None) -> None:
        """Apply the notifications of one step, as a client does."""
        if step is None:
            return
        for outpoint, _ in step.changes.removed:
            self.observed.pop(outpoint, None)
        for outpoint, entry in step.changes.added:
            assert outpoint not in self.observed
            self.observed[outpoint] = entry
        for block_hash in step.removed_chain:
            assert self.observed_chain.pop() == block_hash
        for block in step.added_chain:
            assert block.parent == self.observed_chain[-1]
            self.observed_chain.append(block.hash)

    @rule(
        paid=st.lists(st.tuples(scripts, st.integers(1, 10**12)), min_size=1, max_size=3),
        coinbase=st.booleans(),
    )
    def pay(self, paid: list[tuple[str, int]], coinbase: bool) -> None:
        self.payments.pay([TxOutput(sompi, to) for to, sompi in paid], coinbase=coinbase)

    @rule(source=scripts, to=scripts)
    def sweep(self, source: str, to: str) -> None:
        try:
            self.payments.sweep(source, to)
        except UnknownTransactionError:
            assert all(
                self.dag.mempool.spender_of(outpoint) is not None
                for outpoint, _ in self.dag.utxos.of_script(source)
            )

    @rule()
    def mine(self) -> None:
        self.now += 100
        self.observe(self.dag.extend(self.now))

    @precondition(lambda self: len(self.dag.chain) > 1)
    @rule(red=st.booleans())
    def widen(self, red: bool) -> None:
        self.observe(self.dag.widen(self.now, red=red))

    @rule(blocks=st.integers(0, 50))
    def skip(self, blocks: int) -> None:
        self.dag.skip(blocks)
        self.mine()

    @precondition(lambda self: len(self.dag.chain) > 1)
    @rule(data=st.data(), replace=st.booleans())
    def reorg(self, data: st.DataObject, replace: bool) -> None:
        depth = data.draw(st.integers(1, len(self.dag.chain) - 1))
        candidates = sorted(self.dag.accepted_within(depth))
        drop = data.draw(st.sets(st.sampled_from(candidates), max_size=3)) if candidates else set()
        self.observe(self.revocations.reorg(depth, self.now, drop=drop, replace=replace))
        self.withdrawn += sorted(drop)

    @precondition(lambda self: len(self.dag.chain) > 1)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        waiting = [entry.transaction.id for entry in self.dag.mempool]
        accepted = sorted(self.dag.accepted_within(len(self.dag.chain)))
        if waiting or accepted:
            txid = data.draw(st.sampled_from(waiting + accepted))
            self.observe(self.revocations.withdraw(txid, self.now))
            self.withdrawn.append(txid)
            assert txid not in self.dag.accepted_within(len(self.dag.chain))

    @precondition(lambda self: self.withdrawn)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        txid = data.draw(st.sampled_from(self.withdrawn))
        try:
            step = self.revocations.restore(txid, self.now)
        except (UnknownTransactionError, RejectedTransactionError):
            return
        self.observe(step)
        known = self.dag.accepted_within(len(self.dag.chain))
        assert txid in known or txid in self.dag.mempool

    @invariant()
    def coins_are_what_the_accepted_transactions_left(self) -> None:
        left: dict[Outpoint, UtxoEntry] = {}
        seen: set[str] = set()
        pending = (self.dag.virtual_daa_score, self.dag.pending)
        blocks = [(block.daa_score, block.acceptances) for block in self.dag.chain.blocks]
        for score, acceptances in [*blocks, pending]:
            for acceptance in acceptances:
                transaction = acceptance.transaction
                assert transaction.id not in seen, "accepted twice"
                seen.add(transaction.id)
                for spent in transaction.inputs:
                    left.pop(spent.outpoint, None)
                for index, output in enumerate(transaction.outputs):
                    left[Outpoint(transaction.id, index)] = UtxoEntry(
                        output.amount, output.script, score, transaction.is_coinbase
                    )
        mine = {op: entry for op, entry in self.dag.utxos if entry.daa_score != 0}
        assert mine == left
        assert {op: e for op, e in self.observed.items() if e.daa_score != 0} == left
        assert not any(entry.transaction.id in seen for entry in self.dag.mempool)

    @invariant()
    def the_index_by_script_agrees(self) -> None:
        for one in (*SCRIPTS, self.payments.faucet_script):
            indexed = dict(self.dag.utxos.of_script(one))
            assert indexed == {op: entry for op, entry in self.dag.utxos if entry.script == one}

    @invariant()
    def scores_rise_along_the_chain(self) -> None:
        blocks = self.dag.chain.blocks
        scores = [block.daa_score for block in blocks]
        assert all(low < high for low, high in pairwise(scores))
        assert scores[-1] < self.dag.virtual_daa_score
        assert [block.hash for block in blocks] == self.observed_chain
        assert all(a.parent == b.hash for b, a in pairwise(blocks))


TestSimulatedDag = SimulatedDag.TestCase
TestSimulatedDag.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
