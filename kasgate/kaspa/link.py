"""One connection to one node, for any transport: numbered requests, and an end with a reason.

The transports differ only in their wire. Every failure, from a refused connection to an unreadable
message, ends the link with a reason in one sentence. Errors of the libraries below or of the
operating system are not passed on.
"""

from __future__ import annotations

import os
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from math import inf
from socket import gaierror
from typing import Any, Final, Generic, Protocol, TypeVar

import trio
from attrs import frozen

from kasgate.kaspa.node import NodeUnavailable
from kasgate.kaspa.outputs import Garbage
from kasgate.kaspa.refusals import Refusal

T = TypeVar("T")

WATCH_BATCH: Final = 5_000
"""Addresses in one subscribe (kaspa.md §4.5)."""
SNAPSHOT_BATCH: Final = 500
"""Addresses in one request for unspent outputs (kaspa.md §4.5)."""
BACKLOG: Final = 200_000
"""The limit of the queue of notifications: messages, and the outputs in them."""
CHAIN_PATIENCE: Final = 3
"""Factor on the usual time limit for a range of the chain. It may have tens of megabytes and takes
the node longer than any other request."""
FAREWELL: Final = 1.0
"""Seconds that a node may take to close the connection before the socket is closed."""

_LONGEST_QUOTE: Final = 300


@frozen
class Timeouts:
    """Time limits of a link, in seconds."""

    request: float
    """For an answer, from when the node could begin with the request."""
    connect: float
    """For the connection with all its handshakes."""
    silence: float
    """Without any incoming data, answers to pings included."""
    ping: float
    """Between an answered ping and the next one."""


class Ended(Exception):
    """The connection is over. The text is appended to "the node …"."""


class Call(Generic[T]):
    """One request and, later, its answer."""

    __slots__ = (
        "abandoned",
        "answer",
        "done",
        "method",
        "patience",
        "read",
        "refusal",
        "request",
    )

    def __init__(
        self, method: str, request: object, read: Callable[[Any], T], patience: float
    ) -> None:
        self.method = method
        self.request = request
        """In the transport's form."""
        self.read = read
        """Converts what the transport received to the answer; may raise Garbage."""
        self.patience = patience
        self.done = trio.Event()
        self.answer: T | None = None
        self.refusal: str | None = None
        self.abandoned = False


class LinkTransport(Protocol):
    """An open connection. Its methods raise Ended when it is over."""

    @property
    def heard_at(self) -> float:
        """When data last came in, by Trio's clock."""
        ...

    async def send(self, number: int, call: Call[Any]) -> None: ...

    async def ping(self) -> None:
        """Send a ping and wait until it is answered."""
        ...


W = TypeVar("W", bound=LinkTransport)


class NodeLink(ABC, Generic[W]):
    """One connection to one node: ``hold`` runs it, the transport's ``ask`` uses it, and ``fail``
    ends it.

    Callers never touch the wire: a writer task sends for them, so that a cancelled call can't cut a
    message in half. The time limit for answers applies to the oldest unanswered request, from when
    it became the oldest, because a node answers one request after the other: all of them over wRPC,
    those of one kind over gRPC (kaspa.md §3.2, §3.5).
    """

    def __init__(self, url: str, patience: Timeouts, on_failure: Callable[[], object]) -> None:
        """``on_failure`` is called once when the link goes down, and must not wait."""
        self.url = url
        self.settled = trio.Event()
        """Set once the link is open, or has failed to open."""
        self.failure: str | None = None
        """Why the link is down, as a sentence; None while it is up."""
        self._cause: BaseException | None = None
        self._name = name_of(url)
        self._timeouts = patience
        self._on_failure = on_failure
        self._scope = trio.CancelScope()
        # The queue has no room, so a caller waits until the writer takes its request.
        self._queue, self._requests = trio.open_memory_channel[Call[Any]](0)
        self._last_id = 0
        self._calls: dict[int, Call[Any]] = {}
        self._due = inf
        self._due_scope = trio.CancelScope()

    def fail(self, clause: str, cause: BaseException | None = None) -> None:
        """Take the link down; ``clause`` follows the node's name. The first reason stays.

        Every waiting call raises NodeUnavailable with it.
        """
        if self.failure is not None:
            return
        self.failure = f"{self._name} {clause}."
        self._cause = cause
        for call in self._calls.values():
            call.done.set()
        self._scope.cancel()
        self._requests.close()  # after the writer was cancelled, which may be waiting on it
        self._on_failure()

    def unavailable(self) -> NodeUnavailable:
        """The exception to raise once the link is down."""
        error = NodeUnavailable(self.failure)
        error.__cause__ = self._cause
        return error

    def ending(self) -> NodeUnavailable | None:
        """``unavailable`` once the link is down, None before."""
        return None if self.failure is None else self.unavailable()

    async def _answer_to(
        self, method: str, request: object, read: Callable[[Any], T], patience: float
    ) -> T:
        """Send a request and wait for its answer. The time limit is ``patience`` times the usual
        one.

        Raises NodeUnavailable, and Refusal for an error. If the call is cancelled, the request may
        have been sent; its answer is discarded.
        """
        if self.failure is not None:
            raise self.unavailable()
        call = Call(method, request, read, patience * self._timeouts.request)
        try:
            await self._queue.send(call)
        except trio.BrokenResourceError:
            raise self.unavailable() from self._cause
        try:
            await call.done.wait()
        except trio.Cancelled:
            call.abandoned = True
            raise
        if call.refusal is not None:
            raise Refusal(f"{self._name} refused {method}: {call.refusal}", call.refusal)
        if call.answer is None:
            raise self.unavailable()
        return call.answer

    async def hold(self) -> None:
        """Open the connection and keep it until it fails or ``fail`` is called. Raises nothing but
        cancellation, which closes the socket at once without a closing handshake."""
        try:
            await self._converse(trio.current_time() + self._timeouts.connect)
        except* Exception as errors:  # noqa: BLE001 - hostile bytes may raise any error below
            cause = first_of(errors)
            if self.settled.is_set():
                self.fail(f"broke the connection: {self._reason(cause)}", cause)
            elif isinstance(cause, trio.TooSlowError):
                self.fail(f"can't be reached: no answer within {self._timeouts.connect:g} s", cause)
            else:
                self.fail(f"can't be reached: {self._reason(cause)}", cause)
        finally:
            self.fail("is no longer connected")
            self.settled.set()

    @abstractmethod
    async def _converse(self, deadline: float) -> None:
        """Open a connection before the deadline, ``_serve`` it, and close it."""

    @abstractmethod
    async def _read(self, wire: W) -> None:
        """Dispatch incoming messages until cancelled; may raise Ended and Garbage."""

    def _reason(self, error: BaseException) -> str:
        """Why there is no connection, for an operator."""
        return reason_of(error)

    async def _serve(self, wire: W) -> None:
        """Use an open connection until the link is down."""
        with self._scope:
            async with trio.open_nursery() as tasks:
                tasks.start_soon(self._until_it_ends, self._read, wire)
                tasks.start_soon(self._until_it_ends, self._write, wire)
                tasks.start_soon(self._until_it_ends, self._ping, wire)
                tasks.start_soon(self._watch_silence, wire)
                tasks.start_soon(self._watch_answers)
                self.settled.set()

    async def _until_it_ends(self, work: Callable[[W], Awaitable[None]], wire: W) -> None:
        try:
            await work(wire)
        except Garbage as garbage:
            self.fail(str(garbage), garbage)
        except Ended as ended:
            self.fail(str(ended), ended.__cause__ or ended)

    def _take_answer(self, number: int, answer: Callable[[Call[Any]], None]) -> None:
        """Let ``answer`` fill in the call with this number. An answer without a call is ignored. If
        ``answer`` raises, the call keeps waiting."""
        call = self._calls.get(number)
        if call is None:
            return
        answer(call)
        was_oldest = next(iter(self._calls)) == number
        del self._calls[number]
        call.done.set()
        if was_oldest:
            self._set_due()

    def _set_due(self) -> None:
        """Start the time limit of the oldest unanswered request."""
        oldest = next(iter(self._calls.values()), None)
        self._due = inf if oldest is None else trio.current_time() + oldest.patience
        self._due_scope.deadline = self._due

    async def _write(self, wire: W) -> None:
        async for call in self._requests:
            self._last_id += 1
            self._calls[self._last_id] = call
            if self.failure is not None:
                call.done.set()  # queued at the moment of the failure
            if len(self._calls) == 1:
                self._set_due()
            await wire.send(self._last_id, call)

    async def _ping(self, wire: W) -> None:
        while True:
            await trio.sleep(self._timeouts.ping)
            await wire.ping()

    async def _watch_silence(self, wire: W) -> None:
        while True:
            until = wire.heard_at + self._timeouts.silence
            if until <= trio.current_time():
                break
            await trio.sleep_until(until)
        self.fail(f"has been silent for {self._timeouts.silence:g} s")

    async def _watch_answers(self) -> None:
        while True:
            with trio.CancelScope(deadline=self._due) as self._due_scope:
                await trio.sleep_forever()
            # An answer may have come in the same instant.
            if self._calls and self._due <= trio.current_time():
                oldest = next(iter(self._calls.values()))
                self.fail(f"did not answer {oldest.method} within {oldest.patience:g} s")


@asynccontextmanager
async def held(link: NodeLink[Any]) -> AsyncIterator[None]:
    """Keep a link open for as long as the block runs.

    Raises NodeUnavailable if it can't connect. Errors of the block are raised unchanged, in no
    group. Cancelling closes the socket at once; leaving the block closes the connection properly
    first.
    """
    raised: BaseException | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.hold)
        await link.settled.wait()
        if link.failure is not None:
            raised = link.unavailable()
        else:
            try:
                yield
            except BaseException as error:  # noqa: BLE001 - raised below, outside of the nursery's group
                raised = error
            link.fail("was disconnected by us")
    if raised is not None:
        try:
            raise raised
        finally:
            raised = None  # breaks the cycle of frame and traceback


def name_of(url: str) -> str:
    """The node's name in a sentence, without possible secrets of its URL."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"The node at {scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def first_of(error: BaseException) -> BaseException:
    """One of the exceptions in a group, however nested."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def reason_of(error: BaseException) -> str:
    """Why an operation failed, for an operator, in one line."""
    if isinstance(error, Ended):
        return f"it {error}"
    # trio reports all its attempts to connect, or a broken resource; the cause has the reason.
    while error.__cause__ is not None:
        error = first_of(error.__cause__)
    text = str(error)
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError | gaierror):
        # These two have error numbers of their own. trio's texts repeat the address.
        text = os.strerror(error.errno) if error.errno else text
    return in_one_line(text) or type(error).__name__


def in_one_line(text: str) -> str:
    """Untrusted text in a form that is safe in a log line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST_QUOTE]).split())
    return line + "…" if len(text) > _LONGEST_QUOTE else line


def batches(addresses: Sequence[str], size: int) -> Iterator[list[str]]:
    """Portions for a request; none if there are no addresses, because to the node an empty list
    means the whole network (kaspa.md §3.4)."""
    for start in range(0, len(addresses), size):
        yield list(addresses[start : start + size])
