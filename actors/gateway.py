"""The gateway: it runs the tree of tasks, and has the calls that the web side makes.

docs/architecture.md shows the tree, and `actors/build.py` makes its parts. The confirmation clock
needs no task: the feed calls it with each score. The store's writer runs in the store's own
nursery, outside this tree, so that parts that end here can still commit.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from functools import partial

import trio

from actors.broker import SessionView
from actors.metrics import Health, Metrics
from actors.parts import DeliveryParts, MerchantParts, PaymentParts, UpkeepParts
from actors.restores import judge_database, report_restores
from actors.sessions.actor import SessionActor
from actors.sessions.creation import SessionTerms
from actors.sessions.decisions import Decision, DecisionOvertaken, DecisionRefused
from actors.sessions.resume import resume
from actors.sessions.supervisor import keep_running
from kasgate.access.secrets import Vault
from kasgate.audit import Principal
from kasgate.clock import Clock
from kasgate.idempotency import IdempotentCall
from kasgate.logs.setup import log_counts
from kasgate.merchant import Merchant
from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    DeadlineBroughtForward,
    DismissRequested,
    FailRequested,
    Moment,
)
from kasgate.sessions.session import UNPAID_STATUSES, Session
from kasgate.settings.model import Registration, Settings
from kasgate.store.calls import Store
from kasgate.store.protocol import Counts, StoreUnavailable

CANCEL_WAIT_S = 5.0
DECISION_WAIT_S = 5.0
DRAIN_S = 2.0


class GatewayDraining(Exception):
    """The gateway is shutting down and takes no new sessions."""


class CancelRefused(Exception):
    """The session can't be cancelled: payments cover it, or it is closed."""


class CancelOvertaken(CancelRefused):
    """The session waited for its payment when the call came, but another call or a payment was
    first. ``status`` is its status since."""

    def __init__(self, overtaken: DecisionOvertaken) -> None:
        super().__init__(str(overtaken))
        self.status = overtaken.status


class Gateway:
    """One gateway on one store. `run` serves until cancelled; the web side calls the rest."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        vault: Vault,
        clock: Clock,
        *,
        merchants: MerchantParts,
        payments: PaymentParts,
        delivery: DeliveryParts,
        upkeep: UpkeepParts,
    ) -> None:
        self.settings = settings
        self.store = store
        self.vault = vault
        self.clock = clock
        """The clock of the machine."""
        self.payment_clock = payments.payment_clock
        """The clock by which sessions are made, paid and expired."""
        self.setup_code: str | None = None
        """Required of the first registration if requests may come from another machine, directly
        or through a reverse proxy."""
        self.merchants = merchants.registry
        self.keys = merchants.keys
        self.sign_ins = merchants.sign_ins
        self.sign_in_links = merchants.sign_in_links
        self.passwords = merchants.passwords
        self.logos = merchants.logos
        self.broker = payments.broker
        self.feed = payments.feed
        self.events = delivery.events
        self.redelivery = delivery.redelivery
        self.webhook_ping = delivery.ping
        self.rates = upkeep.rates
        self.warnings = upkeep.warnings
        self.backups = upkeep.backups
        self._failed_sign_ins = merchants.failed_sign_ins
        self._supervisor = payments.supervisor
        self._context = payments.context
        self._creator = payments.creator
        self._views = payments.views
        self._deadlines = payments.deadlines
        self._egress = delivery.egress
        self._dispatcher = delivery.dispatcher
        self._housekeeping = upkeep.housekeeping
        self._loop_lag = upkeep.loop_lag
        self._failures = upkeep.failures
        self._startup = upkeep.startup
        self._draining = False

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Continue where the last run ended, then work until cancelled.

        It reports itself started once requests can be served; no node needs to be reachable for
        that. Raises WrongNetwork if the database belongs to another network.
        """
        await self.store.claim_network(self.settings.network.value)
        if self._startup.marks is not None:
            await judge_database(self.store, self._startup.marks, self.warnings)
        await self.merchants.load()
        await self.warnings.store_now()
        await self.keys.load()
        self.setup_code = await self._make_setup_code()
        self.store.on_outbox(self._dispatcher.enqueue)
        self.store.on_events(self.events.publish)
        async with trio.open_nursery() as nursery:
            await nursery.start(self._supervisor.run, self._context)
            await resume(self.store, self._supervisor, self.feed, self._housekeeping.late_since)
            parts: dict[str, Callable[[], Awaitable[None]]] = {
                "chain feed": self.feed.run,
                "deadline clock": self._deadlines.run,
                "broker": self.broker.run,
                "webhook dispatcher": self._dispatcher.run,
                "webhook connections": self._egress.run,
                "housekeeping": self._housekeeping.run,
                "key ring": self.keys.run,
                "loop lag": self._loop_lag.run,
                "rates": self.rates.run,
                "failed sign-ins": self._failed_sign_ins.run,
                "warnings": self.warnings.run,
                "report of restores": partial(report_restores, self.store, self.warnings),
                "backups": self.backups.run,
            }
            for name, part in parts.items():
                nursery.start_soon(partial(keep_running, name, part, failed=self._failures.note))
            task_status.started()

    def begin_drain(self) -> None:
        """Take no new sessions from now on."""
        self._draining = True

    async def drain(self) -> None:
        """Let webhooks that are under way finish, for DRAIN_S at most. Those that do not finish are
        sent again after the next start, with the same id."""
        self.begin_drain()
        with trio.move_on_after(DRAIN_S):
            await self.keys.write_uses()
            await self._dispatcher.drain()

    async def create_session(
        self, merchant: Merchant, terms: SessionTerms, call: IdempotentCall | None = None
    ) -> SessionView:
        """Create a session. The node watches its address by then, unless it takes more than a
        second to acknowledge that. ``call`` is stored with the session. Raises StoreUnavailable,
        GatewayDraining, TooManyOpenSessions, and Conflict("idempotency_key") if that call was made
        before.

        Once begun, the session is created and gets its actor even if the caller is cancelled.
        """
        if self._draining:
            raise GatewayDraining("the gateway is shutting down")
        actor = await self._creator.open(merchant, terms, call)
        await trio.lowlevel.checkpoint_if_cancelled()
        return self._views.of(actor.session)

    async def session(self, session_id: str) -> SessionView | None:
        """The current state of a session; None for an unknown one. Raises StoreUnavailable."""
        view = self._views.active(session_id)
        if view is not None:
            return view
        session = await self.store.session(session_id)
        return self._views.of(session) if session is not None else None

    async def cancel_session(self, session_id: str) -> SessionView:
        """Close an unpaid session. Raises CancelRefused, or its subclass CancelOvertaken if the
        session changed at the same time, and StoreUnavailable."""
        actor = self._supervisor.actor(session_id)
        if actor is None or actor.session.status not in UNPAID_STATUSES:
            raise CancelRefused("only a session that waits for payment can be cancelled")
        try:
            return await self._decide(session_id, Decision(CancelRequested()), CANCEL_WAIT_S)
        except DecisionOvertaken as overtaken:
            raise CancelOvertaken(overtaken) from None
        except DecisionRefused as refused:
            raise CancelRefused(str(refused)) from None

    async def accept_session(self, session_id: str, note: str, by: Principal) -> SessionView:
        """Confirm an expired or part-paid session because its merchant decided so. The audit log
        names ``by``. Raises DecisionRefused, or its subclass DecisionOvertaken if the session
        changed at the same time, and LookupError and StoreUnavailable."""
        return await self._decide(session_id, Decision(AcceptRequested(), by, note))

    async def fail_session(self, session_id: str, note: str, by: Principal) -> SessionView:
        """Fail a session that is not confirmed. Otherwise as accept_session."""
        return await self._decide(session_id, Decision(FailRequested(), by, note))

    async def dismiss_session(self, session_id: str, note: str, by: Principal) -> SessionView:
        """Mark the problems of a session as seen, so that it needs no attention. Otherwise as
        accept_session."""
        return await self._decide(session_id, Decision(DismissRequested(), by, note))

    async def _decide(
        self, session_id: str, decision: Decision, wait_s: float = DECISION_WAIT_S
    ) -> SessionView:
        """Once begun, the decision is put to the session even if the caller is cancelled. One of
        several simultaneous decisions is put: if it is allowed, the others are overtaken; if it is
        refused, the next one is put."""
        with trio.move_on_after(wait_s):
            asked, owner = await self._put(session_id, decision)
            await decision.done.wait()
            if decision.was_allowed:
                return self._views.of(owner.session)
            # Had the session not changed since, this would have been allowed: it was overtaken.
            if decision.would_be_allowed(asked, Moment(self.clock(), self.feed.daa_score)):
                raise DecisionOvertaken(owner.session.status)
            raise DecisionRefused(decision.refusal(owner.session))
        raise StoreUnavailable("the decision could not be stored yet")

    async def _put(self, session_id: str, decision: Decision) -> tuple[Session, SessionActor]:
        """Give a decision to its session's actor. Returns the session as it was at the time of the
        call, and the actor."""
        asked: Session | None = None
        while True:
            owner = await self._supervisor.bring_back(session_id)
            if owner is None:
                raise LookupError(f"no session {session_id}")
            asked = asked or owner.session
            earlier = owner.decide(decision)
            if earlier is None:
                return asked, owner
            await earlier.done.wait()
            if earlier.was_allowed:
                raise DecisionOvertaken(owner.session.status)

    @property
    def is_delayed(self) -> bool:
        """Whether payments may be noticed late: no node is followed, or it sends no blocks."""
        return not self.feed.is_fresh

    def active(self, session_id: str) -> SessionView | None:
        """The current state of a session that has an actor, without waiting."""
        return self._views.active(session_id)

    def bring_deadline_forward(self, session_id: str) -> None:
        """End the time to pay of a session on a simulated network now; it expires as any other
        does. A session that does not wait for payment stays as it is."""
        actor = self._supervisor.actor(session_id)
        if actor is not None and self.settings.sandbox_control is not None:
            actor.observe(DeadlineBroughtForward(self.payment_clock()))

    def health(self) -> Health:
        """The health of the gateway, from memory."""
        link = self.feed.health()
        return Health(
            node_ok=link.ok,
            node_detail=link.detail,
            node_url=link.url,
            daa_score=link.daa_score,
            last_block_at=link.last_block_at,
            database_ok=self.store.healthy,
            database_detail=self.store.detail,
            failed_actors=len(self._supervisor.set_aside),
            restarted_actors=self._supervisor.restarts,
            open_sessions=len(self._supervisor),
            nodes=link.nodes,
            warnings=(
                *self._startup.notes,
                *self.warnings.sentences(),
                *self._startup.marks_warnings(),
                *self.feed.warnings,
                *self._failures.sentences(),
                *self.backups.sentences(),
            ),
        )

    def metrics(self) -> Metrics:
        """All metrics, from memory."""
        dispatcher = self._dispatcher
        return Metrics(
            events=dict(self._context.event_counts.events),
            webhooks_delivered=dispatcher.delivered,
            webhooks_failed=dispatcher.tried_again,
            webhooks_given_up=dispatcher.given_up,
            webhooks_put_off=dispatcher.put_off,
            webhooks_pending=dispatcher.pending,
            webhooks_under_way=dispatcher.under_way,
            webhook_lanes=dispatcher.lanes,
            queued_writes=self.store.queued_writes,
            commits=self.store.commits,
            watched_addresses=len(self.feed.watchlist),
            followed_sessions=self.broker.subscriptions,
            retrying_actors=self._context.retrying,
            part_failures=dict(self._failures.counts),
            log=log_counts(),
            clock_skew_s=self.payment_clock.skew_s,
            loop_lag_s=self._loop_lag.lag_s,
            worst_loop_lag_s=self._loop_lag.worst_lag_s,
        )

    async def counts(self) -> Counts:
        """Totals from the database. Raises StoreUnavailable."""
        return await self.store.counts()

    async def _make_setup_code(self) -> str | None:
        if self.settings.registration is not Registration.FIRST or self.settings.is_private:
            return None
        if await self.merchants.exists():
            return None
        return secrets.token_hex(8)
