"""API keys: what each of them lets its holder do.

A merchant has several, so that the accountant's script holds one that can read and no more, and a
shop that is broken into gives away one that is ended without the others. Of a key only its hash is
kept (``kasgate.access.secrets``), and its last characters, by which a person tells one from
another.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import field, frozen

from kasgate.access.secrets import hash_api_key
from kasgate.ids import time_sortable

FIRST_KEY_NAME: Final = "First key"
"""Of the key that registration shows."""
MAX_KEY_NAME: Final = 60
MOST_KEYS: Final = 50
"""That one merchant may hold at once."""
USE_NOTED_MS: Final = 60_000
"""How exactly the last use is remembered."""
_HINT: Final = 4


class Scope(StrEnum):
    """What a key lets its holder do; each covers those before it."""

    READ = "read"
    """Read everything of the merchant, change nothing."""
    CREATE = "create"
    """And make sessions, and cancel those that nobody paid: what a shop's server does."""
    MANAGE = "manage"
    """And everything else: decisions, settings, secrets, keys."""

    def covers(self, needed: Scope) -> bool:
        """Whether a key of this scope is enough for what needs another."""
        return _RANKS[self] >= _RANKS[needed]


_RANKS: Final = {Scope.READ: 0, Scope.CREATE: 1, Scope.MANAGE: 2}


class KeyRefused(Exception):
    """What was asked about a key can't be done. The message is a sentence for a person."""


class NoSuchKey(KeyRefused):
    """A merchant has no key of this id, or no longer."""

    def __init__(self) -> None:
        super().__init__("There is no API key of yours with this id.")


class KeyEnded(NoSuchKey):
    """There was the key when it was asked for, and another call ended it at the same time."""

    def __init__(self) -> None:
        KeyRefused.__init__(
            self, "Another call ended this API key at the same time; nothing was done by this one."
        )


class LastManageKey(KeyRefused):
    """Without this key nobody could manage the merchant's account any more."""

    def __init__(self) -> None:
        super().__init__(
            "This is the last key with the scope manage. Make another one first: without one nobody"
            " could change anything here any more."
        )


class TooManyKeys(KeyRefused):
    """A merchant holds MOST_KEYS already."""

    def __init__(self) -> None:
        super().__init__(f"A merchant has at most {MOST_KEYS} keys. Revoke one first.")


@frozen
class ApiKey:
    """A key as stored. Times are unix milliseconds."""

    id: str
    """``key_…``, sorts by time; no secret."""
    merchant_id: str
    name: str
    """The merchant's word for what it is used for."""
    scope: Scope
    key_hash: str = field(repr=False)
    created_at: int
    hint: str | None = None
    """The last characters of the key; None for one that was made before they were kept."""
    last_used_at: int | None = None
    """Up to USE_NOTED_MS too early."""
    revoked_at: int | None = None
    """From then on it opens nothing."""


def new_key(merchant_id: str, name: str, scope: Scope, text: str, at: int) -> ApiKey:
    """The row of a key whose text has just been made."""
    return ApiKey(
        id=time_sortable("key", at),
        merchant_id=merchant_id,
        name=name,
        scope=scope,
        key_hash=hash_api_key(text),
        created_at=at,
        hint=text[-_HINT:],
    )
