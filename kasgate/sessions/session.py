"""The payment session: what is asked for, what was paid on it, and what follows from the two.

Nothing here knows a clock, a socket or SQL. The states and what moves between them, which is done
in ``kasgate.sessions.transitions``:

    created     stored, not yet watched by a node
      → pending      the node acknowledged the watch
    pending     watched, accepted payments do not cover the amount
      → confirming   accepted payments cover it
      → expired      the deadline passed on a live link, or the merchant cancelled
      → confirmed    the merchant accepts the part that was paid
    confirming  covered, not deep enough; the deadline no longer matters
      → pending      a payment was withdrawn by a reorg and what is left does not cover
      → confirmed    the covering payments have the required confirmations, or the merchant accepts
                     what can't be proven
    confirmed   final; more money is recorded as surplus
    expired     closed unpaid; money that still arrives is recorded as late
      → confirming   it covers the session soon enough, and the merchant takes late money; or a
                     payment that came in time, and that a reorg withdrew, is accepted again
      → confirmed    the merchant accepts it as it is
    failed      final; given up by the merchant, from any state but confirmed; money that still
                arrives is recorded as late
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from attrs import evolve, field, frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import NOTHING, Sompi, asked_for
from kasgate.sessions.ledger import NO_PAYMENTS, Ledger
from kasgate.sessions.payments import MempoolSighting, Payment, PaymentState

SIGHTING_PATIENCE_MS = 60_000
"""For how long a payment that the mempool showed before the deadline keeps the session waiting.
What a node's mempool holds is accepted within seconds, or not at all."""


WITHDRAWN_PATIENCE_MS = 600_000
"""For how long past its deadline a session that was covered in time waits for what a reorg withdrew
of it. Most of what loses its block is accepted again within seconds; the rest may have to wait in
a mempool."""


SIGHTING_LINGER_MS = 5_000
"""For how long what left the mempool counts as on its way: to be accepted, or to come back."""


class SessionStatus(StrEnum):
    """Where a session stands; see the module's text for what moves between them."""

    CREATED = "created"
    PENDING = "pending"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    FAILED = "failed"


OPEN_STATUSES = frozenset({SessionStatus.CREATED, SessionStatus.PENDING, SessionStatus.CONFIRMING})
UNPAID_STATUSES = frozenset({SessionStatus.CREATED, SessionStatus.PENDING})


class PaidState(StrEnum):
    """What arrived, against what was asked."""

    NONE = "none"
    PARTIAL = "partial"
    EXACT = "exact"
    OVER = "over"


class EventType(StrEnum):
    """What merchants are told (contract.md §8), each by exactly one transition."""

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
    """A merchant's request for an amount, and everything that was paid on it."""

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
    """Virtual DAA score last seen at creation; None when no node had been reached."""
    subscription_token: str
    tolerance: Sompi = NOTHING
    """By how much less than the amount may be paid and still be enough."""
    late_acceptance_ms: int = 0
    """For how long after it expired money that covers it is taken as payment; 0 leaves all of that
    to the merchant."""
    needs_attestation: bool = False
    """Whether its payments are final only once a second source says that they are accepted."""
    order_id: str | None = None
    metadata: Mapping[str, str] | None = None
    redirect_url: str | None = None
    fiat: Mapping[str, Any] | None = None
    """The price in another currency that the amount was made from, as it is shown."""
    status: SessionStatus = SessionStatus.CREATED
    cancelled: bool = False
    ledger: Ledger = NO_PAYMENTS
    """What was paid on it."""
    sightings: tuple[MempoolSighting, ...] = field(default=(), eq=False)
    """What the mempool shows while the session waits for money. Never stored, never counted, and
    no part of what makes two sessions equal."""
    tx_id: str | None = None
    """The transaction that completed the amount, or what the merchant accepted in its place."""
    paid_at: int | None = None
    confirmed_at: int | None = None
    closed_at: int | None = None
    """When it last became confirmed, expired or failed."""
    events_told: int = 1
    """How many events have been stored of it, the first of which is stored with it. The next one's
    ``sequence`` is one more."""
    attended: Sompi | None = None
    """What had been received when the merchant last decided about it while it was closed, or
    accepted it; None if that never was (kasgate/sessions/attention.py)."""
    reverted: bool = False
    """Whether a payment was withdrawn while it confirmed, and nobody decided about it since."""
    version: int = 0
    """Counts stored changes, so that the store can refuse one made on stale ground."""

    @property
    def payments(self) -> tuple[Payment, ...]:
        """Those that are held in memory, in the order in which they were credited: all of them,
        unless there are some hundreds (``kasgate.sessions.ledger``)."""
        return tuple(self.ledger.held.values())

    @property
    def payments_total(self) -> int:
        """How many payments there are, held or not."""
        return self.ledger.sums.total

    @property
    def received(self) -> Sompi:
        """Sum of accepted payments, late ones included; never the mempool, never withdrawn ones."""
        return self.ledger.sums.received

    @property
    def final(self) -> Sompi:
        """The part of what was received that nothing can take away."""
        return self.ledger.sums.final

    @property
    def enough(self) -> Sompi:
        """The least that covers the session: its amount less what is tolerated."""
        return Sompi(max(1, self.amount - self.tolerance))

    @property
    def is_covered(self) -> bool:
        """Whether enough was received, at whatever depth."""
        return self.received >= self.enough

    @property
    def remaining(self) -> Sompi:
        """What is still to be paid: all of the rest, or nothing once it is covered."""
        return NOTHING if self.is_covered else Sompi(self.amount - self.received)

    @property
    def due(self) -> Sompi:
        """What the shopper is asked to send now: what remains, or a little more where no wallet
        can send so little. Nothing once it is covered or closed."""
        if self.status not in UNPAID_STATUSES:
            return NOTHING
        return asked_for(self.remaining, self.amount)

    @property
    def paid_state(self) -> PaidState:
        """What arrived against what was asked, whatever is tolerated."""
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
        """Created, pending or confirming."""
        return self.status in OPEN_STATUSES

    @property
    def is_active(self) -> bool:
        """Whether it needs an actor: open, or closed with a payment that is not settled."""
        return self.is_open or self.ledger.sums.unsettled > 0

    @property
    def deadline(self) -> int | None:
        """When it is to expire, unix milliseconds; None once that no longer matters.

        A payment that was in the mempool before ``expires_at`` is waited for, and so is one that
        came in time and was withdrawn, if with it the session would be covered.
        """
        if self.status not in UNPAID_STATUSES:
            return None
        end = self.expires_at + (WITHDRAWN_PATIENCE_MS if self.awaits_withdrawn else 0)
        if not self.sightings:
            return end
        return max((end, *map(self._waits_until, self.sightings)))

    @property
    def awaits_withdrawn(self) -> bool:
        """Whether an unpaid session was covered in time, and would be again if what a reorg
        withdrew of that came back."""
        sums = self.ledger.sums
        in_time = sums.in_time + sums.in_time_withdrawn
        return self.status in UNPAID_STATUSES and in_time >= self.enough

    @property
    def soon_enough(self) -> Sompi:
        """The part of what was received that came in time, or so soon after it that the merchant
        takes it."""
        return Sompi(self.ledger.sums.in_time + self.ledger.sums.soon)

    def _waits_until(self, sighting: MempoolSighting) -> int:
        if sighting.left_at is None:
            return self.in_time_until(sighting)
        return min(self.in_time_until(sighting), sighting.left_at + SIGHTING_LINGER_MS)

    def in_time_until(self, sighting: MempoolSighting) -> int:
        """The last moment at which a payment that the mempool showed may be accepted and be in
        time for being seen there; unix milliseconds. One seen too late gains nothing."""
        is_in_time = sighting.seen_at <= self.expires_at
        return sighting.seen_at + SIGHTING_PATIENCE_MS if is_in_time else self.expires_at

    def sightings_at(self, now: int) -> tuple[MempoolSighting, ...]:
        """What is on its way at a unix time in milliseconds, as it is shown."""
        return tuple(
            sighting
            for sighting in self.sightings
            if sighting.left_at is None or now < sighting.left_at + SIGHTING_LINGER_MS
        )

    def takes_late(self, accepted_at: int) -> bool:
        """Whether money that the network accepted at this unix time in milliseconds, too late,
        still pays the session if it covers it."""
        return self.may_reopen and self.is_soon(accepted_at)

    def is_soon(self, accepted_at: int) -> bool:
        """Whether what was accepted out of time, at this unix time in milliseconds, was so soon
        enough for its merchant."""
        return 0 < self.late_acceptance_ms >= accepted_at - self.expires_at

    @property
    def may_reopen(self) -> bool:
        """Whether its time ran out. One that the merchant closed stays closed."""
        return self.status is SessionStatus.EXPIRED and not self.cancelled

    @property
    def completing_payment(self) -> Payment | None:
        """The payment with which the sum first was enough, where all payments are held."""
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

        Of payments that are not held it is known how deep all of them are at least, so that where
        they are needed to cover the amount this may be less, and never more.
        """
        if self.status is SessionStatus.CONFIRMED:
            return self.required_confirmations
        # Most sessions that are read wait for their first payment.
        if daa_score is None or not self.ledger.sums.total or not self.is_covered:
            return 0
        return self._covered_depth(daa_score)

    def _covered_depth(self, daa_score: int) -> int:
        """The depth of the shallowest payment needed to cover the amount, deepest first. There is
        enough of them."""
        held, shelved = self.ledger.held, self.ledger.shelved
        if self.ledger.sums.total == 1:  # As nearly always, and everybody who watches asks.
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
        """What every shelved payment that waits has at least, at most what is required."""
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
        """The virtual DAA score at which the next payment becomes deep enough, seen from a score,
        or an earlier one; None if none can.

        A session becomes confirmed at one of these scores, so this is all that it must wake for.
        What only waits for a second source is not among them: the source's word wakes it.
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
        """Whether a payment that is not held may be deep enough at a virtual DAA score."""
        earliest = self.ledger.earliest
        return earliest is not None and earliest + self.required_confirmations <= daa_score

    def is_unattested(self, payment: Payment, daa_score: int | None) -> bool:
        """Whether a payment is deep enough at a score, while no second source has said so yet."""
        return (
            self.needs_attestation
            and daa_score is not None
            and not payment.is_settled
            and not payment.attested
            and self.is_deep(payment, daa_score)
        )

    def unattested(self, daa_score: int | None) -> tuple[Payment, ...]:
        """Payments that are deep enough at this score, while no second source has said so yet."""
        if not self.needs_attestation or daa_score is None:
            return ()
        return tuple(p for p in self.ledger.held.values() if self.is_unattested(p, daa_score))

    def is_held_up(self, daa_score: int | None) -> bool:
        """Whether blocks alone may never confirm it: an output is gone and nobody knows why, or a
        second source has not said that a payment is accepted."""
        return any(
            payment.counts
            and (payment.missing_since is not None or self.is_unattested(payment, daa_score))
            for payment in self.ledger.held.values()
        )

    def unproven(self, daa_score: int) -> tuple[Payment, ...]:
        """Spent payments that are due at this score by their numbers, while the proof of their
        acceptance is older: ask the node again before they count."""
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
    """A transition that merchants are told of."""

    type: EventType
    at: int
    """Unix milliseconds."""
    session: Session
    """As it stood right after this transition."""
    daa_score: int | None
    """Virtual DAA score that confirmations are counted at; None before the first node."""
    sequence: int = 1
    """Its number among the events of its session, from 1. Only what is new with the session has it
    at once: ``numbered`` gives it to the others when they are stored."""

    @property
    def confirmations(self) -> int:
        """At most the required ones. Counted when asked: most events of dust are never told."""
        return self.session.confirmations(self.daa_score)


def numbered(
    session: Session, events: Sequence[SessionEvent]
) -> tuple[Session, Sequence[SessionEvent]]:
    """A session's new events with their numbers, and the session that counts them: to be stored in
    one transaction. From the same session the same numbers come, however often it is tried."""
    if not events:
        return session, events
    first = session.events_told + 1
    told = [evolve(event, sequence=first + place) for place, event in enumerate(events)]
    return evolve(session, events_told=session.events_told + len(told)), told
