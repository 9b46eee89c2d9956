"""The plain lane's WebSockets: slow readers and outdated updates."""

from __future__ import annotations

from typing import cast

import msgspec
import pytest
import trio
import trio.testing
from quart import Websocket

from actors.broker import SessionUpdate
from tests.web.world import Json, World, eventually
from web.socket.messages import SessionMessages
from web.socket.plain import QuartLine


@pytest.fixture
async def session(world: World) -> Json:
    return await world.session(await world.merchant(), requiredConfirmations=3)


class SlowSocket:
    """A WebSocket whose reader accepts messages only while the gate is open."""

    def __init__(self) -> None:
        self.say, self._said = trio.open_memory_channel[str](10)
        self.taken: list[Json] = []
        self.gate = trio.Event()
        self.gate.set()
        self.headers: dict[str, str] = {}

    async def receive(self) -> str:
        return await self._said.receive()

    async def send(self, text: str) -> None:
        await self.gate.wait()
        self.taken.append(msgspec.json.decode(text))


async def test_a_slow_reader_gets_only_the_newest_state(world: World, session: Json) -> None:
    slow = SlowSocket()
    with world.gateway.broker.open_slot() as slot:
        line = QuartLine(cast(Websocket, slow), slot, world.app.sockets.limits, "192.0.2.1")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run, world.gateway, SessionMessages(world.gateway))
            await slow.say.send(
                f'{{"type":"subscribe","sessionId":"{session["id"]}",'
                f'"token":"{session["subscriptionToken"]}"}}'
            )
            await eventually(lambda: len(slow.taken) == 1)
            slow.gate = trio.Event()
            for _ in range(9):
                await world.node.pay(session["address"], "1")
                await trio.testing.wait_all_tasks_blocked(0.01)
            slow.gate.set()
            await eventually(lambda: slow.taken[-1].get("receivedSompi") == "900000000")
            assert len(slow.taken) <= 3
            nursery.cancel_scope.cancel()


async def test_an_update_older_than_the_sent_state_is_not_sent(world: World, session: Json) -> None:
    older = await world.gateway.session(session["id"])
    assert older is not None
    await world.node.pay(session["address"], "1")
    await trio.testing.wait_all_tasks_blocked(0.05)
    socket = SlowSocket()
    with world.gateway.broker.open_slot() as slot:
        line = QuartLine(cast(Websocket, socket), slot, world.app.sockets.limits, "192.0.2.1")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run, world.gateway, SessionMessages(world.gateway))
            subscribe = {
                "type": "subscribe",
                "sessionId": session["id"],
                "token": session["subscriptionToken"],
            }
            await socket.say.send(msgspec.json.encode(subscribe).decode())
            await eventually(lambda: len(socket.taken) == 1)
            assert socket.taken[0]["paidState"] == "partial"
            slot.offer(SessionUpdate(older, status_changed=True))
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert len(socket.taken) == 1
            nursery.cancel_scope.cancel()
