"""The caller of a request: looked up once, in both lanes, and counted by the result."""

from __future__ import annotations

import pytest
import trio
from werkzeug.datastructures import MultiDict

from kasgate.access.api_keys import Scope
from tests.web.api.test_sign_in import OURS, Browser
from tests.web.world import World, a_world, key_of, read_all, served
from web.contract.problems import Problem
from web.http import endpoint
from web.http.caller import Caller
from web.http.endpoint import Request


@pytest.fixture
def reads(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The dashboard sessions that are read from the store."""
    found: list[str] = []
    read = world.store.dashboard_session

    async def counted(token_hash: str) -> object:
        found.append(token_hash)
        return await read(token_hash)

    monkeypatch.setattr(world.store, "dashboard_session", counted)
    return found


async def test_a_request_by_cookie_reads_the_dashboard_session_once(
    world: World, reads: list[str]
) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    browser = Browser(world)
    await browser.sign_in(merchant["apiKey"])
    fail = f"/api/v1/sessions/{session['id']}/fail"
    for method, path, body in (
        ("GET", "/api/v1/merchants/me", None),
        ("GET", f"/api/v1/sessions/{session['id']}", None),
        ("POST", "/api/v1/sessions", {"amount": "1"}),
        ("PATCH", "/api/v1/merchants/me", {"name": "Tea There"}),
        ("POST", fail, {"note": "sold out"}),
        ("GET", "/api/v1/dashboard/sessions", None),
        ("POST", "/api/v1/dashboard/logout", None),
    ):
        reads.clear()
        response = await browser.change(method, path, json=body)
        assert response.status_code < 300, path
        assert len(reads) == 1, path


async def test_a_request_by_key_and_a_page_read_no_dashboard_session(
    world: World, reads: list[str]
) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    await world.read(session, headers=key_of(merchant))
    await world.request("GET", "/health", headers={"Cookie": "kg=a-token"})
    await world.request("GET", f"/pay/{session['id']}", headers={"Cookie": "kg=a-token"})
    assert reads == []


async def test_credentials_are_looked_up_without_rate_limits_too() -> None:
    async with a_world(rate_limits="off") as world:
        merchant = await world.merchant()
        browser = Browser(world)
        await browser.sign_in(merchant["apiKey"])
        response = await browser.request("GET", "/api/v1/merchants/me")
        assert response.status_code == 200


def test_a_caller_who_is_not_identified_is_a_stranger() -> None:
    stranger = Caller("192.0.2.0", "192.0.2.1", "req_1")
    with pytest.raises(Problem, match="unauthorized"):
        stranger.require(Scope.READ)
    with pytest.raises(Problem, match="unauthorized"):
        stranger.require_signed_in()
    with pytest.raises(Problem, match="reauthentication"):
        stranger.require_fresh()
    stranger.require_if_any(Scope.READ)
    assert stranger.merchant_if_any is None


async def test_a_view_whose_description_requires_no_merchant_gets_none(world: World) -> None:
    shop = await world.merchant()
    caller = Caller("192.0.2.0", "192.0.2.1", "req_1", headers=key_of(shop), method="GET")
    await caller.identify(world.gateway)
    with pytest.raises(LookupError, match="description"):
        _ = caller.merchant
    caller.require(Scope.MANAGE)
    assert caller.merchant.id == shop["id"]


SLOW_CALLS = [
    ("POST", "/api/v1/merchants/keys", b'{"name": "mine", "scope": "manage"}'),
    ("PATCH", "/api/v1/merchants/me", b'{"webhookUrl": "http://127.0.0.2/mine"}'),
    ("POST", "/api/v1/merchants/me/regenerate-webhook-secret", b"{}"),
]


@pytest.mark.parametrize("by", ["key", "cookie"])
@pytest.mark.parametrize(("method", "path", "body"), SLOW_CALLS)
async def test_credentials_that_end_while_the_body_is_on_its_way_open_nothing(
    by: str, method: str, path: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "SLOW_BODY_S", 0.01)
    async with a_world() as world, served(world) as server:
        shop = await world.merchant()
        browser = Browser(world)
        await browser.sign_in(shop["apiKey"])
        by_cookie = OURS | {
            "Cookie": f"kg={browser.token}",
            "X-KasGate-CSRF": browser.csrf,
            "X-KasGate-Reauth": shop["apiKey"],
        }
        headers = key_of(shop) if by == "key" else by_cookie
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:3001", "Connection: close"]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        async with await server.connect() as stream:
            await stream.send_all("\r\n".join([*lines, "", ""]).encode() + body[:1])
            await trio.sleep(0.1)
            end = "merchants/me/regenerate-api-key" if by == "key" else "dashboard/logout"
            ended = await world.request("POST", f"/api/v1/{end}", headers=by_cookie)
            assert ended.status_code < 300
            await stream.send_all(body[1:])
            with trio.fail_after(10):
                answer = await read_all(stream)
        assert answer.startswith(b"HTTP/1.1 401 "), answer


async def test_a_callers_secrets_are_not_in_its_repr(world: World) -> None:
    shop = await world.merchant()
    browser = Browser(world)
    await browser.sign_in(shop["apiKey"])
    headers = key_of(shop) | {"Cookie": f"kg={browser.token}"}
    caller = Caller("192.0.2.0", "192.0.2.1", "req_1", headers=headers, method="GET")
    await caller.identify(world.gateway)
    shown = repr(Request(caller, "/", MultiDict(), {}, b"a-secret-body"))
    for secret in (shop["apiKey"], browser.token, browser.csrf, "a-secret-body"):
        assert secret not in shown
