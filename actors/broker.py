"""The broker: what becomes of sessions, brought to whoever follows them.

It keeps no queues. A subscriber takes news without waiting: it writes them to its socket there and
then, or leaves them in a slot that holds the newest state of each session, so that a slow reader
finds that, however much it missed.

The few who follow a session are told in the task that publishes. Where a session has very many,
and for confirmations that rise, a task of the broker goes from one to the next and lets others have
their turn every few dozen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Protocol, Self

import trio
from attrs import Factory, define, field, frozen

from kasgate.sessions.session import Session, SessionStatus

PROGRESS_INTERVAL_S: Final = 0.25
"""Rising confirmations are told at most four times a second (checkout.md)."""
PROGRESS_SPREAD_S: Final = 0.125
"""Those who watch at one time are told over so long, so that none of them delays anybody else."""
PROGRESS_SHARE: Final = 0.5
"""Of a processor's time, at most, is for telling them, and the less the more there is to do beside
it; where very many watch, each is told less often."""
LEAST_PROGRESS_SHARE: Final = 0.05
"""However busy the gateway is."""
AT_ONCE: Final = 32
"""Subscribers that are told before others have their turn: 1.5 ms or so."""


@frozen
class SessionView:
    """A session as it stands now."""

    session: Session
    daa_score: int | None
    """Virtual DAA score that confirmations are counted at."""

    @property
    def confirmations(self) -> int:
        """At most the required ones."""
        return self.session.confirmations(self.daa_score)


@define
class SessionUpdate:
    """News of a session, one for all who follow it."""

    view: SessionView
    status_changed: bool
    """False when only its confirmations rose."""
    confirmations: int = field(
        init=False, default=Factory(lambda self: self.view.confirmations, takes_self=True)
    )
    message: bytes | None = field(init=False, default=None, eq=False, repr=False)
    """What the first of its subscribers made of it to send, for the others."""

    @property
    def session(self) -> Session:
        """The session as it now stands."""
        return self.view.session

    def after(self, earlier: SessionUpdate | None) -> SessionUpdate:
        """These news for somebody who was not told the earlier ones of the same session."""
        if earlier is None or self.status_changed or not earlier.status_changed:
            return self
        return SessionUpdate(self.view, status_changed=True)


class Subscriber(Protocol):
    """Somebody who follows sessions."""

    def offer(self, update: SessionUpdate) -> None:
        """Take news. Never waits and never raises: it is called in the middle of others' work."""
        ...


class Slot:
    """A subscriber that takes news when it gets round to it. A context manager; leaving it
    unfollows everything."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._followed: set[str] = set()
        self._news: dict[str, SessionUpdate] = {}
        self._arrived = trio.Event()

    @property
    def followed(self) -> int:
        """How many sessions it follows."""
        return len(self._followed)

    def follow(self, session_id: str) -> None:
        """From now on, news of this session. Follow first, then read how it stands."""
        self._followed.add(session_id)
        self._broker.add_follower(session_id, self)

    def unfollow(self, session_id: str) -> None:
        """No more news of this session; what is waiting is dropped."""
        self._followed.discard(session_id)
        self._news.pop(session_id, None)
        self._broker.remove_follower(session_id, self)

    async def take(self) -> list[SessionUpdate]:
        """Wait for news and take it: the newest state of each session, in order of arrival.

        Cancellation takes nothing. For one task.
        """
        await self._arrived.wait()
        while not self._news:
            self._arrived = trio.Event()
            await self._arrived.wait()
        self._arrived = trio.Event()
        news, self._news = self._news, {}
        return list(news.values())

    def offer(self, update: SessionUpdate) -> None:
        """Leave news in the slot, in place of older news of the same session."""
        session_id = update.session.id
        self._news[session_id] = update.after(self._news.pop(session_id, None))
        self._arrived.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session_id in tuple(self._followed):
            self.unfollow(session_id)


def progress_share(busy: float) -> float:
    """The share of a processor for rising confirmations while others keep it busy for that share
    of the time: of what they leave, the share that they leave. So payments come first."""
    free = min(1.0, max(0.0, 1.0 - busy))
    return max(LEAST_PROGRESS_SHARE, min(PROGRESS_SHARE, free * free))


class _Beside:
    """What there is to do beside the telling."""

    def __init__(self) -> None:
        self._at = trio.current_time()
        self._spent = time.process_time()

    def share_since_last(self, cost: float = 0.0) -> float:
        """The seconds of a processor that were for rising confirmations since the last call, who
        took ``cost`` of all that the process spent."""
        at, spent = trio.current_time(), time.process_time()
        passed, others = at - self._at, spent - self._spent - cost
        self._at, self._spent = at, spent
        return passed * progress_share(others / passed) if passed > 0 else 0.0


class Broker:
    """Brings sessions' news to subscribers, and rising confirmations to those who watch them."""

    def __init__(self, current: Callable[[str], SessionView | None]) -> None:
        """``current`` gives the state of a session that has an actor, without waiting."""
        self._current = current
        self._followers: dict[str, set[Subscriber]] = {}
        self._rising: dict[str, int] = {}
        """Confirmations last told, of the followed sessions that confirm."""
        self._score_moved = trio.Event()
        self._to_spread: dict[str, SessionUpdate] = {}
        """News of sessions with many followers; the newest of each."""
        self._spreading: str | None = None
        self._has_to_spread = trio.Event()

    def open_slot(self) -> Slot:
        """A place for one subscriber."""
        return Slot(self)

    @property
    def subscriptions(self) -> int:
        """How many sessions are followed by somebody."""
        return len(self._followers)

    def followed(self) -> tuple[str, ...]:
        """The sessions that are followed by somebody."""
        return tuple(self._followers)

    def publish(self, view: SessionView) -> None:
        """What is told of a session changed and is committed. Never blocks."""
        followers = self._followers.get(view.session.id)
        if followers is None:
            return
        update = SessionUpdate(view, status_changed=True)
        self._note_rising(view.session, update.confirmations)
        self._tell(update, followers)

    def score_moved(self) -> None:
        """Tell those who watch confirmations rise, soon, that virtual's DAA score rose."""
        if self._rising:
            self._score_moved.set()

    async def run(self) -> None:
        """Tell rising confirmations, and sessions that have many followers, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._spread)
            while True:
                await self._score_moved.wait()
                self._score_moved = trio.Event()
                await self._tell_progress()

    def add_follower(self, session_id: str, follower: Subscriber) -> None:
        """From now on, news of this session. Follow first, then read how it stands."""
        self._followers.setdefault(session_id, set()).add(follower)
        # Those who follow already must not be told less than they were.
        if session_id not in self._rising:
            view = self._current(session_id)
            if view is not None and view.session.status is SessionStatus.CONFIRMING:
                self._rising[session_id] = view.confirmations

    def remove_follower(self, session_id: str, follower: Subscriber) -> None:
        """No more news of this session, not even of those that are being told."""
        followers = self._followers.get(session_id)
        if followers is None:
            return
        followers.discard(follower)
        if not followers:
            del self._followers[session_id]
            self._rising.pop(session_id, None)

    def _note_rising(self, session: Session, confirmations: int) -> None:
        if session.status is SessionStatus.CONFIRMING:
            self._rising[session.id] = confirmations
        else:
            self._rising.pop(session.id, None)

    def _tell(self, update: SessionUpdate, followers: set[Subscriber]) -> None:
        """Now, or where there are many, soon; what comes later never comes first."""
        session_id = update.view.session.id
        is_behind = session_id == self._spreading or session_id in self._to_spread
        if is_behind or len(followers) > AT_ONCE:
            self._to_spread[session_id] = update.after(self._to_spread.pop(session_id, None))
            self._has_to_spread.set()
        elif len(followers) == 1:
            (only,) = followers
            only.offer(update)
        else:
            self._offer(update, tuple(followers))

    def _offer(self, update: SessionUpdate, followers: Sequence[Subscriber]) -> None:
        """To those who still follow: telling one may end what another follows."""
        session_id = update.view.session.id
        for follower in followers:
            if follower in self._followers.get(session_id, ()):
                follower.offer(update)

    async def _spread(self) -> None:
        self._spreading = None
        while True:
            await self._has_to_spread.wait()
            self._has_to_spread = trio.Event()
            while self._to_spread:
                self._spreading = next(iter(self._to_spread))
                update = self._to_spread.pop(self._spreading)
                followers = tuple(self._followers.get(self._spreading, ()))
                for start in range(0, len(followers), AT_ONCE):
                    self._offer(update, followers[start : start + AT_ONCE])
                    await trio.lowlevel.checkpoint()
                self._spreading = None

    async def _tell_progress(self) -> None:
        """Tell all who watch, a few at a time, and rest then until what it took is their share."""
        watched = tuple(self._rising)
        turns = -(-len(watched) // AT_ONCE)
        beside = _Beside()
        began = trio.current_time()
        cost = 0.0
        for turn in range(turns):
            # By the clock rather than for so long: no sleep is as short as half a turn of many.
            await trio.sleep_until(began + turn * PROGRESS_SPREAD_S / turns)
            turn_began = time.thread_time()
            for session_id in watched[turn * AT_ONCE : (turn + 1) * AT_ONCE]:
                self._tell_risen(session_id)
            cost += time.thread_time() - turn_began
        await trio.sleep_until(began + PROGRESS_INTERVAL_S)
        owed = cost - beside.share_since_last(cost)
        while owed > 0:
            await trio.sleep(PROGRESS_INTERVAL_S)
            owed -= beside.share_since_last()

    def _tell_risen(self, session_id: str) -> None:
        told = self._rising.get(session_id)
        view = self._current(session_id)
        if told is None or view is None or view.session.status is not SessionStatus.CONFIRMING:
            return
        update = SessionUpdate(view, status_changed=False)
        if update.confirmations > told:
            self._rising[session_id] = update.confirmations
            self._tell(update, self._followers[session_id])
