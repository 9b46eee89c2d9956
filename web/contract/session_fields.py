"""A session as whoever follows its page sees it, over HTTP and over the WebSocket alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kasgate.json_text import iso, payment_fields, sighting_fields
from kasgate.sessions.ledger import SHOWN as MOST_PAYMENTS
from web.contract.answers import without_absent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actors.broker import SessionView
    from actors.gateway import Gateway
    from kasgate.sessions.attention import AttentionReason


def attention_fields(reasons: Sequence[AttentionReason]) -> dict[str, Any]:
    """Whether, and why, its owner has to look at a session."""
    return {"needsAttention": bool(reasons), "attention": [reason.value for reason in reasons]}


class SessionFields:
    """Fields that both ways of looking at a session share."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def of(self, view: SessionView) -> dict[str, Any]:
        """What a checkout page needs beside the session itself. Raises StoreUnavailable."""
        session = view.session
        merchant = await self._gateway.merchants.get(session.merchant_id)
        fields = {
            "merchantName": merchant.name if merchant is not None else None,
            "network": self._gateway.settings.network.value,
            "redirectUrl": session.redirect_url,
            "fiat": fiat_fields(session.fiat),
            "serverTime": iso(self._gateway.payment_clock()),
        }
        return without_absent(fields) | self.money(view)

    def money(self, view: SessionView) -> dict[str, Any]:
        """What came and what is on its way; of more than MOST_PAYMENTS the newest."""
        session = view.session
        payments = [
            payment_fields(session, payment, view.daa_score)
            for payment in session.ledger.newest(MOST_PAYMENTS)
        ]
        if session.sightings:
            on_their_way = session.sightings_at(self._gateway.payment_clock())
            payments += [sighting_fields(sighting) for sighting in on_their_way]
            payments = payments[-MOST_PAYMENTS:]
        remaining, due = session.remaining, session.due
        fields: dict[str, Any] = {
            "receivedSompi": str(session.received),
            "remainingSompi": str(remaining),
            "dueSompi": str(due),
            "dueSurplusSompi": str(max(0, due - remaining)),
            "paidState": session.paid_state.value,
            "late": session.late,
            "cancelled": session.cancelled,
            "payments": payments,
            "delayed": self._gateway.is_delayed,
        }
        if session.payments_total > MOST_PAYMENTS:
            fields["paymentsTotal"] = session.payments_total
        return fields


def fiat_fields(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The price of a session as ``fiat`` shows it."""
    return None if stored is None else {**stored, "at": iso(stored["at"])}
