"""How many notifications a second come through each adapter to a node?

A sender process replays frames of one size over a real loopback socket; this process takes them
from ``notifications()`` as the chain feed does, so that reading the frame, decoding, checking each
output's script and building the value types are all in the figure.

    python -m bench node_feed [--transport grpc] [--runs 5] [--seconds 2] [--json]

Prints the lowest, median and highest run for messages of two outputs (1 KB in JSON) and of a
thousand (400 KB in JSON), once with outputs at addresses that come again, as watched ones do, and
once with addresses never seen before, whose derivation dominates.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import trio
from attrs import frozen
from trio_websocket import ConnectionClosed, WebSocketRequest, WebSocketServer

from bench.report import print_table, spread
from kasgate.kaspa import grpc, wrpc
from kasgate.kaspa.address import Address, AddressVersion
from kasgate.kaspa.node import Node, NodeUnavailable
from kasgate.simnet.grpc_calls import CallOver, GrpcCall, GrpcConnection
from kasgate.simnet.grpc_wire import notification_of

PREFIX = "kaspasim"
# Distinct frames that are sent in turn; enough of them that "fresh" addresses outnumber the
# adapter's memory of scripts.
FRAMES_AHEAD_BYTES = 24 * 2**20


@frozen
class Load:
    """One kind of message."""

    name: str
    outputs: int
    fresh: bool


LOADS = (
    Load("1 KB, known addresses", 2, fresh=False),
    Load("1 KB, fresh addresses", 2, fresh=True),
    Load("400 KB, known addresses", 1_000, fresh=False),
    Load("400 KB, fresh addresses", 1_000, fresh=True),
)


def address_number(number: int) -> Address:
    """An address of which nobody has the key."""
    return Address(PREFIX, AddressVersion.PUBKEY, number.to_bytes(32, "big"))


def frame_of(load: Load, first: int) -> str:
    """A utxosChanged notification in which every output is new."""
    entries = []
    for place in range(load.outputs):
        address = address_number(first + place if load.fresh else place)
        entries.append(
            {
                "address": str(address),
                "outpoint": {"transactionId": f"{first + place:064x}", "index": place},
                "utxoEntry": {
                    "amount": 123_456_789,
                    "scriptPublicKey": address.script_public_key,
                    "blockDaaScore": 480_000_000,
                    "isCoinbase": False,
                    "covenantId": None,
                },
            }
        )
    params = {"UtxosChanged": {"added": entries, "removed": []}}
    return json.dumps({"method": "utxosChangedNotification", "params": params})


def frames_of(load: Load) -> Iterator[str]:
    """Frames to be sent over and over."""
    first = size = 0
    while size < FRAMES_AHEAD_BYTES if load.fresh else not size:
        frame = frame_of(load, first)
        first += load.outputs
        size += len(frame)
        yield frame


async def send_wrpc(load: Load) -> None:
    """The sender process: tell the port, then send to each client as fast as it reads."""
    frames = list(frames_of(load))

    async def serve(request: WebSocketRequest) -> None:
        socket = await request.accept()
        try:
            while True:
                for frame in frames:
                    await socket.send_message(frame)
        except ConnectionClosed:
            return

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    server = WebSocketServer(serve, listeners)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run)
        print(server.port, flush=True)
        await trio.sleep_forever()


async def send_grpc(load: Load) -> None:
    """As send_wrpc, in protobuf."""
    messages = [notification_of(json.loads(frame)) for frame in frames_of(load)]

    async def serve(call: GrpcCall) -> None:
        await call.accept()
        while True:
            for message in messages:
                await call.send(message)

    async def handle(stream: trio.SocketStream) -> None:
        connection = GrpcConnection(stream, serve, handshake_seconds=5, max_message_bytes=2**20)
        try:
            await connection.run()
        except* (CallOver, trio.BrokenResourceError):
            pass  # the receiver has seen enough

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    print(listeners[0].socket.getsockname()[1], flush=True)
    await trio.serve_listeners(handle, listeners)


Connect = Callable[..., AbstractAsyncContextManager[Node]]
# For each transport the scheme of its URLs, the adapter and the sender.
TRANSPORTS: dict[str, tuple[str, Connect, Callable[[Load], Any]]] = {
    "wrpc": ("ws", wrpc.connect, send_wrpc),
    "grpc": ("grpc", grpc.connect, send_grpc),
}


async def receive(transport: str, port: int, seconds: float) -> tuple[float, float]:
    """Take notifications for that long: messages a second, and CPU microseconds for each."""
    scheme, connect, _ = TRANSPORTS[transport]
    async with connect(f"{scheme}://127.0.0.1:{port}", prefix=PREFIX) as node:
        told = aiter(node.notifications())
        await anext(told)
        count = 0
        begin, cpu = time.perf_counter(), time.process_time()
        until = begin + seconds
        try:
            while (now := time.perf_counter()) < until:
                await anext(told)
                count += 1
        except NodeUnavailable as error:
            raise SystemExit(f"The run is void: {error}") from error
        return count / (now - begin), (time.process_time() - cpu) / count * 1e6


@frozen
class Result:
    """All runs with one load."""

    transport: str
    load: Load
    rates: Sequence[float]
    cpu_us: Sequence[float]


def measure(transport: str, load: Load, runs: int, seconds: float) -> Result:
    """Run against a fresh sender process each time."""
    found = []
    for _ in range(runs):
        command = [sys.executable, "-m", "bench.node_feed", "--send", load.name]
        command += ["--transport", transport]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sender:
            try:
                assert sender.stdout is not None
                found.append(trio.run(receive, transport, int(sender.stdout.readline()), seconds))
            finally:
                sender.kill()
    return Result(transport, load, [rate for rate, _ in found], [cpu for _, cpu in found])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transport", choices=TRANSPORTS, help="this one only")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--json", action="store_true", help="print the runs for a machine")
    parser.add_argument("--send", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send is not None:
        _, _, send = TRANSPORTS[options.transport]
        trio.run(send, next(load for load in LOADS if load.name == options.send))
        return
    transports = [options.transport] if options.transport else list(TRANSPORTS)
    results = [
        measure(transport, load, options.runs, options.seconds)
        for transport in transports
        for load in LOADS
    ]
    if options.json:
        rows = [
            {
                "transport": r.transport,
                "load": r.load.name,
                "per_second": list(r.rates),
                "cpu_us": list(r.cpu_us),
            }
            for r in results
        ]
        print(json.dumps(rows, indent=2))
        return
    print("Notifications through an adapter; lowest / median / highest run\n")
    print_table(
        ["transport", "message", "per second", "CPU us each"],
        [[r.transport, r.load.name, spread(r.rates), spread(r.cpu_us)] for r in results],
    )


if __name__ == "__main__":
    main()
