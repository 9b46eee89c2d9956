"""The form of a backup file: a compressed tar archive, encrypted in the age format on request.

Its members are ``manifest.json``, ``kasgate.db`` and, on request, ``kasgate.key``. ``tar`` and
``age`` open it without KasGate. All of it is read and written in pieces.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

from attrs import asdict, fields, frozen

from kasgate.store.backup import age
from kasgate.store.backup.errors import BackupStopped, UnusableBackup

FORMAT: Final = "kasgate-backup-1"
MANIFEST: Final = "manifest.json"
DATABASE: Final = "kasgate.db"
KEY: Final = "kasgate.key"

_GZIP: Final = b"\x1f\x8b"
_SQLITE: Final = b"SQLite format 3\x00"
_LEVEL: Final = 1
"""Of the compression: higher levels take three times as long for a tenth of the size."""
_PIECE: Final = 1 << 20
_LONGEST_MANIFEST: Final = 64 * 1024
_LONGEST_KEY: Final = 1024

Stop = Callable[[], bool]
"""Returns whether the work should end early."""


def never() -> bool:
    """A Stop that lets the work end by itself."""
    return False


@frozen(kw_only=True)
class Manifest:
    """The facts about a backup, as the file names them."""

    made_at: int
    """Unix milliseconds; the state of the database is not older."""
    version: str
    """Of the program that made it."""
    schema: int
    network: str | None
    database: str
    """The identity of the database; empty if it was never served."""
    commits: int
    merchants: int
    sessions: int
    key_id: str | None
    """The id of the key that sealed its secrets; None if it has none."""
    size: int
    """Bytes of the database."""
    sha256: str
    """Of the database, in hex."""


def is_encrypted(path: Path) -> bool:
    """Whether a file is encrypted in the age format. Raises OSError."""
    return _beginning(path).startswith(age.MAGIC)


def is_archive(path: Path) -> bool:
    """Whether a file may be a backup, by its first bytes. Raises OSError."""
    return _beginning(path).startswith((age.MAGIC, _GZIP))


def is_database(path: Path) -> bool:
    """Whether a file is a plain SQLite database. Raises OSError."""
    return _beginning(path).startswith(_SQLITE)


def write_archive(
    file: BinaryIO,
    database: Path,
    manifest: Manifest,
    *,
    passphrase: str | None,
    key_file: Path | None,
    stop: Stop,
) -> None:
    """Write a backup to an open file. Raises OSError and BackupStopped."""
    encrypted = None if passphrase is None else age.EncryptingWriter(file, passphrase)
    target = file if encrypted is None else encrypted
    with (
        gzip.GzipFile("", "wb", _LEVEL, _as_file(target), mtime=0) as packed,
        tarfile.open(fileobj=_as_file(packed), mode="w|", bufsize=_PIECE) as tar,
    ):
        tar.copybufsize = _PIECE  # type: ignore[attr-defined] # missing in the type's description
        content = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1).encode()
        tar.addfile(_member(MANIFEST, len(content), manifest), io.BytesIO(content))
        if key_file is not None:
            key = key_file.read_bytes()
            tar.addfile(_member(KEY, len(key), manifest), io.BytesIO(key))
        with database.open("rb") as source:
            tar.addfile(_member(DATABASE, manifest.size, manifest), _Stoppable(source, stop))
    if encrypted is not None:
        encrypted.finish()


@frozen
class Unpacked:
    """The contents of a backup that was read to its end."""

    manifest: Manifest
    key: bytes | None
    """The content of its key file, if it holds one."""


def unpack(path: Path, passphrase: str | None, to: BinaryIO | None, stop: Stop = never) -> Unpacked:
    """Read a whole backup, compare its checksum, and write its database to ``to``. Raises
    UnusableBackup, WrongPassphrase, DamagedFile, BackupStopped and OSError."""
    key: bytes | None = None
    digest = hashlib.sha256()
    with _opened(path, passphrase) as tar:
        manifest = _manifest(tar)
        for member in tar:
            content = tar.extractfile(member)
            if content is None:
                continue
            if member.name == KEY:
                key = content.read(_LONGEST_KEY)
            elif member.name == DATABASE:
                for piece in _pieces(content, stop):
                    digest.update(piece)
                    if to is not None:
                        to.write(piece)
    if digest.hexdigest() != manifest.sha256:
        raise UnusableBackup(f"{path} is damaged: its database does not match its checksum.")
    return Unpacked(manifest, key)


def read_manifest(path: Path, passphrase: str | None) -> Manifest:
    """Read the beginning of a backup. Raises as ``unpack``."""
    with _opened(path, passphrase, to_the_end=False) as tar:
        return _manifest(tar)


@contextmanager
def _opened(
    path: Path, passphrase: str | None, *, to_the_end: bool = True
) -> Iterator[tarfile.TarFile]:
    try:
        with ExitStack() as stack:
            file: BinaryIO = stack.enter_context(path.open("rb"))
            if is_encrypted(path):
                if passphrase is None:
                    raise UnusableBackup(f"{path} is encrypted, and no passphrase was given.")
                file = io.BufferedReader(age.DecryptingReader(file, passphrase), _PIECE)
            packed = stack.enter_context(gzip.GzipFile("", "rb", fileobj=file))
            tar = stack.enter_context(
                tarfile.open(fileobj=_as_file(packed), mode="r|", bufsize=_PIECE)
            )
            yield tar
            # The checksums of both layers are at their ends.
            while to_the_end and packed.read(_PIECE):
                pass
            while to_the_end and file.read(_PIECE):
                pass
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise UnusableBackup(f"{path} is damaged, or no backup of KasGate.") from error
    except (age.DamagedFile, age.WrongPassphrase) as error:
        raise type(error)(f"{path}: {error}") from error


def _manifest(tar: tarfile.TarFile) -> Manifest:
    member = tar.next()
    content = None if member is None or member.name != MANIFEST else tar.extractfile(member)
    if content is None:
        raise UnusableBackup("The file has no manifest at its beginning: it is no backup.")
    try:
        found = json.loads(content.read(_LONGEST_MANIFEST))
        if found["format"] != FORMAT:
            raise UnusableBackup(
                f"The backup has the form {found['format']!r}, which this version of KasGate does"
                f" not know ({FORMAT}). Use the version that made it, or a newer one."
            )
        return Manifest(**{field.name: found[field.name] for field in fields(Manifest)})
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableBackup("The manifest of the backup is damaged.") from error


def _member(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, manifest.made_at // 1000
    return member


def _pieces(content: IO[bytes], stop: Stop) -> Iterator[bytes]:
    while piece := content.read(_PIECE):
        if stop():
            raise BackupStopped("The work was stopped.")
        yield piece


class _Stoppable(io.RawIOBase):
    """A file whose reading ends with BackupStopped on request."""

    def __init__(self, file: BinaryIO, stop: Stop) -> None:
        self._file = file
        self._stop = stop

    def read(self, size: int = -1, /) -> bytes:
        if self._stop():
            raise BackupStopped("The work was stopped.")
        return self._file.read(size)


def _as_file(stream: object) -> BinaryIO:
    """Types of the standard library name the whole of BinaryIO where two methods are used."""
    return stream  # type: ignore[return-value]


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(max(len(age.MAGIC), len(_SQLITE)))


def synced(file: BinaryIO) -> None:
    """Write a file's content to the disk. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
