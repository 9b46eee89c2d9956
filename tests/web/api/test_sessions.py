"""Payment sessions over HTTP."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
import trio

from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, Json, World, a_world, bytes_of, json_of, key_of
from web.qr import qr_data_uri

PUBLIC_FIELDS = {
    *("id", "address", "amount", "amountSompi", "status", "confirmations"),
    *("requiredConfirmations", "qrCode", "createdAt", "expiresAt", "paymentUri", "checkoutUrl"),
    *(
        "received",
        "receivedSompi",
        "remainingSompi",
        "dueSompi",
        "dueSurplusSompi",
        "paidState",
        "late",
        "cancelled",
        "payments",
    ),
    *("serverTime", "explorerUrl", "merchantName", "network", "delayed"),
}


async def becomes(world: World, session: Json, field: str, value: str) -> Json:
    """Wait until a field has a value. Return the session."""
    with trio.fail_after(60):
        while True:
            seen = await world.read(session)
            if seen[field] == value:
                return seen
            await trio.sleep(0.01)


async def test_a_new_session_has_all_that_a_shop_needs(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant, amount="12.50", orderId="<b>SKU</b>", expiresIn=120)
    assert session.keys() == {
        *("id", "address", "amount", "amountSompi", "status", "orderId", "qrCode"),
        *("subscriptionToken", "createdAt", "expiresAt", "paymentUri", "checkoutUrl"),
        *("requiredConfirmations", "explorerUrl"),
    }
    # There is no explorer of a simulated network, so the session's own URL is used.
    assert session["explorerUrl"].endswith(f"/api/v1/sessions/{session['id']}")
    assert session["status"] == "pending"
    assert (session["amount"], session["amountSompi"]) == ("12.5", "1250000000")
    assert session["orderId"] == "<b>SKU</b>"
    assert session["address"].startswith("kaspasim:")
    assert session["paymentUri"] == f"{session['address']}?amount=12.5"
    assert session["qrCode"] == qr_data_uri(session["paymentUri"])
    assert session["checkoutUrl"] == f"http://127.0.0.1:3001/pay/{session['id']}"
    assert session["createdAt"].endswith("Z")
    assert len(session["subscriptionToken"]) == 43


async def test_a_description_is_for_everybody_and_the_order_is_not(world: World) -> None:
    merchant = await world.merchant()
    words = "Flat white \N{MULTIPLICATION SIGN} 2, <b>large</b> \N{HOT BEVERAGE}"
    session = await world.session(merchant, orderId="42", description=words)
    assert session["description"] == words
    public = await world.read(session)
    assert public.keys() == PUBLIC_FIELDS | {"description"}
    assert public["description"] == words
    assert (await world.read(session, headers=key_of(merchant)))["description"] == words
    assert "description" not in await world.session(merchant)


async def test_a_session_on_a_public_network_names_the_explorer() -> None:
    async with a_world(reachable=False, network="testnet-10") as world:
        session = await world.session(await world.merchant())
        assert session["status"] == "created"
        assert session["explorerUrl"].endswith(session["address"])
        assert session["address"].startswith("kaspatest:")


async def test_anyone_sees_a_session_and_only_its_owner_the_order(world: World) -> None:
    owner, other = await world.merchant(), await world.merchant()
    session = await world.session(owner, orderId="42", metadata={"size": "L"})
    assert (await world.read(session)).keys() == PUBLIC_FIELDS
    assert (await world.read(session, headers=key_of(other))).keys() == PUBLIC_FIELDS
    mine = await world.read(session, headers=key_of(owner))
    assert mine.keys() == PUBLIC_FIELDS | {"orderId", "metadata", "needsAttention", "attention"}
    assert (mine["orderId"], mine["metadata"]) == ("42", {"size": "L"})
    stranger = {"Authorization": "Basic cHJveHk6cHJveHk="}
    assert (await world.read(session, headers=stranger)).keys() == PUBLIC_FIELDS
    path = f"/api/v1/sessions/{session['id']}"
    wrong = await world.request("GET", path, headers={"X-API-Key": "kg_live_wrong"})
    await problem_in(wrong, 401)


async def test_a_session_has_no_duplicate_fields(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant, orderId="SKU", metadata={"a": "b"})
    answer = await world.request(
        "GET", f"/api/v1/sessions/{session['id']}", headers=key_of(merchant)
    )
    names: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names[:] = [name for name, _ in pairs]
        return dict(pairs)

    json.loads(await bytes_of(answer), object_pairs_hook=note)
    own = {"orderId", "metadata", "needsAttention", "attention"}
    assert sorted(names) == sorted(PUBLIC_FIELDS | own)


async def test_no_get_returns_a_token(world: World) -> None:
    owner = await world.merchant()
    session = await world.session(owner)
    for path in ("", "/status"):
        response = await world.request(
            "GET", f"/api/v1/sessions/{session['id']}{path}", headers=key_of(owner)
        )
        assert session["subscriptionToken"] not in (await bytes_of(response)).decode()


@pytest.mark.parametrize("call", [("GET", ""), ("GET", "/status"), ("POST", "/token")])
async def test_ids_are_checked_before_they_are_looked_up(
    world: World, call: tuple[str, str]
) -> None:
    method, suffix = call
    for wrong in ("42", "x" * 36, UNKNOWN_ID + "0", "%27%20OR%201=1--"):
        response = await world.request(method, f"/api/v1/sessions/{wrong}{suffix}")
        await problem_in(response, 400, "invalid_session_id")
    response = await world.request(method, f"/api/v1/sessions/{UNKNOWN_ID}{suffix}")
    await problem_in(response, 404, "session_not_found")


async def test_an_id_in_capitals_is_the_same_id(world: World) -> None:
    session = await world.session(await world.merchant())
    session["id"] = session["id"].upper()
    assert (await world.read(session))["id"] == session["id"].lower()


async def test_status_has_exactly_five_fields(world: World) -> None:
    session = await world.session(await world.merchant())
    response = await world.request("GET", f"/api/v1/sessions/{session['id']}/status")
    assert await json_of(response) == {
        "id": session["id"],
        "status": "pending",
        "confirmations": 0,
        "requiredConfirmations": 10,
    }
    assert response.headers["Cache-Control"] == "no-store"


async def test_payments_add_up_and_are_listed(world: World) -> None:
    session = await world.session(await world.merchant(), requiredConfirmations=3)
    first = await world.node.pay(session["address"], "6")
    seen = await becomes(world, session, "paidState", "partial")
    assert (seen["status"], seen["received"], seen["remainingSompi"]) == (
        "pending",
        "6",
        "400000000",
    )
    second = await world.node.pay(session["address"], "4")
    seen = await becomes(world, session, "status", "confirming")
    assert seen["txId"] == second
    assert seen["paidState"] == "exact"
    assert [payment["txId"] for payment in seen["payments"]] == [first, second]
    assert "paidAt" in seen
    await world.node.advance(3)
    seen = await becomes(world, session, "status", "confirmed")
    assert seen["confirmations"] == 3
    assert "confirmedAt" in seen
    assert seen.keys() == PUBLIC_FIELDS | {"txId", "paidAt", "confirmedAt"}


async def test_only_the_owner_cancels_and_only_pending_sessions(world: World) -> None:
    owner, other = await world.merchant(), await world.merchant()
    session = await world.session(owner)
    path = f"/api/v1/sessions/{session['id']}/cancel"
    await problem_in(await world.request("POST", path), 401)
    foreign = await world.request("POST", path, headers=key_of(other))
    assert (await problem_in(foreign, 403, "not_your_session"))["error"] == "FORBIDDEN"
    cancelled = await json_of(await world.request("POST", path, headers=key_of(owner)))
    assert cancelled.keys() == {"id", "status", "message"}
    assert cancelled["status"] == "expired"
    again = await world.request("POST", path, headers=key_of(owner))
    assert (await problem_in(again, 400, "session_not_pending"))["error"] == "BAD_REQUEST"
    nowhere = f"/api/v1/sessions/{UNKNOWN_ID}/cancel"
    await problem_in(await world.request("POST", nowhere, headers=key_of(owner)), 404)


async def test_a_paid_session_is_not_cancelled(world: World) -> None:
    owner = await world.merchant()
    session = await world.session(owner)
    await world.node.pay(session["address"], "10")
    await becomes(world, session, "status", "confirming")
    path = f"/api/v1/sessions/{session['id']}/cancel"
    response = await world.request("POST", path, headers=key_of(owner))
    await problem_in(response, 400, "session_not_pending")


async def test_a_read_token_is_for_this_session_for_an_hour(world: World) -> None:
    session = await world.session(await world.merchant())
    answer = await json_of(await world.request("POST", f"/api/v1/sessions/{session['id']}/token"))
    assert answer.keys() == {"token", "expiresAt"}
    vault, now = world.gateway.vault, world.gateway.clock()
    assert vault.check_read_token(answer["token"], session["id"], now)
    assert vault.check_read_token(answer["token"], session["id"], now + 3_590_000)
    assert not vault.check_read_token(answer["token"], session["id"], now + 3_600_000)
    assert not vault.check_read_token(answer["token"], UNKNOWN_ID, now)


PATH = "/api/v1/sessions"


def asks_for(session: Json, kas: str) -> None:
    assert session["paymentUri"] == f"{session['address']}?amount={kas}"
    assert session["qrCode"] == qr_data_uri(session["paymentUri"])


async def test_link_and_qr_code_ask_for_the_amount_due(world: World) -> None:
    merchant = await world.merchant()
    headers = key_of(merchant) | {"Idempotency-Key": "due"}
    body = {"amount": "10", "requiredConfirmations": 3}
    session = await json_of(await world.request("POST", PATH, headers=headers, json=body))
    asks_for(session, "10")
    await world.node.pay(session["address"], "7.5")
    seen = await becomes(world, session, "paidState", "partial")
    asks_for(seen, "2.5")
    assert (seen["dueSompi"], seen["dueSurplusSompi"]) == ("250000000", "0")
    again = await json_of(await world.request("POST", PATH, headers=headers, json=body))
    assert again["id"] == session["id"]
    asks_for(again, "2.5")
    await world.node.pay(session["address"], "2.45")
    seen = await becomes(world, session, "received", "9.95")
    asks_for(seen, "0.1")
    assert (seen["remainingSompi"], seen["dueSompi"]) == ("5000000", "10000000")
    assert seen["dueSurplusSompi"] == "5000000"
    await world.node.pay(session["address"], "0.1")
    seen = await becomes(world, session, "status", "confirming")
    asks_for(seen, "10")
    assert (seen["remainingSompi"], seen["dueSompi"], seen["dueSurplusSompi"]) == ("0", "0", "0")


async def test_the_link_of_a_closed_session_has_the_whole_amount(
    world: World,
) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant, amount="10")
    await world.node.pay(session["address"], "4")
    await becomes(world, session, "paidState", "partial")
    await world.request("POST", f"{PATH}/{session['id']}/cancel", headers=key_of(merchant))
    seen = await becomes(world, session, "status", "expired")
    asks_for(seen, "10")
    assert (seen["remainingSompi"], seen["dueSompi"]) == ("600000000", "0")


async def test_the_qr_code_is_an_image_that_a_page_can_embed(world: World) -> None:
    session = await world.session(await world.merchant())
    kind, _, content = session["qrCode"].partition(",")
    assert kind == "data:image/svg+xml"
    assert not set(content) & set('<>#"\n ')
    assert unquote(content).startswith("<svg xmlns='http://www.w3.org/2000/svg' width='360'")
    assert unquote(content).endswith("</svg>")
