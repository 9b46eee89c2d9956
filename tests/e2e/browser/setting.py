"""The stories' set-up: a simulated network and a gateway as processes, a shop and a browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final

import httpx
import kaspa
from attrs import define, field
from playwright.sync_api import Browser, sync_playwright

from kasgate.money import parse_kas
from kasgate.simnet.control.client import call
from tests.e2e.rig.gateway import ROOT, free_port
from tests.rates.servers import answer_of_now, sources_at

START_S: Final = 120.0
PAUSE_S: Final = 0.05
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Json = dict[str, Any]


@define
class Network:
    """The simulated network, through its control port."""

    control: int

    def pay(self, address: str, kas: str, **how: Any) -> str:
        """Pay an address; the transaction's id."""
        return str(self.do("pay", address=address, sompi=int(parse_kas(kas)), **how))

    def do(self, command: str, **arguments: Any) -> object:
        """Send any command to the control port."""
        return call("127.0.0.1", self.control, command, **arguments)


@define
class Shop:
    """A merchant's server, which holds the API key."""

    client: httpx.Client
    merchant: Json

    @property
    def url(self) -> str:
        """Its gateway's address."""
        return str(self.client.base_url).rstrip("/")

    @property
    def _key(self) -> Mapping[str, str]:
        return {"X-API-Key": self.merchant["apiKey"]}

    def order(self, amount: str = "12.5", **fields: Any) -> Json:
        """Create a session."""
        body = {"amount": amount, **fields}
        answer = self.client.post("/api/v1/sessions", json=body, headers=self._key)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def read(self, session: Json) -> Json:
        """A session's public fields."""
        answer: Json = self.client.get(f"/api/v1/sessions/{session['id']}").json()
        return answer

    def act(self, session: Json, what: str, **body: Any) -> None:
        """Cancel, accept or fail a session."""
        path = f"/api/v1/sessions/{session['id']}/{what}"
        answer = self.client.post(path, headers=self._key, json=body or None)
        assert answer.is_success, answer.text

    def change(self, **fields: Any) -> None:
        """Change the merchant's settings."""
        answer = self.client.patch("/api/v1/merchants/me", json=fields, headers=self._key)
        assert answer.is_success, answer.text

    def upload(self, image: bytes) -> None:
        """Set the merchant's logo."""
        answer = self.client.put("/api/v1/merchants/me/logo", content=image, headers=self._key)
        assert answer.is_success, answer.text

    def profile(self) -> Json:
        """The merchant's settings."""
        answer: Json = self.client.get("/api/v1/merchants/me", headers=self._key).json()
        return answer

    def becomes(self, session: Json, **wanted: Any) -> Json:
        """Wait until the session has these fields."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            now = self.read(session)
            if all(now.get(name) == value for name, value in wanted.items()):
                return now
            time.sleep(PAUSE_S)
        raise AssertionError(f"{session['id']} did not become {wanted}: {now}")


@define
class Gateway:
    """The gateway's process, which a story may stop and start again on the same port."""

    environ: Mapping[str, str]
    url: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kasgate", "serve"],
            env={**os.environ, **self.environ},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(PAUSE_S)
        raise AssertionError("the gateway does not serve")

    def stop(self) -> None:
        """Stop it and wait until it has ended."""
        if self.process is not None:
            _end(self.process)


@define
class ShopSite:
    """The shop's own pages, at another origin than the gateway's, and its webhook endpoint."""

    url: str
    html: str = ""
    policy: str = ""
    hook_url: str = ""
    hooks: list[Json] = field(factory=list)
    """The bodies of webhooks, in the order of their arrival."""

    def serve(self) -> HTTPServer:
        """A server, not started yet, that shows ``html`` at every path and accepts every
        webhook."""
        site = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = f"<!doctype html><html lang=en><title>Shop</title>{site.html}".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                if site.policy:
                    self.send_header("Content-Security-Policy", site.policy)
                self.end_headers()
                self.wfile.write(page)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                site.hooks.append(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://localhost:{server.server_port}/"
        self.hook_url = f"http://127.0.0.1:{server.server_port}/hooks"
        return server


class Wallet:
    """A new wallet account, made with the network's own library."""

    def __init__(self) -> None:
        root = kaspa.XPrv(kaspa.Mnemonic.random().to_seed())
        account = root.derive_path("m/44'/111111'/0'").to_xpub()
        self.kpub: str = account.into_string("kpub")
        keys = kaspa.PublicKeyGenerator.from_xpub(self.kpub)
        self.addresses: list[str] = keys.receive_addresses_as_strings("simnet", 0, 5)
        """Its first five receiving addresses."""


@define
class Testbed:
    """Everything that a story needs."""

    network: Network
    gateway: Gateway
    shop: Shop
    site: ShopSite
    browser: Browser


@contextmanager
def a_testbed(chromium: str, blocks_per_second: float = 10, orders: int = 0) -> Iterator[Testbed]:
    """A testbed, whose processes end with the block. ``orders`` is the number of orders that its
    shop had in the past year (tests/year)."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kasgate-browser-")))
        node, control = stack.enter_context(_network(blocks_per_second))
        gateway = _gateway(folder, node, stack.enter_context(_rates()))
        key = _year(gateway.environ, orders) if orders else None
        stack.callback(gateway.stop)
        gateway.start()
        client = stack.enter_context(closing(httpx.Client(base_url=gateway.url, timeout=30)))
        body = {"name": "Bean There Coffee", "xpub": Wallet().kpub}
        if key is None:
            answer = client.post("/api/v1/merchants", json=body)
            assert answer.status_code == 201, answer.text
            merchant = answer.json()
        else:
            merchant = {"apiKey": key}
        site = stack.enter_context(_site())
        playwright = stack.enter_context(sync_playwright())
        program = shutil.which(chromium) or chromium
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        stack.callback(browser.close)
        shop = Shop(client, merchant)
        yield Testbed(Network(control), gateway, shop, site, browser)


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """Start `kasgate demo`; yields the addresses that it prints: start, shop and dashboard."""
    command = [sys.executable, "-m", "kasgate", "demo", "--port", str(free_port())]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        printed: dict[str, str] = {}
        for line in process.stdout:
            name, _, rest = line.partition(" ")
            if name in ("start", "shop", "dashboard"):
                printed[name] = rest.split()[0]
            if name == "dashboard":
                break
        yield printed
    finally:
        _end(process)


@contextmanager
def _network(blocks_per_second: float) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "kasgate", "simnet", "--wrpc-json", "127.0.0.1:0"]
    command += ["--control", "127.0.0.1:0", "--blocks-per-second", str(blocks_per_second)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = dict(process.stdout.readline().split() for _ in range(2))
        yield said["wrpc-json"], int(said["control"].rpartition(":")[2])
    finally:
        _end(process)


@contextmanager
def _rates() -> Iterator[int]:
    """The sources of rates, on one port."""

    class Source(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, body = answer_of_now(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    with _serving(server):
        yield server.server_port


@contextmanager
def _serving(server: HTTPServer) -> Iterator[None]:
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _site() -> Iterator[ShopSite]:
    site = ShopSite("")
    with _serving(site.serve()):
        yield site


def _year(environ: Mapping[str, str], orders: int) -> str:
    command = [sys.executable, "-m", "tests.year", "--orders", str(orders)]
    said = subprocess.run(
        command, env={**os.environ, **environ}, cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    return said.stdout.decode().split()[-1]


def _gateway(folder: Path, node: str, rates: int) -> Gateway:
    port = free_port()
    environ = {
        "KASGATE_CONFIG": "off",  # Not the settings file of this machine.
        "KASGATE_DATA_DIR": str(folder),
        "KASGATE_NETWORK": "simnet",
        "KASGATE_NODES": node,
        "KASGATE_PORT": str(port),
        "KASGATE_REGISTRATION": "open",
        # All stories come from one address, and each merchant registers in one.
        "KASGATE_RATE_LIMITS": "registration=600,sign_ins=600",
        "KASGATE_WEBHOOK_ALLOW_PRIVATE": "127.0.0.1/32",
        "KASGATE_RATES": "on",
        "KASGATE_RATE_SOURCES": sources_at(rates),
        "KASGATE_LOG": "json",
    }
    return Gateway(environ, f"http://127.0.0.1:{port}")


def _end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
