"""How often a password may be tried: some times at once, then ever more slowly.

Counted by login, wherever the tries come from and whether there is such a login or not. A try
counts when it begins, so that many at once are no way around; one that succeeds takes all back.
Nothing here knows a clock.
"""

from __future__ import annotations

from collections import OrderedDict
from math import ceil
from typing import Final

from attrs import frozen

FREE_TRIES: Final = 5
FIRST_WAIT_S: Final = 30.0
"""Before the try after those; doubled for each one more."""
LONGEST_WAIT_S: Final = 900.0
"""A hundred tries a day: with a code of six digits, three of which are right at a time, somebody
who knows the password needs some six years for an even chance."""
FORGET_S: Final = 86_400.0
"""After so long without a try it starts anew."""
MOST_LOGINS: Final = 50_000
"""That are remembered; beyond it the one that was quiet for longest is forgotten."""


@frozen
class _Count:
    tries: int
    last_at: float

    @property
    def next_at(self) -> float:
        if self.tries < FREE_TRIES:
            return self.last_at
        doubled = FIRST_WAIT_S * (1 << min(self.tries - FREE_TRIES, 16))
        return self.last_at + min(doubled, LONGEST_WAIT_S)


class SignInTries:
    """Counts tries by login. Times are seconds of a clock that never goes back."""

    def __init__(self, most: int = MOST_LOGINS) -> None:
        self._most = most
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def begin(self, login: str, now: float) -> int:
        """Count a try that begins now and return 0, or after how many seconds it may begin, and
        then it costs nothing."""
        count = self._counts.get(login)
        if count is None or now - count.last_at >= FORGET_S:
            count = _Count(0, now)
        elif now < count.next_at:
            return ceil(count.next_at - now)
        self._counts[login] = _Count(count.tries + 1, now)
        self._counts.move_to_end(login)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return 0

    def succeeded(self, login: str) -> None:
        """The try was right."""
        self._counts.pop(login, None)
