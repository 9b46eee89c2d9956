"""The broker: what becomes of sessions, brought to whoever follows them.

It keeps no queues. A subscriber has a slot that holds the newest state of each session that it
follows; a slow reader finds the newest state there, however much it missed.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

import trio
from attrs import frozen

from kasgate.session import Session, SessionStatus

PROGRESS_INTERVAL_S = 0.25
"""Rising confirmations are told at most four times a second (checkout.md)."""


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


@frozen
class SessionUpdate:
    """News of a session."""

    view: SessionView
    status_changed: bool
    """False when only its confirmations rose."""


class Slot:
    """One subscriber's place at the broker. A context manager; leaving it unfollows everything."""

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
        session_id = update.view.session.id
        earlier = self._news.pop(session_id, None)
        if earlier is not None and earlier.status_changed and not update.status_changed:
            update = SessionUpdate(update.view, status_changed=True)
        self._news[session_id] = update
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


class Broker:
    """Brings sessions' news to slots, and rising confirmations to those who watch them rise."""

    def __init__(self, current: Callable[[str], SessionView | None]) -> None:
        """``current`` gives the state of a session that has an actor, without waiting."""
        self._current = current
        self._followers: dict[str, set[Slot]] = {}
        self._rising: dict[str, int] = {}
        self._score_moved = trio.Event()

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
        if not followers:
            return
        self._note_rising(view)
        update = SessionUpdate(view, status_changed=True)
        for slot in followers:
            slot.offer(update)

    def score_moved(self) -> None:
        """Virtual's DAA score rose; whoever watches confirmations rise will be told soon."""
        if self._rising:
            self._score_moved.set()

    async def run(self) -> None:
        """Tell rising confirmations until cancelled."""
        while True:
            await self._score_moved.wait()
            self._score_moved = trio.Event()
            self._tell_progress()
            await trio.sleep(PROGRESS_INTERVAL_S)

    def add_follower(self, session_id: str, slot: Slot) -> None:
        """For Slot alone."""
        self._followers.setdefault(session_id, set()).add(slot)
        view = self._current(session_id)
        # Those who follow already must not be told less than they were.
        if view is not None and session_id not in self._rising:
            self._note_rising(view)

    def remove_follower(self, session_id: str, slot: Slot) -> None:
        """For Slot alone."""
        followers = self._followers.get(session_id)
        if followers is None:
            return
        followers.discard(slot)
        if not followers:
            del self._followers[session_id]
            self._rising.pop(session_id, None)

    def _note_rising(self, view: SessionView) -> None:
        if view.session.status is SessionStatus.CONFIRMING:
            self._rising[view.session.id] = view.confirmations
        else:
            self._rising.pop(view.session.id, None)

    def _tell_progress(self) -> None:
        for session_id, told in tuple(self._rising.items()):
            view = self._current(session_id)
            if view is None or view.session.status is not SessionStatus.CONFIRMING:
                continue
            if view.confirmations > told:
                self._rising[session_id] = view.confirmations
                update = SessionUpdate(view, status_changed=False)
                for slot in self._followers[session_id]:
                    slot.offer(update)
