"""Encryption in the age format: what was written comes back, and nothing that was changed does."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kasgate.store.backup import age
from kasgate.store.backup.age import (
    DamagedFile,
    DecryptingReader,
    EncryptingWriter,
    WrongPassphrase,
)

PASSPHRASE = "correct horse battery"
CHUNK = 64 * 1024
MADE_BY_AGE = base64.b64decode(
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBNd2pYNWY3ZXJPZjN6OVdabHI2SXdBIDE4CllOWXd5NlJWanJN"
    "QXd4bmZ1bUJVb2R1ZENnU3ZyODlxaWpQRXVPWWRVVW8KLS0tIEtpMnhvN0RhOWtRRm1IVzE0OW9hTE9VSHM5c2JvQUY1"
    "QnZwMWY4KzZQVHMK9Dlctz3ffSzA6JpiJxLKpNcK2We7nph0jweJSZ8x/9KQwDvzbC5cH/PduIVe1kZfSy8A62b39Rdr"
    "afiEy4s="
)
"""Written by ``age -p``, version 1.3."""


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age, "WORK_FACTOR", 4)


def encrypted(data: bytes, pieces: int = 1) -> bytes:
    out = io.BytesIO()
    writer = EncryptingWriter(out, PASSPHRASE)
    step = max(1, len(data) // pieces)
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
    writer.finish()
    return out.getvalue()


def decrypted(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return io.BufferedReader(DecryptingReader(io.BytesIO(data), passphrase)).read()


def payload_at(data: bytes) -> int:
    """Where the first chunk begins: after the header and the nonce."""
    return data.index(b"\n", data.index(b"---")) + 1 + 16


def test_it_reads_what_the_program_age_wrote() -> None:
    assert decrypted(MADE_BY_AGE) == b"KasGate reads what age wrote.\n"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 200_000])
@pytest.mark.parametrize("pieces", [1, 7])
def test_every_size_comes_back(size: int, pieces: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert decrypted(encrypted(data[:size], pieces)) == data[:size]


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(WrongPassphrase, match="does not open"):
        decrypted(encrypted(b"secret"), "another passphrase")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    whole = encrypted(b"money" * 20_000)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    with pytest.raises((DamagedFile, WrongPassphrase)):
        decrypted(changed)


def test_a_cut_off_reordered_or_longer_file_is_noticed() -> None:
    whole = encrypted(bytes(3 * CHUNK))
    first, chunk = payload_at(whole), CHUNK + 16
    head, one, two = whole[:first], whole[first : first + chunk], whole[first + chunk :][:chunk]
    three = whole[first + 2 * chunk :]
    for wrong in (
        whole[:-1],
        head + one,
        head + one + two,  # cut at the end of a chunk
        head + two + one + three,
        head + one + three,
        whole + b"x",
        whole + three,
        head,
        b"",
        whole[:50],
    ):
        with pytest.raises(DamagedFile):
            decrypted(wrong)


def test_a_file_can_not_ask_for_any_amount_of_memory() -> None:
    whole = encrypted(b"x").replace(b" 4\n", b" 30\n", 1)
    with pytest.raises(DamagedFile, match="too much"):
        decrypted(whole)
