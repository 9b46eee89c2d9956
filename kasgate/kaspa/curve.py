"""The curve secp256k1: the only module that knows which library does its arithmetic.

bip32 and coincurve install from wheels up to Python 3.12. On newer Pythons wallycore, the Python
package of libwally, takes their place (pyproject.toml chooses). Both stand on libsecp256k1. The
tests hold them equal. Each library is imported with its first use, because most commands need none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

ChildPoint = Callable[[bytes], bytes]
"""Adds a tweak (32 bytes) times the generator to a fixed point. Returns the compressed sum, 33
bytes. Raises ValueError if the tweak is not below the curve's order or the sum is infinity."""


class Curve(Protocol):
    """What KasGate needs of a library."""

    def is_point(self, public_key: bytes) -> bool:
        """Whether the bytes are a point of the curve in its compressed form, 33 bytes."""

    def receive_chain(self, xpub: str) -> tuple[bytes, bytes]:
        """The chain code and the public key of child 0, the chain of receive addresses.

        ``xpub`` is an extended public key in the text form of BIP-32. Raises ValueError if its
        public key is not a point on the curve.
        """

    def child_point(self, public_key: bytes) -> ChildPoint:
        """The function that adds tweaks to this point. Raises ValueError if it is no point."""


_COMPRESSED_BYTES: Final = 33
_RECEIVE_CHAIN: Final = 0


class _Coincurve:
    """bip32 for the chain, and coincurve, on which bip32 stands, for the addresses."""

    def __init__(self) -> None:
        import coincurve  # noqa: PLC0415
        from bip32 import BIP32  # noqa: PLC0415

        self._public_key = coincurve.PublicKey
        self._from_xpub = BIP32.from_xpub

    def is_point(self, public_key: bytes) -> bool:
        if len(public_key) != _COMPRESSED_BYTES:
            return False
        try:
            self._public_key(public_key)
        except ValueError:
            return False
        return True

    def receive_chain(self, xpub: str) -> tuple[bytes, bytes]:
        chain_code, public_key = self._from_xpub(xpub).get_extended_pubkey_from_path(
            [_RECEIVE_CHAIN]
        )
        return bytes(chain_code), bytes(public_key)

    def child_point(self, public_key: bytes) -> ChildPoint:
        # bip32 would parse this point again, and a second one, for each address. A tweak-add on the
        # stored point gives the same sum in two thirds of the time (docs/performance.md), and every
        # session creation waits for it.
        if not self.is_point(public_key):
            raise ValueError("not a point of the curve")
        point = self._public_key(public_key)

        def child(tweak: bytes) -> bytes:
            compressed: bytes = point.add(tweak).format()
            return compressed

        return child


class _Wally:
    """wallycore for both."""

    def __init__(self) -> None:
        import wallycore  # noqa: PLC0415

        self._wally = wallycore

    def is_point(self, public_key: bytes) -> bool:
        if len(public_key) != _COMPRESSED_BYTES:
            return False
        try:
            self._wally.ec_public_key_verify(public_key)
        except ValueError:
            return False
        return True

    def receive_chain(self, xpub: str) -> tuple[bytes, bytes]:
        wally = self._wally
        account = wally.bip32_key_from_base58(xpub)
        chain = wally.bip32_key_from_parent(account, _RECEIVE_CHAIN, wally.BIP32_FLAG_KEY_PUBLIC)
        return (
            bytes(wally.bip32_key_get_chain_code(chain)),
            bytes(wally.bip32_key_get_pub_key(chain)),
        )

    def child_point(self, public_key: bytes) -> ChildPoint:
        add = self._wally.ec_public_key_tweak
        if not self.is_point(public_key):
            raise ValueError("not a point of the curve")

        def child(tweak: bytes) -> bytes:
            try:
                return bytes(add(public_key, tweak))
            except RuntimeError:  # libwally's "error" without a reason: the sum does not exist.
                raise ValueError("the tweak is out of range, or the sum is infinity") from None

        return child


_BACKENDS: Final[tuple[Callable[[], Curve], ...]] = (_Coincurve, _Wally)
_chosen: list[Curve] = []


def curve() -> Curve:
    """The first library that is installed. Raises ImportError if none is."""
    if not _chosen:
        _chosen.append(_load())
    return _chosen[0]


def _load() -> Curve:
    for backend in _BACKENDS:
        try:
            return backend()
        except ModuleNotFoundError:
            continue
    raise ImportError(
        "KasGate needs bip32 and coincurve (Python 3.11, 3.12) or wallycore (3.13 and newer):"
        " install KasGate again with pip, or run make setup"
    )
