"""Key pairs for tests and benches. KasGate itself never holds a private key."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of secp256k1's generator."""


def public_key_of(secret: bytes) -> bytes:
    """The compressed public key, 33 bytes, of 32 bytes that are a number between 1 and ORDER - 1.

    The curve of cryptography is used by no part of the gateway, so it can check what does.
    """
    private = derive_private_key(int.from_bytes(secret, "big"), SECP256K1())
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
