"""``kasgate db check``: checks of the whole database against itself and the key file.

Each check reads one state of the database in a short transaction of its own, so that the log of a
gateway that serves it can be emptied in between. Nothing is changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from attrs import frozen

from kasgate.access.secrets import Vault, VaultError
from kasgate.store.engine import (
    Query,
    broken_references,
    connect_reader,
    integrity_problems,
    read,
)
from kasgate.store.migrate import missing_migrations, shipped_migrations
from kasgate.store.protocol import CorruptDatabase, StoreError
from kasgate.store.queries import audit, checks, merchants
from kasgate.store.queries.access import passwords
from kasgate.store.queries.chain import network_name
from kasgate.store.sealing import unseal_login, unseal_merchant

_PAGE: Final = 500
_BACKUP: Final = "Restore the newest good backup (kasgate restore), or ask for help with this text."
_BY_HAND: Final = (
    "Nothing but a person or a bug writes this. Find out who changed the database; keep a copy of"
    " it, and compare with a backup."
)
_COUNTER: Final = (
    "Reports show wrong figures; the payments themselves are not concerned. Please report this with"
    " the text above, and keep a copy of the database."
)
_MONEY: Final = (
    "The status of these payments may be wrong. Compare them with your wallet, keep a copy of the"
    " database, and report this."
)

Show = Callable[[str], None]


@frozen
class Check:
    """The result of one check."""

    name: str
    problems: tuple[str, ...] = ()
    """Sentences; empty if all is well."""
    mend: str = ""
    """What to do about them."""
    is_skipped: bool = False

    @property
    def is_well(self) -> bool:
        return not self.problems and not self.is_skipped


@frozen
class _Planned:
    name: str
    query: Query[Sequence[str]]
    mend: str


def check_database(
    path: Path, vault: Vault | None, network: str, begins: Show = lambda _: None
) -> Iterator[Check]:
    """Run all checks, and yield each result. ``begins`` is called with the name of each check
    before it runs. Without a vault the secrets are not checked.

    Raises StoreUnavailable for a database that can't be opened. After a problem with the file or
    the schema no other check has a meaning; they are skipped.
    """
    try:
        reader = connect_reader(path)
    except CorruptDatabase as error:
        yield Check("file", (str(error),), _BACKUP)
        return
    with closing(reader) as connection:
        is_sound = True
        for planned in _plan(vault, network):
            if not is_sound:
                yield Check(planned.name, is_skipped=True)
                continue
            begins(planned.name)
            check = _run(connection, planned)
            if planned.name in _FIRST and check.problems:
                is_sound = False
            yield check


def _run(connection: sqlite3.Connection, planned: _Planned) -> Check:
    try:
        problems = tuple(read(connection, planned.query))
    except StoreError as error:
        problems = (str(error),)
    return Check(planned.name, problems, planned.mend if problems else "")


_FIRST: Final = frozenset({"schema", "file"})


def _plan(vault: Vault | None, network: str) -> list[_Planned]:
    plan = [
        _Planned("schema", _schema, "Start the gateway of this version once, or install a newer."),
        _Planned("file", lambda c: integrity_problems(c, checks.PROBLEMS), _BACKUP),
        _Planned("references", lambda c: broken_references(c, checks.PROBLEMS), _BACKUP),
        _Planned("network", partial(_network, wanted=network), "Set KASGATE_NETWORK back."),
        _Planned("session counters", checks.session_counters, _COUNTER),
        _Planned("receipts", checks.receipts, _COUNTER),
        _Planned("receipt counters", checks.receipt_counters, _COUNTER),
        _Planned("value counters", checks.value_counters, _COUNTER),
        _Planned("session counters by quarter", checks.session_quarters, _COUNTER),
        _Planned("receipt counters by quarter", checks.receipt_quarters, _COUNTER),
        _Planned("attention counters", checks.attention_counters, _COUNTER),
        _Planned("session sums", checks.session_sums, _MONEY),
        _Planned("ledger sums", checks.ledger_sums, _MONEY),
        _Planned("addresses", checks.address_indices, f"Stop selling at once. {_BACKUP}"),
        _Planned("events", checks.event_log, _BY_HAND),
        _Planned("deliveries", checks.outbox, _BY_HAND),
        _Planned("audit log", _audit, _BY_HAND),
    ]
    if vault is not None:
        mend = "Put the right key file in place (KASGATE_KEY_FILE), or restore a backup."
        plan.append(_Planned("secrets", partial(_secrets, vault=vault), mend))
    return plan


def _schema(connection: sqlite3.Connection) -> list[str]:
    missing = missing_migrations(connection)
    if not missing:
        return []
    newest = shipped_migrations()[-1].number
    return [f"{len(missing)} migrations to schema {newest} are missing"]


def _network(connection: sqlite3.Connection, wanted: str) -> list[str]:
    found = network_name(connection)
    if found in (None, wanted):
        return []
    return [f"the database is of {found}, and KASGATE_NETWORK is {wanted}"]


def _audit(connection: sqlite3.Connection) -> list[str]:
    broken = audit.first_break(connection)
    return [] if broken is None else [f"entry {broken} was changed, or one before it is missing"]


def _secrets(connection: sqlite3.Connection, vault: Vault) -> list[str]:
    problems: list[str] = []
    after = ""
    while page := merchants.page(connection, after, _PAGE):
        for sealed in page:
            problems += _closed(sealed.id, partial(unseal_merchant, sealed, vault))
            login = passwords.of_merchant(connection, sealed.id)
            if login is not None:
                problems += _closed(sealed.id, partial(unseal_login, login, vault))
        if len(problems) >= checks.PROBLEMS:
            break
        after = page[-1].id
    return problems[: checks.PROBLEMS]


def _closed(merchant_id: str, unseal: Callable[[], object]) -> list[str]:
    try:
        unseal()
    except VaultError as error:
        return [f"merchant {merchant_id}: {error}"]
    return []
