"""A gateway behind nginx with TLS, configured as in docs/proxies.md, for shopper and merchant.

Once on its own host and twice under a path, which the proxy strips or keeps.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Page, expect

from tests.e2e.browser.page_assertions import DESKTOP
from tests.e2e.browser.setting import PAUSE_S, START_S, Gateway, Shop, Testbed, Wallet
from tests.e2e.browser.stories import story
from tests.e2e.browser.visual_checks import scene, shop_page, told, visit
from tests.e2e.rig.gateway import ROOT, free_port
from tests.plugins.required_parts import require

PATH: Final = "/kasgate"
CONTACT: Final = "security@pay.example"
_AROUND: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {server}
}}
"""
"""The rest of the nginx configuration around that of docs/proxies.md: files and one process."""


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
        page.get_by_role("link", name=f"{path}/docs/reference/").click()
        page.get_by_role("heading", name=re.compile("KasGate")).first.wait_for()
        page.get_by_role("link", name="/api/v1/openapi.json").click()
        page.wait_for_url(f"{shop.url}/api/v1/openapi.json")


@contextmanager
def _behind_nginx(testbed: Testbed, path: str, *, strips: bool) -> Iterator[Shop]:
    """A new gateway under a path; yields its shop, which uses only the public address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kasgate-nginx-")))
        port, behind = free_port(), free_port()
        url = f"https://127.0.0.1:{port}{path}"
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
        (folder / "tls.pem").write_bytes(_certificate())
        server = _documented(path).replace("listen 443", f"listen 127.0.0.1:{port}")
        server = re.sub(r"/etc/ssl/pay\.example\.(?:pem|key)", f"{folder}/tls.pem", server)
        behind_it = f"http://127.0.0.1:{behind}{'/' if strips else ''};"
        server = re.sub(r"http://127\.0\.0\.1:3001/?;", behind_it, server)
        server = server.replace("http://127.0.0.1:3001/", f"http://127.0.0.1:{behind}/")
        (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, server=server))
        stack.enter_context(_nginx(folder))
        client = stack.enter_context(closing(httpx.Client(base_url=url, verify=False, timeout=30)))
        _answers(client)
        told = client.get(f"https://127.0.0.1:{port}/.well-known/security.txt")
        assert told.text.startswith(f"Contact: mailto:{CONTACT}\n"), told.text
        body = {"name": "Under a Path", "xpub": Wallet().kpub}
        answer = client.post("/api/v1/merchants", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"] == f"{path}/api/v1/merchants/me"
        yield Shop(client, answer.json())


def _documented(path: str) -> str:
    """The nginx configuration in docs/proxies.md."""
    page = (ROOT / "docs/proxies.md").read_text()
    server, location = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    if not path:
        return str(server)
    return re.sub(r" {4}location / \{.*?\n {4}\}\n", lambda _: location, server, flags=re.DOTALL)


def _origin(shop: Shop) -> str:
    return f"https://{shop.client.base_url.netloc.decode()}"


@contextmanager
def _nginx(folder: Path) -> Iterator[None]:
    program = require("nginx")
    command = [str(program), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen([*command, "-e", str(folder / "error.log")])
    try:
        yield
    finally:
        process.terminate()
        process.wait(START_S)


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


def _certificate() -> bytes:
    """A key and a self-signed certificate for loopback, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
