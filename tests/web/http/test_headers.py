"""CORS, and the security headers."""

from __future__ import annotations

import pytest

from tests.web.world import UNKNOWN_ID, World, a_world

SHOP = "https://shop.example"
PUBLIC = [
    ("GET", f"/api/v1/sessions/{UNKNOWN_ID}"),
    ("GET", f"/api/v1/sessions/{UNKNOWN_ID}/status"),
    ("POST", f"/api/v1/sessions/{UNKNOWN_ID}/token"),
    ("GET", "/widget/kasgate.js"),
]
MERCHANT = [
    ("POST", "/api/v1/sessions"),
    ("POST", f"/api/v1/sessions/{UNKNOWN_ID}/cancel"),
    ("GET", "/api/v1/merchants/me"),
    ("PATCH", "/api/v1/merchants/me"),
    ("POST", "/api/v1/merchants"),
]


def preflight(method: str, origin: str = SHOP) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type,x-api-key",
    }


@pytest.mark.parametrize("call", PUBLIC)
async def test_public_calls_answer_any_page_without_credentials(
    world: World, call: tuple[str, str]
) -> None:
    method, path = call
    response = await world.request(method, path, headers={"Origin": SHOP})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Request-Id" in response.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers
    asked = await world.request("OPTIONS", path, headers=preflight(method))
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert method in asked.headers["Access-Control-Allow-Methods"]
    assert "X-API-Key" not in asked.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("call", MERCHANT)
async def test_merchant_calls_answer_no_page_by_default(
    world: World, call: tuple[str, str]
) -> None:
    method, path = call
    for response in (
        await world.request(method, path, headers={"Origin": SHOP}),
        await world.request("OPTIONS", path, headers=preflight(method)),
    ):
        assert not [name for name in dict(response.headers) if name.startswith("Access-Control")]
        assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize("call", MERCHANT)
async def test_merchant_calls_answer_pages_of_the_origins_in_the_settings(
    call: tuple[str, str],
) -> None:
    method, path = call
    async with a_world(cors_origins=SHOP) as world:
        asked = await world.request("OPTIONS", path, headers=preflight(method))
        assert asked.status_code == 204
        assert asked.headers["Access-Control-Allow-Origin"] == SHOP
        assert "X-API-Key" in asked.headers["Access-Control-Allow-Headers"]
        assert method in asked.headers["Access-Control-Allow-Methods"]
        answered = await world.request(method, path, headers={"Origin": SHOP})
        assert answered.headers["Access-Control-Allow-Origin"] == SHOP
        for origin in ("https://evil.example", "null", SHOP + ".evil.example", SHOP.upper()):
            other = await world.request("OPTIONS", path, headers=preflight(method, origin))
            assert "Access-Control-Allow-Origin" not in other.headers


async def test_plain_options_list_the_methods(world: World) -> None:
    response = await world.request("OPTIONS", "/api/v1/merchants/me")
    assert response.status_code == 204
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH"


async def test_every_answer_has_security_headers(
    world: World,
) -> None:
    response = await world.request("GET", "/health")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in response.headers


async def test_a_gateway_with_a_public_https_address_sends_hsts() -> None:
    async with a_world(base_url="https://pay.shop.example") as world:
        response = await world.request("GET", "/health")
        assert response.headers["Strict-Transport-Security"].startswith("max-age=")
        session = await world.session(await world.merchant())
        assert session["checkoutUrl"] == f"https://pay.shop.example/pay/{session['id']}"
