"""``/metrics``: the gateway's metrics in the Prometheus format, for the operator.

Counts in memory are read at each request. Counts in the database are read at most every 15 seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Final

import structlog
import trio

from kasgate.store.protocol import Counts, StoreUnavailable
from web.contract.operations import Auth, described
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from web.api.prometheus import Exposition
    from web.contract.answers import Answer

log = structlog.get_logger(__name__)

CACHE_S: Final = 15.0
_TEXT: Final = "text/plain"


class MetricsCalls:
    def __init__(self, gateway: Gateway, expose: Callable[[], Exposition]) -> None:
        self._gateway = gateway
        self._expose = expose
        self._exposition: Exposition | None = None
        self._counts: Counts | None = None
        """The last totals of the database; None while it is unavailable."""
        self._counting = trio.Lock()
        self._counted_at = -inf

    @described({200: _TEXT}, auth=Auth.OPERATOR, problems=(404,))
    async def metrics(self, _request: Request) -> Answer:
        """Read the metrics in the Prometheus format."""
        async with self._counting:
            await self._count()
            if self._exposition is None:
                self._exposition = await trio.to_thread.run_sync(self._expose)
        return self._exposition.answer(self._counts)

    async def _count(self) -> None:
        if trio.current_time() - self._counted_at < CACHE_S:
            return
        try:
            self._counts = await self._gateway.counts()
        except StoreUnavailable as error:
            log.warning("no counts for the metrics", error=str(error))
            self._counts = None
        self._counted_at = trio.current_time()


def metrics_routes(gateway: Gateway, expose: Callable[[], Exposition]) -> Routes:
    """The route ``/metrics``. ``expose`` is called in a thread at the first read."""
    calls = MetricsCalls(gateway, expose)
    return Routes("metrics", "", (("GET", "/metrics", calls.metrics),))
