"""The networks by which clients are counted.

A customer of an IPv6 provider has at least a whole /64, and many have a /48, so a limit on single
addresses would limit nobody.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_REMEMBERED: Final = 4096
_NARROW: Final = 64
_WIDE: Final = 48


@lru_cache(_REMEMBERED)
def network_of(address: str) -> str:
    """The /64 of an IPv6 address; an IPv4 address or any other text unchanged."""
    return _prefix(address, _NARROW) or address


@lru_cache(_REMEMBERED)
def wide_network_of(address: str) -> str | None:
    """The /48 of an IPv6 address; None for anything else."""
    return _prefix(address, _WIDE)


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address without its scope, IPv4 in IPv6 as IPv4; None for other text."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def _prefix(text: str, length: int) -> str | None:
    address = read_address(text)
    if not isinstance(address, IPv6Address):
        return None
    kept = 128 - length
    return str(IPv6Network((int(address) >> kept << kept, length)))
