"""The user that the gateway runs as, when root sets it up."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from attrs import frozen

import kasgate
from kasgate.cli.setup.dialogue import Wrong
from kasgate.settings.place import is_root

USUAL: Final = "kasgate"
"""The user that the Debian package makes."""
MAKE_USER: Final = (
    f"Make one with: adduser --system --group --home /var/lib/kasgate --no-create-home {USUAL}"
)


@frozen
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    @classmethod
    def current(cls) -> Self:
        """The user of this process. A user without an entry is called by its number, as in some
        containers."""
        uid = os.geteuid()
        try:
            return cls(pwd.getpwuid(uid).pw_name, uid, os.getegid())
        except KeyError:
            return cls(str(uid), uid, os.getegid())

    @classmethod
    def named(cls, name: str) -> Self:
        """The user of this name. Raises Wrong if there is none."""
        try:
            found = pwd.getpwnam(name)
        except (KeyError, ValueError):
            raise Wrong(f"There is no user {name[:40]!r} on this machine. {MAKE_USER}") from None
        account = cls(found.pw_name, found.pw_uid, found.pw_gid)
        account.require_program()
        return account

    def require_program(self) -> None:
        """Raise Wrong if this user can't run the gateway, because it can't read Python or KasGate,
        as after an installation in root's home directory."""
        folders = [Path(str(module.__file__)).parent for module in (os, kasgate)]
        try:
            with self.acting():
                unreadable = [one for one in folders if not _may_read(one)]
        except PermissionError:
            raise Wrong(f"This process may not act as the user {self.name}.") from None
        if unreadable:
            raise Wrong(
                f"The user {self.name} may not read {unreadable[0]}, so it can't run the gateway."
                " Install KasGate where it can, such as in /opt/kasgate."
            )

    @property
    def is_other(self) -> bool:
        """Whether this process has to act for another user."""
        return self.uid != os.geteuid()

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act as this user within the block, so that files made in it are the user's."""
        if not self.is_other:
            yield
            return
        uid, gid = os.geteuid(), os.getegid()
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(uid)
            os.setegid(gid)

    def become(self) -> None:
        """Act as this user from now on, for good."""
        if self.is_other and is_root():
            os.initgroups(self.name, self.gid)
            os.setgid(self.gid)
            os.setuid(self.uid)


def _may_read(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK, effective_ids=True)


def usual_name() -> str:
    """Root sets the gateway up for the user `kasgate` if there is one, everybody else for
    themselves."""
    if is_root():
        with suppress(KeyError):
            return pwd.getpwnam(USUAL).pw_name
    return Account.current().name
