"""Makes one-time links to the dashboard, and exchanges them."""

from __future__ import annotations

from attrs import frozen

from actors.merchants.keyring import KeyHolder, KeyRing
from actors.merchants.registry import MerchantRegistry
from kasgate.access.api_keys import Scope
from kasgate.access.dashboard_sessions import hash_token
from kasgate.access.sign_in_links import new_link
from kasgate.audit import AuditAction, Principal
from kasgate.clock import Clock
from kasgate.merchant import Merchant
from kasgate.store.calls import Store


class NoKeyToSignInWith(Exception):
    """A merchant without an API key of scope manage, on which a session could depend."""


@frozen
class SignInLinks:
    """The links of all merchants. All calls raise StoreUnavailable."""

    store: Store
    merchants: MerchantRegistry
    keys: KeyRing
    clock: Clock

    async def create(self, merchant: Merchant, by: Principal) -> str:
        """Make a link for a merchant and return its token, which can't be shown again.

        The session that it opens ends with the merchant's newest API key of scope manage. Raises
        NoKeyToSignInWith.
        """
        usable = [key for key in await self.keys.keys(merchant) if key.scope is Scope.MANAGE]
        if not usable:
            raise NoKeyToSignInWith
        now = self.clock()
        link, token = new_link(merchant.id, usable[-1].key_hash, now)
        entry = by.entry(merchant.id, AuditAction.SIGN_IN_LINK_CREATED, now, {})
        await self.store.add_sign_in_link(link, (entry,))
        return token

    async def exchange(self, token: str) -> KeyHolder | None:
        """The merchant of a link's token, and the API key that the session depends on. The link is
        used up by this call. None if it is unknown, used or expired, or if its key has ended."""
        link = await self.store.take_sign_in_link(hash_token(token))
        if link is None or link.expires_at <= self.clock():
            return None
        key = await self.keys.live(link.api_key_hash)
        merchant = await self.merchants.get(link.merchant_id)
        if key is None or key.scope is not Scope.MANAGE or merchant is None:
            return None
        return KeyHolder(merchant, key)
