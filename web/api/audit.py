"""What people did in a merchant's name, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType
from quart import Blueprint, Response, request

from kasgate.access.api_keys import Scope
from kasgate.audit import AuditAction
from kasgate.json_text import iso
from kasgate.reports import UnknownCursor
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.problems import unknown_cursor
from web.contract.queries import AUDIT_PARAMETERS, Arguments, as_described, read_audit_query
from web.contract.types import SessionId, Shape, Time
from web.http.credentials import require_merchant
from web.http.quart_io import respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.audit import AuditEntry
    from kasgate.merchant import Merchant


class AuditLine(Shape, kw_only=True):
    """One thing that somebody did."""

    id: str
    action: AuditAction
    actor: str
    """``api_key``, ``dashboard`` for somebody who was signed in, ``password`` for who came in
    with one or tried to."""
    ip: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    """What the API key was called that opened the door."""
    session_id: SessionId | UnsetType = UNSET
    note: str | UnsetType = UNSET
    details: dict[str, str]
    created_at: Time


class AuditAnswer(Shape, kw_only=True):
    """A part of the log, newest first."""

    entries: list[AuditLine]
    next_cursor: str | UnsetType = UNSET


class AuditCalls:
    """What may be asked of the audit log. Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def list(self, merchant: Merchant, given: Arguments) -> Answer:
        """A part of the merchant's log."""
        after, limit = read_audit_query(given)
        try:
            found = await self._gateway.store.audit_page(merchant.id, after, limit + 1)
        except UnknownCursor:
            raise unknown_cursor("after", "There is no line of yours with this id.") from None
        shown = found[:limit]
        cursor = shown[-1].id if len(found) > limit else None
        return json_answer(
            without_absent(
                {"entries": [_line_fields(entry) for entry in shown], "nextCursor": cursor}
            )
        )


def audit_routes(gateway: Gateway) -> Blueprint:
    """The route of the audit log."""
    routes = Blueprint("audit", __name__, url_prefix="/api/v1/merchants/me")
    calls = AuditCalls(gateway)

    @routes.get("/audit")
    @described(
        {200: AuditAnswer}, auth=Auth.KEY, scope=Scope.READ, query=as_described(AUDIT_PARAMETERS)
    )
    async def list_() -> Response:
        """List what people did, newest first.

        Sign-ins, changes of the profile, new keys and secrets, decisions about sessions: by whose
        hand, from where, and why.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.list(merchant, request.args))

    return routes


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
