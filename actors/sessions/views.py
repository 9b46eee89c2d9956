"""Sessions together with the DAA score at which their confirmations are counted."""

from __future__ import annotations

from attrs import frozen

from actors.broker import SessionView
from actors.chain.view import ChainView
from actors.sessions.supervisor import SessionSupervisor
from kasgate.sessions.session import Session


@frozen
class SessionViews:
    """Gives sessions as they stand now, from memory."""

    supervisor: SessionSupervisor
    chain: ChainView

    def of(self, session: Session) -> SessionView:
        """A session with the current DAA score."""
        return SessionView(session, self.chain.daa_score)

    def active(self, session_id: str) -> SessionView | None:
        """A session as its actor holds it; None without an actor."""
        session = self.supervisor.active(session_id)
        return self.of(session) if session is not None else None
