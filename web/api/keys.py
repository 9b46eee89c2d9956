"""A merchant's API keys, each with a name and a scope (docs/api.md, "Keys and secrets")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from kasgate.access.api_keys import ApiKey, Scope
from kasgate.access.secrets import KEY_PREFIX
from kasgate.json_text import iso
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.bodies import KEY_NAME_SHAPE, NEW_KEY_SHAPE, read_key_name, read_new_key
from web.contract.operations import Auth, described
from web.contract.types import Shape, Time
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway


class ApiKeyAnswer(Shape, kw_only=True):
    """An API key, without its text."""

    id: str
    name: str
    scope: Scope
    hint: str | UnsetType = UNSET
    """The first and last characters of the key, for display."""
    created_at: Time
    last_used_at: Time | UnsetType = UNSET
    """Rounded to the minute."""
    current: bool
    """Whether this call uses the key, directly or through its dashboard session."""


class ApiKeysAnswer(Shape, kw_only=True):
    """All valid keys, oldest first."""

    keys: list[ApiKeyAnswer]


class CreatedKeyAnswer(Shape, kw_only=True):
    """A new API key. The key is shown only once."""

    api_key: str
    key: ApiKeyAnswer
    message: str


class KeyCalls:
    def __init__(self, gateway: Gateway) -> None:
        self._ring = gateway.keys

    @described({200: ApiKeysAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def list_(self, request: Request) -> Answer:
        """List the valid API keys.

        The keys themselves cannot be read again.
        """
        caller = request.caller
        keys = await self._ring.keys(caller.merchant)
        return json_answer({"keys": [_fields(key, caller.key) for key in keys]})

    @described(
        {201: CreatedKeyAnswer}, auth=Auth.KEY, fresh=True, body=NEW_KEY_SHAPE, problems=(409,)
    )
    async def create(self, request: Request) -> Answer:
        """Create an API key.

        The key is shown only once. Scope read reads everything and changes nothing. Scope create
        also creates and cancels sessions. Scope manage allows every call.
        """
        name, scope = read_new_key(request.body)
        caller = request.caller
        key, text = await self._ring.create(caller.merchant, name, scope, caller.principal)
        message = "Store this key: it is shown only once."
        return json_answer({"apiKey": text, "key": _fields(key, None), "message": message}, 201)

    @described({200: ApiKeyAnswer}, auth=Auth.KEY, body=KEY_NAME_SHAPE, problems=(409,))
    async def rename(self, request: Request) -> Answer:
        """Rename an API key."""
        name = read_key_name(request.body)
        caller = request.caller
        renamed = await self._ring.rename(
            caller.merchant, request.places["key_id"], name, caller.principal
        )
        return json_answer(_fields(renamed, caller.key))

    @described({204: None}, auth=Auth.KEY, fresh=True, problems=(409,))
    async def revoke(self, request: Request) -> Answer:
        """Revoke an API key.

        The key is invalid as soon as this call returns, and dashboard sessions opened with it end.
        The last key with the scope manage cannot be revoked.
        """
        caller = request.caller
        await self._ring.revoke(caller.merchant, request.places["key_id"], caller.principal)
        return Answer(204, b"")


def key_routes(gateway: Gateway) -> Routes:
    """The routes under ``/api/v1/merchants/keys``."""
    calls = KeyCalls(gateway)
    return Routes(
        "keys",
        "/api/v1/merchants/keys",
        (
            ("GET", "", calls.list_),
            ("POST", "", calls.create),
            ("PATCH", "/<key_id>", calls.rename),
            ("DELETE", "/<key_id>", calls.revoke),
        ),
    )


def _fields(key: ApiKey, current: ApiKey | None) -> dict[str, Any]:
    return without_absent(
        {
            "id": key.id,
            "name": key.name,
            "scope": key.scope.value,
            "hint": None if key.hint is None else f"{KEY_PREFIX}…{key.hint}",
            "createdAt": iso(key.created_at),
            "lastUsedAt": None if key.last_used_at is None else iso(key.last_used_at),
            "current": current is not None and current.id == key.id,
        }
    )
