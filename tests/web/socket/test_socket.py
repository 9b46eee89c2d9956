"""The WebSocket in both lanes, over real sockets: its messages, their receivers and their
wording."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket

from kasgate.kaspa.utxo import Outpoint
from kasgate.merchant import Merchant
from kasgate.money import parse_kas
from kasgate.sessions.ledger import SHOWN
from kasgate.sessions.observations import MempoolSeen
from kasgate.sessions.payments import MempoolSighting
from kasgate.sessions.session import SIGHTING_LINGER_MS
from kasgate.store.protocol import StoreUnavailable
from tests.web.world import UNKNOWN_ID, Json, Served, World, a_world, eventually, json_of, served


class Client:
    """A client of ``/ws``."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self._connection = connection

    async def send(self, message: object) -> None:
        raw = message if isinstance(message, str | bytes) else msgspec.json.encode(message).decode()
        await self._connection.send_message(raw)

    async def receive(self) -> Json:
        with trio.fail_after(60):
            message: Json = msgspec.json.decode(await self._connection.get_message())
            return message

    async def ask(self, message: object) -> Json:
        await self.send(message)
        return await self.receive()

    async def subscribe(self, session: Json) -> Json:
        return await self.ask(
            {
                "type": "subscribe",
                "sessionId": session["id"],
                "token": session["subscriptionToken"],
            }
        )

    async def close_code(self) -> int:
        """The close code of the server. Ignores all messages before it."""
        with trio.fail_after(60):
            while True:
                try:
                    await self._connection.get_message()
                except ConnectionClosed as closed:
                    return -1 if closed.reason is None else int(closed.reason.code)


@asynccontextmanager
async def client_of(server: Served, **options: Any) -> AsyncIterator[Client]:
    async with open_websocket("127.0.0.1", server.port, "/ws", use_ssl=False, **options) as ws:
        yield Client(ws)


@pytest.fixture(params=["on", "off"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A gateway with or without the express lane."""
    async with a_world(express=request.param) as running:
        yield running


@pytest.fixture
async def server(world: World) -> AsyncIterator[Served]:
    async with served(world) as running:
        yield running


@pytest.fixture
async def session(world: World) -> Json:
    return await world.session(await world.merchant(), requiredConfirmations=3)


async def test_a_payment_is_followed_from_subscription_to_confirmation(
    server: Served, session: Json
) -> None:
    node = server.world.node
    async with client_of(server) as client:
        snapshot = await client.subscribe(session)
        assert snapshot.pop("serverTime").endswith("Z")
        assert snapshot == {
            "type": "session",
            "id": session["id"],
            "status": "pending",
            "confirmations": 0,
            "requiredConfirmations": 3,
            "address": session["address"],
            "amount": "1000000000",
            "expiresAt": session["expiresAt"],
            "receivedSompi": "0",
            "remainingSompi": "1000000000",
            "dueSompi": "1000000000",
            "dueSurplusSompi": "0",
            "paidState": "none",
            "late": False,
            "cancelled": False,
            "payments": [],
            "merchantName": "Bean There",
            "network": "simnet",
            "delayed": False,
        }
        await node.pay(session["address"], "4")
        news = await client.receive()
        assert (news["type"], news["status"], news["paidState"]) == ("status", "pending", "partial")
        tx_id = await node.pay(session["address"], "6")
        news = await client.receive()
        assert [(p["amount"], p["state"]) for p in news.pop("payments")] == [
            ("4", "accepted"),
            ("6", "accepted"),
        ]
        assert news == {
            "type": "status",
            "sessionId": session["id"],
            "status": "confirming",
            "confirmations": 0,
            "requiredConfirmations": 3,
            "txId": tx_id,
            "receivedSompi": "1000000000",
            "remainingSompi": "0",
            "dueSompi": "0",
            "dueSurplusSompi": "0",
            "paidState": "exact",
            "late": False,
            "cancelled": False,
            "delayed": False,
        }
        await node.advance(1)
        assert await client.receive() == {
            "type": "confirmations",
            "sessionId": session["id"],
            "confirmations": 1,
            "required": 3,
        }
        await node.advance(5)
        news = await client.receive()
        assert (news["status"], news["confirmations"]) == ("confirmed", 3)


async def test_a_payment_in_the_mempool_is_pushed_as_seen_and_not_counted(
    server: Served, session: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = server.world.gateway
    in_mempool = MempoolSighting(Outpoint("ab" * 32, 1), parse_kas("10"), gateway.clock())
    async with client_of(server) as client:
        await client.subscribe(session)
        gateway._supervisor.observe(session["id"], MempoolSeen((in_mempool,)))
        news = await client.receive()
        assert (news["type"], news["status"], news["receivedSompi"]) == ("status", "pending", "0")
        (seen,) = news["payments"]
        assert seen.pop("seenAt").endswith("Z")
        assert seen == {
            "txId": "ab" * 32,
            "index": 1,
            "amount": "10",
            "amountSompi": "1000000000",
            "confirmations": 0,
            "state": "seen",
            "credited": False,
            "late": False,
        }
        read = await server.world.read(session)
        assert [payment["state"] for payment in read["payments"]] == ["seen"]
        assert (await client.subscribe(session))["payments"] == read["payments"]

        gateway._supervisor.observe(session["id"], MempoolSeen(()))
        lingering = await client.receive()
        assert [payment["state"] for payment in lingering["payments"]] == ["seen"]
        later = gateway.clock() + SIGHTING_LINGER_MS
        monkeypatch.setattr(gateway, "payment_clock", lambda: later)
        assert (await server.world.read(session))["payments"] == []
        stored = await server.world.store.session(session["id"])
        assert stored is not None
        assert stored.version == 0, "nothing was stored since it was made"


async def test_only_the_newest_of_very_many_payments_are_sent(
    server: Served, session: Json
) -> None:
    for _ in range(SHOWN + 5):
        await server.world.node.pay(session["address"], "0.01")
    with trio.fail_after(60):
        while True:
            read = await server.world.read(session)
            if read.get("paymentsTotal") == SHOWN + 5:
                break
            await trio.sleep(0.01)
    assert read["receivedSompi"] == str((SHOWN + 5) * 1_000_000)
    async with client_of(server) as client:
        told = await client.subscribe(session)
    assert told["payments"] == read["payments"]
    assert len(read["payments"]) == SHOWN
    assert told["paymentsTotal"] == SHOWN + 5


async def test_cancellation_and_expiry_are_pushed(server: Served, session: Json) -> None:
    async with client_of(server) as client:
        await client.subscribe(session)
        await server.world.gateway.cancel_session(session["id"])
        assert (await client.receive())["status"] == "expired"


async def test_a_read_token_works_and_subscribing_again_sends_a_snapshot(
    server: Served, session: Json
) -> None:
    path = f"/api/v1/sessions/{session['id']}/token"
    token = (await json_of(await server.world.request("POST", path)))["token"]
    async with client_of(server) as client:
        for _ in range(3):
            snapshot = await client.ask(
                {"type": "subscribe", "sessionId": session["id"], "token": token}
            )
            assert snapshot["type"] == "session"


async def test_after_unsubscribing_nothing_more_is_sent(server: Served, session: Json) -> None:
    async with client_of(server) as client:
        await client.subscribe(session)
        await client.send({"type": "unsubscribe", "sessionId": session["id"]})
        assert await client.ask({"type": "ping"}) == {"type": "pong"}
        await server.world.node.pay(session["address"], "10")
        with trio.move_on_after(0.3):
            pytest.fail(f"told {await client.receive()}")


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("no json", "Invalid message format"),
        ("[]", "Invalid message format"),
        ("null", "Invalid message format"),
        ("", "Invalid message format"),
        (b"\x00\x01", "Invalid message format"),
        (b"", "Invalid message format"),
        ("{}", "Invalid message format"),
        ('{"type": 5}', "Invalid message format"),
        ('{"type": "\\ud800"}', "Invalid message format"),
        ("[" * 3000, "Invalid message format"),
        ('{"type": "dance"}', "Unknown message type: dance"),
        ('{"type": "subscribe"}', "Subscription requires sessionId and token"),
        (
            '{"type": "subscribe", "sessionId": 1, "token": "x"}',
            "Subscription requires sessionId and token",
        ),
        (
            '{"type": "subscribe", "sessionId": "x", "token": ""}',
            "Subscription requires sessionId and token",
        ),
        ('{"type": "subscribe", "sessionId": "x", "token": "y"}', "Session not found"),
        (
            f'{{"type": "subscribe", "sessionId": "{UNKNOWN_ID}", "token": "y"}}',
            "Session not found",
        ),
    ],
)
async def test_errors_are_sent_and_the_socket_stays_open(
    server: Served, message: str | bytes, answer: str
) -> None:
    async with client_of(server) as client:
        told = await client.ask(message)
        assert (told["type"], told["message"]) == ("error", answer)
        assert await client.ask({"type": "ping"}) == {"type": "pong"}


async def test_a_token_of_another_session_is_refused(server: Served, session: Json) -> None:
    other = await server.world.session(await server.world.merchant())
    async with client_of(server) as client:
        for token in (other["subscriptionToken"], session["subscriptionToken"][:-1], "ü", "1.x"):
            told = await client.ask(
                {"type": "subscribe", "sessionId": session["id"], "token": token}
            )
            assert told == {
                "type": "error",
                "message": "Invalid subscription token",
                "sessionId": session["id"],
            }


async def test_a_client_that_keeps_sending_errors_is_closed(server: Served, session: Json) -> None:
    async with client_of(server) as client:
        for _ in range(3):
            for _ in range(19):
                assert (await client.ask("rubbish"))["type"] == "error"
            assert (await client.subscribe(session))["type"] == "session"
        for _ in range(20):
            assert (await client.ask("rubbish"))["type"] == "error"
        assert await client.close_code() == 1008


async def test_pings_and_unsubscribes_do_not_reset_the_error_count(
    server: Served, session: Json
) -> None:
    async with client_of(server) as client:
        assert (await client.subscribe(session))["type"] == "session"
        for _ in range(20):
            assert await client.ask({"type": "ping"}) == {"type": "pong"}
            await client.send({"type": "unsubscribe", "sessionId": session["id"]})
            assert (await client.ask("rubbish"))["type"] == "error"
        assert await client.close_code() == 1008


# Limits shared with HTTP


LANES = ("on", "off")


@asynccontextmanager
async def metered(express: str, **rates: int) -> AsyncIterator[Served]:
    """A gateway with these rates and a clock that stands still, so that only a burst is
    admitted."""
    text = ",".join(f"{name}={rate}" for name, rate in rates.items())
    async with a_world(express=express, rate_limits=text) as world, served(world) as server:
        world.app.limits.clock = lambda: 1_000.0
        yield server


@pytest.mark.parametrize("express", LANES)
async def test_wrong_tokens_and_keys_are_failures_of_the_address(express: str) -> None:
    async with metered(express, failures=60) as server:
        world = server.world
        merchant = await world.merchant()
        session = await world.session(merchant)
        guess = {"type": "subscribe", "sessionId": session["id"], "token": "a guess"}
        async with client_of(server) as client:
            for _ in range(5):
                assert (await client.ask(guess))["message"] == "Invalid subscription token"
        async with client_of(server) as client:
            for number in range(5):
                key = f"kg_live_{number:043}"
                told = await client.ask({"type": "authenticate", "apiKey": key})
                assert told["message"] == "Invalid API key"
            await client.send(guess)
            assert await client.close_code() == 1008
        assert world.app.limits.refused["failures"] == 1
        # The limits are shared with HTTP. Valid credentials are still accepted.
        wrong = {"X-API-Key": "kg_live_guess"}
        answer = await world.request("GET", "/api/v1/merchants/me", headers=wrong)
        async with client_of(server) as client:
            assert (await client.subscribe(session))["type"] == "session"
            told = await client.ask({"type": "authenticate", "apiKey": merchant["apiKey"]})
            assert told["type"] == "authenticated"
    assert answer.status_code in (401, 429)


@pytest.mark.parametrize("express", LANES)
async def test_an_expired_token_is_not_a_guess(express: str) -> None:
    async with metered(express, failures=60) as server:
        world = server.world
        session = await world.session(await world.merchant())
        token = world.gateway.vault.read_token(session["id"], 1)
        stale = {"type": "subscribe", "sessionId": session["id"], "token": token}
        for _ in range(3):
            async with client_of(server) as client:
                for _ in range(8):
                    assert (await client.ask(stale))["message"] == "Invalid subscription token"
        assert world.app.limits.refused == {}


@pytest.mark.parametrize("express", LANES)
async def test_messages_count_as_calls_of_the_address_and_subscriptions_for_the_session(
    express: str,
) -> None:
    async with metered(express, polls=90, session=60) as server:
        world = server.world
        merchant = await world.merchant()
        one, other = await world.session(merchant), await world.session(merchant)
        async with client_of(server) as client:
            for _ in range(10):
                assert (await client.subscribe(one))["type"] == "session"
            refused = await client.subscribe(one)
            assert refused["message"] == "Too many subscriptions. Wait a moment"
            assert (await client.subscribe(other))["type"] == "session"
            # The handshake, twelve subscriptions and two of these messages are a burst of fifteen.
            assert await client.ask({"type": "ping"}) == {"type": "pong"}
            assert await client.ask({"type": "ping"}) == {"type": "pong"}
            told = await client.ask({"type": "ping"})
            assert told["message"] == "Too many messages. Wait a moment"
            for _ in range(19):
                await client.send({"type": "ping"})
            assert await client.close_code() == 1008


@pytest.mark.parametrize("express", LANES)
async def test_an_authenticated_clients_messages_count_for_the_merchant(express: str) -> None:
    async with metered(express, merchant=72, polls=60) as server:
        merchant = await server.world.merchant()
        async with client_of(server) as client:
            key = {"type": "authenticate", "apiKey": merchant["apiKey"]}
            assert (await client.ask(key))["type"] == "authenticated"
            for _ in range(11):
                assert await client.ask({"type": "ping"}) == {"type": "pong"}
            told = await client.ask({"type": "ping"})
            assert told["message"] == "Too many messages. Wait a moment"
        answer = await server.world.request(
            "GET", "/api/v1/merchants/me", headers={"X-API-Key": merchant["apiKey"]}
        )
        assert answer.status_code == 429


async def test_subscriptions_of_a_merchant_or_address_are_bounded(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = server.world
    one, other = await world.merchant(), await world.merchant()
    sessions = [await world.session(merchant) for merchant in (one, one, one, other, other)]
    limits = world.app.sockets.limits
    limits.feeds.per_tenant = 1
    limits._by_merchant.per_tenant, limits._by_address.per_tenant = 2, 3
    async with client_of(server) as client, client_of(server) as second:
        told = [(await client.subscribe(session))["type"] for session in sessions]
        assert told == ["session", "session", "error", "session", "error"]
        assert (await client.subscribe(sessions[0]))["type"] == "session"
        await client.send({"type": "unsubscribe", "sessionId": sessions[0]["id"]})
        assert (await client.subscribe(sessions[2]))["type"] == "session"
        key = {"type": "authenticate", "apiKey": one["apiKey"]}
        assert (await client.ask(key))["type"] == "authenticated"
        refused = await second.ask(key)
        assert refused["message"] == "Too many connections follow the events of this merchant"
    await eventually(lambda: limits._by_address.held == limits._by_merchant.held == 0)
    await eventually(lambda: limits.feeds.held == limits.sockets.held == 0)
    async with client_of(server) as client:
        assert (await client.ask(key))["type"] == "authenticated"


@pytest.mark.parametrize("message", ["x" * 4097, "ü" * 2049, b"x" * 4097, "x" * 1_000_000])
async def test_frames_over_four_kilobytes_are_refused(server: Served, message: str | bytes) -> None:
    async with client_of(server) as client:
        await client.send(message)
        assert await client.close_code() == 1009
    async with client_of(server) as client:
        padding = "x" * (4096 - len('{"type":"ping","x":""}'))
        assert await client.ask(f'{{"type":"ping","x":"{padding}"}}') == {"type": "pong"}


async def test_one_connection_follows_a_bounded_number_of_sessions(server: Served) -> None:
    merchant = await server.world.merchant()
    sessions = [await server.world.session(merchant) for _ in range(257)]
    async with client_of(server) as client:
        for session in sessions[:256]:
            assert (await client.subscribe(session))["type"] == "session"
        refused = await client.subscribe(sessions[256])
        assert (refused["type"], refused["sessionId"]) == ("error", sessions[256]["id"])
        assert (await client.subscribe(sessions[0]))["type"] == "session"
        await client.send({"type": "unsubscribe", "sessionId": sessions[0]["id"]})
        assert (await client.subscribe(sessions[256]))["type"] == "session"
        await server.world.node.pay(sessions[255]["address"], "10")
        assert (await client.receive())["sessionId"] == sessions[255]["id"]


async def test_updates_during_a_subscription_are_sent_after_its_answer(
    server: Served, session: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No update is missed or sent twice between the read of the state and the answer."""
    world, begun, may_end = server.world, trio.Event(), trio.Event()
    merchant_of = world.gateway.merchants.get

    async def slowly(merchant_id: str) -> Merchant | None:
        begun.set()
        await may_end.wait()
        return await merchant_of(merchant_id)

    async with client_of(server) as client:
        for kas, paid in (("4", "400000000"), ("5", "900000000")):
            with monkeypatch.context() as patched:
                patched.setattr(world.gateway.merchants, "get", slowly)
                token = session["subscriptionToken"]
                await client.send({"type": "subscribe", "sessionId": session["id"], "token": token})
                await begun.wait()
            before = world.gateway.active(session["id"])
            assert before is not None
            await world.node.pay(session["address"], kas)
            await eventually(partial(has_received, world, session, int(paid)))
            may_end.set()
            snapshot, news = await client.receive(), await client.receive()
            assert snapshot["receivedSompi"] == str(before.session.received)
            assert (news["type"], news["receivedSompi"]) == ("status", paid)
            begun, may_end = trio.Event(), trio.Event()
        assert await client.ask({"type": "ping"}) == {"type": "pong"}


def has_received(world: World, session: Json, sompi: int) -> bool:
    view = world.gateway.active(session["id"])
    return view is not None and view.session.received == sompi


async def test_any_page_may_connect(server: Served, session: Json) -> None:
    headers = [("Origin", "https://anywhere.example")]
    async with client_of(server, extra_headers=headers) as client:
        assert (await client.subscribe(session))["type"] == "session"


async def test_an_unreadable_database_is_an_error_that_passes(
    server: Served, session: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refusing(_: str) -> None:
        raise StoreUnavailable("busy")

    async with client_of(server) as client:
        with monkeypatch.context() as patched:
            patched.setattr(server.world.gateway, "session", refusing)
            told = await client.subscribe(session)
            assert told["message"] == "Session can't be read now"
        assert (await client.subscribe(session))["type"] == "session"


async def test_a_client_that_disconnects_leaves_nothing_behind(
    server: Served, session: Json
) -> None:
    app, broker = server.world.app, server.world.gateway.broker
    async with client_of(server) as client:
        await client.subscribe(session)
        assert (len(app.sockets), broker.subscriptions) == (1, 1)
    await eventually(lambda: (len(app.sockets), broker.subscriptions) == (0, 0))


async def test_an_older_state_never_follows_a_newer_one(server: Served, session: Json) -> None:
    """Subscribes and changes the session at the same time, repeatedly. The states that are sent
    never go back."""
    world = server.world
    merchant = await world.merchant()
    order = ["pending", "confirming", "confirmed"]
    for _ in range(10):
        racing = await world.session(merchant, requiredConfirmations=1)
        async with client_of(server) as client, trio.open_nursery() as nursery:
            nursery.start_soon(world.node.pay, racing["address"], "10")
            heard = [(await client.subscribe(racing))["status"]]
            nursery.start_soon(world.node.advance, 2)
            while heard[-1] != "confirmed":
                heard.append((await client.receive()).get("status", heard[-1]))
            assert heard == sorted(heard, key=order.index)
