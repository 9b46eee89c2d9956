"""The fields of a session that HTTP and the WebSocket share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kasgate.json_text import iso, money_text, payment_fields, sighting_fields, value_fields
from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions.ledger import SHOWN as MOST_PAYMENTS
from web.contract.answers import without_absent
from web.contract.brand import Brands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actors.broker import SessionView
    from actors.gateway import Gateway
    from kasgate.sessions.attention import AttentionReason
    from kasgate.sessions.session import Session
    from kasgate.sessions.valuation import ValueSum


def attention_fields(reasons: Sequence[AttentionReason]) -> dict[str, Any]:
    """Whether the merchant must review a session, and the reasons."""
    return {"needsAttention": bool(reasons), "attention": [reason.value for reason in reasons]}


class SessionFields:
    """Makes the JSON fields of sessions for one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._brands = Brands()

    async def of(self, view: SessionView) -> dict[str, Any]:
        """The fields that a checkout page needs in addition to the session. Raises
        StoreUnavailable."""
        return self.lasting(view.session) | await self.moving(view)

    def money(self, view: SessionView) -> dict[str, Any]:
        """The payments, accepted and in the mempool, and the amounts due."""
        fields = sums(view.session)
        self._add_payments(fields, view)
        return fields

    def lasting(self, session: Session) -> dict[str, Any]:
        """The part of ``of`` that only changes with the stored session."""
        fields = {
            "network": self._gateway.settings.network.value,
            "description": session.description,
            "redirectUrl": session.redirect_url,
            "fiat": fiat_fields(session.fiat),
        }
        return without_absent(fields) | sums(session)

    async def moving(self, view: SessionView) -> dict[str, Any]:
        """The part of ``of`` that can change without a write to the store. Raises
        StoreUnavailable."""
        merchant = await self._gateway.merchants.get(view.session.merchant_id)
        fields: dict[str, Any] = {}
        self._add_payments(fields, view)
        if merchant is not None:
            fields["merchantName"] = merchant.name
            brand = self._brands.of(merchant)
            if brand is not None:
                fields["brand"] = brand
        fields["serverTime"] = iso(self._gateway.payment_clock())
        return fields

    def _add_payments(self, fields: dict[str, Any], view: SessionView) -> None:
        """Add the newest payments, at most MOST_PAYMENTS, with their current confirmations."""
        session, score = view.session, view.daa_score
        payments = [
            payment_fields(session, payment, score)
            for payment in session.ledger.newest(MOST_PAYMENTS)
        ]
        if session.sightings:
            on_their_way = session.sightings_at(self._gateway.payment_clock())
            payments += [sighting_fields(sighting) for sighting in on_their_way]
            payments = payments[-MOST_PAYMENTS:]
        fields["payments"] = payments
        fields["delayed"] = self._gateway.is_delayed


def sums(session: Session) -> dict[str, Any]:
    """The received and due amounts of a session."""
    remaining = session.remaining
    # Nothing is due if nothing remains, as for most sessions that send an update.
    due = session.due if remaining else remaining
    fields: dict[str, Any] = {
        "receivedSompi": str(session.received),
        "remainingSompi": str(remaining),
        "dueSompi": str(due),
        "dueSurplusSompi": str(due - remaining) if due > remaining else "0",
        "paidState": session.paid_state.value,
        "late": session.late,
        "cancelled": session.cancelled,
    }
    if session.payments_total > MOST_PAYMENTS:
        fields["paymentsTotal"] = session.payments_total
    return fields


def add_values(payments: Sequence[dict[str, Any]], session: Session) -> None:
    """Add the known values of payments to their fields, for the session's owner."""
    held = session.ledger.held
    for fields in payments:
        payment = held.get(Outpoint(fields["txId"], fields["index"]))
        if payment is not None and payment.value is not None and payment.credited:
            fields["value"] = value_fields(payment.value)


def value_sum_fields(sum_: ValueSum | None) -> dict[str, Any] | None:
    """The values of some payments. Without ``amount`` if one is not known, so that nobody takes a
    part for the whole."""
    if sum_ is None:
        return None
    known = money_text(sum_.minor, sum_.currency)
    fields: dict[str, Any] = {"currency": sum_.currency}
    if not sum_.unknown:
        fields["amount"] = known
    return fields | {
        "knownAmount": known,
        "knownPayments": sum_.known,
        "unknownPayments": sum_.unknown,
    }


def fiat_fields(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The field ``fiat``: the price of a session in a currency. None if it has no price."""
    return None if stored is None else {**stored, "at": iso(stored["at"])}
