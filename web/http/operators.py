"""The operator's token, and how often it may be guessed.

People choose it, so what matters is how many are compared: an address whose failures are used up is
told nothing, neither of a wrong token nor of the right one. Only where the right one came from
before it is always taken, so that a neighbour of the operator behind the same address can't shut
the monitoring out.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from web.http.credentials import HeaderLookup, bearer, same_secret
from web.http.limits import CALLER, RateLimiter

MOST_ADDRESSES: Final = 256
"""That are known; one more forgets the one that was quiet for longest."""


class Operators:
    """Tells operators from others. One for a gateway."""

    def __init__(self, token: str | None, limits: RateLimiter) -> None:
        """Without a token nobody is an operator."""
        self._token = token
        self._limits = limits
        self._known: OrderedDict[str, None] = OrderedDict()

    def recognises(self, headers: HeaderLookup) -> bool:
        """Whether the operator's token came along. One that came and is wrong is counted. Raises
        Problem (429)."""
        given = bearer(headers)
        if self._token is None or given is None:
            return False
        address = CALLER.get().name
        if address not in self._known:
            self._limits.require_room("failures")
        if not same_secret(self._token, given):
            self._limits.count("failures")
            return False
        self._known[address] = None
        self._known.move_to_end(address)
        if len(self._known) > MOST_ADDRESSES:
            self._known.popitem(last=False)
        return True
