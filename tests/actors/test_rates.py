"""Rates in the background: when each source is polled, and what remains while sources fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import trio
from attrs import define, evolve, field
from trio.testing import MockClock

from actors.rates import LONGEST_PAUSE_S, LONGEST_WISH_S, RateWatch
from kasgate.clock import Clock
from kasgate.rates.fetch import Fetch, FetchFailed
from kasgate.rates.market import Missing, RatesUnavailable
from kasgate.rates.sources import SOURCES
from tests.actors.world import eventually, settled
from tests.rates.answers import ANSWERS, NOW

Answering = Callable[[], bytes]


@define(eq=False)
class Sources:
    """All sources, and the answer of each."""

    answers: dict[str, Answering]
    asked: dict[str, list[float]] = field(factory=lambda: defaultdict(list))
    """When each was requested, in seconds from the start."""
    broken: list[str] = field(factory=list)
    """Tasks that failed because of a bug."""

    def now(self) -> int:
        return NOW + round(trio.current_time() * 1000)

    @asynccontextmanager
    async def open(self, _clock: Clock) -> AsyncIterator[Fetch]:
        names = {source.url: source.name for source in SOURCES.values()}

        async def fetch(url: str) -> bytes:
            name = names[url]
            self.asked[name].append(trio.current_time())
            await trio.sleep(0.1)
            return self.answers[name]()

        yield fetch

    def watch(self, *names: str) -> RateWatch:
        return RateWatch(
            [SOURCES[name] for name in names or SOURCES],
            clock=self.now,
            failed=self.broken.append,
            open_fetch=self.open,
            spread=lambda: 1.0,
        )


@pytest.fixture
def sources(autojump_clock: MockClock) -> Sources:
    """Sources that answer at once; those with timestamps return the time of the start."""
    return Sources(dict(ANSWERS))


@asynccontextmanager
async def running(watch: RateWatch) -> AsyncIterator[RateWatch]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch.run)
        yield watch
        nursery.cancel_scope.cancel()


def refuses(status: int, retry_after_s: int = 0) -> Answering:
    def answer() -> bytes:
        raise FetchFailed(f"It answered with status {status}.", retry_after_s * 1000)

    return answer


def why_not(watch: RateWatch, currency: str = "USD") -> Missing:
    with pytest.raises(RatesUnavailable) as caught:
        watch.rate(currency)
    return caught.value.why


async def test_a_moment_after_the_start_there_are_rates(sources: Sources):
    async with running(sources.watch()) as watch:
        assert why_not(watch) is Missing.CURRENCY or why_not(watch) is Missing.TOO_FEW
        await trio.sleep(1)
        assert watch.rate("EUR").text.startswith("0.0275")
        assert {"EUR", "GBP", "JPY", "USD"} <= {rate.currency for rate in watch.rates()}
        assert all(not one.failures for one in watch.standing())


async def test_no_source_is_requested_while_rates_are_off(sources: Sources):
    watch = RateWatch((), clock=sources.now, failed=sources.broken.append, open_fetch=sources.open)
    async with running(watch):
        await trio.sleep(3_600)
    assert not sources.asked
    assert not watch.is_on
    assert why_not(watch) is Missing.OFF


async def test_each_source_is_polled_at_its_own_interval(sources: Sources):
    async with running(sources.watch()):
        await trio.sleep(3_590)
    assert len(sources.asked["kraken"]) == 60
    assert len(sources.asked["coinbase"]) == 12
    assert len(sources.asked["ecb"]) == 1


async def test_a_hanging_source_does_not_delay_the_others(sources: Sources):
    async def hang(_url: str) -> bytes:
        await trio.sleep_forever()
        raise AssertionError

    @asynccontextmanager
    async def partly(clock: Clock) -> AsyncIterator[Fetch]:
        async with sources.open(clock) as fetch:

            async def fetch_or_hang(url: str) -> bytes:
                return await (hang(url) if "kraken" in url else fetch(url))

            yield fetch_or_hang

    watch = RateWatch(
        list(SOURCES.values()), clock=sources.now, failed=sources.broken.append, open_fetch=partly
    )
    async with running(watch):
        await trio.sleep(5)
        assert "kraken" not in watch.rate("USD").sources


async def test_a_failing_source_is_retried_after_growing_bounded_pauses(sources: Sources):
    sources.answers["gate"] = refuses(500)
    async with running(sources.watch()):
        await trio.sleep(20_000)
    times = sources.asked["gate"]
    pauses = [round(later - earlier) for earlier, later in pairwise(times)]
    assert pauses[:7] == [10, 20, 40, 80, 160, 320, 600]
    assert set(pauses[7:]) == {LONGEST_PAUSE_S}
    assert len(sources.asked["kraken"]) > 300, "the others did not notice"


@pytest.mark.parametrize(("wish_s", "granted_s"), [(120, 120), (86_400, LONGEST_WISH_S)])
async def test_a_sources_retry_after_is_honoured_within_a_limit(
    sources: Sources, wish_s, granted_s
):
    sources.answers["mexc"] = refuses(429, retry_after_s=wish_s)
    async with running(sources.watch()):
        await trio.sleep(granted_s + 30)
    first, second = sources.asked["mexc"][:2]
    assert round(second - first) == granted_s


async def test_a_reading_holds_until_it_is_too_old_and_a_new_one_replaces_it(sources: Sources):
    async with running(sources.watch("kraken", "gate", "mexc", "coinbase")) as watch:
        await trio.sleep(1)
        assert watch.rate("USD").sources == ("gate", "kraken", "mexc")
        sources.answers["mexc"] = refuses(503)
        await trio.sleep(290)
        assert watch.rate("USD").sources == ("gate", "kraken", "mexc")
        await trio.sleep(60)
        assert why_not(watch) is Missing.TOO_FEW
        sources.answers["mexc"] = ANSWERS["mexc"]
        await eventually(lambda: not watch.standing()[2].failures, within=700)
        assert watch.rate("USD").sources == ("gate", "kraken", "mexc")


async def test_a_source_that_repeats_an_old_price_falls_out_by_its_own_time(sources: Sources):
    """KuCoin states the time of its price; here it stays that of the start."""
    async with running(sources.watch()) as watch:
        await trio.sleep(200)
        assert "kucoin" in watch.rate("USD").sources
        await trio.sleep(200)
        assert "kucoin" not in watch.rate("USD").sources
        assert all(not one.failures for one in watch.standing())


async def test_a_time_that_lies_ahead_counts_as_now(sources: Sources):
    later = evolve(SOURCES["kucoin"]).parse(ANSWERS["kucoin"]())
    assert later.at == NOW
    sources.answers["kucoin"] = lambda: ANSWERS["kucoin"]().replace(b"1760000", b"1990000")
    async with running(sources.watch()) as watch:
        await trio.sleep(1)
        assert "kucoin" in watch.rate("USD").sources
        assert watch.rate("USD").at <= sources.now()


async def test_an_answer_that_can_t_be_read_is_a_failure_with_its_reason(sources: Sources):
    sources.answers["gate"] = lambda: b"<html>maintenance</html>"
    async with running(sources.watch("gate")) as watch:
        await trio.sleep(1)
        (standing,) = watch.standing()
        assert standing.failures == 1
        assert "not what was expected" in standing.detail


async def test_a_bug_in_one_source_is_reported_and_does_not_affect_the_others(sources: Sources):
    def bug() -> bytes:
        raise RuntimeError("a fault in our code")

    sources.answers["kraken"] = bug
    async with running(sources.watch()) as watch:
        await trio.sleep(3)
        await settled()
        assert len(watch.rate("USD").voices) == 5
    assert set(sources.broken) == {"rates of kraken"}
