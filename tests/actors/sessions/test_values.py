"""Values of payments: when the gateway takes them, and that they are committed with the payment."""

from __future__ import annotations

from decimal import Decimal

import pytest
import trio
from attrs import define, field

from actors.gateway import Gateway
from actors.payment_rates import KEPT_MS, PaymentRates
from kasgate.rates.market import MarketRate, Missing, RatesUnavailable, Voice
from kasgate.sessions.session import SessionStatus
from kasgate.sessions.valuation import VALUED_WITHIN_MS, PaymentValue
from kasgate.store.protocol import StoreUnavailable
from tests.actors.world import World, eventually

CONFIRMING = SessionStatus.CONFIRMING


@define
class Market:
    """Rates that a test sets, in place of those of the gateway's sources."""

    world: World
    price: str | None = "0.5"
    asked: list[str] = field(factory=list)

    def rate(self, currency: str) -> MarketRate:
        self.asked.append(currency)
        if self.price is None:
            raise RatesUnavailable(currency, Missing.TOO_FEW)
        price, at = Decimal(self.price), self.world.clock()
        return MarketRate(currency, price, (Voice("one", "one", price, at),), at)

    def value(self, minor: int, price: str = "0.5") -> PaymentValue:
        return PaymentValue("EUR", price, minor, self.world.clock())


async def a_market(world: World, currency: str | None = "EUR") -> Market:
    """Give the running gateway a market, and its merchant a display currency."""
    market = Market(world)
    await choose(world, currency)
    on_market(world.gateway, market)
    return market


def on_market(gateway: Gateway, market: Market) -> Gateway:
    currencies, clock = gateway.merchants.display_currency, market.world.clock
    gateway._context.value_rate = PaymentRates(currencies, market.rate, clock).of
    return gateway


async def choose(world: World, currency: str | None) -> None:
    changes = {"display_currency": currency}
    world.merchant, _ = await world.gateway.merchants.update(world.merchant, changes)


async def test_a_payment_is_stored_with_its_value(still_world: World) -> None:
    world = still_world
    market = await a_market(world)
    view = await world.create()
    await world.pay(view)
    payment = await world.payment(view)
    assert payment.value == market.value(500)
    stored = await world.store.session(view.session.id)
    assert stored is not None
    assert stored.payments == (payment,)
    market.price = "0.7"
    await world.mine(12)
    assert (await world.payment(view)).value == payment.value
    assert await world.status(view) is SessionStatus.CONFIRMED


async def test_without_a_display_currency_no_rate_is_asked_for(still_world: World) -> None:
    market = await a_market(still_world, None)
    view = await still_world.create()
    await still_world.pay(view)
    await choose(still_world, "EUR")
    await still_world.mine(12)
    assert (await still_world.payment(view)).value is None, "a currency set later values nothing"
    assert market.asked == []


async def test_without_a_rate_the_payment_goes_on_without_a_value(still_world: World) -> None:
    world = still_world
    market = await a_market(world)
    market.price = None
    view = await world.create()
    await world.pay(view)
    assert await world.status(view) is CONFIRMING
    assert (await world.payment(view)).value is None


async def test_a_new_display_currency_counts_for_payments_from_then_on(still_world: World) -> None:
    world = still_world
    await a_market(world)
    first, second = await world.create(), await world.create()
    await world.pay(first)
    await choose(world, "USD")
    await world.pay(second)
    values = [(await world.payment(view)).value for view in (first, second)]
    assert [value.currency for value in values if value is not None] == ["EUR", "USD"]


async def test_a_second_of_payments_asks_for_one_rate(still_world: World) -> None:
    world = still_world
    market = await a_market(world)
    views = [await world.create() for _ in range(3)]
    for view in views:
        await world.pay(view)
    assert market.asked == ["EUR"]
    await trio.sleep(KEPT_MS / 1000)
    await world.pay(await world.create())
    assert market.asked == ["EUR", "EUR"]


async def test_the_value_of_a_commit_that_is_tried_again_stays(still_world: World) -> None:
    world = still_world
    market = await a_market(world)
    view = await world.create()
    value = market.value(500)
    world.store.fail_next(*[StoreUnavailable("disk full")] * 5)
    await world.pay(view)
    market.price = "9"
    await world.becomes(view, CONFIRMING)
    assert (await world.payment(view)).value == value


async def test_a_crash_before_the_commit_values_the_payment_at_the_restart(
    still_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = still_world
    market = await a_market(world)
    view = await world.create()
    world.store.full = True
    await world.pay(view)
    await world.stop()
    world.store.full = False
    market.price = "0.6"
    restarted = on_market(world.new_gateway(), market)
    monkeypatch.setattr(world, "new_gateway", lambda: restarted)
    await world.start()
    await eventually(lambda: _has_payment(world, view.session.id))
    payment = await world.payment(view)
    assert payment.value is not None
    assert (payment.value.rate, payment.value.minor) == ("0.6", 600)
    stored = await world.store.session(view.session.id)
    assert stored is not None
    assert stored.payments == (payment,)


def _has_payment(world: World, session_id: str) -> bool:
    view = world.gateway.active(session_id)
    return view is not None and view.session.payments_total == 1


async def test_a_payment_that_is_found_after_an_outage_has_no_value(world: World) -> None:
    market = await a_market(world)
    view, other = await world.create(), await world.create()
    await world.pay(other)
    world.node.cut(reachable=False)
    world.chain.pay(view.session.address, 10)
    await trio.sleep(VALUED_WITHIN_MS / 1000 + 60)
    world.node.reachable = True
    await world.becomes(view, SessionStatus.CONFIRMED, within=600)
    assert (await world.payment(view)).value is None
    assert (await world.payment(other)).value is not None
    assert market.asked
