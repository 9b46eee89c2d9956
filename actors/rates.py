"""The rates of the gateway: background tasks poll the sources, and one rate is computed from their
answers.

Each source has its own task and its own interval. A source that fails is retried with growing
pauses, and its last reading stays in use until it is too old; other sources are not affected. With
rates switched off there are no sources, no tasks and no requests.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

import structlog
import trio
from attrs import evolve, frozen

from actors.sessions.supervisor import keep_running
from kasgate.clock import Clock
from kasgate.currency import DECIMALS
from kasgate.rates.fetch import Fetch, FetchFailed, over_http
from kasgate.rates.market import MarketRate, Missing, RatesUnavailable, market_rate
from kasgate.rates.quotes import QuoteError, Reading
from kasgate.rates.sources import Source

log = structlog.get_logger(__name__)

FIRST_PAUSE_S: Final = 10.0
"""Pause after the first failure of a source in a row. It doubles with each further failure."""
LONGEST_PAUSE_S: Final = 600.0
LONGEST_WISH_S: Final = 3_600.0
"""Longest Retry-After of a source that is honoured."""

OpenFetch = Callable[[Clock], AbstractAsyncContextManager[Fetch]]


@frozen
class SourceStanding:
    """The state of one source."""

    name: str
    failures: int = 0
    """Failures since its last usable answer."""
    detail: str = "It has not answered yet."
    """A sentence for the operator."""
    reading: Reading | None = None
    """Its last reading, however old."""


class RateWatch:
    """The price of KAS from several sources."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        clock: Clock,
        failed: Callable[[str], None],
        open_fetch: OpenFetch = over_http,
        spread: Callable[[], float] = lambda: random.uniform(0.9, 1.1),  # noqa: S311
    ) -> None:
        """Without sources there are no rates. ``failed`` is called with the name of a task that a
        bug ended and that is restarted. ``spread`` stretches each pause, so that gateways do not
        poll in step."""
        self._sources = tuple(sources)
        self._clock = clock
        self._failed = failed
        self._open_fetch = open_fetch
        self._spread = spread
        self._standing = {source.name: SourceStanding(source.name) for source in self._sources}

    @property
    def is_on(self) -> bool:
        """Whether any source is configured."""
        return bool(self._sources)

    @property
    def currencies(self) -> list[str]:
        """The currencies that the sources serve, sorted, whether or not they answer now."""
        return sorted({code for source in self._sources for code in source.currencies})

    def rate(self, currency: str) -> MarketRate:
        """The price of one KAS now. Raises RatesUnavailable."""
        if not self.is_on:
            raise RatesUnavailable(currency, Missing.OFF)
        return market_rate(currency, self._readings(), self._clock())

    def rates(self) -> list[MarketRate]:
        """The current rates of all currencies that have one, sorted by currency."""
        found = []
        for currency in sorted(DECIMALS):
            try:
                found.append(self.rate(currency))
            except RatesUnavailable:
                continue
        return found

    def standing(self) -> list[SourceStanding]:
        """The state of each source, in the order of the settings."""
        return list(self._standing.values())

    async def run(self) -> None:
        """Poll the sources until cancelled."""
        if not self.is_on:
            await trio.sleep_forever()
        async with self._open_fetch(self._clock) as fetch, trio.open_nursery() as nursery:
            for source in self._sources:
                nursery.start_soon(
                    partial(
                        keep_running,
                        f"rates of {source.name}",
                        partial(self._follow, source, fetch),
                        failed=self._failed,
                    )
                )

    def _readings(self) -> list[Reading]:
        return [one.reading for one in self._standing.values() if one.reading is not None]

    async def _follow(self, source: Source, fetch: Fetch) -> None:
        while True:
            pause_s = await self._ask(source, fetch)
            await trio.sleep(pause_s * self._spread())

    async def _ask(self, source: Source, fetch: Fetch) -> float:
        """Fetch one reading. Returns the seconds until the next request."""
        asked_at = self._clock()
        try:
            parsed = source.parse(await fetch(source.url))
        except (FetchFailed, QuoteError) as error:
            return self._note_failure(source, error)
        at = asked_at if parsed.at is None else min(parsed.at, asked_at)
        reading = Reading(
            source.name, source.origin, parsed.quotes, at, at + source.good_for_s * 1000
        )
        if self._standing[source.name].failures:
            log.info("a source of rates answers again", source=source.name)
        self._standing[source.name] = SourceStanding(
            source.name, detail="It answers.", reading=reading
        )
        return source.every_s

    def _note_failure(self, source: Source, error: FetchFailed | QuoteError) -> float:
        standing = self._standing[source.name]
        failures = standing.failures + 1
        self._standing[source.name] = evolve(standing, failures=failures, detail=str(error))
        if failures == 1:
            log.warning("a source of rates has no answer", source=source.name, detail=str(error))
        # The exponent is bounded, so that the product does not overflow a float.
        pause_s = min(FIRST_PAUSE_S * (1 << min(failures - 1, 16)), LONGEST_PAUSE_S)
        if isinstance(error, FetchFailed):
            pause_s = max(pause_s, min(error.retry_after_ms / 1000, LONGEST_WISH_S))
        return pause_s
