"""Limits of WebSockets: rate limits shared with HTTP, and quotas of open connections and feeds.

A message counts as a call: against the client's address or, once authenticated, the merchant. A
subscription without authentication also counts against its session. A wrong key or token counts as
a failure of the address. Subscriptions are limited by address (IPv6 by its /64) and by merchant, so
that neither one client nor the shoppers of one merchant can take all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Final

from kasgate.access.client_networks import network_of, wide_network_of
from kasgate.limits.quota import Quota
from web.connection.eviction import WIDE

if TYPE_CHECKING:
    from web.connection.admission import ConnectionLimits
    from web.http.limits import RateLimiter
    from web.http.proxies import TrustedProxies

SUBSCRIPTIONS: Final = 200_000
"""Subscriptions in all, one for each session and follower; some 300 bytes each."""
SUBSCRIPTIONS_PER_ADDRESS: Final = 10_000
SUBSCRIPTIONS_PER_MERCHANT: Final = 50_000
FEEDS: Final = 2_000
"""Authenticated WebSockets, each with a queue of at most some hundred events."""
FEEDS_PER_MERCHANT: Final = 50


class SocketLimits:
    def __init__(self, limits: RateLimiter, proxies: TrustedProxies) -> None:
        self.limits = limits
        self._proxies = proxies
        self.sockets = Quota(inf)
        self._wide = Quota(inf)
        self._by_address = Quota(SUBSCRIPTIONS_PER_ADDRESS, SUBSCRIPTIONS)
        self._by_merchant = Quota(SUBSCRIPTIONS_PER_MERCHANT)
        self.feeds = Quota(FEEDS_PER_MERCHANT, FEEDS)

    def obey(self, limits: ConnectionLimits) -> None:
        """Set the limits of WebSockets to those of the server's connections."""
        bounded = limits.per_address is not None
        self.sockets.in_all = limits.websockets
        self.sockets.per_tenant = limits.of_one_address if bounded else inf
        self._wide.per_tenant = limits.of_one_address * WIDE if bounded else inf

    def has_room(self, client: str) -> bool:
        """Whether this address may open one more WebSocket."""
        if self._proxies.trusts(client):
            return self.sockets.held < self.sockets.in_all
        wide = wide_network_of(client)
        return self.sockets.has_room(network_of(client)) and (
            wide is None or self._wide.has_room(wide)
        )

    @contextmanager
    def open(self, client: str) -> Iterator[None]:
        """Count a WebSocket of this address while the context lasts. The caller checks ``has_room``
        first."""
        name, wide = network_of(client), wide_network_of(client)
        self.sockets.take_anyway(name)
        if wide is not None:
            self._wide.take_anyway(wide)
        try:
            yield
        finally:
            self.sockets.give_back(name)
            if wide is not None:
                self._wide.give_back(wide)

    def hears(self, client: str, merchant_id: str | None) -> bool:
        """Count a message. False if it exceeds the limit and must not be carried out."""
        if merchant_id is None:
            return self.limits.allows("polls", client)
        return self.limits.allows("merchant", merchant_id)

    def may_fail(self, client: str) -> bool:
        """Count a wrong key or token. False if it exceeds the limit."""
        return self.limits.allows("failures", client)

    def subscribe(self, client: str, merchant_id: str) -> bool:
        """Count a subscription. False if it exceeds a limit; then it is not counted."""
        if not self._by_merchant.has_room(merchant_id) or not self._by_address.take(client):
            return False
        self._by_merchant.take_anyway(merchant_id)
        return True

    def unsubscribe(self, client: str, merchant_id: str) -> None:
        """Count a subscription that ends."""
        self._by_address.give_back(client)
        self._by_merchant.give_back(merchant_id)
