"""Kaspa addresses: their text form, their parts, and the output script that pays to them.

An address is a prefix, a colon, and base32 characters that hold a version byte, a key or hash, and
a 40-bit checksum which also covers the prefix (kaspa.md §1). The parser is stricter than the
official library: it refuses surplus groups and non-zero padding bits, so that an address has
exactly one text.
"""

from enum import IntEnum
from functools import lru_cache
from typing import Final

import attrs

from kasgate.kaspa.networks import Network

_PREFIXES: Final = frozenset(network.address_prefix for network in Network)

_CHARSET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_NOT_IN_CHARSET: Final = 0xFF
# Maps the characters to the digits that int() accepts in base 32.
_DIGITS: Final = b"0123456789abcdefghijklmnopqrstuv"
_DIGIT_OF_BYTE: Final = bytes(
    _DIGITS[_CHARSET.index(chr(byte))] if chr(byte) in _CHARSET else _NOT_IN_CHARSET
    for byte in range(256)
)
_PAIR_TEXT: Final = tuple(high + low for high in _CHARSET for low in _CHARSET)

_GENERATORS: Final = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_CHECKSUM_GROUPS: Final = 8
_GROUP_BITS: Final = 5
_LOW_35_BITS: Final = (1 << 35) - 1
_LOW_20_BITS: Final = (1 << 20) - 1
# Longest valid text: "kaspatest:" and the 63 characters of an ECDSA address.
_MAX_TEXT_LENGTH: Final = 73


class AddressError(ValueError):
    """Not an address. The message is a sentence for the user and does not repeat the text."""


class AddressVersion(IntEnum):
    """The kind of an address's payload (kaspa.md §1)."""

    PUBKEY = 0
    """A 32-byte x-only key for Schnorr signatures; ordinary wallets use it."""
    PUBKEY_ECDSA = 1
    """A 33-byte compressed key for ECDSA signatures."""
    SCRIPT_HASH = 8
    """The 32-byte hash of a script."""


_PAYLOAD_LENGTH: Final = {
    AddressVersion.PUBKEY: 32,
    AddressVersion.PUBKEY_ECDSA: 33,
    AddressVersion.SCRIPT_HASH: 32,
}
# The script around the payload, in hex, in the form of the node's JSON: the script version (u16,
# always 0) comes first. Push and OP_CHECKSIG, push and OP_CHECKSIG_ECDSA, OP_BLAKE2B push OP_EQUAL
# (kaspa.md §1).
_SCRIPT_FRAME: Final = {
    AddressVersion.PUBKEY: ("000020", "ac"),
    AddressVersion.PUBKEY_ECDSA: ("000021", "ab"),
    AddressVersion.SCRIPT_HASH: ("0000aa20", "87"),
}

_VERSIONS: Final = {version.value: version for version in AddressVersion}


def _step(state: int, group: int) -> int:
    """Feed one 5-bit group into the checksum register, as the definition does."""
    top = state >> 35
    state = ((state & _LOW_35_BITS) << _GROUP_BITS) ^ group
    for bit, generator in enumerate(_GENERATORS):
        if top >> bit & 1:
            state ^= generator
    return state


def _four_steps(state: int) -> int:
    for _ in range(4):
        state = _step(state, 0)
    return state


# The register is linear, so the feedback of the four groups shifted out at its top can be looked
# up, as the sum of the feedback of the upper two and of the lower two. Processing four groups at a
# time is several times as fast, and session creation waits for it.
_FEEDBACK_OF_UPPER: Final = tuple(_four_steps(pair << 30) for pair in range(1 << 10))
_FEEDBACK_OF_LOWER: Final = tuple(_four_steps(pair << 20) for pair in range(1 << 10))


@lru_cache(maxsize=16)
def _prefix_state(prefix: str) -> int:
    """The checksum register after the prefix and the zero group that ends it."""
    state = 1
    for character in prefix:
        state = _step(state, ord(character) & 0x1F)
    return _step(state, 0)


def _absorb(state: int, number: int, groups: int) -> int:
    """The checksum register after a number of so many 5-bit groups."""
    while groups % 4:
        groups -= 1
        state = _step(state, number >> groups * _GROUP_BITS & 0x1F)
    for shift in range((groups - 4) * _GROUP_BITS, -1, -4 * _GROUP_BITS):
        state = (
            (state & _LOW_20_BITS) << 20
            ^ (number >> shift & _LOW_20_BITS)
            ^ _FEEDBACK_OF_UPPER[state >> 30]
            ^ _FEEDBACK_OF_LOWER[state >> 20 & 0x3FF]
        )
    return state


def _characters(number: int, groups: int) -> str:
    """The base32 text of a number of so many 5-bit groups."""
    first = ""
    if groups % 2:
        groups -= 1
        first = _CHARSET[number >> groups * _GROUP_BITS]
    shifts = range((groups - 2) * _GROUP_BITS, -1, -2 * _GROUP_BITS)
    return first + "".join([_PAIR_TEXT[number >> shift & 0x3FF] for shift in shifts])


def encode(prefix: str, version: int, payload: bytes) -> str:
    """Write the text of an address from its parts.

    This is the bare codec: it accepts any prefix and any payload length, so that test vectors of
    other implementations can be checked. Use Address for an address that has to be valid.

    Raises AddressError if the version is not a byte.
    """
    if not 0 <= version <= 0xFF:  # noqa: PLR2004 - the largest byte
        raise AddressError("The version of an address must be one byte.")
    bits = 8 * (1 + len(payload))
    groups = -(-bits // _GROUP_BITS) + _CHECKSUM_GROUPS
    content = version << 8 * len(payload) | int.from_bytes(payload, "big")
    # Zero bits fill the last group, and eight zero groups reserve the place of the checksum.
    number = content << (groups * _GROUP_BITS - bits)
    checksum = _absorb(_prefix_state(prefix), number, groups) ^ 1
    return f"{prefix}:{_characters(number | checksum, groups)}"


def decode(text: str) -> tuple[str, int, bytes]:
    """Read any text of the address form into prefix, version byte and payload.

    The bare counterpart of encode. It checks the character set (lower case only), the checksum and
    the padding, but not the prefix, the version or the payload's length. Use Address.from_text for
    an address that has to be valid.

    Raises AddressError.
    """
    prefix, colon, body = text.partition(":")
    if not colon or not prefix:
        raise AddressError("An address starts with its network's prefix and a colon.")
    # Latin-1 keeps one byte per character; characters outside it are invalid anyway.
    digits = body.encode("latin-1", "replace").translate(_DIGIT_OF_BYTE)
    if _NOT_IN_CHARSET in digits:
        raise AddressError("The address contains an invalid character.")
    if len(digits) <= _CHECKSUM_GROUPS:
        raise AddressError("The address is too short.")
    number = int(digits, 32)
    if _absorb(_prefix_state(prefix), number, len(digits)) != 1:
        raise AddressError("The checksum of the address is wrong; it may have been mistyped.")
    data = number >> _CHECKSUM_GROUPS * _GROUP_BITS
    length, padding = divmod((len(digits) - _CHECKSUM_GROUPS) * _GROUP_BITS, 8)
    if length == 0 or padding >= _GROUP_BITS or data & ((1 << padding) - 1):
        raise AddressError("The address has bits missing or left over at its end.")
    content = (data >> padding).to_bytes(length, "big")
    return prefix, content[0], content[1:]


@attrs.frozen
class Address:
    """A valid address of one of the four networks; ``str(address)`` is its text.

    Raises AddressError if prefix, version and payload do not fit together.
    """

    prefix: str
    """The network's prefix, such as ``kaspa``."""
    version: AddressVersion
    """The kind of the payload."""
    payload: bytes
    """The key or hash, of the length that the version requires."""

    def __attrs_post_init__(self) -> None:
        if self.prefix not in _PREFIXES:
            raise AddressError("The address does not start with the prefix of a Kaspa network.")
        if len(self.payload) != _PAYLOAD_LENGTH.get(self.version):
            raise AddressError("The address does not have the length of its kind.")

    @classmethod
    def from_text(cls, text: str) -> "Address":
        """Read an address exactly as a wallet writes it, without surrounding spaces.

        Raises AddressError for any other text: unknown prefix or version, upper case, a wrong
        checksum or length, non-zero padding.
        """
        if len(text) > _MAX_TEXT_LENGTH:
            raise AddressError("The address is too long.")
        prefix, version, payload = decode(text)
        kind = _VERSIONS.get(version)
        if kind is None:
            raise AddressError("The address is of an unknown kind.")
        return cls(prefix, kind, payload)

    def __str__(self) -> str:
        return encode(self.prefix, self.version, self.payload)

    @property
    def script_public_key(self) -> str:
        """The output script that pays to this address, in the form of the node's JSON.

        Four hex digits of script version, then the script in hex (kaspa.md §1).
        """
        head, tail = _SCRIPT_FRAME[self.version]
        return f"{head}{self.payload.hex()}{tail}"


def address_of_script(script_public_key_hex: str, prefix: str) -> str | None:
    """The address that an output script pays to, on the network with this prefix.

    The script has the form of the node's JSON (see Address.script_public_key). None if it is not
    one of the three standard scripts, or not hex.

    Raises AddressError if the prefix does not belong to a Kaspa network.
    """
    text = script_public_key_hex.lower()
    for version, (head, tail) in _SCRIPT_FRAME.items():
        digits = 2 * _PAYLOAD_LENGTH[version]
        if len(text) != len(head) + digits + len(tail):
            continue
        if not (text.startswith(head) and text.endswith(tail)):
            continue
        try:
            payload = bytes.fromhex(text[len(head) : len(head) + digits])
        except ValueError:
            return None
        if len(payload) != _PAYLOAD_LENGTH[version]:
            return None  # fromhex skips spaces
        return str(Address(prefix, version, payload))
    return None
