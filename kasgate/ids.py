"""Identifiers that sort by the time they were made: 48 bits of unix milliseconds, 80 random bits,
written in Crockford's base 32 (the ULID form), behind a prefix that says what they name."""

from __future__ import annotations

import secrets
import threading

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_CHARACTERS = 26

_lock = threading.Lock()
_last = 0


def time_sortable(prefix: str, now: int) -> str:
    """An id such as ``evt_01JTESTVECTOR0000000000000`` for a unix time in milliseconds.

    Ids made by one process rise even within a millisecond, and while the clock stands or goes
    back, so that events sort as they happened. Safe to call from any thread.
    """
    global _last
    with _lock:
        _last = number = max((now << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS), _last + 1)
    return f"{prefix}_" + "".join(
        _ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(_CHARACTERS))
    )
