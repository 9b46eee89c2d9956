"""Blocking look-ups in threads of their own; concurrent requests for a key share one.

A thread in getaddrinfo can't be stopped: it ends when the system's resolver gives up, which may
take half a minute. So these threads are not taken from trio's pool, which reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

import trio
from attrs import define, field
from outcome import Error, Outcome

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@define(eq=False)
class Lookup(Generic[T]):
    """A look-up in progress, or its outcome."""

    _done: trio.Event = field(factory=trio.Event)
    _value: T = field(init=False)
    _error: BaseException | None = None

    async def result(self) -> T:
        """Wait for the result. Raises OSError. Cancellation does not stop the thread."""
        await self._done.wait()
        error = self._error
        if isinstance(error, OSError):
            # A new exception for each caller, because a raised one collects its traceback.
            raise type(error)(*error.args) from error
        if error is not None:
            raise error
        return self._value

    def finish(self, outcome: Outcome[T]) -> None:
        """Set the outcome and wake the callers."""
        if isinstance(outcome, Error):
            self._error = outcome.error
        else:
            self._value = outcome.unwrap()
        self._done.set()


class Lookups(Generic[K, T]):
    """The look-ups in progress, by key."""

    def __init__(self) -> None:
        self._under_way: dict[K, Lookup[T]] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def get(self, key: K) -> Lookup[T] | None:
        """The look-up of this key, if one is in progress."""
        return self._under_way.get(key)

    def start(
        self, key: K, look_up: Callable[[], T], ended: Callable[[], None] = lambda: None
    ) -> Lookup[T]:
        """Run ``look_up`` in a thread; ``ended`` is called once it has ended, or could not begin.
        No look-up of this key may be in progress."""
        lookup = self._under_way[key] = Lookup()
        token = trio.lowlevel.current_trio_token()

        def end() -> None:
            del self._under_way[key]
            ended()

        def finish(outcome: Outcome[T]) -> None:
            end()
            lookup.finish(outcome)

        def deliver(outcome: Outcome[T]) -> None:
            # The gateway may have ended meanwhile, so that nobody waits for the result.
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(finish, outcome)

        try:
            trio.lowlevel.start_thread_soon(look_up, deliver)
        except BaseException:
            end()
            raise
        return lookup
