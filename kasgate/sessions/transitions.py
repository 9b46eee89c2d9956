"""The state machine of a session: observations go in, a new session and events come out.

``kasgate.sessions.session`` lists the states and their transitions. Nothing here knows a clock, a
socket or SQL; the caller passes the moment.
"""

from __future__ import annotations

from typing import Final, assert_never

from kasgate.evolving import evolve
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import MAX_SOMPI
from kasgate.sessions import attention
from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    ClockCorrected,
    DeadlineBroughtForward,
    DeadlineReached,
    DismissRequested,
    FailRequested,
    MempoolSeen,
    Moment,
    Observation,
    OutputMissing,
    OutputSeen,
    OutputSpent,
    OutputWithdrawn,
    PaymentAttested,
    ScoreMoved,
    Watched,
)
from kasgate.sessions.payments import MempoolSighting, Payment, PaymentState, Timing
from kasgate.sessions.session import (
    UNPAID_STATUSES,
    EventType,
    PaidState,
    Session,
    SessionEvent,
    SessionStatus,
)
from kasgate.sessions.valuation import value_when_found

PAID_IN_TIME_GRACE_MS: Final = 30_000
"""How long after the deadline a payment may be accepted and still be in time. Block timestamps and
estimates from DAA scores are that inexact (security.md, Reliability 2)."""

SIGHTINGS_KEPT: Final = 50
"""The most mempool outputs that are shown; anybody may send to an address. The first are kept."""

Step = tuple[Session, tuple[SessionEvent, ...]]


def opened(session: Session) -> SessionEvent:
    """The event of a newly created session."""
    return SessionEvent(EventType.PENDING, session.created_at, session, None)


def step(
    session: Session,
    observation: Observation,
    moment: Moment,
    completing: Payment | None = None,
) -> Step:
    """Apply one observation. The payments that it concerns have to be held. Where
    ``needs_completing`` is true, ``completing`` is the payment that it asks for.

    Returns the very same object when nothing changed; a refused request of a merchant also returns
    it. If only ``sightings`` changed, the new session equals the old one: there is something to
    show, but nothing to store.
    """
    match observation:
        case Watched():
            return _watched(session)
        case MempoolSeen(outputs):
            return _mempool_seen(session, outputs, moment)
        case OutputSeen():
            return _output_seen(session, observation, moment, completing)
        case OutputMissing(outpoint):
            return _output_missing(session, outpoint, moment)
        case OutputSpent(outpoint, daa_score):
            return _output_spent(session, outpoint, daa_score, moment)
        case OutputWithdrawn(outpoint):
            return _output_withdrawn(session, outpoint, moment, completing)
        case PaymentAttested(outpoint):
            return _payment_attested(session, outpoint, moment)
        case ScoreMoved(daa_score):
            return _score_moved(session, daa_score, moment)
        case DeadlineReached() | DeadlineBroughtForward():
            return _deadline(session, observation, moment)
        case ClockCorrected():
            return _clock_corrected(session, observation), ()
        case CancelRequested() | AcceptRequested() | FailRequested() | DismissRequested():
            return _requested(session, observation, moment, completing)
        case _:
            assert_never(observation)


def needs_completing(session: Session, observation: Observation) -> bool:
    """Whether a step needs the payment that completes the amount, because it may be shelved. That
    is the first payment with which the sum is enough or, if the sum is not, the last one that
    counts. The payment that the observation withdraws is left out."""
    if not session.ledger.shelved.total:
        return False
    match observation:
        case OutputWithdrawn(outpoint):
            payment = session.payment(outpoint)
            return (
                session.status is SessionStatus.CONFIRMING
                and payment is not None
                and payment.is_in_question
            )
        case OutputSeen():
            return session.is_covered and _may_reopen(session, observation)
        case AcceptRequested():
            return True
        case _:
            return False


def _may_reopen(session: Session, seen: OutputSeen) -> bool:
    """Whether this output may reopen a closed session that is covered already."""
    known = session.payment(seen.outpoint)
    if known is None:
        return session.takes_late(seen.accepted_at)
    if known.state is not PaymentState.WITHDRAWN:
        return False
    if known.was_in_time:
        return session.may_reopen and session.soon_enough + seen.amount >= session.enough
    return session.takes_late(known.accepted_at)


def _requested(
    session: Session,
    request: CancelRequested | AcceptRequested | FailRequested | DismissRequested,
    moment: Moment,
    completing: Payment | None,
) -> Step:
    match request:
        case CancelRequested():
            return _cancelled(session, moment)
        case AcceptRequested():
            return _accepted(session, moment, completing)
        case FailRequested():
            return _failed(session, moment)
        case DismissRequested():
            return _dismissed(session)
        case _:
            assert_never(request)


def _watched(session: Session) -> Step:
    if session.status is not SessionStatus.CREATED:
        return session, ()
    return evolve(session, status=SessionStatus.PENDING), ()


def _deadline(
    session: Session, observation: DeadlineReached | DeadlineBroughtForward, moment: Moment
) -> Step:
    if session.deadline is None:
        return session, ()
    match observation:
        case DeadlineBroughtForward(at):
            return (evolve(session, expires_at=at) if at < session.expires_at else session), ()
        case DeadlineReached():
            if moment.at < session.deadline:
                return session, ()
            return _closed(session, SessionStatus.EXPIRED, moment)


def _clock_corrected(session: Session, clock: ClockCorrected) -> Session:
    """Correct the deadline, so that the shopper gets the promised time to pay.

    No node checked the clock of a session that was created while no node was connected, perhaps by
    an earlier process. Such a session may get more time, never less.
    """
    if session.status not in UNPAID_STATUSES:
        return session
    if clock.since <= session.created_at <= clock.until:
        return evolve(
            session,
            created_at=session.created_at + clock.by,
            expires_at=session.expires_at + clock.by,
        )
    if session.created_daa_score is None and clock.by > 0:
        return evolve(session, expires_at=session.expires_at + clock.by)
    return session


def _cancelled(session: Session, moment: Moment) -> Step:
    if session.status not in UNPAID_STATUSES:
        return session, ()
    return _closed(evolve(session, cancelled=True), SessionStatus.EXPIRED, moment)


def _accepted(session: Session, moment: Moment, completing: Payment | None) -> Step:
    """Confirm by the merchant's decision, in spite of missing confirmations, money or punctuality.

    The received amount then counts as complete, so the completing payment is the last one if no
    earlier one was enough. The payments keep their own states, and late ones stay late.
    """
    is_part_paid = session.status in UNPAID_STATUSES and session.received > 0
    is_stuck = session.status is SessionStatus.CONFIRMING and session.is_held_up(moment.daa_score)
    if session.status is not SessionStatus.EXPIRED and not is_part_paid and not is_stuck:
        return session, ()
    if not session.ledger.shelved.total:
        counted = [payment for payment in session.payments if payment.counts]
        completing = session.completing_payment or (counted[-1] if counted else None)
    accepted = session
    if completing is not None:
        accepted = evolve(
            session,
            tx_id=completing.outpoint.transaction_id,
            paid_at=completing.seen_at,
        )
    return _decided(session, _closed(accepted, SessionStatus.CONFIRMED, moment))


def _failed(session: Session, moment: Moment) -> Step:
    if session.status in (SessionStatus.CONFIRMED, SessionStatus.FAILED):
        return session, ()
    return _decided(session, _closed(session, SessionStatus.FAILED, moment))


def _dismissed(session: Session) -> Step:
    if not attention.reasons(session):
        return session, ()
    return attention.decided(session, session), ()


def _decided(before: Session, closed: Step) -> Step:
    """The result of a decision, after which the session's money needs no more attention."""
    session, events = closed
    return attention.decided(before, session), events


def _closed(session: Session, status: SessionStatus, moment: Moment) -> Step:
    """Close the session, or move it from one closed state to another, with the matching event."""
    is_confirmed = status is SessionStatus.CONFIRMED
    session = evolve(
        session,
        status=status,
        sightings=(),
        confirmed_at=moment.at if is_confirmed else None,
        closed_at=moment.at,
    )
    return session, (_event(_CLOSING_EVENTS[status], session, moment),)


_CLOSING_EVENTS: Final = {
    SessionStatus.CONFIRMED: EventType.CONFIRMED,
    SessionStatus.EXPIRED: EventType.EXPIRED,
    SessionStatus.FAILED: EventType.FAILED,
}


def _mempool_seen(session: Session, outputs: tuple[MempoolSighting, ...], moment: Moment) -> Step:
    """Update the sightings, which show the shopper that a payment is on its way. A covered or
    closed session needs none, and an accepted output is shown as a payment."""
    if session.status not in UNPAID_STATUSES:
        return session, ()
    first_seen = {known.outpoint: known.seen_at for known in session.sightings}
    held = {
        shown.outpoint: evolve(
            shown, seen_at=min(shown.seen_at, first_seen.get(shown.outpoint, shown.seen_at))
        )
        for shown in outputs
    }
    left = {
        known.outpoint: known if known.left_at is not None else evolve(known, left_at=moment.at)
        for known in session.sightings_at(moment.at)
        if known.outpoint not in held
    }
    on_their_way = (held | left).values()
    sightings = tuple(s for s in on_their_way if not _is_accepted(session, s.outpoint))
    sightings = sightings[:SIGHTINGS_KEPT]
    if sightings == session.sightings:
        return session, ()
    return evolve(session, sightings=sightings), ()


def _is_accepted(session: Session, outpoint: Outpoint) -> bool:
    payment = session.payment(outpoint)
    return payment is not None and payment.state is not PaymentState.WITHDRAWN


def _output_seen(
    session: Session, seen: OutputSeen, moment: Moment, completing: Payment | None
) -> Step:
    known = session.payment(seen.outpoint)
    if known is None:
        return _first_sight(session, seen, moment, completing)
    if known.state is PaymentState.CONFIRMED:
        return session, ()
    if known.state is PaymentState.WITHDRAWN:
        return _credit_again(session, known, seen, moment, completing)
    now_known = evolve(
        known,
        block_daa_score=seen.block_daa_score,
        missing_since=None,
        spent_evidence=None,
        # The attestation was about the earlier accepting block, not about this one.
        attested=known.attested and seen.block_daa_score == known.block_daa_score,
    )
    if now_known == known:
        return session, ()
    return _replaced(session, now_known), ()


def _first_sight(
    session: Session, seen: OutputSeen, moment: Moment, completing: Payment | None
) -> Step:
    """Credit a new payment. Coins that were on the address before the session do not count."""
    if session.created_daa_score is not None:
        belongs = seen.block_daa_score >= session.created_daa_score
    else:
        belongs = seen.accepted_at >= session.created_at
    if not belongs:
        return session, ()
    payment = _fresh_payment(seen, moment.at)
    if moment.rate is not None and payment.credited:
        value = value_when_found(seen.amount, moment.rate, seen.accepted_at, moment.at)
        payment = evolve(payment, value=value)
    return _credit(session, payment, moment, completing)


def _fresh_payment(seen: OutputSeen, seen_at: int) -> Payment:
    return Payment(
        outpoint=seen.outpoint,
        amount=seen.amount,
        block_daa_score=seen.block_daa_score,
        seen_at=seen_at,
        accepted_at=seen.accepted_at,
        credited=seen.credited,
    )


def _credit_again(
    session: Session, known: Payment, seen: OutputSeen, moment: Moment, completing: Payment | None
) -> Step:
    """Credit a withdrawn payment that the network accepts again. It keeps its first time, and the
    value that it had then."""
    again = evolve(
        _fresh_payment(seen, known.seen_at), accepted_at=known.accepted_at, value=known.value
    )
    return _credit(session, again, moment, completing, was_in_time=known.was_in_time)


def _credit(
    session: Session,
    payment: Payment,
    moment: Moment,
    completing: Payment | None,
    *,
    was_in_time: bool = False,
) -> Step:
    """Credit a payment that did not count before, and apply the consequences. If the sum was enough
    without it, ``completing`` is the payment that completed the amount. ``was_in_time`` is for a
    payment that counted before and came in time then."""
    sighting = next((s for s in session.sightings if s.outpoint == payment.outpoint), None)
    if sighting is not None:
        others = tuple(s for s in session.sightings if s is not sighting)
        session = evolve(session, sightings=others)
    if session.received + payment.amount > MAX_SOMPI:
        # No address can hold more than all the coins: one payment is a lie, and the first one
        # counts.
        payment = evolve(payment, credited=False)
    if not payment.credited:
        return evolve(session, ledger=session.ledger.credited(payment)), ()
    events: tuple[SessionEvent, ...] = ()
    in_time = was_in_time or payment.accepted_at <= session.expires_at + PAID_IN_TIME_GRACE_MS
    if sighting is not None:
        in_time = in_time or payment.accepted_at <= session.in_time_until(sighting)
    if session.status in UNPAID_STATUSES and not in_time:
        session, events = _closed(session, SessionStatus.EXPIRED, moment)
    is_closed = session.status in (SessionStatus.EXPIRED, SessionStatus.FAILED)
    is_late = is_closed and not (was_in_time and session.may_reopen)
    timing = _timing(session, payment, in_time=in_time and not is_late)
    payment = evolve(payment, late=is_late, timing=timing)
    if not session.is_covered:
        completing = payment
    session = evolve(session, ledger=session.ledger.credited(payment))
    if is_closed:
        session, more = _credit_closed(session, payment, moment, completing)
        return session, (*events, *more)
    if session.status in UNPAID_STATUSES:
        return _credit_unpaid(session, payment, moment)
    return session, _surplus_events(session, moment)


def _timing(session: Session, payment: Payment, *, in_time: bool) -> Timing:
    if in_time:
        return Timing.IN_TIME
    return Timing.SOON if session.is_soon(payment.accepted_at) else Timing.TOO_LATE


def _credit_closed(
    session: Session, payment: Payment, moment: Moment, completing: Payment | None
) -> Step:
    """Credit money for a closed session: late, or back in time after a reorg. The session reopens
    if its deadline had closed it and this money covers it soon enough."""
    told = _event(EventType.LATE if payment.late else EventType.PARTIAL, session, moment)
    if not session.is_covered or not _is_soon_enough(session, payment):
        return session, (told,)
    completing = _completing(session, completing)
    session, reopening = _covered(evolve(session, closed_at=None), completing, moment)
    return session, (told, *reopening) if payment.late else reopening


def _is_soon_enough(session: Session, payment: Payment) -> bool:
    """Whether the money that covers a closed session, since this payment, came soon enough."""
    if payment.late:
        return session.takes_late(payment.accepted_at)
    return session.soon_enough >= session.enough


def _credit_unpaid(session: Session, payment: Payment, moment: Moment) -> Step:
    """Cover an unpaid session if this payment completes it, since it was not covered before."""
    if not session.is_covered:
        session = evolve(session, status=SessionStatus.PENDING)
        return session, (_event(EventType.PARTIAL, session, moment),)
    return _covered(session, payment, moment)


def _covered(session: Session, completing: Payment | None, moment: Moment) -> Step:
    """Begin to confirm: enough has arrived, and only depth is missing."""
    session = evolve(
        session,
        status=SessionStatus.CONFIRMING,
        sightings=(),
        tx_id=_transaction_of(completing),
        paid_at=moment.at,
        # The session is paid, so an earlier decision about it has no meaning for this confirmation.
        attended=None,
    )
    events = (_event(EventType.CONFIRMING, session, moment),)
    return session, (*events, *_surplus_events(session, moment))


def _surplus_events(session: Session, moment: Moment) -> tuple[SessionEvent, ...]:
    """Events for money beyond the price. While the session confirms, money within the tolerance is
    reported by the confirmation event. After the confirmation, an event of its own reports it."""
    is_final = session.status is SessionStatus.CONFIRMED
    if not is_final and session.paid_state is not PaidState.OVER:
        return ()
    return (_event(EventType.OVERPAID, session, moment),)


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


def _output_withdrawn(
    session: Session, outpoint: Outpoint, moment: Moment, completing: Payment | None
) -> Step:
    """Withdraw a missing or spent output. One that was seen again after the question was asked is
    there, whatever the answer was."""
    payment = session.payment(outpoint)
    if payment is None or not payment.is_in_question:
        return session, ()
    withdrawn = evolve(
        payment,
        state=PaymentState.WITHDRAWN,
        missing_since=None,
        spent_evidence=None,
        attested=False,
    )
    before, session = session, _replaced(session, withdrawn)
    if not payment.credited:
        return session, ()
    if session.status is SessionStatus.CONFIRMING:
        if session.is_covered:
            completing = _completing(session, completing)
            session = evolve(session, tx_id=_transaction_of(completing))
        else:
            session = evolve(session, status=SessionStatus.PENDING, tx_id=None, paid_at=None)
    session = attention.withdrawn(before, session)
    return session, (_event(EventType.REVERTED, session, moment),)


def _payment_attested(session: Session, outpoint: Outpoint, moment: Moment) -> Step:
    """Mark a payment as attested if it is deep enough now. The question is asked only then, and an
    answer about an earlier accepting block is out of date. The next score makes it final."""
    payment = session.payment(outpoint)
    if payment is None or not session.is_unattested(payment, moment.daa_score):
        return session, ()
    return _replaced(session, evolve(payment, attested=True)), ()


def _score_moved(session: Session, daa_score: int, moment: Moment) -> Step:
    """Make payments final that are deep enough now, then confirm a session that final payments
    cover."""
    held = session.ledger.held.values()
    deepened = [new for old in held if (new := _deepened(session, old, daa_score)) is not old]
    if deepened:
        session = evolve(session, ledger=session.ledger.replaced(deepened))
    if session.status is not SessionStatus.CONFIRMING or session.final < session.enough:
        return session, ()
    return _closed(session, SessionStatus.CONFIRMED, moment)


def _deepened(session: Session, payment: Payment, daa_score: int) -> Payment:
    """The payment, final if it is deep enough at this score and, where the session needs that,
    attested; else the very same object."""
    if payment.is_settled or not session.is_deep(payment, daa_score):
        return payment
    if session.needs_attestation and not payment.attested:
        return payment
    return evolve(payment, state=PaymentState.CONFIRMED, spent_evidence=None)


def _completing(session: Session, told: Payment | None) -> Payment | None:
    """The payment that completes the amount: computed if all are held, else the one passed in."""
    return told if session.ledger.shelved.total else session.completing_payment


def _transaction_of(payment: Payment | None) -> str | None:
    return None if payment is None else payment.outpoint.transaction_id


def _replaced(session: Session, payment: Payment) -> Session:
    return evolve(session, ledger=session.ledger.replaced((payment,)))


def _event(type_: EventType, session: Session, moment: Moment) -> SessionEvent:
    return SessionEvent(type_, moment.at, session, moment.daa_score)
