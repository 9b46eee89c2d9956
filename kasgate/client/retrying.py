"""When a call is retried, and after how long."""

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
    """The retry policy. By default the waits of a call sum up to two minutes at most."""

    attempts: int = 5
    """The most attempts, the first included; 1 means no retry."""
    first_pause_s: float = 0.25
    """Seconds after the first failure; doubled after each further one."""
    longest_pause_s: float = 8.0
    longest_wish_s: float = 30.0
    """If the gateway asks for a longer wait than this, in seconds, there is no further attempt, so
    that the caller gets the error at once."""

    def pause(
        self, made: int, error: Exception, *, harmless: bool, unsent: bool, jitter: float
    ) -> float | None:
        """Seconds until the next attempt, None for no more.

        ``made`` attempts failed, the last with ``error``. ``harmless``: a repetition has no further
        effect. ``unsent``: the call did not reach the gateway. ``jitter`` is from 0 to 1 and
        shortens the pause by up to a half.
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
        return False  # Switched off on the gateway, so waiting does not help.
    if error.code == _IN_FLIGHT:
        return True
    return error.status in (_PASSING if harmless else _NOT_CARRIED_OUT)
