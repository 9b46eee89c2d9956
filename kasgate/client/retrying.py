"""When a call is tried again, and after how long."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from kasgate.client.errors import ProblemError

_IN_FLIGHT: Final = "idempotency_in_flight"
_NOT_CARRIED_OUT: Final = frozenset({429})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_EXPONENT: Final = 16


@frozen(kw_only=True)
class Retries:
    """How patient a client is. The waits of a call sum up to two minutes at most by default."""

    attempts: int = 5
    """At most, the first included; 1 for none but that."""
    first_pause_s: float = 0.25
    """After the first failure; doubled with each further one."""
    longest_pause_s: float = 8.0
    longest_wish_s: float = 30.0
    """A gateway that asks for a longer wait than this gets no further attempt: the caller shall
    know at once."""

    def pause(
        self, made: int, error: Exception, *, harmless: bool, unsent: bool, jitter: float
    ) -> float | None:
        """Seconds until the next attempt, None for no more.

        ``made`` attempts failed, the last with ``error``. ``harmless``: doing the call twice is as
        good as once. ``unsent``: the call did not reach the gateway. ``jitter`` is from 0 to 1 and
        makes the pause up to a half shorter.
        """
        if made >= self.attempts:
            return None
        wish = 0.0
        if isinstance(error, ProblemError):
            if not _may_pass(error, harmless):
                return None
            wish = error.retry_after_s or 0.0
        elif not (harmless or unsent):
            return None
        if wish > self.longest_wish_s:
            return None
        grown = self.first_pause_s * (1 << min(made - 1, _LONGEST_EXPONENT))
        return max(wish, min(grown, self.longest_pause_s) * (1 - jitter / 2))


def _may_pass(error: ProblemError, harmless: bool) -> bool:
    if error.code == "rates_unavailable" and error.retry_after_s is None:
        return False  # Switched off: nothing to wait for.
    if error.code == _IN_FLIGHT:
        return True
    return error.status in (_PASSING if harmless else _NOT_CARRIED_OUT)
