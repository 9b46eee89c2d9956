"""Reading a merchant's audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from kasgate.access.api_keys import Scope
from kasgate.audit import AuditAction
from kasgate.json_text import iso
from kasgate.reports import UnknownCursor
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.problems import unknown_cursor
from web.contract.queries import AUDIT_PARAMETERS, as_described, read_audit_query
from web.contract.types import SessionId, Shape, Time
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.audit import AuditEntry


class AuditLine(Shape, kw_only=True):
    """An entry of the audit log."""

    id: str
    action: AuditAction
    actor: str
    """``api_key``, ``dashboard`` (a dashboard session) or ``password`` (a sign-in by password, also
    a failed one)."""
    ip: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    """The API key's name at that time."""
    session_id: SessionId | UnsetType = UNSET
    note: str | UnsetType = UNSET
    details: dict[str, str]
    created_at: Time


class AuditAnswer(Shape, kw_only=True):
    """A page of the audit log, newest first."""

    entries: list[AuditLine]
    next_cursor: str | UnsetType = UNSET


class AuditCalls:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @described(
        {200: AuditAnswer}, auth=Auth.KEY, scope=Scope.READ, query=as_described(AUDIT_PARAMETERS)
    )
    async def list_(self, request: Request) -> Answer:
        """List audit entries, newest first.

        Sign-ins, profile changes, new keys and secrets, and decisions about sessions, each with its
        author, address and reason.
        """
        after, limit = read_audit_query(request.query)
        merchant_id = request.caller.merchant.id
        try:
            found = await self._gateway.store.audit_page(merchant_id, after, limit + 1)
        except UnknownCursor:
            raise unknown_cursor("after", "You have no audit entry with this id.") from None
        shown = found[:limit]
        cursor = shown[-1].id if len(found) > limit else None
        return json_answer(
            without_absent(
                {"entries": [_line_fields(entry) for entry in shown], "nextCursor": cursor}
            )
        )


def audit_routes(gateway: Gateway) -> Routes:
    calls = AuditCalls(gateway)
    return Routes("audit", "/api/v1/merchants/me", (("GET", "/audit", calls.list_),))


def _line_fields(entry: AuditEntry) -> dict[str, Any]:
    details = dict(entry.details)
    return without_absent(
        {
            "id": entry.id,
            "action": entry.action.value,
            "actor": entry.actor,
            "ip": details.pop("ip", None),
            "key": details.pop("key", None),
            "sessionId": entry.session_id,
            "note": entry.note,
            "details": details,
            "createdAt": iso(entry.created_at),
        }
    )
