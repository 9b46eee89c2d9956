"""The sources of rates: their URLs, polling intervals, and how long an answer is valid.

All are public and need no account. Exchanges quote KAS in tether. The price of tether in dollars,
and of a dollar in other currencies, is requested too and never assumed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from attrs import frozen

from kasgate.currency import DECIMALS, DOLLAR

if TYPE_CHECKING:
    from kasgate.rates.parsers import Parsed, Parser

_CODES: Final = ",".join(code.lower() for code in DECIMALS)
_EVERY: Final = frozenset(DECIMALS)
_MINUTE_S: Final = 60
_DAY_S: Final = 86_400


@frozen
class Source:
    """A source of prices of KAS, or of a currency."""

    name: str
    origin: str
    """The owner of its prices. Sources of one origin are not independent of each other."""
    base_url: str
    """Without a slash at its end."""
    path: str
    parser: str
    """The function of ``kasgate.rates.parsers`` that reads its answers."""
    prices_coin: bool
    """Whether it prices KAS, and not only currencies."""
    every_s: int = _MINUTE_S
    good_for_s: int = 5 * _MINUTE_S
    """How long an answer is used, from its own time, or else from the time of the request."""
    currencies: frozenset[str] = frozenset({DOLLAR})
    """The currencies for which it has a price of KAS, of tether or of the dollar."""

    @property
    def url(self) -> str:
        """The URL of the request."""
        return self.base_url + self.path

    def parse(self, body: bytes) -> Parsed:
        """Read an answer. Raises QuoteError."""
        # Loaded at the first answer, because most gateways have no rates: half a megabyte.
        parser: Parser = getattr(import_module("kasgate.rates.parsers"), self.parser)
        return parser(body)


_ALL: Final = (
    Source(
        "kraken",
        "kraken",
        "https://api.kraken.com",
        "/0/public/Ticker?pair=KASUSD,KASEUR,USDTUSD",
        "kraken",
        prices_coin=True,
        currencies=frozenset({DOLLAR, "EUR"}),
    ),
    Source(
        "kucoin",
        "kucoin",
        "https://api.kucoin.com",
        "/api/v1/market/orderbook/level1?symbol=KAS-USDT",
        "kucoin",
        prices_coin=True,
    ),
    Source(
        "gate",
        "gate",
        "https://api.gateio.ws",
        "/api/v4/spot/tickers?currency_pair=KAS_USDT",
        "gate",
        prices_coin=True,
    ),
    Source(
        "mexc",
        "mexc",
        "https://api.mexc.com",
        "/api/v3/ticker/price?symbol=KASUSDT",
        "mexc",
        prices_coin=True,
    ),
    Source(
        "bybit",
        "bybit",
        "https://api.bybit.com",
        "/v5/market/tickers?category=spot&symbol=KASUSDT",
        "bybit",
        prices_coin=True,
    ),
    # Its price is a mean over exchanges, including those above, and a minute or two old.
    Source(
        "coingecko",
        "coingecko",
        "https://api.coingecko.com",
        f"/api/v3/simple/price?ids=kaspa,tether&vs_currencies={_CODES}"
        "&include_last_updated_at=true&precision=full",
        "coingecko",
        prices_coin=True,
        good_for_s=10 * _MINUTE_S,
        currencies=_EVERY,
    ),
    # It takes its price from CoinGecko, so the two count as one (kaspa.md §5, helper/__init__.py).
    Source(
        "kaspa",
        "coingecko",
        "https://api.kaspa.org",
        "/info/price?stringOnly=false",
        "kaspa",
        prices_coin=True,
    ),
    Source(
        "coinbase",
        "coinbase",
        "https://api.coinbase.com",
        "/v2/exchange-rates?currency=USDT",
        "coinbase",
        prices_coin=False,
        every_s=5 * _MINUTE_S,
        good_for_s=20 * _MINUTE_S,
        currencies=_EVERY,
    ),
    # A new rate each working day at about 16:00 in Frankfurt. The longest pause is at Easter, when
    # Thursday's rate is the newest until Tuesday afternoon.
    Source(
        "ecb",
        "ecb",
        "https://www.ecb.europa.eu",
        "/stats/eurofxref/eurofxref-daily.xml",
        "ecb",
        prices_coin=False,
        every_s=_DAY_S // 4,
        good_for_s=6 * _DAY_S,
        currencies=_EVERY,
    ),
)

SOURCES: Final = {source.name: source for source in _ALL}
"""Every source by its name."""
