"""DNS look-ups that keep a slow name server, or one merchant, from delaying others."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Final

from kasgate.egress.lookups import Lookup, Lookups
from kasgate.limits.fair_share import FairShare

DELIVERY_LOOKUPS: Final = 64
"""Concurrent look-ups for requests; each takes a thread."""
CHECK_LOOKUPS: Final = 32
"""Concurrent look-ups for URLs that a merchant sets; a separate limit, so as not to delay
deliveries."""
LOOKUPS_PER_TENANT: Final = 4
"""Of each kind, the threads that one merchant's names may use."""
SLOT_WAIT_S: Final = 5.0
"""How long, in seconds, a look-up waits for a thread."""
_WAITING: Final = 1_024
_WAITING_PER_TENANT: Final = 32

BlockingLookup = Callable[[str, int], list[str]]


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of a name by the system's resolver, best first. Blocks. Raises OSError."""
    # Given as bytes, the name does not pass through Python's own, older IDNA.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _family, _type, _protocol, _name, sockaddr in found]


class NameLookup:
    """Look-ups of names, one per name at a time. Until it ends, a thread holds a slot of the
    merchant that started it, even if nobody waits for it any more."""

    def __init__(self, slots: int, lookup: BlockingLookup = system_lookup) -> None:
        self._lookup = lookup
        self._under_way: Lookups[tuple[str, int], list[str]] = Lookups()
        self._slots = FairShare(
            "name lookups",
            slots=slots,
            per_tenant=LOOKUPS_PER_TENANT,
            waiting=_WAITING,
            waiting_per_tenant=_WAITING_PER_TENANT,
        )

    @property
    def under_way(self) -> int:
        """The number of threads that look names up."""
        return len(self._under_way)

    async def begin(self, host: str, port: int, tenant: str) -> Lookup[list[str]]:
        """Look a name up for a merchant, or join a look-up of the same name. Returns once it has
        begun. Raises ResourceBusy if it can't begin within SLOT_WAIT_S."""
        under_way = self._under_way.get((host, port))
        if under_way is None:
            await self._slots.acquire(tenant, SLOT_WAIT_S)
            # Another caller may have begun it meanwhile; then the slot is not needed.
            under_way = self._under_way.get((host, port))
            if under_way is None:
                return self._under_way.start(
                    (host, port),
                    partial(self._lookup, host, port),
                    ended=partial(self._slots.release, tenant),
                )
            self._slots.release(tenant)
        return under_way
