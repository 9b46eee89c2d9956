"""Password sign-in: set up, sign in, be refused, change, all on virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import pytest
import trio
import trio.testing
from attrs import define, evolve

from actors.merchants.failed_sign_ins import MOST_WAITING as MOST_NOTES
from actors.merchants.failed_sign_ins import FailedSignIns
from actors.merchants.hashing import (
    MOST_WAITING,
    MOST_WAITING_PER_TENANT,
    WAIT_S,
    HashingBusy,
    PasswordHasher,
)
from actors.merchants.keyring import KeyRing
from actors.merchants.passwords import (
    MOST_SETUPS,
    NoPassword,
    NothingToConfirm,
    PasswordSignIns,
    SignInRefused,
    TooManyTries,
)
from actors.merchants.registry import MerchantRegistry
from actors.merchants.sign_in import SignedIn, SignIns
from kasgate.access.dashboard_sessions import IDLE_MS
from kasgate.access.passwords import FRESH_MS, SETUP_MS, STEP_MS, hash_recovery_code, totp_code
from kasgate.access.sign_in_tries import FIRST_WAIT_S, FREE_TRIES, FREE_TRIES_OF_ALL, SignInTries
from kasgate.audit import BY_API_KEY, AuditAction, AuditEntry, Principal
from kasgate.kaspa.networks import Network
from kasgate.limits.fair_share import FairShare, ResourceBusy
from kasgate.merchant import FieldErrors, Merchant
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import Conflict, StoreUnavailable
from tests.actors.simulated_chain import WallClock
from tests.actors.world import KEYS
from tests.web.world import CHEAP

LOGIN = "owner@tea.example"
PASSWORD = "a pot of green tea"
OTHER_PASSWORD = "two pots of black tea"
BY = Principal(BY_API_KEY, "192.0.2.1")

T = TypeVar("T")

pytestmark = pytest.mark.usefixtures("autojump_clock")


class InlineHasher(PasswordHasher):
    """Hashes without threads, which virtual time does not wait for. Records its comparisons."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.compared = 0

    async def matches(
        self, password: str, password_hash: str | None, tenant: str, *, inside: bool
    ) -> bool:
        self.compared += 1
        return await super().matches(password, password_hash, tenant, inside=inside)

    async def _aside(self, work: Callable[[], T], share: FairShare, tenant: str) -> T:
        await trio.lowlevel.checkpoint()
        return work()


@define
class House:
    """The services for signing in, and one merchant."""

    store: MemoryStore
    clock: WallClock
    registry: MerchantRegistry
    sign_ins: SignIns
    passwords: PasswordSignIns
    hasher: InlineHasher
    failed_sign_ins: FailedSignIns
    merchant: Merchant
    ended: list[str]
    secret: str = ""
    recovery_codes: tuple[str, ...] = ()

    def code(self) -> str:
        return totp_code(self.secret, self.clock() // STEP_MS)

    async def later(self) -> None:
        """Wait until the authenticator shows another code."""
        await trio.sleep(STEP_MS / 1000)

    async def set_up(self, login: str = LOGIN, password: str = PASSWORD) -> None:
        setup = await self.passwords.begin(self.merchant, login, password)
        self.secret = setup.totp_secret
        self.recovery_codes = await self.passwords.confirm(self.merchant, self.code(), BY, None)
        await self.later()

    async def sign_in(
        self,
        login: str = LOGIN,
        password: str = PASSWORD,
        code: str | None = None,
        ip: str = "192.0.2.7",
    ) -> SignedIn:
        code = self.code() if code is None else code
        _, signed_in = await self.passwords.sign_in(
            login, password, code, ip=ip, user_agent="A phone", leaving=None
        )
        return signed_in

    async def enter_by_key(self) -> SignedIn:
        (key,) = await self.store.api_keys_of(self.merchant.id)
        _, signed_in = await self.sign_ins.enter(self.merchant, BY, key, None, None)
        return signed_in

    async def is_open(self, signed_in: SignedIn) -> bool:
        sessions = await self.sign_ins.sessions(self.merchant)
        return signed_in.session.id in [session.id for session in sessions]

    async def log(self) -> list[AuditEntry]:
        return list(reversed(await self.store.audit_page(self.merchant.id, None, 500)))

    async def actions(self) -> list[AuditAction]:
        return [entry.action for entry in await self.log()]


@asynccontextmanager
async def a_house() -> AsyncIterator[House]:
    store, clock = MemoryStore(), WallClock()
    ended: list[str] = []

    async def anything_goes(url: str, tenant: str) -> str | None:
        return None

    registry = MerchantRegistry(
        store=store, network=Network.MAINNET, clock=clock, refuse_url=anything_goes
    )
    ring = KeyRing(
        store=store, merchants=registry, clock=clock, ended=lambda _, key: ended.append(key)
    )
    sign_ins = SignIns(store, registry, ring, clock, lambda _, session: ended.append(session))
    hasher, failed_sign_ins = InlineHasher(), FailedSignIns(store, clock)
    passwords = PasswordSignIns(
        store=store,
        merchants=registry,
        sign_ins=sign_ins,
        hasher=hasher,
        failed_sign_ins=failed_sign_ins,
        clock=clock,
    )
    registered = await registry.register(name="Tea", xpub=KEYS[0])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(failed_sign_ins.run)
        yield House(
            store,
            clock,
            registry,
            sign_ins,
            passwords,
            hasher,
            failed_sign_ins,
            registered.merchant,
            ended,
        )
        nursery.cancel_scope.cancel()


@pytest.fixture
async def house(autojump_clock: object) -> AsyncIterator[House]:
    async with a_house() as house:
        yield house


async def test_password_and_code_open_a_session(house: House) -> None:
    await house.set_up()
    signed_in = await house.sign_in(login=f" {LOGIN.upper()} ")
    assert signed_in.merchant.id == house.merchant.id
    assert signed_in.session.by_password
    assert await house.is_open(signed_in)
    assert [(entry.action, entry.actor) for entry in await house.log()] == [
        (AuditAction.PASSWORD_SET_UP, "api_key"),
        (AuditAction.SIGNED_IN, "password"),
    ]


async def test_nothing_counts_before_the_first_code(house: House) -> None:
    setup = await house.passwords.begin(house.merchant, LOGIN, PASSWORD)
    house.secret = setup.totp_secret
    assert await house.passwords.login_of(house.merchant) is None
    with pytest.raises(SignInRefused):
        await house.sign_in()
    with pytest.raises(SignInRefused):
        await house.passwords.confirm(house.merchant, "no code", BY, None)
    codes = await house.passwords.confirm(house.merchant, house.code(), BY, None)
    assert len(codes) == 10
    with pytest.raises(NothingToConfirm):
        await house.passwords.confirm(house.merchant, house.code(), BY, None)


async def test_the_code_that_confirmed_does_not_sign_in(house: House) -> None:
    setup = await house.passwords.begin(house.merchant, LOGIN, PASSWORD)
    house.secret = setup.totp_secret
    await house.passwords.confirm(house.merchant, house.code(), BY, None)
    with pytest.raises(SignInRefused):
        await house.sign_in()
    await house.later()
    assert await house.sign_in()


async def test_a_set_up_expires_after_ten_minutes_and_their_number_is_limited(house: House) -> None:
    setup = await house.passwords.begin(house.merchant, LOGIN, PASSWORD)
    house.secret = setup.totp_secret
    await trio.sleep(SETUP_MS / 1000)
    with pytest.raises(NothingToConfirm):
        await house.passwords.confirm(house.merchant, house.code(), BY, None)
    await house.passwords.begin(house.merchant, LOGIN, PASSWORD)
    for number in range(MOST_SETUPS):
        other = evolve(house.merchant, id=f"mer_{number}")
        await house.passwords.begin(other, f"login-{number}", PASSWORD)
    with pytest.raises(NothingToConfirm):
        await house.passwords.confirm(house.merchant, house.code(), BY, None)


async def test_guessing_the_first_code_is_slowed_down(house: House) -> None:
    await house.passwords.begin(house.merchant, LOGIN, PASSWORD)
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            await house.passwords.confirm(house.merchant, "000", BY, None)
    with pytest.raises(TooManyTries):
        await house.passwords.confirm(house.merchant, "000", BY, None)


async def test_a_code_works_once_even_for_two_at_the_same_time(house: House) -> None:
    await house.set_up()
    outcomes: list[str] = []

    async def come_in() -> None:
        try:
            await house.sign_in()
            outcomes.append("in")
        except SignInRefused:
            outcomes.append("refused")

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(come_in)
    assert sorted(outcomes) == ["in", "refused", "refused"]


async def test_a_recovery_code_works_once_and_tells_nobody_of_the_others(house: House) -> None:
    await house.set_up()
    code = house.recovery_codes[3]
    assert await house.sign_in(code=code.upper().replace("-", " "))
    with pytest.raises(SignInRefused):
        await house.sign_in(code=code)
    login = await house.passwords.login_of(house.merchant)
    assert login is not None
    assert login.recovery_codes_left == 9
    assert await house.sign_in(code=house.recovery_codes[4])


async def test_new_recovery_codes_end_the_old_ones(house: House) -> None:
    await house.set_up()
    old = house.recovery_codes[0]
    new = await house.passwords.renew_recovery_codes(house.merchant, BY)
    with pytest.raises(SignInRefused):
        await house.sign_in(code=old)
    assert await house.sign_in(code=new[0])


async def test_every_wrong_sign_in_gets_the_same_answer_at_the_same_cost(house: House) -> None:
    await house.set_up()
    said = set()
    unknown = "abcd-efgh-ijkl-mnop"
    for login, password, code in (
        ("nobody@tea.example", PASSWORD, house.code()),
        (LOGIN, OTHER_PASSWORD, house.code()),
        (LOGIN, PASSWORD, "not a code"),
        (LOGIN, PASSWORD, unknown),
        ("nobody@tea.example", PASSWORD, unknown),
    ):
        before, commits = house.hasher.compared, house.store.commits
        with pytest.raises(SignInRefused) as refused:
            await house.sign_in(login, password, code)
        said.add(str(refused.value))
        assert house.hasher.compared == before + 1
        # The entry is written afterwards, so the response does not wait for it.
        assert house.store.commits == commits
        await trio.testing.wait_all_tasks_blocked()
    assert said == {""}
    failed = [e for e in await house.log() if e.action is AuditAction.SIGN_IN_FAILED]
    assert [entry.details for entry in failed] == [
        {"wrong": "password", "ip": "192.0.2.7"},
        {"wrong": "code", "ip": "192.0.2.7"},
        {"wrong": "code", "ip": "192.0.2.7"},
    ]


@pytest.mark.parametrize("login", [LOGIN, "nobody@tea.example"])
async def test_a_login_may_be_tried_five_times_then_ever_more_slowly(
    house: House, login: str
) -> None:
    await house.set_up()
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            await house.sign_in(login, OTHER_PASSWORD)
    compared = house.hasher.compared
    with pytest.raises(TooManyTries) as refused:
        await house.sign_in(login)
    assert refused.value.wait_s == FIRST_WAIT_S
    assert house.hasher.compared == compared
    await trio.sleep(FIRST_WAIT_S)
    if login == LOGIN:
        assert await house.sign_in(login)
        await house.later()
        assert await house.sign_in(login)


async def test_concurrent_calls_do_not_exceed_the_limit(house: House) -> None:
    await house.set_up()
    outcomes: list[type[Exception]] = []

    async def guess() -> None:
        try:
            await house.sign_in(password=OTHER_PASSWORD)
        except (SignInRefused, TooManyTries) as error:
            outcomes.append(type(error))

    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(guess)
    assert outcomes.count(SignInRefused) == FREE_TRIES


async def attack(house: House) -> None:
    """Try wrong passwords from many networks until every try is refused."""
    for number in range(2 * FREE_TRIES_OF_ALL):
        with suppress(SignInRefused, TooManyTries):
            await house.sign_in(password=OTHER_PASSWORD, ip=f"198.51.100.{number}")


async def test_wrong_tries_from_elsewhere_do_not_lock_out_known_networks(
    house: House,
) -> None:
    await house.set_up()
    await house.sign_in()
    await house.later()
    await attack(house)
    assert house.hasher.compared == 1 + FREE_TRIES_OF_ALL
    with pytest.raises(TooManyTries):
        await house.sign_in(ip="203.0.113.1")
    assert await house.sign_in()
    # After a restart, this comes from the audit log.
    house.passwords._tries = SignInTries()
    await house.later()
    await attack(house)
    with pytest.raises(TooManyTries):
        await house.sign_in(ip="203.0.113.1")
    assert await house.sign_in()


async def test_wrong_tries_at_sign_in_do_not_affect_signed_in_people(house: House) -> None:
    await house.set_up()
    signed_in, other = await house.sign_in(), await house.enter_by_key()
    await house.later()
    await attack(house)
    for _ in range(FREE_TRIES + 1):
        with suppress(SignInRefused, TooManyTries):
            await house.passwords.reauthenticate(other, OTHER_PASSWORD, house.code(), ip=None)
    with pytest.raises(TooManyTries):
        await house.passwords.reauthenticate(other, PASSWORD, house.code(), ip=None)
    assert await house.passwords.reauthenticate(signed_in, PASSWORD, house.code(), ip=None)


async def test_a_reauthentication_counts_for_five_minutes(house: House) -> None:
    await house.set_up()
    signed_in = await house.sign_in()
    assert not signed_in.session.is_fresh(house.clock())
    with pytest.raises(SignInRefused):
        await house.passwords.reauthenticate(signed_in, PASSWORD, house.code(), ip=None)
    await house.later()
    fresh = await house.passwords.reauthenticate(signed_in, PASSWORD, house.code(), ip=None)
    assert fresh.session.is_fresh(house.clock())
    (stored,) = await house.sign_ins.sessions(house.merchant)
    assert stored.fresh_until == fresh.session.fresh_until == house.clock() + FRESH_MS
    await trio.sleep(FRESH_MS / 1000)
    assert not fresh.session.is_fresh(house.clock())
    assert AuditAction.REAUTHENTICATED in await house.actions()


async def test_a_merchant_without_a_password_can_neither_reauthenticate_nor_guess(
    house: House,
) -> None:
    signed_in = await house.enter_by_key()
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            await house.passwords.reauthenticate(signed_in, PASSWORD, "123456", ip=None)
    with pytest.raises(TooManyTries):
        await house.passwords.reauthenticate(signed_in, PASSWORD, "123456", ip=None)


async def test_another_password_ends_all_other_sessions(house: House) -> None:
    await house.set_up()
    own = await house.sign_in()
    by_key = await house.enter_by_key()
    await house.later()
    other = await house.sign_in()
    await house.passwords.change(
        house.merchant, login=None, password=OTHER_PASSWORD, by=BY, keep=own.session.id
    )
    assert await house.is_open(own)
    assert sorted(house.ended) == sorted([by_key.session.id, other.session.id])
    await house.later()
    with pytest.raises(SignInRefused):
        await house.sign_in()
    await house.later()
    assert await house.sign_in(password=OTHER_PASSWORD)


async def test_another_login_ends_nothing(house: House) -> None:
    await house.set_up()
    signed_in = await house.sign_in()
    login = await house.passwords.change(
        house.merchant, login="Tea.Shop", password=None, by=BY, keep=None
    )
    assert login.login == "tea.shop"
    assert await house.is_open(signed_in)
    await house.later()
    assert await house.sign_in("tea.shop")
    assert (await house.log())[-2].details == {"changed": "login", "ip": "192.0.2.1"}


async def test_a_sign_in_that_was_overtaken_by_another_password_opens_nothing(
    house: House,
) -> None:
    await house.set_up()
    house.store.pause()
    outcomes: list[str] = []

    async def change() -> None:
        await house.passwords.change(
            house.merchant, login=None, password=OTHER_PASSWORD, by=BY, keep=None
        )

    async def come_in() -> None:
        with pytest.raises(SignInRefused):
            await house.sign_in()
        outcomes.append("refused")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(change)
        await trio.testing.wait_all_tasks_blocked()
        # It is compared with the password that is still stored.
        nursery.start_soon(come_in)
        await trio.testing.wait_all_tasks_blocked()
        house.store.resume()
    assert outcomes == ["refused"]
    assert await house.sign_ins.sessions(house.merchant) == []


async def test_another_authenticator_takes_the_place_of_the_first(house: House) -> None:
    await house.set_up()
    signed_in, old, codes = await house.sign_in(), house.secret, house.recovery_codes
    await house.set_up()
    assert house.ended == [signed_in.session.id]
    with pytest.raises(SignInRefused):
        await house.sign_in(code=totp_code(old, house.clock() // STEP_MS))
    with pytest.raises(SignInRefused):
        await house.sign_in(code=codes[0])
    assert await house.sign_in()


async def test_a_removed_password_opens_nothing_and_ends_what_it_had_opened(house: House) -> None:
    await house.set_up()
    by_key = await house.enter_by_key()
    signed_in = await house.sign_in()
    await house.passwords.remove(house.merchant, BY, keep=by_key.session.id)
    assert house.ended == [signed_in.session.id]
    assert await house.is_open(by_key)
    await house.later()
    with pytest.raises(SignInRefused):
        await house.sign_in()
    with pytest.raises(NoPassword):
        await house.passwords.remove(house.merchant, BY, keep=None)
    with pytest.raises(NoPassword):
        await house.passwords.renew_recovery_codes(house.merchant, BY)
    with pytest.raises(NoPassword):
        await house.passwords.change(
            house.merchant, login="another", password=None, by=BY, keep=None
        )


async def test_a_new_api_key_does_not_end_sessions_opened_by_password(house: House) -> None:
    await house.set_up()
    signed_in = await house.sign_in()
    by_key = await house.enter_by_key()
    assert by_key.key is not None
    key, _ = await house.sign_ins.keys.replace(by_key.key, BY)
    assert await house.is_open(signed_in)
    assert not await house.is_open(by_key)
    # From then on it does not depend on the key either.
    await house.sign_ins.keep(signed_in, key)
    await house.sign_ins.keys.replace(key, BY)
    assert (await house.sign_ins.sessions(house.merchant))[0].by_password


async def test_idle_for_twelve_hours_is_too_long_for_a_password_as_well(house: House) -> None:
    await house.set_up()
    signed_in = await house.sign_in()
    await trio.sleep(IDLE_MS / 1000)
    assert not await house.is_open(signed_in)


async def test_a_login_has_one_merchant(house: House) -> None:
    await house.set_up()
    other = (await house.registry.register(name="Other", xpub=KEYS[1])).merchant
    with pytest.raises(Conflict, match="login"):
        await house.passwords.begin(other, LOGIN, PASSWORD)
    with pytest.raises(FieldErrors):
        await house.passwords.begin(other, "x", "short")
    # Both began before either had confirmed.
    await house.passwords.remove(house.merchant, BY, None)
    theirs = await house.passwords.begin(other, LOGIN, PASSWORD)
    await house.set_up()
    code = totp_code(theirs.totp_secret, house.clock() // STEP_MS)
    with pytest.raises(Conflict, match="login"):
        await house.passwords.confirm(other, code, BY, None)
    with pytest.raises(FieldErrors):
        await house.passwords.change(house.merchant, login="x", password="y", by=BY, keep=None)


async def test_what_could_not_be_stored_can_be_confirmed_again(house: House) -> None:
    setup = await house.passwords.begin(house.merchant, LOGIN, PASSWORD)
    house.secret = setup.totp_secret
    house.store.fail_next(StoreUnavailable("disk full"))
    with pytest.raises(StoreUnavailable):
        await house.passwords.confirm(house.merchant, house.code(), BY, None)
    assert await house.passwords.confirm(house.merchant, house.code(), BY, None)


async def test_secrets_lie_sealed_and_hashed_in_the_database(house: House) -> None:
    await house.set_up()
    dump = "\n".join(house.store._connection.iterdump())
    assert house.secret not in dump
    assert PASSWORD not in dump
    for code in house.recovery_codes:
        assert code not in dump
        assert (hash_recovery_code(code) or "") in dump
    login = await house.store.password_login(house.merchant.id)
    assert login is not None
    assert login.totp_secret == house.secret


async def test_the_queue_of_failed_sign_ins_is_bounded_and_counts_what_it_left_out(
    house: House,
) -> None:
    for _ in range(MOST_NOTES + 7):
        house.failed_sign_ins.failed(house.merchant.id, BY, {"wrong": "code"})
    await trio.testing.wait_all_tasks_blocked()
    house.store.fail_next(StoreUnavailable("disk full"))
    house.failed_sign_ins.failed(house.merchant.id, BY, {"wrong": "code"})
    await trio.testing.wait_all_tasks_blocked()
    house.failed_sign_ins.failed(house.merchant.id, BY, {"wrong": "code"})
    await trio.testing.wait_all_tasks_blocked()
    log = await house.log()
    left_out = [entry.details["leftOut"] for entry in log if "leftOut" in entry.details]
    assert len(log) + sum(map(int, left_out)) == MOST_NOTES + 9


class StuckHasher(PasswordHasher):
    """A hasher that blocks until it is released."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.compared: list[str] = []

    async def check(self, tenant: str, *, inside: bool = False) -> None:
        share = self._of_merchants if inside else self._of_strangers
        async with share.slot(tenant, WAIT_S):
            self.compared.append(tenant)
            await trio.sleep(1)


async def test_strangers_who_try_passwords_do_not_delay_signed_in_people() -> None:
    hasher, busy = StuckHasher(), 0

    async def come(tenant: str) -> None:
        nonlocal busy
        try:
            await hasher.check(tenant)
        except ResourceBusy:
            busy += 1

    async with trio.open_nursery() as nursery:
        for _ in range(MOST_WAITING_PER_TENANT + 5):
            nursery.start_soon(come, "far")
        await trio.testing.wait_all_tasks_blocked()
        assert busy == 4
        for number in range(2 * MOST_WAITING):
            nursery.start_soon(come, str(number))
        await trio.testing.wait_all_tasks_blocked()
        begun = trio.current_time()
        await hasher.check("merchant", inside=True)
        assert trio.current_time() - begun == 1
        assert hasher.compared[:2] == ["far", "merchant"]
    # One after another, a second each; no caller waits longer than the limit.
    assert len(hasher.compared) == WAIT_S + 1


async def test_a_caller_that_would_wait_too_long_is_refused_before_the_comparison() -> None:
    hasher = StuckHasher()
    async with trio.open_nursery() as nursery:
        for _ in range(1 + MOST_WAITING_PER_TENANT):
            nursery.start_soon(hasher.check, "far")
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(HashingBusy):
            await hasher.matches(PASSWORD, None, "far", inside=False)


async def test_passwords_are_compared_in_threads() -> None:
    hasher = PasswordHasher(CHEAP)
    known = await hasher.hash("a pot of tea", "merchant")
    assert await hasher.matches("a pot of tea", known, "network", inside=False)
    assert not await hasher.matches("a pot of tea", None, "merchant", inside=True)
