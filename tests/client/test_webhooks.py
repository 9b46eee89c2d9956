"""The webhooks that verify_webhook accepts."""

from __future__ import annotations

import pytest

from kasgate.access.secrets import new_webhook_secret
from kasgate.client import WebhookRefused, verify_webhook
from kasgate.sessions.session import EventType, SessionEvent
from kasgate.webhook import body as body_of
from kasgate.webhook import headers as headers_of
from tests.sample_sessions import CREATED_AT, a_session, after, seen

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER = new_webhook_secret()
SENT_S = 1_760_000_000
ID = "evt_01JTESTVECTOR0000000000000"


def a_body() -> bytes:
    session, _ = after(a_session(order_id="A-1", metadata={"table": "5"}), seen(1, 10, 1_001))
    event = SessionEvent(EventType.CONFIRMING, CREATED_AT + 1_000, session, 1_005)
    return body_of(event, "mer_1", ID).encode()


BODY = a_body()


def headers(*secrets: str, body: bytes = BODY) -> dict[str, str]:
    return headers_of(secrets or (SECRET,), EventType.CONFIRMING, ID, body, SENT_S * 1000)


def refusal(body: bytes, given: dict[str, str], secret: object = SECRET, **how: object) -> str:
    with pytest.raises(WebhookRefused) as caught:
        verify_webhook(body, given, secret, **({"now": SENT_S} | how))  # type: ignore[arg-type]
    return str(caught.value)


def test_a_webhook_of_the_gateway_is_read():
    event = verify_webhook(BODY, headers(), SECRET, now=SENT_S + 1)
    assert event.event == "payment.confirming"
    assert event.id == event.delivery_id == ID
    assert (event.amount, event.received_sompi) == (1_000_000_000, 1_000_000_000)
    assert (event.order_id, event.metadata) == ("A-1", {"table": "5"})
    assert event.payments[0].amount_sompi == 1_000_000_000
    assert event.timestamp.tzinfo is not None


def test_what_the_receivers_own_package_believes_is_believed():
    vector = b'{"type":"payment.confirmed","timestamp":"2025-01-01T00:00:00Z","data":{"id":"ps_1"}}'
    given = {
        "Webhook-Id": ID,
        "Webhook-Timestamp": "1735689600",
        "Webhook-Signature": "v1,oa+rFgN7PUJBwGVeYR8ugeFjKSr7Vq0fS4TLUB9CV9A=",
    }
    assert "genuine, but no event" in refusal(vector, given, now=1_735_689_600)


def test_names_of_headers_may_have_any_case():
    given = {name.upper(): value for name, value in headers().items()}
    assert verify_webhook(BODY, given, SECRET, now=SENT_S).id == ID


def test_one_changed_byte_is_noticed():
    for position in range(0, len(BODY), 7):
        changed = bytearray(BODY)
        changed[position] ^= 1
        assert "not that of the secret" in refusal(bytes(changed), headers())


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_what_is_signed_beside_the_body_can_t_be_changed(name: str):
    refusal(BODY, headers() | {name: f"{headers()[name][:-1]}9"})


def test_another_secret_is_not_believed():
    refusal(BODY, headers(), OTHER)


@pytest.mark.parametrize("moved_s", [-301, 301])
def test_an_old_one_is_refused_although_genuine(moved_s: int):
    assert "300 seconds" in refusal(BODY, headers(), now=SENT_S + moved_s)
    assert verify_webhook(BODY, headers(), SECRET, now=SENT_S + moved_s, tolerance_s=301)


def test_while_the_secret_is_replaced_either_side_may_have_either():
    both = headers(OTHER, SECRET)
    for known in (SECRET, OTHER, [OTHER, SECRET], [SECRET, new_webhook_secret()]):
        assert verify_webhook(BODY, both, known, now=SENT_S).id == ID
    assert verify_webhook(BODY, headers(SECRET), [OTHER, SECRET], now=SENT_S).id == ID


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "é" * 8},
        {"webhook-signature": "v1," + "A" * 44},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-id": ""},
    ],
)
def test_headers_that_are_none_are_refused(change: dict[str, str]):
    refusal(BODY, headers() | change)
    refusal(BODY, headers() | change, require_timestamp=False)


def test_the_signature_of_the_body_alone_is_enough_only_if_told():
    """Otherwise anybody who has seen one webhook could strip the other headers and replay it for
    ever."""
    given = {"X-KasGate-Signature": headers()["X-KasGate-Signature"]}
    assert "missing" in refusal(BODY, given)
    years_later = SENT_S + 10**8
    event = verify_webhook(BODY, given, SECRET, require_timestamp=False, now=years_later)
    assert event.id == ID
    refusal(BODY + b" ", given, require_timestamp=False)
    refusal(BODY, {}, require_timestamp=False)


def test_a_secret_that_is_none_is_the_caller_s_mistake():
    with pytest.raises(ValueError, match="base64"):
        verify_webhook(BODY, headers(), "whsec_?", now=SENT_S)
    with pytest.raises(ValueError, match="needed"):
        verify_webhook(BODY, headers(), [])


def test_members_of_a_newer_gateway_do_no_harm():
    newer = BODY.replace(b'{"event"', b'{"mood":"good","event"')
    assert verify_webhook(newer, headers(body=newer), SECRET, now=SENT_S).id == ID
