"""The receipt, and what a shopper's page says about the order and the shop."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.api.test_sessions import becomes
from tests.web.world import UNKNOWN_ID, Json, World, bytes_of, json_of, key_of

ME = "/api/v1/merchants/me"
ORDER = "A&1 <b>"


async def html(world: World, path: str, status: int = 200) -> str:
    answer = await world.request("GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    return (await bytes_of(answer)).decode()


async def an_order(world: World, **fields: Any) -> Json:
    merchant = await world.merchant()
    changes = {
        "supportEmail": "help+pay@shop.example",
        "brandColor": "#123456",
    }
    answer = await world.request("PATCH", ME, json=changes, headers=key_of(merchant))
    assert answer.status_code == 200
    return await world.session(
        merchant, amount="2.5", orderId=ORDER, description="Two bags of <coffee>", **fields
    )


async def paid(world: World, session: Json, kas: str = "2.5") -> str:
    transaction = await world.node.pay(session["address"], kas)
    await becomes(world, session, "status", "confirming")
    await world.node.advance(20)
    await becomes(world, session, "status", "confirmed")
    return transaction


async def test_a_receipt_has_what_was_paid_for_and_how(world: World) -> None:
    session = await an_order(world)
    transaction = await paid(world, session)
    page = await html(world, f"/pay/{session['id']}/receipt")
    assert "<h1>Receipt</h1>" in page
    for text in (
        "Bean There",
        "A&amp;1 &lt;b&gt;",
        "Two bags of &lt;coffee&gt;",
        "2.5",
        transaction,
        session["id"],
        "simnet",
    ):
        assert text in page, text
    # Figures and dates keep their order in languages that are read from the right.
    date = r'<dt>Date</dt><dd><bdi dir="ltr">\d{4}-\d\d-\d\d \d\d:\d\d UTC</bdi></dd>'
    assert re.search(date, page)
    assert '<dt>Total</dt><dd><bdi dir="ltr">2.5 KAS</bdi></dd>' in page
    # The buttons are not printed, so the contact is a line too.
    contact = '<dt>Contact the shop</dt><dd><bdi dir="ltr">help+pay@shop.example</bdi></dd>'
    assert contact in page
    assert "<script" not in page
    # The public answer does not have the order number, as the contract says.
    public = await json_of(await world.request("GET", f"/api/v1/sessions/{session['id']}"))
    assert "orderId" not in public


async def test_an_open_payment_has_no_receipt(world: World) -> None:
    session = await an_order(world)
    page = await html(world, f"/pay/{session['id']}/receipt")
    assert "This payment is not complete, so this page is not a receipt." in page
    assert "<h1>Receipt</h1>" not in page
    assert "<dt>Received</dt>" not in page
    assert f'href="/pay/{session["id"]}?lang=en"' in page


async def test_a_receipt_is_in_the_shoppers_language(world: World) -> None:
    session = await an_order(world)
    await paid(world, session)
    page = await html(world, f"/pay/{session['id']}/receipt?lang=ar")
    assert 'dir="rtl"' in page
    assert "<dt>التاريخ</dt>" in page


async def test_an_unknown_receipt_is_an_error_page(world: World) -> None:
    assert "cannot be found" in await html(world, f"/pay/{UNKNOWN_ID}/receipt", 404)


async def test_the_page_says_what_is_paid_for_and_how_to_reach_the_shop(world: World) -> None:
    session = await an_order(world)
    path = f"/pay/{session['id']}"
    page = await html(world, path)
    assert 'order="A&amp;1 &lt;b&gt;"' in page
    card = await html(world, f"{path}/card")
    assert '<p class="purpose">Order A&amp;1 &lt;b&gt; · Two bags of &lt;coffee&gt;</p>' in card
    assert "mailto:" not in card
    await world.gateway.cancel_session(session["id"])
    card = await html(world, f"{path}/card")
    subject = f"A%261%20%3Cb%3E%20%28{session['id']}%29"
    assert f'href="mailto:help%2Bpay@shop.example?subject={subject}"' in card
    assert "<title>This payment was cancelled · 2.5 KAS · Bean There</title>" in card


@pytest.mark.parametrize(("language", "has_texts"), [("en", False), ("de", True)])
async def test_the_page_is_delivered_with_its_texts(
    world: World, language: str, has_texts: bool
) -> None:
    """So the widget needs no call for them. English is part of its script."""
    session = await an_order(world)
    page = await html(world, f"/pay/{session['id']}?lang={language}")
    assert ('class="texts"' in page) is has_texts
    assert ("Warten auf Ihre Zahlung" in page.partition('class="texts"')[2]) is has_texts
