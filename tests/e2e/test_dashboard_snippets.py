"""The code snippets of the dashboard's Integration page, run as a merchant would. The widget's
snippet is in tests/e2e/browser/merchant.py, which has a page to put it in."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
import trio

from kasgate.webhook import standard_signature
from tests.e2e.rig.gateway import ROOT, free_port, serving
from tests.e2e.rig.shop import Endpoint, client_of, open_shop
from tests.order_histories import a_history, shuffled
from tests.plugins.required_parts import require

SNIPPETS = ROOT / "dashboard/src/pages/snippets.ts"
SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="
BODY = b'{"event":"payment.confirmed","merchantId":"mer_1"}'


async def snippets(url: str, merchant_id: str) -> dict[str, str]:
    """The page's snippets by name, for a gateway and a merchant. Node runs the page's own file."""
    given = f"{json.dumps(url)}, {json.dumps({'id': merchant_id})}"
    program = (
        f"import {{ snippets }} from {json.dumps(SNIPPETS.as_uri())};"
        "const t = (text, values = {}) => text.replace(/{{(\\w+)}}/g, (_, name) => values[name]);"
        f"console.log(JSON.stringify(snippets({given}, t)));"
    )
    command = [str(require("node")), "--experimental-strip-types", "--input-type=module"]
    made = await trio.run_process([*command, "--eval", program], capture_stdout=True)
    return {snippet["name"]: snippet["code"] for snippet in json.loads(made.stdout)}


LANGUAGES = ("curl", "Python", "JavaScript", "PHP")


def command(folder: Path, language: str, code: str) -> list[str]:
    """The command that runs a snippet that creates a session."""
    file = folder / "create.mjs"
    file.write_text(code)
    match language:
        case "curl":
            return ["/bin/sh", str(file)]
        case "Python":
            return [sys.executable, str(file)]
        case "JavaScript":
            return [str(require("node")), str(file)]
        case "PHP":
            return [str(require("php")), str(file)]
        case _:
            raise LookupError(language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_snippet_makes_the_session_of_the_order(tmp_path, nodes, xpubs, language):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "home").mkdir()
    async with client_of(url) as client, serving(tmp_path / "home", nodes=nodes, port=str(port)):
        shop = await open_shop(client, Endpoint(), name="Shop", xpub=xpubs[0])
        code = (await snippets(url, shop.merchant["id"]))[language]
        environment = {**os.environ, "KASGATE_API_KEY": shop.merchant["apiKey"]}
        # A second run requests the same payment.
        answers = [
            (
                await trio.run_process(
                    command(tmp_path, language, code), capture_stdout=True, env=environment
                )
            ).stdout.decode()
            for _ in range(2)
        ]
        listed = await client.get(
            "/api/v1/merchants/me/sessions", headers={"X-API-Key": shop.merchant["apiKey"]}
        )
        (session,) = listed.json()["sessions"]
        assert (session["amount"], session["orderId"]) == ("12.5", "1001")
        assert all(session["id"] in answer for answer in answers)


async def test_a_snippet_says_what_was_refused(tmp_path, nodes):
    """In PHP, where an unchecked response would fail silently."""
    require("php")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "home").mkdir()
    async with serving(tmp_path / "home", nodes=nodes, port=str(port)):
        code = (await snippets(url, "mer_1"))["PHP"]
        run = await trio.run_process(
            command(tmp_path, "PHP", code),
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env={**os.environ, "KASGATE_API_KEY": "kg_live_of-nobody"},
        )
    assert run.returncode != 0
    assert b"API key" in run.stdout + run.stderr


async def test_the_webhook_check_takes_what_is_genuine_and_nothing_else(monkeypatch):
    code = (await snippets("http://127.0.0.1", "mer_1"))["Webhook check"]
    monkeypatch.setenv("KASGATE_WEBHOOK_SECRET", SECRET)
    page: dict[str, Any] = {}
    exec(compile(code, "webhook_check.py", "exec"), page)
    now = int(page["time"].time())

    def headers(at: int, body: bytes = BODY) -> dict[str, str]:
        signature = standard_signature(SECRET, "evt_1", at, body)
        return {
            "webhook-id": "evt_1",
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1,of-another-secret {signature}",
        }

    assert page["read_webhook"](headers(now), BODY)["event"] == "payment.confirmed"
    with pytest.raises(ValueError, match="signature is wrong"):
        page["read_webhook"](headers(now), BODY + b" ")
    with pytest.raises(ValueError, match="is old"):
        page["read_webhook"](headers(now - 301), BODY)
    other = BODY.replace(b"mer_1", b"mer_2")
    with pytest.raises(ValueError, match="another merchant"):
        page["read_webhook"](headers(now, other), other)


DRIVERS = {
    "Python": """
import json, sys
for history in json.load(sys.stdin):
    sessions.clear()
    found = []
    for event in history:
        take(event)
        found.append(state("A-1"))
    print(json.dumps(found))
""",
    "JavaScript": """
import { readFileSync } from "node:fs";
for (const history of JSON.parse(readFileSync(0, "utf8"))) {
  sessions.clear();
  const found = [];
  for (const event of history) {
    take(event);
    found.push(state("A-1"));
  }
  console.log(JSON.stringify(found));
}
""",
    "PHP": """
foreach (json_decode(file_get_contents("php://stdin"), true) as $history) {
    $sessions = [];
    $found = [];
    foreach ($history as $event) {
        take($event);
        $found[] = state("A-1");
    }
    echo json_encode($found), "\\n";
}
""",
}


@pytest.mark.parametrize("language", DRIVERS)
async def test_the_orders_end_the_same_whatever_arrives_when(tmp_path, language):
    """The rule of docs/webhooks.md, with shuffled and repeated webhooks."""
    code = (await snippets("http://127.0.0.1", "mer_1"))[f"Orders ({language})"]
    random = Random(12)
    told = [a_history(random) for _ in range(400)]
    arriving = [shuffled(history.told, random) for history in told]
    ran = await trio.run_process(
        command(tmp_path, language, code + DRIVERS[language]),
        stdin=json.dumps(arriving).encode(),
        capture_stdout=True,
    )
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [states[-1] for states in found] == [history.state for history in told]
    for states in found:
        assert "paid" not in states or set(states[states.index("paid") :]) == {"paid"}
