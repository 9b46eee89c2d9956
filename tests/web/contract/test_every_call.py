"""The general rules of the contract, checked for every call (contract.md §§2, 3, 5).

The calls come from the application's own routes, so that none is missed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
from attrs import evolve, frozen

from actors.merchants.keyring import KeyHolder, KeyRing
from actors.merchants.sign_in import SignedIn, SignIns
from tests.web.api.test_sign_in import OURS, Browser, signed_in
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, Json, World, a_world, bytes_of, json_of, key_of
from web.contract.operations import Auth, Operation, operation_of
from web.http.quart_io import MAX_BODY_BYTES

JSON = {"Content-Type": "application/json"}
PLACES = {"session_id": UNKNOWN_ID, "action": "pay", "name": "kasgate.js"}
OF_A_MERCHANT = (Auth.KEY, Auth.COOKIE)
PROOF = b'{"password": "correct horse battery", "code": "000000"}'
"""The body of the one call that reads its body before it checks the cookie."""


@frozen
class Call:
    """A method of a route, with a path that leads to it."""

    method: str
    path: str
    operation: Operation


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(
        simnet_control="127.0.0.1:1", operator_token="an-operators-token", rate_limits="off"
    ) as running:
        yield running


def calls(world: World) -> Iterator[Call]:
    """Every call, with ids that do not exist."""
    for rule in world.app.url_map.iter_rules():
        operation = operation_of(world.app.view_functions[rule.endpoint])
        path = re.sub(
            r"<(?:[^:<>]+:)?([a-z_]+)>", lambda place: PLACES.get(place[1], "unknown"), rule.rule
        )
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if not rule.websocket:
                yield Call(method, path, operation)


def with_body(world: World) -> list[Call]:
    found = [call for call in calls(world) if call.operation.body is not None]
    assert len(found) >= 5
    return found


def harmless(call: Call) -> bytes:
    """A body that changes nothing."""
    return PROOF if call.operation.check_first is not None else b"{}"


async def send(
    world: World, call: Call, merchant: Json, body: bytes, **headers: str
) -> tuple[int, str, Json]:
    response = await world.request(
        call.method, call.path, data=body, headers=key_of(merchant) | JSON | headers
    )
    problem = await problem_in(response, response.status_code)
    return response.status_code, problem["code"], problem


async def test_malformed_json_is_a_400(world: World) -> None:
    merchant = await world.merchant()
    for call in with_body(world):
        for body in (b"", b"{", b"{'a': 1}", b"\xff\xfe", b'{"a": 1}}', b"[" * 100_000):
            status, code, _ = await send(world, call, merchant, body)
            assert (status, code) == (400, "malformed_json"), (call, body[:20])


async def test_another_content_type_is_a_415(world: World) -> None:
    merchant = await world.merchant()
    for call in with_body(world):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
            status, code, _ = await send(world, call, merchant, b"{}", **{"Content-Type": kind})
            assert (status, code) == (415, "unsupported_media_type"), (call, kind)


async def test_too_large_a_body_is_a_413(world: World) -> None:
    merchant = await world.merchant()
    for call in calls(world):
        # tests/web/api/test_logos.py has the larger limit of a file.
        if call.method == "GET" or call.operation.upload is not None:
            continue
        body = b'{"name": "' + b"x" * MAX_BODY_BYTES + b'"}'
        status, code, _ = await send(world, call, merchant, body)
        assert (status, code) == (413, "payload_too_large"), call


async def test_a_body_with_unknown_fields_or_no_object_is_a_field_error(
    world: World,
) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    for unknown in with_body(world):
        call = evolve(unknown, path=unknown.path.replace(UNKNOWN_ID, session["id"]))
        for body in (b"[1]", b"null", b'"text"', b"7"):
            _, code, problem = await send(world, call, merchant, body)
            assert (code, problem["error"]) == ("validation_failed", "Validation Error"), call
            assert problem["details"][0]["field"] == "body"
        _, code, problem = await send(world, call, merchant, b'{"apiSecret": 1}')
        assert "apiSecret" in [detail["field"] for detail in problem["details"]], call


async def test_a_missing_or_wrong_key_is_a_401(world: World) -> None:
    wrong: list[dict[str, str]] = [
        {},
        {"X-API-Key": "kg_live_" + "x" * 43},
        {"X-API-Key": "x" * 5_000},
        {"Authorization": "Bearer kg_live_wrong"},
        {"Authorization": "Basic a2c6bGl2ZQ=="},
    ]
    merchant = await world.merchant()
    guarded = [call for call in calls(world) if call.operation.auth in OF_A_MERCHANT]
    assert len(guarded) >= 40
    for call in guarded:
        for headers in wrong:
            for query in ("", f"?apiKey={merchant['apiKey']}&api_key={merchant['apiKey']}"):
                response = await world.request(
                    call.method, call.path + query, data=harmless(call), headers=JSON | headers
                )
                problem = await problem_in(response, 401, "unauthorized")
                assert problem["error"] == "Unauthorized"
                assert merchant["apiKey"] not in str(problem)


async def test_a_wrong_key_is_refused_even_if_none_is_needed(world: World) -> None:
    found = [call for call in calls(world) if call.operation.auth is Auth.MAYBE_KEY]
    assert found
    for call in found:
        response = await world.request(
            call.method, call.path, data=b"{}", headers=JSON | {"X-API-Key": "kg_live_wrong"}
        )
        await problem_in(response, 401, "unauthorized")


async def test_a_call_of_the_dashboard_refuses_an_api_key(world: World) -> None:
    merchant = await world.merchant()
    found = [call for call in calls(world) if call.operation.auth is Auth.COOKIE]
    assert len(found) >= 3
    for call in found:
        response = await world.request(
            call.method, call.path, data=harmless(call), headers=key_of(merchant) | JSON
        )
        await problem_in(response, 401, "unauthorized")


async def test_the_cookie_changes_nothing_without_the_csrf_token(world: World) -> None:
    _, browser = await signed_in(world)
    found = [
        call
        for call in calls(world)
        if call.operation.auth in OF_A_MERCHANT and call.method != "GET"
    ]
    assert len(found) >= 20
    for call in found:
        response = await browser.request(call.method, call.path, OURS | JSON, data=harmless(call))
        await problem_in(response, 403, "csrf")


async def test_the_cookie_alone_is_not_enough_for_a_fresh_call(
    world: World,
) -> None:
    _, browser = await signed_in(world)
    found = [call for call in calls(world) if call.operation.fresh]
    assert len(found) >= 8
    for call in found:
        response = await browser.change(call.method, call.path, JSON, data=b"{}")
        await problem_in(response, 403, "reauthentication_required")
        assert "X-KasGate-Reauth" in [header.name for header in call.operation.headers]


async def test_every_call_passes_the_checks_of_its_description(world: World) -> None:
    for rule in world.app.url_map.iter_rules():
        if not rule.websocket:
            view = world.app.view_functions[rule.endpoint]
            assert view.__qualname__ == "quart_view.<locals>.serve", rule


async def test_the_caller_is_looked_up_once(world: World, lookups: Counter[str]) -> None:
    """Every call of a merchant: by key, and by cookie with the key as re-authentication."""
    merchant = await world.merchant()
    for call in calls(world):
        if call.operation.auth not in (*OF_A_MERCHANT, Auth.MAYBE_KEY):
            continue
        browser = Browser(world)
        await browser.sign_in(merchant["apiKey"])
        own = OURS | {"X-KasGate-CSRF": browser.csrf, "X-KasGate-Reauth": merchant["apiKey"]}
        by_cookie = own | {"Cookie": f"kg={browser.token}"}
        for headers, expected in (
            (by_cookie, {"cookie": 1, "key": 1}),
            (key_of(merchant), {"key": 1}),
        ):
            lookups.clear()
            response = await world.request(
                call.method, call.path, data=harmless(call), headers=JSON | headers
            )
            assert lookups == expected, call
            if response.status_code == 200 and call.path.endswith("/regenerate-api-key"):
                merchant["apiKey"] = (await json_of(response))["apiKey"]


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the lookups of API keys and cookies."""
    found: Counter[str] = Counter()
    by_key, by_cookie = KeyRing.authenticate, SignIns.signed_in

    async def authenticate(ring: KeyRing, api_key: str) -> KeyHolder | None:
        found["key"] += 1
        return await by_key(ring, api_key)

    async def signed_in_by(sign_ins: SignIns, token: str) -> SignedIn | None:
        found["cookie"] += 1
        return await by_cookie(sign_ins, token)

    monkeypatch.setattr(KeyRing, "authenticate", authenticate)
    monkeypatch.setattr(SignIns, "signed_in", signed_in_by)
    return found


async def test_a_call_of_the_operator_refuses_merchants(world: World) -> None:
    merchant = await world.merchant()
    guarded = [call for call in calls(world) if call.operation.auth is Auth.OPERATOR]
    assert guarded
    for call in guarded:
        response = await world.request(call.method, call.path, headers=key_of(merchant))
        await problem_in(response, 401, "unauthorized")


async def test_every_post_but_those_that_show_a_secret_takes_an_idempotency_key(
    world: World,
) -> None:
    merchant = await world.merchant()
    posts = [(call.path, call) for call in calls(world) if call.method == "POST"]
    secret = re.compile(
        r"/merchants$|/regenerate-|/token$|/dashboard/log(in|out)$|/xpub-preview$|/merchants/keys$"
        r"|/(password|link)-login$|/reauthenticate$|/dashboard/password(/confirm|/recovery-codes)?$"
    )
    for path, call in posts:
        assert call.operation.idempotent is (secret.search(path) is None), path
        if call.operation.idempotent:
            _, code, _ = await send(
                world, call, merchant, b"{}", **{"Idempotency-Key": "not visible"}
            )
            assert code in ("invalid_idempotency_key", "validation_failed", "not_found"), path


async def test_an_unknown_session_is_a_404_and_a_malformed_id_a_400(world: World) -> None:
    merchant = await world.merchant()
    # The checkout's answer is a page for a shopper: tests/web/pages/test_checkout.py.
    found = [call for call in calls(world) if UNKNOWN_ID in call.path and "/pay/" not in call.path]
    assert len(found) >= 6
    for call in found:
        body = b'{"note": "why"}'
        assert (await send(world, call, merchant, body))[0] == 404, call
        for wrong in ("42", UNKNOWN_ID + "0", "..%2f..%2fetc"):
            path = call.path.replace(UNKNOWN_ID, wrong)
            response = await world.request(
                call.method, path, data=body, headers=key_of(merchant) | JSON
            )
            assert response.status_code in (400, 404), path
            await problem_in(response, response.status_code)


async def test_no_answer_reveals_the_server_software(world: World) -> None:
    merchant = await world.merchant()
    for call in calls(world):
        response = await world.request(
            call.method, call.path, data=b'{"a": ', headers=key_of(merchant) | JSON
        )
        text = (await bytes_of(response)).decode(errors="replace")
        for sign in ("Traceback", "/usr/lib", "site-packages", "werkzeug", "quart", "hypercorn"):
            assert sign not in text, call
        assert not {"Server", "X-Powered-By"} & {name.title() for name, _ in response.headers}
