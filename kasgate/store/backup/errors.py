"""Why a backup could not be made, read or restored. Each message is a sentence for the operator."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kasgate.store.protocol import StoreError


class BackupFailed(StoreError):
    """No backup was made, and no partial file was left behind."""


class BackupStopped(BackupFailed):
    """The caller stopped the backup."""


class UnusableBackup(StoreError):
    """A file can't be restored: it is damaged, of another version, or no backup."""


class RestoreRefused(StoreError):
    """The restore was refused, and nothing was changed."""


@contextmanager
def explained(what: str, path: Path) -> Iterator[None]:
    """Translate an OSError of the block into BackupFailed."""
    try:
        yield
    except OSError as error:
        raise BackupFailed(f"{what} {path} failed: {reason_of(error)}.") from error


def reason_of(error: OSError) -> str:
    """The reason in words, with the remedy where there is one."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "there is no space left on that disk. Free some, or choose another directory"
    if error.errno == errno.EFBIG:
        return "the file is larger than is allowed there"
    return error.strerror or str(error)
