"""The caller of a request. Its credentials are looked up once, before the call is counted; the
rate limits, the description of the route and the view all use that one result. Only after a slow
body are they looked up again."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from attrs import define, field

from kasgate.access.api_keys import Scope
from kasgate.audit import BY_API_KEY, BY_DASHBOARD, Principal
from web.contract.operations import REAUTH_HEADER
from web.contract.problems import CSRF, REAUTHENTICATION, UNAUTHORIZED, Problem
from web.http.credentials import (
    CSRF_HEADER,
    HeaderLookup,
    bearer,
    is_own_origin,
    merchant_of_key,
    offered_key,
    require_scope,
    same_secret,
    signed_in_of,
)

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.keyring import KeyHolder
    from actors.merchants.sign_in import SignedIn
    from kasgate.access.api_keys import ApiKey
    from kasgate.limits.rate_limits import Allowance
    from kasgate.merchant import Merchant

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE: Final = (("WWW-Authenticate", 'Bearer realm="KasGate"'),)
_NO_HEADERS: Final[dict[str, str]] = {}


@define(eq=False)
class Caller:
    """The client that made the request. The edge makes it without credentials: until ``identify``
    has run, it has the rights of a stranger."""

    network: str
    """The client's address, or its network, by which calls are counted."""
    address: str
    """The client's address, as a trusted proxy gives it."""
    request_id: str
    verdict: Allowance | None = None
    """The tightest rate limit of this request, for the headers of its answer."""
    method: str = ""
    headers: HeaderLookup = field(default=_NO_HEADERS, repr=False)
    offered_key: str | None = field(default=None, repr=False)
    """The text sent as an API key, valid or not."""
    holder: KeyHolder | None = None
    """The merchant with the offered key, if the key is valid."""
    signed_in: SignedIn | None = None
    """The dashboard session of the cookie, if it is open."""
    reauthenticates: bool | None = None
    """Whether the key in REAUTH_HEADER has the scope manage and belongs to the merchant who is
    signed in; None if only the cookie was sent."""
    is_fresh: bool = False
    """Whether the dashboard session was opened or confirmed with password and code in the last
    minutes."""
    is_operator: bool = False
    """Whether the operator's token was sent, if the description of the route asks for it."""
    _base_url: str = ""
    _admitted: Merchant | None = None

    async def identify(self, gateway: Gateway) -> None:
        """Look up the credentials in the headers. Raises StoreUnavailable."""
        self.offered_key = offered_key(self.headers)
        if self.offered_key is not None:
            self.holder = await merchant_of_key(gateway, self.offered_key)
        if self.headers.get("Cookie") is None:
            return
        self._base_url = gateway.settings.base_url
        self.signed_in = await signed_in_of(gateway, self.headers)
        if self.signed_in is None or self.offered_key is not None:
            return
        self.is_fresh = self.signed_in.session.is_fresh(gateway.clock())
        given = self.headers.get(REAUTH_HEADER)
        if given is not None:
            holder = await merchant_of_key(gateway, given)
            self.reauthenticates = (
                holder is not None
                and holder.merchant.id == self.signed_in.merchant.id
                and holder.scope is Scope.MANAGE
            )

    async def identify_again(self, gateway: Gateway) -> None:
        """Look up the credentials again and discard the earlier result and admission. Raises
        StoreUnavailable."""
        self.is_fresh, self.reauthenticates, self._admitted = False, None, None
        await self.identify(gateway)

    def require(self, scope: Scope) -> None:
        """Admit a merchant: by the API key if one was sent, or else by the cookie. Raises Problem:
        401; 403 for a key whose scope is too small, and for a change that does not come from our
        own page."""
        if self.offered_key is None and self.signed_in is not None:
            self._require_own_page(self.signed_in)
            self._admitted = self.signed_in.merchant
            return
        if self.holder is None:
            if self.offered_key is None and bearer(self.headers) is None:
                raise _unauthorized(
                    "This call needs an API key: X-API-Key: kg_live_… or"
                    " Authorization: Bearer kg_live_…."
                )
            raise _unauthorized("This API key is not known.")
        require_scope(self.holder, scope)
        self._admitted = self.holder.merchant

    def require_if_any(self, scope: Scope) -> None:
        """Admit a merchant as ``require`` does, and anybody without credentials of ours. A wrong
        key is still refused; a cookie that is no longer valid is not."""
        if self.offered_key is not None or self.signed_in is not None:
            self.require(scope)

    def require_signed_in(self) -> SignedIn:
        """Admit the merchant who is signed in by the cookie. Raises Problem (401, 403)."""
        if self.signed_in is None:
            raise _unauthorized("Not signed in.")
        self._require_own_page(self.signed_in)
        self._admitted = self.signed_in.merchant
        return self.signed_in

    def require_fresh(self) -> None:
        """Raises Problem (403) for a cookie alone, unless password and code were given in the last
        minutes. Calls that decide where the money goes need this."""
        if self.offered_key is None and not self.is_fresh and not self.reauthenticates:
            raise Problem(
                REAUTHENTICATION,
                f"This call also needs your API key, in {REAUTH_HEADER}, or your password and a"
                " code: POST /api/v1/dashboard/reauthenticate.",
            )

    @property
    def merchant(self) -> Merchant:
        """The admitted merchant. Raises LookupError if the description of the view does not require
        one."""
        if self._admitted is None:
            raise LookupError("The description of this route does not require a merchant.")
        return self._admitted

    @property
    def merchant_if_any(self) -> Merchant | None:
        """The admitted merchant; None for any other caller."""
        return self._admitted

    @property
    def key(self) -> ApiKey | None:
        """The API key of this call, or the one that opened the dashboard session; None after
        signing in with a password."""
        if self.offered_key is not None:
            return None if self.holder is None else self.holder.key
        return None if self.signed_in is None else self.signed_in.key

    @property
    def own_session(self) -> SignedIn | None:
        """The dashboard session that makes this call; None for a call with an API key."""
        return None if self.offered_key is not None else self.signed_in

    @property
    def principal(self) -> Principal:
        """The author of what this call does, for the audit log."""
        actor = BY_DASHBOARD if self.offered_key is None else BY_API_KEY
        key = self.key
        return Principal(actor, self.address, None if key is None else key.name)

    def _require_own_page(self, signed_in: SignedIn) -> None:
        """Raises Problem (403) if the request is a change that does not come from our own page."""
        if self.method in SAFE_METHODS:
            return
        given = self.headers.get(CSRF_HEADER)
        if given is None or not same_secret(signed_in.csrf_token, given):
            raise Problem(CSRF, f"A call with only the cookie needs {CSRF_HEADER}.")
        if not is_own_origin(self._base_url, self.headers):
            raise Problem(CSRF, "This call does not come from a page of this gateway.")


CALLER: ContextVar[Caller] = ContextVar("kasgate_caller")
"""The caller of the request that the current task serves, from the edge to the application."""


def _unauthorized(sentence: str) -> Problem:
    return Problem(UNAUTHORIZED, sentence, headers=_CHALLENGE)
