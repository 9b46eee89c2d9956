"""The payment session: the amount asked for, the payments received, and the resulting state.

Nothing here knows a clock, a socket or SQL. ``kasgate.sessions.transitions`` moves a session
between these states:

    created     stored, not yet watched by a node
      → pending      the node acknowledged the watch
      → expired      as from pending
    pending     watched, accepted payments do not cover the amount
      → confirming   accepted payments cover it
      → expired      the deadline passed on a live link, or the merchant cancelled
      → confirmed    the merchant accepts the part that was paid
    confirming  covered, not deep enough; the deadline no longer matters
      → pending      a payment was withdrawn by a reorg and what is left does not cover
      → confirmed    the covering payments have the required confirmations, or the merchant accepts
                     payments whose confirmation is held up
    confirmed   final; more money is recorded as surplus
    expired     closed unpaid; money that still arrives is recorded as late
      → confirming   late money covers it within the merchant's late acceptance; or a payment that
                     came in time, and that a reorg withdrew, is accepted again
      → confirmed    the merchant accepts it as it is
    failed      final; the merchant failed it, from any state but confirmed; money that still
                arrives is recorded as late
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from kasgate.evolving import evolve
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import NOTHING, Sompi, asked_for
from kasgate.sessions.ledger import NO_PAYMENTS, Ledger
from kasgate.sessions.payments import MempoolSighting, Payment, PaymentState

SIGHTING_PATIENCE_MS = 60_000
"""How long a payment that the mempool showed before the deadline keeps the session waiting. The
network accepts a mempool transaction within seconds, or not at all."""


WITHDRAWN_PATIENCE_MS = 600_000
"""How long past its deadline a session that was covered in time waits for payments that a reorg
withdrew. Most transactions that lose their block are accepted again within seconds; the others may
have to wait in a mempool."""


SIGHTING_LINGER_MS = 5_000
"""How long an output that left the mempool counts as on its way: accepted soon, or back again."""


class SessionStatus(StrEnum):
    """The state of a session."""

    CREATED = "created"
    PENDING = "pending"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    FAILED = "failed"


OPEN_STATUSES = frozenset({SessionStatus.CREATED, SessionStatus.PENDING, SessionStatus.CONFIRMING})
UNPAID_STATUSES = frozenset({SessionStatus.CREATED, SessionStatus.PENDING})


class PaidState(StrEnum):
    """The received amount compared with the amount asked for."""

    NONE = "none"
    PARTIAL = "partial"
    EXACT = "exact"
    OVER = "over"


class EventType(StrEnum):
    """The type of an event that merchants receive. Each comes from exactly one transition."""

    PENDING = "payment.pending"
    PARTIAL = "payment.partial"
    CONFIRMING = "payment.confirming"
    CONFIRMED = "payment.confirmed"
    OVERPAID = "payment.overpaid"
    EXPIRED = "payment.expired"
    FAILED = "payment.failed"
    LATE = "payment.late"
    REVERTED = "payment.reverted"


@frozen
class Session:
    """A merchant's request for an amount, and the payments on it."""

    id: str
    merchant_id: str
    account_key: str
    """Fingerprint of the extended public key that its address was derived from."""
    address: str
    address_index: int
    amount: Sompi
    required_confirmations: int
    created_at: int
    expires_at: int
    created_daa_score: int | None
    """Virtual DAA score last seen at creation; None if no node had been reached."""
    subscription_token: str
    tolerance: Sompi = NOTHING
    """How far below the amount the received sum may be and still be enough, in sompi."""
    late_acceptance_ms: int = 0
    """How long after its expiry money that covers it still pays it; with 0 the merchant decides
    about all late money."""
    needs_attestation: bool = False
    """Whether its payments are final only after a second source reports them accepted."""
    order_id: str | None = None
    description: str | None = None
    """The merchant's words for the shopper: what the payment is for."""
    metadata: Mapping[str, str] | None = None
    redirect_url: str | None = None
    fiat: Mapping[str, Any] | None = None
    """The price in another currency that the amount was computed from, in the form that is
    shown."""
    status: SessionStatus = SessionStatus.CREATED
    cancelled: bool = False
    ledger: Ledger = NO_PAYMENTS
    """The payments on it."""
    sightings: tuple[MempoolSighting, ...] = field(default=(), eq=False)
    """The outputs in the mempool while the session waits for money. They are never stored or
    counted, and do not take part in the comparison of sessions."""
    tx_id: str | None = None
    """The transaction that completed the amount, or the one that the merchant accepted instead."""
    paid_at: int | None = None
    confirmed_at: int | None = None
    closed_at: int | None = None
    """When it was last confirmed, expired or failed."""
    events_told: int = 1
    """How many of its events have been stored; the first is stored with the session. The next
    event's ``sequence`` is one more."""
    attended: Sompi | None = None
    """The received amount at the merchant's last decision about the closed session, or at its
    acceptance; None without such a decision (kasgate/sessions/attention.py)."""
    reverted: bool = False
    """Whether a payment was withdrawn while it confirmed, and no decision was made since."""
    version: int = 0
    """Counts stored changes, so that the store can refuse a write based on an older state."""

    @property
    def payments(self) -> tuple[Payment, ...]:
        """The payments that are held in memory, in the order in which they were credited. These are
        all payments, unless there are some hundreds (``kasgate.sessions.ledger``)."""
        return tuple(self.ledger.held.values())

    @property
    def payments_total(self) -> int:
        """The number of payments, held or not."""
        return self.ledger.sums.total

    @property
    def received(self) -> Sompi:
        """Sum of accepted payments, late ones included; no mempool outputs, no withdrawn
        payments."""
        return self.ledger.sums.received

    @property
    def final(self) -> Sompi:
        """The part of the received amount that no reorg can take away."""
        return self.ledger.sums.final

    @property
    def enough(self) -> Sompi:
        """The least sum that covers the session: its amount minus the tolerance."""
        return Sompi(max(1, self.amount - self.tolerance))

    @property
    def is_covered(self) -> bool:
        """Whether enough was received, at any depth."""
        return self.received >= self.enough

    @property
    def remaining(self) -> Sompi:
        """The amount still to be paid: the whole rest, or nothing once the session is covered."""
        return NOTHING if self.is_covered else Sompi(self.amount - self.received)

    @property
    def due(self) -> Sompi:
        """The amount that the shopper is asked to send now: what remains, or a little more if
        wallets can't send so little. Nothing once the session is covered or closed."""
        if self.status not in UNPAID_STATUSES:
            return NOTHING
        return asked_for(self.remaining, self.amount)

    @property
    def paid_state(self) -> PaidState:
        """The received amount compared with the full amount, regardless of the tolerance."""
        received = self.received
        if received == 0:
            return PaidState.NONE
        if received < self.amount:
            return PaidState.PARTIAL
        return PaidState.EXACT if received == self.amount else PaidState.OVER

    @property
    def late(self) -> bool:
        """Whether money arrived after it had expired or failed."""
        return self.ledger.sums.late > 0

    @property
    def is_open(self) -> bool:
        """Whether it is created, pending or confirming."""
        return self.status in OPEN_STATUSES

    @property
    def is_active(self) -> bool:
        """Whether it needs an actor: open, or closed with a payment that is not settled."""
        return self.is_open or self.ledger.sums.unsettled > 0

    @property
    def deadline(self) -> int | None:
        """When it expires, unix milliseconds; None once the deadline no longer matters.

        The session waits longer for a payment that was in the mempool before ``expires_at``, and
        for one that came in time and was withdrawn, if that one would cover the session.
        """
        if self.status not in UNPAID_STATUSES:
            return None
        end = self.expires_at + (WITHDRAWN_PATIENCE_MS if self.awaits_withdrawn else 0)
        if not self.sightings:
            return end
        return max((end, *map(self._waits_until, self.sightings)))

    @property
    def awaits_withdrawn(self) -> bool:
        """Whether an unpaid session was covered in time, and would be covered again if its
        withdrawn payments came back."""
        sums = self.ledger.sums
        in_time = sums.in_time + sums.in_time_withdrawn
        return self.status in UNPAID_STATUSES and in_time >= self.enough

    @property
    def soon_enough(self) -> Sompi:
        """The part of the received amount that came in time, or soon enough for the merchant's late
        acceptance."""
        return Sompi(self.ledger.sums.in_time + self.ledger.sums.soon)

    def _waits_until(self, sighting: MempoolSighting) -> int:
        if sighting.left_at is None:
            return self.in_time_until(sighting)
        return min(self.in_time_until(sighting), sighting.left_at + SIGHTING_LINGER_MS)

    def in_time_until(self, sighting: MempoolSighting) -> int:
        """The time until which the network may accept a payment from the mempool for it to be in
        time; unix milliseconds. A sighting after the deadline extends nothing."""
        is_in_time = sighting.seen_at <= self.expires_at
        return sighting.seen_at + SIGHTING_PATIENCE_MS if is_in_time else self.expires_at

    def sightings_at(self, now: int) -> tuple[MempoolSighting, ...]:
        """The outputs on their way at a unix time in milliseconds, for display."""
        return tuple(
            sighting
            for sighting in self.sightings
            if sighting.left_at is None or now < sighting.left_at + SIGHTING_LINGER_MS
        )

    def takes_late(self, accepted_at: int) -> bool:
        """Whether late money, accepted at this unix time in milliseconds, still pays the session if
        it covers it."""
        return self.may_reopen and self.is_soon(accepted_at)

    def is_soon(self, accepted_at: int) -> bool:
        """Whether money that was accepted out of time, at this unix time in milliseconds, came soon
        enough for the merchant's late acceptance."""
        return 0 < self.late_acceptance_ms >= accepted_at - self.expires_at

    @property
    def may_reopen(self) -> bool:
        """Whether it expired by its deadline. A session that the merchant closed stays closed."""
        return self.status is SessionStatus.EXPIRED and not self.cancelled

    @property
    def completing_payment(self) -> Payment | None:
        """The payment with which the sum first was enough; for sessions whose payments are all
        held."""
        covered = 0
        for payment in self.ledger.held.values():
            if payment.counts:
                covered += payment.amount
                if covered >= self.enough:
                    return payment
        return None

    def confirmations(self, daa_score: int | None) -> int:
        """The largest n for which the payments with at least n confirmations sum to enough,
        else 0; at most ``required_confirmations`` (contract.md §6).

        Shelved payments are counted with the depth that all of them have at least. Where they are
        needed to cover the amount, the result may be too low, never too high.
        """
        if self.status is SessionStatus.CONFIRMED:
            return self.required_confirmations
        # Most sessions that are read are waiting for their first payment.
        if daa_score is None or not self.ledger.sums.total or not self.is_covered:
            return 0
        return self._covered_depth(daa_score)

    def _covered_depth(self, daa_score: int) -> int:
        """The depth of the shallowest payment needed to cover the amount, deepest payments first.
        The session has to be covered."""
        held, shelved = self.ledger.held, self.ledger.shelved
        if self.ledger.sums.total == 1:  # Nearly always, and each watcher's update asks.
            (only,) = held.values()
            return self.payment_confirmations(only, daa_score)
        counted = [
            (self.payment_confirmations(payment, daa_score), payment.amount)
            for payment in held.values()
            if payment.counts
        ]
        if shelved.received:
            counted.append((self.required_confirmations, Sompi(shelved.final)))
            counted.append((self._depth_of_shelved(daa_score), Sompi(shelved.waiting_amount)))
        covered, enough = 0, self.enough
        for depth, amount in sorted(counted, reverse=True):
            covered += amount
            if covered >= enough:
                return depth
        return 0

    def _depth_of_shelved(self, daa_score: int) -> int:
        """The depth that every waiting shelved payment has at least, at most the required one."""
        latest = self.ledger.latest
        if latest is None:
            return 0
        return min(self.required_confirmations, max(0, daa_score - latest))

    def payment_confirmations(self, payment: Payment, daa_score: int | None) -> int:
        """One payment's confirmations, at most ``required_confirmations``."""
        if payment.state is PaymentState.CONFIRMED:
            return self.required_confirmations
        if payment.state is PaymentState.WITHDRAWN or daa_score is None:
            return 0
        return min(self.required_confirmations, payment.depth(daa_score))

    def payment(self, outpoint: Outpoint) -> Payment | None:
        """The payment at an outpoint, if it is held."""
        return self.ledger.held.get(outpoint)

    def is_deep(self, payment: Payment, daa_score: int) -> bool:
        """Whether a payment has the required confirmations at a virtual DAA score."""
        return payment.depth(daa_score) >= self.required_confirmations

    def next_due_score(self, daa_score: int | None) -> int | None:
        """The virtual DAA score at which the next payment becomes deep enough, as seen from a
        score, or an earlier one; None if no payment can.

        A session becomes confirmed at one of these scores, so its actor sleeps until then. Payments
        that only wait for a second source are left out: the source's answer wakes the actor.
        """
        next_of_held = min(
            (
                payment.block_daa_score + self.required_confirmations
                for payment in self.ledger.held.values()
                if not payment.is_settled
                and payment.missing_since is None
                and not self.is_unattested(payment, daa_score)
            ),
            default=None,
        )
        earliest = self.ledger.earliest
        if earliest is None:
            return next_of_held
        next_of_shelved = earliest + self.required_confirmations
        return next_of_shelved if next_of_held is None else min(next_of_held, next_of_shelved)

    def has_due_on_the_shelf(self, daa_score: int) -> bool:
        """Whether a shelved payment may be deep enough at a virtual DAA score."""
        earliest = self.ledger.earliest
        return earliest is not None and earliest + self.required_confirmations <= daa_score

    def is_unattested(self, payment: Payment, daa_score: int | None) -> bool:
        """Whether a payment is deep enough at a score but not yet attested by a second source."""
        return (
            self.needs_attestation
            and daa_score is not None
            and not payment.is_settled
            and not payment.attested
            and self.is_deep(payment, daa_score)
        )

    def unattested(self, daa_score: int | None) -> tuple[Payment, ...]:
        """The payments that are deep enough at this score but not yet attested by a second
        source."""
        if not self.needs_attestation or daa_score is None:
            return ()
        return tuple(p for p in self.ledger.held.values() if self.is_unattested(p, daa_score))

    def is_held_up(self, daa_score: int | None) -> bool:
        """Whether new blocks alone may never confirm it: an output is gone for an unknown reason,
        or a second source has not attested a payment."""
        return any(
            payment.counts
            and (payment.missing_since is not None or self.is_unattested(payment, daa_score))
            for payment in self.ledger.held.values()
        )

    def unproven(self, daa_score: int) -> tuple[Payment, ...]:
        """Spent payments that are deep enough at this score, but whose proof of acceptance is
        older. The node has to be asked again before they count."""
        return tuple(
            payment
            for payment in self.ledger.held.values()
            if not payment.is_settled
            and payment.spent_evidence is not None
            and payment.spent_evidence
            < payment.block_daa_score + self.required_confirmations
            <= daa_score
        )


@frozen
class SessionEvent:
    """A transition that is reported to merchants."""

    type: EventType
    at: int
    """Unix milliseconds."""
    session: Session
    """The session right after this transition."""
    daa_score: int | None
    """Virtual DAA score that confirmations are counted at; None before any node was reached."""
    sequence: int = 1
    """Its number among the events of its session, from 1. The event of a new session has it at
    once; ``numbered`` assigns the others when they are stored."""

    @property
    def confirmations(self) -> int:
        """At most the required ones. Computed when read, because most events of dust are never
        sent."""
        return self.session.confirmations(self.daa_score)


def numbered(
    session: Session, events: Sequence[SessionEvent]
) -> tuple[Session, Sequence[SessionEvent]]:
    """Number a session's new events, and return the session that counts them, to be stored in one
    transaction. The same session always gives the same numbers, so a retry is safe."""
    if not events:
        return session, events
    first = session.events_told + 1
    told = [evolve(event, sequence=first + place) for place, event in enumerate(events)]
    return evolve(session, events_told=session.events_told + len(told)), told
