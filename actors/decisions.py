"""A merchant's decision about a session, on its way through the session's actor and back."""

from __future__ import annotations

import trio
from attrs import define, field

from kasgate.audit import AuditAction, AuditEntry, Hand
from kasgate.observations import AcceptRequested, DismissRequested, FailRequested, Moment
from kasgate.payments import Payment
from kasgate.session import Session
from kasgate.transitions import Step, step


class DecisionRefused(Exception):
    """What the merchant decided can't be done to a session in its status. The message is a sentence
    for a person."""


@define(eq=False)
class Decision:
    """What was decided, by whom and why; and, once `done`, whether the session allowed it."""

    request: AcceptRequested | FailRequested | DismissRequested
    by: Hand
    note: str
    was_allowed: bool = False
    done: trio.Event = field(factory=trio.Event)
    """Set when the outcome is committed, or when there was nothing to commit."""

    def take(self, session: Session, moment: Moment, completing: Payment | None = None) -> Step:
        """Put it to the session; refused, it changes nothing. ``completing`` as ``step`` has it."""
        decided, events = step(session, self.request, moment, completing)
        self.was_allowed = decided is not session
        return decided, events

    def refusal(self, session: Session) -> str:
        """Why the session, which stands as it did, did not allow it: a sentence for a person."""
        status = session.status.value
        match self.request:
            case AcceptRequested():
                return (
                    "Only a session that expired or was paid in part can be accepted; this one is"
                    f" {status}."
                )
            case FailRequested():
                return f"This session is {status}, which is final."
            case DismissRequested():
                return f"Nothing about this session, which is {status}, needs attention."

    def audit_entry(self, before: Session, moment: Moment) -> AuditEntry:
        """The line that tells of it, with how the session stood before."""
        match self.request:
            case AcceptRequested():
                action = AuditAction.SESSION_ACCEPTED
            case FailRequested():
                action = AuditAction.SESSION_FAILED
            case DismissRequested():
                action = AuditAction.SESSION_DISMISSED
        details = {
            "status": before.status.value,
            "amountSompi": str(before.amount),
            "receivedSompi": str(before.received),
            "paidState": before.paid_state.value,
        }
        return self.by.entry(
            before.merchant_id,
            action,
            moment.at,
            details,
            session_id=before.id,
            note=self.note,
        )
