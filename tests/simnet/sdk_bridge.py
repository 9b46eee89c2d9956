"""The official client in a process of its own, controlled by lines of JSON.

It is asyncio only (kaspa.md §9) and can't run beside Trio. Run it as a module with a port. Each
line on standard input is a request, each line on standard output its answer. Received events are
returned on request.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import kaspa

KEY = "11" * 32


class Bridge:
    # The SDK's stubs declare its coroutines as plain functions, hence Any.
    def __init__(self, client: Any) -> None:
        self.client = client
        self.events: list[Any] = []
        client.add_event_listener("all", self.events.append)

    async def call(self, method: str, request: Any) -> Any:
        function = getattr(self.client, method)
        return await (function() if request is None else function(request))

    async def subscribe(self, event: str, *arguments: Any) -> None:
        if event == "utxos_changed":
            arguments = ([kaspa.Address(text) for text in arguments[0]],)
        await getattr(self.client, f"subscribe_{event}")(*arguments)

    async def take_events(self) -> Any:
        taken = self.events[:]
        del self.events[: len(taken)]
        return [json.loads(json.dumps(event, default=str)) for event in taken]

    async def address(self) -> str:
        return kaspa.PrivateKey(KEY).to_address("simnet").to_string()

    async def pay(self, to: str, sompi: int) -> Any:
        """Build, sign and submit a payment with the test's key, as a wallet does."""
        own = await self.address()
        entries = (await self.client.get_utxos_by_addresses({"addresses": [own]}))["entries"]
        make: Any = kaspa.create_transactions
        made = make(
            network_id="simnet",
            entries=entries,
            change_address=kaspa.Address(own),
            outputs=[kaspa.PaymentOutput(kaspa.Address(to), sompi)],
            priority_fee=0,
        )
        (transaction,) = made["transactions"]
        transaction.sign([kaspa.PrivateKey(KEY)])
        return {"id": transaction.id, "submitted": await transaction.submit(self.client)}


async def main(port: str) -> None:
    client: Any = kaspa.RpcClient(
        url=f"ws://127.0.0.1:{port}", encoding="json", network_id=kaspa.NetworkId("simnet")
    )
    bridge = Bridge(client)
    await client.connect(timeout_duration=5_000)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, *arguments = json.loads(line)
        try:
            answer = {"result": await getattr(bridge, name)(*arguments)}
        except Exception as error:  # noqa: BLE001 - the SDK raises bare Exception; the test decides
            answer = {"error": str(error)}
        print(json.dumps(answer, default=str), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
    # The SDK's threads outlive the interpreter's end and panic; leave without it.
    os._exit(0)
