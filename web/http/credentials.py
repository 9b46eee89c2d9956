"""Credentials in headers: API keys, the dashboard's cookie and the operator's token. None of them
is read from the query string, and an API key is never read from a cookie.

A browser also sends the cookie with requests that other sites cause. So a change must come from our
own page (security.md, CSRF). The page proves this with a token that only it received, and the
browser confirms it by Origin or Sec-Fetch-Site.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from werkzeug.http import parse_cookie

from kasgate.access.secrets import KEY_PREFIX
from web.contract.problems import INSUFFICIENT_SCOPE, Problem

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.keyring import KeyHolder
    from actors.merchants.sign_in import SignedIn
    from kasgate.access.api_keys import Scope

SETUP_CODE_HEADER: Final = "X-KasGate-Setup-Code"
CSRF_HEADER: Final = "X-KasGate-CSRF"

# A real key has 51 characters. Hashing megabytes for a stranger is not worth it.
_LONGEST_SECRET: Final = 256


class HeaderLookup(Protocol):
    """A request's headers. Both lanes implement it."""

    def get(self, name: str, /) -> str | None: ...


async def merchant_of_key(gateway: Gateway, key: object) -> KeyHolder | None:
    """The merchant and the key for an API key; None if the key is not valid. Raises
    StoreUnavailable."""
    if not isinstance(key, str) or not key.isascii() or len(key) > _LONGEST_SECRET:
        return None
    return await gateway.keys.authenticate(key) if key.startswith(KEY_PREFIX) else None


def require_scope(holder: KeyHolder, needed: Scope) -> None:
    """Raises Problem (403) if the key's scope does not cover this one."""
    if holder.scope.covers(needed):
        return
    challenge = f'Bearer realm="KasGate", error="insufficient_scope", scope="{needed.value}"'
    raise Problem(
        INSUFFICIENT_SCOPE,
        f"This call needs an API key with the scope {needed.value}; this one has the scope"
        f" {holder.scope.value}.",
        headers=(("WWW-Authenticate", challenge),),
    )


def cookie_name(base_url: str) -> str:
    """The name of the dashboard's cookie. On https its prefix binds it to this host. Under a base
    path ``__Host-`` is not allowed; the prefix then binds it to https only."""
    if not base_url.startswith("https:"):
        return "kg"
    return "__Secure-kg" if urlsplit(base_url).path else "__Host-kg"


async def signed_in_of(gateway: Gateway, headers: HeaderLookup) -> SignedIn | None:
    """The dashboard session of the cookie, if it is open. Raises StoreUnavailable."""
    cookies = headers.get("Cookie")
    if cookies is None:
        return None
    name = cookie_name(gateway.settings.base_url)
    token = parse_cookie(cookies).get(name)
    if not token or len(token) > _LONGEST_SECRET:
        return None
    return await gateway.sign_ins.signed_in(token)


def is_own_origin(base_url: str, headers: HeaderLookup) -> bool:
    """Whether the browser reports that one of our pages made the request. Any name of the gateway
    is accepted, because a browser sends the cookie only to the name that set it."""
    origin = headers.get("Origin")
    if origin is None:
        return headers.get("Sec-Fetch-Site") == "same-origin"
    own = urlsplit(base_url)
    return origin.lower() in (
        f"{own.scheme}://{own.netloc}".lower(),
        f"{own.scheme}://{headers.get('Host') or ''}".lower(),
    )


def offered_key(headers: HeaderLookup) -> str | None:
    """The text sent as an API key, valid or not."""
    key = headers.get("X-API-Key")
    if key:
        return key
    token = bearer(headers)
    return token if token is not None and token.startswith(KEY_PREFIX) else None


def same_secret(expected: str, given: str) -> bool:
    """Whether two secrets are equal. The time does not depend on where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def bearer(headers: HeaderLookup) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    authorization = headers.get("Authorization")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
