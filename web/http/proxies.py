"""The real client of a request that comes through a reverse proxy (contract.md §9).

``X-Forwarded-*`` is trusted only from the networks in ``KASGATE_TRUSTED_PROXIES``, since anybody
can send such a header. The list of addresses is read from its end, where the nearest proxy wrote,
as long as the writer is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from attrs import frozen
from hypercorn.typing import HTTPScope, WebsocketScope

from kasgate.access.client_networks import read_address

_HOST: Final = re.compile(rb"[A-Za-z0-9._:\[\]-]{1,255}")
_SECURE: Final = {"http": "https", "ws": "wss"}
_PLAIN: Final = {"https": "http", "wss": "ws"}
_TLS: Final = {b"https": True, b"wss": True, b"http": False, b"ws": False}

RawHeaders = Iterable[tuple[bytes, bytes]]


@frozen
class Seen:
    """The values that a trusted proxy reports for a request."""

    client: str
    """The client's address."""
    secure: bool | None
    """Whether the request came over TLS; None if the proxy does not report it."""
    host: bytes | None
    """The requested host; None if the proxy does not report it."""


class TrustedProxies:
    """The reverse proxies whose headers are trusted."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    def apply(self, scope: HTTPScope | WebsocketScope) -> None:
        """Put address, scheme and host as reported by a trusted proxy into a scope."""
        client = scope.get("client")
        headers = list(scope["headers"])
        seen = None if client is None else self.seen(client[0], headers)
        if seen is None:
            return
        scope["client"] = (seen.client, 0)
        if seen.secure is not None:
            schemes = _SECURE if seen.secure else _PLAIN
            scope["scheme"] = schemes.get(scope["scheme"], scope["scheme"])
        if seen.host is not None:
            others = [(name, value) for name, value in headers if name.lower() != b"host"]
            scope["headers"] = [(b"host", seen.host), *others]

    def seen(self, peer: str, headers: RawHeaders) -> Seen | None:
        """The values reported by the peer if it is a trusted proxy, else None."""
        address = self._trusted(peer)
        if address is None:
            return None
        headers = list(headers)
        proto = _last(headers, b"x-forwarded-proto").lower()
        host = _last(headers, b"x-forwarded-host")
        return Seen(
            str(self._origin(address, headers)),
            _TLS.get(proto),
            host if _HOST.fullmatch(host) else None,
        )

    def _origin(self, peer: IPv4Address | IPv6Address, headers: RawHeaders) -> object:
        """The last address that is not a trusted proxy. If one is unreadable, or all are trusted,
        the last address that was read."""
        found = peer
        for part in reversed(_parts(headers, b"x-forwarded-for")):
            named = _address(part.decode("latin-1"))
            if named is None:
                break
            found = named
            if not self._trusts(found):
                break
        return found

    def trusts(self, peer: str) -> bool:
        """Whether the peer with this address is a trusted proxy."""
        return self._trusted(peer) is not None

    def _trusted(self, peer: str) -> IPv4Address | IPv6Address | None:
        """The peer's address, if the peer is a trusted proxy."""
        address = _address(peer) if self._networks else None
        return address if address is not None and self._trusts(address) else None

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address as proxies write it: alone, with a port, or in brackets."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return read_address(text)


def _parts(headers: RawHeaders, wanted: bytes) -> list[bytes]:
    """The members of a list, which may be spread over several headers."""
    values = [value for name, value in headers if name.lower() == wanted]
    return [part.strip() for value in values for part in value.split(b",")]


def _last(headers: RawHeaders, wanted: bytes) -> bytes:
    parts = _parts(headers, wanted)
    return parts[-1] if parts else b""
