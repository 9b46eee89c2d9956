"""The list of all payments of a session, page by page, for its owner only."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from kasgate.sessions.ledger import SHOWN
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, Json, World, eventually, json_of, key_of

SPECK = 1_000_000


async def page(world: World, merchant: Json, session: Json, query: str = "") -> Json:
    path = f"/api/v1/sessions/{session['id']}/payments{query}"
    return await json_of(await world.request("GET", path, headers=key_of(merchant)))


async def all_of(world: World, merchant: Json, session: Json, limit: int) -> list[Json]:
    """All pages, with no more calls than necessary."""
    found: list[Json] = []
    cursor = ""
    while True:
        answer = await page(world, merchant, session, f"?limit={limit}{cursor}")
        assert 0 < len(answer["payments"]) <= limit
        found += answer["payments"]
        if "nextCursor" not in answer:
            assert answer["paymentsTotal"] == len(found)
            return found
        assert len(answer["payments"]) == limit
        cursor = f"&after={answer['nextCursor']}"


async def paid(world: World, session: Json, number: int) -> None:
    for _ in range(number):
        await world.node.pay(session["address"], "0.01")

    def counted() -> bool:
        view = world.gateway.active(session["id"])
        return view is not None and view.session.received == number * SPECK

    await eventually(counted)


async def test_the_owner_pages_through_every_payment(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant, requiredConfirmations=50)
    # More than are held in memory.
    await paid(world, session, 250)
    await world.node.advance(7)
    await eventually(lambda: world.gateway.feed.daa_score == world.node.score)
    found = await all_of(world, merchant, session, 100)
    assert [payment["txId"] for payment in found] == [f"{n:064x}" for n in range(1, 251)]
    assert {payment["confirmations"] for payment in found} == {7}
    assert sum(int(payment["amountSompi"]) for payment in found) == 250 * SPECK
    read = await world.read(session)
    assert found[-SHOWN:] == read["payments"]
    assert read["paymentsTotal"] == 250
    assert await all_of(world, merchant, session, 7) == found


async def test_a_page_has_twenty_by_default(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    assert await page(world, merchant, session) == {"payments": [], "paymentsTotal": 0}
    await paid(world, session, 21)
    answer = await page(world, merchant, session)
    assert (len(answer["payments"]), answer["paymentsTotal"]) == (20, 21)
    rest = await page(world, merchant, session, f"?after={answer['nextCursor']}")
    assert (len(rest["payments"]), rest["paymentsTotal"]) == (1, 21)
    assert "nextCursor" not in rest


async def test_only_the_owner_may_list_payments(world: World) -> None:
    owner, other = await world.merchant(), await world.merchant()
    session = await world.session(owner)
    path = f"/api/v1/sessions/{session['id']}/payments"
    await problem_in(await world.request("GET", path), 401)
    await problem_in(
        await world.request("GET", path, headers=key_of(other)), 403, "not_your_session"
    )
    nobodys = f"/api/v1/sessions/{UNKNOWN_ID}/payments"
    await problem_in(
        await world.request("GET", nobodys, headers=key_of(owner)), 404, "session_not_found"
    )
    response = await world.request("GET", path, headers=key_of(owner))
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "after=-1", "after=evt_1", "after=", "offset=1", "limit=1&limit=2"],
)
async def test_an_invalid_query_is_a_field_error(world: World, query: str) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    path = f"/api/v1/sessions/{session['id']}/payments?{query}"
    problem = await problem_in(await world.request("GET", path, headers=key_of(merchant)), 400)
    assert problem["details"][0]["field"] == query.partition("=")[0]


async def test_the_owner_sees_that_more_blocks_alone_may_never_confirm_a_payment(
    world: World,
) -> None:
    """Its output is gone for an unknown reason. The merchant may accept it then."""
    merchant = await world.merchant()
    session = await world.session(merchant, amount="2.5")
    path = f"/api/v1/sessions/{session['id']}"

    async def read(headers: dict[str, str] | None = None) -> Json:
        await wait_all_tasks_blocked()
        return await json_of(await world.request("GET", path, headers=headers or {}))

    await world.node.pay(session["address"], "2.5")
    seen = await read(key_of(merchant))
    assert seen["status"] == "confirming"
    assert "heldUp" not in seen
    await world.node.lose(session["address"])
    seen = await read(key_of(merchant))
    assert (seen["status"], seen["heldUp"]) == ("confirming", True)
    assert "heldUp" not in await read()
    body = {"note": "seen in an explorer"}
    answer = await world.request("POST", f"{path}/accept", json=body, headers=key_of(merchant))
    assert answer.status_code == 200
    seen = await read(key_of(merchant))
    assert seen["status"] == "confirmed"
    assert "heldUp" not in seen
