"""Dust: anybody may send thousands of outputs to one address. None is lost, none is counted twice,
no step grows with their number, and other work does not wait for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
import trio

import actors.sessions.actor
from actors.broker import SessionView
from actors.sessions.actor import GATHER_S, TAKEN_AT_ONCE
from actors.sessions.supervisor import REVIVAL_OBSERVATIONS
from actors.turns import AT_ONCE
from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions import ledger, transitions
from kasgate.sessions.session import EventType, Session, SessionStatus
from kasgate.sessions.transitions import Step
from tests.actors.world import World, settled

MANY = 5_000
SPECK = 0.001


class Turns(trio.abc.Instrument):
    """The most work of one task between two checkpoints, counted in steps and in outputs passed to
    a session."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turn: Counter[str] = Counter()
        self.longest: Counter[str] = Counter()
        real_observe = actors.sessions.actor.SessionActor.observe

        def step(*arguments: object) -> Step:
            self.turn["steps"] += 1
            return transitions.step(*arguments)  # type: ignore[arg-type]

        def observe(*arguments: object) -> None:
            self.turn["outputs"] += 1
            real_observe(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(actors.sessions.actor, "step", step)
        monkeypatch.setattr(actors.sessions.actor.SessionActor, "observe", observe)
        trio.lowlevel.add_instrument(self)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.turn = Counter()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.longest |= self.turn


@pytest.fixture
def turns(still_world: World, monkeypatch: pytest.MonkeyPatch) -> Turns:
    return Turns(monkeypatch)


async def an_open_session(world: World) -> SessionView:
    return await world.create(10)


async def a_confirmed_session(world: World) -> SessionView:
    view = await world.create(10)
    await world.pay(view, 10)
    await world.mine(10)
    assert await world.status(view) is SessionStatus.CONFIRMED
    return view


async def a_cancelled_session(world: World) -> SessionView:
    view = await world.create(10)
    await world.gateway.cancel_session(view.session.id)
    return view


KINDS: list[tuple[Callable[[World], Awaitable[SessionView]], EventType]] = [
    (an_open_session, EventType.PARTIAL),
    (a_confirmed_session, EventType.OVERPAID),
    (a_cancelled_session, EventType.LATE),
]
kinds = pytest.mark.parametrize(("make", "told"), KINDS)


def dust(world: World, view: SessionView, number: int) -> list[Outpoint]:
    return world.chain.pay_many([(view.session.address, SPECK)] * number)


def sompi(number: int) -> int:
    return round(number * SPECK * 10**8)


async def all_counted(world: World, view: SessionView, number: int, before: Session) -> Session:
    """Wait until so many outputs were added to a session's earlier ones, and check that the
    database has each of them once."""
    total = before.payments_total + number
    with trio.fail_after(600), world.gateway.broker.open_slot() as slot:
        slot.follow(view.session.id)
        while (await world.now(view)).payments_total < total:
            await slot.take()
    now = await world.now(view)
    assert now.payments_total == total
    assert now.received == before.received + sompi(number)
    rows = world.store._connection.execute(
        "SELECT count(*), sum(amount), count(DISTINCT position) FROM payments WHERE session_id = ?",
        (view.session.id,),
    ).fetchone()
    assert tuple(rows) == (total, now.received, total)
    assert len(now.payments) <= ledger.most_held() + TAKEN_AT_ONCE
    return now


def no_turn_was_long(turns: Turns) -> None:
    assert 0 < turns.longest["steps"] <= TAKEN_AT_ONCE
    assert 0 < turns.longest["outputs"] <= max(AT_ONCE, REVIVAL_OBSERVATIONS)


@kinds
async def test_thousands_of_outputs_in_one_notification(
    still_world: World,
    turns: Turns,
    make: Callable[[World], Awaitable[SessionView]],
    told: EventType,
):
    world = still_world
    view = await make(world)
    before = await world.now(view)
    events_before = await world.events(view)
    dust(world, view, MANY)
    now = await all_counted(world, view, MANY, before)
    assert now.status is before.status
    no_turn_was_long(turns)
    events = (await world.events(view))[len(events_before) :]
    assert set(events) == {told}
    assert len(events) <= MANY / TAKEN_AT_ONCE + 5


@kinds
async def test_thousands_of_outputs_that_trickle_in(
    still_world: World,
    turns: Turns,
    make: Callable[[World], Awaitable[SessionView]],
    told: EventType,
):
    world = still_world
    view = await make(world)
    before = await world.now(view)
    events_before = await world.events(view)
    began = trio.current_time()
    for _ in range(MANY // 50):
        dust(world, view, 50)
        await trio.sleep(0.1)
    await all_counted(world, view, MANY, before)
    no_turn_was_long(turns)
    events = (await world.events(view))[len(events_before) :]
    assert set(events) == {told}
    passed = trio.current_time() - began
    few = ledger.SHOWN / 50 + MANY / TAKEN_AT_ONCE + passed / GATHER_S
    assert len(events) <= few


@kinds
async def test_thousands_of_outputs_that_a_snapshot_shows_at_a_start(
    still_world: World,
    turns: Turns,
    make: Callable[[World], Awaitable[SessionView]],
    told: EventType,
):
    world = still_world
    view = await make(world)
    before = await world.now(view)
    await world.stop()
    dust(world, view, MANY)
    await world.start()
    await all_counted(world, view, MANY, before)
    no_turn_was_long(turns)
    assert told in await world.events(view)


async def test_one_payer_of_dust_and_a_shopper_pay_the_same_session(still_world: World):
    """The shopper's payment completes it, and everything becomes final."""
    world = still_world
    view = await world.create(10)
    before = await world.now(view)
    dust(world, view, 1_000)
    await all_counted(world, view, 1_000, before)
    paid = await world.pay(view, 10)
    await world.becomes(view, SessionStatus.CONFIRMING)
    dust(world, view, 1_000)
    await trio.sleep(3)
    await world.mine(10)
    session = await world.becomes(view, SessionStatus.CONFIRMED)
    assert session.tx_id == paid.transaction_id
    await trio.sleep(10)
    stored = await world.store.session(view.session.id)
    assert stored is not None
    assert stored.ledger.sums.unsettled == 0
    assert stored.final == stored.received == sompi(2_000) + 10**9
    assert world.gateway.health().open_sessions == 0
    events = await world.events(view)
    assert events[-1] is EventType.CONFIRMED
    assert events.count(EventType.CONFIRMING) == events.count(EventType.CONFIRMED) == 1


async def test_an_order_that_is_paid_in_dust_is_confirmed(still_world: World):
    world = still_world
    view = await world.create(1)
    dust(world, view, 1_200)
    session = await world.becomes(view, SessionStatus.CONFIRMING)
    await trio.sleep(3)
    assert (await world.now(view)).payments_total == 1_200
    assert session.tx_id is not None
    await world.mine(5)
    assert await world.confirmations(view) == 5
    await world.mine(5)
    await world.becomes(view, SessionStatus.CONFIRMED)


async def test_a_reorg_takes_a_payment_that_is_in_the_database_alone(still_world: World):
    world = still_world
    view = await world.create(10, required_confirmations=1_000)
    before = await world.now(view)
    dust(world, view, 1_000)
    await all_counted(world, view, 1_000, before)
    held = (await world.now(view)).ledger.held
    shelved = next(outpoint for outpoint in tuple(world.chain.coins) if outpoint not in held)
    coin = world.chain.withdraw(shelved)
    await trio.sleep(30)
    after = await world.now(view)
    assert after.received == before.received + sompi(999)
    assert after.payments_total == 1_000
    assert (await world.events(view))[-1] is EventType.REVERTED
    world.chain.restore(coin)
    await trio.sleep(5)
    again = await world.now(view)
    assert again.received == sompi(1_000)
    assert again.payments_total == 1_000


async def test_everything_is_swept_while_the_node_is_away(still_world: World):
    """Outputs that only the database holds are also found missing, and proven to be spent."""
    world = still_world
    view = await world.create(10, required_confirmations=100)
    before = await world.now(view)
    coins = dust(world, view, 600)
    await all_counted(world, view, 600, before)
    world.node.cut(reachable=False)
    await settled()
    world.chain.sweep(*coins)
    world.node.cut(reachable=True)
    await trio.sleep(60)
    await world.mine(150)
    await trio.sleep(60)
    rows = world.store._connection.execute(
        "SELECT state, count(*) FROM payments GROUP BY state"
    ).fetchall()
    assert {row[0]: row[1] for row in rows} == {"confirmed": 600}
    assert (await world.now(view)).final == sompi(600)


async def test_more_than_a_mailbox_holds_is_compared_again(
    still_world: World, monkeypatch: pytest.MonkeyPatch
):
    world = still_world
    monkeypatch.setattr(actors.sessions.actor, "MOST_WAITING", 40)
    view = await world.create(10)
    before = await world.now(view)
    actor = world.gateway._supervisor.actor(view.session.id)
    assert actor is not None
    dust(world, view, 500)
    await settled()
    assert len(actor._mailbox) <= 40
    await all_counted(world, view, 500, before)


async def test_a_merchant_who_decides_is_not_kept_waiting_by_dust(still_world: World):
    world = still_world
    view = await world.create(10)
    before = await world.now(view)
    dust(world, view, 300)
    await all_counted(world, view, 300, before)
    dust(world, view, 1)
    await settled()
    began = trio.current_time()
    await world.gateway.cancel_session(view.session.id)
    assert trio.current_time() - began <= GATHER_S
    session = await world.becomes(view, SessionStatus.EXPIRED)
    assert session.received == sompi(session.payments_total)


async def test_a_session_with_dust_is_the_same_after_a_restart(still_world: World):
    world = still_world
    view = await world.create(10, required_confirmations=500)
    before = await world.now(view)
    dust(world, view, 700)
    now = await all_counted(world, view, 700, before)
    await world.stop()
    await world.start()
    await world.live()
    again = await world.now(view)
    assert again.ledger.sums == now.ledger.sums
    assert again.ledger.next_place == now.ledger.next_place
    assert len(again.payments) <= ledger.most_held()
    assert world.gateway.health().restarted_actors == 0


async def test_a_page_of_sessions_does_not_bring_all_their_payments(still_world: World):
    world = still_world
    views = [await world.create(10, required_confirmations=500) for _ in range(3)]
    for view in views:
        before = await world.now(view)
        dust(world, view, 400)
        await all_counted(world, view, 400, before)
    page = await world.store.active_sessions("", 10)
    assert len(page) == 3
    assert sum(len(session.payments) for session in page) <= 3 * ledger.most_held()
    assert {session.payments_total for session in page} == {400}


async def test_dust_on_a_closed_session_does_not_have_its_address_read_each_time(
    still_world: World,
):
    """Each output restarts the actor, which knows the output that restarted it."""
    world = still_world
    view = await a_cancelled_session(world)
    before = await world.now(view)
    dust(world, view, 300)
    before = await all_counted(world, view, 300, before)
    await world.mine(20)
    world.chain.beating = True  # A silence would be followed by a replay.
    await trio.sleep(5)
    assert world.gateway.health().open_sessions == 0
    asked = world.node.asked["utxos"]
    for count in range(1, 4):
        dust(world, view, 1)
        await all_counted(world, view, count, before)
        await world.mine(20)
        await trio.sleep(3 * GATHER_S)
        assert world.gateway.health().open_sessions == 0
    assert world.node.asked["utxos"] == asked
