"""One source's answer: prices of one thing in another, at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from attrs import frozen

COIN: Final = "KAS"


class QuoteError(ValueError):
    """An unusable answer of a source. The message is for an operator."""


@frozen
class Quote:
    """One ``base`` costs ``price`` of ``currency``. The price is finite and above zero."""

    base: str
    """``KAS``, ``USD`` or ``USDT``."""
    currency: str
    price: Decimal


@frozen
class Reading:
    """All prices of one answer."""

    source: str
    origin: str
    """The ultimate source of its prices. Sources of one origin count as one."""
    quotes: tuple[Quote, ...]
    at: int
    """The time of the prices according to the source, else the time of the request; unix
    milliseconds. Never later than the request."""
    good_until: int
    """From then on it is too old to be used; unix milliseconds."""

    def price(self, base: str, currency: str) -> Decimal | None:
        """The price of one ``base``, if this source has it."""
        for quote in self.quotes:
            if (quote.base, quote.currency) == (base, currency):
                return quote.price
        return None


def quote(base: str, currency: str, price: Decimal) -> Quote:
    """A quote with a checked price. Raises QuoteError for zero (api.kaspa.org's answer for an
    unknown price), for negative numbers and for text that is no number."""
    if not (price.is_finite() and _SMALLEST <= price <= _LARGEST):
        raise QuoteError(f"The price of {base} in {currency} is {price:.6g}, which is impossible.")
    return Quote(base, currency, price)


# All real prices of these pairs lie far within these bounds, which keep the numbers small.
_SMALLEST: Final = Decimal("1e-9")
_LARGEST: Final = Decimal("1e9")
