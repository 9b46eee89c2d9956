"""Merchants: their account key, terms and webhook endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import field, frozen

from kasgate.kaspa.extended_key import AccountKey
from kasgate.money import NOTHING, Sompi
from kasgate.sessions.policy import ConfirmationPolicy, Tier

MAX_NAME_CHARACTERS = 100
MAX_EMAIL_CHARACTERS = 254
MAX_URL_CHARACTERS = 2048

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]+@[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]+")


@frozen
class Merchant:
    """A merchant as stored, without its API keys (``kasgate.access.api_keys``)."""

    id: str
    """``mer_…``, sorts by time."""
    name: str
    account_key: AccountKey = field(repr=False)
    webhook_secret: str = field(repr=False)
    """``whsec_…``; sealed at rest."""
    created_at: int
    updated_at: int
    email: str | None = None
    webhook_url: str | None = None
    next_address_index: int = 0
    """Index of the next receive address of the current account key; it never decreases."""
    required_confirmations: int | None = None
    """For amounts that no tier covers; None means the gateway's policy."""
    confirmation_tiers: tuple[Tier, ...] = ()
    underpayment_tolerance: Sompi = NOTHING
    """How far below the amount a payment of a new session may be and still be enough."""
    session_lifetime: int | None = None
    """Seconds that a new session waits for its payment, unless the call sets another time; None
    means the gateway's setting."""
    late_acceptance: int = 0
    """Seconds after a new session's expiry in which money that covers it still pays it; with 0 the
    merchant decides about late money."""
    display_currency: str | None = None
    """ISO code of the currency that is shown beside KAS, and in which payments are valued when they
    are first credited; None means none."""
    embed_origins: tuple[str, ...] = ()
    """Origins whose pages may embed the hosted checkout in a frame."""
    brand_color: str | None = None
    """Of buttons on the checkout, as ``#rrggbb`` in lower case."""
    support_url: str | None = None
    """An https URL where shoppers reach the merchant."""
    support_email: str | None = None
    """Where shoppers write to the merchant; ``email`` is for the operator."""
    logo: str | None = None
    """SHA-256 of its logo (kasgate/branding/logo.py), in hex."""
    previous_webhook_secret: str | None = field(default=None, repr=False)
    """The previous secret, while deliveries are signed with both."""
    previous_secret_until: int | None = None
    """Unix milliseconds; from then on the previous secret is not used."""

    def confirmations_for(self, amount: Sompi, gateway: ConfirmationPolicy) -> int:
        """The confirmations that an amount needs: by the merchant's tiers, else the merchant's
        number, else the gateway's policy."""
        default = self.required_confirmations or gateway.required(amount)
        return ConfirmationPolicy(default, self.confirmation_tiers).required(amount)


@frozen
class FieldProblem:
    """A problem with one field of a request; ``field`` is its name in JSON."""

    field: str
    message: str


class FieldErrors(Exception):
    """A request is invalid; ``details`` gives the reason for each field."""

    def __init__(self, details: Iterable[FieldProblem]) -> None:
        self.details = tuple(details)
        super().__init__("; ".join(f"{d.field}: {d.message}" for d in self.details))


def name_problems(name: str) -> list[FieldProblem]:
    """The problems of a merchant's name (1 to 100 characters, not all blank)."""
    if not name.strip():
        return [FieldProblem("name", "A name is needed.")]
    if len(name) > MAX_NAME_CHARACTERS:
        return [FieldProblem("name", f"A name has at most {MAX_NAME_CHARACTERS} characters.")]
    return []


def is_email(text: str) -> bool:
    """Whether a text has the form of an e-mail address."""
    return len(text) <= MAX_EMAIL_CHARACTERS and _EMAIL.fullmatch(text) is not None


def email_problems(email: str) -> list[FieldProblem]:
    """The problems of an e-mail address; only its form is checked."""
    return [] if is_email(email) else [FieldProblem("email", "This is not an e-mail address.")]


def webhook_url_problems(url: str) -> list[FieldProblem]:
    """The problems of a webhook URL's form; its host is checked elsewhere."""
    if len(url) > MAX_URL_CHARACTERS:
        return [FieldProblem("webhookUrl", f"A URL has at most {MAX_URL_CHARACTERS} characters.")]
    return []
