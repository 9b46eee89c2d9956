"""Rate limits of calls (contract.md §9): the numbers, and the meter.

The meter uses the generic cell rate algorithm, a leaky bucket that needs one number per caller: the
time at which its bucket will be empty again. Nothing here knows a clock.
"""

from __future__ import annotations

from collections import OrderedDict
from math import ceil
from typing import Final

from attrs import frozen

MOST_CALLERS: Final = 50_000
"""The most callers of one meter; beyond it the least recently seen one is dropped, and counts as
new when it calls again."""

_LEAST_BURST: Final = 10
_BURSTS_PER_MINUTE: Final = 6


@frozen(kw_only=True)
class RateLimits:
    """Calls per minute, by the key they are counted by. A sixth of them, at least ten, may come at
    once.

    They stop a flood and are far above the needs of a shop: five widgets that poll every three
    seconds make 100 calls a minute, five hundred shoppers behind one address 10,000.
    """

    merchant: int = 12_000
    """By merchant: all calls with a key."""
    anonymous: int = 1_200
    """By address: calls without a key, other than those below. Health is not counted."""
    polls: int = 12_000
    """By address: the public calls of sessions, and new WebSockets."""
    session: int = 1_200
    """By session: its public calls."""
    registration: int = 10
    """By address: attempts to register a merchant."""
    failures: int = 30
    """By address: calls with an unknown key or token, over HTTP and WebSockets."""
    sign_ins: int = 30
    """Calls with a password or a code, right or wrong: by address, and when signed in by session or
    merchant. Attempts by login have another limit, which can't be changed
    (kasgate/access/sign_in_tries.py)."""
    webhook_tests: int = 10
    """By merchant: test events."""
    url_checks: int = 10
    """By merchant: changes of the webhook URL, each of which causes a DNS look-up."""
    uploads: int = 10
    """By merchant: uploads of a logo, each of which decodes an image."""
    resends: int = 60
    """By merchant: calls that send webhooks again, one or all failed ones."""


@frozen
class Allowance:
    """A meter's answer to one call."""

    allowed: bool
    limit: int
    """Calls that may come at once."""
    remaining: int
    """How many of them are left now."""
    reset_s: int
    """Seconds until all of them are available again."""
    retry_after_s: int
    """Seconds until the next call is allowed; 0 if this one is."""


class Meter:
    """Counts calls by caller."""

    def __init__(self, per_minute: int, most_callers: int = MOST_CALLERS) -> None:
        self._interval = 60 / per_minute
        self.burst = max(_LEAST_BURST, per_minute // _BURSTS_PER_MINUTE)
        self._capacity = self.burst * self._interval
        self._most = most_callers
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._empty_at)

    def wait_s(self, caller: str, now: float) -> int:
        """Seconds until a call would be allowed; 0 for now. Counts nothing."""
        filled = max(0.0, self._empty_at.get(caller, 0.0) - now) + self._interval
        excess = filled - self._capacity
        return max(1, ceil(excess)) if excess > 1e-6 else 0  # noqa: PLR2004 - as below

    def take(self, caller: str, now: float) -> Allowance:
        """Count a call made now, in seconds of a monotonic clock; a refused call is not counted."""
        filled = max(0.0, self._empty_at.get(caller, 0.0) - now) + self._interval
        excess = filled - self._capacity
        # A millionth of a second is a rounding error.
        if excess > 1e-6:  # noqa: PLR2004
            return Allowance(
                False, self.burst, 0, ceil(filled - self._interval), max(1, ceil(excess))
            )
        self._empty_at[caller] = now + filled
        self._empty_at.move_to_end(caller)
        if len(self._empty_at) > self._most:
            self._empty_at.popitem(last=False)
        remaining = int((self._capacity - filled) / self._interval + 1e-6)
        return Allowance(True, self.burst, remaining, ceil(filled), 0)
