"""Bounded HTTP requests to the sources of rates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trio

from kasgate.webhook import retry_after_ms

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: Final = 10.0
"""Seconds for a whole request, its answer included."""
MAX_BODY_BYTES: Final = 256 * 1024
"""A longer answer is refused; the longest expected one has 5 KB."""
_OK: Final = 200


class FetchFailed(Exception):
    """There was no readable answer. The message is for an operator."""

    def __init__(self, message: str, retry_after_ms: int = 0) -> None:
        """``retry_after_ms`` is how long the server asked to wait."""
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


Fetch = Callable[[str], Awaitable[bytes]]
"""Returns the body of the answer to a GET, at most MAX_BODY_BYTES, within TIMEOUT_S. Raises
FetchFailed for any failure of the transfer and for any status other than 200."""


@asynccontextmanager
async def over_http(now: Callable[[], int]) -> AsyncIterator[Fetch]:
    """A Fetch while the block runs. Redirects are not followed; proxies of the environment are
    used. ``now`` returns the unix time in milliseconds."""
    # Imported on demand: most gateways ask for no rates.
    import httpx  # noqa: PLC0415

    # In a thread, because it reads the trusted certificates from the disk.
    tls = await trio.to_thread.run_sync(httpx.create_ssl_context)
    async with httpx.AsyncClient(
        verify=tls,
        timeout=TIMEOUT_S,
        headers={"Accept": "application/json, text/xml", "User-Agent": "KasGate"},
    ) as client:

        async def fetch(url: str) -> bytes:
            try:
                with trio.fail_after(TIMEOUT_S):
                    return await _get(client, url, now)
            except trio.TooSlowError:
                raise FetchFailed(f"No complete answer within {TIMEOUT_S:g} seconds.") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise FetchFailed(f"It can't be asked: {error or type(error).__name__}.") from error

        yield fetch


async def _get(client: httpx.AsyncClient, url: str, now: Callable[[], int]) -> bytes:
    async with client.stream("GET", url) as response:
        if response.status_code != _OK:
            asked = retry_after_ms(response.headers.get("Retry-After", ""), now()) or 0
            raise FetchFailed(f"It answered with status {response.status_code}.", asked)
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise FetchFailed(f"Its answer is longer than {MAX_BODY_BYTES} bytes.")
    return bytes(body)
