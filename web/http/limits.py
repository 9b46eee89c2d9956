"""Rate limits of requests (contract.md §9).

A call with a merchant's key or cookie counts for the merchant, from any address. A call with a
wrong key counts as a failure of its address, as do a wrong key at the dashboard's sign-in, and
wrong operator tokens, setup codes and session tokens. Public calls about a session count for the
session and, with a far higher limit, for the address, since a whole shop may share one. Health
checks are never refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

import trio
from attrs import define, field

from kasgate.limits.rate_limits import Allowance, Meter, RateLimits
from web.contract.problems import too_many
from web.http.caller import CALLER, Caller
from web.http.headers import API, PUBLIC_CALL

_HEALTH: Final = re.compile(r"/health(/.*)?")
_REGISTRATION: Final = ("POST", "/api/v1/merchants")
_LONGEST_ID: Final = 36


@define(eq=False)
class RateLimiter:
    """All meters of a gateway. Without rates no call is refused."""

    rates: RateLimits | None
    refused: Counter[str] = field(factory=Counter)
    """Refused calls, by the limit that they exceeded."""
    clock: Callable[[], float] = trio.current_time
    _meters: dict[str, Meter] = field(factory=dict)

    def count(self, limit: str, caller: Caller, who: str | None = None) -> None:
        """Count a call for the network of its caller, or for ``who``. Raises Problem (429)."""
        if self.rates is None:
            return
        verdict = self._meter(self.rates, limit).take(
            caller.network if who is None else who, self.clock()
        )
        if caller.verdict is None or verdict.remaining <= caller.verdict.remaining:
            caller.verdict = verdict
        if not verdict.allowed:
            self.refused[limit] += 1
            raise too_many(verdict.retry_after_s)

    def require_room(self, limit: str, caller: Caller) -> None:
        """Raises Problem (429) if the next call of this network would exceed the limit. Counts
        nothing."""
        if self.rates is None:
            return
        wait_s = self._meter(self.rates, limit).wait_s(caller.network, self.clock())
        if wait_s:
            self.refused[limit] += 1
            raise too_many(wait_s)

    def admits(self, limit: str, who: str) -> bool:
        """Count a call. False if it exceeds the limit: the plain lane then refuses it and counts it
        again."""
        if self.rates is None:
            return True
        return self._meter(self.rates, limit).take(who, self.clock()).allowed

    def allows(self, limit: str, who: str) -> bool:
        """Count an action that is not a request, such as a message. False if it exceeds the
        limit."""
        allowed = self.admits(limit, who)
        if not allowed:
            self.refused[limit] += 1
        return allowed

    def admit(self, caller: Caller, path: str) -> None:
        """Count a request after its caller was identified. Raises Problem (429)."""
        if self.rates is None or _HEALTH.fullmatch(path):
            return
        if caller.holder is not None:
            self.count("merchant", caller, caller.holder.merchant.id)
        elif caller.offered_key is not None:
            self.count("failures", caller)
        elif caller.signed_in is not None:
            self.count("merchant", caller, caller.signed_in.merchant.id)
            if caller.reauthenticates is False:
                self.count("failures", caller)
        elif PUBLIC_CALL.fullmatch(path):
            self.count("polls", caller)
            session_id = path.removeprefix(API).split("/")[1][:_LONGEST_ID].lower()
            self.count("session", caller, session_id)
        elif (caller.method, path) == _REGISTRATION:
            self.count("registration", caller)
        else:
            self.count("anonymous", caller)

    async def admit_socket(self) -> None:
        """Count the opening of a WebSocket. Raises Problem (429)."""
        self.count("polls", CALLER.get())

    def _meter(self, rates: RateLimits, limit: str) -> Meter:
        meter = self._meters.get(limit)
        if meter is None:
            meter = self._meters[limit] = Meter(getattr(rates, limit))
        return meter


def rate_headers(verdict: Allowance) -> list[tuple[str, str]]:
    """The headers for the limit that is closest to its end."""
    return [
        ("RateLimit-Limit", str(verdict.limit)),
        ("RateLimit-Remaining", str(verdict.remaining)),
        ("RateLimit-Reset", str(verdict.reset_s)),
    ]
