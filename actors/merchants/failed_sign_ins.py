"""Failed sign-ins, for the audit log.

A separate task writes them. A response that waited for the write would reveal by its timing whether
the login exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
import trio
from attrs import evolve

from kasgate.audit import AuditAction, AuditEntry, Principal
from kasgate.clock import Clock
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 200
"""Entries that wait to be written. The next entry counts those left out beyond this limit."""


class FailedSignIns:
    """Queues entries without waiting, and writes them. The limits on tries
    (kasgate/access/sign_in_tries.py) bound them to some hundred a day."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._send, self._receive = trio.open_memory_channel[AuditEntry](MOST_WAITING)
        self._left_out = 0

    def failed(self, merchant_id: str, by: Principal, details: Mapping[str, str]) -> None:
        """Queue an entry for a failed sign-in to a merchant's account."""
        entry = by.entry(merchant_id, AuditAction.SIGN_IN_FAILED, self._clock(), details)
        try:
            self._send.send_nowait(entry)
        except trio.WouldBlock:
            self._left_out += 1

    async def run(self) -> None:
        """Write entries until cancelled. An entry that can't be written is logged and left out."""
        async for entry in self._receive:
            left_out, self._left_out = self._left_out, 0
            if left_out:
                entry = evolve(entry, details={**entry.details, "leftOut": str(left_out)})  # noqa: PLW2901
            try:
                await self._store.add_audit((entry,))
            except StoreUnavailable as error:
                self._left_out += left_out + 1
                log.debug("a failed sign-in is not in the audit log", error=str(error))
