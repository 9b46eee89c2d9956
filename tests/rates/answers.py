"""Answers of the sources, shortened but in their own form, at about three cents for one KAS."""

from __future__ import annotations

import json
from collections.abc import Callable

NOW = 1_760_000_000_000
"""2025-10-09, 08:53 UTC."""


def kraken(usd: str = "0.03200", eur: str = "0.02760", tether: str = "0.99980") -> bytes:
    def ticker(last: str) -> dict[str, object]:
        # Ask, bid, last trade, volume, mean, trades, low, high, opening.
        price = [last, "1000", "1000.000"]
        two = [last, last]
        return {
            "a": price, "b": price, "c": [last, "1250.00"], "v": ["1.0", "2.0"], "p": two,
            "t": [10, 20], "l": two, "h": two, "o": last,
        }  # fmt: skip

    pairs = {"KASEUR": ticker(eur), "KASUSD": ticker(usd), "USDTZUSD": ticker(tether)}
    return json.dumps({"error": [], "result": pairs}).encode()


def kucoin(price: str = "0.03201", at: int = NOW) -> bytes:
    data = {
        "time": at, "sequence": "2788984275", "price": price, "size": "35.1",
        "bestBid": "0.03200", "bestBidSize": "1.1", "bestAsk": "0.03202", "bestAskSize": "2.2",
    }  # fmt: skip
    return json.dumps({"code": "200000", "data": data}).encode()


def gate(price: str = "0.03199") -> bytes:
    ticker = {
        "currency_pair": "KAS_USDT", "last": price, "lowest_ask": "0.0320", "highest_bid": "0.0319",
        "change_percentage": "-1.2", "base_volume": "1000000.5", "quote_volume": "32000.1",
    }  # fmt: skip
    return json.dumps([ticker]).encode()


def mexc(price: str = "0.03202") -> bytes:
    return json.dumps({"symbol": "KASUSDT", "price": price}).encode()


def bybit(price: str = "0.03198", at: int = NOW) -> bytes:
    ticker = {"symbol": "KASUSDT", "bid1Price": "0.0319", "lastPrice": price, "volume24h": "1.5"}
    answer = {
        "retCode": 0, "retMsg": "OK", "result": {"category": "spot", "list": [ticker]},
        "retExtInfo": {}, "time": at,
    }  # fmt: skip
    return json.dumps(answer).encode()


def coingecko(usd: str = "0.03203", at: int = NOW) -> bytes:
    return (
        f'{{"kaspa":{{"usd":{usd},"eur":0.02762,"gbp":0.0239,"idr":530.1,"jpy":4.88,'
        f'"last_updated_at":{at // 1000}}},"tether":{{"usd":0.9999,"eur":0.8619,'
        f'"last_updated_at":{at // 1000}}}}}'
    ).encode()


def kaspa(price: str = "0.0321") -> bytes:
    return f'{{"price":{price}}}'.encode()


def coinbase(usd: str = "0.9997", eur: str = "0.8618") -> bytes:
    rates = {"USD": usd, "EUR": eur, "GBP": "0.7463", "JPY": "152.72", "BTC": "0.0000081"}
    return json.dumps({"data": {"currency": "USDT", "rates": rates}}).encode()


def ecb(usd: str = "1.1611", day: str = "2025-10-08") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube><Cube time='{day}'>
    <Cube currency='USD' rate='{usd}'/><Cube currency='JPY' rate='177.35'/>
    <Cube currency='GBP' rate='0.86650'/><Cube currency='CHF' rate='0.9312'/>
    <Cube currency='SEK' rate='10.9975'/>
  </Cube></Cube>
</gesmes:Envelope>""".encode()


ANSWERS: dict[str, Callable[[], bytes]] = {
    "kraken": kraken,
    "kucoin": kucoin,
    "gate": gate,
    "mexc": mexc,
    "bybit": bybit,
    "coingecko": coingecko,
    "kaspa": kaspa,
    "coinbase": coinbase,
    "ecb": ecb,
}
"""An ordinary answer of each source."""
