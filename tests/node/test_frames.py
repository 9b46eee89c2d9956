"""The simulated network against a real node: both play the same story, and their frames are
compared.

The frames of a real node are recorded in tests/node/frames, so that the comparison also runs
without kaspad. Where kaspad is installed, its frames must still match the recording.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from tests.node.kaspad import Kaspad
from tests.node.recording import (
    FRAMES,
    KAS,
    REWARD,
    TRANSPORTS,
    Json,
    RealStage,
    record,
    simulated_stage,
)
from tests.node.shapes import differences, shapes, told
from tests.node.wallet import Wallet

pytestmark = pytest.mark.timeout(900)

ALLOWED = {
    # An error consists of its text only, and no code may depend on that (kaspa.md §3.2).
    ("grpc", "getUtxosByAddresses error.message"),
}
"""Places where the simulated network differs on purpose."""


def recorded(transport: str) -> list[Json]:
    """The recorded frames of a real node."""
    frames: list[Json] = json.loads((FRAMES / f"{transport}.json").read_text())
    return frames


async def test_the_simulated_network_tells_the_same_fields_of_the_same_kinds() -> None:
    async with simulated_stage() as stage:
        simulated = await record(stage)
    for transport in TRANSPORTS:
        found = differences(shapes(recorded(transport)), shapes(simulated[transport]))
        assert {place for place in found if (transport, place) not in ALLOWED} == set(), found
        assert set(found) == {place for way, place in ALLOWED if way == transport}, found
        check_rules(simulated[transport])


async def test_a_real_node_still_tells_what_is_recorded(node: Kaspad, wallet: Wallet) -> None:
    live = await record(RealStage(node, wallet))
    for transport in TRANSPORTS:
        found = differences(shapes(recorded(transport)), shapes(live[transport]))
        assert found == {}, "python -m tests.node.recording KASPAD writes it anew"
        check_rules(live[transport])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_rules_hold_for_what_is_recorded(transport: str) -> None:
    check_rules(recorded(transport))


def check_rules(frames: list[Json]) -> None:
    """Check the order and the values of a node's frames in the story, by the names of wRPC."""
    said = [(what, in_camel_case(content)) for what, content in told(frames)]
    check_scores(said)
    check_coins(said)
    check_chain(said)
    check_mempool(said)


def in_camel_case(content: Any) -> Any:
    if isinstance(content, dict):
        return {
            re.sub("_(.)", lambda match: match[1].upper(), name): in_camel_case(value)
            for name, value in content.items()
        }
    return [in_camel_case(each) for each in content] if isinstance(content, list) else content


def check_scores(said: list[tuple[str, Any]]) -> None:
    """Each block raises virtual's score by one, and every subscriber gets each score."""
    (first,) = (content for what, content in said if what == "getServerInfo")
    scores = [c["virtualDaaScore"] for what, c in said if what == "VirtualDaaScoreChanged"]
    assert scores == [first["virtualDaaScore"] + rise for rise in range(1, len(scores) + 1)]
    assert len(scores) == 6


def check_coins(said: list[tuple[str, Any]]) -> None:
    """Differences lead from one snapshot to the next. A removed coin was present, with the values
    announced; a new coin has virtual's own score."""
    coins: dict[str, Json] = {}
    snapshots = [c.get("entries", []) for what, c in said if what == "getUtxosByAddresses"]
    amounts = []
    for what, content in said:
        if what == "UtxosChanged":
            for coin in content.get("removed", ()):
                assert coins.pop(json.dumps(coin["outpoint"], sort_keys=True)) == coin
            for coin in content.get("added", ()):
                coins[json.dumps(coin["outpoint"], sort_keys=True)] = coin
                amounts.append(coin["utxoEntry"]["amount"])
        elif what == "getUtxosByAddresses":
            by_outpoint = {json.dumps(c["outpoint"], sort_keys=True): c for c in snapshots.pop(0)}
            assert coins == by_outpoint
    assert sorted(amounts) == sorted([3 * KAS, 4 * KAS, REWARD]), "nothing of what is unwatched"
    assert sorted(coin["utxoEntry"]["amount"] for coin in coins.values()) == [4 * KAS, REWARD]


def check_chain(said: list[tuple[str, Any]]) -> None:
    """Both calls return the same part of the chain, low to high, each block with what it accepted:
    first the coinbase of the block before."""
    (ids,) = (content for what, content in said if what == "getVirtualChainFromBlock")
    hashes = ids["addedChainBlockHashes"]
    assert len(hashes) == 4
    assert [each["acceptingBlockHash"] for each in ids["acceptedTransactionIds"]] == hashes
    whole, nothing = (content for what, content in said if what == "getVirtualChainFromBlockV2 Low")
    assert not any(nothing.values())
    assert whole["addedChainBlockHashes"] == hashes
    blocks = whole["chainBlockAcceptedTransactions"]
    headers = [block["chainBlockHeader"] for block in blocks]
    assert [header["hash"] for header in headers] == hashes
    for lower, higher in pairwise(headers):
        assert higher["daaScore"] == lower["daaScore"] + 1
        assert higher["timestamp"] > lower["timestamp"]
    for block, each in zip(blocks, ids["acceptedTransactionIds"], strict=True):
        transactions = block["acceptedTransactions"]
        told_ids = [one["verboseData"]["transactionId"] for one in transactions]
        assert told_ids == each["acceptedTransactionIds"]
        coinbases = [one["subnetworkId"].startswith("01") for one in transactions]
        assert coinbases == [True] + [False] * (len(transactions) - 1)
    for lower, upper in pairwise(blocks):
        reward = upper["acceptedTransactions"][0]["verboseData"]
        assert reward["blockHash"] == lower["chainBlockHeader"]["hash"]


def check_mempool(said: list[tuple[str, Any]]) -> None:
    """An entry for each address, also an empty one. A payment is listed under each address that it
    pays."""
    before, paid, swept = (
        content["entries"] for what, content in said if what == "getMempoolEntriesByAddresses"
    )

    def lists(entries: list[Json], side: str) -> list[int]:
        return sorted(len(entry.get(side, ())) for entry in entries)

    assert [lists(entries, "receiving") for entries in (before, paid, swept)] == [
        [0, 0],
        [1, 1],
        [0, 0],
    ]
    assert [lists(entries, "sending") for entries in (before, paid, swept)] == [
        [0, 0],
        [0, 0],
        [0, 1],
    ]
