"""Request bodies of the calls about passwords."""

from __future__ import annotations

from typing import Annotated, Final

from attrs import field, frozen
from msgspec import Meta

from kasgate.access.passwords import LOGIN_CHARACTERS, LONGEST_CODE, PASSWORD_CHARACTERS
from web.contract import fields
from web.contract.bodies import body_shape, read_object
from web.contract.fields import Field, Reader, table_of


@frozen
class PasswordSignIn:
    """Body of ``POST /api/v1/dashboard/password-login``."""

    login: str
    password: str = field(repr=False)
    code: str = field(repr=False)


@frozen
class PasswordProof:
    """Body of ``POST /api/v1/dashboard/reauthenticate``."""

    password: str = field(repr=False)
    code: str = field(repr=False)


@frozen
class NewPassword:
    """Body of ``POST /api/v1/dashboard/password``. ``kasgate/access/passwords.py`` checks the
    values."""

    login: str
    password: str = field(repr=False)


@frozen
class PasswordChange:
    """Body of ``PATCH /api/v1/dashboard/password``. None leaves a value unchanged."""

    login: str | None = None
    password: str | None = field(default=None, repr=False)


def read_password_sign_in(body: bytes) -> PasswordSignIn:
    """Raises Problem."""
    return PasswordSignIn(**read_object(body, _SIGN_IN))


def read_password_proof(body: bytes) -> PasswordProof:
    """Raises Problem."""
    return PasswordProof(**read_object(body, _PROOF))


def read_new_password(body: bytes) -> NewPassword:
    """Raises Problem."""
    return NewPassword(**read_object(body, _NEW))


def read_password_change(body: bytes) -> PasswordChange:
    """Raises Problem."""
    return PasswordChange(**read_object(body, _CHANGE))


def read_first_code(body: bytes) -> str:
    """The code of ``POST /api/v1/dashboard/password/confirm``. Raises Problem."""
    code: str = read_object(body, _CONFIRMATION)["code"]
    return code


_login: Final = Reader(
    fields.text(LOGIN_CHARACTERS[1]).read,
    Annotated[
        str,
        Meta(
            min_length=LOGIN_CHARACTERS[0],
            max_length=LOGIN_CHARACTERS[1],
            description="An e-mail address or another name; case is ignored.",
        ),
    ],
)
_password: Final = Reader(
    fields.text(PASSWORD_CHARACTERS[1]).read,
    Annotated[str, Meta(min_length=PASSWORD_CHARACTERS[0], max_length=PASSWORD_CHARACTERS[1])],
)
_code: Final = fields.text(LONGEST_CODE)

_SIGN_IN: Final = table_of(
    Field("login", "login", fields.text(LOGIN_CHARACTERS[1]), required=True),
    Field("password", "password", fields.text(PASSWORD_CHARACTERS[1]), required=True),
    Field("code", "code", _code, required=True),
)
_PROOF: Final = {name: entry for name, entry in _SIGN_IN.items() if name != "login"}
_NEW: Final = table_of(
    Field("login", "login", _login, required=True),
    Field("password", "password", _password, required=True),
)
_CHANGE: Final = table_of(Field("login", "login", _login), Field("password", "password", _password))
_CONFIRMATION: Final = table_of(Field("code", "code", _code, required=True))

PASSWORD_SIGN_IN_SHAPE: Final = body_shape("PasswordSignIn", _SIGN_IN.values())
PASSWORD_PROOF_SHAPE: Final = body_shape("PasswordProof", _PROOF.values())
NEW_PASSWORD_SHAPE: Final = body_shape("NewPassword", _NEW.values())
PASSWORD_CHANGE_SHAPE: Final = body_shape("PasswordChange", _CHANGE.values())
FIRST_CODE_SHAPE: Final = body_shape("FirstCode", _CONFIRMATION.values())
