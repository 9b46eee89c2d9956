"""The broker: delivers session updates to subscribers.

It keeps no queues. A subscriber accepts an update without waiting: it writes it to its socket at
once, or leaves it in a slot that holds the newest state of each session. A slow reader finds the
newest state there, however many updates it missed.

The publishing task calls the subscribers of a session directly while they are few. For sessions
with many subscribers, and for rising confirmations, a task of the broker calls them in batches and
yields to other tasks after each batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Protocol, Self

import trio
from attrs import define, field
from msgspec import Struct

from kasgate.sessions.session import Session, SessionStatus

PROGRESS_INTERVAL_S: Final = 0.25
"""Rising confirmations are sent at most four times a second (checkout.md)."""
PROGRESS_SPREAD_S: Final = 0.125
"""Progress updates are spread over this interval, so that one burst cannot delay other work."""
PROGRESS_SHARE: Final = 0.5
"""Largest share of a processor's time for progress updates. It shrinks as other work grows; with
very many subscribers, each gets fewer updates."""
LEAST_PROGRESS_SHARE: Final = 0.05
"""Smallest share, however busy the gateway is."""
AT_ONCE: Final = 32
"""Subscribers called before other tasks get a turn: about 1.5 ms."""


# A struct is made in a third of the time of a frozen class, and each read of a session makes one.
class SessionView(Struct, frozen=True):
    """A session and the DAA score that its confirmations are counted at."""

    session: Session
    daa_score: int | None
    """Virtual DAA score."""

    @property
    def confirmations(self) -> int:
        """At most the required confirmations."""
        return self.session.confirmations(self.daa_score)


@define
class SessionUpdate:
    """One update of a session, shared by all its subscribers."""

    view: SessionView
    status_changed: bool
    """False when only its confirmations rose."""
    confirmations: int = field(init=False)
    message: bytes | None = field(init=False, default=None, eq=False, repr=False)
    """The encoded message. The first subscriber sets it, and the others reuse it."""

    def __attrs_post_init__(self) -> None:
        view = self.view
        self.confirmations = view.session.confirmations(view.daa_score)

    @property
    def session(self) -> Session:
        return self.view.session

    def after(self, earlier: SessionUpdate | None) -> SessionUpdate:
        """This update, for a subscriber that did not get the earlier one of the same session."""
        if earlier is None or self.status_changed or not earlier.status_changed:
            return self
        return SessionUpdate(self.view, status_changed=True)


class Subscriber(Protocol):
    """Receives updates of the sessions that it follows."""

    def offer(self, update: SessionUpdate) -> None:
        """Accept an update. Must not wait and must not raise: other tasks call it in the middle of
        their work."""
        ...


class Slot:
    """A subscriber that stores updates until it takes them. A context manager; leaving it unfollows
    every session."""

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
        """Receive updates of this session from now on. Follow first, then read its state."""
        self._followed.add(session_id)
        self._broker.add_follower(session_id, self)

    def unfollow(self, session_id: str) -> None:
        """Receive no more updates of this session. Stored updates of it are dropped."""
        self._followed.discard(session_id)
        self._news.pop(session_id, None)
        self._broker.remove_follower(session_id, self)

    async def take(self) -> list[SessionUpdate]:
        """Wait for updates and take them: the newest state of each session, in order of arrival.

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
        """Store an update in place of an older one of the same session."""
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
    """The share of a processor for progress updates, while other work uses the share ``busy``. It
    is the square of the free share, within the bounds above, so that payments come first."""
    free = min(1.0, max(0.0, 1.0 - busy))
    return max(LEAST_PROGRESS_SHARE, min(PROGRESS_SHARE, free * free))


class _Beside:
    """Measures the processor time of all work other than progress updates."""

    def __init__(self) -> None:
        self._at = trio.current_time()
        self._spent = time.process_time()

    def share_since_last(self, cost: float = 0.0) -> float:
        """The processor seconds that progress updates were entitled to since the last call.
        ``cost`` is the processor time that they used of the process's total."""
        at, spent = trio.current_time(), time.process_time()
        passed, others = at - self._at, spent - self._spent - cost
        self._at, self._spent = at, spent
        return passed * progress_share(others / passed) if passed > 0 else 0.0


class Broker:
    """Delivers session updates and rising confirmations to subscribers."""

    def __init__(self, current: Callable[[str], SessionView | None]) -> None:
        """``current`` returns the state of a session that has an actor, without waiting."""
        self._current = current
        self._followers: dict[str, set[Subscriber]] = {}
        self._rising: dict[str, int] = {}
        """Confirmations last sent, of the followed sessions that confirm."""
        self._score_moved = trio.Event()
        self._to_spread: dict[str, SessionUpdate] = {}
        """The newest update of each session that has many subscribers."""
        self._spreading: str | None = None
        self._has_to_spread = trio.Event()

    def open_slot(self) -> Slot:
        """Make a slot for one subscriber."""
        return Slot(self)

    @property
    def subscriptions(self) -> int:
        """How many sessions have a subscriber."""
        return len(self._followers)

    def followed(self) -> tuple[str, ...]:
        """The sessions that have a subscriber."""
        return tuple(self._followers)

    def publish(self, view: SessionView) -> None:
        """Deliver a committed change of a session. Never blocks."""
        followers = self._followers.get(view.session.id)
        if followers is None:
            return
        update = SessionUpdate(view, status_changed=True)
        self._note_rising(view.session, update.confirmations)
        self._tell(update, followers)

    def score_moved(self) -> None:
        """Schedule progress updates, because the virtual DAA score rose."""
        if self._rising:
            self._score_moved.set()

    async def run(self) -> None:
        """Deliver progress updates, and updates of sessions with many subscribers, until
        cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._spread)
            while True:
                await self._score_moved.wait()
                self._score_moved = trio.Event()
                await self._tell_progress()

    def add_follower(self, session_id: str, follower: Subscriber) -> None:
        """Send updates of this session to a subscriber from now on. Follow first, then read its
        state."""
        self._followers.setdefault(session_id, set()).add(follower)
        # An existing entry stays: earlier subscribers must not miss confirmations.
        if session_id not in self._rising:
            view = self._current(session_id)
            if view is not None and view.session.status is SessionStatus.CONFIRMING:
                self._rising[session_id] = view.confirmations

    def remove_follower(self, session_id: str, follower: Subscriber) -> None:
        """Send no more updates of this session, including one that is being delivered."""
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
        """Deliver now, or soon where there are many subscribers. Updates of a session stay in
        order."""
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
        """Deliver to subscribers that still follow: one call may end the subscription of
        another."""
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
        """Send rising confirmations in batches. Then pause until their processor time is within
        their share."""
        watched = tuple(self._rising)
        turns = -(-len(watched) // AT_ONCE)
        beside = _Beside()
        began = trio.current_time()
        cost = 0.0
        for turn in range(turns):
            # Sleep until a point in time, not for a duration: with many batches the pause is
            # shorter than the shortest sleep.
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
