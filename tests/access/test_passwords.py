"""Passwords, codes and recovery codes: which are accepted and which are not."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from kasgate.access.passwords import (
    LOGIN_CHARACTERS,
    RECOVERY_CODES,
    STEP_MS,
    PasswordHashing,
    PasswordLogin,
    RecoveryCode,
    TotpStep,
    hash_recovery_code,
    login_problems,
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    password_problems,
    read_login,
    second_factor,
    totp_code,
    totp_uri,
)
from tests.web.world import CHEAP
from web.qr import MAX_BYTES, qr_data_uri

# The seed of RFC 6238, Appendix B (SHA-1), in base32.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = 1_760_000_000_000
STEP = NOW // STEP_MS

LOGINS = st.from_regex(r"[a-z0-9][a-z0-9._+@-]{2,63}", fullmatch=True)


def a_login(**changes: object) -> PasswordLogin:
    login = PasswordLogin(
        merchant_id="mer_1",
        login="owner@tea.example",
        password_hash="",
        totp_secret=RFC_SECRET,
        last_step=0,
        created_at=0,
        changed_at=0,
    )
    return evolve(login, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("unix_s", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(unix_s: int, digits: str) -> None:
    # The RFC prints eight digits; six are the last of them.
    assert totp_code(RFC_SECRET, unix_s * 1000 // STEP_MS) == digits[2:]


def test_a_code_is_right_in_its_step_and_beside_it() -> None:
    code = totp_code(RFC_SECRET, STEP)
    for steps, found in ((-2, None), (-1, STEP), (0, STEP), (1, STEP), (2, None)):
        assert matching_step(RFC_SECRET, code, NOW + steps * STEP_MS, after=0) == found
    assert second_factor(a_login(), f" {code[:3]} {code[3:]}", NOW) == TotpStep(STEP)


def test_a_code_that_was_used_is_none_nor_is_an_earlier_one() -> None:
    used = a_login(last_step=STEP)
    assert second_factor(used, totp_code(RFC_SECRET, STEP), NOW) is None
    assert second_factor(used, totp_code(RFC_SECRET, STEP - 1), NOW) is None
    assert second_factor(used, totp_code(RFC_SECRET, STEP + 1), NOW) == TotpStep(STEP + 1)


@given(st.lists(st.integers(-1, 1), min_size=1, max_size=40))
def test_no_step_is_ever_accepted_twice(drifts: list[int]) -> None:
    login, accepted = a_login(), []
    for second, drift in enumerate(drifts):
        now = NOW + second * 7_000
        factor = second_factor(login, totp_code(RFC_SECRET, now // STEP_MS + drift), now)
        if factor is not None:
            assert isinstance(factor, TotpStep)
            accepted.append(factor.number)
            login = evolve(login, last_step=factor.number)
    assert accepted == sorted(set(accepted))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "٠١٢٣٤٥", "abcdef", "-12345", "1" * 40])
def test_what_is_no_code_proves_nothing(code: str) -> None:
    assert second_factor(a_login(), code, NOW) is None


def test_recovery_codes_are_read_as_people_write_them() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == len(codes) == RECOVERY_CODES
    for code in codes:
        known = hash_recovery_code(code)
        assert known is not None
        assert second_factor(a_login(), code, NOW) == RecoveryCode(known)
        for written in (code.upper(), code.replace("-", " "), f"  {code.replace('-', '')} "):
            assert hash_recovery_code(written) == known
        misread = code.replace("o", "0").replace("l", "1").replace("b", "8")
        assert hash_recovery_code(misread) == known
        assert code not in repr(RecoveryCode(known))
    assert hash_recovery_code("abcd-efgh-ijkl-mno") is None
    assert hash_recovery_code("äbcd-efgh-ijkl-mnop") is None


@given(LOGINS)
def test_every_login_fits_into_our_qr_codes(login: str) -> None:
    assert login_problems(read_login(f" {login.upper()} ")) == []
    secret = new_totp_secret()
    uri = totp_uri(secret, login, MAX_BYTES)
    assert qr_data_uri(uri).startswith("data:image/svg+xml")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    issuer, _, name = unquote(parts.path.removeprefix("/")).partition(":")
    assert issuer == "KasGate"
    assert login.startswith(name)
    assert parse_qs(parts.query) == {"secret": [secret], "issuer": ["KasGate"]}


def test_an_email_address_stands_in_full_in_the_totp_uri() -> None:
    assert "owner%40tea.example?" in totp_uri(RFC_SECRET, "owner@tea.example", MAX_BYTES)
    with pytest.raises(ValueError, match="10 bytes"):
        totp_uri(RFC_SECRET, "owner@tea.example", 10)


@pytest.mark.parametrize("login", ["ab", "x" * 65, "-abc", "a b c", "müller", "a\nb", "<b>", ""])
def test_logins_that_are_refused(login: str) -> None:
    assert [problem.field for problem in login_problems(login)] == ["login"]
    assert LOGIN_CHARACTERS == (3, 64)


@pytest.mark.parametrize(
    "password",
    [
        "eleven char",
        "a" * 30,
        "abababababababab",
        "x" * 201,
        "My KasGate login!",
        "the owner is me",
    ],
)
def test_passwords_that_are_refused(password: str) -> None:
    (problem,) = password_problems(password, "owner@tea.example")
    assert problem.field == "password"
    assert password not in problem.message


def test_length_is_all_that_a_password_needs() -> None:
    assert password_problems("correct horse battery", "owner") == []
    assert password_problems("ein grüner Tee 🍵", "abc") == []


def test_a_hash_is_its_passwords_and_each_is_another() -> None:
    first, second = CHEAP.hash("correct horse"), CHEAP.hash("correct horse")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert CHEAP.matches("correct horse", first)
    assert not CHEAP.matches("correct house", first)
    # The same letters, composed and not.
    assert CHEAP.matches("gru\u0308ner Tee hier", CHEAP.hash("gr\u00fcner Tee hier"))


def test_a_hash_made_at_another_cost_still_counts() -> None:
    assert PasswordHashing(memory_kib=16, passes=2).matches(
        "correct horse", CHEAP.hash("correct horse")
    )


def test_the_decoy_costs_what_a_hash_costs_and_is_nobodys() -> None:
    hashing = PasswordHashing(memory_kib=64, passes=2)
    decoy, real = hashing.decoy(), hashing.hash("correct horse")
    assert decoy.split("$")[:4] == real.split("$")[:4]
    assert [len(part) for part in decoy.split("$")] == [len(part) for part in real.split("$")]
    assert not hashing.matches("correct horse", decoy)


def test_the_cost_is_what_owasp_asks_for_at_least() -> None:
    hashing = PasswordHashing()
    assert hashing.memory_kib >= 19 * 1024
    assert hashing.passes >= 2
    assert hasattr(Argon2id, "verify_phc_encoded")


def test_nothing_secret_is_in_a_repr() -> None:
    login = a_login(password_hash="$argon2id$secret")
    assert RFC_SECRET not in repr(login)
    assert "argon2id" not in repr(login)
