"""Sessions and observations for tests. Tests override defaults by name."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import SOMPI_PER_KAS, Sompi
from kasgate.sessions.observations import Moment, Observation, OutputSeen
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import EventType, Session, SessionEvent, SessionStatus
from kasgate.sessions.transitions import step

CREATED_AT = 1_700_000_000_000
TTL_MS = 1_800_000
CREATED_SCORE = 1_000


def kas(amount: float) -> Sompi:
    return Sompi(round(amount * SOMPI_PER_KAS))


def a_session(**changes: Any) -> Session:
    """A pending session for 10 KAS that requires 10 confirmations."""
    values: dict[str, Any] = {
        "id": "6f1f7a3e-0f5e-4a57-9d5c-000000000001",
        "merchant_id": "mer_1",
        "account_key": "k" * 64,
        "address": "kaspasim:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s7skwr78y",
        "address_index": 0,
        "amount": kas(10),
        "required_confirmations": 10,
        "created_at": CREATED_AT,
        "expires_at": CREATED_AT + TTL_MS,
        "created_daa_score": CREATED_SCORE,
        "subscription_token": "token",
        "status": SessionStatus.PENDING,
    }
    return Session(**(values | changes))


def holding(session: Session, *payments: Payment) -> Session:
    """A session with these payments, in this order: its existing ones with their new state, and the
    others as new ones. It must include all existing ones."""
    ledger = session.ledger
    for place, payment in enumerate(payments):
        placed = evolve(payment, place=place)
        if payment.outpoint in ledger.held:
            ledger = ledger.replaced((placed,))
        else:
            ledger = ledger.credited(placed).replaced((placed,))
    in_order = sorted(ledger.held.values(), key=lambda payment: payment.place)
    assert len(in_order) == len(payments)
    held = {payment.outpoint: payment for payment in in_order}
    return evolve(session, ledger=evolve(ledger, held=held, next_place=len(held)))


def outpoint(number: int, index: int = 0) -> Outpoint:
    return Outpoint(f"{number:064x}", index)


def seen(number: int, amount: float, score: int, at: int = CREATED_AT + 1_000) -> OutputSeen:
    return OutputSeen(outpoint(number), kas(amount), score, accepted_at=at)


def after(
    session: Session, *observations: Observation, at: int = CREATED_AT + 1_000, score: int = 1_005
) -> tuple[Session, list[EventType]]:
    """Apply observations at one moment. Returns the session and the types of its events."""
    events: list[SessionEvent] = []
    for observation in observations:
        session, new = step(session, observation, Moment(at, score))
        events.extend(new)
    return session, [event.type for event in events]
