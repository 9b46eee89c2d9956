"""One gateway behind two ports, with and without the express lane, and the answers of each to the
same bytes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import trio

from tests.web.world import Json, Served, World, a_world, read_all, served
from web.app import WebApp, create_app
from web.connection.admission import ConnectionLimits
from web.pages.static_files import STATIC

PATIENT = ConnectionLimits(
    head_s=120, keep_alive_s=120, send_s=120, linger_s=120, half_closed_s=120
)
"""Timeouts so long that they do not change the answers."""

_WHAT_DIFFERS = (
    (re.compile(rb"^date: [^\r]+", re.MULTILINE), b"date: D"),
    (re.compile(rb"req_[0-9a-f]{20}"), b"req_R"),
)
# The address of a new session is random, and the length of its QR code depends on it.
_NEW = re.compile(rb"HTTP/1\.1 201 .*?\r\n\r\n(\{.*?\})(?=HTTP/1\.1 |$)", re.DOTALL)
_OF_A_NEW_SESSION = (
    (re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), b"ID"),
    (re.compile(rb"kaspasim:[a-z0-9]+"), b"ADDRESS"),
    (re.compile(rb'"(qrCode|subscriptionToken|createdAt|expiresAt)":"[^"]*"'), rb'"\1":"X"'),
    (re.compile(rb"content-length: [0-9]+"), b"content-length: N"),
)


@dataclass
class TwoLanes:
    """Two ports of one gateway."""

    world: World
    express: Served
    plain: Served
    merchant: Json
    open: Json
    """A session that waits for its payment."""
    closed: Json
    """A session without an actor."""

    async def answers(
        self, pieces: Sequence[bytes], *, listen: bool = False
    ) -> tuple[bytes, bytes]:
        """The lanes' answers to the same bytes in the same pieces, without the parts that may
        differ. Afterwards the peer half-closes, unless it waits for the server to close."""
        said: dict[str, bytes] = {}

        async def ask(name: str, server: Served) -> None:
            said[name] = _comparable(await conversation(server, pieces, listen=listen))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "express", self.express)
            nursery.start_soon(ask, "plain", self.plain)
        return said["express"], said["plain"]


async def conversation(server: Served, pieces: Sequence[bytes], *, listen: bool) -> bytes:
    """The complete answer of one server."""
    with trio.fail_after(280):
        async with await server.connect() as stream:
            try:
                for piece in pieces:
                    await stream.send_all(piece)
                    if len(pieces) > 1:
                        # Gives the server time to read the piece. The result does not depend on it.
                        await trio.sleep(0.002)
                if not listen:
                    await stream.send_eof()
            except trio.BrokenResourceError:
                # The server closed the connection. Its answer can still be read.
                pass
            return await read_all(stream)


@asynccontextmanager
async def two_lanes(**environment: str) -> AsyncIterator[TwoLanes]:
    """Both lanes of one gateway whose clocks stand still."""
    async with a_world(static=STATIC, reachable=True, **environment) as world:
        merchant = await world.merchant()
        sessions = [await world.session(merchant, orderId=f"A-{n}") for n in range(2)]
        cancelled = f"/api/v1/sessions/{sessions[1]['id']}/cancel"
        await world.request("POST", cancelled, headers={"X-API-Key": merchant["apiKey"]})
        now = world.gateway.clock()
        world.gateway.clock = world.gateway.payment_clock._wall = lambda: now
        express, plain = create_app(world.gateway), create_app(world.gateway)
        plain.express = False
        async with (
            _served(world, express) as express_server,
            _served(world, plain) as plain_server,
        ):
            yield TwoLanes(world, express_server, plain_server, merchant, *sessions)


@asynccontextmanager
async def _served(world: World, app: WebApp) -> AsyncIterator[Served]:
    app.limits.clock = lambda: 1_000.0
    async with served(replace(world, app=app), PATIENT) as server:
        yield server


def _comparable(answer: bytes) -> bytes:
    for pattern, word in _WHAT_DIFFERS:
        answer = pattern.sub(word, answer)
    return _NEW.sub(_comparable_new, answer)


def _comparable_new(found: re.Match[bytes]) -> bytes:
    answer = found[0]
    for pattern, word in _OF_A_NEW_SESSION:
        answer = pattern.sub(word, answer)
    return answer
