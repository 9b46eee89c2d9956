"""Sessions of the dashboard: their lifetime, and the tokens that prove them.

A sign-in gets a random token in a cookie. The database keeps only its hash, so that read access to
the database is not enough to sign in. A session that was opened with an API key ends with that key
(security.md, Session cookies). One that was opened with a password ends when the password is
changed or removed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from attrs import field, frozen

IDLE_MS: Final = 12 * 3_600_000
"""A session ends after so long without a request."""
LONGEST_MS: Final = 7 * 24 * 3_600_000
"""A session ends after so long in any case."""
TOUCH_MS: Final = 60_000
"""The precision of the time of the last request: one write a minute."""
MOST_SESSIONS: Final = 50
"""The most sessions of one merchant; a further sign-in ends the oldest."""
MAX_USER_AGENT: Final = 300

_TOKEN_BYTES: Final = 32


@frozen
class DashboardSession:
    """A session of the dashboard. Times are unix milliseconds."""

    id: str
    """``das_…``, sorts by time; not secret."""
    merchant_id: str
    token_hash: str = field(repr=False)
    api_key_hash: str | None = field(repr=False)
    """Hash of the API key that it depends on; None if it was opened with a password."""
    created_at: int
    last_seen_at: int
    """Up to TOUCH_MS too early."""
    user_agent: str | None = None
    fresh_until: int | None = None
    """Until when the user counts as re-authenticated, because password and code were asked for
    again."""

    @property
    def by_password(self) -> bool:
        """Whether it was opened with a password."""
        return self.api_key_hash is None

    def is_fresh(self, now: int) -> bool:
        """Whether calls that need re-authentication are allowed without another one."""
        return self.fresh_until is not None and now < self.fresh_until

    @property
    def expires_at(self) -> int:
        """When it ends if it is not used again."""
        return min(self.last_seen_at + IDLE_MS, self.created_at + LONGEST_MS)


def new_token() -> str:
    """The token of a cookie: 32 random bytes in base64url."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_token(token: str) -> str:
    """The stored form of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token(token: str) -> str:
    """The token that a page has to send with the cookie for a change.

    It is derived from the cookie's token, which scripts can't read, and does not reveal it.
    """
    key = token.encode("utf-8", "surrogatepass")
    return hmac.digest(key, b"kasgate csrf token", hashlib.sha256).hex()
