"""Rows of the database as values of the domain, and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from kasgate.events import Delivery, DeliveryState, Event
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import Sompi
from kasgate.payments import Payment, PaymentState
from kasgate.session import EventType, Session, SessionStatus
from kasgate.store.sealing import SealedMerchant

Value = str | int | None
"""What a column holds."""


def merchant_of(row: sqlite3.Row) -> SealedMerchant:
    return SealedMerchant(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        xpub=row["xpub"],
        account_key=row["account_key"],
        api_key_hash=row["api_key_hash"],
        webhook_url=row["webhook_url"],
        webhook_secret=row["webhook_secret"],
        next_address_index=row["next_address_index"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def session_of(row: sqlite3.Row, payments: Sequence[Payment]) -> Session:
    """A session from its row and its payments, which come in the order of their positions."""
    return Session(
        id=row["id"],
        merchant_id=row["merchant_id"],
        account_key=row["account_key"],
        address=row["address"],
        address_index=row["address_index"],
        amount=Sompi(row["amount"]),
        required_confirmations=row["required_confirmations"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        created_daa_score=row["created_daa_score"],
        subscription_token=row["subscription_token"],
        order_id=row["order_id"],
        metadata=_metadata_of(row["metadata"]),
        redirect_url=row["redirect_url"],
        status=SessionStatus(row["status"]),
        cancelled=bool(row["cancelled"]),
        payments=tuple(payments),
        tx_id=row["tx_id"],
        paid_at=row["paid_at"],
        confirmed_at=row["confirmed_at"],
        closed_at=row["closed_at"],
        version=row["version"],
    )


def terms_values(session: Session) -> tuple[Value, ...]:
    """The columns that are fixed when a session is made."""
    return (
        session.id,
        session.merchant_id,
        session.account_key,
        session.address,
        session.address_index,
        session.amount,
        session.required_confirmations,
        session.order_id,
        _metadata_text(session.metadata),
        session.redirect_url,
        session.subscription_token,
        session.created_daa_score,
        session.created_at,
        session.expires_at,
    )


def state_values(session: Session) -> tuple[Value, ...]:
    """The columns that change in a session's life, its version apart."""
    return (
        session.status.value,
        int(session.is_active),
        int(session.cancelled),
        session.tx_id,
        session.required_confirmations if session.status is SessionStatus.CONFIRMED else 0,
        session.paid_at,
        session.confirmed_at,
        session.closed_at,
    )


def payment_of(row: sqlite3.Row) -> Payment:
    return Payment(
        outpoint=Outpoint(row["tx_id"], row["output_index"]),
        amount=Sompi(row["amount"]),
        block_daa_score=row["block_daa_score"],
        seen_at=row["seen_at"],
        accepted_at=row["accepted_at"],
        state=PaymentState(row["state"]),
        late=bool(row["late"]),
        credited=bool(row["credited"]),
        missing_since=row["missing_since"],
        spent_evidence=row["spent_evidence"],
    )


def payment_values(session_id: str, position: int, payment: Payment) -> tuple[Value, ...]:
    return (
        payment.outpoint.transaction_id,
        payment.outpoint.index,
        session_id,
        position,
        payment.amount,
        payment.block_daa_score,
        payment.seen_at,
        payment.accepted_at,
        payment.state.value,
        int(payment.late),
        int(payment.credited),
        payment.missing_since,
        payment.spent_evidence,
    )


def event_of(row: sqlite3.Row) -> Event:
    return Event(
        id=row["id"],
        type=EventType(row["type"]),
        merchant_id=row["merchant_id"],
        session_id=row["session_id"],
        created_at=row["created_at"],
        payload=row["payload"],
    )


def delivery_of(row: sqlite3.Row) -> Delivery:
    return Delivery(
        id=row["id"],
        delivery_id=row["delivery_id"],
        merchant_id=row["merchant_id"],
        session_id=row["session_id"],
        event=EventType(row["event"]),
        payload=row["payload"],
        created_at=row["created_at"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_retry_at"],
        status_code=row["status_code"],
        response=row["response"],
        delivered_at=row["delivered_at"],
    )


def _metadata_text(metadata: Mapping[str, str] | None) -> str | None:
    if metadata is None:
        return None
    return json.dumps(dict(metadata), separators=(",", ":"), ensure_ascii=False)


def _metadata_of(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    metadata: dict[str, str] = json.loads(text)
    return metadata
