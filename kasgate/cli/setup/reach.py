"""Questions about how the gateway is reached, and about prices in currencies."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from kasgate.cli.setup.basics import Asking
from kasgate.cli.setup.dialogue import Question, Wrong
from kasgate.cli.setup.draft import Draft
from kasgate.rates.sources import SOURCES, Source
from kasgate.settings.values import WILDCARD_HOSTS
from kasgate.store.lock import is_locked

NONE: Final = "none"
"""The answer that empties a list."""
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = Question(
    "Address to listen on",
    "--host",
    "With 127.0.0.1 only programs of this machine reach the gateway: right behind a reverse proxy"
    " on this machine, and for a trial. 0.0.0.0 listens on every interface, for a proxy elsewhere.",
)
_PORT: Final = Question(
    "Port",
    "--port",
    "A free port of this machine: the reverse proxy, or your browser, connects to it.",
)
_URL: Final = Question(
    "Public URL",
    "--base-url",
    "Shoppers and the dashboard reach the gateway under this URL. For a real shop it is https://"
    " with a name of yours, such as https://pay.example, and a reverse proxy with TLS answers it.",
)
_PROXIES: Final = Question(
    "Trusted proxies",
    "--trusted-proxy",
    "The gateway believes the X-Forwarded-* headers of these addresses, and of no other. Without"
    " the proxy's address all shoppers seem to be one, and share one rate limit.",
)
_RATES: Final = Question(
    "Prices in currencies (on, off)",
    "--rates",
    "With this on, an order may be priced in euros, dollars and so on; the gateway asks several"
    " exchanges for the price of KAS once a minute. Each order names its currency.",
)
_SOURCES: Final = Question(
    "Sources of rates",
    "--rate-source",
    "A price needs three independent sources that agree. The more sources, the fewer gaps.",
)


def ask_reach(asking: Asking) -> None:
    """Address, port, public URL and proxies."""
    draft, options = asking.draft, asking.options
    host_before, port_before = draft.present("host"), draft.present("port")
    url_before: str = draft.present("base_url")
    is_own = url_before == _url_of(host_before, port_before)
    asking.setting(_HOST, "host", options.host, host_before)
    asking.dialogue.answer(_PORT, options.port, str(port_before), lambda text: _port(asking, text))
    # A URL that only repeats address and port follows them.
    url_default = draft.default("base_url") if is_own else url_before
    asking.setting(_URL, "base_url", options.base_url, url_default)
    _ask_proxies(asking)


def _url_of(host: str, port: int) -> str:
    name = "localhost" if host in WILDCARD_HOSTS else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def _port(asking: Asking, text: str) -> None:
    draft = asking.draft
    number: int = draft.read("port", text)
    if number == 0:
        raise Wrong("Shops and the proxy need a port that stays the same: 1 to 65535.")
    problem = _cannot_listen(draft.present("host"), number)
    if problem is not None and not _is_own_gateway(draft, number):
        raise Wrong(problem)
    draft.take("port", number)


def _cannot_listen(host: str, port: int) -> str | None:
    """Why the gateway could not listen there; None if it could, or if that is not known."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Another program listens on port {port}. Take another port, or stop it."
        if error.errno == errno.EACCES:
            return (
                f"Port {port} needs a privilege that this user does not have. Take one above 1023."
            )
        if error.errno == errno.EADDRNOTAVAIL:
            return f"This machine does not have the address {host}."
    return None


def _is_own_gateway(draft: Draft, port: int) -> bool:
    """Whether it is this gateway that listens there."""
    return port == draft.present("port") and is_locked(draft.present("database"))


def _ask_proxies(asking: Asking) -> None:
    draft, dialogue = asking.draft, asking.dialogue
    url: str = draft.present("base_url")
    is_behind = needs_proxy(url)
    present: Sequence[object] = draft.present("trusted_proxies")
    given: list[str] | None = asking.options.trusted_proxy
    if not is_behind and not present and given is None:
        return
    stated = ", ".join(map(str, present))
    default = stated or ("127.0.0.1" if is_behind and not draft.has("trusted_proxies") else NONE)

    def read(text: str) -> None:
        items = [] if text.lower() == NONE else [one.strip() for one in text.split(",")]
        draft.take("trusted_proxies", [one for one in items if one])

    dialogue.answer(_PROXIES, None if given is None else ",".join(given), default, read)
    if is_behind:
        dialogue.say(proxy_advice(url))


def needs_proxy(url: str) -> bool:
    """Whether a public URL needs a reverse proxy: the gateway itself speaks plain HTTP."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname not in _LOCAL


def proxy_advice(url: str) -> str:
    """What the reverse proxy for this public URL has to do."""
    parts = urlsplit(url)
    place = "Under a path" if parts.path else "On a host of its own"
    return (
        f"The reverse proxy answers {url} with TLS, passes requests and WebSockets to the gateway,"
        " keeps the Host header, and sets X-Forwarded-For and X-Forwarded-Proto. docs/proxies.md,"
        f' "{place}", has configurations for it.'
    )


def ask_rates(asking: Asking) -> None:
    """Whether orders may be priced in currencies, and the sources of rates."""
    draft, options = asking.draft, asking.options
    default = "on" if draft.present("rates") else "off"
    asking.dialogue.answer(
        _RATES, options.rates, default, lambda text: draft.take("rates", draft.read("rates", text))
    )
    given: list[str] | None = options.rate_source
    if not draft.present("rates") and given is None:
        return
    present = ", ".join(_written(one) for one in draft.present("rate_sources"))

    def read(text: str) -> None:
        draft.take("rate_sources", [one.strip() for one in text.split(",") if one.strip()])

    asking.dialogue.answer(_SOURCES, None if given is None else ",".join(given), present, read)


def _written(source: Source) -> str:
    """A source as the setting writes it."""
    usual = SOURCES[source.name]
    return source.name if source == usual else f"{source.name}={source.base_url}"
