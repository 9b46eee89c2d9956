"""A merchant's decision about a session, passed through the session's actor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import trio
from attrs import define, field

from kasgate.audit import AuditAction, AuditEntry, Principal
from kasgate.sessions.observations import (
    AcceptRequested,
    CancelRequested,
    DismissRequested,
    FailRequested,
    Moment,
)
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import Session, SessionStatus
from kasgate.sessions.transitions import Step, step


class DecisionRefused(Exception):
    """The session's status does not allow the decision. The message is a sentence for a person."""


class DecisionOvertaken(DecisionRefused):
    """The decision was allowed when requested, but another caller or the network changed the
    session first. ``status`` is the session's new status. The message is a sentence for a
    person."""

    def __init__(self, status: SessionStatus) -> None:
        super().__init__(
            f"Something else happened to this session at the same time: it is {status.value} now,"
            " and nothing was done by this call."
        )
        self.status = status


@define(eq=False)
class Decision:
    """A decision: the request, the caller and the reason. Once `done` is set, ``was_allowed`` is
    final."""

    request: AcceptRequested | FailRequested | DismissRequested | CancelRequested
    by: Principal | None = None
    """The caller for the audit log. None writes no entry."""
    note: str = ""
    was_allowed: bool = False
    done: trio.Event = field(factory=trio.Event)
    """Set when the result is committed, or when there was nothing to commit."""

    def take(self, session: Session, moment: Moment, completing: Payment | None = None) -> Step:
        """Apply the decision to the session. A refused decision changes nothing. ``completing`` is
        as in ``step``."""
        decided, events = step(session, self.request, moment, completing)
        self.was_allowed = decided is not session
        return decided, events

    def would_be_allowed(self, session: Session, moment: Moment) -> bool:
        """Whether the session in its present state allows the decision."""
        return step(session, self.request, moment)[0] is not session

    def refusal(self, session: Session) -> str:
        """Why the session did not allow the decision: a sentence for a person."""
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
            case CancelRequested():
                return f"Only what waits for its payment can be cancelled; this one is {status}."

    def audit_entries(self, before: Session, moment: Moment) -> tuple[AuditEntry, ...]:
        """The audit entry, with the session's state before the change. A refused decision, or one
        without a caller, has none."""
        action = _ACTIONS.get(type(self.request))
        if self.by is None or action is None or not self.was_allowed:
            return ()
        details = {
            "status": before.status.value,
            "amountSompi": str(before.amount),
            "receivedSompi": str(before.received),
            "paidState": before.paid_state.value,
        }
        entry = self.by.entry(
            before.merchant_id,
            action,
            moment.at,
            details,
            session_id=before.id,
            note=self.note,
        )
        return (entry,)


_ACTIONS: Final[Mapping[type[object], AuditAction]] = {
    AcceptRequested: AuditAction.SESSION_ACCEPTED,
    FailRequested: AuditAction.SESSION_FAILED,
    DismissRequested: AuditAction.SESSION_DISMISSED,
}
"""Audit actions of the decisions that a person makes."""
