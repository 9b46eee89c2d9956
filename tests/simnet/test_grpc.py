"""The simulated network's gRPC interface, tested with gRPC's own implementation.

grpcio only carries bytes here. A few lines that know only the field numbers of kaspa.md §3.5 write
and read them. So neither the adapter nor its definition of the messages can share a mistake with
the network.
"""

from __future__ import annotations

import queue
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
import trio

from kasgate.kaspa.address import Address
from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.dag.transactions import COINBASE_SUBNETWORK
from tests.simnet.addresses import ALICE, BOB, KAS, script

PATH = "/protowire.RPC/MessageStream"
PATIENCE = 30.0

ID = 101
ERROR = 1000
COMMAND = 101
STOP = 1
UTXOS_CHANGED = 1051
DAA_SCORE_CHANGED = 1076

Field = tuple[int, "int | str | list[Field]"]
Read = dict[int, list[Any]]


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def write(*fields: Field) -> bytes:
    """Encode a message: numbers, texts, and messages as lists of fields."""
    written = []
    for number, value in fields:
        if isinstance(value, int):
            written += [varint(number << 3), varint(value)]
        else:
            content = value.encode() if isinstance(value, str) else write(*value)
            written += [varint(number << 3 | 2), varint(len(content)), content]
    return b"".join(written)


def read(message: bytes) -> Read:
    """The fields of a message by number. Inner messages stay bytes."""
    fields: Read = {}
    place = 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while place < len(message):
        field, kind = divmod(number(), 8)
        if kind == 0:
            fields.setdefault(field, []).append(number())
        elif kind == 1:
            fields.setdefault(field, []).append(message[place : place + 8])
            place += 8
        else:
            assert kind == 2
            size = number()
            fields.setdefault(field, []).append(message[place : place + size])
            place += size
    return fields


def inside(fields: Read, *path: int) -> Read:
    """The inner message at a path of field numbers."""
    for number in path:
        ((content),) = fields[number]
        fields = read(content)
    return fields


class Client:
    """A stream of messages by grpcio, whose threads stay outside Trio."""

    def __init__(self, call: Any, requests: queue.SimpleQueue[bytes | None]) -> None:
        self._call = call
        self._requests = requests

    async def send(self, *fields: Field) -> None:
        self._requests.put(write(*fields))

    async def receive(self) -> Read:
        message: bytes = await trio.to_thread.run_sync(next, self._call)
        return read(message)

    async def ask(self, request: int, *params: Field, id_: int = 7) -> Read:
        """The payload of the answer, whose field number is the next one (kaspa.md §3.5)."""
        await self.send((ID, id_), (request, list(params)))
        answer = await self.receive()
        assert answer.keys() == {ID, request + 1}
        assert answer[ID] == [id_]
        return inside(answer, request + 1)

    async def end(self) -> grpc.StatusCode:
        """Wait for the end of the stream; returns how it ended. Fails if another message
        arrives."""
        with pytest.raises(BaseException) as raised:  # noqa: PT011
            await self.receive()
        assert isinstance(raised.value, RuntimeError | grpc.RpcError)
        code: grpc.StatusCode = await trio.to_thread.run_sync(self._call.code)
        return code

    def half_close(self) -> None:
        self._requests.put(None)


@asynccontextmanager
async def connected(port: int, path: str = PATH) -> AsyncIterator[Client]:
    requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        method: Any = channel.stream_stream(path)
        call = method(iter(requests.get, None), timeout=PATIENCE)
        try:
            yield Client(call, requests)
        finally:
            requests.put(None)
            call.cancel()


@pytest.fixture
async def port(net: SimulatedNetwork, nursery: trio.Nursery) -> int:
    port: int = await nursery.start(net.serve_grpc)
    return port


@pytest.fixture
async def client(port: int) -> AsyncIterator[Client]:
    async with connected(port) as client:
        yield client


async def test_ids_come_back_as_they_were_given(net: SimulatedNetwork, client: Client) -> None:
    for id_ in (1, 1, 2**64 - 1):
        answer = await client.ask(1012, id_=id_)
        assert answer == {1: [net.sink.encode()]}
    await client.send((1088, []))  # a ping without an id
    assert await client.receive() == {1089: [b""]}


async def test_the_node_says_who_it_is(net: SimulatedNetwork, client: Client) -> None:
    info = await client.ask(1092)
    assert info[1] == [1]
    assert info[4] == [b"simnet"]
    assert (info[5], info[6]) == ([1], [1])
    assert info[7] == [net.virtual_daa_score]
    assert await client.ask(1094) == {1: [1]}
    general = await client.ask(1063)
    assert (general[11], general[12]) == ([1], [1])
    state = await client.ask(1035)
    assert (state[1], state[10]) == ([b"simnet"], [net.sink.encode()])
    net.set_synced(False)
    assert await client.ask(1094) == {}


def expected_utxo(net: SimulatedNetwork, address: str) -> dict[str, Any]:
    ((outpoint, entry),) = net.utxos(address)
    return {
        "address": address,
        "id": outpoint.transaction_id,
        "index": outpoint.index,
        "amount": entry.amount,
        "score": entry.daa_score,
        "script": entry.script[4:],
    }


def shown_utxo(message: bytes) -> dict[str, Any]:
    utxo = read(message)
    outpoint, entry = inside(utxo, 2), inside(utxo, 3)
    # Zero and empty values are not encoded.
    assert 4 not in entry
    assert 6 not in entry
    assert 1 not in inside(entry, 2)
    return {
        "address": utxo[1][0].decode(),
        "id": outpoint[1][0].decode(),
        "index": outpoint.get(2, [0])[0],
        "amount": entry[1][0],
        "score": entry[3][0],
        "script": inside(entry, 2)[2][0].decode(),
    }


async def test_a_coin_looks_as_in_the_sheet(net: SimulatedNetwork, client: Client) -> None:
    net.pay(ALICE, 3 * KAS)
    net.mine(2)
    answer = await client.ask(1052, (1, ALICE), (1, BOB))
    (coin,) = answer[1]
    assert shown_utxo(coin) == expected_utxo(net, ALICE)
    balances = await client.ask(1079, (1, ALICE), (1, BOB))
    assert [read(each) for each in balances[1]] == [
        {1: [ALICE.encode()], 2: [3 * KAS]},
        {1: [BOB.encode()]},
    ]


async def test_a_coin_of_a_covenant_or_a_miner_says_so(
    net: SimulatedNetwork, client: Client
) -> None:
    net.pay(ALICE, KAS, covenant_id="ef" * 32)
    net.pay(BOB, KAS, coinbase=True)
    net.mine(2)
    for address, field, value in ((ALICE, 6, b"ef" * 32), (BOB, 4, 1)):
        answer = await client.ask(1052, (1, address))
        assert inside(answer, 1, 3)[field] == [value]


async def test_changes_are_told_from_the_start_command_to_the_stop(
    net: SimulatedNetwork, client: Client
) -> None:
    assert await client.ask(1049, (1, ALICE), (1, BOB)) == {}
    assert await client.ask(1049, (1, BOB), (COMMAND, STOP)) == {}
    net.pay(BOB, KAS)
    net.pay(ALICE, 3 * KAS)
    net.mine()
    told = await client.receive()
    assert told.keys() == {UTXOS_CHANGED}  # no id
    difference = inside(told, UTXOS_CHANGED)
    assert difference.keys() == {1}
    assert shown_utxo(difference[1][0]) == expected_utxo(net, ALICE)
    net.mine()
    difference = inside(await client.receive(), UTXOS_CHANGED)
    assert difference.keys() == {1, 2}
    assert shown_utxo(difference[1][0]) == expected_utxo(net, ALICE)


async def test_scores_the_chain_and_the_override_are_told(
    net: SimulatedNetwork, client: Client
) -> None:
    for request in (1074, 1056, 1067):
        assert await client.ask(request) == {}
    assert await client.ask(1022, (1, 1)) == {}
    net.mine()
    # In the node's order (kaspa.md §4.1).
    told = [await client.receive() for _ in range(3)]
    sink = net.chain[-1]
    assert inside(told[0], 1058) == {1: [sink.blue_score]}
    assert inside(told[1], DAA_SCORE_CHANGED) == {1: [net.virtual_daa_score]}
    chain = inside(told[2], 1024)
    assert chain[3] == [sink.hash.encode()]
    accepted = read(chain[2][0])
    assert accepted[1] == [sink.hash.encode()]
    assert len(accepted[2]) == 1, "the coinbase of the block before"
    net.override_utxo_set()
    assert await client.receive() == {1069: [b""]}
    for request in (1074, 1056, 1067, 1022):
        assert await client.ask(request, (COMMAND, STOP)) == {}
    net.mine()
    net.override_utxo_set()
    assert await client.ask(1088) == {}


async def test_the_chain_is_told_by_ids_and_with_outputs(
    net: SimulatedNetwork, client: Client
) -> None:
    start = net.sink
    paid = net.pay(ALICE, 3 * KAS)
    net.mine(2)
    accepting = net.chain[-1]
    hashes = [block.hash.encode() for block in net.chain[-2:]]
    ids = await client.ask(1029, (1, start), (2, 1))
    assert ids[3] == hashes
    accepted = read(ids[2][1])
    assert accepted[1] == [hashes[1]]
    assert accepted[2][1:] == [paid.encode()], "after the coinbase of the block before"

    whole = await client.ask(1114, (1, start), (2, 1))
    assert whole[2] == hashes
    block = read(whole[3][1])
    header = inside(block, 2)
    assert header[2] == [hashes[1]]
    assert header[8] == [accepting.timestamp]
    assert header[11] == [accepting.daa_score]
    assert read(block[3][0])[6] == [COINBASE_SUBNETWORK.encode()]
    transaction = read(block[3][1])
    assert transaction[6] == [b"00" * 20]
    assert inside(transaction, 10)[2] == [paid.encode()]
    output = read(transaction[4][0])
    assert output[2] == [3 * KAS]
    assert inside(output, 3) == {2: [script(1)[4:].encode()]}
    assert inside(output, 4) == {2: [b"pubkey"], 3: [ALICE.encode()]}


async def test_a_block_is_told_with_what_it_contains(net: SimulatedNetwork, client: Client) -> None:
    paid = net.pay(ALICE, 3 * KAS)
    net.mine()
    answer = await client.ask(1025, (1, net.sink), (3, 1))
    block = inside(answer, 3)
    assert inside(block, 1)[9] == [net.chain[-1].daa_score]
    assert inside(block, 3)[1] == [net.sink.encode()]
    assert inside(block, 3)[18] == [net.chain[-2].hash.encode()]
    reward, transaction = (read(each) for each in block[2])
    assert reward[5] == [COINBASE_SUBNETWORK.encode()]
    assert inside(transaction, 9)[1] == [paid.encode()]
    assert inside(transaction, 3)[1] == [3 * KAS]
    assert transaction[5] == [b"00" * 20]


async def test_a_transaction_may_be_sent_and_is_found_by_its_score(
    net: SimulatedNetwork, client: Client
) -> None:
    net.pay(ALICE, 3 * KAS)
    net.mine(2)
    ((outpoint, entry),) = net.utxos(ALICE)
    spent: list[Field] = [
        (1, [(1, outpoint.transaction_id), (2, outpoint.index)]),
        (2, "41" + 65 * "00"),
        (5, 1),
    ]
    paid: list[Field] = [(1, 2 * KAS), (2, [(2, Address.from_text(BOB).script_public_key[4:])])]
    sent = await client.ask(1020, (1, [(2, spent), (3, paid), (5, "00" * 20)]))
    transaction_id = sent[1][0].decode()
    net.mine(2)
    assert net.balance(BOB) == 2 * KAS
    ((_, coin),) = net.utxos(BOB)
    assert coin.daa_score != entry.daa_score
    found = await client.ask(1112, (1, transaction_id), (2, coin.daa_score))
    assert found == {1: [ALICE.encode()]}
    missed = await client.ask(1112, (1, transaction_id), (2, entry.daa_score))
    assert inside(missed, ERROR)[1][0].startswith(b"utxo inquirer error: ")


async def test_times_are_estimated(net: SimulatedNetwork, client: Client) -> None:
    await client.send((ID, 1), (1096, [(1, net.chain[-1].daa_score)]))
    answer = inside(await client.receive(), 1097)
    # A repeated number is packed, even a single one.
    assert answer.keys() == {1}
    assert read(b"\x08" + answer[1][0]) == {1: [net.chain[-1].timestamp]}


async def test_an_error_stands_in_its_field(net: SimulatedNetwork, client: Client) -> None:
    net.set_utxoindex(False)
    refused = await client.ask(1052, (1, ALICE))
    assert refused.keys() == {ERROR}
    assert b"--utxoindex" in inside(refused, ERROR)[1][0]
    net.fail_next("subscribe", 1, "not today")
    assert inside(await client.ask(1049, (1, ALICE)), ERROR) == {1: [b"not today"]}
    unknown = await client.ask(1025, (1, "ab" * 32))
    assert b"cannot find header" in inside(unknown, ERROR)[1][0]


@pytest.mark.parametrize("request_", [[(1999, [])], [], [(101, 5)]])
async def test_a_request_nobody_knows_ends_the_stream_without_an_error(
    request_: list[Field], client: Client
) -> None:
    await client.send(*request_)
    assert await client.end() is grpc.StatusCode.OK


async def test_garbage_ends_the_stream_of_its_client_only(port: int) -> None:
    async with connected(port) as good, connected(port) as bad:
        bad._requests.put(b"\x00garbage")
        await bad.end()
        assert (await good.ask(1088)) == {}


async def test_a_client_that_is_done_is_bid_farewell(client: Client) -> None:
    assert await client.ask(1088) == {}
    client.half_close()
    assert await client.end() is grpc.StatusCode.OK


@pytest.mark.parametrize("path", ["/protowire.RPC/Other", "/other.RPC/MessageStream"])
async def test_other_methods_are_unimplemented(path: str, port: int) -> None:
    async with connected(port, path) as client:
        assert await client.end() is grpc.StatusCode.UNIMPLEMENTED


async def test_grpc_shows_the_same_faults_as_wrpc(
    net: SimulatedNetwork, port: int, client: Client
) -> None:
    net.pay(ALICE, KAS)
    net.mine(2)
    net.answer_empty(1, port=port)
    assert await client.ask(1052, (1, ALICE)) == {}
    assert len((await client.ask(1052, (1, ALICE)))[1]) == 1
    net.garbage(1, port=port)
    message: bytes = await trio.to_thread.run_sync(next, client._call)
    assert message.startswith(b"\x00")  # no field begins with it
    assert net.connections == 1
    net.disconnect_all(port=port)
    assert await client.end() is grpc.StatusCode.UNAVAILABLE
    assert net.connections == 0


async def test_grpc_and_wrpc_show_the_same_network(
    net: SimulatedNetwork, nursery: trio.Nursery, client: Client
) -> None:
    json_port: int = await nursery.start(net.serve)
    assert json_port in net.ports
    assert len(net.ports) == 2
    net.mine(3)
    assert await client.ask(1012) == {1: [net.sink.encode()]}


def many(count: int) -> Iterator[Field]:
    return ((1, ALICE) for _ in range(count))


async def test_a_request_and_an_answer_larger_than_the_windows_come_through(
    net: SimulatedNetwork, client: Client
) -> None:
    for _ in range(100):
        net.pay(ALICE, 1_000 * KAS, outputs=100)
    net.mine(2)
    answer = await client.ask(1052, *many(20_000))
    assert len(answer[1]) == 10_000
