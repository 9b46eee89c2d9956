"""The headers of every answer, by its path: security, CORS and the request id.

Any site's page may use public session calls, logos and the widget, without credentials. Calls with
an API key only answer pages of the origins in ``KASGATE_CORS_ORIGINS`` (contract.md §9).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from enum import Enum, auto
from typing import Final

from web.contract.brand import LOGOS

REQUEST_ID: ContextVar[str] = ContextVar("kasgate_request_id", default="")
"""The id of the request that the current task serves."""

_ID_LENGTH: Final = 20
# Asking the kernel for ten bytes takes as long as the rest of a status call.
_IDS_AT_ONCE: Final = 200
_UNUSED_IDS: Final[list[str]] = []

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
API: Final = "/api/v1/"
PUBLIC_CALL: Final = re.compile(r"/api/v1/sessions/[^/]+(?:/status|/token)?")

_API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
_DASHBOARD_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_DEMO_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)
_DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_LOGO_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
_EXPOSED: Final = (
    "Request-Id, Location, Retry-After, Idempotent-Replayed,"
    " RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
)
_PREFLIGHT_AGE_S: Final = "600"
_PUBLIC_REQUEST_HEADERS: Final = "Content-Type, Request-Id"
_MERCHANT_REQUEST_HEADERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, Request-Id, X-API-Key, X-KasGate-Setup-Code"
)

Headers = list[tuple[str, str]]


class Sharing(Enum):
    """The pages whose scripts may read an answer."""

    PUBLIC = auto()
    MERCHANT = auto()
    NONE = auto()


def new_request_id(proposed: str | None = None) -> str:
    """The client's own id if it is safe to repeat in headers and logs, else a new one."""
    if proposed is not None and _CLIENT_ID.fullmatch(proposed):
        return proposed
    if not _UNUSED_IDS:
        drawn = secrets.token_hex(_ID_LENGTH // 2 * _IDS_AT_ONCE)
        starts = range(0, len(drawn), _ID_LENGTH)
        _UNUSED_IDS.extend(drawn[start : start + _ID_LENGTH] for start in starts)
    return f"req_{_UNUSED_IDS.pop()}"


def sharing(path: str) -> Sharing:
    """The pages whose scripts may read the answers at a path."""
    if PUBLIC_CALL.fullmatch(path) or path.startswith(("/widget/", LOGOS)):
        return Sharing.PUBLIC
    return Sharing.MERCHANT if path.startswith(API) else Sharing.NONE


def common_headers(
    path: str, origin: str | None, *, request_id: str, origins: AbstractSet[str], https: bool
) -> Headers:
    """The headers of every answer at this path. ``origins`` may call merchants' endpoints.
    ``https`` means that the gateway's public address uses https."""
    dashboard = path == "/dashboard" or path.startswith("/dashboard/")
    headers = [
        ("Request-Id", request_id),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", _policy(path, dashboard=dashboard)),
    ]
    if not path.startswith("/pay/"):
        # The checkout sets its own policy: the sites that may frame it depend on the merchant.
        headers.append(("X-Frame-Options", "DENY"))
    shared = sharing(path)
    public = shared is Sharing.PUBLIC
    headers.append(("Cross-Origin-Resource-Policy", "cross-origin" if public else "same-origin"))
    if dashboard:
        headers.append(("Cross-Origin-Opener-Policy", "same-origin"))
    if https:
        headers.append(("Strict-Transport-Security", "max-age=31536000"))
    if public:
        headers.append(("Access-Control-Allow-Origin", "*"))
        headers.append(("Access-Control-Expose-Headers", _EXPOSED))
    elif shared is Sharing.MERCHANT:
        headers.append(("Vary", "Origin"))
        if origin is not None and origin in origins:
            headers.append(("Access-Control-Allow-Origin", origin))
            headers.append(("Access-Control-Expose-Headers", _EXPOSED))
    return headers


def _policy(path: str, *, dashboard: bool) -> str:
    if dashboard:
        return _DASHBOARD_POLICY
    if path.startswith(LOGOS):
        return _LOGO_POLICY
    if path.startswith("/demo/"):
        return _DEMO_POLICY
    if path.startswith("/docs/"):
        return _DOCS_POLICY
    return checkout_policy(()) if path.startswith("/pay/") else _API_POLICY


def checkout_policy(embed_origins: Sequence[str]) -> str:
    """The policy of the hosted checkout, which these origins may frame. ``'self'`` allows the card,
    which is in a frame of the checkout's own page."""
    ancestors = " ".join(embed_origins) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
        f" frame-ancestors {ancestors}; require-trusted-types-for 'script'"
    )


def preflight_headers(
    path: str, origin: str | None, *, methods: str, origins: AbstractSet[str]
) -> Headers:
    """The headers that the answer to a preflight adds to the common ones; none for a page that may
    not call this path."""
    shared = sharing(path)
    if shared is Sharing.PUBLIC:
        allowed = _PUBLIC_REQUEST_HEADERS
    elif shared is Sharing.MERCHANT and origin in origins:
        allowed = _MERCHANT_REQUEST_HEADERS
    else:
        return []
    return [
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", allowed),
        ("Access-Control-Max-Age", _PREFLIGHT_AGE_S),
    ]
