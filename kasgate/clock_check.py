"""The check of this machine's clock against the times of the chain's blocks.

This module knows no clock and no socket: the caller passes the readings. ``ticks`` are milliseconds
of a monotonic clock, ``wall`` is the machine's wall clock, and ``chain`` is the time of a block
when it was the newest; the last two are unix milliseconds.

Payments are judged by the wall clock as long as nothing contradicts it. A step of the wall clock is
ignored until block times confirm it: until then time continues from its previous value. A wall
clock that differs from the block times by more than ``TOLERANCE_MS`` for ``SETTLING_MS`` is off.
From then on payments are judged by the chain's time, until the two agree again.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

from attrs import define, field, frozen

TOLERANCE_MS: Final = 5_000
SETTLING_MS: Final = 30_000
"""How long the clock has to differ before it counts as off."""
SAMPLES: Final = 15
"""The median of so many samples counts. A miner chooses the time of its block, and it may be wrong
by two minutes (a node accepts up to 132 s ahead of its own clock)."""
LEAST_SAMPLES: Final = 3
FORGET_MS: Final = 300_000
"""Older samples are discarded."""


class Opinion(Enum):
    """The verdict of the samples on the wall clock."""

    UNKNOWN = "unknown"
    """There are too few samples."""
    RIGHT = "right"
    DIFFERS = "differs"
    """It differs, but not for long enough, or nobody has decided yet what to do about it."""
    OFF = "off"
    """It has differed by more than the tolerance for long enough: payments are judged by the
    chain."""
    CONTRADICTED = "contradicted"
    """The node disagrees with the clock, and other nodes with the node: the clock is right."""


@frozen
class Correction:
    """Times that were stamped by an unchecked clock are wrong."""

    since: int
    until: int
    """``since`` and ``until`` bound these times, unix milliseconds by the wrong clock."""
    by: int
    """Milliseconds to add to them."""


@define(eq=False)
class ClockCheck:
    """The state of the check over time."""

    opinion: Opinion = Opinion.UNKNOWN
    skew_ms: int = 0
    """By how much the wall clock was ahead of the chain at the last sample; negative: behind."""
    _base: int | None = None
    """Added to ticks, it gives the time that payments are judged by."""
    _samples: deque[tuple[int, int]] = field(factory=lambda: deque(maxlen=SAMPLES))
    """Ticks, and the chain's time minus the ticks."""
    _differs_since: int | None = None
    _unchecked_since: int | None = None
    """Since when no block time has confirmed the time that payments are judged by, in that time."""

    def time(self, ticks: int, wall: int) -> int:
        """The time that payments are judged by."""
        wall_base = wall - ticks
        if self._base is None:
            self._base, self._unchecked_since = wall_base, wall
        elif self.opinion in (Opinion.OFF, Opinion.DIFFERS):
            return ticks + self._base
        elif abs(wall_base - self._base) <= TOLERANCE_MS:
            self._base = wall_base
        elif not self._has_samples(ticks):
            # There is no chain time to compare with.
            self._step_unchecked(ticks)
            self._base = wall_base
        else:
            self._step_unchecked(ticks)
        return ticks + self._base

    def _step_unchecked(self, ticks: int) -> None:
        if self._unchecked_since is None and self._base is not None:
            self._unchecked_since = ticks + self._base

    @property
    def is_checked(self) -> bool:
        """Whether block times have confirmed the time that payments are judged by, and nothing
        contradicts it now."""
        return self._unchecked_since is None and self.opinion is not Opinion.DIFFERS

    def agrees_with_newest(self) -> bool:
        """Whether the time of the newest sampled block agrees with the time that payments are
        judged by."""
        if self._base is None or not self._samples:
            return False
        return abs(self._samples[-1][1] - self._base) <= TOLERANCE_MS

    def is_settled(self, ticks: int) -> bool:
        """Whether the clock has differed for long enough to count as off."""
        since = self._differs_since
        return since is not None and ticks - since >= SETTLING_MS

    def forget(self) -> None:
        """Drop the samples, because another node is followed now. The verdict stays."""
        self._samples.clear()
        if self.opinion is Opinion.CONTRADICTED:
            self.opinion, self._differs_since = Opinion.UNKNOWN, None

    def seen_at(self, ticks: int, wall: int) -> int:
        """The time of an event that is seen now. While nothing has confirmed the clock, it is at
        most the chain's time, so that a wrong clock alone makes no payment late."""
        now = self.time(ticks, wall)
        if self.is_checked or not self._samples:
            return now
        return min(now, ticks + self._chain_base())

    def note(self, ticks: int, wall: int, chain: int) -> Correction | None:
        """Add a sample. Returns a correction if the time jumps and was unchecked until now."""
        self.time(ticks, wall)
        self._samples.append((ticks, chain - ticks))
        if not self._has_samples(ticks):
            return None
        chain_base = self._chain_base()
        self.skew_ms = wall - ticks - chain_base
        if abs(self.skew_ms) <= TOLERANCE_MS:
            self.opinion, self._differs_since = Opinion.RIGHT, None
            return self._set_base(ticks, wall - ticks)
        stepped = abs(wall - ticks - (self._base or 0)) > TOLERANCE_MS
        if self.opinion is Opinion.CONTRADICTED and stepped:
            self.opinion, self._differs_since = Opinion.DIFFERS, ticks
        if self._differs_since is None:
            self._differs_since = ticks
        if self.opinion in (Opinion.UNKNOWN, Opinion.RIGHT):
            self.opinion = Opinion.DIFFERS
        if self.opinion is Opinion.OFF and abs(chain_base - (self._base or 0)) > TOLERANCE_MS:
            return self._set_base(ticks, chain_base)
        return None

    def believe_chain(self, ticks: int) -> Correction | None:
        """Judge by the chain's time, because the clock is off. Returns the same as ``note``."""
        self.opinion = Opinion.OFF
        return self._set_base(ticks, self._chain_base())

    def believe_wall(self, ticks: int, wall: int) -> Correction | None:
        """Trust the clock, because other nodes contradict the one that is followed. Returns the
        same as ``note``."""
        self.opinion = Opinion.CONTRADICTED
        return self._set_base(ticks, wall - ticks)

    def _set_base(self, ticks: int, base: int) -> Correction | None:
        before, since = self._base, self._unchecked_since
        if before is None or since is None:
            # The clock was checked before, so no stamp is wrong; a drift moves it only a little.
            self._base = base
            return None
        self._unchecked_since = None
        if abs(base - before) <= TOLERANCE_MS:
            return None
        self._base = base
        return Correction(since, ticks + before, base - before)

    def _has_samples(self, ticks: int) -> bool:
        while self._samples and ticks - self._samples[0][0] > FORGET_MS:
            self._samples.popleft()
        return len(self._samples) >= LEAST_SAMPLES

    def _chain_base(self) -> int:
        bases = sorted(base for _, base in self._samples)
        return bases[(len(bases) - 1) // 2]
