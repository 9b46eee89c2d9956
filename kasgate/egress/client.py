"""Outgoing POSTs: to a checked address only, and answered or failed in time."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from math import ceil
from typing import Final, Protocol

import h11
import trio

from kasgate.egress.answer import HttpAnswer
from kasgate.egress.connection import Connection, DeliveryFailed, WentStale
from kasgate.egress.idle import IdleConnections
from kasgate.egress.lookups import Lookup
from kasgate.egress.names import CHECK_LOOKUPS, DELIVERY_LOOKUPS, NameLookup
from kasgate.egress.policy import (
    NO_USABLE_ADDRESS,
    IPAddress,
    IPNetwork,
    Policy,
    Target,
    UrlRefused,
    parsed_addresses,
)

TIMEOUT_S: Final = 10.0
"""Seconds for a whole attempt: name, connection, TLS, request, and the answer (contract.md §8)."""

URLS_REMEMBERED: Final = 4_096
"""Parsed URLs in the cache; their names are resolved again each time."""

REFUSAL_S: Final = 3.0
"""The answer about an unusable name takes this long, whatever the reason. Otherwise its time would
tell a merchant whether a name exists."""
CHECK_S: Final = 3 * REFUSAL_S
"""The time limit, in seconds, for a name that is only checked."""


class Names(Protocol):
    """Looks names up."""

    async def begin(self, host: str, port: int, tenant: str) -> Lookup[list[str]]:
        """Like NameLookup.begin."""
        ...


Post = Callable[[str, Mapping[str, str], bytes, str], Awaitable[HttpAnswer]]
"""The type of ``Egress.post``."""


class Egress:
    """Sends to servers that merchants choose.

    ``allow_private`` are private networks that may be reached. ``names`` looks names up for
    requests, ``checked_names`` for URLs that are only checked. ``tls`` defaults to Python's default
    trust.
    """

    def __init__(
        self,
        allow_private: tuple[IPNetwork, ...] = (),
        *,
        names: Names | None = None,
        checked_names: Names | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = Policy(allow_private)
        self._check = lru_cache(URLS_REMEMBERED)(self._policy.check)
        self._names = NameLookup(DELIVERY_LOOKUPS) if names is None else names
        self._checked_names = NameLookup(CHECK_LOOKUPS) if checked_names is None else checked_names
        self._tls = tls
        self._tls_made: trio.Event | None = None
        """Set when the attempt to load them has ended; None while nobody loads them."""
        self._idle = IdleConnections()

    async def _trusted(self) -> ssl.SSLContext:
        """The certificates that Python trusts. They are loaded at the first need, because they take
        2 MB, and in a thread, because they are read from the disk."""
        # No lock: it would let the first requests through one by one, each in a turn of the loop.
        while self._tls is None:
            if self._tls_made is not None:
                await self._tls_made.wait()
                continue
            self._tls_made = trio.Event()
            try:
                self._tls = await trio.to_thread.run_sync(ssl.create_default_context)
            finally:
                self._tls_made.set()
                self._tls_made = None
        return self._tls

    @property
    def idle_connections(self) -> int:
        """The number of idle connections."""
        return len(self._idle)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Close idle connections when their time is over, and all of them on cancellation. Sending
        works without it, but the last connections then stay open."""
        task_status.started()
        await self._idle.run()

    def check(self, url: str) -> Target:
        """Parse a URL. Raises UrlRefused if it can be refused without asking DNS."""
        return self._check(url)

    async def verify(self, url: str, tenant: str = "") -> None:
        """Check whether a URL may be sent to, when the merchant ``tenant`` sets it. Each sending
        checks again, because DNS may change. Raises UrlRefused, and ResourceBusy if too many names
        are being looked up."""
        target = self.check(url)
        lookup = await self._begin(self._checked_names, target, tenant)
        began = trio.current_time()
        try:
            with trio.move_on_after(CHECK_S):
                await self._addresses(target, lookup)
                return
        except _NameRefused:
            await _next_step(began)
            raise
        raise UrlRefused(NO_USABLE_ADDRESS, "The name of the server was not found in time.")

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        tenant: str = "",
        timeout: float = TIMEOUT_S,
    ) -> HttpAnswer:
        """Send a POST for the merchant ``tenant`` and read the answer, whatever its status.
        Redirects are not followed.

        ``timeout`` is in seconds and covers everything except the wait for a turn to look the name
        up. Raises UrlRefused, DeliveryFailed for any failure of the transfer, and ResourceBusy if
        that turn did not come; nothing was sent then, and the receiver is not to blame.
        Cancellation closes the connection.
        """
        target = self.check(url)
        # The address of a kept connection was checked when it was opened.
        kept = self._idle.take(target)
        try:
            by = kept or await self._begin(self._names, target, tenant)
            began = trio.current_time()
            with trio.move_on_after(timeout):
                return await self._post(target, headers, body, tenant, by)
        except _NameRefused:
            await _next_step(began)
            raise
        except (OSError, trio.BrokenResourceError, h11.RemoteProtocolError) as error:
            raise DeliveryFailed(_sentence(error)) from error
        raise DeliveryFailed(f"No complete answer within {timeout:g} seconds.")

    async def _post(
        self,
        target: Target,
        headers: Mapping[str, str],
        body: bytes,
        tenant: str,
        by: Connection | Lookup[list[str]] | None,
    ) -> HttpAnswer:
        if isinstance(by, Connection):
            try:
                answer = await by.post(target, headers, body)
            except WentStale:
                # The receiver may have seen it and recognizes a repetition by its id (contract.md
                # §8).
                by = await self._begin(self._names, target, tenant)
            else:
                self._idle.put(target, by)
                return answer
        tls = await self._trusted() if target.scheme == "https" else None
        fresh = await Connection.open(target, await self._addresses(target, by), tls)
        answer = await fresh.post(target, headers, body)
        self._idle.put(target, fresh)
        return answer

    async def _begin(self, names: Names, target: Target, tenant: str) -> Lookup[list[str]] | None:
        """Begin to look a target's name up; None for an IP address. Raises ResourceBusy."""
        if target.address is not None:
            return None
        return await names.begin(target.host, target.port, tenant)

    async def _addresses(
        self, target: Target, lookup: Lookup[list[str]] | None
    ) -> tuple[IPAddress, ...]:
        """The addresses of a target, each of them allowed. Raises UrlRefused."""
        if lookup is None:
            return self._policy.judge(target, () if target.address is None else (target.address,))
        try:
            addresses = parsed_addresses(await lookup.result())
        except (OSError, ValueError) as error:
            raise _NameRefused(
                NO_USABLE_ADDRESS, "The name of the server cannot be found."
            ) from error
        if not addresses:
            raise _NameRefused(NO_USABLE_ADDRESS, "The name of the server has no address.")
        try:
            return self._policy.judge(target, addresses)
        except UrlRefused as refused:
            raise _NameRefused(str(refused), refused.detail) from None


class _NameRefused(UrlRefused):
    """A URL was refused because of its name's addresses."""


async def _next_step(began: float) -> None:
    """Wait, so that the time of a refusal does not reveal its reason."""
    steps = max(1, ceil((trio.current_time() - began) / REFUSAL_S))
    await trio.sleep_until(began + steps * REFUSAL_S)


def _sentence(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    match cause:
        case ssl.SSLCertVerificationError():
            return f"The server's certificate is not accepted: {cause.verify_message}."
        case ssl.SSLError():
            return f"TLS failed: {cause.reason or 'the connection was closed'}."
        case h11.RemoteProtocolError():
            return f"The answer is not valid HTTP: {cause}."
        case ConnectionRefusedError():
            return "The server refused the connection."
        case OSError():
            return f"The server cannot be reached: {cause.strerror or cause}."
        case _:
            return "The connection broke before the answer was complete."
