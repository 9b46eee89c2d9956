"""Conversion of a price in a currency to KAS, once when a session is created."""

from __future__ import annotations

from decimal import Decimal

from attrs import asdict, frozen

from kasgate.currency import FiatAmount
from kasgate.money import MAX_SOMPI, SOMPI_PER_KAS, AmountError, Sompi
from kasgate.rates.market import MarketRate


@frozen
class FiatPrice:
    """The price that a session's amount was computed from; stored with the session and shown with
    it."""

    value: str
    """As the merchant wrote it."""
    currency: str
    rate: str
    """The price of one KAS, in plain digits."""
    sources: tuple[str, ...]
    """The names of the sources of the rate."""
    at: int
    """The rate is at least as new as this; unix milliseconds."""

    def stored(self) -> dict[str, object]:
        """The members of the stored JSON object."""
        return asdict(self) | {"sources": list(self.sources)}


def fiat_price(amount: FiatAmount, rate: MarketRate) -> tuple[Sompi, FiatPrice]:
    """The amount of KAS for a price at a rate of the same currency, and the price to store with it.

    Raises AmountError if it is more than all KAS that can exist.
    """
    if amount.currency != rate.currency:
        raise ValueError(f"a rate of {rate.currency} for a price in {amount.currency}")
    price = FiatPrice(amount.value, amount.currency, rate.text, rate.sources, rate.at)
    return to_sompi(amount.decimal, rate.rate), price


def to_sompi(value: Decimal, rate: Decimal) -> Sompi:
    """The smallest amount that is worth at least ``value`` if one KAS is worth ``rate``.

    Rounded up at the eighth decimal of KAS, so that the merchant never gets less than the price.
    Computed in whole numbers, so it is exact. Both are above zero. Raises AmountError above
    MAX_SOMPI.
    """
    value_up, value_down = value.as_integer_ratio()
    rate_up, rate_down = rate.as_integer_ratio()
    sompi = -(-value_up * rate_down * SOMPI_PER_KAS // (value_down * rate_up))
    if sompi > MAX_SOMPI:
        raise AmountError("The price is worth more than all the KAS that can ever exist.")
    return Sompi(sompi)
