"""A start with many sessions: other tasks get turns meanwhile, and memory settles."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import pytest
import trio

from actors import housekeeping
from actors.housekeeping import Settling
from actors.sessions import resume
from actors.sessions.actor import SessionActor
from actors.sessions.supervisor import SessionSupervisor
from kasgate.sessions.session import Session, SessionStatus
from tests.actors.world import World, settled


class Turns:
    """Counts the turns of a task that always wants to run."""

    def __init__(self) -> None:
        self.taken = 0

    async def take(self) -> None:
        while True:
            await trio.lowlevel.checkpoint()
            self.taken += 1


async def test_a_start_lets_others_run_every_few_sessions(
    still_world: World, monkeypatch: pytest.MonkeyPatch
):
    """This counts turns of the loop, not time, which a slow machine stretches."""
    world = still_world
    views = [await world.create() for _ in range(40)]
    await world.stop()
    monkeypatch.setattr(resume, "STARTED_AT_ONCE", 4)

    turns = Turns()
    longest, supervised = 0, 0
    start = SessionSupervisor.start
    since = -1

    def start_and_count(self: SessionSupervisor, session: Session) -> SessionActor:
        nonlocal longest, supervised, since
        supervised = supervised + 1 if turns.taken == since else 1
        since = turns.taken
        longest = max(longest, supervised)
        return start(self, session)

    monkeypatch.setattr(SessionSupervisor, "start", start_and_count)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(turns.take)
        await world.start()
        nursery.cancel_scope.cancel()
    assert world.gateway.health().open_sessions == len(views)
    # Trio shuffles the tasks of a round, so two batches may come one after the other.
    assert longest <= 8


async def test_a_start_leaves_the_garbage_collector_on_and_what_it_read_exempt(
    still_world: World,
):
    world = still_world
    for _ in range(5):
        await world.create()
    await world.stop()
    before = gc.get_freeze_count()
    await world.start()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


async def test_sessions_exempt_from_collections_still_close_and_are_freed(still_world: World):
    world = still_world
    view = await world.create()
    gc.freeze()
    await world.gateway.cancel_session(view.session.id)
    await settled()
    assert world.gateway.health().open_sessions == 0
    assert await world.status(view) is SessionStatus.EXPIRED


def test_memory_settles_once_in_so_many_sessions(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(housekeeping, "SETTLE_EVERY", 10)
    rounds: list[str] = []
    collector = SimpleNamespace(
        collect=lambda: rounds.append("collect"), freeze=lambda: rounds.append("freeze")
    )
    monkeypatch.setattr(housekeeping, "gc", collector)
    settling = Settling()
    for _ in range(25):
        settling.session_made()
    assert rounds == ["collect", "freeze"] * 2
