"""Scheduled backups: one at a time, each so long after the last one, also across restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import structlog
import trio
from attrs import frozen

from kasgate.clock import Clock
from kasgate.store.protocol import StoreError

if TYPE_CHECKING:
    from kasgate.store.backup.files import BackupFile
    from kasgate.store.backup.making import MadeBackup

log = structlog.get_logger(__name__)

AFTER_START_S: Final = 60.0
"""Before the first backup of a process, so that it does not slow the start."""
RETRY_S: Final = 600.0
"""After a failed backup."""
LONGEST_SLEEP_S: Final = 3_600.0
"""The machine's clock may be set, and the machine may sleep; so the time is compared this often."""
OVERDUE: Final = 2
"""A backup is overdue after so many intervals."""


class Maker(Protocol):
    """Makes backups, and knows the newest one. Both raise StoreError."""

    async def newest(self) -> BackupFile | None: ...

    async def make(self) -> MadeBackup: ...


@frozen(kw_only=True)
class BackupState:
    """The state of the scheduled backups, for health and metrics."""

    last_success_at: int | None
    """Unix milliseconds; None before the first one."""
    size: int | None
    """Bytes of the newest backup."""
    age_s: float | None
    error: str | None
    """Why the last attempt failed, or why older backups stay; None if all is well."""
    is_overdue: bool
    made: int
    """Since the start of the process."""
    failed: int

    @property
    def is_well(self) -> bool:
        return self.error is None and not self.is_overdue


class Backups:
    """Makes a backup whenever one is due, while ``run`` runs."""

    def __init__(self, maker: Maker | None, *, every_s: float, clock: Clock) -> None:
        """Without a maker there are no backups."""
        self._maker = maker
        self._every_ms = round(every_s * 1000)
        self._clock = clock
        self._since = clock()
        self._last_success_at: int | None = None
        self._size: int | None = None
        self._error: str | None = None
        self._not_removed: str | None = None
        self._made = 0
        self._failed = 0

    @property
    def state(self) -> BackupState | None:
        """The present state; None if no backups are scheduled."""
        if self._maker is None:
            return None
        now, last = self._clock(), self._last_success_at
        since = self._since if last is None else last
        return BackupState(
            last_success_at=last,
            size=self._size,
            age_s=None if last is None else max(0, now - last) / 1000,
            error=self._error or self._not_removed,
            is_overdue=now - since > OVERDUE * self._every_ms,
            made=self._made,
            failed=self._failed,
        )

    def sentences(self) -> tuple[str, ...]:
        """A warning while backups fail or are overdue."""
        state = self.state
        if state is None or state.is_well:
            return ()
        if state.error is not None:
            return (f"Backups need attention: {state.error}",)
        return (
            "The newest backup is older than twice KASGATE_BACKUP_EVERY. Nothing is reported to"
            " have failed: look at the log.",
        )

    async def run(self) -> None:
        """Back up until cancelled. A backup that is being made then is given up; it leaves nothing
        behind."""
        if self._maker is None:
            await trio.sleep_forever()
        await self._look_at_newest(self._maker)
        await trio.sleep(AFTER_START_S)
        while True:
            await self._until_due()
            await self._make_one(self._maker)
            if self._error is not None:
                await trio.sleep(min(RETRY_S, self._every_ms / 1000))

    async def _look_at_newest(self, maker: Maker) -> None:
        try:
            newest = await maker.newest()
        except StoreError as error:
            self._note_failure(str(error))
            return
        if newest is not None:
            # A time in the future would put the next one off for long.
            self._last_success_at = min(newest.made_at, self._clock())
            self._size = newest.size

    async def _until_due(self) -> None:
        while self._error is None and self._last_success_at is not None:
            left_ms = self._last_success_at + self._every_ms - self._clock()
            if left_ms <= 0 or left_ms > self._every_ms:
                return  # Due, or the clock was set back.
            await trio.sleep(min(left_ms / 1000, LONGEST_SLEEP_S))

    async def _make_one(self, maker: Maker) -> None:
        try:
            made = await maker.make()
        except StoreError as error:
            self._note_failure(str(error))
            return
        if self._error is not None:
            log.info("backups work again", path=str(made.path))
        self._error = None
        if made.not_removed is not None and self._not_removed is None:
            log.warning("old backups stay", error=made.not_removed)
        self._not_removed = made.not_removed
        self._made += 1
        self._last_success_at, self._size = made.manifest.made_at, made.size
        log.debug("backup made", path=str(made.path), bytes=made.size)

    def _note_failure(self, error: str) -> None:
        self._failed += 1
        if self._error is None:  # Logged once; health shows it as long as it lasts.
            log.error("backup failed", error=error)
        self._error = error
