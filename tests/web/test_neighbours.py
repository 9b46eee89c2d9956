"""One merchant's names that are never resolved do not delay another merchant."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from kasgate.egress.names import LOOKUPS_PER_TENANT
from kasgate.events import DeliveryState
from kasgate.reports import DeliveryQuery
from tests.receivers import OK, answering, receiving
from tests.web.api.test_reports import until
from tests.web.world import a_world, key_of

ME = "/api/v1/merchants/me"


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[bytes]]:
    """The names that were looked up and get no answer before the end of the test."""
    release, asked = threading.Event(), set()
    really = socket.getaddrinfo

    def lookup(host: Any, *how: Any, **named: Any) -> Any:
        name = host.encode() if isinstance(host, str) else host
        if name is not None and name.startswith(b"silent"):
            asked.add(name)
            release.wait(60)
        elif name == b"shop.example":
            host = "127.0.0.1"
        return really(host, *how, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    yield asked
    release.set()


async def test_names_that_never_answer_cost_another_merchant_no_attempt(
    silent: set[bytes], nursery: trio.Nursery
) -> None:
    async with (
        receiving(answering(OK)) as server,
        a_world(webhook_allow_private="127.0.0.1/32", rate_limits="off") as world,
    ):
        evil = await world.merchant()
        for number in range(64):
            changes = {"webhookUrl": f"https://silent{number}.example/"}
            ask = partial(world.request, "PATCH", ME, headers=key_of(evil), json=changes)
            nursery.start_soon(ask)
        await until(partial(_is_full, silent))

        url = f"http://shop.example:{server.port}/"
        honest = await world.merchant(webhookUrl=url)
        for _ in range(5):
            await world.session(honest)

        async def all_arrived() -> bool:
            wanted = DeliveryQuery(limit=10, state=DeliveryState.DELIVERED)
            return (await world.store.delivery_page(honest["id"], wanted)).total == 5

        await until(all_arrived)
        page = await world.store.delivery_page(honest["id"], DeliveryQuery(limit=10))
        assert [line.delivery.attempts for line in page.deliveries] == [1] * 5
        assert len(silent) == LOOKUPS_PER_TENANT
        nursery.cancel_scope.cancel()


async def _is_full(silent: set[bytes]) -> bool:
    await trio.lowlevel.checkpoint()
    return len(silent) >= LOOKUPS_PER_TENANT
