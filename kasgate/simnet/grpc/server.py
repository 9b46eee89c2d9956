"""One gRPC node of the simulated network, as every kaspad serves it (kaspa.md §3.5)."""

from typing import Final, cast

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from kasgate.simnet.grpc.calls import CallOver, GrpcCall, GrpcConnection
from kasgate.simnet.grpc.wire import Translator
from kasgate.simnet.node.connection import Connection
from kasgate.simnet.node.node import HANDSHAKE_SECONDS, MAX_MESSAGE_BYTES, SimulatedNode

METHOD: Final = "/protowire.RPC/MessageStream"

_UNIMPLEMENTED: Final = 12


class GrpcSimulatedNode(SimulatedNode):
    """Accepts clients and serves each of their streams as a connection of its own.

    It has the same answers, subscriptions and faults as over wRPC. As with a kaspad, an unknown
    request ends the stream without an error. Unlike with a kaspad, answers come in the order of the
    requests.
    """

    async def _serve_client(self, stream: trio.SocketStream) -> None:
        with trio.CancelScope() as scope:
            drop = scope.cancel

            async def serve(call: GrpcCall) -> None:
                if await self._serve_call(call):
                    drop()

            await GrpcConnection(
                stream,
                serve,
                handshake_seconds=HANDSHAKE_SECONDS,
                max_message_bytes=MAX_MESSAGE_BYTES,
            ).run()

    async def _serve_call(self, call: GrpcCall) -> bool:
        """Serve one stream. Returns whether to drop its connection without a closing handshake."""
        if not call.headers.get("content-type", "").startswith("application/grpc"):
            await call.refuse(415, _UNIMPLEMENTED, "this is gRPC")
            return False
        if call.headers.get(":path") != METHOD:
            await call.refuse(200, _UNIMPLEMENTED, "no such method")
            return False
        await call.accept()
        self._accepted += 1
        connection = _Stream(self._accepted, call, self)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
        if not connection.is_dropped:
            await call.finish()
        return connection.is_dropped


class _Stream(Connection):
    """A client of the node that uses protobuf."""

    def __init__(self, number: int, call: GrpcCall, node: SimulatedNode) -> None:
        # A connection uses only the methods of its socket that _Socket has.
        socket = cast("WebSocketConnection", _Socket(call))
        super().__init__(number, socket, node.answers, node.faults, node._has_room_for)
        self.is_dropped = False

    def close(self) -> None:
        self.is_dropped = True
        super().close()


class _Socket:
    """Replaces a WebSocket with JSON by a gRPC call."""

    def __init__(self, call: GrpcCall) -> None:
        self._call = call
        self._translator = Translator()

    async def get_message(self) -> str:
        try:
            message = await self._call.receive()
        except CallOver:
            raise ConnectionClosed(None) from None
        return self._translator.request(message)

    async def send_message(self, frame: str) -> None:
        try:
            await self._call.send(self._translator.response(frame))
        except CallOver:
            raise ConnectionClosed(None) from None
