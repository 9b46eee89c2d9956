"""The audit log: what people did, by whose hand and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen


class AuditAction(StrEnum):
    """What was done."""

    SESSION_ACCEPTED = "session.accepted"
    SESSION_FAILED = "session.failed"


@frozen
class AuditEntry:
    """One line of the log. Append-only."""

    id: str
    """``aud_…``, sorts by time."""
    merchant_id: str
    session_id: str | None
    action: AuditAction
    actor: str
    """Whose hand: ``api_key`` for a call with the merchant's key."""
    note: str | None
    """The reason, in the words of whoever did it."""
    details: Mapping[str, str]
    """How things stood before."""
    created_at: int
    """Unix milliseconds."""
