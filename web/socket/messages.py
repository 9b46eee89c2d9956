"""Messages about sessions for clients of ``/ws``, in JSON (contract §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from attrs import frozen

from kasgate.json_text import iso
from web.contract.answers import without_absent
from web.contract.session_fields import SessionFields

if TYPE_CHECKING:
    from actors.broker import SessionUpdate, SessionView
    from actors.gateway import Gateway


@frozen
class SessionSnapshot:
    """The state of a session as a message."""

    text: bytes
    confirmations: int
    """The confirmations in the text."""


class SessionMessages:
    def __init__(self, gateway: Gateway) -> None:
        self._fields = SessionFields(gateway)

    async def snapshot(self, view: SessionView) -> SessionSnapshot:
        """The message for a new subscriber. Raises StoreUnavailable."""
        session, confirmations = view.session, view.confirmations
        head = {
            "type": "session",
            "id": session.id,
            "status": session.status.value,
            "confirmations": confirmations,
            "requiredConfirmations": session.required_confirmations,
            "address": session.address,
            "amount": str(session.amount),
            "expiresAt": iso(session.expires_at),
            "txId": session.tx_id,
        }
        fields = await self._fields.of(view)
        return SessionSnapshot(encoded(without_absent(head) | fields), confirmations)

    def news(self, update: SessionUpdate) -> bytes:
        """The message for the followers of a session."""
        session = update.view.session
        if not update.status_changed:
            return b'{"type":"confirmations","sessionId":"%b","confirmations":%d,"required":%d}' % (
                session.id.encode(),
                update.confirmations,
                session.required_confirmations,
            )
        fields: dict[str, Any] = {
            "type": "status",
            "sessionId": session.id,
            "status": session.status.value,
            "confirmations": update.confirmations,
            "requiredConfirmations": session.required_confirmations,
        }
        if session.tx_id is not None:
            fields["txId"] = session.tx_id
        fields.update(self._fields.money(update.view))
        return encoded(fields)


def error_message(sentence: str, session_id: str | None) -> bytes:
    """An error about a session, or about the client's message without one."""
    return encoded(without_absent({"type": "error", "message": sentence, "sessionId": session_id}))


# Made once, because msgspec.json.encode makes a new encoder for each call.
_TO_JSON: Final = msgspec.json.Encoder().encode


def encoded(fields: dict[str, Any]) -> bytes:
    return _TO_JSON(fields)
