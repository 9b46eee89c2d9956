"""Test mode: one call pays, reverts or expires a session through the real path. It does not exist
on a real network."""

from __future__ import annotations

import pytest

from actors.sandbox import Action
from kasgate.kaspa.networks import Network
from kasgate.settings.loading import load_settings
from kasgate.settings.model import Settings
from tests.web.sandbox import a_sandbox
from tests.web.shape import problem_in
from tests.web.world import (
    UNKNOWN_ID,
    Json,
    World,
    a_world,
    json_of,
    key_of,
)


async def act(
    world: World, merchant: Json, session: Json, action: str, *, status: int = 200, key: str = ""
) -> Json:
    path = f"/api/v1/test/sessions/{session['id']}/{action}"
    headers = key_of(merchant) | ({"Idempotency-Key": key} if key else {})
    response = await world.request("POST", path, within=40, headers=headers)
    assert response.status_code == status, await response.get_data()
    return await json_of(response)


async def events_of(world: World, session: Json) -> list[str]:
    return [event.type.value for event in await world.store.events_of_session(session["id"])]


async def test_each_action_takes_the_whole_real_path() -> None:
    async with a_sandbox() as (world, network):
        merchant = await world.merchant()

        paid = await world.session(merchant, requiredConfirmations=1_000)
        after = await act(world, merchant, paid, "pay")
        assert (after["status"], after["paidState"]) == ("confirming", "exact")
        assert network.balance(paid["address"]) == 1_000_000_000
        after = await act(world, merchant, paid, "confirm")
        assert (after["status"], after["confirmations"]) == ("confirmed", 1_000)

        part = await world.session(merchant, orderId="42")
        after = await act(world, merchant, part, "underpay")
        assert (after["status"], after["paidState"]) == ("pending", "partial")
        assert (after["remainingSompi"], after["orderId"]) == ("500000000", "42")

        over = await world.session(merchant)
        after = await act(world, merchant, over, "overpay")
        assert (after["paidState"], after["received"]) == ("over", "11")

        at_once = await world.session(merchant, requiredConfirmations=500)
        assert (await act(world, merchant, at_once, "confirm"))["status"] == "confirmed"

        expired = await world.session(merchant)
        after = await act(world, merchant, expired, "expire")
        assert (after["status"], after["paidState"]) == ("expired", "none")
        assert await events_of(world, expired) == ["payment.pending", "payment.expired"]

        late = await world.session(merchant)
        after = await act(world, merchant, late, "pay-late")
        assert (after["status"], after["late"]) == ("expired", True)
        assert after["payments"][0]["late"]
        assert await events_of(world, late) == [
            "payment.pending",
            "payment.expired",
            "payment.late",
        ]
        after = await act(world, merchant, expired, "pay-late")
        assert after["late"]


async def test_a_reverted_payment_makes_the_session_pending_again() -> None:
    async with a_sandbox() as (world, _):
        merchant = await world.merchant()
        session = await world.session(merchant, requiredConfirmations=100_000)
        after = await act(world, merchant, session, "revert")
        assert (after["status"], after["paidState"]) == ("pending", "none")
        assert after["payments"][0]["state"] == "withdrawn"
        assert await events_of(world, session) == [
            "payment.pending",
            "payment.confirming",
            "payment.reverted",
        ]


async def test_an_impossible_action_is_refused_with_a_reason() -> None:
    async with a_sandbox() as (world, _):
        merchant, other = await world.merchant(), await world.merchant()
        session = await world.session(merchant)
        await act(world, other, session, "pay", status=403)
        await act(world, merchant, session, "rob", status=404)
        await act(world, merchant, {"id": UNKNOWN_ID}, "pay", status=404)
        await act(world, merchant, {"id": "42"}, "pay", status=400)
        path = f"/api/v1/test/sessions/{session['id']}/pay"
        await problem_in(await world.request("POST", path), 401, "unauthorized")
        await act(world, merchant, session, "confirm")
        for action in ("pay", "underpay", "overpay", "pay-late", "revert", "expire"):
            problem = await act(world, merchant, session, action, status=409)
            assert problem["code"] == "not_possible_now"
            assert (await world.read(session))["status"] == "confirmed"


async def test_an_action_is_idempotent_under_a_key() -> None:
    async with a_sandbox() as (world, network):
        merchant = await world.merchant()
        session = await world.session(merchant)
        first = await act(world, merchant, session, "underpay", key="pay-once")
        again = await act(world, merchant, session, "underpay", key="pay-once")
        assert again == first
        assert network.balance(session["address"]) == 500_000_000


async def test_an_unreachable_network_is_a_503() -> None:
    async with a_world(simnet_control="127.0.0.1:1") as world:
        merchant = await world.merchant()
        session = await world.session(merchant)
        problem = await act(world, merchant, session, "pay", status=503)
        assert problem["code"] == "unavailable"


@pytest.mark.parametrize("network", [n for n in Network if n is not Network.SIMNET])
async def test_on_a_real_network_there_is_no_such_call(network: Network) -> None:
    async with a_world(
        reachable=False, network=network.value, simnet_control="127.0.0.1:18599"
    ) as world:
        merchant = await world.merchant()
        session = await world.session(merchant)
        for action in Action:
            problem = await act(world, merchant, session, action, status=404)
            assert problem["code"] == "not_found"
        assert (await world.read(session))["status"] == "created"
        world.gateway.bring_deadline_forward(session["id"])
        assert (await world.read(session))["expiresAt"] == session["expiresAt"]


async def test_without_a_control_port_there_is_no_such_call_either(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    await act(world, merchant, session, "pay", status=404)


def settings_with_control_port(network: str) -> Settings:
    return load_settings({"KASGATE_NETWORK": network, "KASGATE_SIMNET_CONTROL": "127.0.0.1:18599"})


def test_a_control_port_on_a_real_network_is_ignored_with_a_warning() -> None:
    assert settings_with_control_port("simnet").sandbox_control == ("127.0.0.1", 18599)
    assert not settings_with_control_port("simnet").warnings
    for network in ("mainnet", "testnet-10", "devnet"):
        assert settings_with_control_port(network).sandbox_control is None
        assert "KASGATE_SIMNET_CONTROL" in settings_with_control_port(network).warnings[0]
