"""A call that is repeated with the same Idempotency-Key is carried out once (contract.md §5)."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from quart.wrappers import Response

from actors.housekeeping import Housekeeping
from kasgate.store.protocol import StoreUnavailable
from tests.web.shape import problem_in
from tests.web.world import Json, World, bytes_of, eventually, json_of, key_of

DAY_MS = 24 * 3_600_000


def keyed(merchant: Json, key: str = "order-42") -> dict[str, str]:
    return key_of(merchant) | {"Idempotency-Key": key, "Content-Type": "application/json"}


async def order(
    world: World, merchant: Json, body: str = '{"amount":"10","orderId":"42"}', key: str = "o-42"
) -> Response:
    return await world.request(
        "POST", "/api/v1/sessions", data=body.encode(), headers=keyed(merchant, key)
    )


async def test_the_same_order_twice_is_one_session(world: World) -> None:
    merchant = await world.merchant()
    first = await order(world, merchant)
    again = await order(world, merchant, '{ "orderId" : "4\\u0032",\n "amount":"10" }')
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert await bytes_of(again) == await bytes_of(first)
    assert (await world.gateway.counts()).active_sessions == 1


async def test_a_replay_repeats_the_answer_of_a_changed_session(world: World) -> None:
    merchant = await world.merchant()
    first = await json_of(await order(world, merchant))
    path = f"/api/v1/sessions/{first['id']}/cancel"
    assert (await world.request("POST", path, headers=key_of(merchant))).status_code == 200
    assert await json_of(await order(world, merchant)) == first


async def test_another_body_under_the_same_key_is_refused(world: World) -> None:
    merchant = await world.merchant()
    await order(world, merchant)
    problem = await problem_in(
        await order(world, merchant, '{"amount":"11","orderId":"42"}'),
        422,
        "idempotency_key_reused",
    )
    assert problem["error"] == "UNPROCESSABLE_ENTITY"


async def test_another_call_under_the_same_key_is_refused(world: World) -> None:
    merchant = await world.merchant()
    session = await json_of(await order(world, merchant))
    path = f"/api/v1/sessions/{session['id']}/cancel"
    response = await world.request("POST", path, headers=keyed(merchant, "o-42"))
    await problem_in(response, 422, "idempotency_key_reused")


async def test_keys_belong_to_their_merchant(world: World) -> None:
    one, other = await world.merchant(), await world.merchant()
    mine, theirs = await order(world, one), await order(world, other)
    assert (await json_of(mine))["id"] != (await json_of(theirs))["id"]
    assert "Idempotent-Replayed" not in theirs.headers


async def test_a_repeated_call_in_progress_is_a_409(world: World) -> None:
    merchant = await world.merchant()
    world.store.pause()
    async with trio.open_nursery() as nursery:
        answers: list[Response] = []

        async def first() -> None:
            answers.append(await order(world, merchant))

        nursery.start_soon(first)
        await eventually(lambda: world.store.queued_writes > 0)
        second = await order(world, merchant)
        problem = await problem_in(second, 409, "idempotency_in_flight")
        assert problem["error"] == "CONFLICT"
        assert second.headers["Retry-After"] == "1"
        world.store.resume()
    assert answers[0].status_code == 201
    assert (await order(world, merchant)).headers["Idempotent-Replayed"] == "true"


async def test_many_concurrent_calls_create_one_session(world: World) -> None:
    merchant = await world.merchant()
    statuses: list[int] = []

    async def one() -> None:
        response = await order(world, merchant)
        statuses.append(response.status_code)

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(one)
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert (await world.gateway.counts()).active_sessions == 1


async def test_a_client_that_disconnects_and_retries_gets_its_session(world: World) -> None:
    """The request is cancelled while the write waits; the write still completes. Until then the
    client is asked to try again."""
    merchant = await world.merchant()
    world.store.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(order, world, merchant)
        await eventually(lambda: world.store.queued_writes > 0)
        nursery.cancel_scope.cancel()
        world.store.resume()
    with trio.fail_after(60):
        again = await order(world, merchant)
        while again.status_code == 409:
            again = await order(world, merchant)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await world.gateway.counts()).active_sessions == 1


async def test_a_write_that_fails_leaves_neither_session_nor_key(world: World) -> None:
    merchant = await world.merchant()
    world.store.fail_next(StoreUnavailable("disk full"))
    await problem_in(await order(world, merchant), 503, "unavailable")
    again = await order(world, merchant)
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers


async def test_a_refusal_is_not_stored(world: World) -> None:
    merchant = await world.merchant()
    await problem_in(await order(world, merchant, '{"amount":"x"}'), 400, "validation_failed")
    assert (await order(world, merchant)).status_code == 201


async def test_a_key_is_forgotten_after_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await world.merchant()
    first = await json_of(await order(world, merchant))
    now = world.gateway.clock()
    idempotency = world.app.idempotency
    monkeypatch.setattr(idempotency, "_clock", lambda: now + DAY_MS - 60_000)
    assert (await json_of(await order(world, merchant)))["id"] == first["id"]
    monkeypatch.setattr(idempotency, "_clock", lambda: now + DAY_MS + 60_000)
    assert (await json_of(await order(world, merchant)))["id"] != first["id"]


async def test_housekeeping_removes_old_keys_and_no_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await world.merchant()
    for number in range(5):
        await order(world, merchant, key=f"old-{number}")
    housekeeping: Housekeeping = world.gateway._housekeeping
    now = world.gateway.clock()
    await housekeeping.forget_old_calls()
    assert (await order(world, merchant, key="old-0")).headers["Idempotent-Replayed"] == "true"
    monkeypatch.setattr("actors.housekeeping.KEYS_AT_ONCE", 2)
    monkeypatch.setattr(housekeeping, "_clock", lambda: now + DAY_MS + 60_000)
    await housekeeping.forget_old_calls()
    assert await world.store.forget_idempotent_calls(now + 10 * DAY_MS, 100) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "umläut", "tab\tin"])
async def test_a_malformed_key_is_refused(world: World, key: str) -> None:
    merchant = await world.merchant()
    await problem_in(await order(world, merchant, key=key), 400, "invalid_idempotency_key")
    assert (await order(world, merchant, key="x" * 255)).status_code == 201


async def test_a_cancellation_is_repeated_too(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    path = f"/api/v1/sessions/{session['id']}/cancel"
    options: dict[str, Any] = {"headers": keyed(merchant, "cancel-1")}
    first = await world.request("POST", path, **options)
    again = await world.request("POST", path, **options)
    assert (first.status_code, again.status_code) == (200, 200)
    assert await bytes_of(again) == await bytes_of(first)
    assert again.headers["Idempotent-Replayed"] == "true"
    without = await world.request("POST", path, headers=key_of(merchant))
    await problem_in(without, 400, "session_not_pending")


async def test_answers_with_a_secret_are_not_stored(world: World) -> None:
    headers = {"Idempotency-Key": "register-1"}
    first = await world.request(
        "POST", "/api/v1/merchants", json={"name": "A", "xpub": world.keys[0]}, headers=headers
    )
    assert first.status_code == 201
    again = await world.request(
        "POST", "/api/v1/merchants", json={"name": "A", "xpub": world.keys[0]}, headers=headers
    )
    await problem_in(again, 409, "conflict")
