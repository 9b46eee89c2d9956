"""WebSocket frames: our reader agrees with wsproto, and wsproto can read our frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

from web.socket.frames import PING, FrameReader, close_frame, pong_frame, text_frame

LONGEST = 200
MASK = b"\x11\x02\xf3\x04"

Heard = str | bytes | tuple[str, int] | tuple[str, bytes] | None


def masked(opcode: int, payload: bytes, *, fin: bool = True, mask: bytes = MASK) -> bytes:
    """A client's frame in its shortest form."""
    length = len(payload)
    if length < 126:
        head = bytes([0x80 | length])
    elif length < 65_536:
        head = b"\xfe" + struct.pack(">H", length)
    else:
        head = b"\xff" + struct.pack(">Q", length)
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes([(0x80 if fin else 0) | opcode]) + head + mask + body


def read_by_wsproto(chunks: list[bytes]) -> Iterator[Heard]:
    """The messages that a server reads with wsproto."""
    connection = Connection(ConnectionType.SERVER)
    text, length = "", 0
    for chunk in chunks:
        connection.receive_data(chunk)
        for event in connection.events():
            if isinstance(event, TextMessage | BytesMessage):
                data = event.data
                length += len(data.encode() if isinstance(data, str) else data)
                if length > LONGEST:
                    yield ("close", 1009)
                    return
                if isinstance(event, TextMessage):
                    text += event.data
                if event.message_finished:
                    yield text if isinstance(event, TextMessage) else None
                    text, length = "", 0
            elif isinstance(event, Ping):
                yield ("ping", bytes(event.payload))
            elif isinstance(event, CloseConnection):
                yield ("close", int(event.code))
                return


def read_by_us(chunks: list[bytes]) -> Iterator[Heard]:
    reader = FrameReader(LONGEST)
    for chunk in chunks:
        for event in reader.read(chunk):
            if isinstance(event, CloseConnection):
                yield ("close", int(event.code))
                return
            yield ("ping", bytes(event.payload)) if isinstance(event, Ping) else event


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    chunks = []
    for size in sizes:
        chunks.append(data[:size])
        data = data[size:]
    return [chunk for chunk in [*chunks, data] if chunk]


frames = st.builds(
    masked,
    st.sampled_from([0x0, 0x1, 0x1, 0x1, 0x2, 0x8, 0x9, 0xA]),
    st.one_of(
        st.text(max_size=90).map(str.encode),
        st.binary(max_size=8),
        st.integers(110, 260).map(lambda size: b"x" * size),
    ),
    fin=st.sampled_from([True, True, True, False]),
    mask=st.binary(min_size=4, max_size=4),
)
streams = st.lists(frames | st.binary(max_size=10), max_size=8).map(b"".join)


@given(streams, st.lists(st.integers(1, 150), max_size=12))
@example(masked(1, b"one") + masked(1, b"two"), [])
@example(masked(1, b"one") + masked(0xA, b"") + masked(9, b"!") + masked(1, b"two"), [])
@example(masked(1, b"") + masked(1, b"x" * 125) + masked(1, b"x" * 126), [])
@example(masked(1, b"x" * LONGEST) + masked(1, b"x" * (LONGEST + 1)), [])
@example(masked(1, "ü".encode(), fin=False) + masked(9, b"") + masked(0, b"!"), [3])
@example(masked(1, b"\xff"), [])
@example(masked(0xA, b"x" * 126), [])
@example(b"\x81\x03abc", [])
@example(b"\xc1\x80" + MASK, [])
@example(b"\x81\xfe\x00\x05" + MASK + b"12345", [])
@example(b"\x81\xff" + struct.pack(">Q", 2**62) + MASK + b"x" * 300, [])
@example(masked(8, b""), [])
@example(masked(8, b"\x03\xe8bye") + masked(1, b"late"), [])
def test_our_reader_agrees_with_wsproto(stream: bytes, sizes: list[int]) -> None:
    chunks = cut(stream, sizes)
    assert list(read_by_us(chunks)) == list(read_by_wsproto(chunks))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_wsproto_reads_our_texts(size: int) -> None:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(text_frame(b"x" * size))
    events = list(client.events())
    assert "".join(e.data for e in events if isinstance(e, TextMessage)) == "x" * size
    last = events[-1]
    assert isinstance(last, TextMessage)
    assert last.message_finished


def test_wsproto_reads_our_control_frames() -> None:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(PING + pong_frame(b"x" * 125) + close_frame(1001))
    ping, pong, close = client.events()
    assert isinstance(ping, Ping)
    assert len(getattr(pong, "payload", b"")) == 125
    assert isinstance(close, CloseConnection)
    assert close.code == 1001
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(close_frame(1005))
    (close,) = client.events()
    assert isinstance(close, CloseConnection)
    assert close.code == 1005
