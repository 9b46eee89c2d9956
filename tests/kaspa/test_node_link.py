"""Tests for every adapter, over each transport and real sockets: a scripted node for unusual
behaviour, the simulated network for normal behaviour.

In the scripted tests time stands still (mock_clock) until a test advances it, so that limits of
seconds take no time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from kasgate.kaspa.address import Address
from kasgate.kaspa.node import (
    AcceptedIds,
    ChainBlock,
    ChainSlice,
    DaaScoreChanged,
    HistoryUnavailable,
    MempoolOutput,
    NodeRefused,
    NodeUnavailable,
    UtxosChanged,
    UtxoSetReplaced,
)
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.money import MAX_SOMPI, Sompi
from tests.kaspa.node_links import (
    ALICE,
    BLOCK,
    BOB,
    CHAIN,
    NEXT_BLOCK,
    ODD_SCRIPT,
    OVERRIDE,
    PREFIX,
    SERVER_INFO,
    TX,
    Grpc,
    Json,
    Link,
    Peer,
    Rest,
    Script,
    Transport,
    Way,
    Wrpc,
    changed,
    hang_up,
    next_notification,
    next_of,
    output,
    reason_of_death,
    reset,
    score,
    serving,
    telling,
)


@pytest.fixture(params=[Wrpc(), Grpc()], ids=str)
def transport(request: pytest.FixtureRequest) -> Transport:
    way: Transport = request.param
    return way


@pytest.fixture(params=[Wrpc(), Grpc(), Rest()], ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """Includes a server that only answers requests."""
    way: Way = request.param
    return way


# Requests, and how responses are read


async def test_a_node_counts_as_synced_only_when_both_of_its_answers_say_so(
    transport: Transport,
) -> None:
    for synced in (True, False):
        script = serving(getServerInfo=SERVER_INFO, getSyncStatus={"isSynced": synced})
        async with transport.linked(script) as (link, node):
            info = await link.server_info()
        assert info.is_synced is synced
        assert (info.network_id, info.virtual_daa_score) == ("simnet", 480000000)
        assert (info.server_version, info.rpc_api_version) == ("2.0.1", 1)
        assert [r["id"] for r in node.requests] == [1, 2]


async def test_the_subscription_to_virtual_asks_for_scores_and_for_the_override(
    transport: Transport,
) -> None:
    async with transport.linked(serving(subscribe={"id": 7})) as (link, node):
        await link.subscribe_virtual()
    assert [request["params"] for request in node.requests] == [
        {"VirtualDaaScoreChanged": {}},
        {"PruningPointUtxoSetOverride": {}},
    ]


async def test_addresses_are_watched_in_batches_and_never_as_an_empty_list(
    transport: Transport,
) -> None:
    addresses = [f"{PREFIX}:{number}" for number in range(10_001)]
    async with transport.linked(serving(subscribe={"id": 7}, unsubscribe={})) as (link, node):
        await link.watch([])
        await link.unwatch([])
        assert node.requests == []
        await link.watch(addresses)
        await link.unwatch(addresses[:1])
    sent = [request["params"]["UtxosChanged"]["addresses"] for request in node.requests]
    assert [len(batch) for batch in sent] == [5_000, 5_000, 1, 1]
    assert [a for batch in sent[:3] for a in batch] == addresses
    assert [r["method"] for r in node.requests] == 3 * ["subscribe"] + ["unsubscribe"]


async def test_a_snapshot_is_put_together_from_batches_of_500(transport: Transport) -> None:
    answer = {"entries": [output(), output(address=None, index=1)]}
    async with transport.linked(serving(getUtxosByAddresses=answer)) as (link, node):
        assert await link.utxos([]) == []
        utxos = await link.utxos([str(ALICE)] * 501)
    assert [len(r["params"]["addresses"]) for r in node.requests] == [500, 1]
    first = Utxo(str(ALICE), Outpoint(TX, 0), Sompi(123), 77)
    second = Utxo(str(ALICE), Outpoint(TX, 1), Sompi(123), 77)
    assert utxos == [first, second, first, second]


def waiting(**changes: Any) -> Json:
    """A node's mempool for an address: a transaction that pays us, a script without an address, BOB
    with a coin bound to a covenant, and us again."""
    ours = {"value": 100, "scriptPublicKey": ALICE.script_public_key}
    outputs = [
        ours | {"verboseData": {"scriptPublicKeyAddress": str(ALICE)}, "covenant": None},
        {"value": 5, "scriptPublicKey": ODD_SCRIPT, "verboseData": None, "covenant": None},
        {
            "value": 7,
            "scriptPublicKey": BOB.script_public_key,
            "covenant": {"authorizingInput": 0, "covenantId": "ef" * 32},
        },
        ours | {"value": 3},
    ]
    for name, value in changes.items():
        outputs[0][name] = value
    transaction = {"outputs": outputs, "verboseData": {"transactionId": TX}}
    return {"fee": 203600, "transaction": transaction, "is_orphan": False}


async def test_the_mempool_tells_each_plain_output_once_and_nothing_that_is_not_asked_for(
    transport: Transport,
) -> None:
    entries = [
        {"address": str(ALICE), "sending": [], "receiving": [waiting()]},
        {"address": str(BOB), "sending": [], "receiving": [waiting(), waiting()]},
    ]
    mempool = serving(getMempoolEntriesByAddresses={"entries": entries})
    async with transport.linked(mempool) as (link, node):
        assert link.sees_mempool
        assert await link.mempool([]) == []
        told = await link.mempool([str(ALICE), str(BOB)])
        assert await link.mempool([str(BOB)]) == []
    assert told == [
        MempoolOutput(str(ALICE), Outpoint(TX, 0), Sompi(100)),
        MempoolOutput(str(ALICE), Outpoint(TX, 3), Sompi(3)),
    ]
    assert [request["params"] for request in node.requests] == [
        {"addresses": each, "includeOrphanPool": False, "filterTransactionPool": False}
        for each in ([str(ALICE), str(BOB)], [str(BOB)])
    ]


async def test_an_orphan_of_the_mempool_is_not_told(transport: Transport) -> None:
    entry = {"address": str(ALICE), "sending": [], "receiving": [waiting() | {"is_orphan": True}]}
    mempool = serving(getMempoolEntriesByAddresses={"entries": [entry]})
    async with transport.linked(mempool) as (link, _):
        assert await link.mempool([str(ALICE)]) == []


@pytest.mark.parametrize(
    "entry",
    [
        waiting(verboseData={"scriptPublicKeyAddress": str(BOB)}),
        waiting(value=2**63),
        waiting() | {"transaction": {"outputs": waiting()["transaction"]["outputs"]}},
    ],
    ids=["a lie about the address", "an impossible amount", "no id"],
)
async def test_a_mempool_that_can_not_be_ends_the_link(transport: Transport, entry: Json) -> None:
    answer = {"entries": [{"address": str(ALICE), "sending": [], "receiving": [entry]}]}
    async with transport.linked(serving(getMempoolEntriesByAddresses=answer)) as (link, _):
        with pytest.raises(NodeUnavailable):
            await link.mempool([str(ALICE)])
        await reason_of_death(link)


async def test_an_output_of_more_than_there_is_is_refused_and_hides_no_other(
    transport: Transport,
) -> None:
    """The link stays up, and so do the other outputs of the same message."""
    lie, honest = output(amount=MAX_SOMPI + 1, index=1), output(amount=MAX_SOMPI, index=2)
    chain = json.loads(json.dumps(CHAIN))
    made = chain["chainBlockAcceptedTransactions"][0]["acceptedTransactions"][0]["outputs"]
    made[0]["value"] = MAX_SOMPI + 1
    mempool = {"address": str(ALICE), "sending": [], "receiving": [waiting(value=2**63 - 1)]}
    async with transport.linked(
        serving(
            getUtxosByAddresses={"entries": [lie, honest]},
            getVirtualChainFromBlockV2=chain,
            getMempoolEntriesByAddresses={"entries": [mempool]},
        )
    ) as (link, _):
        assert [u.outpoint.index for u in await link.utxos([str(ALICE)])] == [2]
        part = await link.chain_after(BLOCK)
        assert [u.outpoint.index for u in part.added[0].outputs] == [2]
        assert [m.outpoint.index for m in await link.mempool([str(ALICE)])] == [3]
    async with transport.linked(telling(changed([lie, honest], [lie]), score(5))) as (link, _):
        stream = aiter(link.notifications())
        told = await anext(stream)
        assert await anext(stream) == DaaScoreChanged(5)
    assert isinstance(told, UtxosChanged)
    assert [u.outpoint.index for u in told.added] == [2]
    assert told.removed == ()


async def test_notifications_come_in_order_and_scores_coalesce_only_with_their_neighbour(
    transport: Transport,
) -> None:
    move = changed([output(blockDaaScore=78)], [output()])
    script = telling(score(1), score(2), move, OVERRIDE, score(3), score(4))
    async with transport.linked(script) as (link, _):
        await wait_all_tasks_blocked(0.05)
        stream = aiter(link.notifications())
        told = [await anext(stream) for _ in range(4)]
    old = Utxo(str(ALICE), Outpoint(TX, 0), Sompi(123), 77)
    new = Utxo(str(ALICE), Outpoint(TX, 0), Sompi(123), 78)
    difference = UtxosChanged(added=(new,), removed=(old,))
    assert told == [DaaScoreChanged(2), difference, UtxoSetReplaced(), DaaScoreChanged(4)]


async def test_an_output_without_an_address_is_known_by_its_script_or_not_ours(
    transport: Transport,
) -> None:
    frame = changed(
        [
            output(address=None),
            output(address=None, script=ODD_SCRIPT),
            output(address=None, script="0000no hex at all"),
            output(isCoinbase=True, covenantId="ef" * 32, index=3),
        ]
    )
    async with transport.linked(telling(frame)) as (link, _):
        told = await next_notification(link)
    assert [(u.address, u.outpoint.index) for u in told.added] == [(str(ALICE), 0), (str(ALICE), 3)]
    assert told.added[1].is_coinbase
    assert told.added[1].covenant_id == "ef" * 32


async def test_a_stretch_of_the_chain_has_the_outputs_that_each_block_accepted(
    transport: Transport,
) -> None:
    async with transport.linked(serving(getVirtualChainFromBlockV2=CHAIN)) as (link, node):
        part = await link.chain_after(BLOCK)
    assert node.requests[0]["params"] == {"startHash": BLOCK, "dataVerbosityLevel": "Low"}
    outputs = (
        Utxo(str(ALICE), Outpoint(TX, 0), Sompi(100000000), 5),
        Utxo(str(BOB), Outpoint(TX, 2), Sompi(7), 5, covenant_id="ef" * 32),
    )
    assert part == ChainSlice((BLOCK,), (ChainBlock(NEXT_BLOCK, 5, 1700000000000, outputs),))


async def test_a_coinbase_is_one_where_the_node_says_so(transport: Transport) -> None:
    chain = json.loads(json.dumps(CHAIN))
    transaction = chain["chainBlockAcceptedTransactions"][0]["acceptedTransactions"][0]
    transaction["subnetworkId"] = "01" + "00" * 19
    async with transport.linked(serving(getVirtualChainFromBlockV2=chain)) as (link, _):
        part = await link.chain_after(BLOCK)
    assert all(utxo.is_coinbase for utxo in part.added[0].outputs)


async def test_accepted_ids_come_without_transactions(transport: Transport) -> None:
    answer = {
        "removedChainBlockHashes": [BLOCK],
        "addedChainBlockHashes": [NEXT_BLOCK],
        "acceptedTransactionIds": [
            {"acceptingBlockHash": NEXT_BLOCK, "acceptedTransactionIds": [TX, "ac" * 32]}
        ],
    }
    async with transport.linked(serving(getVirtualChainFromBlock=answer)) as (link, node):
        ids = await link.accepted_after(BLOCK)
    assert ids == AcceptedIds((BLOCK,), (NEXT_BLOCK,), frozenset({TX, "ac" * 32}))
    assert node.requests[0]["params"]["includeAcceptedTransactionIds"] is True


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ({"returnAddress": str(BOB)}, True),
        ("Transaction return address is coinbase", True),
        ("TxFromCoinbase", True),
        ("Transaction was found but not standard", True),
        ("Transaction not found at given accepting daa score", False),
        ("Did not find index for hash 00", False),
    ],
)
async def test_acceptance_is_proven_by_finding_the_transaction(
    transport: Transport, answer: Json | str, accepted: bool
) -> None:
    async with transport.linked(serving(getUtxoReturnAddress=answer)) as (link, node):
        assert await link.accepted_at(TX, 9) is accepted
    assert node.requests[0]["params"] == {"txid": TX, "acceptingBlockDaaScore": 9}


async def test_the_sink_and_timestamps_are_as_the_node_says(transport: Transport) -> None:
    script = serving(getSink={"sink": BLOCK}, getDaaScoreTimestampEstimate={"timestamps": [1, 2]})
    async with transport.linked(script) as (link, node):
        assert await link.sink() == BLOCK
        assert await link.timestamps([5, 6]) == [1, 2]
        assert await link.timestamps([]) == []
    assert node.requests[1]["params"] == {"daaScores": [5, 6]}
    assert len(node.requests) == 2


async def test_answers_find_their_callers_in_any_order(transport: Transport) -> None:
    async def backwards(peer: Peer) -> None:
        requests = [await peer.take() for _ in range(3)]
        for request in reversed(requests):
            await peer.answer(request, {"timestamps": request["params"]["daaScores"]})

    answers: dict[int, list[int]] = {}

    async def ask(link: Link, number: int) -> None:
        answers[number] = await link.timestamps([number])

    async with transport.linked(backwards) as (link, _), trio.open_nursery() as nursery:
        for number in (1, 2, 3):
            nursery.start_soon(ask, link, number)
    assert answers == {1: [1], 2: [2], 3: [3]}


# Errors in the node's own words


@pytest.mark.parametrize(
    "text",
    [
        "cannot find header " + BLOCK,
        "the queried hash does not have retention root on its chain",
        "whatever the next version says",
    ],
)
async def test_history_that_the_node_cannot_replay_is_told_apart(
    transport: Transport, text: str
) -> None:
    script = serving(getVirtualChainFromBlockV2=text, getVirtualChainFromBlock=text)
    async with transport.linked(script) as (link, _):
        with pytest.raises(HistoryUnavailable, match=text[:20]):
            await link.chain_after(BLOCK)
        with pytest.raises(HistoryUnavailable):
            await link.accepted_after(BLOCK)


async def test_a_node_in_the_middle_of_its_sync_has_said_nothing_about_history(
    transport: Transport,
) -> None:
    text = "consensus is currently in a transitional ibd state"
    script = serving(getVirtualChainFromBlockV2=text, getUtxoReturnAddress=text)
    async with transport.linked(script) as (link, _):
        with pytest.raises(NodeRefused) as refused:
            await link.chain_after(BLOCK)
        assert not isinstance(refused.value, HistoryUnavailable)
        with pytest.raises(NodeRefused):
            await link.accepted_at(TX, 1)


async def test_an_error_answer_is_refused_to_its_caller_and_the_link_lives(
    transport: Transport,
) -> None:
    script = serving(
        getUtxosByAddresses="No index.\x1b[31m\nFAKE LOG LINE " + 1000 * "x",
        getSink={"sink": BLOCK},
    )
    async with transport.linked(script) as (link, _):
        with pytest.raises(
            NodeRefused, match=r"getUtxosByAddresses: No index\. \[31m FAKE"
        ) as told:
            await link.utxos([str(ALICE)])
        assert str(told.value).isprintable()
        assert len(str(told.value)) < 500
        assert await link.sink() == BLOCK


# Nodes that send nonsense


LIES = {
    "somebody else's address": output(address=str(BOB)),
    "no address for an address": output(address="garbage"),
    "an address for a script that has none": output(script=ODD_SCRIPT),
    "the same key on another network": output(
        address=str(Address("kaspa", ALICE.version, ALICE.payload))
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_a_node_that_lies_about_who_was_paid_is_dropped(
    transport: Transport, lie: Json
) -> None:
    async with transport.linked(telling(changed([lie]))) as (link, _):
        assert f"says of output {TX}:0" in await reason_of_death(link)
    async with transport.linked(serving(getUtxosByAddresses={"entries": [lie]})) as (link, _):
        with pytest.raises(NodeUnavailable, match="is not the one of its script"):
            await link.utxos([str(ALICE)])
        await reason_of_death(link)


def chain_with(**changes: Any) -> Json:
    """A part of the chain, changed at a dotted path (with _ for a dot)."""
    chain: Json = json.loads(json.dumps(CHAIN))
    block = chain["chainBlockAcceptedTransactions"][0]
    transaction = block["acceptedTransactions"][0]
    places = {
        "added": (chain, "addedChainBlockHashes"),
        "score": (block["chainBlockHeader"], "daaScore"),
        "hash": (block["chainBlockHeader"], "hash"),
        "verbose": (transaction, "verboseData"),
        "value": (transaction["outputs"][0], "value"),
        "address": (transaction["outputs"][0]["verboseData"], "scriptPublicKeyAddress"),
    }
    for name, value in changes.items():
        place, key = places[name]
        place[key] = value
    return chain


@pytest.mark.parametrize(
    "answer",
    [
        chain_with(added=[]),
        chain_with(added=[NEXT_BLOCK, BLOCK]),
        chain_with(added=["x"]),
        chain_with(hash=BLOCK),
        chain_with(score=None),
        chain_with(verbose=None),
        chain_with(value=None),
        chain_with(address=str(BOB)),
    ],
)
async def test_a_chain_that_contradicts_itself_ends_the_link(
    transport: Transport, answer: Json
) -> None:
    async with transport.linked(serving(getVirtualChainFromBlockV2=answer)) as (link, _):
        with pytest.raises(NodeUnavailable):
            await link.chain_after(BLOCK)
        await reason_of_death(link)


async def test_accepted_ids_that_belong_to_no_block_end_the_link(transport: Transport) -> None:
    answer = {
        "removedChainBlockHashes": [],
        "addedChainBlockHashes": [NEXT_BLOCK],
        "acceptedTransactionIds": [],
    }
    async with transport.linked(serving(getVirtualChainFromBlock=answer)) as (link, _):
        with pytest.raises(NodeUnavailable, match="do not match"):
            await link.accepted_after(BLOCK)
        await reason_of_death(link)


async def test_another_number_of_timestamps_than_asked_for_ends_the_link(
    transport: Transport,
) -> None:
    async with transport.linked(serving(getDaaScoreTimestampEstimate={"timestamps": [1]})) as (
        link,
        _,
    ):
        with pytest.raises(NodeUnavailable, match="another number of timestamps"):
            await link.timestamps([5, 6])


async def test_an_answer_to_nobody_is_passed_over(transport: Transport) -> None:
    refusal = {"id": 4712, "error": {"message": "?"}}
    script = telling({"id": 4711, "params": {"no": "idea"}}, refusal, score(1))
    async with transport.linked(script) as (link, _):
        assert await next_notification(link) == DaaScoreChanged(1)


async def test_a_notification_of_an_unknown_kind_is_passed_over(transport: Transport) -> None:
    block = {"method": "blockAddedNotification", "params": {"BlockAdded": {"block": {}}}}
    async with transport.linked(telling(block, score(1))) as (link, _):
        assert await next_notification(link) == DaaScoreChanged(1)


# Nodes that are slow, silent or gone


async def test_an_overdue_answer_ends_the_link_for_everybody(
    transport: Transport, mock_clock: MockClock
) -> None:
    asked = trio.Event()

    async def mute(peer: Peer) -> None:
        await peer.take()
        asked.set()

    async with transport.linked(mute) as (link, _), trio.open_nursery() as nursery:
        failed: list[str] = []

        async def ask() -> None:
            with pytest.raises(NodeUnavailable, match="did not answer getSink within 10 s") as told:
                await link.sink()
            failed.append(str(told.value))

        nursery.start_soon(ask)
        await asked.wait()
        mock_clock.jump(5)
        nursery.start_soon(ask)  # which gives the first no more time
        await wait_all_tasks_blocked()
        mock_clock.jump(4.9)
        await wait_all_tasks_blocked()
        assert failed == []
        mock_clock.jump(0.2)
        await reason_of_death(link)
    assert len(failed) == 2


async def test_the_time_of_a_request_runs_from_when_the_node_could_turn_to_it(
    transport: Transport,
    mock_clock: MockClock,
) -> None:
    go_on = trio.Event()

    async def busy(peer: Peer) -> None:
        chain, sink = await peer.take(), await peer.take()
        await go_on.wait()
        await peer.answer(chain, CHAIN)
        await wait_all_tasks_blocked(0.02)
        mock_clock.jump(9)
        await peer.answer(sink, {"sink": BLOCK})

    results: list[object] = []

    async def keep(call: Callable[..., Awaitable[object]], *args: str) -> None:
        results.append(await call(*args))

    async with transport.linked(busy) as (link, node), trio.open_nursery() as nursery:
        nursery.start_soon(keep, link.chain_after, BLOCK)
        await wait_all_tasks_blocked()
        nursery.start_soon(keep, link.sink)
        while len(node.requests) < 2:
            await wait_all_tasks_blocked(0.01)
        mock_clock.jump(25)  # within the limit of a chain response, which is three times longer
        go_on.set()
    assert len(results) == 2
    assert results[1] == BLOCK


async def test_the_answer_to_a_cancelled_call_is_thrown_away(transport: Transport) -> None:
    go_on = trio.Event()

    async def late(peer: Peer) -> None:
        first = await peer.take()
        await go_on.wait()
        await peer.answer(first, {"garbage": "that nobody reads"})
        second = await peer.take()
        await peer.answer(second, {"sink": BLOCK})

    async with transport.linked(late) as (link, node):
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(link.sink)
                while not node.requests:
                    await wait_all_tasks_blocked(0.01)
                scope.cancel()
        assert scope.cancelled_caught
        go_on.set()
        assert await link.sink() == BLOCK


async def test_silence_even_to_pings_ends_the_link(
    transport: Transport, mock_clock: MockClock
) -> None:
    async def deaf(peer: Peer) -> None:
        peer.be_deaf()
        await peer.send(score(1))
        await trio.sleep_forever()

    async with transport.linked(deaf) as (link, _):
        assert await next_notification(link) == DaaScoreChanged(1)
        mock_clock.autojump_threshold = 0.05
        assert "has been silent for 30 s" in await reason_of_death(link)


async def test_a_node_with_nothing_to_tell_lives_on_by_its_pongs(
    transport: Transport, mock_clock: MockClock
) -> None:
    async with transport.linked(telling(score(1))) as (link, _):
        assert await next_notification(link) == DaaScoreChanged(1)
        for _ in range(9):
            mock_clock.jump(10)
            await wait_all_tasks_blocked(0.02)
        assert link._link.failure is None


@pytest.mark.parametrize("end", [Peer.cut, Peer.reset])
async def test_a_connection_cut_in_mid_request_is_reported(
    transport: Transport, end: Script
) -> None:
    async def vanish(peer: Peer) -> None:
        await peer.take()
        await end(peer)

    async with transport.linked(vanish) as (link, _):
        with pytest.raises(NodeUnavailable, match="is disconnected"):
            await link.sink()
        await reason_of_death(link)


async def test_bytes_that_are_no_frame_end_the_link(transport: Transport) -> None:
    async def babble(peer: Peer) -> None:
        await peer.take()
        await peer.babble()

    async with transport.linked(babble) as (link, _):
        with pytest.raises(NodeUnavailable):
            await link.sink()
        await reason_of_death(link)


async def test_a_notification_of_two_megabytes_is_taken_whole(transport: Transport) -> None:
    frame = changed([output(index=index) for index in range(12_000)])
    assert len(json.dumps(frame)) > 2 * 2**20
    async with transport.linked(telling(frame)) as (link, _):
        told = await next_notification(link)
    assert [utxo.outpoint.index for utxo in told.added] == list(range(12_000))


async def test_a_message_beyond_the_limit_ends_the_link(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport.link_module, "_MAX_MESSAGE", 10_000)
    async with transport.linked(
        telling(changed([output(index=index) for index in range(100)]))
    ) as (link, _):
        assert "maximum message size" in await reason_of_death(link)


async def test_a_reader_that_falls_behind_loses_the_link_and_not_a_difference(
    transport: Transport,
) -> None:
    script = telling(*(changed([output(index=index)]) for index in range(6)))
    async with transport.linked(script, backlog=10) as (link, _):
        while link._link.failure is None:
            await wait_all_tasks_blocked(0.01)
        assert not link._backlog
        assert "fell behind" in await reason_of_death(link)
    async with transport.linked(script, backlog=12) as (link, _):
        stream = aiter(link.notifications())
        told = [await anext(stream) for _ in range(6)]
    expected = [Utxo(str(ALICE), Outpoint(TX, index), Sompi(123), 77) for index in range(6)]
    assert told == [UtxosChanged((utxo,), ()) for utxo in expected]


async def test_what_came_before_the_end_is_still_told(transport: Transport) -> None:
    async def last_words(peer: Peer) -> None:
        await peer.send(changed([output()]))
        await peer.leave()

    async with transport.linked(last_words) as (link, _):
        while link._link.failure is None:
            await wait_all_tasks_blocked(0.01)
        assert isinstance(await next_notification(link), UtxosChanged)
        await reason_of_death(link)


async def test_a_reader_that_keeps_up_can_go_on_for_ever(transport: Transport) -> None:
    async def pairs(peer: Peer) -> None:
        for index in range(20):
            await peer.send(changed([output(index=index)], [output(index=index)]))
            await peer.send(changed([output(index=index)]))
            await was_read.receive()

    has_read, was_read = trio.open_memory_channel[None](0)
    async with transport.linked(pairs, backlog=5) as (link, _):
        stream = aiter(link.notifications())
        for _ in range(20):
            while len(link._backlog) < 2:
                await wait_all_tasks_blocked(0.001)
            assert [len((await anext(stream)).removed) for _ in range(2)] == [1, 0]  # type: ignore[union-attr]
            await has_read.send(None)


async def test_a_message_larger_than_the_backlog_is_no_reason_to_leave(
    transport: Transport,
) -> None:
    many = changed([output(index=index) for index in range(20)])
    async with transport.linked(telling(many), backlog=5) as (link, _):
        assert len((await next_notification(link)).added) == 20


# Connecting and leaving


async def test_a_closed_port_is_reported_in_one_sentence(way: Way) -> None:
    async with way.raw(hang_up) as url:
        pass
    assert f"The node at {url} can't be reached: Connection refused." == await way.refused(url)


async def test_a_connection_that_ends_during_the_handshake_is_noticed_at_once(
    transport: Transport,
) -> None:
    for ending in (hang_up, reset):
        async with transport.raw(ending) as url:
            reason = await transport.refused(url, connect_timeout=inf)
        assert "during the handshake" in reason or "reset" in reason or "pipe" in reason


async def test_a_server_that_never_answers_is_given_up(
    transport: Transport, mock_clock: MockClock
) -> None:
    async def listen(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        mock_clock.jump(10)
        await trio.sleep_forever()

    async with transport.raw(listen) as url:
        assert "no answer within 10 s" in await transport.refused(url)


async def test_secrets_in_the_url_stay_out_of_the_text(way: Way) -> None:
    async with way.raw(hang_up) as url:
        host = url.partition("://")[2]
    reason = await way.refused(f"{way.scheme}://user:hunter2@{host}/path?token=hunter3")
    assert f"{way.scheme}://{host}/path can't" in reason
    assert "hunter" not in reason


async def test_leaving_the_block_says_goodbye(transport: Transport) -> None:
    async with transport.scripted(telling()) as node:
        async with transport.connect(node.url) as link:
            assert link.url == node.url
        while not node.farewells:
            await wait_all_tasks_blocked(0.01)
        assert node.farewells == [transport.farewell]
        with pytest.raises(NodeUnavailable, match="was disconnected by us"):
            await link.sink()


async def test_a_peer_that_ignores_the_goodbye_is_left_all_the_same(
    transport: Transport, mock_clock: MockClock
) -> None:
    async def deaf(peer: Peer) -> None:
        peer.be_deaf()
        await peer.send(score(1))
        await trio.sleep_forever()

    async with transport.scripted(deaf) as node:
        async with transport.connect(node.url) as link:
            assert await next_notification(link) == DaaScoreChanged(1)
            mock_clock.autojump_threshold = 0.05
        assert trio.current_time() < 5


async def test_an_error_of_the_block_comes_out_as_it_is(transport: Transport) -> None:
    error = KeyError("mine")
    async with transport.scripted(telling()) as node:
        with pytest.raises(KeyError) as raised:
            async with transport.connect(node.url):
                raise error
    assert raised.value is error


async def test_cancelling_the_block_closes_the_socket(transport: Transport) -> None:
    async with transport.scripted(telling()) as node:
        with trio.CancelScope() as scope:
            async with transport.connect(node.url) as link:
                scope.cancel()
                await next_notification(link)
        assert scope.cancelled_caught
        while not node.farewells:
            await wait_all_tasks_blocked(0.01)


async def test_a_call_waiting_for_its_turn_learns_of_the_end_too(transport: Transport) -> None:
    async def stuck(peer: Peer) -> None:
        await peer.take()
        await peer.cut()

    failed = 0

    async def ask(link: Link) -> None:
        nonlocal failed
        with pytest.raises(NodeUnavailable):
            await link.utxos([str(ALICE)] * 500)
        failed += 1

    async with transport.linked(stuck) as (link, _), trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(ask, link)
    assert failed == 50


async def test_a_call_made_in_the_very_moment_of_the_end_does_not_wait_for_ever(
    transport: Transport,
) -> None:
    async def ask(link: Link) -> None:
        with pytest.raises(NodeUnavailable):
            await link.sink()

    async def end(link: Link) -> None:
        link._link.fail("failed")

    for _ in range(8):  # trio runs tasks of one moment in any order
        async with transport.linked(telling()) as (link, _):
            await wait_all_tasks_blocked()
            with trio.fail_after(30):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(ask, link)
                    nursery.start_soon(end, link)


# A node of the simulated network


async def test_a_payment_and_its_spending_are_told_and_its_acceptance_is_proven(way: Way) -> None:
    async with way.on_simnet() as (network, link):
        await link.subscribe_virtual()
        await link.watch([str(ALICE)])
        assert await link.utxos([str(ALICE)]) == []
        transaction = network.pay(str(ALICE), 500)
        network.mine(2)
        told = await next_of(link, UtxosChanged)
        assert {u.outpoint for u in told.added} == {Outpoint(transaction, 0)}
        (utxo,) = await link.utxos([str(ALICE)])
        assert utxo.amount == 500
        network.sweep(str(ALICE))
        network.mine(2)
        while not (told.removed and not told.added):
            told = await next_of(link, UtxosChanged)
        assert {u.outpoint for u in told.removed} == {Outpoint(transaction, 0)}
        assert await link.accepted_at(transaction, utxo.block_daa_score)
        assert not await link.accepted_at("ab" * 32, utxo.block_daa_score)
        assert (await next_of(link, DaaScoreChanged)).score == network.virtual_daa_score


async def test_a_payment_is_notified_found_in_the_snapshot_and_replayed(
    transport: Transport,
) -> None:
    async with transport.on_simnet() as (network, link):
        start = await link.sink()
        assert start == network.sink
        info = await link.server_info()
        assert (info.network_id, info.has_utxo_index, info.is_synced) == ("simnet", True, True)
        await link.watch([str(ALICE)])
        transaction = network.pay(str(ALICE), 500, outputs=2)
        network.mine(2)

        told = await next_notification(link)
        outpoints = {Outpoint(transaction, 0), Outpoint(transaction, 1)}
        assert {u.outpoint for u in told.added} == outpoints
        assert sum(u.amount for u in told.added) == 500

        snapshot = await link.utxos([str(ALICE), str(BOB)])
        assert {u.outpoint for u in snapshot} == outpoints
        assert await link.accepted_at(transaction, snapshot[0].block_daa_score)
        assert not await link.accepted_at(transaction, snapshot[0].block_daa_score + 1)

        part = await link.chain_after(start)
        replayed = {u for b in part.added for u in b.outputs if u.address == str(ALICE)}
        assert replayed == set(snapshot)
        assert part.added[-1].hash == network.sink
        assert (await link.chain_after(network.sink)).added == ()

        ids = await link.accepted_after(start)
        assert transaction in ids.transaction_ids
        assert ids.added == tuple(block.hash for block in part.added)
        assert len(await link.timestamps([1, 2, 3])) == 3


async def test_a_payment_is_seen_in_the_mempool_until_a_block_has_it(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        transaction = network.pay(str(ALICE), 500, hold=True)
        seen = [MempoolOutput(str(ALICE), Outpoint(transaction, 0), Sompi(500))]
        network.mine(2)
        assert await link.mempool([str(ALICE), str(BOB)]) == seen
        assert await link.mempool([str(BOB)]) == []
        network.release(transaction)
        network.mine()
        assert await link.mempool([str(ALICE)]) == []


async def test_what_the_mempool_forgets_is_not_seen_any_more(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        transaction = network.pay(str(ALICE), 500)
        network.pay(str(ALICE), 300, coinbase=True)
        network.pay(str(ALICE), 200, covenant_id="ef" * 32)
        (seen,) = await link.mempool([str(ALICE)])
        assert seen.outpoint.transaction_id == transaction
        network.drop_from_mempool(transaction)
        assert await link.mempool([str(ALICE)]) == []


async def test_a_mempool_that_the_node_will_not_show_is_refused(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        network.fail_next("getMempoolEntriesByAddresses", 1, "not now")
        with pytest.raises(NodeRefused, match="not now"):
            await link.mempool([str(ALICE)])
        assert await link.mempool([str(ALICE)]) == []


async def test_a_reader_that_asks_later_has_missed_nothing(way: Way) -> None:
    async with way.on_simnet() as (network, link):
        await link.watch([str(ALICE)])
        network.pay(str(ALICE), 500)
        network.mine(2)
        told = await next_of(link, UtxosChanged)
        assert [u.amount for u in told.added] == [500]


async def test_a_dropped_connection_is_no_end_where_nothing_can_be_missed(way: Way) -> None:
    async with way.on_simnet() as (network, link):
        network.disconnect_all()
        if isinstance(way, Rest):
            assert await link.utxos([str(ALICE)]) == []
        else:
            await reason_of_death(link)


async def test_what_a_node_can_not_do_is_refused_and_said_before(way: Way) -> None:
    async with way.on_simnet() as (network, link):
        if not link.sees_mempool:
            with pytest.raises(NodeRefused):
                await link.mempool([str(ALICE)])
        if not link.replays_chain:
            for call in (link.chain_after, link.accepted_after):
                with pytest.raises(HistoryUnavailable):
                    await call(network.sink)
            with pytest.raises(HistoryUnavailable):
                await link.sink()
        assert (link.sees_mempool, link.replays_chain) == 2 * (not isinstance(way, Rest),)
        assert (link.delay > 0) is isinstance(way, Rest)


async def test_scores_and_the_override_are_told_after_the_subscription(
    transport: Transport,
) -> None:
    async with transport.on_simnet() as (network, link):
        await link.subscribe_virtual()
        network.mine()
        assert await next_notification(link) == DaaScoreChanged(network.virtual_daa_score)
        network.override_utxo_set()
        assert await next_notification(link) == UtxoSetReplaced()


async def test_an_unwatched_address_is_silent_again(way: Way) -> None:
    async with way.on_simnet() as (network, link):
        await link.watch([str(ALICE), str(BOB)])
        await link.unwatch([str(ALICE)])
        network.pay(str(ALICE), 500)
        network.pay(str(BOB), 700)
        network.mine(2)
        told = await next_notification(link)
        assert {u.address for u in told.added} == {str(BOB)}


async def test_pruned_history_is_unavailable(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        start = network.sink
        network.mine(20)
        network.prune(5)
        for call in (link.chain_after, link.accepted_after):
            with pytest.raises(HistoryUnavailable):
                await call(start)


async def test_the_chain_can_be_walked_down_as_far_as_the_node_has_it(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        start = network.sink
        score = (await link.below(start, 0)).daa_score
        network.mine(12)
        top = network.sink
        [*_, (fifth, fifth_score)] = [
            (block.hash, block.daa_score) for block in (await link.chain_after(start)).added[:5]
        ]
        here = await link.below(top, 0)
        place = await link.below(top, 7)
        lowest = await link.below(start, 1_000)
    assert (here.hash, here.daa_score) == (top, score + 12)
    assert (place.hash, place.daa_score) == (fifth, fifth_score)
    assert lowest.daa_score <= score
    assert abs(place.timestamp - time.time() * 1000) < 3_600_000


async def test_a_long_chain_comes_in_stretches(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        block = start = network.sink
        network.set_chain_batch(4)
        transaction = network.pay(str(ALICE), 500)
        network.mine(12)
        hashes: list[str] = []
        found = []
        while (part := await link.chain_after(block)).added:
            hashes += [b.hash for b in part.added]
            found += [u for b in part.added for u in b.outputs if u.address == str(ALICE)]
            block = part.added[-1].hash
        assert len(hashes) == 12
        assert hashes[-1] == network.sink
        assert start not in hashes
        assert [u.outpoint.transaction_id for u in found] == [transaction]


async def test_the_garbage_of_a_broken_node_ends_the_link(way: Way) -> None:
    async with way.on_simnet() as (network, link):
        await link.watch([str(ALICE)])
        network.garbage(1)
        assert "does not decode" in await reason_of_death(link)


async def test_a_node_without_an_index_refuses(way: Way) -> None:
    async with way.on_simnet() as (network, link):
        network.set_utxoindex(False)
        with pytest.raises(NodeRefused, match="--utxoindex"):
            await link.utxos([str(ALICE)])
        assert not (await link.server_info()).has_utxo_index


async def test_a_dropped_connection_ends_the_link(transport: Transport) -> None:
    async with transport.on_simnet() as (network, link):
        network.disconnect_all()
        await reason_of_death(link)
