"""What clients may send: each body as a table of fields, each field with the rule that reads it.

A body is decoded once, strictly; then every field is read, so that a client hears of all that is
wrong in one answer. Fields that are not in the table are refused by name (contract.md §5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from attrs import field, frozen
from msgspec import UNSET, Meta, UnsetType

from kasgate.access.api_keys import MAX_KEY_NAME, Scope
from kasgate.merchant import FieldProblem
from kasgate.money import AmountError, Sompi, format_kas, parse_kas
from kasgate.rates.currency import FiatAmount, PriceError, fiat_amount
from kasgate.sessions.policy import (
    LONGEST_LATE_ACCEPTANCE_S,
    MOST_CONFIRMATIONS,
    MOST_TIERS,
    SESSION_LIFETIME_S,
    PolicyError,
    Tier,
    checked_tiers,
)
from kasgate.settings.values import WrongValue, origin
from web.contract.problems import INVALID_SESSION_ID, MALFORMED_JSON, Problem, invalid
from web.contract.types import Kas, PriceShape, Rule, Shaped, Time, Url, shape_of, shaped

MAX_ORDER_ID: Final = 100
MAX_METADATA_KEYS: Final = 20
MAX_METADATA_KEY: Final = 50
MAX_METADATA_VALUE: Final = 500
MAX_METADATA_BYTES: Final = 1024
MAX_URL: Final = 2048
REQUIRED_CONFIRMATIONS: Final = (1, MOST_CONFIRMATIONS)
MAX_NOTE: Final = 500
MAX_ORIGINS: Final = 20

# Longer than any value a merchant's fields may have; their own rules are the merchant book's.
_MAX_TEXT: Final = 4096
_LONGEST_MOMENT: Final = 40
_MAX_DETAILS: Final = 50
_MAX_SHOWN_NAME: Final = 60
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NOT_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\\<>\"]")
_TIER_FIELDS: Final = frozenset({"below", "confirmations"})
_KINDS: Final = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}
_PRICE: Final = ("value", "currency")
_JSON: Final = msgspec.json.Decoder()


class Wrong(Exception):
    """A value that a rule refuses: pairs of a path below the field, and a sentence."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(*problems)
        self.problems = problems


@frozen
class Entry:
    """A field of a body."""

    name: str
    """In JSON."""
    attribute: str
    """In Python."""
    rule: Rule
    required: bool = False
    nullable: bool = False
    """Whether null is a value of it; the rule does not see that one."""


@frozen
class NewMerchant:
    """Body of ``POST /api/v1/merchants``. The merchant book judges the values."""

    name: str
    xpub: str = field(repr=False)
    email: str | None = None
    webhook_url: str | None = None
    embed_origins: tuple[str, ...] = ()


@frozen
class NewSession:
    """Body of ``POST /api/v1/sessions``."""

    amount: Sompi | FiatAmount
    """A price in a currency is turned into KAS when the session is made."""
    order_id: str | None = None
    metadata: Mapping[str, str] | None = None
    redirect_url: str | None = None
    expires_in: int | None = None
    """Seconds."""
    required_confirmations: int | None = None


def read_new_merchant(body: bytes) -> NewMerchant:
    """Raises Problem."""
    return NewMerchant(**read_object(body, _NEW_MERCHANT))


def read_merchant_changes(body: bytes) -> dict[str, Any]:
    """The fields to change, by their Python names; None clears one. Raises Problem."""
    return read_object(body, _MERCHANT_CHANGES)


def read_note(body: bytes) -> str:
    """The note of ``POST …/accept`` and ``…/fail``. Raises Problem."""
    note: str = read_object(body, _DECISION)["note"]
    return note


def read_api_key(body: bytes) -> str:
    """The key of ``POST /api/v1/dashboard/login``. Raises Problem."""
    key: str = read_object(body, _SIGN_IN)["api_key"]
    return key


def read_new_key(body: bytes) -> tuple[str, Scope]:
    """Name and scope of ``POST /api/v1/merchants/keys``. Raises Problem."""
    asked = read_object(body, _NEW_KEY)
    return asked["name"], asked["scope"]


def read_key_name(body: bytes) -> str:
    """The name of ``PATCH /api/v1/merchants/keys/{id}``. Raises Problem."""
    name: str = read_object(body, _KEY_NAME)["name"]
    return name


def read_xpub(body: bytes) -> str:
    """The key of ``POST /api/v1/merchants/me/xpub-preview``. Raises Problem."""
    xpub: str = read_object(body, _PREVIEW)["xpub"]
    return xpub


def read_since(body: bytes) -> int:
    """The time of ``POST /api/v1/merchants/me/webhook-logs/retry-failed``, unix milliseconds.
    Raises Problem."""
    since: int = read_object(body, _RETRY)["since"]
    return since


def new_session_reader(minimum: Sompi) -> Callable[[bytes], NewSession]:
    """Reads bodies of ``POST /api/v1/sessions`` for a gateway whose smallest amount is given.

    What it returns raises Problem.
    """
    table = table_of(_amount_entry(minimum), *_NEW_SESSION)

    def read(body: bytes) -> NewSession:
        return NewSession(**read_object(body, table))

    return read


def body_shape(name: str, entries: Iterable[Entry]) -> type[msgspec.Struct]:
    """The shape of a body that is read by these entries."""
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for entry in entries:
        shape = shape_of(entry.rule)
        if entry.nullable:
            shape = shape | None
        if entry.required:
            fields.append((entry.name, shape))
        else:
            fields.append((entry.name, shape | UnsetType, UNSET))
    return msgspec.defstruct(name, fields, forbid_unknown_fields=True, kw_only=True)


def read_session_id(text: str) -> str:
    """A session id from a path, in its canonical form. Raises Problem unless it is a UUID."""
    session_id = text.lower()
    if _UUID.fullmatch(session_id) is None:
        raise Problem(INVALID_SESSION_ID, "A session id is a UUID.")
    return session_id


def read_object(body: bytes, entries: Mapping[str, Entry]) -> dict[str, Any]:
    """The fields of a JSON object, by their Python names; those not sent are left out.

    Raises Problem: malformed_json, or validation_failed with everything that is wrong.
    """
    value = decoded(body)
    if not isinstance(value, dict):
        problem = FieldProblem("body", f"The body must be an object, not {_KINDS[type(value)]}.")
        raise invalid([problem])
    fields: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, item in value.items():
        entry = entries.get(name)
        if entry is None:
            problems.append(FieldProblem(_shown(name), "There is no such field."))
            continue
        try:
            fields[entry.attribute] = None if item is None and entry.nullable else entry.rule(item)
        except Wrong as wrong:
            problems += [FieldProblem(f"{name}{path}", text) for path, text in wrong.problems]
    problems += [
        FieldProblem(name, "This field is required.")
        for name, entry in entries.items()
        if entry.required and name not in value
    ]
    if problems:
        raise invalid(problems[:_MAX_DETAILS])
    return fields


def decoded(body: bytes) -> object:
    """The value of a JSON text. Raises Problem for one that can't be read."""
    try:
        return _JSON.decode(body)
    except RecursionError:
        reason = "it is nested too deeply"
    except msgspec.ValidationError:
        reason = "it has a number that is too large"
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The decoder's own text may quote the body.
        reason = "it can't be read"
    raise Problem(MALFORMED_JSON, f"The body is not valid JSON: {reason}.")


def _shown(name: str) -> str:
    return name if len(name) <= _MAX_SHOWN_NAME else f"{name[:_MAX_SHOWN_NAME]}…"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(("", f"This must be a string, not {_KINDS[type(value)]}."))
    return value


def text_up_to(most: int) -> Rule:
    """Takes texts of at most so many characters."""

    def rule(value: object) -> str:
        text = _text(value)
        if len(text) > most:
            raise Wrong(("", f"This may have at most {most} characters."))
        return text

    return Shaped(rule, Annotated[str, Meta(max_length=most)])


def _whole(least: int, most: int) -> Rule:
    def rule(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            kind = "a fraction" if isinstance(value, float) else _KINDS[type(value)]
            raise Wrong(("", f"This must be a whole number, not {kind}."))
        if not least <= value <= most:
            raise Wrong(("", f"This must be between {least} and {most}."))
        return value

    return Shaped(rule, Annotated[int, Meta(ge=least, le=most)])


@shaped(Kas)
def _kas(value: object) -> Sompi:
    try:
        return parse_kas(_text(value))
    except AmountError as error:
        raise Wrong(("", str(error))) from None


def _amount_from(minimum: Sompi) -> Rule:
    def rule(value: object) -> Sompi | FiatAmount:
        if isinstance(value, dict):
            return _price(value)
        amount: Sompi = _kas(value)
        if amount < minimum:
            sentence = f"The smallest amount that can be asked for is {format_kas(minimum)} KAS."
            raise Wrong(("", sentence))
        return amount

    return Shaped(rule, Kas | PriceShape)


def _price(value: dict[str, object]) -> FiatAmount:
    """``{"value": "19.99", "currency": "EUR"}``."""
    problems = [(f".{name}", "This field is required.") for name in _PRICE if name not in value]
    for name, item in value.items():
        if name not in _PRICE:
            problems.append((f".{_shown(name)}", "There is no such field."))
        elif not isinstance(item, str):
            problems.append((f".{name}", f"This must be a string, not {_KINDS[type(item)]}."))
    if problems:
        raise Wrong(*problems[:_MAX_DETAILS])
    try:
        return fiat_amount(_text(value["value"]), _text(value["currency"]))
    except PriceError as error:
        raise Wrong((f".{error.field}", str(error))) from None


@shaped(Annotated[Url, Meta(max_length=MAX_URL)])
def _web_address(value: object) -> str:
    url = _text(value)
    if len(url) > MAX_URL:
        raise Wrong(("", f"A URL may have at most {MAX_URL} characters."))
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or _NOT_IN_URL.search(url):
        raise Wrong(("", "This must be an http:// or https:// URL."))
    return url


@shaped(
    Annotated[
        dict[
            Annotated[str, Meta(min_length=1, max_length=MAX_METADATA_KEY)],
            Annotated[str, Meta(max_length=MAX_METADATA_VALUE)],
        ],
        Meta(max_length=MAX_METADATA_KEYS, description="Yours; 1024 bytes in all."),
    ]
)
def _metadata(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise Wrong(("", f"This must be an object, not {_KINDS[type(value)]}."))
    problems = list(_metadata_problems(value))
    if problems:
        raise Wrong(*problems[:_MAX_DETAILS])
    return value


def _metadata_problems(metadata: dict[str, object]) -> Iterator[tuple[str, str]]:
    if len(metadata) > MAX_METADATA_KEYS:
        yield "", f"This may have at most {MAX_METADATA_KEYS} keys."
        return
    size = 0
    for key, value in metadata.items():
        path = f".{_shown(key)}"
        if not 1 <= len(key) <= MAX_METADATA_KEY:
            yield path, f"A key has 1 to {MAX_METADATA_KEY} characters."
        if not isinstance(value, str):
            yield path, f"A value must be a string, not {_KINDS[type(value)]}."
            continue
        if len(value) > MAX_METADATA_VALUE:
            yield path, f"A value may have at most {MAX_METADATA_VALUE} characters."
        size += len(key.encode()) + len(value.encode())
    if size > MAX_METADATA_BYTES:
        yield "", f"This may have at most {MAX_METADATA_BYTES} bytes in all."


@shaped(Annotated[str, Meta(min_length=1, max_length=MAX_NOTE)])
def _note(value: object) -> str:
    note: str = text_up_to(MAX_NOTE)(value)
    if not note.strip():
        raise Wrong(("", "A note is needed: it says why, in the audit log."))
    return note


@shaped(Scope)
def _scope(value: object) -> Scope:
    try:
        return Scope(_text(value))
    except ValueError:
        raise Wrong(("", f"This must be one of {', '.join(Scope)}.")) from None


@shaped(Time)
def _moment(value: object) -> int:
    text = _text(value)
    try:
        moment = datetime.fromisoformat(text if len(text) <= _LONGEST_MOMENT else "")
        at = -1 if moment.tzinfo is None else int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        at = -1
    if at < 0:
        raise Wrong(("", "This must be a time such as 2026-01-31T12:00:00Z."))
    return at


class TierShape(msgspec.Struct, forbid_unknown_fields=True):
    """What amounts below a limit need; the last tier may be without one."""

    confirmations: Annotated[int, Meta(ge=REQUIRED_CONFIRMATIONS[0], le=REQUIRED_CONFIRMATIONS[1])]
    below: Kas | UnsetType = UNSET


@shaped(Annotated[list[TierShape], Meta(max_length=MOST_TIERS)])
def _tiers(value: object) -> tuple[Tier, ...]:
    try:
        return checked_tiers([_tier(item) for item in _list(value, MOST_TIERS)])
    except PolicyError as error:
        raise Wrong(("", str(error))) from None


def _tier(value: object) -> Tier:
    if not isinstance(value, dict) or not {"confirmations"} <= value.keys() <= _TIER_FIELDS:
        raise Wrong(("", "A tier is an object with confirmations and, but for the last, below."))
    below = value.get("below")
    confirmations = _whole(*REQUIRED_CONFIRMATIONS)(value["confirmations"])
    return Tier(None if below is None else _kas(below), confirmations)


@shaped(Annotated[list[Url], Meta(max_length=MAX_ORIGINS)])
def _origins(value: object) -> tuple[str, ...]:
    try:
        return tuple(origin(item) for item in _list(value, MAX_ORIGINS))
    except WrongValue as wrong:
        sentence = f"An origin is written as https://shop.example. {wrong}".strip()
        raise Wrong(("", sentence)) from None


def _list(value: object, most: int) -> list[object]:
    if not isinstance(value, list):
        raise Wrong(("", f"This must be an array, not {_KINDS[type(value)]}."))
    if len(value) > most:
        raise Wrong(("", f"This may have at most {most} items."))
    return value


def _amount_entry(minimum: Sompi) -> Entry:
    return Entry("amount", "amount", _amount_from(minimum), required=True)


def table_of(*entries: Entry) -> dict[str, Entry]:
    """The fields of a body by their names in JSON."""
    return {entry.name: entry for entry in entries}


_long_text: Final = text_up_to(_MAX_TEXT)

_NEW_MERCHANT: Final = table_of(
    Entry("name", "name", _long_text, required=True),
    Entry("xpub", "xpub", _long_text, required=True),
    Entry("email", "email", _long_text),
    Entry("webhookUrl", "webhook_url", _long_text),
    Entry("embedOrigins", "embed_origins", _origins),
)
_MERCHANT_CHANGES: Final = table_of(
    Entry("name", "name", _long_text),
    Entry("xpub", "xpub", _long_text),
    Entry("email", "email", _long_text, nullable=True),
    Entry("webhookUrl", "webhook_url", _long_text, nullable=True),
    Entry(
        "requiredConfirmations",
        "required_confirmations",
        _whole(*REQUIRED_CONFIRMATIONS),
        nullable=True,
    ),
    Entry("confirmationTiers", "confirmation_tiers", _tiers),
    Entry("underpaymentTolerance", "underpayment_tolerance", _kas),
    Entry("sessionLifetime", "session_lifetime", _whole(*SESSION_LIFETIME_S), nullable=True),
    Entry("acceptLatePaymentsFor", "late_acceptance", _whole(0, LONGEST_LATE_ACCEPTANCE_S)),
    Entry("embedOrigins", "embed_origins", _origins),
)
_SIGN_IN: Final = table_of(Entry("apiKey", "api_key", _long_text, required=True))
_KEY_NAME_ENTRY: Final = Entry("name", "name", text_up_to(MAX_KEY_NAME), required=True)
_NEW_KEY: Final = table_of(_KEY_NAME_ENTRY, Entry("scope", "scope", _scope, required=True))
_KEY_NAME: Final = table_of(_KEY_NAME_ENTRY)
_PREVIEW: Final = table_of(Entry("xpub", "xpub", _long_text, required=True))
_RETRY: Final = table_of(Entry("since", "since", _moment, required=True))
_DECISION: Final = table_of(Entry("note", "note", _note, required=True))
_NEW_SESSION: Final = (
    Entry("orderId", "order_id", text_up_to(MAX_ORDER_ID)),
    Entry("metadata", "metadata", _metadata),
    Entry("redirectUrl", "redirect_url", _web_address),
    Entry("expiresIn", "expires_in", _whole(*SESSION_LIFETIME_S)),
    Entry("requiredConfirmations", "required_confirmations", _whole(*REQUIRED_CONFIRMATIONS)),
)

NEW_MERCHANT_SHAPE: Final = body_shape("NewMerchant", _NEW_MERCHANT.values())
MERCHANT_CHANGES_SHAPE: Final = body_shape("MerchantChanges", _MERCHANT_CHANGES.values())
SIGN_IN_SHAPE: Final = body_shape("SignIn", _SIGN_IN.values())
NEW_KEY_SHAPE: Final = body_shape("NewKey", _NEW_KEY.values())
KEY_NAME_SHAPE: Final = body_shape("KeyName", _KEY_NAME.values())
PREVIEW_SHAPE: Final = body_shape("XpubPreview", _PREVIEW.values())
RETRY_SHAPE: Final = body_shape("RetryFailed", _RETRY.values())
DECISION_SHAPE: Final = body_shape("Decision", _DECISION.values())
NEW_SESSION_SHAPE: Final = body_shape("NewSession", (_amount_entry(Sompi(0)), *_NEW_SESSION))
