"""The display currency of a merchant, and the values of payments in the API."""

from __future__ import annotations

from decimal import Decimal

from kasgate.rates.sources import SOURCES
from tests.web.api.test_rates import a_priced_world, rates
from tests.web.api.test_sessions import becomes
from tests.web.shape import problem_in
from tests.web.world import Json, World, a_world, json_of, key_of

ME = "/api/v1/merchants/me"


async def choose(world: World, merchant: Json, currency: str | None) -> Json:
    body = {"displayCurrency": currency}
    answer = await world.request("PATCH", ME, json=body, headers=key_of(merchant))
    assert answer.status_code == 200, await json_of(answer)
    return await json_of(answer)


async def refusal(world: World, merchant: Json, currency: object) -> str:
    body = {"displayCurrency": currency}
    answer = await world.request("PATCH", ME, json=body, headers=key_of(merchant))
    problem = await problem_in(answer, 400, "validation_failed")
    (detail,) = problem["details"]
    assert detail["field"] == "displayCurrency"
    message: str = detail["message"]
    return message


async def test_the_display_currency_is_one_that_the_sources_have() -> None:
    async with a_priced_world() as (world, _):
        merchant = await world.merchant()
        assert "displayCurrency" not in await choose(world, merchant, None)
        assert (await choose(world, merchant, "EUR"))["displayCurrency"] == "EUR"
        assert (await choose(world, merchant, "JPY"))["displayCurrency"] == "JPY"
        assert "displayCurrency" not in await choose(world, merchant, None)
        assert "not supported" in await refusal(world, merchant, "eur")
        assert "must be a string" in await refusal(world, merchant, 3)
        assert (await rates(world, merchant))["currencies"] == sorted(SOURCES["ecb"].currencies)
    few = ",".join(f"{name}=http://127.0.0.1:9/{name}" for name in ("kraken", "gate", "mexc"))
    async with a_world(rates="on", rate_sources=few) as world:
        merchant = await world.merchant()
        assert (await rates(world, merchant))["currencies"] == ["EUR", "USD"]
        assert "They have: EUR, USD." in await refusal(world, merchant, "JPY")
        assert (await choose(world, merchant, "EUR"))["displayCurrency"] == "EUR"


async def test_without_rates_there_is_no_display_currency(world: World) -> None:
    merchant = await world.merchant()
    assert "KASGATE_RATES=on" in await refusal(world, merchant, "EUR")
    assert (await rates(world, merchant))["currencies"] == []


async def test_the_owner_sees_the_value_of_a_payment_and_the_public_does_not() -> None:
    async with a_priced_world() as (world, _):
        merchant, other = await world.merchant(), await world.merchant()
        await choose(world, merchant, "EUR")
        session = await world.session(merchant)
        await world.node.pay(session["address"], "9")
        await becomes(world, session, "paidState", "partial")

        path = f"/api/v1/sessions/{session['id']}"
        own = await json_of(await world.request("GET", path, headers=key_of(merchant)))
        value = own["payments"][0]["value"]
        assert value.keys() == {"currency", "rate", "amount", "at"}
        assert value["currency"] == "EUR"
        exact = 9 * Decimal(value["rate"])
        assert abs(Decimal(value["amount"]) - exact) <= Decimal("0.005")
        assert value["amount"] == "0.25"

        listed = await world.request("GET", f"{path}/payments", headers=key_of(merchant))
        assert (await json_of(listed))["payments"][0]["value"] == value
        events = await world.request("GET", "/api/v1/events?order=newest", headers=key_of(merchant))
        assert (await json_of(events))["events"][0]["payments"][0]["value"] == value
        for headers in ({}, key_of(other)):
            read = await json_of(await world.request("GET", path, headers=headers))
            assert "value" not in read["payments"][0]


async def test_a_price_keeps_its_own_rate_beside_the_value() -> None:
    async with a_priced_world() as (world, _):
        merchant = await world.merchant()
        await choose(world, merchant, "EUR")
        session = await world.session(merchant, amount={"value": "0.50", "currency": "EUR"})
        await world.node.pay(session["address"], session["amount"])
        await becomes(world, session, "paidState", "exact")
        path = f"/api/v1/sessions/{session['id']}"
        own = await json_of(await world.request("GET", path, headers=key_of(merchant)))
        assert own["fiat"]["value"] == "0.50"
        assert own["payments"][0]["value"]["amount"] == "0.50"
