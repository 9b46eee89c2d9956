"""The demo's shop: its pages, its orders and the demo wallet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest

from kasgate.money import Sompi
from kasgate.sessions.session import Session
from tests.web.api.test_sessions import becomes
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, Json, World, a_world, bytes_of, json_of
from web.app import create_app
from web.pages.demo_shop import Till


class RecordingWallet:
    """A wallet that records its calls."""

    def __init__(self) -> None:
        self.paid: list[tuple[str, int]] = []
        self.takes_back = True

    def pay(self, session: Session, amount: Sompi) -> None:
        self.paid.append((session.id, amount))

    def take_back(self, session: Session) -> bool:
        return self.takes_back


@pytest.fixture
def wallet() -> RecordingWallet:
    return RecordingWallet()


@pytest.fixture
async def shop(wallet: RecordingWallet) -> AsyncIterator[World]:
    """A gateway with the demo's shop, which is open."""
    async with a_world() as world:
        till = Till(world.gateway, wallet)
        world.app = create_app(world.gateway, till=till)
        till.merchant_id = (await world.merchant())["id"]
        yield world


async def order(shop: World) -> Json:
    response = await shop.request("POST", "/demo/orders?way=inline")
    assert response.status_code == 201
    return await json_of(response)


async def test_only_a_demo_has_a_shop(world: World) -> None:
    await problem_in(await world.request("GET", "/demo/"), 404)


async def test_the_page_only_runs_the_gateways_own_scripts(shop: World) -> None:
    response = await shop.request("GET", "/demo/")
    page = (await bytes_of(response)).decode()
    assert "One bag of coffee" in page
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    for name in ("shop.js", "shop.css"):
        assert f'="{name}"' in page
        assert (await shop.request("GET", f"/demo/{name}")).status_code == 200
    await problem_in(await shop.request("GET", "/demo/thanks.html"), 404)


async def test_an_order_is_a_session_like_any_other(shop: World) -> None:
    ordered = await order(shop)
    session = await shop.read(ordered)
    assert (session["amount"], session["status"]) == ("12.5", "pending")
    assert session["description"] == "One bag of coffee, 250 g"
    assert session["redirectUrl"].endswith("/demo/thanks")
    response = await shop.request("POST", "/demo/orders", headers={"Accept": "text/html"})
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/pay/")


@pytest.mark.parametrize(
    ("act", "kas"), [("pay", 12.5), ("half", 6.25), ("double", 25), ("late", 12.5)]
)
async def test_the_wallet_pays_the_amount_of_its_button(
    shop: World, wallet: RecordingWallet, act: str, kas: float
) -> None:
    ordered = await order(shop)
    response = await shop.request("POST", f"/demo/wallet/{ordered['id']}/{act}")
    assert response.status_code == 200
    assert wallet.paid == [(ordered["id"], kas * 100_000_000)]
    assert (await shop.read(ordered))["status"] == ("expired" if act == "late" else "pending")


async def test_the_wallet_refuses_other_sessions_and_actions(
    shop: World, wallet: RecordingWallet
) -> None:
    ordered = await order(shop)
    foreign = await shop.session(await shop.merchant())
    ask = partial(shop.request, "POST")
    await problem_in(await ask(f"/demo/wallet/{foreign['id']}/pay"), 404)
    await problem_in(await ask(f"/demo/wallet/{UNKNOWN_ID}/pay"), 404)
    await problem_in(await ask(f"/demo/wallet/{ordered['id']}/steal"), 404)
    wallet.takes_back = False
    await problem_in(await ask(f"/demo/wallet/{ordered['id']}/take-back"), 409)
    assert wallet.paid == []


async def test_the_shop_trusts_its_gateway_and_not_the_return_url(shop: World) -> None:
    ordered = await order(shop)
    path = f"/demo/thanks?sessionId={ordered['id']}"
    page = (await bytes_of(await shop.request("GET", path))).decode()
    assert "Not paid yet" in page
    await shop.node.pay((await shop.read(ordered))["address"], "12.5")
    await becomes(shop, ordered, "status", "confirming")
    page = (await bytes_of(await shop.request("GET", path))).decode()
    assert "Thank you!" in page
