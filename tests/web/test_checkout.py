"""The hosted checkout: readable without a script, and true."""

from __future__ import annotations

import re

from tests.web.test_sessions import becomes
from tests.web.world import Json, World, bytes_of


async def test_the_page_says_what_to_pay_and_where(world: World) -> None:
    session = await world.session(await world.merchant(), amount="12.50")
    response = await world.request("GET", f"/pay/{session['id']}")
    page = (await bytes_of(response)).decode()
    assert response.status_code == 200
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "Send <strong>12.5 KAS</strong>" in page
    assert f"<code>{session['address']}</code>" in page
    assert f'<kasgate-widget session-id="{session["id"]}"' in page
    assert re.findall(r'(?:src|href)="(https?:[^"]+)"', page) == []


async def test_an_unknown_session_has_no_page(world: World) -> None:
    missing = await world.request("GET", "/pay/00000000-0000-4000-8000-000000000000")
    assert missing.status_code == 404
    assert (await world.request("GET", "/pay/x")).status_code == 400


async def test_the_page_follows_the_payment(world: World) -> None:
    session = await world.session(await world.merchant(), amount="10")
    await world.node.pay(session["address"], "4")
    await becomes(world, session, "paidState", "partial")
    assert "Send <strong>6 KAS</strong>" in await page_of(world, session)
    await world.node.pay(session["address"], "6")
    await becomes(world, session, "status", "confirming")
    assert "the network is confirming it: 0 of 10" in await page_of(world, session)
    await world.node.advance(10)
    await becomes(world, session, "status", "confirmed")
    page = await page_of(world, session)
    assert "Paid: 10 KAS received" in page
    assert session["address"] not in page


async def page_of(world: World, session: Json) -> str:
    response = await world.request("GET", f"/pay/{session['id']}")
    return (await bytes_of(response)).decode()
