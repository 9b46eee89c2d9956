"""Who calls: merchants by their API key, operators by their token. Never by the query string."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, Protocol

from web.problems import UNAUTHORIZED, Problem

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.merchant import Merchant

SETUP_CODE_HEADER: Final = "X-KasGate-Setup-Code"

_KEY_PREFIX: Final = "kg_live_"
# A real one has 51 characters. Hashing megabytes for a stranger is not worth it.
_LONGEST_SECRET: Final = 256
_CHALLENGE: Final = (("WWW-Authenticate", 'Bearer realm="KasGate"'),)


class HeaderLookup(Protocol):
    """A request's headers, whatever carries them."""

    def get(self, name: str, /) -> str | None: ...


async def require_merchant(gateway: Gateway, headers: HeaderLookup) -> Merchant:
    """The merchant whose key came along. Raises Problem (401), StoreUnavailable."""
    key = headers.get("X-API-Key") or bearer(headers)
    if key is None:
        raise Problem(
            UNAUTHORIZED,
            "This call needs an API key: X-API-Key: kg_live_… or Authorization: Bearer kg_live_….",
            headers=_CHALLENGE,
        )
    merchant = await merchant_of_key(gateway, key)
    if merchant is None:
        raise Problem(UNAUTHORIZED, "This API key is not known.", headers=_CHALLENGE)
    return merchant


async def merchant_of_key(gateway: Gateway, key: object) -> Merchant | None:
    """The merchant whose API key this is, if it is one. Raises StoreUnavailable."""
    if not isinstance(key, str) or not key.isascii() or len(key) > _LONGEST_SECRET:
        return None
    return await gateway.merchants.authenticate(key) if key.startswith(_KEY_PREFIX) else None


async def merchant_if_any(gateway: Gateway, headers: HeaderLookup) -> Merchant | None:
    """As require_merchant, where a key is not needed; a wrong one is refused all the same.

    Credentials of other kinds, such as a reverse proxy's, are none of ours.
    """
    return None if offered_key(headers) is None else await require_merchant(gateway, headers)


def offered_key(headers: HeaderLookup) -> str | None:
    """What came along as an API key, whether it is one or not."""
    token = bearer(headers)
    return headers.get("X-API-Key") or (
        token if token is not None and token.startswith(_KEY_PREFIX) else None
    )


def is_operator(token: str | None, headers: HeaderLookup) -> bool:
    """Whether the operator's token came along. Without one in the settings nobody is."""
    given = bearer(headers)
    return token is not None and given is not None and same_secret(token, given)


def same_secret(expected: str, given: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def bearer(headers: HeaderLookup) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    scheme, _, token = (headers.get("Authorization") or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
