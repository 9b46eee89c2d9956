"""The gateway: the tree of tasks, and what may be asked of it.

    gateway
    ├── chain feed            one node followed at a time
    │   └── node pool         health of all nodes
    ├── deadline clock        one heap of wall-clock deadlines
    ├── session supervisor
    │   └── session actors
    ├── broker                session updates to subscribers
    ├── webhook dispatcher    the outbox to merchants' servers
    ├── rates                 what KAS costs, by several sources
    ├── failed sign-ins       to the audit log
    ├── housekeeping
    ├── key ring              when keys were last used
    ├── warnings              until a person looked into them
    └── loop lag              how late the event loop is

The confirmation clock needs no task: the feed drives it with each score. The store's writer runs
in the store's own nursery, outside of this tree, so that whatever ends here can still commit.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
import trio

from actors.broker import Broker, SessionView
from actors.chain.address_check import AddressCheck
from actors.chain.feed import ChainFeed, FeedCallbacks
from actors.chain.node_pool import Connector, NodeList
from actors.chain.payment_clock import PaymentClock
from actors.chain.view import ChainView
from actors.clocks import ConfirmationClock, DeadlineClock
from actors.event_feed import EventFeed
from actors.housekeeping import Housekeeping
from actors.loop_lag import LoopLag
from actors.merchants.failed_sign_ins import FailedSignIns
from actors.merchants.hashing import PasswordHasher
from actors.merchants.keyring import KeyRing
from actors.merchants.passwords import PasswordSignIns
from actors.merchants.registry import MerchantRegistry
from actors.merchants.sign_in import SignIns
from actors.metrics import Health, Metrics
from actors.rates import OpenFetch, RateWatch
from actors.restores import judge_database
from actors.sessions.actor import SessionActor, SessionContext
from actors.sessions.creation import SessionCreator, SessionTerms
from actors.sessions.decisions import Decision, DecisionOvertaken, DecisionRefused
from actors.sessions.resume import resume
from actors.sessions.supervisor import SessionSupervisor, keep_running
from actors.warnings import Warnings
from actors.webhooks.dispatcher import WebhookDispatcher
from actors.webhooks.ping import WebhookPing
from actors.webhooks.redelivery import Redelivery
from kasgate.access.passwords import PasswordHashing
from kasgate.access.secrets import Vault
from kasgate.audit import Principal
from kasgate.clock import Clock, system_clock
from kasgate.clock_check import Correction
from kasgate.egress import Egress, UrlRefused
from kasgate.idempotency import IdempotentCall
from kasgate.kaspa import resolver
from kasgate.kaspa.networks import Network
from kasgate.logs.setup import log_counts
from kasgate.merchant import Merchant
from kasgate.rates.fetch import over_http
from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    ClockCorrected,
    DeadlineBroughtForward,
    DismissRequested,
    FailRequested,
    Moment,
    ScoreMoved,
)
from kasgate.sessions.session import UNPAID_STATUSES, Session
from kasgate.settings.model import Registration, Settings
from kasgate.store.calls import Store
from kasgate.store.marks import AddressMarks
from kasgate.store.protocol import Counts, StoreUnavailable

log = structlog.get_logger(__name__)

CANCEL_WAIT_S = 5.0
DECISION_WAIT_S = 5.0
DRAIN_S = 2.0


class GatewayDraining(Exception):
    """The gateway is shutting down and takes no new sessions."""


class CancelRefused(Exception):
    """The session can't be cancelled: money covers it, or it is closed."""


class CancelOvertaken(CancelRefused):
    """It waited for its payment when it was to be cancelled, and then another caller or the network
    came first. ``status`` is where the session stands since."""

    def __init__(self, overtaken: DecisionOvertaken) -> None:
        super().__init__(str(overtaken))
        self.status = overtaken.status


class Gateway:
    """One gateway on one store. `run` is its life; the rest is what the web side asks."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        vault: Vault,
        *,
        clock: Clock = system_clock,
        connect: Connector | None = None,
        open_rates: OpenFetch = over_http,
        hashing: PasswordHashing | None = None,
        notes: Sequence[str] = (),
        marks: AddressMarks | None = None,
        without_marks: str | None = None,
    ) -> None:
        """``notes`` are warnings about the machine that hold as long as the process runs. ``marks``
        are those that the store keeps in step; ``without_marks`` says, for an operator, why there
        are none though there should be."""
        self._notes = tuple(notes)
        self.settings = settings
        self.store = store
        self.vault = vault
        self.clock = clock
        self.setup_code: str | None = None
        """The first registration must give it if requests may come from beyond this machine,
        directly or through a reverse proxy."""
        self._draining = False
        self._part_failures: dict[str, int] = {}
        self._loop_lag = LoopLag()
        connect = connect or _connector(settings.network)
        self.payment_clock = PaymentClock(
            clock,
            connect=connect,
            corrected=self._clock_corrected,
            moved=self._clock_moved,
        )
        """What sessions are made, paid and expired by."""
        self._deadlines = DeadlineClock(self.payment_clock, self._deadline_came)
        self._confirmations = ConfirmationClock()
        self._egress = Egress(settings.webhook_allow_private)
        self._marks = marks
        self._without_marks = without_marks
        self.warnings = Warnings(store, clock)
        self.merchants = MerchantRegistry(
            store=store,
            network=settings.network,
            clock=clock,
            refuse_url=self._url_refusal,
            marks=marks,
            warnings=self.warnings,
        )
        self._addresses = AddressCheck(self.merchants, self.warnings)
        self.rates = RateWatch(
            settings.rate_sources if settings.rates else (),
            clock=clock,
            failed=self._part_failed,
            open_fetch=open_rates,
        )
        self.broker = Broker(self._view_of_active)
        self.events = EventFeed()
        self.keys = KeyRing(
            store=store, merchants=self.merchants, clock=clock, ended=self.events.dismiss
        )
        self.sign_ins = SignIns(store, self.merchants, self.keys, clock, self.events.dismiss)
        self._failed_sign_ins = FailedSignIns(store, clock)
        self.passwords = PasswordSignIns(
            store=store,
            merchants=self.merchants,
            sign_ins=self.sign_ins,
            hasher=PasswordHasher(hashing or PasswordHashing()),
            failed_sign_ins=self._failed_sign_ins,
            clock=clock,
        )
        self._supervisor = SessionSupervisor(settings.open_sessions)
        self.feed = ChainFeed(
            NodeList(settings.network, settings.nodes, connect),
            store=store,
            clock=self.payment_clock,
            sessions=self._supervisor,
            view=ChainView(),
            callbacks=FeedCallbacks(
                score_moved=self._score_moved,
                may_save_cursor=self._may_save_cursor,
                followed_sessions=self.broker.followed,
                look_ahead=self._addresses.run,
            ),
            mempool=settings.mempool,
        )
        self._dispatcher = WebhookDispatcher(
            store=store,
            egress_post=self._egress.post,
            merchants=self.merchants.get,
            clock=self.payment_clock,
            tail=settings.webhook_tail,
        )
        self.redelivery = Redelivery(store, self._dispatcher, self.payment_clock)
        self.webhook_ping = WebhookPing(self._egress.post, clock)
        self._housekeeping = Housekeeping(
            feed=self.feed,
            merchants=self.merchants,
            store=store,
            clock=self.payment_clock,
            late_window_s=settings.late_window,
        )
        self._context = SessionContext(
            store=store,
            clock=self.payment_clock,
            broker=self.broker,
            deadlines=self._deadlines,
            confirmations=self._confirmations,
            chain=self.feed,
            has_webhook=self._has_webhook,
        )

        self._creator = SessionCreator(
            settings=settings,
            merchants=self.merchants,
            supervisor=self._supervisor,
            context=self._context,
            addresses=self._addresses,
            live_daa_score=lambda: self.feed.live_daa_score,
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Take up where the last run ended, then work until cancelled.

        Reports started when requests can be served; a node need not be reachable for that. Raises
        WrongNetwork for a database of another network.
        """
        await self.store.claim_network(self.settings.network.value)
        if self._marks is not None:
            await judge_database(self.store, self._marks, self.warnings)
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
            }
            for name, part in parts.items():
                nursery.start_soon(partial(keep_running, name, part, failed=self._part_failed))
            task_status.started()

    def begin_drain(self) -> None:
        """Take no new sessions from now on."""
        self._draining = True

    async def drain(self) -> None:
        """Let webhooks that are under way finish, for two seconds at most. Those that are cut are
        sent again after the next start, with the same id."""
        self.begin_drain()
        with trio.move_on_after(DRAIN_S):
            await self.keys.write_uses()
            await self._dispatcher.drain()

    async def create_session(
        self, merchant: Merchant, terms: SessionTerms, call: IdempotentCall | None = None
    ) -> SessionView:
        """Make a session whose address the node watches, unless it takes more than a second to
        acknowledge that. ``call`` is kept with it. Raises StoreUnavailable, GatewayDraining,
        TooManyOpenSessions, and Conflict("idempotency_key") if that call has been made.

        Once begun the session is made and gets its actor even if the caller is cancelled.
        """
        if self._draining:
            raise GatewayDraining("the gateway is shutting down")
        actor = await self._creator.open(merchant, terms, call)
        await trio.lowlevel.checkpoint_if_cancelled()
        return self._view(actor.session)

    async def session(self, session_id: str) -> SessionView | None:
        """A session as it stands now. Raises StoreUnavailable."""
        view = self._view_of_active(session_id)
        if view is not None:
            return view
        session = await self.store.session(session_id)
        return self._view(session) if session is not None else None

    async def cancel_session(self, session_id: str) -> SessionView:
        """Close an unpaid session. Raises CancelRefused, of that CancelOvertaken if something else
        happened to it at the same time, and StoreUnavailable."""
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
        """Confirm an expired or part-paid session as it is, by a merchant's word; ``by`` is whose
        hand the audit log names. Raises DecisionRefused, of that DecisionOvertaken if something
        else happened to it at the same time, and LookupError, StoreUnavailable."""
        return await self._decide(session_id, Decision(AcceptRequested(), by, note))

    async def fail_session(self, session_id: str, note: str, by: Principal) -> SessionView:
        """Give up a session that is not confirmed. As accept_session."""
        return await self._decide(session_id, Decision(FailRequested(), by, note))

    async def dismiss_session(self, session_id: str, note: str, by: Principal) -> SessionView:
        """Let what needs attention about a session rest. As accept_session."""
        return await self._decide(session_id, Decision(DismissRequested(), by, note))

    async def _decide(
        self, session_id: str, decision: Decision, wait_s: float = DECISION_WAIT_S
    ) -> SessionView:
        """Once begun it is put to the session even if the caller is cancelled. Of several at once
        one is: the others hear what became of it, or have their turn if it was refused."""
        with trio.move_on_after(wait_s):
            asked, owner = await self._put(session_id, decision)
            await decision.done.wait()
            if decision.was_allowed:
                return self._view(owner.session)
            # If it would be, had the session not changed since, something came between.
            if decision.would_be_allowed(asked, Moment(self.clock(), self.feed.daa_score)):
                raise DecisionOvertaken(owner.session.status)
            raise DecisionRefused(decision.refusal(owner.session))
        raise StoreUnavailable("the decision could not be stored yet")

    async def _put(self, session_id: str, decision: Decision) -> tuple[Session, SessionActor]:
        """Leave a decision to its session; the session as it stood when it was asked for."""
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
        """Whether news of payments may come late: no node is followed, or it fell silent."""
        return not self.feed.is_fresh

    def active(self, session_id: str) -> SessionView | None:
        """A session that has an actor, as it stands now, without waiting."""
        return self._view_of_active(session_id)

    def bring_deadline_forward(self, session_id: str) -> None:
        """Let the time to pay of a session on a simulated network be over now; it expires as any
        other does. Nothing happens to one that does not wait for payment."""
        actor = self._supervisor.actor(session_id)
        if actor is not None and self.settings.sandbox_control is not None:
            actor.observe(DeadlineBroughtForward(self.payment_clock()))

    def health(self) -> Health:
        """How things stand, from memory."""
        link = self.feed.health()
        failed_parts = tuple(
            f"The {name} failed {count} times and was started again: see the log."
            for name, count in self._part_failures.items()
        )
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
                *self._notes,
                *self.warnings.sentences(),
                *self._marks_warnings(),
                *self.feed.warnings,
                *failed_parts,
            ),
        )

    def _marks_warnings(self) -> tuple[str, ...]:
        failure = self._marks.failure if self._marks is not None else self._without_marks
        if failure is None:
            return ()
        return (
            f"{failure} Until that is mended, nothing but the database knows which addresses were"
            " given out: do not put an older copy of it back.",
        )

    def metrics(self) -> Metrics:
        """What is counted, from memory."""
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
            part_failures=dict(self._part_failures),
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

    async def _has_webhook(self, merchant_id: str) -> bool:
        merchant = await self.merchants.get(merchant_id)
        return merchant is not None and merchant.webhook_url is not None

    async def _url_refusal(self, url: str, tenant: str) -> str | None:
        try:
            await self._egress.verify(url, tenant)
        except UrlRefused as refused:
            return str(refused)
        return None

    def _view(self, session: Session) -> SessionView:
        return SessionView(session, self.feed.daa_score)

    def _view_of_active(self, session_id: str) -> SessionView | None:
        session = self._supervisor.active(session_id)
        return self._view(session) if session is not None else None

    def _score_moved(self, daa_score: int) -> None:
        for session_id in self._confirmations.due(daa_score):
            self._supervisor.observe(session_id, ScoreMoved(daa_score))
        self.broker.score_moved()

    def _clock_moved(self) -> None:
        self._deadlines.look_again()

    async def _clock_corrected(self, correction: Correction) -> None:
        corrected = ClockCorrected(correction.since, correction.until, correction.by)
        await self._supervisor.observe_all(corrected)

    def _deadline_came(self, session_id: str) -> None:
        """By the wall clock; it has passed once everything up to it was seen."""
        self.feed.at_next_sight(session_id)

    def _may_save_cursor(self) -> bool:
        context = self._context
        return context.retrying == 0 and context.behind == 0 and not self._supervisor.is_behind

    def _part_failed(self, name: str) -> None:
        self._part_failures[name] = self._part_failures.get(name, 0) + 1


def _connector(network: Network) -> Connector:
    return partial(
        resolver.connect, resolver=resolver.Resolver(network), prefix=network.address_prefix
    )
