"""How much tenants hold at a time of something that is bounded: sockets, subscriptions, sessions.

Nobody waits for it. Where callers should, kasgate/limits/fair_share.py has turns.
"""

from __future__ import annotations

from math import inf


class Quota:
    """Counts what is held, by tenant and in all."""

    def __init__(self, per_tenant: float, in_all: float = inf) -> None:
        self.per_tenant = per_tenant
        self.in_all = in_all
        self.held = 0
        """By all of them."""
        self._by_tenant: dict[str, int] = {}

    def held_by(self, tenant: str) -> int:
        """By one of them."""
        return self._by_tenant.get(tenant, 0)

    def has_room(self, tenant: str) -> bool:
        """Whether ``take`` would succeed now."""
        return self.held < self.in_all and self._by_tenant.get(tenant, 0) < self.per_tenant

    def take(self, tenant: str) -> bool:
        """One more is held, unless that is one too many."""
        if not self.has_room(tenant):
            return False
        self.take_anyway(tenant)
        return True

    def take_anyway(self, tenant: str) -> None:
        """One more is held, whether there is room or not: it was there before anybody counted."""
        self.held += 1
        self._by_tenant[tenant] = self._by_tenant.get(tenant, 0) + 1

    def give_back(self, tenant: str) -> None:
        """One less is held. Raises KeyError if none was."""
        left = self._by_tenant[tenant] - 1
        self.held -= 1
        if left:
            self._by_tenant[tenant] = left
        else:
            del self._by_tenant[tenant]
