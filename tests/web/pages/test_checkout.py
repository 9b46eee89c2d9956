"""The hosted checkout: it works without scripts, shows the current state, and limits framing."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from tests.web.api.test_sessions import becomes
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, Json, World, a_world, bytes_of
from web.pages.locales import LANGUAGES, NAMES, choose_language


async def test_the_page_has_amount_and_address(world: World) -> None:
    session = await world.session(await world.merchant(), amount="12.50")
    response = await world.request("GET", f"/pay/{session['id']}")
    page = with_card((await bytes_of(response)).decode())
    assert response.status_code == 200
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert '<bdi class="figure">12.5</bdi>' in page
    assert session["address"] in text_of(page)
    assert f'href="{session["address"]}?amount=12.5"' in page
    assert '<img class="modules" src="data:image/svg+xml' in page
    assert re.findall(r'(?:src|href|url)=?[("]+(https?:[^")]+)', page) == []


async def test_the_page_contains_the_widgets_first_answer(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant, metadata={"note": "</script><script>alert(1)"})
    page = await page_of(world, session)
    data = re.search(r'<script type="application/json">(.*?)</script>', page)
    assert data is not None
    delivered = json.loads(data[1])
    assert delivered["id"] == session["id"]
    assert delivered.keys() == (await world.read(session)).keys() - {"qrCode"}
    assert "alert(1)" not in page
    token = re.search(r'token="([^"]+)"', page)
    assert token is not None
    assert world.gateway.vault.check_read_token(unescape(token[1]), session["id"], 0)


async def test_an_unknown_payment_has_an_error_page(world: World) -> None:
    for path, status in ((f"/pay/{UNKNOWN_ID}", 404), ("/pay/x", 400)):
        await problem_in(await world.request("GET", path), status)
        missing = await world.request("GET", path, headers={"Accept": "text/html,*/*;q=0.8"})
        page = (await bytes_of(missing)).decode()
        assert missing.status_code == status
        assert "This payment cannot be found" in page
        assert "<kasgate-widget" not in page


async def test_the_page_shows_the_state_of_the_payment(world: World) -> None:
    session = await world.session(await world.merchant(), amount="10")
    await world.node.pay(session["address"], "4")
    await becomes(world, session, "paidState", "partial")
    page = await page_of(world, session)
    assert '<bdi class="figure">6</bdi>' in page
    assert "4 KAS arrived. Please send the remaining 6 KAS" in page
    await world.node.pay(session["address"], "6")
    await becomes(world, session, "status", "confirming")
    page = await page_of(world, session)
    assert "Payment received" in page
    assert "0/10" in page
    assert session["address"] not in text_of(page)
    await world.node.advance(10)
    await becomes(world, session, "status", "confirmed")
    page = await page_of(world, session)
    assert "Thank you. The shop has been notified." in page
    assert "http-equiv" not in page


REFRESH = re.compile(r'<meta http-equiv="refresh" content="10; url=([^"]+)">')


async def test_the_card_of_an_open_payment_reloads_in_a_frame(world: World) -> None:
    session = await world.session(await world.merchant())
    outer = (await bytes_of(await world.request("GET", f"/pay/{session['id']}?lang=de"))).decode()
    # Nothing outside the frame reloads, because the widget could not stop that in every browser.
    assert REFRESH.search(outer) is None
    place = REFRESH.search(with_card(outer))
    assert place is not None
    assert place[1] == f"/pay/{session['id']}/card?lang=de"
    response = await world.request("GET", place[1])
    card = (await bytes_of(response)).decode()
    assert REFRESH.search(card) is not None
    assert session["address"] in text_of(card)
    assert "Warten auf Ihre Zahlung" in card
    assert "<script" not in card
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "X-Frame-Options" not in response.headers


async def test_a_final_card_does_not_reload(world: World) -> None:
    session = await world.session(await world.merchant(), amount="10")
    await world.node.pay(session["address"], "10")
    await becomes(world, session, "status", "confirming")
    await world.node.advance(10)
    await becomes(world, session, "status", "confirmed")
    outer = (await bytes_of(await world.request("GET", f"/pay/{session['id']}"))).decode()
    assert "<iframe" not in outer
    card = await bytes_of(await world.request("GET", f"/pay/{session['id']}/card"))
    assert "Thank you. The shop has been notified." in card.decode()
    assert REFRESH.search(card.decode()) is None


async def test_the_card_of_an_unknown_payment_may_be_framed(world: World) -> None:
    for path, status in ((f"/pay/{UNKNOWN_ID}/card", 404), ("/pay/x/card", 400)):
        await problem_in(await world.request("GET", path), status)
        missing = await world.request("GET", path, headers={"Accept": "text/html"})
        assert missing.status_code == status
        assert "This payment cannot be found" in (await bytes_of(missing)).decode()
        assert "frame-ancestors 'self'" in missing.headers["Content-Security-Policy"]


async def test_the_page_asks_for_no_payment_after_the_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session with a withdrawn payment can stay open after its deadline. Another payment would be
    late."""
    session = await world.session(await world.merchant(), amount="10", expiresIn=60)
    before = world.gateway.payment_clock
    monkeypatch.setattr(world.gateway, "payment_clock", lambda: before() + 60_000)
    page = await page_of(world, session)
    assert "Time is up" in page
    assert 'data-scene="ending"' in page
    assert session["address"] not in text_of(page)
    assert "?amount=" not in text_of(page)


async def test_the_page_asks_for_an_amount_that_wallets_can_send(world: World) -> None:
    session = await world.session(await world.merchant(), amount="10")
    await world.node.pay(session["address"], "9.95")
    await becomes(world, session, "paidState", "partial")
    page = await page_of(world, session)
    assert '<bdi class="figure">0.1</bdi>' in page
    assert f'href="{session["address"]}?amount=0.1"' in page
    assert "The surplus of 0.05 KAS goes to the shop." in page
    await world.node.pay(session["address"], "0.1")
    await becomes(world, session, "status", "confirming")
    await world.node.advance(10)
    await becomes(world, session, "status", "confirmed")
    page = await page_of(world, session)
    assert "The surplus of 0.05 KAS goes to the shop." in page
    assert "for a refund" not in page


async def test_the_page_of_an_expired_payment_has_no_address(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant, redirectUrl="https://shop.example/back?a=1&sessionId=x")
    key = {"X-API-Key": merchant["apiKey"]}
    await world.request("POST", f"/api/v1/sessions/{session['id']}/cancel", headers=key)
    page = await page_of(world, session)
    assert session["address"] not in text_of(page)
    assert "<img" not in page.partition("<script type=")[0]
    assert f'href="https://shop.example/back?a=1&amp;sessionId={session["id"]}"' in page


async def test_the_page_loads_the_build_by_its_hash(tmp_path: Path) -> None:
    for name in ("kasgate.js", "kasgate.css"):
        path = tmp_path / "widget" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"/* {name} */")
    async with a_world(static=tmp_path) as world:
        page = await page_of(world, await world.session(await world.merchant()))
        loaded = re.findall(r'="(/widget/kasgate\.[0-9a-f]{16}\.\w+)" integrity="sha384-', page)
        assert len(set(loaded)) == 2
        for url in loaded:
            response = await world.request("GET", url)
            assert response.status_code == 200
            assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("query", "accepted", "expected"),
    [
        ("", "de-CH, en;q=0.5", "de"),
        ("?lang=fr", "de", "fr"),
        ("?lang=zz", "ar-EG", "ar"),
        ("?lang=%3Cscript%3E", "tlh, *;q=0.1", "en"),
        ("", "pt-BR", "pt"),
    ],
)
async def test_the_page_speaks_the_shoppers_language(
    world: World, query: str, accepted: str, expected: str
) -> None:
    session = await world.session(await world.merchant())
    response = await world.request(
        "GET", f"/pay/{session['id']}{query}", headers={"Accept-Language": accepted}
    )
    page = with_card((await bytes_of(response)).decode())
    language = choose_language(expected, "")
    assert f'<html lang="{expected}" dir="{language.direction}">' in page
    assert language.text("waiting") in unescape(page)
    assert "<script>" not in page


def test_every_language_has_a_name() -> None:
    assert set(LANGUAGES) == set(NAMES)
    assert len(LANGUAGES) >= 12


async def test_only_the_merchants_embed_origins_may_frame_it(world: World) -> None:
    session = await world.session(await world.merchant())
    response = await world.request("GET", f"/pay/{session['id']}")
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"
    merchant = await world.merchant()
    origins = {"embedOrigins": ["https://shop.example", "https://other.example"]}
    changed = await world.request(
        "PATCH", "/api/v1/merchants/me", json=origins, headers={"X-API-Key": merchant["apiKey"]}
    )
    assert changed.status_code == 200
    framed = await world.session(merchant)
    response = await world.request("GET", f"/pay/{framed['id']}")
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors https://shop.example https://other.example" in policy
    assert "X-Frame-Options" not in response.headers
    page = (await bytes_of(response)).decode()
    assert 'notify-origins="https://shop.example https://other.example"' in page
    card = await world.request("GET", f"/pay/{framed['id']}/card")
    policy = card.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example https://other.example" in policy


async def page_of(world: World, session: Json) -> str:
    response = await world.request("GET", f"/pay/{session['id']}")
    return with_card((await bytes_of(response)).decode())


def with_card(page: str) -> str:
    """The page with the card in place of its frame."""
    return re.sub(
        r'<iframe[^>]* srcdoc="([^"]*)"></iframe>', lambda found: unescape(found[1]), page
    )


def text_of(page: str) -> str:
    """The visible text, without embedded data and markup."""
    shown = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", shown))
