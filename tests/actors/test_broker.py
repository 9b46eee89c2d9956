"""The broker: the newest state for slow readers, progress in small batches, never backwards."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.broker import (
    AT_ONCE,
    LEAST_PROGRESS_SHARE,
    PROGRESS_INTERVAL_S,
    PROGRESS_SHARE,
    PROGRESS_SPREAD_S,
    Broker,
    SessionUpdate,
    SessionView,
    Slot,
    progress_share,
)
from kasgate.sessions.session import Session, SessionStatus
from tests.sample_sessions import CREATED_SCORE, a_session, after, seen

PENDING, CONFIRMING = SessionStatus.PENDING, SessionStatus.CONFIRMING


class Desk:
    """A broker, the sessions that have an actor, and the score that they are counted at."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.score = CREATED_SCORE
        self.broker = Broker(self.view)

    def view(self, session_id: str) -> SessionView | None:
        session = self.sessions.get(session_id)
        return SessionView(session, self.score) if session is not None else None

    def now(self, session: Session) -> None:
        """Change a session and publish it."""
        self.sessions[session.id] = session
        self.broker.publish(SessionView(session, self.score))

    def rise(self, by: int = 1) -> None:
        self.score += by
        self.broker.score_moved()


def confirming(number: int = 1, **changes: object) -> Session:
    """A session paid at the first score that requires many confirmations."""
    terms = {"id": str(number), "required_confirmations": 1_000} | changes
    session, _ = after(a_session(**terms), seen(number, 10, CREATED_SCORE))
    return session


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def slot(desk: Desk) -> Iterator[Slot]:
    with desk.broker.open_slot() as slot:
        yield slot


async def test_a_slow_reader_finds_the_newest_state_of_each_session(desk: Desk, slot: Slot):
    slot.follow("1")
    slot.follow("2")
    for _ in range(1_000):
        desk.now(a_session(id="1"))
        desk.now(a_session(id="2"))
    desk.now(confirming(1))
    news = await slot.take()
    assert [(n.view.session.id, n.view.session.status) for n in news] == [
        ("2", PENDING), ("1", CONFIRMING),
    ]  # fmt: skip


async def test_progress_does_not_hide_that_the_status_changed(desk: Desk, slot: Slot):
    slot.follow("1")
    view = SessionView(confirming(), CREATED_SCORE + 3)
    slot.offer(SessionUpdate(view, status_changed=True))
    slot.offer(SessionUpdate(view, status_changed=False))
    assert await slot.take() == [SessionUpdate(view, status_changed=True)]


async def test_a_subscriber_gets_no_updates_of_sessions_it_does_not_follow(desk: Desk, slot: Slot):
    slot.follow("1")
    slot.follow("2")
    slot.unfollow("1")
    desk.now(a_session(id="1"))
    desk.now(a_session(id="2"))
    assert [n.view.session.id for n in await slot.take()] == ["2"]
    assert slot.followed == 1


async def test_unfollowing_drops_what_waits_and_take_goes_on_waiting(
    desk: Desk, slot: Slot, autojump_clock: MockClock
):
    slot.follow("1")
    desk.now(a_session(id="1"))
    slot.unfollow("1")
    with trio.move_on_after(1) as waiting:
        await slot.take()
    assert waiting.cancelled_caught


async def test_leaving_the_slot_unfollows_everything(desk: Desk):
    with desk.broker.open_slot() as slot, desk.broker.open_slot() as other:
        slot.follow("1")
        slot.follow("2")
        other.follow("2")
        assert desk.broker.subscriptions == 2
    assert desk.broker.subscriptions == 0


async def test_a_cancelled_reader_takes_nothing(desk: Desk, slot: Slot, autojump_clock: MockClock):
    slot.follow("1")
    with trio.move_on_after(1):
        await slot.take()
    desk.now(a_session(id="1"))
    with trio.move_on_after(0):
        await slot.take()
    assert len(await slot.take()) == 1


async def test_progress_comes_at_most_four_times_a_second_and_only_rises(
    desk: Desk, slot: Slot, nursery: trio.Nursery, autojump_clock: MockClock
):
    nursery.start_soon(desk.broker.run)
    desk.sessions["1"] = confirming()
    slot.follow("1")
    told: list[tuple[float, int]] = []

    async def read() -> None:
        while True:
            for update in await slot.take():
                assert not update.status_changed
                told.append((trio.current_time(), update.view.confirmations))

    nursery.start_soon(read)
    for rise in [1, 1, -2, 3, 1] * 20:
        desk.rise(rise)
        await trio.sleep(0.05)
    assert 15 <= len(told) <= 21
    for (earlier, fewer), (later, more) in pairwise(told):
        assert later - earlier >= PROGRESS_INTERVAL_S - 1e-9
        assert more > fewer


async def test_a_second_follower_does_not_make_progress_go_back(
    desk: Desk, slot: Slot, nursery: trio.Nursery, autojump_clock: MockClock
):
    nursery.start_soon(desk.broker.run)
    desk.sessions["1"] = confirming()
    slot.follow("1")
    desk.rise(10)
    (update,) = await slot.take()
    assert update.view.confirmations == 10

    desk.rise(-5)
    with desk.broker.open_slot() as second:
        second.follow("1")
        desk.rise(1)
        with trio.move_on_after(1) as waiting:
            await slot.take()
        assert waiting.cancelled_caught


async def test_only_sessions_that_confirm_have_progress(
    desk: Desk, slot: Slot, nursery: trio.Nursery, autojump_clock: MockClock
):
    nursery.start_soon(desk.broker.run)
    desk.now(a_session(id="1"))
    desk.now(confirming(2))
    slot.follow("1")
    slot.follow("2")
    await wait_all_tasks_blocked()
    desk.now(evolve(desk.sessions["2"], status=SessionStatus.CONFIRMED))
    await slot.take()
    desk.rise(5)
    with trio.move_on_after(1) as waiting:
        await slot.take()
    assert waiting.cancelled_caught


class Listener:
    """A subscriber that records each update at once."""

    def __init__(self, heard: Callable[[SessionUpdate], None]) -> None:
        self._heard = heard

    def offer(self, update: SessionUpdate) -> None:
        self._heard(update)


class Audience:
    """Many subscribers of one session, and the updates of each, by the session's version."""

    def __init__(self, desk: Desk, size: int) -> None:
        self.told: list[list[int]] = [[] for _ in range(size)]
        self.members = [Listener(self._ear(at)) for at in range(size)]
        for member in self.members:
            desk.broker.add_follower("1", member)

    def _ear(self, at: int) -> Callable[[SessionUpdate], None]:
        return lambda update: self.told[at].append(update.session.version)


async def test_few_subscribers_get_an_update_at_once_and_share_it(desk: Desk):
    heard: list[SessionUpdate] = []
    for _ in range(AT_ONCE):
        desk.broker.add_follower("1", Listener(heard.append))
    desk.now(a_session(id="1"))
    assert len(heard) == AT_ONCE
    assert all(update is heard[0] for update in heard)


async def test_updates_to_very_many_subscribers_let_other_tasks_run(
    desk: Desk, nursery: trio.Nursery
):
    nursery.start_soon(desk.broker.run)
    audience = Audience(desk, 10 * AT_ONCE)
    desk.now(a_session(id="1", version=1))
    assert sum(map(len, audience.told)) == 0
    turns = []
    while not all(audience.told):
        await trio.lowlevel.checkpoint()
        turns.append(sum(map(len, audience.told)))
    assert max(later - earlier for earlier, later in pairwise([0, *turns])) <= 2 * AT_ONCE
    assert audience.told == [[1]] * len(audience.members)


async def test_a_newer_update_reaches_all_subscribers_after_the_older_one(
    desk: Desk, nursery: trio.Nursery
):
    nursery.start_soon(desk.broker.run)
    audience = Audience(desk, 3 * AT_ONCE)
    desk.now(a_session(id="1", version=1))
    while not any(audience.told):
        await trio.lowlevel.checkpoint()
    # So few are left that they could be called at once, ahead of the older update.
    for member in audience.members[:-AT_ONCE]:
        desk.broker.remove_follower("1", member)
    for version in (2, 3, 4):
        desk.now(a_session(id="1", version=version))
    await wait_all_tasks_blocked()
    assert audience.told[-AT_ONCE:] == [[1, 4]] * AT_ONCE


async def test_a_subscriber_that_unfollows_during_delivery_gets_no_update(
    desk: Desk, nursery: trio.Nursery
):
    nursery.start_soon(desk.broker.run)
    heard: list[int] = []
    listeners: list[Listener] = []

    def hear_and_send_all_others_away(update: SessionUpdate) -> None:
        heard.append(update.session.version)
        for listener in listeners[1:]:
            desk.broker.remove_follower("1", listener)
        listeners[:] = listeners[:1]

    for size, version in ((AT_ONCE, 1), (4 * AT_ONCE, 2)):
        listeners[:] = [Listener(hear_and_send_all_others_away) for _ in range(size)]
        for listener in listeners:
            desk.broker.add_follower("1", listener)
        desk.now(a_session(id="1", version=version))
        await wait_all_tasks_blocked()
        # The first subscriber may have unsubscribed itself too.
        assert 1 <= heard.count(version) <= 2
        for listener in listeners:
            desk.broker.remove_follower("1", listener)
    assert desk.broker.subscriptions == 0


async def test_progress_of_many_sessions_is_spread_over_the_interval(
    desk: Desk, nursery: trio.Nursery, autojump_clock: MockClock
):
    nursery.start_soon(desk.broker.run)
    told: list[tuple[float, str]] = []
    listener = Listener(lambda update: told.append((trio.current_time(), update.session.id)))
    for number in range(4 * AT_ONCE):
        desk.sessions[str(number)] = confirming(number)
        desk.broker.add_follower(str(number), listener)
    for _ in range(40):
        desk.rise()
        await trio.sleep(0.1)
    at_a_time = Counter(at for at, _ in told)
    assert max(at_a_time.values()) == AT_ONCE
    for number in range(4 * AT_ONCE):
        times = [at for at, session_id in told if session_id == str(number)]
        assert 4 <= len(times) <= 4 / PROGRESS_INTERVAL_S + 1
        for earlier, later in pairwise(times):
            assert later - earlier >= PROGRESS_INTERVAL_S - 1e-9


def work(seconds: float) -> None:
    """Keep the processor busy."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def test_progress_that_takes_long_to_send_is_sent_less_often(
    desk: Desk, nursery: trio.Nursery, autojump_clock: MockClock
):
    nursery.start_soon(desk.broker.run)
    told: list[float] = []

    def slowly(_: SessionUpdate) -> None:
        work(0.1)
        told.append(trio.current_time())

    desk.sessions["1"] = confirming()
    desk.broker.add_follower("1", Listener(slowly))
    while len(told) < 3:
        desk.rise()
        await trio.sleep(0.1)
    for earlier, later in pairwise(told):
        assert later - earlier >= 0.1 / PROGRESS_SHARE


@pytest.mark.parametrize(
    ("busy", "share"),
    [
        (0.0, PROGRESS_SHARE),
        (0.2, PROGRESS_SHARE),
        (0.5, 0.25),
        (0.7, 0.09),
        (1.0, LEAST_PROGRESS_SHARE),
        (1.9, LEAST_PROGRESS_SHARE),
        (-0.1, PROGRESS_SHARE),
    ],
)
def test_progress_gets_a_smaller_share_the_busier_the_processor_is(busy: float, share: float):
    assert progress_share(busy) == pytest.approx(share)


async def test_progress_is_sent_less_often_while_the_gateway_is_busy(
    desk: Desk, nursery: trio.Nursery, autojump_clock: MockClock
):
    """The virtual clock stands while the processor works, so work seems to take no time. The test
    compares the processor time with the time passed here."""
    nursery.start_soon(desk.broker.run)
    told: list[float] = []

    def slowly(_: SessionUpdate) -> None:
        work(0.02)
        told.append(trio.current_time())

    desk.sessions["1"] = confirming()
    desk.broker.add_follower("1", Listener(slowly))
    while len(told) < 4:
        work(0.1)
        desk.rise()
        await trio.sleep(0.1)
    for earlier, later in pairwise(told[1:]):
        assert later - earlier >= 0.02 / LEAST_PROGRESS_SHARE


async def test_progress_of_many_sessions_is_sent_in_one_round_and_then_less_often(
    desk: Desk, nursery: trio.Nursery, autojump_clock: MockClock
):
    nursery.start_soon(desk.broker.run)
    told: dict[int, list[float]] = {}

    def slowly(update: SessionUpdate) -> None:
        work(0.001)
        told.setdefault(update.confirmations, []).append(trio.current_time())

    count = 4 * AT_ONCE
    for number in range(count):
        desk.sessions[str(number)] = confirming(number)
        desk.broker.add_follower(str(number), Listener(slowly))
    desk.rise()
    await trio.sleep(PROGRESS_SPREAD_S)
    desk.rise()
    await trio.sleep(60)
    first, second = told.values()
    assert len(first) == len(second) == count
    assert first[-1] - first[0] < PROGRESS_SPREAD_S
    assert second[0] - first[0] >= count * 0.001 / PROGRESS_SHARE
