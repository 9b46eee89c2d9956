"""The URLs and addresses that the gateway may send to (security.md, SSRF).

A merchant chooses the URL, and the gateway connects to it from inside a network. So it sends only
to the public internet by https, and to the networks that the operator allowed. A name is judged by
its addresses, never by its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote

import idna
from attrs import frozen

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

HTTPS_PORTS: Final = frozenset({443, 8443})
"""Ports for https on the public internet; other ports belong to other services."""

MAX_URL_CHARACTERS: Final = 2048

_URL: Final = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]@%]+))(?::([0-9]{1,5}))?")
_NEVER_IN_A_URL: Final = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_NAME_CHARACTERS: Final = 253
_MAX_PORT: Final = 65_535
# All characters that are legal in a path or query. "%" is included, so that escapes stay as they
# are.
_PATH_CHARACTERS: Final = "%/:?[]@!$&'()*+,;=~"

# IANA's special-purpose registries, and one public address at which a cloud serves its machines'
# secrets (168.63.129.16, Azure). Listed here, because ipaddress.is_global differs between releases
# of Python.
_NOT_PUBLIC_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_UNICAST_V6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20")
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


NO_USABLE_ADDRESS: Final = (
    "The name of this server cannot be found, or it leads to an address that is private or"
    " reserved."
)
"""One sentence for both cases. Otherwise a merchant could find out which names exist in the
gateway's own network."""


class UrlRefused(Exception):
    """The gateway refuses to send to a URL. The message is a sentence for the merchant."""

    def __init__(self, sentence: str, detail: str | None = None) -> None:
        """``detail`` is a sentence for the operator, if there is more to report."""
        super().__init__(sentence)
        self.detail = sentence if detail is None else detail


@frozen
class Target:
    """The parts of a URL."""

    scheme: str
    """``https`` or ``http``."""
    host: str
    """A name in ASCII and lower case, or an address without brackets."""
    port: int
    path: str
    """Path and query as sent."""
    address: IPAddress | None
    """The address in ``host``; None for a name."""
    only_private: bool
    """Whether this form of URL is allowed only for the allowed private networks."""

    @property
    def host_header(self) -> str:
        """The value of ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"


@frozen
class Policy:
    """The operator's choice, and the checks that follow from it."""

    allow_private: tuple[IPNetwork, ...] = ()
    """Private networks that may be reached, also by plain http and on any port."""

    def check(self, url: str) -> Target:
        """Parse a URL. Raises UrlRefused if it can be refused without asking DNS."""
        if len(url) > MAX_URL_CHARACTERS:
            raise UrlRefused(f"A URL has at most {MAX_URL_CHARACTERS} characters.")
        if "#" in url:
            raise UrlRefused("A webhook URL has no fragment (#…).")
        parts = _URL.fullmatch(url)
        if parts is None or _NEVER_IN_A_URL.search(url):
            raise UrlRefused("This is not an https:// URL.")
        scheme, authority, path = parts[1].lower(), parts[2], parts[3]
        if "@" in authority:
            raise UrlRefused("A webhook URL contains no user name or password.")
        host, address, port = _host_and_port(authority)
        if port is None:
            port = 443 if scheme == "https" else 80
        target = Target(
            scheme=scheme,
            host=host,
            port=port,
            path=_path_on_the_wire(path),
            address=address,
            only_private=scheme != "https" or port not in HTTPS_PORTS,
        )
        if target.only_private and not self.allow_private:
            raise UrlRefused(_wrong_form(target))
        if address is not None:
            self.judge(target, (address,))
        return target

    def judge(self, target: Target, addresses: Iterable[IPAddress]) -> tuple[IPAddress, ...]:
        """The addresses to connect to. Raises UrlRefused unless all of them are allowed, because a
        name with allowed and forbidden addresses is probably an attack."""
        judged = tuple(dict.fromkeys(_as_plain_v4(address) for address in addresses))
        for address in judged:
            if any(address in network for network in self.allow_private):
                continue
            if not is_public(address):
                sentence = "This URL leads to an address that is private or reserved."
                if target.address is not None:  # The URL contains it, so this reveals nothing.
                    raise UrlRefused(sentence)
                raise UrlRefused(NO_USABLE_ADDRESS, sentence)
            if target.only_private:
                raise UrlRefused(_wrong_form(target))
        return judged


def is_public(address: IPAddress) -> bool:
    """Whether an address is on the public internet.

    An IPv6 address with an embedded IPv4 address (mapped, NAT64, 6to4) is as public as that one;
    Teredo is not public.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = IPv4Address(int(address) & 0xFFFF_FFFF)
    if inner is not None:
        return is_public(inner)
    return address in _GLOBAL_UNICAST_V6 and not any(
        address in network for network in _NOT_PUBLIC_V6
    )


def _as_plain_v4(address: IPAddress) -> IPAddress:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _wrong_form(target: Target) -> str:
    if target.scheme != "https":
        return "Webhooks are sent by https:// only."
    ports = " or ".join(str(port) for port in sorted(HTTPS_PORTS))
    return f"Webhooks are sent to port {ports} only."


def _host_and_port(authority: str) -> tuple[str, IPAddress | None, int | None]:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise UrlRefused("This URL has no host name.")
    bracketed, plain, port_digits = parts[1], parts[2], parts[3]
    port = int(port_digits) if port_digits else None
    if port is not None and not 1 <= port <= _MAX_PORT:
        raise UrlRefused("This URL has a port that does not exist.")
    if bracketed is not None:
        address = _bracketed_address(bracketed)
        return str(address), address, port
    host = _ascii_name(plain)
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        # Many resolvers accept 0x7f.1, 2130706433 or 0177.1 for 127.0.0.1.
        try:
            return host, IPv4Address(host), port
        except ValueError:
            raise UrlRefused("Write an IP address as four decimal numbers.") from None
    return host, None, port


def _bracketed_address(text: str) -> IPAddress:
    try:
        return _as_plain_v4(IPv6Address(text))
    except ValueError:
        raise UrlRefused("The text in brackets is not an IPv6 address.") from None


def _ascii_name(host: str) -> str:
    """A host name in the form of DNS and TLS (IDNA, UTS 46)."""
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise UrlRefused("The name of the server is not valid.") from None
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > _MAX_NAME_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("The name of the server is not valid.")
    return name


def _path_on_the_wire(path: str) -> str:
    if not path.startswith("/"):
        path = f"/{path}"
    try:
        return quote(path, safe=_PATH_CHARACTERS)
    except UnicodeEncodeError:
        raise UrlRefused("This URL contains characters that cannot be sent.") from None


def parsed_addresses(texts: Iterable[str]) -> list[IPAddress]:
    """Parse the addresses of a resolver. Raises ValueError for other text."""
    return [ip_address(text) for text in texts]
