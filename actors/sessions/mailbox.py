"""The mailbox of an actor: many producers, one owner, one message for each key.

The key of an observation is its kind and, if it has one, its outpoint. ``actor.py`` limits the
number of outpoints that wait.

A memory channel and a timeout per session would double the cost of a session (performance.md §1),
so this uses Trio's low-level task parking.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

import trio

M = TypeVar("M")


class Mailbox(Generic[M]):
    """Messages by key: the newest of each, in the order in which they were last put.

    Putting never blocks and never fails. The bound is the number of keys: a message replaces the
    one with the same key and moves to the end. The owner takes everything at once.
    """

    __slots__ = ("_messages", "_owner")

    def __init__(self) -> None:
        self._messages: dict[Hashable, M] | None = None  # Most of a million mailboxes are empty.
        self._owner: trio.lowlevel.Task | None = None

    def put(self, key: Hashable, message: M) -> None:
        """Put a message. Never blocks; call it from the event loop's thread."""
        if self._messages is None:
            self._messages = {}
        self._messages.pop(key, None)
        self._messages[key] = message
        if self._owner is not None:
            owner, self._owner = self._owner, None
            trio.lowlevel.reschedule(owner)

    async def take(self) -> list[M]:
        """Wait for messages and take all of them. For the owner only.

        Cancellation takes nothing. This is always a checkpoint, so that a flood of messages can't
        stop the owner from yielding to other tasks.
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
