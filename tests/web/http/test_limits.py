"""Rate limits: a shop stays below them, a flood does not (contract.md §9)."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from quart.wrappers import Response

from kasgate.limits.rate_limits import Meter, RateLimits
from tests.web.shape import problem_in
from tests.web.world import UNKNOWN_ID, World, a_world, key_of, served

STATUS = "/api/v1/sessions/{}/status"


@pytest.fixture
def steady(world: World) -> list[float]:
    """The clock of the limits, moved by hand."""
    now = [1_000.0]
    world.app.limits.clock = lambda: now[0]
    return now


def stop_the_clock(world: World) -> None:
    """Stop the limits' clock, so that no call is allowed by the passing of time."""
    world.app.limits.clock = lambda: 1_000.0


# Calls that make the gateway send to servers that a merchant names

ME = "/api/v1/merchants/me"


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"),
    [
        ("POST", f"{ME}/webhook-test", None, 10),
        ("PATCH", ME, {"webhookUrl": "https://127.0.0.1/"}, 10),
        ("POST", f"{ME}/webhook-logs/whl_none/retry", None, 10),
        ("POST", f"{ME}/webhook-logs/retry-failed", {"since": "2026-01-01T00:00:00Z"}, 10),
        ("POST", "/api/v1/events/evt_none/resend", None, 10),
    ],
)
async def test_calls_that_send_to_a_merchants_server_are_counted_by_merchant(
    world: World, method: str, path: str, body: object, allowed: int
) -> None:
    stop_the_clock(world)
    one, other = await world.merchant(), await world.merchant()
    for _ in range(allowed):
        response = await world.request(method, path, headers=key_of(one), json=body)
        assert response.status_code != 429
    response = await world.request(method, path, headers=key_of(one), json=body)
    await problem_in(response, 429, "too_many_requests")
    assert int(response.headers["Retry-After"]) >= 1
    response = await world.request(method, path, headers=key_of(other), json=body)
    assert response.status_code != 429
    response = await world.request("GET", ME, headers=key_of(one))
    assert response.status_code == 200


async def poll(world: World, session_id: str) -> Response:
    return await world.request("GET", STATUS.format(session_id))


# Counting


def test_a_burst_is_allowed_and_then_the_steady_rate() -> None:
    meter = Meter(60)
    verdicts = [meter.take("a", 0) for _ in range(11)]
    assert [v.allowed for v in verdicts] == [True] * 10 + [False]
    assert [v.remaining for v in verdicts] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]
    assert (verdicts[0].limit, verdicts[0].reset_s, verdicts[9].reset_s) == (10, 1, 10)
    assert verdicts[10].retry_after_s == 1
    assert meter.take("b", 0).allowed
    assert not meter.take("a", 0.9).allowed
    assert meter.take("a", 1.0).allowed
    assert not meter.take("a", 1.0).allowed


def test_refused_calls_cost_nothing() -> None:
    meter = Meter(60)
    for _ in range(1_000):
        meter.take("a", 0)
    assert meter.take("a", 1).allowed


def test_a_meter_remembers_a_bounded_number_of_callers() -> None:
    meter = Meter(60, most_callers=100)
    for number in range(1_000):
        meter.take(str(number), 0)
    assert len(meter) == 100


@given(
    st.integers(1, 10_000),
    st.lists(st.floats(0, 30, allow_nan=False), max_size=300),
)
def test_no_caller_gets_more_than_a_burst_and_the_rate(
    per_minute: int, pauses: list[float]
) -> None:
    meter = Meter(per_minute)
    now, allowed = 0.0, 0
    for pause in pauses:
        now += pause
        verdict = meter.take("a", now)
        allowed += verdict.allowed
        assert 0 <= verdict.remaining < meter.burst
        assert allowed <= meter.burst + now * per_minute / 60 + 1e-3
        if not verdict.allowed:
            assert meter.burst > 0
            assert verdict.retry_after_s >= 1


@given(st.integers(1, 10_000), st.integers(1, 50))
def test_a_caller_who_waits_for_retry_after_is_admitted(per_minute: int, rounds: int) -> None:
    meter, now = Meter(per_minute), 0.0
    for _ in range(rounds):
        verdict = meter.take("a", now)
        if not verdict.allowed:
            now += verdict.retry_after_s
            assert meter.take("a", now).allowed


# Requests


async def test_five_widgets_that_poll_every_three_seconds_never_see_a_429(
    world: World, steady: list[float]
) -> None:
    merchant = await world.merchant()
    sessions = [await world.session(merchant) for _ in range(5)]
    for _ in range(40):
        steady[0] += 3
        for session in sessions:
            assert (await poll(world, session["id"])).status_code == 200


async def test_a_shop_full_of_shoppers_behind_one_address_is_served(
    world: World, steady: list[float]
) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    for shopper in range(500):
        assert (await poll(world, UNKNOWN_ID[:-4] + f"{shopper:04x}")).status_code == 404
    assert (await poll(world, session["id"])).status_code == 200


async def test_a_session_that_is_polled_too_often_is_refused_alone() -> None:
    async with a_world(rate_limits="session=60") as world:
        stop_the_clock(world)
        merchant = await world.merchant()
        one, other = await world.session(merchant), await world.session(merchant)
        answers = [await poll(world, one["id"]) for _ in range(15)]
        assert [answer.status_code for answer in answers[:10]] == [200] * 10
        refused = answers[-1]
        problem = await problem_in(refused, 429, "too_many_requests")
        assert problem["error"] == "Too many requests"
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["RateLimit-Limit"] == "10"
        assert refused.headers["RateLimit-Remaining"] == "0"
        assert 1 <= int(refused.headers["RateLimit-Reset"]) <= 10
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        assert "RateLimit-Limit" in refused.headers["Access-Control-Expose-Headers"]
        assert (await poll(world, one["id"].upper())).status_code == 429
        assert (await poll(world, other["id"])).status_code == 200
        assert world.app.limits.refused["session"] >= 5


async def test_answers_say_how_much_is_left(world: World) -> None:
    session = await world.session(await world.merchant())
    answer = await poll(world, session["id"])
    assert answer.headers["RateLimit-Limit"] == "200"
    assert answer.headers["RateLimit-Remaining"] == "199"
    assert "Retry-After" not in answer.headers


async def test_a_merchants_calls_from_all_addresses_are_counted_together() -> None:
    async with a_world(rate_limits="merchant=60,anonymous=1") as world:
        stop_the_clock(world)
        one, other = await world.merchant(), await world.merchant()
        for number in range(11):
            response = await world.request("GET", "/api/v1/merchants/me", headers=key_of(one))
            assert response.status_code == (200 if number < 10 else 429)
        as_bearer = {"Authorization": f"Bearer {one['apiKey']}"}
        response = await world.request("GET", "/api/v1/merchants/me", headers=as_bearer)
        await problem_in(response, 429)
        response = await world.request("GET", "/api/v1/merchants/me", headers=key_of(other))
        assert response.status_code == 200


async def test_strangers_at_their_limit_do_not_block_a_merchant() -> None:
    async with a_world(rate_limits="anonymous=1,failures=1") as world:
        merchant = await world.merchant()
        for _ in range(11):
            anonymous = await world.request("GET", "/api/v1/nothing")
            guessed = await world.request(
                "GET", "/api/v1/merchants/me", headers={"X-API-Key": "kg_live_guess"}
            )
        await problem_in(anonymous, 429)
        await problem_in(guessed, 429)
        response = await world.request("GET", "/api/v1/merchants/me", headers=key_of(merchant))
        assert response.status_code == 200


async def test_a_merchant_with_too_many_open_sessions_is_refused_and_a_replay_is_not() -> None:
    for express in ("on", "off"):
        async with a_world(open_sessions="2", express=express) as world, served(world) as server:
            world.port = server.port
            merchant, other = await world.merchant(), await world.merchant()
            headers = key_of(merchant) | {"Idempotency-Key": "one"}
            body = {"amount": "10"}
            first = await world.request("POST", "/api/v1/sessions", json=body, headers=headers)
            session = await world.session(merchant)
            refused = await world.request(
                "POST", "/api/v1/sessions", json=body, headers=key_of(merchant)
            )
            problem = await problem_in(refused, 429, "too_many_open_sessions")
            assert "2 open sessions" in problem["detail"]
            assert refused.headers["Retry-After"] == "60"
            again = await world.request("POST", "/api/v1/sessions", json=body, headers=headers)
            assert (again.status_code, first.status_code) == (201, 201)
            await world.session(other)
            cancel = f"/api/v1/sessions/{session['id']}/cancel"
            await world.request("POST", cancel, headers=key_of(merchant))
            await world.session(merchant)


async def test_guessing_keys_is_refused_early(world: World) -> None:
    statuses = []
    for number in range(12):
        response = await world.request(
            "GET", "/api/v1/merchants/me", headers={"X-API-Key": f"kg_live_{number:043}"}
        )
        statuses.append(response.status_code)
    assert statuses == [401] * 10 + [429] * 2


async def test_registering_is_refused_early() -> None:
    async with a_world(rate_limits="registration=1") as world:
        statuses = [
            (await world.request("POST", "/api/v1/merchants", json={"name": "x"})).status_code
            for _ in range(11)
        ]
        assert statuses == [400] * 10 + [429]


async def test_health_is_never_refused() -> None:
    async with a_world(rate_limits="anonymous=1") as world:
        for _ in range(20):
            assert (await world.request("GET", "/health/ready")).status_code == 200


async def test_limits_can_be_switched_off() -> None:
    async with a_world(rate_limits="off") as world:
        for _ in range(300):
            answer = await world.request("GET", "/api/v1/nothing")
            assert answer.status_code == 404
        assert "RateLimit-Limit" not in answer.headers


async def test_opening_websockets_counts_too() -> None:
    async with a_world(rate_limits="polls=1") as world, served(world) as server:
        handshake = (
            b"GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        firsts = []
        async with trio.open_nursery() as nursery:
            for _ in range(11):
                stream = await server.connect()
                await stream.send_all(handshake)
                with trio.fail_after(60):
                    firsts.append(bytes(await stream.receive_some(4096)))
                nursery.start_soon(stream.aclose)
        assert [first[9:12] for first in firsts] == [b"101"] * 10 + [b"429"]
        assert b"application/problem+json" in firsts[-1]
        assert b"retry-after: " in firsts[-1].lower()


def test_the_numbers_are_generous() -> None:
    rates = RateLimits()
    five_widgets = 5 * 20
    assert rates.session >= 3 * five_widgets / 5
    assert rates.polls >= 10 * five_widgets
    assert rates.merchant >= 600
