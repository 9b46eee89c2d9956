"""Restoring a backup: everything is checked first, then it takes the database's place at once.

Everything here is synchronous, and the caller holds the lock of the database.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from attrs import field, frozen

from kasgate.access.secrets import Vault
from kasgate.clock import Clock, system_clock
from kasgate.ids import time_sortable
from kasgate.json_text import iso
from kasgate.store.backup.archive import (
    is_archive,
    is_database,
    sync_folder,
    synced,
    unpack,
)
from kasgate.store.backup.copying import Facts, copy_database, verify_database
from kasgate.store.backup.errors import RestoreRefused, UnusableBackup, reason_of
from kasgate.store.engine import (
    connect_scratch,
    connect_writer,
    make_standalone,
    transaction,
    translated_errors,
    truncate_wal,
)
from kasgate.store.marks import know_more
from kasgate.store.migrate import migrate
from kasgate.store.protocol import StoreError
from kasgate.store.queries import merchants, restores, warnings
from kasgate.store.queries.restores import KeyState
from kasgate.store.sealing import unseal_merchant
from kasgate.warnings import OperatorWarning, WarningKind

LEAST_LEAP: Final = 20
"""Addresses that are passed over at least: as many unused ones as wallets look through."""
MOST_LEAP: Final = 5_000
"""Beyond it the gateway could not look at all of them in one round."""
_DAY_MS: Final = 86_400_000
_PAGE: Final = 500


@frozen(kw_only=True)
class RestoreOrder:
    """A backup to put in place of a database."""

    file: Path
    database: Path
    key_file: Path
    marks_file: Path
    network: str
    passphrase: str | None = field(default=None, repr=False)
    leap: int | None = None
    """Addresses to pass over for each account key; None to compute them where they are needed."""


@frozen(kw_only=True)
class Leap:
    """Addresses of an account key that may have been given out after the backup."""

    merchant: str
    first: int
    end: int


@frozen(kw_only=True)
class Restored:
    """A restored database."""

    facts: Facts
    made_at: int | None
    """When the backup was made, if the file says so; unix milliseconds."""
    aside: Path | None
    """Where the database is now that was there before."""
    key_file_written: bool
    leaps: tuple[Leap, ...]
    """Empty if the address marks know which addresses were given out."""
    marks_know: bool


def restore(order: RestoreOrder, clock: Clock = system_clock) -> Restored:
    """Put a backup, or a plain copy of a database, in place of the database. The present one is
    kept under another name. The caller holds the lock of the database.

    Raises StoreError with the reason; until the very end nothing was changed then.
    """
    scratch = order.database.with_name(f"{order.database.name}.restoring")
    try:
        with _removed(scratch):
            made_at, key = _fetch(order, scratch)
            before = verify_database(scratch)
            _require_network(order, before)
            vault = _vault(order, before, key)
            _prepare(scratch)
            facts = verify_database(scratch)
            _require_secrets(scratch, vault)
            marks_know = know_more(order.marks_file, facts.database, facts.commits)
            leaps = _mark_as_restored(order, scratch, clock(), made_at, marks_know=marks_know)
            _sync(scratch)
            written = key is not None and _write_key(order.key_file, key)
            aside = _swap(order.database, scratch, clock())
    except OSError as error:
        raise RestoreRefused(
            f"Restoring {order.file} failed: {reason_of(error)}. The database is as it was."
        ) from error
    return Restored(
        facts=facts,
        made_at=made_at,
        aside=aside,
        key_file_written=written,
        leaps=leaps,
        marks_know=marks_know,
    )


def _fetch(order: RestoreOrder, scratch: Path) -> tuple[int | None, bytes | None]:
    """Unpack the file. Returns when it was made, and the content of its key file."""
    if not order.file.is_file():
        raise RestoreRefused(f"There is no file {order.file}.")
    scratch.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_archive(order.file):
        with _private(scratch) as file:
            unpacked = unpack(order.file, order.passphrase, file)
        return unpacked.manifest.made_at, unpacked.key
    if not is_database(order.file):
        raise UnusableBackup(f"{order.file} is neither a backup of KasGate nor its database.")
    # With its write-ahead log, if that lies beside it.
    copy_database(order.file, scratch)
    return None, None


def _require_network(order: RestoreOrder, facts: Facts) -> None:
    if facts.network not in (None, order.network):
        raise RestoreRefused(
            f"The backup is of {facts.network}, and this gateway is set to {order.network}. Set"
            " KASGATE_NETWORK to the backup's network, or choose another backup."
        )


def _vault(order: RestoreOrder, facts: Facts, key: bytes | None) -> Vault | None:
    """The vault with which the gateway will open the secrets. None if there are none."""
    path, wanted = order.key_file, facts.key_id
    if wanted is None:
        return None
    if not path.exists():
        if key is None:
            raise RestoreRefused(
                f"The key file {path} is missing. The secrets in this backup were sealed with key"
                f" {wanted}: put your copy of that key file there (mode 0600) and run this again."
                " Without it neither webhook secrets nor extended public keys can be read."
            )
        vault = Vault.of_text(key)
    else:
        vault = Vault.load_or_create(path)
    if vault.key_id != wanted:
        raise RestoreRefused(
            f"The backup needs key {wanted}, and {path} holds key {vault.key_id}. Move that file"
            " aside, put the right one there, and run this again."
        )
    return vault


def _prepare(scratch: Path) -> None:
    """Bring the copy to the current schema."""
    with closing(connect_scratch(scratch)) as connection:
        make_standalone(connection)
        migrate(connection)


def _require_secrets(scratch: Path, vault: Vault | None) -> None:
    """Raises VaultError if a merchant's secrets can't be opened."""
    if vault is None:
        return
    after = ""
    with closing(connect_scratch(scratch)) as connection, translated_errors():
        while page := merchants.page(connection, after, _PAGE):
            for sealed in page:
                unseal_merchant(sealed, vault)
            after = page[-1].id


def _mark_as_restored(
    order: RestoreOrder, scratch: Path, now: int, made_at: int | None, *, marks_know: bool
) -> tuple[Leap, ...]:
    """Write into the copy what the next start has to know."""
    leaps: list[Leap] = []
    with (
        closing(connect_scratch(scratch)) as connection,
        translated_errors(),
        transaction(connection, "BEGIN IMMEDIATE"),
    ):
        name = warnings.identity(connection, secrets.token_hex(16)).name
        restores.raise_sequences(connection)
        found = [_restored_warning(order.file, name, now, made_at)]
        for key in restores.account_keys(connection):
            leap = _leap_of(key, order.leap, made_at, now, marks_know=marks_know)
            if leap > 0:
                found.append(_passed_over(key, leap, now))
                end = key.next_index + leap
                leaps.append(Leap(merchant=key.merchant_name, first=key.next_index, end=end))
        warnings.add(connection, found)
    return tuple(leaps)


def _leap_of(
    key: KeyState, wanted: int | None, made_at: int | None, now: int, *, marks_know: bool
) -> int:
    """How many addresses an account key may have given out since the backup: as many as on its
    busiest day, for each day since, twice. A plain copy counts from its last session."""
    if wanted is not None:
        return wanted
    if marks_know:
        return 0
    days = max(1, -(-(now - (made_at or key.newest_at)) // _DAY_MS))
    return min(MOST_LEAP, max(LEAST_LEAP, 2 * key.most_on_a_day * days))


def _restored_warning(file: Path, name: str, now: int, made_at: int | None) -> OperatorWarning:
    age = "" if made_at is None else f" of {iso(made_at)}"
    return OperatorWarning(
        id=time_sortable("wrn", now),
        kind=WarningKind.RESTORED,
        subject=name,
        text=(
            f"The backup {file.name}{age} was restored on {iso(now)}. Orders made after the backup"
            " are missing here: compare with your shop and your wallet."
        ),
        since=now,
    )


def _passed_over(key: KeyState, leap: int, now: int) -> OperatorWarning:
    first, end = key.next_index, key.next_index + leap
    return OperatorWarning(
        id=time_sortable("wrn", now),
        kind=WarningKind.FORGOTTEN_ADDRESSES,
        subject=key.fingerprint,
        text=(
            f"{key.merchant_name} may have given out addresses after the backup (numbers {first} to"
            f" {end - 1}). New sessions go on behind them. What is paid to them shows in your"
            " wallet and in no session here: compare with your wallet and your shop."
        ),
        since=now,
        merchant_id=key.merchant_id,
        first_index=first,
        end_index=end,
    )


def _sync(scratch: Path) -> None:
    with scratch.open("rb+") as file:
        synced(file)


def _write_key(path: Path, key: bytes) -> bool:
    """Write the backup's key file, unless there is one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    with open(descriptor, "wb") as file:
        file.write(key)
        synced(file)
    sync_folder(path.parent)
    return True


def _swap(database: Path, scratch: Path, now: int) -> Path | None:
    """Put the copy in the database's place. Until the last step the old name leads to the old
    database, with its write-ahead log."""
    aside = None
    if database.exists():
        _complete(database)
        aside = _free_name(database, now)
        wal = database.with_name(f"{database.name}-wal")
        if wal.exists() and wal.stat().st_size > 0:
            _keep(wal, aside.with_name(f"{aside.name}-wal"))
        _keep(database, aside)
        sync_folder(database.parent)
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    os.replace(scratch, database)
    sync_folder(database.parent)
    return aside


def _keep(file: Path, name: Path) -> None:
    """Give a file a second name; on a file system without hard links, another one."""
    try:
        os.link(file, name)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        os.rename(file, name)


def _complete(database: Path) -> None:
    """Merge the write-ahead log into the file; a damaged database keeps its log beside it."""
    with suppress(StoreError), closing(connect_writer(database)) as connection:
        truncate_wal(connection)


def _free_name(database: Path, now: int) -> Path:
    time = datetime.fromtimestamp(now // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    path, number = database.with_name(f"{database.name}.before-restore-{time}"), 1
    while path.exists():
        number += 1
        path = database.with_name(f"{database.name}.before-restore-{time}-{number}")
    return path


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        yield file


@contextmanager
def _removed(path: Path) -> Iterator[None]:
    """Remove a file and its companions before and after the block."""
    files = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]
    for file in files:
        file.unlink(missing_ok=True)
    try:
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)
