"""Signing in with a password and a code, as a browser does it. No other call accepts a password."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest
import trio
from quart.wrappers import Response

from kasgate.access.dashboard_sessions import LONGEST_MS
from kasgate.access.passwords import FRESH_MS, STEP_MS, totp_code
from kasgate.access.sign_in_tries import FREE_TRIES
from tests.web.api.test_sign_in import ORIGIN, OURS, Browser, log_of
from tests.web.shape import problem_in
from tests.web.socket.test_socket import client_of
from tests.web.world import Json, World, a_world, bytes_of, json_of, key_of, served
from web.socket.conversation import CloseCode

LOGIN = "owner@tea.example"
PASSWORD = "a pot of green tea"
OTHER_PASSWORD = "two pots of black tea"
API = "/api/v1/dashboard"


class Owner:
    """A merchant with an authenticator. Each code advances the clock by one step, so that a test
    need not wait for the next code."""

    def __init__(self, world: World, merchant: Json) -> None:
        self.world = world
        self.merchant = merchant
        self.secret = ""
        self.codes: list[str] = []
        self._ahead = 0
        self._real = world.gateway.clock
        for part in (world.gateway, world.gateway.passwords, world.gateway.sign_ins):
            name = "_clock" if hasattr(part, "_clock") else "clock"
            object.__setattr__(part, name, self.now)

    def now(self) -> int:
        return self._real() + self._ahead * STEP_MS

    def code(self) -> str:
        self._ahead += 1
        return totp_code(self.secret, self.now() // STEP_MS)

    def wait(self, ms: int) -> None:
        self._ahead += ms // STEP_MS

    @property
    def key(self) -> dict[str, str]:
        return {"X-KasGate-Reauth": self.merchant["apiKey"]}

    async def set_up(self, browser: Browser, login: str = LOGIN, password: str = PASSWORD) -> Json:
        body = {"login": login, "password": password}
        begun = await browser.change("POST", f"{API}/password", self.key, json=body)
        assert begun.status_code == 200, await bytes_of(begun)
        setup = await json_of(begun)
        self.secret = setup["secret"]
        confirmed = await browser.change(
            "POST", f"{API}/password/confirm", json={"code": self.code()}
        )
        assert confirmed.status_code == 200, await bytes_of(confirmed)
        self.codes = (await json_of(confirmed))["recoveryCodes"]
        return setup

    async def log_in(self, **fields: str) -> Response:
        body = {"login": LOGIN, "password": PASSWORD, "code": self.code(), **fields}
        return await self.world.request(
            "POST", f"{API}/password-login", json=body, headers=OURS | {"User-Agent": "A phone"}
        )

    async def signed_in(self, **fields: str) -> Browser:
        response = await self.log_in(**fields)
        assert response.status_code == 200, await bytes_of(response)
        browser = Browser(self.world)
        (cookie,) = SimpleCookie(response.headers["Set-Cookie"]).values()
        browser.token = cookie.value
        browser.csrf = (await json_of(response))["csrfToken"]
        return browser

    async def reauthenticate(self, browser: Browser, password: str = PASSWORD) -> Response:
        body = {"password": password, "code": self.code()}
        return await browser.change("POST", f"{API}/reauthenticate", json=body)


@pytest.fixture
async def unlimited() -> AsyncIterator[World]:
    async with a_world(rate_limits="off") as world:
        yield world


async def make_owner(world: World) -> tuple[Owner, Browser]:
    """A merchant with a password, and the browser that was signed in with the key to set it up."""
    merchant = await world.merchant()
    owner, browser = Owner(world, merchant), Browser(world)
    await browser.sign_in(merchant["apiKey"])
    await owner.set_up(browser)
    return owner, browser


async def test_a_password_is_set_up_with_the_key_and_a_first_code(world: World) -> None:
    merchant = await world.merchant()
    owner, browser = Owner(world, merchant), Browser(world)
    await browser.sign_in(merchant["apiKey"])
    body = {"login": LOGIN, "password": PASSWORD}
    refused = await browser.change("POST", f"{API}/password", json=body)
    await problem_in(refused, 403, "reauthentication_required")
    assert await json_of(await browser.request("GET", f"{API}/password")) == {"enabled": False}

    setup = await owner.set_up(browser)
    uri = urlsplit(setup["uri"])
    assert parse_qs(uri.query)["secret"] == [setup["secret"]]
    assert uri.path == "/KasGate:owner%40tea.example"
    assert setup["qrCode"].startswith("data:image/svg+xml,")
    assert len(set(owner.codes)) == 10
    state = await json_of(await browser.request("GET", f"{API}/password"))
    assert (state["enabled"], state["login"], state["recoveryCodesLeft"]) == (True, LOGIN, 10)
    assert PASSWORD not in str(state)
    assert setup["secret"] not in str(state)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("login", {"login": "x"}),
        ("login", {"login": "the owner"}),
        ("password", {"password": "too short"}),
        ("password", {"password": f"my {LOGIN} password"}),
        ("password", {"password": "x" * 201}),
    ],
)
async def test_an_invalid_login_or_password_is_a_field_error(
    world: World, field: str, fields: Json
) -> None:
    merchant = await world.merchant()
    body = {"login": LOGIN, "password": PASSWORD} | fields
    response = await world.request("POST", f"{API}/password", json=body, headers=key_of(merchant))
    problem = await problem_in(response, 400, "validation_failed")
    assert [detail["field"] for detail in problem["details"]] == [field]


async def test_a_wrong_first_code_sets_nothing_up(world: World) -> None:
    merchant = await world.merchant()
    key = key_of(merchant)
    path = f"{API}/password/confirm"
    nothing = await world.request("POST", path, json={"code": "123456"}, headers=key)
    await problem_in(nothing, 409, "not_possible_now")
    body = {"login": LOGIN, "password": PASSWORD}
    await world.request("POST", f"{API}/password", json=body, headers=key)
    wrong = await world.request("POST", path, json={"code": "12345"}, headers=key)
    problem = await problem_in(wrong, 400, "validation_failed")
    assert problem["details"][0]["field"] == "code"
    state = await world.request("GET", f"{API}/password", headers=key)
    assert await json_of(state) == {"enabled": False}


async def test_login_password_and_code_give_the_same_kind_of_cookie(
    world: World,
) -> None:
    owner, _ = await make_owner(world)
    response = await owner.log_in(login=LOGIN.upper())
    cookie = response.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={LONGEST_MS // 1000}"):
        assert f"; {part}" in cookie
    found = await json_of(response)
    assert found["merchant"]["id"] == owner.merchant["id"]
    assert found["wayIn"] == "password"
    assert "freshUntil" not in found
    browser = Browser(world)
    browser.token = SimpleCookie(cookie)["kg"].value
    await problem_in(await browser.request("POST", f"{API}/logout", OURS), 403, "csrf")
    listed = await json_of(await browser.request("GET", f"{API}/sessions"))
    assert [one["wayIn"] for one in listed["sessions"]] == ["password", "api_key"]


async def test_every_wrong_credential_gets_the_same_answer(world: World) -> None:
    owner, _ = await make_owner(world)
    answers = set()
    for wrong in (
        {"login": "nobody@tea.example"},
        {"password": OTHER_PASSWORD},
        {"code": "not-a-code"},
        {"code": "abcd-efgh-ijkl-mnop"},
    ):
        response = await owner.log_in(**wrong)
        problem = await problem_in(response, 401, "unauthorized")
        assert "Set-Cookie" not in response.headers
        answers.add((problem["detail"], problem["title"], response.headers.get("Retry-After")))
    assert len(answers) == 1


async def test_a_code_and_a_recovery_code_work_once(world: World) -> None:
    owner, _ = await make_owner(world)
    for code in (owner.code(), owner.codes[0]):
        assert (await owner.log_in(code=code)).status_code == 200
        await problem_in(await owner.log_in(code=code), 401, "unauthorized")


async def test_too_many_tries_are_refused_with_the_time_to_wait(unlimited: World) -> None:
    owner, _ = await make_owner(unlimited)
    for login in (LOGIN, "nobody@tea.example"):
        for _ in range(FREE_TRIES):
            wrong = await owner.log_in(login=login, password=OTHER_PASSWORD)
            await problem_in(wrong, 401, "unauthorized")
        response = await owner.log_in(login=login)
        problem = await problem_in(response, 429, "too_many_tries")
        assert 1 <= int(response.headers["Retry-After"]) <= 30
        assert "sign in with the API key" in problem["detail"]
    # Signing in with the key still works.
    await Browser(unlimited).sign_in(owner.merchant["apiKey"])


async def test_tries_of_an_address_are_limited_for_all_logins() -> None:
    async with a_world(rate_limits="sign_ins=6") as world:
        owner = Owner(world, await world.merchant())
        owner.secret = "A" * 32
        statuses = [(await owner.log_in(login=f"login-{n}")).status_code for n in range(12)]
        assert statuses == [401] * 10 + [429] * 2


async def test_another_sites_page_cannot_sign_its_visitor_in(world: World) -> None:
    owner, _ = await make_owner(world)
    body = {"login": LOGIN, "password": PASSWORD, "code": owner.code()}
    response = await world.request(
        "POST", f"{API}/password-login", json=body, headers={"Origin": "https://evil.example"}
    )
    await problem_in(response, 403, "csrf")
    assert "Set-Cookie" not in response.headers
    # The code was not used up either.
    assert (await owner.log_in(code=body["code"])).status_code == 200


async def test_the_api_never_takes_a_password(unlimited: World) -> None:
    world = unlimited
    owner, _ = await make_owner(world)
    secrets = [PASSWORD, owner.code(), owner.codes[0], owner.secret, f"{PASSWORD}{owner.code()}"]
    for secret in secrets:
        basic = base64.b64encode(f"{LOGIN}:{secret}".encode()).decode()
        for headers in (
            {"Authorization": f"Basic {basic}"},
            {"Authorization": f"Bearer {secret}"},
            {"Authorization": f"Bearer {basic}"},
            {"X-API-Key": secret},
            {"X-API-Key": f"{LOGIN}:{secret}"},
            {"Cookie": f"kg={secret}"},
        ):
            for method, path in (
                ("GET", "/api/v1/merchants/me"),
                ("POST", "/api/v1/sessions"),
                ("GET", f"{API}/password"),
            ):
                response = await world.request(
                    method, path, headers=headers, json=None if method == "GET" else {}
                )
                await problem_in(response, 401, "unauthorized")
        login = await world.request("POST", f"{API}/login", json={"apiKey": secret})
        await problem_in(login, 401, "unauthorized")


async def test_password_and_code_replace_the_key_for_reauthentication(world: World) -> None:
    owner, _ = await make_owner(world)
    browser = await owner.signed_in()
    path = "/api/v1/merchants/me/regenerate-webhook-secret"
    await problem_in(await browser.change("POST", path), 403, "reauthentication_required")
    # A code that signed in cannot re-authenticate.
    wrong = await owner.reauthenticate(browser, OTHER_PASSWORD)
    await problem_in(wrong, 403, "reauthentication_required")
    await problem_in(await browser.change("POST", path), 403, "reauthentication_required")

    shown = await owner.reauthenticate(browser)
    assert shown.status_code == 200, await bytes_of(shown)
    until = (await json_of(shown))["freshUntil"]
    session = await json_of(await browser.request("GET", f"{API}/session"))
    assert session["freshUntil"] == until
    assert (await browser.change("POST", path)).status_code == 200
    changes: Json = {"webhookUrl": "http://127.0.0.2/hook"}
    response = await browser.change("PATCH", "/api/v1/merchants/me", json=changes)
    assert response.status_code == 200

    elsewhere = await owner.signed_in()
    await problem_in(await elsewhere.change("POST", path), 403, "reauthentication_required")
    owner.wait(FRESH_MS)
    await problem_in(await browser.change("POST", path), 403, "reauthentication_required")


async def test_reauthentication_needs_our_own_page(world: World) -> None:
    owner, _ = await make_owner(world)
    browser = await owner.signed_in()
    body = {"password": PASSWORD, "code": owner.code()}
    response = await browser.request("POST", f"{API}/reauthenticate", OURS, json=body)
    await problem_in(response, 403, "csrf")
    nobody = await world.request("POST", f"{API}/reauthenticate", json=body, headers=OURS)
    await problem_in(nobody, 401, "unauthorized")


async def test_a_new_key_can_be_made_with_the_password_alone(world: World) -> None:
    owner, by_key = await make_owner(world)
    browser = await owner.signed_in()
    await owner.reauthenticate(browser)
    path = "/api/v1/merchants/me/regenerate-api-key"
    await problem_in(await browser.change("POST", path), 409, "no_key_called")
    keys = "/api/v1/merchants/keys"
    (lost,) = (await json_of(await browser.request("GET", keys)))["keys"]
    assert not lost["current"]
    body = {"name": "New", "scope": "manage"}
    made = await json_of(await browser.change("POST", keys, json=body))
    assert (await browser.change("DELETE", f"{keys}/{lost['id']}")).status_code == 204
    owner.merchant["apiKey"] = made["apiKey"]
    assert (await browser.request("GET", f"{API}/session")).status_code == 200
    await problem_in(await by_key.request("GET", f"{API}/session"), 401)


async def test_a_new_password_ends_all_other_sessions(world: World) -> None:
    owner, by_key = await make_owner(world)
    browser, elsewhere = await owner.signed_in(), await owner.signed_in()
    body = {"password": OTHER_PASSWORD, "login": "tea"}
    refused = await browser.change("PATCH", f"{API}/password", json=body)
    await problem_in(refused, 403, "reauthentication_required")
    await owner.reauthenticate(browser)
    cookie = [("Cookie", f"kg={elsewhere.token}"), ("Origin", ORIGIN)]
    async with served(world) as server, client_of(server, extra_headers=cookie) as client:
        assert (await client.ask({"type": "authenticate"}))["type"] == "authenticated"
        changed = await browser.change("PATCH", f"{API}/password", json=body)
        assert changed.status_code == 200, await bytes_of(changed)
        assert (await json_of(changed))["login"] == "tea"
        assert await client.close_code() == CloseCode.POLICY_VIOLATION
    assert (await browser.request("GET", f"{API}/session")).status_code == 200
    for ended in (elsewhere, by_key):
        await problem_in(await ended.request("GET", f"{API}/session"), 401)
    await problem_in(await owner.log_in(), 401)
    assert (await owner.log_in(login="tea", password=OTHER_PASSWORD)).status_code == 200


async def test_removing_the_password_keeps_the_key(world: World) -> None:
    owner, by_key = await make_owner(world)
    browser = await owner.signed_in()
    path = f"{API}/password"
    await problem_in(await by_key.change("DELETE", path), 403, "reauthentication_required")
    assert (await by_key.change("DELETE", path, owner.key)).status_code == 204
    await problem_in(await browser.request("GET", f"{API}/session"), 401)
    assert (await by_key.request("GET", f"{API}/session")).status_code == 200
    await problem_in(await owner.log_in(), 401)
    for method, gone in (("DELETE", path), ("POST", f"{path}/recovery-codes")):
        response = await by_key.change(method, gone, owner.key)
        await problem_in(response, 404, "password_not_set_up")


async def test_new_recovery_codes_are_shown_once_for_the_key(world: World) -> None:
    owner, by_key = await make_owner(world)
    path = f"{API}/password/recovery-codes"
    await problem_in(await by_key.change("POST", path), 403, "reauthentication_required")
    renewed = await json_of(await by_key.change("POST", path, owner.key))
    assert (renewed["login"], len(renewed["recoveryCodes"])) == (LOGIN, 10)
    assert not set(renewed["recoveryCodes"]) & set(owner.codes)
    await problem_in(await owner.log_in(code=owner.codes[0]), 401)
    assert (await owner.log_in(code=renewed["recoveryCodes"][0])).status_code == 200


async def test_a_login_in_use_is_a_conflict(world: World) -> None:
    await make_owner(world)
    stranger = await world.merchant()
    body = {"login": LOGIN, "password": PASSWORD}
    response = await world.request("POST", f"{API}/password", json=body, headers=key_of(stranger))
    problem = await problem_in(response, 409, "conflict")
    assert "login" in problem["detail"]


async def test_every_change_is_in_the_audit_log(world: World) -> None:
    owner, _ = await make_owner(world)
    browser = await owner.signed_in()
    await owner.log_in(password=OTHER_PASSWORD)
    await owner.log_in(code="no code")
    await owner.reauthenticate(browser)
    await browser.change("PATCH", f"{API}/password", json={"login": "tea"})
    await browser.change("POST", f"{API}/password/recovery-codes")
    await browser.change("DELETE", f"{API}/password")
    expected = [
        ("password.removed", "dashboard"),
        ("password.recovery_codes_renewed", "dashboard"),
        ("password.changed", "dashboard"),
        ("dashboard.reauthenticated", "dashboard"),
        ("dashboard.sign_in_failed", "password"),
        ("dashboard.sign_in_failed", "password"),
        ("dashboard.signed_in", "password"),
        ("password.set_up", "dashboard"),
        ("dashboard.signed_in", "api_key"),
    ]
    with trio.fail_after(20):
        # Failures are written in the background.
        while True:
            found = await log_of(world, owner.merchant)
            if len(found["entries"]) >= len(expected):
                break
            await trio.sleep(0.01)
    lines = [(entry["action"], entry["actor"]) for entry in found["entries"]]
    assert sorted(lines) == sorted(expected)
    secrets = (PASSWORD, OTHER_PASSWORD, owner.secret, *owner.codes)
    assert not any(secret in str(found) for secret in secrets)
    failed = [e for e in found["entries"] if e["action"] == "dashboard.sign_in_failed"]
    assert sorted(entry["details"]["wrong"] for entry in failed) == ["code", "password"]
