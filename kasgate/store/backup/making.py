"""Making a backup: a copy of the live database, verified, packed, read back, and only then named.

Everything here is synchronous, and blocks for seconds to minutes: call it in a thread.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from attrs import field, frozen

from kasgate import __version__
from kasgate.clock import Clock, system_clock
from kasgate.store.backup.archive import (
    Manifest,
    Stop,
    never,
    sync_folder,
    synced,
    unpack,
    write_archive,
)
from kasgate.store.backup.copying import (
    Facts,
    copy_database,
    identity_of,
    require_database,
    verify_database,
)
from kasgate.store.backup.errors import BackupFailed, BackupStopped, UnusableBackup, explained
from kasgate.store.backup.files import partial_of, path_for, remove_old, remove_partial
from kasgate.store.engine import DatabaseBusy
from kasgate.store.protocol import StoreError, StoreUnavailable

LEAST_PASSPHRASE: Final = 12
_LONGEST_PASSPHRASE: Final = 4096
_SPARE: Final = 16 * 1024 * 1024
"""Bytes that stay free on the database's disk beside the copy."""
_PIECE: Final = 1 << 20


@frozen(kw_only=True)
class BackupOrder:
    """A backup to make."""

    database: Path
    folder: Path
    passphrase: str | None = field(default=None, repr=False)
    key_file: Path | None = None
    """Put this key file into the backup as well, which has to be encrypted then."""
    keep: int | None = None
    """Remove the backups of this database beyond so many; None removes none."""


@frozen(kw_only=True)
class MadeBackup:
    """A backup that is complete, verified and on the disk."""

    path: Path
    size: int
    """Bytes of the file."""
    manifest: Manifest
    removed: tuple[Path, ...] = ()
    """Older backups that were removed."""
    not_removed: str | None = None
    """Why older backups are still there."""


def read_passphrase(path: Path) -> str:
    """The first line of a file. Raises BackupFailed for a file that is missing, that others may
    read, or whose passphrase is too short."""
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            line = file.readline(_LONGEST_PASSPHRASE)
        return checked_passphrase(line.decode().rstrip("\r\n"), others_may_read=bool(mode & 0o007))
    except OSError as error:
        reason = error.strerror
        raise BackupFailed(f"The passphrase file {path} can't be read: {reason}.") from error
    except UnicodeDecodeError as error:
        raise BackupFailed(f"The passphrase file {path} is not UTF-8 text.") from error


def checked_passphrase(passphrase: str, *, others_may_read: bool = False) -> str:
    """The passphrase, if it is good enough. Raises BackupFailed."""
    if others_may_read:
        raise BackupFailed("Others may read the passphrase file: chmod 600 it.")
    if len(passphrase) < LEAST_PASSPHRASE:
        raise BackupFailed(f"The passphrase is shorter than {LEAST_PASSPHRASE} characters.")
    return passphrase


def make_backup(
    order: BackupOrder, *, clock: Clock = system_clock, stop: Stop = never
) -> MadeBackup:
    """Back a database up, also beside the gateway that serves it.

    The file gets its name only after it was verified, read back and synced, so a file with that
    name is complete. Raises BackupFailed with the reason, StoreError for a database that can't be
    read, and BackupStopped soon after ``stop`` returns true; nothing is left behind then.
    """
    require_database(order.database)
    if order.key_file is not None and order.passphrase is None:
        raise BackupFailed(
            "The key file goes only into an encrypted backup. Give a passphrase as well."
        )
    with explained("Writing to", order.folder):
        order.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(order.database), _scratch(order.database) as copy:
        _require_space(order.database)
        identity = identity_of(order.database)
        with explained("Clearing", order.folder):
            remove_partial(order.folder, identity)
        made_at = clock()
        _copy(order.database, copy, stop)
        facts = verify_database(copy, stop)
        with explained("Reading", copy):
            manifest = _manifest(facts, made_at, copy, stop)
        made = _pack(order, copy, manifest, stop)
    return _without_old(order, made, facts.database)


def _copy(database: Path, copy: Path, stop: Stop) -> None:
    try:
        copy_database(database, copy, stop)
    except DatabaseBusy:
        raise
    except StoreUnavailable as error:
        raise BackupFailed(
            f"Copying {database} to {copy} failed: {error} If the disk is full, free some space."
        ) from error


def _manifest(facts: Facts, made_at: int, copy: Path, stop: Stop) -> Manifest:
    digest, size = hashlib.sha256(), 0
    with copy.open("rb") as file:
        while piece := file.read(_PIECE):
            if stop():
                raise BackupStopped("The backup was stopped.")
            digest.update(piece)
            size += len(piece)
    return Manifest(
        made_at=made_at,
        version=__version__,
        schema=facts.schema,
        network=facts.network,
        database=facts.database,
        commits=facts.commits,
        merchants=facts.merchants,
        sessions=facts.sessions,
        key_id=facts.key_id,
        size=size,
        sha256=digest.hexdigest(),
    )


def _pack(order: BackupOrder, copy: Path, manifest: Manifest, stop: Stop) -> MadeBackup:
    encrypted = order.passphrase is not None
    path = path_for(order.folder, manifest.made_at, manifest.database, encrypted=encrypted)
    partial = partial_of(path)
    try:
        with explained("Writing", path):
            with _private(partial) as file:
                write_archive(
                    file,
                    copy,
                    manifest,
                    passphrase=order.passphrase,
                    key_file=order.key_file,
                    stop=stop,
                )
                synced(file)
            _read_back(partial, order.passphrase, stop)
            size = partial.stat().st_size
            os.rename(partial, path)
            sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)
    return MadeBackup(path=path, size=size, manifest=manifest)


def _read_back(partial: Path, passphrase: str | None, stop: Stop) -> None:
    try:
        unpack(partial, passphrase, None, stop)
    except BackupStopped:
        raise
    except (UnusableBackup, StoreError) as error:
        raise BackupFailed(f"The new backup could not be read back: {error}") from error


def _without_old(order: BackupOrder, made: MadeBackup, identity: str) -> MadeBackup:
    """Remove old backups. The new one stands, so a failure here is no failure of the backup."""
    if order.keep is None:
        return made
    removed: tuple[Path, ...] = ()
    problem = None
    try:
        removed = tuple(remove_old(order.folder, identity, order.keep))
    except OSError as error:
        problem = f"Older backups in {order.folder} can't be removed: {error.strerror}."
    return MadeBackup(
        path=made.path,
        size=made.size,
        manifest=made.manifest,
        removed=removed,
        not_removed=problem,
    )


def _require_space(database: Path) -> None:
    with explained("Reading", database):
        needed = database.stat().st_size + _SPARE
        free = shutil.disk_usage(database.parent).free
    if free < needed:
        raise BackupFailed(
            f"The copy needs {needed >> 20:,} MiB beside {database} while the backup is made, and"
            f" {free >> 20:,} MiB are free. Free some space on that disk."
        )


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """One backup of a database at a time. The kernel releases the lock with the process."""
    path = database.with_name(f"{database.name}.backup-lock")
    with explained("Opening", path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed("Another backup of this database is being made now.") from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _scratch(database: Path) -> Iterator[Path]:
    """The path of the copy, beside the database, where its clear text belongs. A copy that a killed
    process left behind is removed first."""
    path = database.with_name(f"{database.name}.backup-copy")
    related = [path, *(path.with_name(path.name + end) for end in ("-journal", "-wal", "-shm"))]
    try:
        _remove(related)
        yield path
    finally:
        _remove(related)


def _remove(paths: list[Path]) -> None:
    with explained("Removing", paths[0]):
        for path in paths:
            path.unlink(missing_ok=True)


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file, readable by its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        yield file
