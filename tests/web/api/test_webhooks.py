"""Webhooks by hand: test the URL, and send failed deliveries again."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest

from kasgate.client.webhooks import verify_webhook
from kasgate.events import DeliveryState
from kasgate.json_text import iso
from kasgate.reports import DeliveryQuery
from tests.receivers import OK, answering, receiving
from tests.web.api.test_reports import until
from tests.web.shape import problem_in
from tests.web.world import World, a_world, json_of, key_of

TEST = "/api/v1/merchants/me/webhook-test"
RETRY = "/api/v1/merchants/me/webhook-logs/retry-failed"
LOOPBACK = "127.0.0.1/32"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"


async def test_a_test_event_is_signed_and_its_answer_returned() -> None:
    async with (
        receiving(answering(OK, GONE)) as server,
        a_world(webhook_allow_private=LOOPBACK) as world,
    ):
        merchant = await world.merchant(webhookUrl=f"http://127.0.0.1:{server.port}/hook")
        headers = key_of(merchant)
        found = await json_of(await world.request("POST", TEST, headers=headers))
        assert found["statusCode"] == 200
        assert found["durationMs"] >= 0
        assert "error" not in found
        (seen,) = server.requests
        body = msgspec.json.decode(seen.body)
        assert (body["type"], body["merchantId"]) == ("webhook.test", merchant["id"])
        assert seen.headers["x-kasgate-event"] == "webhook.test"
        event = verify_webhook(seen.body, seen.headers, merchant["webhookSecret"])
        assert event.event == "webhook.test"

        refused = await json_of(await world.request("POST", TEST, headers=headers))
        assert refused["statusCode"] == 410
        assert "410" in refused["error"]
        page = await world.store.delivery_page(merchant["id"], DeliveryQuery(limit=5))
        assert page.deliveries == ()


async def test_an_unreachable_server_is_an_outcome(world: World) -> None:
    merchant = await world.merchant(webhookUrl="http://127.0.0.2:9/hook")
    found = await json_of(await world.request("POST", TEST, headers=key_of(merchant)))
    assert "statusCode" not in found
    assert found["error"]


async def test_a_test_event_needs_a_webhook_url(world: World) -> None:
    headers = key_of(await world.merchant())
    await problem_in(await world.request("POST", TEST, headers=headers), 409, "no_webhook_url")
    body = {"since": "2026-01-01T00:00:00Z"}
    response = await world.request("POST", RETRY, headers=headers, json=body)
    await problem_in(response, 409, "no_webhook_url")


async def test_failed_deliveries_since_a_time_are_sent_again() -> None:
    async with (
        receiving(answering(GONE, GONE, OK)) as server,
        a_world(webhook_allow_private=LOOPBACK) as world,
    ):
        merchant = await world.merchant(webhookUrl=f"http://127.0.0.1:{server.port}/hook")
        headers = key_of(merchant)

        async def number_of(state: DeliveryState) -> int:
            wanted = DeliveryQuery(limit=5, state=state)
            return (await world.store.delivery_page(merchant["id"], wanted)).total

        async def all_are(state: DeliveryState) -> bool:
            return await number_of(state) == 2

        for _ in range(2):
            await world.session(merchant)
        await until(partial(all_are, DeliveryState.FAILED))
        later = {"since": iso(world.gateway.clock() + 60_000)}
        response = await world.request("POST", RETRY, headers=headers, json=later)
        assert await json_of(response) == {"queued": 0, "hasMore": False}
        earlier = {"since": iso(world.gateway.clock() - 60_000)}
        response = await world.request("POST", RETRY, headers=headers, json=earlier)
        assert await json_of(response) == {"queued": 2, "hasMore": False}
        await until(partial(all_are, DeliveryState.DELIVERED))


@pytest.mark.parametrize("since", ["", "2026-01-01", "2026-01-01T00:00:00", "1", 7, None])
async def test_an_invalid_time_is_a_field_error(world: World, since: object) -> None:
    headers = key_of(await world.merchant())
    response = await world.request("POST", RETRY, headers=headers, json={"since": since})
    await problem_in(response, 400, "validation_failed")
