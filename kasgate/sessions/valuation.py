"""The value of a payment in the merchant's display currency, when the gateway first credited it.

The rate is the market rate at that time, also for a session whose price was in the same currency:
the price keeps the rate of its own (``kasgate.rates.price``). A value is never corrected later.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from attrs import frozen

from kasgate.money import SOMPI_PER_KAS, Sompi

VALUED_WITHIN_MS: Final = 600_000
"""A payment that is found later than this after the network accepted it has no value: the rate that
held at its time is not known any more."""

MOST_MINOR: Final = 10**18 - 1
"""The largest value that is stored, in the smallest units of its currency. A larger one is a
mistake of the rate, and counts as unknown."""


@frozen
class ValueRate:
    """The price of one KAS in a merchant's display currency."""

    currency: str
    rate: str
    """In plain digits, above zero."""
    decimals: int
    """The decimals of the currency's smallest unit."""
    at: int
    """The rate is at least as new as this; unix milliseconds."""


@frozen
class PaymentValue:
    """The value of one payment when it was first credited."""

    currency: str
    rate: str
    """The price of one KAS, in plain digits."""
    minor: int
    """The value in the smallest units of the currency, halves rounded up."""
    at: int
    """The rate is at least as new as this; unix milliseconds."""


def value_of(amount: Sompi, rate: ValueRate) -> PaymentValue | None:
    """The value of an amount at a rate. Computed in whole numbers; None beyond MOST_MINOR."""
    up, down = Decimal(rate.rate).as_integer_ratio()
    whole = amount * up * 10**rate.decimals
    part = SOMPI_PER_KAS * down
    minor = (2 * whole + part) // (2 * part)
    if minor > MOST_MINOR:
        return None
    return PaymentValue(rate.currency, rate.rate, minor, rate.at)


def value_when_found(
    amount: Sompi, rate: ValueRate | None, accepted_at: int, found_at: int
) -> PaymentValue | None:
    """The value of a payment that the network accepted and that the gateway finds now. None without
    a rate, or if the payment is found too late. Times are unix milliseconds."""
    if rate is None or found_at - accepted_at > VALUED_WITHIN_MS:
        return None
    return value_of(amount, rate)


def minor_text(minor: int, decimals: int) -> str:
    """An amount in a currency's smallest units as a decimal with all of its decimals: ``12.50``."""
    if not decimals:
        return str(minor)
    whole, fraction = divmod(minor, 10**decimals)
    return f"{whole}.{fraction:0{decimals}d}"


@frozen
class ValueSum:
    """The values of some payments in one currency. Payments without a value in this currency are
    counted, so that a sum of a part is never taken for the whole."""

    currency: str
    minor: int = 0
    """The sum of the known values, in the currency's smallest units."""
    known: int = 0
    """How many payments it covers."""
    unknown: int = 0
    """How many payments have no value in this currency."""

    def __add__(self, other: ValueSum) -> ValueSum:
        """Both sums; they have to be in one currency."""
        return ValueSum(
            self.currency,
            self.minor + other.minor,
            self.known + other.known,
            self.unknown + other.unknown,
        )
