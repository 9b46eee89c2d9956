"""A gateway after an absence: it loses nothing that happened meanwhile."""

from __future__ import annotations

import signal

import trio

from kasgate.money import parse_kas
from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.dag.transactions import UtxoEntry
from tests.e2e.rig.gateway import free_port, over_every_transport, rows, serving
from tests.e2e.rig.shop import PATIENCE_S, Endpoint, Json, client_of, eventually, open_shop

pytestmark = over_every_transport
AWAY = 30
"""The rise of the score during an absence: more than during a start."""


def coin_of(network: SimulatedNetwork, session: Json) -> UtxoEntry:
    """The one coin on a session's address."""
    ((_, coin),) = network.utxos(session["address"])
    return coin


async def test_a_session_made_before_the_stop_and_paid_after_the_start_is_confirmed(
    tmp_path, network, nodes, endpoint, xpubs
):
    port = str(free_port())
    async with client_of(f"http://127.0.0.1:{port}") as client:
        async with serving(tmp_path, nodes=nodes, port=port) as gateway:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.order("10")
            gateway.signal(signal.SIGTERM)
            assert await gateway.exit_code() == 0
        async with serving(tmp_path, nodes=nodes, port=port) as gateway:
            txid = network.pay(session["address"], parse_kas("10"))
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.confirmed")
            now = await shop.read(session["id"])
            assert not gateway.complaints
    assert (now["status"], now["txId"], now["receivedSompi"]) == ("confirmed", txid, "1000000000")
    assert endpoint.forged == []


async def test_confirmations_go_on_from_the_accepting_block_after_a_restart(
    tmp_path, network, nodes, endpoint, xpubs
):
    port, required = str(free_port()), 100
    async with client_of(f"http://127.0.0.1:{port}") as client:
        async with serving(tmp_path, nodes=nodes, port=port) as gateway:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.order("10", requiredConfirmations=required)
            network.pay(session["address"], parse_kas("10"))
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.confirming")
            await gateway.kill()
        away = coin_of(network, session).daa_score + AWAY
        await eventually(lambda: network.virtual_daa_score >= away)
        accepted = coin_of(network, session).daa_score  # The score moves with the first blocks.
        least = network.virtual_daa_score - accepted
        async with serving(tmp_path, nodes=nodes, port=port) as gateway:

            async def following() -> bool:
                return bool((await shop.read(session["id"]))["confirmations"])

            await eventually(following)
            then = await shop.read(session["id"])
            most = network.virtual_daa_score - accepted
            if then["status"] == "confirming":
                assert least <= then["confirmations"] <= most
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.confirmed")
            assert network.virtual_daa_score - accepted >= required
            assert not gateway.complaints


async def test_what_the_receiver_missed_before_the_kill_arrives_after_the_restart(
    tmp_path, network, nodes, nursery, xpubs
):
    endpoint, port, closed = Endpoint(), str(free_port()), free_port()
    endpoint.url = f"http://127.0.0.1:{closed}/webhooks"
    async with client_of(f"http://127.0.0.1:{port}") as client:
        async with serving(tmp_path, nodes=nodes, port=port) as gateway:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.order("10")
            network.pay(session["address"], parse_kas("10"))

            async def confirmed() -> bool:
                return bool((await shop.read(session["id"]))["status"] == "confirmed")

            await eventually(confirmed)
            tried = "SELECT * FROM webhook_logs WHERE attempts > 0"
            await eventually(lambda: rows(tmp_path, tried))
            await gateway.kill()
        (made,) = {row["session_id"] for row in rows(tmp_path, "SELECT * FROM events")}
        assert made == session["id"]
        await nursery.start(endpoint.serve, closed)
        async with serving(tmp_path, nodes=nodes, port=port):
            with trio.fail_after(PATIENCE_S):
                for event in ("payment.pending", "payment.confirming", "payment.confirmed"):
                    await endpoint.wait_told(session["id"], event)
            waiting = "SELECT * FROM webhook_logs WHERE state <> 'delivered'"
            await eventually(lambda: not rows(tmp_path, waiting))
    events = {row["id"]: row["payload"] for row in rows(tmp_path, "SELECT * FROM events")}
    assert {one.delivery_id: one.body.decode() for one in endpoint.arrivals} == events
    assert endpoint.forged == []


async def test_sessions_made_without_a_node_become_pending_and_are_paid_when_it_comes(
    tmp_path, transport, endpoint, xpubs, nursery
):
    network, node = SimulatedNetwork(), free_port()
    async with serving(tmp_path, nodes=transport.url(node)) as gateway:
        async with client_of(await gateway.url()) as client:
            assert (await client.get("/health/ready")).status_code == 503
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.order("10")
            assert session["status"] == "created"
            await nursery.start(transport.serve(network), "127.0.0.1", node)
            await nursery.start(network.run)

            async def pending() -> bool:
                return bool((await shop.read(session["id"]))["status"] == "pending")

            await eventually(pending)
            network.pay(session["address"], parse_kas("10"))
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(session["id"], "payment.confirmed")
            assert (await client.get("/health/ready")).status_code == 200
        assert not gateway.complaints
