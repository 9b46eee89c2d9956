"""The code that the dashboard's Integration page hands out, run as whoever copies it would."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from kasgate.webhook import standard_signature
from tests.e2e.gateway import ROOT, free_port, serving
from tests.e2e.shop import Endpoint, client_of, open_shop
from tests.plugins.required_parts import require

SNIPPETS = ROOT / "dashboard/src/pages/snippets.ts"
SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="
BODY = b'{"event":"payment.confirmed","merchantId":"mer_1"}'


async def snippets(url: str, merchant_id: str) -> dict[str, str]:
    """The page's snippets by name, for a gateway and a merchant. Node reads the page's own file."""
    given = f"{json.dumps(url)}, {json.dumps({'id': merchant_id})}"
    program = (
        f"import {{ snippets }} from {json.dumps(SNIPPETS.as_uri())};"
        f"console.log(JSON.stringify(snippets({given})));"
    )
    command = [str(require("node")), "--experimental-strip-types", "--input-type=module"]
    made = await trio.run_process([*command, "--eval", program], capture_stdout=True)
    return {snippet["name"]: snippet["code"] for snippet in json.loads(made.stdout)}


def commands(folder: Path, code: dict[str, str]) -> list[list[str]]:
    """What runs each snippet that makes a session and needs no language that we do not bring."""
    (folder / "create.py").write_text(code["Python"])
    (folder / "create.mjs").write_text(code["JavaScript"])
    return [
        ["/bin/sh", "-c", code["curl"]],
        [sys.executable, str(folder / "create.py")],
        [str(require("node")), str(folder / "create.mjs")],
    ]


async def test_each_snippet_makes_the_session_of_the_order(tmp_path, nodes, xpubs):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "home").mkdir()
    async with client_of(url) as client, serving(tmp_path / "home", nodes=nodes, port=str(port)):
        shop = await open_shop(client, Endpoint(), name="Shop", xpub=xpubs[0])
        environment = {**os.environ, "KASGATE_API_KEY": shop.merchant["apiKey"]}
        answers = []
        for command in commands(tmp_path, await snippets(url, shop.merchant["id"])):
            made = await trio.run_process(command, capture_stdout=True, env=environment)
            answers.append(made.stdout.decode())
        listed = await client.get(
            "/api/v1/merchants/me/sessions", headers={"X-API-Key": shop.merchant["apiKey"]}
        )
        # The same order under the same key, whatever the language: one session.
        (session,) = listed.json()["sessions"]
        assert (session["amount"], session["orderId"]) == ("12.5", "1001")
        assert all(session["id"] in answer for answer in answers)


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
