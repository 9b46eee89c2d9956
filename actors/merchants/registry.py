"""The merchant registry: merchants in memory, and the next address of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

import trio
from attrs import evolve, field, frozen

from actors.merchants.accounts import Account
from actors.warnings import Warnings
from kasgate.access.api_keys import FIRST_KEY_NAME, Scope, new_key
from kasgate.access.secrets import new_api_key, new_webhook_secret
from kasgate.audit import AuditAction, AuditEntry, Principal
from kasgate.branding.color import color_hint
from kasgate.branding.logo import Logo
from kasgate.clock import Clock
from kasgate.ids import time_sortable
from kasgate.kaspa.extended_key import (
    AccountKey,
    ExtendedKeyError,
    InvalidChildError,
    ReceiveChain,
    key_warnings,
    parse_account_key,
)
from kasgate.kaspa.networks import Network
from kasgate.limits.fair_share import FairShare, ResourceBusy
from kasgate.merchant import (
    FieldErrors,
    FieldProblem,
    Merchant,
    email_problems,
    name_problems,
    webhook_url_problems,
)
from kasgate.store.calls import Store
from kasgate.store.marks import AddressMarks
from kasgate.store.protocol import Conflict
from kasgate.warnings import WarningKind

POLICY_FIELDS: Final = frozenset(
    {
        "required_confirmations",
        "confirmation_tiers",
        "underpayment_tolerance",
        "session_lifetime",
        "late_acceptance",
        "display_currency",
        "embed_origins",
        "brand_color",
        "support_url",
        "support_email",
    }
)
"""Fields of a merchant's policy for payments and pages. The reader of the request validates
them."""
CHANGES_AT_ONCE: Final = 64
"""Profiles that may change at once, one change per merchant."""
MOST_CHANGES_WAITING: Final = 1_000
MOST_CHANGES_WAITING_PER_MERCHANT: Final = 32
PREVIEWED_ADDRESSES: Final = 5
FIRST_HARDENED: Final = 1 << 31
"""The child number of account 0 (BIP-32)."""
SECRET_OVERLAP_MS: Final = 24 * 3_600_000
"""How long the previous webhook secret goes on signing (contract.md §4)."""


@frozen
class Registered:
    """A new merchant, with the values that are shown only once."""

    merchant: Merchant
    api_key: str
    warnings: tuple[str, ...]


@frozen
class KeyPreview:
    """A preview of an extended public key."""

    prefix: str
    """Its prefix, such as ``kpub``."""
    account: int
    addresses: tuple[str, ...]
    """The first addresses, to compare with the wallet's."""
    warnings: tuple[str, ...]


class UrlRefusal(Protocol):
    """Returns why webhooks can't be delivered to a URL, on behalf of ``tenant``; None if they can.
    Raises ResourceBusy if that can't be checked now."""

    def __call__(self, url: str, tenant: str) -> Awaitable[str | None]: ...


_Write = Callable[[Merchant, Sequence[AuditEntry]], Awaitable[Merchant]]


@frozen
class _Done:
    """An action on a merchant, for the audit log. Without ``by`` it has no entry."""

    by: Principal | None
    action: AuditAction
    details: Mapping[str, str] = field(factory=dict)

    def entries(self, merchant_id: str, at: int) -> tuple[AuditEntry, ...]:
        if self.by is None:
            return ()
        return (self.by.entry(merchant_id, self.action, at, self.details),)


class MerchantRegistry:
    """Merchants in memory, to save queries. The database is authoritative.

    Another process (the command line) may add merchants, so an unknown id is looked up.
    """

    def __init__(
        self,
        *,
        store: Store,
        network: Network,
        clock: Clock,
        refuse_url: UrlRefusal,
        marks: AddressMarks | None = None,
        warnings: Warnings | None = None,
    ) -> None:
        """``marks`` know addresses that a restored database may not; ``warnings`` get a warning
        then."""
        self._store = store
        self._marks = marks
        self._warnings = warnings
        self._met_keys: set[str] = set()
        self._is_loaded = False
        self.on_new_account: Callable[[Account], None] = lambda _: None
        """Called with each account loaded after the start; must not block."""
        self._network = network
        self._clock = clock
        self._refuse_url = refuse_url
        self._accounts: dict[str, Account] = {}
        self._changes = FairShare(
            "profile changes",
            slots=CHANGES_AT_ONCE,
            per_tenant=1,
            waiting=MOST_CHANGES_WAITING,
            waiting_per_tenant=MOST_CHANGES_WAITING_PER_MERCHANT,
        )

    def with_next_index(self, merchant: Merchant) -> Merchant:
        """The merchant with the index of its next address."""
        account = self._accounts.get(merchant.id)
        if account is None or account.fingerprint != merchant.account_key.fingerprint:
            return merchant
        return evolve(merchant, next_address_index=account.next_index)

    async def exists(self) -> bool:
        return bool(self._accounts) or await self._store.has_merchants()

    async def load(self) -> None:
        for merchant in await self._store.merchants():
            self._remember(merchant)
        self._is_loaded = True

    async def register(
        self,
        *,
        name: str,
        xpub: str,
        email: str | None = None,
        webhook_url: str | None = None,
        embed_origins: tuple[str, ...] = (),
        caller: str = "",
    ) -> Registered:
        """Add a merchant. ``caller`` identifies the caller where known; the cost of checking the
        URL counts against it. Raises FieldErrors for invalid values, Conflict for an e-mail address
        or extended public key that another merchant has, and ResourceBusy. The key is never
        echoed."""
        account_key, problems = _read_key(xpub)
        problems += name_problems(name)
        problems += await self._contact_problems(email, webhook_url, f"caller {caller}")
        if problems or account_key is None:
            raise FieldErrors(problems)
        now = self._clock()
        api_key = new_api_key()
        merchant = Merchant(
            id=time_sortable("mer", now),
            name=name,
            email=email,
            account_key=account_key,
            webhook_url=webhook_url,
            webhook_secret=new_webhook_secret(),
            created_at=now,
            updated_at=now,
            embed_origins=embed_origins,
        )
        key = new_key(merchant.id, FIRST_KEY_NAME, Scope.MANAGE, api_key, now)
        await self._store.add_merchant(merchant, key)
        self._remember(merchant)
        return Registered(merchant, api_key, key_warnings(account_key, self._network))

    def preview(self, xpub: str) -> KeyPreview:
        """Show what an extended public key leads to, without storing it. Raises FieldErrors as
        `register` would; the key is never echoed."""
        key, problems = _read_key(xpub)
        if key is None:
            raise FieldErrors(problems)
        chain = ReceiveChain(key, self._network)
        addresses: list[str] = []
        index = 0
        while len(addresses) < PREVIEWED_ADDRESSES:
            with suppress(InvalidChildError):
                addresses.append(chain.address(index))
            index += 1
        return KeyPreview(
            key.prefix,
            key.child_number - FIRST_HARDENED,
            tuple(addresses),
            key_warnings(key, self._network),
        )

    async def get(self, merchant_id: str) -> Merchant | None:
        account = await self.account(merchant_id)
        return account.merchant if account is not None else None

    def display_currency(self, merchant_id: str) -> str | None:
        """The display currency of a merchant that is in memory, as are all with a session in
        memory; else None."""
        account = self._accounts.get(merchant_id)
        return None if account is None else account.merchant.display_currency

    async def update(
        self, merchant: Merchant, changes: Mapping[str, object], by: Principal | None = None
    ) -> tuple[Merchant, tuple[str, ...]]:
        """Change ``name``, ``email``, ``webhook_url``, ``xpub`` or a field of POLICY_FIELDS; None
        clears the optional ones. ``by`` is the caller for the audit log.

        Returns the changed merchant and warnings. Raises as `register`.
        """
        new: dict[str, Any] = {}
        problems: list[FieldProblem] = []
        warnings = _color_warnings(changes.get("brand_color"))
        if "name" in changes:
            new["name"] = name = str(changes["name"])
            problems += name_problems(name)
        email = _optional(changes, "email")
        webhook_url = _optional(changes, "webhook_url")
        problems += await self._contact_problems(email, webhook_url, merchant.id)
        if "email" in changes:
            new["email"] = email
        if "webhook_url" in changes:
            new["webhook_url"] = webhook_url
        new |= {name: changes[name] for name in POLICY_FIELDS & changes.keys()}
        if "xpub" in changes:
            account_key, key_problems = _read_key(str(changes["xpub"]))
            problems += key_problems
            if account_key is not None:
                warnings = (*warnings, *key_warnings(account_key, self._network))
                new["account_key"] = account_key
        if problems:
            raise FieldErrors(problems)
        done = _Done(by, AuditAction.PROFILE_CHANGED, {"changed": ", ".join(sorted(changes))})
        return await self._change(merchant, lambda current: _with(current, new), done), warnings

    async def set_logo(
        self, merchant: Merchant, logo: Logo | None, by: Principal | None = None
    ) -> Merchant:
        """Store the merchant's logo; None removes it. Returns the changed merchant. Raises
        ResourceBusy and StoreUnavailable."""
        png, digest = (None, None) if logo is None else (logo.png, logo.digest)
        return await self._change(
            merchant,
            lambda current: evolve(current, logo=digest),
            _Done(by, AuditAction.PROFILE_CHANGED, {"changed": "logo"}),
            lambda changed, audit: self._store.replace_logo(changed, png, audit),
        )

    async def regenerate_webhook_secret(
        self, merchant: Merchant, by: Principal | None = None, *, of: str | None = None
    ) -> str:
        """Make a new webhook secret, which is shown only once. The previous one also signs for
        SECRET_OVERLAP_MS; an earlier one stops at once. Raises Conflict("webhook_secret") if the
        present secret is not ``of``: of two concurrent calls, the second would end the secret that
        receivers know."""
        secret = new_webhook_secret()
        until = self._clock() + SECRET_OVERLAP_MS

        def renewed(current: Merchant) -> Merchant:
            if of is not None and current.webhook_secret != of:
                raise Conflict("webhook_secret")
            return evolve(
                current,
                webhook_secret=secret,
                previous_webhook_secret=current.webhook_secret,
                previous_secret_until=until,
            )

        await self._change(merchant, renewed, _Done(by, AuditAction.WEBHOOK_SECRET_REGENERATED))
        return secret

    async def forget_old_secrets(self) -> None:
        """Remove expired webhook secrets from the database."""
        for account in tuple(self._accounts.values()):
            until = account.merchant.previous_secret_until
            if until is not None and until <= self._clock():
                with suppress(ResourceBusy):  # The next round tries again.
                    await self._change(account.merchant, self._without_old_secret)

    def _without_old_secret(self, merchant: Merchant) -> Merchant:
        until = merchant.previous_secret_until
        if until is None or until > self._clock():
            return merchant
        return evolve(merchant, previous_webhook_secret=None, previous_secret_until=None)

    async def _change(
        self,
        merchant: Merchant,
        change: Callable[[Merchant], Merchant],
        done: _Done | None = None,
        write: _Write | None = None,
    ) -> Merchant:
        """Apply a change to the stored merchant, by ``write`` or else by ``Store.update_merchant``.

        Changes of one merchant run one after the other, so that none overwrites another. The commit
        and the update in memory are shielded from cancellation. An actual change is written to the
        audit log as ``done``. Raises ResourceBusy.
        """
        async with self._changes.slot(merchant.id):
            with trio.CancelScope(shield=True):
                current = await self._store.merchant(merchant.id) or merchant
                changed = change(current)
                if changed != current:
                    now = self._clock()
                    audit = () if done is None else done.entries(merchant.id, now)
                    changed = evolve(changed, updated_at=now)
                    changed = await (write or self._store.update_merchant)(changed, audit)
                    self._remember(changed)
        return changed

    async def next_address(self, merchant_id: str) -> tuple[AccountKey, int, str]:
        """Take the next receive address. Returns the key, the index and the address. It is not
        given out again unless it is returned."""
        account = await self.account(merchant_id)
        if account is None:
            raise LookupError(f"no merchant {merchant_id}")
        return (account.merchant.account_key, *account.take())

    def give_back(self, merchant_id: str, fingerprint: str, index: int) -> None:
        """Return an address that was not shown to anybody and has no stored session."""
        account = self._accounts.get(merchant_id)
        if account is not None and account.fingerprint == fingerprint:
            account.give_back(index)

    async def reread(self, merchant_id: str) -> None:
        """Read the next index again, because another process took the address."""
        merchant = await self._store.merchant(merchant_id)
        if merchant is not None:
            self._remember(merchant)

    async def account(self, merchant_id: str) -> Account | None:
        """The merchant's account in memory, loaded if needed; None for an unknown id. Raises
        StoreUnavailable."""
        if merchant_id not in self._accounts:
            await self.reread(merchant_id)
        return self._accounts.get(merchant_id)

    def _remember(self, merchant: Merchant) -> None:
        known = self._accounts.get(merchant.id)
        if known is None or known.fingerprint != merchant.account_key.fingerprint:
            self._accounts[merchant.id] = self._met(merchant)
        else:
            known.merchant = merchant
            known.pass_over(merchant.next_address_index)

    def _met(self, merchant: Merchant) -> Account:
        """Make an account that continues after the last address given out with its key, according
        to the database and the marks."""
        account = Account(merchant, self._network)
        if self._is_loaded:  # At a start, the first session of an account triggers its check.
            self.on_new_account(account)
        if self._marks is None:
            return account
        first, key = account.next_index, account.fingerprint
        account.pass_over(self._marks.floor(key))
        if self._marks.given(key) > first and key not in self._met_keys:
            self._tell_forgotten(account, first)
        self._met_keys.add(key)
        return account

    def _tell_forgotten(self, account: Account, first: int) -> None:
        if self._warnings is None:
            return
        merchant, last = account.merchant, account.next_index - 1
        text = (
            f"{merchant.name} gave out addresses that this database does not know (numbers {first}"
            f" to {last}): it is an older copy, or a new one. New sessions go on behind them. What"
            " is paid to them shows in your wallet and in no session here: compare with your"
            " wallet and your shop."
        )
        self._warnings.report(
            self._warnings.made(
                WarningKind.FORGOTTEN_ADDRESSES,
                account.fingerprint,
                text,
                merchant_id=merchant.id,
                passed_over=(first, account.next_index),
            )
        )

    async def _contact_problems(
        self, email: str | None, webhook_url: str | None, tenant: str
    ) -> list[FieldProblem]:
        problems = email_problems(email) if email is not None else []
        if webhook_url is not None:
            url_problems = webhook_url_problems(webhook_url)
            if not url_problems and (refusal := await self._refuse_url(webhook_url, tenant)):
                url_problems = [FieldProblem("webhookUrl", refusal)]
            problems += url_problems
        return problems


def _with(merchant: Merchant, new: Mapping[str, Any]) -> Merchant:
    """The merchant with new values. The present account key stays as it is if the new one is the
    same key in another form."""
    account_key = new.get("account_key")
    if account_key is not None and account_key.fingerprint == merchant.account_key.fingerprint:
        new = {name: value for name, value in new.items() if name != "account_key"}
    return evolve(merchant, **new)


def _color_warnings(color: object) -> tuple[str, ...]:
    hint = color_hint(color) if isinstance(color, str) else None
    return () if hint is None else (hint,)


def _optional(changes: Mapping[str, object], name: str) -> str | None:
    value = changes.get(name)
    return None if value is None else str(value)


def _read_key(xpub: str) -> tuple[AccountKey | None, list[FieldProblem]]:
    try:
        return parse_account_key(xpub), []
    except ExtendedKeyError as error:
        return None, [FieldProblem("xpub", str(error))]
