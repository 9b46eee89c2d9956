"""A database with the sessions of more than a year, of eight merchants, nearly all closed.

Plain SQL fills it at the schema before the reports. The migration to the current schema then builds
indexes, words and figures.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kasgate.access.secrets import Vault, hash_api_key, new_webhook_secret
from kasgate.kaspa.extended_key import AccountKey
from kasgate.merchant import Merchant
from kasgate.reports import DAY_MS
from kasgate.store.engine import connect_writer
from kasgate.store.migrate import migrate, shipped_migrations
from kasgate.store.sealing import seal_merchant
from tests.keys import public_key_of

NOW: Final = 1_780_000_000_000
DAYS: Final = 400
SHARES: Final = (50, 20, 10, 8, 5, 4, 2, 1)
"""Each merchant's share of all sessions, in percent."""
STATUSES: Final = (("confirmed", 640), ("expired", 330), ("failed", 30))
PART_PAID: Final = 40
"""One in so many expired sessions received a part of its money."""
PRODUCTS: Final = ("espresso", "flat white", "cold brew", "grinder", "filter paper", "gift card")
BEFORE_REPORTS: Final = "0006_reports.sql"
BATCH: Final = 20_000
VAULT_KEY: Final = bytes(range(32))

Row = tuple[Any, ...]


def merchant(number: int) -> Merchant:
    secret = hashlib.sha256(f"bench {number}".encode()).digest()
    key = AccountKey(public_key_of(secret), secret, 1 << 31, bytes(4), "kpub")
    return Merchant(
        f"mer_{number:026d}",
        f"Shop {number}",
        key,
        new_webhook_secret(),
        NOW,
        NOW,
    )


def sessions(count: int, merchants: list[Merchant]) -> Iterator[tuple[Row, Row | None, list[Row]]]:
    """Rows of sessions, of their payments and of their events, in the order of time."""
    chance = random.Random(4)
    owners = chance.choices(range(len(merchants)), SHARES, k=count)
    statuses = chance.choices(
        [status for status, _ in STATUSES], [share for _, share in STATUSES], k=count
    )
    for number in range(count):
        at = NOW - DAYS * DAY_MS + number * DAYS * DAY_MS // count
        owner = merchants[owners[number]]
        status = statuses[number] if number < count - 200 else "pending"
        session_id = f"{chance.getrandbits(128):032x}"
        session_id = "-".join(
            session_id[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
        )
        amount = chance.randrange(20_000_000, 90_000_000_000)
        paid = status == "confirmed"
        tx_id = f"{chance.getrandbits(256):064x}"
        metadata = {
            "customer": f"c{chance.randrange(count // 10)}",
            "item": chance.choice(PRODUCTS),
        }
        session = (
            session_id, owner.id, owner.account_key.fingerprint, f"kaspasim:q{tx_id[:60]}", number,
            amount, 10, status, 0, 0, tx_id if paid else None, 10 if paid else 0,
            f"INV-{number:07d}", json.dumps(metadata), None, "token", 1, at, at + 1_800_000,
            at + 60_000 if paid else None, at + 70_000 if paid else None, at + 70_000, 2,
        )  # fmt: skip
        part = amount // 2 if status == "expired" and number % PART_PAID == 0 else 0
        payment = (
            tx_id, 0, session_id, 0, part or amount, 1, at + 60_000, at + 60_000, "confirmed", 0, 1,
            None, None,
        )  # fmt: skip
        ended = f"payment.{status}" if status != "pending" else "payment.partial"
        events = [
            (
                f"evt_{number:020d}{version:06d}", kind, owner.id, session_id, version, 0, at,
                f'{{"event":"{kind}","sessionId":"{session_id}"}}',
            )
            for version, kind in enumerate(("payment.pending", ended))
        ]  # fmt: skip
        yield session, payment if paid or part else None, events


def fill(connection: sqlite3.Connection, count: int) -> list[Merchant]:
    """Fill a database at the schema before the reports; its merchants."""
    merchants = [merchant(number) for number in range(len(SHARES))]
    vault = Vault(VAULT_KEY)
    for one in merchants:
        sealed = seal_merchant(one, vault)
        connection.execute(
            """
            INSERT INTO merchants (
                id, name, xpub, account_key, api_key_hash, webhook_secret, next_address_index,
                created_at, updated_at
            ) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
            """,
            (
                one.id, one.name, sealed.xpub, sealed.account_key, hash_api_key(one.id),
                sealed.webhook_secret, NOW, NOW,
            ),
        )  # fmt: skip
        connection.execute(
            "INSERT INTO account_keys VALUES (?, ?, ?, 0, ?)",
            (sealed.account_key, one.id, sealed.xpub, NOW),
        )
    rows = sessions(count, merchants)
    for _ in range(-(-count // BATCH)):
        batch = [row for _, row in zip(range(BATCH), rows, strict=False)]
        store(connection, batch)
    return merchants


def store(connection: sqlite3.Connection, batch: list[tuple[Row, Row | None, list[Row]]]) -> None:
    connection.execute("BEGIN")
    connection.executemany(
        f"""
        INSERT INTO sessions (
            id, merchant_id, account_key, address, address_index, amount, required_confirmations,
            status, active, cancelled, tx_id, confirmations, order_id, metadata, redirect_url,
            subscription_token, created_daa_score, created_at, expires_at, paid_at, confirmed_at,
            closed_at, version
        ) VALUES ({", ".join("?" * 23)})
        """,
        [session for session, _, _ in batch],
    )
    connection.executemany(
        f"""
        INSERT INTO payments (
            tx_id, output_index, session_id, position, amount, block_daa_score, seen_at,
            accepted_at, state, late, credited, missing_since, spent_evidence
        ) VALUES ({", ".join("?" * 13)})
        """,
        [payment for _, payment, _ in batch if payment is not None],
    )
    events = [event for _, _, some in batch for event in some]
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", events)
    connection.executemany(
        """
        INSERT INTO webhook_logs (
            id, delivery_id, merchant_id, session_id, event, payload, created_at, state, attempts
        ) VALUES (?, ?, ?, ?, ?, ?, ?, 'delivered', 1)
        """,
        [
            (f"whl{event[0][3:]}", event[0], event[2], event[3], event[1], event[7], event[6])
            for event in events
        ],
    )
    connection.execute("COMMIT")


def make_database(path: Path, count: int) -> float:
    """Fill a database and migrate it; the seconds that the migration took."""
    connection = connect_writer(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    known = shipped_migrations()
    names = [migration.name for migration in known]
    migrate(connection, known[: names.index(BEFORE_REPORTS)])
    fill(connection, count)
    filled = time.perf_counter()
    migrate(connection)
    migrated = time.perf_counter()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    return migrated - filled
