"""Outgoing POSTs: judged, sent to the address that was judged, and answered or failed in time."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final

import h11
import trio

from kasgate.egress.answer import Answer
from kasgate.egress.connection import Connection, DeliveryFailed, WentStale
from kasgate.egress.idle import IdleConnections
from kasgate.egress.names import NameLookup
from kasgate.egress.policy import IPAddress, IPNetwork, Policy, Target, UrlRefused, parsed_addresses

TIMEOUT_S: Final = 10.0
"""For a whole attempt: name, connection, TLS, request, answer and its body (contract.md §8)."""

URLS_REMEMBERED: Final = 4_096
"""URLs that need not be taken apart again; what their names mean is asked again."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host name (and port) as text; raises OSError."""

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[Answer]]
"""``Egress.post`` as its callers see it."""


class Egress:
    """The way out to servers that merchants name.

    ``allow_private`` are networks that may be reached although private. ``resolve`` looks names
    up; ``tls`` is by default what Python trusts by default.
    """

    def __init__(
        self,
        allow_private: tuple[IPNetwork, ...] = (),
        *,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = Policy(allow_private)
        self._check = lru_cache(URLS_REMEMBERED)(self._policy.check)
        self._resolve = NameLookup() if resolve is None else resolve
        self._given_tls = tls
        self._idle = IdleConnections()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is first needed: the certificates that Python trusts take 2 MB."""
        return ssl.create_default_context() if self._given_tls is None else self._given_tls

    @property
    def idle_connections(self) -> int:
        """How many connections are kept for later."""
        return len(self._idle)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Close kept connections when their time is over, and on cancellation all of them. Sending
        works without it, but the last connections then stay open."""
        task_status.started()
        await self._idle.run()

    def check(self, url: str) -> Target:
        """Take a URL apart. Raises UrlRefused for what can be refused without asking DNS."""
        return self._check(url)

    async def resolve(self, target: Target) -> tuple[IPAddress, ...]:
        """The addresses of a target, every one of them allowed. Raises UrlRefused; OSError if the
        name can't be looked up."""
        if target.address is not None:
            return self._policy.judge(target, (target.address,))
        try:
            addresses = parsed_addresses(await self._resolve(target.host, target.port))
        except ValueError as error:
            raise OSError("the resolver gave no address") from error
        if not addresses:
            raise OSError("the name has no address")
        return self._policy.judge(target, addresses)

    async def verify(self, url: str) -> None:
        """Refuse a URL that could not be sent to: what is done when a merchant sets it. It is done
        again at each sending, because what a name means may change. Raises UrlRefused."""
        target = self.check(url)
        try:
            with trio.fail_after(TIMEOUT_S):
                await self.resolve(target)
        except (OSError, trio.TooSlowError):
            raise UrlRefused("The name of the server cannot be found.") from None

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: float = TIMEOUT_S
    ) -> Answer:
        """Send a POST and read the answer, whatever its status; a redirect is not followed.

        ``timeout`` is in seconds and covers everything. Raises UrlRefused, and DeliveryFailed for
        everything that can go wrong on the way. Cancellation closes the connection.
        """
        target = self.check(url)
        with trio.move_on_after(timeout):
            try:
                return await self._post(target, headers, body)
            except (
                OSError,
                trio.BrokenResourceError,
                h11.RemoteProtocolError,
            ) as error:
                raise DeliveryFailed(_sentence(error)) from error
        raise DeliveryFailed(f"No complete answer within {timeout:g} seconds.")

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        # Its address was judged when it was opened, and it can't move to another one.
        kept = self._idle.take(target)
        if kept is not None:
            try:
                answer = await kept.post(target, headers, body)
            except WentStale:
                # The receiver may have seen it: it knows repeats by their id (contract.md §8).
                pass
            else:
                self._idle.put(target, kept)
                return answer
        tls = self._tls if target.scheme == "https" else None
        fresh = await Connection.open(target, await self.resolve(target), tls)
        answer = await fresh.post(target, headers, body)
        self._idle.put(target, fresh)
        return answer


def _sentence(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    match cause:
        case ssl.SSLCertVerificationError():
            return f"The server's certificate is not accepted: {cause.verify_message}."
        case ssl.SSLError():
            return f"TLS failed: {cause.reason or 'the connection was closed'}."
        case h11.RemoteProtocolError():
            return f"The answer is not valid HTTP: {cause}."
        case socket.gaierror():
            return "The name of the server cannot be found."
        case ConnectionRefusedError():
            return "The server refused the connection."
        case OSError():
            return f"The server cannot be reached: {cause.strerror or cause}."
        case _:
            return "The connection broke before the answer was complete."
