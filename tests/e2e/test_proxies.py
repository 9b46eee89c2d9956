"""The reverse proxies of deploy/proxies in front of a real gateway, over TLS."""

from __future__ import annotations

import json
import re
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from trio_websocket import open_websocket_url

from kasgate.money import parse_kas
from tests.e2e.rig.gateway import ROOT, free_port, serving
from tests.e2e.rig.proxies import PATH, Kind, Proxy, file_of, running
from tests.e2e.rig.shop import PATIENCE_S, Shop, eventually, open_shop

CLIENT = "127.0.0.2"
"""The address of the client, which is no trusted proxy. The proxies come from 127.0.0.1."""
ELSEWHERE = "203.0.113.9"
TOO_LARGE = 300 * 1024
START_S = 30.0

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has 127.0.0.2 on loopback without set-up"
)
every_proxy = pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.name.lower())
every_place = pytest.mark.parametrize("path", ["", PATH], ids=["own-host", "path"])


def trusting(proxy: Proxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(proxy.authority))


@asynccontextmanager
async def through(proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    """A client from another address that checks the certificate, once the gateway answers."""
    await eventually(proxy.authority.exists, START_S)
    from_elsewhere = httpx.AsyncHTTPTransport(verify=trusting(proxy), local_address=CLIENT)
    async with httpx.AsyncClient(
        base_url=proxy.url, transport=from_elsewhere, timeout=PATIENCE_S
    ) as client:

        async def answers() -> bool:
            try:
                return (await client.get("/health/ready")).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

        await eventually(answers, START_S)
        yield client


@pytest.fixture
async def proxied(
    kind: Kind, path: str, tmp_path: Path, nodes: str
) -> AsyncIterator[tuple[Proxy, httpx.AsyncClient]]:
    """A proxy in front of a gateway, and a client of both."""
    port, inner = free_port(), free_port()
    folder = tmp_path / "proxy"
    folder.mkdir()
    with running(kind, path, folder, port, inner) as proxy:
        settings = {
            "nodes": nodes,
            "port": str(inner),
            "base_url": proxy.url,
            "trusted_proxies": "127.0.0.1",
            "security_contact": "security@pay.example",
        }
        async with serving(tmp_path / "data", **settings), through(proxy) as client:
            yield proxy, client


async def watch_until_confirmed(
    proxy: Proxy, session: dict[str, Any], pay: Callable[[], None]
) -> None:
    """Subscribe to a session over the proxy, pay it, and wait for the last message."""
    url = f"{proxy.url.replace('https', 'wss', 1)}/ws"
    subscribe = {
        "type": "subscribe",
        "sessionId": session["id"],
        "token": session["subscriptionToken"],
    }
    async with open_websocket_url(url, ssl_context=trusting(proxy)) as socket:
        await socket.send_message(json.dumps(subscribe))
        await socket.get_message()
        pay()
        with trio.fail_after(PATIENCE_S):
            while "confirmed" not in await socket.get_message():
                pass


async def sign_in(shop: Shop, **headers: str) -> httpx.Response:
    body = {"apiKey": shop.merchant["apiKey"]}
    return await shop.client.post("/api/v1/dashboard/login", json=body, headers=headers)


async def check_sign_in(shop: Shop, proxy: Proxy, path: str) -> None:
    """The cookie is limited to the path, and headers that a client makes up change nothing."""
    origin = proxy.url.removesuffix(path)
    signed_in = await sign_in(shop, Origin=origin, **{"X-Forwarded-For": ELSEWHERE})
    assert signed_in.status_code == 200, signed_in.text
    cookie = signed_in.headers["Set-Cookie"]
    name = "__Secure-kg=" if path else "__Host-kg="
    assert cookie.startswith(name)
    assert f"Path={path or '/'};" in cookie
    assert "Secure" in cookie
    forged = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
    assert (await sign_in(shop, **forged)).status_code == 403
    key = {"X-API-Key": shop.merchant["apiKey"]}
    audit = (await shop.client.get("/api/v1/merchants/me/audit", headers=key)).json()
    assert {entry["ip"] for entry in audit["entries"] if "ip" in entry} == {CLIENT}


async def check_pages(client: httpx.AsyncClient, session: dict[str, Any], path: str) -> None:
    page = await client.get(session["checkoutUrl"])
    assert page.status_code == 200
    assert f'"{path}/widget/' in page.text
    bare = await client.get(str(client.base_url).rstrip("/"), follow_redirects=True)
    assert "<html" in bare.text, "the gateway's first page, without a slash at the end"
    moved = await client.get("/dashboard")
    assert moved.is_redirect
    assert httpx.URL(moved.headers["Location"]).path == f"{path}/dashboard/"
    at_the_root = httpx.URL(str(client.base_url)).join("/.well-known/security.txt")
    assert (await client.get(at_the_root)).text.startswith("Contact: ")


async def check_too_large(shop: Shop) -> None:
    """The gateway answers before it has read the body. Proxies that pass a body on as it comes may
    end the connection then."""
    headers = {"X-API-Key": shop.merchant["apiKey"], "Content-Type": "application/json"}
    try:
        refused = await shop.client.post(
            "/api/v1/sessions", content=b" " * TOO_LARGE, headers=headers
        )
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        return
    assert refused.status_code == 413


async def check_redirect(client: httpx.AsyncClient, plain_url: str) -> None:
    plain = await client.get(f"{plain_url}/pay/x")
    assert plain.status_code == 301
    assert plain.headers["Location"].startswith("https://localhost")


@every_proxy
@every_place
async def test_a_gateway_behind_a_proxy_serves_everybody(path, proxied, network, endpoint, xpubs):
    proxy, client = proxied
    shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
    session = await shop.watched_order("10")
    assert session["checkoutUrl"] == f"{proxy.url}/pay/{session['id']}"
    await check_pages(client, session, path)
    await check_sign_in(shop, proxy, path)
    if proxy.plain_url is not None:
        await check_redirect(client, proxy.plain_url)
    await check_too_large(shop)

    def pay() -> None:
        network.pay(session["address"], parse_kas("10"))

    await watch_until_confirmed(proxy, session, pay)
    assert (await shop.read(session["id"]))["status"] == "confirmed"


@every_proxy
@every_place
def test_the_page_about_proxies_shows_the_file(kind: Kind, path: str) -> None:
    page = (ROOT / "docs/proxies.md").read_text()
    shown = re.findall(r"```\w+\n(.*?)```", page, re.DOTALL)
    assert file_of(kind, path).read_text() in shown
