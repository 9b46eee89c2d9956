"""Health checks, as a load balancer, the operator and a stranger see them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from kasgate.store.engine import connect_writer
from kasgate.store.migrate import migrate
from kasgate.store.protocol import Counts, StoreUnavailable
from tests.web.world import ScriptedNode, World, a_world, json_of

TOKEN = "an-operators-token-0123456789"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


async def test_a_healthy_gateway_reports_ok(world: World) -> None:
    alive = await json_of(await world.request("GET", "/health"))
    assert alive.keys() == {"status", "timestamp"}
    assert alive["status"] == "ok"
    assert await json_of(await world.request("GET", "/health/live")) == {"alive": True}
    ready = await world.request("GET", "/health/ready")
    assert (ready.status_code, await json_of(ready)) == (200, {"ready": True})
    detailed = await json_of(await world.request("GET", "/health/detailed"))
    assert detailed.keys() == {"status", "network", "paymentMode", "timestamp", "checks"}
    assert (detailed["status"], detailed["network"]) == ("ok", "simnet")
    assert detailed["paymentMode"] == "kaspa"
    checks = {"database", "rpc", "kaspaApi", "sessions", "rates", "backup"}
    assert detailed["checks"].keys() == checks
    assert detailed["checks"]["backup"] == {"status": "not configured"}
    assert detailed["checks"]["rates"] == {"status": "not configured"}
    assert detailed["checks"]["kaspaApi"] == {"status": "not configured"}
    assert detailed["checks"]["rpc"]["daaScore"] == 1_001


async def test_without_a_node_it_serves_but_is_not_ready() -> None:
    async with a_world(reachable=False) as world:
        assert (await world.request("GET", "/health")).status_code == 200
        assert (await world.request("GET", "/health/live")).status_code == 200
        ready = await world.request("GET", "/health/ready")
        answer = await json_of(ready)
        assert (ready.status_code, answer["ready"]) == (503, False)
        assert "node" in answer["error"]
        detailed = await json_of(await world.request("GET", "/health/detailed"))
        assert detailed["status"] == "degraded"
        assert detailed["checks"]["rpc"]["status"] == "degraded"
        assert ScriptedNode.url not in str(detailed)


async def test_a_failing_store_makes_it_unhealthy(world: World) -> None:
    merchant = await world.merchant()
    world.store.fail_next(StoreUnavailable("disk full"))
    await world.request(
        "POST",
        "/api/v1/sessions",
        json={"amount": "1"},
        headers={"X-API-Key": merchant["apiKey"]},
    )
    ready = await world.request("GET", "/health/ready")
    assert ready.status_code == 503
    assert "database" in (await json_of(ready))["error"]
    detailed = await json_of(await world.request("GET", "/health/detailed"))
    assert detailed["status"] == "unhealthy"
    assert "disk full" not in str(detailed)


async def test_numbers_and_addresses_are_for_the_operator() -> None:
    async with a_world(operator_token=TOKEN) as world:
        await world.session(await world.merchant())
        told = await json_of(await world.request("GET", "/health/detailed", headers=OPERATOR))
        checks = told["checks"]
        assert checks["sessions"] == {
            "status": "ok",
            "open": 1,
            "failedActors": 0,
            "restartedActors": 0,
            "active": 1,
        }
        assert checks["database"]["merchants"] == 1
        assert checks["rpc"]["url"] == ScriptedNode.url
        (node,) = checks["rpc"]["nodes"]
        assert (node["url"], node["state"], node["followed"]) == (ScriptedNode.url, "fit", True)
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-API-Key": TOKEN}):
            response = await world.request("GET", "/health/detailed", headers=headers)
            checks = (await json_of(response))["checks"]
            assert checks["sessions"] == {"status": "ok"}
            assert not {"url", "nodes"} & checks["rpc"].keys()


async def test_guessing_the_operators_token_is_refused_and_health_is_not() -> None:
    async with a_world(operator_token=TOKEN) as world:
        world.app.limits.clock = lambda: 1_000.0

        async def ask(path: str = "/health/detailed", token: str = "") -> int:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return (await world.request("GET", path, headers=headers)).status_code

        guesses = [await ask(token=f"a guess number {number}") for number in range(12)]
        assert guesses == [200] * 10 + [429] * 2
        # Now nobody learns whether a token is right, here or at /metrics.
        assert await ask(token=TOKEN) == 429
        assert await ask("/metrics", token=TOKEN) == 429
        for path in ("/health", "/health/live", "/health/ready", "/health/detailed"):
            assert await ask(path) == 200
        assert world.app.limits.refused["failures"] == 4


async def test_an_operator_is_not_blocked_by_a_guessing_neighbour() -> None:
    async with a_world(operator_token=TOKEN) as world:
        world.app.limits.clock = lambda: 1_000.0
        assert (await world.request("GET", "/metrics", headers=OPERATOR)).status_code == 200
        for _ in range(12):
            guess = {"Authorization": "Bearer a guess of a neighbour"}
            refused = await world.request("GET", "/metrics", headers=guess)
        assert refused.status_code == 429
        for path in ("/metrics", "/health/detailed"):
            assert (await world.request("GET", path, headers=OPERATOR)).status_code == 200


async def test_without_a_token_in_the_settings_there_is_no_operator(world: World) -> None:
    for token in ("", "None", "null"):
        headers = {"Authorization": f"Bearer {token}"}
        detailed = await json_of(await world.request("GET", "/health/detailed", headers=headers))
        assert "open" not in detailed["checks"]["sessions"]


async def test_counts_are_cached_for_a_second() -> None:
    async with a_world(operator_token=TOKEN) as world:
        asked = 0
        counts = world.store.counts

        async def counting() -> Counts:
            nonlocal asked
            asked += 1
            return await counts()

        world.store.counts = counting  # type: ignore[method-assign]
        for _ in range(20):
            await world.request("GET", "/health/detailed", headers=OPERATOR)
        assert asked <= 2


async def test_health_answers_without_counts_of_the_database() -> None:
    async with a_world(operator_token=TOKEN) as world:

        async def refusing() -> Counts:
            raise StoreUnavailable("busy")

        world.store.counts = refusing  # type: ignore[method-assign]
        response = await world.request("GET", "/health/detailed", headers=OPERATOR)
        assert response.status_code == 200
        assert "active" not in (await json_of(response))["checks"]["sessions"]


async def test_failing_backups_are_shown_to_the_operator_with_the_reason(tmp_path: Path) -> None:
    with closing(connect_writer(tmp_path / "kasgate.db")) as connection:
        migrate(connection)
    home = str(tmp_path)
    async with a_world(operator_token=TOKEN, data_dir=home, backup_dir=home) as world:
        answer = await json_of(await world.request("GET", "/health/detailed"))
        assert (answer["status"], answer["checks"]["backup"]) == ("ok", {"status": "ok"})
        world.gateway.backups._note_failure("There is no space left.")
        shown = await json_of(await world.request("GET", "/health/detailed"))
        assert shown["status"] == "degraded"
        assert shown["checks"]["backup"] == {
            "status": "degraded",
            "message": "Backups fail, or the newest one is too old.",
        }
        told = await json_of(await world.request("GET", "/health/detailed", headers=OPERATOR))
        assert told["checks"]["backup"]["detail"] == "There is no space left."
        assert told["checks"]["gateway"]["warnings"] == [
            "Backups need attention: There is no space left."
        ]
        metrics = await (await world.request("GET", "/metrics", headers=OPERATOR)).get_data(
            as_text=True
        )
        assert 'kasgate_backups_total{outcome="failed"}' in metrics
