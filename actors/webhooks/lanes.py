"""Endpoint lanes, one for each merchant, and the workers that serve all lanes in turn."""

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
"""Concurrent attempts to one merchant."""
SLOTS: Final = 256
"""Workers for all prompt endpoints, and the same number for all slow ones."""
PROMPT_S: Final = 1.0
"""An endpoint is slow if its last answer, or failure, took longer. The first attempt to an endpoint
runs alone for this time: a burst to a prompt endpoint then needs one connection, not eight."""


class WorkerPace(Enum):
    """The speed of an endpoint at its last attempt."""

    UNKNOWN = auto()
    PROMPT = auto()
    SLOW = auto()


@define(eq=False)
class Pending:
    """A delivery held by the dispatcher: its id and, if there is room, its body."""

    log_id: str
    lane: EndpointLane
    session: _Session
    sequence: int
    """The event's number within its session."""
    tried: bool
    """Whether the first attempt has ended, so that later deliveries of the session may be sent."""
    delivery: Delivery | None = None
    """None: the delivery is only in the database."""
    waiting: bool = False
    """Whether the delivery waits for its time."""
    is_due: bool = False
    is_unsure: bool = False
    """Whether an unread earlier delivery of the session may be in the outbox."""
    is_dropped: bool = False
    """Whether the delivery is no longer held."""
    crashes: int = 0
    """How often an attempt of the delivery made its lane fail."""

    def __lt__(self, other: Pending) -> bool:
        return (self.sequence, self.log_id) < (other.sequence, other.log_id)


@define(eq=False)
class _Session:
    """The held deliveries of one session. They are sent one at a time, and no first attempt is made
    before all earlier deliveries have been tried."""

    id: str
    held: int = 0
    """Deliveries in memory, those included that wait for their time."""
    first: list[Pending] = field(factory=list)
    """A heap by sequence: deliveries whose first attempt has not ended, due or not."""
    again: list[Pending] = field(factory=list)
    """A heap by sequence: deliveries that are due for another attempt."""
    current: Pending | None = None
    """The delivery that is ready in its lane or in progress."""

    def take(self) -> Pending | None:
        """Make the next delivery the current one and return it; None if there is none now."""
        if self.current is not None:
            return None
        first, again = self.first, self.again
        while first and first[0].is_dropped:
            heapq.heappop(first)
        may_go = bool(first) and first[0].is_due and not first[0].is_unsure
        if again and not (may_go and first[0] < again[0]):
            self.current = heapq.heappop(again)
        elif may_go:
            self.current = heapq.heappop(first)
        return self.current


@define(eq=False)
class EndpointLane:
    """The due deliveries of one merchant. Several are sent at a time, oldest first, but only one
    for each session.

    The first attempt to an endpoint runs alone. The others follow when it has ended, or after
    ``PROMPT_S``: then the endpoint is slow.
    """

    merchant_id: str
    held: int = 0
    """Deliveries in memory, due or waiting for their time."""
    left_behind: bool = False
    """Whether more deliveries are in the database."""
    crashes: int = 0
    """Failures since the last success."""
    pace: WorkerPace = WorkerPace.UNKNOWN
    under_way: int = 0
    """Deliveries that workers are sending."""
    first_at: float = 0.0
    """The time when the first attempt was begun, by trio.current_time()."""
    is_timed: bool = False
    """Whether a timer runs for the first attempt."""
    resting: bool = False
    """Whether the lane is paused after a failure."""
    line: _Line | None = None
    """The line in which the lane waits for a worker, if any."""
    _ready: list[tuple[str, Pending]] = field(factory=list)
    _sessions: dict[str, _Session] = field(factory=dict)

    @property
    def may_start(self) -> bool:
        """Whether a due delivery may be started."""
        if not self._ready or self.resting:
            return False
        return self.under_way < (1 if self.pace is WorkerPace.UNKNOWN else LANE_WIDTH)

    @property
    def waits_for_first(self) -> bool:
        """Whether a due delivery waits for the first attempt to end."""
        return bool(self._ready) and self.pace is WorkerPace.UNKNOWN and self.under_way > 0

    def hold(self, delivery: Delivery) -> Pending:
        """Hold a delivery. Later deliveries of its session wait for it, and it waits until it is
        added as due."""
        session = self._sessions.get(delivery.session_id)
        if session is None:
            session = self._sessions[delivery.session_id] = _Session(delivery.session_id)
        pending = Pending(
            delivery.id, self, session, delivery.sequence, tried=delivery.attempts > 0
        )
        self.held += 1
        session.held += 1
        if not pending.tried:
            heapq.heappush(session.first, pending)
        return pending

    def drop(self, pending: Pending) -> None:
        """Hold a delivery no more. It is not in progress."""
        session = pending.session
        self.held -= 1
        session.held -= 1
        if not session.held:
            del self._sessions[session.id]

    def add(self, pending: Pending) -> None:
        """Add a delivery that is due."""
        pending.is_due = True
        if pending.tried:
            heapq.heappush(pending.session.again, pending)
        self.look_at(pending.session)

    def look_at(self, session: _Session) -> None:
        """Make the next delivery of a session ready, if one may be sent."""
        ready = session.take()
        if ready is not None:
            # Log ids sort by time.
            heapq.heappush(self._ready, (ready.log_id, ready))

    def take(self) -> Pending:
        """Take the oldest ready delivery for sending."""
        self.under_way += 1
        if self.pace is WorkerPace.UNKNOWN:
            self.first_at = trio.current_time()
        return heapq.heappop(self._ready)[1]

    def ended(self, pending: Pending, *, tried: bool) -> None:
        """Note that a delivery is no longer in progress. ``tried`` is whether an attempt was made.
        The delivery is not due until it is added again."""
        session = pending.session
        if session.current is pending:
            session.current = None
            pending.is_due = False
            if tried:
                pending.tried = True
            elif not pending.tried:
                heapq.heappush(session.first, pending)

    def answered(self, after_s: float) -> None:
        """Note the duration of an attempt, in seconds."""
        self.pace = WorkerPace.PROMPT if after_s <= PROMPT_S else WorkerPace.SLOW


@define(eq=False)
class _Line:
    """Lanes that wait for a worker, each at most once, and the number of workers."""

    lanes: OrderedDict[EndpointLane, None] = field(factory=OrderedDict)
    workers: int = 0


Carry = Callable[[Pending], Awaitable[None]]
"""Makes an attempt and stores its outcome. Handles its own failures."""


class DeliveryWorkers:
    """Workers that make one attempt at a time, each for the next lane in line.

    Every lane gets its turn, even if another lane has many deliveries. Slow endpoints have their
    own workers, so their timeouts cannot delay prompt endpoints. A worker without work ends.
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
        """Deliveries in progress."""
        return self._prompt.workers + self._slow.workers

    async def run(self) -> None:
        """Serve lanes until cancelled, including those called earlier. Call it only once."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            for line in (self._prompt, self._slow):
                for _ in range(len(line.lanes)):
                    self._start_worker(line)
            await trio.sleep_forever()

    def call(self, lane: EndpointLane) -> None:
        """Request a worker for a lane if one of its deliveries may be started."""
        if self._put_in_line(lane):
            self._start_worker(self._line_of(lane))
        elif lane.waits_for_first and not lane.is_timed and self._nursery is not None:
            lane.is_timed = True
            self._nursery.start_soon(self._time_first, lane)

    def call_later(self, lane: EndpointLane, pause_s: float) -> None:
        """Pause a lane for some seconds. If it is already paused, that pause stays."""
        if not lane.resting and self._nursery is not None:
            lane.resting = True
            self._nursery.start_soon(self._rest, lane, pause_s)

    async def drain(self) -> None:
        """Start no more attempts, and return when none is in progress."""
        self._closed = True
        while self.at_work:
            self._gone = trio.Event()
            await self._gone.wait()

    def _line_of(self, lane: EndpointLane) -> _Line:
        return self._slow if lane.pace is WorkerPace.SLOW else self._prompt

    def _put_in_line(self, lane: EndpointLane) -> bool:
        """Put a lane into the right line. Return whether the line has changed."""
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

    def _start_worker(self, line: _Line) -> None:
        if self._nursery is not None and not self._closed and line.workers < SLOTS:
            line.workers += 1
            self._nursery.start_soon(self._serve, line)

    async def _time_first(self, lane: EndpointLane) -> None:
        """Treat an endpoint as slow if its first attempt has not ended in time, and start other
        deliveries beside it."""
        await trio.sleep_until(lane.first_at + PROMPT_S)
        lane.is_timed = False
        if lane.waits_for_first:
            lane.pace = WorkerPace.SLOW
            self.call(lane)

    async def _rest(self, lane: EndpointLane, pause_s: float) -> None:
        await trio.sleep(pause_s)
        lane.resting = False
        self.call(lane)

    async def _serve(self, line: _Line) -> None:
        """Serve lanes until none waits. A worker's task."""
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
                        self._start_worker(lane.line)
        finally:
            line.workers -= 1
            self._gone.set()
