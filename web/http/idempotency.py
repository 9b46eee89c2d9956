"""Calls under an ``Idempotency-Key``: answered once, then repeated (contract.md §5).

A new session and its key are stored in one transaction. Of other calls the answer is kept when
they have been carried out; what is refused changes nothing, so it is not kept and may be tried
again under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from attrs import evolve, frozen

from kasgate.idempotency import KEPT_MS, MAX_KEY, IdempotentCall, is_usable_key
from kasgate.store.protocol import Conflict
from web.contract.answers import Answer
from web.contract.problems import Kind, Problem

if TYPE_CHECKING:
    from kasgate.clock import Clock
    from kasgate.merchant import Merchant
    from kasgate.store.calls import Store
    from web.http.credentials import HeaderLookup

KEY_HEADER: Final = "Idempotency-Key"
REPLAYED: Final = ("Idempotent-Replayed", "true")

INVALID_KEY: Final = Kind("invalid_idempotency_key", 400, "Not an idempotency key", "BAD_REQUEST")
IN_FLIGHT: Final = Kind("idempotency_in_flight", 409, "The same call is under way", "CONFLICT")
REUSED: Final = Kind("idempotency_key_reused", 422, "Key of another call", "UNPROCESSABLE_ENTITY")


class Asked(Protocol):
    """A request, whatever carries it."""

    @property
    def headers(self) -> HeaderLookup: ...

    @property
    def path(self) -> str: ...


@frozen
class Claim:
    """What a key stands for while its call is served."""

    known: IdempotentCall | None
    """It has been made: repeat its answer."""
    call: IdempotentCall
    """It has not: to be stored with what it does."""


class Idempotency:
    """The keys of one gateway. All its calls go through one of these, so that it knows which are
    under way."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._under_way: set[tuple[str, str]] = set()

    @asynccontextmanager
    async def claim(
        self, merchant_id: str, key: str, call: str, body: object = None
    ) -> AsyncIterator[Claim]:
        """Hold a key while its call is served. ``call`` is method and path, ``body`` is parsed.

        Raises Problem: a key that can't be one (400), one that is under way (409), one of another
        call (422). StoreUnavailable.
        """
        if not is_usable_key(key):
            raise Problem(
                INVALID_KEY, f"{KEY_HEADER} takes 1 to {MAX_KEY} visible characters of ASCII."
            )
        held = merchant_id, key
        if held in self._under_way:
            raise _in_flight()
        self._under_way.add(held)
        try:
            now = self._clock()
            asked = IdempotentCall(merchant_id, key, _fingerprint(call, body), now)
            known = await self._store.idempotent_call(merchant_id, key, now - KEPT_MS)
            if known is not None and known.fingerprint != asked.fingerprint:
                raise Problem(
                    REUSED,
                    f"This {KEY_HEADER} was used for another call or another body. Take a new one"
                    " for a new call.",
                )
            yield Claim(known, asked)
        except Conflict as conflict:
            if conflict.what == "idempotency_key":
                raise _in_flight() from conflict
            raise
        finally:
            self._under_way.discard(held)

    async def once(
        self,
        merchant: Merchant,
        asked: Asked,
        act: Callable[[], Awaitable[Answer]],
        body: object = None,
    ) -> Answer:
        """Answer a POST, or repeat its answer. Raises as ``claim``, and what ``act`` raises."""
        key = asked.headers.get(KEY_HEADER)
        if key is None:
            return await act()
        async with self.claim(merchant.id, key, f"POST {asked.path}", body) as claim:
            if claim.known is not None:
                return _repeated(claim.known)
            answer = await act()
            made = evolve(claim.call, status=answer.status, answer=answer.body.decode())
            await self._store.add_idempotent_call(made)
            return answer


def replayed(answer: Answer) -> Answer:
    """The same answer, marked as repeated."""
    return evolve(answer, headers=(*answer.headers, REPLAYED))


def _repeated(known: IdempotentCall) -> Answer:
    return replayed(Answer(known.status or 200, (known.answer or "").encode()))


def _fingerprint(call: str, body: object) -> str:
    """Two bodies are the same if they say the same, however they are written."""
    said = msgspec.json.encode([call, body], order="sorted")
    return hashlib.sha256(said).hexdigest()


def _in_flight() -> Problem:
    return Problem(
        IN_FLIGHT,
        "A call with this Idempotency-Key is being served now. Ask again in a moment.",
        headers=(("Retry-After", "1"),),
    )
