"""The contract of every Store for passwords, checked on the file store and the memory store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attrs import evolve

from kasgate.access.dashboard_sessions import DashboardSession
from kasgate.access.passwords import (
    PasswordLogin,
    RecoveryCode,
    SecondFactor,
    SecondFactorUse,
    TotpStep,
)
from kasgate.access.secrets import Vault, VaultError
from kasgate.audit import BY_API_KEY, AuditAction, AuditEntry, Principal
from kasgate.merchant import Merchant
from kasgate.store.calls import Store
from kasgate.store.engine import connect_memory
from kasgate.store.memory import MemoryStore
from kasgate.store.migrate import migrate, shipped_migrations
from kasgate.store.protocol import Conflict, SpentAlready
from kasgate.store.sqlite import open_store
from tests.store.samples import NOW, open_shop

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        async with open_store(tmp_path / "kasgate.db", Vault.generate()) as opened:
            yield opened


def a_login(merchant: Merchant, **changes: object) -> PasswordLogin:
    login = PasswordLogin(
        merchant_id=merchant.id,
        login="owner",
        password_hash="$argon2id$one",
        totp_secret=SECRET,
        last_step=7,
        created_at=NOW,
        changed_at=NOW,
    )
    return evolve(login, **changes)  # type: ignore[arg-type]


def a_session(merchant: Merchant, number: int, *, by_password: bool = True) -> DashboardSession:
    return DashboardSession(
        id=f"das_{number}",
        merchant_id=merchant.id,
        token_hash=f"token {number}",
        api_key_hash=None if by_password else "of a key",
        created_at=NOW,
        last_seen_at=NOW,
    )


def line(merchant: Merchant, action: AuditAction) -> tuple[AuditEntry]:
    return (Principal(BY_API_KEY).entry(merchant.id, action, NOW, {}),)


def cost(login: PasswordLogin, factor: SecondFactor) -> SecondFactorUse:
    return SecondFactorUse(login.merchant_id, login.password_hash, factor)


async def test_a_login_comes_back_as_stored(store: Store) -> None:
    merchant = await open_shop(store)
    assert await store.password_login(merchant.id) is None
    assert await store.password_login_by_name("owner") is None
    login = a_login(merchant)
    audit = line(merchant, AuditAction.PASSWORD_SET_UP)
    assert await store.set_up_password(login, ["a", "b"], None, audit) == []
    stored = evolve(login, recovery_codes_left=2)
    assert await store.password_login(merchant.id) == stored
    assert await store.password_login_by_name("owner") == stored
    assert await store.has_recovery_code(merchant.id, "a")
    assert not await store.has_recovery_code("mer_other", "a")
    assert await store.audit_page(merchant.id, None, 9) == list(audit)


async def test_two_merchants_have_two_logins(store: Store) -> None:
    first, second = await open_shop(store), await open_shop(store)
    await store.set_up_password(a_login(first), [], None, ())
    with pytest.raises(Conflict, match="login"):
        await store.set_up_password(a_login(second), [], None, ())
    await store.set_up_password(a_login(second, login="other"), [], None, ())
    with pytest.raises(Conflict, match="login"):
        await store.change_password(
            second.id, login="owner", password_hash=None, keep=None, audit=(), at=NOW
        )


async def test_a_second_factor_is_spent_with_what_it_opens_or_not_at_all(store: Store) -> None:
    merchant = await open_shop(store)
    login = a_login(merchant)
    await store.set_up_password(login, ["a", "b"], None, ())
    audit = line(merchant, AuditAction.SIGNED_IN)
    factors: tuple[SecondFactor, ...] = (TotpStep(8), RecoveryCode("a"))
    for number, factor in enumerate(factors):
        session = a_session(merchant, number)
        await store.add_dashboard_session(session, None, (), cost(login, factor))
        assert await store.dashboard_session(session.token_hash) == session
        again = a_session(merchant, number + 10)
        with pytest.raises(SpentAlready):
            await store.add_dashboard_session(again, None, audit, cost(login, factor))
        with pytest.raises(SpentAlready):
            await store.freshen_dashboard_session(session.id, NOW, audit, cost(login, factor))
        assert await store.dashboard_session(again.token_hash) is None
    nothing: tuple[SecondFactor, ...] = (TotpStep(7), RecoveryCode("c"))
    for never in nothing:
        with pytest.raises(SpentAlready):
            await store.freshen_dashboard_session("das_0", NOW, audit, cost(login, never))
    assert await store.audit_page(merchant.id, None, 9) == []
    left = await store.password_login(merchant.id)
    assert left == evolve(login, last_step=8, recovery_codes_left=1)
    await store.freshen_dashboard_session("das_0", NOW + 5, audit, cost(login, TotpStep(9)))
    fresh = await store.dashboard_session("token 0")
    assert fresh is not None
    assert fresh.fresh_until == NOW + 5


async def test_a_password_that_was_changed_meanwhile_spends_nothing(store: Store) -> None:
    merchant = await open_shop(store)
    login = a_login(merchant)
    await store.set_up_password(login, ["a"], None, ())
    await store.change_password(
        merchant.id, login=None, password_hash="$argon2id$two", keep=None, audit=(), at=NOW + 1
    )
    factors: tuple[SecondFactor, ...] = (TotpStep(8), RecoveryCode("a"))
    for factor in factors:
        with pytest.raises(SpentAlready):
            await store.add_dashboard_session(a_session(merchant, 1), None, (), cost(login, factor))
    assert await store.password_login(merchant.id) == evolve(
        login, password_hash="$argon2id$two", changed_at=NOW + 1, recovery_codes_left=1
    )


async def test_which_sessions_end_with_what(store: Store) -> None:
    merchant, stranger = await open_shop(store), await open_shop(store)
    login = a_login(merchant)
    for number, by_password in enumerate((True, True, False)):
        session = a_session(merchant, number, by_password=by_password)
        await store.add_dashboard_session(session, None, ())
    await store.add_dashboard_session(a_session(stranger, 9), None, ())

    assert await store.set_up_password(login, [], None, ()) == []
    unchanged = await store.change_password(
        merchant.id, login="tea", password_hash=None, keep=None, audit=(), at=NOW
    )
    assert unchanged == []
    assert await store.remove_password(merchant.id, "das_0", ()) == ["das_1"]
    assert await store.remove_password(merchant.id, "das_0", ()) is None
    await store.set_up_password(login, [], None, ())
    assert await store.set_up_password(login, [], "das_2", ()) == ["das_0"]
    ended = await store.change_password(
        merchant.id, login=None, password_hash="$argon2id$two", keep=None, audit=(), at=NOW
    )
    assert ended == ["das_2"]
    assert [one.id for one in await store.dashboard_sessions(stranger.id)] == ["das_9"]


async def test_without_a_login_there_is_nothing_to_change(store: Store) -> None:
    merchant = await open_shop(store)
    audit = line(merchant, AuditAction.PASSWORD_CHANGED)
    changed = await store.change_password(
        merchant.id, login="tea", password_hash="x", keep=None, audit=audit, at=NOW
    )
    assert changed is None
    assert not await store.renew_recovery_codes(merchant.id, ["a"], audit)
    assert await store.audit_page(merchant.id, None, 9) == []


async def test_new_recovery_codes_are_all_there_are(store: Store) -> None:
    merchant = await open_shop(store)
    await store.set_up_password(a_login(merchant), ["a", "b"], None, ())
    assert await store.renew_recovery_codes(merchant.id, ["c"], ())
    assert not await store.has_recovery_code(merchant.id, "a")
    assert await store.has_recovery_code(merchant.id, "c")
    await store.remove_password(merchant.id, None, ())
    assert not await store.has_recovery_code(merchant.id, "c")


async def test_the_authenticators_secret_is_read_with_the_right_key_alone(tmp_path: Path) -> None:
    path, vault = tmp_path / "kasgate.db", Vault.generate()
    async with open_store(path, vault) as store:
        merchant, other = await open_shop(store), await open_shop(store)
        await store.set_up_password(a_login(merchant), [], None, ())
        await store.set_up_password(a_login(other, login="other"), [], None, ())
        assert (
            SECRET.encode() not in path.read_bytes() + path.with_name("kasgate.db-wal").read_bytes()
        )

        def swap(connection: object) -> None:
            connection.execute(  # type: ignore[attr-defined]
                """
                UPDATE password_logins SET totp_secret = (
                    SELECT totp_secret FROM password_logins WHERE login = 'owner'
                ) WHERE login = 'other'
                """
            )

        await store._write(swap)
        with pytest.raises(VaultError, match="moved"):
            await store.password_login(other.id)


def test_sessions_from_before_passwords_stay_signed_in() -> None:
    connection = connect_memory()
    before = [one for one in shipped_migrations() if one.name < "0009_passwords.sql"]
    migrate(connection, before)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(
        "INSERT INTO dashboard_sessions VALUES ('das_1', 'mer_1', 'token', 'key', 1, 2, 'Phone')"
    )
    migrate(connection, [*before, *(o for o in shipped_migrations() if "_passwords" in o.name)])
    row = connection.execute("SELECT * FROM dashboard_sessions").fetchone()
    assert tuple(row) == ("das_1", "mer_1", "token", "key", 1, 2, "Phone", None)
