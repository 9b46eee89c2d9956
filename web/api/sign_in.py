"""Signing in to the dashboard: the API key for a cookie, and who is signed in."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, UnsetType
from quart import Blueprint, Response, request

from kasgate.access.api_keys import Scope
from kasgate.access.dashboard_sessions import LONGEST_MS
from kasgate.audit import BY_API_KEY, Principal
from kasgate.json_text import iso
from web.api.merchants import ProfileAnswer, profile_fields
from web.contract.answers import JSON, Answer, json_answer, without_absent
from web.contract.bodies import SIGN_IN_SHAPE, read_api_key
from web.contract.operations import Auth, Parameter, described
from web.contract.problems import CSRF, SIGN_IN_NOT_FOUND, UNAUTHORIZED, Problem
from web.contract.types import Shape, Time
from web.http.credentials import (
    CSRF_HEADER,
    HeaderLookup,
    cookie_name,
    is_own_origin,
    merchant_of_key,
    principal_of,
    require_merchant,
    require_scope,
    require_signed_in,
    signed_in_of,
)
from web.http.quart_io import drop_body, json_body, respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.registry import MerchantRegistry
    from actors.merchants.sign_in import SignedIn
    from kasgate.access.dashboard_sessions import DashboardSession
    from web.http.limits import RateLimiter


class WayIn(StrEnum):
    """What a dashboard session was opened with."""

    API_KEY = "api_key"
    PASSWORD = "password"  # noqa: S105 (a name)


CSRF_PARAMETER: Final = Parameter(CSRF_HEADER, str, "The csrfToken; needed with the cookie.")


class SignedInAnswer(Shape, kw_only=True):
    """Who is signed in. The page keeps the csrfToken in memory and sends it with every change."""

    merchant: ProfileAnswer
    csrf_token: str
    expires_at: Time
    session_id: str
    way_in: WayIn
    fresh_until: Time | UnsetType = UNSET


class SignInAnswer(Shape, kw_only=True):
    """A browser that is signed in."""

    id: str
    created_at: Time
    last_seen_at: Time
    expires_at: Time
    user_agent: str | UnsetType = UNSET
    way_in: WayIn
    current: bool


class SignInsAnswer(Shape, kw_only=True):
    """All browsers that are signed in, newest first."""

    sessions: list[SignInAnswer]


class DashboardCalls:
    """What may be asked at the dashboard's door. Raises Problem and the exceptions of
    problem_of."""

    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits
        self._sign_ins = gateway.sign_ins
        settings = gateway.settings
        secure = "; Secure" if settings.base_url.startswith("https:") else ""
        self._cookie = cookie_name(settings.base_url)
        self._attributes = f"; Path={settings.base_path or '/'}; HttpOnly; SameSite=Lax{secure}"

    async def sign_in(self, headers: HeaderLookup, body: bytes, address: str | None) -> Answer:
        """A cookie for an API key."""
        key = read_api_key(body)
        self.require_own_page(headers)
        holder = await merchant_of_key(self._gateway, key)
        if holder is None:
            self._limits.count("failures")
            raise Problem(UNAUTHORIZED, "This API key is not known.")
        require_scope(holder, Scope.MANAGE)
        before = await signed_in_of(self._gateway, headers)
        token, signed_in = await self._sign_ins.enter(
            holder.merchant,
            Principal(BY_API_KEY, address, holder.key.name),
            holder.key,
            headers.get("User-Agent"),
            before,
        )
        return self.entered(token, signed_in)

    def require_own_page(self, headers: HeaderLookup) -> None:
        """Raises Problem (403) if another site's page wants to sign its visitor in."""
        if headers.get("Origin") is not None and not is_own_origin(self._gateway, headers):
            raise Problem(CSRF, "Signing in is for this gateway's own page.")

    def entered(self, token: str, signed_in: SignedIn) -> Answer:
        """The cookie, and who is signed in by it."""
        fields = signed_in_fields(signed_in, self._gateway.merchants)
        return json_answer(fields, headers=(self._set_cookie(token, LONGEST_MS // 1000),))

    async def sign_out(self, signed_in: SignedIn, by: Principal) -> Answer:
        """End the session that asks, and take its cookie back."""
        await self._sign_ins.leave(signed_in, by)
        return Answer(204, b"", JSON, (self._set_cookie("", 0),))

    async def list(self, headers: HeaderLookup) -> Answer:
        """Who is signed in for the caller."""
        merchant = await require_merchant(self._gateway, headers)
        own = await signed_in_of(self._gateway, headers)
        current = None if own is None else own.session.id
        return json_answer(
            {
                "sessions": [
                    _sign_in_fields(session, current)
                    for session in await self._sign_ins.sessions(merchant)
                ]
            }
        )

    async def revoke(self, headers: HeaderLookup, sign_in_id: str) -> Answer:
        """End one of the caller's."""
        merchant = await require_merchant(self._gateway, headers)
        if not await self._sign_ins.revoke(
            merchant, sign_in_id, await principal_of(self._gateway, headers)
        ):
            raise Problem(SIGN_IN_NOT_FOUND, "Nobody is signed in under this id.")
        return Answer(204, b"")

    def _set_cookie(self, value: str, age_s: int) -> tuple[str, str]:
        return "Set-Cookie", f"{self._cookie}={value}; Max-Age={age_s}{self._attributes}"


def signed_in_fields(signed_in: SignedIn, registry: MerchantRegistry) -> dict[str, Any]:
    """What a page of the dashboard has to know of whoever looks at it."""
    session = signed_in.session
    return without_absent(
        {
            "merchant": profile_fields(registry.with_next_index(signed_in.merchant)),
            "csrfToken": signed_in.csrf_token,
            "expiresAt": iso(session.expires_at),
            "sessionId": session.id,
            "wayIn": _way_in(session),
            "freshUntil": None if session.fresh_until is None else iso(session.fresh_until),
        }
    )


def dashboard_routes(gateway: Gateway, calls: DashboardCalls) -> Blueprint:
    """The routes under ``/api/v1/dashboard``, but for those of passwords."""
    routes = Blueprint("dashboard", __name__, url_prefix="/api/v1/dashboard")

    @routes.post("/login")
    @described({200: SignedInAnswer}, body=SIGN_IN_SHAPE, problems=(401, 403))
    async def login() -> Response:
        """Sign in with an API key whose scope is manage.

        Sets a cookie that scripts can't read: for twelve hours since the last call, a week at most.
        The browser needs to keep nothing else.
        """
        body = await json_body()
        return respond(await calls.sign_in(request.headers, body, request.remote_addr))

    @routes.get("/session")
    @described({200: SignedInAnswer}, auth=Auth.COOKIE)
    async def session() -> Response:
        """Read who is signed in, and the token that changes need."""
        signed_in = await require_signed_in(gateway, request.headers)
        return respond(json_answer(signed_in_fields(signed_in, gateway.merchants)))

    @routes.post("/logout")
    @described({204: None}, auth=Auth.COOKIE, headers=(CSRF_PARAMETER,))
    async def logout() -> Response:
        """Sign out."""
        await drop_body()
        signed_in = await require_signed_in(gateway, request.headers)
        return respond(
            await calls.sign_out(signed_in, await principal_of(gateway, request.headers))
        )

    @routes.get("/sessions")
    @described({200: SignInsAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def sessions() -> Response:
        """List the browsers that are signed in."""
        return respond(await calls.list(request.headers))

    @routes.delete("/sessions/<sign_in_id>")
    @described({204: None}, auth=Auth.KEY, headers=(CSRF_PARAMETER,))
    async def revoke(sign_in_id: str) -> Response:
        """Sign a browser out."""
        await drop_body()
        return respond(await calls.revoke(request.headers, sign_in_id))

    return routes


def _sign_in_fields(session: DashboardSession, current: str | None) -> dict[str, Any]:
    return without_absent(
        {
            "id": session.id,
            "createdAt": iso(session.created_at),
            "lastSeenAt": iso(session.last_seen_at),
            "expiresAt": iso(session.expires_at),
            "userAgent": session.user_agent,
            "wayIn": _way_in(session),
            "current": session.id == current,
        }
    )


def _way_in(session: DashboardSession) -> WayIn:
    return WayIn.PASSWORD if session.by_password else WayIn.API_KEY
