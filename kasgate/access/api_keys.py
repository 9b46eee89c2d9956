"""API keys and their scopes.

A merchant may have several keys, so that an accountant's script can hold one that only reads, and a
key that leaks from a shop can be revoked without the others. Of each key the database keeps only
the hash (``kasgate.access.secrets``) and the last characters, by which a person recognizes it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import field, frozen

from kasgate.access.secrets import hash_api_key
from kasgate.ids import time_sortable

FIRST_KEY_NAME: Final = "First key"
"""The name of the key that registration creates."""
MAX_KEY_NAME: Final = 60
MOST_KEYS: Final = 50
"""The most live keys of one merchant."""
USE_NOTED_MS: Final = 60_000
"""The precision of the stored time of last use."""
_HINT: Final = 4


class Scope(StrEnum):
    """The permissions of a key; each scope includes those before it."""

    READ = "read"
    """Read everything of the merchant, change nothing."""
    CREATE = "create"
    """Also create sessions, and cancel unpaid ones: enough for a shop's server."""
    MANAGE = "manage"
    """Also everything else: decisions, settings, secrets, keys."""

    def covers(self, needed: Scope) -> bool:
        """Whether a key of this scope may make a call that needs ``needed``."""
        return _RANKS[self] >= _RANKS[needed]


_RANKS: Final = {Scope.READ: 0, Scope.CREATE: 1, Scope.MANAGE: 2}


class KeyRefused(Exception):
    """A request about a key was refused. The message is a sentence for the user."""


class NoSuchKey(KeyRefused):
    """The merchant has no live key with this id."""

    def __init__(self) -> None:
        super().__init__("You have no API key with this id.")


class KeyEnded(NoSuchKey):
    """Another call revoked the key between the look-up and the change."""

    def __init__(self) -> None:
        KeyRefused.__init__(
            self, "Another call revoked this API key at the same time; this call changed nothing."
        )


class LastManageKey(KeyRefused):
    """Without this key nobody could manage the merchant's account."""

    def __init__(self) -> None:
        super().__init__(
            "This is the last key with the scope manage. Create another one first: without one,"
            " nobody could manage this account."
        )


class TooManyKeys(KeyRefused):
    """The merchant has MOST_KEYS keys already."""

    def __init__(self) -> None:
        super().__init__(f"A merchant has at most {MOST_KEYS} keys. Revoke one first.")


@frozen
class ApiKey:
    """A key as stored. Times are unix milliseconds."""

    id: str
    """``key_…``, sorts by time; not secret."""
    merchant_id: str
    name: str
    """The merchant's name for the key."""
    scope: Scope
    key_hash: str = field(repr=False)
    created_at: int
    hint: str | None = None
    """The last characters of the key; None for a key that is older than this field."""
    last_used_at: int | None = None
    """Up to USE_NOTED_MS too early."""
    revoked_at: int | None = None
    """From then on the key is refused."""


def new_key(merchant_id: str, name: str, scope: Scope, text: str, at: int) -> ApiKey:
    """The row of a new key with this text."""
    return ApiKey(
        id=time_sortable("key", at),
        merchant_id=merchant_id,
        name=name,
        scope=scope,
        key_hash=hash_api_key(text),
        created_at=at,
        hint=text[-_HINT:],
    )
