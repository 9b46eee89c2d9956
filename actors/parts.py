"""The parts of a gateway, in groups: `actors/build.py` makes them, `Gateway` runs them."""

from __future__ import annotations

from collections import Counter

from attrs import Factory, define, frozen

from actors.backups import Backups
from actors.broker import Broker
from actors.chain.feed import ChainFeed
from actors.chain.payment_clock import PaymentClock
from actors.clocks import DeadlineClock
from actors.event_feed import EventFeed
from actors.housekeeping import Housekeeping
from actors.loop_lag import LoopLag
from actors.merchants.failed_sign_ins import FailedSignIns
from actors.merchants.keyring import KeyRing
from actors.merchants.logos import Logos
from actors.merchants.passwords import PasswordSignIns
from actors.merchants.registry import MerchantRegistry
from actors.merchants.sign_in import SignIns
from actors.merchants.sign_in_links import SignInLinks
from actors.rates import RateWatch
from actors.sessions.actor import SessionContext
from actors.sessions.creation import SessionCreator
from actors.sessions.supervisor import SessionSupervisor
from actors.sessions.views import SessionViews
from actors.warnings import Warnings
from actors.webhooks.dispatcher import WebhookDispatcher
from actors.webhooks.ping import WebhookPing
from actors.webhooks.redelivery import Redelivery
from kasgate.egress import Egress
from kasgate.store.marks import AddressMarks


@frozen(kw_only=True)
class MerchantParts:
    """Merchants, their API keys, and how they sign in to the dashboard."""

    registry: MerchantRegistry
    keys: KeyRing
    sign_ins: SignIns
    sign_in_links: SignInLinks
    passwords: PasswordSignIns
    failed_sign_ins: FailedSignIns
    logos: Logos


@frozen(kw_only=True)
class PaymentParts:
    """The sessions and the chain that they are paid on."""

    supervisor: SessionSupervisor
    context: SessionContext
    creator: SessionCreator
    views: SessionViews
    broker: Broker
    feed: ChainFeed
    payment_clock: PaymentClock
    deadlines: DeadlineClock


@frozen(kw_only=True)
class DeliveryParts:
    """Events on their way to the merchants: by webhook, and over the event feed."""

    events: EventFeed
    egress: Egress
    dispatcher: WebhookDispatcher
    redelivery: Redelivery
    ping: WebhookPing


@define
class PartFailures:
    """How often each part of the gateway failed and was restarted, by its name."""

    counts: Counter[str] = Factory(Counter)

    def note(self, name: str) -> None:
        """Count a failure."""
        self.counts[name] += 1

    def sentences(self) -> tuple[str, ...]:
        """A warning for each part that failed."""
        return tuple(
            f"The {name} failed {count} times and was started again: see the log."
            for name, count in self.counts.items()
        )


@frozen(kw_only=True)
class Startup:
    """Facts about the machine that the start of the process found out. They hold while it runs."""

    notes: tuple[str, ...] = ()
    """Warnings for the operator."""
    marks: AddressMarks | None = None
    """The address marks that the store updates with each commit."""
    without_marks: str | None = None
    """Why there are no address marks though there should be, for an operator."""

    def marks_warnings(self) -> tuple[str, ...]:
        """A warning while the address marks can't be kept."""
        failure = self.marks.failure if self.marks is not None else self.without_marks
        if failure is None:
            return ()
        return (
            f"{failure} Until that is mended, nothing but the database knows which addresses were"
            " given out: do not put an older copy of it back.",
        )


@frozen(kw_only=True)
class UpkeepParts:
    """Parts that no single payment needs."""

    housekeeping: Housekeeping
    rates: RateWatch
    warnings: Warnings
    loop_lag: LoopLag
    failures: PartFailures
    startup: Startup
    backups: Backups
