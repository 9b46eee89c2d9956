"""Makes the scheduled backups in a thread. A module of its own: it is imported only if backups are
scheduled, because it loads compression, archives and ciphers."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import trio

from kasgate.clock import Clock
from kasgate.settings.model import Settings
from kasgate.store.backup.archive import Stop
from kasgate.store.backup.copying import identity_of
from kasgate.store.backup.errors import BackupFailed, reason_of
from kasgate.store.backup.files import BackupFile, backups_in
from kasgate.store.backup.making import BackupOrder, MadeBackup, make_backup, read_passphrase


class BackupMaker:
    """Makes backups of the database of these settings, in a thread."""

    def __init__(self, settings: Settings, folder: Path, clock: Clock) -> None:
        """``folder`` is where they go."""
        self._settings = settings
        self._folder = folder
        self._clock = clock
        self._thread = trio.CapacityLimiter(1)

    async def newest(self) -> BackupFile | None:
        return await trio.to_thread.run_sync(self._newest, limiter=self._thread)

    async def make(self) -> MadeBackup:
        """If cancelled, it returns at once. The thread ends soon after, and removes its files."""
        given_up = threading.Event()
        make = partial(self._make, given_up.is_set)
        try:
            return await trio.to_thread.run_sync(make, abandon_on_cancel=True, limiter=self._thread)
        finally:
            given_up.set()

    def _newest(self) -> BackupFile | None:
        try:
            found = backups_in(self._folder, identity_of(self._settings.database))
        except OSError as error:
            raise BackupFailed(f"{self._folder} can't be read: {reason_of(error)}.") from error
        return next(iter(found), None)

    def _make(self, stop: Stop) -> MadeBackup:
        settings = self._settings
        path = settings.backup_passphrase_file
        order = BackupOrder(
            database=settings.database,
            folder=self._folder,
            # Read for each backup, so that a change takes effect.
            passphrase=None if path is None else read_passphrase(path),
            keep=settings.backup_keep,
        )
        return make_backup(order, clock=self._clock, stop=stop)
