"""A merchant's API keys: named, each with a scope (docs/api.md, "Keys and secrets")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType
from quart import Blueprint, Response, request

from kasgate.access.api_keys import ApiKey, Scope
from kasgate.access.secrets import KEY_PREFIX
from kasgate.json_text import iso
from web.api.merchants import REAUTH
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.bodies import KEY_NAME_SHAPE, NEW_KEY_SHAPE, read_key_name, read_new_key
from web.contract.operations import Auth, described
from web.contract.types import Shape, Time
from web.http.credentials import (
    key_of_caller,
    principal_of,
    require_merchant,
    require_reauthentication,
)
from web.http.quart_io import drop_body, json_body, respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.merchant import Merchant


class ApiKeyAnswer(Shape, kw_only=True):
    """An API key, without the key itself."""

    id: str
    name: str
    scope: Scope
    hint: str | UnsetType = UNSET
    """Its beginning and end, by which a person tells it from others."""
    created_at: Time
    last_used_at: Time | UnsetType = UNSET
    """To the minute."""
    current: bool
    """Whether it is the one that this call came with, or that its caller signed in with."""


class ApiKeysAnswer(Shape, kw_only=True):
    """All keys that open something, oldest first."""

    keys: list[ApiKeyAnswer]


class CreatedKeyAnswer(Shape, kw_only=True):
    """A new key, shown this once."""

    api_key: str
    key: ApiKeyAnswer
    message: str


class KeyCalls:
    """What may be asked about API keys. Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._ring = gateway.keys

    async def list(self, merchant: Merchant) -> Answer:
        """The merchant's keys."""
        current = await key_of_caller(self._gateway, request.headers)
        keys = await self._ring.keys(merchant)
        return json_answer({"keys": [_fields(key, current) for key in keys]})

    async def create(self, merchant: Merchant, body: bytes) -> Answer:
        """One more key."""
        name, scope = read_new_key(body)
        await require_reauthentication(self._gateway, request.headers)
        principal = await principal_of(self._gateway, request.headers)
        key, text = await self._ring.create(merchant, name, scope, principal)
        message = "Keep this key: it is shown this once."
        return json_answer({"apiKey": text, "key": _fields(key, None), "message": message}, 201)

    async def rename(self, merchant: Merchant, key_id: str, body: bytes) -> Answer:
        """Another name for a key."""
        name = read_key_name(body)
        principal = await principal_of(self._gateway, request.headers)
        renamed = await self._ring.rename(merchant, key_id, name, principal)
        current = await key_of_caller(self._gateway, request.headers)
        return json_answer(_fields(renamed, current))

    async def revoke(self, merchant: Merchant, key_id: str) -> Answer:
        """End a key, and who is signed in by it."""
        await require_reauthentication(self._gateway, request.headers)
        await self._ring.revoke(
            merchant, key_id, await principal_of(self._gateway, request.headers)
        )
        return Answer(204, b"")


def key_routes(gateway: Gateway) -> Blueprint:
    """The routes under ``/api/v1/merchants/keys``."""
    routes = Blueprint("keys", __name__, url_prefix="/api/v1/merchants/keys")
    calls = KeyCalls(gateway)

    @routes.get("")
    @described({200: ApiKeysAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def list_() -> Response:
        """List the API keys.

        Those that open something, without the keys themselves: nobody can be told those again.
        """
        return respond(await calls.list(await require_merchant(gateway, request.headers)))

    @routes.post("")
    @described(
        {201: CreatedKeyAnswer},
        auth=Auth.KEY,
        body=NEW_KEY_SHAPE,
        problems=(409,),
        headers=(REAUTH,),
    )
    async def create() -> Response:
        """Make one more API key.

        It is shown this once. Scope read sees everything and changes nothing; create also makes
        sessions and cancels them; manage does everything.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.create(merchant, await json_body()))

    @routes.patch("/<key_id>")
    @described({200: ApiKeyAnswer}, auth=Auth.KEY, body=KEY_NAME_SHAPE, problems=(409,))
    async def rename(key_id: str) -> Response:
        """Give an API key another name."""
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.rename(merchant, key_id, await json_body()))

    @routes.delete("/<key_id>")
    @described({204: None}, auth=Auth.KEY, problems=(409,), headers=(REAUTH,))
    async def revoke(key_id: str) -> Response:
        """Revoke an API key.

        It opens nothing when this is answered, and whoever signed in to the dashboard with it is
        out. The last key with the scope manage stays.
        """
        await drop_body()
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.revoke(merchant, key_id))

    return routes


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
