"""The rate at which a payment that is credited now is valued."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kasgate.clock import Clock
from kasgate.currency import DECIMALS
from kasgate.rates.market import MarketRate, RatesUnavailable
from kasgate.sessions.valuation import ValueRate

KEPT_MS: Final = 1_000
"""A rate is computed once in this time, for all payments in its currency."""

CurrencyLookup = Callable[[str], str | None]
"""The display currency of a merchant, from memory; None if it has none."""


MarketLookup = Callable[[str], MarketRate]
"""The price of one KAS now, from memory. Raises RatesUnavailable."""


class PaymentRates:
    """The market rates of the merchants' display currencies, from the readings that the gateway
    already has. Nothing here waits, asks the network or reads the database."""

    def __init__(self, currency_of: CurrencyLookup, market: MarketLookup, clock: Clock) -> None:
        self._currency_of = currency_of
        self._market = market
        self._clock = clock
        self._kept: dict[str, tuple[int, ValueRate | None]] = {}

    def of(self, merchant_id: str) -> ValueRate | None:
        """The current rate for a merchant's payments; None without a display currency, while rates
        are switched off, and while too few sources have a recent price."""
        currency = self._currency_of(merchant_id)
        if currency is None:
            return None
        now = self._clock()
        kept = self._kept.get(currency)
        # Not "less than": the machine's clock may have been set back.
        if kept is not None and abs(now - kept[0]) < KEPT_MS:
            return kept[1]
        rate = self._computed(currency)
        self._kept[currency] = now, rate
        return rate

    def _computed(self, currency: str) -> ValueRate | None:
        try:
            rate = self._market(currency)
        except RatesUnavailable:
            return None
        return ValueRate(currency, rate.text, DECIMALS[currency], rate.at)
