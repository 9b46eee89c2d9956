"""The schema: from empty to current, once, completely, and never backwards."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import kasgate
from kasgate.access.api_keys import ApiKey, Scope
from kasgate.money import MAX_SOMPI, Sompi
from kasgate.sessions.ledger import Sums, most_held
from kasgate.store.engine import connect_memory, connect_writer
from kasgate.store.migrate import Migration, SchemaError, migrate, shipped_migrations
from kasgate.store.protocol import StoreError
from kasgate.store.queries import deliveries, sessions
from kasgate.store.queries.access import api_keys
from tests.store.samples import NOW, make_merchant

FIRST = Migration(1, "0001_first.sql", "CREATE TABLE one (n BIGINT);\n")
SECOND = Migration(
    2,
    "0002_second.sql",
    "-- Two; statements.\nCREATE TABLE two (n BIGINT);\nINSERT INTO one (n)\nVALUES (2);\n",
)


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {row[0] for row in rows}


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def test_an_empty_database_gets_the_whole_schema() -> None:
    connection = connect_memory()
    assert migrate(connection, clock=lambda: NOW) == len(shipped_migrations())
    assert tables(connection) == {
        "merchants", "account_keys", "sessions", "payments", "events", "webhook_logs",
        "chain_cursor", "chain_gaps", "network", "idempotency_keys", "dashboard_sessions",
        "warnings", "database_identity",
        "password_logins", "recovery_codes", "sign_in_links",
        "schema_migrations",
        "audit_log", "api_keys",
        "session_words", "session_days", "logos",
        "receipts", "receipt_days", "receipt_values", "attention_figures", "payment_sums",
        "session_quarters", "receipt_quarters",
    }  # fmt: skip
    ledger = connection.execute("SELECT * FROM schema_migrations ORDER BY number").fetchall()
    assert [tuple(row) for row in ledger] == [
        (migration.number, migration.name, migration.checksum, NOW)
        for migration in shipped_migrations()
    ]
    assert migrate(connection) == 0


def test_the_tables_of_the_brief_have_its_columns() -> None:
    connection = connect_memory()
    migrate(connection)
    assert columns(connection, "merchants") >= {
        "id", "name", "email", "xpub", "api_key_hash", "webhook_url", "webhook_secret",
        "next_address_index", "created_at", "updated_at",
    }  # fmt: skip
    assert columns(connection, "sessions") >= {
        "id", "merchant_id", "address", "address_index", "amount", "status", "tx_id",
        "confirmations", "order_id", "metadata", "subscription_token", "expires_at", "paid_at",
        "confirmed_at",
    }  # fmt: skip
    assert columns(connection, "webhook_logs") >= {
        "id", "session_id", "event", "delivery_id", "status_code", "attempts",
        "next_retry_at", "delivered_at",
    }  # fmt: skip
    # A delivery's body is its event's: stored once.
    assert "payload" in columns(connection, "events") - columns(connection, "webhook_logs")


def test_shipped_migrations_are_numbered_without_a_gap() -> None:
    numbers = [migration.number for migration in shipped_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_older_database_gets_what_it_lacks() -> None:
    connection = connect_memory()
    assert migrate(connection, [FIRST]) == 1
    assert migrate(connection, [FIRST, SECOND]) == 1
    assert connection.execute("SELECT n FROM one").fetchall()[0][0] == 2


def test_the_key_of_a_merchant_from_before_goes_on_opening_everything() -> None:
    connection = connect_memory()
    with_one_key = [one for one in shipped_migrations() if one.name < "0010"]
    migrate(connection, with_one_key)
    connection.execute(
        """
        INSERT INTO merchants (
            id, name, xpub, account_key, api_key_hash, webhook_secret, next_address_index,
            created_at, updated_at
        ) VALUES ('mer_01', 'Shop', 'sealed', 'fingerprint', 'hash', 'sealed', 0, 7, 7)
        """
    )
    migrate(connection)
    (key,) = api_keys.live(connection, "mer_01")
    assert key == ApiKey(
        "key_01", "mer_01", "First key", Scope.MANAGE, key_hash="hash", created_at=7
    )
    assert api_keys.by_hash(connection, "hash") == key


def test_the_events_from_before_are_numbered_and_their_bodies_stay() -> None:
    connection = connect_memory()
    number = next(one.number for one in shipped_migrations() if "event_sequence" in one.name)
    before = [one for one in shipped_migrations() if one.number < number]
    migrate(connection, before)
    connection.execute("PRAGMA foreign_keys = OFF")
    for session in ("ses_1", "ses_2", "ses_3"):
        insert(
            connection,
            "sessions",
            id=session, merchant_id="mer_1", account_key="key", address=session,
            address_index=int(session[-1]), amount=1, required_confirmations=1, status="pending",
            active=1, cancelled=0, confirmations=0, subscription_token="", created_at=1,
            expires_at=2, version=2,
        )  # fmt: skip
    told = [("ses_1", 0, 0), ("ses_2", 0, 0), ("ses_1", 2, 1), ("ses_1", 2, 0), ("ses_2", 1, 0)]
    for place, (session, version, ordinal) in enumerate(told, 1):
        insert(
            connection,
            "events",
            id=f"evt_{place}", type="payment.pending", merchant_id="mer_1", session_id=session,
            session_version=version, ordinal=ordinal, created_at=1, payload="{}", place=place,
        )  # fmt: skip
        insert(
            connection,
            "webhook_logs",
            id=f"whl_{place}", delivery_id=f"evt_{place}", merchant_id="mer_1", session_id=session,
            event="payment.pending", created_at=1, state="pending", attempts=0,
            **({"payload": "{}"} if "payload" in columns(connection, "webhook_logs") else {}),
        )  # fmt: skip
    migrate(connection)
    for table in ("events", "webhook_logs"):
        numbers = connection.execute(f"SELECT sequence FROM {table} ORDER BY id")
        assert [row[0] for row in numbers] == [1, 1, 3, 2, 2]
    counted = connection.execute("SELECT events_told FROM sessions ORDER BY id")
    assert [row[0] for row in counted] == [3, 2, 0]
    assert connection.execute("SELECT DISTINCT payload FROM events").fetchone()[0] == "{}"
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("UPDATE events SET sequence = 7")


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    places = ", ".join("?" * len(values))
    connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", tuple(values.values())
    )


def test_a_newer_database_is_refused() -> None:
    connection = connect_memory()
    migrate(connection, [FIRST, SECOND])
    with pytest.raises(SchemaError, match="schema 2, which is newer than the 1"):
        migrate(connection, [FIRST])
    assert connection.execute("SELECT n FROM one").fetchone()[0] == 2


@pytest.mark.parametrize(
    ("made_by", "named"), [(2_003_004, "KasGate 2.3.4"), (0, "a newer KasGate")]
)
def test_the_refusal_names_both_versions_and_what_to_do(made_by: int, named: str) -> None:
    connection = connect_memory()
    migrate(connection, [FIRST, SECOND])
    connection.execute(f"PRAGMA user_version = {made_by}")
    with pytest.raises(SchemaError) as refused:
        migrate(connection, [FIRST])
    text = str(refused.value)
    assert f"KasGate {kasgate.__version__} knows" in text
    assert f"{named} made it. Nothing was changed. Install {named}" in text
    assert "docs/upgrade.md" in text


def test_the_version_that_migrated_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect_memory()
    for version, number in (("0.1.0", 1_000), ("12.34.567rc1", 12_034_567)):
        monkeypatch.setattr(kasgate, "__version__", version)
        migrate(connection, [FIRST] if number == 1_000 else [FIRST, SECOND])
        assert connection.execute("PRAGMA user_version").fetchone()[0] == number


def test_all_missing_migrations_are_applied_or_none() -> None:
    connection = connect_memory()
    migrate(connection, [FIRST])
    broken = Migration(3, "0003_broken.sql", "INSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [FIRST, SECOND, broken])
    assert tables(connection) == {"one", "schema_migrations"}


def test_a_new_database_needs_no_copy_and_an_older_one_does() -> None:
    connection = connect_memory()
    called: list[int] = []
    migrate(connection, [FIRST], before=called.append)
    assert called == []
    migrate(connection, [FIRST], before=called.append)
    assert called == []
    migrate(connection, [FIRST, SECOND], before=called.append)
    assert called == [1]


def test_a_database_made_by_another_text_of_a_migration_is_refused() -> None:
    connection = connect_memory()
    migrate(connection, [FIRST])
    edited = Migration(1, FIRST.name, FIRST.sql + "-- edited\n")
    with pytest.raises(SchemaError, match="another text of migration 0001_first"):
        migrate(connection, [edited, SECOND])
    assert "two" not in tables(connection)


def test_the_database_of_another_program_is_left_alone() -> None:
    connection = connect_memory()
    connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(SchemaError, match="another program"):
        migrate(connection)
    assert tables(connection) == {"recipes"}


@pytest.mark.parametrize(
    "broken",
    [
        "CREATE TABLE two (n BIGINT);\nINSERT INTO nowhere VALUES (1);\n",
        "CREATE TABLE two (n BIGINT);\nINSERT INTO one (n) VALUES (2)",
    ],
)
def test_a_migration_that_fails_half_way_leaves_nothing_and_can_be_repeated(broken: str) -> None:
    connection = connect_memory()
    migrate(connection, [FIRST])
    with pytest.raises((sqlite3.OperationalError, SchemaError)):
        migrate(connection, [FIRST, Migration(2, "0002_broken.sql", broken)])
    assert tables(connection) == {"one", "schema_migrations"}
    assert connection.execute("SELECT count(*) FROM one").fetchone()[0] == 0
    assert migrate(connection, [FIRST, SECOND]) == 1


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    path = tmp_path / "kasgate.db"

    def start(_: int) -> int:
        connection = connect_writer(path)
        try:
            return migrate(connection)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(start, range(4)))
    assert sum(applied) == len(shipped_migrations())


def test_history_cant_be_changed_or_removed() -> None:
    connection = connect_memory()
    migrate(connection)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO events VALUES ('evt_1', 't', 'm', 's', 0, 0, 1, '{}', 1, 1)")
    connection.execute(
        "INSERT INTO audit_log VALUES ('aud_1', 'm', 's', 'a', 'me', 'n', '{}', 1, 1, 'x')"
    )
    for change in (
        "UPDATE events SET payload = 'x'",
        "DELETE FROM events",
        "UPDATE audit_log SET note = 'x'",
        "DELETE FROM audit_log",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(change)
    assert issubclass(SchemaError, StoreError)


@pytest.mark.parametrize("unit", [1, 10**16], ids=["honest", "more than there is"])
def test_what_came_before_is_added_up_and_a_delivery_keeps_its_body(unit: int) -> None:
    connection = connect_memory()
    migrate(connection, [one for one in shipped_migrations() if one.name < "0014"])
    merchant = make_merchant()
    number = most_held() + 30
    _store_as_before(connection, merchant.id, merchant.account_key.fingerprint, number, unit)
    migrate(connection)

    session = sessions.by_id(connection, "ses_1")
    assert session is not None
    assert session.ledger.sums == Sums(
        total=number,
        received=Sompi(unit * (sum(range(number)) - 5)),
        final=Sompi(unit * (0 + 1 + 2)),
        late=1,
        waiting=number - 5,
        waiting_amount=unit * (sum(range(number)) - (0 + 1 + 2) - 4 - 5),
        gone=1,
        in_time=unit * (sum(range(number)) - 3 - 5 - 6),
        soon=unit * 3,
        in_time_withdrawn=unit * 5,
    )
    assert sessions.by_id(connection, "ses_1") == session
    saved = sessions.save(connection, session, (), ())
    assert saved.ledger.sums == session.ledger.sums
    assert len(session.payments) <= most_held()
    (delivery,) = deliveries.pending(connection, "", 10)
    assert delivery.payload == '{"event":"payment.late"}'


def _store_as_before(
    connection: sqlite3.Connection, merchant_id: str, fingerprint: str, number: int, unit: int
) -> None:
    """A session with payments of 0, 1, 2… units: three are final, one was late, one is missing, one
    was withdrawn, and one was accepted long after the end without being late."""
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(
        """
        INSERT INTO sessions (
            id, merchant_id, account_key, address, address_index, amount, required_confirmations,
            status, active, cancelled, confirmations, subscription_token, created_at, expires_at,
            version, received, paid_state, late, payments_total, late_acceptance_ms
        ) VALUES ('ses_1', ?, ?, 'kaspasim:1', 0, 10, 10, 'expired', 1, 0, 0, 't', 1, 2, 3, ?,
            'over', 1, ?, 5)
        """,
        (merchant_id, fingerprint, min(unit * (sum(range(number)) - 5), MAX_SOMPI), number),
    )
    special = {0: "confirmed", 1: "confirmed", 2: "confirmed", 5: "withdrawn"}
    for place in range(number):
        connection.execute(
            """
            INSERT INTO payments (
                tx_id, output_index, session_id, position, amount, block_daa_score, seen_at,
                accepted_at, state, late, credited, missing_since
            ) VALUES (?, 0, 'ses_1', ?, ?, ?, 1, ?, ?, ?, 1, ?)
            """,
            (
                f"{place:064x}", place, unit * place, 1_000 + place, 60_003 if place == 6 else 1,
                special.get(place, "accepted"), int(place == 3), 9 if place == 4 else None,
            ),
        )  # fmt: skip
    connection.execute(
        """
        INSERT INTO events (
            id, type, merchant_id, session_id, session_version, ordinal, created_at, payload, place
        ) VALUES ('evt_1', 'payment.late', ?, 'ses_1', 1, 0, 1, '{"event":"payment.late"}', 1)
        """,
        (merchant_id,),
    )
    connection.execute(
        """
        INSERT INTO webhook_logs (
            id, delivery_id, merchant_id, session_id, event, payload, created_at, state, attempts
        ) VALUES ('whl_1', 'evt_1', ?, 'ses_1', 'payment.late', '{"event":"payment.late"}', 1,
            'pending', 0)
        """,
        (merchant_id,),
    )
