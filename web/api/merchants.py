"""Registration and profile of merchants (contract.md §4)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import trio
from msgspec import UNSET, UnsetType

from kasgate.access.api_keys import Scope
from kasgate.json_text import iso
from kasgate.merchant import FieldProblem
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
from web.contract.brand import Color, LogoUrl, logo_url
from web.contract.operations import REAUTH, Auth, Parameter, described
from web.contract.problems import (
    NO_KEY_CALLED,
    REGISTRATION_CLOSED,
    SETUP_CODE,
    Problem,
    invalid,
)
from web.contract.types import Kas, Shape, Time, Url
from web.http.credentials import SETUP_CODE_HEADER, same_secret
from web.http.endpoint import Request, Routes
from web.http.own_hosts import require_own_host

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.registry import Registered
    from kasgate.merchant import Merchant
    from kasgate.sessions.policy import Tier
    from kasgate.settings.model import Settings
    from web.http.caller import Caller
    from web.http.limits import RateLimiter

_GUARDED: Final = frozenset({"xpub", "webhook_url"})
"""The fields that decide where money and webhooks go."""


class RegisteredAnswer(Shape, kw_only=True):
    """A new merchant. The API key and the webhook secret are shown only once."""

    id: str
    name: str
    email: str | UnsetType = UNSET
    api_key: str
    webhook_url: str | UnsetType = UNSET
    webhook_secret: str
    created_at: Time
    warnings: list[str] | UnsetType = UNSET


class DefaultsAnswer(Shape, kw_only=True):
    """The gateway's values, which hold where a merchant sets none."""

    required_confirmations: int
    confirmation_tiers: list[TierShape]
    session_lifetime: int
    """In seconds."""


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
    """In seconds. Absent: the gateway's default."""
    accept_late_payments_for: int
    """In seconds. 0: late payments are not accepted automatically."""
    display_currency: str | UnsetType = UNSET
    """The currency shown beside KAS. Absent: none."""
    embed_origins: list[str]
    brand_color: Color | UnsetType = UNSET
    support_url: Url | UnsetType = UNSET
    support_email: str | UnsetType = UNSET
    logo_url: LogoUrl | UnsetType = UNSET
    next_address_index: int
    created_at: Time
    updated_at: Time
    defaults: DefaultsAnswer
    warnings: list[str] | UnsetType = UNSET


class RegistrationMode(StrEnum):
    """Who may register a merchant here and now."""

    OPEN = "open"
    SETUP_CODE = "setup_code"
    """The first merchant, with the code that the gateway printed."""
    CLOSED = "closed"


class RegistrationAnswer(Shape, kw_only=True):
    """Whether a merchant can register."""

    mode: RegistrationMode


class NewKeyAnswer(Shape, kw_only=True):
    """A new API key. The key is shown only once."""

    api_key: str
    message: str


class NewSecretAnswer(Shape, kw_only=True):
    """A new webhook secret. The secret is shown only once."""

    webhook_secret: str
    message: str


class MerchantCalls:
    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits
        # Mode "first" would admit two merchants if both were checked before either was stored.
        self._first = trio.Lock()

    @described(
        {201: RegisteredAnswer},
        body=NEW_MERCHANT_SHAPE,
        problems=(403, 409),
        headers=(Parameter(SETUP_CODE_HEADER, str, "The setup code; the gateway prints it."),),
    )
    async def create(self, request: Request) -> Answer:
        """Register a merchant.

        The API key and the webhook secret are shown only once. KASGATE_REGISTRATION decides who may
        register.
        """
        mode = self._gateway.settings.registration
        if mode is Registration.CLOSED:
            raise _closed()
        require_own_host(self._gateway.settings, request.headers)
        if mode is Registration.OPEN:
            return await self._register(request)
        async with self._first:
            if await self._gateway.merchants.exists():
                raise _closed()
            self._check_setup_code(request.headers.get(SETUP_CODE_HEADER))
            return await self._register(request)

    async def may_register(self, caller: Caller) -> bool:
        """Whether ``create`` would admit this caller now. Raises Problem: 403 for a foreign host,
        429 for too many wrong setup codes."""
        mode = self._gateway.settings.registration
        if mode is Registration.CLOSED:
            return False
        require_own_host(self._gateway.settings, caller.headers)
        if mode is Registration.OPEN:
            return True
        given = caller.headers.get(SETUP_CODE_HEADER)
        if await self._gateway.merchants.exists():
            return False
        knows = self._knows_setup_code(given)
        if not knows and given is not None:
            self._limits.count("failures", caller)
        return knows

    @described({200: RegistrationAnswer})
    async def registration(self, request: Request) -> Answer:
        """Read whether a merchant can register.

        A form can then say so before it is filled in.
        """
        if await self.may_register(request.caller):
            mode = RegistrationMode.OPEN
        elif (
            self._gateway.settings.registration is Registration.FIRST
            and not await self._gateway.merchants.exists()
        ):
            mode = RegistrationMode.SETUP_CODE
        else:
            mode = RegistrationMode.CLOSED
        return json_answer({"mode": mode.value})

    @described({200: ProfileAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def me(self, request: Request) -> Answer:
        """Read the profile."""
        merchant = self._gateway.merchants.with_next_index(request.caller.merchant)
        return json_answer(profile_fields(merchant, self._gateway.settings))

    @described(
        {200: ProfileAnswer},
        auth=Auth.KEY,
        body=MERCHANT_CHANGES_SHAPE,
        problems=(409,),
        headers=(REAUTH,),
    )
    async def change(self, request: Request) -> Answer:
        """Change the profile.

        Fields that are not sent stay unchanged.
        """
        caller = request.caller
        changes = read_merchant_changes(request.body)
        if _GUARDED & changes.keys():
            caller.require_fresh()
        self._require_rates(caller.merchant, changes.get("display_currency"))
        if changes.get("webhook_url") is not None:
            self._limits.count("url_checks", caller, caller.merchant.id)
        changed, warnings = await self._gateway.merchants.update(
            caller.merchant, changes, caller.principal
        )
        changed = self._gateway.merchants.with_next_index(changed)
        return json_answer(profile_fields(changed, self._gateway.settings) | _warnings(warnings))

    @described({200: NewKeyAnswer}, auth=Auth.KEY, fresh=True, problems=(409,))
    async def regenerate_api_key(self, request: Request) -> Answer:
        """Replace the API key of this call.

        The old key is invalid at once. The new one has its name and scope. Other keys do not
        change.
        """
        caller = request.caller
        old = caller.key
        if old is None:
            raise Problem(
                NO_KEY_CALLED,
                "You signed in with a password, so there is no API key to replace."
                " Create a new key and revoke the old one.",
            )
        new, api_key = await self._gateway.keys.replace(old, caller.principal)
        if caller.own_session is not None:
            await self._gateway.sign_ins.keep(caller.own_session, new)
        message = "Store this key: it is shown only once. The old key no longer works."
        return json_answer({"apiKey": api_key, "message": message})

    @described({200: NewSecretAnswer}, auth=Auth.KEY, fresh=True, problems=(409,))
    async def regenerate_webhook_secret(self, request: Request) -> Answer:
        """Replace the webhook secret.

        For 24 hours webhooks are signed with the old and the new secret.
        """
        merchant = request.caller.merchant
        secret = await self._gateway.merchants.regenerate_webhook_secret(
            merchant, request.caller.principal, of=merchant.webhook_secret
        )
        message = (
            "Store this secret: it is shown only once. For 24 hours webhook-signature has"
            " signatures by the old and the new secret; X-KasGate-Signature uses the new one at"
            " once."
        )
        return json_answer({"webhookSecret": secret, "message": message})

    async def _register(self, request: Request) -> Answer:
        asked = read_new_merchant(request.body)
        registered = await self._gateway.merchants.register(
            name=asked.name,
            xpub=asked.xpub,
            email=asked.email,
            webhook_url=asked.webhook_url,
            embed_origins=asked.embed_origins,
            caller=request.caller.network,
        )
        location = f"{self._gateway.settings.base_path}/api/v1/merchants/me"
        return json_answer(registered_fields(registered), 201, (("Location", location),))

    def _require_rates(self, merchant: Merchant, currency: str | None) -> None:
        """Refuse a new display currency that no source of rates serves. Raises Problem."""
        if currency is None or currency == merchant.display_currency:
            return
        rates = self._gateway.rates
        if currency in rates.currencies:
            return
        served = ", ".join(rates.currencies)
        sentence = (
            f"The sources of rates of this gateway do not have {currency}. They have: {served}."
            if rates.is_on
            else "Rates are switched off on this gateway, so it can't value payments. Its operator"
            " switches them on with KASGATE_RATES=on."
        )
        raise invalid([FieldProblem("displayCurrency", sentence)])

    def _knows_setup_code(self, given: str | None) -> bool:
        code = self._gateway.setup_code
        return code is None or (given is not None and same_secret(code, given))

    def _check_setup_code(self, given: str | None) -> None:
        if self._knows_setup_code(given):
            return
        raise Problem(
            SETUP_CODE,
            "This gateway can be reached from other machines. Send the setup code that it printed"
            f" at its start in {SETUP_CODE_HEADER} to register the first merchant.",
        )


def registered_fields(registered: Registered) -> dict[str, Any]:
    """A new merchant, with the secrets that are shown only once."""
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


def _defaults(settings: Settings) -> dict[str, Any]:
    policy = settings.confirmation_policy
    return {
        "requiredConfirmations": policy.default,
        "confirmationTiers": [_tier_fields(tier) for tier in policy.tiers],
        "sessionLifetime": settings.session_ttl,
    }


def profile_fields(merchant: Merchant, settings: Settings) -> dict[str, Any]:
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
            "displayCurrency": merchant.display_currency,
            "embedOrigins": list(merchant.embed_origins),
            "brandColor": merchant.brand_color,
            "supportUrl": merchant.support_url,
            "supportEmail": merchant.support_email,
            "logoUrl": logo_url(merchant),
            "nextAddressIndex": merchant.next_address_index,
            "createdAt": iso(merchant.created_at),
            "updatedAt": iso(merchant.updated_at),
            "defaults": _defaults(settings),
        }
    )


def _tier_fields(tier: Tier) -> dict[str, Any]:
    below = None if tier.below is None else format_kas(tier.below)
    return without_absent({"below": below, "confirmations": tier.confirmations})


def merchant_routes(calls: MerchantCalls) -> Routes:
    """The routes under ``/api/v1/merchants``."""
    return Routes(
        "merchants",
        "/api/v1/merchants",
        (
            ("POST", "", calls.create),
            ("GET", "/registration", calls.registration),
            ("GET", "/me", calls.me),
            ("PATCH", "/me", calls.change),
            ("POST", "/me/regenerate-api-key", calls.regenerate_api_key),
            ("POST", "/me/regenerate-webhook-secret", calls.regenerate_webhook_secret),
        ),
    )


def _warnings(warnings: tuple[str, ...]) -> dict[str, Any]:
    return {"warnings": list(warnings)} if warnings else {}


def _closed() -> Problem:
    return Problem(
        REGISTRATION_CLOSED,
        "Registration over HTTP is closed. The operator can run: kasgate merchant create.",
    )
