"""The payment session: a pure state machine.

Observations go in, a new session and events come out. Nothing here knows a clock, a socket or SQL;
whoever calls brings the moment along. The states and what moves between them:

    created     stored, not yet watched by a node
      → pending      the node acknowledged the watch
    pending     watched, accepted payments do not cover the amount
      → confirming   accepted payments cover it
      → expired      the deadline passed on a live link, or the merchant cancelled
    confirming  covered, not deep enough; the deadline no longer matters
      → pending      a payment was withdrawn by a reorg and what is left does not cover
      → confirmed    the covering payments have the required confirmations
    confirmed   final; more money is recorded as surplus
    expired     closed unpaid; money that still arrives is recorded as late

A payment is an outpoint. It is accepted, then confirmed (final), or withdrawn by a reorg. An
output that leaves the UTXO set is merely *missing* until somebody finds out whether it was spent
(the payment stands) or withdrawn (it does not): kaspa.md §4.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import assert_never

from attrs import evolve, frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import Sompi

PAID_IN_TIME_GRACE_MS = 30_000
"""How far past the deadline a payment may have been accepted and still be in time. Block
timestamps and DAA score estimates are that rough (security.md, Reliability 2)."""


class SessionStatus(StrEnum):
    """Where a session stands; see the module's text for what moves between them."""

    CREATED = "created"
    PENDING = "pending"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"


OPEN_STATUSES = frozenset({SessionStatus.CREATED, SessionStatus.PENDING, SessionStatus.CONFIRMING})
UNPAID_STATUSES = frozenset({SessionStatus.CREATED, SessionStatus.PENDING})


class PaidState(StrEnum):
    """What arrived, against what was asked."""

    NONE = "none"
    PARTIAL = "partial"
    EXACT = "exact"
    OVER = "over"


class PaymentState(StrEnum):
    """Where one payment stands."""

    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class EventType(StrEnum):
    """What merchants are told (contract.md §8), each by exactly one transition."""

    PENDING = "payment.pending"
    PARTIAL = "payment.partial"
    CONFIRMING = "payment.confirming"
    CONFIRMED = "payment.confirmed"
    OVERPAID = "payment.overpaid"
    EXPIRED = "payment.expired"
    LATE = "payment.late"
    REVERTED = "payment.reverted"


@frozen
class Payment:
    """One output that pays a session."""

    outpoint: Outpoint
    amount: Sompi
    block_daa_score: int
    seen_at: int
    """When the gateway first saw it, unix milliseconds."""
    accepted_at: int
    """When the network accepted it, unix milliseconds: the first sight on a live link, else the
    accepting block's timestamp or an estimate of it."""
    state: PaymentState = PaymentState.ACCEPTED
    late: bool = False
    credited: bool = True
    """False for outputs that are not plain money: shown, never counted."""
    missing_since: int | None = None
    """Unix milliseconds since which the output is gone and nobody knows why; it then counts as
    received, but gets no confirmations."""
    spent_evidence: int | None = None
    """For an output that was spent: the virtual DAA score at which the acceptance of its
    transaction was last proven. Its depth is believed up to here and no further, because a spent
    output can no longer be seen to leave."""

    @property
    def counts(self) -> bool:
        """Whether its amount is part of what was received."""
        return self.credited and self.state is not PaymentState.WITHDRAWN

    @property
    def is_settled(self) -> bool:
        """Whether nothing that the network does can still change it."""
        return self.state is not PaymentState.ACCEPTED

    @property
    def is_gone(self) -> bool:
        """Whether its output is known to have left the UTXO set."""
        return self.missing_since is not None or self.spent_evidence is not None

    @property
    def is_in_question(self) -> bool:
        """Whether it left the UTXO set before it was final: spent, or withdrawn?"""
        return self.is_gone and not self.is_settled

    @property
    def is_expected(self) -> bool:
        """Whether its output ought to be in the UTXO set, and matters."""
        return not self.is_gone and not self.is_settled

    def depth(self, daa_score: int) -> int:
        """Confirmations at a virtual DAA score: the difference, never below 0."""
        if self.missing_since is not None:
            return 0
        if self.spent_evidence is not None:
            daa_score = min(daa_score, self.spent_evidence)
        return max(0, daa_score - self.block_daa_score)


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
    order_id: str | None = None
    metadata: Mapping[str, str] | None = None
    redirect_url: str | None = None
    status: SessionStatus = SessionStatus.CREATED
    cancelled: bool = False
    payments: tuple[Payment, ...] = ()
    """In the order in which they were first credited."""
    tx_id: str | None = None
    """The transaction that completed the amount."""
    paid_at: int | None = None
    confirmed_at: int | None = None
    closed_at: int | None = None
    """When it became confirmed or expired."""
    version: int = 0
    """Counts stored changes, so that the store can refuse one made on stale ground."""

    @property
    def received(self) -> Sompi:
        """Sum of accepted payments, late ones included; never the mempool, never withdrawn ones."""
        return Sompi(sum(payment.amount for payment in self.payments if payment.counts))

    @property
    def remaining(self) -> Sompi:
        """What is still to be paid."""
        return Sompi(max(0, self.amount - self.received))

    @property
    def paid_state(self) -> PaidState:
        """What arrived against what was asked."""
        received = self.received
        if received == 0:
            return PaidState.NONE
        if received < self.amount:
            return PaidState.PARTIAL
        return PaidState.EXACT if received == self.amount else PaidState.OVER

    @property
    def late(self) -> bool:
        """Whether money arrived after it had expired."""
        return any(payment.late and payment.counts for payment in self.payments)

    @property
    def is_open(self) -> bool:
        """Created, pending or confirming."""
        return self.status in OPEN_STATUSES

    @property
    def is_active(self) -> bool:
        """Whether it needs an actor: open, or closed with a payment that is not settled."""
        return self.is_open or any(not payment.is_settled for payment in self.payments)

    @property
    def deadline(self) -> int | None:
        """When it is to expire, unix milliseconds; None once that no longer matters."""
        return self.expires_at if self.status in UNPAID_STATUSES else None

    def confirmations(self, daa_score: int | None) -> int:
        """The largest n for which the payments with at least n confirmations sum to the amount,
        else 0; at most ``required_confirmations`` (contract.md §6)."""
        if self.status is SessionStatus.CONFIRMED:
            return self.required_confirmations
        if daa_score is None:
            return 0
        return min(self.required_confirmations, _covered_depth(self, daa_score))

    def payment_confirmations(self, payment: Payment, daa_score: int | None) -> int:
        """One payment's confirmations, at most ``required_confirmations``."""
        if payment.state is PaymentState.CONFIRMED:
            return self.required_confirmations
        if payment.state is PaymentState.WITHDRAWN or daa_score is None:
            return 0
        return min(self.required_confirmations, payment.depth(daa_score))

    def payment(self, outpoint: Outpoint) -> Payment | None:
        """The payment at an outpoint, if it is known."""
        return next((p for p in self.payments if p.outpoint == outpoint), None)

    def next_due_score(self) -> int | None:
        """The virtual DAA score at which the next payment becomes deep enough; None if none can.

        A session becomes confirmed at one of these scores, so this is all that it must wake for.
        """
        return min(
            (
                payment.block_daa_score + self.required_confirmations
                for payment in self.payments
                if not payment.is_settled and payment.missing_since is None
            ),
            default=None,
        )

    def unproven(self, daa_score: int) -> tuple[Payment, ...]:
        """Spent payments that are due at this score by their numbers, while the proof of their
        acceptance is older: ask the node again before they count."""
        return tuple(
            payment
            for payment in self.payments
            if not payment.is_settled
            and payment.spent_evidence is not None
            and payment.spent_evidence
            < payment.block_daa_score + self.required_confirmations
            <= daa_score
        )


@frozen
class Moment:
    """When a step is taken."""

    at: int
    """Unix milliseconds."""
    daa_score: int | None
    """Virtual DAA score last seen; None before the first node."""


@frozen
class Watched:
    """The node acknowledged the watch of the session's address."""


@frozen
class OutputSeen:
    """The UTXO set holds this output of the session's address, with this score, now."""

    outpoint: Outpoint
    amount: Sompi
    block_daa_score: int
    accepted_at: int
    credited: bool = True


@frozen
class OutputMissing:
    """The output is no longer in the UTXO set; why is not known yet."""

    outpoint: Outpoint


@frozen
class OutputSpent:
    """The output is gone because it was spent: at this virtual DAA score its transaction was
    accepted by the selected chain."""

    outpoint: Outpoint
    daa_score: int


@frozen
class OutputWithdrawn:
    """The output is gone because the network no longer accepts its transaction."""

    outpoint: Outpoint


@frozen
class ScoreMoved:
    """Virtual reached a DAA score, after everything observed before."""

    daa_score: int


@frozen
class DeadlineReached:
    """The deadline passed, and the gateway has seen everything the node knows up to now."""


@frozen
class CancelRequested:
    """The merchant cancels."""


Observation = (
    Watched
    | OutputSeen
    | OutputMissing
    | OutputSpent
    | OutputWithdrawn
    | ScoreMoved
    | DeadlineReached
    | CancelRequested
)


@frozen
class SessionEvent:
    """A transition that merchants are told of."""

    type: EventType
    at: int
    """Unix milliseconds."""
    session: Session
    """As it stood right after this transition."""
    confirmations: int


Step = tuple[Session, tuple[SessionEvent, ...]]


def opened(session: Session) -> SessionEvent:
    """The event of a session that has just been made."""
    return SessionEvent(EventType.PENDING, session.created_at, session, 0)


def step(session: Session, observation: Observation, moment: Moment) -> Step:
    """Take one observation into account.

    Returns the very same object when nothing changed. Observations may come twice, late or in
    another order: each says how things stand, none what to add.
    """
    match observation:
        case Watched():
            return _watched(session)
        case OutputSeen():
            return _output_seen(session, observation, moment)
        case OutputMissing(outpoint):
            return _output_missing(session, outpoint, moment)
        case OutputSpent(outpoint, daa_score):
            return _output_spent(session, outpoint, daa_score, moment)
        case OutputWithdrawn(outpoint):
            return _output_withdrawn(session, outpoint, moment)
        case ScoreMoved(daa_score):
            return _score_moved(session, daa_score, moment)
        case DeadlineReached():
            if session.deadline is None or moment.at < session.deadline:
                return session, ()
            return _expired(session, moment)
        case CancelRequested():
            if session.status not in UNPAID_STATUSES:
                return session, ()
            return _expired(evolve(session, cancelled=True), moment)
        case _:
            assert_never(observation)


def _watched(session: Session) -> Step:
    if session.status is not SessionStatus.CREATED:
        return session, ()
    return evolve(session, status=SessionStatus.PENDING), ()


def _expired(session: Session, moment: Moment) -> Step:
    session = evolve(session, status=SessionStatus.EXPIRED, closed_at=moment.at)
    return session, (_event(EventType.EXPIRED, session, moment),)


def _output_seen(session: Session, seen: OutputSeen, moment: Moment) -> Step:
    known = session.payment(seen.outpoint)
    if known is None:
        return _first_sight(session, seen, moment)
    if known.state is PaymentState.CONFIRMED:
        return session, ()
    if known.state is PaymentState.WITHDRAWN:
        return _credit(_without(session, known), _fresh_payment(seen, known.seen_at), moment)
    now_known = evolve(
        known, block_daa_score=seen.block_daa_score, missing_since=None, spent_evidence=None
    )
    if now_known == known:
        return session, ()
    return _replaced(session, now_known), ()


def _first_sight(session: Session, seen: OutputSeen, moment: Moment) -> Step:
    """Coins that lay on the address before the session was made are none of its money."""
    if session.created_daa_score is not None:
        belongs = seen.block_daa_score >= session.created_daa_score
    else:
        belongs = seen.accepted_at >= session.created_at
    if not belongs:
        return session, ()
    return _credit(session, _fresh_payment(seen, moment.at), moment)


def _fresh_payment(seen: OutputSeen, seen_at: int) -> Payment:
    return Payment(
        outpoint=seen.outpoint,
        amount=seen.amount,
        block_daa_score=seen.block_daa_score,
        seen_at=seen_at,
        accepted_at=seen.accepted_at,
        credited=seen.credited,
    )


def _credit(session: Session, payment: Payment, moment: Moment) -> Step:
    """Add a payment that was not counted before, and say what that changes."""
    if not payment.credited:
        return evolve(session, payments=(*session.payments, payment)), ()
    events: tuple[SessionEvent, ...] = ()
    too_late = payment.accepted_at > session.expires_at + PAID_IN_TIME_GRACE_MS
    if session.status in UNPAID_STATUSES and too_late:
        session, events = _expired(session, moment)
    is_late = session.status is SessionStatus.EXPIRED
    session = evolve(session, payments=(*session.payments, evolve(payment, late=is_late)))
    if is_late:
        return session, (*events, _event(EventType.LATE, session, moment))
    if session.status in UNPAID_STATUSES:
        return _credit_unpaid(session, moment)
    return session, (_event(EventType.OVERPAID, session, moment),)


def _credit_unpaid(session: Session, moment: Moment) -> Step:
    if session.received < session.amount:
        session = evolve(session, status=SessionStatus.PENDING)
        return session, (_event(EventType.PARTIAL, session, moment),)
    session = evolve(
        session,
        status=SessionStatus.CONFIRMING,
        tx_id=_completing_transaction(session),
        paid_at=moment.at,
    )
    events = [_event(EventType.CONFIRMING, session, moment)]
    if session.received > session.amount:
        events.append(_event(EventType.OVERPAID, session, moment))
    return session, tuple(events)


def _output_missing(session: Session, outpoint: Outpoint, moment: Moment) -> Step:
    payment = session.payment(outpoint)
    if payment is None or not payment.is_expected:
        return session, ()
    return _replaced(session, evolve(payment, missing_since=moment.at)), ()


def _output_spent(session: Session, outpoint: Outpoint, daa_score: int, moment: Moment) -> Step:
    payment = session.payment(outpoint)
    if payment is None or not payment.is_in_question:
        return session, ()
    evidence = max(daa_score, payment.spent_evidence or 0)
    proven = evolve(payment, missing_since=None, spent_evidence=evidence)
    if proven == payment:
        return session, ()
    return _score_moved(_replaced(session, proven), evidence, moment)


def _output_withdrawn(session: Session, outpoint: Outpoint, moment: Moment) -> Step:
    """Only a missing (or spent) output can be withdrawn: one that was seen again since the
    question was put is there, whatever the answer says."""
    payment = session.payment(outpoint)
    if payment is None or not payment.is_in_question:
        return session, ()
    withdrawn = evolve(
        payment, state=PaymentState.WITHDRAWN, missing_since=None, spent_evidence=None
    )
    session = _replaced(session, withdrawn)
    if not payment.credited:
        return session, ()
    if session.status is SessionStatus.CONFIRMING:
        if session.received < session.amount:
            session = evolve(session, status=SessionStatus.PENDING, tx_id=None, paid_at=None)
        else:
            session = evolve(session, tx_id=_completing_transaction(session))
    return session, (_event(EventType.REVERTED, session, moment),)


def _score_moved(session: Session, daa_score: int, moment: Moment) -> Step:
    payments = tuple(_deepened(session, payment, daa_score) for payment in session.payments)
    if payments != session.payments:
        session = evolve(session, payments=payments)
    if session.status is not SessionStatus.CONFIRMING:
        return session, ()
    if _covered_depth(session, daa_score) < session.required_confirmations:
        return session, ()
    session = evolve(
        session,
        status=SessionStatus.CONFIRMED,
        confirmed_at=moment.at,
        closed_at=moment.at,
    )
    return session, (_event(EventType.CONFIRMED, session, moment),)


def _deepened(session: Session, payment: Payment, daa_score: int) -> Payment:
    if payment.is_settled or payment.depth(daa_score) < session.required_confirmations:
        return payment
    return evolve(payment, state=PaymentState.CONFIRMED, spent_evidence=None)


def _covered_depth(session: Session, daa_score: int) -> int:
    """The depth of the shallowest payment needed to cover the amount, deepest first."""
    counted = [
        (_effective_depth(session, payment, daa_score), payment.amount)
        for payment in session.payments
        if payment.counts
    ]
    covered = 0
    for depth, amount in sorted(counted, reverse=True):
        covered += amount
        if covered >= session.amount:
            return depth
    return 0


def _effective_depth(session: Session, payment: Payment, daa_score: int) -> int:
    depth = payment.depth(daa_score)
    if payment.state is PaymentState.CONFIRMED:
        return max(depth, session.required_confirmations)
    return depth


def _completing_transaction(session: Session) -> str | None:
    """The transaction of the payment with which the sum first reached the amount."""
    covered = 0
    for payment in session.payments:
        if payment.counts:
            covered += payment.amount
            if covered >= session.amount:
                return payment.outpoint.transaction_id
    return None


def _without(session: Session, payment: Payment) -> Session:
    return evolve(session, payments=_others(session.payments, payment.outpoint))


def _replaced(session: Session, payment: Payment) -> Session:
    return evolve(
        session,
        payments=tuple(payment if p.outpoint == payment.outpoint else p for p in session.payments),
    )


def _others(payments: Iterable[Payment], outpoint: Outpoint) -> tuple[Payment, ...]:
    return tuple(payment for payment in payments if payment.outpoint != outpoint)


def _event(type_: EventType, session: Session, moment: Moment) -> SessionEvent:
    return SessionEvent(type_, moment.at, session, session.confirmations(moment.daa_score))
