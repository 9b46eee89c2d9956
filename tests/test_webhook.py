"""Webhook rules: bodies that survive JavaScript, signatures, and the schedule."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from kasgate.access.secrets import new_webhook_secret
from kasgate.json_text import compact_json, iso, payment_fields
from kasgate.sessions.observations import ScoreMoved
from kasgate.sessions.payments import Payment, PaymentState
from kasgate.sessions.session import EventType, Session, SessionEvent
from kasgate.sessions.transitions import opened
from kasgate.webhook import (
    MAX_PAYMENTS_TOLD,
    body,
    headers,
    kasgate_signature,
    next_attempt,
    retry_after_ms,
    standard_signature,
)
from tests.plugins.required_parts import require
from tests.sample_sessions import CREATED_AT, a_session, after, holding, kas, outpoint, seen

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
VECTOR_BODY = (
    b'{"type":"payment.confirmed","timestamp":"2025-01-01T00:00:00Z","data":{"id":"ps_1"}}'
)
TAIL = (300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
NOW = 1_760_000_000_000

ECHO_LINES = """
let rest = "";
process.stdin.setEncoding("utf8").on("data", (chunk) => {
  const lines = (rest + chunk).split("\\n");
  rest = lines.pop();
  for (const line of lines) process.stdout.write(JSON.stringify(JSON.parse(line)) + "\\n");
});
"""


def told(session: Session, event: EventType = EventType.CONFIRMING, at: int = NOW) -> SessionEvent:
    return SessionEvent(event, at, session, 1_006)


def a_payment(number: int, **changes: Any) -> Payment:
    values: dict[str, Any] = {
        "outpoint": outpoint(number),
        "amount": kas(1.5),
        "block_daa_score": 1_001,
        "seen_at": CREATED_AT + number,
        "accepted_at": CREATED_AT,
    }
    return Payment(**(values | changes))


def test_a_new_session_is_told_with_the_fields_of_the_contract_in_their_order() -> None:
    session = a_session(order_id="A-1", metadata={"colour": "blue"})
    assert body(opened(session), "mer_1", "evt_1") == (
        '{"event":"payment.pending","sessionId":"6f1f7a3e-0f5e-4a57-9d5c-000000000001",'
        '"merchantId":"mer_1","amount":"1000000000",'
        '"address":"kaspasim:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s7skwr78y",'
        '"confirmations":0,"orderId":"A-1","metadata":{"colour":"blue"},'
        '"timestamp":"2023-11-14T22:13:20.000Z","deliveryId":"evt_1","sequence":1,"receivedSompi":"0",'
        '"paidState":"none","late":false,"payments":[]}'
    )


def test_a_paid_session_names_its_transaction_and_its_payments() -> None:
    session, events = after(a_session(), seen(1, 4, 1_001), seen(2, 7, 1_003))
    assert events == [EventType.PARTIAL, EventType.CONFIRMING, EventType.OVERPAID]
    told_body = json.loads(body(told(session), "mer_1", "evt_1"))
    assert list(told_body)[4:7] == ["address", "txId", "confirmations"]
    assert told_body["txId"] == f"{2:064x}"
    assert told_body["confirmations"] == 3
    assert told_body["receivedSompi"] == "1100000000"
    assert told_body["paidState"] == "over"
    assert "orderId" not in told_body
    assert "metadata" not in told_body
    assert told_body["payments"][0] == {
        "txId": f"{1:064x}",
        "index": 0,
        "amount": "4",
        "amountSompi": "400000000",
        "state": "accepted",
        "credited": True,
        "late": False,
        "seenAt": iso(CREATED_AT + 1_000),
    }


def test_settled_payments_say_how_deep_they_are() -> None:
    session, _ = after(a_session(), seen(1, 10, 1_001), ScoreMoved(1_011), score=1_011)
    confirmed = json.loads(body(told(session), "mer_1", "evt_1"))["payments"][0]
    assert (confirmed["state"], confirmed["confirmations"]) == ("confirmed", 10)
    withdrawn = holding(a_session(), a_payment(1, state=PaymentState.WITHDRAWN))
    payment = json.loads(body(told(withdrawn), "mer_1", "evt_1"))["payments"][0]
    assert (payment["state"], payment["confirmations"]) == ("withdrawn", 0)


def test_the_confirmations_of_a_payment_follow_the_score_given() -> None:
    session = holding(a_session(), a_payment(1))
    fields = payment_fields(session, session.payments[0], 1_005)
    assert fields["confirmations"] == 4
    assert payment_fields(session, session.payments[0], None)["confirmations"] == 0


def test_a_shower_of_dust_is_cut_to_the_newest_payments_and_counted() -> None:
    session = holding(a_session(), *(a_payment(n) for n in range(MAX_PAYMENTS_TOLD + 5)))
    told_body = json.loads(body(told(session), "mer_1", "evt_1"))
    assert told_body["paymentsTotal"] == MAX_PAYMENTS_TOLD + 5
    assert [p["txId"] for p in told_body["payments"]] == [
        f"{n:064x}" for n in range(5, MAX_PAYMENTS_TOLD + 5)
    ]
    exactly = holding(a_session(), *session.payments[5:])
    assert "paymentsTotal" not in json.loads(body(told(exactly), "mer_1", "evt_1"))


def test_times_are_iso_8601_in_utc_with_milliseconds() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_735_689_600_007) == "2025-01-01T00:00:00.007Z"
    assert iso(4_102_444_799_999) == "2099-12-31T23:59:59.999Z"


RoundTrip = Callable[[str], str]


@pytest.fixture(scope="module")
def javascript() -> Iterator[RoundTrip]:
    """``JSON.stringify(JSON.parse(text))`` in a real engine."""
    with subprocess.Popen(
        [require("node"), "-e", ECHO_LINES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        sent, received = node.stdin, node.stdout

        def round_trip(text: str) -> str:
            sent.write(f"{text}\n")
            sent.flush()
            return received.readline().removesuffix("\n")

        yield round_trip
        sent.close()
        node.wait(timeout=10)


any_text = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(
    [
        "0",
        "7",
        "10",
        "01",
        "-1",
        "1e3",
        "4294967294",
        "4294967295",
        "4294967296",
        "99999999999999999999",
        "__proto__",
        "toString",
        "constructor",
        "",
        "\u2028\u2029\ufeff",
        "\ud83d",
        "\ude00",
        "\ud83d\ude00",
        "😀",
        '"\\/\b\f\n\r\t\x00\x1f\x7f\x80',
        "٣",
    ]
)
bodies = st.builds(
    lambda order_id, metadata, confirmations: body(
        SessionEvent(
            EventType.CONFIRMED,
            NOW,
            holding(a_session(order_id=order_id, metadata=metadata), a_payment(1)),
            confirmations,
        ),
        "mer_1",
        "evt_1",
    ),
    st.none() | any_text,
    st.none() | st.dictionaries(any_text, any_text, max_size=20),
    st.integers(0, 10_000),
)


@given(text=bodies)
@example(text=compact_json({"b": "1", "10": "2", "2": "3", "__proto__": "4", "4294967295": "5"}))
@example(text=compact_json({"\ud83d\ude00": "pair", "a": "\udc00\ud800", "😀": "same key"}))
def test_javascript_reads_and_rewrites_a_body_to_the_same_bytes(
    javascript: RoundTrip, text: str
) -> None:
    assert javascript(text).encode() == text.encode()


@given(text=bodies)
def test_a_body_is_in_the_form_that_the_javascript_standard_prescribes(text: str) -> None:
    assert rewritten_by_the_standard(text).encode() == text.encode()


@given(metadata=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=20))
def test_what_a_merchant_gave_comes_back_as_it_was(metadata: dict[str, str]) -> None:
    session = a_session(order_id="<b>SKU</b>", metadata=metadata)
    told_body = json.loads(body(told(session), "mer_1", "evt_1"))
    assert told_body["metadata"] == metadata
    assert told_body["orderId"] == "<b>SKU</b>"


def rewritten_by_the_standard(text: str) -> str:
    """ECMA-262's JSON.parse and JSON.stringify in plain Python: QuoteJSONString, and the order of
    OrdinaryOwnPropertyKeys."""
    value = json.loads(text)

    def quoted(string: str) -> str:
        units = string.encode("utf-16-le", "surrogatepass")
        short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
        out = []
        for character in units.decode("utf-16-le", "surrogatepass"):
            code = ord(character)
            if code in short:
                out.append(short[code])
            elif code < 0x20 or 0xD800 <= code <= 0xDFFF:
                out.append(f"\\u{code:04x}")
            else:
                out.append(character)
        return '"' + "".join(out) + '"'

    def is_index(key: str) -> bool:
        return key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < 2**32 - 1

    def written(item: Any) -> str:
        if isinstance(item, str):
            return quoted(item)
        if isinstance(item, list):
            return "[" + ",".join(map(written, item)) + "]"
        if isinstance(item, dict):
            keys = sorted(filter(is_index, item), key=int)
            keys += [key for key in item if not is_index(key)]
            return "{" + ",".join(f"{quoted(key)}:{written(item[key])}" for key in keys) + "}"
        if isinstance(item, bool):
            return "true" if item else "false"
        return str(item)

    return written(value)


def test_the_contracts_vector_is_met() -> None:
    assert (
        standard_signature(SECRET, "evt_01JTESTVECTOR0000000000000", 1_735_689_600, VECTOR_BODY)
        == "v1,oa+rFgN7PUJBwGVeYR8ugeFjKSr7Vq0fS4TLUB9CV9A="
    )


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=5_000), st.binary(max_size=50))
@example(b"k" * 64, b"", b"again")
@example(b"k" * 65, b"body", b"again")
def test_signatures_are_hmac_sha256(key: bytes, message: bytes, later: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    for sent in (message, later, message):
        whole = hmac.digest(secret.encode(), sent, hashlib.sha256).hex()
        assert kasgate_signature(secret, sent) == whole
        decoded = hmac.digest(key, b"evt_1.17." + sent, hashlib.sha256)
        assert standard_signature(secret, "evt_1", 17, sent) == (
            "v1," + base64.b64encode(decoded).decode()
        )


def test_the_older_signature_is_keyed_with_the_whole_text_of_the_secret() -> None:
    expected = hmac.new(SECRET.encode(), VECTOR_BODY, hashlib.sha256).hexdigest()
    assert kasgate_signature(SECRET, VECTOR_BODY) == expected
    assert (
        expected
        != hmac.new(
            base64.b64decode(SECRET.removeprefix("whsec_")), VECTOR_BODY, hashlib.sha256
        ).hexdigest()
    )


@given(text=bodies)
def test_standardwebhooks_verifies_every_body(text: str) -> None:
    secret = new_webhook_secret()
    now = time.time_ns() // 1_000_000
    signed = headers([secret], EventType.CONFIRMED, "evt_1", text.encode(), now)
    Webhook(secret).verify(text.encode(), signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_webhook_secret()).verify(text.encode(), signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(text.encode() + b" ", signed)


def test_headers_name_the_event_the_delivery_and_the_moment() -> None:
    signed = headers([SECRET], EventType.LATE, "evt_9", VECTOR_BODY, 1_735_689_600_999)
    assert signed["Content-Type"] == "application/json"
    assert signed["X-KasGate-Event"] == "payment.late"
    assert signed["X-KasGate-Delivery-Id"] == signed["webhook-id"] == "evt_9"
    assert signed["X-KasGate-Timestamp"] == "2025-01-01T00:00:00.999Z"
    assert signed["webhook-timestamp"] == "1735689600"


def test_while_a_secret_is_replaced_receivers_with_either_one_can_verify() -> None:
    new, old = new_webhook_secret(), new_webhook_secret()
    now = time.time_ns() // 1_000_000
    signed = headers([new, old], EventType.CONFIRMED, "evt_1", VECTOR_BODY, now)
    Webhook(new).verify(VECTOR_BODY, signed)
    Webhook(old).verify(VECTOR_BODY, signed)
    assert signed["X-KasGate-Signature"] == kasgate_signature(new, VECTOR_BODY)
    assert signed["webhook-signature"].split(" ")[0] == standard_signature(
        new, "evt_1", now // 1000, VECTOR_BODY
    )


def schedule(tail: tuple[int, ...], jitter: float = 0.0) -> list[int]:
    """The pauses in seconds between attempts."""
    pauses = []
    attempts = 1
    while (again := next_attempt(attempts, NOW, tail, jitter=jitter)) is not None:
        pauses.append((again - NOW) // 1000)
        attempts += 1
    return pauses


def test_five_quick_attempts_then_the_slow_tail_then_no_more() -> None:
    assert schedule(TAIL) == [1, 2, 4, 8, *TAIL]
    assert schedule(()) == [1, 2, 4, 8]
    assert schedule((60,)) == [1, 2, 4, 8, 60]


def test_jitter_moves_the_tail_by_a_tenth_at_most_and_the_quick_attempts_not_at_all() -> None:
    assert schedule((300, 1_000), jitter=1.0) == [1, 2, 4, 8, 330, 1_100]
    assert schedule((300, 1_000), jitter=-1.0) == [1, 2, 4, 8, 270, 900]
    assert schedule((300,), jitter=50.0) == [1, 2, 4, 8, 330]


def test_a_receiver_that_is_gone_gets_no_more_attempts() -> None:
    assert next_attempt(1, NOW, TAIL, status=410) is None
    assert next_attempt(1, NOW, TAIL, status=404) == NOW + 1_000


def test_retry_after_puts_an_attempt_off_but_never_forward_and_adds_none() -> None:
    assert next_attempt(1, NOW, TAIL, status=503, retry_after="120") == NOW + 120_000
    assert next_attempt(4, NOW, TAIL, status=429, retry_after="1") == NOW + 8_000
    assert next_attempt(5, NOW, TAIL, status=503, retry_after="3") == NOW + 300_000
    assert next_attempt(1, NOW, TAIL, retry_after="999999999") == NOW + 86_400_000
    assert next_attempt(1, NOW, TAIL, retry_after="soon") == NOW + 1_000
    assert next_attempt(13, NOW, TAIL, status=503, retry_after="120") is None


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ("0", 0),
        (" 5 ", 5_000),
        ("86401", 86_400_000),
        ("9" * 5_000, 86_400_000),
        ("Thu, 09 Oct 2025 08:54:20 GMT", 60_000),
        ("Thursday, 09-Oct-25 08:54:20 GMT", 60_000),
        ("Thu, 09 Oct 2025 08:53:10 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400_000),
        ("-5", None),
        ("5.5", None),
        ("٣", None),
        ("", None),
        ("never", None),
        ("Thu, 99 Oct 2025 08:54:20 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, milliseconds: int | None) -> None:
    assert datetime.fromtimestamp(NOW // 1000, UTC).isoformat() == "2025-10-09T08:53:20+00:00"
    assert retry_after_ms(value, NOW) == milliseconds


@given(seconds=st.integers(0, 86_400))
def test_both_forms_of_retry_after_mean_the_same(seconds: int) -> None:
    date = datetime.fromtimestamp(NOW // 1000, UTC) + timedelta(seconds=seconds)
    assert retry_after_ms(format_datetime(date, usegmt=True), NOW) == seconds * 1000
    assert retry_after_ms(str(seconds), NOW) == seconds * 1000


@given(value=st.text(max_size=40))
def test_no_retry_after_can_break_the_schedule(value: str) -> None:
    again = next_attempt(1, NOW, TAIL, status=503, retry_after=value)
    assert again is not None
    assert NOW + 1_000 <= again <= NOW + 86_400_000
