"""The simulated network's REST interface: the shapes and quirks of api.kaspa.org (kaspa.md §6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import trio
from trio.testing import MockClock

from kasgate.simnet import SimulatedNetwork
from tests.simnet.addresses import ALICE, BOB, KAS


@pytest.fixture
async def rest_port(net: SimulatedNetwork, nursery: trio.Nursery) -> int:
    port: int = await nursery.start(net.serve_rest)
    return port


@pytest.fixture
async def http(rest_port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{rest_port}", timeout=20) as client:
        yield client


async def utxos(http: httpx.AsyncClient, *addresses: str) -> list[dict[str, Any]]:
    answer = await http.post("/addresses/utxos", json={"addresses": addresses})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def accepted(http: httpx.AsyncClient, *txids: str) -> list[bool]:
    answer = await http.post("/transactions/acceptance", json={"transactionIds": txids})
    assert answer.status_code == 200, answer.text
    return [each["accepted"] for each in answer.json()]


async def test_amounts_and_scores_are_text_and_scripts_have_no_version(
    net: SimulatedNetwork, http: httpx.AsyncClient
) -> None:
    txid = net.pay(ALICE, KAS)
    net.mine(2)
    (coin,) = await utxos(http, ALICE, BOB)
    ((_, entry),) = net.utxos(ALICE)
    assert coin == {
        "address": ALICE,
        "outpoint": {"transactionId": txid, "index": 0},
        "utxoEntry": {
            "amount": str(KAS),
            "scriptPublicKey": {"scriptPublicKey": entry.script[4:]},
            "blockDaaScore": str(entry.daa_score),
            "isCoinbase": False,
        },
    }
    assert (await http.get(f"/addresses/{ALICE}/utxos")).json() == [coin]
    dag = (await http.get("/info/blockdag")).json()
    assert dag["virtualDaaScore"] == str(net.virtual_daa_score)
    assert dag["networkName"] == "kaspa-simnet"


async def test_an_address_with_more_than_ten_thousand_outputs_has_none(
    net: SimulatedNetwork, http: httpx.AsyncClient
) -> None:
    net.pay(ALICE, KAS, outputs=10_000)
    net.pay(BOB, KAS)
    net.mine(2)
    assert len(await utxos(http, ALICE, BOB)) == 10_001
    net.pay(ALICE, KAS)
    net.mine(2)
    assert [coin["address"] for coin in await utxos(http, ALICE, BOB)] == [BOB]
    assert (await http.get(f"/addresses/{ALICE}/utxos")).json() == []


async def test_the_database_remembers_what_was_spent_and_what_the_node_pruned(
    net: SimulatedNetwork, http: httpx.AsyncClient
) -> None:
    txid = net.pay(ALICE, KAS)
    net.mine(2)
    sweep = net.sweep(ALICE)
    net.mine(30)
    net.prune(5)
    path = f"/addresses/{ALICE}/full-transactions"
    rows = (await http.get(path)).json()
    assert [row["transaction_id"] for row in rows] == [sweep, txid]
    assert [(o["amount"], o["script_public_key_address"]) for o in rows[1]["outputs"]] == [
        (KAS, ALICE)
    ]
    assert rows[1]["is_accepted"]
    block = (await http.get(f"/blocks/{rows[1]['accepting_block_hash']}")).json()
    assert block["verboseData"]["hash"] == rows[1]["accepting_block_hash"]
    assert block["header"]["timestamp"] == str(rows[1]["accepting_block_time"])
    assert (await http.get(f"/blocks/{'ab' * 32}")).status_code == 404
    page = await http.get(path, params={"limit": 1, "offset": 1, "fields": "transaction_id"})
    assert page.json() == [{"transaction_id": txid}]
    assert (await http.get(path, params={"limit": 501})).status_code == 422


async def test_acceptance_follows_the_selected_chain(
    net: SimulatedNetwork, http: httpx.AsyncClient
) -> None:
    txid, unknown = net.pay(ALICE, KAS), "ab" * 32
    net.mine()
    assert await accepted(http, txid, unknown) == [False, False], "virtual alone has it"
    net.mine()
    assert await accepted(http, txid, unknown) == [True, False]
    net.withdraw(txid)
    assert await accepted(http, txid) == [False]
    net.restore(txid)
    net.mine(2)
    assert await accepted(http, txid) == [True]
    too_many = {"transactionIds": [unknown] * 1_001}
    assert (await http.post("/transactions/acceptance", json=too_many)).status_code == 422


async def test_a_server_without_a_database_says_so(
    net: SimulatedNetwork, http: httpx.AsyncClient
) -> None:
    net.set_database(False)
    answer = await http.post("/transactions/acceptance", json={"transactionIds": []})
    assert answer.status_code == 503
    assert "SQL database" in answer.json()["detail"]
    health = await http.get("/info/health")
    assert health.status_code == 503
    assert health.json()["kaspadServers"][0]["isSynced"]
    assert await utxos(http, ALICE) == []
    net.set_database(True)
    assert (await http.get("/info/health")).status_code == 200


async def test_caches_and_lag_make_answers_old(
    net: SimulatedNetwork, http: httpx.AsyncClient, mock_clock: MockClock
) -> None:
    async def score() -> int:
        return int((await http.get("/info/blockdag")).json()["virtualDaaScore"])

    net.cache_answers(8)
    before = await score()
    net.pay(ALICE, KAS)
    net.mine(2)
    assert await score() == before
    assert len(await utxos(http, ALICE)) == 1, "a POST is not kept"
    mock_clock.jump(8)
    assert await score() == before + 2
    net.cache_answers(8, posts=True)
    assert await utxos(http, BOB) == []
    net.pay(BOB, KAS)
    net.mine(2)
    assert await utxos(http, BOB) == []
    net.cache_answers(0)
    assert len(await utxos(http, BOB)) == 1
    net.lag(5)
    net.mine(10)
    assert await score() == before + 4
    mock_clock.jump(5)
    assert await score() == before + 14


async def test_faults_of_other_nodes_are_faults_here_too(
    net: SimulatedNetwork, http: httpx.AsyncClient
) -> None:
    net.refuse_requests(2, 30)
    for _ in range(2):
        refused = await http.get("/info/blockdag")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    net.garbage(1)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        (await http.get("/info/blockdag")).json()
    net.fail_next("/info/blockdag", 1, "boom")
    assert (await http.get("/info/blockdag")).status_code == 500
    net.set_utxoindex(False)
    answer = await http.post("/addresses/utxos", json={"addresses": [ALICE]})
    assert answer.status_code == 400
    net.set_utxoindex(True)
    net.answer_empty(1)
    net.pay(ALICE, KAS)
    net.mine(2)
    assert await utxos(http, ALICE) == []
    assert len(await utxos(http, ALICE)) == 1
    net.set_network_id("testnet-10")
    assert (await http.get("/info/blockdag")).json()["networkName"] == "kaspa-testnet-10"
    net.refuse_connections(on=True)
    net.disconnect_all()
    with pytest.raises(httpx.TransportError):
        await http.get("/info/blockdag")


async def test_a_hanging_server_answers_when_it_is_let_go(
    net: SimulatedNetwork, http: httpx.AsyncClient
) -> None:
    net.hang()
    answered = trio.Event()

    async def ask() -> None:
        await http.get("/info/blockdag")
        answered.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        with trio.move_on_after(0.2):
            await answered.wait()
        assert not answered.is_set()
        net.unhang()
        with trio.fail_after(30):
            await answered.wait()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", b"", 404),
        ("POST", "/info/blockdag", b"", 404),
        ("POST", "/addresses/utxos", b"{", 422),
        ("POST", "/addresses/utxos", b'{"addresses": [7]}', 422),
        ("POST", "/addresses/utxos", b'{"addresses": ["kaspa:qq"]}', 422),
        ("POST", "/addresses/utxos", b'{"addresses": ["kaspasim:qq"]}', 400),
        ("GET", f"/addresses/{ALICE}/full-transactions?offset=x", b"", 422),
    ],
)
async def test_wrong_requests_are_refused_in_the_servers_form(
    http: httpx.AsyncClient, method: str, path: str, body: bytes, status: int
) -> None:
    answer = await http.request(method, path, content=body)
    assert answer.status_code == status
    assert "detail" in answer.json()


async def test_a_client_that_speaks_no_http_harms_nobody(
    net: SimulatedNetwork, http: httpx.AsyncClient, rest_port: int
) -> None:
    too_long = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + bytes(250_000)
    for noise in (b"\x00\x01\x02\r\n\r\n", too_long):
        stream = await trio.open_tcp_stream("127.0.0.1", rest_port)
        async with stream:
            with trio.move_on_after(5):
                try:
                    await stream.send_all(noise)
                    while await stream.receive_some():
                        pass
                except trio.BrokenResourceError:
                    pass  # cut off in the middle
    assert (await http.get("/info/health")).status_code == 200
    while net.connections > 1:  # noqa: ASYNC110 - the server is another task of ours
        await trio.sleep(0.01)
