"""The same stories over each transport that a node offers."""

from __future__ import annotations

import httpx
import trio

from kasgate.money import parse_kas
from tests.e2e.rig.gateway import free_port, over_every_transport, rows, serving
from tests.e2e.rig.shop import client_of, eventually, open_shop

pytestmark = over_every_transport


async def following(client: httpx.AsyncClient) -> None:
    """Wait until the gateway follows the chain."""

    async def ready() -> bool:
        return (await client.get("/health/ready")).status_code == 200

    await eventually(ready)


async def test_a_payment_is_confirmed_and_one_is_withdrawn(
    tmp_path, network, nodes, endpoint, xpubs
):
    port = str(free_port())
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port) as gateway,
    ):
        await following(client)
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        paid = await shop.order("10")
        revoked = await shop.order("10", requiredConfirmations=1_000)
        network.pay(paid["address"], parse_kas("6"))
        network.pay(paid["address"], parse_kas("4"))
        transaction = network.pay(revoked["address"], parse_kas("10"))
        with trio.fail_after(60):
            await endpoint.wait_told(paid["id"], "payment.confirmed")
            await endpoint.wait_told(revoked["id"], "payment.confirming")
            network.withdraw(transaction)
            await endpoint.wait_told(revoked["id"], "payment.reverted")
        assert (await shop.read(paid["id"]))["status"] == "confirmed"
        now = await shop.read(revoked["id"])
        assert (now["status"], now["receivedSompi"]) == ("pending", "0")
        assert not gateway.complaints


async def test_what_was_paid_and_swept_while_the_gateway_was_off_is_found(
    tmp_path, network, nodes, endpoint, xpubs
):
    port = str(free_port())
    async with client_of(f"http://127.0.0.1:{port}") as client:
        async with serving(tmp_path, nodes=nodes, port=port) as gateway:
            await following(client)
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            session = await shop.order("10")
            ordered_at = {"score": network.virtual_daa_score}
            stored = "SELECT * FROM chain_cursor WHERE daa_score >= :score"
            await eventually(lambda: rows(tmp_path, stored, ordered_at))
            await gateway.kill()
        network.pay(session["address"], parse_kas("10"))
        accepted = network.virtual_daa_score + 5
        await eventually(lambda: network.virtual_daa_score >= accepted)
        network.sweep(session["address"])
        async with serving(tmp_path, nodes=nodes, port=port):
            with trio.fail_after(60):
                await endpoint.wait_told(session["id"], "payment.confirmed")
