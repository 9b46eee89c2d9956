"""Warnings for the operator, stored in the database until a person acknowledges them."""

from __future__ import annotations

import structlog
import trio

from kasgate.clock import Clock
from kasgate.ids import time_sortable
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable
from kasgate.warnings import OperatorWarning, WarningKind

log = structlog.get_logger(__name__)

RELOAD_S = 30.0
"""Interval of reloads: `kasgate warnings` acknowledges in another process."""
RETRY_S = 5.0
"""Pause after the database failed to store one."""
KEPT = 1_000
"""Warnings held in memory. The database has them all."""
SHOWN = 20
"""Warnings listed in health. The rest are only counted."""


class Warnings:
    """The open warnings. `run` stores new ones and notices acknowledgements."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._open: list[OperatorWarning] = []
        self._unstored: dict[tuple[WarningKind, str], OperatorWarning] = {}
        self._reported = trio.Event()

    @property
    def open(self) -> tuple[OperatorWarning, ...]:
        """Stored warnings that are not acknowledged, oldest first."""
        return tuple(self._open)

    def sentences(self) -> tuple[str, ...]:
        """For health: the first warnings, and how many more there are."""
        all_ = [*self._open, *self._unstored.values()]
        more = len(all_) - SHOWN
        shown = tuple(warning.sentence for warning in all_[:SHOWN])
        if more <= 0:
            return shown
        return (*shown, f"There are {more} more warnings: `kasgate warnings` lists them all.")

    def made(
        self,
        kind: WarningKind,
        subject: str,
        text: str,
        *,
        merchant_id: str | None = None,
        passed_over: tuple[int, int] | None = None,
    ) -> OperatorWarning:
        """Make a warning that begins now. ``passed_over`` is a range of address indices."""
        now = self._clock()
        first, end = passed_over or (None, None)
        return OperatorWarning(
            id=time_sortable("wrn", now),
            kind=kind,
            subject=subject,
            text=text,
            since=now,
            merchant_id=merchant_id,
            first_index=first,
            end_index=end,
        )

    def report(self, warning: OperatorWarning) -> None:
        """Log a warning now and queue it for the database. Never blocks. It replaces a queued
        warning of the same kind and subject."""
        log.warning("look into this", kind=warning.kind.value, id=warning.id, detail=warning.text)
        self._unstored[warning.kind, warning.subject] = warning
        self._reported.set()

    async def store_now(self) -> None:
        """Store the queued warnings. Raises StoreUnavailable; they stay queued then."""
        self._reported = trio.Event()
        taken = dict(self._unstored)
        if taken:
            await self._store.add_warnings(tuple(taken.values()))
        await self.reload()
        for key, warning in taken.items():
            if self._unstored.get(key) is warning:
                del self._unstored[key]

    async def reload(self) -> None:
        """Read the open warnings. Raises StoreUnavailable."""
        self._open = await self._store.open_warnings(KEPT)

    async def note_found(self, warning: OperatorWarning, found: str) -> None:
        """Add later findings to a warning. Raises StoreUnavailable."""
        if warning.found != found:
            await self._store.note_found(warning.id, found)
            await self.reload()

    async def run(self) -> None:
        """Store and reload until cancelled."""
        while True:
            pause_s = RELOAD_S
            try:
                await self.store_now()
            except StoreUnavailable as error:
                log.warning("warnings can't be stored or read yet", error=str(error))
                pause_s = RETRY_S
                self._reported = trio.Event()
            with trio.move_on_after(pause_s):
                await self._reported.wait()
