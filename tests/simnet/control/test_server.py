"""The control port: another process controls the network."""

from __future__ import annotations

import inspect
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.control.client import MAX_LINE_BYTES, ControlError, acall, call
from kasgate.simnet.control.server import MAX_CONNECTIONS, ControlServer
from tests.simnet.addresses import ALICE, BOB, CAROL, KAS
from tests.simnet.wire_client import PATIENCE, WireClient

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def server(net: SimulatedNetwork, nursery: trio.Nursery) -> int:
    server: int = await nursery.start(net.serve_control)
    return server


async def test_another_process_pays(net: SimulatedNetwork, server: int) -> None:
    script = (
        "import sys; from kasgate.simnet.control.client import call;"
        "print(call('127.0.0.1', int(sys.argv[1]), 'pay', address=sys.argv[2], sompi=5))"
    )
    with trio.fail_after(30):
        done = await trio.run_process(
            [sys.executable, "-c", script, str(server), ALICE], capture_stdout=True, cwd=ROOT
        )
    assert net.mempool == (done.stdout.decode().strip(),)


async def test_a_payment_can_be_driven_through_the_control_port(
    net: SimulatedNetwork, server: int
) -> None:
    do = partial(acall, HOST, server)
    txid = await do("pay", address=ALICE, sompi=KAS, outputs=2, hold=True)
    await do("mine")
    assert await do("balance", address=ALICE) == 0
    await do("release", txid=txid)
    await do("mine", n=3)
    coins = await do("utxos", address=ALICE)
    assert isinstance(coins, list)
    assert [coin["amount"] for coin in coins] == [KAS // 2] * 2
    assert coins[0]["transaction_id"] == txid
    await do("move_score", txid=txid, by=4)
    assert net.utxos(ALICE)[0][1].daa_score == coins[0]["daa_score"] + 4
    await do("reorg", depth=1)
    await do("withdraw", txid=txid)
    assert await do("balance", address=ALICE) == 0
    await do("restore", txid=txid)
    await do("sweep", address=ALICE, to=CAROL)
    both = await do("pay_many", payments=[[ALICE, 1], [BOB, 2]])
    await do("advance", daa=100)
    assert await do("balance", address=BOB) == 2
    info = await do("info")
    assert isinstance(info, dict)
    assert info["virtual_daa_score"] == net.virtual_daa_score
    assert info["mempool"] == []
    assert info["network"] == "simnet"
    assert both in [a.transaction.id for block in net.chain for a in block.acceptances]


async def test_faults_can_be_set_through_the_control_port(
    net: SimulatedNetwork, server: int, port: int, client: WireClient
) -> None:
    do = partial(acall, HOST, server)
    await do("set_synced", on=False, port=port)
    assert await client.call("getSyncStatus") == {"isSynced": False}
    await do("stall")
    with pytest.raises(ControlError, match="stalled"):
        await do("mine")
    await do("resume")
    await do("disconnect_all")
    await client.wait_closed()


def test_every_control_of_the_network_is_a_command(net: SimulatedNetwork) -> None:
    controls = {
        name
        for name, method in inspect.getmembers(net, inspect.ismethod)
        if not name.startswith("_") and not inspect.iscoroutinefunction(method)
    }
    assert controls | {"info", "utxos"} == set(ControlServer(net).commands)


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("nonsense", {}, "no such command"),
        ("__init__", {}, "no such command"),
        ("pay", {"address": ALICE}, "missing required field `sompi`"),
        ("pay", {"address": ALICE, "sompi": "5"}, "Expected `int`"),
        ("pay", {"address": ALICE, "sompi": 1.5}, "Expected `int`"),
        ("pay", {"address": ALICE, "sompi": 2**64}, "not more than exist"),
        ("pay", {"address": "nobody", "sompi": 5}, "address"),
        ("pay", {"address": ALICE, "sompi": 5, "tip": 1}, "unknown field `tip`"),
        ("mine", {"n": 10**9}, "mined at once"),
        ("set_network_id", {"network_id": "mainnet"}, "cannot be mainnet"),
        ("withdraw", {"txid": "00" * 32}, "No such transaction"),
        ("hang", {"port": 1}, "No node"),
    ],
)
async def test_an_impossible_command_is_refused_with_a_reason(
    server: int, command: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ControlError, match=message):
        await acall(HOST, server, command, **arguments)
    assert await acall(HOST, server, "info")


async def everything(stream: trio.SocketStream) -> bytes:
    """Everything received until the peer ends the connection, in any way."""
    received = b""
    with trio.fail_after(PATIENCE):
        while True:
            try:
                part = await stream.receive_some(1000)
            except trio.BrokenResourceError:  # Closed with bytes of ours unread.
                return received
            if not part:
                return received
            received += part


@pytest.mark.parametrize(
    "line",
    [
        *(b"\n", b"hello\n", b"[]\n", b'{"command":1}\n', b"\xff\n", b"[" * 50_000 + b"\n"),
        *(b'{"command":"no_such_thing"}\n', b'{"command":"__init__"}\n'),
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 18\r\n\r\n",
        b"GET /?%0A HTTP/1.1\r\n",
    ],
)
async def test_the_first_line_that_is_no_command_is_the_last(
    net: SimulatedNetwork, server: int, line: bytes
) -> None:
    score = net.virtual_daa_score
    async with await trio.open_tcp_stream(HOST, server) as stream:
        await stream.send_all(line + b'{"command":"mine","arguments":{"n":3}}\n')
        answers = (await everything(stream)).splitlines()
    assert len(answers) <= 1
    assert all("closed" in json.loads(answer)["error"] for answer in answers)
    assert net.virtual_daa_score == score


async def test_a_command_that_fails_ends_no_connection(server: int) -> None:
    async with await trio.open_tcp_stream(HOST, server) as stream:
        await stream.send_all(b'{"command":"mine","arguments":{"n":"x"}}\n{"command":"info"}\n')
        await stream.send_eof()
        wrong, right = (await everything(stream)).splitlines()
    assert "error" in json.loads(wrong)
    assert json.loads(right)["result"]["network"] == "simnet"


async def test_a_line_has_a_longest_length(server: int) -> None:
    with pytest.raises(ControlError, match="too long"):
        await acall(HOST, server, "pay", address="x" * MAX_LINE_BYTES, sompi=1)
    with trio.fail_after(PATIENCE):
        async with await trio.open_tcp_stream(HOST, server) as stream:
            await stream.send_all(b"x" * (MAX_LINE_BYTES + 1))
            assert b"too long" in await stream.receive_some(1000)


async def test_only_so_many_connections(server: int) -> None:
    streams = [await trio.open_tcp_stream(HOST, server) for _ in range(MAX_CONNECTIONS)]
    for stream in streams:
        await stream.send_all(b'{"command":"info"}\n')
        assert await stream.receive_some(1)
    with pytest.raises(ControlError):
        await acall(HOST, server, "info")
    for stream in streams:
        await stream.aclose()
    with trio.fail_after(PATIENCE):
        while True:
            try:
                await acall(HOST, server, "info")
            except ControlError:
                await trio.lowlevel.checkpoint()
            else:
                break


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
async def test_the_control_port_listens_on_loopback_only(net: SimulatedNetwork, host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        await net.serve_control(host)


async def test_an_unreachable_control_port_is_reported_in_a_sentence() -> None:
    (listener,) = await trio.open_tcp_listeners(0, host=HOST)
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    with pytest.raises(ControlError, match="cannot be reached"):
        await acall(HOST, port, "info")
    with pytest.raises(ControlError, match="cannot be reached"):
        call(HOST, port, "info")
