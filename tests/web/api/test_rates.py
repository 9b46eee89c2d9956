"""Prices in currencies over HTTP, with rate sources on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from kasgate.money import parse_kas
from kasgate.rates.price import to_sompi
from tests.rates.servers import RateServers, rate_servers
from tests.web.world import Json, World, a_world, eventually, json_of, key_of

TOKEN = "an-operators-token-0123456789"
PRICE = {"value": "19.99", "currency": "EUR"}


@asynccontextmanager
async def a_priced_world(
    *down: str, **environment: Any
) -> AsyncIterator[tuple[World, RateServers]]:
    """A gateway that has asked every source once. ``down`` names sources that fail."""
    async with rate_servers() as servers:
        servers.down.update(down)
        async with a_world(rates="on", rate_sources=servers.setting, **environment) as world:
            standing = world.gateway.rates.standing
            await eventually(lambda: all(one.reading or one.failures for one in standing()))
            yield world, servers


async def ask(world: World, merchant: Json, amount: Any) -> tuple[int, Json]:
    answer = await world.request(
        "POST", "/api/v1/sessions", json={"amount": amount}, headers=key_of(merchant)
    )
    return answer.status_code, await json_of(answer)


async def rates(world: World, merchant: Json) -> Json:
    return await json_of(await world.request("GET", "/api/v1/rates", headers=key_of(merchant)))


async def test_a_price_becomes_kas_at_the_returned_rate():
    async with a_priced_world() as (world, _):
        merchant = await world.merchant()
        status, session = await ask(world, merchant, PRICE)
        assert status == 201
        fiat = session["fiat"]
        assert fiat.keys() == {"value", "currency", "rate", "sources", "at"}
        assert (fiat["value"], fiat["currency"]) == ("19.99", "EUR")
        assert len(fiat["sources"]) >= 3
        assert fiat["at"].endswith("Z")
        assert abs(Decimal(fiat["rate"]) / Decimal("0.0276") - 1) < Decimal("0.01")
        sompi = to_sompi(Decimal("19.99"), Decimal(fiat["rate"]))
        assert session["amountSompi"] == str(sompi)
        assert parse_kas(session["amount"]) == sompi
        assert (await world.read(session))["fiat"] == fiat, "anyone who pays may see it"


async def test_the_amount_stays_when_the_rate_moves():
    async with a_priced_world() as (world, _):
        merchant = await world.merchant()
        _, session = await ask(world, merchant, PRICE)
        row = await world.store.session(session["id"])
        assert row is not None
        assert row.fiat is not None
        assert row.fiat["rate"] == session["fiat"]["rate"]
        assert str(row.amount) == session["amountSompi"]


async def test_a_session_priced_in_kas_has_no_fiat():
    async with a_priced_world() as (world, _):
        merchant = await world.merchant()
        status, session = await ask(world, merchant, "12.5")
        assert (status, session["amount"]) == (201, "12.5")
        assert "fiat" not in session
        assert "fiat" not in await world.read(session)


@pytest.mark.parametrize("off", [True, False], ids=["switched off", "too few sources"])
async def test_without_rates_only_prices_in_kas_work(off: bool):
    down = ["kraken", "kucoin", "gate", "mexc"]
    async with a_world() if off else a_priced_world(*down) as running:
        world = running if isinstance(running, World) else running[0]
        merchant = await world.merchant()
        answer = await world.request(
            "POST", "/api/v1/sessions", json={"amount": PRICE}, headers=key_of(merchant)
        )
        problem = await json_of(answer)
        assert (answer.status_code, problem["code"]) == (503, "rates_unavailable")
        assert "EUR" in problem["detail"]
        assert ("Retry-After" in answer.headers) is not off
        assert (await ask(world, merchant, "12.5"))[0] == 201
        found = await rates(world, merchant)
        assert (found["enabled"], found["rates"]) == (not off, [])


@pytest.mark.parametrize(
    ("amount", "field"),
    [
        ({"value": "19.99"}, "amount.currency"),
        ({"currency": "EUR"}, "amount.value"),
        ({"value": "1.999", "currency": "EUR"}, "amount.value"),
        ({"value": 19.99, "currency": "EUR"}, "amount.value"),
        ({"value": "1", "currency": "EURO"}, "amount.currency"),
        ({"value": "1", "currency": None}, "amount.currency"),
        ({"value": "1", "currency": "EUR", "rate": "5"}, "amount.rate"),
        ({"value": "0.00", "currency": "EUR"}, "amount.value"),
        ([], "amount"),
        (19.99, "amount"),
    ],
)
async def test_an_invalid_price_is_a_field_error(world: World, amount, field):
    """Also while rates are switched off: the price is validated first."""
    status, problem = await ask(world, await world.merchant(), amount)
    assert (status, problem["code"]) == (400, "validation_failed")
    assert [detail["field"] for detail in problem["details"]] == [field]


@pytest.mark.parametrize(("value", "words"), [("0.00", "above zero"), ("0.01", "0.5 KAS")])
async def test_a_price_that_nobody_could_pay_is_refused(value, words):
    async with a_priced_world(min_amount="0.5") as (world, _):
        price = {"value": value, "currency": "EUR"}
        status, problem = await ask(world, await world.merchant(), price)
        assert (status, problem["details"][0]["field"]) == (400, "amount.value")
        assert words in problem["details"][0]["message"]


async def test_a_price_above_all_coins_is_refused():
    async with a_priced_world() as (world, _):
        price = {"value": "999999999999999", "currency": "USD"}
        status, problem = await ask(world, await world.merchant(), price)
        assert status == 400
        assert "ever exist" in problem["details"][0]["message"]


async def test_a_merchant_sees_every_rate_and_its_sources():
    async with a_priced_world("gate") as (world, _):
        merchant = await world.merchant()
        found = await rates(world, merchant)
        assert found.keys() == {"enabled", "currencies", "timestamp", "rates"}
        by_currency = {rate["currency"]: rate for rate in found["rates"]}
        assert by_currency.keys() == {"CHF", "EUR", "GBP", "IDR", "JPY", "SEK", "USD"} - {"IDR"}
        euro = by_currency["EUR"]
        assert euro["ageSeconds"] < 60
        names = {source["name"] for source in euro["sources"]}
        assert {"kraken", "kucoin", "mexc", "bybit"} < names
        assert "gate" not in names
        assert all(source["rate"].startswith("0.027") for source in euro["sources"])


async def test_only_merchants_read_rates(world: World):
    assert (await world.request("GET", "/api/v1/rates")).status_code == 401


async def test_health_reports_rates_and_details_for_the_operator():
    async with a_priced_world("gate", operator_token=TOKEN) as (world, _):
        public = await json_of(await world.request("GET", "/health/detailed"))
        assert public["checks"]["rates"].keys() == {"status", "sources", "at"}
        assert public["checks"]["rates"]["status"] == "ok"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = await world.request("GET", "/health/detailed", headers=headers)
        details = (await json_of(answer))["checks"]["rates"]["details"]
        (gate,) = [one for one in details if one["name"] == "gate"]
        assert (gate["ok"], gate["failures"]) == (False, 1)
        assert "503" in gate["detail"]
        assert all(one["ok"] for one in details if one is not gate)


async def test_without_rates_the_gateway_itself_is_not_degraded():
    everybody = ("kraken", "kucoin", "gate", "mexc", "bybit", "coingecko", "kaspa")
    async with a_priced_world(*everybody) as (world, _):
        detailed = await json_of(await world.request("GET", "/health/detailed"))
        assert detailed["checks"]["rates"]["status"] == "degraded"
        assert detailed["status"] == "ok"


async def test_while_switched_off_no_source_is_asked():
    async with rate_servers() as servers, a_world(rate_sources=servers.setting) as world:
        merchant = await world.merchant()
        await ask(world, merchant, PRICE)
        await rates(world, merchant)
        assert not servers.asked
