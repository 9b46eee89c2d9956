"""Looking names up in DNS without letting one slow name server, or one merchant, hold up others."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import trio
from attrs import define, field

from kasgate.limits.fair_share import FairShare

if TYPE_CHECKING:
    from outcome import Outcome

DELIVERY_LOOKUPS: Final = 64
"""Names looked up at once for requests. Each takes a thread, and a thread in getaddrinfo can't be
stopped: it ends when the system's resolver gives up, which may take half a minute."""
CHECK_LOOKUPS: Final = 32
"""The same for URLs that a merchant sets, so that those keep no delivery waiting."""
LOOKUPS_PER_TENANT: Final = 4
"""Of either, the threads that one merchant's names may hold."""
SLOT_WAIT_S: Final = 5.0
"""How long a lookup waits for one of them."""
_WAITING: Final = 1_024
_WAITING_PER_TENANT: Final = 32

BlockingLookup = Callable[[str, int], list[str]]


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of a name by the system's resolver, best first. Blocks. Raises OSError."""
    # As bytes it is not taken through Python's own, older IDNA.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _family, _type, _protocol, _name, sockaddr in found]


@define(eq=False)
class Lookup:
    """A lookup that is under way, or its outcome."""

    _done: trio.Event = field(factory=trio.Event)
    _addresses: list[str] = field(factory=list)
    _failure: OSError | None = None

    async def addresses(self) -> Sequence[str]:
        """What the name means. Raises OSError. Cancellation leaves the thread to itself."""
        await self._done.wait()
        if self._failure is not None:
            # One of its own for each who asked: a raised exception collects its traceback.
            raise type(self._failure)(*self._failure.args) from self._failure
        return self._addresses

    def finish(self, result: Outcome[list[str]]) -> None:
        """Take the outcome down. Raises what is no failure of a lookup."""
        try:
            self._addresses = result.unwrap()
        except OSError as error:
            self._failure = error
        finally:
            self._done.set()


class NameLookup:
    """Lookups in threads of their own, one per name at a time however many ask for it.

    They don't take threads from trio's pool, where the database reads. A thread holds a slot of the
    merchant for whom it was started until it ends, also when nobody waits for it any more.
    """

    def __init__(self, slots: int, lookup: BlockingLookup = system_lookup) -> None:
        self._lookup = lookup
        self._under_way: dict[tuple[str, int], Lookup] = {}
        self._slots = FairShare(
            "name lookups",
            slots=slots,
            per_tenant=LOOKUPS_PER_TENANT,
            waiting=_WAITING,
            waiting_per_tenant=_WAITING_PER_TENANT,
        )

    @property
    def under_way(self) -> int:
        """How many threads look names up."""
        return len(self._under_way)

    async def begin(self, host: str, port: int, tenant: str) -> Lookup:
        """Look a name up for a merchant, or join a lookup of the same name. Returns once it has
        begun. Raises ResourceBusy if it can't begin within SLOT_WAIT_S."""
        under_way = self._under_way.get((host, port))
        if under_way is None:
            await self._slots.acquire(tenant, SLOT_WAIT_S)
            # Somebody else may have begun meanwhile; then the slot is not needed.
            under_way = self._under_way.get((host, port))
            if under_way is None:
                return self._start(host, port, tenant)
            self._slots.release(tenant)
        return under_way

    def _start(self, host: str, port: int, tenant: str) -> Lookup:
        lookup = self._under_way[host, port] = Lookup()
        token = trio.lowlevel.current_trio_token()

        def finish(result: Outcome[list[str]]) -> None:
            del self._under_way[host, port]
            self._slots.release(tenant)
            lookup.finish(result)

        def deliver(result: Outcome[list[str]]) -> None:
            # Nobody is left to hear of it when the gateway has ended meanwhile.
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(finish, result)

        try:
            trio.lowlevel.start_thread_soon(lambda: self._lookup(host, port), deliver)
        except BaseException:
            del self._under_way[host, port]
            self._slots.release(tenant)
            raise
        return lookup
