"""Confirmation policy: the confirmations that a payment needs, by its amount.

Larger amounts need more confirmations. A policy has a few tiers by amount and a number for amounts
that no tier covers. The gateway has a policy; a merchant's own policy takes precedence.
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
"""The shortest and the longest lifetime of a session, in seconds."""
LONGEST_LATE_ACCEPTANCE_S: Final = 30 * 86_400
"""The default time for which the gateway watches closed sessions, in seconds."""


class PolicyError(ValueError):
    """The tiers are invalid. The message is a sentence for the user."""


@frozen
class Tier:
    """The confirmations that amounts below a limit need."""

    below: Sompi | None
    """The first amount above the tier; None for no limit."""
    confirmations: int


def checked_tiers(tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """Check the tiers: 20 at most, with rising limits, and only the last one without a limit.

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
    """Tiers in the order of their limits, and the number for amounts above all of them."""

    default: int
    tiers: tuple[Tier, ...] = ()

    def required(self, amount: Sompi) -> int:
        """The confirmations that an amount needs."""
        for tier in self.tiers:
            if tier.below is None or amount < tier.below:
                return tier.confirmations
        return self.default


def largest_tolerance(amount: Sompi) -> Sompi:
    """The largest tolerance that counts for an amount, in sompi. A merchant sets the tolerance as a
    fixed sum, whatever the amount; this limit keeps half of a price from being accepted as the
    whole."""
    return Sompi((amount - 1) // 2)
