"""The gateway's present view of the chain, and the deadlines that wait for it."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import trio
from attrs import define

MISLED_S = 600.0
"""A deadline waits no longer than this for a score that a node once reported and the chain does not
reach."""


@define
class ChainView:
    """The gateway's view of the chain. Outlives links; each link resets a part of it."""

    daa_score: int | None = None
    """The last virtual DAA score; None before the first node."""
    highest: int | None = None
    """The highest score that any node reported."""
    last_block_at: int | None = None
    """Unix milliseconds of the last block that raised ``daa_score``."""
    last_rise: float = -inf
    """The same by Trio's clock, which can't be set."""
    url: str | None = None
    """The URL of the followed node."""
    detail: str = "not connected yet"
    """Why there is no live link, for an operator."""
    compared: bool = False
    """Whether the sessions were compared with the followed node. Until then no score confirms
    anything."""
    delay: float = 0.0
    """Seconds by which the followed node may be behind the network, by its own account."""
    caught_up: bool = False
    """Whether the gateway has caught up on what was missed before this link. Until then nothing
    expires."""

    @property
    def live_daa_score(self) -> int | None:
        """As ``daa_score``, but None while the sessions are not compared with a node."""
        return self.daa_score if self.compared else None

    def take_score(self, score: int, now: int) -> bool:
        """Note the virtual DAA score at a unix time in milliseconds. Returns whether it rose."""
        rose = self.daa_score is None or score > self.daa_score
        self.daa_score = score
        self.highest = score if self.highest is None else max(score, self.highest)
        if rose:
            self.last_block_at, self.last_rise = now, trio.current_time()
        return rose

    def silence_s(self, since: float = -inf) -> float:
        """Seconds without a new block, counted at most from ``since`` (Trio's clock); ``inf`` if
        there never was one."""
        return trio.current_time() - max(since, self.last_rise)

    def lose(self) -> None:
        """Note that the link ended."""
        self.compared = self.caught_up = False
        self.url, self.delay = None, 0.0


@define
class Unseen:
    """A passed deadline that the chain view has not reached yet."""

    since: float
    """By Trio's clock, which can't be set."""
    score: int | None
    """The highest virtual DAA score known at the deadline. A node below it has not reported
    everything yet."""


class Overdue:
    """Sessions whose deadline passed. Each is notified by the first block after everything up to
    its deadline was seen. While no node is followed, this waits."""

    def __init__(self, view: ChainView, passed: Callable[[str], None]) -> None:
        """``passed`` is called with each session to notify."""
        self._view = view
        self._passed = passed
        self._waiting: dict[str, Unseen] = {}

    def add(self, session_id: str) -> None:
        """Add a session whose deadline passed just now."""
        self._waiting.setdefault(session_id, Unseen(trio.current_time(), self._view.highest))

    def seen_up_to(self, score: int) -> None:
        """Everything up to this score was seen: notify the sessions whose deadlines came before
        it."""
        now = trio.current_time()
        seen_until = now - self._view.delay
        for session_id, unseen in tuple(self._waiting.items()):
            if unseen.score is None:
                unseen.score = score
            elif unseen.since > seen_until:
                continue
            elif score > unseen.score or now - unseen.since > MISLED_S:
                del self._waiting[session_id]
                self._passed(session_id)
