"""Calls with an ``Idempotency-Key``: carried out once, then answered again (contract.md §5).

A new session and its key are stored in one transaction. For other calls the answer is stored after
the call. A refused call changes nothing: its answer is not stored, and it may be tried again with
the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import msgspec
from attrs import evolve, frozen

from kasgate.idempotency import KEPT_MS, MAX_KEY, IdempotentCall, is_usable_key
from kasgate.store.protocol import Conflict
from web.contract.answers import Answer
from web.contract.problems import Kind, Problem

if TYPE_CHECKING:
    from kasgate.clock import Clock
    from kasgate.store.calls import Store

KEY_HEADER: Final = "Idempotency-Key"
REPLAYED: Final = ("Idempotent-Replayed", "true")

INVALID_KEY: Final = Kind("invalid_idempotency_key", 400, "Not an idempotency key", "BAD_REQUEST")
IN_FLIGHT: Final = Kind("idempotency_in_flight", 409, "The same call is under way", "CONFLICT")
REUSED: Final = Kind("idempotency_key_reused", 422, "Key of another call", "UNPROCESSABLE_ENTITY")


@frozen
class Claim:
    """An Idempotency-Key that is held while its call is served."""

    known: IdempotentCall | None
    """The stored call, if it was carried out before: repeat its answer."""
    call: IdempotentCall
    """The call to store, together with its effect."""


class Idempotency:
    """The Idempotency-Keys of one gateway, and its calls in progress. A gateway has exactly one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._under_way: set[tuple[str, str]] = set()

    @asynccontextmanager
    async def claim(
        self, merchant_id: str, key: str, call: str, body: object = None
    ) -> AsyncIterator[Claim]:
        """Hold a key while its call is served. ``call`` is method and path; ``body`` is the parsed
        body.

        Raises Problem for a malformed key (400), a call in progress (409) and a key of another call
        (422). Raises StoreUnavailable.
        """
        if not is_usable_key(key):
            raise Problem(
                INVALID_KEY, f"{KEY_HEADER} must be 1 to {MAX_KEY} visible ASCII characters."
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
                    f"This {KEY_HEADER} was used for another call or another body. Use a new key"
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
        merchant_id: str,
        key: str | None,
        call: str,
        act: Callable[[], Awaitable[Answer]],
        body: object = None,
    ) -> Answer:
        """Run a call, or repeat its stored answer. Without a key the call always runs. Raises as
        ``claim`` does, and the exceptions of ``act``."""
        if key is None:
            return await act()
        async with self.claim(merchant_id, key, call, body) as claim:
            if claim.known is not None:
                return _repeated(claim.known)
            answer = await act()
            made = evolve(claim.call, status=answer.status, answer=answer.body.decode())
            await self._store.add_idempotent_call(made)
            return answer


def replayed(answer: Answer) -> Answer:
    """The same answer, marked as repeated."""
    return msgspec.structs.replace(answer, headers=(*answer.headers, REPLAYED))


def _repeated(known: IdempotentCall) -> Answer:
    return replayed(Answer(known.status or 200, (known.answer or "").encode()))


def _fingerprint(call: str, body: object) -> str:
    """A hash of the call. Spacing and order of fields in the body do not change it."""
    text = msgspec.json.encode([call, body], order="sorted")
    return hashlib.sha256(text).hexdigest()


def _in_flight() -> Problem:
    return Problem(
        IN_FLIGHT,
        "A call with this Idempotency-Key is in progress. Try again in a moment.",
        headers=(("Retry-After", "1"),),
    )
