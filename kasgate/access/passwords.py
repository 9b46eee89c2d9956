"""The rules of signing in to the dashboard with a password and a code.

A password alone is not enough. The second factor is a code of an authenticator app (TOTP, RFC 6238,
with the parameters that every such app supports: SHA-1, six digits, 30 seconds) or one of the
recovery codes that are kept on paper. Each code works once.

The library for these computations takes 6 MB; it is imported at the first sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from kasgate.merchant import FieldProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.twofactor.hotp import HOTP

LOGIN_CHARACTERS: Final = (3, 64)
PASSWORD_CHARACTERS: Final = (12, 200)
LONGEST_CODE: Final = 40
STEP_MS: Final = 30_000
"""How long an authenticator app shows a code."""
RECOVERY_CODES: Final = 10
"""How many recovery codes are created at a time."""
FRESH_MS: Final = 5 * 60_000
"""How long a re-authentication with password and code is valid."""
SETUP_MS: Final = 10 * 60_000
"""How long a set-up waits for its first code."""

_CODE_DIGITS: Final = 6
_DRIFT_STEPS: Final = 1
_SECRET_BYTES: Final = 20
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_RECOVERY_BYTES: Final = 10
_RECOVERY_GROUP: Final = 4
_FEWEST_DIFFERENT: Final = 5
_SHORTEST_TELLING: Final = 4
_ISSUER: Final = "KasGate"

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._+@-]*")
_TOTP_CODE: Final = re.compile(rf"[0-9]{{{_CODE_DIGITS}}}")
# A digit outside the alphabet is read as the letter that looks like it in handwriting.
_MISREAD: Final = str.maketrans({"0": "o", "1": "l", "8": "b", "-": None, " ": None})


@frozen
class PasswordLogin:
    """A merchant's login with a password. Times are unix milliseconds."""

    merchant_id: str
    login: str
    """In lower case, unique on the gateway."""
    password_hash: str = field(repr=False)
    totp_secret: str = field(repr=False)
    """In base32; sealed at rest."""
    last_step: int
    """The latest time step whose code was used; codes of it and of earlier steps are refused."""
    created_at: int
    changed_at: int
    """When the password was set."""
    recovery_codes_left: int = 0


@frozen
class TotpStep:
    """The code of a time step; its use uses up the step."""

    number: int


@frozen
class RecoveryCode:
    """The hash of a recovery code, which works once."""

    code_hash: str = field(repr=False)


SecondFactor = TotpStep | RecoveryCode


@frozen
class SecondFactorUse:
    """A second factor, to be used up in the same transaction as the change that it allows."""

    merchant_id: str
    password_hash: str = field(repr=False)
    """The hash that the password was compared with; if it has changed since, the use is refused."""
    factor: SecondFactor


@frozen
class PasswordHashing:
    """Argon2id (RFC 9106) with its cost; a hash includes its own cost. The defaults exceed the
    minimum of OWASP (19 MiB, two passes): about 150 ms and 32 MiB per call."""

    memory_kib: int = 32 * 1024
    passes: int = 3

    def hash(self, password: str) -> str:
        """A hash in the PHC string format with a random salt."""
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415

        derivation = Argon2id(
            salt=secrets.token_bytes(_SALT_BYTES),
            length=_HASH_BYTES,
            iterations=self.passes,
            lanes=1,
            memory_cost=self.memory_kib,
        )
        return derivation.derive_phc_encoded(_bytes_of(password))

    def matches(self, password: str, password_hash: str) -> bool:
        """Whether the hash belongs to the password. Takes equally long either way."""
        from cryptography.exceptions import InvalidKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415

        try:
            Argon2id.verify_phc_encoded(_bytes_of(password), password_hash)
        except InvalidKey:
            return False
        return True

    def decoy(self) -> str:
        """A hash of no password, with the same cost of comparison as any other."""
        salt, tag = (
            base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
            for size in (_SALT_BYTES, _HASH_BYTES)
        )
        return f"$argon2id$v=19$m={self.memory_kib},t={self.passes},p=1${salt}${tag}"


def read_login(text: str) -> str:
    """A login as stored and looked up: without surrounding blanks, in lower case."""
    return text.strip().lower()


def login_problems(login: str) -> list[FieldProblem]:
    """The problems of a login, an e-mail address or another name, as returned by `read_login`."""
    least, most = LOGIN_CHARACTERS
    if not least <= len(login) <= most:
        return [FieldProblem("login", f"A login has {least} to {most} characters.")]
    if _LOGIN.fullmatch(login) is None:
        sentence = "A login is written with the letters a to z, digits, and . _ + @ - after the"
        return [FieldProblem("login", f"{sentence} first character.")]
    return []


def password_problems(password: str, login: str) -> list[FieldProblem]:
    """The problems of a password for this login. Length makes a password hard to guess, so capital
    letters and signs are not required (NIST SP 800-63B)."""
    least, most = PASSWORD_CHARACTERS
    sentence = None
    if len(password) < least:
        sentence = f"A password has at least {least} characters; a sentence makes a good one."
    elif len(password) > most:
        sentence = f"A password has at most {most} characters."
    elif len(set(password)) < _FEWEST_DIFFERENT:
        sentence = "A password of so few different characters is easily guessed."
    elif _is_told_by(password.casefold(), login):
        sentence = "A password with the login or KasGate's name in it is easily guessed."
    return [] if sentence is None else [FieldProblem("password", sentence)]


def new_totp_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends; 32 characters."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def totp_code(secret: str, step: int) -> str:
    """The code that an authenticator app shows in a time step (unix milliseconds / STEP_MS)."""
    return _hotp(secret).generate(step).decode()


def totp_uri(secret: str, login: str, most_bytes: int) -> str:
    """The URI that an authenticator app reads from a QR code. If the login is too long for
    ``most_bytes`` it is cut, because it only names the entry in the app's list."""
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415

    sha1 = SHA1()  # noqa: S303 - as in _hotp
    totp = TOTP(base64.b32decode(secret), _CODE_DIGITS, sha1, STEP_MS // 1000)
    for length in range(len(login), 0, -1):
        uri = _without_defaults(totp.get_provisioning_uri(login[:length], _ISSUER))
        if len(uri) <= most_bytes:
            return uri
    raise ValueError(f"no otpauth URI fits into {most_bytes} bytes")


def second_factor(login: PasswordLogin, code: str, now: int) -> SecondFactor | None:
    """The second factor that a code may stand for at a unix time in milliseconds, None for no valid
    form or a wrong code. For a recovery code only its form is checked here: the look-up follows
    when it is used up.

    The steps before and after the current one count as well, because clocks differ (RFC 6238 §5.2).
    """
    code = code.strip()
    digits = code.replace(" ", "")
    if _TOTP_CODE.fullmatch(digits) is None:
        code_hash = hash_recovery_code(code)
        return None if code_hash is None else RecoveryCode(code_hash)
    step = matching_step(login.totp_secret, digits, now, login.last_step)
    return None if step is None else TotpStep(step)


def matching_step(secret: str, digits: str, now: int, after: int) -> int | None:
    """The latest time step around a unix time in milliseconds, after the step ``after``, that has
    this code."""
    present = now // STEP_MS
    found = None
    for step in range(present - _DRIFT_STEPS, present + _DRIFT_STEPS + 1):
        is_equal = hmac.compare_digest(totp_code(secret, max(step, 0)), digits)
        if is_equal and step > after:
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Codes of 80 random bits, such as ``abcd-efgh-ijkl-mnop``."""
    return tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))


def hash_recovery_code(code: str) -> str | None:
    """The stored form of a recovery code: its SHA-256 in hex, which is enough for 80 random bits.
    None for text that can't be a recovery code in any spelling."""
    plain = code.strip().lower().translate(_MISREAD)
    length = _RECOVERY_BYTES * 8 // 5
    if len(plain) != length or not (plain.isascii() and plain.isalnum()):
        return None
    return hashlib.sha256(plain.encode()).hexdigest()


def _new_recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(
        text[start : start + _RECOVERY_GROUP] for start in range(0, len(text), _RECOVERY_GROUP)
    )


def _bytes_of(password: str) -> bytes:
    """The same bytes for text that looks the same, whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _is_told_by(password: str, login: str) -> bool:
    name = login.partition("@")[0]
    return _ISSUER.lower() in password or (len(name) >= _SHORTEST_TELLING and name in password)


def _hotp(secret: str) -> HOTP:
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415
    from cryptography.hazmat.primitives.twofactor.hotp import HOTP  # noqa: PLC0415

    sha1 = SHA1()  # noqa: S303 - SHA-1 is sound in an HMAC, and apps support no other
    return HOTP(base64.b32decode(secret), _CODE_DIGITS, sha1)


def _without_defaults(uri: str) -> str:
    """Drop parameters with default values, to keep the QR code small."""
    for default in ("digits=6&", "algorithm=SHA1&", "&period=30"):
        uri = uri.replace(default, "")
    return uri
