"""Signing in to the dashboard with a password and a code. They only open dashboard sessions: the
API accepts neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, UnsetType

from actors.merchants.hashing import HashingBusy
from actors.merchants.passwords import NoPassword, NothingToConfirm, SignInRefused, TooManyTries
from kasgate.access.api_keys import Scope
from kasgate.access.passwords import totp_uri
from kasgate.json_text import iso
from kasgate.merchant import FieldProblem
from web import qr
from web.api.sign_in import CSRF_PARAMETER, SignedInAnswer
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.password_bodies import (
    FIRST_CODE_SHAPE,
    NEW_PASSWORD_SHAPE,
    PASSWORD_CHANGE_SHAPE,
    PASSWORD_PROOF_SHAPE,
    PASSWORD_SIGN_IN_SHAPE,
    read_first_code,
    read_new_password,
    read_password_change,
    read_password_proof,
    read_password_sign_in,
)
from web.contract.problems import (
    NO_PASSWORD,
    NOT_POSSIBLE,
    REAUTHENTICATION,
    TOO_MANY_TRIES,
    UNAUTHORIZED,
    UNAVAILABLE,
    Problem,
    invalid,
)
from web.contract.types import Shape, Time
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.access.passwords import PasswordLogin
    from kasgate.merchant import Merchant
    from web.api.sign_in import DashboardCalls
    from web.http.caller import Caller
    from web.http.limits import RateLimiter

_WRONG: Final = (
    "Login, password or code is wrong. A code works once: wait for the next one if this was used."
)


class FreshAnswer(Shape, kw_only=True):
    """The time until which the session may make calls that need re-authentication."""

    fresh_until: Time


class PasswordAnswer(Shape, kw_only=True):
    """Whether the merchant can sign in with a password, and the login."""

    enabled: bool
    login: str | UnsetType = UNSET
    created_at: Time | UnsetType = UNSET
    changed_at: Time | UnsetType = UNSET
    recovery_codes_left: int | UnsetType = UNSET


class PasswordSetupAnswer(Shape, kw_only=True):
    """The secret for an authenticator app, as text and as a QR code. It is shown only once."""

    login: str
    secret: str
    uri: str
    qr_code: str
    expires_at: Time


class RecoveryCodesAnswer(Shape, kw_only=True):
    """Recovery codes. Each replaces an authenticator code once. They are shown only once."""

    login: str
    recovery_codes: list[str]


class PasswordCalls:
    def __init__(self, gateway: Gateway, sign_ins: DashboardCalls, limits: RateLimiter) -> None:
        self._sign_ins = sign_ins
        self._limits = limits
        self._passwords = gateway.passwords

    @described({200: SignedInAnswer}, body=PASSWORD_SIGN_IN_SHAPE, problems=(401, 403))
    async def sign_in(self, request: Request) -> Answer:
        """Sign in with login, password and a code.

        The code comes from the authenticator or is a recovery code. Each code works once. After
        five failed tries for a login from one network, further tries from there must wait longer
        each time; Retry-After gives the seconds.
        """
        asked = read_password_sign_in(request.body)
        self._sign_ins.require_own_page(request.headers)
        self._limits.count("sign_ins", request.caller)
        with _refusals(Problem(UNAUTHORIZED, _WRONG)):
            token, signed_in = await self._passwords.sign_in(
                asked.login,
                asked.password,
                asked.code,
                ip=request.caller.address,
                user_agent=request.headers.get("User-Agent"),
                leaving=request.caller.signed_in,
            )
        return self._sign_ins.entered(token, signed_in)

    @described(
        {200: FreshAnswer},
        auth=Auth.COOKIE,
        body=PASSWORD_PROOF_SHAPE,
        headers=(CSRF_PARAMETER,),
        check_first=read_password_proof,
    )
    async def reauthenticate(self, request: Request) -> Answer:
        """Re-authenticate with password and code.

        For five minutes this dashboard session may make calls that otherwise need the API key
        again.
        """
        signed_in = request.caller.require_signed_in()
        asked = read_password_proof(request.body)
        self._limits.count("sign_ins", request.caller, signed_in.session.id)
        with _refusals(Problem(REAUTHENTICATION, _WRONG)):
            fresh = await self._passwords.reauthenticate(
                signed_in, asked.password, asked.code, ip=request.caller.address
            )
        return json_answer({"freshUntil": iso(fresh.session.fresh_until or 0)})

    @described({200: PasswordAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def read(self, request: Request) -> Answer:
        """Read whether a password is set up, and its login."""
        login = await self._passwords.login_of(request.caller.merchant)
        return json_answer(_password_fields(login))

    @described(
        {200: PasswordSetupAnswer},
        auth=Auth.KEY,
        fresh=True,
        body=NEW_PASSWORD_SHAPE,
        problems=(409,),
        headers=(CSRF_PARAMETER,),
    )
    async def begin(self, request: Request) -> Answer:
        """Start to set up a password.

        The password becomes valid when the first code of its authenticator is confirmed, within ten
        minutes. An existing password stays valid until then.
        """
        asked = read_new_password(request.body)
        merchant = request.caller.merchant
        self._limits.count("sign_ins", request.caller, merchant.id)
        with _refusals():
            setup = await self._passwords.begin(merchant, asked.login, asked.password)
        uri = totp_uri(setup.totp_secret, setup.login, qr.MAX_BYTES)
        return json_answer(
            {
                "login": setup.login,
                "secret": setup.totp_secret,
                "uri": uri,
                "qrCode": qr.qr_data_uri(uri),
                "expiresAt": iso(setup.expires_at),
            }
        )

    @described(
        {200: RecoveryCodesAnswer},
        auth=Auth.KEY,
        body=FIRST_CODE_SHAPE,
        problems=(409,),
        headers=(CSRF_PARAMETER,),
    )
    async def confirm(self, request: Request) -> Answer:
        """Confirm the first code of the authenticator.

        Returns ten recovery codes, which are shown only once. If this replaces a password, all
        other dashboard sessions end.
        """
        code = read_first_code(request.body)
        caller = request.caller
        self._limits.count("sign_ins", caller, caller.merchant.id)
        wrong = FieldProblem("code", "This is not the current code. Check the phone's clock.")
        with _refusals(invalid([wrong])):
            codes = await self._passwords.confirm(
                caller.merchant, code, caller.principal, _kept_session(caller)
            )
        return await self._recovery_codes(caller.merchant, codes)

    @described(
        {200: PasswordAnswer},
        auth=Auth.KEY,
        fresh=True,
        body=PASSWORD_CHANGE_SHAPE,
        problems=(404, 409),
        headers=(CSRF_PARAMETER,),
    )
    async def change(self, request: Request) -> Answer:
        """Change login or password.

        A new password ends all other dashboard sessions. The authenticator stays the same.
        """
        asked = read_password_change(request.body)
        caller = request.caller
        self._limits.count("sign_ins", caller, caller.merchant.id)
        with _refusals():
            login = await self._passwords.change(
                caller.merchant,
                login=asked.login,
                password=asked.password,
                by=caller.principal,
                keep=_kept_session(caller),
            )
        return json_answer(_password_fields(login))

    @described(
        {200: RecoveryCodesAnswer},
        auth=Auth.KEY,
        fresh=True,
        problems=(404,),
        headers=(CSRF_PARAMETER,),
    )
    async def renew_recovery_codes(self, request: Request) -> Answer:
        """Replace the recovery codes.

        The old codes no longer work.
        """
        caller = request.caller
        with _refusals():
            codes = await self._passwords.renew_recovery_codes(caller.merchant, caller.principal)
        return await self._recovery_codes(caller.merchant, codes)

    @described({204: None}, auth=Auth.KEY, fresh=True, problems=(404,), headers=(CSRF_PARAMETER,))
    async def remove(self, request: Request) -> Answer:
        """Remove the password.

        Other dashboard sessions that were opened with it end.
        """
        caller = request.caller
        with _refusals():
            await self._passwords.remove(caller.merchant, caller.principal, _kept_session(caller))
        return Answer(204, b"")

    async def _recovery_codes(self, merchant: Merchant, codes: tuple[str, ...]) -> Answer:
        login = await self._passwords.login_of(merchant)
        name = "" if login is None else login.login
        return json_answer({"login": name, "recoveryCodes": list(codes)})


def password_routes(gateway: Gateway, sign_ins: DashboardCalls, limits: RateLimiter) -> Routes:
    """The routes of passwords under ``/api/v1/dashboard``."""
    calls = PasswordCalls(gateway, sign_ins, limits)
    return Routes(
        "passwords",
        "/api/v1/dashboard",
        (
            ("POST", "/password-login", calls.sign_in),
            ("POST", "/reauthenticate", calls.reauthenticate),
            ("GET", "/password", calls.read),
            ("POST", "/password", calls.begin),
            ("POST", "/password/confirm", calls.confirm),
            ("PATCH", "/password", calls.change),
            ("POST", "/password/recovery-codes", calls.renew_recovery_codes),
            ("DELETE", "/password", calls.remove),
        ),
    )


def _kept_session(caller: Caller) -> str | None:
    """The id of the dashboard session that makes the call. It stays open when the others end."""
    return None if caller.own_session is None else caller.own_session.session.id


@contextmanager
def _refusals(wrong: Problem | None = None) -> Iterator[None]:
    """Convert refusals of the sign-in to Problems. ``wrong`` is the Problem for wrong
    credentials."""
    try:
        yield
    except SignInRefused as error:
        raise wrong or error from None
    except TooManyTries as refused:
        raise Problem(
            TOO_MANY_TRIES,
            f"Too many tries. Try again in {_waiting(refused.wait_s)}, or sign in"
            " with the API key.",
            headers=(("Retry-After", str(refused.wait_s)),),
        ) from None
    except HashingBusy:
        raise Problem(
            UNAVAILABLE,
            "Too many passwords are being checked now. Try again.",
            headers=(("Retry-After", "2"),),
        ) from None
    except NoPassword:
        raise Problem(NO_PASSWORD, "No password is set up. Sign in with the API key.") from None
    except NothingToConfirm:
        raise Problem(
            NOT_POSSIBLE, "No password is waiting for its first code. Start again."
        ) from None


def _waiting(seconds: int) -> str:
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"


def _password_fields(login: PasswordLogin | None) -> dict[str, Any]:
    if login is None:
        return {"enabled": False}
    return without_absent(
        {
            "enabled": True,
            "login": login.login,
            "createdAt": iso(login.created_at),
            "changedAt": iso(login.changed_at),
            "recoveryCodesLeft": login.recovery_codes_left,
        }
    )
