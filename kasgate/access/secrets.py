"""Secrets: their creation, the hashing of API keys, and sealing at rest.

An API key is only compared, so only its hash is kept. A webhook secret and an extended public key
are needed in clear, so the database holds them sealed by the Vault. The vault's key is in a file
beside the database and in no backup (security.md, Secrets at rest).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_PREFIX: Final = "kg_live_"
"""The prefix of every API key."""

_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_KEY_ID_BYTES: Final = 4
_SEAL_FORM: Final = "v1"
_SEALED_PARTS: Final = 3
# Only the owner may write the key. Its group may read it, because Kubernetes mounts a secret this
# way for a process that is not root.
_UNWANTED_MODE: Final = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO
_LONGEST_TOKEN: Final = 100


class VaultError(Exception):
    """A key file can't be used, or this vault did not seal a text for this purpose. The message
    says which of them, and contains no secret."""


def new_api_key() -> str:
    """A merchant's API key: ``kg_live_`` and 32 random bytes in base64url."""
    return KEY_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def hash_api_key(key: str) -> str:
    """The stored form of an API key: its SHA-256 in hex.

    A key of 256 random bits can't be guessed from its hash, so this needs neither salt nor delay.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def new_webhook_secret() -> str:
    """``whsec_`` and 32 random bytes in standard base64 (contract.md §2)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def new_subscription_token() -> str:
    """The token of a session's WebSocket subscribers: 32 random bytes in base64url."""
    return secrets.token_urlsafe(_SECRET_BYTES)


class Vault:
    """Seals texts with AES-256-GCM and signs short-lived read tokens, both from one master key.

    Each use has a key of its own, derived with HKDF. The repr shows only the key's id. The library
    for the cipher takes 6 MB; it is imported with the first text.
    """

    __slots__ = ("_lazy_cipher", "_sealing_key", "_token_key", "key_id")

    key_id: str
    """Eight hexadecimal digits that identify the master key in every text that it sealed."""

    def __init__(self, master_key: bytes) -> None:
        """Raises ValueError unless the key has 32 bytes."""
        if len(master_key) != _SECRET_BYTES:
            raise ValueError("a vault's key has 32 bytes")
        self.key_id = _derived(master_key, "key id", _KEY_ID_BYTES).hex()
        self._sealing_key = _derived(master_key, "sealing")
        self._lazy_cipher: AESGCM | None = None
        self._token_key = _derived(master_key, "read tokens")

    def __repr__(self) -> str:
        return f"Vault(key {self.key_id})"

    @classmethod
    def generate(cls) -> Self:
        """A vault with a new key that is not stored: for tests and demonstrations."""
        return cls(secrets.token_bytes(_SECRET_BYTES))

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """Read the key file, or create it (mode 0600, with its directory) if it does not exist.

        If two processes start at once, one creates the file and both use it. Raises VaultError for
        a file that others may read, that holds no key, or that can't be read or written.
        """
        try:
            if not path.exists():
                _create_key_file(path)
            return cls(_read_key_file(path))
        except OSError as error:
            raise VaultError(f"The key file {path} can't be used: {error.strerror}.") from error

    @classmethod
    def of_text(cls, text: bytes) -> Self:
        """A vault with the key in the content of a key file. Raises VaultError."""
        key = _key_in(text)
        if len(key) != _SECRET_BYTES:
            raise VaultError("The key file in the backup does not hold 32 bytes in base64.")
        return cls(key)

    def seal(self, text: str, purpose: str) -> str:
        """``v1:<key id>:<base64>``; only ``unseal`` with the same purpose opens it.

        The purpose names the place of the text, its row included. A sealed text that is copied to
        another place in the database is therefore refused there.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), self._context(purpose))
        return f"{_SEAL_FORM}:{self.key_id}:{base64.b64encode(sealed).decode()}"

    def unseal(self, sealed: str, purpose: str) -> str:
        """Unseal a text. Raises VaultError if it was sealed with another key or for another
        purpose, or was changed."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        parts = sealed.split(":")
        if len(parts) != _SEALED_PARTS or parts[0] != _SEAL_FORM:
            raise VaultError("A stored secret is damaged: it is not in the form of a sealed text.")
        if parts[1] != self.key_id:
            raise VaultError(
                f"A stored secret was sealed with key {parts[1]}, but the key file holds key"
                f" {self.key_id}. Put the right key file in place."
            )
        try:
            content = base64.b64decode(parts[2], validate=True)
            clear = self._cipher.decrypt(
                content[:_NONCE_BYTES], content[_NONCE_BYTES:], self._context(purpose)
            )
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise VaultError("A stored secret was changed or moved; it can't be read.") from error
        return clear.decode()

    def read_token(self, session_id: str, expires_at_ms: int) -> str:
        """A token that reads one session's updates until a time, unix milliseconds.

        Stateless: the same arguments give the same token, nothing is stored, none can be revoked.
        """
        mac = hmac.digest(self._token_key, f"{expires_at_ms}:{session_id}".encode(), "sha256")
        return f"{expires_at_ms}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def check_read_token(self, token: str, session_id: str, now_ms: int) -> bool:
        """Whether ``read_token`` made this token for this session and it has not expired."""
        expiry = token.partition(".")[0]
        if len(token) > _LONGEST_TOKEN or not (expiry.isascii() and expiry.isdigit()):
            return False
        expires_at_ms = int(expiry)
        expected = self.read_token(session_id, expires_at_ms)
        genuine = hmac.compare_digest(expected.encode(), token.encode("utf-8", "surrogatepass"))
        return genuine and now_ms < expires_at_ms

    @property
    def _cipher(self) -> AESGCM:
        if self._lazy_cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

            self._lazy_cipher = AESGCM(self._sealing_key)
        return self._lazy_cipher

    def _context(self, purpose: str) -> bytes:
        return f"{_SEAL_FORM}:{self.key_id}:{purpose}".encode()


def _derived(master_key: bytes, use: str, length: int = _SECRET_BYTES) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt, which a uniformly random key does not need.

    No more than the first block of the output is needed, so this takes two MACs.
    """
    info = f"kasgate {_SEAL_FORM} {use}".encode()
    extracted = hmac.digest(bytes(_SECRET_BYTES), master_key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:length]


def _read_key_file(path: Path) -> bytes:
    if path.stat().st_mode & _UNWANTED_MODE:
        raise VaultError(f"Others may read or change the key file {path}: chmod 600 it.")
    key = _key_in(path.read_bytes())
    if len(key) != _SECRET_BYTES:
        raise VaultError(f"The key file {path} does not hold 32 bytes in base64.")
    return key


def _key_in(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        return b""


def _create_key_file(path: Path) -> None:
    """Create the file atomically: written aside, then linked into place unless another process was
    faster."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_SECRET_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        aside.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    """Make a new name in the directory durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
