"""Looking up the names that the operator chose: nodes, sources of rates, public resolvers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import trio
from attrs import define, field
from outcome import Error, Outcome

MOST_LOOKUPS: Final = 64
"""Names looked up at once; one more fails. There are as many names as the settings name."""

AddressInfo = list[Any]
"""What ``socket.getaddrinfo`` returns."""


@define(eq=False)
class _Lookup:
    done: trio.Event = field(factory=trio.Event)
    result: Outcome[AddressInfo] = field(init=False)

    def outcome(self) -> AddressInfo:
        """What it came to, once it is done. Raises OSError."""
        if isinstance(self.result, Error) and isinstance(self.result.error, OSError):
            # One of its own for each who asked: a raised exception collects its traceback.
            error = self.result.error
            raise type(error)(*error.args) from error
        return self.result.unwrap()


class OwnNames(trio.abc.HostnameResolver):
    """What ``trio.socket.set_custom_hostname_resolver`` takes.

    A name server that never answers holds one thread for each name, however often the name is
    tried meanwhile. By default each try takes one of the forty threads of Trio's pool, where files
    are read, and keeps it until the system's resolver gives up.
    """

    def __init__(self, lookup: Callable[..., AddressInfo] = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._under_way: dict[tuple[object, ...], _Lookup] = {}

    @property
    def under_way(self) -> int:
        """How many threads look names up."""
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
        """As ``socket.getaddrinfo``. Raises OSError; cancellation leaves the thread to itself."""
        asked = (host, port, family, type, proto, flags)
        lookup = self._under_way.get(asked)
        if lookup is None:
            if len(self._under_way) >= MOST_LOOKUPS:
                raise OSError("too many names are being looked up")
            lookup = self._start(asked)
        await lookup.done.wait()
        return lookup.outcome()

    async def getnameinfo(
        self, sockaddr: tuple[str, int] | tuple[str, int, int, int], flags: int
    ) -> tuple[str, str]:
        """As ``socket.getnameinfo``, which nothing here asks for."""
        return await trio.to_thread.run_sync(socket.getnameinfo, sockaddr, flags)

    def _start(self, asked: tuple[object, ...]) -> _Lookup:
        lookup = self._under_way[asked] = _Lookup()
        token = trio.lowlevel.current_trio_token()

        def finish(result: Outcome[AddressInfo]) -> None:
            del self._under_way[asked]
            lookup.result = result
            lookup.done.set()

        def deliver(result: Outcome[AddressInfo]) -> None:
            # Nobody is left to hear of it when the gateway has ended meanwhile.
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(finish, result)

        try:
            trio.lowlevel.start_thread_soon(lambda: self._lookup(*asked), deliver)
        except BaseException:
            del self._under_way[asked]
            raise
        return lookup
