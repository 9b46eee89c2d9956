"""Nodes without getVirtualChainFromBlockV2, over each transport that may meet one: the adapter
gathers accepted outputs from ids and blocks, and sends no request that would end the link."""

from __future__ import annotations

from typing import Any

import pytest

from kasgate.kaspa.node import ChainSlice, HistoryUnavailable, NodeRefused, NodeUnavailable
from kasgate.kaspa.replay import tells_outputs
from tests.kaspa.node_links import (
    ALICE,
    BLOCK,
    BOB,
    NEXT_BLOCK,
    SERVER_INFO,
    TX,
    Grpc,
    Json,
    Link,
    Peer,
    Transport,
    Wrpc,
    reason_of_death,
    serving,
)

OLD = {**SERVER_INFO, "serverVersion": "1.0.1"}
ABSENT = "RPC method not found"


@pytest.fixture(params=[Wrpc(), Grpc()], ids=str)
def transport(request: pytest.FixtureRequest) -> Transport:
    way: Transport = request.param
    return way


@pytest.mark.parametrize(
    ("version", "tells"),
    [
        ("2.0.0", True),
        ("2.1.0-dev", True),
        ("v10.0.1", True),
        ("2.0.1-kasgate-simnet", True),
        ("1.1.0", False),
        ("0.15.0", False),
        ("", False),
        ("of my own making", False),
    ],
)
def test_the_version_tells_whether_a_node_may_be_asked(version: str, tells: bool) -> None:
    assert tells_outputs(version) is tells


async def replayed_both_ways(start: str, network: Any, link: Link) -> ChainSlice:
    """The returned part of the chain, checked against the one gathered block by block."""
    told = await link.chain_after(start)
    network.fail_next("getVirtualChainFromBlockV2", 1, ABSENT)
    gathered = await link.chain_after(start)
    assert gathered == told
    # From here on the adapter does not even send the request that the node lacks.
    network.fail_next("getVirtualChainFromBlockV2", 1, "must not be asked")
    assert await link.chain_after(start) == told
    return told


async def test_outputs_of_the_chain_are_gathered_where_the_node_does_not_tell_them(
    transport: Transport,
) -> None:
    async with transport.on_simnet() as (network, link):
        start = network.sink
        paid = network.pay(str(ALICE), 500, outputs=3)
        network.pay_many([(str(BOB), 70), (str(ALICE), 30)])
        network.mine(3)
        network.pay(str(BOB), 11)
        network.mine(2)
        network.reorg(2)
        network.mine(1)
        told = await replayed_both_ways(start, network, link)
        outputs = [utxo for block in told.added for utxo in block.outputs]
        assert sum(utxo.outpoint.transaction_id == paid for utxo in outputs) == 3
        assert told.added[-1].hash == network.sink


async def test_gathering_comes_in_stretches(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        block = network.sink
        network.mine(120)
        network.fail_next("getVirtualChainFromBlockV2", 1, ABSENT)
        lengths = []
        while (part := await link.chain_after(block)).added:
            lengths.append(len(part.added))
            block = part.added[-1].hash
        assert lengths == [50, 50, 20]
        assert block == network.sink


async def test_an_old_version_is_not_asked_for_what_would_end_the_stream(
    transport: Transport,
) -> None:
    script = serving(
        getServerInfo=OLD,
        getSyncStatus={"isSynced": True},
        getVirtualChainFromBlock={
            "removedChainBlockHashes": [BLOCK],
            "addedChainBlockHashes": [],
            "acceptedTransactionIds": [],
        },
    )
    async with transport.linked(script) as (link, node):
        await link.server_info()
        assert await link.chain_after(BLOCK) == ChainSlice((BLOCK,), ())
    assert "getVirtualChainFromBlockV2" not in [request["method"] for request in node.requests]


def old_node(*, merged: Json, block: Json | str | None = None) -> Any:
    """An old node whose chain has one block, which accepted TX from the block that it merged."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.take()
            match request["method"], request["params"].get("hash"):
                case "getServerInfo", _:
                    await peer.answer(request, OLD)
                case "getSyncStatus", _:
                    await peer.answer(request, {"isSynced": True})
                case "getVirtualChainFromBlock", _:
                    ids = {"acceptingBlockHash": NEXT_BLOCK, "acceptedTransactionIds": [TX]}
                    chain = {
                        "removedChainBlockHashes": [],
                        "addedChainBlockHashes": [NEXT_BLOCK],
                        "acceptedTransactionIds": [ids],
                    }
                    await peer.answer(request, chain)
                case "getBlock", hash_ if hash_ == NEXT_BLOCK and isinstance(block, str):
                    await peer.refuse(request, block)
                case "getBlock", hash_ if hash_ == NEXT_BLOCK:
                    await peer.answer(request, {"block": block or a_block(NEXT_BLOCK, BLOCK)})
                case "getBlock", _:
                    await peer.answer(request, {"block": merged})

    return script


def a_block(name: str, parent: str, **header: Any) -> Json:
    return {
        "header": {"daaScore": 5, "timestamp": 6, **header},
        "verboseData": {
            "hash": name,
            "selectedParentHash": parent,
            "mergeSetBluesHashes": [parent],
            "mergeSetRedsHashes": [],
        },
        "transactions": [],
    }


def merged_block(transaction_id: str = TX) -> Json:
    paid = {"value": 9, "scriptPublicKey": ALICE.script_public_key}
    transaction = {"outputs": [paid], "verboseData": {"transactionId": transaction_id}}
    return {**a_block(BLOCK, NEXT_BLOCK), "transactions": [transaction]}


async def test_an_accepted_transaction_is_looked_for_in_the_merged_blocks(
    transport: Transport,
) -> None:
    async with transport.linked(old_node(merged=merged_block())) as (link, _):
        await link.server_info()
        part = await link.chain_after(BLOCK)
    ((utxo,),) = [block.outputs for block in part.added]
    assert (utxo.address, utxo.amount, utxo.block_daa_score) == (str(ALICE), 9, 5)
    assert (part.added[0].daa_score, part.added[0].timestamp) == (5, 6)


async def test_a_history_with_an_open_end_is_none(transport: Transport) -> None:
    async with transport.linked(old_node(merged=merged_block("ac" * 32))) as (link, _):
        await link.server_info()
        with pytest.raises(HistoryUnavailable, match=f"transaction {TX}.* is in none of"):
            await link.chain_after(BLOCK)


async def test_a_block_that_is_gone_is_history_that_is_gone(transport: Transport) -> None:
    script = old_node(merged=merged_block(), block="cannot find header")
    async with transport.linked(script) as (link, _):
        await link.server_info()
        with pytest.raises(HistoryUnavailable, match="cannot find header"):
            await link.chain_after(BLOCK)
        assert await link.server_info()


@pytest.mark.parametrize(
    "block",
    [
        {"verboseData": a_block(NEXT_BLOCK, BLOCK)["verboseData"]},
        a_block(BLOCK, BLOCK),
        a_block(NEXT_BLOCK, "x"),
        a_block(NEXT_BLOCK, BLOCK, daaScore=2**63),
    ],
)
async def test_a_block_that_contradicts_the_question_ends_the_link(
    transport: Transport, block: Json
) -> None:
    async with transport.linked(old_node(merged=merged_block(), block=block)) as (link, _):
        await link.server_info()
        with pytest.raises(NodeUnavailable, match="sent "):
            await link.chain_after(BLOCK)
        await reason_of_death(link)


async def test_another_refusal_of_the_chain_is_no_reason_to_gather_it(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        network.fail_next("getVirtualChainFromBlockV2", 1, "out of memory")
        network.fail_next("getBlock", 100, "must not be asked")
        with pytest.raises(HistoryUnavailable, match="out of memory"):
            await link.chain_after(network.sink)
        network.fail_next("getVirtualChainFromBlockV2", 1, "in a transitional IBD state")
        with pytest.raises(NodeRefused, match="transitional"):
            await link.chain_after(network.sink)
        assert (await link.chain_after(network.sink)).added == ()
