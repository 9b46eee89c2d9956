"""The lane of one merchant's deliveries, and the slots that all lanes share."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final

import trio
from attrs import define, field

from kasgate.events import Delivery

LANE_WIDTH: Final = 8
"""Attempts under way at once to one merchant."""
SLOTS: Final = 256
"""Attempts under way at once to all prompt endpoints, and as many to all slow ones."""
PROMPT_S: Final = 1.0
"""An endpoint whose last answer, or failure, took longer is slow."""


class Pace(Enum):
    """How an endpoint was at its last attempt."""

    UNKNOWN = auto()
    PROMPT = auto()
    SLOW = auto()


@define
class Slots:
    """What bounds the attempts of all lanes together.

    Slow endpoints have slots of their own: however many are dead and use up their time, they can't
    keep the prompt ones waiting. Who waits for a slot is served in turn, one per lane.
    """

    prompt: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(SLOTS))
    slow: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(SLOTS))
    closed: bool = False
    """True while draining: nothing more is started."""

    @property
    def taken(self) -> int:
        """Attempts under way."""
        return self.prompt.borrowed_tokens + self.slow.borrowed_tokens


@define(eq=False)
class Pending:
    """A delivery as the dispatcher holds it: by its id, and with its body as long as there is
    room for bodies."""

    log_id: str
    lane: Lane
    delivery: Delivery | None = None
    """None: it is in the database only."""
    waiting: bool = False
    """Whether it waits for its time."""
    crashes: int = 0
    """How often an attempt at it broke its lane."""


Attempt = Callable[[Pending], Awaitable[Delivery | None]]
"""Makes an attempt; None if there was nothing left to send."""
Record = Callable[[Pending, Delivery | None], Awaitable[None]]
"""Takes down what an attempt came to and decides about the next one."""


class Lane:
    """Deliveries of one merchant that are due, oldest first, some at a time.

    Until an endpoint has answered promptly once, it gets one attempt at a time.
    """

    __slots__ = (
        "_attempt",
        "_changed",
        "_pace",
        "_ready",
        "_record",
        "_slots",
        "_under_way",
        "crashes",
        "held",
        "left_behind",
        "merchant_id",
        "running",
    )

    def __init__(self, merchant_id: str, slots: Slots, attempt: Attempt, record: Record) -> None:
        self.merchant_id = merchant_id
        self.held = 0
        """How many of its deliveries are in memory, due or waiting for their time."""
        self.left_behind = False
        """Whether there are more in the database."""
        self.running = False
        """Whether it has a task."""
        self.crashes = 0
        """How often it broke since it last got something done."""
        self._slots = slots
        self._attempt = attempt
        self._record = record
        self._ready: list[tuple[str, Pending]] = []
        self._under_way: dict[str, Pending] = {}
        self._changed = trio.Event()
        self._pace = Pace.UNKNOWN

    @property
    def has_work(self) -> bool:
        """Whether something is due that may be started."""
        return bool(self._ready) and not self._slots.closed

    def add(self, pending: Pending) -> None:
        """Put a delivery that is due into the lane. Log ids sort by time."""
        heapq.heappush(self._ready, (pending.log_id, pending))
        self.wake()

    def wake(self) -> None:
        """Have the lane look again at what is to be done."""
        self._changed.set()

    async def run(self) -> None:
        """Attempt what is due until nothing is. If an attempt raises, the others are cut and all
        of them are left to ``take_back``."""
        async with trio.open_nursery() as nursery:
            while self.has_work or self._under_way:
                if not self.has_work or len(self._under_way) >= self._width:
                    self._changed = trio.Event()
                    await self._changed.wait()
                    continue
                limiter = self._slots.slow if self._pace is Pace.SLOW else self._slots.prompt
                borrower = object()
                # Waits its turn even if a slot is free, so that one busy lane does not take them
                # all, and opens no more connections than it needs.
                await limiter.acquire_on_behalf_of(borrower)
                if not self.has_work:
                    limiter.release_on_behalf_of(borrower)
                    continue
                _, pending = heapq.heappop(self._ready)
                self._under_way[pending.log_id] = pending
                nursery.start_soon(self._send, pending, limiter, borrower)

    @property
    def _width(self) -> int:
        return 1 if self._pace is Pace.UNKNOWN else LANE_WIDTH

    async def _send(
        self, pending: Pending, limiter: trio.CapacityLimiter, borrower: object
    ) -> None:
        try:
            started = trio.current_time()
            try:
                outcome = await self._attempt(pending)
            finally:
                limiter.release_on_behalf_of(borrower)
            was_prompt = trio.current_time() - started <= PROMPT_S
            self._pace = Pace.PROMPT if was_prompt else Pace.SLOW
            await self._record(pending, outcome)
        except Exception:
            pending.crashes += 1
            raise
        pending.crashes = self.crashes = 0
        del self._under_way[pending.log_id]
        self.wake()

    def take_back(self) -> list[Pending]:
        """What was under way when the lane broke."""
        broken = list(self._under_way.values())
        self._under_way.clear()
        return broken
