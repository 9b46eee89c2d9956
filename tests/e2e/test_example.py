"""The example shop as a process, beside a real gateway: an order is placed and paid, and the shop
learns of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import trio

from kasgate.client import AsyncKasGate
from kasgate.money import parse_kas
from kasgate.simnet import SimulatedNetwork
from tests.e2e.rig.gateway import ROOT, free_port, serving
from tests.e2e.rig.shop import PATIENCE_S, eventually


@asynccontextmanager
async def the_example(port: int, **environ: str) -> AsyncIterator[httpx.AsyncClient]:
    """examples/shop.py on a port, and the HTTP calls of a shopper's browser."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
    clean["KASGATE_CONFIG"] = "off"  # Not the settings file of this machine.
    process = await trio.lowlevel.open_process(
        [sys.executable, str(ROOT / "examples" / "shop.py"), str(port)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**clean, "PYTHONPATH": str(ROOT), **environ},
    )
    try:
        assert process.stdout is not None
        with trio.fail_after(PATIENCE_S):
            said = bytes(await process.stdout.receive_some(1_000)).decode().strip()
        assert said == f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=said) as shopper:
            yield shopper
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def test_the_example_shop_sells(
    tmp_path: Path, network: SimulatedNetwork, nodes: str, xpubs: list[str]
):
    port = free_port()
    async with serving(tmp_path, nodes=nodes) as gateway:
        url = await gateway.url()
        async with AsyncKasGate(url) as kasgate:
            merchant = await kasgate.merchants.create(
                "Bean There", xpubs[0], webhook_url=f"http://127.0.0.1:{port}/webhooks"
            )
        known = {
            "KASGATE_URL": url,
            "KASGATE_API_KEY": merchant.api_key,
            "KASGATE_WEBHOOK_SECRET": merchant.webhook_secret,
        }
        async with the_example(port, **known) as shopper, AsyncKasGate(url) as kasgate:
            assert "Yirgacheffe" in (await shopper.get("/")).text
            bought = await shopper.post("/buy", data={"beans": "Antigua"})
            assert bought.status_code == 303
            checkout = bought.headers["Location"]
            assert checkout.startswith(f"{url}/pay/")
            session = await kasgate.sessions.get(checkout.rpartition("/")[2])
            assert session.amount == "9"

            order = await order_of(url, merchant.api_key, session.id)
            assert (await shopper.get(f"/orders/{order}")).text == "unpaid"
            network.pay(session.address, parse_kas("9"))

            async def is_paid() -> bool:
                return (await shopper.get(f"/orders/{order}")).text == "paid"

            await eventually(is_paid)
            forged = await shopper.post("/webhooks", content=b'{"event":"payment.confirmed"}')
            assert forged.status_code == 400
            assert (await shopper.get("/orders/ORDER-none")).status_code == 404


async def order_of(url: str, api_key: str, session_id: str) -> str:
    """The order id of a session, which only its owner sees."""
    async with AsyncKasGate(url, api_key) as kasgate:
        order = (await kasgate.sessions.get(session_id)).order_id
    assert order is not None
    return order
