"""The place of the settings file: KASGATE_CONFIG, or the usual place of this user."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from kasgate.settings.model import CONFIG_VARIABLE

SYSTEM_FILE: Final = Path("/etc/kasgate/kasgate.toml")
FILE_NAME: Final = "kasgate.toml"
NO_FILE: Final = "off"
"""As the value of KASGATE_CONFIG: read no file at all."""


@frozen
class Place:
    """A settings file that exists, or that KASGATE_CONFIG names."""

    path: Path
    origin: str
    """The start of a sentence about the file."""
    mend: str = ""
    """A sentence about what to do if it can't be read."""


def is_root() -> bool:
    """Whether this process has the rights of the superuser."""
    return os.geteuid() == 0


def usual_place(system_file: Path = SYSTEM_FILE) -> Place | None:
    """The file that is read without KASGATE_CONFIG, None if there is none.

    For root it is the system's file. For another user it is the user's own file, and without one
    the system's.
    """
    own = None if is_root() else user_file()
    for path in (own, system_file):
        if path is not None and _seems_to_exist(path):
            return Place(
                path,
                f"The settings file is {path}",
                f" Run the command as its owner, or set {CONFIG_VARIABLE}: a file, or {NO_FILE}.",
            )
    return None


def place_to_write(environ: Mapping[str, str], system_file: Path = SYSTEM_FILE) -> Path:
    """The file that ``kasgate setup`` writes: that of KASGATE_CONFIG, else the first usual place.
    Raises LookupError for a user without a home directory."""
    named = environ.get(CONFIG_VARIABLE, "").strip()
    if named and named.lower() != NO_FILE:
        return Path(named).expanduser().absolute()
    if is_root():
        return system_file
    own = user_file()
    if own is None:
        raise LookupError
    return own


def user_file() -> Path | None:
    """This user's own settings file, whether it exists or not; None without a home directory."""
    import platformdirs  # noqa: PLC0415 - takes a megabyte, and is needed only here

    try:
        folder = platformdirs.user_config_path("kasgate", appauthor=False)
    except (RuntimeError, KeyError):
        return None
    return folder / FILE_NAME if folder.is_absolute() else None


def _seems_to_exist(path: Path) -> bool:
    """Whether the file is there, or may not be looked for. The second is told as a problem, because
    a command that went on without its settings would use another database."""
    try:
        return path.exists()
    except OSError:
        return True
