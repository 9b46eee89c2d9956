"""Metrics in the Prometheus format, for callers with the operator's token."""

from __future__ import annotations

import trio
from prometheus_client.parser import text_string_to_metric_families

from kasgate.sessions.session import EventType
from kasgate.store.protocol import Counts, StoreUnavailable
from tests.web.shape import problem_in
from tests.web.world import World, a_world, bytes_of, eventually, key_of, served

TOKEN = "an-operators-token-0123456789"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


async def samples(world: World) -> dict[str, float]:
    """All samples by name and labels, as Prometheus parses them."""
    response = await world.request("GET", "/metrics", headers=OPERATOR)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    found = {}
    for family in text_string_to_metric_families((await bytes_of(response)).decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_events_and_sessions_are_counted() -> None:
    async with a_world(operator_token=TOKEN) as world:
        merchant = await world.merchant()
        session = await world.session(merchant, requiredConfirmations=3)
        await world.session(merchant)
        await world.node.pay(session["address"], "10")
        await eventually(lambda: world.gateway.metrics().events.get(EventType.CONFIRMING, 0) == 1)
        await world.node.advance(5)
        await eventually(lambda: world.gateway.metrics().events.get(EventType.CONFIRMED, 0) == 1)
        found = await samples(world)
        assert found["kasgate_node_up"] == 1
        assert found["kasgate_node_daa_score"] == 1_006
        assert found["kasgate_node_last_block_age_seconds"] < 60
        assert found["kasgate_sessions{status=pending}"] == 1
        assert found["kasgate_sessions{status=confirmed}"] == 1
        assert found["kasgate_payments_received"] == 1
        assert found["kasgate_events_total{type=payment.pending}"] == 2
        assert found["kasgate_events_total{type=payment.confirmed}"] == 1
        assert found["kasgate_session_actors"] == 1
        assert found["kasgate_watched_addresses"] == 2
        assert found["kasgate_merchants"] == 1
        assert found["kasgate_database_up"] == 1
        assert found["kasgate_writer_commits_total"] >= 4
        assert found["kasgate_writer_queue"] == 0
        assert found["kasgate_http_answers_total{status=201}"] == 3
        assert found["kasgate_session_actor_restarts_total"] == 0
        assert found["kasgate_loop_lag_worst_seconds"] >= found["kasgate_loop_lag_seconds"] >= 0
        assert found["process_resident_memory_bytes"] > 1_000_000


async def test_sockets_and_refused_calls_are_counted() -> None:
    async with a_world(operator_token=TOKEN, rate_limits="session=1") as world:
        session = await world.session(await world.merchant())
        for _ in range(13):
            await world.request("GET", f"/api/v1/sessions/{session['id']}/status")
        async with served(world) as server:
            stream = await server.connect()
            await stream.send_all(
                b"GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            await stream.receive_some(1024)
            found = await samples(world)
            assert found["kasgate_websockets"] == 1
            assert found["kasgate_connections"] >= 1
            assert found["kasgate_connections_ended_total{why=evicted}"] == 0
            assert "kasgate_websockets_dropped_total{why=silent}" not in found
            world.app.sockets.dropped["silent"] += 1
            found = await samples(world)
            assert found["kasgate_websockets_dropped_total{why=silent}"] == 1
            assert found["kasgate_rate_limited_total{limit=session}"] == 3
            assert found["kasgate_http_answers_total{status=101}"] == 1
            assert found["kasgate_http_answers_total{status=429}"] == 3
            await stream.aclose()


async def test_webhook_attempts_are_counted_by_outcome() -> None:
    async with a_world(
        operator_token=TOKEN, webhook_allow_private="127.0.0.0/8", webhook_tail="off"
    ) as world:
        merchant = await world.merchant(webhookUrl="http://127.0.0.1:1/hook")
        await world.session(merchant)
        await eventually(lambda: world.gateway.metrics().webhooks_failed >= 1, within=15)
        found = await samples(world)
        assert found["kasgate_webhook_attempts_total{outcome=failed}"] >= 1
        assert found["kasgate_webhook_attempts_total{outcome=delivered}"] == 0
        assert found["kasgate_webhooks_pending"] == 1
        assert found["kasgate_webhook_lanes"] == 1


async def test_queued_writes_are_reported() -> None:
    async with a_world(operator_token=TOKEN) as world:
        merchant = await world.merchant()
        world.store.pause()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.session, merchant)
            await eventually(lambda: world.store.queued_writes > 0)
            assert (await samples(world))["kasgate_writer_queue"] >= 1
            world.store.resume()


async def test_totals_of_the_database_are_cached() -> None:
    async with a_world(operator_token=TOKEN) as world:
        asked = 0
        counts = world.store.counts

        async def counting() -> Counts:
            nonlocal asked
            asked += 1
            return await counts()

        world.store.counts = counting  # type: ignore[method-assign]
        for _ in range(5):
            await samples(world)
        assert asked == 1


async def test_totals_are_absent_while_the_database_fails() -> None:
    async with a_world(operator_token=TOKEN) as world:

        async def refusing() -> Counts:
            raise StoreUnavailable("busy")

        world.store.counts = refusing  # type: ignore[method-assign]
        found = await samples(world)
        assert found["kasgate_node_up"] == 1
        assert "kasgate_merchants" not in found


async def test_only_the_operator_gets_metrics(world: World) -> None:
    await problem_in(await world.request("GET", "/metrics"), 404, "not_found")
    async with a_world(operator_token=TOKEN) as guarded:
        merchant = await guarded.merchant()
        for headers in ({}, {"Authorization": "Bearer wrong"}, key_of(merchant)):
            response = await guarded.request("GET", "/metrics", headers=headers)
            await problem_in(response, 401, "unauthorized")
        for _ in range(12):
            response = await guarded.request("GET", "/metrics", headers={"X-API-Key": TOKEN})
        await problem_in(response, 429)


async def test_without_a_node_node_up_is_zero() -> None:
    async with a_world(operator_token=TOKEN, reachable=False) as world:
        found = await samples(world)
        assert found["kasgate_node_up"] == 0
        assert "kasgate_node_daa_score" not in found
