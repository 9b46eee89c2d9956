"""Whether a request was made to a name of this gateway.

A page of another site can have its own name resolve to this machine after it was loaded (DNS
rebinding). Then its scripts reach a gateway that only this machine can reach, and the browser takes
both for one site. What gives the page away is the Host that it asks for. It can't be an address:
those do not resolve to anything else.
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
    """Raises Problem (403) if the gateway is private to this machine and was asked for by a name
    that is not its own. Where others may reach it, something else has to protect it."""
    host = headers.get("Host")
    if not settings.is_private or host is None or is_own_host(settings, host):
        return
    raise Problem(
        FOREIGN_HOST,
        "This gateway is private to its machine and was asked for by another name. Use"
        f" {settings.base_url}, or set KASGATE_BASE_URL to the address that you use.",
    )


def is_own_host(settings: Settings, host: str) -> bool:
    """Whether a Host header names this gateway: by the host of its base URL, the host that it
    listens on, localhost or an address."""
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
