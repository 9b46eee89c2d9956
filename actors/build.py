"""Builds a gateway: makes all of its parts and connects them.

Parts are made in the order in which they need each other. Where a part calls one that is made
later, the call is spelled out here as a function.
"""

from __future__ import annotations

from functools import partial

from attrs import frozen

from actors.backups import Backups, Maker
from actors.broker import Broker
from actors.chain.address_check import AddressCheck
from actors.chain.feed import ChainFeed, FeedCallbacks
from actors.chain.node_pool import Connector, NodeList
from actors.chain.payment_clock import PaymentClock
from actors.chain.view import ChainView
from actors.clocks import ConfirmationClock, DeadlineClock
from actors.event_feed import EventFeed
from actors.gateway import Gateway
from actors.housekeeping import Housekeeping
from actors.loop_lag import LoopLag
from actors.merchants.failed_sign_ins import FailedSignIns
from actors.merchants.hashing import PasswordHasher
from actors.merchants.keyring import KeyRing
from actors.merchants.logos import Logos
from actors.merchants.passwords import PasswordSignIns
from actors.merchants.registry import MerchantRegistry
from actors.merchants.sign_in import SignIns
from actors.merchants.sign_in_links import SignInLinks
from actors.parts import (
    DeliveryParts,
    MerchantParts,
    PartFailures,
    PaymentParts,
    Startup,
    UpkeepParts,
)
from actors.payment_rates import PaymentRates
from actors.rates import RateWatch
from actors.sessions.actor import SessionContext
from actors.sessions.creation import SessionCreator
from actors.sessions.supervisor import SessionSupervisor
from actors.sessions.views import SessionViews
from actors.warnings import Warnings
from actors.webhooks.dispatcher import WebhookDispatcher
from actors.webhooks.ping import WebhookPing
from actors.webhooks.redelivery import Redelivery
from kasgate.access.passwords import PasswordHashing
from kasgate.access.secrets import Vault
from kasgate.clock import Clock, system_clock
from kasgate.clock_check import Correction
from kasgate.egress import Egress, UrlRefused
from kasgate.kaspa import resolver
from kasgate.kaspa.networks import Network
from kasgate.sessions.observations import ClockCorrected, ScoreMoved
from kasgate.settings.model import Settings
from kasgate.store.calls import Store


def build_gateway(
    settings: Settings,
    store: Store,
    vault: Vault,
    *,
    clock: Clock = system_clock,
    connect: Connector | None = None,
    hashing: PasswordHashing | None = None,
    startup: Startup | None = None,
) -> Gateway:
    """A gateway on this store, not running yet. ``clock`` is the machine's, ``connect`` opens links
    to nodes, and ``hashing`` has the cost of password hashes."""
    startup = startup or Startup()
    warnings = Warnings(store, clock)
    egress = Egress(settings.webhook_allow_private)
    registry = MerchantRegistry(
        store=store,
        network=settings.network,
        clock=clock,
        refuse_url=lambda url, tenant: _url_refusal(egress, url, tenant),
        marks=startup.marks,
        warnings=warnings,
    )
    builder = _Builder(
        settings=settings, store=store, clock=clock, registry=registry, warnings=warnings
    )
    events = EventFeed()
    failures = PartFailures()
    rates = RateWatch(
        settings.rate_sources if settings.rates else (), clock=clock, failed=failures.note
    )
    payments = builder.payment_parts(connect or _connector(settings.network), rates)
    return Gateway(
        settings,
        store,
        vault,
        clock,
        merchants=builder.merchant_parts(events, hashing or PasswordHashing()),
        payments=payments,
        delivery=builder.delivery_parts(events, egress, payments.payment_clock),
        upkeep=builder.upkeep_parts(payments, startup, rates, failures),
    )


@frozen(kw_only=True)
class _Builder:
    """Makes the groups of parts from what nearly all of them need."""

    settings: Settings
    store: Store
    clock: Clock
    registry: MerchantRegistry
    warnings: Warnings

    def merchant_parts(self, events: EventFeed, hashing: PasswordHashing) -> MerchantParts:
        store, clock, registry = self.store, self.clock, self.registry
        keys = KeyRing(store=store, merchants=registry, clock=clock, ended=events.dismiss)
        sign_ins = SignIns(store, registry, keys, clock, events.dismiss)
        failed_sign_ins = FailedSignIns(store, clock)
        passwords = PasswordSignIns(
            store=store,
            merchants=registry,
            sign_ins=sign_ins,
            hasher=PasswordHasher(hashing),
            failed_sign_ins=failed_sign_ins,
            clock=clock,
        )
        return MerchantParts(
            registry=registry,
            keys=keys,
            sign_ins=sign_ins,
            sign_in_links=SignInLinks(store, registry, keys, clock),
            passwords=passwords,
            failed_sign_ins=failed_sign_ins,
            logos=Logos(registry),
        )

    def payment_parts(self, connect: Connector, rates: RateWatch) -> PaymentParts:
        supervisor = SessionSupervisor(self.settings.open_sessions)
        addresses = AddressCheck(self.registry, self.warnings)
        chain = ChainView()
        views = SessionViews(supervisor, chain)
        broker = Broker(views.active)
        confirmations = ConfirmationClock()

        def time_moved() -> None:
            """Called only while the gateway runs, when ``deadlines`` below exists."""
            deadlines.look_again()

        payment_clock = PaymentClock(
            self.clock,
            connect=connect,
            corrected=lambda correction: _clock_corrected(supervisor, correction),
            moved=time_moved,
        )
        feed = ChainFeed(
            NodeList(self.settings.network, self.settings.nodes, connect),
            store=self.store,
            clock=payment_clock,
            sessions=supervisor,
            view=chain,
            callbacks=FeedCallbacks(
                score_moved=lambda score: _score_moved(confirmations, supervisor, broker, score),
                may_save_cursor=lambda: not supervisor.is_behind,
                followed_sessions=broker.followed,
                look_ahead=addresses.run,
            ),
            mempool=self.settings.mempool,
        )
        deadlines = DeadlineClock(payment_clock, feed.at_next_sight)
        context = SessionContext(
            store=self.store,
            clock=payment_clock,
            broker=broker,
            deadlines=deadlines,
            confirmations=confirmations,
            chain=feed,
            has_webhook=lambda merchant_id: _has_webhook(self.registry, merchant_id),
            value_rate=PaymentRates(self.registry.display_currency, rates.rate, self.clock).of,
        )
        return PaymentParts(
            supervisor=supervisor,
            context=context,
            creator=self._creator(supervisor, context, addresses, chain),
            views=views,
            broker=broker,
            feed=feed,
            payment_clock=payment_clock,
            deadlines=deadlines,
        )

    def _creator(
        self,
        supervisor: SessionSupervisor,
        context: SessionContext,
        addresses: AddressCheck,
        chain: ChainView,
    ) -> SessionCreator:
        return SessionCreator(
            settings=self.settings,
            merchants=self.registry,
            supervisor=supervisor,
            context=context,
            addresses=addresses,
            live_daa_score=lambda: chain.live_daa_score,
        )

    def delivery_parts(
        self, events: EventFeed, egress: Egress, payment_clock: PaymentClock
    ) -> DeliveryParts:
        dispatcher = WebhookDispatcher(
            store=self.store,
            egress_post=egress.post,
            merchants=self.registry.get,
            clock=payment_clock,
            tail=self.settings.webhook_tail,
        )
        return DeliveryParts(
            events=events,
            egress=egress,
            dispatcher=dispatcher,
            redelivery=Redelivery(self.store, dispatcher, payment_clock),
            ping=WebhookPing(egress.post, self.clock),
        )

    def upkeep_parts(
        self, payments: PaymentParts, startup: Startup, rates: RateWatch, failures: PartFailures
    ) -> UpkeepParts:
        settings = self.settings
        return UpkeepParts(
            housekeeping=Housekeeping(
                feed=payments.feed,
                merchants=self.registry,
                store=self.store,
                clock=payments.payment_clock,
                late_window_s=settings.late_window,
            ),
            rates=rates,
            warnings=self.warnings,
            loop_lag=LoopLag(),
            failures=failures,
            startup=startup,
            backups=Backups(
                _backup_maker(settings, self.clock),
                every_s=settings.backup_every,
                clock=self.clock,
            ),
        )


def _backup_maker(settings: Settings, clock: Clock) -> Maker | None:
    if settings.backup_dir is None:
        return None
    from actors.backup_maker import BackupMaker  # noqa: PLC0415 - see there

    return BackupMaker(settings, settings.backup_dir, clock)


def _score_moved(
    confirmations: ConfirmationClock, supervisor: SessionSupervisor, broker: Broker, daa_score: int
) -> None:
    for session_id in confirmations.due(daa_score):
        supervisor.observe(session_id, ScoreMoved(daa_score))
    broker.score_moved()


async def _clock_corrected(supervisor: SessionSupervisor, correction: Correction) -> None:
    corrected = ClockCorrected(correction.since, correction.until, correction.by)
    await supervisor.observe_all(corrected)


async def _has_webhook(registry: MerchantRegistry, merchant_id: str) -> bool:
    merchant = await registry.get(merchant_id)
    return merchant is not None and merchant.webhook_url is not None


async def _url_refusal(egress: Egress, url: str, tenant: str) -> str | None:
    try:
        await egress.verify(url, tenant)
    except UrlRefused as refused:
        return str(refused)
    return None


def _connector(network: Network) -> Connector:
    return partial(
        resolver.connect, resolver=resolver.Resolver(network), prefix=network.address_prefix
    )
