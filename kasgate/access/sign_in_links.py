"""One-time links that sign a person in to the dashboard, for the operator to hand out.

A link carries a random token in its fragment, which browsers send to no server. The page posts the
token, so a preview or a prefetch of the link does not use it up. The database keeps only its hash.
A session that a link opened depends on the API key that the link is bound to, as if it had been
opened with that key.
"""

from __future__ import annotations

from typing import Final

from attrs import field, frozen

from kasgate.access.dashboard_sessions import hash_token, new_token

LIFETIME_MS: Final = 10 * 60_000
"""A link that was not used ends after so long."""
MOST_LINKS: Final = 5
"""The most unused links of one merchant; a further one ends the oldest."""


@frozen
class SignInLink:
    """A link as stored. Times are unix milliseconds."""

    token_hash: str = field(repr=False)
    merchant_id: str
    api_key_hash: str = field(repr=False)
    created_at: int
    expires_at: int


def new_link(merchant_id: str, api_key_hash: str, now: int) -> tuple[SignInLink, str]:
    """A new link and its token, which can't be shown again."""
    token = new_token()
    link = SignInLink(hash_token(token), merchant_id, api_key_hash, now, now + LIFETIME_MS)
    return link, token


def link_url(base_url: str, token: str) -> str:
    """The address for the browser."""
    return f"{base_url}/dashboard/#sign-in={token}"
