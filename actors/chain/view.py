"""What the gateway sees of the chain just now, and the deadlines that wait for a clear sight."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import trio
from attrs import define

MISLED_S = 600.0
"""A deadline waits no longer for a score that some node once told and the chain does not reach."""


@define
class ChainView:
    """How far the gateway sees. Outlives links; each link begins it anew where it must."""

    daa_score: int | None = None
    """Virtual's DAA score, as last heard; None before the first node."""
    highest: int | None = None
    """The highest score that any node told."""
    last_block_at: int | None = None
    """Unix milliseconds of the last block that raised it."""
    last_rise: float = -inf
    """The same by Trio's clock, which nobody sets."""
    url: str | None = None
    """The node that is followed."""
    detail: str = "not connected yet"
    """Why there is no live link, for an operator."""
    compared: bool = False
    """Whether the sessions were compared with the node that is followed. Until then no score
    confirms anything."""
    delay: float = 0.0
    """Seconds by which the node that is followed may be behind the network, as it says."""
    caught_up: bool = False
    """Whether what was missed before this link has been looked for. Until then nothing expires."""

    @property
    def live_daa_score(self) -> int | None:
        """As ``daa_score``, but None while the sessions are not compared with a node."""
        return self.daa_score if self.compared else None

    def take_score(self, score: int, now: int) -> bool:
        """Virtual has this score at a unix time in milliseconds; whether that is a rise."""
        rose = self.daa_score is None or score > self.daa_score
        self.daa_score = score
        self.highest = score if self.highest is None else max(score, self.highest)
        if rose:
            self.last_block_at, self.last_rise = now, trio.current_time()
        return rose

    def silence_s(self, since: float = -inf) -> float:
        """For how many seconds no block came, at most since a time of Trio's clock; ``inf`` if
        none ever did."""
        return trio.current_time() - max(since, self.last_rise)

    def lose(self) -> None:
        """The link ended."""
        self.compared = self.caught_up = False
        self.url, self.delay = None, 0.0


@define
class Unseen:
    """A deadline that passed, up to which not everything was seen yet."""

    since: float
    """By Trio's clock, which nobody sets."""
    score: int | None
    """The highest DAA score of virtual that was known then. A node that is behind it has not told
    of everything yet."""


class Overdue:
    """Sessions whose deadline passed. It is put to them with the first block that comes after
    everything up to the deadline was seen; while the gateway is blind, that waits."""

    def __init__(self, view: ChainView, passed: Callable[[str], None]) -> None:
        """``passed`` is called with a session whose deadline may be put to it."""
        self._view = view
        self._passed = passed
        self._waiting: dict[str, Unseen] = {}

    def add(self, session_id: str) -> None:
        """The deadline of a session passed just now."""
        self._waiting.setdefault(session_id, Unseen(trio.current_time(), self._view.highest))

    def seen_up_to(self, score: int) -> None:
        """Virtual is known up to this score: let deadlines pass that came before."""
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
