"""A merchant's wallet: the first addresses of a key, and the addresses in use."""

from __future__ import annotations

import csv
import io

import pytest

from tests.web.shape import problem_in
from tests.web.world import World, a_world, bytes_of, eventually, json_of, key_of
from web.contract.csv_rows import csv_line

PREVIEW = "/api/v1/merchants/me/xpub-preview"
ADDRESSES = "/api/v1/merchants/me/addresses"


async def test_the_first_addresses_of_a_key_are_those_that_sessions_get(world: World) -> None:
    xpub = world.keys[0]
    found = await json_of(await world.request("POST", PREVIEW, json={"xpub": xpub}))
    assert found["network"] == "simnet"
    assert found["prefix"] == xpub[:4]
    assert found["account"] >= 0
    assert xpub not in str(found)
    merchant = await world.merchant()
    given = [(await world.session(merchant))["address"] for _ in range(5)]
    assert found["addresses"] == given


async def test_a_key_that_registration_refuses_is_refused_without_an_echo(world: World) -> None:
    for wrong in (
        "kprv5y2qurMHCsXYrNfU3GCihuwG3vMqFji7PZXajMEqyBkNh9UZUJgoHYBLTKu1eM4MvUtomcXPQ3Sw9HZ5ebb",
        "abandon " * 11 + "about",
        world.keys[0][:-1] + "1",
    ):
        response = await world.request("POST", PREVIEW, json={"xpub": wrong})
        problem = await problem_in(response, 400, "validation_failed")
        assert [detail["field"] for detail in problem["details"]] == ["xpub"]
        assert wrong.strip()[:12] not in str(problem)


@pytest.mark.parametrize("mode", ["first", "closed"])
async def test_the_preview_needs_a_key_where_registration_is_closed(mode: str) -> None:
    async with a_world(registration=mode) as world:
        key = world.keys[-1]
        if mode == "first":
            preview = await world.request("POST", PREVIEW, json={"xpub": key})
            assert preview.status_code == 200
            merchant = await world.merchant()
            headers = key_of(merchant)
            preview = await world.request("POST", PREVIEW, json={"xpub": key}, headers=headers)
            assert preview.status_code == 200
        await problem_in(await world.request("POST", PREVIEW, json={"xpub": key}), 401)


async def test_used_addresses_are_listed_with_amounts_and_the_longest_gap(
    world: World,
) -> None:
    merchant = await world.merchant()
    headers = key_of(merchant)
    sessions = [await world.session(merchant) for _ in range(6)]
    transaction = await world.node.pay(sessions[2]["address"], "10")
    assert transaction
    await eventually(
        lambda: (
            (view := world.gateway.active(sessions[2]["id"])) is not None
            and view.session.received > 0
        )
    )
    first = await json_of(await world.request("GET", f"{ADDRESSES}?limit=4", headers=headers))
    assert [used["index"] for used in first["addresses"]] == [0, 1, 2, 3]
    assert [used["received"] for used in first["addresses"]] == ["0", "0", "10", "0"]
    assert first["nextAddressIndex"] == 6
    assert first["unpaidInARow"] == 3
    rest = await json_of(
        await world.request("GET", f"{ADDRESSES}?after={first['nextCursor']}", headers=headers)
    )
    assert [used["sessionId"] for used in rest["addresses"]] == [s["id"] for s in sessions[4:]]
    assert "nextCursor" not in rest

    response = await world.request("GET", f"{ADDRESSES}?format=csv", headers=headers)
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    lines = list(csv.reader(io.StringIO((await bytes_of(response)).decode())))
    assert lines[0] == ["index", "address", "sessionId", "received", "receivedSompi"]
    assert [line[1] for line in lines[1:]] == [session["address"] for session in sessions]


def test_no_cell_is_a_formula() -> None:
    for start in ("=", "+", "-", "@", "\t", "\r"):
        (cell,) = next(csv.reader(io.StringIO(csv_line([f"{start}cmd"]).decode(), newline="")))
        assert cell == f"'{start}cmd"
    assert csv_line(["a,b", 7, None, "x"]) == b'"a,b",7,,x\r\n'
