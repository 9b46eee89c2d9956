"""Whether this machine's clock is right, judged by the times of the chain's blocks.

Nothing here knows a clock or a socket: whoever calls brings the readings. ``ticks`` are
milliseconds of a clock that never goes back and that nobody can set, ``wall`` is the machine's wall
clock and ``chain`` the time of a block when it was the newest, both in unix milliseconds.

The time that payments are judged by is the wall clock's, as long as nothing speaks against it. A
step of the wall clock is not believed before block times confirm it: until then time goes on from
where it was. If the wall clock differs from the block times by more than ``TOLERANCE_MS`` for
``SETTLING_MS`` it is off, and time goes by the chain until the two agree again.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

from attrs import define, field, frozen

TOLERANCE_MS: Final = 5_000
SETTLING_MS: Final = 30_000
"""For so long the clock has to differ before it counts as off."""
SAMPLES: Final = 15
"""Their median counts: the time of one block is its miner's word, and may be wrong by two minutes
(a node accepts up to 132 s ahead of its own clock)."""
LEAST_SAMPLES: Final = 3
FORGET_MS: Final = 300_000
"""Samples older than this say nothing about now."""


class Opinion(Enum):
    """What the samples say of the wall clock."""

    UNKNOWN = "unknown"
    """There are too few."""
    RIGHT = "right"
    DIFFERS = "differs"
    """Not long enough to be sure, or nobody has decided what follows."""
    OFF = "off"
    """By more than the tolerance for long enough: time goes by the chain."""
    CONTRADICTED = "contradicted"
    """The node differs from the clock, and other nodes from the node: the clock stands."""


@frozen
class Correction:
    """Times that were stamped by a clock nobody had checked turned out to be wrong."""

    since: int
    until: int
    """They were stamped between these, unix milliseconds by the wrong clock."""
    by: int
    """What has to be added to them, milliseconds."""


@define(eq=False)
class ClockCheck:
    """The clock's standing, over time."""

    opinion: Opinion = Opinion.UNKNOWN
    skew_ms: int = 0
    """By how much the wall clock was ahead of the chain at the last sample; negative: behind."""
    _base: int | None = None
    """Added to ticks it is the time that payments are judged by."""
    _samples: deque[tuple[int, int]] = field(factory=lambda: deque(maxlen=SAMPLES))
    """Ticks, and the chain's time less the ticks."""
    _differs_since: int | None = None
    _unchecked_since: int | None = None
    """The time, as judged then, since which no block time has confirmed it."""

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
            # Nobody is there who could say otherwise.
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
        speaks against it now."""
        return self._unchecked_since is None and self.opinion is not Opinion.DIFFERS

    def agrees_with_newest(self) -> bool:
        """Whether the time of the newest block there is a sample of agrees with the time that
        payments are judged by."""
        if self._base is None or not self._samples:
            return False
        return abs(self._samples[-1][1] - self._base) <= TOLERANCE_MS

    def is_settled(self, ticks: int) -> bool:
        """Whether the clock has differed for long enough to count as off."""
        since = self._differs_since
        return since is not None and ticks - since >= SETTLING_MS

    def forget(self) -> None:
        """Another node is followed: begin with no samples. What was found out stays."""
        self._samples.clear()
        if self.opinion is Opinion.CONTRADICTED:
            self.opinion, self._differs_since = Opinion.UNKNOWN, None

    def seen_at(self, ticks: int, wall: int) -> int:
        """When something that is seen now happened. While nothing has confirmed the clock, not
        later than the chain says, so that no payment is late by a wrong clock alone."""
        now = self.time(ticks, wall)
        if self.is_checked or not self._samples:
            return now
        return min(now, ticks + self._chain_base())

    def note(self, ticks: int, wall: int, chain: int) -> Correction | None:
        """Take a sample in. Returns what it corrects, if the time jumps and was unchecked."""
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
        """The clock is off: go by the chain. Returns as ``note``."""
        self.opinion = Opinion.OFF
        return self._set_base(ticks, self._chain_base())

    def believe_wall(self, ticks: int, wall: int) -> Correction | None:
        """Other nodes contradict the one that is followed: the clock stands. Returns as
        ``note``."""
        self.opinion = Opinion.CONTRADICTED
        return self._set_base(ticks, wall - ticks)

    def _set_base(self, ticks: int, base: int) -> Correction | None:
        before, since = self._base, self._unchecked_since
        if before is None or since is None:
            # Checked before, so nothing was stamped by a wrong clock; a drift moves little.
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
