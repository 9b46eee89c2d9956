"""The session supervisor: parent of all session actors. No actor's failure spreads beyond it.

A failed actor restarts from its row in the database after a growing pause; its siblings are not
affected. An actor that keeps failing is set aside: health shows it, and its pauses grow to five
minutes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import Final

import structlog
import trio

from actors.sessions.actor import SessionActor, SessionContext
from kasgate.limits.quota import Quota
from kasgate.sessions.observations import Observation, OutputSeen
from kasgate.sessions.session import Session
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

RESTART_S = (0.1, 0.5, 2.0, 10.0, 60.0, 300.0)
"""Pauses before restarts of one actor; the last one repeats."""

SET_ASIDE_AFTER = 4
"""An actor is set aside after this many failures in a row. A run longer than the longest pause
resets the count."""

REVIVE_RETRY_S = 0.5
TOLD_AT_ONCE = 500
"""Sessions that get one observation before other tasks get a turn."""
REVIVAL_OBSERVATIONS = 1_000
"""Observations kept for one closed session while it is loaded. With more, its address is compared
with the node when its actor starts."""
REVIVALS_WAITING = 10_000
"""Closed sessions that may wait for the database at once. Beyond that an observation is dropped:
the next link or restart repeats it, since the output is still there."""


MOST_OPEN_SESSIONS: Final = 250_000
"""Open sessions of all merchants: about 0.8 GB, and a quarter of the addresses that a node is sure
to watch."""


class TooManyOpenSessions(Exception):
    """The merchant has ``most`` open sessions, which is the limit."""

    def __init__(self, most: float) -> None:
        super().__init__(f"{most:.0f} sessions are open")
        self.most = most


class SessionSupervisor:
    def __init__(self, open_sessions: int | None = None) -> None:
        """``open_sessions`` is the limit for one merchant. None removes both this limit and the
        total."""
        self._open = (
            Quota(inf) if open_sessions is None else Quota(open_sessions, MOST_OPEN_SESSIONS)
        )
        self._uncounted: set[str] = set()
        """Sessions that were closed when their actor started, because of late money."""
        self._running: tuple[trio.Nursery, SessionContext] | None = None
        self._actors: dict[str, SessionActor] = {}
        self._prepared = 0
        """Actors that are prepared and not started."""
        self._reviving: dict[str, list[Observation]] = {}
        self._failed: list[SessionActor] = []
        self.restarts = 0
        """Restarts of failed actors."""
        self.set_aside: set[str] = set()
        """Sessions whose actor keeps failing."""

    def __len__(self) -> int:
        """The number of running actors."""
        return len(self._actors) - self._prepared

    async def run(
        self,
        context: SessionContext,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Hold the actors' nursery until cancelled."""
        async with trio.open_nursery() as nursery:
            self._running = nursery, context
            task_status.started()
            await trio.sleep_forever()

    def reserve(self, merchant_id: str) -> None:
        """Count a session that is about to be created as open. Until it has an actor, ``give_up``
        reverses this. Raises TooManyOpenSessions for the merchant's limit, StoreUnavailable for the
        limit of all merchants."""
        if self._open.take(merchant_id):
            return
        if self._open.held_by(merchant_id) >= self._open.per_tenant:
            raise TooManyOpenSessions(self._open.per_tenant)
        raise StoreUnavailable("too many sessions of all merchants are open")

    def give_up(self, merchant_id: str) -> None:
        """Release a reservation whose session was not created."""
        self._open.give_back(merchant_id)

    def open_of(self, merchant_id: str) -> int:
        """The number of a merchant's open sessions."""
        return self._open.held_by(merchant_id)

    def start(self, session: Session) -> SessionActor:
        """Start the actor of a stored session and watch its address.

        Raises RuntimeError if the supervisor is not running.
        """
        actor = self.prepare(session)
        self._count(session)
        self.begin(actor)
        return actor

    def _count(self, session: Session) -> None:
        if session.is_open:
            self._open.take_anyway(session.merchant_id)
        else:
            self._uncounted.add(session.id)

    def prepare(self, session: Session) -> SessionActor:
        """Make the actor of a reserved session that is not stored yet. Its address is watched and
        its observations are kept, but it has no task until `begin`. Raises as `start`."""
        actor = self._prepared_actor(session)
        self._at_work()[1].chain.watch(session)
        return actor

    def _prepared_actor(self, session: Session) -> SessionActor:
        actor = self._actors[session.id] = SessionActor(session, self._at_work()[1])
        self._prepared += 1
        return actor

    def begin(self, actor: SessionActor) -> None:
        """Start a prepared actor. Its session must be stored."""
        self._prepared -= 1
        self._at_work()[0].start_soon(self._supervise, actor, name="session actor")

    def abandon(self, actor: SessionActor) -> None:
        """Remove a prepared actor whose session could not be stored."""
        self._prepared -= 1
        del self._actors[actor.session.id]
        self._at_work()[1].chain.stop_watching(actor.session)

    def _at_work(self) -> tuple[trio.Nursery, SessionContext]:
        if self._running is None:
            raise RuntimeError("the session supervisor is not running")
        return self._running

    def actor(self, session_id: str) -> SessionActor | None:
        """The session's actor, or None."""
        return self._actors.get(session_id)

    def active(self, session_id: str) -> Session | None:
        """The session as its actor holds it; None without an actor."""
        actor = self._actors.get(session_id)
        return actor.session if actor is not None else None

    async def observe_all(self, observation: Observation) -> None:
        """Pass an observation to every session that has an actor, with checkpoints in between."""
        for count, actor in enumerate(list(self._actors.values()), start=1):
            actor.observe(observation)
            if count % TOLD_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()

    @property
    def is_behind(self) -> bool:
        """Whether an actor holds observations that are not committed yet: more than it can commit
        now, more than fits into one step, or what it held when it failed."""
        context = self._at_work()[1]
        if context.retrying or context.behind:
            return True
        self._failed = [actor for actor in self._failed if actor.is_behind]
        return bool(self._failed)

    def observe(self, session_id: str, observation: Observation) -> None:
        """Pass an observation to a session. A new output on a closed session starts its actor
        again; other observations of closed sessions are ignored."""
        actor = self._actors.get(session_id)
        if actor is not None:
            actor.observe(observation)
            return
        waiting = self._reviving.get(session_id)
        if waiting is not None:
            if len(waiting) < REVIVAL_OBSERVATIONS:
                waiting.append(observation)
        elif isinstance(observation, OutputSeen):
            if len(self._reviving) >= REVIVALS_WAITING:
                log.error("too many closed sessions wait for the database", session=session_id)
                return
            self._reviving[session_id] = [observation]
            self._at_work()[0].start_soon(self._revive, session_id)

    async def _revive(self, session_id: str) -> None:
        session = await self._load(session_id)
        observations = self._reviving.pop(session_id)
        if session is None:
            log.error("no such session to revive", session=session_id)
            return
        actor = self._actors.get(session_id)
        if actor is None and len(observations) < REVIVAL_OBSERVATIONS:
            actor = self._prepared_actor(session)
            self._count(session)
            self._at_work()[1].chain.go_on_watching(session)
            self.begin(actor)
        elif actor is None:
            actor = self.start(session)
        for observation in observations:
            actor.observe(observation)

    async def bring_back(self, session_id: str) -> SessionActor | None:
        """Return a session's actor, starting it if needed; None for an unknown session. Raises
        StoreUnavailable.

        The actor of a closed and settled session ends at once, unless it gets something to do
        before the next checkpoint.
        """
        actor = self._actors.get(session_id)
        if actor is not None:
            return actor
        session = await self._at_work()[1].store.session(session_id)
        if session is None:
            return None
        # Another task may have started it during the query.
        return self._actors.get(session_id) or self.start(session)

    async def _supervise(self, actor: SessionActor) -> None:
        failures = 0
        while True:
            started = trio.current_time()
            try:
                await actor.run()
                break
            except Exception:
                if trio.current_time() - started > RESTART_S[-1]:
                    failures = 0
                    self.set_aside.discard(actor.session.id)
                failures += 1
                self.restarts += 1
                if actor not in self._failed:
                    self._failed.append(actor)
                log.exception("session actor failed", session=actor.session.id, failures=failures)
            if failures >= SET_ASIDE_AFTER:
                self.set_aside.add(actor.session.id)
            await trio.sleep(RESTART_S[min(failures - 1, len(RESTART_S) - 1)])
            session = await self._load(actor.session.id)
            if session is not None:
                actor.session = session
            self._at_work()[1].chain.watch(actor.session)
        self._retire(actor.session)

    def _retire(self, session: Session) -> None:
        self.set_aside.discard(session.id)
        del self._actors[session.id]
        if session.id in self._uncounted:
            self._uncounted.discard(session.id)
        else:
            self._open.give_back(session.merchant_id)
        chain = self._at_work()[1].chain
        chain.keep_watching(session.address, session.id, session.closed_at or session.created_at)

    async def _load(self, session_id: str) -> Session | None:
        """Read a session. Retries until the database answers."""
        store = self._at_work()[1].store
        while True:
            try:
                return await store.session(session_id)
            except StoreUnavailable as error:
                log.warning("can't read a session, will retry", error=str(error))
            await trio.sleep(REVIVE_RETRY_S)


async def keep_running(
    name: str, run: Callable[[], Awaitable[None]], *, failed: Callable[[str], None]
) -> None:
    """Run a part of the gateway, and restart it with growing pauses when it fails.

    For independent parts: the feed, the clocks, the broker, the dispatcher. Each failure is logged
    and reported by name. A part that returns has failed too.
    """
    failures = 0
    while True:
        started = trio.current_time()
        try:
            await run()
            log.error("part ended of itself", part=name)
        except Exception:
            log.exception("part failed", part=name)
        failed(name)
        if trio.current_time() - started > RESTART_S[-1]:
            failures = 0
        await trio.sleep(RESTART_S[min(failures, len(RESTART_S) - 1)])
        failures += 1
