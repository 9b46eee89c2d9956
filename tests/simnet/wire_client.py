"""A wRPC JSON client that sends exactly the frames of a test, valid or not."""

from __future__ import annotations

import json
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, connect_websocket_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = 30.0


class RpcFailure(Exception):
    """The node answered with an error frame."""


class WireClient:
    def __init__(self, socket: WebSocketConnection) -> None:
        self.socket = socket
        self._next_id = 1
        self._notifications: deque[tuple[str, dict[str, Any]]] = deque()

    async def send(self, frame: object) -> None:
        await self.socket.send_message(frame if isinstance(frame, str) else json.dumps(frame))

    async def receive(self) -> dict[str, Any]:
        with trio.fail_after(PATIENCE):
            frame = json.loads(await self.socket.get_message())
        assert isinstance(frame, dict)
        return frame

    async def call(self, method: str, params: object = None) -> Any:
        request_id = self._next_id
        self._next_id += 1
        await self.send(
            {"id": request_id, "method": method, "params": {} if params is None else params}
        )
        while True:
            frame = await self.receive()
            if "id" not in frame:
                self._remember(frame)
                continue
            assert frame["id"] == request_id
            assert frame["method"] == method
            if "error" in frame:
                assert frame["error"]["code"] == 0
                assert frame["error"]["data"] is None
                raise RpcFailure(frame["error"]["message"])
            return frame["params"]

    def _remember(self, frame: dict[str, Any]) -> None:
        ((event, params),) = frame["params"].items()
        assert frame["method"] == event[0].lower() + event[1:] + "Notification"
        self._notifications.append((event, params))

    async def notification(self) -> tuple[str, dict[str, Any]]:
        """The next notification, in the order of the wire."""
        while not self._notifications:
            self._remember(await self.receive())
        return self._notifications.popleft()

    async def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """All notifications sent so far: those that arrived before the answer to a ping."""
        await self.call("ping")
        heard = list(self._notifications)
        self._notifications.clear()
        return heard

    async def utxo_changes(self) -> list[dict[str, Any]]:
        return [params for event, params in await self.heard() if event == "UtxosChanged"]

    async def subscribe(self, event: str, scope: object = None) -> None:
        await self.call("subscribe", {event: {} if scope is None else scope})

    async def watch(self, *addresses: str) -> None:
        await self.subscribe("UtxosChanged", {"addresses": list(addresses)})

    async def unwatch(self, *addresses: str) -> None:
        await self.call("unsubscribe", {"UtxosChanged": {"addresses": list(addresses)}})

    async def coins(self, *addresses: str) -> list[dict[str, Any]]:
        answer = await self.call("getUtxosByAddresses", {"addresses": list(addresses)})
        entries: list[dict[str, Any]] = answer["entries"]
        return entries

    async def wait_closed(self) -> None:
        """Wait until the node closes the connection; fails if it sends anything before."""
        with trio.fail_after(PATIENCE):
            try:
                said = await self.socket.get_message()
            except ConnectionClosed:
                return
        raise AssertionError(f"the node said {said!r} instead of closing")


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[WireClient]:
    async with trio.open_nursery() as nursery:
        with trio.fail_after(PATIENCE):
            socket = await connect_websocket_url(
                nursery,
                f"ws://127.0.0.1:{port}/",
                max_message_size=1 << 26,
                message_queue_size=1024,
            )
        try:
            yield WireClient(socket)
        finally:
            with trio.move_on_after(1, shield=True):
                await socket.aclose()
            nursery.cancel_scope.cancel()
