"""The caller of a request: looked up once, in both lanes, and counted by what was found."""

from __future__ import annotations

import pytest

from kasgate.access.api_keys import Scope
from tests.web.api.test_sign_in import Browser
from tests.web.world import World, a_world, key_of
from web.contract.problems import Problem
from web.http.caller import Caller


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


async def test_without_rate_limits_credentials_are_looked_up_as_well() -> None:
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


async def test_a_view_whose_description_asks_for_nobody_gets_no_merchant(world: World) -> None:
    shop = await world.merchant()
    caller = Caller("192.0.2.0", "192.0.2.1", "req_1", headers=key_of(shop), method="GET")
    await caller.identify(world.gateway)
    with pytest.raises(LookupError, match="description"):
        _ = caller.merchant
    caller.require(Scope.MANAGE)
    assert caller.merchant.id == shop["id"]
