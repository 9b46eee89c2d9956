"""One node of the simulated network that listens for gRPC, as every kaspad does (kaspa.md §3.5)."""

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
    """Accepts clients and serves each of their streams as one connection of its own.

    The same answers, subscriptions and faults as over wRPC. What a kaspad does otherwise here
    than there: a request that it does not know ends the stream, without an error. Answers come in
    the order of the requests, although a kaspad's may overtake each other.
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
        """Serve one stream; whether its connection is to be dropped without a farewell."""
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
    """A client of the node, which speaks protobuf."""

    def __init__(self, number: int, call: GrpcCall, node: SimulatedNode) -> None:
        # A connection uses no more of its socket than a _Socket has.
        socket = cast("WebSocketConnection", _Socket(call))
        super().__init__(number, socket, node.answers, node.faults, node._has_room_for)
        self.is_dropped = False

    def close(self) -> None:
        self.is_dropped = True
        super().close()


class _Socket:
    """A call in the place of a WebSocket, which carries JSON."""

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
