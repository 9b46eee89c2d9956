"""A merchant's policy over HTTP, and its effect on sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.web.shape import problem_in
from tests.web.world import Json, World, a_world, json_of, key_of

POLICY: Json = {
    "requiredConfirmations": 30,
    "confirmationTiers": [
        {"below": "100", "confirmations": 5},
        {"below": "1000.5", "confirmations": 50},
    ],
    "underpaymentTolerance": "0.1",
    "sessionLifetime": 900,
    "acceptLatePaymentsFor": 7_200,
    "embedOrigins": ["https://shop.example", "http://localhost:8080"],
}


async def change(world: World, merchant: Json, **fields: Any) -> Json:
    response = await world.request(
        "PATCH", "/api/v1/merchants/me", json=fields, headers=key_of(merchant)
    )
    assert response.status_code == 200, await response.get_data()
    return await json_of(response)


async def test_a_policy_is_set_read_and_cleared(world: World) -> None:
    merchant = await world.merchant()
    changed = await change(world, merchant, **POLICY)
    assert changed.items() >= POLICY.items()
    profile = await json_of(
        await world.request("GET", "/api/v1/merchants/me", headers=key_of(merchant))
    )
    assert profile == changed
    assert (await change(world, merchant, name="Been There")).items() >= POLICY.items()
    cleared = await change(
        world,
        merchant,
        requiredConfirmations=None,
        confirmationTiers=[],
        underpaymentTolerance="0",
        sessionLifetime=None,
        acceptLatePaymentsFor=0,
        embedOrigins=[],
    )
    assert not {"requiredConfirmations", "sessionLifetime"} & cleared.keys()
    assert cleared["acceptLatePaymentsFor"] == 0
    assert cleared["confirmationTiers"] == cleared["embedOrigins"] == []
    assert cleared["underpaymentTolerance"] == "0"


async def test_a_policy_survives_a_restart(world: World) -> None:
    merchant = await world.merchant()
    await change(world, merchant, **POLICY)
    stored = await world.store.merchant(merchant["id"])
    assert stored is not None
    assert stored == await world.gateway.merchants.get(merchant["id"])
    assert stored.embed_origins == ("https://shop.example", "http://localhost:8080")


async def test_a_merchant_can_register_with_embed_origins(world: World) -> None:
    merchant = await world.merchant(embedOrigins=["https://shop.example/"])
    profile = await json_of(
        await world.request("GET", "/api/v1/merchants/me", headers=key_of(merchant))
    )
    assert profile["embedOrigins"] == ["https://shop.example"]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("requiredConfirmations", 0, "between 1 and"),
        ("requiredConfirmations", "10", "a whole number"),
        ("confirmationTiers", {"below": "1"}, "an array"),
        ("confirmationTiers", [{"below": "1"}], "an object with confirmations"),
        ("confirmationTiers", [{"confirmations": 1, "above": "1"}], "an object with confirmations"),
        ("confirmationTiers", [{"confirmations": True}], "whole number"),
        ("confirmationTiers", [{"below": 100, "confirmations": 1}], "string"),
        ("confirmationTiers", [{"confirmations": 1}] * 2, "Only the last"),
        ("confirmationTiers", [{"confirmations": 1}] * 21, "at most 20"),
        ("underpaymentTolerance", 0.1, "string"),
        ("underpaymentTolerance", "-0.1", "plain digits"),
        ("underpaymentTolerance", None, "string"),
        ("sessionLifetime", 59, "between 60 and 86400"),
        ("sessionLifetime", 86_401, "between 60 and 86400"),
        ("sessionLifetime", "900", "a whole number"),
        ("acceptLatePaymentsFor", -1, "between 0 and 2592000"),
        ("acceptLatePaymentsFor", 2_592_001, "between 0 and 2592000"),
        ("acceptLatePaymentsFor", None, "a whole number"),
        ("embedOrigins", ["*"], "https://shop.example"),
        ("embedOrigins", ["https://shop.example/page"], "no path"),
        ("embedOrigins", ["https://shop.example"] * 21, "at most 20"),
    ],
)
async def test_an_invalid_policy_is_a_field_error(
    world: World, field: str, value: object, complaint: str
) -> None:
    merchant = await world.merchant()
    response = await world.request(
        "PATCH", "/api/v1/merchants/me", json={field: value}, headers=key_of(merchant)
    )
    problem = await problem_in(response, 400, "validation_failed")
    assert problem["details"][0]["field"] == field
    assert complaint in problem["details"][0]["message"]


async def test_confirmations_come_from_session_merchant_or_gateway_in_that_order() -> None:
    async with a_world(confirmations="11", confirmation_tiers="50:12") as world:
        merchant = await world.merchant()

        async def required(**fields: Any) -> int:
            return int((await world.session(merchant, **fields))["requiredConfirmations"])

        assert await required(amount="49") == 12
        assert await required(amount="50") == 11
        await change(world, merchant, requiredConfirmations=30)
        assert await required(amount="49") == 30
        await change(world, merchant, confirmationTiers=[{"below": "20", "confirmations": 5}])
        assert await required(amount="19") == 5
        assert await required(amount="49") == 30
        assert await required(amount="19", requiredConfirmations=7) == 7


async def test_a_lifetime_comes_from_session_merchant_or_gateway_in_that_order() -> None:
    async with a_world(session_ttl="600") as world:
        merchant = await world.merchant()

        async def lifetime_s(**fields: Any) -> float:
            session = await world.session(merchant, **fields)
            ends, began = (datetime.fromisoformat(session[at]) for at in ("expiresAt", "createdAt"))
            return (ends - began).total_seconds()

        assert await lifetime_s() == 600
        await change(world, merchant, sessionLifetime=3_600)
        assert await lifetime_s() == 3_600
        assert await lifetime_s(expiresIn=60) == 60
        await change(world, merchant, sessionLifetime=None)
        assert await lifetime_s() == 600


async def test_a_session_keeps_the_rule_for_late_money_of_its_creation(world: World) -> None:
    merchant = await world.merchant()
    before = await world.session(merchant)
    await change(world, merchant, acceptLatePaymentsFor=7_200)
    after = await world.session(merchant)
    await change(world, merchant, acceptLatePaymentsFor=0)
    for session, patience_ms in ((before, 0), (after, 7_200_000)):
        stored = await world.store.session(session["id"])
        assert stored is not None
        assert stored.late_acceptance_ms == patience_ms


async def test_a_session_keeps_the_tolerance_of_its_creation(world: World) -> None:
    merchant = await world.merchant()
    strict = await world.session(merchant)
    await change(world, merchant, underpaymentTolerance="0.5")
    lenient = await world.session(merchant)
    small = await world.session(merchant, amount="0.3")
    for session, tolerated in ((strict, 0), (lenient, 50_000_000), (small, 14_999_999)):
        stored = await world.store.session(session["id"])
        assert stored is not None
        assert stored.tolerance == tolerated
