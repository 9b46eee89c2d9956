"""Who calls: merchants by their API key or, from the dashboard's pages, by the cookie of whoever
signed in; operators by their token. Never by the query string, and API keys never by cookie.

A browser sends the cookie along with what other sites make it ask for. So a call that changes
something has to show that it comes from our own page: by a token that only that page was told, and
by where the browser says that it comes from (security.md, CSRF).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from quart import current_app, request
from werkzeug.http import parse_cookie

from kasgate.access.api_keys import Scope
from kasgate.access.secrets import KEY_PREFIX
from kasgate.audit import BY_API_KEY, BY_DASHBOARD, Principal
from web.contract.operations import operation_of
from web.contract.problems import CSRF, INSUFFICIENT_SCOPE, REAUTHENTICATION, UNAUTHORIZED, Problem

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.keyring import KeyHolder
    from actors.merchants.sign_in import SignedIn
    from kasgate.access.api_keys import ApiKey
    from kasgate.merchant import Merchant

SETUP_CODE_HEADER: Final = "X-KasGate-Setup-Code"
CSRF_HEADER: Final = "X-KasGate-CSRF"
REAUTH_HEADER: Final = "X-KasGate-Reauth"

# A real one has 51 characters. Hashing megabytes for a stranger is not worth it.
_LONGEST_SECRET: Final = 256
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE: Final = (("WWW-Authenticate", 'Bearer realm="KasGate"'),)


class HeaderLookup(Protocol):
    """A request's headers, whatever carries them."""

    def get(self, name: str, /) -> str | None: ...


async def require_merchant(
    gateway: Gateway, headers: HeaderLookup, scope: Scope | None = None
) -> Merchant:
    """The merchant whose key came along, or else who is signed in by the cookie. The key's scope
    has to cover ``scope``, by default what the description of the route says that is being served;
    in the express lane no route is, so what it calls names the scope itself.

    Raises Problem (401; 403 for a key of too small a scope, and for a cookie alone where more is
    needed), StoreUnavailable.
    """
    key = headers.get("X-API-Key") or bearer(headers)
    if (
        offered_key(headers) is None
        and (signed_in := await signed_in_of(gateway, headers)) is not None
    ):
        require_own_page(gateway, signed_in, headers)
        return signed_in.merchant
    if key is None:
        raise Problem(
            UNAUTHORIZED,
            "This call needs an API key: X-API-Key: kg_live_… or Authorization: Bearer kg_live_….",
            headers=_CHALLENGE,
        )
    holder = await merchant_of_key(gateway, key)
    if holder is None:
        raise Problem(UNAUTHORIZED, "This API key is not known.", headers=_CHALLENGE)
    require_scope(holder, _scope_of_route() if scope is None else scope)
    return holder.merchant


async def merchant_of_key(gateway: Gateway, key: object) -> KeyHolder | None:
    """The merchant whose API key this is, if it is one, and the key. Raises StoreUnavailable."""
    if not isinstance(key, str) or not key.isascii() or len(key) > _LONGEST_SECRET:
        return None
    return await gateway.keys.authenticate(key) if key.startswith(KEY_PREFIX) else None


def require_scope(holder: KeyHolder, needed: Scope) -> None:
    """Raises Problem (403) if the key is not enough for what needs this scope."""
    if holder.scope.covers(needed):
        return
    challenge = f'Bearer realm="KasGate", error="insufficient_scope", scope="{needed.value}"'
    raise Problem(
        INSUFFICIENT_SCOPE,
        f"This call needs an API key with the scope {needed.value}; the one that came has the scope"
        f" {holder.scope.value}.",
        headers=(("WWW-Authenticate", challenge),),
    )


def _scope_of_route() -> Scope:
    return operation_of(current_app.view_functions[request.endpoint or ""]).scope


async def merchant_if_any(
    gateway: Gateway, headers: HeaderLookup, scope: Scope | None = None
) -> Merchant | None:
    """As require_merchant, where a key is not needed; a wrong one is refused all the same, a
    cookie that opens nothing any more is not.

    Credentials of other kinds, such as a reverse proxy's, are none of ours.
    """
    if offered_key(headers) is None and await signed_in_of(gateway, headers) is None:
        return None
    return await require_merchant(gateway, headers, scope)


def cookie_name(base_url: str) -> str:
    """The cookie of the dashboard. On https the browser takes it from nobody but this host; under
    a path, where ``__Host-`` is not allowed, from any page of https."""
    if not base_url.startswith("https:"):
        return "kg"
    return "__Secure-kg" if urlsplit(base_url).path else "__Host-kg"


async def signed_in_of(gateway: Gateway, headers: HeaderLookup) -> SignedIn | None:
    """Who is signed in by the cookie that came along. Raises StoreUnavailable."""
    cookies = headers.get("Cookie")
    if cookies is None:
        return None
    name = cookie_name(gateway.settings.base_url)
    token = parse_cookie(cookies).get(name)
    if not token or len(token) > _LONGEST_SECRET:
        return None
    return await gateway.sign_ins.signed_in(token)


async def require_signed_in(gateway: Gateway, headers: HeaderLookup) -> SignedIn:
    """Who is signed in by the cookie. Raises Problem (401, 403), StoreUnavailable."""
    signed_in = await signed_in_of(gateway, headers)
    if signed_in is None:
        raise Problem(UNAUTHORIZED, "Nobody is signed in here.", headers=_CHALLENGE)
    require_own_page(gateway, signed_in, headers)
    return signed_in


def require_own_page(gateway: Gateway, signed_in: SignedIn, headers: HeaderLookup) -> None:
    """Raises Problem (403) if the request changes something and is not our own page's."""
    if request.method in _SAFE_METHODS:
        return
    given = headers.get(CSRF_HEADER)
    if given is None or not same_secret(signed_in.csrf_token, given):
        raise Problem(CSRF, f"A call with the cookie alone needs {CSRF_HEADER}.")
    if not is_own_origin(gateway, headers):
        raise Problem(CSRF, "This call does not come from a page of this gateway.")


def is_own_origin(gateway: Gateway, headers: HeaderLookup) -> bool:
    """Whether the browser says that a page of ours asks. One of the gateway's names will do, since
    a browser that was given the cookie under another name does not send it under this one."""
    origin = headers.get("Origin")
    if origin is None:
        return headers.get("Sec-Fetch-Site") == "same-origin"
    own = urlsplit(gateway.settings.base_url)
    return origin.lower() in (
        f"{own.scheme}://{own.netloc}".lower(),
        f"{own.scheme}://{headers.get('Host') or ''}".lower(),
    )


async def require_reauthentication(gateway: Gateway, headers: HeaderLookup) -> None:
    """What changes whom the money goes to needs more than a cookie: the API key, or password and
    code a short while ago. Raises Problem (403), StoreUnavailable."""
    if offered_key(headers) is not None:
        return
    signed_in = await signed_in_of(gateway, headers)
    if signed_in is not None and signed_in.session.is_fresh(gateway.clock()):
        return
    if not await reauthenticates(gateway, headers):
        raise Problem(
            REAUTHENTICATION,
            f"This needs your API key once more, in {REAUTH_HEADER}, or your password and a code:"
            " POST /api/v1/dashboard/reauthenticate.",
        )


async def reauthenticates(gateway: Gateway, headers: HeaderLookup) -> bool:
    """Whether the key in REAUTH_HEADER is one that manages, of whoever is signed in."""
    signed_in = await signed_in_of(gateway, headers)
    holder = await merchant_of_key(gateway, headers.get(REAUTH_HEADER))
    return (
        signed_in is not None
        and holder is not None
        and holder.merchant.id == signed_in.merchant.id
        and holder.scope is Scope.MANAGE
    )


async def key_of_caller(gateway: Gateway, headers: HeaderLookup) -> ApiKey | None:
    """The API key that the present call came with, or that its caller signed in with. Raises
    StoreUnavailable."""
    offered = offered_key(headers)
    if offered is not None:
        holder = await merchant_of_key(gateway, offered)
        return None if holder is None else holder.key
    signed_in = await signed_in_of(gateway, headers)
    return None if signed_in is None else signed_in.key


async def principal_of(gateway: Gateway, headers: HeaderLookup) -> Principal:
    """Whose hand the present call is, for the audit log. For calls that are let in. Raises
    StoreUnavailable."""
    actor = BY_DASHBOARD if offered_key(headers) is None else BY_API_KEY
    key = await key_of_caller(gateway, headers)
    return Principal(actor, request.remote_addr, None if key is None else key.name)


def offered_key(headers: HeaderLookup) -> str | None:
    """What came along as an API key, whether it is one or not."""
    token = bearer(headers)
    return headers.get("X-API-Key") or (
        token if token is not None and token.startswith(KEY_PREFIX) else None
    )


def same_secret(expected: str, given: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def bearer(headers: HeaderLookup) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    authorization = headers.get("Authorization")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
