"""Every error has the same shape, and none contains internals."""

from __future__ import annotations

import pytest

from actors.gateway import Gateway
from kasgate.store.protocol import StoreUnavailable
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, World, key_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
BODIES = (b"", b"{", b"[1]", b'{"amount": 1}')


async def test_every_route_answers_every_method_with_a_result_or_a_problem(world: World) -> None:
    paths = {
        rule.rule.replace("<session_id>", UNKNOWN_ID).replace("<path:name>", "no.such")
        for rule in world.app.url_map.iter_rules()
    }
    assert len(paths) > 12
    for path in sorted(paths):
        for method in METHODS:
            body = BODIES[len(path) % len(BODIES)]
            headers = {"Content-Type": "application/json"}
            response = await world.request(method, path, data=body, headers=headers)
            assert response.status_code < 500, (method, path)
            assert response.headers["Request-Id"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "Content-Security-Policy" in response.headers
            if response.status_code >= 400 and method != "HEAD":
                problem = await problem_in(response, response.status_code)
                assert problem["instance"] == path
            if response.status_code == 405:
                assert method not in response.headers["Allow"].split(", ")


async def test_an_unknown_route_is_a_404_in_the_words_of_old_clients(world: World) -> None:
    problem = await problem_in(await world.request("GET", "/api/v1/nothing?key=secret"), 404)
    assert problem["error"] == "NOT_FOUND"
    assert problem["instance"] == "/api/v1/nothing"
    assert "secret" not in str(problem)


@pytest.mark.parametrize(
    "path", ["/api//v1/merchants/me", "/health/", "/api/v1", "/api//v1/sessions", "/%00"]
)
async def test_a_nearly_correct_path_is_not_redirected(world: World, path: str) -> None:
    await problem_in(await world.request("GET", path), 404, "not_found")


async def test_a_405_lists_the_allowed_methods(world: World) -> None:
    response = await world.request("DELETE", "/api/v1/merchants/me")
    await problem_in(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH"


async def test_a_websocket_over_plain_http_is_a_426(world: World) -> None:
    response = await world.request("GET", "/ws")
    await problem_in(response, 426, "upgrade_required")
    assert response.headers["Upgrade"] == "websocket"


async def test_a_bug_becomes_a_500_without_internals(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Gateway) -> None:
        raise RuntimeError("secret of /var/lib/kasgate")

    monkeypatch.setattr(Gateway, "health", broken)
    response = await world.request("GET", "/health/ready")
    problem = await problem_in(response, 500, "internal_error")
    assert problem["error"] == "INTERNAL_ERROR"
    assert "secret" not in str(problem)
    assert "Traceback" not in str(problem)


async def test_a_store_that_cannot_be_written_is_a_503_and_creates_nothing(world: World) -> None:
    merchant = await world.merchant()
    world.store.fail_next(StoreUnavailable("disk full at /var/lib/kasgate"))
    response = await world.request(
        "POST", "/api/v1/sessions", json={"amount": "1"}, headers=key_of(merchant)
    )
    problem = await problem_in(response, 503, "unavailable")
    assert response.headers["Retry-After"] == "1"
    assert "/var/lib" not in str(problem)


async def test_a_gateway_that_shuts_down_creates_no_sessions(world: World) -> None:
    merchant = await world.merchant()
    world.gateway.begin_drain()
    response = await world.request(
        "POST", "/api/v1/sessions", json={"amount": "1"}, headers=key_of(merchant)
    )
    await problem_in(response, 503, "shutting_down")


async def test_a_request_id_is_only_kept_if_it_is_safe(world: World) -> None:
    harmless = await world.request("GET", "/health", headers={"Request-Id": "shop-42_a.b"})
    assert harmless.headers["Request-Id"] == "shop-42_a.b"
    for proposed in ("short", "x" * 65, "with space in", "<script>alert", "ümlaut-ümlaut"):
        response = await world.request("GET", "/health", headers={"Request-Id": proposed})
        assert response.headers["Request-Id"].startswith("req_")
