"""Extended public keys of merchants, and the receive addresses that are derived from them.

The gateway accepts only the public key of an account, m/44'/111111'/account', in the BIP-32 text
form of 78 bytes in Base58Check (kaspa.md §2). Anything that could spend is refused before it is
stored. No error of this module repeats its input, chains to an error with it or keeps a reference
to it.
"""

import hashlib
import hmac
from typing import Final

import attrs

from kasgate.kaspa.address import AddressVersion, encode
from kasgate.kaspa.curve import curve
from kasgate.kaspa.networks import Network

# kaspa.md §2: rusty-kaspa's prefix.rs, and kdub and ksub of the Go wallet.
_PUBLIC_VERSIONS: Final = {
    "kpub": 0x038F332E,
    "ktub": 0x0390A241,
    "xpub": 0x0488B21E,
    "tpub": 0x043587CF,
    "kdub": 0x038B41BA,
    "ksub": 0x0390467D,
}
_PREFIX_OF_VERSION: Final = {version: prefix for prefix, version in _PUBLIC_VERSIONS.items()}
# The prefixes of Kaspa, of BIP-32, and of Bitcoin's SegWit scripts (SLIP-132), in lower case.
_PRIVATE_PREFIXES: Final = frozenset(
    ("kprv", "ktrv", "kdrv", "ksrv", "xprv", "tprv", "yprv", "zprv", "uprv", "vprv")
)
_SEGWIT_PREFIXES: Final = frozenset(("ypub", "zpub", "upub", "vpub"))

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUE: Final = {character: value for value, character in enumerate(_BASE58)}
_CHECKSUM_BYTES: Final = 4
_KEY_BYTES: Final = 78
# A key of 78 bytes and its checksum takes 111 characters. The cost of decoding grows with the
# square of the length, so a much longer text is not decoded.
_MAX_TEXT_LENGTH: Final = 150
_PREFIX_CHARACTERS: Final = 4
# BIP-39 phrases have 12 to 24 words.
_PHRASE_WORDS: Final = range(12, 25)

_ACCOUNT_DEPTH: Final = 3
_HARDENED: Final = 1 << 31


class ExtendedKeyError(ValueError):
    """A text that can't serve as an account's public key.

    The message is a sentence for the user and contains no part of the text. ``code`` is stable:
    ``malformed``, ``checksum``, ``private_key``, ``unsupported_prefix``, ``unknown_prefix``,
    ``depth``, ``not_hardened`` or ``curve_point``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvalidChildError(Exception):
    """An index for which BIP-32 defines no key (one in 2**127); use the next index.

    ``index`` is the one that has to be skipped.
    """

    def __init__(self, index: int) -> None:
        super().__init__(f"There is no key at index {index}; it has to be skipped.")
        self.index = index


@attrs.frozen(repr=False)
class AccountKey:
    """The extended public key of one account, m/44'/111111'/account'.

    Two objects are equal only if written with the same prefix; compare fingerprints to check
    whether two keys give the same addresses. The repr shows no key material, because it reveals
    every payment of the account.
    """

    public_key: bytes
    """The compressed public key, 33 bytes."""
    chain_code: bytes
    """32 bytes that, with the public key, determine every child key."""
    child_number: int
    """The account with the hardened bit (2**31) set."""
    parent_fingerprint: bytes
    """Four bytes that identify the parent key; addresses do not depend on them."""
    prefix: str
    """The first four letters of its text form, such as ``kpub``."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex of public key and chain code: the same for every text form of one key."""
        return hashlib.sha256(self.public_key + self.chain_code).hexdigest()

    def to_text(self, prefix: str | None = None) -> str:
        """The key in its text form, with its own prefix or one of the other five.

        Raises ValueError for an unknown prefix.
        """
        version = _PUBLIC_VERSIONS.get(self.prefix if prefix is None else prefix)
        if version is None:
            raise ValueError("unknown prefix for an extended public key")
        return _base58check(
            version.to_bytes(4, "big")
            + bytes([_ACCOUNT_DEPTH])
            + self.parent_fingerprint
            + self.child_number.to_bytes(4, "big")
            + self.chain_code
            + self.public_key
        )

    def __repr__(self) -> str:
        return f"AccountKey({self.prefix}, fingerprint {self.fingerprint[:12]})"


def parse_account_key(text: str) -> AccountKey:
    """Read the extended public key of an account: kpub, ktub, xpub, tpub, kdub or ksub.

    Only surrounding whitespace is ignored. The key must be at depth 3 with a hardened child number,
    because a master or chain key would give other addresses than the merchant's wallet (kaspa.md
    §2).

    Raises ExtendedKeyError. Its code is ``private_key`` for anything that can spend: a private key
    in any form, damaged or not, private key bytes under a public prefix, or a recovery phrase. The
    error's message, context and traceback do not contain the text.
    """
    try:
        return _read(text.strip())
    except ExtendedKeyError as found:
        refusal = ExtendedKeyError(found.code, str(found))
    # Raised outside the handler and without the text, so that neither a chained exception nor a
    # traceback that prints local variables can put a private key into a log.
    del text
    raise refusal


def key_warnings(key: AccountKey, network: Network) -> tuple[str, ...]:
    """Sentences about a key that works on this network but looks wrong.

    Key material is the same on every network, so the prefix of another network is no error. It is
    often a sign that the wrong key was copied.
    """
    if key.prefix in network.expected_key_prefixes:
        return ()
    homes = " or ".join(home.value for home in Network if key.prefix in home.expected_key_prefixes)
    return (
        f"This key is written as {key.prefix}, which belongs to {homes}, while this gateway runs"
        f" on {network.value}. It works here too, but make sure that it is the key you meant.",
    )


class ReceiveChain:
    """The receive addresses of one account on one network, derived on demand.

    Derives the chain's own key once (m/0 of the account) and keeps it in memory.
    """

    __slots__ = ("_chain_code", "_child_point", "_prefix", "_public_key")

    def __init__(self, key: AccountKey, network: Network) -> None:
        """Raises ValueError if the account's public key is not a point on the curve."""
        library = curve()
        if not library.is_point(key.public_key):
            raise ValueError("the account's public key is not a point on the curve")
        self._chain_code, self._public_key = library.receive_chain(key.to_text("xpub"))
        self._child_point = library.child_point(self._public_key)
        self._prefix = network.address_prefix

    def address(self, index: int) -> str:
        """The receive address 0/index, of version 0: the child's key without its parity byte.

        Raises ValueError unless 0 <= index < 2**31, and InvalidChildError for an index that BIP-32
        skips.
        """
        if not 0 <= index < _HARDENED:
            raise ValueError("an address index lies between 0 and 2**31 - 1")
        seed = self._public_key + index.to_bytes(4, "big")
        tweak = hmac.digest(self._chain_code, seed, "sha512")[:32]
        try:
            child = self._child_point(tweak)
        except ValueError:
            raise InvalidChildError(index) from None
        return encode(self._prefix, AddressVersion.PUBKEY, child[1:])


def _read(text: str) -> AccountKey:
    """Read a text without surrounding whitespace. The errors raised here stay in this module."""
    _refuse_by_appearance(text)
    data = _base58check_content(text)
    if len(data) != _KEY_BYTES:
        raise ExtendedKeyError("malformed", "An extended public key does not have this length.")
    depth, parent_fingerprint = data[4], data[5:9]
    child_number = int.from_bytes(data[9:13], "big")
    chain_code, public_key = data[13:45], data[45:]
    if public_key[0] == 0:
        # The form of a private key, whatever the prefix is.
        raise _private_key()
    prefix = _PREFIX_OF_VERSION.get(int.from_bytes(data[:4], "big"))
    if prefix is None:
        raise ExtendedKeyError(
            "unknown_prefix", "The key must start with kpub, ktub, xpub, tpub, kdub or ksub."
        )
    if depth != _ACCOUNT_DEPTH:
        raise ExtendedKeyError("depth", _depth_message(depth))
    if child_number < _HARDENED:
        raise ExtendedKeyError(
            "not_hardened",
            "This key was not derived as an account key (its last step is not hardened). Export"
            " the account's extended public key from the wallet.",
        )
    _require_curve_point(public_key)
    return AccountKey(public_key, chain_code, child_number, parent_fingerprint, prefix)


def _refuse_by_appearance(text: str) -> None:
    """Refuse a text by its first letters or by its words, damaged or not."""
    start = text[:_PREFIX_CHARACTERS].lower()
    if start in _PRIVATE_PREFIXES:
        raise _private_key()
    if start in _SEGWIT_PREFIXES:
        raise ExtendedKeyError(
            "unsupported_prefix",
            "Keys for Bitcoin's SegWit addresses (ypub, zpub and the like) cannot be used for"
            " Kaspa. Export the account's extended public key, kpub, from a Kaspa wallet.",
        )
    if len(text.split()) in _PHRASE_WORDS:
        raise ExtendedKeyError(
            "private_key",
            "This looks like a recovery phrase, which can spend the money. It was not stored."
            " Treat it as exposed, and enter the extended public key (kpub) instead.",
        )
    if len(text) > _MAX_TEXT_LENGTH:
        raise ExtendedKeyError("malformed", "This is too long for an extended public key.")


def _private_key() -> ExtendedKeyError:
    return ExtendedKeyError(
        "private_key",
        "This is a private key, which can spend the money. It was not stored. Treat it as"
        " exposed, and enter the extended public key (kpub) instead.",
    )


def _depth_message(depth: int) -> str:
    if depth == 0:
        found = "This is the key of a whole wallet"
    elif depth < _ACCOUNT_DEPTH:
        found = "This key lies above the account"
    else:
        found = "This key lies below the account, such as that of a chain or of one address"
    return f"{found}. Export the extended public key of an account (m/44'/111111'/account')."


def _require_curve_point(public_key: bytes) -> None:
    if not curve().is_point(public_key):
        raise ExtendedKeyError("curve_point", "The key does not contain a public key.")


def _base58check(data: bytes) -> str:
    """Base58 of the data and its checksum; the data must not start with a zero byte."""
    number = int.from_bytes(data + _checksum(data), "big")
    characters = []
    while number:
        number, value = divmod(number, len(_BASE58))
        characters.append(_BASE58[value])
    return "".join(reversed(characters))


def _base58check_content(text: str) -> bytes:
    """The data in a text that _base58check wrote. Raises ExtendedKeyError."""
    if not text or any(character not in _BASE58_VALUE for character in text):
        raise ExtendedKeyError("malformed", "This is not an extended public key.")
    number = 0
    for character in text:
        number = number * len(_BASE58) + _BASE58_VALUE[character]
    leading_zeros = len(text) - len(text.lstrip(_BASE58[0]))
    data = bytes(leading_zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    content, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if not content or checksum != _checksum(content):
        raise ExtendedKeyError(
            "checksum", "The checksum of the key is wrong; it may be mistyped or cut off."
        )
    return content


def _checksum(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[:_CHECKSUM_BYTES]
