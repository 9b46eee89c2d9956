"""What one source says: prices of one thing in another, at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from attrs import frozen

COIN: Final = "KAS"


class QuoteError(ValueError):
    """An answer of a source that says nothing usable. The message is for an operator."""


@frozen
class Quote:
    """One ``base`` costs ``price`` of ``currency``. The price is finite and above zero."""

    base: str
    """``KAS``, ``USD`` or ``USDT``."""
    currency: str
    price: Decimal


@frozen
class Reading:
    """All that a source said at once."""

    source: str
    origin: str
    """Where its prices come from. Sources of one origin count as one."""
    quotes: tuple[Quote, ...]
    at: int
    """When the source says that it was so, if it does, else when it was asked; unix milliseconds.
    Never later than when it was asked."""
    good_until: int
    """After this it is too old to be used; unix milliseconds."""

    def price(self, base: str, currency: str) -> Decimal | None:
        """What one ``base`` costs, if this source says so."""
        for quote in self.quotes:
            if (quote.base, quote.currency) == (base, currency):
                return quote.price
        return None


def quote(base: str, currency: str, price: Decimal) -> Quote:
    """A quote with a price that can be one. Raises QuoteError for zero (which api.kaspa.org answers
    when it does not know), for negative ones and for what is not a number."""
    if not (price.is_finite() and _SMALLEST <= price <= _LARGEST):
        raise QuoteError(f"The price of {base} in {currency} is {price:.6g}, which can't be.")
    return Quote(base, currency, price)


# No pair of things we ask for was ever near these; they keep the arithmetic small.
_SMALLEST: Final = Decimal("1e-9")
_LARGEST: Final = Decimal("1e9")
