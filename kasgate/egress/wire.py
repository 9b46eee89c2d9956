"""A connected socket, plain or with TLS, used by one task.

Trio's streams do the same at several times the cost: they yield to the scheduler even for calls
that need not wait, and pass TLS through buffers of their own, while OpenSSL can use the socket
directly.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Self, TypeVar

import trio

from kasgate.egress.policy import IPAddress

CONNECT_SHARE_S: Final = 3.0
"""Seconds for one of several addresses before the next one is tried."""
MAX_ADDRESSES_TRIED: Final = 4

T = TypeVar("T")


class HttpSocket:
    """A connection to an address, used by one task at a time."""

    def __init__(self, connected: socket.socket) -> None:
        """``connected`` is non-blocking; it may be an ``ssl.SSLSocket`` after its handshake."""
        self._socket = connected

    @classmethod
    async def open(
        cls, addresses: Sequence[IPAddress], port: int, host: str, tls: ssl.SSLContext | None
    ) -> Self:
        """Connect to the first of the addresses that answers. With ``tls``, do the TLS handshake
        for the host. Raises OSError or trio.BrokenResourceError."""
        connected = await _connect_to_one(addresses[:MAX_ADDRESSES_TRIED], port)
        if tls is None:
            return cls(connected)
        try:
            # Takes over the descriptor. A stream that ends without a TLS close alert counts as
            # ended.
            secured = tls.wrap_socket(
                connected,
                server_hostname=host,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=True,
            )
        except BaseException:
            connected.close()
            raise
        wire = cls(secured)
        try:
            await wire._when_possible(secured.do_handshake, trio.lowlevel.wait_readable)
        except BaseException:
            wire.close()
            raise
        return wire

    async def send_all(self, data: bytes) -> None:
        """Send all of it. Does not yield as long as the kernel accepts data. Raises
        trio.BrokenResourceError."""
        await trio.lowlevel.checkpoint_if_cancelled()
        left = memoryview(data)
        while left:
            sent = await self._when_possible(
                lambda rest=left: self._socket.send(rest),  # type: ignore[misc]
                trio.lowlevel.wait_writable,
            )
            left = left[sent:]

    async def receive(self, most: int) -> bytes:
        """Some bytes, as soon as there are any; empty at the end of the stream. Always a
        checkpoint, so that a flood does not block other tasks. Raises trio.BrokenResourceError."""
        if self._decrypted:
            await trio.lowlevel.checkpoint()
        else:
            await trio.lowlevel.wait_readable(self._socket)
        return await self._when_possible(
            lambda: self._socket.recv(most), trio.lowlevel.wait_readable
        )

    @property
    def is_quiet(self) -> bool:
        """Whether the connection seems open and has no unread data."""
        poll = select.poll()
        poll.register(self._socket.fileno(), select.POLLIN)
        return not self._decrypted and not poll.poll(0)

    def close(self) -> None:
        """Close it at once. May be called again."""
        self._socket.close()

    @property
    def _decrypted(self) -> int:
        """Bytes that OpenSSL has decrypted and that were not read yet."""
        return self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0

    async def _when_possible(
        self, call: Callable[[], T], wait: Callable[[socket.socket], Awaitable[None]]
    ) -> T:
        """Make a call of the socket, and wait and repeat it until it succeeds. ``wait`` is how to
        wait, unless TLS requires another way."""
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                await trio.lowlevel.wait_readable(self._socket)
            except ssl.SSLWantWriteError:
                await trio.lowlevel.wait_writable(self._socket)
            except BlockingIOError:
                await wait(self._socket)
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error


async def _connect_to_one(addresses: Sequence[IPAddress], port: int) -> socket.socket:
    failure: OSError = TimeoutError("no address could be reached")
    for address in addresses[:-1]:
        with trio.move_on_after(CONNECT_SHARE_S):
            try:
                return await _connect(address, port)
            except OSError as error:
                failure = error
    if not addresses:
        raise failure
    return await _connect(addresses[-1], port)


async def _connect(address: IPAddress, port: int) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        # This makes the socket non-blocking, and it stays so.
        await trio.socket.from_stdlib_socket(connecting).connect((str(address), port))
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connecting.close()
        raise
    return connecting
