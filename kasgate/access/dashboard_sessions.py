"""Being signed in to the dashboard: how long it lasts, and what proves it.

Whoever signs in gets a random token in a cookie. The database keeps its hash, so that nobody who
reads the database can sign in with it. A session that was opened with an API key ends when that key
does (security.md, Session cookies); one that was opened with a password, when the password is
changed or removed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from attrs import field, frozen

IDLE_MS: Final = 12 * 3_600_000
"""After so long without a request it ends."""
LONGEST_MS: Final = 7 * 24 * 3_600_000
"""After so long it ends in any case."""
TOUCH_MS: Final = 60_000
"""How exactly the last request is remembered: one write a minute."""
MOST_SESSIONS: Final = 50
"""Of one merchant; signing in once more ends the oldest."""
MAX_USER_AGENT: Final = 300

_TOKEN_BYTES: Final = 32


@frozen
class DashboardSession:
    """Somebody who is signed in. Times are unix milliseconds."""

    id: str
    """``das_…``, sorts by time; no secret."""
    merchant_id: str
    token_hash: str = field(repr=False)
    api_key_hash: str | None = field(repr=False)
    """Of the API key that it depends on; None if it was opened with a password."""
    created_at: int
    last_seen_at: int
    """Up to TOUCH_MS too early."""
    user_agent: str | None = None
    fresh_until: int | None = None
    """Until when the person is known to be the one who holds password and code: they were asked for
    once more."""

    @property
    def by_password(self) -> bool:
        """Whether it was opened with a password."""
        return self.api_key_hash is None

    def is_fresh(self, now: int) -> bool:
        """Whether what asks for more than the cookie may be done without asking once more."""
        return self.fresh_until is not None and now < self.fresh_until

    @property
    def expires_at(self) -> int:
        """When it ends, if nobody uses it until then."""
        return min(self.last_seen_at + IDLE_MS, self.created_at + LONGEST_MS)


def new_token() -> str:
    """What the cookie carries: 32 random bytes in base64url."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_token(token: str) -> str:
    """What is stored of a token and looked up: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token(token: str) -> str:
    """What a page has to send along with the cookie when it changes something.

    It follows from the cookie's token, which scripts can't read, and says nothing of it.
    """
    key = token.encode("utf-8", "surrogatepass")
    return hmac.digest(key, b"kasgate csrf token", hashlib.sha256).hex()
