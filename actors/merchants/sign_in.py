"""Dashboard sign-ins and their sessions. Passwords are in actors/merchants/passwords.py."""

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
    """A signed-in merchant."""

    merchant: Merchant
    key: ApiKey | None
    """The API key that opened the session; None if a password did."""
    session: DashboardSession
    csrf_token: str = field(repr=False)


@frozen
class SignIns:
    """Opens and ends dashboard sessions. All calls raise StoreUnavailable.

    ``ended`` is called with the merchant's id and the session's id when a call ends a session.
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
        """Sign a merchant in. Returns the cookie's token, which can't be shown again. The browser's
        earlier session ends. ``way`` is an API key with scope manage, or the second factor that a
        sign-in by password consumes. Raises SpentAlready."""
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
        """The signed-in merchant of a token; None if the token is not valid."""
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
            # Sessions stay signed in while the database can be read but not written.
            with suppress(StoreUnavailable):
                await self.store.touch_dashboard_session(session.id, now)
        return SignedIn(merchant, key, session, csrf_token(token))

    async def sessions(self, merchant: Merchant) -> list[DashboardSession]:
        """A merchant's open dashboard sessions, newest first."""
        found = await self.store.dashboard_sessions(merchant.id)
        return [session for session in found if self._is_open(session, await self._key_of(session))]

    async def leave(self, signed_in: SignedIn, by: Principal) -> None:
        await self._end(signed_in.merchant, signed_in.session.id, AuditAction.SIGNED_OUT, by)

    async def revoke(self, merchant: Merchant, session_id: str, by: Principal) -> bool:
        """End one of a merchant's sessions. Returns False if it does not exist."""
        return await self._end(merchant, session_id, AuditAction.SIGN_IN_REVOKED, by)

    async def keep(self, signed_in: SignedIn, key: ApiKey) -> None:
        """Bind a session that was opened with an API key to this key, so that it outlives the
        earlier one."""
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
        """The API key that keeps the session open, if any."""
        if session.api_key_hash is None:
            return None
        key = await self.keys.live(session.api_key_hash)
        return key if key is not None and key.scope is Scope.MANAGE else None

    def _is_open(self, session: DashboardSession, key: ApiKey | None) -> bool:
        return (session.by_password or key is not None) and self.clock() < session.expires_at
