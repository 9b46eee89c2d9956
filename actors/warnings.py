"""What an operator has to look into: kept in the database until a person acknowledges it."""

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
"""How often they are read again: a person acknowledges them beside the gateway."""
RETRY_S = 5.0
"""After the database could not take one."""
KEPT = 1_000
"""Held in memory; the database has them all."""
SHOWN = 20
"""In health; of more the number is told."""


class Warnings:
    """The open warnings. `run` stores new ones and notices which were acknowledged."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._open: list[OperatorWarning] = []
        self._unstored: dict[tuple[WarningKind, str], OperatorWarning] = {}
        self._reported = trio.Event()

    @property
    def open(self) -> tuple[OperatorWarning, ...]:
        """Those that are stored and not acknowledged, oldest first."""
        return tuple(self._open)

    def sentences(self) -> tuple[str, ...]:
        """For health: the first ones, and how many there are beside them."""
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
        """A warning that begins now; ``passed_over`` is a range of address indices."""
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
        """Log a warning at once, and have it stored. Never blocks; one of the same kind and subject
        that waits to be stored is replaced."""
        log.warning("look into this", kind=warning.kind.value, id=warning.id, detail=warning.text)
        self._unstored[warning.kind, warning.subject] = warning
        self._reported.set()

    async def store_now(self) -> None:
        """Store what was reported. Raises StoreUnavailable; then it is tried again."""
        self._reported = trio.Event()
        taken = dict(self._unstored)
        if taken:
            await self._store.add_warnings(tuple(taken.values()))
        await self.reload()
        for key, warning in taken.items():
            if self._unstored.get(key) is warning:
                del self._unstored[key]

    async def reload(self) -> None:
        """Read the open ones. Raises StoreUnavailable."""
        self._open = await self._store.open_warnings(KEPT)

    async def note_found(self, warning: OperatorWarning, found: str) -> None:
        """Add what was found out since. Raises StoreUnavailable."""
        if warning.found != found:
            await self._store.note_found(warning.id, found)
            await self.reload()

    async def run(self) -> None:
        """Work until cancelled."""
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
