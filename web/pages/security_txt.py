"""``/.well-known/security.txt``: where to report a vulnerability of this gateway (RFC 9116)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from web.contract.answers import Answer
from web.contract.operations import described
from web.contract.problems import NOT_FOUND, Problem
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway

PATH: Final = "/.well-known/security.txt"
EXPIRES_AFTER: Final = timedelta(days=90)
"""From the beginning of the day on which it is read: the contact is the one of the settings."""
_TEXT: Final = "text/plain"
_DAY_S: Final = 86_400


class SecurityTxtCalls:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @described({200: _TEXT}, problems=(404,))
    async def security_txt(self, _request: Request) -> Answer:
        """Read where to report a vulnerability."""
        settings = self._gateway.settings
        if not settings.security_contact:
            raise Problem(NOT_FOUND, "This gateway names no contact for vulnerabilities.")
        now = datetime.fromtimestamp(self._gateway.clock() / 1000, UTC)
        text = security_txt(settings.security_contact, settings.base_url, now)
        cache = ("Cache-Control", f"public, max-age={_DAY_S}")
        return Answer(200, text.encode(), f"{_TEXT}; charset=utf-8", (cache,))


def security_txt(contacts: tuple[str, ...], base_url: str, now: datetime) -> str:
    """The file. Its canonical place is at the root of the origin, also of a gateway under a
    path."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    parts = urlsplit(base_url)
    lines = [
        *(f"Contact: {contact}" for contact in contacts),
        f"Expires: {day + EXPIRES_AFTER:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {parts.scheme}://{parts.netloc}{PATH}",
    ]
    return "".join(f"{line}\n" for line in lines)


def security_txt_routes(gateway: Gateway) -> Routes:
    """The route ``/.well-known/security.txt``."""
    calls = SecurityTxtCalls(gateway)
    return Routes("security_txt", "", (("GET", PATH, calls.security_txt),))
