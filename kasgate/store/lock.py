"""One serving process per database."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kasgate.store.protocol import StoreError, StoreUnavailable

_LONGEST_PID: Final = 20
_held: Final[set[Path]] = set()
"""The databases that this process serves."""


class DatabaseInUse(StoreError):
    """Another process serves this database."""

    def __init__(self, path: Path, pid: int | None) -> None:
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(f"The database {path} is in use by {holder}.")
        self.pid = pid


@contextmanager
def lock_database(path: Path) -> Iterator[None]:
    """Lock the database for serving while the block runs.

    The lock is on ``<path>.lock``, which contains the id of the process that holds it. The kernel
    releases the lock when the process ends, so there are no stale locks; the file stays. Raises
    DatabaseInUse, or StoreUnavailable if the lock file can't be made.
    """
    path = path.resolve()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"The lock file {path}.lock can't be opened: {error.strerror}."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseInUse(path, _holder(descriptor)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)
    finally:
        os.close(descriptor)


def is_served_elsewhere(path: Path) -> bool:
    """Whether another process serves this database now, as far as this user can see."""
    return path.resolve() not in _held and is_locked(path)


def is_locked(path: Path) -> bool:
    """Whether a process serves this database now, as far as this user can see. The check takes a
    shared lock for an instant and leaves no trace."""
    try:
        descriptor = os.open(f"{path.resolve()}.lock", os.O_RDONLY)
    except OSError:
        return False  # Never served, or served by another user, so nothing is known.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _holder(descriptor: int) -> int | None:
    """The process id in the lock file; None in the instant before it is written."""
    text = os.pread(descriptor, _LONGEST_PID, 0).strip()
    return int(text) if text.isdigit() else None
