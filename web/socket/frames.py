"""WebSocket frames (RFC 6455 §5).

wsproto reads what clients send. Two kinds of frame are read here before it is asked: a text in one
piece, and a pong; that is all that most clients ever send, and it spares each connection wsproto's
memory, and each subscription half of its time. Everything else goes to wsproto, from there on to
the end of the connection.

What is sent are texts in one piece and control frames, and those are a few bytes and the text.
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
    """A text, given in UTF-8, as one frame of a server."""
    length = len(text)
    if length <= _SHORT:
        return b"\x81%c%b" % (length, text)
    if length <= _LONGEST_OF_TWO:
        return b"\x81\x7e%b%b" % (length.to_bytes(2), text)
    return b"\x81\x7f%b%b" % (length.to_bytes(8), text)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping, of at most 125 bytes."""
    return b"\x8a%c%b" % (len(payload), payload)


def close_frame(code: int) -> bytes:
    """A close frame; the code that stands for "none" is not written (RFC 6455 §7.1.5)."""
    if code == CloseReason.NO_STATUS_RCVD:
        return b"\x88\x00"
    return b"\x88\x02%b" % code.to_bytes(2)


class FrameReader:
    """Reads what one client sends."""

    __slots__ = ("_connection", "_length", "_longest", "_parts")

    def __init__(self, longest: int) -> None:
        """``longest`` is how many bytes a message may have, in all its pieces."""
        self._longest = longest
        self._connection: Connection | None = None
        self._parts = ""
        self._length = 0

    def read(self, data: bytes) -> Iterator[str | Ping | CloseConnection | None]:
        """What ends in these bytes: texts, None for a message that is no text, and what is to be
        answered, a ping or that the client closes. A CloseConnection is also what becomes of bytes
        that are no frames and of what is too long, with the code to close with; nothing comes
        after it."""
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
    """The payload of the frame that begins at a place, if it is a whole text, and where it ends;
    no payload for a pong. None if it is anything else, not all there, or too long."""
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
