"""Thousands of outputs to one session, against a real process: every sompi is stored, the link to
the node stays up, and other merchants are served meanwhile. No duration is tested."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import trio

from kasgate.client import AsyncKasGate
from kasgate.client.models import Session
from kasgate.money import parse_kas
from kasgate.simnet import SimulatedNetwork
from tests.e2e.rig.gateway import Gateway, Transport, free_port, gateway_process, serving
from tests.e2e.rig.shop import Endpoint, Json, Shop, client_of, eventually, open_shop

OUTPUTS = 5_000
PIECES = 50
SPECK = 20_000_001
"""Sompi of an output; its odd end would show a rounded sum."""
BOUND_S = 240.0

Send = Callable[[SimulatedNetwork, str], None]


def in_one_transaction(network: SimulatedNetwork, address: str) -> None:
    network.pay_many([(address, SPECK)] * OUTPUTS)


def in_many_transactions(network: SimulatedNetwork, address: str) -> None:
    for _ in range(PIECES):
        network.pay_many([(address, SPECK)] * (OUTPUTS // PIECES))


@pytest.mark.parametrize("send", [in_one_transaction, in_many_transactions])
async def test_5000_outputs_to_an_open_session_hold_up_nobody(
    tmp_path: Path,
    network: SimulatedNetwork,
    endpoint: Endpoint,
    xpubs: list[str],
    send: Send,
) -> None:
    with trio.fail_after(BOUND_S):
        async with (
            gateway_process(tmp_path, nodes=Transport.WRPC.url(network.ports[0])) as gateway,
            client_of(await gateway.url()) as client,
        ):
            victim = await open_shop(client, Endpoint(), name="Victim", xpub=xpubs[0])
            other = await open_shop(client, endpoint, name="Other", xpub=xpubs[1])
            session = await victim.watched_order("1000000")
            paid = await other.watched_order("10", requiredConfirmations=5)

            send(network, session["address"])
            network.pay(paid["address"], parse_kas("10"))
            made = await sell_until_counted(victim, session, other)
            await endpoint.wait_told(paid["id"], "payment.confirmed")

            read = await every_output_is_listed(await gateway.url(), victim, session)
            assert (read.status, read.paid_state) == ("pending", "partial")
            assert {(await other.read(id_))["status"] for id_ in made} == {"pending"}
            await is_well(gateway, client)


async def confirm(network: SimulatedNetwork, shop: Shop, session: Json) -> int:
    """Pay a session and wait until the payment is final. Returns the number of its payments."""
    network.pay(session["address"], parse_kas("10"))

    async def confirmed() -> bool:
        return bool((await shop.read(session["id"]))["status"] == "confirmed")

    await eventually(confirmed)
    return 1


async def cancel(network: SimulatedNetwork, shop: Shop, session: Json) -> int:
    """Cancel a session. Returns the number of its payments."""
    await shop.cancel(session["id"])
    return 0


@pytest.mark.parametrize("status", ["confirmed", "expired"])
async def test_5000_outputs_to_a_closed_session_hold_up_nobody(
    tmp_path: Path, network: SimulatedNetwork, endpoint: Endpoint, xpubs: list[str], status: str
) -> None:
    with trio.fail_after(BOUND_S):
        async with (
            gateway_process(tmp_path, nodes=Transport.WRPC.url(network.ports[0])) as gateway,
            client_of(await gateway.url()) as client,
        ):
            victim = await open_shop(client, Endpoint(), name="Victim", xpub=xpubs[0])
            other = await open_shop(client, endpoint, name="Other", xpub=xpubs[1])
            session = await victim.watched_order("10", requiredConfirmations=5)
            before = await (confirm if status == "confirmed" else cancel)(network, victim, session)

            in_one_transaction(network, session["address"])
            made = await sell_until_counted(victim, session, other, before + OUTPUTS)

            read = await every_output_is_listed(await gateway.url(), victim, session, before)
            assert (read.status, read.late) == (status, status == "expired")
            assert read.paid_state == "over"
            assert {(await other.read(id_))["status"] for id_ in made} == {"pending"}
            await is_well(gateway, client)


async def test_5000_outputs_found_at_the_start_hold_up_nobody(
    tmp_path: Path, network: SimulatedNetwork, endpoint: Endpoint, xpubs: list[str]
) -> None:
    """The outputs arrive while the gateway is off. It finds them by comparing the address with the
    node."""
    nodes, port = Transport.WRPC.url(network.ports[0]), str(free_port())
    with trio.fail_after(BOUND_S):
        async with client_of(f"http://127.0.0.1:{port}") as client:
            async with serving(tmp_path, nodes=nodes, port=port) as gateway:
                victim = await open_shop(client, Endpoint(), name="Victim", xpub=xpubs[0])
                other = await open_shop(client, endpoint, name="Other", xpub=xpubs[1])
                session = await victim.watched_order("1000000")
                await gateway.kill()
            in_one_transaction(network, session["address"])
            async with serving(tmp_path, nodes=nodes, port=port) as gateway:
                made = await sell_until_counted(victim, session, other)

                read = await every_output_is_listed(await gateway.url(), victim, session)
                assert (read.status, read.paid_state) == ("pending", "partial")
                assert {(await other.read(id_))["status"] for id_ in made} == {"pending"}
                await is_well(gateway, client)


async def sell_until_counted(
    victim: Shop, session: Json, other: Shop, total: int = OUTPUTS
) -> list[str]:
    """Create sessions of another merchant, one after the other, while the outputs arrive, and at
    least five; their ids."""
    made: list[str] = []
    while True:
        made.append((await other.watched_order("3"))["id"])
        read = await victim.read(session["id"])
        if len(made) >= 5 and read.get("paymentsTotal") == total:
            return made


async def every_output_is_listed(url: str, victim: Shop, session: Json, before: int = 0) -> Session:
    """The session after checking its list of payments. Its first ``before`` payments came
    earlier."""
    async with AsyncKasGate(url, victim.merchant["apiKey"]) as kasgate:
        found = [payment async for payment in kasgate.sessions.payments(session["id"])]
        read = await kasgate.sessions.get(session["id"])
    total, received = before + OUTPUTS, before * parse_kas("10") + OUTPUTS * SPECK
    assert len({(payment.tx_id, payment.index) for payment in found}) == len(found) == total
    assert sum(payment.amount_sompi for payment in found) == received
    assert (read.received_sompi, read.payments_total) == (received, total)
    assert len(read.payments) == 100
    return read


async def is_well(gateway: Gateway, client: httpx.AsyncClient) -> None:
    """The link is the first one, no actor restarted, and nothing was logged as an error."""

    async def all_ok() -> bool:
        health: Json = (await client.get("/health/detailed")).json()
        return bool(health["status"] == health["checks"]["rpc"]["status"] == "ok")

    await eventually(all_ok)
    assert sum(line["event"] == "node link live" for line in gateway.log) == 1
    assert gateway.complaints == []
