"""The connection to a REST server: one request at a time, paced, with retries, and ended with a
reason if they fail.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import inf
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import trio
from attrs import frozen

from kasgate.kaspa.link import first_of, in_one_line, name_of, reason_of
from kasgate.kaspa.node import HistoryUnavailable, NodeRefused, NodeUnavailable
from kasgate.kaspa.outputs import Garbage
from kasgate.kaspa.rest.messages import words_of_refusal
from kasgate.kaspa.wrpc.messages import decode

T = TypeVar("T")

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Far above a valid answer: 10 000 outputs of one address are 4 MB."""
ATTEMPTS: Final = 3
"""Attempts at a request before the link fails."""
LONGEST_REST: Final = 30.0
"""The longest pause, in seconds, for which a request waits after a Retry-After or a 429; if the
server asks for a longer one, the link ends."""
_USUAL_REST: Final = 10.0
"""Seconds without a request after a 429 that does not give a time."""
_MOST_REST: Final = 3_600.0

_OK: Final = 200
_REDIRECTS: Final = 300
_WRONG_QUESTION: Final = 400
_TIMED_OUT: Final = 408
_TOO_MANY: Final = 429
_THEIR_FAULT: Final = 500
_NOT_NOW: Final = 503


@frozen
class PollingPolicy:
    """How often a server is polled, and how far it may lag."""

    interval: float
    """Least seconds from the start of one request to the next."""
    round: float
    """Least seconds from the start of one poll of the watched addresses to the next."""
    lag: float
    """Seconds by which an answer may lag behind the network, including all caches on the way."""


PUBLIC: Final = PollingPolicy(interval=1.0, round=2.0, lag=10.0)
"""Rate limits are not published; answers may be cached for 8 s (kaspa.md §6)."""
OWN: Final = PollingPolicy(interval=0.02, round=0.25, lag=5.0)
"""A server on this machine or on a private network."""


class TooLarge(Exception):
    """An answer beyond the size limit; ask for less at a time."""


class Pace:
    """Serializes and paces the requests to one server."""

    def __init__(self) -> None:
        self._turn = trio.Lock()
        self._free_at = -inf

    @property
    def wait(self) -> float:
        """Seconds until the next request may be sent."""
        return max(0.0, self._free_at - trio.current_time())

    def rest(self, seconds: float) -> None:
        """Send no request for so many seconds."""
        self._free_at = max(self._free_at, trio.current_time() + seconds)

    @asynccontextmanager
    async def turn(self, interval: float) -> AsyncIterator[None]:
        """Hold the only turn to send a request, for the block."""
        async with self._turn:
            await trio.sleep_until(self._free_at)
            self._free_at = trio.current_time() + interval
            yield


_PACES: Final[trio.lowlevel.RunVar[dict[str, Pace]]] = trio.lowlevel.RunVar("REST paces")


def pace_of(url: str) -> Pace:
    """The pace of a server. It outlives links, so that a new link does not evade a pause that the
    server asked for, and two links to one server do not double the rate."""
    try:
        paces = _PACES.get()
    except LookupError:
        paces = {}
        _PACES.set(paces)
    return paces.setdefault(urlsplit(url).netloc, Pace())


@frozen
class Reply:
    """An answer of any status."""

    status: int
    body: bytes
    retry_after: str | None


class RestLink:
    """Sends requests to one server until the link fails or is closed."""

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        polling: PollingPolicy,
        request_timeout: float,
        on_failure: Callable[[], object],
    ) -> None:
        """``on_failure`` is called once when the link goes down, and must not wait."""
        self.url = url
        self.polling = polling
        self.failure: str | None = None
        """Why the link is down, as a sentence; None while it is up."""
        self._cause: BaseException | None = None
        self._name = name_of(url)
        self._client = client
        self._pace = pace_of(url)
        self._request_timeout = request_timeout
        self._on_failure = on_failure

    def fail(self, clause: str, cause: BaseException | None = None) -> None:
        """Take the link down; ``clause`` follows the server's name. The first reason stays."""
        if self.failure is None:
            self.failure = f"{self._name} {clause}."
            self._cause = cause
            self._on_failure()

    def unavailable(self) -> NodeUnavailable:
        """The exception to raise once the link is down."""
        error = NodeUnavailable(self.failure)
        error.__cause__ = self._cause
        return error

    def ending(self) -> NodeUnavailable | None:
        """``unavailable`` once the link is down, None before."""
        return None if self.failure is None else self.unavailable()

    async def ask(
        self,
        method: str,
        path: str,
        decoder: msgspec.json.Decoder[T],
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
        attempts: int = ATTEMPTS,
        from_database: bool = False,
        also: int = _OK,
    ) -> T:
        """Send a request and decode the answer; ``also`` is a second status with a regular answer.

        Raises NodeUnavailable, after which the link is down; NodeRefused if the server can't answer
        the request; HistoryUnavailable if the answer comes ``from_database`` and the server has
        none; TooLarge. If the call is cancelled, the request may have been sent.
        """
        content = None if body is None else msgspec.json.encode(body)
        trouble: tuple[str, BaseException | None] = ("", None)
        for _ in range(attempts):
            async with self._my_turn():
                try:
                    reply = await self._exchange(method, path, query, content)
                except (httpx.HTTPError, OSError, trio.TooSlowError) as error:
                    trouble = self._trouble_of(error, path)
                    continue
                if reply.status == _OK:
                    return self._decoded(decoder, reply, path)
                if reply.status == also and words_of_refusal(reply.body) is None:
                    # Otherwise it is the error page of a proxy.
                    with suppress(Garbage):
                        return decode(decoder, reply.body, path)
                self._raise_if_final(reply, path, from_database=from_database)
                trouble = f"answered {path} with status {reply.status}", None
                if reply.status == _TOO_MANY or reply.retry_after is not None:
                    self._pace.rest(_rest_of(reply.retry_after))
        self.fail(*trouble)
        raise self.unavailable()

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        self._raise_if_over()
        async with self._pace.turn(self.polling.interval):
            self._raise_if_over()
            yield

    def _raise_if_over(self) -> None:
        wait = self._pace.wait
        if wait > LONGEST_REST:
            self.fail(f"asks for a pause of another {wait:.0f} s")
        if self.failure is not None:
            raise self.unavailable()

    async def _exchange(
        self, method: str, path: str, query: Mapping[str, str | int] | None, content: bytes | None
    ) -> Reply:
        headers = {} if content is None else {"content-type": "application/json"}
        body = bytearray()
        with trio.fail_after(self._request_timeout):
            async with self._client.stream(
                method, path, params=query, content=content, headers=headers
            ) as response:
                if response.headers.get("content-encoding", "identity") != "identity":
                    # Not requested, and a few compressed bytes may expand to gigabytes.
                    self.fail("compresses its answers")
                    raise self.unavailable()
                async for piece in response.aiter_raw():
                    body += piece
                    if len(body) > MAX_ANSWER_BYTES:
                        raise TooLarge
        return Reply(response.status_code, bytes(body), response.headers.get("retry-after"))

    def _trouble_of(self, error: Exception, path: str) -> tuple[str, BaseException]:
        if isinstance(error, trio.TooSlowError | httpx.TimeoutException):
            return f"did not answer {path} within {self._request_timeout:g} s", error
        if isinstance(error, httpx.ConnectError | OSError):
            return f"can't be reached: {reason_of(_origin_of(error))}", error
        return f"broke off its answer to {path}: {reason_of(error)}", error

    def _decoded(self, decoder: msgspec.json.Decoder[T], reply: Reply, path: str) -> T:
        try:
            return decode(decoder, reply.body, f"an answer to {path}")
        except Garbage as garbage:
            self.fail(str(garbage), garbage)
            raise self.unavailable() from garbage

    def _raise_if_final(self, reply: Reply, path: str, *, from_database: bool) -> None:
        """Raise for an answer that a retry would not change."""
        words = words_of_refusal(reply.body)
        quote = "" if words is None else f": {in_one_line(words)}"
        if reply.status == _NOT_NOW and from_database and words is not None:
            raise HistoryUnavailable(f"{self._name} has no history{quote}")
        if _WRONG_QUESTION <= reply.status < _THEIR_FAULT and reply.status not in {
            _TIMED_OUT,
            _TOO_MANY,
        }:
            raise NodeRefused(f"{self._name} refused {path}{quote or f' ({reply.status})'}")
        if reply.status < _WRONG_QUESTION:
            kind = "a redirect" if reply.status >= _REDIRECTS else "an unknown status"
            self.fail(f"answered {path} with {kind} ({reply.status})")
            raise self.unavailable()


def client_of(
    url: str, connect_timeout: float, request_timeout: float, tls: ssl.SSLContext
) -> httpx.AsyncClient:
    """An HTTP client for one server: verified TLS, and no proxy, cookies, redirects or
    compression."""
    client = httpx.AsyncClient(
        base_url=url,
        headers={"accept": "application/json", "accept-encoding": "identity"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
        verify=tls,
        timeout=httpx.Timeout(request_timeout, connect=connect_timeout),
        limits=httpx.Limits(max_connections=2, keepalive_expiry=30),
    )
    client.headers["user-agent"] = "kasgate"
    return client


def _origin_of(error: BaseException) -> BaseException:
    """The underlying error, which httpx's connection pool hides."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = first_of(below)
    return error


def _rest_of(retry_after: str | None) -> float:
    """The seconds that a server asks to wait. A date counts as the usual time."""
    if retry_after is None or not retry_after.isascii() or not retry_after.isdecimal():
        return _USUAL_REST
    return min(float(retry_after[:6]), _MOST_REST)
