"""All events of a merchant over the WebSocket, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from actors import event_feed
from kasgate.store.protocol import StoreUnavailable
from tests.web.socket.test_socket import Client, client_of
from tests.web.world import Json, Served, World, a_world, eventually, json_of, key_of, served


@pytest.fixture(params=["on", "off"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A gateway with or without the express lane."""
    async with a_world(express=request.param) as running:
        yield running


@pytest.fixture
async def server(world: World) -> AsyncIterator[Served]:
    async with served(world) as running:
        yield running


async def authenticate(client: Client, merchant: Json) -> Json:
    return await client.ask({"type": "authenticate", "apiKey": merchant["apiKey"]})


async def log_of(world: World, merchant: Json, query: str = "") -> list[Json]:
    response = await world.request("GET", f"/api/v1/events{query}", headers=key_of(merchant))
    found: list[Json] = (await json_of(response))["events"]
    return found


async def test_every_event_of_the_merchant_is_sent_as_in_the_log(server: Served) -> None:
    world = server.world
    merchant, other = await world.merchant(), await world.merchant()
    async with client_of(server) as client:
        answer = await authenticate(client, merchant)
        assert answer == {"type": "authenticated", "merchantId": merchant["id"]}
        await world.session(other)
        session = await world.session(merchant, orderId="1")
        told = [await client.receive()]
        await world.node.pay(session["address"], "10")
        told.append(await client.receive())
        logged = await log_of(world, merchant)
        assert [event["type"] for event in logged] == ["payment.pending", "payment.confirming"]
        assert [event["event"] for event in told] == ["payment.pending", "payment.confirming"]
        assert told == [event | {"type": "event"} for event in logged]
    await eventually(lambda: world.gateway.events.followers == 0)


async def test_a_later_client_gets_the_newest_event_id(server: Served) -> None:
    world = server.world
    merchant = await world.merchant()
    await world.session(merchant)
    (event,) = await log_of(world, merchant)
    async with client_of(server) as client:
        assert (await authenticate(client, merchant))["lastEventId"] == event["id"]


async def test_sessions_can_be_followed_beside_the_feed(server: Served) -> None:
    world = server.world
    merchant = await world.merchant()
    session = await world.session(merchant)
    async with client_of(server) as client:
        await authenticate(client, merchant)
        assert (await client.subscribe(session))["type"] == "session"
        await world.node.pay(session["address"], "10")
        heard = {(await client.receive())["type"] for _ in range(2)}
        assert heard == {"event", "status"}


@pytest.mark.parametrize("key", ["kg_live_unknown", "", None, 7, ["kg_live_x"], "kg_live_ü"])
async def test_a_wrong_key_follows_nothing(server: Served, key: object) -> None:
    async with client_of(server) as client:
        answer = await client.ask({"type": "authenticate", "apiKey": key})
        assert answer == {"type": "error", "message": "Invalid API key"}
    assert server.world.gateway.events.followers == 0


async def test_a_client_can_retry_after_the_log_was_unreadable(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await server.world.merchant()

    async def unreadable(_merchant_id: str) -> str | None:
        raise StoreUnavailable("busy")

    async with client_of(server) as client:
        with monkeypatch.context() as patch:
            patch.setattr(server.world.store, "newest_event_id", unreadable)
            answer = await authenticate(client, merchant)
            assert answer == {"type": "error", "message": "Events can't be read now"}
        assert (await authenticate(client, merchant))["type"] == "authenticated"


async def test_authenticating_twice_sends_each_event_once(server: Served) -> None:
    merchant = await server.world.merchant()
    async with client_of(server) as client:
        await authenticate(client, merchant)
        again = await authenticate(client, merchant)
        assert again == {"type": "error", "message": "Already authenticated"}


async def test_a_replaced_key_closes_its_connections(server: Served) -> None:
    world = server.world
    merchant, other = await world.merchant(), await world.merchant()
    async with client_of(server) as client, client_of(server) as bystander:
        await authenticate(client, merchant)
        await authenticate(bystander, other)
        path = "/api/v1/merchants/me/regenerate-api-key"
        await world.request("POST", path, headers=key_of(merchant))
        assert await client.close_code() == 1008
        assert await bystander.ask({"type": "ping"}) == {"type": "pong"}
    async with client_of(server) as client:
        assert (await authenticate(client, merchant))["type"] == "error"


async def test_a_slow_reader_gets_the_id_to_resume_from(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "QUEUE_LIMIT", 2)
    world = server.world
    merchant = await world.merchant()
    for _ in range(6):
        await world.session(merchant)
    log = [await world.store.event(event["id"]) for event in await log_of(world, merchant)]
    events = [event for event in log if event is not None]
    async with client_of(server) as client:
        await authenticate(client, merchant)
        world.gateway.events.publish(events[:2])
        assert [(await client.receive())["id"] for _ in range(2)] == [e.id for e in events[:2]]
        # All events at once, so that the reader does not run between them.
        world.gateway.events.publish(events[2:5])
        assert await client.receive() == {"type": "missed", "after": events[1].id}
        missed = await log_of(world, merchant, f"?after={events[1].id}")
        assert [event["id"] for event in missed] == [event.id for event in events[2:]]
        world.gateway.events.publish(events[5:])
        assert (await client.receive())["id"] == events[5].id
