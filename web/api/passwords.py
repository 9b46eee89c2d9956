"""Signing in to the dashboard with a password and a code. The API takes neither: all that they ever
open is a session of a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, UnsetType
from quart import Blueprint, Response, request

from actors.merchants.hashing import HashingBusy
from actors.merchants.passwords import NoPassword, NothingToConfirm, SignInRefused, TooManyTries
from kasgate.access.api_keys import Scope
from kasgate.access.passwords import totp_uri
from kasgate.json_text import iso
from kasgate.merchant import FieldProblem
from web import qr
from web.api.merchants import REAUTH
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
from web.http.credentials import (
    HeaderLookup,
    offered_key,
    principal_of,
    require_merchant,
    require_reauthentication,
    require_signed_in,
    signed_in_of,
)
from web.http.quart_io import drop_body, json_body, respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from actors.merchants.sign_in import SignedIn
    from kasgate.access.passwords import PasswordLogin
    from kasgate.merchant import Merchant
    from web.api.sign_in import DashboardCalls
    from web.http.limits import RateLimiter

_WRONG: Final = (
    "Login, password or code is wrong. A code works once: wait for the next one if this was used."
)
_GUARDS: Final = (CSRF_PARAMETER, REAUTH)


class FreshAnswer(Shape, kw_only=True):
    """Until when nothing has to be shown once more."""

    fresh_until: Time


class PasswordAnswer(Shape, kw_only=True):
    """Whether, and how, a merchant signs in without the API key."""

    enabled: bool
    login: str | UnsetType = UNSET
    created_at: Time | UnsetType = UNSET
    changed_at: Time | UnsetType = UNSET
    recovery_codes_left: int | UnsetType = UNSET


class PasswordSetupAnswer(Shape, kw_only=True):
    """What an authenticator app has to know, shown this once, as text and as a QR code."""

    login: str
    secret: str
    uri: str
    qr_code: str
    expires_at: Time


class RecoveryCodesAnswer(Shape, kw_only=True):
    """Codes that work once each in place of the authenticator's, shown this once."""

    login: str
    recovery_codes: list[str]


class PasswordCalls:
    """What may be asked about passwords. Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway, sign_ins: DashboardCalls, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._sign_ins = sign_ins
        self._limits = limits
        self._passwords = gateway.passwords

    async def sign_in(self, headers: HeaderLookup, body: bytes, address: str | None) -> Answer:
        """A cookie for login, password and code."""
        asked = read_password_sign_in(body)
        self._sign_ins.require_own_page(headers)
        self._limits.count("sign_ins")
        before = await signed_in_of(self._gateway, headers)
        with _refusals(Problem(UNAUTHORIZED, _WRONG)):
            token, signed_in = await self._passwords.sign_in(
                asked.login,
                asked.password,
                asked.code,
                ip=address,
                user_agent=headers.get("User-Agent"),
                leaving=before,
            )
        return self._sign_ins.entered(token, signed_in)

    async def reauthenticate(self, signed_in: SignedIn, body: bytes, address: str | None) -> Answer:
        """Password and code once more, for what a cookie alone may not do."""
        asked = read_password_proof(body)
        self._limits.count("sign_ins", signed_in.session.id)
        with _refusals(Problem(REAUTHENTICATION, _WRONG)):
            fresh = await self._passwords.reauthenticate(
                signed_in, asked.password, asked.code, ip=address
            )
        return json_answer({"freshUntil": iso(fresh.session.fresh_until or 0)})

    async def read(self, merchant: Merchant) -> Answer:
        """How the caller signs in."""
        return json_answer(_password_fields(await self._passwords.login_of(merchant)))

    async def begin(self, headers: HeaderLookup, merchant: Merchant, body: bytes) -> Answer:
        """What the caller's authenticator has to know; nothing is set up yet."""
        asked = read_new_password(body)
        await require_reauthentication(self._gateway, headers)
        self._limits.count("sign_ins", merchant.id)
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

    async def confirm(self, headers: HeaderLookup, merchant: Merchant, body: bytes) -> Answer:
        """Set up what was begun, for a first code."""
        code = read_first_code(body)
        self._limits.count("sign_ins", merchant.id)
        wrong = FieldProblem("code", "This is not the code of now. Is the phone's clock right?")
        keep = await self._own_session(headers)
        with _refusals(invalid([wrong])):
            codes = await self._passwords.confirm(
                merchant, code, await principal_of(self._gateway, headers), keep
            )
        return await self._recovery_codes(merchant, codes)

    async def change(self, headers: HeaderLookup, merchant: Merchant, body: bytes) -> Answer:
        """Another login, another password, or both."""
        asked = read_password_change(body)
        await require_reauthentication(self._gateway, headers)
        self._limits.count("sign_ins", merchant.id)
        keep = await self._own_session(headers)
        with _refusals():
            login = await self._passwords.change(
                merchant,
                login=asked.login,
                password=asked.password,
                by=await principal_of(self._gateway, headers),
                keep=keep,
            )
        return json_answer(_password_fields(login))

    async def renew_recovery_codes(self, headers: HeaderLookup, merchant: Merchant) -> Answer:
        """New recovery codes; those before work no more."""
        await require_reauthentication(self._gateway, headers)
        with _refusals():
            codes = await self._passwords.renew_recovery_codes(
                merchant, await principal_of(self._gateway, headers)
            )
        return await self._recovery_codes(merchant, codes)

    async def remove(self, headers: HeaderLookup, merchant: Merchant) -> Answer:
        """No password any more."""
        await require_reauthentication(self._gateway, headers)
        keep = await self._own_session(headers)
        with _refusals():
            await self._passwords.remove(merchant, await principal_of(self._gateway, headers), keep)
        return Answer(204, b"")

    async def _recovery_codes(self, merchant: Merchant, codes: tuple[str, ...]) -> Answer:
        login = await self._passwords.login_of(merchant)
        name = "" if login is None else login.login
        return json_answer({"login": name, "recoveryCodes": list(codes)})

    async def _own_session(self, headers: HeaderLookup) -> str | None:
        """The dashboard session that asks; it goes on where others end."""
        if offered_key(headers) is not None:
            return None
        signed_in = await signed_in_of(self._gateway, headers)
        return None if signed_in is None else signed_in.session.id


def password_routes(gateway: Gateway, sign_ins: DashboardCalls, limits: RateLimiter) -> Blueprint:
    """The routes of passwords under ``/api/v1/dashboard``."""
    routes = Blueprint("passwords", __name__, url_prefix="/api/v1/dashboard")
    calls = PasswordCalls(gateway, sign_ins, limits)

    @routes.post("/password-login")
    @described({200: SignedInAnswer}, body=PASSWORD_SIGN_IN_SHAPE, problems=(401, 403))
    async def sign_in() -> Response:
        """Sign in with login, password and a code.

        The code is the authenticator's, or a recovery code; either works once. After five tries
        for a login from one network the next from there has to wait, for ever longer, which
        Retry-After says.
        """
        body = await json_body()
        return respond(await calls.sign_in(request.headers, body, request.remote_addr))

    @routes.post("/reauthenticate")
    @described(
        {200: FreshAnswer},
        auth=Auth.COOKIE,
        body=PASSWORD_PROOF_SHAPE,
        headers=(CSRF_PARAMETER,),
    )
    async def reauthenticate() -> Response:
        """Show password and a code once more.

        For five minutes this session may then do what asks for the API key otherwise.
        """
        body = await json_body()
        read_password_proof(body)
        signed_in = await require_signed_in(gateway, request.headers)
        return respond(await calls.reauthenticate(signed_in, body, request.remote_addr))

    @routes.get("/password")
    @described({200: PasswordAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def read() -> Response:
        """Read whether a password is set up, and under which login."""
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.read(merchant))

    @routes.post("/password")
    @described(
        {200: PasswordSetupAnswer},
        auth=Auth.KEY,
        body=NEW_PASSWORD_SHAPE,
        problems=(409,),
        headers=_GUARDS,
    )
    async def begin() -> Response:
        """Begin to set a password up.

        It counts once its authenticator's first code was confirmed, within ten minutes. A password
        that there is stays until then.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.begin(request.headers, merchant, await json_body()))

    @routes.post("/password/confirm")
    @described(
        {200: RecoveryCodesAnswer},
        auth=Auth.KEY,
        body=FIRST_CODE_SHAPE,
        problems=(409,),
        headers=(CSRF_PARAMETER,),
    )
    async def confirm() -> Response:
        """Confirm the authenticator's first code.

        Answers with ten recovery codes, shown this once. In place of another password, it ends all
        other dashboard sessions.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.confirm(request.headers, merchant, await json_body()))

    @routes.patch("/password")
    @described(
        {200: PasswordAnswer},
        auth=Auth.KEY,
        body=PASSWORD_CHANGE_SHAPE,
        problems=(404, 409),
        headers=_GUARDS,
    )
    async def change() -> Response:
        """Change login or password.

        With the password all other dashboard sessions end. The authenticator stays.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.change(request.headers, merchant, await json_body()))

    @routes.post("/password/recovery-codes")
    @described({200: RecoveryCodesAnswer}, auth=Auth.KEY, problems=(404,), headers=_GUARDS)
    async def renew_recovery_codes() -> Response:
        """Get new recovery codes; those before work no more."""
        merchant = await require_merchant(gateway, request.headers)
        await drop_body()
        return respond(await calls.renew_recovery_codes(request.headers, merchant))

    @routes.delete("/password")
    @described({204: None}, auth=Auth.KEY, problems=(404,), headers=_GUARDS)
    async def remove() -> Response:
        """Remove the password; the other sessions that it opened end."""
        merchant = await require_merchant(gateway, request.headers)
        await drop_body()
        return respond(await calls.remove(request.headers, merchant))

    return routes


@contextmanager
def _refusals(wrong: Problem | None = None) -> Iterator[None]:
    """Say what the door says as Problems; ``wrong`` is for what was wrong."""
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
            "Many passwords are being checked right now. Try again.",
            headers=(("Retry-After", "2"),),
        ) from None
    except NoPassword:
        raise Problem(NO_PASSWORD, "This merchant signs in with the API key alone.") from None
    except NothingToConfirm:
        raise Problem(
            NOT_POSSIBLE, "No password waits for its first code, or no longer. Begin again."
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
