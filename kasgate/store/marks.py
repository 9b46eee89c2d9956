"""Address marks: how far each account key has given out addresses, in a file of their own.

A database can't detect that it is an older copy of itself. This file can, because restoring the
database does not restore it. After each commit that created sessions, the writer's thread notes the
next index of each key before it acknowledges the commit. The event loop does not wait for that. The
creation waits for a write and, if the reservation below is used up, for a sync.

* The exact index is written without a sync. It survives any end of the process while the machine
  stays up. A reservation survives a power failure: it is synced ahead of its use in blocks of
  RESERVED, so that there is one sync for about five addresses, mostly in the background.
* After a power failure a key continues at the end of its reservation. This skips fewer than
  RESERVED indices, and further failures skip no more unless addresses were given out in between.
* The file has a fixed slot of 64 bytes for each key, in two copies that are written in turn. They
  lie in different pages, each with a checksum, so a torn write damages one copy at most. 10,000
  keys take 1.3 MB, and the file is never rewritten or compacted.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import structlog
from attrs import define, field, frozen

from kasgate.store.protocol import StoreError

RESERVED: Final = 10
"""Indices that a sync covers beyond the last one given; a power failure skips at most so many."""
SYNC_BELOW: Final = 5
"""When fewer indices are left, the next reservation is synced in the background."""

_MAGIC: Final = b"KGMARKS1"
_PAGE: Final = 4096
_SLOT: Final = 64
_SLOTS: Final = _PAGE // _SLOT
_COPIES: Final = 2
_HEAD: Final = struct.Struct(">8sQB16s16sQQ")
_RECORD: Final = struct.Struct(">QIII32s")
_CHECKSUM: Final = struct.Struct(">I")
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_ID_BYTES: Final = 16
_MAX_BYTES: Final = 1 << 30

log = structlog.get_logger(__name__)


class MarksUnavailable(StoreError):
    """The file can't be used now. The gateway works without it and reports the problem."""


@define(eq=False)
class _Mark:
    """The mark of one key."""

    place: int
    given: int = 0
    """One past the highest index of a committed session."""
    floor: int = 0
    """No index below this is given, used or not."""
    reserved: int = 0
    """The reservation as written; after a power failure all indices below it count as given."""
    synced: int = 0
    """The part of the reservation that is known to be on the disk."""
    writes: int = 0


@frozen
class Seen:
    """The content of the file when it was opened."""

    database: str | None
    """Id of the database that the file belongs to, 32 hexadecimal digits; None in a new file."""
    commits: int
    """The number of commits that this database had made."""
    complete_at: int
    """The commit at which the database's main file was last complete without its log."""
    damaged: int
    """Slots that can't be read; their keys are unknown."""
    replaced: Path | None
    """The new path of a foreign file, or one with a damaged head, that was moved out of the way."""


class AddressMarks:
    """The open file, used by one process at a time. ``note`` and ``sync`` may run in two
    threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the file (mode 0600). Blocks. Raises MarksUnavailable."""
        self.path = path
        self._failures: dict[str, str] = {}
        self._lock = threading.Lock()
        self._marks: dict[str, _Mark] = {}
        self._unwritten: set[str] = set()
        self._unsynced: set[str] = set()
        self._boot = _boot_id()
        self._head_writes = 0
        self._database: str | None = None
        self._commits = 0
        self._complete_at = 0
        try:
            self._descriptor, replaced = _open(path)
        except OSError as error:
            raise MarksUnavailable(f"{path} can't be used: {error.strerror}.") from error
        try:
            damaged = self._load()
        except OSError as error:
            os.close(self._descriptor)
            raise MarksUnavailable(f"{path} can't be used: {error.strerror}.") from error
        self.seen = Seen(self._database, self._commits, self._complete_at, damaged, replaced)

    @property
    def failure(self) -> str | None:
        """Why the last note is not on the disk; None if it is, or soon will be."""
        return next(iter(self._failures.values()), None)

    def given(self, key: str) -> int:
        """One past the highest index of a key that was certainly given; 0 for an unknown key."""
        with self._lock:
            mark = self._marks.get(key)
            return 0 if mark is None else mark.given

    def floor(self, key: str) -> int:
        """The lowest index of a key that may be given next."""
        with self._lock:
            mark = self._marks.get(key)
            return 0 if mark is None else max(mark.given, mark.floor)

    def note(self, given: Mapping[str, int], commits: int) -> bool:
        """Note a commit: by key, one past its highest index, and the number of commits. Returns
        whether a ``sync`` is due soon. Never raises: see ``failure``."""
        with self._lock:
            urgent = False
            self._commits = max(self._commits, commits)
            for key, index in given.items():
                mark = self._mark(key)
                mark.given = max(mark.given, index)
                if mark.reserved - mark.given < SYNC_BELOW:
                    mark.reserved = mark.given + RESERVED
                    self._unsynced.add(key)
                urgent = urgent or mark.given > mark.synced
                self._unwritten.add(key)
            self._write_out()
            soon = bool(self._unsynced)
        if urgent:
            self.sync()
        return soon and not urgent

    def sync(self) -> None:
        """Sync the reservations to the disk. Never raises: see ``failure``."""
        with self._lock:
            waiting = {key: self._marks[key].reserved for key in self._unsynced}
            self._unsynced.clear()
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            with self._lock:
                self._failed("synced", error)
                self._unsynced.update(waiting)
                self._unwritten.update(waiting)  # The system may have dropped these pages.
            return
        with self._lock:
            self._worked("synced")
            for key, reserved in waiting.items():
                mark = self._marks[key]
                mark.synced = max(mark.synced, reserved)

    def note_complete(self, commits: int) -> None:
        """Note that the database's main file has so many commits without its log."""
        with self._lock:
            self._complete_at = max(self._complete_at, commits)
            self._write_out()

    def adopt(self, database: str, commits: int) -> None:
        """Bind the file to a database in its present state. The indices given so far stay."""
        with self._lock:
            is_same = database == self._database
            self._complete_at = min(self._complete_at, commits) if is_same else 0
            self._database, self._commits = database, commits
            self._write_out()
        self.sync()

    def close(self) -> None:
        """Drop the unused reservations and mark the indices as exact."""
        with self._lock:
            for key, mark in self._marks.items():
                if mark.reserved > mark.given:
                    mark.reserved = mark.given
                    self._unwritten.add(key)
            self._write_out()
        self.sync()
        try:
            if self.failure is None:
                self._write_head(clean=True)
                os.fdatasync(self._descriptor)
        except OSError as error:  # The next start treats it like a power failure.
            self._failed("written", error)
        os.close(self._descriptor)

    def _mark(self, key: str) -> _Mark:
        mark = self._marks.get(key)
        if mark is None:
            mark = self._marks[key] = _Mark(len(self._marks))
        return mark

    def _write_out(self) -> None:
        try:
            for key in self._unwritten:
                self._write_mark(key, self._marks[key])
            self._unwritten.clear()
            self._write_head(clean=False)
        except OSError as error:
            self._failed("written", error)
        else:
            self._worked("written")

    def _failed(self, what: str, error: OSError) -> None:
        if what not in self._failures:
            log.error("address marks fail", path=str(self.path), error=error.strerror)
        self._failures[what] = f"{self.path} can't be {what}: {error.strerror}."

    def _worked(self, what: str) -> None:
        if self._failures.pop(what, None) is not None:
            log.info("address marks are kept again", path=str(self.path))

    def _write_mark(self, key: str, mark: _Mark) -> None:
        mark.writes += 1
        content = _RECORD.pack(
            mark.writes, mark.given, mark.floor, mark.reserved, bytes.fromhex(key)
        )
        _put(self._descriptor, _slot_at(mark.place, mark.writes % _COPIES), content)

    def _write_head(self, *, clean: bool) -> None:
        self._head_writes += 1
        database = bytes.fromhex(self._database) if self._database else bytes(_ID_BYTES)
        content = _HEAD.pack(
            _MAGIC,
            self._head_writes,
            clean,
            self._boot,
            database,
            self._commits,
            self._complete_at,
        )
        _put(self._descriptor, self._head_writes % _COPIES * _PAGE, content)

    def _load(self) -> int:
        """Read the file and return the number of damaged slots. After a power failure, the reserved
        indices count as given."""
        found = read_marks(self._descriptor)
        if found.head is not None:
            _, self._head_writes, clean, boot, database, self._commits, self._complete_at = (
                found.head
            )
            self._database = database.hex() if database != bytes(_ID_BYTES) else None
            is_exact = clean or boot == self._boot != bytes(_ID_BYTES)
            for place, (writes, given, floor, reserved, key) in found.records:
                mark = _Mark(place, given, floor, reserved, reserved, writes)
                self._marks[key.hex()] = mark
                if not is_exact and reserved > max(given, floor):
                    mark.floor = reserved
                    self._unwritten.add(key.hex())
        self._keep_places_apart(found.slots)
        for key in self._unwritten:
            self._write_mark(key, self._marks[key])
        self._unwritten.clear()
        os.fdatasync(self._descriptor)
        self._write_head(clean=False)
        os.fdatasync(self._descriptor)
        return found.damaged

    def _keep_places_apart(self, slots: int) -> None:
        """Move slots up where others are damaged, because a new key takes the place after the
        number of known keys."""
        if len(self._marks) == slots:
            return
        for place, (key, mark) in enumerate(self._marks.items()):
            if mark.place != place:
                mark.place = place
                self._unwritten.add(key)


@define
class Contents:
    """The content of a file: the newest readable copy of each slot."""

    head: tuple[Any, ...] | None = None
    records: list[tuple[int, tuple[Any, ...]]] = field(factory=list)
    slots: int = 0
    """The number of slots that were ever written."""
    damaged: int = 0


def read_marks(descriptor: int) -> Contents:
    """Read a whole file. Raises OSError."""
    size = min(os.fstat(descriptor).st_size, _MAX_BYTES)
    content = os.pread(descriptor, size, 0)
    found = Contents()
    heads = [_get(content, copy * _PAGE, _HEAD) for copy in range(_COPIES)]
    whole = [head for head in heads if head is not None and head[0] == _MAGIC]
    found.head = max(whole, key=lambda head: head[1], default=None)
    for place in _places(size):
        copies = [_slot_at(place, copy) for copy in range(_COPIES)]
        records = [_get(content, at, _RECORD) for at in copies]
        readable = [record for record in records if record is not None]
        if readable:
            found.records.append((place, max(readable, key=lambda record: record[0])))
        elif any(any(content[at : at + _SLOT]) for at in copies):
            found.damaged += 1
        else:
            continue
        found.slots = place + 1
    return found


def know_more(path: Path, database: str, commits: int) -> bool:
    """Whether undamaged marks at this path belong to this database, and are not older than its
    state with so many commits. Then they know each address that it gave out."""
    try:
        with path.open("rb", buffering=0) as file:
            found = read_marks(file.fileno())
    except OSError:
        return False
    if found.head is None or found.damaged or not database:
        return False
    _, _, _, _, owner, counted, _ = found.head
    return bool(owner == bytes.fromhex(database) and counted >= commits)


def _places(size: int) -> Iterator[int]:
    pairs = max(0, -(-(size - _COPIES * _PAGE) // (_COPIES * _PAGE)))
    return iter(range(pairs * _SLOTS))


def _slot_at(place: int, copy: int) -> int:
    return (_COPIES * (1 + place // _SLOTS) + copy) * _PAGE + place % _SLOTS * _SLOT


def _put(descriptor: int, at: int, content: bytes) -> None:
    os.pwrite(descriptor, _CHECKSUM.pack(zlib.crc32(content)) + content, at)


def _get(content: bytes, at: int, form: struct.Struct) -> tuple[Any, ...] | None:
    start = at + _CHECKSUM.size
    body = content[start : start + form.size]
    if len(body) < form.size:
        return None
    if _CHECKSUM.unpack_from(content, at)[0] != zlib.crc32(body):
        return None
    return form.unpack(body)


def _boot_id() -> bytes:
    """Identifies this boot of the machine; zeros where it is unknown."""
    try:
        return bytes.fromhex(_BOOT_ID.read_text("ascii").strip().replace("-", ""))
    except (OSError, ValueError):
        return bytes(_ID_BYTES)


def _open(path: Path) -> tuple[int, Path | None]:
    """An open, locked file, and the new path of a foreign one that was moved away."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = _open_locked(path)
    if os.fstat(descriptor).st_size == 0 or read_marks(descriptor).head is not None:
        return descriptor, None
    aside = path.with_name(f"{path.name}.damaged")
    os.replace(path, aside)
    os.close(descriptor)
    return _open_locked(path), aside


def _open_locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BlockingIOError:
        os.close(descriptor)
        raise OSError(0, "another gateway uses it; give each its own KASGATE_DATA_DIR") from None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
