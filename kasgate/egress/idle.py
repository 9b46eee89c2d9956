"""Connections kept for the next request to the same server."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import trio
from attrs import frozen

from kasgate.egress.connection import Connection
from kasgate.egress.policy import Target

MAX_IDLE: Final = 512
"""Above this limit, the connection that has been idle longest is closed."""
MAX_IDLE_PER_SERVER: Final = 8
"""The number of parallel deliveries of the dispatcher to one merchant; more are closed."""
IDLE_S: Final = 30.0
MAX_AGE_S: Final = 300.0
"""A connection is replaced after this time in seconds, even if busy, so that its server's name is
resolved and checked again."""

Server = tuple[str, str, int]


@frozen(eq=False)
class _Idle:
    server: Server
    connection: Connection
    since: float


class IdleConnections:
    """Keeps at most 512 connections, at most 8 of them to one server, for at most 30 s each."""

    def __init__(self) -> None:
        self._by_server: dict[Server, list[_Idle]] = {}
        self._by_age: OrderedDict[_Idle, None] = OrderedDict()
        self._filled = trio.Event()

    def __len__(self) -> int:
        return len(self._by_age)

    def take(self, target: Target) -> Connection | None:
        """The newest connection to a target's server that still works, if there is one."""
        server = _server(target)
        while stack := self._by_server.get(server):
            idle = stack[-1]
            self._remove(idle)
            if trio.current_time() < idle.since + IDLE_S and idle.connection.is_quiet:
                return idle.connection
            idle.connection.close()
        return None

    def put(self, target: Target, connection: Connection) -> None:
        """Keep a connection, or close it if it can't carry another request."""
        server = _server(target)
        stack = self._by_server.get(server, [])
        now = trio.current_time()
        is_old = now >= connection.opened_at + MAX_AGE_S
        if is_old or len(stack) >= MAX_IDLE_PER_SERVER or not connection.may_go_on:
            connection.close()
            return
        if len(self._by_age) >= MAX_IDLE:
            self._close(next(iter(self._by_age)))
        idle = _Idle(server, connection, now)
        self._by_server.setdefault(server, []).append(idle)
        self._by_age[idle] = None
        self._filled.set()

    async def run(self) -> None:
        """Close each connection when its time is over, and all of them on cancellation."""
        try:
            while True:
                # Again after each wait: a connection may be taken before this task has its turn.
                while not self._by_age:
                    self._filled = trio.Event()
                    await self._filled.wait()
                oldest = next(iter(self._by_age))
                await trio.sleep_until(oldest.since + IDLE_S)
                self._close_expired()
        finally:
            self.close_all()

    def close_all(self) -> None:
        """Close every idle connection."""
        while self._by_age:
            self._close(next(iter(self._by_age)))

    def _close_expired(self) -> None:
        until = trio.current_time() - IDLE_S
        while self._by_age and (idle := next(iter(self._by_age))).since <= until:
            self._close(idle)

    def _close(self, idle: _Idle) -> None:
        self._remove(idle)
        idle.connection.close()

    def _remove(self, idle: _Idle) -> None:
        del self._by_age[idle]
        stack = self._by_server[idle.server]
        stack.remove(idle)
        if not stack:
            del self._by_server[idle.server]


def _server(target: Target) -> Server:
    return target.scheme, target.host, target.port
