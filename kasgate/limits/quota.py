"""Limits of how much tenants hold at a time: sockets, subscriptions, sessions.

Callers do not wait here; kasgate/limits/fair_share.py lets them wait in turns.
"""

from __future__ import annotations

from math import inf


class Quota:
    """Counts held units, by tenant and in all."""

    def __init__(self, per_tenant: float, in_all: float = inf) -> None:
        self.per_tenant = per_tenant
        self.in_all = in_all
        self.held = 0
        """Held by all tenants."""
        self._by_tenant: dict[str, int] = {}

    def held_by(self, tenant: str) -> int:
        """Held by one tenant."""
        return self._by_tenant.get(tenant, 0)

    def has_room(self, tenant: str) -> bool:
        """Whether ``take`` would succeed now."""
        return self.held < self.in_all and self._by_tenant.get(tenant, 0) < self.per_tenant

    def take(self, tenant: str) -> bool:
        """Count one more unit, unless that exceeds a limit. Returns whether it was counted."""
        if not self.has_room(tenant):
            return False
        self.take_anyway(tenant)
        return True

    def take_anyway(self, tenant: str) -> None:
        """Count one more unit without a limit, because it existed before the count began."""
        self.held += 1
        self._by_tenant[tenant] = self._by_tenant.get(tenant, 0) + 1

    def give_back(self, tenant: str) -> None:
        """Uncount one unit. Raises KeyError if none is held."""
        left = self._by_tenant[tenant] - 1
        self.held -= 1
        if left:
            self._by_tenant[tenant] = left
        else:
            del self._by_tenant[tenant]
