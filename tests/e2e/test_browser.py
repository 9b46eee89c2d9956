"""What a shopper sees in a real browser: the hosted checkout and its widget, on a real gateway."""

from __future__ import annotations

import sys

import pytest
import trio

from tests.e2e.gateway import ROOT, free_port, serving
from tests.e2e.shop import client_of, open_shop
from tests.plugins.required_parts import require


async def shopper(*arguments: str) -> None:
    """Send a shopper (tests/e2e/shopper.py); fails with what it did not see."""
    seen = await trio.run_process(
        [sys.executable, "-m", "tests.e2e.shopper", *arguments],
        cwd=ROOT,
        capture_stderr=True,
        check=False,
    )
    assert seen.returncode == 0, seen.stderr.decode()


@pytest.mark.timeout(180)
async def test_a_shopper_sees_the_payment_pass_from_waiting_to_paid(
    tmp_path, nodes, control, endpoint, xpubs
):
    chromium = require("chromium")
    require("widget")
    port = str(free_port())
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port),
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        session = await shop.order("10", requiredConfirmations=50)
        page, address = session["checkoutUrl"], session["address"]
        await shopper(str(chromium), page, "pay", address, str(control))


@pytest.mark.timeout(180)
async def test_the_checkout_can_be_read_without_a_script(tmp_path, nodes, endpoint, xpubs):
    chromium = require("chromium")
    port = str(free_port())
    async with (
        client_of(f"http://127.0.0.1:{port}") as client,
        serving(tmp_path, nodes=nodes, port=port),
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        session = await shop.order("10")
        await shopper(str(chromium), session["checkoutUrl"], "read", session["address"])
