"""The rates of the gateway: sources asked in the background, and one rate of what they say.

Each source has a task of its own and keeps its own time. One that fails is asked again after
pauses that grow, and what it said before stays in use until that is too old; the others don't
notice. With rates switched off there are no sources, no tasks and no requests.
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
from kasgate.rates.currency import DECIMALS
from kasgate.rates.fetch import Fetch, FetchFailed, over_http
from kasgate.rates.market import MarketRate, Missing, RatesUnavailable, market_rate
from kasgate.rates.quotes import QuoteError, Reading
from kasgate.rates.sources import Source

log = structlog.get_logger(__name__)

FIRST_PAUSE_S: Final = 10.0
"""After a source's first failure in a row; doubled with each further one."""
LONGEST_PAUSE_S: Final = 600.0
LONGEST_WISH_S: Final = 3_600.0
"""A source that asks to be left alone for longer is asked again after this."""

OpenFetch = Callable[[Clock], AbstractAsyncContextManager[Fetch]]


@frozen
class SourceStanding:
    """How one source is."""

    name: str
    failures: int = 0
    """Since it last gave a usable answer."""
    detail: str = "It has not answered yet."
    """For an operator."""
    reading: Reading | None = None
    """What it last said, however old."""


class RateWatch:
    """What KAS costs, by what several sources say. ``run`` is its life."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        clock: Clock,
        failed: Callable[[str], None],
        open_fetch: OpenFetch = over_http,
        spread: Callable[[], float] = lambda: random.uniform(0.9, 1.1),  # noqa: S311
    ) -> None:
        """Without sources there are no rates. ``failed`` is told the name of a part that had to be
        started anew because of a bug. ``spread`` stretches each pause, so that gateways do not ask
        in step."""
        self._sources = tuple(sources)
        self._clock = clock
        self._failed = failed
        self._open_fetch = open_fetch
        self._spread = spread
        self._standing = {source.name: SourceStanding(source.name) for source in self._sources}

    @property
    def is_on(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self._sources)

    def rate(self, currency: str) -> MarketRate:
        """What one KAS costs now. Raises RatesUnavailable."""
        if not self.is_on:
            raise RatesUnavailable(currency, Missing.OFF)
        return market_rate(currency, self._readings(), self._clock())

    def rates(self) -> list[MarketRate]:
        """The rates of all currencies that there is one of now, by currency."""
        found = []
        for currency in sorted(DECIMALS):
            try:
                found.append(self.rate(currency))
            except RatesUnavailable:
                continue
        return found

    def standing(self) -> list[SourceStanding]:
        """How each source is, in the order of the settings."""
        return list(self._standing.values())

    async def run(self) -> None:
        """Ask the sources until cancelled."""
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
        """Ask once; the seconds until the next time."""
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
        # The exponent is bounded, so that the number stays one that can be multiplied.
        pause_s = min(FIRST_PAUSE_S * (1 << min(failures - 1, 16)), LONGEST_PAUSE_S)
        if isinstance(error, FetchFailed):
            pause_s = max(pause_s, min(error.retry_after_ms / 1000, LONGEST_WISH_S))
        return pause_s
