"""The notifications of a connection, and their order (kaspa.md §3.4, §4.1, §4.2)."""

from __future__ import annotations

import pytest

from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.node import subscriptions
from tests.simnet.addresses import ALICE, BOB, CAROL, KAS, address
from tests.simnet.wire_client import RpcFailure, WireClient, connect


async def test_a_connection_gets_only_notifications_it_subscribed_to(
    client: WireClient, net: SimulatedNetwork
) -> None:
    net.pay(ALICE, KAS)
    net.mine(3)
    assert await client.heard() == []


async def test_a_payment_is_seen_with_one_block_and_moves_by_one_with_the_next(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.watch(ALICE)
    txid = net.pay(ALICE, KAS)
    assert await client.utxo_changes() == []

    net.mine()
    (seen,) = await client.utxo_changes()
    assert seen["removed"] == []
    (coin,) = seen["added"]
    assert coin["address"] == ALICE
    assert coin["outpoint"] == {"transactionId": txid, "index": 0}
    assert coin["utxoEntry"]["amount"] == KAS
    assert coin["utxoEntry"]["blockDaaScore"] == net.virtual_daa_score
    assert coin["utxoEntry"]["covenantId"] is None

    net.mine()
    (moved,) = await client.utxo_changes()
    assert moved["removed"] == seen["added"]
    assert moved["added"][0]["outpoint"] == coin["outpoint"]
    assert moved["added"][0]["utxoEntry"]["blockDaaScore"] == net.virtual_daa_score - 2

    net.mine(5)
    assert await client.utxo_changes() == []


def test_without_jitter_the_score_never_moves() -> None:
    net = SimulatedNetwork(blocks_per_second=0, score_jitter=False)
    net.pay(ALICE, KAS)
    net.mine()
    seen = net.utxos(ALICE)
    assert seen[0][1].daa_score == net.virtual_daa_score
    net.mine(3)
    assert net.utxos(ALICE) == seen


async def test_one_step_is_told_in_the_order_of_the_node(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.watch(ALICE)
    for event in (
        "VirtualDaaScoreChanged",
        "SinkBlueScoreChanged",
        "BlockAdded",
        "NewBlockTemplate",
        "PruningPointUtxoSetOverride",
        "FinalityConflict",
        "FinalityConflictResolved",
    ):
        await client.subscribe(event)
    await client.subscribe("VirtualChainChanged", {"include_accepted_transaction_ids": True})
    txid = net.pay(ALICE, KAS)
    net.mine()
    net.mine()
    heard = await client.heard()
    step = [
        "BlockAdded",
        "NewBlockTemplate",
        "UtxosChanged",
        "SinkBlueScoreChanged",
        "VirtualDaaScoreChanged",
        "VirtualChainChanged",
    ]
    assert [event for event, _ in heard] == step * 2

    contained = heard[0][1]["block"]
    reward, *others = contained["verboseData"]["transactionIds"]
    assert others == [txid]
    assert heard[4][1] == {"virtualDaaScore": net.virtual_daa_score - 1}
    accepting = heard[11][1]
    assert accepting["removedChainBlockHashes"] == []
    assert accepting["addedChainBlockHashes"] == [net.sink]
    assert accepting["acceptedTransactionIds"] == [
        {"acceptingBlockHash": net.sink, "acceptedTransactionIds": [reward, txid]}
    ]


async def test_accepted_ids_come_only_if_asked_for(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.subscribe("VirtualChainChanged", {"include_accepted_transaction_ids": False})
    net.pay(ALICE, KAS)
    net.mine(2)
    heard = await client.heard()
    assert [params["acceptedTransactionIds"] for _, params in heard] == [[], []]


async def test_an_override_of_the_utxo_set_is_told_to_subscribers(
    client: WireClient, port: int, net: SimulatedNetwork
) -> None:
    await client.subscribe("PruningPointUtxoSetOverride")
    async with connect(port) as other:
        net.override_utxo_set()
        assert await client.heard() == [("PruningPointUtxoSetOverride", {})]
        assert await other.heard() == []


async def test_subscribing_adds_and_unsubscribing_removes(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.watch(ALICE)
    await client.watch(BOB, BOB)
    await client.unwatch(ALICE, CAROL)
    net.pay_many([(ALICE, 1), (BOB, 2), (CAROL, 3)])
    net.mine()
    (changes,) = await client.utxo_changes()
    assert [coin["address"] for coin in changes["added"]] == [BOB]


async def test_an_empty_list_is_everything_or_nothing(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.watch()
    net.pay(ALICE, KAS)
    net.mine()
    (changes,) = await client.utxo_changes()
    assert [coin["utxoEntry"]["amount"] for coin in changes["added"]] == [KAS]
    assert len(changes["removed"]) == 1, "the payer's coin"

    await client.unwatch(ALICE)
    net.mine()
    assert len(await client.utxo_changes()) == 1, "taking one from everything leaves everything"

    await client.watch(BOB)
    net.pay_many([(ALICE, 1), (BOB, 2)])
    net.mine()
    (changes,) = await client.utxo_changes()
    assert [coin["address"] for coin in changes["added"]] == [BOB]
    assert changes["removed"] == []

    await client.unwatch()
    net.mine()
    assert await client.utxo_changes() == []


async def test_subscriptions_belong_to_the_connection(
    client: WireClient, port: int, net: SimulatedNetwork
) -> None:
    await client.watch(ALICE)
    async with connect(port) as other:
        await other.watch(BOB)
        net.pay(ALICE, KAS)
        net.mine()
        assert len(await client.utxo_changes()) == 1
        assert await other.utxo_changes() == []
    async with connect(port) as again:
        net.pay(BOB, KAS)
        net.mine()
        assert await again.utxo_changes() == []


async def test_unsubscribing_from_scores(client: WireClient, net: SimulatedNetwork) -> None:
    await client.subscribe("VirtualDaaScoreChanged")
    net.mine()
    assert len(await client.heard()) == 1
    await client.call("unsubscribe", {"VirtualDaaScoreChanged": {}})
    net.mine()
    assert await client.heard() == []


async def test_a_node_tracks_only_so_many_addresses(
    client: WireClient, net: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kasgate.simnet.node.node.MAX_TRACKED_ADDRESSES", 3)
    assert subscriptions.MAX_TRACKED_ADDRESSES == 1_000_000
    await client.watch(ALICE, BOB)
    with pytest.raises(RpcFailure, match="cannot track"):
        await client.watch(CAROL, address(4))
    net.pay(ALICE, KAS)
    net.mine()
    assert len(await client.utxo_changes()) == 1


async def test_ten_thousand_addresses_are_watched_in_two_requests(
    client: WireClient, net: SimulatedNetwork
) -> None:
    addresses = [address(number) for number in range(10_000)]
    await client.watch(*addresses[:5_000])
    await client.watch(*addresses[5_000:])
    net.pay_many([(addresses[0], 5), (addresses[9_999], 6)])
    net.mine()
    (changes,) = await client.utxo_changes()
    assert [coin["utxoEntry"]["amount"] for coin in changes["added"]] == [5, 6]
    assert len(await client.coins(*addresses)) == 2
