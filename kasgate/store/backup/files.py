"""The files in a backup directory: their names, their order, and the removal of old ones.

A name holds the time and the beginning of the database's identity, so gateways may share a
directory: ``kasgate-20261201T064137Z-1f3c5a7e.tar.gz``, with ``.age`` if it is encrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from attrs import frozen

from kasgate.store.backup.archive import is_archive

_IDENTITY_SHOWN: Final = 8
_TIME: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"kasgate-(\d{8}T\d{6}Z)-([0-9a-f]{8})\.tar\.gz(\.age)?")
_PARTIAL: Final = ".partial"

log = structlog.get_logger(__name__)


@frozen(order=True)
class BackupFile:
    """A complete backup, as its name and its size tell."""

    made_at: int
    """Unix milliseconds, in whole seconds."""
    path: Path
    identity: str
    """The first digits of its database's identity."""
    size: int
    """Bytes."""
    is_encrypted: bool


def shortened(identity: str) -> str:
    """An identity as names of files show it; zeros for a database that was never served."""
    return identity[:_IDENTITY_SHOWN].ljust(_IDENTITY_SHOWN, "0")


def path_for(folder: Path, made_at: int, identity: str, *, encrypted: bool) -> Path:
    """A new path for a backup of this time, or of the next second that is free."""
    second = made_at // 1000
    while True:
        time = datetime.fromtimestamp(second, UTC).strftime(_TIME)
        end = ".age" if encrypted else ""
        path = folder / f"kasgate-{time}-{shortened(identity)}.tar.gz{end}"
        if not path.exists():
            return path
        second += 1


def partial_of(path: Path) -> Path:
    """The name of a backup while it is written."""
    return path.with_name(f".{path.name}{_PARTIAL}")


def backups_in(folder: Path, identity: str | None = None) -> list[BackupFile]:
    """The backups in a folder, newest first; of one database if its identity is given. Raises
    OSError."""
    wanted = None if identity is None else shortened(identity)
    found = [file for file in _named(folder) if wanted in (None, file.identity)]
    return sorted(found, reverse=True)


def remove_old(folder: Path, identity: str, keep: int) -> list[Path]:
    """Remove the backups of a database beyond the newest ``keep``. A file goes only if its name and
    its first bytes are those of a backup. Raises OSError."""
    removed = []
    for old in backups_in(folder, identity)[keep:]:
        if is_archive(old.path):
            old.path.unlink()
            removed.append(old.path)
        else:
            log.warning("left alone: not a backup by its content", path=str(old.path))
    return removed


def remove_partial(folder: Path, identity: str) -> None:
    """Remove what a killed backup of this database left behind. Raises OSError."""
    middle = f"-{shortened(identity)}.tar.gz"
    for path in folder.glob(f".kasgate-*{_PARTIAL}"):
        name = path.name.removeprefix(".").removesuffix(_PARTIAL)
        if middle in name and _NAME.fullmatch(name):
            path.unlink(missing_ok=True)


def _named(folder: Path) -> Iterator[BackupFile]:
    for path in folder.iterdir() if folder.is_dir() else ():
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        try:
            made = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
            size = path.stat().st_size
        except (ValueError, FileNotFoundError):
            continue
        yield BackupFile(int(made.timestamp()) * 1000, path, match[2], size, bool(match[3]))
