"""What WebSockets may cost: the same meters as HTTP, and bounds on what is held open.

A message counts as a call would: a subscription for its session and, as any other message, for the
client's address; once authenticated, for the merchant. A wrong key or token is a failure of the
address. What is held is bounded by address (IPv6 by its /64) and by merchant, so that neither one
client nor the shoppers of one merchant can use up what is there for all.
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
"""Sessions followed, counted once for each follower; some 300 bytes each."""
SUBSCRIPTIONS_PER_ADDRESS: Final = 10_000
SUBSCRIPTIONS_PER_MERCHANT: Final = 50_000
FEEDS: Final = 2_000
"""WebSockets that are authenticated, each with a queue of some hundred events at most."""
FEEDS_PER_MERCHANT: Final = 50


class SocketLimits:
    """The bounds of one gateway."""

    def __init__(self, limits: RateLimiter, proxies: TrustedProxies) -> None:
        self.limits = limits
        self._proxies = proxies
        self.sockets = Quota(inf)
        self._wide = Quota(inf)
        self._by_address = Quota(SUBSCRIPTIONS_PER_ADDRESS, SUBSCRIPTIONS)
        self._by_merchant = Quota(SUBSCRIPTIONS_PER_MERCHANT)
        self.feeds = Quota(FEEDS_PER_MERCHANT, FEEDS)

    def obey(self, limits: ConnectionLimits) -> None:
        """Let as many WebSockets in as these connections leave room for."""
        bounded = limits.per_address is not None
        self.sockets.in_all = limits.websockets
        self.sockets.per_tenant = limits.of_one_address if bounded else inf
        self._wide.per_tenant = limits.of_one_address * WIDE if bounded else inf

    def has_room(self, client: str) -> bool:
        """Whether somebody with this address may open one more WebSocket."""
        if self._proxies.trusts(client):
            return self.sockets.held < self.sockets.in_all
        wide = wide_network_of(client)
        return self.sockets.has_room(network_of(client)) and (
            wide is None or self._wide.has_room(wide)
        )

    @contextmanager
    def open(self, client: str) -> Iterator[None]:
        """A WebSocket of somebody with this address is open. There has to be room."""
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
        """Count a message. False if it is one too many, and is not to be answered."""
        if merchant_id is None:
            return self.limits.allows("polls", client)
        return self.limits.allows("merchant", merchant_id)

    def may_fail(self, client: str) -> bool:
        """Count a wrong key or token. False if it was one too many."""
        return self.limits.allows("failures", client)

    def subscribe(self, client: str, merchant_id: str) -> bool:
        """One more session is followed by this client. False if that is one too many."""
        if not self._by_merchant.has_room(merchant_id) or not self._by_address.take(client):
            return False
        self._by_merchant.take_anyway(merchant_id)
        return True

    def unsubscribe(self, client: str, merchant_id: str) -> None:
        """One less."""
        self._by_address.give_back(client)
        self._by_merchant.give_back(merchant_id)
