"""Behaviour specific to gRPC: HTTP/2, protobuf, old nodes, and that asyncio leaves nothing behind.
Tests for all transports are in test_node_link.py."""

from __future__ import annotations

import gc
import os
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent import futures
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import grpc as grpcio
import pytest
import trio
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped]
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from h2.exceptions import ProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from kasgate.kaspa import link
from kasgate.kaspa.grpc import stream as grpc_stream
from kasgate.kaspa.node import (
    DaaScoreChanged,
    NodeError,
    NodeRefused,
    NodeUnavailable,
)
from kasgate.kaspa.protowire import node_pb2 as pb
from tests.kaspa.node_links import (
    ALICE,
    BLOCK,
    BOB,
    TX,
    Grpc,
    GrpcPeer,
    Json,
    Link,
    Peer,
    changed,
    next_notification,
    output,
    reason_of_death,
    score,
    serving,
    telling,
)

GRPC = Grpc()
SCORE_5 = pb.Response(virtual_daa_score_changed=pb.VirtualDaaScoreChanged(virtual_daa_score=5))


# Servers that are not kaspad


Reply = Callable[[H2Connection, int], None]


def head(*headers: tuple[str, str], end: bool = False) -> Reply:
    return lambda h2, stream_id: h2.send_headers(stream_id, headers, end_stream=end)


ACCEPT = head((":status", "200"), ("content-type", "application/grpc"))


def framed(message: bytes, *, compressed: int = 0, length: int | None = None) -> bytes:
    return struct.pack(">BI", compressed, len(message) if length is None else length) + message


def at_once(*replies: Reply) -> Reply:
    def reply(h2: H2Connection, stream_id: int) -> None:
        for each in replies:
            each(h2, stream_id)

    return reply


def data(content: bytes, *, end: bool = False) -> Reply:
    return lambda h2, stream_id: h2.send_data(stream_id, content, end_stream=end)


@asynccontextmanager
async def http2(reply: Reply, *later: Reply) -> AsyncIterator[str]:
    """An HTTP/2 server that sends this reply to the head of a request, in steps, and then reads."""

    async def serve(stream: trio.SocketStream) -> None:
        h2 = H2Connection(H2Configuration(client_side=False))
        h2.initiate_connection()
        await stream.send_all(h2.data_to_send())
        while received := await stream.receive_some():
            try:
                events = h2.receive_data(bytes(received))
            except ProtocolError:
                return  # The client's answers may arrive after this side has closed.
            for event in events:
                if isinstance(event, RequestReceived):
                    reply(h2, event.stream_id or 0)
                    for each in later:
                        await stream.send_all(h2.data_to_send())
                        await wait_all_tasks_blocked(0.01)
                        each(h2, event.stream_id or 0)
            await stream.send_all(h2.data_to_send())

    async with GRPC.raw(serve) as url:
        yield url


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (head((":status", "200"), ("content-type", "text/html")), "speaks no gRPC.*text/html"),
        (head((":status", "200")), "speaks no gRPC.*not given"),
        (head((":status", "404"), ("content-type", "text/html")), "HTTP status 404"),
        (
            head(
                (":status", "200"),
                ("content-type", "application/grpc"),
                ("grpc-status", "8"),
                ("grpc-message", "full capacity %E2%9C%93%0A%1B[31mred"),
                end=True,
            ),
            r"gRPC status RESOURCE_EXHAUSTED: full capacity ✓ \[31mred",
        ),
        (head((":status", "200"), ("grpc-status", "999"), end=True), "gRPC status 999"),
        (lambda h2, stream_id: h2.reset_stream(stream_id, 7), "reset the stream .*error 7"),
        (
            lambda h2, stream_id: h2.close_connection(11, additional_data=b"calm\ndown"),
            "ended the connection .*error 11: calm down",
        ),
        (head((":status", "200"), ("content-type", "application/grpcweb")), "speaks no gRPC"),
    ],
)
async def test_a_server_that_serves_something_else_is_refused(reply: Reply, reason: str) -> None:
    async with http2(reply) as url:
        with pytest.raises(NodeUnavailable, match=f"can't be reached: it .*{reason}"):
            async with GRPC.connect(url):
                pytest.fail("connected to what is no node")


@pytest.mark.parametrize(
    "speech",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"\x00\xff" * 100,
    ],
)
async def test_a_server_that_speaks_no_http2_is_refused_at_once(speech: bytes) -> None:
    async def speak(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):  # it may stop reading before the end
            for byte in speech:  # in whatever parts it comes
                await stream.send_all(bytes([byte]))
            await trio.sleep_forever()

    async with GRPC.raw(speak) as url:
        assert "speaks no HTTP/2" in await GRPC.refused(url, connect_timeout=float("inf"))


async def test_a_stream_that_is_never_accepted_is_given_up(mock_clock: MockClock) -> None:
    async with http2(lambda h2, stream_id: mock_clock.jump(10)) as url:
        assert "no answer within 10 s" in await GRPC.refused(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1", "grpc://host:port"),
        ("grpc://", "grpc://host:port"),
        ("grpc://127.0.0.1", "grpc://host:port"),
        ("127.0.0.1:16110", "grpc://host:port"),
        ("grpc://127.0.0.1:99999", "Port out of range"),
        ("grpc://[::1", "Invalid IPv6 URL"),
    ],
)
async def test_what_is_no_grpc_url_is_refused(url: str, reason: str) -> None:
    assert reason in await GRPC.refused(url)


# Ends of a stream, once it was open


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (head(("grpc-status", "0"), end=True), "ended the stream."),
        (
            head(("grpc-status", "14"), ("grpc-message", "shutting%20down"), end=True),
            "gRPC status UNAVAILABLE: shutting down",
        ),
        (head(("x-nothing", "said"), end=True), "gRPC status missing"),
        (lambda h2, stream_id: h2.end_stream(stream_id), "without saying why"),
        (data(framed(b"", length=100)[:3], end=True), "without saying why"),
        (lambda h2, stream_id: h2.reset_stream(stream_id, 8), "reset the stream .*error 8"),
        (lambda h2, stream_id: h2.close_connection(0), "ended the connection .*error 0"),
        (data(framed(b"\x00")), "does not decode"),
        (data(framed(b"\x0a\xff")), "does not decode"),
        (data(framed(b"", compressed=1)), "compressed message"),
        (data(framed(b"", length=2**32 - 1)), "maximum message size"),
        (data(framed(b"", length=64 * 2**20 + 1)), "maximum message size"),
    ],
)
async def test_what_was_said_before_an_end_is_told_and_then_why_it_ended(
    ending: Reply, reason: str
) -> None:
    last_words = data(framed(SCORE_5.SerializeToString()))
    async with http2(ACCEPT, at_once(last_words, ending)) as url, GRPC.connect(url) as link:
        assert await next_notification(link) == DaaScoreChanged(5)
        with pytest.raises(NodeUnavailable, match=reason):
            await next_notification(link)
        await reason_of_death(link)


async def test_a_message_may_come_byte_by_byte_and_many_at_once() -> None:
    one = framed(SCORE_5.SerializeToString())
    async with (
        http2(ACCEPT, *[data(bytes([byte])) for byte in one]) as url,
        GRPC.connect(url) as link,
    ):
        assert await next_notification(link) == DaaScoreChanged(5)
    entries = [pb.Response(utxos_changed=pb.UtxosChanged()) for _ in range(1_000)]
    many = b"".join(framed(entry.SerializeToString()) for entry in entries)
    async with http2(ACCEPT, data(many)) as url, GRPC.connect(url) as link:
        for _ in range(1_000):
            await next_notification(link)


async def test_a_message_larger_than_the_window_comes_through() -> None:
    unknown_field = b"\x7a" + b"\x80\x80\x80\x0a" + bytes(20 * 2**20)  # field 15, 20 MiB

    async def talk(peer: Peer) -> None:
        await peer.send(unknown_field)
        await peer.send(score(1))

    async with GRPC.linked(talk) as (link, _):
        assert await next_notification(link) == DaaScoreChanged(1)


async def test_pings_of_a_node_that_reads_no_answers_are_not_answered_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grpc_stream, "_UNSENT", 50_000)
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_connection()
    # Nothing of it is ever written.
    stream = grpc_stream.MessageStream(memory_stream_pair()[0], "a node")
    for _ in range(1_000):
        server.ping(bytes(8))
    pings = server.data_to_send()
    for _ in range(100):
        stream.take(pings)
    assert 50_000 < len(stream._unsent) < 100_000
    with pytest.raises(link.Ended, match="makes us answer more than it reads"):
        await stream.receive()


# Protobuf content


@pytest.mark.parametrize(
    "response",
    [
        pb.Response(utxos_changed=pb.UtxosChanged(added=[pb.Utxo()])),
        pb.Response(
            utxos_changed=pb.UtxosChanged(
                added=[pb.Utxo(outpoint=pb.Outpoint(transaction_id=TX), utxo_entry=pb.UtxoEntry())]
            )
        ),
        pb.Response(
            virtual_daa_score_changed=pb.VirtualDaaScoreChanged(virtual_daa_score=2**64 - 1)
        ),
        pb.Response(get_sink=pb.GetSinkResponse(sink=BLOCK)),
    ],
)
async def test_nonsense_ends_the_link(response: pb.Response) -> None:
    async with GRPC.linked(telling(response.SerializeToString())) as (link, _):
        assert await reason_of_death(link)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 2**63},
        {"blockDaaScore": 2**63},
        {"transactionId": "AB" * 32},
        {"transactionId": "ab" * 31},
        {"transactionId": "ab" * 32 + "\n"},
        {"transactionId": ""},
    ],
)
async def test_an_output_that_can_not_be_ends_the_link(changes: Json) -> None:
    async with GRPC.linked(telling(changed([output(**changes)]))) as (link, _):
        assert "sent " in await reason_of_death(link)


async def test_a_node_that_does_not_number_its_answers_is_told_by_name() -> None:
    async def answer_without_a_number(peer: Peer) -> None:
        request = await peer.take()
        await peer.answer({**request, "id": 0}, {"sink": BLOCK})

    async with GRPC.linked(answer_without_a_number) as (link, _):
        with pytest.raises(NodeUnavailable, match="does not number its answers"):
            await link.sink()


@pytest.mark.parametrize("answer", [pb.Response(id=1), pb.Response(id=1, ping=pb.Done())])
async def test_an_answer_of_another_kind_ends_the_link(answer: pb.Response) -> None:
    async def mix_up(peer: Peer) -> None:
        await peer.take()
        await peer.send(answer.SerializeToString())

    async with GRPC.linked(mix_up) as (link, _):
        with pytest.raises(NodeUnavailable, match="answered getSink with something else"):
            await link.sink()


async def test_a_sink_that_is_no_hash_ends_the_link() -> None:
    async with GRPC.linked(serving(getSink={"sink": "x"})) as (link, _):
        with pytest.raises(NodeUnavailable, match="block hash"):
            await link.sink()
        await reason_of_death(link)


@given(messages=st.lists(st.binary(max_size=200), min_size=1, max_size=4))
@settings(max_examples=60)
async def test_whatever_a_node_sends_only_a_node_error_can_come_of_it(
    messages: list[bytes],
) -> None:
    async def script(peer: Peer) -> None:
        for message in messages:
            await peer.send(message)
        await peer.leave()

    async with GRPC.linked(script) as (link, _):
        with pytest.raises(NodeError):
            async for _ in link.notifications():
                pass


MUTATED = pb.Response(
    utxos_changed=pb.UtxosChanged(
        added=[
            pb.Utxo(
                address=str(ALICE),
                outpoint=pb.Outpoint(transaction_id=TX, index=3),
                utxo_entry=pb.UtxoEntry(
                    amount=7,
                    block_daa_score=8,
                    script_public_key=pb.Script(script_public_key=ALICE.script_public_key[4:]),
                ),
            )
        ]
    )
).SerializeToString()


@given(place=st.integers(0, len(MUTATED) - 1), byte=st.integers(0, 255))
@settings(max_examples=60)
async def test_a_byte_changed_on_the_way_harms_nobody_else(place: int, byte: int) -> None:
    message = MUTATED[:place] + bytes([byte]) + MUTATED[place + 1 :]

    async def script(peer: Peer) -> None:
        await peer.send(message)
        await peer.leave()

    async def read(link: Link) -> None:
        async for told in link.notifications():
            for utxo in told.added:  # type: ignore[union-attr]
                assert utxo.address == str(ALICE)
                assert len(utxo.outpoint.transaction_id) == 64

    async with GRPC.linked(script) as (link, _):
        with pytest.raises(NodeError):
            await read(link)


# The wire format against gRPC's own implementation


def test_the_generated_code_is_that_of_the_definition(tmp_path: Path) -> None:
    """If this fails: make proto."""
    source, found = pb.DESCRIPTOR.name, tmp_path / "found"
    root = Path(pb.__file__).parents[3]
    assert protoc.main(["protoc", f"-I{root}", f"--descriptor_set_out={found}", source]) == 0
    (defined,) = FileDescriptorSet.FromString(found.read_bytes()).file
    generated = FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(generated)
    for file in (defined, generated):
        for message in file.message_type:
            for field in message.field:
                field.ClearField("json_name")
    assert generated == defined


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def number_field(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number)


def text_field(field: int, content: bytes | str) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


async def test_grpcio_understands_us_and_we_understand_grpcio() -> None:
    """The server knows only the field numbers of kaspa.md §3.5."""
    asked: list[bytes] = []

    def stream(requests: Any, context: Any) -> Any:
        context.send_initial_metadata(())
        for request in requests:
            asked.append(request)
            yield text_field(1076, number_field(1, 77))  # a notification has no id
            if len(asked) == 1:
                yield number_field(101, 1) + text_field(1013, text_field(1, BLOCK))
            else:
                error = text_field(1000, text_field(1, "no such thing"))
                yield number_field(101, 2) + text_field(1053, error)

    handler = grpcio.method_handlers_generic_handler(
        "protowire.RPC", {"MessageStream": grpcio.stream_stream_rpc_method_handler(stream)}
    )
    server = grpcio.server(futures.ThreadPoolExecutor(2), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with trio.fail_after(30):
            async with GRPC.connect(f"grpc://127.0.0.1:{port}") as link:
                assert await link.sink() == BLOCK
                with pytest.raises(NodeRefused, match="getUtxosByAddresses: no such thing"):
                    await link.utxos([str(ALICE), str(BOB)])
                assert await next_notification(link) == DaaScoreChanged(77)
    finally:
        await trio.to_thread.run_sync(server.stop(0).wait)
    addresses = text_field(1, str(ALICE)) + text_field(1, str(BOB))
    assert asked == [
        number_field(101, 1) + text_field(1012, b""),
        number_field(101, 2) + text_field(1052, addresses),
    ]


# Nothing stays behind


def open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


async def leave(url: str) -> None:
    async with GRPC.connect(url) as link:
        await link.sink()


async def be_cancelled(url: str) -> None:
    with trio.CancelScope() as scope:
        async with GRPC.connect(url) as link:
            await link.sink()
            scope.cancel()
            await next_notification(link)


async def be_cancelled_while_asking(url: str) -> None:
    with trio.move_on_after(0.05):
        async with GRPC.connect(url) as link, trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(link.utxos, [str(ALICE)] * 100)
            await trio.sleep_forever()


async def be_cancelled_while_connecting(url: str) -> None:
    async def never_answer(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        scope.cancel()
        await trio.sleep_forever()

    async with GRPC.raw(never_answer) as deaf:
        with trio.CancelScope() as scope:
            async with GRPC.connect(deaf):
                pytest.fail("connected to a server that never answers")


async def fail(url: str) -> None:
    with pytest.raises(KeyError):
        async with GRPC.connect(url):
            raise KeyError("mine")


async def be_refused(url: str) -> None:
    await GRPC.refused("grpc://127.0.0.1:1")


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts open files by /proc")
@pytest.mark.parametrize(
    "visit",
    [
        leave,
        be_cancelled,
        be_cancelled_while_asking,
        be_cancelled_while_connecting,
        fail,
        be_refused,
    ],
)
async def test_no_socket_loop_or_warning_stays(visit: Callable[[str], Awaitable[None]]) -> None:
    async with GRPC.on_simnet() as (network, _):
        (port,) = network.ports
        before = open_files()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(3):
                await visit(f"grpc://127.0.0.1:{port}")
                while network.connections > 1:
                    await wait_all_tasks_blocked(0.001)
            # The network's end of the last connection may close a moment later.
            with trio.fail_after(10):
                while open_files() != before:
                    await wait_all_tasks_blocked(0.01)


async def test_many_links_live_side_by_side() -> None:
    async with GRPC.on_simnet() as (network, _), trio.open_nursery() as nursery:
        (port,) = network.ports
        sinks: list[str] = []

        async def ask() -> None:
            async with GRPC.connect(f"grpc://127.0.0.1:{port}") as link:
                sinks.append(await link.sink())

        for _ in range(8):
            nursery.start_soon(ask)
    assert sinks == [network.sink] * 8


async def test_the_client_says_that_it_is_done_before_it_leaves() -> None:
    seen: list[bool] = []

    async def watch(peer: Peer) -> None:
        assert isinstance(peer, GrpcPeer)
        try:
            await peer.linger()
        finally:
            seen.append(peer.call.is_half_closed)

    async with GRPC.linked(watch):
        pass
    assert seen == [True]
