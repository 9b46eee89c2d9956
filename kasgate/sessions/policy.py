"""Confirmation policy: how many confirmations a payment needs, by its amount.

More money deserves more patience. A policy is a few tiers by amount and a number for what no tier
covers; a gateway has one, and each merchant may have one that goes before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

from kasgate.money import Sompi

MOST_CONFIRMATIONS: Final = 1_000_000
"""About a day of blocks."""
MOST_TIERS: Final = 20


SESSION_LIFETIME_S: Final = (60, 86_400)
"""The shortest and the longest that a session may wait for its payment, in seconds."""
LONGEST_LATE_ACCEPTANCE_S: Final = 30 * 86_400
"""For as long as the gateway watches closed sessions unless told otherwise, in seconds."""


class PolicyError(ValueError):
    """Tiers that make no policy. The message is a sentence for a person."""


@frozen
class Tier:
    """What amounts below a limit need."""

    below: Sompi | None
    """The first amount that is no longer in the tier; None for no limit."""
    confirmations: int


def checked_tiers(tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """The tiers, if they make sense: 20 at most, by rising limits, only the last without one.

    Raises PolicyError.
    """
    if len(tiers) > MOST_TIERS:
        raise PolicyError(f"There may be at most {MOST_TIERS} tiers.")
    if any(not 1 <= tier.confirmations <= MOST_CONFIRMATIONS for tier in tiers):
        raise PolicyError(f"A tier asks for 1 to {MOST_CONFIRMATIONS} confirmations.")
    if any(tier.below == 0 for tier in tiers):
        raise PolicyError("No amount is below 0, so such a tier covers nothing.")
    for tier, above in pairwise(tiers):
        if tier.below is None:
            raise PolicyError("Only the last tier may be without a limit.")
        if above.below is not None and above.below <= tier.below:
            raise PolicyError("The limits have to rise from tier to tier.")
    return tuple(tiers)


@frozen
class ConfirmationPolicy:
    """Tiers in the order of their limits, and the number for amounts above them all."""

    default: int
    tiers: tuple[Tier, ...] = ()

    def required(self, amount: Sompi) -> int:
        """The confirmations that an amount needs."""
        for tier in self.tiers:
            if tier.below is None or amount < tier.below:
                return tier.confirmations
        return self.default


def largest_tolerance(amount: Sompi) -> Sompi:
    """A tolerance is an amount of its own and says nothing of what is asked for. Whatever it is,
    half of a price is never taken for the whole: this is the most that counts of it, in sompi."""
    return Sompi((amount - 1) // 2)
