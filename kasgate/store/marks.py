"""How far each account key has given out addresses, kept in a file apart from the database.

The database alone can't tell that it is an older copy of itself. This file can: a restored database
does not bring it back. After each commit that made sessions it is told the index that each key has
come to, in the writer's thread, so that no event loop and no creation waits for it.

* The exact index is written without a sync: it survives the end of the process in any way, while
  the machine stays up. What survives a power failure is a reservation, synced ahead of its use in
  blocks of RESERVED, so that a sync comes once in some five addresses and mostly in the background.
* After a power failure a key goes on at the end of its reservation: a gap below RESERVED, which no
  further failure widens unless something was sold in between.
* The file has a fixed slot of 64 bytes for each key, in two copies that are written in turn and lie
  in different pages, each with a checksum: a write that was torn loses one copy, never both. 10,000
  keys take 1.3 MB, and nothing ever has to be rewritten or compacted.
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
"""Indices that a sync covers beyond the last one given: most that a power failure can skip."""
SYNC_BELOW: Final = 5
"""With fewer of them left the next reservation is synced in the background."""

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
    """The file can't be used now; the gateway works without it, and says so."""


@define(eq=False)
class _Mark:
    """One key's."""

    place: int
    given: int = 0
    """One past the highest index of a session that was committed."""
    floor: int = 0
    """No index below this is given, whether it was or not."""
    reserved: int = 0
    """As written; after a power failure everything below counts as given."""
    synced: int = 0
    """As far as the reservation is known to be on the disk."""
    writes: int = 0


@frozen
class Seen:
    """What the file said when it was opened."""

    database: str | None
    """The id of the database that it was kept for, 32 hexadecimal digits; None in a new file."""
    commits: int
    """That this database had made."""
    complete_at: int
    """The commit at which the database's main file was last whole without its log."""
    damaged: int
    """Slots that can't be read; the keys in them are not known."""
    replaced: Path | None
    """Where a file was moved that is none of ours, or whose head is damaged."""


class AddressMarks:
    """The open file, of one process at a time. ``note`` and ``sync`` may run in two threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it (mode 0600). Blocks; raises MarksUnavailable."""
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
        """Why what was noted last is not on the disk; None if it is, or will be."""
        return next(iter(self._failures.values()), None)

    def given(self, key: str) -> int:
        """One past the highest index of a key that was surely given; 0 for an unknown key."""
        with self._lock:
            mark = self._marks.get(key)
            return 0 if mark is None else mark.given

    def floor(self, key: str) -> int:
        """The lowest index of a key that may be given now."""
        with self._lock:
            mark = self._marks.get(key)
            return 0 if mark is None else max(mark.given, mark.floor)

    def note(self, given: Mapping[str, int], commits: int) -> bool:
        """After a commit: one past the highest index, by key, and how many commits there were.
        Whether there is something to ``sync`` soon. Never raises: see ``failure``."""
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
        """Have the reservations on the disk. Never raises: see ``failure``."""
        with self._lock:
            waiting = {key: self._marks[key].reserved for key in self._unsynced}
            self._unsynced.clear()
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            with self._lock:
                self._failed("synced", error)
                self._unsynced.update(waiting)
                self._unwritten.update(waiting)  # The system may have thrown them away.
            return
        with self._lock:
            self._worked("synced")
            for key, reserved in waiting.items():
                mark = self._marks[key]
                mark.synced = max(mark.synced, reserved)

    def note_complete(self, commits: int) -> None:
        """The database's main file holds so many commits without its log."""
        with self._lock:
            self._complete_at = max(self._complete_at, commits)
            self._write_out()

    def adopt(self, database: str, commits: int) -> None:
        """Be kept for this database from now on, as it stands. What keys have given stays."""
        with self._lock:
            is_same = database == self._database
            self._complete_at = min(self._complete_at, commits) if is_same else 0
            self._database, self._commits = database, commits
            self._write_out()
        self.sync()

    def close(self) -> None:
        """Give back what was reserved, and say that all of it is true."""
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
        except OSError as error:  # As after a kill or a power failure, then.
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
        """Take in what the file holds; how many slots are damaged. After a power failure what was
        reserved may have been given."""
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
        """A new key takes the place after as many as there are: where slots are damaged those of
        the others move up, so that this stays so."""
        if len(self._marks) == slots:
            return
        for place, (key, mark) in enumerate(self._marks.items()):
            if mark.place != place:
                mark.place = place
                self._unwritten.add(key)


@define
class Contents:
    """What lies in a file: the newest readable copy of each slot."""

    head: tuple[Any, ...] | None = None
    records: list[tuple[int, tuple[Any, ...]]] = field(factory=list)
    slots: int = 0
    """That were ever written."""
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
    """Which start of the machine this is; zeros where that can't be known."""
    try:
        return bytes.fromhex(_BOOT_ID.read_text("ascii").strip().replace("-", ""))
    except (OSError, ValueError):
        return bytes(_ID_BYTES)


def _open(path: Path) -> tuple[int, Path | None]:
    """An open, locked file, and where one was moved that can't be ours."""
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
