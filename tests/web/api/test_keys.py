"""API keys over HTTP: the calls that each scope allows, and the life of a key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
from attrs import frozen

from kasgate.access.api_keys import MOST_KEYS, NoSuchKey, Scope
from kasgate.audit import Principal
from kasgate.client import AsyncKasGate, Forbidden
from tests.web.api.test_sign_in import Browser
from tests.web.shape import problem_in
from tests.web.socket.test_socket import client_of
from tests.web.world import UNKNOWN_ID, Json, World, a_world, json_of, key_of, served
from web.contract.operations import Auth, Operation, operation_of
from web.socket.conversation import CloseCode

KEYS = "/api/v1/merchants/keys"
JSON = {"Content-Type": "application/json"}
PLACES = {"session_id": UNKNOWN_ID, "action": "pay", "name": "kasgate.js"}
TAKES_A_KEY = (Auth.KEY, Auth.MAYBE_KEY)


@frozen
class Call:
    """A method of a route, with a path that leads to it."""

    method: str
    path: str
    operation: Operation


def calls_with_a_key(world: World) -> Iterator[Call]:
    for rule in world.app.url_map.iter_rules():
        operation = operation_of(world.app.view_functions[rule.endpoint])
        if rule.websocket or operation.auth not in TAKES_A_KEY:
            continue
        path = re.sub(r"<([a-z_]+)>", lambda place: PLACES.get(place[1], "unknown"), rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Call(method, path, operation)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(simnet_control="127.0.0.1:1", rate_limits="off") as running:
        yield running


async def create_key(
    world: World, merchant: Json, name: str = "Till", scope: Scope = Scope.CREATE
) -> Json:
    """Create a further key. Return the gateway's answer."""
    body = {"name": name, "scope": scope.value}
    response = await world.request("POST", KEYS, json=body, headers=key_of(merchant))
    assert response.status_code == 201
    return await json_of(response)


async def listed(world: World, merchant: Json) -> list[Json]:
    response = await world.request("GET", KEYS, headers=key_of(merchant))
    keys: list[Json] = (await json_of(response))["keys"]
    return keys


async def audit(world: World, merchant: Json) -> list[Json]:
    response = await world.request("GET", "/api/v1/merchants/me/audit", headers=key_of(merchant))
    lines: list[Json] = (await json_of(response))["entries"]
    return lines


async def test_every_call_admits_exactly_the_scopes_of_its_description(
    world: World,
) -> None:
    """Makes every call with a fresh key of each scope. An admitted call may still be refused for
    other reasons."""
    shop = await world.merchant()
    merchant = await world.gateway.merchants.get(shop["id"])
    assert merchant is not None
    ring, principal = world.gateway.keys, Principal("api_key")
    let_in: Counter[Scope] = Counter()
    for call in calls_with_a_key(world):
        needed = call.operation.scope
        for scope in Scope:
            key, text = await ring.create(merchant, "One of many", scope, principal)
            response = await world.request(
                call.method, call.path, data=b"{}", headers={"X-API-Key": text} | JSON
            )
            if scope.covers(needed):
                let_in[scope] += 1
                code = (await json_of(response)).get("code") if response.is_json else None
                assert code not in ("unauthorized", "insufficient_scope"), (call, scope)
            else:
                problem = await problem_in(response, 403, "insufficient_scope")
                assert f"scope {needed.value}" in problem["detail"], (call, scope)
                assert f'scope="{needed.value}"' in response.headers["WWW-Authenticate"]
            with suppress(NoSuchKey):
                await ring.revoke(merchant, key.id, principal)
    assert 10 < let_in[Scope.READ] < let_in[Scope.CREATE] < let_in[Scope.MANAGE]


async def test_the_express_lane_checks_scopes_too(world: World) -> None:
    shop = await world.merchant()
    reader, till = await create_key(world, shop, "Books", Scope.READ), await create_key(world, shop)
    async with served(world) as server:
        world.port = server.port
        sessions = "/api/v1/sessions"
        response = await world.request(
            "POST", sessions, json={"amount": "1"}, headers=key_of(reader)
        )
        problem = await problem_in(response, 403, "insufficient_scope")
        assert "scope create" in problem["detail"]
        session = await world.session(till, orderId="A-1")
        seen = await world.read(session, headers=key_of(reader))
        assert seen["orderId"] == "A-1"
        world.port = None


async def test_the_calls_that_each_scope_may_make(world: World) -> None:
    """The complete list, so that a new route makes this test fail until its scope is considered."""
    found = {
        (call.operation.scope.value, f"{call.method} {call.path}")
        for call in calls_with_a_key(world)
        if call.method != "GET" and call.operation.scope is not Scope.MANAGE
    }
    assert found == {
        ("create", "POST /api/v1/sessions"),
        ("create", f"POST /api/v1/sessions/{UNKNOWN_ID}/cancel"),
        ("create", f"POST /api/v1/test/sessions/{UNKNOWN_ID}/pay"),
        ("read", "POST /api/v1/merchants/me/xpub-preview"),
    }


async def test_the_document_names_the_scope_of_every_call(world: World) -> None:
    document = await json_of(await world.request("GET", "/api/v1/openapi.json"))
    paths = document["paths"]

    def scopes(path: str, method: str) -> list[Json]:
        found: list[Json] = paths[path][method]["security"]
        return found

    assert scopes("/api/v1/sessions", "post") == [
        {"apiKey": ["create"]}, {"bearer": ["create"]}, {"dashboard": []},
    ]  # fmt: skip
    assert {"apiKey": ["read"]} in scopes("/api/v1/merchants/me", "get")
    assert {"apiKey": ["manage"]} in scopes("/api/v1/merchants/me", "patch")
    assert scopes("/api/v1/sessions/{session_id}", "get")[:2] == [{}, {"apiKey": ["read"]}]


async def test_a_key_is_shown_once_and_listed_without_its_text(world: World) -> None:
    shop = await world.merchant()
    made = await create_key(world, shop, "Till", Scope.CREATE)
    assert made["apiKey"].startswith("kg_live_")
    first, till = await listed(world, shop)
    assert (first["name"], first["scope"], first["current"]) == ("First key", "manage", True)
    assert "lastUsedAt" in first
    assert (till["name"], till["scope"], till["current"]) == ("Till", "create", False)
    assert "lastUsedAt" not in till
    assert till["hint"] == f"kg_live_…{made['apiKey'][-4:]}"
    assert till == made["key"]
    assert made["apiKey"] not in str([first, till])
    await world.session(made)
    (_, till) = await listed(world, shop)
    assert "lastUsedAt" in till


async def test_a_key_is_renamed(world: World) -> None:
    shop = await world.merchant()
    made = await create_key(world, shop)
    path = f"{KEYS}/{made['key']['id']}"
    response = await world.request("PATCH", path, json={"name": "Bar"}, headers=key_of(shop))
    assert (await json_of(response))["name"] == "Bar"
    assert [key["name"] for key in await listed(world, shop)] == ["First key", "Bar"]
    for name in ("", "  ", "x" * 61, 7, None):
        response = await world.request("PATCH", path, json={"name": name}, headers=key_of(shop))
        await problem_in(response, 400, "validation_failed")
    stranger = await world.merchant()
    response = await world.request("PATCH", path, json={"name": "Mine"}, headers=key_of(stranger))
    await problem_in(response, 404, "key_not_found")


async def test_a_revoked_key_is_refused_and_the_others_work(world: World) -> None:
    shop = await world.merchant()
    till, bar = await create_key(world, shop), await create_key(world, shop, "Bar")
    path = f"{KEYS}/{till['key']['id']}"
    response = await world.request("DELETE", path, headers=key_of(shop))
    assert response.status_code == 204
    await problem_in(
        await world.request("POST", "/api/v1/sessions", json={"amount": "1"}, headers=key_of(till)),
        401,
        "unauthorized",
    )
    await world.session(bar)
    await problem_in(await world.request("DELETE", path, headers=key_of(shop)), 404)
    (first, _) = await listed(world, shop)
    response = await world.request("DELETE", f"{KEYS}/{first['id']}", headers=key_of(shop))
    await problem_in(response, 409, "last_manage_key")
    assert await listed(world, shop)


async def test_a_key_may_revoke_itself_if_another_one_manages(world: World) -> None:
    shop = await world.merchant()
    boss = await create_key(world, shop, "Boss", Scope.MANAGE)
    path = f"{KEYS}/{boss['key']['id']}"
    assert (await world.request("DELETE", path, headers=key_of(boss))).status_code == 204
    await problem_in(await world.request("GET", KEYS, headers=key_of(boss)), 401)


async def test_the_body_of_a_new_key_is_validated_and_keys_are_limited(world: World) -> None:
    shop = await world.merchant()
    for body in (
        {},
        {"name": "Till"},
        {"name": "Till", "scope": "write"},
        {"name": "Till", "scope": None},
        {"name": "", "scope": "read"},
        {"name": "x" * 61, "scope": "read"},
        {"name": "Till", "scope": "read", "expires": 1},
    ):
        response = await world.request("POST", KEYS, json=body, headers=key_of(shop))
        await problem_in(response, 400, "validation_failed")
    for number in range(MOST_KEYS - 1):
        await create_key(world, shop, f"Key {number}", Scope.READ)
    body = {"name": "Too many", "scope": "read"}
    response = await world.request("POST", KEYS, json=body, headers=key_of(shop))
    await problem_in(response, 409, "too_many_keys")


async def test_regenerating_replaces_only_the_key_of_the_call(world: World) -> None:
    shop = await world.merchant()
    boss, till = await create_key(world, shop, "Boss", Scope.MANAGE), await create_key(world, shop)
    path = "/api/v1/merchants/me/regenerate-api-key"
    renewed = await json_of(await world.request("POST", path, headers=key_of(boss)))
    await problem_in(await world.request("GET", KEYS, headers=key_of(boss)), 401)
    for key in (shop, till, renewed):
        response = await world.request("GET", KEYS, headers=key_of(key))
        assert response.status_code == 200
    found = {(key["name"], key["scope"]) for key in await listed(world, renewed)}
    assert found == {("First key", "manage"), ("Boss", "manage"), ("Till", "create")}
    (entry, *_) = await audit(world, shop)
    assert (entry["action"], entry["key"]) == ("merchant.api_key_regenerated", "Boss")


async def test_only_a_manage_key_signs_in_and_reauthenticates(world: World) -> None:
    shop = await world.merchant()
    till = await create_key(world, shop)
    login = "/api/v1/dashboard/login"
    response = await world.request("POST", login, json={"apiKey": till["apiKey"]})
    await problem_in(response, 403, "insufficient_scope")
    browser = Browser(world)
    await browser.sign_in(shop["apiKey"])
    body = {"name": "Bar", "scope": "read"}
    for wrong in ({}, {"X-KasGate-Reauth": till["apiKey"]}):
        response = await browser.change("POST", KEYS, wrong, json=body)
        await problem_in(response, 403, "reauthentication_required")
        response = await browser.change("DELETE", f"{KEYS}/{till['key']['id']}", wrong)
        await problem_in(response, 403, "reauthentication_required")
    right = {"X-KasGate-Reauth": shop["apiKey"]}
    assert (await browser.change("POST", KEYS, right, json=body)).status_code == 201
    response = await browser.change("DELETE", f"{KEYS}/{till['key']['id']}", right)
    assert response.status_code == 204
    current = [key["name"] for key in await listed(world, shop) if key["current"]]
    assert current == ["First key"]


async def test_a_sign_in_ends_only_with_its_own_key(world: World) -> None:
    shop = await world.merchant()
    boss = await create_key(world, shop, "Boss", Scope.MANAGE)
    ann, bob = Browser(world), Browser(world)
    await ann.sign_in(shop["apiKey"])
    await bob.sign_in(boss["apiKey"])
    await world.request("DELETE", f"{KEYS}/{boss['key']['id']}", headers=key_of(shop))
    assert (await ann.request("GET", "/api/v1/dashboard/session")).status_code == 200
    await problem_in(await bob.request("GET", "/api/v1/dashboard/session"), 401)
    sessions = await ann.request("GET", "/api/v1/dashboard/sessions")
    assert len((await json_of(sessions))["sessions"]) == 1


async def test_a_socket_ends_with_its_key(world: World) -> None:
    shop = await world.merchant()
    reader, other = (
        await create_key(world, shop, "A", Scope.READ),
        await create_key(world, shop, "B"),
    )
    async with served(world) as server, client_of(server) as one, client_of(server) as two:
        for client, key in ((one, reader), (two, other)):
            asked = {"type": "authenticate", "apiKey": key["apiKey"]}
            assert (await client.ask(asked))["type"] == "authenticated"
        await world.request("DELETE", f"{KEYS}/{reader['key']['id']}", headers=key_of(shop))
        assert await one.close_code() == CloseCode.POLICY_VIOLATION
        assert (await two.ask({"type": "ping"}))["type"] == "pong"


async def test_the_audit_log_has_the_key_and_the_address(world: World) -> None:
    shop = await world.merchant()
    boss = await create_key(world, shop, "Boss", Scope.MANAGE)
    path = f"{KEYS}/{boss['key']['id']}"
    await world.request("PATCH", path, json={"name": "Chef"}, headers=key_of(boss))
    browser = Browser(world)
    await browser.sign_in(boss["apiKey"])
    session = await world.session(shop)
    fail = f"/api/v1/sessions/{session['id']}/fail"
    await browser.change("POST", fail, json={"note": "sold out"})
    await world.request("DELETE", path, headers=key_of(shop))
    lines = await audit(world, shop)
    assert [(line["action"], line["actor"], line["key"]) for line in lines] == [
        ("merchant.api_key_revoked", "api_key", "First key"),
        ("session.failed", "dashboard", "Chef"),
        ("dashboard.signed_in", "api_key", "Chef"),
        ("merchant.api_key_renamed", "api_key", "Boss"),
        ("merchant.api_key_created", "api_key", "First key"),
    ]
    assert all("ip" in line for line in lines)
    assert lines[3]["details"] == {"keyId": boss["key"]["id"], "name": "Chef", "before": "Boss"}
    assert lines[4]["details"]["scope"] == "manage"


async def test_the_client_raises_for_an_insufficient_scope(world: World) -> None:
    shop = await world.merchant()
    reader = await create_key(world, shop, "Books", Scope.READ)
    async with served(world) as server:
        url = f"http://127.0.0.1:{server.port}"
        async with AsyncKasGate(url, reader["apiKey"]) as kasgate:
            assert (await kasgate.merchants.me()).id == shop["id"]
            with pytest.raises(Forbidden) as refused:
                await kasgate.sessions.create("10")
    assert refused.value.code == "insufficient_scope"
