"""The JSON form of times and payments, and the JSON text itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Union

import msgspec

from kasgate.currency import DECIMALS
from kasgate.money import format_kas
from kasgate.sessions.payments import MempoolSighting, Payment
from kasgate.sessions.session import Session
from kasgate.sessions.valuation import PaymentValue, minor_text

JsonValue = Union[  # noqa: UP007 (a recursive alias has to be a string inside Union)
    str, int, bool, None, Sequence["JsonValue"], Mapping[str, "JsonValue"]
]

# Made once, because json.dumps and msgspec.json.encode make a new encoder for each call.
_TO_JSON: Final = msgspec.json.Encoder().encode
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INDEX_KEY: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_LARGEST_INDEX: Final = 2**32 - 2
_DIGITS: Final = frozenset("0123456789")
_PLAIN: Final = (str, int, type(None))
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def iso(ms: int) -> str:
    """A unix time in milliseconds as ISO 8601 in UTC: ``2025-01-01T00:00:00.000Z``."""
    seconds, thousandths = divmod(ms, 1000)
    return f"{_second(seconds)}.{thousandths:03d}Z"


# Most of the times that are written lie in the last few moments.
@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    moment = _EPOCH + timedelta(seconds=seconds)
    return moment.isoformat(timespec="seconds").removesuffix("+00:00")


def payment_fields(
    session: Session, payment: Payment, daa_score: int | None
) -> dict[str, JsonValue]:
    """One payment of a session as an element of ``payments`` (contract.md §5). ``daa_score`` is the
    virtual DAA score; None before a node was reached, when unsettled payments have no
    confirmations."""
    outpoint, amount = payment.outpoint, payment.amount
    return {
        "txId": outpoint.transaction_id,
        "index": outpoint.index,
        "amount": format_kas(amount),
        "amountSompi": str(amount),
        "confirmations": session.payment_confirmations(payment, daa_score),
        "state": payment.state.value,
        "credited": payment.credited,
        "late": payment.late,
        "seenAt": iso(payment.seen_at),
    }


def valued_payment_fields(
    session: Session, payment: Payment, daa_score: int | None
) -> dict[str, JsonValue]:
    """``payment_fields`` and, if it is known, the payment's value: for its merchant alone."""
    fields = payment_fields(session, payment, daa_score)
    if payment.value is not None and payment.credited:
        fields["value"] = value_fields(payment.value)
    return fields


def value_fields(value: PaymentValue) -> dict[str, JsonValue]:
    """The value of a payment in the merchant's display currency."""
    return {
        "currency": value.currency,
        "rate": value.rate,
        "amount": money_text(value.minor, value.currency),
        "at": iso(value.at),
    }


def money_text(minor: int, currency: str) -> str:
    """An amount in the smallest units of a currency as a decimal, with all of its decimals."""
    return minor_text(minor, DECIMALS[currency])


def sighting_fields(sighting: MempoolSighting) -> dict[str, JsonValue]:
    """An output that only the mempool has, as an element of ``payments``: seen, not accepted."""
    return {
        "txId": sighting.outpoint.transaction_id,
        "index": sighting.outpoint.index,
        "amount": format_kas(sighting.amount),
        "amountSompi": str(sighting.amount),
        "confirmations": 0,
        "state": "seen",
        "credited": False,
        "late": False,
        "seenAt": iso(sighting.seen_at),
    }


def compact_json(value: JsonValue) -> str:
    """JSON text that JavaScript's ``JSON.stringify(JSON.parse(text))`` returns unchanged.

    It has no spaces. Only quotes, backslashes, control characters and lone surrogates are escaped.
    Keys that are array indexes (``"0"`` to ``"4294967294"``) come first, in ascending order,
    because JavaScript enumerates an object this way. Integers have to be below 2**53.
    """
    return ordered_json(in_javascript_order(value))


def ordered_json(value: JsonValue) -> str:
    """The text of ``compact_json`` for a value whose keys are in order already: no key of its
    objects is an array index or has a surrogate, or ``in_javascript_order`` returned them."""
    try:
        return _TO_JSON(value).decode()
    except UnicodeEncodeError:  # A lone surrogate: only the slow way writes it.
        text = _ENCODE(value)
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", _joined_pairs(text))


def in_javascript_order(value: JsonValue) -> JsonValue:
    """The value with the keys of its objects, at any depth, in the order in which JavaScript
    enumerates them."""
    # Nearly all values are plain. A function call or an abstract base class check for each would
    # take longer than writing them.
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        members: dict[str, JsonValue] = {}
        indexes: list[str] = []
        for name, item in value.items():
            key = name if name.isascii() else _joined_pairs(name)
            members[key] = item if isinstance(item, _PLAIN) else in_javascript_order(item)
            if key[:1] in _DIGITS and _is_array_index(key):
                indexes.append(key)
        if not indexes:
            return members
        return {key: members[key] for key in sorted(indexes, key=int)} | members
    return [in_javascript_order(item) for item in value]


def _is_array_index(key: str) -> bool:
    return _INDEX_KEY.fullmatch(key) is not None and int(key) <= _LARGEST_INDEX


def _joined_pairs(text: str) -> str:
    """Join each surrogate pair into one character, as JavaScript sees it; lone surrogates stay."""
    if _LONE_SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
