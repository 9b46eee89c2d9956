"""Signing in to the dashboard with an API key, signing out, and the list of dashboard sessions."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, UnsetType

from kasgate.access.api_keys import Scope
from kasgate.access.dashboard_sessions import LONGEST_MS
from kasgate.audit import BY_API_KEY, BY_LINK, Principal
from kasgate.json_text import iso
from web.api.merchants import ProfileAnswer, profile_fields
from web.contract.answers import JSON, Answer, json_answer, without_absent
from web.contract.bodies import (
    LINK_SIGN_IN_SHAPE,
    SIGN_IN_SHAPE,
    read_api_key,
    read_link_token,
)
from web.contract.operations import Auth, Parameter, described
from web.contract.problems import CSRF, SIGN_IN_NOT_FOUND, UNAUTHORIZED, Problem
from web.contract.types import Shape, Time
from web.http.credentials import (
    CSRF_HEADER,
    HeaderLookup,
    cookie_name,
    is_own_origin,
    merchant_of_key,
    require_scope,
)
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.keyring import KeyHolder
    from actors.merchants.registry import MerchantRegistry
    from actors.merchants.sign_in import SignedIn
    from kasgate.access.dashboard_sessions import DashboardSession
    from kasgate.settings.model import Settings
    from web.http.limits import RateLimiter


class WayIn(StrEnum):
    """The credentials that opened a dashboard session."""

    API_KEY = "api_key"
    PASSWORD = "password"  # noqa: S105 (a name)


CSRF_PARAMETER: Final = Parameter(CSRF_HEADER, str, "The csrfToken. Required with the cookie.")


class SignedInAnswer(Shape, kw_only=True):
    """The merchant who is signed in. The page keeps csrfToken in memory and sends it with every
    change."""

    merchant: ProfileAnswer
    csrf_token: str
    expires_at: Time
    session_id: str
    way_in: WayIn
    fresh_until: Time | UnsetType = UNSET


class SignInAnswer(Shape, kw_only=True):
    """A dashboard session."""

    id: str
    created_at: Time
    last_seen_at: Time
    expires_at: Time
    user_agent: str | UnsetType = UNSET
    way_in: WayIn
    current: bool


class SignInsAnswer(Shape, kw_only=True):
    """All open dashboard sessions, newest first."""

    sessions: list[SignInAnswer]


def _ignore_body(_body: bytes) -> None:
    """Signing out ignores its body."""


class DashboardCalls:
    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits
        self._sign_ins = gateway.sign_ins
        settings = gateway.settings
        secure = "; Secure" if settings.base_url.startswith("https:") else ""
        self._cookie = cookie_name(settings.base_url)
        self._attributes = f"; Path={settings.base_path or '/'}; HttpOnly; SameSite=Lax{secure}"

    @described({200: SignedInAnswer}, body=SIGN_IN_SHAPE, problems=(401, 403))
    async def login(self, request: Request) -> Answer:
        """Sign in with an API key of scope manage.

        Sets a cookie that scripts cannot read. It is valid until twelve hours after the last call,
        at most for a week. The browser stores nothing else.
        """
        key = read_api_key(request.body)
        self.require_own_page(request.headers)
        caller = request.caller
        holder = await merchant_of_key(self._gateway, key)
        if holder is None:
            self._limits.count("failures", caller)
            raise Problem(UNAUTHORIZED, "This API key is not known.")
        require_scope(holder, Scope.MANAGE)
        return await self._enter(request, holder, BY_API_KEY)

    @described({200: SignedInAnswer}, body=LINK_SIGN_IN_SHAPE, problems=(401, 403))
    async def link_login(self, request: Request) -> Answer:
        """Sign in with the token of a one-time link.

        `kasgate merchant sign-in-link` makes such a link. It works once, within ten minutes. The
        session ends with the API key that the link is bound to.
        """
        token = read_link_token(request.body)
        self.require_own_page(request.headers)
        holder = await self._gateway.sign_in_links.exchange(token)
        if holder is None:
            self._limits.count("failures", request.caller)
            raise Problem(
                UNAUTHORIZED,
                "This link was used before, or is older than ten minutes. Make a new one with:"
                " kasgate merchant sign-in-link",
            )
        return await self._enter(request, holder, BY_LINK)

    async def _enter(self, request: Request, holder: KeyHolder, actor: str) -> Answer:
        caller = request.caller
        token, signed_in = await self._sign_ins.enter(
            holder.merchant,
            Principal(actor, caller.address, holder.key.name),
            holder.key,
            request.headers.get("User-Agent"),
            caller.signed_in,
        )
        return self.entered(token, signed_in)

    def require_own_page(self, headers: HeaderLookup) -> None:
        """Raises Problem (403) if a page of another site tries to sign its visitor in."""
        if headers.get("Origin") is not None and not is_own_origin(
            self._gateway.settings.base_url, headers
        ):
            raise Problem(CSRF, "Only this gateway's own page can sign in.")

    def entered(self, token: str, signed_in: SignedIn) -> Answer:
        """The answer to a sign-in: the cookie and the fields that the dashboard needs."""
        fields = signed_in_fields(signed_in, self._gateway.merchants, self._gateway.settings)
        return json_answer(fields, headers=(self._set_cookie(token, LONGEST_MS // 1000),))

    @described({200: SignedInAnswer}, auth=Auth.COOKIE)
    async def session(self, request: Request) -> Answer:
        """Read the current dashboard session and its csrfToken."""
        signed_in = request.caller.require_signed_in()
        return json_answer(
            signed_in_fields(signed_in, self._gateway.merchants, self._gateway.settings)
        )

    @described({204: None}, auth=Auth.COOKIE, headers=(CSRF_PARAMETER,), check_first=_ignore_body)
    async def logout(self, request: Request) -> Answer:
        """Sign out."""
        caller = request.caller
        await self._sign_ins.leave(caller.require_signed_in(), caller.principal)
        return Answer(204, b"", JSON, (self._set_cookie("", 0),))

    @described({200: SignInsAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def sessions(self, request: Request) -> Answer:
        """List the open dashboard sessions."""
        own = request.caller.signed_in
        current = None if own is None else own.session.id
        found = await self._sign_ins.sessions(request.caller.merchant)
        return json_answer({"sessions": [_sign_in_fields(session, current) for session in found]})

    @described({204: None}, auth=Auth.KEY, headers=(CSRF_PARAMETER,))
    async def revoke(self, request: Request) -> Answer:
        """End a dashboard session."""
        caller, sign_in_id = request.caller, request.places["sign_in_id"]
        if not await self._sign_ins.revoke(caller.merchant, sign_in_id, caller.principal):
            raise Problem(SIGN_IN_NOT_FOUND, "There is no dashboard session with this id.")
        return Answer(204, b"")

    def _set_cookie(self, value: str, age_s: int) -> tuple[str, str]:
        return "Set-Cookie", f"{self._cookie}={value}; Max-Age={age_s}{self._attributes}"


def signed_in_fields(
    signed_in: SignedIn, registry: MerchantRegistry, settings: Settings
) -> dict[str, Any]:
    """The fields that the dashboard needs about the merchant who is signed in."""
    session = signed_in.session
    return without_absent(
        {
            "merchant": profile_fields(registry.with_next_index(signed_in.merchant), settings),
            "csrfToken": signed_in.csrf_token,
            "expiresAt": iso(session.expires_at),
            "sessionId": session.id,
            "wayIn": _way_in(session),
            "freshUntil": None if session.fresh_until is None else iso(session.fresh_until),
        }
    )


def dashboard_routes(calls: DashboardCalls) -> Routes:
    """The routes under ``/api/v1/dashboard``, except those of passwords."""
    return Routes(
        "dashboard",
        "/api/v1/dashboard",
        (
            ("POST", "/login", calls.login),
            ("POST", "/link-login", calls.link_login),
            ("GET", "/session", calls.session),
            ("POST", "/logout", calls.logout),
            ("GET", "/sessions", calls.sessions),
            ("DELETE", "/sessions/<sign_in_id>", calls.revoke),
        ),
    )


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
