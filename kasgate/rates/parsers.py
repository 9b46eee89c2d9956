"""Parsers of each source's answers, describing only the fields that are used.

Every parser takes the body of an answer and returns quotes, with the source's time if it gives one
(unix milliseconds). It raises QuoteError for any unexpected answer. All numbers are read as
Decimal, from the digits that were sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Final, TypeVar

import msgspec
from attrs import frozen

from kasgate.currency import DECIMALS, DOLLAR, TETHER
from kasgate.rates.quotes import COIN, Quote, QuoteError, quote

T = TypeVar("T")


@frozen
class Parsed:
    """The content of an answer."""

    quotes: tuple[Quote, ...]
    at: int | None = None
    """Unix milliseconds, if the source gives a time."""


Parser = Callable[[bytes], Parsed]


class _Coins(msgspec.Struct):
    """CoinGecko ``/simple/price``: a coin, then its price per currency in lower case."""

    kaspa: dict[str, Decimal | None]
    tether: dict[str, Decimal | None] = {}


def coingecko(body: bytes) -> Parsed:
    """``{"kaspa": {"usd": 0.032, "eur": 0.028, "last_updated_at": 1760000000}, "tether": …}``."""
    answer = _decode(body, _Coins)
    quotes = [
        quote(COIN, code, price)
        for code in DECIMALS
        if (price := answer.kaspa.get(code.lower())) is not None
    ]
    tether = answer.tether.get("usd")
    if tether is not None:
        quotes.append(quote(TETHER, DOLLAR, tether))
    updated = answer.kaspa.get("last_updated_at")
    return _parsed(quotes, None if updated is None else _milliseconds(updated * 1000))


class _Price(msgspec.Struct):
    price: Decimal


def kaspa(body: bytes) -> Parsed:
    """``{"price": 0.032}`` in dollars, 0 if it is unknown (kaspa.md §5, /info/price)."""
    return _parsed([quote(COIN, DOLLAR, _decode(body, _Price).price)])


class _KrakenTicker(msgspec.Struct):
    c: tuple[Decimal, Decimal]
    """Price and volume of the last trade."""


class _Kraken(msgspec.Struct):
    error: list[str]
    result: dict[str, _KrakenTicker] = {}


_KRAKEN_PAIRS: Final = {
    "KASUSD": (COIN, DOLLAR),
    "KASEUR": (COIN, "EUR"),
    # Requested as USDTUSD; the answer uses the older name.
    "USDTZUSD": (TETHER, DOLLAR),
    "USDTUSD": (TETHER, DOLLAR),
}


def kraken(body: bytes) -> Parsed:
    """``{"error": [], "result": {"KASUSD": {"c": ["0.032", "100"]}, …}}``."""
    answer = _decode(body, _Kraken)
    if answer.error:
        raise QuoteError(f"It answered {answer.error[0][:100]!r}.")
    return _parsed(
        quote(*_KRAKEN_PAIRS[pair], ticker.c[0])
        for pair, ticker in answer.result.items()
        if pair in _KRAKEN_PAIRS
    )


class _KucoinTicker(msgspec.Struct):
    price: Decimal
    time: int


class _Kucoin(msgspec.Struct):
    code: str
    data: _KucoinTicker | None = None


def kucoin(body: bytes) -> Parsed:
    """``{"code": "200000", "data": {"time": 1760000000000, "price": "0.032", …}}``; ``data`` is
    null for a pair that is not traded."""
    data = _decode(body, _Kucoin).data
    if data is None:
        raise QuoteError("It has no price for KAS-USDT.")
    return _parsed([quote(COIN, TETHER, data.price)], data.time)


class _GateTicker(msgspec.Struct):
    currency_pair: str
    last: Decimal


def gate(body: bytes) -> Parsed:
    """``[{"currency_pair": "KAS_USDT", "last": "0.032", …}]``."""
    return _parsed(
        quote(COIN, TETHER, ticker.last)
        for ticker in _decode(body, list[_GateTicker])
        if ticker.currency_pair == "KAS_USDT"
    )


class _MexcTicker(msgspec.Struct):
    symbol: str
    price: Decimal


def mexc(body: bytes) -> Parsed:
    """``{"symbol": "KASUSDT", "price": "0.032"}``."""
    ticker = _decode(body, _MexcTicker)
    if ticker.symbol != "KASUSDT":
        raise QuoteError("It answered for another pair.")
    return _parsed([quote(COIN, TETHER, ticker.price)])


class _BybitTicker(msgspec.Struct, rename="camel"):
    symbol: str
    last_price: Decimal


class _BybitList(msgspec.Struct, frozen=True):
    list: tuple[_BybitTicker, ...] = ()


class _Bybit(msgspec.Struct, rename="camel"):
    ret_code: int
    ret_msg: str = ""
    result: _BybitList = _BybitList()
    time: int | None = None


def bybit(body: bytes) -> Parsed:
    """``{"retCode": 0, "result": {"list": [{"symbol": "KASUSDT", "lastPrice": "0.032"}]},
    "time": 1760000000000}``."""
    answer = _decode(body, _Bybit)
    if answer.ret_code != 0:
        raise QuoteError(f"It answered {answer.ret_msg[:100]!r}.")
    tickers = answer.result.list
    return _parsed(
        (quote(COIN, TETHER, one.last_price) for one in tickers if one.symbol == "KASUSDT"),
        answer.time,
    )


class _CoinbaseData(msgspec.Struct):
    currency: str
    rates: dict[str, Decimal]


class _Coinbase(msgspec.Struct):
    data: _CoinbaseData


def coinbase(body: bytes) -> Parsed:
    """``{"data": {"currency": "USDT", "rates": {"USD": "0.9998", "EUR": "0.92", …}}}``: the price
    of a tether, and so the price of a dollar in every other currency."""
    data = _decode(body, _Coinbase).data
    dollars = data.rates.get(DOLLAR)
    if data.currency != TETHER or dollars is None:
        raise QuoteError("It has no price of tether in dollars.")
    peg = quote(TETHER, DOLLAR, dollars)
    return _parsed([peg, *_dollar_quotes(data.rates, peg.price)])


_ECB_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MARKUP_NOT_TAKEN: Final = (b"<!DOCTYPE", b"<!ENTITY")


def ecb(body: bytes) -> Parsed:
    """The European Central Bank's reference rates of a working day: XML with
    ``<Cube time="2025-10-09"><Cube currency="USD" rate="1.1611"/>…``, each for one euro."""
    if any(markup in body for markup in _MARKUP_NOT_TAKEN):
        raise QuoteError("It answered with a document type declaration.")
    from xml.etree import ElementTree  # noqa: PLC0415 - a megabyte, for one source once a day

    try:
        # Without a document type there are no entities, which are the danger of XML.
        root = ElementTree.fromstring(body)  # noqa: S314
    except (ElementTree.ParseError, LookupError):  # LookupError: an unknown encoding.
        raise QuoteError("Its answer is not the XML that was expected.") from None
    day = None
    per_euro = {"EUR": Decimal(1)}
    for cube in root.iter("{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"):
        day = cube.get("time") or day
        code, rate = cube.get("currency"), cube.get("rate")
        if code in DECIMALS and rate is not None:
            per_euro[code] = _decimal(rate)
    if day is None or _ECB_DAY.fullmatch(day) is None or DOLLAR not in per_euro:
        raise QuoteError("It has no price of the euro in dollars with a date.")
    dollars = quote("EUR", DOLLAR, per_euro[DOLLAR]).price
    return _parsed(_dollar_quotes(per_euro, dollars), _midnight(day))


def _dollar_quotes(rates: dict[str, Decimal], dollars: Decimal) -> list[Quote]:
    """The price of a dollar in each currency, from rates of a unit that costs ``dollars``."""
    with localcontext(prec=_PRECISION):
        return [
            quote(DOLLAR, code, quote(DOLLAR, code, rates[code]).price / dollars)
            for code in DECIMALS
            if code != DOLLAR and code in rates
        ]


_PRECISION: Final = 28


def _parsed(quotes: Iterable[Quote], at: int | None = None) -> Parsed:
    found = tuple(quotes)
    if not found:
        raise QuoteError("It has no price for the requested pair.")
    return Parsed(found, at)


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The type's message names the invalid member; a public price contains no secret.
        raise QuoteError(f"Its answer is not what was expected: {error}.") from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise QuoteError(f"{text[:30]!r} is not a number.") from None


def _milliseconds(value: Decimal) -> int:
    if not value.is_finite() or abs(value) > _FAR_AWAY_MS:
        raise QuoteError("Its time is not valid.")
    return int(value)


def _midnight(day: str) -> int:
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        raise QuoteError(f"{day} is not a date.") from None


_FAR_AWAY_MS: Final = Decimal("1e15")
