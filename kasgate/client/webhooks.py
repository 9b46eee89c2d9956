"""Verification of webhooks."""

from __future__ import annotations

import hmac
import time
from binascii import Error as NoBase64
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kasgate.client.errors import WebhookRefused
from kasgate.client.models import Event
from kasgate.webhook import kasgate_signature, standard_signature

TOLERANCE_S: Final = 300
_MOST_SIGNATURES: Final = 10
_LONGEST_TIMESTAMP: Final = 12


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance_s: int = TOLERANCE_S,
    require_timestamp: bool = True,
    now: float | None = None,
) -> Event:
    """Verify a webhook and return its event. Raises WebhookRefused.

    ``body`` is the body exactly as received, not parsed and written again. ``headers`` are the
    request's, by names in any case. ``secret`` is the merchant's ``whsec_…``. While it is being
    replaced pass the new and the old one; a signature by either is accepted.

    The Standard Webhooks signature (``webhook-signature``) covers the time of the attempt, which
    must lie within ``tolerance_s`` of ``now`` (unix seconds, the clock by default), so that nobody
    can replay an old webhook. ``X-KasGate-Signature`` covers only the body. It is accepted alone
    only with ``require_timestamp=False``, for a proxy that drops the other headers. Then anybody
    who has seen a webhook can replay it, so remember the ``delivery_id`` of each.

    In any case an event may come more than once; ``Event.delivery_id`` identifies it.
    """
    found = {name.lower(): value for name, value in headers.items()}
    secrets = (secret,) if isinstance(secret, str) else tuple(secret)
    if not secrets:
        raise ValueError("a secret is needed")
    if "webhook-signature" in found or require_timestamp:
        moment = time.time() if now is None else now
        _check_standard(body, found, secrets, tolerance_s, moment)
    else:
        _check_kasgate(body, found, secrets)
    try:
        return msgspec.json.decode(body, type=Event, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WebhookRefused(f"The body is genuine, but no event: {error}.") from None


def _check_standard(
    body: bytes,
    headers: Mapping[str, str],
    secrets: Sequence[str],
    tolerance_s: int,
    now: float,
) -> None:
    message_id, text = headers.get("webhook-id"), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()[:_MOST_SIGNATURES]
    if not message_id or not given:
        raise WebhookRefused("The headers webhook-id and webhook-signature are missing.")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_TIMESTAMP):
        raise WebhookRefused("The header webhook-timestamp is missing or no time.")
    timestamp = int(text)
    try:
        expected = [standard_signature(one, message_id, timestamp, body) for one in secrets]
    except (NoBase64, UnicodeEncodeError):
        raise ValueError("a webhook secret is whsec_ and base64") from None
    # Every pair is compared, whatever the result of the first ones.
    matches = [_same(one, other) for one in expected for other in given]
    if not any(matches):
        raise WebhookRefused("The signature is not that of the secret.")
    if abs(now - timestamp) > tolerance_s:
        raise WebhookRefused(
            f"It was sent more than {tolerance_s} seconds ago, or from the future."
        )


def _check_kasgate(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    given = headers.get("x-kasgate-signature", "")
    matches = [_same(kasgate_signature(one, body), given) for one in secrets]
    if not any(matches):
        raise WebhookRefused("The signature is missing, or not that of the secret.")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))
