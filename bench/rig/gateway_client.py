"""Cheap clients of a gateway, so that a bench measures the gateway and not its client.

Both implement only the part of their protocols that a correct answer uses.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import trio

_RECEIVE_BYTES: Final = 64 * 1024
_SHORT: Final = 125
_TEXT: Final = 0x81
_PING: Final = 0x89
_PONG: Final = 0x8A
_CLOSE: Final = 0x88


class Caller:
    """An HTTP connection that stays open, for one request at a time."""

    def __init__(self, stream: trio.SocketStream, key: str | None) -> None:
        self._stream = stream
        self._key = f"X-API-Key: {key}\r\n" if key is not None else ""

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, key: str | None = None) -> AsyncIterator[Caller]:
        """A connection to loopback, with an API key or without."""
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            yield cls(stream, key)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post JSON and return the JSON of the answer. Raises RuntimeError unless it is a 201."""
        content = msgspec.json.encode(body)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\n{self._key}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        await self._stream.send_all(head.encode() + content)
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += await self._more()
        head = data[:end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(data) < end + 4 + length:
            data += await self._more()
        if not head.startswith(b"http/1.1 201"):
            raise RuntimeError(data.decode())
        fields: dict[str, Any] = msgspec.json.decode(data[end + 4 :])
        return fields

    async def _more(self) -> bytes:
        more = bytes(await self._stream.receive_some(_RECEIVE_BYTES))
        if not more:
            raise RuntimeError("the gateway closed the connection")
        return more


class Follower:
    """A WebSocket connection."""

    def __init__(self, stream: trio.SocketStream, data: bytes) -> None:
        self._stream = stream
        self._data = data

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator[Follower]:
        """A WebSocket connection to the gateway on loopback. Raises RuntimeError if it refuses."""
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(
                b"GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            data = b""
            while (end := data.find(b"\r\n\r\n")) < 0:
                data += bytes(await stream.receive_some(_RECEIVE_BYTES))
            if not data.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(data.decode())
            yield cls(stream, data[end + 4 :])

    async def send(self, text: bytes, kind: int = _TEXT) -> None:
        """Send a frame with a mask of zeros."""
        size = len(text)
        if size <= _SHORT:
            head = bytes((kind, 0x80 | size))
        else:
            head = bytes((kind, 0x80 | 126)) + size.to_bytes(2, "big")
        await self._stream.send_all(head + bytes(4) + text)

    async def frames(self) -> AsyncIterator[tuple[bytes, int]]:
        """Text frames, each with the time.monotonic_ns() at which its last byte was read, until
        the gateway closes the connection."""
        at = time.monotonic_ns()
        while True:
            while (frame := self._next_frame()) is not None:
                kind, payload = frame
                if kind == _PING:
                    await self.send(payload, _PONG)
                elif kind == _CLOSE:
                    return
                else:
                    yield payload, at
            data = bytes(await self._stream.receive_some(_RECEIVE_BYTES))
            at = time.monotonic_ns()
            if not data:
                return
            self._data += data

    def _next_frame(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size > _SHORT:
            wide = 2 if size == 126 else 8
            size, start = int.from_bytes(data[2 : 2 + wide], "big"), 2 + wide
            if len(data) < start:
                return None
        if len(data) < start + size:
            return None
        self._data = data[start + size :]
        return data[0], data[start : start + size]
