"""Signing in to the dashboard: an API key gives a cookie, and the cookie has limited rights."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from quart.wrappers import Response

from kasgate.access.dashboard_sessions import (
    IDLE_MS,
    LONGEST_MS,
    MOST_SESSIONS,
    TOUCH_MS,
    hash_token,
)
from kasgate.limits.rate_limits import RateLimits
from kasgate.store.protocol import StoreUnavailable
from tests.web.shape import problem_in
from tests.web.socket.test_socket import client_of
from tests.web.world import Json, World, a_world, bytes_of, json_of, key_of, served
from web.socket.conversation import CloseCode

ORIGIN = "http://127.0.0.1:3001"
OURS = {"Origin": ORIGIN}


class Browser:
    """A page of the dashboard. It sends its cookie, and the CSRF token with changes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = ""
        self.csrf = ""

    async def sign_in(self, api_key: str, **headers: str) -> Json:
        response = await self.request(
            "POST", "/api/v1/dashboard/login", json={"apiKey": api_key}, headers=OURS | headers
        )
        assert response.status_code == 200, await bytes_of(response)
        (cookie,) = SimpleCookie(response.headers["Set-Cookie"]).values()
        self.token = cookie.value
        found = await json_of(response)
        self.csrf = found["csrfToken"]
        return found

    async def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> Response:
        """Make a request with only the cookie."""
        cookie = {"Cookie": f"theme=dark; kg={self.token}"} if self.token else {}
        return await self.world.request(method, path, headers=cookie | (headers or {}), **options)

    async def change(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> Response:
        """Make a change as our own page does, with the CSRF token."""
        own = OURS | {"X-KasGate-CSRF": self.csrf}
        return await self.request(method, path, own | (headers or {}), **options)


async def signed_in(world: World) -> tuple[Json, Browser]:
    merchant = await world.merchant()
    browser = Browser(world)
    await browser.sign_in(merchant["apiKey"])
    return merchant, browser


async def test_a_key_gives_a_cookie_that_scripts_cannot_read(world: World) -> None:
    merchant = await world.merchant()
    response = await world.request(
        "POST", "/api/v1/dashboard/login", json={"apiKey": merchant["apiKey"]}
    )
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("kg=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={LONGEST_MS // 1000}"):
        assert f"; {part}" in cookie
    assert "Secure" not in cookie
    token = SimpleCookie(cookie)["kg"].value
    found = await json_of(response)
    assert found["merchant"]["id"] == merchant["id"]
    assert merchant["apiKey"] not in str(found)
    assert token not in str(found)
    stored = await world.store.dashboard_session(hash_token(token))
    assert stored is not None
    assert token not in repr(stored)
    assert len(token) == 43


async def test_behind_https_the_cookie_is_bound_to_the_host() -> None:
    async with a_world(base_url="https://pay.example") as world:
        merchant = await world.merchant()
        response = await world.request(
            "POST",
            "/api/v1/dashboard/login",
            json={"apiKey": merchant["apiKey"]},
            headers={"Origin": "https://pay.example"},
        )
        cookie = response.headers["Set-Cookie"]
        assert cookie.startswith("__Host-kg=")
        assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")


async def test_a_wrong_key_is_refused_and_too_many_get_a_429() -> None:
    async with a_world() as world:
        world.app.limits.rates = RateLimits(failures=6)
        statuses = [
            (
                await world.request(
                    "POST", "/api/v1/dashboard/login", json={"apiKey": f"kg_live_{n}"}
                )
            ).status_code
            for n in range(15)
        ]
        assert statuses[0] == 401
        assert statuses[-1] == 429


async def test_the_current_session_can_be_read_until_it_is_signed_out(world: World) -> None:
    merchant, browser = await signed_in(world)
    found = await json_of(await browser.request("GET", "/api/v1/dashboard/session"))
    assert found["merchant"]["id"] == merchant["id"]
    assert found["csrfToken"] == browser.csrf

    response = await browser.change("POST", "/api/v1/dashboard/logout")
    assert response.status_code == 204
    assert "kg=; Max-Age=0" in response.headers["Set-Cookie"]
    await problem_in(await browser.request("GET", "/api/v1/dashboard/session"), 401)
    await problem_in(await browser.request("GET", "/api/v1/merchants/me"), 401)


async def test_every_call_of_a_merchant_takes_the_cookie(world: World) -> None:
    merchant, browser = await signed_in(world)
    assert (await browser.request("GET", "/api/v1/merchants/me/stats")).status_code == 200
    response = await browser.change(
        "POST", "/api/v1/sessions", json={"amount": "1", "orderId": "7"}
    )
    assert response.status_code == 201
    session = await json_of(response)
    seen = await json_of(await browser.request("GET", f"/api/v1/sessions/{session['id']}"))
    assert seen["orderId"] == "7"
    assert "orderId" not in await world.read(session)
    path = f"/api/v1/sessions/{session['id']}/cancel"
    assert (await browser.change("POST", path)).status_code == 200
    # The cookie is not accepted as an API key, nor an API key as the cookie.
    for wrong in ({"X-API-Key": browser.token}, {"Cookie": f"kg={merchant['apiKey']}"}):
        await problem_in(await world.request("GET", "/api/v1/merchants/me", headers=wrong), 401)


@pytest.mark.parametrize(
    "headers",
    [
        lambda csrf: {},
        lambda csrf: OURS,
        lambda csrf: OURS | {"X-KasGate-CSRF": "0" * 64},
        lambda csrf: {"X-KasGate-CSRF": csrf},
        lambda csrf: {"X-KasGate-CSRF": csrf, "Origin": "https://evil.example"},
        lambda csrf: {"X-KasGate-CSRF": csrf, "Origin": "null"},
        lambda csrf: {"X-KasGate-CSRF": csrf, "Sec-Fetch-Site": "cross-site"},
        lambda csrf: {"X-KasGate-CSRF": csrf, "Sec-Fetch-Site": "same-site"},
        lambda csrf: {
            "X-KasGate-CSRF": csrf,
            "Origin": "https://evil.example",
            "Sec-Fetch-Site": "same-origin",
        },
    ],
)
async def test_requests_caused_by_another_site_change_nothing(
    world: World, headers: Callable[[str], dict[str, str]]
) -> None:
    merchant, browser = await signed_in(world)
    before = await world.gateway.store.totals(merchant["id"])
    for method, path, body in (
        ("POST", "/api/v1/sessions", {"amount": "1"}),
        ("PATCH", "/api/v1/merchants/me", {"name": "Mallory"}),
        ("POST", "/api/v1/merchants/me/regenerate-api-key", None),
        ("POST", "/api/v1/dashboard/logout", None),
        ("DELETE", "/api/v1/dashboard/sessions/das_x", None),
    ):
        response = await browser.request(method, path, headers(browser.csrf), json=body)
        await problem_in(response, 403, "csrf")
    assert await world.gateway.store.totals(merchant["id"]) == before
    assert (await browser.request("GET", "/api/v1/dashboard/session")).status_code == 200


async def test_a_replay_under_an_idempotency_key_needs_the_token_too(world: World) -> None:
    _, browser = await signed_in(world)
    key = {"Idempotency-Key": "order-1"}
    body = {"amount": "1"}
    first = await browser.change("POST", "/api/v1/sessions", key, json=body)
    assert first.status_code == 201
    again = await browser.change("POST", "/api/v1/sessions", key, json=body)
    assert (await json_of(again))["id"] == (await json_of(first))["id"]
    refused = await browser.request("POST", "/api/v1/sessions", OURS | key, json=body)
    await problem_in(refused, 403, "csrf")


async def test_sec_fetch_site_alone_identifies_our_own_page(world: World) -> None:
    _, browser = await signed_in(world)
    headers = {"X-KasGate-CSRF": browser.csrf, "Sec-Fetch-Site": "same-origin"}
    response = await browser.request("POST", "/api/v1/dashboard/logout", headers)
    assert response.status_code == 204


async def test_another_sites_page_cannot_sign_its_visitor_in(world: World) -> None:
    merchant = await world.merchant()
    response = await world.request(
        "POST",
        "/api/v1/dashboard/login",
        json={"apiKey": merchant["apiKey"]},
        headers={"Origin": "https://evil.example"},
    )
    await problem_in(response, 403, "csrf")
    assert "Set-Cookie" not in response.headers


async def test_changes_of_where_money_goes_need_the_key_again(world: World) -> None:
    merchant, browser = await signed_in(world)
    other = await world.merchant()
    xpub = world.keys.pop(0)
    changes: tuple[tuple[str, str, Json | None], ...] = (
        ("PATCH", "/api/v1/merchants/me", {"xpub": xpub}),
        ("PATCH", "/api/v1/merchants/me", {"webhookUrl": "http://127.0.0.2/hook"}),
        ("POST", "/api/v1/merchants/me/regenerate-webhook-secret", None),
        ("POST", "/api/v1/merchants/me/regenerate-api-key", None),
    )
    for method, path, body in changes:
        for wrong in ({}, {"X-KasGate-Reauth": "kg_live_x"}, {"X-KasGate-Reauth": other["apiKey"]}):
            response = await browser.change(method, path, wrong, json=body)
            await problem_in(response, 403, "reauthentication_required")
        right = {"X-KasGate-Reauth": merchant["apiKey"]}
        response = await browser.change(method, path, right, json=body)
        assert response.status_code == 200, await bytes_of(response)
    assert (
        await browser.change("PATCH", "/api/v1/merchants/me", json={"name": "Free"})
    ).status_code == 200


async def test_a_new_api_key_ends_every_other_sign_in(world: World) -> None:
    merchant, browser = await signed_in(world)
    elsewhere = Browser(world)
    await elsewhere.sign_in(merchant["apiKey"])
    response = await browser.change(
        "POST",
        "/api/v1/merchants/me/regenerate-api-key",
        {"X-KasGate-Reauth": merchant["apiKey"]},
    )
    merchant["apiKey"] = (await json_of(response))["apiKey"]
    assert (await browser.request("GET", "/api/v1/dashboard/session")).status_code == 200
    await problem_in(await elsewhere.request("GET", "/api/v1/dashboard/session"), 401)

    await world.request("POST", "/api/v1/merchants/me/regenerate-api-key", headers=key_of(merchant))
    await problem_in(await browser.request("GET", "/api/v1/dashboard/session"), 401)


async def test_a_session_ends_when_idle_and_after_a_week(world: World) -> None:
    _, browser = await signed_in(world)
    start = world.gateway.clock()

    async def status_at(at: int) -> int:
        sign_ins = world.gateway.sign_ins
        object.__setattr__(sign_ins, "clock", lambda: at)
        return (await browser.request("GET", "/api/v1/dashboard/session")).status_code

    at = start
    while at + IDLE_MS - 1_000 < start + LONGEST_MS:
        at += IDLE_MS - 1_000
        assert await status_at(at) == 200
    assert await status_at(start + LONGEST_MS + 1_000) == 401


async def test_a_session_ends_after_twelve_idle_hours(world: World) -> None:
    _, browser = await signed_in(world)
    at = world.gateway.clock() + IDLE_MS + 1
    object.__setattr__(world.gateway.sign_ins, "clock", lambda: at)
    await problem_in(await browser.request("GET", "/api/v1/dashboard/session"), 401)


async def test_signing_in_again_ends_the_session_before(world: World) -> None:
    merchant, browser = await signed_in(world)
    before = Browser(world)
    before.token = browser.token
    await browser.sign_in(merchant["apiKey"])
    assert browser.token != before.token
    await problem_in(await before.request("GET", "/api/v1/dashboard/session"), 401)


async def test_sessions_are_listed_and_can_be_ended(world: World) -> None:
    merchant, browser = await signed_in(world)
    phone = Browser(world)
    await phone.sign_in(merchant["apiKey"], **{"User-Agent": "A phone"})
    stranger = await world.merchant()
    found = await json_of(await browser.request("GET", "/api/v1/dashboard/sessions"))
    other, own = found["sessions"]
    assert other["userAgent"] == "A phone"
    assert (other["current"], own["current"]) == (False, True)
    path = f"/api/v1/dashboard/sessions/{other['id']}"
    refused = await world.request("DELETE", path, headers=key_of(stranger))
    await problem_in(refused, 404, "sign_in_not_found")
    assert (await browser.change("DELETE", path)).status_code == 204
    await problem_in(await phone.request("GET", "/api/v1/dashboard/session"), 401)
    assert (await browser.request("GET", "/api/v1/dashboard/session")).status_code == 200


async def test_a_merchant_has_a_bounded_number_of_sessions(world: World) -> None:
    merchant = await world.merchant()
    for _ in range(MOST_SESSIONS + 3):
        await Browser(world).sign_in(merchant["apiKey"])
    assert len(await world.store.dashboard_sessions(merchant["id"])) == MOST_SESSIONS


async def test_reads_work_while_the_last_use_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, browser = await signed_in(world)
    at = world.gateway.clock() + TOUCH_MS + 1
    object.__setattr__(world.gateway.sign_ins, "clock", lambda: at)
    asked: list[str] = []

    async def full(session_id: str, at: int) -> None:
        asked.append(session_id)
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(world.store, "touch_dashboard_session", full)
    assert (await browser.request("GET", "/api/v1/dashboard/session")).status_code == 200
    assert asked


async def test_changes_are_written_to_the_audit_log(world: World) -> None:
    merchant, browser = await signed_in(world)
    await browser.change("PATCH", "/api/v1/merchants/me", json={"name": "Tea There"})
    await browser.change(
        "POST",
        "/api/v1/merchants/me/regenerate-webhook-secret",
        {"X-KasGate-Reauth": merchant["apiKey"]},
    )
    session = await world.session(merchant)
    path = f"/api/v1/sessions/{session['id']}/fail"
    await browser.change("POST", path, json={"note": "never mind"})
    await browser.change("POST", "/api/v1/dashboard/logout")
    key = key_of(merchant)
    renewed = await world.request("POST", "/api/v1/merchants/me/regenerate-api-key", headers=key)
    merchant["apiKey"] = (await json_of(renewed))["apiKey"]

    found = await log_of(world, merchant)
    assert [(entry["action"], entry["actor"]) for entry in found["entries"]] == [
        ("merchant.api_key_regenerated", "api_key"),
        ("dashboard.signed_out", "dashboard"),
        ("session.failed", "dashboard"),
        ("merchant.webhook_secret_regenerated", "dashboard"),
        ("merchant.changed", "dashboard"),
        ("dashboard.signed_in", "api_key"),
    ]
    assert found["entries"][2]["note"] == "never mind"
    assert found["entries"][2]["sessionId"] == session["id"]
    assert found["entries"][4]["details"] == {"changed": "name"}
    assert all("ip" in entry for entry in found["entries"] if "sessionId" not in entry)

    pages: list[str] = []
    cursor = ""
    while True:
        page = await log_of(world, merchant, f"?limit=2{cursor}")
        pages += [entry["id"] for entry in page["entries"]]
        if "nextCursor" not in page:
            break
        cursor = f"&after={page['nextCursor']}"
    assert pages == [entry["id"] for entry in found["entries"]]

    stranger = await world.merchant()
    assert (await log_of(world, stranger))["entries"] == []
    foreign = await world.request(
        "GET", f"/api/v1/merchants/me/audit?after={pages[0]}", headers=key_of(stranger)
    )
    await problem_in(foreign, 400, "validation_failed")


async def log_of(world: World, merchant: Json, query: str = "") -> Json:
    path = f"/api/v1/merchants/me/audit{query}"
    return await json_of(await world.request("GET", path, headers=key_of(merchant)))


async def test_the_sockets_of_a_sign_in_end_with_it(world: World) -> None:
    merchant, browser = await signed_in(world)
    cookie = [("Cookie", f"kg={browser.token}"), ("Origin", ORIGIN)]
    async with served(world) as server, client_of(server, extra_headers=cookie) as client:
        told = await client.ask({"type": "authenticate"})
        assert (told["type"], told["merchantId"]) == ("authenticated", merchant["id"])
        async with client_of(server) as by_key:
            key = {"type": "authenticate", "apiKey": merchant["apiKey"]}
            assert (await by_key.ask(key))["type"] == "authenticated"
            await browser.change("POST", "/api/v1/dashboard/logout")
            assert await client.close_code() == CloseCode.POLICY_VIOLATION
            # A follower with the key is not affected.
            assert (await by_key.ask({"type": "ping"}))["type"] == "pong"


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_the_cookie_does_not_admit_a_socket_of_another_site(
    world: World, origin: str | None
) -> None:
    _, browser = await signed_in(world)
    headers = [("Cookie", f"kg={browser.token}")]
    if origin is not None:
        headers.append(("Origin", origin))
    async with served(world) as server, client_of(server, extra_headers=headers) as client:
        assert (await client.ask({"type": "authenticate"}))["type"] == "error"
