"""Request bodies: the table of fields of each call, and the functions that read them.

A body is decoded once, strictly. Then every field is read, so that one answer has everything that
is wrong. A field that the table does not have is refused by its name (contract.md §5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from attrs import field, frozen
from msgspec import UNSET, Meta, UnsetType

from kasgate.access.api_keys import MAX_KEY_NAME, Scope
from kasgate.branding.color import COLOR_PATTERN, ColorRefused, page_color
from kasgate.currency import DECIMALS, FiatAmount, PriceError, fiat_amount
from kasgate.merchant import MAX_EMAIL_CHARACTERS, FieldProblem, is_email
from kasgate.money import Sompi, format_kas
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
from web.contract import fields
from web.contract.fields import Field, Reader, Table, Wrong, reader, table_of
from web.contract.problems import MALFORMED_JSON, Problem, invalid
from web.contract.types import Kas, PriceShape, Url

MAX_ORDER_ID: Final = 100
MAX_DESCRIPTION: Final = 300
MAX_METADATA_KEYS: Final = 20
MAX_METADATA_KEY: Final = 50
MAX_METADATA_VALUE: Final = 500
MAX_METADATA_BYTES: Final = 1024
REQUIRED_CONFIRMATIONS: Final = (1, MOST_CONFIRMATIONS)
MAX_NOTE: Final = 500
MAX_ORIGINS: Final = 20

# Longer than any value of a merchant's fields; the merchant registry has their own rules.
_MAX_TEXT: Final = 4096
_MAX_PROBLEMS: Final = 50
_MAX_SHOWN_NAME: Final = 60
_TIER_FIELDS: Final = frozenset({"below", "confirmations"})
_PRICE: Final = ("value", "currency")
# Control characters and line breaks.
_BREAKS: Final = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_NOT_IN_A_LINE: Final = re.compile(f"[{_BREAKS}]")
_JSON: Final = msgspec.json.Decoder()


@frozen
class NewMerchant:
    """Body of ``POST /api/v1/merchants``. The merchant registry checks the values."""

    name: str
    xpub: str = field(repr=False)
    email: str | None = None
    webhook_url: str | None = None
    embed_origins: tuple[str, ...] = ()


@frozen
class NewSession:
    """Body of ``POST /api/v1/sessions``."""

    amount: Sompi | FiatAmount
    """A price in a currency is converted to KAS when the session is created."""
    order_id: str | None = None
    description: str | None = None
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


def read_link_token(body: bytes) -> str:
    """The token of ``POST /api/v1/dashboard/link-login``. Raises Problem."""
    token: str = read_object(body, _LINK_SIGN_IN)["token"]
    return token


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
    """A reader of bodies of ``POST /api/v1/sessions``, for this smallest amount. The reader raises
    Problem."""
    table = table_of(_amount_field(minimum), *_NEW_SESSION)

    def read(body: bytes) -> NewSession:
        return NewSession(**read_object(body, table))

    return read


def body_shape(name: str, entries: Iterable[Field]) -> type[msgspec.Struct]:
    """The shape of a body with these fields."""
    members: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for each in entries:
        shape = each.shape | None if each.nullable else each.shape
        if each.required:
            members.append((each.name, shape))
        else:
            members.append((each.name, shape | UnsetType, UNSET))
    return msgspec.defstruct(name, members, forbid_unknown_fields=True, kw_only=True)


def read_object(body: bytes, table: Table) -> dict[str, Any]:
    """Read a JSON object. Returns the fields that were sent, by their Python names.

    Raises Problem: malformed_json, or validation_failed with everything that is wrong.
    """
    value = decoded(body)
    if not isinstance(value, dict):
        sentence = f"The body must be an object, not {fields.kind_of(value)}."
        raise invalid([FieldProblem("body", sentence)])
    read: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, item in value.items():
        known = table.get(name)
        if known is None:
            problems.append(FieldProblem(_shown(name), "There is no such field."))
        else:
            problems += known.take(item, read)
    problems += [
        FieldProblem(name, "This field is required.")
        for name, known in table.items()
        if known.required and name not in value
    ]
    if problems:
        raise invalid(problems[:_MAX_PROBLEMS])
    return read


def decoded(body: bytes) -> object:
    """Decode a JSON text. Raises Problem if it is malformed."""
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


def _amount_from(minimum: Sompi) -> Reader[Sompi | FiatAmount]:
    @reader(Kas | PriceShape)
    def read(value: object) -> Sompi | FiatAmount:
        if isinstance(value, dict):
            return _price(value)
        amount = fields.kas(value)
        if amount < minimum:
            smallest = format_kas(minimum)
            raise Wrong(f"The smallest amount that can be asked for is {smallest} KAS.")
        return amount

    return read


def _price(value: dict[str, object]) -> FiatAmount:
    """``{"value": "19.99", "currency": "EUR"}``."""
    problems = [(f".{name}", "This field is required.") for name in _PRICE if name not in value]
    for name, item in value.items():
        if name not in _PRICE:
            problems.append((f".{_shown(name)}", "There is no such field."))
        elif not isinstance(item, str):
            problems.append((f".{name}", f"This must be a string, not {fields.kind_of(item)}."))
    if problems:
        raise Wrong(inside=problems[:_MAX_PROBLEMS])
    try:
        return fiat_amount(fields.string(value["value"]), fields.string(value["currency"]))
    except PriceError as error:
        raise Wrong(inside=[(f".{error.field}", str(error))]) from None


@reader(
    Annotated[
        dict[
            Annotated[str, Meta(min_length=1, max_length=MAX_METADATA_KEY)],
            Annotated[str, Meta(max_length=MAX_METADATA_VALUE)],
        ],
        Meta(max_length=MAX_METADATA_KEYS, description="Your own data; at most 1024 bytes in all."),
    ]
)
def _metadata(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise Wrong(f"This must be an object, not {fields.kind_of(value)}.")
    problems = list(_metadata_problems(value))
    if problems:
        raise Wrong(inside=problems[:_MAX_PROBLEMS])
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
            yield path, f"A value must be a string, not {fields.kind_of(value)}."
            continue
        if len(value) > MAX_METADATA_VALUE:
            yield path, f"A value may have at most {MAX_METADATA_VALUE} characters."
        size += len(key.encode()) + len(value.encode())
    if size > MAX_METADATA_BYTES:
        yield "", f"This may have at most {MAX_METADATA_BYTES} bytes in all."


@reader(
    Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_DESCRIPTION,
            pattern=f"^[^{_BREAKS}]*$",
            description="What the shopper pays for: one line of plain text, shown to the shopper.",
        ),
    ]
)
def _description(value: object) -> str:
    described = fields.text(MAX_DESCRIPTION, least=1)(value)
    if _NOT_IN_A_LINE.search(described) is not None:
        raise Wrong("This must be one line of text, without line breaks and control characters.")
    if not described.strip():
        raise Wrong("This must have a visible character. Leave the field out to describe nothing.")
    return described


@reader(Annotated[str, Meta(min_length=1, max_length=MAX_NOTE)])
def _note(value: object) -> str:
    note = fields.text(MAX_NOTE)(value)
    if not note.strip():
        raise Wrong("A note is needed: it says why, in the audit log.")
    return note


class TierShape(msgspec.Struct, forbid_unknown_fields=True):
    """The confirmations that amounts below a limit need. The last tier may have no limit."""

    confirmations: Annotated[int, Meta(ge=REQUIRED_CONFIRMATIONS[0], le=REQUIRED_CONFIRMATIONS[1])]
    below: Kas | UnsetType = UNSET


@reader(Annotated[list[TierShape], Meta(max_length=MOST_TIERS)])
def _tiers(value: object) -> tuple[Tier, ...]:
    try:
        return checked_tiers([_tier(item) for item in fields.array(value, MOST_TIERS)])
    except PolicyError as error:
        raise Wrong(str(error)) from None


def _tier(value: object) -> Tier:
    if not isinstance(value, dict) or not {"confirmations"} <= value.keys() <= _TIER_FIELDS:
        raise Wrong("A tier is an object with confirmations and, but for the last, below.")
    below = value.get("below")
    confirmations = _confirmations(value["confirmations"])
    return Tier(None if below is None else fields.kas(below), confirmations)


@reader(Annotated[str, Meta(extra_json_schema={"enum": sorted(DECIMALS)}, examples=["EUR"])])
def _currency(value: object) -> str:
    code = fields.string(value)
    if code not in DECIMALS:
        raise Wrong(f"This currency is not supported. Supported: {', '.join(sorted(DECIMALS))}.")
    return code


@reader(Annotated[list[Url], Meta(max_length=MAX_ORIGINS)])
def _origins(value: object) -> tuple[str, ...]:
    try:
        return tuple(origin(item) for item in fields.array(value, MAX_ORIGINS))
    except WrongValue as wrong:
        sentence = f"An origin is written as https://shop.example. {wrong}".strip()
        raise Wrong(sentence) from None


@reader(Annotated[str, Meta(pattern=COLOR_PATTERN, description="Of buttons on the checkout.")])
def _brand_color(value: object) -> str:
    try:
        return page_color(fields.string(value))
    except ColorRefused as refused:
        raise Wrong(str(refused)) from None


@reader(
    Annotated[
        str,
        Meta(
            pattern="^https://",
            max_length=fields.MAX_URL,
            description="Where shoppers reach the merchant.",
        ),
    ]
)
def _support_url(value: object) -> str:
    url = fields.web_url(value)
    if not url.startswith("https://") or "@" in urlsplit(url).netloc:
        raise Wrong("This must be an https:// URL without a user name.")
    return url


@reader(
    Annotated[
        str,
        Meta(max_length=MAX_EMAIL_CHARACTERS, description="Where shoppers write to the merchant."),
    ]
)
def _email(value: object) -> str:
    address = fields.string(value)
    if not is_email(address):
        raise Wrong("This is not an e-mail address.")
    return address


def _amount_field(minimum: Sompi) -> Field:
    return Field("amount", "amount", _amount_from(minimum), required=True)


_long_text: Final = fields.text(_MAX_TEXT)
_confirmations: Final = fields.whole(*REQUIRED_CONFIRMATIONS)

_NEW_MERCHANT: Final = table_of(
    Field("name", "name", _long_text, required=True),
    Field("xpub", "xpub", _long_text, required=True),
    Field("email", "email", _long_text),
    Field("webhookUrl", "webhook_url", _long_text),
    Field("embedOrigins", "embed_origins", _origins),
)
_MERCHANT_CHANGES: Final = table_of(
    Field("name", "name", _long_text),
    Field("xpub", "xpub", _long_text),
    Field("email", "email", _long_text, nullable=True),
    Field("webhookUrl", "webhook_url", _long_text, nullable=True),
    Field("requiredConfirmations", "required_confirmations", _confirmations, nullable=True),
    Field("confirmationTiers", "confirmation_tiers", _tiers),
    Field("underpaymentTolerance", "underpayment_tolerance", fields.kas),
    Field("sessionLifetime", "session_lifetime", fields.whole(*SESSION_LIFETIME_S), nullable=True),
    Field("acceptLatePaymentsFor", "late_acceptance", fields.whole(0, LONGEST_LATE_ACCEPTANCE_S)),
    Field("displayCurrency", "display_currency", _currency, nullable=True),
    Field("embedOrigins", "embed_origins", _origins),
    Field("brandColor", "brand_color", _brand_color, nullable=True),
    Field("supportUrl", "support_url", _support_url, nullable=True),
    Field("supportEmail", "support_email", _email, nullable=True),
)
_SIGN_IN: Final = table_of(Field("apiKey", "api_key", _long_text, required=True))
_LINK_SIGN_IN: Final = table_of(Field("token", "token", _long_text, required=True))
_KEY_NAME_FIELD: Final = Field("name", "name", fields.text(MAX_KEY_NAME), required=True)
_NEW_KEY: Final = table_of(
    _KEY_NAME_FIELD, Field("scope", "scope", fields.one_of(Scope), required=True)
)
_KEY_NAME: Final = table_of(_KEY_NAME_FIELD)
_PREVIEW: Final = table_of(Field("xpub", "xpub", _long_text, required=True))
_RETRY: Final = table_of(Field("since", "since", fields.time, required=True))
_DECISION: Final = table_of(Field("note", "note", _note, required=True))
_NEW_SESSION: Final = (
    Field("orderId", "order_id", fields.text(MAX_ORDER_ID)),
    Field("description", "description", _description),
    Field("metadata", "metadata", _metadata),
    Field("redirectUrl", "redirect_url", fields.web_url),
    Field("expiresIn", "expires_in", fields.whole(*SESSION_LIFETIME_S)),
    Field("requiredConfirmations", "required_confirmations", _confirmations),
)

NEW_MERCHANT_SHAPE: Final = body_shape("NewMerchant", _NEW_MERCHANT.values())
MERCHANT_CHANGES_SHAPE: Final = body_shape("MerchantChanges", _MERCHANT_CHANGES.values())
SIGN_IN_SHAPE: Final = body_shape("SignIn", _SIGN_IN.values())
LINK_SIGN_IN_SHAPE: Final = body_shape("LinkSignIn", _LINK_SIGN_IN.values())
NEW_KEY_SHAPE: Final = body_shape("NewKey", _NEW_KEY.values())
KEY_NAME_SHAPE: Final = body_shape("KeyName", _KEY_NAME.values())
PREVIEW_SHAPE: Final = body_shape("XpubPreview", _PREVIEW.values())
RETRY_SHAPE: Final = body_shape("RetryFailed", _RETRY.values())
DECISION_SHAPE: Final = body_shape("Decision", _DECISION.values())
NEW_SESSION_SHAPE: Final = body_shape("NewSession", (_amount_field(Sompi(0)), *_NEW_SESSION))
