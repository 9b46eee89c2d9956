"""Downloading a merchant's sessions as a file."""

from __future__ import annotations

import csv
import io

import pytest

from kasgate.reports import SessionPage, SessionQuery
from tests.web.api.test_sessions import becomes
from tests.web.shape import problem_in
from tests.web.world import World, bytes_of, json_of, key_of
from web.contract import queries

EXPORT = "/api/v1/merchants/me/sessions/export"


async def rows_of(world: World, headers: dict[str, str], query: str = "") -> list[dict[str, str]]:
    response = await world.request("GET", f"{EXPORT}{query}", headers=headers)
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO((await bytes_of(response)).decode(), newline="")))


async def test_the_file_has_all_sessions_of_all_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "EXPORTED_AT_ONCE", 3)
    merchant, other = await world.merchant(), await world.merchant()
    headers = key_of(merchant)
    made = [(await world.session(merchant, orderId=f"order {n}"))["id"] for n in range(10)]
    await world.session(other)
    asked: list[int] = []
    page = world.store.session_page

    async def counted(merchant_id: str, wanted: SessionQuery) -> SessionPage:
        found = await page(merchant_id, wanted)
        asked.append(len(found.sessions))
        return found

    monkeypatch.setattr(world.store, "session_page", counted)
    rows = await rows_of(world, headers)
    assert {row["id"] for row in rows} == set(made)
    assert len(rows) == 10
    assert asked == [3, 3, 3, 1]

    response = await world.request("GET", f"{EXPORT}?format=json", headers=headers)
    assert [session["id"] for session in (await json_of(response))["sessions"]] == [
        row["id"] for row in rows
    ]


async def test_the_filters_of_the_list_apply(world: World) -> None:
    merchant = await world.merchant()
    headers = key_of(merchant)
    for order in ("tea", "coffee"):
        await world.session(merchant, orderId=order)
    assert [row["orderId"] for row in await rows_of(world, headers, "?orderId=tea")] == ["tea"]
    assert [row["orderId"] for row in await rows_of(world, headers, "?q=coff")] == ["coffee"]
    assert await rows_of(world, headers, "?status=confirmed") == []
    nothing = await world.request("GET", f"{EXPORT}?format=json&q=nix", headers=headers)
    assert await json_of(nothing) == {"sessions": []}
    for wrong in ("?limit=5", "?format=xml", "?createdFrom=2026-02-01&createdTo=2026-01-01"):
        response = await world.request("GET", EXPORT + wrong, headers=headers)
        await problem_in(response, 400, "validation_failed")


async def test_the_file_has_received_amounts_and_metadata_on_request(world: World) -> None:
    merchant = await world.merchant()
    headers = key_of(merchant)
    session = await world.session(merchant, metadata={"table": "7"})
    await world.node.pay(session["address"], "9")
    await becomes(world, session, "paidState", "partial")
    path = f"/api/v1/sessions/{session['id']}/cancel"
    assert (await world.request("POST", path, headers=headers)).status_code == 200
    await world.session(merchant)

    (row,) = await rows_of(world, headers, "?needsAttention=true")
    assert (row["received"], row["receivedSompi"]) == ("9", "900000000")
    assert (row["paidState"], row["late"], row["cancelled"]) == ("partial", "false", "true")
    assert (row["needsAttention"], row["attention"]) == ("true", "partial")
    assert "metadata" not in row
    (row,) = await rows_of(world, headers, "?metadata=true&paidState=partial&cancelled=true")
    assert row["metadata"] == '{"table":"7"}'
    assert await rows_of(world, headers, "?late=true") == []

    exported = f"{EXPORT}?format=json&metadata=true"
    response = await world.request("GET", exported, headers=headers)
    plain, part = (await json_of(response))["sessions"]
    assert (part["metadata"], part["received"], part["attention"]) == (
        {"table": "7"}, "9", ["partial"],
    )  # fmt: skip
    assert "metadata" not in plain


async def test_an_order_and_its_description_are_not_read_as_formulas(world: World) -> None:
    merchant = await world.merchant()
    evil = '=HYPERLINK("https://evil.example","x")'
    await world.session(merchant, orderId=evil, description=evil)
    (row,) = await rows_of(world, key_of(merchant))
    assert (row["orderId"], row["description"]) == ("'" + evil, "'" + evil)
    await world.session(merchant, description="Two cups")
    assert (await rows_of(world, key_of(merchant)))[0]["description"] == "Two cups"
