"""Looking names up in DNS without letting one slow name server hold up everybody."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import trio
from attrs import define, field

if TYPE_CHECKING:
    from outcome import Outcome

MAX_LOOKUPS: Final = 64
"""Names looked up at the same time; one more fails at once. Each takes a thread, and a thread in
getaddrinfo can't be stopped."""

BlockingLookup = Callable[[str, int], list[str]]


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of a name by the system's resolver, best first. Blocks. Raises OSError."""
    # As bytes it is not taken through Python's own, older IDNA.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _family, _type, _protocol, _name, sockaddr in found]


@define(eq=False)
class _Lookup:
    done: trio.Event = field(factory=trio.Event)
    addresses: list[str] = field(factory=list)
    failure: OSError | None = None


class NameLookup:
    """Lookups in threads of their own, one per name at a time however many ask for it.

    They don't take threads from trio's pool, where the database reads, and one that outlives
    everybody who asked is found again by the next who asks.
    """

    def __init__(self, lookup: BlockingLookup = system_lookup) -> None:
        self._lookup = lookup
        self._under_way: dict[tuple[str, int], _Lookup] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name. Raises OSError; cancellation leaves the thread to itself."""
        lookup = self._under_way.get((host, port))
        if lookup is None:
            if len(self._under_way) >= MAX_LOOKUPS:
                raise OSError("too many names are being looked up")
            lookup = self._start(host, port)
        await lookup.done.wait()
        if lookup.failure is not None:
            # One of its own for each who asked: a raised exception collects its traceback.
            raise type(lookup.failure)(*lookup.failure.args) from lookup.failure
        return lookup.addresses

    def _start(self, host: str, port: int) -> _Lookup:
        lookup = self._under_way[host, port] = _Lookup()
        token = trio.lowlevel.current_trio_token()

        def finish(result: Outcome[list[str]]) -> None:
            del self._under_way[host, port]
            try:
                lookup.addresses = result.unwrap()
            except OSError as error:
                lookup.failure = error
            finally:
                lookup.done.set()

        def deliver(result: Outcome[list[str]]) -> None:
            # Nobody is left to hear of it when the gateway has ended meanwhile.
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(finish, result)

        try:
            trio.lowlevel.start_thread_soon(lambda: self._lookup(host, port), deliver)
        except BaseException:
            del self._under_way[host, port]
            raise
        return lookup
