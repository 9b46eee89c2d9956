"""Calls that a client may safely repeat (contract.md §5).

A client that got no answer can't know whether its call arrived. With an ``Idempotency-Key`` it
repeats the call: within a day the same call gets the same answer, and a different call under the
same key is refused.
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
    """A call that was made under a key, and its result: a session, or an answer."""

    merchant_id: str
    key: str
    fingerprint: str
    """Hash of the call and its parsed body."""
    made_at: int
    """Unix milliseconds."""
    session_id: str | None = None
    """The session that the call created."""
    status: int | None = None
    """HTTP status of the answer; None if the result is a session."""
    answer: str | None = None
    """Body of the answer."""


def is_usable_key(key: str) -> bool:
    """Whether this is a valid ``Idempotency-Key``: 1 to 255 visible ASCII characters."""
    return _KEY.fullmatch(key) is not None
