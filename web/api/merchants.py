"""Merchants' own calls: registration and profile (contract.md §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio
from msgspec import UNSET, UnsetType
from quart import Blueprint, Response, request

from kasgate.access.api_keys import Scope
from kasgate.json_text import iso
from kasgate.money import format_kas
from kasgate.settings.model import Registration
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.bodies import (
    MERCHANT_CHANGES_SHAPE,
    NEW_MERCHANT_SHAPE,
    TierShape,
    read_merchant_changes,
    read_new_merchant,
)
from web.contract.operations import Auth, Parameter, described
from web.contract.problems import NO_KEY_CALLED, REGISTRATION_CLOSED, SETUP_CODE, Problem
from web.contract.types import Kas, Shape, Time
from web.http.credentials import (
    REAUTH_HEADER,
    SETUP_CODE_HEADER,
    HeaderLookup,
    key_of_caller,
    offered_key,
    principal_of,
    require_merchant,
    require_reauthentication,
    same_secret,
    signed_in_of,
)
from web.http.limits import CALLER, RateLimiter
from web.http.own_hosts import require_own_host
from web.http.quart_io import drop_body, json_body, respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.registry import Registered
    from kasgate.merchant import Merchant
    from kasgate.sessions.policy import Tier


_GUARDED: Final = frozenset({"xpub", "webhook_url"})
"""What decides where money and news of it go."""
REAUTH: Final = Parameter(
    REAUTH_HEADER,
    str,
    "The API key once more; needed when the cookie asks and password and code were not asked for in"
    " the last five minutes.",
)


class RegisteredAnswer(Shape, kw_only=True):
    """A new merchant, with the secrets that are shown this once."""

    id: str
    name: str
    email: str | UnsetType = UNSET
    api_key: str
    webhook_url: str | UnsetType = UNSET
    webhook_secret: str
    created_at: Time
    warnings: list[str] | UnsetType = UNSET


class ProfileAnswer(Shape, kw_only=True):
    """A merchant, without secrets."""

    id: str
    name: str
    email: str | UnsetType = UNSET
    webhook_url: str | UnsetType = UNSET
    required_confirmations: int | UnsetType = UNSET
    confirmation_tiers: list[TierShape]
    underpayment_tolerance: Kas
    session_lifetime: int | UnsetType = UNSET
    """Seconds; without it the gateway's own."""
    accept_late_payments_for: int
    """Seconds; 0: none."""
    embed_origins: list[str]
    next_address_index: int
    created_at: Time
    updated_at: Time
    warnings: list[str] | UnsetType = UNSET


class NewKeyAnswer(Shape, kw_only=True):
    """A new API key, shown this once."""

    api_key: str
    message: str


class NewSecretAnswer(Shape, kw_only=True):
    """A new webhook secret, shown this once."""

    webhook_secret: str
    message: str


class MerchantCalls:
    """What may be asked about merchants. Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits
        # "Only the first" would let two through if both looked before either was stored.
        self._first = trio.Lock()

    async def create(self, headers: HeaderLookup, body: bytes) -> Answer:
        """Register a merchant, if the registration mode allows it."""
        mode = self._gateway.settings.registration
        if mode is Registration.CLOSED:
            raise _closed()
        require_own_host(self._gateway.settings, headers)
        if mode is Registration.OPEN:
            return await self._register(body)
        async with self._first:
            if await self._gateway.merchants.exists():
                raise _closed()
            self._check_setup_code(headers.get(SETUP_CODE_HEADER))
            return await self._register(body)

    async def may_register(self, headers: HeaderLookup) -> bool:
        """Whether ``create`` would listen to this caller now. Raises Problem: 403 for a foreign
        host, 429 for too many wrong setup codes."""
        mode = self._gateway.settings.registration
        if mode is Registration.CLOSED:
            return False
        require_own_host(self._gateway.settings, headers)
        if mode is Registration.OPEN:
            return True
        given = headers.get(SETUP_CODE_HEADER)
        if await self._gateway.merchants.exists():
            return False
        knows = self._knows_setup_code(given)
        if not knows and given is not None:
            self._limits.count("failures")
        return knows

    async def me(self, headers: HeaderLookup) -> Answer:
        """The caller's profile."""
        merchant = await require_merchant(self._gateway, headers)
        return json_answer(profile_fields(self._gateway.merchants.with_next_index(merchant)))

    async def change(self, merchant: Merchant, body: bytes) -> Answer:
        """Change the caller's profile; fields that are not sent stay as they are."""
        changes = read_merchant_changes(body)
        if _GUARDED & changes.keys():
            await require_reauthentication(self._gateway, request.headers)
        if changes.get("webhook_url") is not None:
            self._limits.count("url_checks", merchant.id)
        changed, warnings = await self._gateway.merchants.update(
            merchant, changes, await principal_of(self._gateway, request.headers)
        )
        changed = self._gateway.merchants.with_next_index(changed)
        return json_answer(profile_fields(changed) | _warnings(warnings))

    async def regenerate_api_key(self) -> Answer:
        """A new key in place of the caller's, which is dead when this is answered; of all that
        signed in with it only the caller stays."""
        headers = request.headers
        await require_reauthentication(self._gateway, headers)
        old = await key_of_caller(self._gateway, headers)
        if old is None:
            raise Problem(
                NO_KEY_CALLED,
                "You signed in with a password, so there is no key that this one would replace."
                " Make another key, and revoke the one that it is to follow.",
            )
        signed_in = None if offered_key(headers) else await signed_in_of(self._gateway, headers)
        new, api_key = await self._gateway.keys.replace(
            old, await principal_of(self._gateway, headers)
        )
        if signed_in is not None:
            await self._gateway.sign_ins.keep(signed_in, new)
        message = "Keep this key: it is shown this once. The one before no longer works."
        return json_answer({"apiKey": api_key, "message": message})

    async def regenerate_webhook_secret(self, merchant: Merchant) -> Answer:
        """A new secret to sign webhooks with."""
        await require_reauthentication(self._gateway, request.headers)
        secret = await self._gateway.merchants.regenerate_webhook_secret(
            merchant,
            await principal_of(self._gateway, request.headers),
            of=merchant.webhook_secret,
        )
        message = (
            "Keep this secret: it is shown this once. For 24 hours webhook-signature also carries"
            " a signature by the one before; X-KasGate-Signature is by the new one at once."
        )
        return json_answer({"webhookSecret": secret, "message": message})

    async def _register(self, body: bytes) -> Answer:
        asked = read_new_merchant(body)
        registered = await self._gateway.merchants.register(
            name=asked.name,
            xpub=asked.xpub,
            email=asked.email,
            webhook_url=asked.webhook_url,
            embed_origins=asked.embed_origins,
            caller=CALLER.get().name,
        )
        location = f"{self._gateway.settings.base_path}/api/v1/merchants/me"
        return json_answer(registered_fields(registered), 201, (("Location", location),))

    def _knows_setup_code(self, given: str | None) -> bool:
        code = self._gateway.setup_code
        return code is None or (given is not None and same_secret(code, given))

    def _check_setup_code(self, given: str | None) -> None:
        if self._knows_setup_code(given):
            return
        raise Problem(
            SETUP_CODE,
            "The first merchant of a gateway that others than its own machine can reach is"
            " registered with the setup code that the gateway printed at its start, in"
            f" {SETUP_CODE_HEADER}.",
        )


def registered_fields(registered: Registered) -> dict[str, Any]:
    """A new merchant with the secrets that are shown this once."""
    merchant = registered.merchant
    fields = without_absent(
        {
            "id": merchant.id,
            "name": merchant.name,
            "email": merchant.email,
            "apiKey": registered.api_key,
            "webhookUrl": merchant.webhook_url,
            "webhookSecret": merchant.webhook_secret,
            "createdAt": iso(merchant.created_at),
        }
    )
    return fields | _warnings(registered.warnings)


def profile_fields(merchant: Merchant) -> dict[str, Any]:
    """A merchant's profile, without the extended public key and without secrets."""
    return without_absent(
        {
            "id": merchant.id,
            "name": merchant.name,
            "email": merchant.email,
            "webhookUrl": merchant.webhook_url,
            "requiredConfirmations": merchant.required_confirmations,
            "confirmationTiers": [_tier_fields(tier) for tier in merchant.confirmation_tiers],
            "underpaymentTolerance": format_kas(merchant.underpayment_tolerance),
            "sessionLifetime": merchant.session_lifetime,
            "acceptLatePaymentsFor": merchant.late_acceptance,
            "embedOrigins": list(merchant.embed_origins),
            "nextAddressIndex": merchant.next_address_index,
            "createdAt": iso(merchant.created_at),
            "updatedAt": iso(merchant.updated_at),
        }
    )


def _tier_fields(tier: Tier) -> dict[str, Any]:
    below = None if tier.below is None else format_kas(tier.below)
    return without_absent({"below": below, "confirmations": tier.confirmations})


def merchant_routes(gateway: Gateway, calls: MerchantCalls) -> Blueprint:
    """The routes under ``/api/v1/merchants``."""
    routes = Blueprint("merchants", __name__, url_prefix="/api/v1/merchants")

    @routes.post("")
    @described(
        {201: RegisteredAnswer},
        body=NEW_MERCHANT_SHAPE,
        problems=(403, 409),
        headers=(Parameter(SETUP_CODE_HEADER, str, "The code that the gateway printed."),),
    )
    async def create() -> Response:
        """Register a merchant.

        Key and webhook secret are shown this once. Depends on KASGATE_REGISTRATION.
        """
        return respond(await calls.create(request.headers, await json_body()))

    @routes.get("/me")
    @described({200: ProfileAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def me() -> Response:
        """Read the profile."""
        return respond(await calls.me(request.headers))

    @routes.patch("/me")
    @described(
        {200: ProfileAnswer},
        auth=Auth.KEY,
        body=MERCHANT_CHANGES_SHAPE,
        problems=(409,),
        headers=(REAUTH,),
    )
    async def change() -> Response:
        """Change the profile; fields that are not sent stay as they are."""
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.change(merchant, await json_body()))

    @routes.post("/me/regenerate-api-key")
    @described({200: NewKeyAnswer}, auth=Auth.KEY, problems=(409,), headers=(REAUTH,))
    async def regenerate_api_key() -> Response:
        """Get a new API key in place of the one that calls, which dies at once.

        Name and scope stay. Other keys are not touched.
        """
        await require_merchant(gateway, request.headers)
        await drop_body()
        return respond(await calls.regenerate_api_key())

    @routes.post("/me/regenerate-webhook-secret")
    @described({200: NewSecretAnswer}, auth=Auth.KEY, problems=(409,), headers=(REAUTH,))
    async def regenerate_webhook_secret() -> Response:
        """Get a new webhook secret; for 24 hours both sign."""
        merchant = await require_merchant(gateway, request.headers)
        await drop_body()
        return respond(await calls.regenerate_webhook_secret(merchant))

    return routes


def _warnings(warnings: tuple[str, ...]) -> dict[str, Any]:
    return {"warnings": list(warnings)} if warnings else {}


def _closed() -> Problem:
    return Problem(
        REGISTRATION_CLOSED,
        "This gateway registers no merchants over HTTP. Its operator can: kasgate merchant create.",
    )
