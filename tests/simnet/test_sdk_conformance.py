"""The official client talks to a simulated node as to a real one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio

from kasgate.simnet import SimulatedNetwork
from tests.simnet.addresses import ALICE, BOB, KAS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytest.importorskip("kaspa")

PATIENCE = 60.0
ROOT = Path(__file__).parents[2]


class Sdk:
    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._said = bytearray()

    async def do(self, name: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        await self._process.stdin.send_all(json.dumps([name, *arguments]).encode() + b"\n")
        with trio.fail_after(PATIENCE):
            while b"\n" not in self._said:
                received = await self._process.stdout.receive_some()
                assert received, "the official client ended"
                self._said += received
        line, _, rest = self._said.partition(b"\n")
        self._said = bytearray(rest)
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    async def call(self, method: str, request: Any = None) -> Any:
        return await self.do("call", method, request)

    async def events(self, wanted: int) -> list[dict[str, Any]]:
        """The next events after the client's own connect event."""
        heard: list[dict[str, Any]] = []
        with trio.fail_after(PATIENCE):
            while len(heard) < wanted:
                # A ping is a full round trip: everything that the node sent before has arrived, or
                # arrives soon.
                await self.call("ping")
                heard += [e for e in await self.do("take_events") if e["type"] != "connect"]
        return heard


@pytest.fixture
async def sdk(net: SimulatedNetwork, port: int) -> AsyncIterator[Sdk]:
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "tests.simnet.sdk_bridge", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        yield Sdk(process)
    finally:
        with trio.CancelScope(shield=True):
            assert process.stdin is not None
            await process.stdin.aclose()
            with trio.move_on_after(3):
                await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_every_answer_is_understood(sdk: Sdk, net: SimulatedNetwork) -> None:
    start = net.sink
    txid = net.pay(ALICE, KAS)
    net.mine(2)
    bound = net.pay(ALICE, KAS, covenant_id="cc" * 32)
    net.mine()
    waiting = net.sweep(ALICE, BOB)

    assert (await sdk.call("get_server_info"))["virtualDaaScore"] == net.virtual_daa_score
    assert (await sdk.call("get_info"))["mempoolSize"] == 1
    assert (await sdk.call("get_sync_status"))["isSynced"] is True
    assert (await sdk.call("get_block_dag_info"))["sink"] == net.sink
    assert (await sdk.call("get_sink"))["sink"] == net.sink
    assert (await sdk.call("get_sink_blue_score"))["blueScore"] == net.chain[-1].blue_score
    assert (await sdk.call("get_current_network"))["network"] == "simnet"
    assert "estimate" in await sdk.call("get_fee_estimate")
    assert await sdk.call("ping") == {}

    coins = (await sdk.call("get_utxos_by_addresses", {"addresses": [ALICE, BOB]}))["entries"]
    assert {coin["outpoint"]["transactionId"] for coin in coins} == {txid, bound}
    assert {coin["utxoEntry"]["covenantId"] for coin in coins} == {None, "cc" * 32}
    balances = await sdk.call("get_balances_by_addresses", {"addresses": [ALICE, BOB]})
    assert [entry["balance"] for entry in balances["entries"]] == [2 * KAS, None]
    assert (await sdk.call("get_balance_by_address", {"address": ALICE}))["balance"] == 2 * KAS

    pools = {"includeOrphanPool": False, "filterTransactionPool": False}
    query = {"addresses": [ALICE, BOB], **pools}
    entries = (await sdk.call("get_mempool_entries_by_addresses", query))["entries"]
    assert len(entries[0]["sending"]) == len(entries[1]["receiving"]) == 1
    entry = await sdk.call("get_mempool_entry", {"transactionId": waiting, **pools})
    assert entry["mempoolEntry"]["fee"] == 203_600

    block = (await sdk.call("get_block", {"hash": net.sink, "includeTransactions": True}))["block"]
    assert block["verboseData"]["transactionIds"][1:] == [bound]
    parent = net.chain[-2].hash
    assert (await sdk.call("get_current_block_color", {"hash": parent}))["blue"] is True
    dated = await sdk.call("get_daa_score_timestamp_estimate", {"daaScores": [1, 100_000]})
    assert len(dated["timestamps"]) == 2
    score = next(c for c in coins if c["outpoint"]["transactionId"] == txid)
    query = {"txid": txid, "acceptingBlockDaaScore": score["utxoEntry"]["blockDaaScore"]}
    assert (await sdk.call("get_utxo_return_address", query))["returnAddress"]

    query = {"startHash": start, "includeAcceptedTransactionIds": True, "minConfirmationCount": 0}
    chain = await sdk.call("get_virtual_chain_from_block", query)
    assert chain["acceptedTransactionIds"][1]["acceptedTransactionIds"][1:] == [txid]


@pytest.mark.parametrize("level", ["None", "Low", "High", "Full"])
async def test_the_chain_is_understood_at_every_verbosity(
    sdk: Sdk, net: SimulatedNetwork, level: str
) -> None:
    start = net.sink
    net.pay(ALICE, KAS)
    net.pay(ALICE, KAS, coinbase=True)
    net.pay(ALICE, KAS, covenant_id="cc" * 32)
    net.mine(3)
    net.reorg(1)
    query = {"startHash": start, "dataVerbosityLevel": level, "minConfirmationCount": 0}
    chain = await sdk.call("get_virtual_chain_from_block_v2", query)
    assert chain["addedChainBlockHashes"] == [block.hash for block in net.chain][1:]
    accepted = chain["chainBlockAcceptedTransactions"][1]
    assert accepted["chainBlockHeader"]["hash"] == net.chain[2].hash
    assert len(accepted["acceptedTransactions"]) == 3


async def test_errors_are_understood(sdk: Sdk, net: SimulatedNetwork) -> None:
    with pytest.raises(RuntimeError, match="cannot find header"):
        await sdk.call("get_block", {"hash": "ab" * 32, "includeTransactions": False})
    net.set_utxoindex(False)
    with pytest.raises(RuntimeError, match="--utxoindex"):
        await sdk.call("get_balance_by_address", {"address": ALICE})
    with pytest.raises(RuntimeError, match="RPC method not found"):
        await sdk.call("get_coin_supply")


async def heard_subscriptions(sdk: Sdk, net: SimulatedNetwork, port: int, events: int) -> None:
    """Wait until the node knows the subscription. The SDK returns before that, and in no certain
    order."""
    (connection,) = net._nodes[port]._connections
    with trio.fail_after(PATIENCE):
        while not connection.wants.scripts or len(connection.wants.events) < events:
            await sdk.call("ping")


async def test_every_notification_is_understood(sdk: Sdk, net: SimulatedNetwork, port: int) -> None:
    await sdk.do("subscribe", "utxos_changed", [ALICE])
    await sdk.do("subscribe", "virtual_chain_changed", True)
    for event in (
        "virtual_daa_score_changed",
        "sink_blue_score_changed",
        "block_added",
        "new_block_template",
        "pruning_point_utxo_set_override",
        "finality_conflict",
        "finality_conflict_resolved",
    ):
        await sdk.do("subscribe", event)
    await heard_subscriptions(sdk, net, port, events=8)

    txid = net.pay(ALICE, KAS)
    net.mine(2)
    net.override_utxo_set()
    heard = await sdk.events(13)
    # The SDK delivers events in several tasks, not in the node's order. test_subscriptions.py
    # checks the order.
    step = [
        "BlockAdded",
        "NewBlockTemplate",
        "UtxosChanged",
        "SinkBlueScoreChanged",
        "VirtualDaaScoreChanged",
        "VirtualChainChanged",
    ]
    kinds = sorted(event["type"] for event in heard)
    assert kinds == sorted([*step, *step, "PruningPointUtxoSetOverride"])
    coins = [event for event in heard if event["type"] == "UtxosChanged"]
    (came,) = (event for event in coins if not event["removed"])
    (moved,) = (event for event in coins if event["removed"])
    assert came["added"][0]["outpoint"]["transactionId"] == txid
    assert moved["removed"][0]["outpoint"] == moved["added"][0]["outpoint"]
    newest = {"type": "VirtualDaaScoreChanged", "data": {"virtualDaaScore": net.virtual_daa_score}}
    assert newest in heard
    chains = [event["data"] for event in heard if event["type"] == "VirtualChainChanged"]
    accepting = [each for chain in chains for each in chain["acceptedTransactionIds"]]
    (accepted,) = (each for each in accepting if each["acceptingBlockHash"] == net.sink)
    assert accepted["acceptedTransactionIds"][1:] == [txid]

    net.withdraw(txid)
    withdrawn = {event["type"]: event for event in await sdk.events(6)}
    assert withdrawn["UtxosChanged"]["added"] == []
    assert withdrawn["VirtualChainChanged"]["data"]["removedChainBlockHashes"]


async def test_a_wallet_pays(sdk: Sdk, net: SimulatedNetwork) -> None:
    own = await sdk.do("address")
    net.pay(own, 5 * KAS)
    net.mine(2)
    paid = await sdk.do("pay", ALICE, KAS)
    assert paid["submitted"] == paid["id"], "the id that the wallet computed itself"
    assert net.mempool == (paid["id"],)
    net.mine()
    assert net.balance(ALICE) == KAS
    assert net.balance(own) == 4 * KAS - 203_600
    with pytest.raises(RuntimeError):
        await sdk.do("pay", ALICE, 100 * KAS)
