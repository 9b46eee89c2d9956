"""One listening node of the simulated network."""

from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream
from wsproto.utilities import ProtocolError

from kasgate.simnet.node.answers import Answers
from kasgate.simnet.node.connection import Connection
from kasgate.simnet.node.faults import Faults
from kasgate.simnet.node.subscriptions import MAX_TRACKED_ADDRESSES, Event, StepFrames

MAX_CONNECTIONS: Final = 1_000
"""Clients of one node at a time; further ones are closed at once."""
MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
"""Largest request; a real node accepts 128 MiB, in frames of 16 MiB (kaspa.md §3.2)."""
HANDSHAKE_SECONDS: Final = 10.0
"""A client that has not finished its handshake by then is closed."""

_RECEIVE_BYTES: Final = 64 * 1024
_MESSAGES_AHEAD: Final = 16


class SimulatedNode:
    """Accepts clients and serves each; all nodes of a network share its state."""

    def __init__(self, answers: Answers, faults: Faults) -> None:
        self.answers = answers
        self.faults = faults
        self._connections: set[Connection] = set()
        self._streams: set[trio.SocketStream] = set()
        self._accepted = 0

    @property
    def connections(self) -> int:
        """The number of clients whose handshake is done."""
        return len(self._connections)

    def notify(self, frames: StepFrames) -> None:
        """Send every client the notifications of one step that it subscribed to."""
        for connection in self._connections:
            connection.notify(frames)

    def push(self, frames: list[str]) -> None:
        """Send every client these frames, regardless of its subscriptions."""
        for connection in self._connections:
            connection.push(frames)

    def push_event(self, event: Event, frame: str) -> None:
        """Send a frame to the clients that subscribed to its event."""
        for connection in self._connections:
            if event in connection.wants.events:
                connection.push([frame])

    def disconnect_all(self) -> None:
        """Drop every client without a closing handshake."""
        for connection in self._connections:
            connection.close()

    async def serve_stream(self, stream: trio.SocketStream) -> None:
        """Serve one client from handshake to end, and close its stream.

        A client's mistake ends only its own connection.
        """
        if self.faults.refusing_connections or len(self._streams) >= MAX_CONNECTIONS:
            await trio.aclose_forcefully(stream)
            return
        self._streams.add(stream)
        try:
            await self._serve_client(stream)
        except* (ConnectionClosed, ProtocolError, trio.BrokenResourceError):
            pass  # the client went away, or did not speak WebSocket
        except* trio.ClosedResourceError:
            pass  # the same, in a task that raced with our own closing
        finally:
            self._streams.discard(stream)
            await trio.aclose_forcefully(stream)

    async def _serve_client(self, stream: trio.SocketStream) -> None:
        async with trio.open_nursery() as nursery:
            socket = await self._shake_hands(nursery, stream)
            if socket is not None:
                self._accepted += 1
                connection = Connection(
                    self._accepted, socket, self.answers, self.faults, self._has_room_for
                )
                self._connections.add(connection)
                try:
                    await connection.run()
                finally:
                    self._connections.discard(connection)
            nursery.cancel_scope.cancel()

    @staticmethod
    async def _shake_hands(
        nursery: trio.Nursery, stream: trio.SocketStream
    ) -> WebSocketConnection | None:
        with trio.move_on_after(HANDSHAKE_SECONDS):
            request = await wrap_server_stream(
                nursery,
                stream,
                message_queue_size=_MESSAGES_AHEAD,
                max_message_size=MAX_MESSAGE_BYTES,
                receive_buffer_size=_RECEIVE_BYTES,
            )
            return await request.accept()
        return None

    def _has_room_for(self, addresses: int) -> bool:
        tracked = sum(len(connection.wants.scripts) for connection in self._connections)
        return tracked + addresses <= MAX_TRACKED_ADDRESSES
