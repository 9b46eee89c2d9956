"""The mempool watch: finds unaccepted payments of sessions in the node's mempool.

A node sends no notifications of its mempool, and each request costs it a search under a lock
(kaspa.md §4.4). So one request, at most twice a second, covers a bounded number of sessions: first
those whose page is open, then the youngest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain

import structlog
import trio

from actors.chain.watchlist import SessionPort
from actors.turns import in_turns
from kasgate.clock import Clock
from kasgate.kaspa.node import MempoolOutput, Node, NodeRefused
from kasgate.sessions.observations import MempoolSeen
from kasgate.sessions.payments import MempoolSighting
from kasgate.sessions.session import UNPAID_STATUSES, Session
from kasgate.sessions.transitions import SIGHTINGS_KEPT

log = structlog.get_logger(__name__)

POLL_S = 0.5
"""Pause between an answer and the next request; at least as long as the last request took."""
REFUSED_PAUSE_S = 60.0
"""Pause after the node refuses the request."""
POLLED_AT_ONCE = 500
"""Sessions in one request. Payments to other sessions are seen in their block."""
YOUNG_S = 900.0
"""A session older than this is included only while its page is open."""
REMEMBERED = 5_000


class MempoolWatch:
    """Polls the mempool of the followed node. Outlives links."""

    def __init__(
        self, *, sessions: SessionPort, clock: Clock, followed_sessions: Callable[[], Iterable[str]]
    ) -> None:
        """``followed_sessions`` returns the sessions whose page is open."""
        self._sessions = sessions
        self._clock = clock
        self._followed_sessions = followed_sessions
        self._young: deque[str] = deque(maxlen=REMEMBERED)
        self._told: dict[str, tuple[MempoolSighting, ...]] = {}

    def add(self, session: Session) -> None:
        """Include a session that may be paid at any moment."""
        if session.status in UNPAID_STATUSES and self._is_young(session):
            self._young.append(session.id)

    async def run(self, node: Node) -> None:
        """Poll until cancelled, or until NodeUnavailable reports that the link is gone."""
        if not node.sees_mempool:
            for session_id in tuple(self._told):
                self._tell(session_id, ())
            return
        while True:
            began = trio.current_time()
            try:
                await self._poll(node)
            except NodeRefused as error:
                log.warning("the node does not tell of its mempool", error=str(error))
                await trio.sleep(REFUSED_PAUSE_S)
            await trio.sleep(max(POLL_S, trio.current_time() - began))

    async def _poll(self, node: Node) -> None:
        asked = {session.address: session for session in self._candidates()}
        if not asked:
            return
        found: dict[str, list[MempoolOutput]] = {}
        async for output in in_turns(await node.mempool(list(asked))):
            shown = found.setdefault(output.address, [])
            if len(shown) < SIGHTINGS_KEPT:
                shown.append(output)
        now = self._clock()
        for address, session in asked.items():
            known = {s.outpoint: s for s in self._told.get(session.id, ())}
            sightings = tuple(
                known.get(output.outpoint) or MempoolSighting(output.outpoint, output.amount, now)
                for output in found.get(address, ())
            )
            if sightings != self._told.get(session.id, ()):
                self._tell(session.id, sightings)

    def _tell(self, session_id: str, sightings: tuple[MempoolSighting, ...]) -> None:
        if sightings:
            self._told[session_id] = sightings
        else:
            self._told.pop(session_id, None)
        self._sessions.observe(session_id, MempoolSeen(sightings))

    def _candidates(self) -> list[Session]:
        """The sessions of the next request, without duplicates."""
        while self._young:
            oldest = self._sessions.active(self._young[0])
            if oldest is not None and self._is_young(oldest):
                break
            self._young.popleft()
        found: dict[str, Session] = {}
        for session_id in chain(
            tuple(self._told), self._followed_sessions(), reversed(self._young)
        ):
            session = self._sessions.active(session_id)
            if session is None or session.status not in UNPAID_STATUSES:
                self._told.pop(session_id, None)
            elif session_id in self._told or not session.received:
                found[session_id] = session
            if len(found) == POLLED_AT_ONCE:
                break
        return list(found.values())

    def _is_young(self, session: Session) -> bool:
        return self._clock() - session.created_at < YOUNG_S * 1000
