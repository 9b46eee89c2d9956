"""How many webhooks a second leave, signed, over HTTP, each attempt logged durably?

An outbox full of deliveries for many merchants is handed to the dispatcher, with the real store
(every attempt is a committed write) and the real way out (checked URLs, kept connections). The
receivers are one other process that listens on a port per merchant and answers 200.

    python -m bench webhooks [--merchants 200] [--deliveries 8000] [--runs 5] [--slow]

Prints the lowest, median and highest run. With ``--slow`` a dead merchant, whose server never
answers, has a hundred deliveries in the same outbox: the others should not notice.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path

import trio
from attrs import evolve

from actors.webhooks import WebhookDispatcher
from bench.report import print_table, spread
from kasgate.clock import system_clock
from kasgate.egress import Answer, Egress
from kasgate.keys import Vault
from kasgate.merchant import Merchant
from kasgate.store.protocol import Store
from kasgate.store.sqlite import open_store
from kasgate.transitions import opened
from kasgate.webhook import body
from tests.store.samples import make_event, make_merchant, make_session

GOAL = 4_000
BRIEF = 100
DEAD_DELIVERIES = 100
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONTENT_LENGTH = re.compile(rb"\r\nContent-Length: ([0-9]+)", re.IGNORECASE)


class QuickReceiver(asyncio.Protocol):
    """Answers each request with 200 as soon as it is complete."""

    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            length = CONTENT_LENGTH.search(self._data, 0, end + 2)
            assert length is not None
            if len(self._data) < (whole := end + 4 + int(length[1])):
                return
            self._data = self._data[whole:]
            self._transport.write(ANSWER)


async def receive(servers: int) -> None:
    """The receivers' process: tell the ports, the last one that of a server that never answers."""
    loop = asyncio.get_running_loop()
    kinds = [QuickReceiver] * servers + [asyncio.Protocol]
    started = [await loop.create_server(kind, "127.0.0.1", 0, backlog=256) for kind in kinds]
    print(*(server.sockets[0].getsockname()[1] for server in started), flush=True)
    await asyncio.Event().wait()


async def fill(store: Store, ports: Sequence[int], deliveries: int) -> list[Merchant]:
    """Merchants, one per port, and an outbox with their deliveries in turn."""
    merchants = []
    for port in ports:
        merchant = make_merchant(webhook_url=f"http://127.0.0.1:{port}/hooks/kasgate")
        await store.add_merchant(merchant)
        merchants.append(merchant)
    numbers = iter(range(deliveries))

    async def add() -> None:
        for number in numbers:
            await add_event(store, merchants[number % len(merchants)], number)

    async with trio.open_nursery() as nursery:
        for _ in range(256):
            nursery.start_soon(add)
    return merchants


async def add_event(store: Store, merchant: Merchant, number: int) -> None:
    """One session, and with it one delivery."""
    session = make_session(merchant, number, created_at=system_clock())
    event = make_event(session, at=system_clock())
    payload = body(opened(session), merchant.id, event.id)
    await store.add_session(session, evolve(event, payload=payload), deliver=True)


async def deliver(path: Path, ports: Sequence[int], deliveries: int, *, slow: bool) -> float:
    """Deliver everything once; deliveries a second."""
    async with open_store(path, Vault.generate()) as store:
        merchants: dict[str, Merchant] = {}

        async def lookup(merchant_id: str) -> Merchant | None:
            """From memory, as the gateway has them."""
            return merchants.get(merchant_id)

        arrived = itertools.count(1)
        complete = trio.Event()
        egress = Egress((ip_network("127.0.0.0/8"),))

        async def post(url: str, headers: Mapping[str, str], content: bytes) -> Answer:
            answer = await egress.post(url, headers, content)
            assert answer.status == 200
            if next(arrived) == deliveries:
                complete.set()
            return answer

        dispatcher = WebhookDispatcher(store, post, lookup, system_clock, ())
        store.on_outbox(dispatcher.enqueue)
        merchants |= {m.id: m for m in await fill(store, ports[:-1], deliveries)}
        if slow:
            merchants |= {m.id: m for m in await fill(store, ports[-1:], DEAD_DELIVERIES)}
        async with trio.open_nursery() as nursery:
            begin = time.perf_counter()
            await nursery.start(dispatcher.run)
            await complete.wait()
            # The last attempts are under way to the log.
            while dispatcher.delivered < deliveries:  # noqa: ASYNC110 (it tells nobody)
                await trio.sleep(0.001)
            took = time.perf_counter() - begin
            nursery.cancel_scope.cancel()
        return deliveries / took


def measure(merchants: int, deliveries: int, *, slow: bool) -> float:
    """One run against a fresh receivers' process."""
    command = [sys.executable, "-m", "bench.webhooks", "--receive", str(merchants)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receivers:
        try:
            assert receivers.stdout is not None
            ports = [int(port) for port in receivers.stdout.readline().split()]
            with tempfile.TemporaryDirectory() as directory:
                path = Path(directory, "bench.db")
                return trio.run(lambda: deliver(path, ports, deliveries, slow=slow))
        finally:
            receivers.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--merchants", type=int, default=200)
    parser.add_argument("--deliveries", type=int, default=8_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slow", action="store_true", help="with a dead merchant among them")
    parser.add_argument("--receive", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.receive is not None:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(receive(wanted.receive))
        return
    rates = [
        measure(wanted.merchants, wanted.deliveries, slow=wanted.slow) for _ in range(wanted.runs)
    ]
    print(
        f"{wanted.deliveries:,} deliveries to {wanted.merchants:,} merchants"
        f"{', one of them dead' if wanted.slow else ''}, {wanted.runs} runs\n"
    )
    print_table(
        ["deliveries/s, lowest / median / highest", "goal", "brief"],
        [[spread(rates), f"{GOAL:,}", str(BRIEF)]],
    )


if __name__ == "__main__":
    main()
