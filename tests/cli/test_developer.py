"""`kasgate listen`, `trigger` and `events`, against a real gateway on a simulated network."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from attrs import frozen

from kasgate.access.secrets import new_webhook_secret
from kasgate.client import Event, KasGate, NewMerchant, verify_webhook
from kasgate.sessions.session import EventType
from tests.cli.conftest import Kasgate
from tests.cli.processes import Command, running
from tests.e2e.rig.gateway import free_port
from tests.vectors import vectors

KEYS = list(dict.fromkeys(vector["kpub"] for vector in vectors("kpubs")))
PATIENCE_S = 60.0
Arrived = tuple[bytes, dict[str, str]]


@frozen
class Account:
    """A gateway and one of its merchants."""

    url: str
    merchant: NewMerchant
    gateway: Command

    @property
    def environ(self) -> dict[str, str]:
        return {"KASGATE_URL": self.url, "KASGATE_API_KEY": self.merchant.api_key}

    def client(self) -> KasGate:
        return KasGate(self.url, self.merchant.api_key)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A gateway in test mode, on a simulated network that makes blocks."""
    ports = ("--wrpc-json", "127.0.0.1:0", "--control", "127.0.0.1:0")
    with running("simnet", *ports) as network:
        environ = {
            "KASGATE_NETWORK": "simnet",
            "KASGATE_NODES": network.line("wrpc-json "),
            "KASGATE_SIMNET_CONTROL": network.line("control "),
            "KASGATE_DATA_DIR": str(tmp_path_factory.mktemp("gateway")),
            "KASGATE_PORT": "0",
            "KASGATE_REGISTRATION": "open",
            "KASGATE_LOG": "json",
        }
        with running("serve", environ=environ) as gateway:
            url = json.loads(gateway.logged('"gateway ready"'))["url"]
            gateway.logged('"node link live"')
            with KasGate(url) as stranger:
                merchant = stranger.merchants.create("Bean There", KEYS[0])
            yield Account(url, merchant, gateway)


@pytest.fixture
def developer(account: Account, kasgate: Kasgate, monkeypatch: pytest.MonkeyPatch) -> Kasgate:
    """Runs commands as that merchant."""
    for name, text in account.environ.items():
        monkeypatch.setenv(name, text)
    return kasgate


@contextmanager
def a_server(status: int = 204) -> Iterator[tuple[str, Queue[Arrived]]]:
    """The developer's server; its webhook URL, and its requests."""
    arrived: Queue[Arrived] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.put((body, dict(self.headers)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/webhooks", arrived
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def listening(account: Account, url: str, *arguments: str) -> Iterator[Command]:
    """`kasgate listen` once it is connected."""
    with running("listen", "--forward-to", url, *arguments, environ=account.environ) as command:
        command.line("Listening.")
        yield command


def next_event(arrived: Queue[Arrived], secret: str) -> Event:
    body, headers = arrived.get(timeout=PATIENCE_S)
    return verify_webhook(body, headers, secret)


def test_events_arrive_as_the_webhooks_of_the_gateway(account: Account):
    with a_server() as (url, arrived), listening(account, url) as command:
        secret = command.line("signed with ")
        assert secret.startswith("whsec_")
        with account.client() as kasgate:
            session = kasgate.sessions.create("3", order_id="A-1", metadata={"10": "x", "a": "é"})
            kasgate.sessions.cancel(session.id)
            first, second = next_event(arrived, secret), next_event(arrived, secret)
            assert [first.event, second.event] == ["payment.pending", "payment.expired"]
            assert (first.session_id, first.order_id) == (session.id, "A-1")
            assert kasgate.events.get(first.id) == first, "the same as the log has"
        assert f"{first.id}  {session.id}  → 204" in command.logged_out(first.id)
        command.signal(signal.SIGINT)
        assert command.exit_code() == 130


def test_the_body_is_the_log_s_byte_for_byte(account: Account):
    with a_server() as (url, arrived), listening(account, url):
        with account.client() as kasgate:
            kasgate.sessions.create("3", metadata={"10": "x", "2": "y", "ü": "\u2028"})
        body, _ = arrived.get(timeout=PATIENCE_S)
    fields = json.loads(body)
    again = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    assert body.decode() == again
    assert list(fields)[:3] == ["event", "sessionId", "merchantId"]
    assert list(fields["metadata"]) == ["2", "10", "ü"], "as JavaScript orders them"


def test_it_signs_with_the_secret_that_is_given(account: Account):
    secret = new_webhook_secret()
    with a_server() as (url, arrived), listening(account, url, "--secret", secret):
        with account.client() as kasgate:
            session = kasgate.sessions.create("3")
        assert next_event(arrived, secret).session_id == session.id


def test_a_server_that_fails_is_told_and_holds_nothing_up(account: Account):
    with a_server(500) as (url, arrived), listening(account, url) as command:
        with account.client() as kasgate:
            session = kasgate.sessions.create("3")
            kasgate.sessions.cancel(session.id)
        arrived.get(timeout=PATIENCE_S)
        arrived.get(timeout=PATIENCE_S)
        assert "500 (not a 2xx)" in command.logged_out("payment.expired")
        with pytest.raises(Empty):
            arrived.get(timeout=0.3)


def test_it_begins_where_it_is_told_to(account: Account):
    secret = new_webhook_secret()
    with account.client() as kasgate:
        session = kasgate.sessions.create("3")
        kasgate.sessions.cancel(session.id)
        first, second = kasgate.events.list(session_id=session.id)
    with (
        a_server() as (url, arrived),
        listening(account, url, "--after", first.id, "--secret", secret),
    ):
        assert next_event(arrived, secret).id == second.id


def test_without_a_server_the_line_says_so(account: Account):
    with listening(account, "127.0.0.1:1/hook") as command:
        with account.client() as kasgate:
            kasgate.sessions.create("3")
        assert "not delivered" in command.logged_out("payment.pending")


def test_events_can_be_listed_from_both_ends(account: Account, developer: Kasgate):
    with account.client() as kasgate:
        session = kasgate.sessions.create("3", order_id="LISTED")
        kasgate.sessions.cancel(session.id)
    code, out, err = developer("events", "list", "--limit", "2")
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert "payment.pending" in first
    assert "payment.expired" in second
    assert first.endswith(f"{session.id}  LISTED")
    first_id = first.split()[2]
    _, out, _ = developer("events", "list", "--after", first_id, "--json")
    (line,) = out.splitlines()
    assert json.loads(line)["event"] == "payment.expired"
    _, out, _ = developer("events", "list", "--session", session.id, "--type", "payment.pending")
    assert len(out.splitlines()) == 1


def test_a_webhook_can_be_sent_again(account: Account, developer: Kasgate):
    code, _, err = developer("events", "resend", "evt_nothing")
    assert code == 1
    assert "no event with this id" in err
    with account.client() as kasgate:
        event = next(iter(kasgate.events.list(limit=1)))
    code, _, err = developer("events", "resend", event.id)
    assert code == 1
    assert "webhookUrl" in err, "there is nowhere to send it"


@pytest.mark.parametrize("event", list(EventType))
def test_every_event_can_be_triggered(developer: Kasgate, event: EventType):
    code, out, err = developer("trigger", event.value, "--order-id", "T-1")
    assert (code, err) == (0, "")
    head, *events = out.splitlines()
    session_id = head.split()[1]
    assert "payment.pending" in events[0]
    assert event.value in events[-1]
    assert all(session_id in line and line.endswith("T-1") for line in events)


@pytest.mark.parametrize("command", [["events", "list"], ["trigger", "payment.pending"]])
def test_what_goes_wrong_is_one_sentence(kasgate: Kasgate, account: Account, command: list[str]):
    code, out, err = kasgate(*command)
    assert (code, out) == (2, "")
    assert "KASGATE_API_KEY" in err
    code, _, err = kasgate(*command, "--api-key", "kg_live_wrong", "--url", account.url)
    assert code == 1
    assert err == (
        "kasgate: The gateway does not know this API key. See KASGATE_API_KEY and --api-key.\n"
    )
    code, _, err = kasgate(*command, "--api-key", "kg_live_x", "--url", "gopher://x")
    assert code == 2
    code, _, err = kasgate(*command, "--api-key", "kg_live_x", "--url", "http://127.0.0.1:1")
    assert code == 1
    assert "Is the gateway running there?" in err
    assert len(err.splitlines()) == 1


def test_a_gateway_that_restarts_is_followed_on(tmp_path: Path):
    """Events in between are caught up, and none arrives twice."""
    environ = {
        "KASGATE_NETWORK": "simnet",
        "KASGATE_NODES": "ws://127.0.0.1:1",
        "KASGATE_DATA_DIR": str(tmp_path),
        "KASGATE_REGISTRATION": "open",
        "KASGATE_PORT": str(free_port()),
        "KASGATE_LOG": "json",
    }
    secret = new_webhook_secret()
    with running("serve", environ=environ) as gateway:
        url = json.loads(gateway.logged('"gateway ready"'))["url"]
        with KasGate(url) as stranger:
            merchant = stranger.merchants.create("Bean There", KEYS[1])
        account = Account(url, merchant, gateway)
        with account.client() as kasgate:
            before = kasgate.sessions.create("3")
        with (
            a_server() as (server, arrived),
            listening(account, server, "--secret", secret) as command,
        ):
            with account.client() as kasgate:
                kasgate.sessions.cancel(before.id)
            assert next_event(arrived, secret).session_id == before.id
            gateway.signal(signal.SIGTERM)
            assert gateway.exit_code() == 0
            command.line("The connection was lost")
            with running("serve", environ=environ) as again:
                again.logged('"gateway ready"')
                with account.client() as kasgate:
                    after = kasgate.sessions.create("4")
                found = next_event(arrived, secret)
                assert (found.session_id, found.event) == (after.id, "payment.pending")
                with pytest.raises(Empty):
                    arrived.get(timeout=0.5)
