"""Sign-in with a password and a code: set-up, sign-in and changes.

kasgate/access/passwords.py and kasgate/access/sign_in_tries.py define what is checked and how often
it may be tried. A refusal does not reveal whether the login, password or code was wrong; the
merchant's audit log does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import trio
from attrs import evolve, field, frozen

from actors.merchants.failed_sign_ins import FailedSignIns
from actors.merchants.hashing import HashingBusy, PasswordHasher
from actors.merchants.registry import MerchantRegistry
from actors.merchants.sign_in import SignedIn, SignIns
from kasgate.access.client_networks import network_of
from kasgate.access.passwords import (
    FRESH_MS,
    SETUP_MS,
    PasswordLogin,
    RecoveryCode,
    SecondFactor,
    SecondFactorUse,
    hash_recovery_code,
    login_problems,
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    password_problems,
    read_login,
    second_factor,
)
from kasgate.access.sign_in_tries import SignInTries, Tries
from kasgate.audit import BY_DASHBOARD, BY_PASSWORD, AuditAction, Principal
from kasgate.clock import Clock
from kasgate.merchant import FieldErrors, Merchant
from kasgate.store.calls import Store
from kasgate.store.protocol import Conflict, SpentAlready

MOST_SETUPS: Final = 1_000
"""Unconfirmed set-ups of all merchants. One more drops the oldest."""
_NOBODY: Final = PasswordLogin(
    "", "", "", new_totp_secret(), last_step=0, created_at=0, changed_at=0
)
"""Its codes are checked where a login does not exist."""


class SignInRefused(Exception):
    """The login, password or code is wrong, or the code was used before."""


class TooManyTries(Exception):
    """The caller may try again after ``wait_s`` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"tried too often, wait {wait_s} s")
        self.wait_s = wait_s


class NoPassword(LookupError):
    """The merchant signs in with the API key only."""


class NothingToConfirm(LookupError):
    """No set-up is pending: none was begun, it expired, or the process restarted since."""


@frozen
class Setup:
    """A password that takes effect after the first correct code. Times are unix milliseconds."""

    login: str
    password_hash: str = field(repr=False)
    totp_secret: str = field(repr=False)
    """In base32, for an authenticator app."""
    expires_at: int


@frozen
class _Try:
    """One attempt to sign in."""

    login: PasswordLogin | None
    """None if the login does not exist."""
    password: str = field(repr=False)
    code: str = field(repr=False)
    by: Principal
    about: Mapping[str, str] = field(factory=dict)
    """Details for the audit log."""


class PasswordSignIns:
    """Signs merchants in with a password instead of the API key. All calls raise StoreUnavailable;
    calls that take a password raise HashingBusy."""

    def __init__(
        self,
        *,
        store: Store,
        merchants: MerchantRegistry,
        sign_ins: SignIns,
        hasher: PasswordHasher,
        failed_sign_ins: FailedSignIns,
        clock: Clock,
    ) -> None:
        self._store = store
        self._merchants = merchants
        self._sign_ins = sign_ins
        self._hasher = hasher
        self._failed_sign_ins = failed_sign_ins
        self._clock = clock
        self._tries = SignInTries()
        self._tries_inside = Tries()
        """Tries by signed-in people: per dashboard session, and per merchant for first codes."""
        self._setups: OrderedDict[str, Setup] = OrderedDict()

    async def login_of(self, merchant: Merchant) -> PasswordLogin | None:
        """The merchant's password login, or None."""
        return await self._store.password_login(merchant.id)

    async def sign_in(
        self,
        login: str,
        password: str,
        code: str,
        *,
        ip: str | None,
        user_agent: str | None,
        leaving: SignedIn | None,
    ) -> tuple[str, SignedIn]:
        """As SignIns.enter, with a password and a code or recovery code. Raises SignInRefused and
        TooManyTries. Both are the same for logins that exist and logins that don't."""
        name, network = read_login(login), network_of(ip or "")
        by = Principal(BY_PASSWORD, ip)
        found = await self._store.password_login_by_name(name)
        await self._begin_try(name, found, network)
        try:
            second_factor = await self._proven(
                _Try(found, password, code, by), network, inside=False
            )
        except HashingBusy:
            self._tries.take_back(name, network)
            raise
        merchant = await self._merchants.get(second_factor.merchant_id)
        if merchant is None:
            raise SignInRefused
        try:
            entered = await self._sign_ins.enter(merchant, by, second_factor, user_agent, leaving)
        except SpentAlready:
            self._failed_sign_ins.failed(merchant.id, by, {"wrong": "code"})
            raise SignInRefused from None
        self._tries.succeeded(name, network)
        return entered

    async def reauthenticate(
        self, signed_in: SignedIn, password: str, code: str, *, ip: str | None
    ) -> SignedIn:
        """Prove for FRESH_MS that the signed-in session belongs to the holder of password and code.
        Raises as `sign_in`, also for a merchant without a password. Tries are counted per session,
        so that nobody outside it can exhaust them."""
        merchant, session = signed_in.merchant, signed_in.session
        by = Principal(BY_DASHBOARD, ip)
        about = {"dashboardSession": session.id}
        found = await self._store.password_login(merchant.id)
        self._count_inside(session.id)
        try:
            tried = _Try(found, password, code, by, about)
            second_factor = await self._proven(tried, merchant.id, inside=True)
        except HashingBusy:
            self._tries_inside.take_back(session.id)
            raise
        now = self._clock()
        entry = by.entry(merchant.id, AuditAction.REAUTHENTICATED, now, about)
        until = now + FRESH_MS
        try:
            await self._store.freshen_dashboard_session(session.id, until, (entry,), second_factor)
        except SpentAlready:
            self._failed_sign_ins.failed(merchant.id, by, {"wrong": "code", **about})
            raise SignInRefused from None
        self._tries_inside.succeeded(session.id)
        return evolve(signed_in, session=evolve(session, fresh_until=until))

    async def begin(self, merchant: Merchant, login: str, password: str) -> Setup:
        """Begin to set up a password, or to replace it together with its authenticator. Nothing
        changes before `confirm`. Raises FieldErrors, Conflict("login")."""
        name = read_login(login)
        problems = login_problems(name) + password_problems(password, name)
        if problems:
            raise FieldErrors(problems)
        holder = await self._store.password_login_by_name(name)
        if holder is not None and holder.merchant_id != merchant.id:
            raise Conflict("login")
        password_hash = await self._hasher.hash(password, merchant.id)
        setup = Setup(name, password_hash, new_totp_secret(), self._clock() + SETUP_MS)
        self._keep(merchant, setup)
        return setup

    async def confirm(
        self, merchant: Merchant, code: str, by: Principal, keep: str | None
    ) -> tuple[str, ...]:
        """Complete a set-up with the authenticator's first code. Returns the recovery codes, which
        can't be shown again. If this replaces a password, all dashboard sessions except ``keep``
        end. Raises NothingToConfirm, SignInRefused, TooManyTries, Conflict("login")."""
        now = self._clock()
        setup = self._setups.get(merchant.id)
        if setup is None or setup.expires_at <= now:
            raise NothingToConfirm
        tried = f"set-up of {merchant.id}"
        self._count_inside(tried)
        step = matching_step(setup.totp_secret, code.replace(" ", ""), now, after=-1)
        if step is None:
            raise SignInRefused
        del self._setups[merchant.id]
        codes = new_recovery_codes()
        login = PasswordLogin(
            merchant_id=merchant.id,
            login=setup.login,
            password_hash=setup.password_hash,
            totp_secret=setup.totp_secret,
            last_step=step,
            created_at=now,
            changed_at=now,
        )
        entry = by.entry(merchant.id, AuditAction.PASSWORD_SET_UP, now, {"login": setup.login})
        with trio.CancelScope(shield=True):
            try:
                ended = await self._store.set_up_password(login, _hashes(codes), keep, (entry,))
            except Exception:
                self._keep(merchant, setup)
                raise
            self._tell(merchant, ended)
        self._tries_inside.succeeded(tried)
        return codes

    async def change(
        self,
        merchant: Merchant,
        *,
        login: str | None,
        password: str | None,
        by: Principal,
        keep: str | None,
    ) -> PasswordLogin:
        """Change the login, the password or both. A new password ends all dashboard sessions except
        ``keep``. Raises NoPassword, FieldErrors, Conflict("login"), and Conflict("password") if
        another call removed it at the same time."""
        before = await self._require_login(merchant)
        name = before.login if login is None else read_login(login)
        problems = login_problems(name)
        if password is not None:
            problems += password_problems(password, name)
        if problems:
            raise FieldErrors(problems)
        password_hash = None if password is None else await self._hasher.hash(password, merchant.id)
        now = self._clock()
        given = {"login": login, "password": password}
        changed = ", ".join(what for what, value in given.items() if value is not None)
        entry = by.entry(merchant.id, AuditAction.PASSWORD_CHANGED, now, {"changed": changed})
        with trio.CancelScope(shield=True):
            ended = await self._store.change_password(
                merchant.id,
                login=None if login is None else name,
                password_hash=password_hash,
                keep=keep,
                audit=(entry,),
                at=now,
            )
            if ended is None:  # Another call removed it since.
                raise Conflict("password")
            self._tell(merchant, ended)
        if name != before.login:
            self._tries.forget(before.login)
        now_is = await self._store.password_login(merchant.id) or before
        return evolve(now_is, login=name)

    async def renew_recovery_codes(self, merchant: Merchant, by: Principal) -> tuple[str, ...]:
        """Replace all recovery codes by new ones. Raises NoPassword."""
        codes = new_recovery_codes()
        entry = by.entry(merchant.id, AuditAction.RECOVERY_CODES_RENEWED, self._clock(), {})
        if not await self._store.renew_recovery_codes(merchant.id, _hashes(codes), (entry,)):
            raise NoPassword
        return codes

    async def remove(self, merchant: Merchant, by: Principal, keep: str | None) -> None:
        """Remove the password, so that only the API key opens the dashboard. All sessions that it
        opened end, except ``keep``. Raises NoPassword."""
        entry = by.entry(merchant.id, AuditAction.PASSWORD_REMOVED, self._clock(), {})
        with trio.CancelScope(shield=True):
            ended = await self._store.remove_password(merchant.id, keep, (entry,))
            if ended is None:
                raise NoPassword
            self._tell(merchant, ended)

    async def _proven(self, tried: _Try, tenant: str, *, inside: bool) -> SecondFactorUse:
        """Check password and code. Returns the second factor to consume. A wrong password, a wrong
        code and an unknown login cost the same work. ``tenant`` and ``inside`` are as in
        ``matches``. Raises SignInRefused."""
        login = tried.login
        password_hash = None if login is None else login.password_hash
        is_right = await self._hasher.matches(tried.password, password_hash, tenant, inside=inside)
        factor = await self._factor(_NOBODY if login is None else login, tried.code)
        if login is None or not is_right or factor is None:
            if login is not None:
                wrong = {"wrong": "code" if is_right else "password"}
                self._failed_sign_ins.failed(login.merchant_id, tried.by, {**wrong, **tried.about})
            raise SignInRefused
        return SecondFactorUse(login.merchant_id, login.password_hash, factor)

    async def _factor(self, login: PasswordLogin, code: str) -> SecondFactor | None:
        factor = second_factor(login, code, self._clock())
        if not isinstance(factor, RecoveryCode):
            return factor
        is_known = await self._store.has_recovery_code(login.merchant_id, factor.code_hash)
        return factor if is_known else None

    async def _begin_try(self, name: str, login: PasswordLogin | None, network: str) -> None:
        """Raises TooManyTries."""
        now = trio.current_time()
        tries = self._tries
        if tries.held_by_others(name, network, now) and tries.misses_history(name):
            # One query per login, whether the login exists or not.
            merchant_id = "" if login is None else login.merchant_id
            addresses = await self._store.signed_in_from(merchant_id)
            tries.tell_history(name, map(network_of, reversed(addresses)))
        wait_s = tries.begin(name, network, now)
        if wait_s:
            raise TooManyTries(wait_s)

    def _count_inside(self, name: str) -> None:
        wait_s = self._tries_inside.begin(name, trio.current_time())
        if wait_s:
            raise TooManyTries(wait_s)

    def _keep(self, merchant: Merchant, setup: Setup) -> None:
        self._setups[merchant.id] = setup
        self._setups.move_to_end(merchant.id)
        if len(self._setups) > MOST_SETUPS:
            self._setups.popitem(last=False)

    def _tell(self, merchant: Merchant, ended: list[str]) -> None:
        for session_id in ended:
            self._sign_ins.ended(merchant.id, session_id)

    async def _require_login(self, merchant: Merchant) -> PasswordLogin:
        login = await self._store.password_login(merchant.id)
        if login is None:
            raise NoPassword
        return login


def _hashes(codes: tuple[str, ...]) -> list[str]:
    return [code_hash for code in codes if (code_hash := hash_recovery_code(code)) is not None]
