"""Holds thousands of WebSockets to a gateway and records when each message arrived.

    python -m bench.load.websocket

Commands:

* ``connect``: open ``sockets`` connections, ``at_once`` of them at a time, and follow an equal
  share of the sessions of ``file`` on each. The answer comes when all snapshots have arrived;
* ``take``: wait until ``count`` messages of ``kind`` have arrived since the last ``take``, for
  ``wait_s`` seconds at most, and write all messages to ``file``: rows of kind, session, status,
  confirmations and the time.monotonic_ns() at which its bytes were read;
* ``close``: close all connections.

With ``spins`` and more than one processor a command does not sleep while it waits. Waking a
sleeping process costs its sender time: on a virtual machine an interrupt of another processor takes
longer than the rest of the send. Do not use it on a core that other busy processes share.

A ``kind`` is "confirmations", or "status:" and the status. Messages are read all the time, also
between commands, and parsed later, so that the time of a burst is that of the gateway.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections.abc import Sequence
from typing import Final

import msgspec
from attrs import define, field

from bench.load.commands import (
    Command,
    Fields,
    LoadError,
    Made,
    answer,
    bound_resources,
    read_sessions,
    say,
    write_json,
)
from bench.report.tables import percentile

SOURCES: Final = 8
"""The number of loopback addresses for connections. Each has ports for some 28,000."""
STEP_S: Final = 60.0
"""The time limit for expected input."""
QUIET_S: Final = 0.25
MOST_WAITING_BYTES: Final = 512 * 2**20
_RECEIVE_BYTES: Final = 64 * 1024
_SHORT: Final = 125
_TEXT: Final = 0x81
_PING: Final = 0x89
_PONG: Final = 0x8A
_CLOSE: Final = 0x88
_KEY: Final = "AAAAAAAAAAAAAAAAAAAAAA=="
_ACCEPTED: Final = b"ICX+Yqv66kxgM0FcWaLWlFLwTAI="


class Message(msgspec.Struct, gc=False):
    """The fields of a message that are used."""

    type: str
    id: str | None = None
    sessionId: str | None = None  # noqa: N815 - the wire's name
    status: str | None = None
    confirmations: int | None = None


Row = tuple[str, str, str | None, int | None, int]


def frame(text: bytes, kind: int = _TEXT) -> bytes:
    """A client's frame, masked with zeros."""
    size = len(text)
    if size <= _SHORT:
        return bytes((kind, 0x80 | size)) + bytes(4) + text
    return bytes((kind, 0x80 | 126)) + size.to_bytes(2, "big") + bytes(4) + text


def frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames at the beginning of ``data``, each with its first byte and its payload, and
    the rest of ``data``."""
    found: list[tuple[int, bytes]] = []
    place = 0
    while len(data) >= place + 2:
        size, start = data[place + 1], place + 2
        if size > _SHORT:
            wide = 2 if size == 126 else 8
            size, start = int.from_bytes(data[start : start + wide], "big"), start + wide
        if len(data) < start + size:
            break
        found.append((data[place], data[start : start + size]))
        place = start + size
    return found, data[place:]


@define(eq=False)
class _Socket:
    sock: socket.socket
    follows: Sequence[Made]
    began: float
    upgraded: bool = False
    to_come: int = 0
    """The number of snapshots that are still missing."""
    data: bytes = b""
    """The beginning of an incomplete frame."""


@define(eq=False)
class Sockets:
    """All connections of this process."""

    poll: select.epoll = field(factory=select.epoll)
    _open: dict[int, _Socket] = field(factory=dict)
    _chunks: list[tuple[int, int, bytes]] = field(factory=list)
    _chunk_bytes: int = 0
    _rows: list[Row] = field(factory=list)
    _decode: msgspec.json.Decoder[Message] = field(factory=lambda: msgspec.json.Decoder(Message))
    _port: int = 0
    _source: int = 0

    def connect(
        self, port: int, sockets: int, file: str, at_once: int = 64, spins: bool = False
    ) -> Fields:
        """Open connections and follow an equal share of the sessions on each."""
        self._port = port
        sessions = read_sessions(file)
        share = -(-len(sessions) // sockets)
        shares = iter([sessions[n * share : (n + 1) * share] for n in range(sockets)])
        under_way = 0
        took: list[float] = []
        began = time.perf_counter()
        while True:
            while under_way < at_once and (follows := next(shares, None)) is not None:
                self._dial(follows)
                under_way += 1
            if not under_way:
                break
            ready = self._ready(STEP_S, spins)
            if not ready:
                raise LoadError(f"{under_way} connections got no answer within {STEP_S:.0f} s.")
            for number, happened in ready:
                if number in self._open and self._step(self._open[number], happened):
                    took.append(time.perf_counter() - self._open[number].began)
                    under_way -= 1
        seconds = time.perf_counter() - began
        return {
            "sockets": len(took),
            "followed": len(sessions),
            "seconds": seconds,
            "per_second": len(took) / seconds,
            "p50_ms": percentile(took, 50) * 1e3,
            "p99_ms": percentile(took, 99) * 1e3,
        }

    def _ready(self, wait_s: float, spins: bool) -> list[tuple[int, int]]:
        """The sockets with events; empty if there are none for so long."""
        if not spins or (os.cpu_count() or 1) == 1:
            return self.poll.poll(wait_s)
        until = time.perf_counter() + wait_s
        while not (ready := self.poll.poll(0)) and time.perf_counter() < until:
            pass
        return ready

    def _dial(self, follows: Sequence[Made]) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._source = self._source % SOURCES + 1
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((f"127.0.0.{self._source}", 0))
        sock.connect_ex(("127.0.0.1", self._port))
        self._open[sock.fileno()] = _Socket(sock, follows, time.perf_counter())
        self.poll.register(sock.fileno(), select.EPOLLOUT)

    def _step(self, one: _Socket, happened: int) -> bool:
        """Handle an event of a connection; whether this was its last missing snapshot."""
        number = one.sock.fileno()
        if happened & select.EPOLLOUT:
            if error := one.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise LoadError(f"A connection failed: {os.strerror(error)}")
            one.sock.send(
                f"GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            self.poll.modify(number, select.EPOLLIN)
            return False
        if one.upgraded and not one.to_come:
            self.read(number)
            return False
        one.data += self._receive(one)
        if not one.upgraded:
            end = one.data.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._check_upgrade(one.data[:end])
            one.upgraded, one.data = True, one.data[end + 4 :]
            one.to_come = len(one.follows)
            self._subscribe(one)
        whole, one.data = frames(one.data)
        for kind, payload in whole:
            if kind == _TEXT:
                self._check_snapshot(one, payload)
            else:
                self._control(one, kind, payload)
        return not one.to_come

    @staticmethod
    def _check_upgrade(head: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 101") or _ACCEPTED not in head:
            raise LoadError(f"No WebSocket: {head!r}")

    def _subscribe(self, one: _Socket) -> None:
        for session in one.follows:
            fields = {"type": "subscribe", "sessionId": session.id, "token": session.token}
            message = frame(msgspec.json.encode(fields))
            if one.sock.send(message) != len(message):
                raise LoadError("The gateway does not read what it is sent.")

    def _check_snapshot(self, one: _Socket, payload: bytes) -> None:
        message = self._decode.decode(payload)
        if message.type == "session":
            one.to_come -= 1
        elif message.type == "error":
            raise LoadError(f"A subscription was refused: {payload!r}")

    @staticmethod
    def _receive(one: _Socket) -> bytes:
        try:
            data = one.sock.recv(_RECEIVE_BYTES)
        except ConnectionError as error:
            raise LoadError(f"A WebSocket broke: {error}") from error
        if not data:
            raise LoadError(f"The gateway closed a WebSocket: {one.data!r}")
        return data

    @staticmethod
    def _control(one: _Socket, kind: int, payload: bytes) -> None:
        if kind == _PING:
            one.sock.send(frame(payload, _PONG))
        elif kind == _CLOSE:
            raise LoadError(f"The gateway closed a WebSocket: {payload!r}")

    def read(self, number: int) -> bytes:
        """Read the input of a connection, to parse it later."""
        data = self._receive(self._open[number])
        self._chunks.append((number, time.monotonic_ns(), data))
        self._chunk_bytes += len(data)
        if self._chunk_bytes > MOST_WAITING_BYTES or _PING in data or _CLOSE in data:
            self._understand()
        return data

    def _understand(self) -> None:
        chunks, self._chunks, self._chunk_bytes = self._chunks, [], 0
        for number, at, data in chunks:
            one = self._open[number]
            whole, one.data = frames(one.data + data)
            for kind, payload in whole:
                if kind == _TEXT:
                    self._rows.append(self._row(payload, at))
                else:
                    self._control(one, kind, payload)

    def _row(self, payload: bytes, at: int) -> Row:
        message = self._decode.decode(payload)
        if message.type == "error":
            raise LoadError(f"An error came: {payload!r}")
        kind = f"status:{message.status}" if message.type == "status" else message.type
        session_id = message.sessionId or message.id or ""
        return kind, session_id, message.status, message.confirmations, at

    def take(self, kind: str, count: int, wait_s: float, file: str, spins: bool = False) -> Fields:
        """Wait for messages; the number of each kind."""
        status = kind.removeprefix("status:")
        needle = f'"type":"{kind}"' if status == kind else f'"status":"{status}"'
        sought = needle.encode()
        until = time.perf_counter() + wait_s
        self._understand()
        came = sum(row[0] == kind for row in self._rows)
        while came < count and time.perf_counter() < until:
            ready = self._ready(QUIET_S, spins)
            for number, _ in ready:
                came += self.read(number).count(sought)
            if not ready or came >= count:
                self._understand()
                came = sum(row[0] == kind for row in self._rows)
        self._understand()
        rows, self._rows = self._rows, []
        kinds: dict[str, int] = {}
        for row in rows:
            kinds[row[0]] = kinds.get(row[0], 0) + 1
        write_json(file, rows)
        return {"came": came, "kinds": kinds}

    def close(self) -> Fields:
        """Close all connections."""
        count = len(self._open)
        for one in self._open.values():
            self.poll.unregister(one.sock.fileno())
            one.sock.close()
        self._open.clear()
        self._chunks.clear()
        self._rows.clear()
        return {"closed": count}


def serve(sockets: Sockets, asked: int) -> None:
    """Read from all connections and run commands until standard input ends. If a connection breaks
    between commands, the next command is answered with that error."""
    commands: dict[str, Command] = {
        "connect": sockets.connect,
        "take": sockets.take,
        "close": sockets.close,
    }
    sockets.poll.register(asked, select.EPOLLIN)
    rest, broken = b"", None
    while True:
        for number, _ in sockets.poll.poll():
            if number != asked:
                try:
                    sockets.read(number)
                except LoadError as error:
                    broken = str(error)
                    sockets.close()
                    break
                continue
            data = os.read(asked, _RECEIVE_BYTES)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            sockets.poll.unregister(asked)
            for line in lines:
                if broken is None:
                    answer(commands, line)
                else:
                    say({"error": broken})
            sockets.poll.register(asked, select.EPOLLIN)
            # The command may have read from the other sockets, so poll again.
            break


def main() -> None:
    bound_resources()
    serve(Sockets(), sys.stdin.buffer.fileno())


if __name__ == "__main__":
    main()
