"""Encryption with a passphrase in the age format, version 1, so that ``age -d`` opens the files.

The format is https://age-encryption.org/v1: scrypt and ChaCha20-Poly1305, in chunks of 64 KiB. A
chunk's nonce is its number and a flag for the last one, so a file that was cut off or reordered is
refused. The packages for age take a whole file into memory when a passphrase is used; this module
streams. Its primitives are those of ``cryptography``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import re
import secrets
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kasgate.store.protocol import StoreError

MAGIC: Final = b"age-encryption.org/v1\n"
WORK_FACTOR: Final = 16
"""The logarithm of scrypt's cost: 64 MiB for a fifth of a second. age itself takes up to 18."""
MOST_WORK: Final = 20
"""The highest cost that is accepted: 1 GiB of memory. A file could ask for any amount."""

_CHUNK: Final = 64 * 1024
_TAG: Final = 16
_KEY_BYTES: Final = 16
_SALT_BYTES: Final = 16
_LABEL: Final = b"age-encryption.org/v1/scrypt"
_NO_NONCE: Final = bytes(12)
_LONGEST_HEADER: Final = 1024
_HEADER: Final = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n"
    rb"([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n"
)


class WrongPassphrase(StoreError):
    """The passphrase does not open the file."""


class DamagedFile(StoreError):
    """An encrypted file was changed, reordered or cut off, or is in another form."""


class EncryptingWriter(io.RawIOBase):
    """Encrypts what is written to it. ``close`` writes the last chunk and leaves the inner file
    open. Without ``close`` the result is refused as cut off."""

    def __init__(self, inner: BinaryIO, passphrase: str) -> None:
        file_key, salt = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_SALT_BYTES)
        wrapping = ChaCha20Poly1305(_wrapping_key(passphrase, salt, WORK_FACTOR))
        body = wrapping.encrypt(_NO_NONCE, file_key, None)
        stanza = b"-> scrypt %s %d\n%s\n" % (_encoded(salt), WORK_FACTOR, _encoded(body))
        head = MAGIC + stanza + b"---"
        nonce = secrets.token_bytes(_SALT_BYTES)
        self._inner = inner
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._number = 0
        self._waiting = bytearray()
        inner.write(head + b" " + _encoded(_mac(file_key, head)) + b"\n" + nonce)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Encrypt these bytes. Raises OSError from the inner file."""
        self._waiting += data
        # A full chunk waits for more, because only the last one may carry the flag.
        while len(self._waiting) > _CHUNK:
            self._put(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._inner.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


class DecryptingReader(io.RawIOBase):
    """Reads an encrypted file. A byte is returned only after its chunk was authenticated."""

    def __init__(self, inner: BinaryIO, passphrase: str) -> None:
        """Raises WrongPassphrase, or DamagedFile if the file is not in this form."""
        found = _HEADER.match(_head(inner))
        if found is None:
            raise DamagedFile("It is not a file that age encrypted with a passphrase.")
        salt, work, body, mac = found.groups()
        if int(work) > MOST_WORK:
            raise DamagedFile(f"Its passphrase needs 2^{int(work)} blocks of scrypt: too much.")
        file_key = _unwrapped(passphrase, _decoded(salt), int(work), _decoded(body))
        if not hmac.compare_digest(_mac(file_key, found[0][: found.start(4) - 1]), _decoded(mac)):
            raise DamagedFile("The header of the encrypted file was changed.")
        inner.seek(found.end())
        nonce = inner.read(_SALT_BYTES)
        self._inner = inner
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._number = 0
        self._next = inner.read(_CHUNK + _TAG)
        self._ended = False
        self._clear = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Raises DamagedFile at the first chunk that is not genuine."""
        while not self._clear and not self._ended:
            self._clear = self._open_next()
        count = min(len(buffer), len(self._clear))
        buffer[:count] = self._clear[:count]
        self._clear = self._clear[count:]
        return count

    def _open_next(self) -> bytes:
        chunk, self._next = self._next, self._inner.read(_CHUNK + _TAG)
        self._ended = not self._next
        try:
            clear = self._cipher.decrypt(_nonce(self._number, last=self._ended), chunk, None)
        except InvalidTag as error:
            raise DamagedFile("The encrypted file was changed or is not complete.") from error
        self._number += 1
        return clear


def _head(inner: BinaryIO) -> bytes:
    inner.seek(0)
    return inner.read(_LONGEST_HEADER)


def _unwrapped(passphrase: str, salt: bytes, work: int, body: bytes) -> bytes:
    try:
        return ChaCha20Poly1305(_wrapping_key(passphrase, salt, work)).decrypt(
            _NO_NONCE, body, None
        )
    except InvalidTag as error:
        raise WrongPassphrase("The passphrase does not open this backup.") from error


def _wrapping_key(passphrase: str, salt: bytes, work: int) -> bytes:
    return Scrypt(_LABEL + salt, length=32, n=1 << work, r=8, p=1).derive(passphrase.encode())


def _derived(file_key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=info).derive(file_key)


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), head, "sha256")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _encoded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise DamagedFile("The header of the encrypted file is damaged.") from error
