"""Fills databases before the gateway starts, as after a long time of service.

Merchants register with a gateway, so that their rows are those of the version under test. Sessions
are written as rows with the store's own table of columns: a million in a minute.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import trio

from bench.load.commands import Made, write_json
from bench.rig.processes import Served, Shop
from kasgate.access.secrets import new_subscription_token
from kasgate.clock import system_clock
from kasgate.kaspa.address import AddressVersion, encode
from kasgate.kaspa.extended_key import AccountKey
from kasgate.kaspa.networks import Network
from kasgate.money import Sompi
from kasgate.sessions.session import Session, SessionStatus
from kasgate.store.queries.columns import insert_into, values
from kasgate.store.queries.rows import SESSION_STATE, SESSION_TERMS
from tests.keys import public_key_of

AMOUNT: Final = 100_000_000
LIFETIME_MS: Final = 24 * 3_600_000
FIRST_INDEX: Final = 1_000_000_000
"""The first address index of these sessions; sessions over HTTP use the indexes below."""
_BATCH: Final = 20_000
_COLUMNS: Final = {**SESSION_TERMS, **SESSION_STATE}
_AT_ONCE: Final = 16
_KEPT_KIB: Final = 256 * 1024


def account(number: int) -> str:
    """An extended public key whose private key nobody has; a different one for each number."""
    secret = hashlib.sha256(f"bench {number}".encode()).digest()
    public = public_key_of(secret)
    return AccountKey(public, secret, 1 << 31, bytes(4), "kpub").to_text()


async def register_many(gateway: Served, urls: Sequence[str]) -> list[Shop]:
    """Register a merchant for each webhook URL; in the order of the URLs."""
    shops: dict[int, Shop] = {}
    numbers = iter(range(len(urls)))

    async def register() -> None:
        for number in numbers:
            shops[number] = await gateway.register(xpub=account(number), webhookUrl=urls[number])

    async with trio.open_nursery() as nursery:
        for _ in range(_AT_ONCE):
            nursery.start_soon(register)
    return [shops[number] for number in range(len(urls))]


def account_key(home: Path, merchant_id: str) -> str:
    """The fingerprint of a merchant's account key."""
    with closing(sqlite3.connect(home / "kasgate.db")) as connection:
        row = connection.execute(
            "SELECT account_key FROM merchants WHERE id = ?", (merchant_id,)
        ).fetchone()
    return str(row[0])


def sessions(
    merchant_id: str, key: str, count: int, *, confirmations: int = 10
) -> Iterator[Session]:
    """Sessions that wait for their payment."""
    now = system_clock()
    prefix = Network.SIMNET.address_prefix
    for index in range(FIRST_INDEX, FIRST_INDEX + count):
        payload = hashlib.sha256(f"{key} {index}".encode()).digest()
        number = os.urandom(16).hex()
        yield Session(
            # A random UUID, made many times faster than by uuid.uuid4.
            id=f"{number[:8]}-{number[8:12]}-4{number[13:16]}-a{number[17:20]}-{number[20:]}",
            merchant_id=merchant_id,
            account_key=key,
            address=encode(prefix, AddressVersion.PUBKEY, payload),
            address_index=index,
            amount=Sompi(AMOUNT),
            required_confirmations=confirmations,
            created_at=now,
            expires_at=now + LIFETIME_MS,
            created_daa_score=1,
            subscription_token=new_subscription_token(),
            status=SessionStatus.PENDING,
        )


def fill_sessions(home: Path, merchant_id: str, count: int, *, confirmations: int = 10) -> str:
    """Write so many sessions into a database while no gateway serves it; the path of the file that
    lists them."""
    key = account_key(home, merchant_id)
    made: list[Made] = []
    statement = insert_into("sessions", _COLUMNS)
    to_come = sessions(merchant_id, key, count, confirmations=confirmations)
    with closing(sqlite3.connect(home / "kasgate.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{_KEPT_KIB}")
        for _ in range(-(-count // _BATCH)):
            batch = [session for _, session in zip(range(_BATCH), to_come, strict=False)]
            connection.execute("BEGIN")
            connection.executemany(statement, [values(_COLUMNS, session) for session in batch])
            connection.execute("COMMIT")
            made += [Made(one.id, one.address, one.subscription_token) for one in batch]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    file = str(home / "sessions.json")
    write_json(file, made)
    return file
