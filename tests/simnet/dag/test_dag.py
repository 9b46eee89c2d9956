"""The parts of the virtual DAG that clients do not see directly."""

from __future__ import annotations

import pytest

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.chain import Block, Chain, NotRetainedError, UnknownBlockError
from kasgate.simnet.dag.dag import VirtualDag
from kasgate.simnet.dag.mempool import Mempool, MempoolEntry, RejectedTransactionError
from kasgate.simnet.dag.payments import Payments
from kasgate.simnet.dag.transactions import TxInput, TxOutput, UtxoEntry, build, storage_mass
from kasgate.simnet.dag.utxoset import UtxoSet
from tests.simnet.addresses import KAS, script

ALICE = script(1)


def coin(amount: int = KAS, score: int = 5) -> UtxoEntry:
    return UtxoEntry(amount, ALICE, score)


def chain_of(length: int) -> Chain:
    chain = Chain(Block("b0", "", 10, 10, 0), max_blocks=1_000)
    for place in range(1, length):
        chain.append(Block(f"b{place}", f"b{place - 1}", 10 + 2 * place, 10 + place, place))
    return chain


def test_an_id_is_the_one_the_network_gives() -> None:
    # Known answers of the consensus rules for an empty transaction and for one input.
    assert build((), ()).id == "2c18d5e59ca8fc4c23d9560da3bf738a8f40935c11c162017fbf2c907b7e665c"
    one = build([TxInput(Outpoint("00" * 32, 2), sequence=7)], (), version=1)
    assert one.id == "dafa415216d26130a899422203559c809d3efe72e20d48505fb2f08787bc4f49"


def test_an_id_covers_all_but_the_signatures() -> None:
    spent = Outpoint("11" * 32, 0)
    signed = build([TxInput(spent, "41aa")], [TxOutput(5, ALICE)])
    assert signed.id == build([TxInput(spent, "41bb")], [TxOutput(5, ALICE)]).id
    assert signed.id != build([TxInput(spent)], [TxOutput(6, ALICE)]).id
    assert signed.id != build([TxInput(spent)], [TxOutput(5, ALICE)], payload="00").id
    assert signed.id != build([TxInput(spent)], [TxOutput(5, ALICE, "cc" * 32)]).id


@pytest.mark.parametrize(
    ("inputs", "outputs", "mass"),
    [
        ([100 * KAS], [KAS, 99 * KAS - 203_600], 10_001),
        ([100 * KAS], [KAS // 5, 99 * KAS], 50_001),
        ([100 * KAS], [100 * KAS - 203_600], 0),
        ([5 * KAS], [KAS, 399_796_400], 10_501),
        ([KAS, KAS, KAS], [KAS, 2 * KAS], 0),
        ([], [KAS], 0),
    ],
)
def test_storage_mass(inputs: list[int], outputs: list[int], mass: int) -> None:
    assert storage_mass(inputs, outputs) == mass


def test_changes_are_the_difference_between_two_steps() -> None:
    coins = UtxoSet()
    stays, goes, brief, moves = (Outpoint("aa" * 32, place) for place in range(4))
    for outpoint in (stays, goes, moves):
        coins.put(outpoint, coin())
    coins.put(Outpoint("bb" * 32, 0), coin(), quietly=True)
    assert len(coins.take_changes().added) == 3

    coins.put(brief, coin())
    coins.remove(brief)
    coins.remove(goes)
    coins.remove(stays)
    coins.put(stays, coin())
    coins.put(moves, coin(score=6))
    changes = coins.take_changes()
    assert dict(changes.removed) == {goes: coin(), moves: coin()}
    assert dict(changes.added) == {moves: coin(score=6)}
    assert not coins.take_changes()


def test_the_mempool_takes_one_spender_of_a_coin() -> None:
    mempool = Mempool()
    spent = TxInput(Outpoint("aa" * 32, 0))
    first = build([spent], [TxOutput(1, ALICE)])
    mempool.add(MempoolEntry(first, (coin(),)))
    with pytest.raises(RejectedTransactionError, match="already in the mempool"):
        mempool.add(MempoolEntry(first, (coin(),)))
    with pytest.raises(RejectedTransactionError, match="already spent"):
        mempool.add(MempoolEntry(build([spent], [TxOutput(2, ALICE)]), (coin(),)))
    assert [entry.fee for entry in mempool.sending(ALICE)] == [KAS - 1]
    mempool.remove(first.id)
    assert mempool.sending(ALICE) == mempool.receiving(ALICE) == []
    assert mempool.spender_of(spent.outpoint) is None


def test_a_full_mempool_refuses_but_takes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kasgate.simnet.dag.mempool.MAX_TRANSACTIONS", 2)
    dag = VirtualDag()
    payments = Payments(dag)
    dag.extend(0)
    for _ in range(2):
        payments.pay([TxOutput(KAS, ALICE)])
    with pytest.raises(RejectedTransactionError, match="full"):
        payments.pay([TxOutput(KAS, ALICE)])
    dag.extend(1)
    payments.pay([TxOutput(KAS, ALICE)])
    dag.rebuild(1, 2, {}, replace=False)
    assert len(dag.mempool) == 3


def test_the_mempool_chains_but_a_block_does_not() -> None:
    dag = VirtualDag()
    parent = Payments(dag).pay([TxOutput(KAS, ALICE)])
    child = build([TxInput(Outpoint(parent.id, 0))], [TxOutput(KAS - 5, ALICE)])
    dag.submit(child)
    assert [t.id for t in dag.extend(0).new_blocks[0].transactions] == [parent.id]
    assert [t.id for t in dag.widen(0).new_blocks[0].transactions] == []
    assert [t.id for t in dag.extend(0).new_blocks[0].transactions] == [child.id]


def test_a_parallel_block_carries_the_coins_of_virtual_along() -> None:
    dag = VirtualDag()
    Payments(dag).pay([TxOutput(KAS, ALICE)])
    dag.extend(0)
    seen = dag.virtual_daa_score
    step = dag.widen(0)
    assert step.added_chain == ()
    ((_, moved),) = step.changes.added
    assert moved.daa_score == dag.virtual_daa_score == seen + 1
    accepting = dag.extend(0).added_chain[0]
    assert accepting.daa_score == seen, "down again, with the chain block"
    assert dag.utxos.of_script(ALICE)[0][1].daa_score == seen


def test_red_blocks_count_for_the_daa_score_and_not_for_the_blue_score() -> None:
    dag = VirtualDag()
    dag.extend(0)
    before = dag.chain.sink
    red = dag.widen(0, red=True).new_blocks[0]
    blue = dag.widen(0).new_blocks[0]
    assert dag.parallel_tips == [red.hash, blue.hash]
    dag.extend(0)
    after = dag.chain.sink
    assert after.merged_reds == (red.hash,)
    assert after.merged_blues == (before.hash, blue.hash)
    assert after.blue_score == before.blue_score + 2
    assert after.daa_score == before.daa_score + 3
    assert red.merged
    assert not after.merged


def test_the_chain_forgets_its_oldest_blocks() -> None:
    chain = chain_of(2_000)
    assert 1_000 <= len(chain) <= 1_512
    assert chain.sink.hash == "b1999"
    with pytest.raises(NotRetainedError):
        chain.path_from("b1")
    with pytest.raises(UnknownBlockError):
        chain.path_from("b2000")
    removed, added = chain.path_from("b1990")
    assert removed == []
    assert [block.hash for block in added] == [f"b{place}" for place in range(1991, 2000)]


def test_a_chain_full_of_transactions_forgets_earlier() -> None:
    dag = VirtualDag(max_transactions=100)
    payments = Payments(dag)
    for _ in range(60):
        for _ in range(5):
            payments.pay([TxOutput(KAS, ALICE)])
        dag.extend(0)
    kept = sum(len(block.acceptances) for block in dag.chain.blocks)
    assert 80 <= kept <= 100
    assert len(dag.utxos.of_script(ALICE)) == 300, "the coins themselves stay"


def test_blocks_are_found_by_their_score() -> None:
    chain = chain_of(10)
    found = chain.at_score(14)
    assert found is not None
    assert found.hash == "b2"
    assert chain.at_score(15) is None
    assert chain.at_score(9) is None
    assert chain.at_score(100) is None
    below, above = chain.before_score(15)
    assert below is not None
    assert above is not None
    assert (below.hash, above.hash) == ("b2", "b3")
    assert chain.before_score(5)[0] is None
    assert chain.before_score(500)[1] is None


def test_the_way_from_a_block_that_left_the_chain() -> None:
    chain = chain_of(5)
    chain.pop()
    chain.pop()
    chain.append(Block("new", "b2", 17, 13, 9))
    removed, added = chain.path_from("b4")
    assert removed == ["b4", "b3"]
    assert [block.hash for block in added] == ["new"]
    assert not chain.is_on_chain("b4")
    assert chain.block("b4") is not None
