"""A small webhook endpoint of a merchant.

The demo and the tests deliver to it. It is not for the internet: it serves loopback, one request
per connection, and accepts no body larger than a webhook's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import h11
import msgspec
import trio
from attrs import frozen

MAX_BODY_BYTES: Final = 256 * 1024
REQUEST_S: Final = 10.0
_RECEIVE_BYTES: Final = 64 * 1024


@frozen
class Received:
    """A webhook as it arrived."""

    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The body, decoded."""
        decoded: dict[str, Any] = msgspec.json.decode(self.body)
        return decoded


Answer = Callable[[Received], int]
"""Chooses the status code of the answer to a webhook."""


class WebhookReceiver:
    """Listens for webhooks and passes each to ``answer``."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def serve(
        self, port: int = 0, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Listen on loopback until cancelled. Reports the port through ``task_status``. Raises
        OSError if the port can't be opened."""
        listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
        bound: int = listeners[0].socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, self._converse, listeners)
            task_status.started(bound)

    async def _converse(self, stream: trio.SocketStream) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            with trio.move_on_after(REQUEST_S):
                received = await _read_request(connection, stream)
                status = self._answer(received)
                await stream.send_all(_response(connection, status))
        except (h11.RemoteProtocolError, trio.BrokenResourceError):
            pass  # The caller has gone, or does not speak HTTP.
        finally:
            await trio.aclose_forcefully(stream)


async def _read_request(connection: h11.Connection, stream: trio.SocketStream) -> Received:
    headers: dict[str, str] = {}
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some(_RECEIVE_BYTES))
        elif isinstance(event, h11.Request):
            headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                raise h11.RemoteProtocolError("too large for a webhook")
        elif isinstance(event, h11.EndOfMessage):
            return Received(headers, bytes(body))
        else:
            raise h11.RemoteProtocolError("the caller left before the end of its request")


def _response(connection: h11.Connection, status: int) -> bytes:
    head = h11.Response(
        status_code=status, headers=[("content-length", "0"), ("connection", "close")]
    )
    parts = [connection.send(head), connection.send(h11.EndOfMessage())]
    return b"".join(part for part in parts if part is not None)
