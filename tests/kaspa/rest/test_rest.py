"""The REST adapter against scripted servers: its requests and their rate, how it reads the
responses, and how it handles servers that are wrong, slow, old, compressed or gone."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from kasgate.kaspa import connect as links
from kasgate.kaspa.node import (
    Acceptance,
    ArchivedOutput,
    DaaScoreChanged,
    HistoryUnavailable,
    NodeRefused,
    NodeUnavailable,
    UtxosChanged,
)
from kasgate.kaspa.rest import archive
from kasgate.kaspa.rest import link as rest_link
from kasgate.kaspa.rest import node as rest
from kasgate.kaspa.rest.link import Pace, PollingPolicy
from kasgate.kaspa.rest.node import RestNode
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.money import MAX_SOMPI, Sompi
from tests.kaspa.node_links import ALICE, BLOCK, BOB, HURRIED, NEXT_BLOCK, ODD_SCRIPT, PREFIX, TX
from tests.kaspa.rest_servers import (
    NOW,
    SCORE,
    Answer,
    Asked,
    block,
    coin,
    dag,
    health,
    linked,
    served,
    transaction,
)

UTXOS = "/addresses/utxos"
ACCEPTANCE = "/transactions/acceptance"
HISTORY = f"/addresses/{ALICE}/full-transactions"
NO_DATABASE = Answer(
    {"detail": "Endpoint not available. This endpoint needs a configured SQL database."}, 503
)
MINE = Utxo(str(ALICE), Outpoint(TX, 0), Sompi(123), SCORE + 5)


async def told(node: RestNode, count: int) -> list[Any]:
    stream = aiter(node.notifications())
    return [await anext(stream) for _ in range(count)]


async def end_of(node: RestNode) -> str:
    with pytest.raises(NodeUnavailable) as end:
        async for _ in node.notifications():
            pass
    with pytest.raises(NodeUnavailable) as later:
        await node.utxos([str(ALICE)])
    assert str(later.value) == str(end.value)
    return str(end.value)


# Requests, and how responses are read


async def test_amounts_and_scores_are_understood_as_text_and_as_numbers() -> None:
    entries = [coin(), coin(amount=123, blockDaaScore=SCORE + 5, index="1")]
    async with linked({UTXOS: Answer(entries)}) as (node, server):
        found = await node.utxos([str(ALICE), str(BOB)])
    second = Utxo(str(ALICE), Outpoint(TX, 1), Sompi(123), SCORE + 5)
    assert found == [MINE, second]
    assert server.of(UTXOS)[0].body == {"addresses": [str(ALICE), str(BOB)]}


async def test_an_output_without_an_address_is_known_by_its_script_or_not_ours() -> None:
    odd = {"scriptPublicKey": ODD_SCRIPT[4:]}
    entries = [coin(address=None), coin(address=None, scriptPublicKey=odd, index=1)]
    async with linked({UTXOS: Answer(entries)}) as (node, _):
        assert await node.utxos([str(ALICE)]) == [MINE]


async def test_addresses_are_asked_for_in_batches_and_never_as_an_empty_list() -> None:
    async with linked() as (node, server):
        assert await node.utxos([]) == []
        assert server.of(UTXOS) == []
        await node.utxos([f"{PREFIX}:{number}" for number in range(2_001)])
    assert [len(asked.body["addresses"]) for asked in server.of(UTXOS)] == [1_000, 1_000, 1]


async def test_the_path_of_the_url_stands_before_the_servers_own() -> None:
    routes = {"/kaspa/v1/info/blockdag": dag(), f"/kaspa/v1{UTXOS}": Answer([coin()])}
    async with linked(routes, path="/kaspa/v1") as (node, _):
        assert await node.utxos([str(ALICE)]) == [MINE]


@pytest.mark.parametrize(
    ("name", "network_id"),
    [("kaspa-mainnet", "mainnet"), ("kaspa-testnet-10", "testnet-10"), ("simnet", "simnet")],
)
async def test_the_network_is_named_as_nodes_name_it(name: str, network_id: str) -> None:
    async with linked({"/info/blockdag": dag(name=name, score=7)}) as (node, _):
        info = await node.server_info()
    assert (info.network_id, info.virtual_daa_score) == (network_id, 7)
    assert (info.server_version, info.is_synced, info.has_utxo_index) == ("2.0.1", True, True)


async def test_bad_health_comes_with_status_503_and_is_read_all_the_same() -> None:
    async with linked({"/info/health": health(status=503)}) as (node, _):
        assert (await node.server_info()).is_synced, "only its database is not well"
    unwell = health(synced=False, indexed=False, status=503)
    async with linked({"/info/health": unwell}) as (node, _):
        info = await node.server_info()
    assert not info.is_synced
    assert not info.has_utxo_index


@pytest.mark.parametrize("page", [b"<html>", {"detail": "Service Unavailable"}, {"kaspad": 1}])
async def test_a_503_that_is_no_health_is_asked_again(page: Any) -> None:
    answers = [Answer(page, 503), health()]
    async with linked({"/info/health": answers}) as (node, server):
        assert (await node.server_info()).is_synced
        assert len(server.of("/info/health")) == 2


async def test_every_kind_of_url_has_its_link() -> None:
    async with served() as server, links.connect(server.url, prefix=PREFIX) as node:
        assert isinstance(node, RestNode)
        assert node.url == server.url


# Rounds


async def test_a_score_is_told_after_what_was_found_when_it_was_known() -> None:
    scores = [dag(SCORE), dag(SCORE), dag(SCORE + 9)]
    routes = {"/info/blockdag": scores, UTXOS: [Answer([]), Answer([]), Answer([coin()])]}
    async with linked(routes) as (node, server):
        await node.watch([str(ALICE)])
        await node.utxos([str(ALICE)])
        await node.subscribe_virtual()
        told_of = await told(node, 3)
        paths = [asked.path for asked in server.asked[2:6]]
    assert told_of == [
        DaaScoreChanged(SCORE),
        UtxosChanged((MINE,), ()),
        DaaScoreChanged(SCORE + 9),
    ]
    assert paths == ["/info/blockdag", UTXOS, "/info/blockdag", UTXOS]


async def test_a_score_that_goes_back_is_an_older_answer_and_ignored() -> None:
    scores = [dag(SCORE), dag(SCORE + 20), dag(SCORE + 3), dag(SCORE + 21)]
    async with linked({"/info/blockdag": scores}) as (node, _):
        await node.subscribe_virtual()
        seen = [SCORE]
        async for notification in node.notifications():
            assert isinstance(notification, DaaScoreChanged)
            seen.append(notification.score)
            if notification.score == SCORE + 21:
                break
    assert seen == sorted(seen)
    assert SCORE + 3 not in seen


async def test_a_server_that_stays_behind_its_own_score_is_given_up(mock_clock: MockClock) -> None:
    async with linked({"/info/blockdag": [dag(SCORE), dag(SCORE - 1)]}) as (node, _):
        await node.ask_score()
        mock_clock.jump(61)
        with pytest.raises(NodeUnavailable, match="gone back to an older DAA score"):
            await node.ask_score()


async def test_what_vanishes_from_one_answer_alone_was_never_gone() -> None:
    answers = [Answer([coin()]), Answer([]), Answer([coin()]), Answer([]), Answer([])]
    async with linked({UTXOS: answers}) as (node, server):
        await node.watch([str(ALICE)])
        await node.utxos([str(ALICE)])
        (change,) = await told(node, 1)
        assert len(server.of(UTXOS)) >= 5
    assert change == UtxosChanged((), (MINE,))


async def test_rounds_keep_the_distance_that_they_are_told(mock_clock: MockClock) -> None:
    mock_clock.rate = 50
    async with linked(polling=PollingPolicy(interval=1, round=5, lag=3)) as (node, server):
        begun = trio.current_time()
        await node.subscribe_virtual()
        await node.watch([str(ALICE)])
        await told(node, 3)
        assert trio.current_time() - begun >= 2 * 5
        assert node.delay >= 3 + 2 * 5
        assert len(server.of(UTXOS)) == 3


async def test_questions_are_put_one_at_a_time_and_apart(autojump_clock: MockClock) -> None:
    pace, begun, busy = Pace(), [], 0

    async def ask() -> None:
        nonlocal busy
        async with pace.turn(2):
            begun.append(trio.current_time())
            busy += 1
            assert busy == 1
            await trio.sleep(3 if len(begun) == 2 else 0.5)
            busy -= 1

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(ask)
    assert begun == [0, 2, 5, 7]
    pace.rest(30)
    assert pace.wait == 30
    async with pace.turn(2):
        assert trio.current_time() == 7.5 + 30


async def test_all_links_to_one_server_keep_one_pace() -> None:
    async with linked() as (first, server), served() as other:
        async with rest.connect(server.url, prefix=PREFIX) as second:
            assert second._link._pace is first._link._pace
        async with rest.connect(other.url, prefix=PREFIX) as third:
            assert third._link._pace is not first._link._pace


async def test_an_answer_too_large_is_asked_for_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_link, "MAX_ANSWER_BYTES", 1_300)

    def many(asked: Asked) -> Answer:
        return Answer([coin(index=0), coin(index=1)] * len(asked.body["addresses"]))

    async with linked({UTXOS: many}) as (node, server):
        addresses = [str(ALICE), str(BOB), str(ALICE)]
        assert len(await node.utxos(addresses)) == 6
        assert [len(asked.body["addresses"]) for asked in server.of(UTXOS)] == [3, 1, 2, 1, 1]
        monkeypatch.setattr(rest_link, "MAX_ANSWER_BYTES", 100)
        with pytest.raises(NodeUnavailable, match="more about one address than can be true"):
            await node.utxos([str(ALICE)])


# Servers that are wrong, busy or gone


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b"\xff\xfe",
        {"entries": []},
        [coin(amount="-1")],
        [coin(amount="1.5")],
        [coin(amount=2**63)],
        [coin(amount=None)],
        [coin(blockDaaScore="soon")],
        [coin(transactionId="AB" * 32)],
        [coin(index=-1)],
        [coin(scriptPublicKey="20")],
        [coin(address=7)],
        [[]],
    ],
    ids=lambda body: str(body)[:40],
)
async def test_garbage_ends_the_link(body: Any) -> None:
    async with linked({UTXOS: Answer(body)}) as (node, server):
        with pytest.raises(NodeUnavailable, match="does not decode"):
            await node.utxos([str(ALICE)])
        assert len(server.of(UTXOS)) == 1, "nothing is asked of it any longer"
        assert "does not decode" in await end_of(node)


async def test_an_output_of_more_than_there_is_is_refused_and_hides_no_other() -> None:
    told = [coin(amount=MAX_SOMPI + 1, index=1), coin(amount=str(2**63 - 1), index=2), coin()]
    async with linked({UTXOS: Answer(told)}) as (node, _):
        assert await node.utxos([str(ALICE)]) == [MINE]
        assert await node.utxos([str(ALICE)]) == [MINE]


@pytest.mark.parametrize(
    "lie",
    [coin(address=str(BOB)), coin(address="kaspa:qq")],
    ids=["another", "of another network"],
)
async def test_a_server_that_lies_about_who_was_paid_is_dropped(lie: Any) -> None:
    async with linked({UTXOS: Answer([lie])}) as (node, _):
        with pytest.raises(NodeUnavailable, match="not the one of its script"):
            await node.utxos([str(ALICE)])


async def test_a_refusal_reaches_its_caller_and_the_link_lives() -> None:
    refusals = [Answer({"detail": "no such\naddress"}, 400), Answer([coin()])]
    async with linked({UTXOS: refusals}) as (node, server):
        with pytest.raises(NodeRefused, match=f"^The node at {server.url} refused .*no such addr"):
            await node.utxos([str(ALICE)])
        assert await node.utxos([str(ALICE)]) == [MINE]


async def test_temporary_errors_are_retried() -> None:
    answers = [Answer("busy", 502), Answer("busy", 500), Answer([coin()])]
    async with linked({UTXOS: answers}) as (node, _):
        assert await node.utxos([str(ALICE)]) == [MINE]


async def test_a_server_that_fails_three_times_is_left() -> None:
    async with linked({UTXOS: Answer("busy", 502)}) as (node, server):
        with pytest.raises(NodeUnavailable, match="answered /addresses/utxos with status 502"):
            await node.utxos([str(ALICE)])
        assert len(server.of(UTXOS)) == 3
        assert "502" in await end_of(node)


async def test_a_servers_retry_after_is_honoured(
    mock_clock: MockClock,
) -> None:
    mock_clock.rate = 50
    enough = Answer({"detail": "slow down"}, 429, {"retry-after": "7"})
    async with linked({UTXOS: [enough, Answer([coin()])]}) as (node, server):
        assert await node.utxos([str(ALICE)]) == [MINE]
        first, second = server.of(UTXOS)
    assert second.at - first.at >= 7


async def test_a_long_retry_after_ends_the_link_and_holds_for_new_links(
    mock_clock: MockClock,
) -> None:
    enough = Answer("", 429, {"retry-after": "600"})
    async with linked({UTXOS: enough}) as (node, server):
        with pytest.raises(NodeUnavailable, match="asks for a pause of another 600 s"):
            await node.utxos([str(ALICE)])
        count = len(server.asked)
        with pytest.raises(NodeUnavailable, match="a pause of another"):
            async with rest.connect(server.url, prefix=PREFIX, polling=HURRIED):
                pytest.fail("connected")
        assert len(server.asked) == count
        mock_clock.jump(601)
        async with rest.connect(server.url, prefix=PREFIX, polling=HURRIED):
            assert len(server.asked) == count + 1


@pytest.mark.parametrize("status", [301, 307, 204])
async def test_redirects_are_not_followed(status: int) -> None:
    async with served() as other:
        away = Answer(b"", status, {"location": f"{other.url}{UTXOS}"})
        async with linked({UTXOS: away}) as (node, _):
            with pytest.raises(NodeUnavailable, match=str(status)):
                await node.utxos([str(ALICE)])
        assert other.asked == []


async def test_cookies_are_not_kept_and_no_compression_is_requested() -> None:
    routes = {UTXOS: Answer([], headers={"set-cookie": "id=1; Path=/"})}
    async with linked(routes) as (node, server):
        for _ in range(2):
            await node.utxos([str(ALICE)])
    for asked in server.asked:
        assert "cookie" not in asked.headers
        assert asked.headers["accept-encoding"] == "identity"


async def test_packed_answers_are_not_unpacked() -> None:
    packed = Answer(b"\x1f\x8b", headers={"content-encoding": "gzip"})
    async with linked({UTXOS: packed}) as (node, _):
        with pytest.raises(NodeUnavailable, match="compresses its answers"):
            await node.utxos([str(ALICE)])


async def test_a_server_that_does_not_answer_in_time_is_left(mock_clock: MockClock) -> None:
    async def silent(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            mock_clock.jump(20)
            await trio.sleep_forever()

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, silent, listeners)
        with pytest.raises(NodeUnavailable, match="did not answer /info/blockdag within 20 s"):
            async with rest.connect(url, prefix=PREFIX):
                pytest.fail("connected")
        nursery.cancel_scope.cancel()


async def test_an_error_of_the_block_comes_out_as_it_is() -> None:
    error = KeyError("mine")
    async with served() as server:
        with pytest.raises(KeyError) as raised:
            async with rest.connect(server.url, prefix=PREFIX):
                raise error
    assert raised.value is error


async def test_a_cancelled_question_leaves_the_link_usable() -> None:
    async with linked() as (node, _):
        with trio.CancelScope() as scope:
            scope.cancel()
            await node.utxos([str(ALICE)])
        assert await node.utxos([str(ALICE)]) == []


# History


def accepted(txid: str = TX, **more: Any) -> dict[str, Any]:
    return {
        "transactionId": txid,
        "accepted": True,
        "acceptingBlockHash": BLOCK,
        "acceptingBlueScore": 5,
        "acceptingTimestamp": str(NOW - 50_000),
        **more,
    }


def rejected(txid: str) -> dict[str, Any]:
    return {"transactionId": txid, "accepted": False, "acceptingBlueScore": None}


async def test_acceptances_come_with_the_score_and_the_time_of_the_accepting_block() -> None:
    other = "ac" * 32
    routes = {ACCEPTANCE: Answer([accepted(), rejected(other)]), f"/blocks/{BLOCK}": block()}
    async with linked(routes) as (node, server):
        found = await node.acceptances([TX, other])
        await node.acceptances([TX, other])
        assert len(server.of(f"/blocks/{BLOCK}")) == 1, "a block does not change"
    assert found == [
        Acceptance(TX, accepted=True, daa_score=77, at=NOW - 50_000),
        Acceptance(other, accepted=False, daa_score=None, at=None),
    ]


async def test_servers_that_tell_no_accepting_block_tell_of_the_acceptance_alone() -> None:
    bare = {"transactionId": TX, "accepted": True, "acceptingBlueScore": 5}
    async with linked({ACCEPTANCE: Answer([bare])}) as (node, _):
        assert await node.acceptances([TX]) == [Acceptance(TX, True, None, None)]
        assert not await node.accepted_at(TX, 77)


async def test_acceptances_are_asked_for_by_the_thousand_and_come_in_order() -> None:
    def all_rejected(asked: Asked) -> Answer:
        return Answer([rejected(txid) for txid in asked.body["transactionIds"]])

    ids = [f"{number:064x}" for number in range(1_500)]
    async with linked({ACCEPTANCE: all_rejected}) as (node, server):
        found = await node.acceptances(ids)
    assert [each.transaction_id for each in found] == ids
    assert [len(asked.body["transactionIds"]) for asked in server.of(ACCEPTANCE)] == [1_000, 500]


async def test_the_acceptances_of_other_transactions_end_the_link() -> None:
    async with linked({ACCEPTANCE: Answer([rejected("ac" * 32)])}) as (node, _):
        with pytest.raises(NodeUnavailable, match="other transactions than asked for"):
            await node.acceptances([TX])


@pytest.mark.parametrize(("score", "proven"), [(76, False), (77, True), (78, True)])
async def test_acceptance_at_a_score_is_proven_by_that_score_or_a_lower_one(
    score: int, proven: bool
) -> None:
    routes = {ACCEPTANCE: Answer([accepted()]), f"/blocks/{BLOCK}": block()}
    async with linked(routes) as (node, _):
        assert await node.accepted_at(TX, score) is proven


async def test_without_a_database_there_is_no_history_and_the_link_lives() -> None:
    async with linked({ACCEPTANCE: NO_DATABASE, HISTORY: NO_DATABASE}) as (node, server):
        with pytest.raises(HistoryUnavailable, match="needs a configured SQL database"):
            await node.acceptances([TX])
        with pytest.raises(HistoryUnavailable):
            await node.received(str(ALICE), 0)
        assert not await node.accepted_at(TX, 77)
        assert await node.utxos([str(ALICE)]) == []
        assert len(server.of(ACCEPTANCE)) == 2, "asking again would not help"


async def test_what_an_address_received_is_told_with_its_blocks_oldest_first() -> None:
    later = "ac" * 32
    rows = [
        transaction(later, accepting_block_hash=NEXT_BLOCK),
        transaction(),
        transaction("ad" * 32, is_accepted=False, accepting_block_hash=None),
        transaction("ae" * 32, outputs=[], accepting_block_hash=BLOCK),
    ]
    routes = {
        HISTORY: Answer(rows),
        f"/blocks/{BLOCK}": block(),
        f"/blocks/{NEXT_BLOCK}": block(NEXT_BLOCK, score=80, at=NOW - 40_000),
    }
    async with linked(routes) as (node, server):
        found = await node.received(str(ALICE), NOW - 50_000)
        since_later = await node.received(str(ALICE), NOW - 49_999)
    early = ArchivedOutput(Utxo(str(ALICE), Outpoint(TX, 0), Sompi(123), 77), NOW - 50_000)
    late = ArchivedOutput(Utxo(str(ALICE), Outpoint(later, 0), Sompi(123), 80), NOW - 40_000)
    assert found == [early, late]
    assert since_later == [late]
    assert server.of(HISTORY)[0].query["limit"] == "500"
    assert server.of(HISTORY)[0].query["resolve_previous_outpoints"] == "no"


async def test_a_coinbase_and_a_strangers_output_are_told_apart() -> None:
    outputs = transaction()["outputs"]
    theirs = {
        "index": 1,
        "amount": "7",
        "script_public_key": BOB.script_public_key[4:],
        "script_public_key_address": str(BOB),
    }
    row = transaction(subnetwork_id="01" + "00" * 19, outputs=[*outputs, theirs])
    async with linked({HISTORY: Answer([row]), f"/blocks/{BLOCK}": block()}) as (node, _):
        (only,) = await node.received(str(ALICE), 0)
    assert only.utxo.is_coinbase
    assert only.utxo.address == str(ALICE)


async def test_a_long_history_is_paged_as_far_back_as_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "PAGE", 4)
    monkeypatch.setattr(archive, "_SURELY_LAST", 2)
    rows = [
        transaction(f"{number:064x}", block_time=NOW - number * 3_600_000) for number in range(12)
    ]

    def page(asked: Asked) -> Answer:
        start = int(asked.query["offset"])
        return Answer(rows[start : start + int(asked.query["limit"])])

    async with linked({HISTORY: page, f"/blocks/{BLOCK}": block()}) as (node, server):
        assert len(await node.received(str(ALICE), NOW - 60_000_000)) == 12
        assert [asked.query["offset"] for asked in server.of(HISTORY)] == ["0", "4", "8", "12"]
        server.asked.clear()
        await node.received(str(ALICE), NOW - 3_600_000)
        assert [asked.query["offset"] for asked in server.of(HISTORY)] == ["0"]
        monkeypatch.setattr(archive, "MAX_TRANSACTIONS", 8)
        with pytest.raises(HistoryUnavailable, match="more transactions"):
            await node.received(str(ALICE), NOW - 60_000_000)


async def test_a_page_too_large_is_asked_for_in_smaller_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [transaction(f"{number:064x}") for number in range(300)]

    def page(asked: Asked) -> Answer:
        start = int(asked.query["offset"])
        return Answer(rows[start : start + int(asked.query["limit"])])

    monkeypatch.setattr(rest_link, "MAX_ANSWER_BYTES", 100_000)
    async with linked({HISTORY: page, f"/blocks/{BLOCK}": block()}) as (node, _):
        assert len(await node.received(str(ALICE), 0)) == 300


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer({"detail": "Block not found"}, 404), HistoryUnavailable),
        (block(NEXT_BLOCK), NodeUnavailable),
    ],
    ids=["pruned", "another"],
)
async def test_a_payment_whose_accepting_block_cannot_be_had_is_not_half_told(
    answer: Answer, error: type[Exception]
) -> None:
    async with linked({HISTORY: Answer([transaction()]), f"/blocks/{BLOCK}": answer}) as (
        node,
        _,
    ):
        with pytest.raises(error):
            await node.received(str(ALICE), 0)


async def test_a_history_that_lies_about_who_was_paid_ends_the_link() -> None:
    row = transaction()
    row["outputs"][0]["script_public_key_address"] = str(BOB)
    async with linked({HISTORY: Answer([row]), f"/blocks/{BLOCK}": block()}) as (node, _):
        with pytest.raises(NodeUnavailable, match="not the one of its script"):
            await node.received(str(ALICE), 0)


# Times


async def test_recent_times_are_estimated_from_the_present_score() -> None:
    async with linked() as (node, server):
        assert await node.timestamps([]) == []
        assert await node.timestamps([SCORE, SCORE - 100, SCORE + 10]) == [
            NOW, NOW - 10_000, NOW + 1_000,
        ]  # fmt: skip
        assert server.of(ACCEPTANCE) == []


async def test_older_times_are_those_of_the_accepting_blocks_where_they_can_be_had() -> None:
    old = SCORE - 36_000
    routes = {UTXOS: Answer([coin(blockDaaScore=old)]), ACCEPTANCE: Answer([accepted()])}
    async with linked(routes) as (node, _):
        await node.utxos([str(ALICE)])
        assert await node.timestamps([old, old - 1]) == [NOW - 50_000, NOW - 3_600_100]
    async with linked({**routes, ACCEPTANCE: NO_DATABASE}) as (node, _):
        await node.utxos([str(ALICE)])
        assert await node.timestamps([old]) == [NOW - 3_600_000]
