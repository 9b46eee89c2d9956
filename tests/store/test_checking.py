"""`check_database`: each damage is named by the check for it, and by no check without damage."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio
from attrs import evolve

from kasgate.access.secrets import Vault
from kasgate.audit import AuditAction, AuditEntry
from kasgate.sessions import ledger as ledgers
from kasgate.sessions.session import EventType, SessionStatus
from kasgate.sessions.valuation import PaymentValue
from kasgate.store.checking import Check, check_database
from kasgate.store.sqlite import open_store
from tests.store.disk import damage
from tests.store.samples import NOW, make_event, make_payment, make_session, open_shop

VAULT = Vault.generate()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two sessions, one paid, with its events, deliveries and audit entries."""
    path = tmp_path_factory.mktemp("sound") / "kasgate.db"

    async def fill() -> None:
        async with open_store(path, VAULT) as store:
            await store.claim_network("simnet")
            merchant = await open_shop(store)
            for index in range(2):
                session = make_session(merchant, index)
                event = evolve(make_event(session), sequence=1)
                await store.add_session(session, event, deliver=True)
            paid = evolve(
                session,
                status=SessionStatus.EXPIRED,
                closed_at=NOW,
                events_told=2,
                ledger=ledgers.NO_PAYMENTS.credited(
                    make_payment(value=PaymentValue("EUR", "0.5", 200, NOW))
                ),
            )
            event = evolve(make_event(session, EventType.EXPIRED), sequence=2)
            await store.save_session(paid, (event,), deliver=True)
            entry = AuditEntry(
                id="aud_1",
                merchant_id=merchant.id,
                session_id=None,
                action=AuditAction.PROFILE_CHANGED,
                actor="key",
                note=None,
                details={},
                created_at=NOW,
            )
            await store.add_audit([entry])

    trio.run(fill)
    return path


def checked(path: Path, vault: Vault | None = VAULT, network: str = "simnet") -> dict[str, Check]:
    return {check.name: check for check in check_database(path, vault, network)}


def test_a_sound_database_passes_every_check(sound: Path) -> None:
    found = checked(sound)
    assert all(check.is_well for check in found.values()), found
    assert len(found) == 18


DAMAGES: dict[str, tuple[str, str]] = {
    "a counter is too high": (
        "session counters",
        "UPDATE session_days SET sessions = sessions + 1",
    ),
    "a counter is gone": ("session counters", "DELETE FROM session_days"),
    "a receipt is gone": ("receipts", "DELETE FROM receipts"),
    "a receipt has another amount": ("receipts", "UPDATE receipts SET amount = amount + 1"),
    "a day's sum is wrong": ("receipt counters", "UPDATE receipt_days SET amount = amount - 1"),
    "a day's sum is far off": ("receipt counters", "UPDATE receipt_days SET carried = 1"),
    "a value is not counted": ("value counters", "DELETE FROM receipt_values"),
    "values have another sum": (
        "value counters",
        "UPDATE receipt_values SET low = low + 1",
    ),
    "a quarter's counter is gone": (
        "session counters by quarter",
        "DELETE FROM session_quarters",
    ),
    "a quarter's sum is wrong": (
        "receipt counters by quarter",
        "UPDATE receipt_quarters SET low = low + 1",
    ),
    "attention is not counted": ("attention counters", "DELETE FROM attention_figures"),
    "attention has another sum": (
        "attention counters",
        "UPDATE attention_figures SET sompi_beyond = sompi_beyond + 1",
    ),
    "a session received less": (
        "session sums",
        "UPDATE sessions SET received = received - 1 WHERE received > 0",
    ),
    "a session counts payments": (
        "session sums",
        "UPDATE sessions SET payments_total = 5 WHERE received = 0",
    ),
    "a payment is gone": ("session sums", "DELETE FROM payments"),
    "sums of many payments": (
        "ledger sums",
        "INSERT INTO payment_sums (session_id, final, late, waiting, waiting_amount, gone)"
        " SELECT session_id, 1, 0, 0, 0, 0 FROM payments",
    ),
    "an index is behind": ("addresses", "UPDATE account_keys SET next_address_index = 1"),
    "a merchant's index is behind": ("addresses", "UPDATE merchants SET next_address_index = 1"),
    "an event is gone": ("events", "DELETE FROM events WHERE sequence = 2"),
    "an event has another number": ("events", "UPDATE events SET sequence = 9 WHERE sequence = 2"),
    "a delivery of another event": (
        "deliveries",
        "UPDATE webhook_logs SET event = 'payment.confirmed'",
    ),
    "a delivered one without a time": ("deliveries", "UPDATE webhook_logs SET state = 'delivered'"),
    "an audit entry was changed": ("audit log", "UPDATE audit_log SET actor = 'nobody'"),
    "an audit entry is gone": ("audit log", "UPDATE audit_log SET place = 2"),
    "a secret was changed": (
        "secrets",
        "UPDATE merchants SET webhook_secret = substr(webhook_secret, 1, 40) || 'AAAA'"
        " || substr(webhook_secret, 45)",
    ),
    "a reference leads nowhere": ("references", "UPDATE payments SET session_id = 'nobody'"),
    "a migration is missing": ("schema", "DELETE FROM schema_migrations WHERE number > 16"),
    "a migration of the future": (
        "schema",
        "INSERT INTO schema_migrations VALUES (999, '0999_future.sql', 'x', 1)",
    ),
    "another network": ("network", "UPDATE network SET name = 'mainnet'"),
}


@pytest.mark.parametrize("what", list(DAMAGES))
def test_each_damage_is_named(sound: Path, tmp_path: Path, what: str) -> None:
    expected, sql = DAMAGES[what]
    path = tmp_path / "kasgate.db"
    shutil.copy(sound, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(sql).rowcount > 0
    found = checked(path)[expected]
    assert found.problems
    assert found.mend


def test_a_damaged_file_is_named_and_the_rest_is_skipped(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "kasgate.db"
    shutil.copy(sound, path)
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'events'"
        (page,) = connection.execute(query).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    found = checked(path)
    assert found["file"].problems
    assert "kasgate restore" in found["file"].mend
    assert found["session sums"].is_skipped
    damage(path)  # Not even its schema can be read.
    assert checked(path)["file"].problems


def test_another_key_is_named(sound: Path) -> None:
    found = checked(sound, Vault.generate())
    assert {name for name, check in found.items() if check.problems} == {"secrets"}
    assert "Put the right key file" in found["secrets"].problems[0]


def test_it_changes_nothing(sound: Path) -> None:
    before = sound.read_bytes()
    checked(sound)
    assert sound.read_bytes() == before
