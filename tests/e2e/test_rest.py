"""Behaviour of REST servers that nodes do not have: lag, old answers, omitted addresses, refusals.
None of it expires, reverts or confirms a payment by itself."""

from __future__ import annotations

import pytest
import trio

from kasgate.money import parse_kas
from tests.e2e.rig.gateway import Transport, free_port, serving
from tests.e2e.rig.shop import PATIENCE_S, client_of, eventually, open_shop

pytestmark = pytest.mark.parametrize("transport", [Transport.REST], ids=["rest"], indirect=True)

TEN = parse_kas("10")
SHORT_S = 60


@pytest.mark.timeout(600)
async def test_a_server_that_lags_and_repeats_itself_makes_no_payment_late_and_none_confirmed_early(
    tmp_path, network, nodes, endpoint, xpubs
):
    port = str(free_port())
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port) as gateway,
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        network.lag(3)
        network.cache_answers(1)
        begun = trio.current_time()
        in_time, unpaid = [await shop.order("10", expiresIn=SHORT_S) for _ in range(2)]
        deep = await shop.order("10", requiredConfirmations=300)
        network.pay(deep["address"], TEN)
        paid_at = network.virtual_daa_score
        with trio.fail_after(240):
            await endpoint.wait_told(deep["id"], "payment.confirmed")
            assert network.virtual_daa_score - paid_at >= 300
            await trio.sleep_until(begun + SHORT_S - 1.5)
            network.pay(in_time["address"], TEN)
            await trio.sleep_until(begun + SHORT_S + 1.5)  # Half of the server's lag.
            assert (await shop.read(unpaid["id"]))["status"] == "pending"
            await endpoint.wait_told(in_time["id"], "payment.confirmed")
            await endpoint.wait_told(unpaid["id"], "payment.expired")
        now = await shop.read(in_time["id"])
        assert (now["status"], now["late"]) == ("confirmed", False)
        assert not gateway.complaints


@pytest.mark.timeout(600)
async def test_empty_answers_and_addresses_passed_over_take_no_money_away(
    tmp_path, network, nodes, endpoint, xpubs
):
    port = str(free_port())
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port) as gateway,
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        session = await shop.order("10", requiredConfirmations=400)
        network.pay(session["address"], TEN)
        with trio.fail_after(PATIENCE_S):
            await endpoint.wait_told(session["id"], "payment.confirming")
        network.answer_empty(40)
        await trio.sleep(5)
        network.answer_empty(0)
        network.pay(session["address"], 6_000 * parse_kas("0.2"), outputs=6_000)
        network.pay(session["address"], 4_000 * parse_kas("0.2"), outputs=4_000)
        with trio.fail_after(180):
            await endpoint.wait_told(session["id"], "payment.confirmed")
        events = [one.event for one in endpoint.told(session["id"])]
        assert "payment.reverted" not in events
        assert (await shop.read(session["id"]))["status"] == "confirmed"
        assert not gateway.complaints


@pytest.mark.timeout(600)
async def test_a_server_that_refuses_requests_or_has_no_database_is_lived_with(
    tmp_path, network, nodes, endpoint, xpubs
):
    port = str(free_port())
    network.set_database(False)
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port) as gateway,
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        first, second = [await shop.order("10", requiredConfirmations=100) for _ in range(2)]
        network.refuse_requests(2, 3)
        network.pay(first["address"], TEN)
        with trio.fail_after(PATIENCE_S):
            await endpoint.wait_told(first["id"], "payment.confirmed")
        network.pay(second["address"], TEN)
        with trio.fail_after(PATIENCE_S):
            await endpoint.wait_told(second["id"], "payment.confirming")
        network.sweep(second["address"])

        async def in_question() -> bool:
            (payment,) = (await shop.read(second["id"]))["payments"]
            return bool(payment["confirmations"] == 0)

        await eventually(in_question)
        await trio.sleep(12)
        now = await shop.read(second["id"])
        assert (now["status"], now["receivedSompi"]) == ("confirming", str(TEN))
        network.set_database(True)
        with trio.fail_after(PATIENCE_S):
            await endpoint.wait_told(second["id"], "payment.confirmed")
        assert not gateway.complaints
