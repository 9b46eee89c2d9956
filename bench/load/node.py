"""A node that sends notifications of one kind to each client as fast as it reads.

    python -m bench.load.node ws|grpc OUTPUTS known|fresh

It prints one line, ``{"port": …}``. Each notification has so many new outputs: at recurring
addresses, like watched ones, or at new addresses, whose derivation then dominates the cost.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Final

import trio
from attrs import frozen
from trio_websocket import ConnectionClosed, WebSocketRequest, WebSocketServer

from bench.load.commands import bound_resources, say
from kasgate.kaspa.address import Address, AddressVersion
from kasgate.kaspa.networks import Network
from kasgate.simnet.grpc.calls import CallOver, GrpcCall, GrpcConnection
from kasgate.simnet.grpc.wire import notification_of

PREFIX: Final = Network.SIMNET.address_prefix
FRAMES_AHEAD_BYTES: Final = 24 * 2**20
"""The size of the frames that are sent in turn, so large that "fresh" addresses outnumber the
adapter's cache of scripts."""


@frozen
class Talk:
    """One kind of notification."""

    outputs: int
    fresh: bool


def address_number(number: int) -> Address:
    """An address whose key nobody has."""
    return Address(PREFIX, AddressVersion.PUBKEY, number.to_bytes(32, "big"))


def frame_of(talk: Talk, first: int) -> str:
    """A utxosChanged notification in which every output is new."""
    entries = []
    for place in range(talk.outputs):
        address = address_number(first + place if talk.fresh else place)
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


def frames_of(talk: Talk) -> Iterator[str]:
    """The frames to send in turn."""
    first = size = 0
    while size < FRAMES_AHEAD_BYTES if talk.fresh else not size:
        frame = frame_of(talk, first)
        first += talk.outputs
        size += len(frame)
        yield frame


async def send_wrpc(talk: Talk) -> None:
    """Print the port, then send to each client as fast as it reads."""
    frames = list(frames_of(talk))

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
        say({"port": server.port})
        await trio.sleep_forever()


async def send_grpc(talk: Talk) -> None:
    """Like send_wrpc, in protobuf."""
    messages = [notification_of(json.loads(frame)) for frame in frames_of(talk)]

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
            pass  # The client has left.

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    say({"port": listeners[0].socket.getsockname()[1]})
    await trio.serve_listeners(handle, listeners)


def main() -> None:
    bound_resources()
    transport, outputs, freshness = sys.argv[1:]
    talk = Talk(int(outputs), freshness == "fresh")
    trio.run(send_grpc if transport == "grpc" else send_wrpc, talk)


if __name__ == "__main__":
    main()
