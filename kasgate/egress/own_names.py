"""Look-ups of names that the operator chose: nodes, sources of rates, public resolvers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import trio

from kasgate.egress.lookups import Lookups

MOST_LOOKUPS: Final = 64
"""The most concurrent look-ups; a further one fails. The settings bound the number of names."""

AddressInfo = list[Any]
"""The return type of ``socket.getaddrinfo``."""


class OwnNames(trio.abc.HostnameResolver):
    """A resolver for ``trio.socket.set_custom_hostname_resolver``.

    A name server that never answers blocks one thread per name, however often the name is tried. By
    default each attempt takes one of the forty threads of Trio's pool, which also reads files,
    until the system's resolver gives up.
    """

    def __init__(self, lookup: Callable[..., AddressInfo] = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._under_way: Lookups[tuple[object, ...], AddressInfo] = Lookups()

    @property
    def under_way(self) -> int:
        """The number of threads that look names up."""
        return len(self._under_way)

    async def getaddrinfo(  # noqa: PLR0917 - the interface's own signature
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the interface's own name
        proto: int = 0,
        flags: int = 0,
    ) -> AddressInfo:
        """Like ``socket.getaddrinfo``. Raises OSError; cancellation does not stop the thread."""
        asked = (host, port, family, type, proto, flags)
        lookup = self._under_way.get(asked)
        if lookup is None:
            if len(self._under_way) >= MOST_LOOKUPS:
                raise OSError("too many names are being looked up")
            lookup = self._under_way.start(asked, partial(self._lookup, *asked))
        return await lookup.result()

    async def getnameinfo(
        self, sockaddr: tuple[str, int] | tuple[str, int, int, int], flags: int
    ) -> tuple[str, str]:
        """Like ``socket.getnameinfo``, which nothing here uses."""
        return await trio.to_thread.run_sync(socket.getnameinfo, sockaddr, flags)
