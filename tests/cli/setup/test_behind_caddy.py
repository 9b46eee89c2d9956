"""The whole way of a new user: setup in a terminal, `kasgate serve`, Caddy with TLS of its own
authority in front, and a payment on the simulated network."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.processes import TIMEOUT_S, running
from tests.cli.setup.conftest import KEY, ME, Simnet
from tests.cli.setup.terminal import environment, terminal
from tests.cli.setup.test_dialogue import ROOT_ONLY, answer_about_the_merchant
from tests.e2e.rig.gateway import free_port

PAUSE_S = 0.1
CADDYFILE = """\
{{
    admin off
    skip_install_trust
    auto_https disable_redirects
    storage file_system {folder}
}}
https://localhost:{port} {{
    tls internal
    reverse_proxy 127.0.0.1:{behind}
}}
"""


@contextmanager
def caddy(folder: Path, port: int, behind: int) -> Iterator[Path]:
    """Caddy in front of a port. Yields the certificate of its authority."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is missing (Debian: apt install caddy)")
    folder.mkdir()
    (folder / "Caddyfile").write_text(CADDYFILE.format(folder=folder, port=port, behind=behind))
    command = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    process = subprocess.Popen(
        command, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield folder / "pki" / "authorities" / "local" / "root.crt"
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)


def test_setup_leads_to_a_payment_behind_caddy(simnet: Simnet, tmp_path: Path):
    port, behind = free_port(), free_port()
    file, url = tmp_path / "kasgate.toml", f"https://localhost:{port}"
    places = ("--config", str(file), "--data-dir", str(tmp_path / "data"))
    with terminal("setup", *places, environ=environment(tmp_path)) as shown:
        shown.answer("Network (", "simnet")
        shown.answer("Node [", simnet.grpc)
        shown.answer("Control port [", simnet.control)
        for prompt in ROOT_ONLY:
            shown.answer(prompt, ME)
        shown.answer("Address to listen on [")
        shown.answer("Port [", str(behind))
        shown.answer("Public URL [", url)
        shown.answer("Trusted proxies [127.0.0.1]")
        shown.answer("Prices in currencies (on, off) [")
        answer_about_the_merchant(shown)
        shown.answer("Do this now? [")
        assert shown.exit_code() == 0
    lines = shown.shown.splitlines()
    api_key = next(line.split()[-1] for line in lines if "API key  " in line)
    environ = {"KASGATE_CONFIG": str(file), "KASGATE_LOG": "json"}
    with running("serve", environ=environ) as gateway, caddy(tmp_path / "c", port, behind) as root:
        gateway.logged('"gateway ready"')
        with httpx.Client(base_url=url, verify=trusting(root), timeout=TIMEOUT_S) as shop:
            wait_for(shop)
            key = {"X-API-Key": api_key}
            made = shop.post("/api/v1/sessions", headers=key, json={"amount": "12.5"}).json()
            assert made["checkoutUrl"].startswith(url)
            paid = shop.post(f"/api/v1/test/sessions/{made['id']}/pay", headers=key)
            assert paid.is_success, paid.text
            deadline = time.monotonic() + TIMEOUT_S
            while (now := shop.get(f"/api/v1/sessions/{made['id']}").json())[
                "status"
            ] != "confirmed":
                assert time.monotonic() < deadline, now
                time.sleep(PAUSE_S)
            assert now["address"].partition(":")[2][:50] in {
                address.partition(":")[2][:50] for address in KEY["receive"]
            }
        environ = {"KASGATE_CONFIG": str(file)}
        with running("doctor", environ=environ) as stranger:
            assert stranger.exit_code() == 0
        assert "has a certificate that this machine does not trust" in words(stranger.out)
        environ["SSL_CERT_FILE"] = str(root)
        with running("doctor", environ=environ) as doctor:
            assert doctor.exit_code() == 0
        assert f"public URL: {url} leads to a gateway." in words(doctor.out)


def words(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())


def trusting(root: Path) -> ssl.SSLContext:
    """Trust in Caddy's own authority alone, once it has made its certificate."""
    deadline = time.monotonic() + TIMEOUT_S
    while not root.exists():
        assert time.monotonic() < deadline, "Caddy made no authority"
        time.sleep(PAUSE_S)
    return ssl.create_default_context(cafile=str(root))


def wait_for(shop: httpx.Client) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            if shop.get("/health/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "Caddy does not lead to the gateway"
        time.sleep(PAUSE_S)
