"""Exchange rates over HTTP: the price of KAS, and prices converted to KAS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from kasgate.access.api_keys import Scope
from kasgate.currency import FiatAmount
from kasgate.json_text import iso
from kasgate.merchant import FieldProblem
from kasgate.money import AmountError, Sompi, format_kas
from kasgate.rates.price import fiat_price
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.operations import Auth, described
from web.contract.problems import invalid
from web.contract.types import Shape, Time
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.rates.market import MarketRate


def priced(amount: Sompi | FiatAmount, gateway: Gateway) -> tuple[Sompi, Mapping[str, Any] | None]:
    """An amount in sompi and, if it was given as a price, the price fields to store.

    Raises RatesUnavailable, and Problem for a price that is worth too little or too much KAS.
    """
    if not isinstance(amount, FiatAmount):
        return amount, None
    rate = gateway.rates.rate(amount.currency)
    minimum = gateway.settings.min_amount
    try:
        sompi, price = fiat_price(amount, rate)
    except AmountError as error:
        raise invalid([FieldProblem("amount.value", str(error))]) from None
    if sompi < minimum:
        sentence = (
            f"This is worth {format_kas(sompi)} KAS now; the smallest amount is"
            f" {format_kas(minimum)} KAS."
        )
        raise invalid([FieldProblem("amount.value", sentence)])
    return sompi, price.stored()


def source_fields(gateway: Gateway) -> list[dict[str, Any]]:
    """The state of each rate source, for the operator."""
    now = gateway.clock()
    return [
        without_absent(
            {
                "name": standing.name,
                "ok": standing.reading is not None and now <= standing.reading.good_until,
                "failures": standing.failures,
                "detail": standing.detail,
                "at": iso(standing.reading.at) if standing.reading is not None else None,
            }
        )
        for standing in gateway.rates.standing()
    ]


class SourceRateAnswer(Shape, kw_only=True):
    """The price of KAS at one source."""

    name: str
    rate: str
    age_seconds: int


class RateAnswer(Shape, kw_only=True):
    """The price of one KAS in a currency."""

    currency: str
    rate: str
    at: Time
    age_seconds: int
    sources: list[SourceRateAnswer]


class RatesAnswer(Shape, kw_only=True):
    """All current rates."""

    enabled: bool
    currencies: Annotated[
        list[str], Meta(description="The currencies of the sources, with a rate now or without.")
    ]
    timestamp: Time
    rates: list[RateAnswer]


class RateCalls:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @described({200: RatesAnswer}, auth=Auth.KEY, scope=Scope.READ)
    async def current(self, _request: Request) -> Answer:
        """Read the current price of KAS.

        The rate in each available currency, with its sources. Empty while rates are switched off,
        or while too few sources answer.
        """
        now = self._gateway.clock()
        rates = self._gateway.rates
        fields = {
            "enabled": rates.is_on,
            "currencies": rates.currencies,
            "timestamp": iso(now),
            "rates": [_rate_fields(rate, now) for rate in rates.rates()],
        }
        return json_answer(fields)


def _rate_fields(rate: MarketRate, now: int) -> dict[str, Any]:
    return {
        "currency": rate.currency,
        "rate": rate.text,
        "at": iso(rate.at),
        "ageSeconds": max(0, now - rate.at) // 1000,
        "sources": [
            {
                "name": voice.source,
                "rate": voice.text,
                "ageSeconds": max(0, now - voice.at) // 1000,
            }
            for voice in rate.voices
        ],
    }


def rate_routes(gateway: Gateway) -> Routes:
    """The routes under ``/api/v1/rates``."""
    calls = RateCalls(gateway)
    return Routes("rates", "/api/v1/rates", (("GET", "", calls.current),))
