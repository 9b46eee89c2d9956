"""The actor and observations that are not money: mempool sightings and a second source."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from actors.broker import SessionView
from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions.observations import MempoolSeen, OutputSeen, PaymentAttested
from kasgate.sessions.payments import MempoolSighting, Payment
from kasgate.sessions.session import EventType, Session, SessionStatus
from tests.actors.world import NODE, OTHER_NODE, World, a_world, settled, silent
from tests.sample_sessions import kas, outpoint

PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING
CONFIRMED, EXPIRED = SessionStatus.CONFIRMED, SessionStatus.EXPIRED
THERE = outpoint(77)


def in_mempool(world: World, view: SessionView, *outpoints: Outpoint) -> None:
    """The observation that the feed sends after a poll of the mempool."""
    now = world.clock()
    sightings = tuple(MempoolSighting(shown, kas(10), now) for shown in outpoints)
    world.gateway._supervisor.observe(view.session.id, MempoolSeen(sightings))


async def test_a_sighting_is_published_once_and_never_stored(still_world: World):
    world = still_world
    view = await world.create()
    stored = await world.store.session(view.session.id)
    with world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        world.store.pause()  # Nothing has to be committed.
        in_mempool(world, view, THERE)
        (update,) = await slot.take()
        assert [s.outpoint for s in update.view.session.sightings] == [THERE]
        in_mempool(world, view, THERE)
        assert await silent(slot)
        in_mempool(world, view)
        (update,) = await slot.take()
        (left,) = update.view.session.sightings
        assert left.left_at == world.clock()
        world.store.resume()
    assert await world.store.session(view.session.id) == stored
    assert await world.events(view) == []


async def test_a_restart_forgets_what_was_only_seen(world: World):
    view = await world.create()
    in_mempool(world, view, THERE)
    await settled()
    assert (await world.now(view)).sightings
    await world.stop()
    await world.start()
    assert (await world.now(view)).sightings == ()
    assert await world.status(view) is PENDING


async def test_a_sighting_holds_the_deadline_for_a_minute_and_no_longer(world: World):
    view = await world.create(10, expires_in=60)
    await trio.sleep(50)
    in_mempool(world, view, THERE)
    await trio.sleep(59)
    assert await world.status(view) is PENDING
    session = await world.becomes(view, EXPIRED, within=2)
    assert session.closed_at is not None
    assert 0 <= session.closed_at - (session.expires_at + 50_000) <= 200


async def test_a_deadline_that_was_held_passes_when_the_sighting_is_gone(world: World):
    view = await world.create(10, expires_in=60)
    await trio.sleep(59)
    in_mempool(world, view, THERE)
    await trio.sleep(5)
    assert await world.status(view) is PENDING
    in_mempool(world, view)
    await trio.sleep(4)
    assert await world.status(view) is PENDING
    await world.becomes(view, EXPIRED, within=2)


async def test_what_was_seen_in_time_and_accepted_after_it_is_in_time(world: World):
    view = await world.create(10, expires_in=60)
    await trio.sleep(59)
    in_mempool(world, view, THERE)
    await trio.sleep(45)
    accepted = OutputSeen(THERE, kas(10), world.chain.score, world.clock())
    world.gateway._supervisor.observe(view.session.id, accepted)
    session = await world.becomes(view, CONFIRMING, within=1)
    assert not session.late
    assert session.sightings == ()


# A second source


class SecondSource:
    """Asked through the feed; it answers when a test lets it."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self._world = world
        self.asked: list[Outpoint] = []
        world.chain.nodes[OTHER_NODE].reachable = False
        monkeypatch.setattr(world.gateway.feed, "attest", self._ask)

    def _ask(self, session: Session, payment: Payment) -> None:
        self.asked.append(payment.outpoint)

    async def agree(self, view: SessionView, outpoint: Outpoint) -> None:
        self._world.gateway._supervisor.observe(view.session.id, PaymentAttested(outpoint))
        await settled()


async def test_a_large_session_is_confirmed_once_a_second_source_agrees(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
):
    async with a_world(beating=False, nodes=[NODE, OTHER_NODE], quorum_amount="10") as world:
        source = SecondSource(world, monkeypatch)
        small = await world.create(9.99)
        large = await world.create(10)
        await world.pay(small, 9.99)
        paid = await world.pay(large, 10)
        await world.mine(9)
        assert source.asked == []
        await world.mine(1)
        assert await world.status(small) is CONFIRMED
        assert await world.status(large) is CONFIRMING
        assert source.asked == [paid]
        assert await world.confirmations(large) == 10

        await world.mine(50)
        assert await world.status(large) is CONFIRMING
        assert source.asked == [paid], "no block has to wake it"

        await source.agree(large, paid)
        stored = await world.store.session(large.session.id)
        assert stored is not None
        assert stored.payments[0].attested
        await world.mine(1)
        assert await world.status(large) is CONFIRMED
        assert await world.events(large) == [EventType.CONFIRMING, EventType.CONFIRMED]


async def test_the_question_is_put_again_after_a_restart(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
):
    async with a_world(beating=False, nodes=[NODE, OTHER_NODE], quorum_amount="1") as world:
        world.chain.nodes[OTHER_NODE].reachable = False
        view = await world.create(10)
        paid = await world.pay(view)
        await world.mine(20)
        await world.stop()
        await world.start()
        source = SecondSource(world, monkeypatch)
        await world.live()
        await world.mine(1)
        assert await world.status(view) is CONFIRMING
        assert paid in source.asked
        await source.agree(view, paid)
        await world.mine(1)
        assert await world.status(view) is CONFIRMED


async def test_a_session_is_only_as_large_as_the_gateway_said_when_it_was_made(
    autojump_clock: MockClock,
):
    async with a_world(beating=False) as world:
        assert not (await world.create(1_000_000)).session.needs_attestation
    async with a_world(beating=False, nodes=[NODE, OTHER_NODE], quorum_amount="1000000") as world:
        assert (await world.create(1_000_000)).session.needs_attestation
        assert not (await world.create(999_999)).session.needs_attestation
