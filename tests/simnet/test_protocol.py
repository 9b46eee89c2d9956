"""The node reads frames as strictly as a real one (kaspa.md §3.2)."""

from __future__ import annotations

import pytest
import trio
from trio_websocket import ConnectionClosed

from kasgate.simnet import SimulatedNetwork
from tests.simnet.addresses import ALICE
from tests.simnet.wire_client import RpcFailure, WireClient, connect


async def test_the_payload_of_a_response_stands_in_params(client: WireClient) -> None:
    await client.send('{"id":18446744073709551615,"method":"getSyncStatus","params":{}}')
    assert await client.receive() == {
        "id": 18446744073709551615,
        "method": "getSyncStatus",
        "params": {"isSynced": True},
    }


async def test_an_error_has_code_zero_and_null_data(client: WireClient) -> None:
    await client.send({"id": 7, "method": "getMempoolEntry", "params": {"transactionId": "x"}})
    assert await client.receive() == {
        "id": 7,
        "method": "getMempoolEntry",
        "error": {"code": 0, "message": "request deserialization error", "data": None},
    }


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "",
        "[]",
        "{",
        '{"id":1,"method":"noSuchMethod","params":{}}',
        '{"id":1,"method":"Ping","params":{}}',
        '{"id":1,"params":{}}',
        '{"id":1,"method":"ping"}',
        '{"id":"1","method":"ping","params":{}}',
        '{"id":-1,"method":"ping","params":{}}',
        '{"id":1.5,"method":"ping","params":{}}',
        '{"id":18446744073709551616,"method":"ping","params":{}}',
        '{"id":1,"method":7,"params":{}}',
        '{"id":1,"method":"ping","params":' + "[" * 100_000,
        '{"method":"noSuchMethod","params":{}}',
    ],
)
async def test_a_frame_it_cannot_parse_closes_the_socket_without_a_word(
    client: WireClient, frame: str
) -> None:
    await client.send(frame)
    await client.wait_closed()


async def test_a_binary_message_closes_the_socket(client: WireClient) -> None:
    await client.socket.send_message(b'{"id":1,"method":"ping","params":{}}')
    await client.wait_closed()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("ping", None),
        ("ping", 5),
        ("getUtxosByAddresses", {}),
        ("getUtxosByAddresses", {"addresses": "kaspasim:x"}),
        ("getUtxosByAddresses", {"addresses": [ALICE[:-1]]}),
        ("getBlock", {"hash": "00" * 32}),
        ("getBlock", {"hash": "00", "includeTransactions": True}),
        ("getUtxoReturnAddress", {"txid": "00" * 32, "acceptingBlockDaaScore": -1}),
        ("subscribe", {}),
        ("subscribe", {"NoSuchEvent": {}}),
        ("subscribe", {"UtxosChanged": {}}),
        ("subscribe", {"VirtualChainChanged": {"includeAcceptedTransactionIds": True}}),
    ],
)
async def test_wrong_params_are_an_error_that_does_not_say_which(
    client: WireClient, method: str, params: object
) -> None:
    await client.send({"id": 1, "method": method, "params": params})
    answer = await client.receive()
    assert answer["error"]["message"] == "request deserialization error"
    assert await client.call("ping") == {}


async def test_a_known_method_without_a_handler_is_an_error(client: WireClient) -> None:
    with pytest.raises(RpcFailure, match="RPC method not found"):
        await client.call("getHeaders")


async def test_a_request_without_id_is_not_answered_and_does_nothing(client: WireClient) -> None:
    await client.send({"method": "subscribe", "params": {"VirtualDaaScoreChanged": {}}})
    await client.send({"id": None, "method": "ping", "params": {}})
    await client.send({"id": 5, "method": "ping", "params": {}})
    assert (await client.receive())["id"] == 5


async def test_unknown_fields_are_ignored(client: WireClient) -> None:
    assert await client.call("ping", {"what": "ever"}) == {}


async def test_requests_are_answered_in_their_order(client: WireClient) -> None:
    for number in range(50):
        await client.send({"id": number, "method": "getSink", "params": {}})
    assert [(await client.receive())["id"] for _ in range(50)] == list(range(50))


async def test_one_bad_client_does_not_disturb_the_others(
    client: WireClient, port: int, net: SimulatedNetwork
) -> None:
    async with connect(port) as bad:
        await bad.send("garbage")
        await bad.wait_closed()
    assert await client.call("ping") == {}
    assert net.connections == 1


async def test_a_client_without_websocket_is_refused(port: int, client: WireClient) -> None:
    with trio.fail_after(30):
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = await stream.receive_some(1000)
            assert b" 4" in said.split(b"\r\n")[0]
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(b"\x16\x03\x01 hello?\r\n\r\n")
            while await stream.receive_some(1000):
                pass
    assert await client.call("ping") == {}


async def test_the_client_may_say_goodbye(client: WireClient, net: SimulatedNetwork) -> None:
    await client.call("ping")
    with trio.fail_after(30):
        await client.socket.aclose()
        with pytest.raises(ConnectionClosed):
            await client.socket.get_message()
        while net.connections:
            await trio.lowlevel.checkpoint()


async def test_websocket_pings_are_answered(client: WireClient) -> None:
    with trio.fail_after(30):
        await client.socket.ping(b"there?")
