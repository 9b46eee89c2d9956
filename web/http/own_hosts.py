"""Checks that a request uses a name of this gateway.

After a page of another site is loaded, its name can be made to resolve to this machine (DNS
rebinding). Its scripts then reach a gateway that only this machine can reach, and the browser
treats both as one site. The Host header reveals such a page. Its host cannot be an IP address:
those are not resolved.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from web.contract.problems import FOREIGN_HOST, Problem

if TYPE_CHECKING:
    from kasgate.settings.model import Settings
    from web.http.credentials import HeaderLookup


def require_own_host(settings: Settings, headers: HeaderLookup) -> None:
    """Raises Problem (403) if the gateway is private to this machine and the request used a name
    that is not its own. A gateway that others can reach needs other protection."""
    host = headers.get("Host")
    if not settings.is_private or host is None or is_own_host(settings, host):
        return
    raise Problem(
        FOREIGN_HOST,
        "This gateway is private to its machine, and this is not one of its names. Use"
        f" {settings.base_url}, or set KASGATE_BASE_URL to the address that you use.",
    )


def is_own_host(settings: Settings, host: str) -> bool:
    """Whether a Host header names this gateway: the host of its base URL, the host that it listens
    on, localhost or an IP address."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    own = {"localhost", settings.host.lower(), (urlsplit(settings.base_url).hostname or "")}
    if name in own or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
