"""The clients' requests, how they read responses, and their behaviour after failures."""

from __future__ import annotations

import inspect
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest
import trio

import kasgate.client.asynchronous
import kasgate.client.sync
from kasgate.client import (
    AsyncKasGate,
    Conflict,
    ConnectionFailed,
    Forbidden,
    InvalidRequest,
    KasGate,
    KasGateError,
    NotFound,
    Price,
    ProblemError,
    Retries,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
)
from tests.client.scripted import EVENT, LOG, SESSION, SUMMARY, Scripted, answer, problem

ID: str = SESSION["id"]  # type: ignore[assignment]
LOST = httpx.ReadError("the connection broke")


def asked(*replies: httpx.Response | Exception) -> Scripted:
    return Scripted(list(replies))


def test_a_session_is_asked_for_and_read():
    gateway = asked(answer(201, SESSION))
    session = gateway.client().sessions.create(
        "12.5", order_id="A-1", description="Two cups", expires_in=900
    )
    (request,) = gateway.requests
    assert (request.method, str(request.url)) == (
        "POST",
        "https://pay.example/gate/api/v1/sessions",
    )
    assert request.headers["X-API-Key"] == "kg_live_k"
    assert gateway.body() == {
        "amount": "12.5", "orderId": "A-1", "description": "Two cups", "expiresIn": 900,
    }  # fmt: skip
    assert session.amount_sompi == 1_250_000_000
    assert session.expires_at == datetime(2025, 10, 9, 9, 23, 20, tzinfo=UTC)
    assert session.fiat is None


@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        ("0.5", "0.5"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.00000001"), "0.00000001"),
        (Price("19.99", "EUR"), {"value": "19.99", "currency": "EUR"}),
    ],
)
def test_an_amount_travels_as_text(amount: Any, sent: object):
    gateway = asked(answer(201, SESSION))
    gateway.client().sessions.create(amount)
    assert gateway.body()["amount"] == sent


@pytest.mark.parametrize("amount", [10, 0.1, None, True])
def test_an_amount_that_could_mean_two_things_is_refused_before_it_travels(amount: Any):
    gateway = asked(answer(201, SESSION))
    with pytest.raises(TypeError, match="text or as Decimal"):
        gateway.client().sessions.create(amount)
    assert not gateway.requests


def test_an_id_is_one_part_of_the_path_whatever_is_in_it():
    gateway = asked(problem(404, "not_found"))
    with pytest.raises(NotFound):
        gateway.client().sessions.get("../merchants/me?x=")
    assert gateway.requests[0].url.raw_path.endswith(b"/sessions/..%2Fmerchants%2Fme%3Fx%3D")
    with pytest.raises(ValueError, match="id is needed"):
        gateway.client().sessions.get("..")


def test_none_clears_a_field_and_what_is_not_given_is_not_sent():
    profile = {"id": "mer_1", "name": "N", "nextAddressIndex": 3}
    times = {"createdAt": SESSION["createdAt"], "updatedAt": SESSION["createdAt"]}
    gateway = asked(answer(200, profile | times))
    gateway.client().merchants.update(webhook_url=None, embed_origins=["https://shop.example"])
    assert gateway.requests[0].method == "PATCH"
    assert gateway.body() == {"webhookUrl": None, "embedOrigins": ["https://shop.example"]}


def test_a_logo_travels_as_it_is():
    profile = {"id": "mer_1", "name": "N", "nextAddressIndex": 3, "logoUrl": "/logos/ab.png"}
    times = {"createdAt": SESSION["createdAt"], "updatedAt": SESSION["createdAt"]}
    gateway = asked(answer(200, profile | times), answer(200, profile | times))
    assert gateway.client().merchants.set_logo(b"\x89PNG").logo_url == "/logos/ab.png"
    (request,) = gateway.requests
    assert (request.method, request.url.path) == ("PUT", "/gate/api/v1/merchants/me/logo")
    assert request.content == b"\x89PNG"
    assert request.headers["Content-Type"] == "application/octet-stream"
    gateway.client().merchants.remove_logo()
    assert gateway.requests[1].method == "DELETE"


# Errors.


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (413, InvalidRequest),
        (422, InvalidRequest),
        (429, TooManyRequests),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_a_problem_is_an_exception_of_its_kind(status: int, kind: type[ProblemError]):
    gateway = asked(problem(status, "some_code"))
    with pytest.raises(kind) as caught:
        gateway.client().sessions.get(ID)
    error = caught.value
    assert (error.status, error.code) == (status, "some_code")
    assert error.request_id == "req_0123456789abcdef"
    assert "It can't be." in str(error)
    assert isinstance(error, KasGateError)


def test_a_validation_error_names_the_fields():
    fields = {"detail": "No.", "code": "validation_failed"}
    details = [{"field": "amount.value", "message": "A price must be above zero."}]
    gateway = asked(answer(400, fields | {"details": details}))
    with pytest.raises(InvalidRequest) as caught:
        gateway.client().sessions.create(Price("0", "EUR"))
    (detail,) = caught.value.details
    assert (detail.field, detail.message) == ("amount.value", "A price must be above zero.")


def test_a_proxy_s_page_is_an_error_with_its_status():
    gateway = asked(httpx.Response(502, html="<h1>Bad gateway</h1>"))
    with pytest.raises(Unavailable) as caught:
        gateway.client().sessions.get(ID)
    assert caught.value.code == "unknown"


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, html="<h1>Welcome</h1>"),
        answer(200, {"id": 5}),
        answer(200, []),
        httpx.Response(301, headers={"Location": "https://elsewhere.example"}),
    ],
)
def test_what_is_not_kasgate_s_is_said_to_be_so(reply: httpx.Response):
    gateway = asked(reply)
    with pytest.raises(UnexpectedAnswer):
        gateway.client().sessions.get(ID)
    assert len(gateway.requests) == 1


def test_the_api_key_is_in_no_repr_and_no_error():
    client = asked(LOST).client()
    assert "kg_live" not in repr(client)
    with pytest.raises(ConnectionFailed) as caught:
        client.merchants.me()
    assert "kg_live" not in str(caught.value)


# Attempts.


def test_a_lost_answer_is_asked_for_again_under_the_same_key():
    gateway = asked(LOST, problem(503, "unavailable"), answer(201, SESSION))
    assert gateway.client().sessions.create("1").id == ID
    first, *others = gateway.keys
    assert first is not None
    assert others == [first, first]
    assert len({request.content for request in gateway.requests}) == 1


def test_each_call_has_a_key_of_its_own_and_the_caller_s_wins():
    gateway = asked(answer(201, SESSION))
    client = gateway.client()
    client.sessions.create("1")
    client.sessions.create("1")
    client.sessions.create("1", idempotency_key="order-7")
    assert len(set(gateway.keys)) == 3
    assert gateway.keys[2] == "order-7"


def test_the_attempts_are_bounded_and_the_last_error_is_told():
    gateway = asked(LOST)
    with pytest.raises(ConnectionFailed, match="the connection broke"):
        gateway.client(Retries(attempts=3, first_pause_s=0)).sessions.create("1")
    assert len(gateway.requests) == 3


def test_what_must_not_be_done_twice_is_not_tried_twice():
    gateway = asked(LOST)
    for act in (
        lambda client: client.merchants.regenerate_api_key(),
        lambda client: client.merchants.create("N", "kpub…"),
        lambda client: client.merchants.regenerate_webhook_secret(),
    ):
        gateway.requests.clear()
        with pytest.raises(ConnectionFailed):
            act(gateway.client())
        assert gateway.keys == [None]


def test_a_call_that_was_never_sent_is_tried_again():
    gateway = asked(httpx.ConnectError("refused"), answer(200, {"apiKey": "kg_live_new"}))
    assert gateway.client().merchants.regenerate_api_key() == "kg_live_new"


def test_a_refusal_is_not_argued_with():
    gateway = asked(problem(404, "session_not_found"))
    with pytest.raises(NotFound):
        gateway.client().sessions.get(ID)
    assert len(gateway.requests) == 1


def test_it_waits_as_long_as_it_is_told(monkeypatch: pytest.MonkeyPatch):
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    gateway = asked(
        problem(429, "too_many_requests", Retry_After="7"),
        problem(503, "unavailable"),
        answer(201, SESSION),
    )
    gateway.client(Retries()).sessions.create("1")
    assert slept[0] == 7
    assert 0.25 <= slept[1] <= 0.5


async def test_the_asynchronous_client_waits_without_blocking(autojump_clock: object):
    gateway = asked(problem(429, "too_many_requests", Retry_After="20"), answer(201, SESSION))
    started = trio.current_time()
    await gateway.async_client(Retries()).sessions.create("1")
    assert trio.current_time() - started == pytest.approx(20, abs=0.1)


# Lists.


def test_sessions_are_gone_through_by_cursor():
    pages = [
        answer(200, {"sessions": [SUMMARY, SUMMARY], "total": 3, "nextCursor": "c2"}),
        answer(200, {"sessions": [SUMMARY], "total": 3}),
    ]
    gateway = asked(*pages)
    since = datetime(2025, 10, 9, 10, tzinfo=timezone(timedelta(hours=2)))
    found = list(gateway.client().sessions.list(status="pending", created_from=since, limit=2))
    assert [session.amount_sompi for session in found] == [1_250_000_000] * 3
    first, second = (dict(request.url.params) for request in gateway.requests)
    assert first == {"status": "pending", "createdFrom": "2025-10-09T08:00:00.000Z", "limit": "2"}
    assert second == first | {"startingAfter": "c2"}


def test_a_list_is_fetched_only_as_far_as_it_is_read():
    gateway = asked(answer(200, {"sessions": [SUMMARY, SUMMARY], "nextCursor": "more"}))
    found = gateway.client().sessions.list(limit=2)
    assert not gateway.requests
    next(found), next(found)
    assert len(gateway.requests) == 1


def test_events_are_gone_through_from_the_last_one_known():
    def event(number: int) -> dict[str, Any]:
        return EVENT | {"deliveryId": f"evt_{number}"}

    gateway = asked(
        answer(200, {"events": [event(1), event(2)], "hasMore": True, "nextCursor": "evt_2"}),
        answer(200, {"events": [event(3)], "hasMore": False, "nextCursor": "evt_3"}),
    )
    found = gateway.client().events.list(after="evt_0", event_type="payment.confirmed", limit=2)
    assert [one.id for one in found] == ["evt_1", "evt_2", "evt_3"]
    afters = [request.url.params["after"] for request in gateway.requests]
    assert afters == ["evt_0", "evt_2"]


def test_webhook_logs_are_gone_through_by_cursor_with_their_filters():
    gateway = asked(
        answer(200, {"logs": [LOG, LOG], "nextCursor": "whl_2"}),
        answer(200, {"logs": [], "nextCursor": "whl_9"}),
        answer(200, {"logs": [LOG]}),
    )
    found = gateway.client().webhook_logs.list(
        event=("payment.late", "payment.expired"), order_id="A-1", amount_from=5, limit=2
    )
    assert len(list(found)) == 3
    first, second, third = (dict(request.url.params) for request in gateway.requests)
    assert first == {
        "event": "payment.late,payment.expired", "orderId": "A-1", "amountFrom": "5", "limit": "2",
    }  # fmt: skip
    assert second == first | {"startingAfter": "whl_2"}
    assert third == first | {"startingAfter": "whl_9"}


def test_all_payments_of_a_session_are_fetched_page_by_page():
    payment = {
        "txId": "a", "index": 0, "amount": "1", "amountSompi": "100000000", "state": "accepted",
    }  # fmt: skip
    gateway = asked(
        answer(200, {"payments": [payment], "paymentsTotal": 2, "nextCursor": 0}),
        answer(200, {"payments": [payment | {"index": 1}], "paymentsTotal": 2}),
    )
    found = list(gateway.client().sessions.payments(ID))
    assert [one.index for one in found] == [0, 1]
    first, second = (request.url for request in gateway.requests)
    assert first.path == f"/gate/api/v1/sessions/{ID}/payments"
    assert dict(first.params) == {"limit": "100"}
    assert dict(second.params) == {"limit": "100", "after": "0"}


def test_sessions_are_filtered_by_what_came():
    gateway = asked(answer(200, {"sessions": []}))
    found = gateway.client().sessions.list(paid_state="over", late=False, needs_attention=True)
    assert not list(found)
    (request,) = gateway.requests
    assert dict(request.url.params) == {
        "paidState": "over", "late": "false", "needsAttention": "true", "limit": "100",
    }  # fmt: skip


def test_a_time_without_zone_is_the_caller_s_mistake():
    with pytest.raises(ValueError, match="time zone"):
        asked(answer()).client().sessions.list(created_from=datetime(2025, 1, 1))  # noqa: DTZ001


# The clients themselves.


def test_both_clients_have_the_same_calls():
    def surface(module: Any) -> dict[str, list[str]]:
        found = {}
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__:
                for call, function in inspect.getmembers(kind, inspect.isfunction):
                    key = f"{name.removeprefix('Async')}.{call.strip('_').removeprefix('a')}"
                    found[key] = list(inspect.signature(function).parameters)
        return found

    assert surface(kasgate.client.sync) == surface(kasgate.client.asynchronous)


def test_the_environment_names_gateway_and_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("KASGATE_URL", raising=False)
    assert repr(KasGate()) == "KasGate('http://127.0.0.1:3001')"
    monkeypatch.setenv("KASGATE_URL", "https://pay.example/")
    assert repr(AsyncKasGate()) == "AsyncKasGate('https://pay.example')"


@pytest.mark.parametrize("url", ["pay.example", "ftp://pay.example", "https://"])
def test_a_url_that_is_none_is_refused(url: str):
    with pytest.raises(ValueError, match="no http"):
        KasGate(url)


def test_importing_the_client_brings_none_of_the_gateway():
    script = "import sys, kasgate.client; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "httpx" in loaded
    assert not loaded & {"actors", "web", "trio", "quart", "hypercorn", "bip32", "wallycore"}
    ours = {name for name in done.stdout.split() if name.startswith("kasgate.")}
    allowed = {
        "client", "currency", "evolving", "json_text", "kaspa", "money", "sessions", "webhook"
    }  # fmt: skip
    assert {name.split(".")[1] for name in ours} <= allowed
    of_sessions = {name.split(".")[2] for name in ours if name.startswith("kasgate.sessions.")}
    assert of_sessions <= {"session", "observations", "payments", "ledger", "valuation"}
    assert not {name for name in ours if name.startswith("kasgate.kaspa.")} - {"kasgate.kaspa.utxo"}
