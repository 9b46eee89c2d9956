"""How the answer of each source is read, and that nothing else is accepted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.rates.parsers import Parsed
from kasgate.rates.quotes import QuoteError
from kasgate.rates.sources import SOURCES
from tests.rates import answers
from tests.rates.answers import ANSWERS, NOW


def read(source: str, body: bytes) -> Parsed:
    return SOURCES[source].parse(body)


def prices(parsed: Parsed) -> dict[str, Decimal]:
    return {f"{quote.base}/{quote.currency}": quote.price for quote in parsed.quotes}


def test_there_is_an_example_of_every_source():
    assert ANSWERS.keys() == SOURCES.keys()


def test_kraken_quotes_dollars_and_euros_and_knows_what_a_tether_costs():
    assert prices(read("kraken", answers.kraken())) == {
        "KAS/USD": Decimal("0.03200"),
        "KAS/EUR": Decimal("0.02760"),
        "USDT/USD": Decimal("0.99980"),
    }


@pytest.mark.parametrize(
    ("source", "price", "at"),
    [
        ("kucoin", "0.03201", NOW),
        ("gate", "0.03199", None),
        ("mexc", "0.03202", None),
        ("bybit", "0.03198", NOW),
    ],
)
def test_other_exchanges_quote_tether(source, price, at):
    parsed = read(source, ANSWERS[source]())
    assert prices(parsed) == {"KAS/USDT": Decimal(price)}
    assert parsed.at == at


def test_coingecko_quotes_many_currencies_and_says_when():
    parsed = read("coingecko", answers.coingecko())
    assert parsed.at == NOW
    found = prices(parsed)
    assert found["KAS/USD"] == Decimal("0.03203")
    assert found["KAS/IDR"] == Decimal("530.1")
    assert found["USDT/USD"] == Decimal("0.9999")
    assert "KAS/CHF" not in found


def test_numbers_keep_every_digit():
    body = answers.coingecko(usd="0.0320312345678901234567890123456789")
    assert prices(read("coingecko", body))["KAS/USD"] == Decimal(
        "0.0320312345678901234567890123456789"
    )


def test_the_kaspa_api_says_0_when_it_does_not_know():
    assert prices(read("kaspa", b'{"price":0.0321}')) == {"KAS/USD": Decimal("0.0321")}
    with pytest.raises(QuoteError, match="is 0"):
        read("kaspa", b'{"price":0}')


def test_coinbase_says_what_a_tether_costs_and_so_what_a_dollar_does():
    found = prices(read("coinbase", answers.coinbase(usd="0.5", eur="0.25")))
    assert found["USDT/USD"] == Decimal("0.5")
    assert found["USD/EUR"] == Decimal("0.5")
    assert "USD/BTC" not in found


def test_the_central_bank_says_what_a_euro_costs_and_so_what_a_dollar_does():
    parsed = read("ecb", answers.ecb(usd="1.25", day="2025-10-08"))
    assert parsed.at == 1_759_881_600_000, "the midnight at which that day began"
    found = prices(parsed)
    assert found["USD/EUR"] == Decimal("0.8")
    assert found["USD/GBP"] == Decimal("0.6932")
    assert "USD/USD" not in found


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("kraken", b'{"error":["EQuery:Unknown asset pair"]}'),
        ("kraken", b'{"error":[],"result":{"XXBTZUSD":{"c":["60000","1"]}}}'),
        ("kraken", b'{"error":[],"result":{"KASUSD":{"c":[]}}}'),
        ("kucoin", b'{"code":"200000","data":null}'),
        ("kucoin", b'{"code":"429000","msg":"Too Many Requests"}'),
        ("gate", b"[]"),
        ("gate", b'{"label":"INVALID_CURRENCY_PAIR"}'),
        ("mexc", b'{"symbol":"BTCUSDT","price":"60000"}'),
        ("mexc", b'{"code":-1121,"msg":"Invalid symbol."}'),
        ("bybit", b'{"retCode":10001,"retMsg":"Not supported symbols","result":{}}'),
        ("bybit", b'{"retCode":0,"retMsg":"OK","result":{"list":[]}}'),
        ("coingecko", b"{}"),
        ("coingecko", b'{"kaspa":{}}'),
        ("coingecko", b'{"kaspa":{"usd":0.03,"last_updated_at":1e400}}'),
        ("coinbase", b'{"data":{"currency":"BTC","rates":{"USD":"60000"}}}'),
        ("coinbase", b'{"data":{"currency":"USDT","rates":{"EUR":"0.9"}}}'),
        ("ecb", b"<html>moved</html>"),
        ("ecb", b"not even XML"),
        ("ecb", b'<?xml version="1.0" encoding="U-F-8"?><x/>'),
        ("ecb", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'),
        ("ecb", answers.ecb(day="soon")),
        ("ecb", answers.ecb(day="2025-99-99")),
        ("ecb", answers.ecb(usd="dear")),
        *(
            (source, body)
            for source in SOURCES
            for body in (b"", b"null", b"<html></html>", b"\xff")
        ),
    ],
)
def test_what_is_no_answer_is_refused(source, body):
    with pytest.raises(QuoteError):
        read(source, body)


@pytest.mark.parametrize("price", ["0", "-0.03", "NaN", "Infinity", "1e-30", "1e30"])
@pytest.mark.parametrize(
    "answer", [answers.kucoin, answers.gate, answers.mexc, answers.bybit, answers.kraken]
)
def test_a_price_that_can_t_be_one_is_refused(answer: Callable[[str], bytes], price):
    with pytest.raises(QuoteError):
        read(answer.__name__, answer(price))


@given(st.sampled_from(sorted(SOURCES)), st.data())
def test_a_damaged_answer_is_read_or_refused_and_nothing_else(source, data):
    body = bytearray(ANSWERS[source]())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        parsed = read(source, bytes(body))
    except QuoteError:
        return
    assert all(quote.price > 0 for quote in parsed.quotes)
