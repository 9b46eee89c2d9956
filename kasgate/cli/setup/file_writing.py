"""Writes the settings file: whole or not at all, and readable by its owner alone."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from kasgate.cli.outcome import Failure
from kasgate.cli.setup.account import Account

NEW_MODE: Final = 0o600
_MOST_MODE: Final = 0o640
"""Of an existing file these permissions stay; the file may hold a token."""
_FOLDER_MODE: Final = 0o755
_LARGEST: Final = 1024 * 1024


def read_file(path: Path) -> str:
    """The text of the settings file, empty if there is none. Raises Failure."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Failure(f"{path} is too large for a settings file.")
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise Failure(
            f"{path} is not UTF-8 text. Mend the file by hand, or move it away."
        ) from None
    except OSError as error:
        raise Failure(f"{path} can't be read: {error.strerror}.") from None


def require_writable(path: Path) -> None:
    """Raise Failure if the file can't be written, before anything is asked."""
    folder = _real(path).parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        raise Failure(
            f"The settings file {path} can't be written: this user may not write into {folder}."
            " Run setup as another user, or name another file with --config."
        )


def write_file(path: Path, text: str, expected: str, owner: Account) -> None:
    """Replace the file in one step, durably. A new file belongs to ``owner``; an existing one keeps
    its owner. Raises Failure if it can't be written, or is not ``expected`` any more; it is
    unchanged then."""
    target = _real(path)
    try:
        target.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        if read_file(target) != expected:
            raise Failure(f"{path} was changed meanwhile. Run setup again.")
        _replace(target, text, owner)
    except OSError as error:
        raise Failure(f"{path} can't be written: {error.strerror}.") from None


def _replace(target: Path, text: str, owner: Account) -> None:
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, NEW_MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            _give(descriptor, target, owner)
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _give(descriptor: int, target: Path, owner: Account) -> None:
    try:
        now = target.stat()
    except FileNotFoundError:
        uid, gid, mode = owner.uid, owner.gid, NEW_MODE
    else:
        uid, gid, mode = now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode) & _MOST_MODE
    if (uid, gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, uid, gid)
    os.fchmod(descriptor, mode)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _real(path: Path) -> Path:
    """The file behind a symbolic link, which stays a link."""
    return path.resolve()
