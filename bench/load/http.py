"""Calls a gateway over HTTP on persistent connections, as fast as it answers.

    python -m bench.load.http

Commands:

* ``create``: create ``count`` sessions with the API keys ``keys`` in turn (``body`` is the JSON of
  the request) and write them to ``file``;
* ``get``: read the sessions of ``file`` for ``seconds``, each path ``prefix`` + id + ``suffix`` in
  turn. With more than one processor it does not sleep while it waits.

``connections`` are open at once, each with one request in flight. Times are in milliseconds, from
sending to the last byte of the answer.
"""

from __future__ import annotations

import itertools
import os
import re
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator
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
    write_json,
)
from bench.report.tables import percentile

HOST: Final = "127.0.0.1"
ANSWER_S: Final = 60.0
"""The time limit of an answer."""
SHOWN_BYTES: Final = 500
_RECEIVE_BYTES: Final = 64 * 1024
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_STATUS: Final = slice(9, 12)


class Created(msgspec.Struct, gc=False):
    """The checked fields of the answer to a new session."""

    id: str
    address: str
    status: str
    subscriptionToken: str  # noqa: N815 - the wire's name


@define(eq=False)
class _Connection:
    sock: socket.socket
    asked: str = ""
    """The id in the current request."""
    sent_at: float = 0.0
    data: bytes = b""


@define(eq=False)
class Load:
    """One load: requests come from ``next_request``, answers go to ``take``."""

    port: int
    next_request: Callable[[], tuple[str, bytes] | None]
    """The id and the whole request; None when no request is left."""
    take: Callable[[str, bytes, bytes], None]
    """Gets the id, the status and the body. Raises LoadError for a wrong answer."""
    spins: bool = False
    """Poll for answers without sleeping. Waking a sleeping process costs its sender time: on a
    virtual machine an interrupt of another processor takes longer than the rest of the send."""
    latencies: list[float] = field(factory=list)
    began: float = 0.0
    ended: float = 0.0
    _open: dict[int, _Connection] = field(factory=dict)
    _poll: select.epoll = field(factory=select.epoll)

    def run(self, connections: int) -> None:
        """Run until no request is left and all are answered. Raises LoadError."""
        self.began = time.perf_counter()
        try:
            for _ in range(connections):
                self._connect()
            while self._open:
                for number, _ in self._ready():
                    self._read(self._open[number])
        finally:
            self.ended = time.perf_counter()
            for connection in self._open.values():
                connection.sock.close()
            self._poll.close()

    def _ready(self) -> list[tuple[int, int]]:
        """The connections with input. Raises LoadError after ANSWER_S without any."""
        waits_until = time.perf_counter() + ANSWER_S
        while time.perf_counter() < waits_until:
            ready = self._poll.poll(0 if self.spins else ANSWER_S)
            if ready:
                return ready
        raise LoadError(f"No answer within {ANSWER_S:.0f} s.")

    def _connect(self) -> None:
        request = self.next_request()
        if request is None:
            return
        sock = socket.create_connection((HOST, self.port), timeout=ANSWER_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        connection = _Connection(sock)
        self._open[sock.fileno()] = connection
        self._poll.register(sock.fileno(), select.EPOLLIN)
        self._send(connection, request)

    def _send(self, connection: _Connection, request: tuple[str, bytes]) -> None:
        connection.asked, content = request
        connection.sent_at = time.perf_counter()
        if connection.sock.send(content) != len(content):
            raise LoadError("The gateway does not read what it is sent.")

    def _read(self, connection: _Connection) -> None:
        data = connection.sock.recv(_RECEIVE_BYTES)
        if not data:
            raise LoadError(f"The gateway closed a connection in the middle: {connection.data!r}")
        if connection.data:
            data = connection.data + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            connection.data = data
            return
        length = _LENGTH.search(data, 0, end)
        if length is None:
            raise LoadError(f"An answer without a length: {data[:SHOWN_BYTES]!r}")
        if len(data) < end + 4 + int(length[1]):
            connection.data = data
            return
        self.latencies.append(time.perf_counter() - connection.sent_at)
        connection.data = b""
        self.take(connection.asked, data[_STATUS], data[end + 4 :])
        if b"\r\nconnection: close" in data[:end].lower():
            self._close(connection)
            self._connect()
            return
        request = self.next_request()
        if request is None:
            self._close(connection)
        else:
            self._send(connection, request)

    def _close(self, connection: _Connection) -> None:
        number = connection.sock.fileno()
        self._poll.unregister(number)
        del self._open[number]
        connection.sock.close()

    def figures(self) -> Fields:
        """The number, rate and latencies of the answers."""
        took = self.ended - self.began
        count = len(self.latencies)
        return {
            "answers": count,
            "seconds": took,
            "per_second": count / took,
            **{f"p{p}_ms": percentile(self.latencies, p) * 1e3 for p in (50, 99, 100)},
        }


def _head(method: str, path: str, key: str | None = None, length: int | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: bench"]
    if key is not None:
        lines.append(f"X-API-Key: {key}")
    if length is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def create(
    *,
    port: int,
    keys: list[str],
    count: int,
    file: str,
    connections: int = 16,
    body: Fields | None = None,
) -> Fields:
    """Create sessions."""
    content = msgspec.json.encode({"amount": "1"} if body is None else body)
    heads = (_head("POST", "/api/v1/sessions", key, len(content)) for key in keys)
    requests = itertools.cycle([head + content for head in heads])
    numbers = iter(range(count))
    decode = msgspec.json.Decoder(Created).decode
    made: list[Made] = []
    unwatched = 0

    def next_request() -> tuple[str, bytes] | None:
        return None if next(numbers, None) is None else ("", next(requests))

    def take(_asked: str, status: bytes, body: bytes) -> None:
        nonlocal unwatched
        if status != b"201":
            raise LoadError(f"A new session was answered with {body[:SHOWN_BYTES]!r}")
        new = decode(body)
        unwatched += new.status != "pending"
        made.append(Made(new.id, new.address, new.subscriptionToken))

    load = Load(port, next_request, take)
    load.run(connections)
    if len({one.id for one in made}) != count or len({one.address for one in made}) != count:
        raise LoadError(f"{count} sessions share ids or addresses.")
    write_json(file, made)
    return load.figures() | {"unwatched": unwatched}


def get(
    *,
    port: int,
    file: str,
    seconds: float,
    connections: int = 16,
    prefix: str = "/api/v1/sessions/",
    suffix: str = "",
) -> Fields:
    """Read sessions repeatedly."""
    requests = [(one.id, _head("GET", f"{prefix}{one.id}{suffix}")) for one in read_sessions(file)]
    until = time.perf_counter() + seconds

    def turns() -> Iterator[tuple[str, bytes]]:
        while True:
            for request in requests:
                if time.perf_counter() >= until:
                    return
                yield request

    turn = turns()

    def take(asked: str, status: bytes, body: bytes) -> None:
        if status != b"200" or not body.startswith(b'{"id":"' + asked.encode()):
            raise LoadError(f"{asked} was answered with {body[:SHOWN_BYTES]!r}")

    load = Load(port, lambda: next(turn, None), take, spins=(os.cpu_count() or 1) > 1)
    load.run(connections)
    return load.figures()


def main() -> None:
    bound_resources()
    commands: dict[str, Command] = {"create": create, "get": get}
    for line in sys.stdin:
        answer(commands, line)


if __name__ == "__main__":
    main()
