"""Keys and secrets: their forms, sealing, and read tokens."""

from __future__ import annotations

import base64
import hmac
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from kasgate.access.secrets import (
    Vault,
    VaultError,
    hash_api_key,
    new_api_key,
    new_subscription_token,
    new_webhook_secret,
)

NOW = 1_760_000_000_000
SESSION = "8a1f6f0e-3f0c-4a52-9f0e-0a9c8f4b2d11"
VAULT = Vault.generate()


def test_new_secrets_have_their_forms_and_never_repeat() -> None:
    for make, form in (
        (new_api_key, r"kg_live_[A-Za-z0-9_-]{43}"),
        (new_webhook_secret, r"whsec_[A-Za-z0-9+/]{43}="),
        (new_subscription_token, r"[A-Za-z0-9_-]{43}"),
    ):
        made = {make() for _ in range(50)}
        assert len(made) == 50
        assert all(re.fullmatch(form, secret) for secret in made)
    assert len(base64.b64decode(new_webhook_secret().removeprefix("whsec_"))) == 32


def test_an_api_key_is_kept_as_its_sha_256() -> None:
    # FIPS 180-2, appendix B.1.
    assert hash_api_key("abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert len(hash_api_key("\ud800 junk from a header")) == 64


@given(st.text(), st.text())
def test_what_was_sealed_is_unsealed_for_the_same_purpose_only(text: str, purpose: str) -> None:
    sealed = VAULT.seal(text, purpose)
    assert VAULT.unseal(sealed, purpose) == text
    assert sealed.startswith(f"v1:{VAULT.key_id}:")
    with pytest.raises(VaultError):
        VAULT.unseal(sealed, purpose + "x")


def test_equal_texts_are_sealed_differently() -> None:
    assert VAULT.seal("text", "p") != VAULT.seal("text", "p")


@given(st.data())
def test_a_sealed_text_with_any_change_is_refused(data: st.DataObject) -> None:
    secret = "whsec_very-secret"
    sealed = VAULT.seal(secret, "purpose")
    prefix, key_id, encoded = sealed.split(":")
    content = bytearray(base64.b64decode(encoded))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    changed = f"{prefix}:{key_id}:{base64.b64encode(content).decode()}"
    with pytest.raises(VaultError) as refused:
        VAULT.unseal(changed, "purpose")
    assert secret not in str(refused.value)


@pytest.mark.parametrize(
    "sealed",
    ["", "plain text", "v2:{id}:AAAA", "v1:{id}:", "v1:{id}:AAAA", "v1:{id}:not base64!", "v1::"],
)
def test_what_was_never_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(VaultError):
        VAULT.unseal(sealed.replace("{id}", VAULT.key_id), "purpose")


def test_another_vaults_text_is_refused_by_the_name_of_its_key() -> None:
    other = Vault.generate()
    with pytest.raises(VaultError, match=f"{other.key_id}.*{VAULT.key_id}"):
        VAULT.unseal(other.seal("text", "purpose"), "purpose")


def test_a_vault_shows_nothing_of_its_key() -> None:
    master_key = bytes(range(32))
    shown = repr(Vault(master_key))
    assert shown == f"Vault(key {Vault(master_key).key_id})"
    assert Vault(master_key).key_id not in master_key.hex()


def test_the_key_file_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "kasgate.key"
    made = Vault.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["kasgate.key"]
    again = Vault.load_or_create(path)
    assert again.unseal(made.seal("text", "p"), "p") == "text"


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "kasgate.key"
    program = (
        "import sys, pathlib; from kasgate.access.secrets import Vault;"
        "print(Vault.load_or_create(pathlib.Path(sys.argv[1])).key_id)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(3)
    ]
    assert {process.communicate()[0].strip() for process in processes} == {
        Vault.load_or_create(path).key_id
    }


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "kasgate.key"
    Vault.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(VaultError, match="chmod 600"):
        Vault.load_or_create(path)
    path.chmod(0o440)
    Vault.load_or_create(path)


@pytest.mark.parametrize("content", [b"", b"secret", base64.b64encode(bytes(31)), b"\xff" * 32])
def test_a_file_that_holds_no_key_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "kasgate.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(VaultError, match="32 bytes"):
        Vault.load_or_create(path)
    assert path.read_bytes() == content


def test_a_key_file_that_cant_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=str(tmp_path)):
        Vault.load_or_create(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(VaultError, match="can't be used"):
        Vault.load_or_create(tmp_path / "file" / "kasgate.key")


def test_a_read_token_opens_its_session_until_its_time_is_over() -> None:
    token = VAULT.read_token(SESSION, NOW)
    assert VAULT.check_read_token(token, SESSION, NOW - 1)
    assert not VAULT.check_read_token(token, SESSION, NOW)
    assert not VAULT.check_read_token(token, SESSION.replace("8", "9"), NOW - 1)
    assert not Vault.generate().check_read_token(token, SESSION, NOW - 1)


def test_a_read_tokens_time_cant_be_moved() -> None:
    expiry, mac = VAULT.read_token(SESSION, NOW).split(".")
    for moved in (f"{NOW + 1}.{mac}", f"0{expiry}.{mac}", f"{expiry}.{mac}=", f"{expiry}.{mac}."):
        assert not VAULT.check_read_token(moved, SESSION, NOW - 1)


@pytest.mark.parametrize(
    "token",
    ["", ".", "1760000000001", "x.y", "-1.x", "٣.x", "1" * 5_000 + ".x", "9.\ud800", "9" * 99],
)
def test_rubbish_is_no_read_token(token: str) -> None:
    assert not VAULT.check_read_token(token, SESSION, 0)


@given(st.text(max_size=120))
def test_no_text_opens_by_chance(token: str) -> None:
    assert not VAULT.check_read_token(token, SESSION, NOW)


@given(st.binary(min_size=32, max_size=32))
def test_the_keys_of_a_vault_are_derived_from_its_master_key_by_hkdf(master: bytes) -> None:
    def derived(use: str, length: int) -> bytes:
        info = f"kasgate v1 {use}".encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(master)

    vault, expires = Vault(master), f"{NOW}"
    assert vault.key_id == derived("key id", 4).hex()
    mac = hmac.digest(derived("read tokens", 32), f"{expires}:{SESSION}".encode(), "sha256")
    token = base64.urlsafe_b64encode(mac).decode().rstrip("=")
    assert vault.read_token(SESSION, NOW) == f"{expires}.{token}"
    _, key_id, sealed = vault.seal("hush", "a place").split(":")
    content = base64.b64decode(sealed)
    cipher = AESGCM(derived("sealing", 32))
    assert cipher.decrypt(content[:12], content[12:], f"v1:{key_id}:a place".encode()) == b"hush"
