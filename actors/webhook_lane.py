"""The lane of one merchant's deliveries, and the porters that serve all lanes in turn."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final

import trio
from attrs import define, field

from kasgate.events import Delivery

LANE_WIDTH: Final = 8
"""Attempts under way at once to one merchant."""
SLOTS: Final = 256
"""Porters for all prompt endpoints, and as many for all slow ones."""
PROMPT_S: Final = 1.0
"""An endpoint whose last answer, or failure, took longer is slow."""


class Pace(Enum):
    """How an endpoint was at its last attempt."""

    UNKNOWN = auto()
    PROMPT = auto()
    SLOW = auto()


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


@define(eq=False)
class Lane:
    """Deliveries of one merchant that are due, oldest first, some at a time.

    Until an endpoint has answered promptly once, it gets one attempt at a time.
    """

    merchant_id: str
    held: int = 0
    """How many of its deliveries are in memory, due or waiting for their time."""
    left_behind: bool = False
    """Whether there are more in the database."""
    crashes: int = 0
    """How often it broke since it last got something done."""
    pace: Pace = Pace.UNKNOWN
    under_way: int = 0
    """Its deliveries that porters have."""
    resting: bool = False
    """Whether it broke, and nothing of it is started for a while."""
    in_line: bool = False
    """Whether it waits for a porter."""
    _ready: list[tuple[str, Pending]] = field(factory=list)

    @property
    def may_start(self) -> bool:
        """Whether something is due that may be started."""
        width = 1 if self.pace is Pace.UNKNOWN else LANE_WIDTH
        return bool(self._ready) and self.under_way < width and not self.resting

    def add(self, pending: Pending) -> None:
        """Put a delivery that is due into the lane. Log ids sort by time."""
        heapq.heappush(self._ready, (pending.log_id, pending))

    def take(self) -> Pending:
        """The oldest, which is under way from now on."""
        self.under_way += 1
        return heapq.heappop(self._ready)[1]

    def answered(self, after_s: float) -> None:
        """An attempt came to an end, this many seconds after its begin."""
        self.pace = Pace.PROMPT if after_s <= PROMPT_S else Pace.SLOW


@define(eq=False)
class _Line:
    """Lanes that wait for a porter, each at most once, and how many porters there are."""

    lanes: deque[Lane] = field(factory=deque)
    porters: int = 0


Carry = Callable[[Pending], Awaitable[None]]
"""Makes an attempt and takes down what it came to; whatever goes wrong is its own affair."""


class Porters:
    """Tasks that carry a delivery each, one after the other, from whichever lane is next in line.

    Every lane gets its turn, however many deliveries another one has. Slow endpoints have porters
    of their own: however many are dead and use up their time, they can't keep the prompt ones
    waiting. Who has nothing left to carry goes.
    """

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._prompt = _Line()
        self._slow = _Line()
        self._nursery: trio.Nursery | None = None
        self._closed = False
        self._gone = trio.Event()

    @property
    def at_work(self) -> int:
        """Deliveries under way."""
        return self._prompt.porters + self._slow.porters

    async def run(self) -> None:
        """Serve lanes until cancelled, also those called before; once only."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            for line in (self._prompt, self._slow):
                for _ in range(len(line.lanes)):
                    self._send_for_one(line)
            await trio.sleep_forever()

    def call(self, lane: Lane) -> None:
        """Have a lane served if something of it may be started."""
        if self._put_in_line(lane):
            self._send_for_one(self._line_of(lane))

    def call_later(self, lane: Lane, pause_s: float) -> None:
        """Start nothing of a lane for some seconds. A pause that it has already stays."""
        if not lane.resting and self._nursery is not None:
            lane.resting = True
            self._nursery.start_soon(self._rest, lane, pause_s)

    async def drain(self) -> None:
        """Start nothing more, and return once nothing is under way."""
        self._closed = True
        while self.at_work:
            self._gone = trio.Event()
            await self._gone.wait()

    def _line_of(self, lane: Lane) -> _Line:
        return self._slow if lane.pace is Pace.SLOW else self._prompt

    def _put_in_line(self, lane: Lane) -> bool:
        if lane.in_line or not lane.may_start:
            return False
        lane.in_line = True
        self._line_of(lane).lanes.append(lane)
        return True

    def _send_for_one(self, line: _Line) -> None:
        if self._nursery is not None and not self._closed and line.porters < SLOTS:
            line.porters += 1
            self._nursery.start_soon(self._serve, line)

    async def _rest(self, lane: Lane, pause_s: float) -> None:
        await trio.sleep(pause_s)
        lane.resting = False
        self.call(lane)

    async def _serve(self, line: _Line) -> None:
        """A porter's work. Whoever puts a lane in line sends for a porter, if there may be one
        more; a porter that returns looks for itself, so that it sends for nobody."""
        try:
            while line.lanes and not self._closed:
                lane = line.lanes.popleft()
                lane.in_line = False
                if self._line_of(lane) is not line:
                    self.call(lane)
                elif lane.may_start:
                    pending = lane.take()
                    self.call(lane)
                    await self._carry(pending)
                    lane.under_way -= 1
                    if self._put_in_line(lane) and self._line_of(lane) is not line:
                        self._send_for_one(self._line_of(lane))
        finally:
            line.porters -= 1
            self._gone.set()
