"""Signing in to the dashboard, and who is signed in. Passwords are in
actors/merchants/passwords.py."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from attrs import evolve, field, frozen

from actors.merchants.keyring import KeyRing
from actors.merchants.registry import MerchantRegistry
from kasgate.access.api_keys import ApiKey, Scope
from kasgate.access.dashboard_sessions import (
    MAX_USER_AGENT,
    TOUCH_MS,
    DashboardSession,
    csrf_token,
    hash_token,
    new_token,
)
from kasgate.access.passwords import SecondFactorUse
from kasgate.audit import AuditAction, Principal
from kasgate.clock import Clock
from kasgate.ids import time_sortable
from kasgate.merchant import Merchant
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable


@frozen
class SignedIn:
    """Somebody who is signed in."""

    merchant: Merchant
    key: ApiKey | None
    """What they signed in with; None if it was a password."""
    session: DashboardSession
    csrf_token: str = field(repr=False)


@frozen
class SignIns:
    """Opens and ends dashboard sessions. All calls raise StoreUnavailable.

    ``ended`` is told the merchant's id and the session's when somebody ends one.
    """

    store: Store
    merchants: MerchantRegistry
    keys: KeyRing
    clock: Clock
    ended: Callable[[str, str], None]

    async def enter(
        self,
        merchant: Merchant,
        by: Principal,
        way: ApiKey | SecondFactorUse,
        user_agent: str | None,
        leaving: SignedIn | None,
    ) -> tuple[str, SignedIn]:
        """Sign a merchant in; the cookie's token, which nobody can be told again. The visit that
        the browser had before ends with it. ``way`` is the API key that came, one that manages, or
        what it costs to come in by a password. Raises SpentAlready."""
        now, token = self.clock(), new_token()
        key, second_factor = (way, None) if isinstance(way, ApiKey) else (None, way)
        session = DashboardSession(
            id=time_sortable("das", now),
            merchant_id=merchant.id,
            token_hash=hash_token(token),
            api_key_hash=None if key is None else key.key_hash,
            created_at=now,
            last_seen_at=now,
            user_agent=None if user_agent is None else user_agent[:MAX_USER_AGENT],
        )
        entry = by.entry(merchant.id, AuditAction.SIGNED_IN, now, {"dashboardSession": session.id})
        replaces = None if leaving is None else leaving.session.id
        await self.store.add_dashboard_session(session, replaces, (entry,), second_factor)
        if leaving is not None:
            if leaving.merchant.id != merchant.id:
                await self.leave(leaving, by)
            self.ended(merchant.id, leaving.session.id)
        return token, SignedIn(merchant, key, session, csrf_token(token))

    async def signed_in(self, token: str) -> SignedIn | None:
        """Who holds this token, if it opens anything still."""
        session = await self.store.dashboard_session(hash_token(token))
        if session is None:
            return None
        merchant = await self.merchants.get(session.merchant_id)
        key = await self._key_of(session)
        if merchant is None or not self._is_open(session, key):
            return None
        now = self.clock()
        if now - session.last_seen_at >= TOUCH_MS:
            session = evolve(session, last_seen_at=now)
            # A database that can't be written now can be read: they go on being signed in.
            with suppress(StoreUnavailable):
                await self.store.touch_dashboard_session(session.id, now)
        return SignedIn(merchant, key, session, csrf_token(token))

    async def sessions(self, merchant: Merchant) -> list[DashboardSession]:
        """Who is signed in for a merchant, newest first."""
        found = await self.store.dashboard_sessions(merchant.id)
        return [session for session in found if self._is_open(session, await self._key_of(session))]

    async def leave(self, signed_in: SignedIn, by: Principal) -> None:
        """Sign out."""
        await self._end(signed_in.merchant, signed_in.session.id, AuditAction.SIGNED_OUT, by)

    async def revoke(self, merchant: Merchant, session_id: str, by: Principal) -> bool:
        """End one of a merchant's sessions; whether there was such a one."""
        return await self._end(merchant, session_id, AuditAction.SIGN_IN_REVOKED, by)

    async def keep(self, signed_in: SignedIn, key: ApiKey) -> None:
        """Let a visit outlive the API key that it was opened with: it depends on this one now."""
        if not signed_in.session.by_password:
            await self.store.bind_dashboard_session(signed_in.session.id, key.key_hash)

    async def _end(
        self, merchant: Merchant, session_id: str, action: AuditAction, by: Principal
    ) -> bool:
        entry = by.entry(merchant.id, action, self.clock(), {"dashboardSession": session_id})
        was = await self.store.remove_dashboard_session(merchant.id, session_id, (entry,))
        if was:
            self.ended(merchant.id, session_id)
        return was

    async def _key_of(self, session: DashboardSession) -> ApiKey | None:
        """The key that holds the session open, if one does."""
        if session.api_key_hash is None:
            return None
        key = await self.keys.live(session.api_key_hash)
        return key if key is not None and key.scope is Scope.MANAGE else None

    def _is_open(self, session: DashboardSession, key: ApiKey | None) -> bool:
        return (session.by_password or key is not None) and self.clock() < session.expires_at
