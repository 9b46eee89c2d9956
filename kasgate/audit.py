"""The audit log: each action of a person, with its author and reason."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from kasgate.ids import time_sortable

BY_API_KEY = "api_key"
"""A call with the merchant's API key."""
BY_DASHBOARD = "dashboard"
"""A call with a dashboard cookie."""
BY_PASSWORD = "password"  # noqa: S105 (a name)
"""A sign-in with a password, or an attempt at one."""
BY_LINK = "link"
"""A sign-in with a one-time link."""
BY_OPERATOR = "operator"
"""The command line, on the gateway's machine."""


class AuditAction(StrEnum):
    """The kind of an action."""

    SESSION_ACCEPTED = "session.accepted"
    SESSION_FAILED = "session.failed"
    SESSION_DISMISSED = "session.dismissed"
    SIGNED_IN = "dashboard.signed_in"
    SIGNED_OUT = "dashboard.signed_out"
    SIGN_IN_REVOKED = "dashboard.revoked"
    SIGN_IN_LINK_CREATED = "dashboard.link_created"
    SIGN_IN_FAILED = "dashboard.sign_in_failed"
    REAUTHENTICATED = "dashboard.reauthenticated"
    PASSWORD_SET_UP = "password.set_up"  # noqa: S105 (a name)
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 (a name)
    PASSWORD_REMOVED = "password.removed"  # noqa: S105 (a name)
    RECOVERY_CODES_RENEWED = "password.recovery_codes_renewed"
    PROFILE_CHANGED = "merchant.changed"
    API_KEY_CREATED = "merchant.api_key_created"
    API_KEY_RENAMED = "merchant.api_key_renamed"
    API_KEY_REVOKED = "merchant.api_key_revoked"
    API_KEY_REGENERATED = "merchant.api_key_regenerated"
    WEBHOOK_SECRET_REGENERATED = "merchant.webhook_secret_regenerated"  # noqa: S105 (a name)


@frozen
class AuditEntry:
    """An entry of the log. Append-only."""

    id: str
    """``aud_…``, sorts by time."""
    merchant_id: str
    session_id: str | None
    action: AuditAction
    actor: str
    """How the author was authenticated: one of the names above."""
    note: str | None
    """The reason, as the author wrote it."""
    details: Mapping[str, str]
    """The earlier state, or the change itself; ``ip`` is the address of the caller, ``key`` the
    name of the API key that authenticated the call or the sign-in."""
    created_at: int
    """Unix milliseconds."""


@frozen
class Principal:
    """The author of an action on a merchant."""

    actor: str
    ip: str | None = None
    key: str | None = None
    """The name that the API key of the call or the sign-in had at the time."""

    def entry(
        self,
        merchant_id: str,
        action: AuditAction,
        at: int,
        details: Mapping[str, str],
        *,
        session_id: str | None = None,
        note: str | None = None,
    ) -> AuditEntry:
        """An entry about an action of this principal; ``at`` is unix milliseconds."""
        known = {"ip": self.ip, "key": self.key}
        return AuditEntry(
            id=time_sortable("aud", at),
            merchant_id=merchant_id,
            session_id=session_id,
            action=action,
            actor=self.actor,
            note=note,
            details={**details, **{name: value for name, value in known.items() if value}},
            created_at=at,
        )
