"""Endpoint lanes, one per merchant, and the workers that serve all lanes in turn."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final

import trio
from attrs import define, field

from kasgate.events import Delivery

LANE_WIDTH: Final = 8
"""Attempts under way at once to one merchant."""
SLOTS: Final = 256
"""Workers for all prompt endpoints, and as many for all slow ones."""
PROMPT_S: Final = 1.0
"""An endpoint whose last answer, or failure, took longer is slow. The first attempt at an endpoint
goes alone for so long: a burst to a prompt one then needs one connection, not eight."""


class WorkerPace(Enum):
    """How an endpoint was at its last attempt."""

    UNKNOWN = auto()
    PROMPT = auto()
    SLOW = auto()


@define(eq=False)
class Pending:
    """A delivery as the dispatcher holds it: by its id, and with its body as long as there is
    room for bodies."""

    log_id: str
    lane: EndpointLane
    session_id: str
    sequence: int
    """That of its event."""
    tried: bool
    """Whether its first attempt has ended, so that later ones of its session may be sent."""
    delivery: Delivery | None = None
    """None: it is in the database only."""
    waiting: bool = False
    """Whether it waits for its time."""
    is_due: bool = False
    is_unsure: bool = False
    """Whether an earlier one of its session may be in the outbox and not have been read yet."""
    is_dropped: bool = False
    """Whether it is held no longer."""
    crashes: int = 0
    """How often an attempt at it broke its lane."""

    @property
    def may_go(self) -> bool:
        """Whether it is its time, as far as itself is concerned."""
        return self.is_due and not self.is_unsure

    def __lt__(self, other: Pending) -> bool:
        return (self.sequence, self.log_id) < (other.sequence, other.log_id)


@define(eq=False)
class _Session:
    """What is held of one session's deliveries. One at a time is sent, and no first attempt is made
    before that of every earlier one has ended."""

    first: list[Pending] = field(factory=list)
    """Those whose first attempt has not ended, due or not, by sequence: a heap."""
    again: list[Pending] = field(factory=list)
    """Those that are due for another attempt, by sequence: a heap."""
    current: Pending | None = None
    """The one that stands in its lane or is under way."""

    def take(self) -> Pending | None:
        """The next one, which is current from now on; None if there is none now."""
        while self.first and self.first[0].is_dropped:
            heapq.heappop(self.first)
        heaps = [self.first] if self.first and self.first[0].may_go else []
        heaps += [self.again] if self.again else []
        if self.current is not None or not heaps:
            return None
        self.current = heapq.heappop(min(heaps, key=lambda heap: heap[0]))
        return self.current


@define(eq=False)
class EndpointLane:
    """Deliveries of one merchant that are due, oldest first, some at a time, of each session one.

    The first attempt at an endpoint goes alone. The others follow when it has ended, or after
    ``PROMPT_S``: then the endpoint is slow.
    """

    merchant_id: str
    held: int = 0
    """How many of its deliveries are in memory, due or waiting for their time."""
    left_behind: bool = False
    """Whether there are more in the database."""
    crashes: int = 0
    """How often it broke since it last got something done."""
    pace: WorkerPace = WorkerPace.UNKNOWN
    under_way: int = 0
    """Its deliveries that workers have."""
    taken_at: float = 0.0
    """When the last of them was taken, by trio.current_time()."""
    is_timed: bool = False
    """Whether a timer runs for the first attempt."""
    resting: bool = False
    """Whether it broke, and nothing of it is started for a while."""
    line: _Line | None = None
    """Where it waits for a worker, if it does."""
    _ready: list[tuple[str, Pending]] = field(factory=list)
    _sessions: dict[str, _Session] = field(factory=dict)

    @property
    def may_start(self) -> bool:
        """Whether something is due that may be started."""
        width = 1 if self.pace is WorkerPace.UNKNOWN else LANE_WIDTH
        return bool(self._ready) and self.under_way < width and not self.resting

    @property
    def waits_for_first(self) -> bool:
        """Whether something is due that waits for the first attempt to end."""
        return bool(self._ready) and self.pace is WorkerPace.UNKNOWN and self.under_way > 0

    def expect(self, pending: Pending) -> None:
        """Know of a delivery from now on, so that later ones of its session wait for it."""
        if not pending.tried:
            heapq.heappush(self._session(pending).first, pending)

    def add(self, pending: Pending) -> None:
        """A delivery is due."""
        pending.is_due = True
        if pending.tried:
            heapq.heappush(self._session(pending).again, pending)
        self.look_at(pending)

    def look_at(self, pending: Pending) -> None:
        """Let the next delivery of the same session be taken, if there is one that may be."""
        session = self._session(pending)
        ready = session.take()
        if ready is not None:
            # Log ids sort by time.
            heapq.heappush(self._ready, (ready.log_id, ready))
        elif session.current is None and not session.first and not session.again:
            del self._sessions[pending.session_id]

    def take(self) -> Pending:
        """The oldest, which is under way from now on."""
        self.under_way += 1
        self.taken_at = trio.current_time()
        return heapq.heappop(self._ready)[1]

    def ended(self, pending: Pending, *, tried: bool) -> None:
        """What was taken is under way no more; ``tried`` is whether that was an attempt. It is not
        due until it is added again."""
        session = self._session(pending)
        if session.current is pending:
            session.current = None
            pending.is_due = False
            pending.tried = tried or pending.tried
            self.expect(pending)

    def answered(self, after_s: float) -> None:
        """An attempt came to an end, this many seconds after its begin."""
        self.pace = WorkerPace.PROMPT if after_s <= PROMPT_S else WorkerPace.SLOW

    def _session(self, pending: Pending) -> _Session:
        session = self._sessions.get(pending.session_id)
        if session is None:
            session = self._sessions[pending.session_id] = _Session()
        return session


@define(eq=False)
class _Line:
    """Lanes that wait for a worker, each at most once, and how many workers there are."""

    lanes: OrderedDict[EndpointLane, None] = field(factory=OrderedDict)
    workers: int = 0


Carry = Callable[[Pending], Awaitable[None]]
"""Makes an attempt and stores its outcome; it handles its own failures."""


class DeliveryWorkers:
    """Tasks that make one attempt at a time, each for the lane that is next in line.

    Every lane gets its turn, however many deliveries another one has. Slow endpoints have workers
    of their own: however many time out, they can't keep the prompt ones waiting. A worker without
    work ends.
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
        return self._prompt.workers + self._slow.workers

    async def run(self) -> None:
        """Serve lanes until cancelled, also those called before; once only."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            for line in (self._prompt, self._slow):
                for _ in range(len(line.lanes)):
                    self._send_for_one(line)
            await trio.sleep_forever()

    def call(self, lane: EndpointLane) -> None:
        """Have a lane served if something of it may be started."""
        if self._put_in_line(lane):
            self._send_for_one(self._line_of(lane))
        elif lane.waits_for_first and not lane.is_timed and self._nursery is not None:
            lane.is_timed = True
            self._nursery.start_soon(self._time_first, lane)

    def call_later(self, lane: EndpointLane, pause_s: float) -> None:
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

    def _line_of(self, lane: EndpointLane) -> _Line:
        return self._slow if lane.pace is WorkerPace.SLOW else self._prompt

    def _put_in_line(self, lane: EndpointLane) -> bool:
        """Whether it is in another line now than before."""
        right = self._line_of(lane)
        if lane.line is right:
            return False
        if lane.line is not None:
            del lane.line.lanes[lane]
            lane.line = None
        if not lane.may_start:
            return False
        right.lanes[lane] = None
        lane.line = right
        return True

    def _send_for_one(self, line: _Line) -> None:
        if self._nursery is not None and not self._closed and line.workers < SLOTS:
            line.workers += 1
            self._nursery.start_soon(self._serve, line)

    async def _time_first(self, lane: EndpointLane) -> None:
        """Take an endpoint for slow, and start other deliveries beside its first one, if that has
        not ended in time."""
        await trio.sleep_until(lane.taken_at + PROMPT_S)
        lane.is_timed = False
        if lane.waits_for_first:
            lane.pace = WorkerPace.SLOW
            self.call(lane)

    async def _rest(self, lane: EndpointLane, pause_s: float) -> None:
        await trio.sleep(pause_s)
        lane.resting = False
        self.call(lane)

    async def _serve(self, line: _Line) -> None:
        """A worker's task: it serves lanes until none waits."""
        try:
            while line.lanes and not self._closed:
                lane, _ = line.lanes.popitem(last=False)
                lane.line = None
                if self._line_of(lane) is not line:
                    self.call(lane)
                elif lane.may_start:
                    pending = lane.take()
                    self.call(lane)
                    await self._carry(pending)
                    lane.under_way -= 1
                    if self._put_in_line(lane) and lane.line is not line and lane.line is not None:
                        self._send_for_one(lane.line)
        finally:
            line.workers -= 1
            self._gone.set()
