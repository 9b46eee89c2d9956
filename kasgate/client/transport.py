"""The common part of both clients: the request of a call, and how its answer is interpreted."""

from __future__ import annotations

import os
import random
import time
import uuid
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx

from kasgate.client.calls import Call
from kasgate.client.errors import ConnectionFailed, UnexpectedAnswer, problem_error
from kasgate.client.retrying import Retries

T = TypeVar("T")

URL_VARIABLE: Final = "KASGATE_URL"
API_KEY_VARIABLE: Final = "KASGATE_API_KEY"  # the name, not a key
DEFAULT_URL: Final = "http://127.0.0.1:3001"
TIMEOUT_S: Final = 15.0
"""Seconds for each attempt: connecting, sending, and each wait for more of the answer."""
USER_AGENT: Final = "KasGate-Python/1"

_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class ClientTransport:
    """A client's settings, and the steps of a call other than waiting."""

    def __init__(self, url: str | None, api_key: str | None, retries: Retries) -> None:
        """``url`` and ``api_key`` default to the environment. Raises ValueError."""
        self.url = (url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{self.url!r} is no http:// or https:// URL")
        self._api_key = api_key or os.environ.get(API_KEY_VARIABLE)
        self._retries = retries

    def __repr__(self) -> str:
        return f"<{self.url}>"

    def request(self, http: httpx.Client | httpx.AsyncClient, call: Call[T]) -> httpx.Request:
        """The request of a call; all attempts send this one, under one key."""
        return self._build(http, call, str(uuid.uuid4()) if call.keyed else None)

    def keyed_request(
        self, http: httpx.Client | httpx.AsyncClient, call: Call[T], key: str | None
    ) -> httpx.Request:
        """The request of a call under the caller's key, if there is one."""
        return self.request(http, call) if key is None else self._build(http, call, key)

    def _build(
        self, http: httpx.Client | httpx.AsyncClient, call: Call[T], key: str | None
    ) -> httpx.Request:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        if self._api_key is not None:
            headers["X-API-Key"] = self._api_key
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        if key is not None:
            headers["Idempotency-Key"] = key
        return http.build_request(
            call.method,
            f"{self.url}/api/v1{call.path}",
            params=dict(call.params) or None,
            content=call.body,
            headers=headers,
        )

    def read(self, call: Call[T], response: httpx.Response) -> T:
        """The answer to a call. Raises ProblemError, UnexpectedAnswer."""
        if response.is_success:
            return call.read(response.content)
        if response.is_redirect:
            raise UnexpectedAnswer(f"{self.url} answers with a redirect; it is not the gateway.")
        now_ms = time.time_ns() // 1_000_000
        raise problem_error(response.status_code, response.content, response.headers, now_ms)

    def pause(self, call: Call[T], made: int, error: Exception, keyed: bool) -> float | None:
        """Seconds until the next attempt, None for no more."""
        return self._retries.pause(
            made,
            error,
            harmless=call.is_harmless or keyed,
            unsent=isinstance(error, _UNSENT),
            jitter=random.random(),  # noqa: S311 - no secret
        )

    def failure(self, call: Call[T], error: Exception) -> Exception:
        """The exception of a call that got no answer."""
        if not isinstance(error, httpx.HTTPError):
            return error
        reason = str(error) or type(error).__name__
        return ConnectionFailed(f"No answer from {self.url} to {call.method} {call.path}: {reason}")
