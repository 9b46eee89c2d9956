"""The currencies of prices, and the form of a price."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from attrs import frozen

DOLLAR: Final = "USD"
TETHER: Final = "USDT"
"""Exchanges quote KAS in tether instead of dollars. Prices can't be given in it."""

_TWO: Final = (
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR MXN MYR NOK NZD PHP PLN RON SEK SGD"
    " THB TRY USD ZAR"
)
DECIMALS: Final = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(("ISK", "JPY", "KRW"), 0),
}
"""Decimals of each currency's smallest unit (ISO 4217): the dollar, and the currencies with a
reference rate of the European Central Bank, so that each has several sources."""

_VALUE: Final = re.compile(r"[0-9]{1,15}(?:\.([0-9]{1,4}))?")


class PriceError(ValueError):
    """An invalid price. ``field`` is the member of the price that is wrong; the message is a
    sentence for the user."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@frozen
class FiatAmount:
    """A price that a merchant asks for, above zero."""

    value: str
    """As the merchant wrote it: plain digits, at most as many decimals as the currency has."""
    currency: str

    @property
    def decimal(self) -> Decimal:
        """The value as a number."""
        return Decimal(self.value)


def fiat_amount(value: str, currency: str) -> FiatAmount:
    """Check a price such as ``"19.99"`` in ``"EUR"``. Raises PriceError.

    The value is ASCII digits with at most the currency's decimals: no sign, exponent, separator or
    space. The currency is one of DECIMALS, in capitals.
    """
    decimals = DECIMALS.get(currency)
    if decimals is None:
        known = ", ".join(sorted(DECIMALS))
        raise PriceError("currency", f"This currency is not supported. Supported: {known}.")
    match = _VALUE.fullmatch(value)
    if match is None or len(match[1] or "") > decimals:
        example = "19.99" if decimals else "1999"
        least = f"at most {decimals} decimals" if decimals else "no decimals"
        raise PriceError(
            "value",
            f"A price in {currency} is written in plain digits with {least}: {example}.",
        )
    if Decimal(value) == 0:
        raise PriceError("value", "A price must be above zero.")
    return FiatAmount(value, currency)
