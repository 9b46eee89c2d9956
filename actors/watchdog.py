"""Signs of life for the service manager, which restarts a gateway that gives none.

The event loop itself sends them, so a blocked loop sends none. They also stop while one transaction
of the store's writer takes longer than the watchdog's whole time: a disk that never answers. A
database that refuses writes is an answer, and a restart would not mend it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import trio

from kasgate.logs.trouble import Trouble
from kasgate.service_manager import ServiceManager

STATUS_S: Final = 15.0
"""How often the status line is compared, if the manager does not watch."""


class Watchdog:
    """Keeps the service manager informed while ``run`` runs."""

    def __init__(
        self,
        manager: ServiceManager,
        *,
        writing_s: Callable[[], float],
        status: Callable[[], str],
    ) -> None:
        """``writing_s`` returns the seconds that the transaction under way has taken so far, and
        ``status`` one line about the gateway."""
        self._manager = manager
        self._writing_s = writing_s
        self._status = status
        self._hanging = Trouble(
            "the database does not answer a write; the service manager gets no sign of life",
            "the database has answered the write",
            trio.current_time,
        )

    async def run(self) -> None:
        """Send a sign of life at half of the watchdog's time, until cancelled. Returns at once if
        no service manager started this process."""
        if not self._manager.is_there:
            return
        limit_s = self._manager.watchdog_s
        pause_s = STATUS_S if limit_s is None else limit_s / 2
        while True:
            self._manager.status(self._status())
            if limit_s is not None:
                self._send_life(limit_s)
            await trio.sleep(pause_s)

    def _send_life(self, limit_s: float) -> None:
        writing_s = self._writing_s()
        if writing_s > limit_s:
            self._hanging.fails(seconds=round(writing_s, 1))
            return
        self._hanging.works()
        self._manager.alive()
