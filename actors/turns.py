"""Long loops on the event loop, taken in turns with everybody else's work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

import trio

T = TypeVar("T")

AT_ONCE: Final = 250
"""Outputs that are dealt with before others have a turn: a millisecond or so."""


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """All items, with a checkpoint after every AT_ONCE of them. The items must not change
    meanwhile."""
    for count, item in enumerate(items, start=1):
        yield item
        if count % AT_ONCE == 0:
            await trio.lowlevel.checkpoint()
