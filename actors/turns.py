"""Long loops on the event loop that yield to other tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

import trio

T = TypeVar("T")

AT_ONCE: Final = 250
"""Outputs handled between two checkpoints: about a millisecond."""


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """Iterate with a checkpoint after every AT_ONCE items. The items must not change meanwhile."""
    for count, item in enumerate(items, start=1):
        yield item
        if count % AT_ONCE == 0:
            await trio.lowlevel.checkpoint()
