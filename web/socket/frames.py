"""WebSocket frames (RFC 6455 §5).

Two kinds of frames are read here: a text in one piece, and a pong. Most clients send nothing else.
This saves each connection the memory of wsproto, and each subscription half of its time. At the
first other frame wsproto takes over, until the end of the connection.

The server sends texts in one piece and control frames. Each is a head of a few bytes and a payload.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

PING: Final = b"\x89\x00"

_TEXT: Final = 0x81
_PONG: Final = 0x8A
_MASKED: Final = 0x80
_SHORTEST: Final = 6
_SHORT: Final = 125
_TWO_BYTES: Final = 126
_LONGEST_OF_TWO: Final = 0xFFFF


def text_frame(text: bytes) -> bytes:
    """A frame of a server with a text, which is given in UTF-8."""
    length = len(text)
    if length <= _SHORT:
        return b"\x81%c%b" % (length, text)
    if length <= _LONGEST_OF_TWO:
        return b"\x81\x7e%b%b" % (length.to_bytes(2), text)
    return b"\x81\x7f%b%b" % (length.to_bytes(8), text)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping. The payload has at most 125 bytes."""
    return b"\x8a%c%b" % (len(payload), payload)


def close_frame(code: int) -> bytes:
    """A close frame. The code that means "none" is not written (RFC 6455 §7.1.5)."""
    if code == CloseReason.NO_STATUS_RCVD:
        return b"\x88\x00"
    return b"\x88\x02%b" % code.to_bytes(2)


class FrameReader:
    """Reads the frames of one client."""

    __slots__ = ("_connection", "_length", "_longest", "_parts")

    def __init__(self, longest: int) -> None:
        """``longest`` is the limit of bytes of a message, over all its pieces."""
        self._longest = longest
        self._connection: Connection | None = None
        self._parts = ""
        self._length = 0

    def read(self, data: bytes) -> Iterator[str | Ping | CloseConnection | None]:
        """Yield each message and control frame that ends in these bytes.

        A text comes as str, a binary message as None, and pings and closes as events, to be
        answered. Invalid frames and a message that is too long become a CloseConnection with the
        code to close with. Nothing follows a CloseConnection."""
        at = 0
        while self._connection is None and at < len(data):
            frame = _plain_frame(data, at, self._longest)
            if frame is None:
                self._connection = Connection(ConnectionType.SERVER)
                break
            payload, at = frame
            if payload is None:
                continue
            try:
                text = payload.decode()
            except UnicodeDecodeError:
                yield CloseConnection(CloseReason.INVALID_FRAME_PAYLOAD_DATA)
                return
            yield text
        if self._connection is not None:
            yield from self._others(self._connection, data[at:])

    def _others(
        self, connection: Connection, data: bytes
    ) -> Iterator[str | Ping | CloseConnection | None]:
        connection.receive_data(data)
        for event in connection.events():
            if isinstance(event, Message):
                self._length += _bytes_of(event)
                if self._length > self._longest:
                    yield CloseConnection(CloseReason.MESSAGE_TOO_BIG)
                    return
                if isinstance(event, TextMessage):
                    self._parts += event.data
                if event.message_finished:
                    text, self._parts, self._length = self._parts, "", 0
                    yield text if isinstance(event, TextMessage) else None
            elif isinstance(event, CloseConnection):
                yield event
                return
            elif isinstance(event, Ping):
                yield event


def _plain_frame(data: bytes, at: int, longest: int) -> tuple[bytes | None, int] | None:
    """The payload of the frame that begins at this offset, and the offset of its end. The payload
    is None for a pong. None for other frames, and for one that is incomplete or too long."""
    if len(data) - at < _SHORTEST:
        return None
    kind, length = data[at], data[at + 1] - _MASKED
    start = at + 2
    if kind not in (_TEXT, _PONG) or not 0 <= length <= _TWO_BYTES:
        return None
    if length == _TWO_BYTES:
        length = int.from_bytes(data[start : start + 2])
        start += 2
        if kind == _PONG or not _SHORT < length <= longest:
            return None
    mask, start = data[start : start + 4], start + 4
    end = start + length
    if end > len(data):
        return None
    if kind == _PONG:
        return None, end
    masks = (mask * (length // 4 + 1))[:length]
    plain = int.from_bytes(data[start:end]) ^ int.from_bytes(masks)
    return plain.to_bytes(length), end


def _bytes_of(message: Message[Any]) -> int:
    data = message.data
    return len(data.encode() if isinstance(data, str) else data)
