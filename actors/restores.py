"""At the start: is the database the one that was served last, and in the state it was left in?

A restored copy is consistent in itself. The address marks are a separate file that records which
database they belong to and how many commits it had made.
"""

from __future__ import annotations

import secrets
from functools import partial
from typing import Final

import structlog
import trio

from actors.warnings import Warnings
from kasgate.money import format_kas
from kasgate.store.calls import Store
from kasgate.store.marks import AddressMarks, Seen
from kasgate.store.protocol import DatabaseIdentity, StoreUnavailable
from kasgate.store.queries.restores import FoundPayments
from kasgate.warnings import OperatorWarning, WarningKind

log = structlog.get_logger(__name__)

FIRST_LOOK_S: Final = 2.0
LAST_LOOK_S: Final = 300.0
"""The pause between two looks doubles up to this: most payments are found in the first seconds on a
node."""

_COMPARE = (
    "Addresses go on behind the last one that was given out. Orders and payments since then may be"
    " missing here: compare with your wallet and your shop."
)


async def judge_database(store: Store, marks: AddressMarks, warnings: Warnings) -> None:
    """Compare the database with the marks, store the warnings, and only then adopt this database's
    identity and commit count in the marks. Raises StoreUnavailable."""
    identity = await store.identity(secrets.token_hex(16))
    seen = marks.seen
    lost = _marks_lost(marks, identity)
    if lost is not None:
        warnings.report(warnings.made(WarningKind.MARKS_LOST, identity.name, lost))
    if seen.database is not None and seen.database != identity.name:
        text = await _other_database(store, identity, marks)
        warnings.report(warnings.made(WarningKind.NEW_DATABASE, identity.name, text))
    elif seen.database is not None and identity.commits < seen.commits:
        text = _older_database(identity, seen)
        warnings.report(warnings.made(WarningKind.OLD_DATABASE, identity.name, text))
    await warnings.store_now()
    adopt = partial(marks.adopt, identity.name, identity.commits)
    await trio.to_thread.run_sync(adopt)


def _marks_lost(marks: AddressMarks, identity: DatabaseIdentity) -> str | None:
    seen = marks.seen
    unprotected = (
        " So it can't be told whether the database is the newest copy; what the chain can tell is"
        " looked up before an address is given. If you put a copy of the database back, orders"
        " since then are missing here: compare with your wallet and your shop."
    )
    if seen.replaced is not None:
        return f"{marks.path} was damaged and is now {seen.replaced.name}.{unprotected}"
    if seen.damaged:
        return f"{marks.path} is damaged in {seen.damaged} places.{unprotected}"
    if seen.database is None and not identity.is_new:
        return f"{marks.path} was gone and was made again.{unprotected}"
    return None


async def _other_database(store: Store, identity: DatabaseIdentity, marks: AddressMarks) -> str:
    if identity.is_new and not await store.has_sessions():
        return (
            f"The database is new, but {marks.path} was kept for another one. Account keys that"
            f" were used before go on where they were. {_COMPARE}"
        )
    return (
        f"The database is another one than {marks.path} was kept for, or a copy of it from before"
        f" there was that file. {_COMPARE}"
    )


def _older_database(identity: DatabaseIdentity, seen: Seen) -> str:
    missing = seen.commits - identity.commits
    if identity.commits == seen.complete_at:
        why = (
            "It ends exactly where its main file was last complete without its write-ahead log:"
            " the file whose name ends in -wal was left behind or removed, or this is a copy of the"
            " main file alone."
        )
    else:
        why = "It is an older copy."
    return f"The last {missing} commits of the database are gone. {why} {_COMPARE}"


async def report_restores(store: Store, warnings: Warnings) -> None:
    """After ``kasgate restore``, add to its warning which payments the chain had and the backup had
    not. Runs until cancelled; without such a warning it only waits."""
    pause_s = FIRST_LOOK_S
    while True:
        await trio.sleep(pause_s)
        pause_s = min(LAST_LOOK_S, 2 * pause_s)
        for warning in warnings.open:
            if warning.kind is WarningKind.RESTORED:
                await _look_for_payments(store, warnings, warning)


async def _look_for_payments(store: Store, warnings: Warnings, warning: OperatorWarning) -> None:
    try:
        found = await store.payments_since(warning.since)
        await warnings.note_found(warning, _sentence(found))
    except StoreUnavailable as error:
        log.warning("payments since the backup can't be counted yet", error=str(error))


def _sentence(found: FoundPayments) -> str:
    if not found.payments:
        return "So far the chain has no payments to known orders that the backup lacks."
    more = found.sessions - len(found.orders)
    orders = ", ".join(found.orders) + (f" and {more} more" if more > 0 else "")
    return (
        f"The chain had {found.payments} payments to {found.sessions} known orders that the backup"
        f" lacks, {format_kas(found.amount)} KAS in all: {orders}."
    )
