"""Identifiers that sort by the time they were made: 48 bits of unix milliseconds, 80 random bits,
written in Crockford's base 32 (the ULID form), behind a prefix that says what they name."""

from __future__ import annotations

import secrets
import threading

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_CHARACTERS = 26


class _Rising:
    """Numbers that rise with time, and otherwise by one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self, now: int) -> int:
        with self._lock:
            fresh = (now << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
            self._last = max(fresh, self._last + 1)
            return self._last


_rising = _Rising()


def time_sortable(prefix: str, now: int) -> str:
    """An id such as ``evt_01JTESTVECTOR0000000000000`` for a unix time in milliseconds.

    Ids made by one process rise even within a millisecond, and while the clock stands or goes
    back, so that events sort as they happened. Safe to call from any thread.
    """
    number = _rising.next(now)
    return f"{prefix}_" + "".join(
        _ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(_CHARACTERS))
    )
