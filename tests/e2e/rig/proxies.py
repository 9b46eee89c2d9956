"""The reverse proxies of deploy/proxies as processes, in front of a gateway on loopback."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.rig.gateway import ROOT, free_port
from tests.plugins.required_parts import require

FOLDER: Final = ROOT / "deploy/proxies"
PATH: Final = "/kasgate"
_END_S: Final = 30.0
_GATEWAY: Final = "127.0.0.1:3001"
_AROUND_NGINX: Final = """
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
  {documented}
}}
"""
_BEFORE_CADDY: Final = """
{{
	admin off
	auto_https disable_redirects
	skip_install_trust
	storage file_system {folder}/caddy
}}
"""


class Kind(Enum):
    """A proxy: its program and the name of its file in deploy/proxies."""

    NGINX = "nginx.conf"
    CADDY = "Caddyfile"
    HAPROXY = "haproxy.cfg"


@frozen
class Proxy:
    """A running proxy."""

    url: str
    """The public address, with the path."""
    plain_url: str | None
    """The host's address without TLS, if this proxy redirects from it."""
    authority: Path
    """The certificate that clients have to trust. It may not exist before the first connection."""


def file_of(kind: Kind, path: str) -> Path:
    """The configuration for a host of its own, or for a path."""
    return FOLDER / ("path" if path else "own-host") / kind.value


@contextmanager
def running(
    kind: Kind, path: str, folder: Path, port: int, behind: int, *, strips: bool = False
) -> Iterator[Proxy]:
    """The proxy on this port, in front of the gateway on the port ``behind``.

    Only host names, ports and certificates of the configuration are replaced. ``strips`` is for
    nginx, which removes the path from what it passes on if it is set.
    """
    plain, certificate = free_port(), folder / "tls.pem"
    certificate.write_bytes(_certificate())
    text = file_of(kind, path).read_text()
    changes = _changes(kind, port, certificate)
    redirects = kind is not Kind.CADDY and not path
    if redirects:
        changes[r"(listen|bind) :?80\b"] = rf"\1 127.0.0.1:{plain}"
    if kind is Kind.NGINX and path and not strips:
        changes[rf"proxy_pass http://{_GATEWAY}/;"] = f"proxy_pass http://{_GATEWAY};"
    for found, instead in changes.items():
        text, count = re.subn(found, instead, text)
        assert count, f"{found} is not in {file_of(kind, path)}"
    text = text.replace(_GATEWAY, f"127.0.0.1:{behind}")
    if kind is Kind.NGINX:
        text = _AROUND_NGINX.format(folder=folder, documented=text)
    elif kind is Kind.CADDY:
        certificate = folder / "caddy/pki/authorities/local/root.crt"
        text = _BEFORE_CADDY.format(folder=folder) + text
    config = folder / kind.value
    config.write_text(text)
    environ = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(_command(kind, config), env=environ, stdout=log, stderr=log)
    try:
        yield Proxy(
            f"https://localhost:{port}{path}",
            f"http://localhost:{plain}" if redirects else None,
            certificate,
        )
    finally:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _changes(kind: Kind, port: int, certificate: Path) -> dict[str, str]:
    """Regular expressions, and what the tests have in their place."""
    match kind:
        case Kind.NGINX:
            return {
                "listen 443": f"listen 127.0.0.1:{port}",
                r"/etc/ssl/\w+\.example\.(?:pem|key)": str(certificate),
            }
        case Kind.CADDY:
            return {r"(?m)^\w+\.example \{": f"https://localhost:{port} {{"}
        case Kind.HAPROXY:
            return {
                "bind :443": f"bind 127.0.0.1:{port}",
                r"/etc/haproxy/\w+\.example\.pem": str(certificate),
            }


def _command(kind: Kind, config: Path) -> list[str]:
    program = str(require(kind.name.lower()))
    match kind:
        case Kind.NGINX:
            folder = config.parent
            return [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
        case Kind.CADDY:
            return [program, "run", "--adapter", "caddyfile", "--config", str(config)]
        case Kind.HAPROXY:
            return [program, "-db", "-f", str(config)]


def _certificate() -> bytes:
    """A key and a self-signed certificate for loopback, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
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
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
