"""Accepting and failing sessions over HTTP."""

from __future__ import annotations

import pytest

from tests.web.api.test_sessions import becomes
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, Json, World, json_of, key_of


async def decide(world: World, session: Json, what: str, merchant: Json, note: str = "ok") -> Json:
    response = await world.request(
        "POST",
        f"/api/v1/sessions/{session['id']}/{what}",
        json={"note": note},
        headers=key_of(merchant),
    )
    assert response.status_code == 200, await response.get_data()
    return await json_of(response)


async def test_accepting_a_part_paid_session_sends_an_event_and_is_audited(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    tx_id = await world.node.pay(session["address"], "6")
    await becomes(world, session, "paidState", "partial")
    answer = await decide(world, session, "accept", merchant, "Regular customer <3")
    assert answer == {
        "id": session["id"],
        "status": "confirmed",
        "message": "Session accepted as paid.",
    }
    seen = await world.read(session)
    assert (seen["status"], seen["paidState"], seen["received"]) == ("confirmed", "partial", "6")
    assert (seen["txId"], seen["confirmations"]) == (tx_id, 10)
    assert seen["remainingSompi"] == "400000000"
    assert {"paidAt", "confirmedAt"} <= seen.keys()

    (entry,) = await world.store.audit_of_session(session["id"])
    assert (entry.action, entry.actor) == ("session.accepted", "api_key")
    assert entry.note == "Regular customer <3"
    assert entry.merchant_id == merchant["id"]
    assert entry.details["status"] == "pending"
    assert entry.details["receivedSompi"] == "600000000"
    *_, last = await world.store.events_of_session(session["id"])
    assert last.type == "payment.confirmed"
    assert '"paidState":"partial"' in last.payload


async def test_late_money_is_accepted_long_after_the_actor_has_ended(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    await world.request(
        "POST", f"/api/v1/sessions/{session['id']}/cancel", headers=key_of(merchant)
    )
    await world.node.pay(session["address"], "10")
    await becomes(world, session, "paidState", "exact")
    await world.node.advance(20)
    while world.gateway.health().open_sessions:
        await world.node.advance(1)
    answer = await decide(world, session, "accept", merchant)
    assert answer["status"] == "confirmed"
    seen = await world.read(session)
    assert seen["late"] is True
    assert seen["payments"][0]["state"] == "confirmed"
    assert world.gateway.health().open_sessions == 0


async def test_a_failed_session_is_final_and_sends_an_event(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    answer = await decide(world, session, "fail", merchant, "Out of stock")
    assert answer == {
        "id": session["id"],
        "status": "failed",
        "message": "Session marked as failed.",
    }
    *_, last = await world.store.events_of_session(session["id"])
    assert last.type == "payment.failed"
    for what, words in (("fail", "failed, which is final"), ("accept", "Only a session")):
        response = await world.request(
            "POST",
            f"/api/v1/sessions/{session['id']}/{what}",
            json={"note": "again"},
            headers=key_of(merchant),
        )
        problem = await problem_in(response, 400, "decision_refused")
        assert words in problem["message"]
    assert len(await world.store.audit_of_session(session["id"])) == 1
    page = await world.request("GET", f"/pay/{session['id']}")
    assert "closed this payment" in (await page.get_data(as_text=True))


async def test_an_unpaid_session_is_not_accepted(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    response = await world.request(
        "POST",
        f"/api/v1/sessions/{session['id']}/accept",
        json={"note": "please"},
        headers=key_of(merchant),
    )
    problem = await problem_in(response, 400, "decision_refused")
    assert problem["error"] == "BAD_REQUEST"
    assert "pending" in problem["message"]
    assert (await world.read(session))["status"] == "pending"


@pytest.mark.parametrize("what", ["accept", "fail", "dismiss"])
async def test_only_the_owner_decides(world: World, what: str) -> None:
    owner, other = await world.merchant(), await world.merchant()
    session = await world.session(owner)
    path = f"/api/v1/sessions/{session['id']}/{what}"
    body = {"note": "mine"}
    await problem_in(await world.request("POST", path, json=body), 401)
    foreign = await world.request("POST", path, json=body, headers=key_of(other))
    await problem_in(foreign, 403, "not_your_session")
    nowhere = f"/api/v1/sessions/{UNKNOWN_ID}/{what}"
    await problem_in(await world.request("POST", nowhere, json=body, headers=key_of(owner)), 404)
    wrong = f"/api/v1/sessions/42/{what}"
    await problem_in(await world.request("POST", wrong, json=body, headers=key_of(owner)), 400)
    assert (await world.read(session))["status"] == "pending"


@pytest.mark.parametrize(
    "body", [{}, {"note": ""}, {"note": "  "}, {"note": 5}, {"note": "x" * 501}, {"reason": "x"}]
)
async def test_a_decision_needs_a_note(world: World, body: Json) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    response = await world.request(
        "POST", f"/api/v1/sessions/{session['id']}/fail", json=body, headers=key_of(merchant)
    )
    problem = await problem_in(response, 400, "validation_failed")
    assert {detail["field"] for detail in problem["details"]} >= {"note"} - body.keys()
    assert (await world.read(session))["status"] == "pending"


async def test_a_note_may_have_500_characters(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    await decide(world, session, "fail", merchant, "é" * 500)
    (entry,) = await world.store.audit_of_session(session["id"])
    assert entry.note == "é" * 500
