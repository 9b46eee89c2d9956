"""Shops written for the ancestor: the integration snippets of its document, unchanged, against this
gateway. The widget's embedding is a story of tests/e2e/browser."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from kasgate.money import parse_kas
from tests.e2e.rig.gateway import ROOT, free_port, serving
from tests.e2e.rig.shop import Endpoint, client_of, eventually, open_shop
from tests.plugins.required_parts import require

SNIPPETS = ROOT / "tests/data/ancestor"
# Parts that the document leaves to its reader: Express, the signature check, and a memory.
EXPRESS = """
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
const handlers = new Map(), processed = new Set(), WEBHOOK_SECRET = process.env.WEBHOOK_SECRET;
const app = { post: (path, handler) => handlers.set(path, handler) };
const verifySignature = (body, signature, secret) => signature ===
  createHmac("sha256", secret).update(JSON.stringify(body)).digest("hex");
const isProcessed = async (id) => processed.has(id);
const markProcessed = async (id) => { processed.add(id); };
const fulfillOrder = async (id) => { console.log(`fulfilled ${id}`); };
const cancelOrder = async (id) => { console.log(`cancelled ${id}`); };
createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => { text += piece; });
  request.on("end", () => {
    const res = {
      status: (code) => { response.statusCode = code; return res; },
      send: (body) => { console.log(`${response.statusCode} ${body}`); response.end(body); },
    };
    handlers.get(request.url)({ headers: request.headers, body: JSON.parse(text) }, res);
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
"""
HOST = """
const given = globalThis.fetch;
globalThis.fetch = (url, options) =>
  given(url.replace("https://kasgate.example.com", process.env.GATEWAY), options);
"""


def script(folder: Path, name: str, *parts: str) -> list[str]:
    """A Node module made of these parts; returns the command that runs it."""
    file = folder / name
    file.write_text("\n".join(parts))
    return [str(require("node")), str(file)]


@asynccontextmanager
async def receiver(folder: Path, port: int, secret: str) -> AsyncIterator[list[str]]:
    """The document's webhook handler as a server; yields the lines that it prints."""
    handler = (SNIPPETS / "webhook.js").read_text()
    # The document awaits in a function that is not async, which Node refuses.
    handler = handler.replace("(req, res) =>", "async (req, res) =>")
    process = await trio.lowlevel.open_process(
        script(folder, "webhook.mjs", EXPRESS, handler),
        stdout=subprocess.PIPE,
        env={**os.environ, "PORT": str(port), "WEBHOOK_SECRET": secret},
    )
    lines: list[str] = []

    async def read() -> None:
        assert process.stdout is not None
        rest = b""
        async for data in process.stdout:
            *whole, rest = (rest + bytes(data)).split(b"\n")
            lines.extend(line.decode() for line in whole)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        try:
            yield lines
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()


async def test_a_shop_of_the_ancestor_takes_an_order_and_fulfils_it(
    tmp_path, network, nodes, xpubs
):
    port, shop_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "home").mkdir()
    endpoint = Endpoint(url=f"http://127.0.0.1:{shop_port}/webhooks/kasgate")
    async with client_of(url) as client, serving(tmp_path / "home", nodes=nodes, port=str(port)):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        async with receiver(tmp_path, shop_port, endpoint.secret) as lines:
            create = (SNIPPETS / "create.js").read_text()
            made = await trio.run_process(
                script(
                    tmp_path, "create.mjs", HOST, create, "console.log(JSON.stringify(session))"
                ),
                capture_stdout=True,
                env={**os.environ, "GATEWAY": url, "KASGATE_API_KEY": shop.merchant["apiKey"]},
            )
            session = json.loads(made.stdout)
            assert session["amount"] == "10.5"
            network.pay(session["address"], parse_kas("10.5"))
            await eventually(lambda: "fulfilled ORDER-123" in lines)
            assert "401 Invalid signature" not in lines
