"""Copies of the database from before an upgrade, beside it.

With such a copy and the version that made it, an upgrade can be undone (docs/upgrade.md).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from kasgate.store.engine import connect_reader, translated_errors
from kasgate.store.protocol import StoreError, StoreUnavailable

COPIES_KEPT: Final = 2
"""Older copies are removed: each is as large as the database was."""
_MARK: Final = ".before-"
_UNFINISHED: Final = ".part"


def keep_copy(path: Path, version: str) -> Path:
    """Copy the database to ``<path>.before-<version>``, the version that is about to change it.
    Returns the copy's path.

    The copy is complete and synced to disk when this returns, or this raises StoreUnavailable and
    leaves none. One of the same name is replaced. Others than the newest ``COPIES_KEPT`` are
    removed.
    """
    copy = path.with_name(f"{path.name}{_MARK}{version}")
    unfinished = copy.with_name(copy.name + _UNFINISHED)
    try:
        _copy(path, unfinished)
        unfinished.replace(copy)
        _sync(copy.parent)
    except (OSError, StoreError) as error:
        with suppress(OSError):
            unfinished.unlink()
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreUnavailable(
            f"The database can't be copied to {copy} before the upgrade: {reason}. Nothing was"
            f" changed. There must be room for {path.stat().st_size // 1_000_000 + 1} MB there."
        ) from error
    for old in kept_copies(path)[COPIES_KEPT:]:
        with suppress(OSError):
            old.unlink()
    return copy


def kept_copies(path: Path) -> list[Path]:
    """The copies beside a database, newest first."""
    found = [
        copy
        for copy in path.parent.glob(f"{path.name}{_MARK}*")
        if not copy.name.endswith(_UNFINISHED)
    ]
    return sorted(found, key=lambda copy: (copy.stat().st_mtime_ns, copy.name), reverse=True)


def _copy(path: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        translated_errors(),
        closing(connect_reader(path)) as source,
        closing(sqlite3.connect(target)) as copied,
    ):
        source.backup(copied)
    _sync(target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
