"""The node's answers (kaspa.md §3.3, §4.4, §4.5, §4.6)."""

from __future__ import annotations

import pytest
import trio

from kasgate.kaspa.networks import Network
from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.dag.transactions import COINBASE_SUBNETWORK
from tests.simnet.addresses import ALICE, BOB, KAS, script
from tests.simnet.wire_client import RpcFailure, WireClient, connect


async def test_it_says_that_it_is_simulated(client: WireClient, net: SimulatedNetwork) -> None:
    assert await client.call("getServerInfo") == {
        "rpcApiVersion": 1,
        "rpcApiRevision": 0,
        "serverVersion": "2.0.1-kasgate-simnet",
        "networkId": "simnet",
        "hasUtxoIndex": True,
        "isSynced": True,
        "virtualDaaScore": net.virtual_daa_score,
    }
    assert (await client.call("getInfo"))["serverVersion"] == "2.0.1-kasgate-simnet"


def test_it_refuses_to_be_mainnet() -> None:
    with pytest.raises(ValueError, match="cannot be mainnet"):
        SimulatedNetwork(Network.MAINNET)
    net = SimulatedNetwork(Network.TESTNET_10)
    with pytest.raises(ValueError, match="cannot be mainnet"):
        net.set_network_id(" Mainnet")


async def test_coins_of_all_kinds(client: WireClient, net: SimulatedNetwork) -> None:
    plain = net.pay(ALICE, 7, outputs=3)
    reward = net.pay(ALICE, KAS, coinbase=True)
    bound = net.pay(ALICE, 11, covenant_id="c0" * 32)
    net.mine(2)
    coins = {
        (coin["outpoint"]["transactionId"], coin["outpoint"]["index"]): coin["utxoEntry"]
        for coin in await client.coins(ALICE)
    }
    assert [coins[plain, place]["amount"] for place in range(3)] == [3, 2, 2]
    assert coins[reward, 0]["isCoinbase"] is True
    assert coins[plain, 0]["isCoinbase"] is False
    assert coins[bound, 0]["covenantId"] == "c0" * 32
    assert coins[plain, 0]["scriptPublicKey"] == script(1)


async def test_balances(client: WireClient, net: SimulatedNetwork) -> None:
    net.pay(ALICE, KAS)
    net.mine()
    assert await client.call("getBalanceByAddress", {"address": ALICE}) == {"balance": KAS}
    answer = await client.call("getBalancesByAddresses", {"addresses": [BOB, ALICE]})
    assert answer["entries"] == [
        {"address": BOB, "balance": None},
        {"address": ALICE, "balance": KAS},
    ]
    assert net.balance(ALICE) == KAS


async def test_the_mempool_shows_who_sends_and_who_receives(
    client: WireClient, net: SimulatedNetwork
) -> None:
    net.pay(ALICE, KAS)
    net.mine()
    sweep = net.sweep(ALICE, BOB)
    net.pay(ALICE, KAS, coinbase=True)
    pools = {"includeOrphanPool": False, "filterTransactionPool": False}
    query = {"addresses": [ALICE, BOB, ALICE], **pools}
    entries = (await client.call("getMempoolEntriesByAddresses", query))["entries"]
    assert [entry["address"] for entry in entries] == [ALICE, BOB]
    (sending,) = entries[0]["sending"]
    assert entries[0]["receiving"] == [], "a coinbase is never in the mempool"
    (receiving,) = entries[1]["receiving"]
    assert sending == receiving
    assert sending["is_orphan"] is False
    assert sending["fee"] == 203_600
    assert sending["transaction"]["verboseData"]["transactionId"] == sweep
    assert sending["transaction"]["outputs"][0]["scriptPublicKey"] == script(2)

    one = await client.call("getMempoolEntry", {"transactionId": sweep, **pools})
    assert one["mempoolEntry"] == sending
    net.mine()
    with pytest.raises(RpcFailure, match=f"Transaction {sweep} not found"):
        await client.call("getMempoolEntry", {"transactionId": sweep, **pools})


async def test_the_pool_query_that_the_node_refuses(client: WireClient) -> None:
    query = {"addresses": [ALICE], "includeOrphanPool": False, "filterTransactionPool": True}
    with pytest.raises(RpcFailure, match="must either not filter"):
        await client.call("getMempoolEntriesByAddresses", query)


async def test_the_return_address_proves_acceptance_at_exactly_one_score(
    client: WireClient, net: SimulatedNetwork
) -> None:
    txid = net.pay(ALICE, KAS)
    reward = net.pay(ALICE, KAS, coinbase=True)
    net.mine()
    virtual = net.utxos(ALICE)[0][1].daa_score
    query = {"txid": txid, "acceptingBlockDaaScore": virtual}
    with pytest.raises(RpcFailure, match="not found at given accepting daa score"):
        await client.call("getUtxoReturnAddress", query)
    net.mine()
    query["acceptingBlockDaaScore"] = net.utxos(ALICE)[0][1].daa_score
    assert (await client.call("getUtxoReturnAddress", query))["returnAddress"].startswith(
        "kaspasim:q"
    )
    with pytest.raises(RpcFailure, match="coinbase"):
        await client.call("getUtxoReturnAddress", {**query, "txid": reward})
    net.withdraw(txid)
    with pytest.raises(RpcFailure, match="not found at given accepting daa score"):
        await client.call("getUtxoReturnAddress", query)


async def test_the_chain_is_told_in_batches_until_caught_up(
    client: WireClient, net: SimulatedNetwork
) -> None:
    start = net.sink
    txid = net.pay(ALICE, KAS)
    net.mine(10)
    net.set_chain_batch(4)
    accepted: list[str] = []
    batches = 0
    while True:
        answer = await client.call(
            "getVirtualChainFromBlock",
            {"startHash": start, "includeAcceptedTransactionIds": True},
        )
        added = answer["addedChainBlockHashes"]
        if not added:
            break
        assert len(added) <= 4
        assert [a["acceptingBlockHash"] for a in answer["acceptedTransactionIds"]] == added
        accepted += [
            txid
            for block in answer["acceptedTransactionIds"]
            for txid in block["acceptedTransactionIds"]
        ]
        start = added[-1]
        batches += 1
    assert start == net.sink
    assert batches == 3
    assert len(accepted) == 11, "the coinbase of the block before, ten times, and the payment"
    assert accepted[2] == txid


async def test_blocks_that_are_too_young_can_be_left_out(
    client: WireClient, net: SimulatedNetwork
) -> None:
    start = net.sink
    net.mine(10)
    query = {"startHash": start, "includeAcceptedTransactionIds": False, "minConfirmationCount": 3}
    answer = await client.call("getVirtualChainFromBlock", query)
    assert len(answer["addedChainBlockHashes"]) == 6, "those with more than 3 above them"


async def test_a_start_that_left_the_chain_is_led_back(
    client: WireClient, net: SimulatedNetwork
) -> None:
    net.mine(2)
    fork = net.sink
    net.mine(3)
    left = [block.hash for block in net.chain][-3:]
    net.reorg(3)
    query = {"startHash": left[-1], "includeAcceptedTransactionIds": False}
    answer = await client.call("getVirtualChainFromBlock", query)
    assert answer["removedChainBlockHashes"] == left[::-1]
    assert answer["addedChainBlockHashes"] == [block.hash for block in net.chain][-3:]
    assert net.chain[-4].hash == fork


async def test_history_that_is_gone_is_an_error_of_its_own(
    client: WireClient, net: SimulatedNetwork
) -> None:
    start = net.sink
    net.mine(10)
    net.prune(5)
    assert len(net.chain) == 5
    query = {"startHash": start, "dataVerbosityLevel": "Low"}
    with pytest.raises(RpcFailure, match="does not have retention root on its chain"):
        await client.call("getVirtualChainFromBlockV2", query)
    query["startHash"] = "ab" * 32
    with pytest.raises(RpcFailure, match="cannot find header"):
        await client.call("getVirtualChainFromBlockV2", query)
    query["startHash"] = net.chain[0].hash
    answer = await client.call("getVirtualChainFromBlockV2", query)
    assert len(answer["addedChainBlockHashes"]) == 4


async def test_each_verbosity_adds_and_every_key_is_written(
    client: WireClient, net: SimulatedNetwork
) -> None:
    start = net.sink
    txid = net.pay(ALICE, KAS)
    net.mine(2)
    told = {}
    for level in ("None", "Low", "High", "Full"):
        query = {"startHash": start, "dataVerbosityLevel": level}
        answer = await client.call("getVirtualChainFromBlockV2", query)
        told[level] = answer["chainBlockAcceptedTransactions"][1]
    default = await client.call("getVirtualChainFromBlockV2", {"startHash": start})
    assert default["chainBlockAcceptedTransactions"][1] == told["Full"]

    low = told["Low"]["acceptedTransactions"][1]
    assert low["outputs"] == [
        {
            "value": KAS,
            "scriptPublicKey": script(1),
            "verboseData": {"scriptPublicKeyType": "PubKey", "scriptPublicKeyAddress": ALICE},
            "covenant": None,
        }
    ]
    assert low["inputs"][0]["previousOutpoint"] is None
    assert low["verboseData"]["transactionId"] == txid
    assert low["verboseData"]["blockHash"] == net.chain[-2].hash
    assert told["Low"]["chainBlockHeader"]["daaScore"] == net.utxos(ALICE)[0][1].daa_score
    assert told["Low"]["chainBlockHeader"]["parentsByLevel"] is None
    assert told["None"]["chainBlockHeader"]["hash"] == net.sink
    high = told["High"]["acceptedTransactions"][1]
    assert high["inputs"][0]["previousOutpoint"] is not None
    assert high["version"] is None
    assert told["Full"]["acceptedTransactions"][1]["version"] == 0
    for level in told.values():
        assert level["chainBlockHeader"].keys() == told["Full"]["chainBlockHeader"].keys()
        reward, transaction = level["acceptedTransactions"]
        assert reward["subnetworkId"] == COINBASE_SUBNETWORK
        assert reward["verboseData"].keys() == transaction["verboseData"].keys()
        assert transaction.keys() == told["Full"]["acceptedTransactions"][1].keys()


async def test_blocks_and_their_colours(client: WireClient, net: SimulatedNetwork) -> None:
    txid = net.pay(ALICE, KAS)
    net.mine()
    query = {"hash": net.sink, "includeTransactions": True}
    block = (await client.call("getBlock", query))["block"]
    reward, payment = block["transactions"]
    assert (reward["subnetworkId"], reward["inputs"]) == (COINBASE_SUBNETWORK, [])
    assert payment["verboseData"]["transactionId"] == txid
    assert block["verboseData"]["isChainBlock"] is True
    assert block["verboseData"]["childrenHashes"] == []
    with pytest.raises(RpcFailure, match="doesn't have any merger block"):
        await client.call("getCurrentBlockColor", {"hash": net.sink})
    net.mine()
    assert await client.call("getCurrentBlockColor", {"hash": query["hash"]}) == {"blue": True}
    block = (await client.call("getBlock", {**query, "includeTransactions": False}))["block"]
    assert block["transactions"] == []
    assert block["verboseData"]["childrenHashes"] == [net.sink]


async def test_scores_are_dated(nursery: trio.Nursery) -> None:
    now = 1_700_000_000_000
    net = SimulatedNetwork(blocks_per_second=0, clock=lambda: now)
    async with connect(await nursery.start(net.serve)) as client:
        for _ in range(5):
            now += 100
            net.mine()
        block = net.chain[-3]
        scores = [block.daa_score, block.daa_score - 100, 0, net.virtual_daa_score + 10, 2**63]
        query = {"daaScores": scores}
        dated = (await client.call("getDaaScoreTimestampEstimate", query))["timestamps"]
    assert dated[0] == block.timestamp
    assert dated[2] < dated[1] < dated[0] < dated[3] < dated[4]


async def test_a_submitted_transaction_is_checked_and_mined(
    client: WireClient, net: SimulatedNetwork
) -> None:
    net.pay(ALICE, KAS)
    net.mine()
    outpoint = (await client.coins(ALICE))[0]["outpoint"]
    transaction = {
        "version": 0,
        "inputs": [{"previousOutpoint": outpoint, "signatureScript": "", "sequence": 0}],
        "outputs": [{"value": KAS - 1, "scriptPublicKey": script(2)}],
        "lockTime": 0,
        "subnetworkId": "00" * 20,
        "gas": 0,
        "payload": "",
    }

    async def submit(**changed: object) -> str:
        params = {"transaction": {**transaction, **changed}, "allowOrphan": False}
        answer: str = (await client.call("submitTransaction", params))["transactionId"]
        return answer

    greedy = [{"value": KAS + 1, "scriptPublicKey": script(2)}]
    with pytest.raises(RpcFailure, match="spends more than its inputs"):
        await submit(outputs=greedy)
    unknown = {"transactionId": "12" * 32, "index": 0}
    with pytest.raises(RpcFailure, match=f"^Rejected transaction {'[0-9a-f]' * 64}: .* orphan"):
        await submit(inputs=[{"previousOutpoint": unknown, "signatureScript": "", "sequence": 0}])
    with pytest.raises(RpcFailure, match="request deserialization error"):
        await submit(outputs=[{"value": 2**64, "scriptPublicKey": script(2)}])
    with pytest.raises(RpcFailure, match="request deserialization error"):
        await submit(mass=1, storageMass=2)
    with pytest.raises(RpcFailure, match="Rejected transaction"):
        await submit(inputs=[])

    txid = await submit()
    with pytest.raises(RpcFailure, match="already in the mempool"):
        await submit()
    with pytest.raises(RpcFailure, match="already spent in the mempool"):
        await submit(payload="ff")
    net.mine()
    assert await client.coins(ALICE) == []
    assert [coin["outpoint"]["transactionId"] for coin in await client.coins(BOB)] == [txid]


async def test_the_small_questions(client: WireClient, net: SimulatedNetwork) -> None:
    net.mine(3)
    assert await client.call("getSink") == {"sink": net.sink}
    assert await client.call("getSinkBlueScore") == {"blueScore": net.chain[-1].blue_score}
    assert await client.call("getCurrentNetwork") == {"network": "simnet"}
    assert await client.call("getSyncStatus") == {"isSynced": True}
    info = await client.call("getBlockDagInfo")
    assert info["network"] == "simnet"
    assert info["sink"] == net.sink
    assert info["virtualDaaScore"] == net.virtual_daa_score
    assert (await client.call("getFeeEstimate"))["estimate"]["priorityBucket"]["feerate"] == 100
