"""Webhooks: the body of an event, its signatures, and the retry schedule (contract.md §8).

Nothing here sends: ``actors/webhooks/dispatcher.py`` does, through ``kasgate/egress/client.py``.
"""

from __future__ import annotations

import base64
import hashlib
from binascii import b2a_base64
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kasgate.json_text import (
    JsonValue,
    in_javascript_order,
    iso,
    ordered_json,
    valued_payment_fields,
)

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

    # Importing merchants also loads the cryptography of their keys, which the client does not need.
    from kasgate.merchant import Merchant
    from kasgate.sessions.session import Session, SessionEvent

MAX_PAYMENTS_TOLD: Final = 10
"""A body with more payments than this carries the newest, and ``paymentsTotal`` gives their number.
Anybody may send dust to an address, and bodies are kept for good."""

QUICK_DELAYS_S: Final = (0, 1, 2, 4, 8)
"""Seconds before each of the first five attempts, counted from the preceding failure."""

TAIL_JITTER: Final = 0.1
"""The largest change of a delay in the slow tail, in either direction, as a fraction of it. It
spreads the retries that follow one outage."""

RETRY_AFTER_LIMIT_MS: Final = 24 * 3_600_000
"""A receiver can't postpone a delivery by more than this."""

GONE: Final = 410
"""The status with which a receiver refuses all further attempts of a delivery."""

SECRETS_STARTED: Final = 1_024
"""The most secrets whose part of a signature is kept, to be continued with each body."""

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 (a prefix, not a secret)
_MAX_RETRY_AFTER_DIGITS: Final = 12


def body(event: SessionEvent, merchant_id: str, delivery_id: str) -> str:
    """The body of the webhook for an event: flat, compact JSON (contract.md §8).

    It stays the same through all attempts, and equals ``JSON.stringify(JSON.parse(body))``.
    Unsettled payments have no ``confirmations`` of their own in it, because the number would be
    out of date on arrival; the session's number is there.
    """
    session = event.session
    fields: dict[str, JsonValue] = {
        "event": event.type.value,
        "sessionId": session.id,
        "merchantId": merchant_id,
        "amount": str(session.amount),
        "address": session.address,
    }
    if session.tx_id is not None:
        fields["txId"] = session.tx_id
    fields["confirmations"] = event.confirmations
    if session.order_id is not None:
        fields["orderId"] = session.order_id
    if session.metadata is not None:
        # The only object whose keys are not ours.
        fields["metadata"] = in_javascript_order(session.metadata)
    fields["timestamp"] = iso(event.at)
    fields["deliveryId"] = delivery_id
    fields["sequence"] = event.sequence
    fields["receivedSompi"] = str(session.received)
    fields["paidState"] = session.paid_state.value
    fields["late"] = session.late
    fields["payments"] = _payments_told(session)
    if session.payments_total > MAX_PAYMENTS_TOLD:
        fields["paymentsTotal"] = session.payments_total
    return ordered_json(fields)


def _payments_told(session: Session) -> list[JsonValue]:
    told: list[JsonValue] = []
    for payment in session.ledger.newest(MAX_PAYMENTS_TOLD):
        fields = valued_payment_fields(session, payment, None)
        if not payment.is_settled:
            del fields["confirmations"]
        told.append(fields)
    return told


def kasgate_signature(secret: str, body: bytes) -> str:
    """``X-KasGate-Signature``: lower-case hex HMAC-SHA256 of the body. The key is the whole text of
    the secret, prefix included."""
    return _digest(_started(secret.encode()), body).hex()


def standard_signature(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """One ``webhook-signature`` of the Standard Webhooks specification: ``v1,`` and the base64
    HMAC-SHA256 of ``id.timestamp.body``. The key is the decoded secret."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp_s, body)
    digest = _digest(_standard(secret), signed)
    return "v1," + b2a_base64(digest, newline=False).decode()


_BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


# ``hmac.digest`` lets go of the interpreter's lock at each call, and gets it back only when the
# writer's thread waits: beside a busy writer it takes three times as long as these two hashes.
@lru_cache(maxsize=SECRETS_STARTED)
def _started(key: bytes) -> tuple[Hash, Hash]:
    """Both hashes of HMAC-SHA256 (RFC 2104 §2), each begun with its form of the key."""
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    key = key.ljust(_BLOCK_BYTES, b"\0")
    return hashlib.sha256(key.translate(_INNER)), hashlib.sha256(key.translate(_OUTER))


@lru_cache(maxsize=SECRETS_STARTED)
def _standard(secret: str) -> tuple[Hash, Hash]:
    return _started(base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True))


def _digest(started: tuple[Hash, Hash], message: bytes) -> bytes:
    inner, outer = started[0].copy(), started[1].copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


def headers(
    secrets: Sequence[str], event: str, delivery_id: str, body: bytes, at_ms: int
) -> dict[str, str]:
    """All headers of one attempt, made at a unix time in milliseconds.

    ``secrets`` is newest first. While a secret is being replaced there are two:
    ``webhook-signature`` then carries a signature by each, ``X-KasGate-Signature`` one by the
    newest.
    """
    timestamp_s = at_ms // 1000
    return {
        "Content-Type": "application/json",
        "User-Agent": "KasGate-Webhooks/1",
        "X-KasGate-Signature": kasgate_signature(secrets[0], body),
        "X-KasGate-Event": str(event),
        "X-KasGate-Timestamp": iso(at_ms),
        "X-KasGate-Delivery-Id": delivery_id,
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(
            [standard_signature(secret, delivery_id, timestamp_s, body) for secret in secrets]
        ),
    }


def signing_secrets(merchant: Merchant, now: int) -> tuple[str, ...]:
    """The secrets that a merchant's deliveries are signed with at a unix time in milliseconds,
    newest first."""
    previous, until = merchant.previous_webhook_secret, merchant.previous_secret_until
    if previous is None or until is None or now >= until:
        return (merchant.webhook_secret,)
    return (merchant.webhook_secret, previous)


def is_success(status: int) -> bool:
    """Any 2xx. A redirect is a failure (contract.md §8)."""
    return 200 <= status <= 299  # noqa: PLR2004 (HTTP statuses)


def next_attempt(
    attempts: int,
    failed_at: int,
    tail: Sequence[int],
    *,
    status: int | None = None,
    retry_after: str | None = None,
    jitter: float = 0.0,
) -> int | None:
    """The time of the next attempt after a failed one, unix milliseconds; None to give up.

    ``attempts`` counts the attempts made, at least 1. ``failed_at`` is the time of the last
    failure, unix milliseconds. ``tail`` holds the delays of the slow tail in seconds; ``jitter`` is
    a random number from -1 to 1 that shifts them. ``status`` and ``retry_after`` come from the
    receiver's answer, if there was one: 410 ends the attempts at once, and ``Retry-After`` may
    postpone the next one by up to a day. Neither makes it earlier or adds an attempt.
    """
    if status == GONE:
        return None
    if attempts < len(QUICK_DELAYS_S):
        delay_ms = QUICK_DELAYS_S[attempts] * 1000
    elif attempts - len(QUICK_DELAYS_S) < len(tail):
        stretch = 1 + TAIL_JITTER * max(-1.0, min(1.0, jitter))
        delay_ms = round(tail[attempts - len(QUICK_DELAYS_S)] * 1000 * stretch)
    else:
        return None
    if retry_after is not None:
        delay_ms = max(delay_ms, retry_after_ms(retry_after, failed_at) or 0)
    return failed_at + delay_ms


def retry_after_ms(value: str, now: int) -> int | None:
    """The milliseconds that a ``Retry-After`` header asks for, from 0 to a day; ``now`` is unix
    milliseconds. None if it is neither seconds nor an HTTP date (RFC 9110 §10.2.3)."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        if len(value) > _MAX_RETRY_AFTER_DIGITS:
            return RETRY_AFTER_LIMIT_MS
        return min(int(value) * 1000, RETRY_AFTER_LIMIT_MS)
    try:
        date = parsedate_to_datetime(value)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        wanted = int((date - datetime.fromtimestamp(0, UTC)).total_seconds() * 1000)
    except (ValueError, OverflowError):
        return None
    return max(0, min(wanted - now, RETRY_AFTER_LIMIT_MS))
