"""Sealing of secrets in the database: extended public keys, webhook and TOTP secrets."""

from __future__ import annotations

from attrs import evolve, frozen

from kasgate.access.passwords import PasswordLogin
from kasgate.access.secrets import Vault
from kasgate.kaspa.extended_key import parse_account_key
from kasgate.merchant import Merchant
from kasgate.money import Sompi
from kasgate.sessions.policy import Tier


@frozen
class SealedMerchant:
    """The columns of a merchant, with its secrets sealed by the vault."""

    id: str
    name: str
    email: str | None
    xpub: str
    """Sealed."""
    account_key: str
    """Fingerprint of the extended public key."""
    webhook_url: str | None
    webhook_secret: str
    """Sealed."""
    next_address_index: int
    created_at: int
    updated_at: int
    required_confirmations: int | None
    confirmation_tiers: tuple[Tier, ...]
    underpayment_tolerance: Sompi
    embed_origins: tuple[str, ...]
    brand_color: str | None = None
    support_url: str | None = None
    support_email: str | None = None
    logo: str | None = None
    session_lifetime: int | None = None
    late_acceptance: int = 0
    display_currency: str | None = None
    previous_webhook_secret: str | None = None
    """Sealed."""
    previous_secret_until: int | None = None


def seal_merchant(merchant: Merchant, vault: Vault) -> SealedMerchant:
    """Seal a merchant's secrets, each bound to its place."""
    return SealedMerchant(
        id=merchant.id,
        name=merchant.name,
        email=merchant.email,
        xpub=vault.seal(merchant.account_key.to_text(), _xpub_of(merchant.id)),
        account_key=merchant.account_key.fingerprint,
        webhook_url=merchant.webhook_url,
        webhook_secret=vault.seal(merchant.webhook_secret, _webhook_secret_of(merchant.id)),
        next_address_index=merchant.next_address_index,
        created_at=merchant.created_at,
        updated_at=merchant.updated_at,
        required_confirmations=merchant.required_confirmations,
        confirmation_tiers=merchant.confirmation_tiers,
        underpayment_tolerance=merchant.underpayment_tolerance,
        embed_origins=merchant.embed_origins,
        brand_color=merchant.brand_color,
        support_url=merchant.support_url,
        support_email=merchant.support_email,
        logo=merchant.logo,
        session_lifetime=merchant.session_lifetime,
        late_acceptance=merchant.late_acceptance,
        display_currency=merchant.display_currency,
        previous_webhook_secret=None
        if merchant.previous_webhook_secret is None
        else vault.seal(merchant.previous_webhook_secret, _previous_secret_of(merchant.id)),
        previous_secret_until=merchant.previous_secret_until,
    )


def unseal_merchant(sealed: SealedMerchant, vault: Vault) -> Merchant:
    """Unseal a merchant. Raises VaultError if a sealed column was changed, or if it was sealed with
    another key."""
    return Merchant(
        id=sealed.id,
        name=sealed.name,
        account_key=parse_account_key(vault.unseal(sealed.xpub, _xpub_of(sealed.id))),
        webhook_secret=vault.unseal(sealed.webhook_secret, _webhook_secret_of(sealed.id)),
        created_at=sealed.created_at,
        updated_at=sealed.updated_at,
        email=sealed.email,
        webhook_url=sealed.webhook_url,
        next_address_index=sealed.next_address_index,
        required_confirmations=sealed.required_confirmations,
        confirmation_tiers=sealed.confirmation_tiers,
        underpayment_tolerance=sealed.underpayment_tolerance,
        embed_origins=sealed.embed_origins,
        brand_color=sealed.brand_color,
        support_url=sealed.support_url,
        support_email=sealed.support_email,
        logo=sealed.logo,
        session_lifetime=sealed.session_lifetime,
        late_acceptance=sealed.late_acceptance,
        display_currency=sealed.display_currency,
        previous_webhook_secret=None
        if sealed.previous_webhook_secret is None
        else vault.unseal(sealed.previous_webhook_secret, _previous_secret_of(sealed.id)),
        previous_secret_until=sealed.previous_secret_until,
    )


def key_id_of(sealed: str) -> str:
    """The id of the key that sealed a text; empty for a damaged one."""
    return sealed.partition(":")[2].partition(":")[0]


def seal_login(login: PasswordLogin, vault: Vault) -> PasswordLogin:
    """Seal a login's TOTP secret, which it shares with an authenticator."""
    sealed = vault.seal(login.totp_secret, _totp_secret_of(login.merchant_id))
    return evolve(login, totp_secret=sealed)


def unseal_login(sealed: PasswordLogin, vault: Vault) -> PasswordLogin:
    """Unseal a login. Raises VaultError as unseal_merchant does."""
    secret = vault.unseal(sealed.totp_secret, _totp_secret_of(sealed.merchant_id))
    return evolve(sealed, totp_secret=secret)


def _xpub_of(merchant_id: str) -> str:
    """The purpose is the same in both tables with this column: either binds the key to the
    merchant."""
    return f"xpub of {merchant_id}"


def _webhook_secret_of(merchant_id: str) -> str:
    return f"webhook secret of {merchant_id}"


def _previous_secret_of(merchant_id: str) -> str:
    return f"previous webhook secret of {merchant_id}"


def _totp_secret_of(merchant_id: str) -> str:
    return f"totp secret of {merchant_id}"
