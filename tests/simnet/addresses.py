"""Addresses of the simulated network that belong to nobody."""

from __future__ import annotations

from kasgate.kaspa.address import Address, AddressVersion


def address(number: int) -> str:
    return str(Address("kaspasim", AddressVersion.PUBKEY, number.to_bytes(32, "big")))


def script(number: int) -> str:
    return Address.from_text(address(number)).script_public_key


ALICE = address(1)
BOB = address(2)
CAROL = address(3)
KAS = 100_000_000
