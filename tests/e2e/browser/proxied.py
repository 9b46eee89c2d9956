"""A gateway behind nginx with TLS, configured as in deploy/proxies, for shopper and merchant.

Once on its own host and twice under a path, which the proxy strips or keeps.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.browser.page_assertions import DESKTOP
from tests.e2e.browser.setting import PAUSE_S, START_S, Gateway, Shop, Testbed, Wallet
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import scene, shop_page, told, visit
from tests.e2e.rig.gateway import free_port
from tests.e2e.rig.proxies import PATH, Kind, running

CONTACT: Final = "security@pay.example"


@story
def a_gateway_on_a_host_of_its_own_serves_behind_a_proxy(testbed: Testbed) -> None:
    with _behind_nginx(testbed, "", strips=False) as shop:
        _serves_everybody(testbed, shop)


@story
def a_gateway_under_a_path_serves_behind_a_proxy_that_strips_it(testbed: Testbed) -> None:
    with _behind_nginx(testbed, PATH, strips=True) as shop:
        _serves_everybody(testbed, shop)


@story
def a_gateway_under_a_path_serves_behind_a_proxy_that_keeps_it(testbed: Testbed) -> None:
    with _behind_nginx(testbed, PATH, strips=False) as shop:
        _serves_everybody(testbed, shop)


def _serves_everybody(testbed: Testbed, shop: Shop) -> None:
    _a_shopper_pays_on_the_hosted_page(testbed, shop)
    _a_shopper_pays_in_the_shops_page(testbed, shop)
    _a_shopper_pays_without_scripts(testbed, shop)
    _a_merchant_signs_in_and_reloads_a_deep_page(testbed, shop)


@contextmanager
def _visit_under_the_path(testbed: Testbed, shop: Shop, **context: object) -> Iterator[Page]:
    """A page that must request nothing outside the gateway's path."""
    host = _origin(shop)
    asked: list[str] = []
    harmless = ("401",)
    with visit(testbed, harmless=harmless, ignore_https_errors=True, **context) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url.replace("wss", "https", 1)))
        yield page
        beside = [url for url in asked if url.startswith(host) and not url.startswith(shop.url)]
        assert beside == []


def _a_shopper_pays_on_the_hosted_page(testbed: Testbed, shop: Shop) -> None:
    session = shop.order("12.5", requiredConfirmations=40)
    assert session["checkoutUrl"] == f"{shop.url}/pay/{session['id']}"
    with _visit_under_the_path(testbed, shop) as page:
        with page.expect_websocket() as opened:
            page.goto(session["checkoutUrl"])
        assert opened.value.url == f"{shop.url.replace('https', 'wss', 1)}/ws"
        scene(page, "waiting")
        testbed.network.pay(session["address"], "12.5")
        scene(page, "confirming")
        scene(page, "paid")


def _a_shopper_pays_in_the_shops_page(testbed: Testbed, shop: Shop) -> None:
    session = shop.order("12.5")
    html = f'<script src="{shop.url}/widget/kasgate.js"></script>'
    html += f'<kasgate-widget session-id="{session["id"]}"></kasgate-widget>'
    with _visit_under_the_path(testbed, shop) as page:
        shop_page(testbed, page, html)
        scene(page, "waiting")
        testbed.network.pay(session["address"], "12.5")
        scene(page, "paid")
        assert len(told(page, "paid")) == 1


def _a_shopper_pays_without_scripts(testbed: Testbed, shop: Shop) -> None:
    session = shop.order("12.5")
    with _visit_under_the_path(testbed, shop, java_script_enabled=False) as page:
        page.goto(session["checkoutUrl"])
        card = page.frame_locator("iframe")
        card.get_by_role("heading", name="Waiting for your payment").wait_for()
        testbed.network.pay(session["address"], "12.5")
        card.get_by_role("heading", name="Paid").wait_for()


def _a_merchant_signs_in_and_reloads_a_deep_page(testbed: Testbed, shop: Shop) -> None:
    session = shop.order("12.5", orderId="DEEP-1")
    with _visit_under_the_path(testbed, shop, **DESKTOP) as page:
        page.goto(f"{shop.url}/dashboard")
        page.wait_for_url(f"{shop.url}/dashboard/")
        page.get_by_label("API key").fill(shop.merchant["apiKey"])
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("heading", name="Overview", level=1).wait_for()
        (cookie,) = page.context.cookies()
        path = shop.url.removeprefix(_origin(shop))
        own = ("__Secure-kg", path) if path else ("__Host-kg", "/")
        assert (cookie["name"], cookie["path"]) == own
        assert (cookie["secure"], cookie["httpOnly"]) == (True, True)
        page.get_by_role("navigation").get_by_role("link", name="Payments").click()
        page.get_by_role("link", name="DEEP-1").first.click()
        page.wait_for_url(f"{shop.url}/dashboard/sessions/{session['id']}")
        page.reload()
        page.get_by_role("heading", name="DEEP-1", level=1).wait_for()
        # Updated by the WebSocket under the path.
        testbed.network.pay(session["address"], "12.5")
        page.locator("#page .head .badge").get_by_text("confirmed").wait_for()
        page.get_by_role("navigation").get_by_role("link", name="Integration").click()
        expect(page.get_by_text(shop.url, exact=True)).to_be_visible()
        page.get_by_role("link", name="API reference").click()
        page.get_by_role("heading", name=re.compile("KasGate")).first.wait_for()
        page.get_by_role("link", name="/api/v1/openapi.json").click()
        page.wait_for_url(f"{shop.url}/api/v1/openapi.json")


@contextmanager
def _behind_nginx(testbed: Testbed, path: str, *, strips: bool) -> Iterator[Shop]:
    """A new gateway under a path; yields its shop, which uses only the public address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kasgate-nginx-")))
        port, behind = free_port(), free_port()
        url = f"https://localhost:{port}{path}"
        environ = {
            **testbed.gateway.environ,
            "KASGATE_DATA_DIR": str(folder / "data"),
            "KASGATE_PORT": str(behind),
            "KASGATE_BASE_URL": url,
            "KASGATE_TRUSTED_PROXIES": "127.0.0.1/32",
            "KASGATE_SECURITY_CONTACT": CONTACT,
        }
        gateway = Gateway(environ, f"http://127.0.0.1:{behind}")
        stack.callback(gateway.stop)
        gateway.start()
        stack.enter_context(running(Kind.NGINX, path, folder, port, behind, strips=strips))
        client = stack.enter_context(closing(httpx.Client(base_url=url, verify=False, timeout=30)))
        _answers(client)
        told = client.get(f"https://localhost:{port}/.well-known/security.txt")
        assert told.text.startswith(f"Contact: mailto:{CONTACT}\n"), told.text
        body = {"name": "Under a Path", "xpub": Wallet().kpub}
        answer = client.post("/api/v1/merchants", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"] == f"{path}/api/v1/merchants/me"
        yield Shop(client, answer.json())


def _origin(shop: Shop) -> str:
    return f"https://{shop.client.base_url.netloc.decode()}"


def _answers(client: httpx.Client) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            if client.get("/health/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(PAUSE_S)
    raise AssertionError("nginx does not lead to the gateway")
