"""Session creation: a merchant's request becomes a row, an event and an actor.

The node watches the address first, so that one commit stores the session as ``pending``, not one as
``created`` and another as ``pending``. The gateway gives the address to nobody before the response,
so no shopper can pay to it until then. Only the owner's wallet can derive it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import trio
from attrs import frozen

from actors.chain.address_check import AddressCheck
from actors.housekeeping import Settling
from actors.merchants.registry import MerchantRegistry
from actors.sessions.actor import SessionActor, SessionContext, event_row
from actors.sessions.supervisor import SessionSupervisor
from kasgate.access.secrets import new_subscription_token
from kasgate.evolving import evolve
from kasgate.idempotency import IdempotentCall
from kasgate.ids import random_uuid
from kasgate.merchant import Merchant
from kasgate.money import Sompi
from kasgate.sessions.policy import largest_tolerance
from kasgate.sessions.session import Session
from kasgate.sessions.transitions import opened
from kasgate.settings.model import Settings
from kasgate.store.protocol import Conflict, StoreUnavailable

WATCH_WAIT_S = 1.0
"""How long creation waits for the node to acknowledge the watch."""
ADDRESS_TRIES = 20
"""How often creation tries the next address while other processes take them."""


@frozen
class SessionTerms:
    """The terms that a merchant requests. ``amount`` is in sompi, ``expires_in`` in seconds."""

    amount: Sompi
    order_id: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] | None = None
    redirect_url: str | None = None
    expires_in: int | None = None
    required_confirmations: int | None = None
    fiat: Mapping[str, Any] | None = None
    """The price that the amount was computed from: ``FiatPrice.stored()``."""


class SessionCreator:
    """Creates sessions for merchants."""

    def __init__(
        self,
        *,
        settings: Settings,
        merchants: MerchantRegistry,
        supervisor: SessionSupervisor,
        context: SessionContext,
        addresses: AddressCheck,
        live_daa_score: Callable[[], int | None],
    ) -> None:
        """``live_daa_score`` returns the virtual DAA score, None without a live node."""
        self._settings = settings
        self._merchants = merchants
        self._supervisor = supervisor
        self._context = context
        self._addresses = addresses
        self._live_daa_score = live_daa_score
        self._settling = Settling()

    async def open(
        self, merchant: Merchant, terms: SessionTerms, call: IdempotentCall | None
    ) -> SessionActor:
        """Create a session and start its actor.

        The node gets one second to watch the address. Then one transaction stores the session, its
        index, its first event, the outbox row and the idempotency key. An address that the node
        knows as used is skipped; that check runs ahead of need.

        Raises StoreUnavailable, TooManyOpenSessions, and Conflict("idempotency_key") if that call
        was made before. Once begun it completes even if the caller is cancelled.
        """
        self._supervisor.reserve(merchant.id)
        try:
            return await self._open(merchant, terms, call)
        except BaseException:
            self._supervisor.give_up(merchant.id)
            raise

    async def _open(
        self, merchant: Merchant, terms: SessionTerms, call: IdempotentCall | None
    ) -> SessionActor:
        for _ in range(ADDRESS_TRIES):
            until = trio.current_time() + WATCH_WAIT_S
            actor = self._supervisor.prepare(await self._new(merchant, terms))
            # One scope for both waits: a second scope per session has a measurable cost.
            with trio.CancelScope(shield=True, deadline=until) as scope:
                await actor.wait_watched()
                scope.deadline = inf  # No limit from here on, unless it has passed.
                if await self._stored(actor, merchant, call):
                    return actor
                continue
            with trio.CancelScope(shield=True):
                if await self._stored(actor, merchant, call):
                    return actor
        raise StoreUnavailable("another process keeps taking the addresses of this merchant")

    async def _stored(
        self, actor: SessionActor, merchant: Merchant, call: IdempotentCall | None
    ) -> bool:
        """Store a session and start its actor. Returns False if another session has its address. If
        storing fails, the prepared actor is removed. Cancellation leaves it prepared."""
        session = actor.session
        event = event_row(opened(session))
        made_by = None if call is None else evolve(call, session_id=session.id)
        deliver = merchant.webhook_url is not None
        try:
            await self._context.store.add_session(session, event, deliver, made_by)
        except Conflict as conflict:
            self._supervisor.abandon(actor)
            if conflict.what == "idempotency_key":
                self._give_back(session)
                raise
            await self._merchants.reread(merchant.id)
            return False
        except Exception:
            self._supervisor.abandon(actor)
            self._give_back(session)
            raise
        self._context.event_counts.events[event.type] += 1
        self._settling.session_made()
        self._supervisor.begin(actor)
        return True

    def _give_back(self, session: Session) -> None:
        """Return the address, which was not shown to anybody. If the session was stored after all,
        the database refuses the next session with this address, and that one takes another
        address."""
        self._merchants.give_back(session.merchant_id, session.account_key, session.address_index)

    async def _new(self, merchant: Merchant, terms: SessionTerms) -> Session:
        account = await self._merchants.account(merchant.id)
        if account is not None and not self._addresses.is_ready(account):
            with trio.CancelScope(shield=True):
                await self._addresses.ready(account)
        account_key, index, address = await self._merchants.next_address(merchant.id)
        now = self._context.clock()
        lifetime_s = terms.expires_in or merchant.session_lifetime or self._settings.session_ttl
        quorum_amount = self._settings.quorum_amount
        return Session(
            id=random_uuid(),
            merchant_id=merchant.id,
            account_key=account_key.fingerprint,
            address=address,
            address_index=index,
            amount=terms.amount,
            required_confirmations=terms.required_confirmations
            or merchant.confirmations_for(terms.amount, self._settings.confirmation_policy),
            created_at=now,
            expires_at=now + lifetime_s * 1000,
            created_daa_score=self._live_daa_score(),
            subscription_token=new_subscription_token(),
            tolerance=min(merchant.underpayment_tolerance, largest_tolerance(terms.amount)),
            late_acceptance_ms=merchant.late_acceptance * 1000,
            needs_attestation=quorum_amount is not None and terms.amount >= quorum_amount,
            order_id=terms.order_id,
            description=terms.description,
            metadata=terms.metadata,
            redirect_url=terms.redirect_url,
            fiat=terms.fiat,
        )
