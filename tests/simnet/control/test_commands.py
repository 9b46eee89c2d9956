"""Commands of the simulated network: payments, sweeps, reorganisations, scores."""

from __future__ import annotations

import pytest

from kasgate.kaspa.address import AddressError
from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.dag.chain import HistoryTooShortError
from kasgate.simnet.dag.dag import UnknownTransactionError
from kasgate.simnet.dag.mempool import RejectedTransactionError
from tests.simnet.addresses import ALICE, BOB, CAROL, KAS
from tests.simnet.wire_client import WireClient


def score_of(net: SimulatedNetwork, address: str) -> int:
    ((_, entry),) = net.utxos(address)
    return entry.daa_score


def accepted(net: SimulatedNetwork) -> list[str]:
    return [a.transaction.id for block in net.chain for a in block.acceptances]


def test_equal_seeds_and_equal_calls_give_equal_networks() -> None:
    def story(seed: int) -> tuple[str, str, int]:
        net = SimulatedNetwork(blocks_per_second=0, seed=seed, clock=lambda: 0)
        txid = net.pay(ALICE, KAS)
        net.mine(3)
        net.withdraw(txid)
        return txid, net.sink, net.virtual_daa_score

    assert story(1) == story(1)
    assert story(1) != story(2)


def test_the_score_rises_by_exactly_the_blocks_mined(net: SimulatedNetwork) -> None:
    before = net.virtual_daa_score
    net.mine(7)
    assert net.virtual_daa_score == before + 7
    assert len(net.chain) == 8


def test_a_payment_waits_in_the_mempool_until_a_block_has_it(net: SimulatedNetwork) -> None:
    txid = net.pay(ALICE, KAS)
    assert net.mempool == (txid,)
    assert net.balance(ALICE) == 0
    net.mine()
    assert len(net.mempool) == 0
    assert net.balance(ALICE) == KAS
    assert accepted(net) == [], "virtual alone has it"
    net.mine()
    assert accepted(net) == [txid]


def test_a_held_payment_stays_until_released(net: SimulatedNetwork) -> None:
    txid = net.pay(ALICE, KAS, hold=True)
    net.mine(3)
    assert net.mempool == (txid,)
    net.release(txid)
    net.mine()
    assert net.balance(ALICE) == KAS
    with pytest.raises(UnknownTransactionError):
        net.release(txid)


def test_the_mempool_can_forget(net: SimulatedNetwork) -> None:
    txid = net.pay(ALICE, KAS)
    net.drop_from_mempool(txid)
    net.mine(2)
    assert net.balance(ALICE) == 0
    with pytest.raises(UnknownTransactionError):
        net.drop_from_mempool(txid)


@pytest.mark.parametrize("sompi", [0, -1, 29 * 10**17 + 1, 2**64])
def test_amounts_that_nobody_can_pay(net: SimulatedNetwork, sompi: int) -> None:
    with pytest.raises(ValueError, match="at least one sompi"):
        net.pay(ALICE, sompi)
    with pytest.raises(ValueError, match="at least one sompi"):
        net.pay_many([(ALICE, KAS), (BOB, sompi)])


def test_addresses_of_other_networks_are_refused(net: SimulatedNetwork) -> None:
    mainnet = "kaspa:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s3qt0lqeh"
    with pytest.raises(AddressError, match="another network"):
        net.pay(mainnet, KAS)
    with pytest.raises(AddressError):
        net.balance("kaspasim:qq")


async def test_a_sweep_takes_everything_and_is_no_reorganisation(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.watch(ALICE)
    await client.subscribe("VirtualChainChanged", {"include_accepted_transaction_ids": True})
    net.pay(ALICE, KAS, outputs=2)
    net.pay(ALICE, KAS)
    net.mine(2)
    await client.heard()
    net.sweep(ALICE, CAROL)
    with pytest.raises(UnknownTransactionError, match="nothing to sweep"):
        net.sweep(ALICE)
    net.mine()
    heard = dict(await client.heard())
    assert len(heard["UtxosChanged"]["removed"]) == 3
    assert heard["UtxosChanged"]["added"] == []
    assert heard["VirtualChainChanged"]["removedChainBlockHashes"] == []
    assert net.balance(ALICE) == 0
    assert net.balance(CAROL) == 2 * KAS - 203_600


async def test_a_reorganisation_accepts_the_same_at_other_scores(
    client: WireClient, net: SimulatedNetwork
) -> None:
    net.pay(ALICE, KAS)
    net.mine(4)
    before = score_of(net, ALICE)
    left = [block.hash for block in net.chain[-3:]]
    await client.watch(ALICE)
    await client.subscribe("VirtualChainChanged", {"include_accepted_transaction_ids": True})
    net.reorg(3)
    heard = dict(await client.heard())
    assert heard["VirtualChainChanged"]["removedChainBlockHashes"] == left[::-1]
    added = heard["VirtualChainChanged"]["addedChainBlockHashes"]
    assert added == [block.hash for block in net.chain[-3:]]
    (gone,) = heard["UtxosChanged"]["removed"]
    (come,) = heard["UtxosChanged"]["added"]
    assert gone["outpoint"] == come["outpoint"]
    assert gone["utxoEntry"]["blockDaaScore"] == before
    assert come["utxoEntry"]["blockDaaScore"] == before + 1 == score_of(net, ALICE)


async def test_a_double_spend_takes_the_coins_for_good(
    client: WireClient, net: SimulatedNetwork
) -> None:
    doomed = net.pay(ALICE, KAS)
    net.pay(BOB, KAS)
    net.mine(3)
    await client.watch(ALICE, BOB)
    net.reorg(2, drop=[doomed])
    (changes,) = await client.utxo_changes()
    assert [coin["address"] for coin in changes["added"]] == [BOB]
    assert sorted(coin["address"] for coin in changes["removed"]) == sorted([ALICE, BOB])
    net.mine(5)
    assert net.balance(ALICE) == 0
    assert doomed not in accepted(net)
    assert len(accepted(net)) == 2, "the other payment and the conflicting spend"


def test_what_builds_on_a_double_spend_goes_with_it(net: SimulatedNetwork) -> None:
    doomed = net.pay(ALICE, KAS)
    net.mine(2)
    built = net.sweep(ALICE, BOB)
    net.mine(2)
    waiting = net.sweep(BOB, CAROL)
    net.withdraw(doomed)
    assert net.balance(ALICE) == net.balance(BOB) == 0
    assert waiting not in net.mempool
    assert built not in accepted(net)
    net.restore(doomed)
    assert net.balance(ALICE) == KAS
    net.restore(built)
    net.mine()
    assert net.balance(BOB) == KAS - 203_600


async def test_a_chain_can_just_lose_blocks(client: WireClient, net: SimulatedNetwork) -> None:
    txid = net.pay(ALICE, KAS)
    net.mine(3)
    score = net.virtual_daa_score
    await client.watch(ALICE)
    net.reorg(3, replace=False)
    (changes,) = await client.utxo_changes()
    assert changes["added"] == []
    assert len(changes["removed"]) == 1
    assert net.mempool == (txid,)
    assert net.virtual_daa_score == score
    net.mine()
    (changes,) = await client.utxo_changes()
    assert changes["removed"] == []
    assert changes["added"][0]["outpoint"]["transactionId"] == txid


@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 30])
def test_a_payment_is_withdrawn_wherever_it_is_and_restored(
    net: SimulatedNetwork, blocks: int
) -> None:
    net.mine()
    txid = net.pay(ALICE, KAS)
    net.mine(blocks)
    net.withdraw(txid)
    assert net.balance(ALICE) == 0
    assert txid not in net.mempool
    net.mine(2)
    assert net.balance(ALICE) == 0
    with pytest.raises(UnknownTransactionError):
        net.withdraw(txid)
    net.restore(txid)
    net.mine(2)
    assert net.balance(ALICE) == KAS
    assert accepted(net).count(txid) == 1
    with pytest.raises(UnknownTransactionError):
        net.restore(txid)


def test_a_withdrawn_reward_has_no_successor(net: SimulatedNetwork) -> None:
    txid = net.pay(ALICE, KAS, coinbase=True)
    net.mine(2)
    net.withdraw(txid)
    assert net.balance(ALICE) == 0
    assert accepted(net) == []
    net.restore(txid)
    net.mine()
    assert net.balance(ALICE) == KAS


def test_what_was_spent_otherwise_cannot_be_restored(net: SimulatedNetwork) -> None:
    net.pay(ALICE, KAS)
    net.mine()
    sweep = net.sweep(ALICE, BOB)
    net.withdraw(sweep)
    net.sweep(ALICE, CAROL)
    net.mine()
    with pytest.raises(RejectedTransactionError, match="spent or gone"):
        net.restore(sweep)


def test_reorganisations_that_cannot_be(net: SimulatedNetwork) -> None:
    net.mine(3)
    with pytest.raises(ValueError, match="at least one block"):
        net.reorg(0)
    with pytest.raises(HistoryTooShortError, match="Only 3 blocks"):
        net.reorg(4)
    with pytest.raises(UnknownTransactionError):
        net.reorg(2, drop=["00" * 32])
    net.prune(1)
    with pytest.raises(HistoryTooShortError):
        net.reorg(1)


@pytest.mark.parametrize("by", [-3, 5])
async def test_a_score_moves_in_one_notification(
    client: WireClient, net: SimulatedNetwork, by: int
) -> None:
    await client.watch(ALICE)
    txid = net.pay(ALICE, KAS, outputs=2)
    net.mine(2)
    await client.heard()
    before = net.utxos(ALICE)[0][1].daa_score
    net.move_score(txid, by)
    (changes,) = await client.utxo_changes()
    assert [coin["utxoEntry"]["blockDaaScore"] for coin in changes["removed"]] == [before] * 2
    assert [coin["utxoEntry"]["blockDaaScore"] for coin in changes["added"]] == [before + by] * 2
    query = {"txid": txid, "acceptingBlockDaaScore": before + by}
    assert "returnAddress" in await client.call("getUtxoReturnAddress", query)
    net.mine(3)
    assert net.utxos(ALICE)[0][1].daa_score == before + by, "and it stays there"


def test_scores_that_cannot_move(net: SimulatedNetwork) -> None:
    txid = net.pay(ALICE, KAS)
    with pytest.raises(UnknownTransactionError):
        net.move_score(txid, 1)
    net.mine(2)
    with pytest.raises(ValueError, match="cannot move by zero"):
        net.move_score(txid, 0)
    with pytest.raises(ValueError, match="negative"):
        net.move_score(txid, -net.virtual_daa_score)
    net.sweep(ALICE)
    net.mine()
    with pytest.raises(UnknownTransactionError, match="spent"):
        net.move_score(txid, 1)


async def test_the_score_jumps_cheaply(client: WireClient, net: SimulatedNetwork) -> None:
    await client.subscribe("VirtualDaaScoreChanged")
    before = net.virtual_daa_score
    net.pay(ALICE, KAS)
    net.advance(1_000_000)
    assert net.virtual_daa_score == before + 1_000_000
    assert len(await client.heard()) == 2
    assert len(net.chain) == 3
    net.advance(1)
    assert net.virtual_daa_score == before + 1_000_001
    net.advance(0)
    assert net.virtual_daa_score == before + 1_000_001
    assert net.balance(ALICE) == KAS
    with pytest.raises(ValueError, match="rises"):
        net.advance(-1)


def test_history_is_bounded_and_the_coins_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    net = SimulatedNetwork(blocks_per_second=0)
    net.pay(ALICE, KAS)
    net.mine(21_000)
    assert len(net.chain) <= 20_512
    assert net.balance(ALICE) == KAS
