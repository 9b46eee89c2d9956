"""Conversion between rows of the database and objects."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from sys import intern
from typing import Any, Final

import msgspec

from kasgate.audit import AuditAction, AuditEntry
from kasgate.events import Delivery, DeliveryState, Event
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import MAX_SOMPI, Sompi
from kasgate.sessions import attention
from kasgate.sessions.ledger import Ledger, Sums
from kasgate.sessions.payments import Payment, PaymentState, Timing
from kasgate.sessions.policy import Tier
from kasgate.sessions.session import EventType, Session, SessionStatus
from kasgate.sessions.valuation import PaymentValue
from kasgate.store.queries.columns import Columns
from kasgate.store.sealing import SealedMerchant

_DECODE: Final = msgspec.json.decode
_STATUSES: Final = {status.value: status for status in SessionStatus}
_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def merchant_of(row: sqlite3.Row) -> SealedMerchant:
    return SealedMerchant(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        xpub=row["xpub"],
        account_key=row["account_key"],
        webhook_url=row["webhook_url"],
        webhook_secret=row["webhook_secret"],
        next_address_index=row["next_address_index"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        required_confirmations=row["required_confirmations"],
        confirmation_tiers=_tiers_of(row["confirmation_tiers"]),
        underpayment_tolerance=Sompi(row["underpayment_tolerance"]),
        session_lifetime=row["session_lifetime"],
        late_acceptance=row["late_acceptance"],
        display_currency=row["display_currency"],
        embed_origins=tuple(json.loads(row["embed_origins"] or "[]")),
        brand_color=row["brand_color"],
        support_url=row["support_url"],
        support_email=row["support_email"],
        logo=row["logo"],
        previous_webhook_secret=row["previous_webhook_secret"],
        previous_secret_until=row["previous_secret_until"],
    )


MERCHANT_TERMS: Final[Columns[SealedMerchant]] = {
    "id": lambda merchant: merchant.id,
    "next_address_index": lambda merchant: merchant.next_address_index,
    "created_at": lambda merchant: merchant.created_at,
}
"""The columns that an update of a merchant does not change; the index follows from the key."""

MERCHANT_STATE: Final[Columns[SealedMerchant]] = {
    "name": lambda merchant: merchant.name,
    "email": lambda merchant: merchant.email,
    "xpub": lambda merchant: merchant.xpub,
    "account_key": lambda merchant: merchant.account_key,
    "webhook_url": lambda merchant: merchant.webhook_url,
    "webhook_secret": lambda merchant: merchant.webhook_secret,
    "previous_webhook_secret": lambda merchant: merchant.previous_webhook_secret,
    "previous_secret_until": lambda merchant: merchant.previous_secret_until,
    "updated_at": lambda merchant: merchant.updated_at,
    "required_confirmations": lambda merchant: merchant.required_confirmations,
    "confirmation_tiers": lambda merchant: _tiers_text(merchant.confirmation_tiers),
    "underpayment_tolerance": lambda merchant: merchant.underpayment_tolerance,
    "session_lifetime": lambda merchant: merchant.session_lifetime,
    "late_acceptance": lambda merchant: merchant.late_acceptance,
    "display_currency": lambda merchant: merchant.display_currency,
    "embed_origins": lambda merchant: _origins_text(merchant.embed_origins),
    "brand_color": lambda merchant: merchant.brand_color,
    "support_url": lambda merchant: merchant.support_url,
    "support_email": lambda merchant: merchant.support_email,
    "logo": lambda merchant: merchant.logo,
}
"""The columns that a merchant may change, and those that change with them."""


SESSION_TERMS: Final[Columns[Session]] = {
    "id": lambda session: session.id,
    "merchant_id": lambda session: session.merchant_id,
    "account_key": lambda session: session.account_key,
    "address": lambda session: session.address,
    "address_index": lambda session: session.address_index,
    "amount": lambda session: session.amount,
    "tolerance": lambda session: session.tolerance,
    "required_confirmations": lambda session: session.required_confirmations,
    "late_acceptance_ms": lambda session: session.late_acceptance_ms,
    "needs_attestation": lambda session: int(session.needs_attestation),
    "order_id": lambda session: session.order_id,
    "description": lambda session: session.description,
    "metadata": lambda session: _text_of(session.metadata),
    "redirect_url": lambda session: session.redirect_url,
    "fiat": lambda session: _text_of(session.fiat),
    "subscription_token": lambda session: session.subscription_token,
    "created_daa_score": lambda session: session.created_daa_score,
    "created_at": lambda session: session.created_at,
}
"""The columns that are fixed when a session is created."""


def _within_supply(amount: Sompi | None) -> Sompi | None:
    return None if amount is None else min(amount, MAX_SOMPI)


SESSION_STATE: Final[Columns[Session]] = {
    "status": lambda session: session.status.value,
    "active": lambda session: int(session.is_active),
    "cancelled": lambda session: int(session.cancelled),
    "expires_at": lambda session: session.expires_at,
    "tx_id": lambda session: session.tx_id,
    "confirmations": lambda session: session.confirmations(None),
    "paid_at": lambda session: session.paid_at,
    "confirmed_at": lambda session: session.confirmed_at,
    "closed_at": lambda session: session.closed_at,
    "received": lambda session: min(session.received, MAX_SOMPI),
    "paid_state": lambda session: session.paid_state.value,
    "late": lambda session: int(session.late),
    "payments_total": lambda session: session.payments_total,
    "events_told": lambda session: session.events_told,
    "attended": lambda session: _within_supply(session.attended),
    "reverted": lambda session: int(session.reverted),
    "attention": attention.bits,
    "version": lambda session: session.version,
}
"""The columns that change during a session's life. No session receives more than the supply
(kasgate/sessions/transitions.py), but a session older than that rule may hold more, because a node
lied."""


# Derived from the other columns, and stored for lists.
_FOLLOWS: Final = (
    "active",
    "confirmations",
    "received",
    "paid_state",
    "late",
    "payments_total",
    "attention",
)
_SESSION_COLUMNS: Final = (*SESSION_TERMS, *SESSION_STATE)
SELECT_SESSION: Final = f"SELECT {', '.join(_SESSION_COLUMNS)} FROM sessions"  # noqa: S608 - ours
"""The columns that ``session_of`` reads; the caller appends a condition."""


def session_of(row: sqlite3.Row, ledger: Ledger) -> Session:
    """A session from a row of SELECT_SESSION and its ledger."""
    # By position, because a row searches its columns one by one for a name.
    fields: dict[str, Any] = dict(zip(_SESSION_COLUMNS, row, strict=True))
    for follows in _FOLLOWS:
        del fields[follows]
    # All sessions of a merchant share these two strings, so a million sessions keep one copy.
    fields["merchant_id"] = intern(fields["merchant_id"])
    fields["account_key"] = intern(fields["account_key"])
    fields["status"] = _STATUSES[fields["status"]]
    fields["needs_attestation"] = bool(fields["needs_attestation"])
    fields["cancelled"] = bool(fields["cancelled"])
    fields["reverted"] = bool(fields["reverted"])
    fields["metadata"] = _object_of(fields["metadata"])
    fields["fiat"] = _object_of(fields["fiat"])
    return Session(**fields, ledger=ledger)


def payment_of(row: sqlite3.Row) -> Payment:
    return Payment(
        outpoint=Outpoint(row["tx_id"], row["output_index"]),
        amount=Sompi(row["amount"]),
        block_daa_score=row["block_daa_score"],
        seen_at=row["seen_at"],
        accepted_at=row["accepted_at"],
        state=PaymentState(row["state"]),
        late=bool(row["late"]),
        timing=Timing(row["timing"]),
        credited=bool(row["credited"]),
        missing_since=row["missing_since"],
        spent_evidence=row["spent_evidence"],
        attested=bool(row["attested"]),
        place=row["position"],
        value=_value_of(row),
    )


def _value_of(row: sqlite3.Row) -> PaymentValue | None:
    currency = row["value_currency"]
    if currency is None:
        return None
    return PaymentValue(currency, row["value_rate"], row["value_minor"], row["value_at"])


PAYMENT_KEY: Final[Columns[Payment]] = {
    "tx_id": lambda payment: payment.outpoint.transaction_id,
    "output_index": lambda payment: payment.outpoint.index,
}
PAYMENT_COLUMNS: Final[Columns[Payment]] = {
    "position": lambda payment: payment.place,
    "amount": lambda payment: payment.amount,
    "block_daa_score": lambda payment: payment.block_daa_score,
    "seen_at": lambda payment: payment.seen_at,
    "accepted_at": lambda payment: payment.accepted_at,
    "state": lambda payment: payment.state.value,
    "late": lambda payment: int(payment.late),
    "timing": lambda payment: int(payment.timing),
    "credited": lambda payment: int(payment.credited),
    "missing_since": lambda payment: payment.missing_since,
    "spent_evidence": lambda payment: payment.spent_evidence,
    "attested": lambda payment: int(payment.attested),
}
"""The columns of a payment that may change."""

PAYMENT_VALUE: Final[Columns[Payment]] = {
    "value_currency": lambda payment: None if payment.value is None else payment.value.currency,
    "value_rate": lambda payment: None if payment.value is None else payment.value.rate,
    "value_minor": lambda payment: None if payment.value is None else payment.value.minor,
    "value_at": lambda payment: None if payment.value is None else payment.value.at,
}
"""The columns of a payment's value, which are written once, with the payment."""

SUMS_COLUMNS: Final[Columns[Sums]] = {
    "final": lambda sums: min(sums.final, MAX_SOMPI),
    "late": lambda sums: sums.late,
    "waiting": lambda sums: sums.waiting,
    "waiting_amount": lambda sums: min(sums.waiting_amount, MAX_SOMPI),
    "gone": lambda sums: sums.gone,
    "in_time": lambda sums: min(sums.in_time, MAX_SOMPI),
    "soon": lambda sums: min(sums.soon, MAX_SOMPI),
    "in_time_withdrawn": lambda sums: min(sums.in_time_withdrawn, MAX_SOMPI),
}
"""Sums of payments that are not in the session's own row. As there, no sum exceeds the supply: if
one was cut off, it is computed again when it is read (``are_cut_off``)."""


def are_cut_off(session: sqlite3.Row, sums: sqlite3.Row | None) -> bool:
    """Whether a stored sum is lower than that of the payments: before such payments were refused, a
    node reported more than the supply, or much that was withdrawn."""
    if sums is None or session["received"] >= MAX_SOMPI:
        return True
    return int(sums["in_time_withdrawn"]) >= MAX_SOMPI


def sums_of(session: sqlite3.Row, sums: sqlite3.Row) -> Sums:
    return Sums(
        total=session["payments_total"],
        received=session["received"],
        final=sums["final"],
        late=sums["late"],
        waiting=sums["waiting"],
        waiting_amount=sums["waiting_amount"],
        gone=sums["gone"],
        in_time=sums["in_time"],
        soon=sums["soon"],
        in_time_withdrawn=sums["in_time_withdrawn"],
    )


def event_of(row: sqlite3.Row) -> Event:
    return Event(
        id=row["id"],
        type=EventType(row["type"]),
        merchant_id=row["merchant_id"],
        session_id=row["session_id"],
        created_at=row["created_at"],
        payload=row["payload"],
        sequence=row["sequence"],
    )


def audit_entry_of(row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        merchant_id=row["merchant_id"],
        session_id=row["session_id"],
        action=AuditAction(row["action"]),
        actor=row["actor"],
        note=row["note"],
        details=_object_of(row["details"]) or {},
        created_at=row["created_at"],
    )


AUDIT_COLUMNS: Final[Columns[AuditEntry]] = {
    "id": lambda entry: entry.id,
    "merchant_id": lambda entry: entry.merchant_id,
    "session_id": lambda entry: entry.session_id,
    "action": lambda entry: entry.action.value,
    "actor": lambda entry: entry.actor,
    "note": lambda entry: entry.note,
    "details": lambda entry: _text_of(entry.details),
    "created_at": lambda entry: entry.created_at,
}


def delivery_of(row: sqlite3.Row) -> Delivery:
    return Delivery(
        id=row["id"],
        delivery_id=row["delivery_id"],
        merchant_id=row["merchant_id"],
        session_id=row["session_id"],
        event=EventType(row["event"]),
        payload=row["payload"],
        created_at=row["created_at"],
        sequence=row["sequence"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_retry_at"],
        status_code=row["status_code"],
        response=row["response"],
        delivered_at=row["delivered_at"],
    )


def _text_of(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else _ENCODE(dict(value))


def _object_of(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    value: dict[str, Any] = _DECODE(text)
    return value


def _tiers_text(tiers: Sequence[Tier]) -> str | None:
    return _ENCODE([[tier.below, tier.confirmations] for tier in tiers]) if tiers else None


def _tiers_of(text: str | None) -> tuple[Tier, ...]:
    return tuple(Tier(*pair) for pair in json.loads(text or "[]"))


def _origins_text(origins: Sequence[str]) -> str | None:
    return _ENCODE(list(origins)) if origins else None
