"""The operator's token, and the limit of guesses.

People choose the token, so the number of guesses must be small: an address that has used up its
failures gets a 429 for any token, wrong or right. An address that has sent the right token before
is exempt, so that a neighbour of the operator behind the same address cannot block the monitoring.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from web.contract.problems import NOT_FOUND, UNAUTHORIZED, Problem
from web.http.caller import Caller
from web.http.credentials import bearer, same_secret
from web.http.limits import RateLimiter

MOST_ADDRESSES: Final = 256
"""Capacity of the list of operators' addresses. A new address replaces the least recently used
one."""
_CHALLENGE: Final = (("WWW-Authenticate", 'Bearer realm="KasGate operator"'),)


class Operators:
    """Recognises the operator of a gateway."""

    def __init__(self, token: str | None, limits: RateLimiter) -> None:
        """Without a token there is no operator."""
        self._token = token
        self._limits = limits
        self._known: OrderedDict[str, None] = OrderedDict()

    def require(self, caller: Caller) -> None:
        """Admit the operator. Raises Problem: 404 for a gateway without a token, 401, 429."""
        if self._token is None:
            raise Problem(NOT_FOUND, "Set KASGATE_OPERATOR_TOKEN to get metrics.")
        if not self.recognises(caller):
            if bearer(caller.headers) is None:
                self._limits.count("failures", caller)
            raise Problem(UNAUTHORIZED, "Metrics need the operator's token.", headers=_CHALLENGE)

    def recognises(self, caller: Caller) -> bool:
        """Whether the operator's token was sent. A wrong token counts as a failure. Raises Problem
        (429)."""
        given = bearer(caller.headers)
        if self._token is None or given is None:
            return False
        network = caller.network
        if network not in self._known:
            self._limits.require_room("failures", caller)
        if not same_secret(self._token, given):
            self._limits.count("failures", caller)
            return False
        self._known[network] = None
        self._known.move_to_end(network)
        if len(self._known) > MOST_ADDRESSES:
            self._known.popitem(last=False)
        return True
