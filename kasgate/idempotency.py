"""Calls that a client may repeat without doing anything twice (contract.md §5).

A client that got no answer can't know whether it was heard. With an ``Idempotency-Key`` it simply
asks again: within a day the same question gets the same answer, and another question is refused.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

KEPT_MS: Final = 24 * 3_600_000
"""How long a key is remembered, milliseconds."""

MAX_KEY: Final = 255

_KEY: Final = re.compile(r"[!-~]{1,255}")


@frozen
class IdempotentCall:
    """A call that was made under a key, and what came of it: a session, or an answer."""

    merchant_id: str
    key: str
    fingerprint: str
    """Hash of the call and of its parsed body."""
    made_at: int
    """Unix milliseconds."""
    session_id: str | None = None
    """The session that it made."""
    status: int | None = None
    """HTTP status of the answer; None where the session says it all."""
    answer: str | None = None
    """Its body."""


def is_usable_key(key: str) -> bool:
    """Whether this can be an ``Idempotency-Key``: 1 to 255 visible characters of ASCII."""
    return _KEY.fullmatch(key) is not None
