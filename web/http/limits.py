"""Rate limits at the door (contract.md §9): who calls, and whether that is too often.

A call with a merchant's key or cookie counts for the merchant, wherever it comes from. One with a
wrong key counts as a failure of its address; so does a wrong one at the dashboard's door, and so do
wrong operator's tokens, setup codes and tokens of sessions. Public
calls of sessions count for the session and, far more generously, for the address, since a whole
shop may stand behind one. Health is never refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import trio
from attrs import define, field

from kasgate.limits.rate_limits import Allowance, Meter, RateLimits
from web.contract.problems import too_many
from web.http.credentials import (
    REAUTH_HEADER,
    HeaderLookup,
    merchant_of_key,
    offered_key,
    reauthenticates,
    signed_in_of,
)
from web.http.headers import PUBLIC_CALL

if TYPE_CHECKING:
    from actors.gateway import Gateway

_HEALTH: Final = re.compile(r"/health(/.*)?")
_REGISTRATION: Final = ("POST", "/api/v1/merchants")
_API: Final = "/api/v1/"
_LONGEST_ID: Final = 36


@define
class Caller:
    """Who made the request that the present task serves."""

    name: str
    """What calls are counted by: an address, or the network of one."""
    request_id: str = ""
    verdict: Allowance | None = None
    """The tightest that was given to this request, for its answer."""


CALLER: ContextVar[Caller] = ContextVar("kasgate_caller")


@define(eq=False)
class RateLimiter:
    """All meters of a gateway; without numbers nothing is ever refused."""

    rates: RateLimits | None
    refused: Counter[str] = field(factory=Counter)
    """Refused calls, by the limit that they met."""
    clock: Callable[[], float] = trio.current_time
    _meters: dict[str, Meter] = field(factory=dict)

    def count(self, limit: str, who: str | None = None) -> None:
        """Count a call of the present caller, or of ``who``. Raises Problem (429)."""
        if self.rates is None:
            return
        caller = CALLER.get()
        verdict = self._meter(self.rates, limit).take(
            caller.name if who is None else who, self.clock()
        )
        if caller.verdict is None or verdict.remaining <= caller.verdict.remaining:
            caller.verdict = verdict
        if not verdict.allowed:
            self.refused[limit] += 1
            raise too_many(verdict.retry_after_s)

    def require_room(self, limit: str) -> None:
        """Count nothing, but raise Problem (429) if the present caller's next call would be."""
        if self.rates is None:
            return
        wait_s = self._meter(self.rates, limit).wait_s(CALLER.get().name, self.clock())
        if wait_s:
            self.refused[limit] += 1
            raise too_many(wait_s)

    def admits(self, limit: str, who: str) -> bool:
        """Count a call that somebody else refuses if it is one too many, and counts again then."""
        if self.rates is None:
            return True
        return self._meter(self.rates, limit).take(who, self.clock()).allowed

    def allows(self, limit: str, who: str) -> bool:
        """Count something that is no request, such as a message. False if it is one too many."""
        allowed = self.admits(limit, who)
        if not allowed:
            self.refused[limit] += 1
        return allowed

    async def admit(self, gateway: Gateway, method: str, path: str, headers: HeaderLookup) -> None:
        """Count a request as what it is. Raises Problem (429), StoreUnavailable."""
        if self.rates is None or _HEALTH.fullmatch(path):
            return
        key = offered_key(headers) if path.startswith(_API) else None
        signed_in = None
        if key is None and path.startswith(_API):
            signed_in = await signed_in_of(gateway, headers)
        if signed_in is not None:
            self.count("merchant", signed_in.merchant.id)
            given = headers.get(REAUTH_HEADER)
            if given is not None and not await reauthenticates(gateway, headers):
                self.count("failures")
        elif key is not None:
            holder = await merchant_of_key(gateway, key)
            if holder is None:
                self.count("failures")
            else:
                self.count("merchant", holder.merchant.id)
        elif PUBLIC_CALL.fullmatch(path):
            self.count("polls")
            self.count("session", path.removeprefix(_API).split("/")[1][:_LONGEST_ID].lower())
        elif (method, path) == _REGISTRATION:
            self.count("registration")
        else:
            self.count("anonymous")

    async def admit_socket(self) -> None:
        """Count a WebSocket that wants to open. Raises Problem (429)."""
        self.count("polls")

    def _meter(self, rates: RateLimits, limit: str) -> Meter:
        meter = self._meters.get(limit)
        if meter is None:
            meter = self._meters[limit] = Meter(getattr(rates, limit))
        return meter


def rate_headers(verdict: Allowance) -> list[tuple[str, str]]:
    """What an answer says of the limit that its request came nearest to."""
    return [
        ("RateLimit-Limit", str(verdict.limit)),
        ("RateLimit-Remaining", str(verdict.remaining)),
        ("RateLimit-Reset", str(verdict.reset_s)),
    ]
