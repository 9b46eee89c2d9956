"""A gateway under a base path: served with and without it, and public addresses contain it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.web.express.lane_corpus import filled
from tests.web.express.two_lanes import TwoLanes, two_lanes
from tests.web.pages.test_checkout import with_card
from tests.web.shape import problem_in
from tests.web.world import (
    UNKNOWN_ID,
    World,
    a_world,
    bytes_of,
    eventually,
    json_of,
    key_of,
    served,
)
from web.app import create_app
from web.connection.guard import GuardedConnection
from web.http.base_path import AT_THE_ROOT, ROOTS, BasePath
from web.pages.demo_shop import Till

BASE = "/kasgate"
PUBLIC = f"https://host.example{BASE}"
INDEX = (
    '<meta name="kasgate-path" content="" /><script type="module" src="./assets/a.js"></script>'
    '<link href="./assets/a.css">'
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    for name, text in {
        "widget/kasgate.js": "/* js */",
        "widget/kasgate.css": "/* css */",
        "dashboard/index.html": INDEX,
        "dashboard/assets/a.js": "void 0",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    async with a_world(static=tmp_path, base_url=PUBLIC) as running:
        yield running


def test_our_own_path_is_found_with_and_without_the_base() -> None:
    base = BasePath(BASE)
    assert base.public("/pay/x") == "/kasgate/pay/x"
    for given, own in (
        ("/kasgate/pay/x", "/pay/x"),
        ("/pay/x", "/pay/x"),
        ("/kasgate", "/"),
        ("/kasgate/", "/"),
        ("/kasgates/pay/x", "/kasgates/pay/x"),
        ("/kasgate/nothing", "/nothing"),
        ("/KASGATE/pay/x", "/KASGATE/pay/x"),
        ("/", "/"),
    ):
        assert base.own(given) == own
    assert AT_THE_ROOT.own("/kasgate/pay/x") == "/kasgate/pay/x"


def test_a_base_with_the_name_of_a_route_is_not_confused_with_it() -> None:
    for base in (BasePath("/pay"), BasePath("/api"), BasePath("/dashboard/live")):
        for own in ("/pay/x", "/api/v1/sessions", "/dashboard/live", "/dashboard/settings", "/ws"):
            assert base.own(own) == own, (base.path, own)
            assert base.own(base.public(own)) == own, (base.path, own)


async def test_every_route_begins_with_a_known_first_part() -> None:
    async with a_world() as running:
        app = create_app(running.gateway, till=Till(running.gateway, None))  # type: ignore[arg-type]
        firsts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
        assert firsts - {""} <= ROOTS


async def test_pages_load_their_files_under_the_base(world: World) -> None:
    session = await world.session(await world.merchant())
    for path in (f"/pay/{session['id']}", f"{BASE}/pay/{session['id']}"):
        response = await world.app.test_client().get(path)
        page = with_card((await bytes_of(response)).decode())
        named = re.findall(r'(?:href|src)="(/[^"]*)"', page)
        assert len(named) == 3
        assert f'content="10; url={BASE}/pay/{session["id"]}/card?lang=en"' in page
        for url in named:
            assert url.startswith(f"{BASE}/widget/")
            assert (await world.app.test_client().get(url)).status_code == 200


async def test_the_integrity_file_has_addresses_under_the_base(world: World) -> None:
    fields = await json_of(await world.app.test_client().get(f"{BASE}/widget/integrity.json"))
    for asset in fields.values():
        assert asset["url"].startswith(f"{BASE}/widget/kasgate.")
        for url in (asset["url"], asset["url"].removeprefix(BASE)):
            assert (await world.app.test_client().get(url)).status_code == 200


async def test_the_dashboards_page_contains_its_base(world: World) -> None:
    for path in ("/dashboard/", "/dashboard/sessions/1", f"{BASE}/dashboard/sessions/1"):
        page = (await bytes_of(await world.app.test_client().get(path))).decode()
        assert '<meta name="kasgate-path" content="/kasgate"' in page
        assert re.findall(r'(?:href|src)="([^"]*)"', page) == [
            "/kasgate/dashboard/assets/a.js",
            "/kasgate/dashboard/assets/a.css",
        ]
    asked = await world.app.test_client().get("/kasgate/dashboard/assets/a.js")
    assert "immutable" in asked.headers["Cache-Control"]


async def test_locations_are_under_the_base(world: World) -> None:
    client = world.app.test_client()
    moved = await client.get(f"{BASE}/dashboard")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/kasgate/dashboard/")
    merchant = await world.merchant()
    body = {"name": "Two", "xpub": world.keys.pop(0)}
    registered = await client.post(f"{BASE}/api/v1/merchants", json=body)
    assert registered.headers["Location"] == "/kasgate/api/v1/merchants/me"
    created = await client.post(
        f"{BASE}/api/v1/sessions", json={"amount": "10"}, headers=key_of(merchant)
    )
    session = await json_of(created)
    location = created.headers["Location"]
    assert location == f"/kasgate/api/v1/sessions/{session['id']}"
    assert (await client.get(location)).status_code == 200
    assert session["checkoutUrl"] == f"{PUBLIC}/pay/{session['id']}"
    # There is no explorer of this network, so the session's own URL is used.
    assert session["explorerUrl"] == f"{PUBLIC}/api/v1/sessions/{session['id']}"
    assert (await client.get(urlsplit(session["checkoutUrl"]).path)).status_code == 200


@pytest.mark.parametrize(
    ("public", "name", "attributes"),
    [
        ("https://pay.example", "__Host-kg", "Path=/; HttpOnly; SameSite=Lax; Secure"),
        (PUBLIC, "__Secure-kg", "Path=/kasgate; HttpOnly; SameSite=Lax; Secure"),
        ("http://localhost:3001/kasgate", "kg", "Path=/kasgate; HttpOnly; SameSite=Lax"),
    ],
)
async def test_the_cookie_is_limited_to_the_base(public: str, name: str, attributes: str) -> None:
    async with a_world(base_url=public) as running:
        merchant = await running.merchant()
        parts = urlsplit(public)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        answered = await running.app.test_client().post(
            f"{parts.path}/api/v1/dashboard/login",
            json={"apiKey": merchant["apiKey"]},
            headers=headers,
        )
        cookie = answered.headers["Set-Cookie"]
        assert cookie.startswith(f"{name}=")
        assert cookie.endswith(attributes)
        token = cookie.partition(";")[0]
        who = await running.app.test_client().get(
            f"{parts.path}/api/v1/dashboard/session", headers={"Cookie": token}
        )
        assert who.status_code == 200


async def test_the_description_is_under_the_base_and_names_it(world: World) -> None:
    client = world.app.test_client()
    found = await json_of(await client.get(f"{BASE}/api/v1/openapi.json"))
    assert found["servers"] == [{"url": PUBLIC}]
    assert found["components"]["securitySchemes"]["dashboard"]["name"] == "__Secure-kg"
    page = (await bytes_of(await client.get(f"{BASE}/docs/reference/"))).decode()
    # The address is relative to the page, which is under the base path.
    assert 'href="../../api/v1/openapi.json"' in page


async def test_errors_and_headers_are_those_of_the_route(world: World) -> None:
    client = world.app.test_client()
    path = f"/api/v1/sessions/{UNKNOWN_ID}"
    for place in (path, BASE + path):
        problem = await problem_in(await client.get(place), 404)
        assert problem["instance"] == BASE + path
    shared = await client.get(BASE + path, headers={"Origin": "https://shop.example"})
    assert shared.headers["Access-Control-Allow-Origin"] == "*"
    framed = await client.get(f"{BASE}/dashboard/")
    assert "script-src 'self'" in framed.headers["Content-Security-Policy"]
    asked = await client.options(f"{BASE}/api/v1/merchants/me")
    assert (asked.status_code, asked.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, PATCH")
    await problem_in(await client.get(f"{BASE}/nothing"), 404)
    await problem_in(await client.get(f"{BASE}s/health"), 404)


async def test_calls_under_the_base_are_limited_like_all_others() -> None:
    async with a_world(base_url=PUBLIC, rate_limits="session=1") as running:
        session = await running.session(await running.merchant())
        path = f"/api/v1/sessions/{session['id']}/status"
        client = running.app.test_client()
        for _ in range(60):
            if (await client.get(BASE + path)).status_code == 429:
                break
        assert (await client.get(path)).status_code == 429


HOT = {
    "status": b"GET %s/api/v1/sessions/{open}/status HTTP/1.1\r\nHost: t\r\n\r\n",
    "read": b"GET %s/api/v1/sessions/{open} HTTP/1.1\r\nHost: t\r\n\r\n",
    "unknown": b"GET %s/api/v1/sessions/00000000-0000-4000-8000-000000000000 HTTP/1.1\r\n"
    b"Host: t\r\n\r\n",
    "create": b"POST %s/api/v1/sessions HTTP/1.1\r\nHost: t\r\nX-API-Key: {key}\r\n"
    b'Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{"amount":"10"}',
}
COLD = {
    "absolute": b"GET http://t%s/api/v1/sessions/{open}/status HTTP/1.1\r\nHost: t\r\n\r\n",
    "escaped": b"GET %s/api/v1/sessions/{open}/%%73tatus HTTP/1.1\r\nHost: t\r\n\r\n",
    "docs": b"GET %s/api/v1/rates HTTP/1.1\r\nHost: t\r\n\r\n",
    "the base alone": b"GET %s HTTP/1.1\r\nHost: t\r\n\r\n",
    "a slash too many": b"GET %s//ws HTTP/1.1\r\nHost: t\r\n\r\n",
}


@pytest.fixture
async def lanes() -> AsyncIterator[TwoLanes]:
    async with two_lanes(base_url=PUBLIC) as both:
        yield both


async def test_both_lanes_answer_alike_under_the_base(lanes: TwoLanes) -> None:
    for name, request in (HOT | COLD).items():
        for base in (b"", BASE.encode()):
            if not base and name == "the base alone":
                continue
            express, plain = await lanes.answers([filled_in(lanes, request, base)])
            assert express == plain, name
            assert express.startswith(b"HTTP/1.1 "), name
        if name in ("status", "read"):
            assert express.startswith(b"HTTP/1.1 200 "), name


async def test_hot_calls_and_websockets_under_the_base_stay_in_the_express_lane(
    lanes: TwoLanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_on: list[GuardedConnection] = []
    serve = GuardedConnection.serve

    async def noted(self: GuardedConnection, peer: str) -> None:
        handed_on.append(self)
        await serve(self, peer)

    monkeypatch.setattr(GuardedConnection, "serve", noted)
    for request in HOT.values():
        whole = filled_in(lanes, request, BASE.encode())
        # Also in pieces: an incomplete head must stay in the lane.
        for pieces in ([whole], [whole[:9], whole[9:]]):
            async with await lanes.express.connect() as stream:
                for piece in pieces:
                    await stream.send_all(piece)
                assert bytes(await stream.receive_some()).startswith(b"HTTP/1.1 ")
    upgrade = (
        b"GET /kasgate/ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    for server in (lanes.express, lanes.plain):
        async with await server.connect() as stream:
            await stream.send_all(upgrade)
            assert bytes(await stream.receive_some()).startswith(b"HTTP/1.1 101 ")
        if server is lanes.express:
            assert handed_on == []
    await eventually(lambda: len(handed_on) == 1)


async def test_a_demo_under_a_path_uses_relative_addresses() -> None:
    async with a_world(base_url="http://localhost:3001/kasgate") as running:
        merchant = await running.merchant()
        till = Till(running.gateway, None)  # type: ignore[arg-type]
        till.merchant_id = merchant["id"]
        client = create_app(running.gateway, till=till).test_client()
        page = (await bytes_of(await client.get(f"{BASE}/demo/"))).decode()
        assert not re.findall(r'(?:href|src|action)="/', page)
        script = (await bytes_of(await client.get(f"{BASE}/demo/shop.js"))).decode()
        assert "`/" not in script
        ordered = await client.post(f"{BASE}/demo/orders", headers={"Accept": "text/html"})
        assert ordered.status_code == 303
        assert ordered.headers["Location"].startswith("/kasgate/pay/")


async def test_a_socket_works_on_both_paths(world: World) -> None:
    async with served(world) as server:
        for path in (b"/health/live", b"/kasgate/health/live"):
            answer = await server.answer_to(
                b"GET %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" % path
            )
            assert answer.startswith(b"HTTP/1.1 200 ")


def filled_in(lanes: TwoLanes, request: bytes, base: bytes) -> bytes:
    return filled(lanes, request % base if b"%s" in request else request)
