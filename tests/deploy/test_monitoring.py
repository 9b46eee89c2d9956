"""Alert rules and dashboard: parsed by Prometheus itself, and about metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import trio
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.rig.gateway import free_port
from tests.plugins.required_parts import require
from tests.web.world import World, a_world, bytes_of, key_of, served

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
RULES, TESTS = FOLDER / "kasgate.rules.yml", FOLDER / "kasgate.rules.test.yml"
DASHBOARD = FOLDER / "grafana-dashboard.json"
GUIDE = FOLDER.parents[1] / "docs" / "monitoring.md"
TOKEN = "an-operators-token-0123456789"
PATIENCE_S = 60.0
WHERE_BACKUPS_ARE_SCHEDULED = {"kasgate_backup_last_success_timestamp_seconds"}
AT_THE_FIRST_FAILURE = {"kasgate_part_restarts_total"}


def promtool(*arguments: str) -> str:
    done = subprocess.run(
        [require("promtool"), *arguments],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules_text() -> str:
    """The rules without comments and without what they say to people."""
    lines = RULES.read_text().splitlines()
    return "\n".join(line for line in lines if not re.match(r"\s*(#|summary:|action:)", line))


def alerts() -> list[str]:
    return re.findall(r"- alert: (\w+)", RULES.read_text())


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> Iterator[str]:
    """The queries of the panels, with a value for each variable of Grafana."""
    for panel in panels():
        for target in panel.get("targets", ()):
            text = target["expr"].replace("$__rate_interval", "5m").replace("$job", "kasgate")
            text = text.replace("$instance", ".+")
            assert "$" not in text, f"{panel['title']} uses an unknown variable"
            yield text


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:kasgate|process)_[a-z_]+\b", text))


async def metrics_of(world: World) -> set[str]:
    """The names of all samples of a gateway that had something to do."""
    merchant = await world.merchant()
    await world.session(merchant)
    await world.request("GET", "/api/v1/merchants/me", headers=key_of(merchant))
    answer = await world.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = (await bytes_of(answer)).decode()
    return {
        sample.name for family in text_string_to_metric_families(text) for sample in family.samples
    }


async def test_every_metric_of_rules_and_dashboard_exists() -> None:
    used = metrics_in(rules_text()) | metrics_in(" ".join(expressions()))
    async with a_world(operator_token=TOKEN) as world, served(world):
        exposed = await metrics_of(world)
    labelled = {"kasgate_rate_limited_total", "kasgate_websockets_dropped_total"}
    assert "kasgate_node_up" in used
    missing = used - exposed - WHERE_BACKUPS_ARE_SCHEDULED - AT_THE_FIRST_FAILURE - labelled
    assert missing == set()


def test_the_rules_are_valid_and_fire_when_they_have_to() -> None:
    promtool("check", "rules", RULES.name)
    promtool("test", "rules", TESTS.name)


def test_every_alert_has_a_test_and_a_place_in_the_guide() -> None:
    tested, guide = TESTS.read_text(), GUIDE.read_text()
    assert len(alerts()) == len(set(alerts())) > 10
    for alert in alerts():
        assert f"name: {alert}\n" in tested
        assert f"`{alert}`" in guide


def test_events_that_the_rules_name_are_in_the_guide_to_the_log() -> None:
    log = (GUIDE.parent / "logs.md").read_text()
    named = re.findall(r"`([a-z][a-z' ]+ [a-z' ]+)`", RULES.read_text())
    for event in [one for one in named if not one.startswith(("kasgate", "timedatectl"))]:
        assert f"| `{event}` |" in log, event


def test_the_example_configuration_is_valid(tmp_path: Path) -> None:
    for name in ("prometheus.yml", RULES.name):
        shutil.copy(FOLDER / name, tmp_path / name)
    (tmp_path / "kasgate.token").write_text(TOKEN)
    promtool("check", "config", str(tmp_path / "prometheus.yml"))


def test_prometheus_parses_every_query_of_the_dashboard(tmp_path: Path) -> None:
    queries = list(expressions())
    rules = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(queries)]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(queries)} rules found" in promtool("check", "rules", str(file))


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    board = json.loads(DASHBOARD.read_text())
    assert board["id"] is None, "an import gives it a number of its own"
    assert (board["uid"], board["title"]) == ("kasgate", "KasGate")
    assert board["schemaVersion"] >= 41
    variables = {one["name"]: one["type"] for one in board["templating"]["list"]}
    assert variables == {"datasource": "datasource", "job": "query", "instance": "query"}
    numbers = [panel["id"] for panel in panels()]
    assert len(numbers) == len(set(numbers))
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, f"{panel['title']} covers another panel"
        taken |= cells
        if panel["type"] != "row":
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            assert panel["targets"]
            assert panel["fieldConfig"]["defaults"]["unit"]


async def test_prometheus_evaluates_all_rules_on_a_real_gateway(tmp_path: Path) -> None:
    program, port = require("prometheus"), free_port()
    shutil.copy(RULES, tmp_path / RULES.name)
    (tmp_path / "kasgate.token").write_text(TOKEN)
    async with a_world(operator_token=TOKEN) as world, served(world) as server:
        await metrics_of(world)
        text = (FOLDER / "prometheus.yml").read_text()
        text = text.replace("127.0.0.1:3001", f"127.0.0.1:{server.port}").replace("15s", "1s")
        (tmp_path / "prometheus.yml").write_text(text)
        command = [
            str(program),
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        process = await trio.lowlevel.open_process(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                found = await evaluated(client)
        finally:
            process.kill()
            await process.wait()
    assert [rule["name"] for rule in found] == alerts()
    for rule in found:
        assert (rule["health"], rule.get("lastError", "")) == ("ok", ""), rule
    firing = {rule["name"] for rule in found if rule["state"] == "firing"}
    assert firing == set()


async def evaluated(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The rules, once the gateway was scraped and each rule was evaluated after that."""
    rules: list[dict[str, Any]] = []
    with trio.fail_after(PATIENCE_S):
        while True:
            await trio.sleep(0.5)
            try:
                up = (await client.get("/api/v1/query", params={"query": "up"})).json()["data"]
                groups = (await client.get("/api/v1/rules")).json()["data"]["groups"]
            except (httpx.TransportError, ValueError):
                continue
            values = [one["value"][1] for one in up["result"]]
            rules = groups[0]["rules"] if groups else []
            if values == ["1"] and rules and all(one["health"] != "unknown" for one in rules):
                return rules
