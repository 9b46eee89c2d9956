"""The mailbox of an actor: many producers, one owner, no limit by count but one by kind.

A memory channel and a deadline per session would double what a session costs (performance.md §1),
so this is built on Trio's own parking primitive.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

import trio

M = TypeVar("M")


class Mailbox(Generic[M]):
    """Messages by key, the newest of each, in the order in which they were last put.

    Putting never blocks and never fails. The bound is the number of keys: a message displaces the
    one with the same key and takes its place at the end. The owner takes everything at once.
    """

    __slots__ = ("_messages", "_owner")

    def __init__(self) -> None:
        self._messages: dict[Hashable, M] | None = None  # Most of a million are empty.
        self._owner: trio.lowlevel.Task | None = None

    def put(self, key: Hashable, message: M) -> None:
        """Leave a message; from the event loop's thread, never blocks."""
        if self._messages is None:
            self._messages = {}
        self._messages.pop(key, None)
        self._messages[key] = message
        if self._owner is not None:
            owner, self._owner = self._owner, None
            trio.lowlevel.reschedule(owner)

    async def take(self) -> list[M]:
        """Wait until there is something and take all of it. For the owner alone.

        Cancellation takes nothing. A checkpoint in any case, so that a flood of messages can't keep
        the owner from letting others run.
        """
        if self._messages is not None:
            await trio.lowlevel.checkpoint()
        while self._messages is None:
            self._owner = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._abort)
        messages, self._messages = self._messages, None
        return list(messages.values())

    def __contains__(self, key: Hashable) -> bool:
        return self._messages is not None and key in self._messages

    def __len__(self) -> int:
        return 0 if self._messages is None else len(self._messages)

    def _abort(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        self._owner = None
        return trio.lowlevel.Abort.SUCCEEDED
