"""Payment URIs: the content of a QR code or of a "pay with wallet" link.

``<full address>?amount=<KAS>&label=<text>&message=<text>`` (kaspa.md §1.2). There is no adopted
standard, so only the form that the known wallets agree on is written: the address with its own
prefix, a decimal point, no exponent, ``%20`` for a space, these three keys and no others.
"""

import re
from typing import Final
from urllib.parse import quote, unquote

import attrs

from kasgate.kaspa.address import Address, AddressError
from kasgate.money import MAX_SOMPI, AmountError, Sompi, format_kas, parse_kas

_KEYS: Final = ("amount", "label", "message")
# Unreserved characters and percent-encoded bytes: payment_uri writes nothing else in a value.
_VALUE_TEXT: Final = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+")
_MAX_TEXT_LENGTH: Final = 4096


class PaymentUriError(ValueError):
    """A payment URI that can't be written or read. The message is a sentence for the user."""


@attrs.frozen
class PaymentUri:
    """The parts of a payment URI."""

    address: Address
    """The receiver."""
    amount: Sompi | None = None
    """Amount in sompi; None leaves it to the payer."""
    label: str | None = None
    """Name of the receiver, such as the shop's name."""
    message: str | None = None
    """Purpose, such as the order's number."""


def payment_uri(
    address: str,
    amount: int | None = None,
    label: str | None = None,
    message: str | None = None,
) -> str:
    """Write a payment URI for a valid address, with the amount in sompi.

    Fields that are None or empty are left out. If only the address is left, every scanner reads it.
    The address is not checked: it comes from the gateway's own derivation.

    Raises AmountError for an amount that is not above zero and at most MAX_SOMPI, PaymentUriError
    for text that is not encodable Unicode (a lone surrogate).
    """
    fields: list[str] = []
    if amount is not None:
        if not 0 < amount <= MAX_SOMPI:
            raise AmountError("The amount of a payment URI must be above zero and exist.")
        fields.append(f"amount={format_kas(amount)}")
    if label:
        fields.append(f"label={_percent_encoded(label)}")
    if message:
        fields.append(f"message={_percent_encoded(message)}")
    return f"{address}?{'&'.join(fields)}" if fields else address


def parse_payment_uri(text: str) -> PaymentUri:
    """Read a payment URI, or a bare address, as strictly as payment_uri writes it.

    Every key at most once and with a value, no other key, no fragment, no ``+``.

    Raises PaymentUriError for any other text, a wrong address or amount included.
    """
    if len(text) > _MAX_TEXT_LENGTH:
        raise PaymentUriError("The payment URI is too long.")
    address_text, question_mark, query = text.partition("?")
    try:
        address = Address.from_text(address_text)
    except AddressError as error:
        raise PaymentUriError(str(error)) from error
    values = _values_of(query) if question_mark else {}
    return PaymentUri(
        address, _amount_of(values.get("amount")), values.get("label"), values.get("message")
    )


def _percent_encoded(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise PaymentUriError("The text contains a character that cannot be encoded.") from error


def _values_of(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for field in query.split("&"):
        key, _, value = field.partition("=")
        if key not in _KEYS or key in values:
            raise PaymentUriError("The payment URI has an unknown or a repeated key.")
        if _VALUE_TEXT.fullmatch(value) is None:
            raise PaymentUriError("The payment URI has a value that is empty or not encoded.")
        try:
            values[key] = unquote(value, errors="strict")
        except UnicodeDecodeError as error:
            raise PaymentUriError("The payment URI has a value that is not UTF-8.") from error
    return values


def _amount_of(text: str | None) -> Sompi | None:
    if text is None:
        return None
    try:
        amount = parse_kas(text)
    except AmountError as error:
        raise PaymentUriError(str(error)) from error
    if amount == 0:
        raise PaymentUriError("The payment URI asks for an amount of zero.")
    return amount
