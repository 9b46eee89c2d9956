"""One client of one node: its WebSocket, its subscriptions, and its requests in order."""

from collections.abc import Callable
from typing import Final

import msgspec
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection
from wsproto.utilities import LocalProtocolError

from kasgate.simnet.node.answers import Answers
from kasgate.simnet.node.faults import Faults
from kasgate.simnet.node.methods import BAD_PARAMS, RpcError, decode_params
from kasgate.simnet.node.outbox import Outbox, OutboxFullError
from kasgate.simnet.node.requests import (
    UNSERVED_METHODS,
    AddressesParams,
    MalformedFrameError,
    Params,
    RequestFrame,
    read_frame,
)
from kasgate.simnet.node.subscriptions import Event, StepFrames, Subscriptions
from kasgate.simnet.node.wire import answer_frame, error_frame

_SUBSCRIBING: Final = frozenset({"subscribe", "unsubscribe"})


class _ChainScope(Params, frozen=True):
    # This one is snake_case on the wire (kaspa.md §0.3); "camel" would rename it.
    include_accepted_transaction_ids: bool = msgspec.field(name="include_accepted_transaction_ids")


_SCOPE: Final = msgspec.json.Decoder(dict[Event, msgspec.Raw])


class Connection:
    """Serves one client until either side closes.

    Subscriptions follow kaspa.md §3.4 and end with the socket. A frame that the node can't parse
    ends the connection without an answer (§3.2), and so does a full outbox.
    """

    def __init__(
        self,
        number: int,
        socket: WebSocketConnection,
        answers: Answers,
        faults: Faults,
        has_room_for: Callable[[int], bool],
    ) -> None:
        self._number = number
        self._socket = socket
        self._answers = answers
        self._faults = faults
        self._has_room_for = has_room_for
        self._outbox = Outbox()
        self._scope = trio.CancelScope()
        self.wants = Subscriptions()

    async def run(self) -> None:
        """Serve until either side ends the connection. The caller closes the stream."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send)
                await self._receive()
                nursery.cancel_scope.cancel()

    def close(self) -> None:
        """End the connection now, without a closing handshake."""
        self._scope.cancel()

    def notify(self, frames: StepFrames) -> None:
        """Queue the notifications of one step for this client."""
        told = frames.for_connection(self.wants, with_coins=self._faults.utxo_index)
        self.push(self._faults.disturbed(told))

    def push(self, frames: list[str]) -> None:
        """Queue frames as notifications; a client that is too far behind is disconnected
        instead."""
        due = trio.current_time() + self._faults.lag
        try:
            for frame in frames:
                self._outbox.put_notification(frame, due)
        except OutboxFullError:
            self.close()

    async def _send(self) -> None:
        while True:
            frame = await self._outbox.get()
            try:
                await self._socket.send_message(frame)
            except (ConnectionClosed, LocalProtocolError):
                self.close()
                return

    async def _receive(self) -> None:
        while True:
            try:
                frame = read_frame(await self._socket.get_message())
                await self._faults.answering.wait()
                await self._handle(frame)
            except (ConnectionClosed, MalformedFrameError, OutboxFullError):
                return

    async def _handle(self, frame: RequestFrame) -> None:
        """Answer one request. A request without an id gets no answer and has no effect."""
        method = frame.method
        if not (
            method in _SUBSCRIBING or self._answers.knows(method) or method in UNSERVED_METHODS
        ):
            raise MalformedFrameError(f"unknown method {method!r}")
        if frame.id is None:
            return
        try:
            if method in _SUBSCRIBING:
                result = await self._subscribe(method, frame.params)
            else:
                result = await self._answers.answer(method, frame.params)
        except RpcError as error:
            self._outbox.put_answer(error_frame(frame.id, method, str(error)))
        else:
            self._outbox.put_answer(answer_frame(frame.id, method, result))

    async def _subscribe(self, method: str, params: msgspec.Raw) -> bytes:
        message = self._faults.take_failure(method)
        if message is not None:
            raise RpcError(message)
        starting = method == "subscribe"
        event, scope = self._scope_of(params)
        if event is Event.UTXOS_CHANGED:
            addresses = decode_params(scope, AddressesParams).addresses
            await self._watch(addresses, starting=starting)
        elif starting:
            if event is Event.VIRTUAL_CHAIN_CHANGED:
                asked = decode_params(scope, _ChainScope)
                self.wants.accepted_ids = asked.include_accepted_transaction_ids
            self.wants.events.add(event)
        else:
            self.wants.events.discard(event)
        return msgspec.json.encode({"id": self._number} if starting else {})

    @staticmethod
    def _scope_of(params: msgspec.Raw) -> tuple[Event, msgspec.Raw]:
        try:
            ((event, scope),) = _SCOPE.decode(params).items()
        except ValueError:  # not an event, or not exactly one
            raise RpcError(BAD_PARAMS) from None
        return event, scope

    async def _watch(self, addresses: list[str], *, starting: bool) -> None:
        scripts = await self._answers.scripts_of(addresses)
        if not starting:
            self.wants.scripts.remove(scripts)
        elif self._has_room_for(len(scripts)):
            self.wants.scripts.add(scripts)
        else:
            raise RpcError("the node cannot track that many addresses")
